"""Entities, relations, listings and evidence as the dictionaries of the JSON contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.ontology import BASIS, Weights
from nthtier.graph.version import Version

_BASES: Final = tuple(BASIS)


class Reader:
    """Reads the rows that an answer shows, each once."""

    def __init__(self, version: Version, weights: Weights | None = None) -> None:
        self.version = version
        self.weights = weights or Weights()
        self._entities: dict[int, dict[str, Any]] = {}
        self._relations: dict[int, dict[str, Any]] = {}
        self._evidence: dict[int, list[dict[str, Any]]] = {}
        self._listings: dict[int, dict[str, Any]] = {}

    def prefetch(self, relations: Iterable[int]) -> None:
        """Read the rows of many relations, their ends and their evidence in few reads.

        The claims beside them about the same tie are read with them.
        """
        version, s = self.version, self.version.snapshot
        asked = _new(relations, self._relations)
        new = sorted(_new((p for r in asked for p in self.parallel(r)), self._relations))
        for row, values in zip(new, version.rows("relations", new), strict=True):
            self._relations[row] = values
        self.prefetch_entities(int(e) for r in new for e in (s.src[r], s.dst[r]))
        spans = {r: version.evidence(r) for r in new}
        rows = [n for span in spans.values() for n in span]
        said = iter(version.rows("statements", rows))
        for relation, span in spans.items():
            self._evidence[relation] = [self._said(next(said)) for _ in span]

    def prefetch_entities(self, entities: Iterable[int]) -> None:
        """Read many entities in one go."""
        wanted = sorted(_new(entities, self._entities))
        columns = ["id", "name", "type", "countries"]
        rows = self.version.rows("entities", wanted, columns)
        for entity, values in zip(wanted, rows, strict=True):
            self._entities[entity] = _entity(values)

    def prefetch_listings(self, entities: Iterable[int]) -> None:
        """Read all listings of many entities, with their evidence, in few reads."""
        s = self.version.snapshot
        numbers = (n for e in set(entities) for n in self._listing_numbers(e))
        new = sorted(_new(numbers, self._listings))
        for number, row in zip(new, self.version.rows("listings", new), strict=True):
            self._listings[number] = row
        self.prefetch(int(s.listing_rel[n]) for n in new)

    def _listing_numbers(self, entity: int) -> range:
        s = self.version.snapshot
        return range(int(s.listing_ptr[entity]), int(s.listing_ptr[entity + 1]))

    def entity(self, entity: int) -> dict[str, Any]:
        """Return ``{id, name, type, country}`` of an entity."""
        if entity not in self._entities:
            row = self.version.rows("entities", [entity], ["id", "name", "type", "countries"])[0]
            self._entities[entity] = _entity(row)
        return self._entities[entity]

    def relation(self, relation: int) -> dict[str, Any]:
        """Return the row of a relation."""
        if relation not in self._relations:
            self.prefetch([relation])
        return self._relations[relation]

    def evidence(self, relation: int) -> list[dict[str, Any]]:
        """Return what backs a relation: statement, source, locator, and who said it when."""
        self.relation(relation)
        return self._evidence[relation]

    def _said(self, s: dict[str, Any]) -> dict[str, Any]:
        source = self.version.sources[s["source"]]
        return {
            "statement": s["id"],
            "source": s["source"],
            "locator": s["locator"],
            "title": source.title,
            "publisher": source.publisher,
            "date": source.date or None,
            "url": source.url or None,
            "basis": s["basis"],
            "note": s["note"] or None,
        }

    def listings(
        self, entity: int, *, since: int = OPEN_START, until: int = OPEN_END
    ) -> list[dict[str, Any]]:
        """Return the listings of an entity that meet the days ``since`` to ``until``."""
        s = self.version.snapshot
        self.prefetch_listings([entity])
        found = [
            self._listing(n, self._listings[n])
            for n in self._listing_numbers(entity)
            if s.since[s.listing_rel[n]] <= until and s.until[s.listing_rel[n]] >= since
        ]
        return sorted(found, key=lambda x: (x["list"], x["since"] or "", x["relation"]))

    def _listing(self, number: int, row: dict[str, Any]) -> dict[str, Any]:
        relation = int(self.version.snapshot.listing_rel[number])
        return {
            "list": row["list"],
            "list_name": self.entity(int(self.version.snapshot.listing_list[number]))["name"],
            "since": row["since"] or None,
            "until": row["until"] or None,
            "effective": row.get("effective") or None,
            "divest_by": row.get("divest_by") or None,
            "citation": row["citation"] or None,
            "license_requirement": row["license_requirement"] or None,
            "license_policy": row["license_policy"] or None,
            "policy": row["policy"] or None,
            "programmes": row["programmes"],
            "footnotes": [int(n) for n in row["footnotes"]],
            "measures": row.get("measures") or [],  # a version made before build 6 has none
            "reasons": row.get("reasons") or [],
            "regulation_url": row.get("regulation_url") or None,
            "regulation_in_force": row.get("regulation_in_force") or None,
            "basis": self.relation(relation)["basis"],
            "note": self.relation(relation)["note"] or None,
            "relation": row["relation"],
            "evidence": self.evidence(relation),
        }

    def hop(self, relation: int, read: str) -> dict[str, Any]:
        """Return one hop of a path, with the competing claims about the same tie."""
        s, row = self.version.snapshot, self.relation(relation)
        lo, hi = row["lo"], row["hi"]
        return {
            "relation": row["id"],
            "type": row["type"],
            "from": self.entity(int(s.src[relation])),
            "to": self.entity(int(s.dst[relation])),
            "read": read,
            "since": row["since"] or None,
            "until": row["until"] or None,
            "share": None if lo is None else [lo, hi],
            "amount": row["amount"] or None,
            "basis": row["basis"],
            "contested": row["contested"],
            "weight": self.weights.of(row["type"], _BASES[int(s.basis[relation])], lo, hi),
            "note": row["note"] or None,
            "evidence": self.evidence(relation),
            "competing": [self._claim(r) for r in self.parallel(relation) if r != relation],
        }

    def parallel(self, relation: int) -> list[int]:
        """Return the relations of the same type between the same entities in this direction."""
        s = self.version.snapshot
        first, last = int(s.out_ptr[s.src[relation]]), int(s.out_ptr[s.src[relation] + 1])
        same = (s.dst[first:last] == s.dst[relation]) & (s.type[first:last] == s.type[relation])
        return [first + int(i) for i in same.nonzero()[0]]

    def _claim(self, relation: int) -> dict[str, Any]:
        row = self.relation(relation)
        return {
            "relation": row["id"],
            "since": row["since"] or None,
            "until": row["until"] or None,
            "share": None if row["lo"] is None else [row["lo"], row["hi"]],
            "amount": row["amount"] or None,
            "basis": row["basis"],
            "note": row["note"] or None,
            "evidence": self.evidence(relation),
        }

    def sources(self) -> list[dict[str, Any]]:
        """Return the sources with their editions, as ``coverage`` names them."""
        return [
            {
                "id": x.id,
                "title": x.title,
                "publisher": x.publisher,
                "date": x.date or None,
                "records": x.records,
                "sha256": x.sha256 or None,
                "lists": list(x.covers),
            }
            for x in self.version.sources.values()
        ]


def _new(asked: Iterable[int], known: Mapping[int, Any]) -> set[int]:
    """Return what is not known; taking ``keys()`` off a set would look at each of them."""
    return {x for x in asked if x not in known}


def _entity(row: dict[str, Any]) -> dict[str, Any]:
    countries = row["countries"]
    return {
        "id": row["id"],
        "name": row["name"],
        "type": row["type"],
        "country": countries[0] if len(countries) == 1 else "; ".join(countries) or None,
    }
