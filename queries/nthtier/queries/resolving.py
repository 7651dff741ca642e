"""Many names at once: which entity each row of a portfolio is, and why, or who it may be.

The same rules as `nthtier.queries.lookup.resolve`, read once for all rows: an identifier decides,
then an id of this graph, then the same name; a country that disagrees speaks against a name. A
similar name is never taken for the same: it is offered as a candidate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from nthtier.graph import tables
from nthtier.graph.model import STRONG_SCHEMES
from nthtier.graph.names import normalise, text_hash
from nthtier.graph.version import Version
from nthtier.queries.lookup import EXACT, KIND, find

#: Rows without an exact match for which similar names are looked for; it takes a moment each.
MOST_GUESSES: Final = 200
_CANDIDATES: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row: where it stands, the name, the country (ISO alpha-2), identifiers by scheme."""

    row: int
    name: str = ""
    country: str = ""
    id: str = ""
    identifiers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a row: its entity and why, or None, why not, and candidates (id, name)."""

    wanted: Wanted
    entity: int | None
    reason: str
    candidates: tuple[tuple[str, str], ...] = ()


def resolve_many(version: Version, wanted: Sequence[Wanted]) -> list[Resolved]:
    """Return for each row the one entity it names, or candidates."""
    facts = _Facts(version, wanted)
    guesses = 0
    found = []
    for row in wanted:
        entity, reason, candidates = facts.decide(row)
        if entity is None and not candidates and row.name and guesses < MOST_GUESSES:
            guesses += 1
            candidates = [m.entity for m in find(version, row.name, _CANDIDATES)]
        shown = () if entity is not None else facts.shown(candidates)
        found.append(Resolved(row, entity, reason, shown))
    return found


class _Facts:
    """What the tables say of every entity that any row may mean."""

    def __init__(self, version: Version, wanted: Sequence[Wanted]) -> None:
        self.version = version
        texts = sorted({t for row in wanted for t in _texts(row)})
        self.index = _hits(version, texts)
        every = np.unique([e for hits in self.index.values() for e in hits]).astype(np.int64)
        self.names: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
        self.identifiers: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for row in _rows(version, "names", every, ["ordinal", "name", "normal", "kind"]):
            self.names[row["ordinal"]].append((row["normal"], row["name"], row["kind"]))
        for row in _rows(version, "identifiers", every, ["ordinal", "scheme", "value"]):
            self.identifiers[row["ordinal"]].add((row["scheme"], row["value"].casefold()))
        columns = ["id", "name", "keys", "countries"]
        described = version.rows("entities", every.tolist(), columns)
        self.entities = dict(zip(every.tolist(), described, strict=True))

    def decide(self, row: Wanted) -> tuple[int | None, str, list[int]]:
        """Return the entity, the reason, and the candidates where nothing decides."""
        for scheme, value in row.identifiers.items():
            said = (scheme, value.casefold())
            hits = [e for e in self._hits(f"{scheme}:{value}") if said in self.identifiers[e]]
            if len(hits) == 1:
                return hits[0], f"identifier {scheme} {value}", []
            if len(hits) > 1:
                return None, f"{len(hits)} entities have {scheme} {value}", hits
        if row.id:
            folded = row.id.casefold()
            hits = [
                e
                for e in self._hits(f"id:{row.id}")
                if folded in (self.entities[e]["id"].casefold(),
                              *(k.casefold() for k in self.entities[e]["keys"]))
            ]  # fmt: skip
            if len(hits) == 1:
                return hits[0], "its id here", []
            return None, f"no entity has the id {row.id}", hits
        if any(s in STRONG_SCHEMES for s in row.identifiers) and not row.name:
            return None, "no entity has this identifier", []
        return self._by_name(row)

    def _by_name(self, row: Wanted) -> tuple[int | None, str, list[int]]:
        normal, plain = normalise(row.name), row.name.strip()
        best: dict[int, tuple[float, str]] = {}
        for e in self._hits(normal) if normal else []:
            for form, name, kind in self.names[e]:
                if form == normal and kind in EXACT:
                    score = EXACT[kind] - (0.0 if name == plain else 0.001)
                    best[e] = max(best.get(e, (0.0, "")), (score, f"{KIND[kind]}: {name}"))
        if not best:
            return None, "nothing here has this name", []
        at_home = {
            e
            for e in best
            if not row.country
            or not self.entities[e]["countries"]
            or row.country in self.entities[e]["countries"]
        }
        if not at_home:
            return None, f"of this name, but not in {row.country.upper()}", list(best)
        contradicted = {e for e in at_home if self._contradicts(e, row)}
        if at_home <= contradicted:
            return None, "of this name, but with another identifier", sorted(at_home)
        left = {e: best[e] for e in at_home - contradicted}
        top = max(score for score, _ in left.values())
        hits = sorted(e for e, (score, _) in left.items() if score > top - 0.005)
        if len(hits) > 1:
            return None, f"{len(hits)} entities have this name", hits
        return hits[0], left[hits[0]][1], []

    def _contradicts(self, entity: int, row: Wanted) -> bool:
        """Tell whether the entity has another LEI or USCC than the row."""
        for scheme in ("lei", "uscc"):
            values = {v for s, v in self.identifiers[entity] if s == scheme}
            given = row.identifiers.get(scheme, "").casefold()
            if values and given and given not in values:
                return True
        return False

    def _hits(self, text: str) -> list[int]:
        return self.index.get(text_hash(text), [])

    def shown(self, entities: Iterable[int]) -> tuple[tuple[str, str], ...]:
        """Return id and name of candidates."""
        first = list(entities)[:_CANDIDATES]
        rows = self.version.rows("entities", first, ["id", "name"])
        return tuple((r["id"], r["name"]) for r in rows)


def _texts(row: Wanted) -> list[str]:
    found = [f"{scheme}:{value}" for scheme, value in row.identifiers.items()]
    if row.id:
        found.append(f"id:{row.id}")
    if row.name and normalise(row.name):
        found.append(normalise(row.name))
    return found


def _hits(version: Version, texts: Sequence[str]) -> dict[int, list[int]]:
    """Return the entities indexed under each text's hash."""
    s = version.snapshot
    hashes = np.array([text_hash(t) for t in texts], np.uint64)
    low = np.searchsorted(s.name_hash, hashes, "left")
    high = np.searchsorted(s.name_hash, hashes, "right")
    return {
        int(h): sorted(set(s.name_entity[a:b].tolist()))
        for h, a, b in zip(hashes, low, high, strict=True)
        if b > a
    }


def _rows(
    version: Version, table: str, ordinals: np.typing.NDArray[np.int64], columns: list[str]
) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    found = tables.read_table(version.table_path(table), columns)
    wanted = pc.cast(tables.numbers(ordinals), found.column("ordinal").type)
    rows: list[dict[str, Any]] = found.filter(
        pc.is_in(found.column("ordinal"), value_set=wanted)
    ).to_pylist()
    return rows
