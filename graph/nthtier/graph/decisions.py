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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nthtier.graph import beside, identity, model
from nthtier.graph.clusters import Record, collect
from nthtier.graph.lists import LISTS
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.names import normalise

if TYPE_CHECKING:
    from nthtier.graph.pile import Pile

FILE: Final = "decisions.jsonl"
SOURCE_ID: Final = "identity-decisions"
VERDICTS: Final = ("same", "different", "unsure")


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
    found: list[Entry] = []
    for line, data in beside.read(path):
        found.append(_entry(line, data, found))
    return found


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write the file in one step: killed at any moment, it is the old one or the new one.

    Raises:
        StoreError: the folder cannot be written; the file is as it was.
    """
    beside.write(path, map(line, entries))


def line(entry: Entry) -> str:
    """Return an entry as its line of the file."""
    return json.dumps(asdict(entry), ensure_ascii=False)


def _entry(at: beside.Line, data: bytes, before: Sequence[Entry]) -> Entry:
    record = at.record(data)
    undoes = "undo" in record
    at.fields(record, [f.name for f in fields(Undo if undoes else Decision)])
    number = record["number"]
    taken = {e.number for e in before}
    if type(number) is not int or number < 1 or number in taken:
        raise at.wrong(
            "not the number of a new entry", "number", number,
            f"a whole number that no line above has, {max(taken, default=0) + 1}",
        )  # fmt: skip
    common = {k: at.text(record[k], k) for k in ("who", "when", "why")}
    if undoes:
        decided = {e.number for e in before if isinstance(e, Decision)}
        if record["undo"] not in decided or type(record["undo"]) is not int:
            allowed = ", ".join(map(str, sorted(decided))) or "no decision stands above"
            raise at.wrong("no such decision above", "undo", record["undo"], allowed)
        return Undo(number, record["undo"], **common)
    if record["verdict"] not in VERDICTS:
        raise at.wrong("no such verdict", "verdict", record["verdict"], ", ".join(VERDICTS))
    a, b = _side(at, record["a"], "a"), _side(at, record["b"], "b")
    if a.key == b.key:
        raise at.wrong("both sides are one record", "b.key", b.key, "another key than a's")
    return Decision(number, record["verdict"], a, b, **common)


def _side(at: beside.Line, value: object, name: str) -> Side:
    if not isinstance(value, dict):
        raise at.wrong("not a side", name, value, "key, name, countries, identifiers")
    at.fields(value, [f.name for f in fields(Side)], f"{name}.")
    if not value["key"]:
        raise at.wrong("is empty", f"{name}.key", "", "the key of a record")
    return Side(at.text(value["key"], f"{name}.key"), at.text(value["name"], f"{name}.name"),
                at.texts(value["countries"], f"{name}.countries"),
                at.texts(value["identifiers"], f"{name}.identifiers"))  # fmt: skip


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
    found = _Records(statements, counting)
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


class _Records:
    """The records of a graph, as far as sides of decisions name them."""

    def __init__(self, statements: Sequence[Statement] | Pile, named: Iterable[Decision]) -> None:
        self.statements = statements
        self.there = held(statements, {side.key for d in named for side in (d.a, d.b)})

    @cached_property
    def records(self) -> dict[str, Record]:
        """What the statements say of all records: only for a side whose key is gone."""
        return collect(self.statements)

    @cached_property
    def ids(self) -> dict[str, str]:
        """The entity of each record, before any decision."""
        return identity.resolve(self.statements).ids

    def key(self, side: Side) -> str | None:
        """Return the key of the record that a side names."""
        if side.key in self.there:
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
        return min(hits) if len({self.ids[k] for k in hits}) == 1 else None


def held(statements: Sequence[Statement] | Pile, keys: Collection[str]) -> set[str]:
    """Return those of some keys that anything is said of."""
    if isinstance(statements, Sequence):
        return {key for s in statements for key in (s.subject, s.object)}.intersection(keys)
    return statements.holding(keys)


def side_of(
    key_list: Iterable[str], name: str, countries: Iterable[str], identifiers: Iterable[str]
) -> Side:
    """Make the side that names an entity, by the most lasting of its keys."""
    return Side(lasting(key_list), name, tuple(sorted(countries)),
                tuple(sorted(identifiers)))  # fmt: skip


def lasting(keys: Iterable[str]) -> str:
    """Return the key that later editions most likely have, too."""
    return min(keys, key=_lasting)


def _lasting(key: str) -> tuple[int, str]:
    _, mark, local = key.rpartition("#")
    if key.startswith("ofac:"):
        return 0, key
    if key.partition(":")[0] in LISTS:
        return 1, key
    return (2 if mark and not local.startswith("~") else 3), key
