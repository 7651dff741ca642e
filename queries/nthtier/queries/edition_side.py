"""What one of two versions says of its entries: names, addresses, identifiers, listings.

Every value comes with the statements that give it, and is compared by its folded form: how a list
writes its spaces, its capitals or "88 F.R. 13675" is no change.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from nthtier.graph import model
from nthtier.graph.names import normalise
from nthtier.graph.version import Version

#: Fields of a listing: the column of the table, and the property that statements have.
TERMS: Final = {
    "since": "since", "until": "until", "effective": "effective", "divest_by": "divest_by",
    "programmes": "programmes", "citation": "citation",
    "license_requirement": "license_requirement", "license_policy": "license_policy",
    "footnotes": "footnotes", "measures": "measures", "reasons": "reason",
    "regulation_url": "regulation_url", "regulation_in_force": "regulation_in_force",
}  # fmt: skip
#: How predicates of a person's decisions on who is who begin.
DECIDED: Final = "decided:"
_SAID: Final = ("id", "predicate", "value", "since", "until", "source", "props")
_SIGNS: Final = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|[\s()\[\];:'\"§]+")
_NOTICE: Final = re.compile(r"(\d{2,3})\s*F\.?\s*R\.?,?\s*(\d{3,6})")


class Said(NamedTuple):
    """A statement, as far as it is a cause: its id and its source."""

    statement: str
    source: str


@dataclass(slots=True)
class Value:
    """One value of a field: as it is written, and who says so."""

    text: str
    by: list[Said] = field(default_factory=list)


#: Field → folded form → value.
Fields = dict[str, dict[str, Value]]


@dataclass(slots=True)
class Profile:
    """What is said of one company: of itself, and by each list that has it.

    ``left`` are lists that had it until an edition came without it.
    """

    about: Fields = field(default_factory=dict)
    on: dict[str, Fields] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    listed_by: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))

    @property
    def lists(self) -> set[str]:
        """The lists that have it in this version."""
        return self.on.keys() - self.left


def folded(field_: str, text: str) -> str:
    """Return the form in which two values are compared: without spaces, signs and capitals.

    The words of a name may come in another order.

    >>> folded("address", "1 Pier  Road, Jinan") == folded("address", "1 Pier Road,Jinan")
    True
    >>> folded("name", "DOE, John") == folded("name", "John Doe")
    True
    >>> folded("fact:length", "1.5") == folded("fact:length", "15")
    False
    """
    if field_ in ("name", "aliases"):
        return "".join(sorted(normalise(text).split()))
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _SIGNS.sub("", plain.casefold()) or text


def notices(citation: str) -> list[str]:
    """Return the Federal Register notices of a citation; else the citation itself.

    >>> notices("68 F.R. 38290 6/27/03 71 F.R. 38843 7/10/06"), notices("2024/745 (OJ L745)")
    (['68 FR 38290', '71 FR 38843'], ['2024/745 (OJ L745)'])
    """
    found = [f"{volume} FR {page}" for volume, page in _NOTICE.findall(citation)]
    return list(dict.fromkeys(found)) or [citation]


class Side:
    """One version, read as far as the comparison needs it."""

    def __init__(self, version: Version) -> None:
        self.version = version
        columns = ("id", "name", "type", "countries", "keys", "joined")
        table = version.table("entities", columns)
        self.ids: list[str] = table.column("id").to_pylist()
        self.names: list[str] = table.column("name").to_pylist()
        self.types: list[str] = table.column("type").to_pylist()
        self.countries: list[list[str]] = table.column("countries").to_pylist()
        self.keys: list[list[str]] = table.column("keys").to_pylist()
        self.joined: list[list[str]] = table.column("joined").to_pylist()
        #: Statements that the other version does not have, with their source and keys.
        self.fresh: dict[str, str] = {}
        self.fresh_keys: dict[str, list[tuple[str, Said]]] = defaultdict(list)

    def compare_statements(self, other: Side) -> None:
        """Find the statements that only one of the two has, for both."""
        import pyarrow.compute as pc

        tables = [x.version.table("statements", ["id"]).column("id") for x in (self, other)]
        for side, mine, others in ((self, *tables), (other, *reversed(tables))):
            rows = pc.indices_nonzero(pc.invert(pc.is_in(mine, value_set=others)))
            columns = ("id", "subject", "object", "predicate", "source")
            found = side.version.table("statements", columns).take(rows)
            for id_, subject, object_, predicate, source in zip(
                *(found.column(c).to_pylist() for c in columns), strict=True
            ):
                side.fresh[id_] = source
                said = Said(id_, source)
                side.fresh_keys[subject].append((predicate, said))
                if object_ and predicate != "LISTED_ON":
                    side.fresh_keys[object_].append((predicate, said))

    def entity(self, number: int) -> dict[str, Any]:
        """Return ``{id, name, type, country}``, as answers show an entity."""
        countries = self.countries[number]
        return {"id": self.ids[number], "name": self.names[number], "type": self.types[number],
                "country": countries[0] if countries else None}  # fmt: skip

    def is_listed(self, number: int) -> bool:
        """Tell whether an entity is, or was, on a list."""
        s = self.version.snapshot
        return bool(s.listing_ptr[number] < s.listing_ptr[number + 1])

    @cached_property
    def listings(self) -> list[tuple[Any, ...]]:
        """What each listing says, by number, in a form that can be compared."""
        data = self.version.table_path("listings")
        from nthtier.graph import tables

        table = tables.read_table(data)
        there = [c for c in ("list", *TERMS) if c in table.column_names]
        columns = [table.column(c).to_pylist() for c in there]
        return [tuple(map(_hashable, row)) for row in zip(*columns, strict=True)]

    def listed(self, number: int) -> list[tuple[Any, ...]]:
        """Return what the listings of an entity say."""
        s = self.version.snapshot
        return self.listings[int(s.listing_ptr[number]) : int(s.listing_ptr[number + 1])]

    def formats(self, shared: Collection[str]) -> dict[str, set[str]]:
        """Return the formats of the sources that have entries of a list, or a type of relation.

        Sources that are ``shared`` with the other side do not count.
        """
        import pyarrow.compute as pc

        table = self.version.table("statements", ["predicate", "object", "source"])
        table = table.filter(pc.not_equal(table.column("object"), ""))
        listed = pc.equal(table.column("predicate"), "LISTED_ON")
        what = pc.if_else(listed, table.column("object"), table.column("predicate"))
        pairs = table.append_column("what", what).group_by(["what", "source"]).aggregate([])
        found: dict[str, set[str]] = defaultdict(set)
        for row in pairs.to_pylist():
            if row["source"] not in shared:
                found[row["what"]].add(self.version.sources[row["source"]].format)
        return found

    def profiles(
        self, groups: Sequence[tuple[int, ...]], described: Sequence[bool]
    ) -> list[Profile]:
        """Return what is said of each group of entities (one company each), in few reads.

        Only where it is ``described``, what the company is itself is read beside its listings.
        """
        made = [Profile() for _ in groups]
        spans = [
            (profile, self.version.described(e))
            for profile, group, wanted in zip(made, groups, described, strict=True)
            for e in (group if wanted else ())
        ]
        rows = self._statements(n for _, span in spans for n in span)
        for profile, span in spans:
            for _ in span:
                _describe(profile.about, next(rows))
        for profile in made:
            known = profile.about.get("name", {})
            also = profile.about.get("aliases", {})
            for form in known.keys() & also.keys():
                del also[form]
        self._add_listings(made, groups)
        return made

    def _statements(self, rows: Iterable[int]) -> Any:
        import numpy as np
        import pyarrow as pa

        numbers = np.fromiter(rows, np.int64)
        table = self.version.table("statements", _SAID).take(pa.array(numbers))
        columns = [table.column(c).to_pylist() for c in _SAID]
        return (dict(zip(_SAID, row, strict=True)) for row in zip(*columns, strict=True))

    def _add_listings(self, made: Sequence[Profile], groups: Sequence[tuple[int, ...]]) -> None:
        s = self.version.snapshot
        numbers = [
            (profile, n)
            for profile, group in zip(made, groups, strict=True)
            for e in group
            for n in range(int(s.listing_ptr[e]), int(s.listing_ptr[e + 1]))
        ]
        listings = self.version.rows("listings", (n for _, n in numbers))
        spans = [self.version.evidence(int(s.listing_rel[n])) for _, n in numbers]
        rows = self._statements(n for span in spans for n in span)
        ended: dict[tuple[int, str], list[bool]] = defaultdict(list)
        for (profile, _), listing, span in zip(numbers, listings, spans, strict=True):
            said = [next(rows) for _ in span]
            list_id = listing["list"]
            _terms(profile.on.setdefault(list_id, {}), listing, said)
            profile.listed_by[list_id] += [Said(s["id"], s["source"]) for s in said]
            until = listing["until"]
            by_edition = bool(until) and not any(s["until"] for s in said)
            ended[id(profile), list_id].append(by_edition)
        for profile in made:
            profile.left = {x for x in profile.on if all(ended[id(profile), x])}


def _describe(about: Fields, s: Mapping[str, Any]) -> None:
    """Add what a statement says of its company."""
    predicate = s["predicate"]
    if predicate == model.MENTION or predicate.startswith(DECIDED):
        return
    name = "aliases" if predicate in (model.ALIAS, model.WEAK_ALIAS) else predicate
    _add(about, name, s["value"], [Said(s["id"], s["source"])])


def _terms(on: Fields, listing: Mapping[str, Any], said: Sequence[Mapping[str, Any]]) -> None:
    """Add what a listing says, each value with the statements that say the same."""
    own = [(Said(s["id"], s["source"]), s, json.loads(s["props"]) if s["props"] else {})
           for s in said]  # fmt: skip
    for name, word in TERMS.items():
        for value in _values(name, listing.get(name)):
            form = folded(name, value)
            by = [
                who
                for who, s, props in own
                if any(
                    form == folded(name, v)
                    for v in _values(name, s[name] if name in s else props.get(word))
                )
            ]
            _add(on, name, value, by)


def _values(name: str, value: Any) -> list[str]:
    if not value:
        return []
    if isinstance(value, list):
        return [str(v) for v in value]
    if name == "citation":
        return notices(value)
    return str(value).split(" | ") if name.startswith("license") else [str(value)]


def _add(fields: Fields, name: str, text: str, by: Iterable[Said]) -> None:
    value = fields.setdefault(name, {}).setdefault(folded(name, text), Value(text))
    value.by += by


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
