"""What a search follows: relation types with reading directions, dates, shares, and the targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import I32, I64
from nthtier.graph.ontology import BASIS_CODE, RELATION_TYPES, Read
from nthtier.graph.snapshot import Snapshot

STAKES: Final = np.array([t.stake for t in RELATION_TYPES])


@dataclass(frozen=True, slots=True)
class Selection:
    """Which relations a path may use.

    ``reads`` maps a type to the direction in which it is read; a type that is not there is not
    followed. ``day`` (days since 1970-01-01) keeps what held then; ``least_share`` (percent)
    keeps stakes of certainly at least that much, other types pass. ``bases`` are the bases that
    count (empty: all). ``avoid`` are entities no path touches. A ``sequence`` says what each hop
    must be, the first hop first; a path then has just as many hops.
    """

    reads: Mapping[str, Read]
    day: int | None = None
    least_share: float = 0.0
    bases: frozenset[str] = frozenset()
    avoid: frozenset[int] = frozenset()
    sequence: tuple[Mapping[str, Read], ...] = ()

    @staticmethod
    def tables(reads: Mapping[str, Read]) -> npt.NDArray[np.bool_]:
        """Return, by direction (forward, backward) and type code, what may be read so."""
        return _tables(tuple(reads.items()))

    def widest(self) -> npt.NDArray[np.bool_]:
        """Return what any hop may read."""
        found: npt.NDArray[np.bool_] = np.any(
            [self.tables(r) for r in self.sequence or (self.reads,)], axis=0
        )
        return found

    @property
    def picks(self) -> bool:
        """Whether shares or bases leave out relations of an allowed type."""
        return self.least_share > 0 or bool(self.bases)

    def keeps(
        self, s: Snapshot, relations: npt.NDArray[np.integer], since: I32, until: I32
    ) -> npt.NDArray[np.bool_]:
        """Tell for relations, given with their days, whether they pass (types aside)."""
        kept = np.ones(len(relations), bool)
        if self.day is not None:
            kept &= (since <= self.day) & (until >= self.day)
        if self.least_share > 0:
            with np.errstate(invalid="ignore"):
                kept &= ~STAKES[s.type[relations]] | (s.lo[relations] >= self.least_share)
        if self.bases:
            kept &= np.isin(s.basis[relations], [BASIS_CODE[b] for b in self.bases])
        return kept


@lru_cache(maxsize=256)
def _tables(reads: tuple[tuple[str, Read], ...]) -> npt.NDArray[np.bool_]:
    ways = dict(reads)
    read = [ways.get(t.name) for t in RELATION_TYPES]
    return np.array([[r in (way, "both") for r in read] for way in ("forward", "backward")])


@dataclass(frozen=True, slots=True)
class Targets:
    """Where paths may end. ``is_target[v]`` marks entity ``v``.

    Its intervals are rows ``ptr[v]`` to ``ptr[v + 1]`` of ``since``/``until``: a path to ``v``
    counts when its own interval meets at least one of them. ``number`` is how many there are.
    """

    is_target: npt.NDArray[np.bool_]
    ptr: I64
    since: I32
    until: I32
    number: int

    def only(self, entity: int) -> Targets:
        """Return one of the targets alone, with its intervals."""
        first, last = int(self.ptr[entity]), int(self.ptr[entity + 1])
        owner = np.full(last - first, entity)
        return _targets(len(self.is_target), owner, self.since[first:last], self.until[first:last])

    def among(self, entities: Iterable[int]) -> Targets:
        """Return those of the targets that are among some entities, with their intervals."""
        wanted = np.zeros(len(self.is_target), bool)
        wanted[list(entities)] = True
        owner = np.repeat(np.arange(len(wanted)), np.diff(self.ptr))
        rows = wanted[owner]
        return _targets(len(wanted), owner[rows], self.since[rows], self.until[rows])

    def met(self, nodes: I32, since: I32, until: I32) -> npt.NDArray[np.bool_]:
        """Tell for paths that end at ``nodes`` whether they meet an interval of their target."""
        counts = self.ptr[nodes + 1] - self.ptr[nodes]
        owner = np.repeat(np.arange(len(nodes)), counts)
        rows = ranges(self.ptr[nodes], counts)
        meets = np.maximum(since[owner], self.since[rows]) <= np.minimum(
            until[owner], self.until[rows]
        )
        found = np.zeros(len(nodes), bool)
        found[owner[meets]] = True
        return found


def listed_targets(
    s: Snapshot, *, lists: Iterable[int] | None = None, day: int | None = None
) -> Targets:
    """Return everything listed (on some lists, on a day) as targets, by the listings' dates."""
    rows = np.arange(len(s.listing_rel))
    kept = np.ones(len(rows), bool)
    if lists is not None:
        kept &= np.isin(s.listing_list, np.fromiter(lists, np.int32))
    since, until = s.since[s.listing_rel], s.until[s.listing_rel]
    if day is not None:
        kept &= (since <= day) & (until >= day)
    owner = np.repeat(np.arange(s.entities), np.diff(s.listing_ptr))[kept]
    return _targets(s.entities, owner, since[kept], until[kept])


def entity_targets(s: Snapshot, entities: Iterable[int]) -> Targets:
    """Return named entities as targets, whether or not they are listed."""
    owner = np.unique(np.fromiter(entities, np.int64))
    ends = np.full(len(owner), OPEN_START, np.int32), np.full(len(owner), OPEN_END, np.int32)
    return _targets(s.entities, owner, *ends)


def joined(a: Targets, b: Targets) -> Targets:
    """Return the targets of both."""
    n = len(a.is_target)
    owner = np.concatenate([np.repeat(np.arange(n), np.diff(t.ptr)) for t in (a, b)])
    order = np.argsort(owner, kind="stable")
    since, until = np.concatenate((a.since, b.since)), np.concatenate((a.until, b.until))
    return _targets(n, owner[order], since[order], until[order])


def _targets(n: int, owner: npt.NDArray[np.integer], since: I32, until: I32) -> Targets:
    counts = np.bincount(owner, minlength=n)
    ptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    is_target = counts > 0
    return Targets(is_target, ptr, since, until, int(np.count_nonzero(is_target)))


def ranges(starts: I64, counts: npt.NDArray[np.integer]) -> I64:
    """Return ``starts[i], starts[i] + 1, …`` for ``counts[i]`` numbers each, one after another.

    >>> ranges(np.array([5, 0, 9]), np.array([2, 0, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    found: I64 = np.arange(total) + (starts - (ends - counts)).repeat(counts)
    return found
