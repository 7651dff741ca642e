"""The K best simple paths to a set of targets, exact, over the snapshot's arrays.

Order: strongest first (least cost), then fewest hops, then relation rows from the first hop on.
Cost and hops are one integer, ``cost * 64 + hops``, so that sums compare exactly.

Method: a backward search from the targets gives ``rest[d][v]``, the least key of one to ``d``
further hops from ``v``; the forward search is depth first over chunks of partial paths, best
first, and drops what cannot beat the K-th path found. Filters are tested on the relation as it is
read; a filter only removes relations, so the bound stays one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.snapshot import I32, I64, Snapshot
from nthtier.queries.selection import Selection, Targets, ranges

MOST_HOPS: Final = 32
_FAR: Final = np.int64(1) << 60
#: Relations read at once: few until K paths are known, then many.
_FIRST_CHUNK, _CHUNK = 4_096, 1 << 19


@dataclass(frozen=True, slots=True)
class Path:
    """A path as relation rows from the subject on, with the interval in which all hops hold."""

    cost: int
    relations: tuple[int, ...]
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Search:
    """Paths, best first; ``stopped_by`` says what cut the search short (limit, time)."""

    paths: list[Path]
    stopped_by: str | None


@dataclass(slots=True)
class _Partial:
    """Partial paths of one length: their entities, relations, keys and intervals."""

    nodes: I32  # [n, hops + 1]
    relations: I32  # [n, hops]
    key: I64
    since: I32
    until: I32

    def take(self, rows: npt.NDArray[np.integer] | slice) -> _Partial:
        return _Partial(self.nodes[rows], self.relations[rows], self.key[rows], self.since[rows],
                        self.until[rows])  # fmt: skip


def best_paths(
    s: Snapshot,
    subject: int,
    targets: Targets,
    selection: Selection,
    *,
    max_hops: int,
    limit: int,
    via: frozenset[int] = frozenset(),
    seconds: float = 30.0,
) -> Search:
    """Return the ``limit`` best simple paths from ``subject`` to any target.

    A path has 1 to ``max_hops`` hops, never returns to an entity, may pass through other targets
    on its way, holds as a whole (the intervals of all hops and of a listing of its target meet),
    and touches every entity of ``via``. The search stops after ``seconds``.

    Raises:
        ValueError: ``max_hops`` or ``limit`` out of range.
    """
    if not 0 <= max_hops <= MOST_HOPS or limit < 1:
        raise ValueError(f"max_hops 0 to {MOST_HOPS}, limit at least 1")
    if max_hops == 0 or subject in selection.avoid:
        return Search([], None)
    deadline = time.monotonic() + seconds
    rest = least_rest(s, targets, selection, max_hops)
    found = _Found(max_hops, limit + 1)  # one more tells whether there are more
    start = np.array([[subject]], np.int32)
    stack = [
        _Partial(start, np.empty((1, 0), np.int32), np.zeros(1, np.int64),
                 np.array([OPEN_START], np.int32), np.array([OPEN_END], np.int32))
    ]  # fmt: skip
    stopped = None
    while stack:
        if time.monotonic() > deadline:
            stopped = "time"
            break
        part = stack.pop()
        hops = part.relations.shape[1]
        promise = part.key + rest[max_hops - hops][part.nodes[:, -1]]
        part = part.take(np.flatnonzero(promise <= found.bound))
        if not len(part.key):
            continue
        part, later = _split(s, part, _CHUNK if found.full else _FIRST_CHUNK)
        if later is not None:
            stack.append(later)
        longer = _extended(s, part, selection)
        last = longer.nodes[:, -1]
        ends = targets.is_target[last]
        if via:
            ends &= np.all([(longer.nodes == v).any(axis=1) for v in via], axis=0)
        rows = np.flatnonzero(ends)
        met = targets.met(last[rows], longer.since[rows], longer.until[rows])
        found.add(longer.take(rows[met]))
        if hops + 1 < max_hops:
            promise = longer.key + rest[max_hops - hops - 1][last]
            rows = np.flatnonzero(promise <= found.bound)
            stack.append(longer.take(rows[np.argsort(promise[rows], kind="stable")]))
    paths = found.paths(s)
    if stopped is None and len(paths) > limit:
        stopped = "limit"
    return Search(paths[:limit], stopped)


def least_rest(s: Snapshot, targets: Targets, selection: Selection, max_hops: int) -> list[I64]:
    """Return ``rest[d][v]``: the least key of 1 to ``d`` hops from ``v`` to a target."""
    forward, backward = selection.tables()
    key = s.cost.astype(np.int64) * 64 + 1
    kept = selection.keeps(s, np.arange(s.relations))
    out_key = np.where(kept & forward[s.type], key, _FAR)
    in_key = np.where(kept & backward[s.type], key, _FAR)[s.in_rel]
    in_src = s.src[s.in_rel]
    rest = [np.full(s.entities, _FAR)]
    arrived = np.where(targets.is_target, np.int64(0), _FAR)
    for _ in range(max_hops):
        after = np.minimum(rest[-1], arrived)
        here = np.minimum(
            _least(out_key + after[s.dst], s.out_ptr), _least(in_key + after[in_src], s.in_ptr)
        )
        rest.append(np.minimum(np.minimum(here, _FAR), rest[-1]))
    return rest


def _least(values: I64, ptr: I64) -> I64:
    """Return the least value of each CSR row; far for an empty row."""
    found = np.full(len(ptr) - 1, _FAR)
    filled = np.flatnonzero(np.diff(ptr))
    if len(filled):
        found[filled] = np.minimum.reduceat(values, ptr[filled])
    return found


def _split(s: Snapshot, part: _Partial, budget: int) -> tuple[_Partial, _Partial | None]:
    """Cut off as many partial paths as together read ``budget`` relations, at least one."""
    last = part.nodes[:, -1]
    degree = s.out_ptr[last + 1] - s.out_ptr[last] + s.in_ptr[last + 1] - s.in_ptr[last]
    cut = max(1, int(np.searchsorted(np.cumsum(degree), budget, "right")))
    if cut >= len(part.key):
        return part, None
    return part.take(slice(0, cut)), part.take(slice(cut, None))


def _extended(s: Snapshot, part: _Partial, selection: Selection) -> _Partial:
    """Return the partial paths with every hop that the selection allows."""
    forward, backward = selection.tables()
    last = part.nodes[:, -1]
    owners, rows, others = [], [], []
    for allowed, ptr, relation, end in (
        (forward, s.out_ptr, None, s.dst),
        (backward, s.in_ptr, s.in_rel, s.src),
    ):
        if not allowed.any():
            continue
        counts = ptr[last + 1] - ptr[last]
        row = ranges(ptr[last], counts)
        if relation is not None:
            row = relation[row].astype(np.int64)
        owner = np.repeat(np.arange(len(last)), counts)
        typed = np.flatnonzero(allowed[s.type[row]])
        owners.append(owner[typed])
        rows.append(row[typed])
        others.append(end[row[typed]])
    owner = np.concatenate(owners) if owners else np.empty(0, np.int64)
    row = np.concatenate(rows) if rows else np.empty(0, np.int64)
    other = np.concatenate(others) if others else np.empty(0, np.int32)
    since = np.maximum(part.since[owner], s.since[row])
    until = np.minimum(part.until[owner], s.until[row])
    kept = selection.keeps(s, row) & (since <= until)
    for column in range(part.nodes.shape[1]):
        kept &= part.nodes[owner, column] != other
    if selection.avoid:
        kept &= ~np.isin(other, np.fromiter(selection.avoid, np.int32))
    owner, row, other = owner[kept], row[kept], other[kept]
    return _Partial(
        np.column_stack((part.nodes[owner], other)).astype(np.int32),
        np.column_stack((part.relations[owner], row)).astype(np.int32),
        part.key[owner] + s.cost[row].astype(np.int64) * 64 + 1,
        since[kept], until[kept],
    )  # fmt: skip


class _Found:
    """The best complete paths so far."""

    def __init__(self, width: int, most: int) -> None:
        self.most = most
        self.key = np.empty(0, np.int64)
        self.relations = np.empty((0, width), np.int32)
        self.since = np.empty(0, np.int32)
        self.until = np.empty(0, np.int32)

    @property
    def full(self) -> bool:
        return len(self.key) >= self.most

    @property
    def bound(self) -> np.int64:
        """The key that a path must not exceed to be among the best."""
        return np.int64(self.key[-1]) if self.full else _FAR - 1

    def add(self, part: _Partial) -> None:
        if not len(part.key):
            return
        width = self.relations.shape[1]
        padded = np.full((len(part.key), width), -1, np.int32)
        padded[:, : part.relations.shape[1]] = part.relations
        key = np.concatenate((self.key, part.key))
        relations = np.concatenate((self.relations, padded))
        since = np.concatenate((self.since, part.since))
        until = np.concatenate((self.until, part.until))
        if len(key) > self.most:  # what is beyond the K-th key cannot be among the best
            near = key <= np.partition(key, self.most - 1)[self.most - 1]
            key, relations, since, until = key[near], relations[near], since[near], until[near]
        sort_keys: list[npt.NDArray[Any]] = [*relations.T[::-1], key]
        order = np.lexsort(sort_keys)[: self.most]
        self.key, self.relations = key[order], relations[order]
        self.since, self.until = since[order], until[order]

    def paths(self, s: Snapshot) -> list[Path]:
        found = []
        for i in range(len(self.key)):
            rows = tuple(int(r) for r in self.relations[i] if r >= 0)
            cost = int(self.key[i]) >> 6
            found.append(Path(cost, rows, int(self.since[i]), int(self.until[i])))
        return found
