"""Which records are one company: joins by identifier, recorded decision or agreeing name.

In this order, each join with its reason:

1. an equal strong identifier (LEI, USCC, ISIN, CIK, OFAC number);
2. a person's decision that two are the same (see `nthtier.graph.decisions`);
3. a recorded decision: a document says *this is the entry NAME on list L*
   (``identifiers = { us-bis-el = "NAME" }``);
4. the same list, name and country in two editions;
5. the same name and country, both certainly organisations, and no identifier against it;
6. the same name or alias and country, both certainly organisations of different documents, where
   the name tells something (`_telling`) and nobody else could be meant;
7. a bare mention, when exactly one organisation has that name.

Never joined by name: persons, vessels, two records that one edition of a list keeps apart, records
with different LEI or USCC, whatever else they were joined with before. Where a name could mean
two such records, it decides nothing for a third one either; an alias decides nothing for all that
are linked by aliases with two such. Two that a person decided to be different are joined by a
strong identifier only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from typing import Final

from nthtier.graph.clusters import Clusters, Record, collect
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.model import Statement
from nthtier.graph.names import slug
from nthtier.graph.spelling import parse
from nthtier.graph.words import COMMON

_LEAST_TELLING: Final = 6  # letters of words that are neither form nor common
_MOST_LINKED: Final = 20  # a name for more of them is nobody's own


@dataclass(frozen=True, slots=True)
class Identity:
    """``ids``: key → entity id. ``reasons``: entity id → why its records are one."""

    ids: dict[str, str]
    reasons: dict[str, list[str]]


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
    clusters = Clusters(records)
    keys = sorted(records)
    _by_identifier(clusters, keys)
    _by_person(clusters, keys)
    _by_decision(clusters, keys)
    _by_name(clusters, keys)
    _by_alias(clusters, keys)
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


def _by_identifier(clusters: Clusters, keys: list[str]) -> None:
    first: dict[tuple[str, str], str] = {}
    for key in keys:
        for scheme, value in sorted(clusters.records[key].identifiers):
            other = first.setdefault((scheme, value), key)
            clusters.join(key, other, f"same {scheme[3:].upper()} {value}", strong=True)


def _by_person(clusters: Clusters, keys: list[str]) -> None:
    for key in keys:
        for other, reason in sorted(clusters.records[key].same):
            if other in clusters.records:
                clusters.join(key, other, reason, certain=True)


def _by_decision(clusters: Clusters, keys: list[str]) -> None:
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


def _by_name(clusters: Clusters, keys: list[str]) -> None:
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


def _by_alias(clusters: Clusters, keys: list[str]) -> None:
    """Join organisations that a name or alias links, where nothing linked is to stay apart.

    A group and its works, or two branches of one, often share an alias: then nothing is joined,
    and what is alike is proposed to a person.
    """
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key in keys:
        record = clusters.records[key]
        if record.countries:
            for name in {*record.names, *record.aliases}:
                if name and record.is_organisation(name):
                    for country in record.countries:
                        named[name, country].add(clusters.root(key))
    links: dict[str, dict[str, str]] = defaultdict(dict)  # root → others, with the reason
    for (name, country), roots in sorted(named.items()):
        if len(roots) > 1 and _telling(name):
            reason = f"organisations with a name or alias and country ({country}) in common: {name}"
            first, *others = sorted(roots)
            for other in others:
                links[first].setdefault(other, reason)
                links[other].setdefault(first, reason)
    documents: dict[str, set[str]] = {root: set() for root in links}
    for key in keys if links else ():
        document, mark, _ = key.rpartition("#")
        if mark and (root := clusters.root(key)) in links:
            documents[root].add(document)
    for linked in _components(links):
        named_in = Counter(d for root in linked for d in documents[root])
        if len(linked) > _MOST_LINKED or max(named_in.values(), default=1) > 1:
            continue
        if any(clusters.apart(a, b) for a, b in combinations(linked, 2)):
            continue
        for a in linked:
            for b, reason in sorted(links[a].items()):
                clusters.join(a, b, reason)


def _telling(name: str) -> bool:
    """Tell whether a name is more than initials and words that many companies have.

    >>> _telling("ooo lmz"), _telling("alpha group"), _telling("ooo zavod spetsagregat")
    (False, False, True)
    """
    return sum(len(w) for w in parse(name).words if w not in COMMON) >= _LEAST_TELLING


def _components(links: dict[str, dict[str, str]]) -> Iterator[list[str]]:
    """Yield what is linked, directly or through others, sorted."""
    seen: set[str] = set()
    for start in sorted(links):
        if start in seen:
            continue
        seen.add(start)
        found = [start]
        for at in found:
            new = links[at].keys() - seen
            seen |= new
            found.extend(sorted(new))
        yield sorted(found)


def _by_mention(clusters: Clusters, keys: list[str]) -> None:
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
