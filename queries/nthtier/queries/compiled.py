"""The numba engine: prepares the arrays, runs the kernels in slices, and collects the answers."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import I32, I64, Flags
from nthtier.graph.ontology import BASIS, BASIS_CODE
from nthtier.queries import fewest_kernel, kernels, listing_kernel, strongest_kernel
from nthtier.queries.rings import Rings
from nthtier.queries.selection import STAKES
from nthtier.queries.space import Space, bounds

#: Arcs that a kernel reads before Python may stop it: some tens of milliseconds.
SLICE: Final = 4_000_000
#: Paths handed on at once: few first, which is all that most questions need.
_FIRST_BLOCK, _BLOCK = 2_048, 16_384
#: Partial paths of one length that are kept together while all paths are listed.
_TOGETHER: Final = 64
#: What the walks over a space have in common stands in it under this name.
_GIVEN: Final = "walk"


class _Walk(ABC):
    """A walk over one space, where it stands, and its output."""

    def __init__(self, sp: Space, subject: int, most: int) -> None:
        if _GIVEN not in sp.prepared:
            sp.prepared[_GIVEN] = _given(sp)
        self.width = max(sp.max_hops, 1)
        self.depth, self.size = np.zeros(2, np.int64), np.zeros(1, np.int64)
        if not sp.max_hops or subject in sp.selection.avoid:
            self.depth[0] = -1
        self.given = (*self.begun(sp, subject), *sp.prepared[_GIVEN])
        self.empty(most)

    @abstractmethod
    def begun(self, sp: Space, subject: int) -> tuple[Any, ...]:
        """Return what the kernel keeps while it walks, as it is at the start."""

    @abstractmethod
    def slice(self) -> int:
        """Do some work; returns why the kernel stopped."""

    def empty(self, most: int) -> None:
        """Begin a new output with room for ``most`` paths."""
        self.size[0] = 0
        self.key = np.empty(most, np.int64)
        self.relations = np.empty((most, self.width), np.int32)
        self.since, self.until = np.empty(most, np.int32), np.empty(most, np.int32)

    def columns(self) -> tuple[I64, I32, I32, I32]:
        """Return the columns of the output, as far as it goes."""
        return self.key, self.relations, self.since, self.until

    def taken(self) -> tuple[I64, I32, I32, I32]:
        """Return the columns of the output so far."""
        n = int(self.size[0])
        return self.key[:n], self.relations[:n], self.since[:n], self.until[:n]


class _Choosing(_Walk):
    """The best paths."""

    def begun(self, sp: Space, subject: int) -> tuple[Any, ...]:
        state = np.zeros((8, self.width + 1), np.int64)
        first = sp.index.arc_ptr[2 * subject]
        last = sp.index.arc_ptr[2 * subject + 1] if sp.ways[0, 0] else first
        state[:, 0] = (subject, first, last, 0, 0, 0, OPEN_START, OPEN_END)
        return sp.max_hops, self.depth, state

    def slice(self) -> int:
        return int(kernels.choosing(SLICE, *self.given, self.size, *self.columns()))  # type: ignore[call-arg]


class _Listing(_Walk):
    """All paths, or (no room for any) only how many."""

    def begun(self, sp: Space, subject: int) -> tuple[Any, ...]:
        width = self.width
        self.counts = np.zeros(width + 1, np.int64)
        place = np.zeros((width + 1, 4), np.int64)
        place[:, listing_kernel.CURSOR], place[0, listing_kernel.SIZE] = -1, 1
        trail = np.empty((2, width, _TOGETHER, width), np.int32)
        held = np.empty((width, _TOGETHER, 3), np.int64)
        trail[0, 0, 0, 0], held[0, 0] = subject, (0, OPEN_START, OPEN_END)
        return sp.max_hops, self.depth, place, trail, held

    def slice(self) -> int:
        more = (self.counts, self.size, *self.columns())
        return int(listing_kernel.listing(len(self.key) > 0, SLICE, *self.given, *more))  # type: ignore[call-arg]


def _given(sp: Space) -> tuple[Any, ...]:
    """Return what the walks over one space have in common."""
    targets = sp.targets
    return (*_arcs(sp), sp.index.depth, sp.allowed, sp.ways, sp.ends, np.array(sp.via, np.int32),
            np.array(sorted(sp.selection.avoid), np.int32), *_narrowing(sp), sp.s.lo, sp.s.basis,
            targets.number, targets.is_target, targets.ptr, targets.since,
            targets.until)  # fmt: skip


def _arcs(sp: Space) -> tuple[Any, ...]:
    """Return the arcs and bounds as the kernels take them."""
    i = sp.index
    return (i.arc_ptr, i.arcs, i.arc_since, i.arc_until, i.near, bounds(i, sp.max_hops), i.ordered)


def _narrowing(sp: Space) -> tuple[Any, ...]:
    """Return the selection's tests of dates, shares and bases as the kernels take them."""
    chosen = sp.selection
    bases: npt.NDArray[np.bool_] = np.zeros(len(BASIS), bool)
    bases[[BASIS_CODE[b] for b in chosen.bases or BASIS]] = True
    return (chosen.picks, chosen.day is not None, np.int64(chosen.day or 0),
            float(chosen.least_share), STAKES, bases)  # fmt: skip


