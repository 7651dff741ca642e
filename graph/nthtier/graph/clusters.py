"""What is known of each record as far as identity needs it, and the clusters they are joined in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from nthtier.graph import model
from nthtier.graph.lists import LISTS
from nthtier.graph.model import Statement
from nthtier.graph.names import looks_like_organisation, normalise

_NONE: Final[frozenset[tuple[str, str]]] = frozenset()
_EXCLUSIVE: Final = ("id:lei", "id:uscc")
PERSONAL: Final = frozenset({"Person", "Vessel", "Airplane"})
_ORGANISATIONS: Final = frozenset({"Company", "Organization", "PublicBody", "LegalEntity"})


@dataclass(slots=True)
class Record:
    """What the statements say of one key, as far as identity needs it."""

    key: str
    names: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)  # whole names that a loader took apart
    aliases: list[str] = field(default_factory=list)
    mention: str = ""
    countries: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    identifiers: set[tuple[str, str]] = field(default_factory=set)
    decided: set[tuple[str, str]] = field(default_factory=set)
    entries: set[tuple[str, str]] = field(default_factory=set)  # (list, source) that name it
    same: set[tuple[str, str]] = field(default_factory=set)  # (key, why) a person joined it with
    different: set[str] = field(default_factory=set)  # keys that a person keeps apart from it

    def is_organisation(self, normal: str) -> bool:
        """Tell whether this is certainly neither a person nor a ship."""
        if self.types & PERSONAL:
            return False
        return bool(self.types & _ORGANISATIONS) or looks_like_organisation(normal)


def collect(statements: Iterable[Statement]) -> dict[str, Record]:
    """Gather the records, one per key, objects of relations included."""
    records: dict[str, Record] = {}
    normal: dict[str, str] = {}

    def form(name: str) -> str:
        found = normal.get(name)
        if found is None:
            found = normal[name] = normalise(name)
        return found

    for s in statements:
        record = records.get(s.subject)
        if record is None:
            record = records[s.subject] = Record(s.subject)
        if s.object and s.object not in records:
            records[s.object] = Record(s.object)
        match s.predicate:
            case model.NAME:
                record.names.append(form(s.value))
                if s.raw:
                    record.written.append(form(s.raw))
            case model.ALIAS:
                record.aliases.append(form(s.value))
            case model.MENTION:
                mentioned = form(s.value)
                record.mention = min(record.mention or mentioned, mentioned)
            case model.COUNTRY:
                record.countries.add(s.value)
            case model.TYPE:
                record.types.add(s.value)
            case model.SAME:
                record.same.add((s.value, f"decided to be the same ({s.note}): {s.raw}"))
            case model.DIFFERENT:
                record.different.add(s.value)
            case "LISTED_ON":
                record.entries.add((s.object, s.source))
            case predicate if predicate.startswith(model.ID_PREFIX):
                scheme = predicate[len(model.ID_PREFIX) :]
                if scheme in LISTS:
                    record.decided.add((scheme, form(s.value)))
                elif scheme in model.STRONG_SCHEMES:
                    record.identifiers.add((predicate, s.value))
    return records


class Clusters:
    """Union-find over keys that remembers reasons and what speaks against a join by name."""

    def __init__(self, records: dict[str, Record]) -> None:
        self.records = records
        self.parent = {key: key for key in records}
        self.exclusive: dict[str, dict[str, set[str]]] = {}
        self.entries: dict[str, set[tuple[str, str]]] = {}
        self.different: dict[str, set[str]] = {}
        for key, record in records.items():
            for scheme, value in record.identifiers:
                if scheme in _EXCLUSIVE:
                    self.exclusive.setdefault(key, {}).setdefault(scheme, set()).add(value)
            if record.entries:
                self.entries[key] = set(record.entries)
            for other in record.different & records.keys():
                self.different.setdefault(key, set()).add(other)
                self.different.setdefault(other, set()).add(key)
        self.why: dict[str, set[str]] = defaultdict(set)

    def root(self, key: str) -> str:
        """Return the key that stands for all that this one is joined with."""
        while self.parent[key] != key:
            self.parent[key] = self.parent[self.parent[key]]
            key = self.parent[key]
        return key

    def divided(self, a: str, b: str) -> bool:
        """Tell whether a person decided that some of one root are not some of the other."""
        return any(self.root(key) == b for key in self.different.get(a, ()))

    def apart(self, a: str, b: str) -> bool:
        """Tell whether two roots have different LEI or USCC, or are two entries of one edition."""
        if self.divided(a, b):
            return True
        one, two = self.exclusive.get(a, {}), self.exclusive.get(b, {})
        if any(one[s].isdisjoint(two[s]) for s in one.keys() & two.keys()):
            return True
        return not self.entries.get(a, _NONE).isdisjoint(self.entries.get(b, _NONE))

    def join(
        self, a: str, b: str, reason: str, *, certain: bool = False, strong: bool = False
    ) -> None:
        """Join two; ``certain`` yields to a person's decision only, ``strong`` to nothing."""
        a, b = self.root(a), self.root(b)
        against = self.divided if certain else self.apart
        if a == b or (not strong and against(a, b)):
            return
        keep, drop = min(a, b), max(a, b)
        self.parent[drop] = keep
        for scheme, values in self.exclusive.pop(drop, {}).items():
            self.exclusive.setdefault(keep, {}).setdefault(scheme, set()).update(values)
        if drop in self.entries:
            self.entries.setdefault(keep, set()).update(self.entries.pop(drop))
        if drop in self.different:
            self.different.setdefault(keep, set()).update(self.different.pop(drop))
        self.why[keep] |= self.why.pop(drop, set()) | {reason}

    def join_all(self, group: list[str], reason: str) -> None:
        """Join the records of one name, unless the name means two that are to stay apart."""
        roots = sorted({self.root(key) for key in group})
        if any(self.apart(a, b) for a, b in combinations(roots, 2)):
            return
        for root in roots[1:]:
            self.join(roots[0], root, reason)
