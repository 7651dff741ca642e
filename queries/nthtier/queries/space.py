"""What one search looks at: the arcs, the bounds towards its targets, and what each hop may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph import index as arrangement
from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import FAR, I32, Flags, Index
from nthtier.graph.ontology import RELATION_TYPES, Weights
from nthtier.graph.snapshot import Snapshot, hop_cost
from nthtier.queries.selection import Selection, Targets, ranges

MOST_HOPS: Final = 32
#: Arcs that bounds towards named targets may read before they are left as they are.
_BUDGET: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Space:
    """Where a search looks: paths to ``targets`` within ``max_hops`` hops, through all of ``via``.

    ``allowed[h, 0, t]`` tells whether hop ``h`` (from 0) may read a relation of type code ``t``
    forward, ``allowed[h, 1, t]`` backward, ``ways[h]`` whether it may read any so; ``ends[h]``
    whether a path of ``h`` hops may end. ``prepared`` is what an engine keeps for the next search.
    """

    s: Snapshot
    targets: Targets
    selection: Selection
    index: Index
    max_hops: int
    via: tuple[int, ...]
    allowed: Flags
    ways: Flags
    ends: Flags
    prepared: dict[str, tuple[Any, ...]] = field(default_factory=dict, repr=False, compare=False)

    def whole(self) -> bool:
        """Tell whether a path could fail to hold as a whole, its hops holding each for itself.

        Not so on a day, on which every hop holds, nor where hops hold always.
        """
        if self.selection.day is not None:
            return False
        if "whole" not in self.prepared:
            s, types = self.s, np.asarray(self.allowed.any(axis=(0, 1)))
            ends = (s.since > OPEN_START, s.until < OPEN_END)
            self.prepared["whole"] = (any(bool(types[s.type[x]].any()) for x in ends),)
        return bool(self.prepared["whole"][0])

    def barred(self) -> Flags:
        """Mark the entities that no path touches."""
        found: Flags = np.zeros(self.s.entities, bool)
        found[list(self.selection.avoid)] = True
        return found


def space(
    s: Snapshot,
    targets: Targets,
    selection: Selection,
    *,
    max_hops: int,
    via: frozenset[int] = frozenset(),
    index: Index | None = None,
) -> Space:
    """Return the search space; without an index one is made for these targets.

    An index given must be one towards these targets, or towards more.

    Raises:
        ValueError: ``max_hops`` out of range.
    """
    if not 0 <= max_hops <= MOST_HOPS:
        raise ValueError(f"max_hops 0 to {MOST_HOPS}")
    length = len(selection.sequence)
    most = min(max_hops, length) if length else max_hops
    allowed = np.zeros((max(most, 1), 2, len(RELATION_TYPES)), bool)
    if length:
        for hop, reads in enumerate(selection.sequence[:most]):
            allowed[hop] = selection.tables(reads)
    else:
        allowed[:] = selection.tables(selection.reads)
    ends = np.ones(most + 1, bool)
    if length:
        ends[:] = np.arange(most + 1) == length
    if index is None:
        index = towards(s, targets, selection, most)
    ways: Flags = np.any(allowed, axis=2)
    return Space(s, targets, selection, index, most, tuple(sorted(via)), allowed, ways, ends)


def towards(s: Snapshot, targets: Targets, selection: Selection, depth: int) -> Index:
    """Return an index towards any targets, with bounds as far as they are cheap to make.

    The arcs are those of the kept index, so rows are not ordered towards these targets. Bounds
    are found backwards, ring by ring, over what the selection lets pass.
    """
    kept = s.index
    arrived = np.where(targets.is_target, 0, FAR).astype(np.int32)
    rest = [np.full(s.entities, FAR, np.int32)]
    changed = np.flatnonzero(targets.is_target)
    forward, backward = selection.widest()
    spent = 0
    for _ in range(min(depth, arrangement.DEPTH)):
        first, middle, last = (kept.arc_ptr[changed * 2 + i] for i in range(3))
        spent += int((last - first).sum())
        if spent > _BUDGET and len(rest) > 1:
            break
        arc = ranges(first, last - first)
        owner = np.repeat(np.arange(len(changed)), last - first)
        # An arc that leaves a target's row forward is, read towards it, a backward one.
        ahead = arc < middle[owner]
        arcs = kept.arcs.take(arc)
        passes = np.where(ahead, backward[arcs["type"]], forward[arcs["type"]])
        passes &= selection.keeps(s, arcs["rel"], kept.arc_since[arc], kept.arc_until[arc])
        arcs, owner = arcs[passes], owner[passes]
        before = np.minimum(rest[-1], arrived)
        key = np.minimum(arcs["key"].astype(np.int64) + before[changed[owner]], FAR - 1)
        here = rest[-1].copy()
        np.minimum.at(here, arcs["other"], key.astype(np.int32))
        changed = np.flatnonzero(np.minimum(here, arrived) < before)
        rest.append(here)
    reached = len(rest) - 1
    near = np.full(s.entities, reached + 1, np.uint8)
    for d in range(reached, 0, -1):
        near[rest[d] < FAR] = d
    near[targets.is_target] = 0
    return Index(kept.arc_ptr, kept.arcs, kept.arc_since, kept.arc_until, np.empty(0, np.int32),
                 near, np.stack(rest), kept.least)  # fmt: skip


def weighted(s: Snapshot, targets: Targets, weights: Weights) -> Index:
    """Return an index with other weights than the ontology's."""
    cost = hop_cost(s.type, s.basis, s.lo, s.hi, weights)
    relations: dict[str, npt.NDArray[Any]] = {
        "src": s.src,
        "dst": s.dst,
        "type": s.type,
        "in_rel": s.in_rel,
        "cost": cost,
        "since": s.since,
        "until": s.until,
    }
    return arrangement.aimed(
        arrangement.arcs(relations, s.entities), targets.is_target, arrangement.DEPTH
    )


def bounds(index: Index, max_hops: int) -> I32:
    """Return ``[left, v]``: a key that no path of 1 to ``left`` hops from ``v`` is below.

    >>> from nthtier.graph.index import ARC
    >>> none = np.empty(0, np.int32)
    >>> i = Index(np.zeros(3, np.int64), np.empty(0, ARC), none, none, none,
    ...           np.zeros(1, np.uint8), np.array([[9], [5]], np.int32), 2)
    >>> bounds(i, 2).tolist()
    [[9], [5], [4]]
    """
    if max_hops <= index.depth:
        return index.rest
    return np.concatenate((index.rest, index.bound(max_hops)[None]))


def interval(s: Snapshot, relations: npt.NDArray[np.integer]) -> tuple[I32, I32]:
    """Return in which days all relations of each row hold; -1 stands for no relation."""
    there = relations >= 0
    rows = np.where(there, relations, 0)
    since = np.where(there, s.since[rows], np.iinfo(np.int32).min).max(axis=1)
    until = np.where(there, s.until[rows], np.iinfo(np.int32).max).min(axis=1)
    return since.astype(np.int32), until.astype(np.int32)
