"""The fact file (TOML): what a person knows from documents.

``[source]`` names one document, ``[[source]]`` several; with several each record says which by
``source = "id"``. ``[[entity]]``, ``[[relation]]`` and ``[[fact]]`` are described in the README.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any, Final

from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.loaders import records
from nthtier.loaders.reader import Format, Options, Reading
from nthtier.loaders.reading import Input
from nthtier.loaders.records import Document, Wrong

SOURCE_FIELDS: Final = frozenset(
    {"id", "title", "publisher", "date", "url", "licence", "note", "retrieved"}
)
_TABLES: Final = ("source", "entity", "relation", "fact")
_HEADER: Final = re.compile(r"\s*\[\[?\s*(source|entity|relation|fact)\s*\]\]?")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}\Z", re.ASCII)


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents that look like TOML with a source."""
    return [
        d
        for d in inputs
        if d.name.casefold().endswith(".toml")
        or re.search(rb"^\s*\[\[?(source|entity|relation)\]", d.head[:65536], re.MULTILINE)
    ]


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read fact files; each source of each file is one reading."""
    return [reading for document in inputs for reading in _read(document, options)]


class Parsed:
    """The tables of a TOML document, and where each of them stands.

    Raises:
        InputError: it is not TOML, or has other tables than a fact file has.
    """

    def __init__(self, document: Input) -> None:
        self.document = document
        self.content = document.text()
        data = parse(document, self.content)
        self._lines, self._quoted = _lines(self.content)
        for name in data:
            if name not in _TABLES:
                raise InputError("an unknown table", file=document.name, field=name, found=name,
                                 row=_line_of(self.content, name),
                                 allowed=", ".join(_TABLES))  # fmt: skip
        self.tables = {name: self._list(data, name) for name in _TABLES}

    def _list(self, data: dict[str, Any], name: str) -> list[dict[str, Any]]:
        value = data.get(name, [])
        items = value if isinstance(value, list) else [value] if name == "source" else None
        if items is None or not all(isinstance(i, dict) for i in items):
            raise InputError("not a list of tables", file=self.document.name,
                             row=_line_of(self.content, name), field=name,
                             allowed=f"[[{name}]]")  # fmt: skip
        return items

    def wrong(self, table: str, number: int) -> Wrong:
        """Return the maker of errors in the ``number``-th table of that name, from 1."""

        def make(message: str, field: str, found: object, allowed: str | None) -> InputError:
            return InputError(
                message, file=self.document.name, row=self._line(table, number, field),
                field=field, found=found, allowed=allowed,
            )  # fmt: skip

        return make

    def _line(self, table: str, number: int, field: str) -> int | None:
        line = self._lines.get((table, number))
        if line is None:  # written inline
            return _line_of(self.content, table)
        end = min((n for n in self._lines.values() if n > line), default=len(self.content))
        key = re.compile(rf"\s*[\"']?{re.escape(field.partition('.')[0])}[\"']?\s*[=.]")
        for at, text in enumerate(self.content.split("\n")[line : end - 1], line + 1):
            if at not in self._quoted and key.match(text):
                return at
        return line


def _read(document: Input, options: Options) -> list[Reading]:
    parsed = Parsed(document)
    sources = read_sources(parsed, options, "factfile")
    only = next(iter(sources)) if len(sources) == 1 else ""
    facts = Document(next(iter(sources)))
    for name in ("entity", "relation", "fact"):
        for number, record in enumerate(parsed.tables[name], 1):
            wrong = parsed.wrong(name, number)
            source = records.text(record, "source", wrong) or only
            if source not in sources:
                raise wrong("which source says this?", "source", source or None,
                            ", ".join(sources))  # fmt: skip
            where = f"{name} {number}"
            if name == "entity":
                facts.entity(record, source, where, wrong, again=False)
            elif name == "relation":
                facts.relation(record, source, where, wrong)
            else:
                facts.fact(record, source, where, wrong)
    return readings(sources, facts)


def parse(document: Input, content: str) -> dict[str, Any]:
    """Return the TOML of a document.

    Raises:
        InputError: it is not TOML; the message says the line.
    """
    try:
        return tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        line = re.search(r"at line (\d+)", str(error))
        row = int(line[1]) if line else content.count("\n") + 1
        raise InputError(f"not TOML: {error}", file=document.name, row=row) from error


def readings(sources: dict[str, Source], facts: Document) -> list[Reading]:
    """Hand each source its own statements."""
    found = {name: Reading(Batch(source)) for name, source in sources.items()}
    for s in facts.statements:
        found[s.source].batch.statements.append(s)
        found[s.source].counts["statements"] += 1
    return list(found.values())


def read_sources(parsed: Parsed, options: Options, format_: str) -> dict[str, Source]:
    """Return the sources that a document declares, by id.

    Raises:
        InputError: none, one twice, or a field that is not allowed.
    """
    document = parsed.document
    found: dict[str, Source] = {}
    for number, record in enumerate(parsed.tables["source"], 1):
        wrong = parsed.wrong("source", number)
        for name in record:
            if name not in SOURCE_FIELDS:
                raise wrong("an unknown field", name, name, ", ".join(sorted(SOURCE_FIELDS)))
        name, title = (records.text(record, n, wrong) for n in ("id", "title"))
        if not _ID.match(name):
            raise wrong("a source needs an id", "id", name or None, "letters, digits, . _ @ + -")
        if not title:
            raise wrong("a source needs a title", "title", None, "text")
        if name in found:
            raise wrong("a second source of this id", "id", name, "each id once")
        url = records.text(record, "url", wrong)
        if url and not re.match(r"https?://[^\s]+\Z", url):
            raise wrong("not a web address", "url", url, "http:// or https://")
        found[name] = Source(
            id=name,
            dataset=name,
            title=title,
            publisher=records.text(record, "publisher", wrong),
            date=records.partial_date(record, "date", wrong) or options.known,
            url=url,
            retrieved=records.partial_date(record, "retrieved", wrong),
            licence=records.text(record, "licence", wrong),
            note=records.text(record, "note", wrong),
            sha256=document.sha256,
            file=document.name,
            format=format_,
        )
    if not found:
        raise InputError(
            "no [source]: say which document this comes from", file=document.name, field="source",
            allowed='[source] with id = "…" and title = "…"',
        )  # fmt: skip
    return found


def _lines(content: str) -> tuple[dict[tuple[str, int], int], set[int]]:
    """Return the line of the header of each table, which the parser itself does not tell.

    The second part is the lines that begin inside a text of several lines.
    """
    found: dict[tuple[str, int], int] = {}
    quoted: set[int] = set()
    counts: dict[str, int] = {}
    quote = ""
    for number, line in enumerate(content.split("\n"), 1):
        if quote:
            quoted.add(number)
        elif header := _HEADER.match(line):
            counts[header[1]] = counts.get(header[1], 0) + 1
            found[header[1], counts[header[1]]] = number
        for mark in re.findall(r'"""|\'\'\'', line):  # a text over several lines hides headers
            quote = "" if quote == mark else quote or mark
    return found, quoted


def _line_of(content: str, name: str) -> int | None:
    match = re.search(rf"^\s*(?:\[\[?\s*)?[\"']?{re.escape(name)}\b", content, re.MULTILINE)
    return content.count("\n", 0, match.end()) + 1 if match else None


FORMATS: Final = (Format("factfile", "fact file (TOML)", takes, read),)
