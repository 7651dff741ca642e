"""Published hostile inputs: odd CSV, JSON, archives and texts."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path

import pytest

from nthtier.explorer.cli import run
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.graph.store import Store
from nthtier.loaders import strict_json
from nthtier.loaders.reading import Input, open_inputs
from nthtier.loaders.rows import parse
from support import SHARED, require

CORPORA = SHARED / "corpora"
JSON = CORPORA / "JSONTestSuite" / "test_parsing"
CSV = CORPORA / "csv-spectrum"
ZIPS = CORPORA / "libzip"
TEXTS = CORPORA / "all_hostile_strings.json"


def read(path: Path) -> Input:
    return Input(path.name, path, path.read_bytes())


def test_csv_spectrum() -> None:
    require(CSV.exists(), "csv-spectrum")
    compared = 0
    for path in sorted((CSV / "csvs").glob("*.csv")):
        if path.stem == "location_coordinates":
            continue  # its JSON is wrong upstream
        compared += 1
        expected = json.loads((CSV / "json" / f"{path.stem}.json").read_text("utf-8"))
        found: list[list[str]] = []
        document = read(path)
        try:
            found += (fields for _, fields in parse(document))
        except InputError as error:  # every record, then the refusal of an open end
            assert "the last line is not finished" in str(error)
            assert not document.data.endswith(b"\n")
        header, *rows = found
        assert [dict(zip(header, row, strict=True)) for row in rows] == expected, path.name
    assert compared == 11


def test_json_suite() -> None:
    require(JSON.exists(), "JSONTestSuite")
    accepted: dict[str, set[str]] = {"y": set(), "n": set(), "i": set()}
    refused: dict[str, set[str]] = {"y": set(), "n": set(), "i": set()}
    for path in sorted(JSON.glob("*.json")):
        document = read(path)
        kind = path.name[0]
        try:
            strict_json.parse(document, document.text())
            accepted[kind].add(path.name)
        except InputError as error:
            assert error.file == path.name
            refused[kind].add(path.name)
    assert (len(accepted["y"]), refused["y"]) == (95, set())
    assert (len(refused["n"]), accepted["n"]) == (188, set())
    assert len(accepted["i"]) + len(refused["i"]) == 35
    # what is left to us: any number, any depth a list may have; never half a character
    assert {x for x in accepted["i"] if "number" not in x} == {"i_structure_500_nested_arrays.json"}
    assert not [x for x in refused["i"] if "number" in x]


def test_json_numbers_come_as_they_are_written(tmp_path: Path) -> None:
    document = Input("a.json", tmp_path, b"")
    text = "[15.51, 0.10, 1E400, 12345678901234567890123, -0]"
    assert strict_json.parse(document, text) == [
        "15.51", "0.10", "1E400", "12345678901234567890123", "-0",
    ]  # fmt: skip


def test_json_of_any_depth_is_answered(tmp_path: Path) -> None:
    for text in ("[" * 200_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000):
        with pytest.raises(InputError, match=r"a\.json"):
            strict_json.parse(Input("a.json", tmp_path, b""), text)


def test_odd_archives_give_documents_or_one_error(tmp_path: Path) -> None:
    archives = sorted(p for p in ZIPS.rglob("*.zip*") if p.is_file())
    require(bool(archives), "libzip's archives")
    assert len(archives) >= 150
    before = sorted(tmp_path.rglob("*"))
    given = 0
    for path in archives:
        try:
            documents = open_inputs([path], most_bytes=64 << 20)
        except InputError as error:
            assert str(error).isprintable()
            continue
        given += 1
        assert documents
        for document in documents:
            assert document.path == path  # names inside are labels
            assert document.name.isprintable()
            assert len(document.data) <= 64 << 20
    assert given > 20
    assert sorted(tmp_path.rglob("*")) == before


def zeros_gzip(path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    with path.open("wb") as file:
        for _ in range(1024):
            file.write(packer.compress(block))
        file.write(packer.flush())


def zeros_zip(path: Path) -> None:
    block = bytes(1 << 20)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("list.csv", "w", force_zip64=True) as member,
    ):
        for _ in range(1024):
            member.write(block)


def lying_zip(path: Path) -> None:
    """A bomb whose headers say that it is small."""
    zeros_zip(path)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.infolist()[0]
    real = info.file_size.to_bytes(4, "little")
    at = data.rindex(b"PK\x01\x02")
    assert data[at + 24 : at + 28] == real
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(data)


_CAPPED = """
import resource, sys, time
from pathlib import Path
from nthtier.loaders.reading import open_inputs
from nthtier.graph.errors import InputError
resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
try:
    open_inputs([Path(sys.argv[1])])
except InputError as error:
    print(error)
    sys.exit(3)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "name", "message"),
    [
        (zeros_gzip, "bomb.csv.gz", "unpacks to more than allowed"),
        (zeros_zip, "bomb.zip", "unpacks to more than allowed"),
        (lying_zip, "lying.zip", "cut short or damaged"),
    ],
)
def test_a_bomb_of_a_gibibyte_is_refused_within_400_mib(
    tmp_path: Path, make: object, name: str, message: str
) -> None:
    path = tmp_path / name
    assert callable(make)
    make(path)
    assert path.stat().st_size < 2 << 20
    done = subprocess.run(
        [sys.executable, "-c", _CAPPED, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert message in done.stdout
    assert run(["--graph", str(tmp_path / "g"), "load", str(path)]) == 3
    assert not (tmp_path / "g").exists()


def test_a_member_packed_in_an_uncommon_way(tmp_path: Path) -> None:
    path = tmp_path / "list.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("list.csv", bytes(64 << 20))
    with pytest.raises(InputError, match="packed by an uncommon method"):
        open_inputs([path])


def test_a_workbook_that_is_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(64 << 20))
    with pytest.raises(InputError, match=r"sheet1\.xml: unpacks to more than allowed"):
        open_inputs([path])


def test_real_lists_are_no_bombs(tmp_path: Path) -> None:
    rows = b"".join(b"%d,Entity List (EL),Some Company %d,CN\n" % (i, i) for i in range(99_999))
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(rows, 9))
    assert open_inputs([path])[0].data == rows
    path = tmp_path / "lists.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/one.csv", rows)
        archive.writestr("two.csv", b"x\n")
    assert [(d.name, len(d.data)) for d in open_inputs([path])] == [
        ("lists.zip/a/one.csv", len(rows)), ("lists.zip/two.csv", 2),
    ]  # fmt: skip


