"""A person's decisions on who is who: a file of lines beside the graph, and what they bring about.

``decisions.jsonl`` in the graph's folder holds one JSON object a line, oldest first::

    {"number": 1, "verdict": "same", "a": {…}, "b": {…}, "who": "…", "when": "…", "why": "…"}
    {"number": 2, "undo": 1, "who": "…", "when": "…", "why": "…"}

A side names a record so that it is found in later editions too: by its key, else by an official
identifier, else by name and country where exactly one company has them. Of several decisions on
one pair the last counts. Decisions become statements of the source `SOURCE_ID`, so that a version
names them as its evidence and its id depends on them; no other statement is touched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nthtier.graph import identity, model
from nthtier.graph.clusters import collect
from nthtier.graph.errors import InputError, StoreError
from nthtier.graph.lists import LISTS
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.names import normalise

if TYPE_CHECKING:
    from nthtier.graph.pile import Pile

FILE: Final = "decisions.jsonl"
SOURCE_ID: Final = "identity-decisions"
VERDICTS: Final = ("same", "different", "unsure")
_LONGEST_LINE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records: its key, and by what else it is found when the key is gone."""

    key: str
    name: str
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()  # "lei:…", strong ones only


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether two records are one company: who says so, when (UTC), and why."""

    number: int
    verdict: str
    a: Side
    b: Side
    who: str
    when: str
    why: str

    @property
    def pair(self) -> frozenset[str]:
        """The two keys, in no order."""
        return frozenset((self.a.key, self.b.key))


@dataclass(frozen=True, slots=True)
class Undo:
    """Takes back the decision ``undo``."""

    number: int
    undo: int
    who: str
    when: str
    why: str


Entry = Decision | Undo


def now() -> str:
    """Return the time as it is written into a decision."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def effective(entries: Iterable[Entry]) -> list[Decision]:
    """Return the decisions that count: not undone, the last on each pair; oldest first."""
    every = list(entries)
    undone = {e.undo for e in every if isinstance(e, Undo)}
    last = {e.pair: e for e in every if isinstance(e, Decision) and e.number not in undone}
    return sorted(last.values(), key=lambda d: d.number)


# The file


def read(path: Path) -> list[Entry]:
    """Read the entries of a file; none when it does not exist.

    Raises:
        InputError: a line is not an entry; with its number and what is allowed.
        StoreError: the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    found: list[Entry] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            found.append(_Line(path.name, number).entry(line, found))
    return found


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write the file in one step: killed at any moment, it is the old one or the new one.

    Raises:
        StoreError: the folder cannot be written; the file is as it was.
    """
    text = "".join(f"{line(e)}\n" for e in entries)
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with aside.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}; the decisions are as they were"
        ) from error


