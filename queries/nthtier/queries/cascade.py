"""The cascade: whom ownership or control by a set of entities reaches, and whom it may reach.

``R`` begins as the owners given. An entity joins when the stakes that members hold in it *directly*
pass the threshold; its own stakes then count in full. Nothing is multiplied along a chain. With
intervals there are two such sets: the certain one, where the least sums pass, and the possible
one, where the greatest do. What is in the second only cannot be determined.

The stakes in one entity never add up to more than 100 percent. So what others hold for certain
bounds what members can hold. Where the least stakes of all owners already pass 100, some claim
is wrong, and members' stakes count only as far as they do whichever it is.

Rounds over a work list, each a few array operations. Few owners: only what they reach is ever
looked at. Many: the stakes of the whole graph are put together by owner, which is kept (see
`nthtier.queries.holdings`), and newcomers add what they hold to the sums so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.index import I32, I64
from nthtier.graph.ontology import BASIS_CODE, BY_NAME
from nthtier.graph.snapshot import Snapshot
from nthtier.queries.holdings import holdings, over, slack, worth
from nthtier.queries.selection import ranges
from nthtier.queries.stakes import (
    WHOLE,
    OwnDisputed,
    Stakes,
    gather_stakes,
    joined_stakes,
    type_table,
    units,
)

Flags = npt.NDArray[np.bool_]
_STATED: Final = BASIS_CODE["stated"]
NEVER: Final = np.iinfo(np.int32).max
#: Takes new members and the rounds; returns entities they hold stakes in and what members hold.
Sums = Callable[[I64, I32], tuple[I64, I64]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What makes an entity join.

    ``percent`` and ``strict`` (more than, else at least) are the threshold over stakes of the
    types ``ownership``; without a percentage no stake counts. Passing it is only ``evidence``
    where the rule names no percentage itself. A relation of the types ``control`` from a member
    suffices; one that is not plainly stated, or of the types ``hints``, only may. With ``alone``
    owners are not added up: each of those given is followed by itself.
    """

    day: int
    percent: float | None = 50.0
    strict: bool = False
    evidence: bool = False
    ownership: tuple[str, ...] = ("OWNS", "INVESTED_IN")
    control: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    alone: bool = False

    @property
    def least(self) -> int:
        """The smallest sum, in units, that passes."""
        if self.percent is None:
            return WHOLE + 1
        return units(self.percent) + (1 if self.strict else 0)


@dataclass(slots=True)
class Pool:
    """The entities looked at, their stakes, and the ties of control among them.

    Entities are numbered as they were met.
    """

    links: I64  # relation rows of control or a hint of it, with the ends below
    link_from: I64
    link_to: I64
    link_sure: Flags
    parts: list[tuple[int, Stakes]]

    def stakes_of(self, place: int) -> tuple[Stakes, range]:
        """Return the stakes in the ``place``-th entity: where they are, and which numbers."""
        for first, part in reversed(self.parts):
            if place >= first:
                i = place - first
                return part, range(int(part.ptr[i]), int(part.ptr[i + 1]))
        raise IndexError(place)


@dataclass(frozen=True, slots=True)
class Reach:
    """Who is in. By entity ordinal, the round in which it joined (0: given, `NEVER`: not in).

    ``sure`` is the certain set, ``maybe`` the possible one; whoever is sure is maybe too.
    ``place[v]`` is the number of ``v`` in the pool, -1 if it was never looked at. ``again`` works
    out the certain or the possible set of other owners over what was gathered already.
    """

    sure: I32
    maybe: I32
    place: I32
    pool: Pool
    again: Callable[[I64, bool], I32]

    @property
    def met(self) -> I64:
        """The entities that joined for certain."""
        return np.flatnonzero((self.sure != NEVER) & (self.sure > 0)).astype(np.int64)

    @property
    def open(self) -> I64:
        """The entities of which it cannot be determined."""
        return np.flatnonzero((self.sure == NEVER) & (self.maybe != NEVER) & (self.maybe > 0))


