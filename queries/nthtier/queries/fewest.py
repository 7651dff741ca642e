"""Who reaches whom: the fewest hops from many companies to each target, without the paths.

A shortest path is longer than ``depth`` hops or not. If not, it is read off the *rings*: what lies
0 to ``depth`` hops before each target, found backwards once for all companies. If it is, the
entity ``depth`` hops before its end lies on a ring, and a search forward from the company meets
that ring first in as few hops as can be. So both searches stay small where a search from one side
would not.

Where no day is given, a path must hold as a whole: the days of all its hops and of a listing of its
target meet. Both searches then carry the days, and come to an entity again where none that came in
fewer hops holds on all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import I32, I64, Flags
from nthtier.queries.chunks import followed
from nthtier.queries.paths import Engine
from nthtier.queries.rings import Rings
from nthtier.queries.selection import ranges
from nthtier.queries.space import Space

#: Hops that targets are searched backwards, where that pays and its rings are no longer than this.
_DEPTH: Final = 2
_MOST: Final = 50_000_000
#: Companies taken together by numba; for numpy, places of its table of who has been where.
_BATCH: Final = 1024
_PLACES: Final = 1 << 24
#: Arcs that numpy reads at once; arcs that numba reads before Python may stop it.
_ARCS: Final = 1 << 21
_WORK: Final = 1 << 24
#: What stands for the hops from a target to itself.
_SELF: Final = 255


@dataclass(frozen=True, slots=True)
class Pairs:
    """Companies (positions in what was asked), targets (entities) and the fewest hops between.

    After it ``done`` companies are searched; ``stopped_by`` says why not all will be ("time").
    """

    company: I32
    target: I32
    hops: I32
    done: int
    stopped_by: str | None


def fewest(
    sp: Space,
    companies: Sequence[int],
    *,
    rings: Rings | None = None,
    engine: Engine = "numpy",
    seconds: float = 3600.0,
) -> Iterator[Pairs]:
    """Yield the fewest hops from each company to every other entity that is a target.

    Pairs come by company, in the order asked, then by target. ``rings`` are those that
    `rings_around` gives for the same space; without them they are made. No new companies are
    begun after ``seconds``.

    Raises:
        ValueError: the space has a sequence of types (a path question).
    """
    if sp.selection.sequence:
        raise ValueError("screening knows no sequence of types")
    s, targets = sp.s, sp.targets
    asked, deadline = np.asarray(companies, np.int32), time.monotonic() + seconds
    ends = np.flatnonzero(targets.is_target).astype(np.int32)
    barred = sp.barred()
    if rings is None:
        few = 4 * len(asked) <= len(ends)  # then a search from the companies alone is smaller
        rings = _rings(sp, ends, barred, 0 if few else min(_DEPTH, sp.max_hops), engine)
    batch = _BATCH if engine == "numba" else max(1, min(_BATCH, _PLACES // max(s.entities, 1)))
    scratch = np.full(0 if engine == "numba" else batch * s.entities, -1, np.int32)
    done = 0
    while done < len(asked):
        first, part_of = done, asked[done : done + batch]
        if engine == "numba":
            from nthtier.queries import compiled

            company, target, hops, number = compiled.meet(sp, part_of, ends, barred, rings, _WORK)
        else:
            company, target, hops, number = _meet(
                sp, part_of, ends, barred, rings, scratch, deadline
            )
        done += number
        late = done < len(asked) and time.monotonic() > deadline
        yield Pairs(company + np.int32(first), ends[target], hops, done, "time" if late else None)
        if late:
            return


def rings_around(sp: Space, *, engine: Engine = "numpy") -> Rings:
    """Return the rings that `fewest` needs, for one who asks it several times."""
    ends = np.flatnonzero(sp.targets.is_target).astype(np.int32)
    return _rings(sp, ends, sp.barred(), min(_DEPTH, sp.max_hops), engine)


def _rings(sp: Space, ends: I32, barred: Flags, depth: int, engine: Engine) -> Rings:
    """Return the rings, of a lesser depth where they would be too large."""
    while True:
        if engine == "numba":
            from nthtier.queries import compiled

            found = compiled.rings(sp, ends, depth, _MOST if depth else 1 << 60, barred)
        else:
            found = _grown(sp, ends, barred, depth)
        if found is not None:
            return found
        depth -= 1


def _grown(sp: Space, ends: I32, barred: Flags, depth: int) -> Rings | None:
    """The numpy engine of rings: all targets at once, hop by hop."""
    s, index, n, whole = sp.s, sp.index, np.int64(sp.s.entities), sp.whole()
    rows = np.flatnonzero(~barred[ends])
    if whole:
        first = sp.targets.ptr[ends[rows]]
        counts = sp.targets.ptr[ends[rows] + 1] - first
        rows, listing = rows.repeat(counts), ranges(first, counts)
        new = _Labels(rows * n + ends[rows], sp.targets.since[listing], sp.targets.until[listing])
    else:
        new = _Labels.always(rows * n + ends[rows])
    layers, seen = [len(new.code)], new
    forward, backward = sp.allowed[0]
    for _ in range(depth):
        node = new.code % n
        first, middle, last = (index.arc_ptr[2 * node + i] for i in range(3))
        if len(seen.code) + int((last - first).sum()) > _MOST:
            return None
        arc = ranges(first, last - first)
        owner = np.repeat(np.arange(len(node)), last - first)
        arcs = index.arcs.take(arc)
        types, other = arcs["type"], arcs["other"]
        # An arc that leaves an entity forward is, read towards it, a backward one.
        kept = np.where(arc < middle[owner], backward[types], forward[types]) & ~barred[other]
        kept &= sp.selection.keeps(s, arcs["rel"], index.arc_since[arc], index.arc_until[arc])
        owner, arc, other = owner[kept], arc[kept], other[kept]
        code = new.code[owner] // n * n + other
        if whole:
            new = new.through(owner, index.arc_since[arc], index.arc_until[arc], code)
            new = new.take(_undominated(seen, new))
        else:
            code = np.unique(code)
            new = _Labels.always(code[~np.isin(code, seen.code, assume_unique=True)])
        layers.append(len(new.code))
        seen = seen.with_(new)
    away = np.repeat(np.arange(depth + 1, dtype=np.uint8), layers)
    node = seen.code % n
    order = np.lexsort((away, node))
    ptr = np.concatenate(([0], np.cumsum(np.bincount(node, minlength=int(n)))))
    first = ptr[1:] - np.bincount(new.code % n, minlength=int(n))
    ring = np.column_stack((first, ptr[1:])).astype(np.int32)
    target, days = (seen.code // n)[order].astype(np.int32), order if whole else order[:0]
    return Rings(depth, whole, ptr, ring, target, away[order], seen.since[days], seen.until[days])


def _meet(
    sp: Space, companies: I32, ends: I32, barred: Flags, rings: Rings, place: I32, deadline: float
) -> tuple[I32, I32, I32, int]:
    """The numpy engine for some companies at once: as `nthtier.queries.compiled.meet`.

    A search so large that it is done in pieces ends at the deadline; then no company is done.
    ``place`` is -1 for every company and entity, and left so.
    """
    index, n, number = sp.index, np.int64(sp.s.entities), len(ends)
    hops = np.zeros((len(companies), number), np.uint8)
    cells = hops.reshape(-1)
    company = np.flatnonzero(~barred[companies])
    home = companies[company].astype(np.int64)
    counts = rings.ptr[home + 1] - rings.ptr[home]
    owner, entry = np.repeat(company, counts)[::-1], ranges(rings.ptr[home], counts)[::-1]
    away = rings.away[entry]  # the nearest is written last
    hops[owner, rings.target[entry]] = np.where(away > 0, away, _SELF)
    seen = new = _Labels.always(company * n + home)
    place[new.code] = 0
    for layer in range(1, sp.max_hops - rings.depth + 1):
        come = [new.take(slice(0))]
        for piece, some in enumerate(_pieces(sp, new.code % n)):
            if piece and time.monotonic() > deadline:
                none = np.empty(0, np.int32)
                return none, none, none, 0
            owner, at, arcs = followed(sp, new.code[some] % n, 0, sp.max_hops - layer)
            code = new.code[some][owner] // n * n + arcs["other"]
            if rings.whole:
                part = new.take(some).through(owner, index.arc_since[at], index.arc_until[at], code)
                part = part.take(_undominated(seen, part))
            else:
                code = code[place[code] < 0]
                turn = np.arange(len(code), dtype=np.int32)
                place[code] = turn
                part = _Labels.always(code[place[code] == turn])  # each once
            seen = seen.with_(part)
            come.append(part)
            first, last = rings.ring.take(part.code % n, axis=0).T
            counts = last - first
            entry, owner = ranges(first, counts), np.repeat(np.arange(len(counts)), counts)
            if rings.whole:
                meets = np.maximum(part.since[owner], rings.since[entry])
                rows = np.flatnonzero(meets <= np.minimum(part.until[owner], rings.until[entry]))
                entry, owner = entry[rows], owner[rows]
            cell = (part.code // n)[owner] * number + rings.target[entry]
            cells[cell[cells[cell] == 0]] = layer + rings.depth
        new = reduce(_Labels.with_, come)
    place[seen.code] = -1
    hops[hops == _SELF] = 0
    found, target = np.nonzero(hops)
    return (found.astype(np.int32), target.astype(np.int32), hops[found, target].astype(np.int32),
            len(companies))  # fmt: skip


def _pieces(sp: Space, node: I64) -> Iterator[slice]:
    """Yield parts of entities that together have some `_ARCS` arcs, or one entity."""
    degree = sp.index.arc_ptr[2 * node + 2] - sp.index.arc_ptr[2 * node]
    until, first = degree.cumsum(), 0
    while first < len(node):
        before = int(until[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(until, before + _ARCS, "right")))
        yield slice(first, last)
        first = last


@dataclass(frozen=True, slots=True)
class _Labels:
    """Who comes where, as one number, and in which days."""

    code: I64
    since: I32
    until: I32

    @classmethod
    def always(cls, code: I64) -> _Labels:
        """Return labels of all days."""
        since = np.full(len(code), OPEN_START, np.int32)
        return cls(code, since, np.full(len(code), OPEN_END, np.int32))

    def through(self, owner: I64, since: I32, until: I32, code: I64) -> _Labels:
        """Return where these labels lead over arcs, on the days that are left."""
        since = np.maximum(self.since[owner], since)
        until = np.minimum(self.until[owner], until)
        return _Labels(code, since, until).take(np.flatnonzero(since <= until))

    def take(self, rows: I64 | slice) -> _Labels:
        """Return some of the labels."""
        return _Labels(self.code[rows], self.since[rows], self.until[rows])

    def with_(self, other: _Labels) -> _Labels:
        """Return both, one after another."""
        return _Labels(np.concatenate((self.code, other.code)),
                       np.concatenate((self.since, other.since)),
                       np.concatenate((self.until, other.until)))  # fmt: skip


def _undominated(seen: _Labels, new: _Labels) -> I64:
    """Return the rows of new labels, one for all days that no other label there holds on.

    >>> always, some = (np.array([x], np.int32) for x in (9, 5))
    >>> one = _Labels(np.array([7]), some, some)
    >>> _undominated(one, _Labels(np.array([7, 8]), some.repeat(2), always.repeat(2))).tolist()
    [0, 1]
    >>> _undominated(_Labels(np.array([7]), some, always), one).tolist()
    []
    """
    both = seen.with_(new)
    order = np.lexsort((-both.until.astype(np.int64), both.since, both.code))
    code, until = both.code[order], both.until[order].astype(np.int64)
    # Sorted so, a label is held by another where one before it, of that place, ends no sooner.
    group = np.cumsum(np.diff(code, prepend=code[:1]) != 0)
    height = (group << 33) + (until - OPEN_START)
    highest = np.maximum.accumulate(height)
    kept = np.concatenate(([True], height[1:] > highest[:-1]))[: len(order)]
    rows = order[kept] - len(seen.code)
    rows = rows[rows >= 0]
    rows.sort()
    return rows