# --- texts


def texts() -> list[str]:
    require(TEXTS.exists(), TEXTS.name)
    found: list[str] = json.loads(TEXTS.read_text("utf-8"))
    assert len(found) == 2_698
    return found


def toml_text(text: str) -> str:
    """Write a TOML basic string; controls as escapes."""
    shown = json.dumps(text, ensure_ascii=False)
    return shown.replace("\x7f", "\\u007f")


def said(graph: Path) -> dict[str, dict[str, list[Statement]]]:
    """Return the statements of a graph by subject and predicate, as they were written to disk."""
    found: dict[str, dict[str, list[Statement]]] = defaultdict(lambda: defaultdict(list))
    for s in Store(graph).open().statements():
        found[s.subject][s.predicate].append(s)
    return found


def compare(found: dict[str, dict[str, list[Statement]]], kept: dict[str, str], doc: str) -> None:
    for local, text in kept.items():
        about = found[f"{doc}#{local}"]
        assert [s.value for s in about["name"]] == [text]
        assert [s.value for s in about["alias"]] == [f"{text} Ltd"]
        assert [s.value for s in about["fact:said"]] == [text]
        (tie,) = about["SUPPLIES"]
        assert (tie.note, tie.locator) == (text, text)
        assert tie.object == f"{doc}#~acme"


def test_hostile_texts_come_back_from_a_fact_file(tmp_path: Path) -> None:
    lines = ['[source]\nid = "doc"\ntitle = "hostile"\n']
    kept: dict[str, str] = {}
    for number, text in enumerate(texts()):
        if not text.strip():
            continue  # no name; test_bad_input has the message
        kept[f"e{number}"] = text.strip()
        quoted = toml_text(text)
        alias = toml_text(f"{text.strip()} Ltd")
        lines.append(
            f'[[entity]]\nid = "e{number}"\nname = {quoted}\nnames = [{alias}]\n'
            f'[[relation]]\nfrom = "e{number}"\ntype = "SUPPLIES"\nto = "Acme"\n'
            f"note = {quoted}\nlocator = {quoted}\n"
            f'[[fact]]\nentity = "e{number}"\nproperty = "said"\nvalue = {quoted}\n'
        )
    assert len(kept) > 2_690
    path = tmp_path / "facts.toml"
    path.write_text("".join(lines), "utf-8", newline="")
    assert run(["--graph", str(tmp_path / "g"), "load", str(path)]) == 0
    compare(said(tmp_path / "g"), kept, "doc")


MAPPING = """
[source]
id = "map"
title = "hostile"
[[entity]]
id = "{Id}"
name = "{Text}"
names = ["{Text} Ltd"]
[[relation]]
from = "{Id}"
type = "SUPPLIES"
to = "Acme"
note = "{Text}"
locator = "{Text}"
[[fact]]
entity = "{Id}"
property = "said"
value = "{Text}"
"""


@pytest.mark.parametrize("layout", ["csv", "jsonl"])
def test_hostile_texts_come_back_from_a_table(tmp_path: Path, layout: str) -> None:
    kept = {f"e{n}": t.strip() for n, t in enumerate(texts()) if t.strip()}
    rows = list(kept.items())
    path = tmp_path / f"table.{layout}"
    if layout == "csv":
        buffer = io.StringIO(newline="")
        csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([("Id", "Text"), *rows])
        path.write_bytes(buffer.getvalue().encode("utf-8"))
    else:
        lines = [json.dumps({"Id": i, "Text": t}) for i, t in rows]
        path.write_text("\n".join(lines), "utf-8", newline="")
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING, "utf-8")
    arguments = ["--graph", str(tmp_path / "g"), "load", str(path), "--map", str(mapping)]
    assert run(arguments) == 0
    compare(said(tmp_path / "g"), kept, "map")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("f.toml", '[source]\nid = "d"\ntitle = "t"\n[[entity]]\nname = "a\\u0000b"\n',
         "f.toml, line 5, name: a NUL character"),
        ("f.toml", '[source]\nid = "d"\ntitle = "t"\n[[entity]]\nname = "a\\ud800b"\n',
         "f.toml, line 5: not TOML"),
        ("t.jsonl", '{"Id": "a", "Text": "a\\u0000b"}\n', "t.jsonl, line 1, name: a NUL character"),
        ("t.jsonl", '{"Id": "a", "Text": "a\\udfffb"}\n',
         "t.jsonl, line 1: half of a surrogate pair in a text"),
        ("t.csv", "Id,Text\na,a\0b\n", "t.csv, line 2: a NUL byte"),
    ],
)  # fmt: skip
def test_what_no_text_may_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, data: str, message: str
) -> None:
    path = tmp_path / name
    path.write_text(data, "utf-8")
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING, "utf-8")
    more = [] if name == "f.toml" else ["--map", str(mapping)]
    assert run(["--graph", str(tmp_path / "g"), "load", str(path), *more]) == 3
    assert message in capsys.readouterr().err