def reach(
    s: Snapshot,
    sure: I64,
    maybe: I64,
    terms: Terms,
    own_disputed: OwnDisputed | None = None,
    *,
    certain_only: bool = False,
) -> Reach:
    """Return whom the owners reach: ``sure`` are owners for certain, ``maybe`` may be.

    With ``certain_only`` the possible set is not computed, and stands as the certain one.
    """
    sure, maybe = np.unique(np.asarray(sure, np.int64)), np.unique(np.asarray(maybe, np.int64))
    many = terms.percent is not None and worth(
        s, len(sure) + len(maybe), terms.ownership, terms.day, asks=own_disputed is not None
    )
    found = (_OverHoldings if many else _Cascade)(s, terms, own_disputed)
    return found.run(sure, maybe, certain_only=certain_only)


class _Cascade:
    def __init__(self, s: Snapshot, terms: Terms, own_disputed: OwnDisputed | None) -> None:
        self.s, self.terms, self.own_disputed = s, terms, own_disputed
        self.stake = type_table(terms.ownership if terms.percent is not None else ())
        self.control = type_table(terms.control)
        self.tied = self.control | type_table(terms.hints)
        two_ways = [h for h in terms.hints if BY_NAME[h].forward == BY_NAME[h].backward]
        self.two_ways = type_table(two_ways)
        self.place = np.full(s.entities, -1, np.int32)
        self.turn = np.empty(s.entities, np.int32)
        self.known = 0
        self.parts: list[tuple[int, Stakes]] = []
        self.links: list[tuple[I64, I64, I64]] = []

    def run(self, sure: I64, maybe: I64, *, certain_only: bool) -> Reach:
        certain = self.grow(sure, certain=True)
        possible = certain if certain_only else self.grow(np.union1d(sure, maybe), certain=False)
        return Reach(certain, possible, self.place, self.pool(), self.again)

    def again(self, members: I64, certain: bool) -> I32:
        """Return the set of other owners; the ties of control that were noted stay as they are."""
        noted, self.links = self.links, []
        joined = self.grow(members, certain=certain)
        self.links = noted
        return joined

    def grow(self, members: I64, *, certain: bool) -> I32:
        """Return the round in which each entity joins the certain or the possible set."""
        joined = np.full(self.s.entities, NEVER, np.int32)
        joined[members] = 0
        sums = self.sums_of(certain=certain)
        frontier, round_ = members, 0
        while len(frontier):
            round_ += 1
            fresh = self.linked(frontier, certain=certain)
            if not (certain and self.terms.evidence):
                touched, held = sums(frontier, joined)
                fresh = np.concatenate((fresh, touched[held >= self.terms.least]))
            frontier = self.once(fresh[joined[fresh] == NEVER])
            joined[frontier] = round_
        return joined

    def once(self, entities: I64) -> I64:
        """Return each of the entities once, ascending."""
        turn = np.arange(len(entities), dtype=np.int32)
        self.turn[entities] = turn
        found: I64 = entities[self.turn[entities] == turn]
        found.sort()
        return found

    def sums_of(self, *, certain: bool) -> Sums:
        """Return what tells, for newcomers and who has joined, what members hold of what."""

        def sums(frontier: I64, joined: I32) -> tuple[I64, I64]:
            starts = self.s.out_ptr[frontier]
            rows = ranges(starts, self.s.out_ptr[frontier + 1] - starts)
            rows = self.holding(rows[self.stake[self.s.type[rows]]])
            touched = np.unique(self.s.dst[rows]).astype(np.int64)
            self.look_at(touched)
            return touched, self.sums(touched, joined, certain=certain)

        return sums

    def linked(self, frontier: I64, *, certain: bool) -> I64:
        """Return the entities that are tied to new members."""
        s = self.s
        if not self.tied.any():
            return frontier[:0]
        starts = s.out_ptr[frontier]
        rows = ranges(starts, s.out_ptr[frontier + 1] - starts)
        tied = self.holding(rows[self.tied[s.type[rows]]])
        arriving = s.in_rel[ranges(s.in_ptr[frontier], s.in_ptr[frontier + 1] - s.in_ptr[frontier])]
        back = self.holding(arriving[self.two_ways[s.type[arriving]]])
        links = np.concatenate((tied, back)).astype(np.int64)
        start = np.concatenate((s.src[tied], s.dst[back])).astype(np.int64)
        end = np.concatenate((s.dst[tied], s.src[back])).astype(np.int64)
        if certain:
            return end[self.sure_link(links)]
        self.links.append((links, start, end))
        return end

    def holding(self, rows: npt.NDArray[np.integer]) -> I64:
        """Return those of the rows that hold on the day and lead to another entity."""
        s, day = self.s, self.terms.day
        rows = rows.astype(np.int64)
        found: I64 = rows[
            (s.since[rows] <= day) & (s.until[rows] >= day) & (s.src[rows] != s.dst[rows])
        ]
        return found

    def sure_link(self, rows: I64) -> Flags:
        """Tell which relations are control, and plainly stated."""
        found: Flags = self.control[self.s.type[rows]] & (self.s.basis[rows] == _STATED)
        return found

    def look_at(self, entities: I64) -> None:
        """Gather the stakes in entities not yet looked at."""
        new = entities[self.place[entities] < 0]
        if not len(new):
            return
        self.place[new] = np.arange(self.known, self.known + len(new))
        part = gather_stakes(self.s, new, self.terms.ownership, self.terms.day, self.own_disputed)
        self.parts.append((self.known, part))
        self.known += len(new)

    def sums(self, entities: I64, joined: I32, *, certain: bool) -> I64:
        """Return what members hold of each entity: the least, or the most that they can."""
        found = np.zeros(len(entities), np.int64)
        places = self.place[entities]
        firsts = np.array([f for f, _ in self.parts], np.int64)
        part_of = np.searchsorted(firsts, places, "right") - 1
        for number in np.unique(part_of):
            first, part = self.parts[number]
            mine = part_of == number
            local = places[mine] - first
            counts = part.ptr[local + 1] - part.ptr[local]
            at = ranges(part.ptr[local], counts)
            member, ends = joined[part.owner[at]] != NEVER, np.cumsum(counts)
            least = _sums(np.where(member, part.lo[at], 0), ends)
            total = _sums(part.lo[at], ends)
            if certain:
                found[mine] = least - np.maximum(total - WHOLE, 0)
            else:
                most = _sums(np.where(member, part.hi[at], 0), ends)
                room = np.where(total > WHOLE, WHOLE, WHOLE - total + least)
                found[mine] = np.minimum(most, room)
        return found

    def pool(self) -> Pool:
        if len(self.parts) > 1:
            self.parts = [(0, joined_stakes([p for _, p in self.parts]))]
        zero = np.zeros(0, np.int64)
        rows, start, end = (np.concatenate([zero, *(x[i] for x in self.links)]) for i in range(3))
        return Pool(rows, start, end, self.sure_link(rows), self.parts)