def best(sp: Space, subject: int, most: int, deadline: float) -> tuple[I64, I32, I32, I32, bool]:
    """Return the columns of the best paths, best first, and whether time ran out."""
    walk = _Choosing(sp, subject, most)
    timed_out = not _run(walk, deadline)
    key, relations, since, until = walk.taken()
    sort_keys: list[npt.NDArray[Any]] = [*relations.T[::-1], key]
    order = np.lexsort(sort_keys)
    return key[order], relations[order], since[order], until[order], timed_out


def count(sp: Space, subject: int, deadline: float) -> tuple[I64, bool]:
    """Return the number of paths by hops, and whether time ran out."""
    walk = _Listing(sp, subject, 0)
    timed_out = not _run(walk, deadline)
    return walk.counts, timed_out


def blocks(sp: Space, subject: int) -> Iterator[tuple[I64, I32, I32, I32]]:
    """Yield all paths in blocks of columns."""
    walk = _Listing(sp, subject, _FIRST_BLOCK)
    while True:
        reason = walk.slice()
        if walk.size[0]:
            yield walk.taken()
        if reason == kernels.DONE:
            return
        walk.empty(_BLOCK)


def _run(walk: _Walk, deadline: float) -> bool:
    """Run to the end; returns False when time ran out."""
    while walk.slice() != kernels.DONE:
        if time.monotonic() > deadline:
            return False
    return True


def rings(sp: Space, ends: I32, depth: int, most: int, barred: Flags) -> Rings | None:
    """Return what `nthtier.queries.fewest` calls rings; None where they are too large."""
    i, targets = sp.index, sp.targets
    ptr, *columns = fewest_kernel.rings(  # type: ignore[call-arg]
        ends, targets.ptr, targets.since, targets.until, sp.whole(), depth, most, barred, i.arc_ptr,
        i.arcs, i.arc_since, i.arc_until, sp.allowed[0], sp.ways[0], *_narrowing(sp), sp.s.lo,
        sp.s.basis,
    )  # fmt: skip
    return Rings(depth, sp.whole(), ptr, *columns) if len(ptr) else None


def meet(
    sp: Space, companies: I32, ends: I32, barred: Flags, around: Rings, work: int
) -> tuple[I32, I32, I32, int]:
    """Return company and target (positions) and fewest hops of all pairs, and who is done.

    No other company is begun after ``work`` arcs.
    """
    i = sp.index
    company, target, hops, done = fewest_kernel.meet(  # type: ignore[call-arg]
        work, companies, ends, around.whole, sp.max_hops, around.depth, around.ptr, around.ring,
        around.target, around.away, around.since, around.until, barred, i.arc_ptr, i.arcs,
        i.arc_since, i.arc_until, i.near, i.ordered, sp.allowed[0], sp.ways[0], *_narrowing(sp),
        sp.s.lo, sp.s.basis,
    )  # fmt: skip
    return company, target, hops, int(done)


def strongest(
    sp: Space, companies: I32, most: I64, deadline: float
) -> tuple[I32, I32, I64, I32, int]:
    """Return company (position), target, key and relations of all ends, and who is done."""
    i, s, targets, number = sp.index, sp.s, sp.targets, len(companies)
    mark, head, barred = (
        np.full(s.entities, -1, np.int32),
        np.empty(s.entities, np.int32),
        sp.barred(),
    )
    width = int(most.max(initial=0))
    size, target = np.zeros(number, np.int64), np.empty((number, width), np.int32)
    key = np.empty((number, width), np.int64)
    relations = np.empty((number, width, max(sp.max_hops, 1)), np.int32)
    done = 0
    while done < number and (done == 0 or time.monotonic() <= deadline):
        done = strongest_kernel.strongest(  # type: ignore[call-arg]
            SLICE, companies, most, done, sp.max_hops, sp.whole(), mark, head, barred,
            i.arc_ptr, i.arcs, i.arc_since, i.arc_until, i.near, bounds(i, sp.max_hops), i.ordered,
            i.depth, sp.allowed[0], sp.ways[0], *_narrowing(sp), s.lo, s.basis, targets.is_target,
            targets.ptr, targets.since, targets.until, size, target, key, relations,
        )  # fmt: skip
    company, end = np.nonzero(np.arange(width) < size[:, None])
    return (company.astype(np.int32), target[company, end], key[company, end],
            relations[company, end], done)  # fmt: skip
