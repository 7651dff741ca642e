"""The numpy engine: partial paths in chunks, extended by one hop at a time, depth first.

A chunk holds partial paths of one length as columns. Extending it reads the arcs of its last
entities that can still arrive in time; what has not arrived goes back on the stack, most
promising first, so that memory stays bounded and the best paths come early.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import FAR, I32, I64
from nthtier.queries.selection import ranges
from nthtier.queries.space import Space, bounds

#: Arcs read at once: few until a bound is known, then many.
_FIRST, _MOST = 4_096, 1 << 18
#: From this many arcs on, rows are cut by bisection instead of being read whole.
_LONG: Final = 2_048


@dataclass(frozen=True, slots=True)
class Chunk:
    """Partial paths of one length: entities [n, hops + 1], relations [n, hops], key, interval."""

    nodes: I32
    relations: I32
    key: I64
    since: I32
    until: I32

    def take(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_] | slice) -> Chunk:
        """Return some of the paths."""
        return Chunk(self.nodes[rows], self.relations[rows], self.key[rows], self.since[rows],
                     self.until[rows])  # fmt: skip


class Bound:
    """The key that a path must not exceed to be wanted; nothing is above it at first."""

    key: int = 1 << 60

    @property
    def known(self) -> bool:
        """Whether anything is above it."""
        return self.key < 1 << 60


def walk(sp: Space, bound: Bound) -> Iterator[Chunk]:
    """Yield chunks of whole paths (all of one length); an empty chunk is a moment to stop.

    The bound is read anew for each chunk.
    """
    rest = bounds(sp.index, sp.max_hops)
    number = sp.targets.number
    few = number <= sp.max_hops
    start = np.array([[sp.subject]], np.int32)
    stack = [
        Chunk(start, np.empty((1, 0), np.int32), np.zeros(1, np.int64),
              np.array([OPEN_START], np.int32), np.array([OPEN_END], np.int32))
    ]  # fmt: skip
    if not sp.max_hops or sp.subject in sp.selection.avoid:
        return
    while stack:
        part = stack.pop()
        hops = part.relations.shape[1]
        if bound.known:
            promise = part.key + rest[min(sp.max_hops - hops, len(rest) - 1)][part.nodes[:, -1]]
            part = part.take(promise <= bound.key)
            if not len(part.key):
                continue
        part, later = _split(sp, part, _MOST if bound.known or hops > 1 else _FIRST)
        if later is not None:
            stack.append(later)
        longer = _extended(sp, part, bound, rest)
        last = longer.nodes[:, -1]
        if sp.ends[hops + 1]:
            ends = np.flatnonzero(sp.targets.is_target[last])
            for v in sp.via:
                ends = ends[(longer.nodes[ends] == v).any(axis=1)]
            yield longer.take(ends[sp.targets.met(last[ends], longer.since[ends],
                                                  longer.until[ends])])  # fmt: skip
        left = sp.max_hops - hops - 1
        if left:
            after = rest[min(left, len(rest) - 1)][last]
            promise = longer.key + after
            open_ = (after < FAR) & (promise <= bound.key)
            if few:  # a path that has been through every target leads nowhere
                open_ &= sp.targets.is_target[longer.nodes].sum(axis=1) < number
            rows = np.flatnonzero(open_)
            if len(rows):
                stack.append(longer.take(rows[np.argsort(promise[rows], kind="stable")]))


def _split(sp: Space, part: Chunk, budget: int) -> tuple[Chunk, Chunk | None]:
    """Cut off as many partial paths as together read some ``budget`` arcs, at least one."""
    last = part.nodes[:, -1].astype(np.int64)
    degree = sp.index.arc_ptr[2 * last + 2] - sp.index.arc_ptr[2 * last]
    total = np.cumsum(degree)
    if total[-1] <= budget:
        return part, None
    cut = max(1, int(np.searchsorted(total, budget, "right")))
    if cut >= len(part.key):
        return part, None
    return part.take(slice(0, cut)), part.take(slice(cut, None))


def _extended(sp: Space, part: Chunk, bound: Bound, rest: I32) -> Chunk:
    """Return the partial paths with every hop that may be and can still arrive."""
    s, index = sp.s, sp.index
    hops = part.relations.shape[1]
    left = sp.max_hops - hops - 1
    owner, arc, way = rows_of(sp, part.nodes[:, -1].astype(np.int64), hops, left)
    kept = sp.allowed[hops, way, index.arc_type[arc]]
    near = index.arc_hops[arc] if index.ordered else index.near[index.arc_other[arc]]
    kept &= near <= left
    owner, arc, near = owner[kept], arc[kept], near[kept]
    other = index.arc_other[arc]
    key = part.key[owner] + index.arc_key[arc]
    if bound.known:
        after = rest[min(left, len(rest) - 1)][other] if left else np.int32(0)
        fits = np.flatnonzero(key + np.where(near == 0, 0, after) <= bound.key)
        owner, arc, other, key = owner[fits], arc[fits], other[fits], key[fits]
    rel = index.arc_rel[arc]
    since, until = index.arc_since[arc], index.arc_until[arc]
    kept = sp.selection.keeps(s, rel, since, until)
    since = np.maximum(part.since[owner], since)
    until = np.minimum(part.until[owner], until)
    kept &= since <= until
    for column in range(part.nodes.shape[1]):
        kept &= part.nodes[owner, column] != other
    for v in sp.selection.avoid:
        kept &= other != v
    rows = np.flatnonzero(kept)
    owner, other, rel = owner[rows], other[rows], rel[rows]
    return Chunk(
        np.concatenate((part.nodes[owner], other[:, None]), axis=1),
        np.concatenate((part.relations[owner], rel[:, None]), axis=1),
        key[rows], since[rows], until[rows],
    )  # fmt: skip


def rows_of(sp: Space, last: I64, hops: int, left: int) -> tuple[I64, I64, I64]:
    """Return owner, arc and direction of all arcs that leave some entities at a hop."""
    ptr = sp.index.arc_ptr
    owners, arcs, ways = [], [], []
    for way in (0, 1):
        if not sp.allowed[hops, way].any():
            continue
        start, end = ptr[2 * last + way], ptr[2 * last + way + 1]
        if sp.index.ordered and left <= sp.index.depth and (end - start).max(initial=0) > _LONG:
            end = _cut(sp.index.arc_hops, start, end, left)
        arc = ranges(start, end - start)
        arcs.append(arc)
        owners.append(np.repeat(np.arange(len(last)), end - start))
        ways.append(np.full(len(arc), way))
    if len(arcs) == 1:
        return owners[0], arcs[0], ways[0]
    if not arcs:
        none = np.empty(0, np.int64)
        return none, none, none
    return np.concatenate(owners), np.concatenate(arcs), np.concatenate(ways)


def _cut(hops: npt.NDArray[np.uint8], start: I64, end: I64, left: int) -> I64:
    """Return where each ordered row first exceeds ``left`` hops (bisection of all rows at once)."""
    low, high = start.copy(), end.copy()
    for _ in range(int((end - start).max()).bit_length()):
        middle = (low + high) >> 1
        open_ = low < high
        near = open_ & (hops[np.minimum(middle, len(hops) - 1)] <= left)
        low = np.where(near, middle + 1, low)
        high = np.where(open_ & ~near, middle, high)
    return low