class _OverHoldings(_Cascade):
    """The same over the stakes of the whole graph."""

    def __init__(self, s: Snapshot, terms: Terms, own_disputed: OwnDisputed | None) -> None:
        super().__init__(s, terms, own_disputed)
        self.held = holdings(s, terms.ownership, terms.day, own_disputed)
        self.place, self.parts = self.held.place, [(0, self.held.stakes)]

    def sums_of(self, *, certain: bool) -> Sums:
        """Add what newcomers hold to what members held before."""
        known = self.held
        least, most = np.zeros((self.s.entities, 2), np.int64).T  # both of an entity in one line

        def sums(frontier: I64, joined: I32) -> tuple[I64, I64]:
            starts = known.ptr[frontier]
            stakes = known.held.take(ranges(starts, known.ptr[frontier + 1] - starts))
            stakes = stakes[joined[stakes["owned"]] == NEVER]
            owned = stakes["owned"].astype(np.int64)
            np.add.at(least, owned, stakes["lo"])
            if certain:
                return owned, least[owned] - over(stakes["total"])
            np.add.at(most, owned, stakes["hi"])
            room = np.minimum(least[owned] + slack(stakes["total"]), WHOLE)
            return owned, np.minimum(most[owned], room)

        return sums


def _sums(values: I64, ends: I64) -> I64:
    """Return the sums of values up to each end."""
    total = np.concatenate(([0], np.cumsum(values)))
    at = total[ends]
    found: I64 = np.diff(at, prepend=0)
    return found
