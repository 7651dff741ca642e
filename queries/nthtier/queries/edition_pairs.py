"""Which company of one version is which of another, whatever ids they have there.

First by the records that both have. What is left is paired by an identifier that one company
alone has, then by name within one list, so that an entry under a new number stays one entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from nthtier.graph.model import STRONG_SCHEMES
from nthtier.graph.names import looks_like_organisation, normalise
from nthtier.queries.edition_side import TERMS, Side, folded, notices

By = Literal["record", "identifier", "name"]
#: Identifiers that a list gives to its entries, and may give anew.
NUMBERS: Final = frozenset({"ofac", "uk-ref", "eu-ref"})
_OWN: Final = STRONG_SCHEMES - NUMBERS
_CITATION: Final = 1 + list(TERMS).index("citation")
_ANYWHERE: Final = "~"  # in place of a country; sorted after all of them
_PERSONAL: Final = ("Person", "Vessel", "Airplane")


class Pair(NamedTuple):
    """Entities of the one version, and those of the other that are the same company."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    by: By


def pairs(before: Side, after: Side) -> list[Pair]:
    """Return all entities of both versions, paired; one of the sides may be empty."""
    found = list(_by_records(before.keys, after.keys))
    alone = [p.before[0] for p in found if not p.after], [p.after[0] for p in found if not p.before]
    later: list[Pair] = []
    if all(alone):
        later = _left(before, after, *alone)
    taken_before = {p.before[0] for p in later}
    taken_after = {p.after[0] for p in later}
    kept = [
        p
        for p in found
        if (p.after or p.before[0] not in taken_before)
        and (p.before or p.after[0] not in taken_after)
    ]
    return kept + later


def _by_records(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> Iterator[Pair]:
    where = {key: number for number, keys in enumerate(after) for key in keys}
    links = [{where[k] for k in keys if k in where} for keys in before]
    back: dict[int, set[int]] = defaultdict(set)
    for a, linked in enumerate(links):
        for b in linked:
            back[b].add(a)
    seen: set[int] = set()
    for a in range(len(links)):
        if a in seen:
            continue
        left, right, todo = {a}, set(links[a]), list(links[a])
        while todo:  # those that share records with those that share records …
            for other in back[todo.pop()] - left:
                left.add(other)
                todo += links[other] - right
                right |= links[other]
        seen |= left
        yield Pair(tuple(sorted(left)), tuple(sorted(right)), "record")
    for b in range(len(after)):
        if b not in back:
            yield Pair((), (b,), "record")


def _left(before: Side, after: Side, alone: Sequence[int], others: Sequence[int]) -> list[Pair]:
    """Pair the entities that share no record."""
    mine, theirs = _Index(before, alone), _Index(after, others)
    found: list[Pair] = []

    def take(a: Index, b: Index, by: By) -> None:
        for key in sorted(a.keys() & b.keys()):
            left = [x for x in a[key] if x in mine.open]
            right = [x for x in b[key] if x in theirs.open]
            if by == "name" and a is mine.names and b is theirs.names:
                together = _matched(left, right, before, after)
            else:
                together = (
                    list(zip(left, right, strict=True)) if len(left) == len(right) == 1 else []
                )
            if key[0] == _ANYWHERE:
                together = [(x, y) for x, y in together if _agree(before, x, after, y)]
            for one, other in together:
                found.append(Pair((one,), (other,), by))
                mine.open.discard(one)
                theirs.open.discard(other)

    take(mine.identifiers, theirs.identifiers, "identifier")
    take(mine.names, theirs.names, "name")
    take(mine.names, theirs.aliases, "name")  # an organisation that was renamed
    take(mine.aliases, theirs.names, "name")
    return found


def _matched(left: list[int], right: list[int], before: Side, after: Side) -> list[tuple[int, int]]:
    """Pair those of one name: first those of whom the same is said, then as they come."""

    def said(side: Side, number: int) -> tuple[object, ...]:
        cited = {folded("citation", n) for x in side.listed(number) for n in notices(x[_CITATION])}
        return tuple(side.countries[number]), tuple(sorted(cited))

    found: list[tuple[int, int]] = []
    for precision in (2, 1, 0) if len(left) * len(right) > 1 else (0,):
        groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for b in right:
            groups[said(after, b)[:precision]].append(b)
        for a in list(left):
            same = groups[said(before, a)[:precision]]
            if same:
                found.append((a, same.pop(0)))
                left.remove(a)
                right.remove(found[-1][1])
    return found


Index = dict[tuple[str, str], list[int]]


class _Index:
    """Entities by what may tell that they are one with another."""

    def __init__(self, side: Side, entities: Sequence[int]) -> None:
        self.open = set(entities)
        self.identifiers: Index = defaultdict(list)
        self.names: Index = defaultdict(list)
        self.aliases: Index = defaultdict(list)
        for number, scheme, value in _rows(side, "identifiers", "scheme", "value"):
            if number in self.open and scheme in _OWN:
                self.identifiers[scheme, value].append(number)
        for number, name, kind in _rows(side, "names", "name", "kind"):
            own = kind in ("name", "mention")
            if number not in self.open or (not own and side.types[number] in _PERSONAL):
                continue
            index = self.names if own else self.aliases
            form = folded("name", name)
            lists = sorted({x[0] for x in side.listed(number)})
            for scope in (*lists, *_scope(side, number, name, lists)):
                if number not in index[scope, form]:
                    index[scope, form].append(number)


def _rows(side: Side, table: str, *columns: str) -> Iterator[tuple[int, str, str]]:
    found = side.version.table(table, ["ordinal", *columns])
    return zip(*(found.column(c).to_pylist() for c in ("ordinal", *columns)), strict=True)


def _scope(side: Side, number: int, name: str, lists: Sequence[str]) -> list[str]:
    """Return where an organisation's name may tell who it is: its countries, then anywhere."""
    if side.types[number] in _PERSONAL:
        return []
    certain = side.types[number] in ("Company", "Organization", "PublicBody")
    if lists and not certain and not looks_like_organisation(normalise(name)):
        return []
    return [*side.countries[number], _ANYWHERE]


def _agree(before: Side, one: int, after: Side, other: int) -> bool:
    """Tell whether no country speaks against two entities being one."""
    here, there = set(before.countries[one]), set(after.countries[other])
    return not here or not there or not here.isdisjoint(there)
