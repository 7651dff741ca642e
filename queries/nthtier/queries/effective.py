"""Effective (integrated) ownership: shares multiplied down every chain and added up.

A figure for analysts, shown beside the cascade and never used for a rule. The holders count in
full and are not passed through twice, so that a cycle through them adds nothing. What they hold
of an entity solves a sparse linear system over what they reach: it is solved by sending changes
on, round by round, until they vanish. With intervals the least shares give a lower bound and the
greatest an upper one, which never passes 100 percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from nthtier.graph.index import I32, I64
from nthtier.graph.snapshot import F64, Snapshot, pointers
from nthtier.queries.holdings import holdings, parts, worth
from nthtier.queries.selection import ranges
from nthtier.queries.stakes import WHOLE, OwnDisputed, Stakes, gather_stakes, type_table

#: Changes below this part of the whole are not sent on.
TOLERANCE: Final = 1e-12
#: Rounds after which an upper bound that still grows is taken to reach the whole.
ROUNDS: Final = 3000
_TYPES: Final = ("OWNS", "INVESTED_IN")


@dataclass(frozen=True, slots=True)
class Effective:
    """What the holders have of each entity reached; bounds in percent, by entity ascending."""

    entity: I64
    lo: F64
    hi: F64

    def of(self, entity: int) -> tuple[float, float]:
        """Return the bounds for one entity; nothing where it was not reached."""
        at = int(np.searchsorted(self.entity, entity))
        if at < len(self.entity) and int(self.entity[at]) == entity:
            return float(self.lo[at]), float(self.hi[at])
        return 0.0, 0.0


@dataclass(frozen=True, slots=True)
class Web:
    """The stakes among some entities as numbers 0 … n-1 and parts of the whole.

    ``entity`` (ascending ordinals) names them; stake ``j`` is ``lo[j]`` to ``hi[j]`` that
    ``owner[j]`` has of ``owned[j]``, ordered by owner, whose rows begin at ``ptr``.
    """

    entity: I64
    ptr: I64
    owner: I32
    owned: I32
    lo: F64
    hi: F64

    def number(self, entities: I64) -> I64:
        """Return the numbers of entities that are in the web."""
        found: I64 = np.searchsorted(self.entity, entities)
        return found


def reached(s: Snapshot, start: I64, day: int, *, down: bool, within: I64 | None = None) -> I64:
    """Return what chains of stakes lead to from the start, itself included, ascending."""
    stake = type_table(_TYPES)
    seen = np.zeros(s.entities, bool)
    allowed = np.ones(s.entities, bool) if within is None else np.zeros(s.entities, bool)
    if within is not None:
        allowed[within] = True
    seen[start] = True
    frontier = np.unique(start)
    while len(frontier):
        ptr = s.out_ptr if down else s.in_ptr
        rows = ranges(ptr[frontier], ptr[frontier + 1] - ptr[frontier])
        rows = rows if down else s.in_rel[rows].astype(np.int64)
        rows = rows[stake[s.type[rows]] & (s.since[rows] <= day) & (s.until[rows] >= day)]
        ends = s.dst[rows] if down else s.src[rows]
        fresh = np.zeros(s.entities, bool)
        fresh[ends] = True
        fresh &= ~seen & allowed
        frontier = np.flatnonzero(fresh)
        seen[frontier] = True
    return np.flatnonzero(seen)


def web(s: Snapshot, entities: I64, day: int, own_disputed: OwnDisputed | None = None) -> Web:
    """Return the stakes among entities (ascending), each bounded by what all others hold.

    Where the least stakes in an entity pass 100 percent each counts only as far as it does
    whichever claim is wrong.
    """
    part: Stakes = gather_stakes(s, entities, _TYPES, day, own_disputed)
    counts = np.diff(part.ptr)
    total = np.diff(np.concatenate(([0], np.cumsum(part.lo)))[part.ptr])
    each = np.repeat(total, counts)
    lo = np.maximum(part.lo - np.maximum(each - WHOLE, 0), 0)
    room = np.where(each > WHOLE, WHOLE, WHOLE - each + part.lo)
    hi = np.minimum(part.hi, room)
    inside = np.zeros(s.entities, bool)
    inside[entities] = True
    keep = inside[part.owner]
    owned = np.repeat(np.arange(len(entities), dtype=np.int32), counts)[keep]
    owner = np.searchsorted(entities, part.owner[keep]).astype(np.int32)
    order = np.argsort(owner, kind="stable")
    owner, owned = owner[order], owned[order]
    lo, hi = lo[keep][order] / WHOLE, hi[keep][order] / WHOLE
    return Web(entities, pointers(owner, len(entities)), owner, owned, lo, hi)


def effective(w: Web, holders: I64) -> Effective:
    """Return what the holders (numbers in the web) have of everything in it."""
    lo, hi = (_solve(w, holders, share, upper=u) for share, u in ((w.lo, False), (w.hi, True)))
    return Effective(w.entity, lo * 100, hi * 100)


def _solve(w: Web, holders: I64, share: F64, *, upper: bool) -> F64:
    """Send what the holders have down the chains until nothing changes any more."""
    n = len(w.entity)
    is_holder = np.zeros(n, bool)
    is_holder[holders] = True
    have = np.zeros(n)
    active, change = np.unique(holders), np.ones(len(np.unique(holders)))
    for _ in range(ROUNDS):
        counts = w.ptr[active + 1] - w.ptr[active]
        rows = ranges(w.ptr[active], counts)
        arriving = np.repeat(change, counts) * share[rows]
        if len(rows) * 4 > n:
            sent = np.bincount(w.owned[rows], weights=arriving, minlength=n)
            active = np.flatnonzero((sent > TOLERANCE) & ~is_holder)
            sent = sent[active]
        else:
            active, at = np.unique(w.owned[rows], return_inverse=True)
            sent = np.bincount(at.reshape(-1), weights=arriving, minlength=len(active))
            kept = (sent > TOLERANCE) & ~is_holder[active]
            active, sent = active[kept].astype(np.int64), sent[kept]
        now = np.minimum(have[active] + sent, 1.0)
        change = now - have[active]
        have[active] = now
        grown = change > TOLERANCE
        active, change = active[grown], change[grown]
        if not len(active):
            break
    if upper and len(active):
        # Every partial sum is a lower bound, so the lower one may stop anywhere; an upper bound is
        # the whole wherever growth still goes.
        have[_below(w, active, share)] = 1.0
        have[is_holder] = 0.0
    return have


def _below(w: Web, start: I64, share: F64) -> I64:
    """Return what is reached from some entities over shares that are something."""
    seen = np.zeros(len(w.entity), bool)
    seen[start] = True
    frontier = start
    while len(frontier):
        rows = ranges(w.ptr[frontier], w.ptr[frontier + 1] - w.ptr[frontier])
        ends = np.unique(w.owned[rows[share[rows] > 0]])
        frontier = ends[~seen[ends]].astype(np.int64)
        seen[frontier] = True
    return np.flatnonzero(seen)


def held_by(
    s: Snapshot,
    holders: I64,
    day: int,
    own_disputed: OwnDisputed | None = None,
) -> Effective:
    """Return what some entities together have of everything they reach.

    Few holders: entities that are not reached from them are not looked at. The holders themselves
    stand with 0.
    """
    start = np.unique(np.asarray(holders, np.int64))
    if worth(s, len(start), _TYPES, day, asks=own_disputed is not None):
        entities, stakes = holdings(s, _TYPES, day, own_disputed).below(start)
        number = np.full(s.entities, -1, np.int32)
        number[entities] = np.arange(len(entities), dtype=np.int32)
        owner, owned = number[stakes["owner"]], number[stakes["owned"]]
        w = Web(entities, pointers(owner, len(entities)), owner, owned, *parts(stakes))
    else:
        w = web(s, reached(s, start, day, down=True), day, own_disputed)
    return effective(w, w.number(start))