def line(entry: Entry) -> str:
    """Return an entry as its line of the file."""
    return json.dumps(asdict(entry), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Line:
    """Checks one line of a file of decisions."""

    file: str
    row: int

    def wrong(self, message: str, name: str, found: object, allowed: str) -> InputError:
        return InputError(message, file=self.file, row=self.row, field=name, found=found,
                          allowed=allowed)  # fmt: skip

    def entry(self, data: bytes, before: Sequence[Entry]) -> Entry:
        record = self._object(data)
        undoes = "undo" in record
        self._fields(record, Undo if undoes else Decision, "")
        number = record["number"]
        taken = {e.number for e in before}
        if type(number) is not int or number < 1 or number in taken:
            raise self.wrong(
                "not the number of a new entry",
                "number",
                number,
                f"a whole number that no line above has, {max(taken, default=0) + 1}",
            )
        common = {k: self._text(record[k], k) for k in ("who", "when", "why")}
        if undoes:
            decided = {e.number for e in before if isinstance(e, Decision)}
            if record["undo"] not in decided or type(record["undo"]) is not int:
                allowed = ", ".join(map(str, sorted(decided))) or "no decision stands above"
                raise self.wrong("no such decision above", "undo", record["undo"], allowed)
            return Undo(number, record["undo"], **common)
        if record["verdict"] not in VERDICTS:
            raise self.wrong("no such verdict", "verdict", record["verdict"], ", ".join(VERDICTS))
        a, b = self._side(record["a"], "a"), self._side(record["b"], "b")
        if a.key == b.key:
            raise self.wrong("both sides are one record", "b.key", b.key, "another key than a's")
        return Decision(number, record["verdict"], a, b, **common)

    def _object(self, data: bytes) -> dict[str, Any]:
        if len(data) > _LONGEST_LINE:
            raise self.wrong("the line is too long", "line", f"{len(data)} bytes",
                             f"at most {_LONGEST_LINE}")  # fmt: skip
        try:
            record = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise self.wrong(f"not JSON in UTF-8 ({error})", "line", data[:60].decode("latin-1"),
                             "one JSON object a line") from None  # fmt: skip
        if not isinstance(record, dict):
            raise self.wrong("not an entry", "line", record, "one JSON object a line")
        return record

    def _fields(self, record: Mapping[str, Any], kind: type, prefix: str) -> None:
        wanted = [f.name for f in fields(kind)]
        for name in wanted:
            if name not in record:
                raise self.wrong("is missing", f"{prefix}{name}", None, ", ".join(wanted))
        for name in record:
            if name not in wanted:
                raise self.wrong("an unknown field", f"{prefix}{name}", record[name],
                                 ", ".join(wanted))  # fmt: skip

    def _text(self, value: object, name: str) -> str:
        if not isinstance(value, str):
            raise self.wrong("not text", name, value, "text")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise self.wrong("half of a character", name, ascii(value), "whole text") from None
        return value

    def _side(self, value: object, name: str) -> Side:
        if not isinstance(value, dict):
            raise self.wrong("not a side", name, value, "key, name, countries, identifiers")
        self._fields(value, Side, f"{name}.")
        if not value["key"]:
            raise self.wrong("is empty", f"{name}.key", "", "the key of a record")
        many = {}
        for part in ("countries", "identifiers"):
            if not isinstance(value[part], list):
                raise self.wrong("not a list", f"{name}.{part}", value[part], "a list of texts")
            many[part] = tuple(self._text(x, f"{name}.{part}") for x in value[part])
        return Side(self._text(value["key"], f"{name}.key"),
                    self._text(value["name"], f"{name}.name"), **many)  # fmt: skip


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found


# What they bring about


@dataclass(slots=True)
class Applied:
    """Decisions as statements, and those that name nothing in the graph, each with the reason."""

    source: Source | None = None
    statements: list[Statement] = field(default_factory=list)
    stale: list[tuple[Decision, str]] = field(default_factory=list)


def apply(entries: Iterable[Entry], statements: Sequence[Statement] | Pile) -> Applied:
    """Turn the decisions that count into statements about the records they name."""
    counting = effective(entries)
    made = Applied()
    if not counting:
        return made
    found = _Records(statements)
    lines = []
    for d in counting:
        a, b = found.key(d.a), found.key(d.b)
        if a is None or b is None:
            missing = d.a if a is None else d.b
            made.stale.append((d, f"nothing here is {missing.name} [{missing.key}]"))
        elif a == b:
            made.stale.append((d, "both sides are one record here"))
        elif d.verdict != "unsure":
            predicate = model.SAME if d.verdict == "same" else model.DIFFERENT
            who = ", ".join(x for x in (d.who, d.when) if x)
            made.statements.append(
                statement(a, predicate, value=b, raw=d.why, note=who, source=SOURCE_ID,
                          locator=f"decision {d.number}")
            )  # fmt: skip
            lines.append(line(d))
    if lines:
        digest = sha256("\n".join(lines).encode("utf-8")).hexdigest()
        made.source = Source(
            SOURCE_ID, SOURCE_ID, "Decisions on who is who", file=FILE, format="decisions",
            sha256=digest, records=len(lines), note="made with nthtier match",
        )  # fmt: skip
    return made


def without_loose(statements: Iterable[Statement]) -> list[Statement]:
    """Leave out decisions of which a record is gone from the other statements."""
    every = list(statements)
    said = [s for s in every if s.source != SOURCE_ID]
    keys = {s.subject for s in said} | {s.object for s in said}
    return said + [s for s in every if s.source == SOURCE_ID and {s.subject, s.value} <= keys]


class _Records:
    """The records of a graph, as far as sides of decisions name them."""

    def __init__(self, statements: Sequence[Statement] | Pile) -> None:
        self.statements = statements
        self.records = collect(statements)
        self._ids: dict[str, str] | None = None

    def key(self, side: Side) -> str | None:
        """Return the key of the record that a side names."""
        if side.key in self.records:
            return side.key
        wanted = set(side.identifiers)
        for key in sorted(self.records) if wanted else ():
            if any(f"{s[3:]}:{v}" in wanted for s, v in self.records[key].identifiers):
                return key
        return self._named(side)

    def _named(self, side: Side) -> str | None:
        normal, countries = normalise(side.name), set(side.countries)
        hits = [
            key
            for key, r in self.records.items()
            if normal in r.names
            and r.is_organisation(normal)
            and (not countries or not r.countries or countries & r.countries)
        ]
        if self._ids is None:
            self._ids = identity.resolve(self.statements).ids
        return min(hits) if len({self._ids[k] for k in hits}) == 1 else None


def side_of(
    key_list: Iterable[str], name: str, countries: Iterable[str], identifiers: Iterable[str]
) -> Side:
    """Make the side that names an entity, by the most lasting of its keys."""
    return Side(min(key_list, key=_lasting), name, tuple(sorted(countries)),
                tuple(sorted(identifiers)))  # fmt: skip


def _lasting(key: str) -> tuple[int, str]:
    _, mark, local = key.rpartition("#")
    if key.startswith("ofac:"):
        return 0, key
    if key.partition(":")[0] in LISTS:
        return 1, key
    return (2 if mark and not local.startswith("~") else 3), key
