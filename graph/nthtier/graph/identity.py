"""Which records are one company: joins by identifier, recorded decision or agreeing name.

In this order, each join with its reason:

1. an equal strong identifier (LEI, USCC, ISIN, CIK, OFAC number);
2. a person's decision that two are the same (see `nthtier.graph.decisions`);
3. a recorded decision: a document says *this is the entry NAME on list L*
   (``identifiers = { us-bis-el = "NAME" }``);
4. the same list, name and country in two editions;
5. the same name and country, both certainly organisations, and no identifier against it;
6. a bare mention, when exactly one organisation has that name.

Never joined by name: persons, vessels, two records that one edition of a list keeps apart, records
with different LEI or USCC, whatever else they were joined with before. Where a name could mean
two such records, it decides nothing for a third one either. Two that a person decided to be
different are joined by a strong identifier only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import combinations
from typing import Final

from nthtier.graph import model
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.model import Statement
from nthtier.graph.names import looks_like_organisation, normalise, slug

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


@dataclass(frozen=True, slots=True)
class Identity:
    """``ids``: key → entity id. ``reasons``: entity id → why its records are one."""

    ids: dict[str, str]
    reasons: dict[str, list[str]]


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


class _Clusters:
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


def resolve(statements: Iterable[Statement]) -> Identity:
    """Decide which keys are one entity, and give each entity its id.

    The result depends on the set of statements only, not on their order.
    """
    found: dict[str, str] = {}
    reasons: dict[str, list[str]] = {}
    clusters = joined(collect(statements))
    for proposed, claimants in by_id(clusters).items():
        for id_, cluster in given(proposed, claimants):
            found.update(dict.fromkeys(cluster.members, id_))
            if cluster.why:
                reasons[id_] = cluster.why
    return Identity(found, reasons)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Records that are one entity, why, and the key by which they claim an id."""

    claim: str
    root: str
    members: list[str]
    why: list[str]


def joined(records: dict[str, Record]) -> list[tuple[str, Cluster]]:
    """Return the clusters that records make, each with the id that it proposes."""
    clusters = _Clusters(records)
    keys = sorted(records)
    _by_identifier(clusters, keys)
    _by_person(clusters, keys)
    _by_decision(clusters, keys)
    _by_name(clusters, keys)
    _by_mention(clusters, keys)
    members: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        members[clusters.root(key)].append(key)
    found = []
    for root, cluster in members.items():
        best = min(_proposal(records[k]) for k in cluster)
        why = sorted(clusters.why.get(root, ()))
        found.append((best[1], Cluster(best[2], root, cluster, why)))
    return found


def by_id(clusters: Iterable[tuple[str, Cluster]]) -> dict[str, list[Cluster]]:
    """Return clusters by the id that they propose."""
    found: dict[str, list[Cluster]] = defaultdict(list)
    for proposed, cluster in clusters:
        found[proposed].append(cluster)
    return found


def given(proposed: str, claimants: Iterable[Cluster]) -> Iterator[tuple[str, Cluster]]:
    """Yield the ids of those that propose one: the first keeps it, others get a mark."""
    ranked = sorted(claimants, key=lambda c: (c.claim, c.root))
    for rank, cluster in enumerate(ranked):
        yield (f"{proposed}-{_short_hash(cluster.claim)}" if rank else proposed), cluster


def _by_identifier(clusters: _Clusters, keys: list[str]) -> None:
    first: dict[tuple[str, str], str] = {}
    for key in keys:
        for scheme, value in sorted(clusters.records[key].identifiers):
            other = first.setdefault((scheme, value), key)
            clusters.join(key, other, f"same {scheme[3:].upper()} {value}", strong=True)


def _by_person(clusters: _Clusters, keys: list[str]) -> None:
    for key in keys:
        for other, reason in sorted(clusters.records[key].same):
            if other in clusters.records:
                clusters.join(key, other, reason, certain=True)


def _by_decision(clusters: _Clusters, keys: list[str]) -> None:
    entries: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in keys:
        record = clusters.records[key]
        for list_id in {x for x, _ in record.entries}:
            for name in sorted({*record.names, *record.written}):
                entries[list_id, name].append(key)
    deciders: dict[tuple[str, str], str] = {}
    for key in keys:
        record = clusters.records[key]
        for decision in sorted(record.decided):
            reason = f"recorded decision: is the entry on {decision[0]} named so"
            other = deciders.setdefault(decision, key)
            clusters.join(key, other, reason, certain=True)
            for entry in entries[decision]:
                countries = clusters.records[entry].countries
                if not countries or not record.countries or countries & record.countries:
                    clusters.join(key, entry, reason, certain=True)


def _by_name(clusters: _Clusters, keys: list[str]) -> None:
    same_list: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    same_name: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in keys:
        record = clusters.records[key]
        for name in sorted(set(record.names)):
            if not name:
                continue
            organisation = record.is_organisation(name)
            for country in sorted(record.countries):
                if organisation:
                    same_name[name, country].append(key)
                if not key.startswith("ofac:"):
                    for list_id in sorted({x for x, _ in record.entries}):
                        same_list[list_id, name, country].append(key)
    for (list_id, _, country), group in sorted(same_list.items()):
        clusters.join_all(group, f"same name and country ({country}) on {list_id}")
    for (_, country), group in sorted(same_name.items()):
        clusters.join_all(group, f"organisations of the same name and country ({country})")


def _by_mention(clusters: _Clusters, keys: list[str]) -> None:
    primary: dict[str, set[str]] = defaultdict(set)
    alias: dict[str, set[str]] = defaultdict(set)
    wanted = {r.mention for r in clusters.records.values() if r.mention}
    for key in keys:
        record = clusters.records[key]
        own = [*record.names, *record.written]
        for names, index in ((own, primary), (record.aliases, alias)):
            for name in names:
                if name in wanted and record.is_organisation(name):
                    index[name].add(clusters.root(key))
    together: dict[str, str] = {}
    for key in keys:
        name = clusters.records[key].mention
        if not name:
            continue
        for index in (primary, alias):
            roots = {clusters.root(r) for r in index.get(name, ())}
            if len(roots) == 1:
                clusters.join(key, roots.pop(), "only organisation of that name")
                break
            if roots:
                break
        other = together.setdefault(name, key)
        clusters.join(key, other, "mentioned by the same name")


def _proposal(record: Record) -> tuple[int, str, str]:
    """Rank the ids a record can give: list, document's own id, official numbers, name."""
    key = record.key
    if key in LISTS or key in REGULATORS:
        return 0, key, key
    document, mark, local = key.rpartition("#")
    if mark and not local.startswith("~"):
        return 1, local, document
    if key.startswith("ofac:"):
        return 2, key, key
    for scheme, value in sorted(record.identifiers):
        return 3, f"{scheme[3:]}:{value}", key
    name = slug(min(record.names, default=record.mention)) or "entity"
    if mark:
        return 5, name, key
    return 4, f"{name}-{_short_hash(key)}", key


def _short_hash(key: str) -> str:
    return blake2b(key.encode("utf-8"), digest_size=3).hexdigest()
