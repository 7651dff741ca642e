"""Files made wrong: what a download, a spreadsheet or an attacker does to a good one.

`variants` gives at least 25 of each file, always the same ones, each with a name; those whose
name begins with "!" must be refused, the others may also be read with what is wrong left out.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from typing import Any

Made = tuple[str, bytes]
_HUGE = "9" * (5 << 20)


def variants(data: bytes, kind: str, delimiter: str = ",") -> Iterator[Made]:
    """Yield wrong versions of a file of ``kind`` csv, json, jsonl or xml."""
    yield from _bytes(data)
    if kind == "xml":
        yield from _xml(data)
    elif kind == "csv":
        yield from _csv(data.decode("utf-8"), delimiter)
    else:
        yield from _json(data, kind)


def _bytes(data: bytes) -> Iterator[Made]:
    chance = random.Random(len(data))
    for number in range(8):
        yield f"cut {number}", data[: chance.randrange(1, len(data) - 2)]
    yield "!cut inside the last record", data[: len(data.rstrip()) - 2]
    for number in range(4):
        at = chance.randrange(len(data))
        yield f"a bit flipped {number}", data[:at] + bytes([data[at] ^ 64]) + data[at + 1 :]
    middle = data.index(b"\n", len(data) // 3)
    yield "!NUL", data[:middle] + b"\0" + data[middle:]
    yield "!not UTF-8", data[:middle] + b"\xff\xfe" + data[middle:]
    text = data.decode("utf-8")
    yield "!UTF-16", text.encode("utf-16")
    yield "!UTF-16 without a mark", text.encode("utf-16-be")
    yield "!UTF-32", text.encode("utf-32")
    yield "!empty", b""
    yield "!spaces", b" \n \n"
    yield "!a web page", b"<!DOCTYPE html><html><body>Service unavailable</body></html>\n"
    yield "!gzip cut short", gzip.compress(data)[:-9]
    yield "!zip bomb", _bomb()
    yield "twice over", data + data


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("bomb.csv", bytes(16 << 20))
    return packed.getvalue()


def _csv(text: str, delimiter: str) -> Iterator[Made]:
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    begin = max(range(min(3, len(rows))), key=lambda i: len(rows[i]))  # the header
    before, header, body = rows[:begin], rows[begin], rows[begin + 1 :]

    def made(name: str, header: list[str], body: list[list[str]]) -> Made:
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerows([*before, header, *body])
        return name, out.getvalue().encode("utf-8")

    yield made("no rows", header, [])
    yield made("!a column missing", header[1:], [r[1:] for r in body])
    yield made("!a column twice", [*header, header[0]], [[*r, r[0]] for r in body])
    yield made("!a row too short", header, [*body, body[0][:-1]])
    yield made("!a row too long", header, [*body, [*body[0], "more"]])
    yield made("columns reversed", header[::-1], [r[::-1] for r in body])
    yield made("columns swapped under the header", header, [r[1:] + r[:1] for r in body])
    yield made("!a huge field", header, [*body, [*body[0][:-1], _HUGE]])
    yield made("every row twice", header, body * 2)
    for column in range(len(header)):
        for bad in ("", "999", "2023-02-30", "\u202e\x1b[31m"):
            broken = [[bad if i == column else v for i, v in enumerate(r)] for r in body]
            if column < 12 or bad == "2023-02-30":
                yield made(f"{header[column]} is {bad!r}", header, broken)
    yield "!an open quote", (text + '"open').encode("utf-8")


def _xml(data: bytes) -> Iterator[Made]:
    text = data.decode("utf-8")
    end = text.index("?>") + 2
    head, rest = text[:end], text[end:]
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    dtd = f'<!DOCTYPE x [<!ENTITY a0 "lol">{bomb}]>'
    yield "!billion laughs", (head + dtd + rest.replace(">", ">&a9;", 3)).encode("utf-8")
    external = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    yield "!an external entity", (head + external + rest).encode("utf-8")
    yield "!a document type", (head + "<!DOCTYPE x>" + rest).encode("utf-8")
    yield "!an entity of nobody", text.replace("</", "&nobody;</", 1).encode("utf-8")
    inside = rest.index(">", rest.index("<", rest.index(">"))) + 1
    deep = rest[:inside] + "<d>" * 300 + "</d>" * 300 + rest[inside:]
    yield "!300 levels deep", (head + deep).encode("utf-8")
    yield "!another namespace", text.replace("http", "urn:other:http").encode("utf-8")
    yield "!no namespace", _without_namespaces(text).encode("utf-8")
    yield "an unknown element", (head + rest[:inside] + "<new/>" + rest[inside:]).encode("utf-8")
    yield "!tags crossed", text.replace("</", "</x", 1).encode("utf-8")
    yield "!another encoding said", text.replace("UTF-8", "x-nobody", 1).replace(
        "utf-8", "x-nobody", 1).encode("utf-8")  # fmt: skip
    yield "no digits", "".join("x" if c.isdigit() else c for c in rest).encode("utf-8")
    yield "dates that are none", rest.replace("20", "99").encode("utf-8")


def _without_namespaces(text: str) -> str:
    text = re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", text)
    return re.sub(r"(</?)\w+:", r"\1", re.sub(r"\s\w+:(\w+=)", r" \1", text))


_VALUES: tuple[Any, ...] = (None, "", 5, -1, 1e400, True, [], {}, [None], {"a": []}, "2023-02-30",
                            "x" * 200_000, "\u202e\x1b[31m", "../../etc")  # fmt: skip


def _json(data: bytes, kind: str) -> Iterator[Made]:
    lines = kind == "jsonl"
    found: list[Any] = [json.loads(x) for x in data.splitlines()] if lines else json.loads(data)

    def made(name: str, items: list[Any]) -> Made:
        if lines:
            return name, "".join(json.dumps(i) + "\n" for i in items).encode("utf-8")
        return name, (json.dumps(items) + "\n").encode("utf-8")

    yield "!NaN", data.replace(b": ", b': NaN, "x": ', 1)
    yield "!deep", (b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n")
    yield "!half a surrogate", data.replace(b'": "', b'": "\\ud800', 1)
    yield made("!not objects", [1, "two", None])
    yield made("every record twice", found * 2)
    chance = random.Random(7)
    for number, value in enumerate(_VALUES):
        for _ in range(6):
            items = json.loads(json.dumps(found))
            _break(chance.choice(items), value, chance)
            yield made(f"a value is {str(value)[:20]!r} {number}", items)
    for name in sorted({k for i in found for k in i}):
        yield made(f"no {name}", [{k: v for k, v in i.items() if k != name} for i in found])


def _break(item: Any, value: Any, chance: random.Random) -> None:
    keys = list(item) if isinstance(item, dict) else list(range(len(item)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(item[key], dict | list) and item[key] and chance.random() < 0.8:
        _break(item[key], value, chance)
    else:
        item[key] = value
