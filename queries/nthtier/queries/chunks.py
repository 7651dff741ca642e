"""The numpy engine: partial paths in chunks, extended by one hop at a time, depth first.

A chunk holds partial paths of one length as columns. Extending it reads the arcs of its last
entities that can still arrive in time; what has not arrived goes back on the stack, most
promising first, so that memory stays bounded and the best paths come early.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import FAR, I32, I64, Arcs, Flags
from nthtier.queries.selection import ranges
from nthtier.queries.space import Space, bounds

#: Arcs read at once: few until a bound is known, then many.
_FIRST, _MOST = 4_096, 1 << 18
#: From this many arcs on, rows are cut by bisection instead of being read whole.
_LONG: Final = 2_048


@dataclass(frozen=True, slots=True)
class Chunk:
    """Partial paths of one length, as columns: for each hop the entity behind it and its relation.

    ``key`` adds up the hops, ``since`` and ``until`` are the days in which all of them hold:
    all days, unless ``dated``.
    """

    nodes: tuple[I32, ...]
    relations: tuple[I32, ...]
    key: I64
    since: I32
    until: I32
    dated: bool

    def take(self, rows: npt.NDArray[np.integer] | slice) -> Chunk:
        """Return some of the paths."""
        return Chunk(tuple(c[rows] for c in self.nodes), tuple(c[rows] for c in self.relations),
                     self.key[rows], self.since[rows], self.until[rows], self.dated)  # fmt: skip

    def rows(self, width: int) -> I32:
        """Return the relations, a row for each path, -1 behind the last."""
        found = np.full((len(self.key), width), -1, np.int32)
        for hop, column in enumerate(self.relations):
            found[:, hop] = column
        return found


class Bound:
    """The key that a path must not exceed to be wanted; nothing is above it at first.

    ``falls`` tells whether it will be less, so that it is worth while to find good paths early.
    """

    key: int = 1 << 60
    falls: bool = False

    @property
    def known(self) -> bool:
        """Whether anything is above it."""
        return self.key < 1 << 60


def walk(sp: Space, subject: int, bound: Bound) -> Iterator[Chunk]:
    """Yield chunks of whole paths (all of one length); an empty chunk is a moment to stop.

    The bound is read anew for each chunk.
    """
    rest = bounds(sp.index, sp.max_hops)
    if not sp.max_hops or subject in sp.selection.avoid:
        return
    stack = [Chunk((), (), np.zeros(1, np.int64), np.array([OPEN_START], np.int32),
                   np.array([OPEN_END], np.int32), False)]  # fmt: skip
    while stack:
        part = stack.pop()
        hops = len(part.relations)
        if bound.known:
            promise = part.key + rest[min(sp.max_hops - hops, len(rest) - 1)][_last(subject, part)]
            part = part.take(np.flatnonzero(promise <= bound.key))
            if not len(part.key):
                continue
        part, later = _split(sp, part, _MOST if bound.known or hops > 1 else _FIRST)
        if later is not None:
            stack.append(later)
        longer = _extended(sp, subject, part, bound, rest)
        if sp.ends[hops + 1]:
            yield _whole(sp, subject, longer)
        left = sp.max_hops - hops - 1
        if left:
            last = longer.nodes[-1]
            after = rest[min(left, len(rest) - 1)][last]
            promise = longer.key + after
            open_ = after < FAR
            if bound.known:
                open_ &= promise <= bound.key
            if sp.targets.number <= sp.max_hops:
                # A path that has been through every target leads nowhere.
                been = sum((sp.targets.is_target[c] for c in longer.nodes), np.zeros(1, np.int64))
                open_ &= been + int(sp.targets.is_target[subject]) < sp.targets.number
            rows = open_.nonzero()[0]
            if bound.falls:
                rows = rows[promise[rows].argsort(kind="stable")]
            if bound.falls or len(rows) < len(open_):
                longer = longer.take(rows)
            if len(rows):
                stack.append(longer)


def _last(subject: int, part: Chunk) -> I32:
    return part.nodes[-1] if part.nodes else np.array([subject], np.int32)


def _whole(sp: Space, subject: int, part: Chunk) -> Chunk:
    """Return the paths that may end where they are."""
    last = part.nodes[-1]
    rows = sp.targets.is_target[last].nonzero()[0]
    for v in sp.via:
        if v != subject:
            rows = rows[np.any([c[rows] == v for c in part.nodes], axis=0)]
    if len(rows) < len(last):
        part, last = part.take(rows), last[rows]
    if sp.selection.day is not None or not part.dated:  # on a day, targets are those of that day
        return part
    met = sp.targets.met(last, part.since, part.until)
    return part if met.all() else part.take(np.flatnonzero(met))


def _split(sp: Space, part: Chunk, budget: int) -> tuple[Chunk, Chunk | None]:
    """Cut off as many partial paths as together read some ``budget`` arcs, at least one."""
    if len(part.key) == 1:
        return part, None
    last = part.nodes[-1].astype(np.int64)
    degree = sp.index.arc_ptr[2 * last + 2] - sp.index.arc_ptr[2 * last]
    if degree.sum() <= budget:
        return part, None
    total = degree.cumsum()
    cut = max(1, int(np.searchsorted(total, budget, "right")))
    if cut >= len(part.key):
        return part, None
    return part.take(slice(0, cut)), part.take(slice(cut, None))


def _extended(sp: Space, subject: int, part: Chunk, bound: Bound, rest: I32) -> Chunk:
    """Return the partial paths with every hop that may be and can still arrive.

    Of paths that are as long as may be, only the last entity is kept, unless ``via`` asks more.
    """
    index = sp.index
    hops = len(part.relations)
    left = sp.max_hops - hops - 1
    owner, at, arcs = followed(sp, _last(subject, part).astype(np.int64), hops, left)
    key = part.key[owner] + arcs["key"]
    if bound.known:
        promise = key
        if left:
            after = rest[min(left, len(rest) - 1)][arcs["other"]]
            promise = key + np.where(index.near[arcs["other"]] == 0, 0, after)
        owner, at, arcs, key = _kept(promise <= bound.key, owner, at, arcs, key)
    since, until = part.since[owner], part.until[owner]
    proper = arcs["other"] != subject
    dated = bool(np.count_nonzero(arcs["dated"]))
    if dated:
        since = np.maximum(since, index.arc_since[at])
        until = np.minimum(until, index.arc_until[at])
        if sp.selection.day is None:
            proper &= since <= until
    for column in part.nodes[:-1]:  # no arc leads from an entity to itself
        proper &= column[owner] != arcs["other"]
    owner, arcs, key, since, until = _kept(proper, owner, arcs, key, since, until)
    nodes = tuple(c[owner] for c in part.nodes) if left or sp.via else ()
    relations = tuple(c[owner] for c in part.relations)
    return Chunk((*nodes, arcs["other"]), (*relations, arcs["rel"]), key, since, until,
                 dated or part.dated)  # fmt: skip


def _kept(mask: Flags, *columns: Any) -> tuple[Any, ...]:
    """Return the columns where the mask is true."""
    if np.count_nonzero(mask) == len(mask):
        return columns
    rows = mask.nonzero()[0]
    return tuple(c.take(rows) for c in columns)


def followed(sp: Space, last: I64, hops: int, left: int) -> tuple[I64, I64, Arcs]:
    """Return owner and place of every arc that leaves entities as hop ``hops`` may, and the arc.

    Only arcs that the selection follows and that can still arrive in ``left`` more hops.
    """
    index, chosen = sp.index, sp.selection
    found = []
    for way in (0, 1):
        if not sp.ways[hops, way]:
            continue
        row = 2 * last + way
        start = index.arc_ptr[row]
        if left == 0 and index.ordered:
            count = index.arriving[row]
        else:
            end = index.arc_ptr[row + 1]
            if index.ordered and left <= index.depth and (end - start).max(initial=0) > _LONG:
                end = _cut(index.arcs["hops"], start, end, left)
            count = end - start
        at = ranges(start, count)
        owner = np.arange(len(last)).repeat(count)
        arcs = index.arcs.take(at)
        kept = sp.allowed[hops, way][arcs["type"]]
        if not index.ordered:
            kept &= index.near[arcs["other"]] <= left
        elif left:
            kept &= arcs["hops"] <= left
        if chosen.day is not None or chosen.picks:
            kept &= chosen.keeps(sp.s, arcs["rel"], index.arc_since[at], index.arc_until[at])
        for v in chosen.avoid:
            kept &= arcs["other"] != v
        found.append(_kept(kept, owner, at, arcs))
    if len(found) == 1:
        return found[0]
    if not found:
        none = np.empty(0, np.int64)
        return none, none, index.arcs[:0]
    owner, at, arcs = (np.concatenate(c) for c in zip(*found, strict=True))
    return owner, at, arcs


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
