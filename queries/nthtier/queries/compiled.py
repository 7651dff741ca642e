"""The numba engine: prepares the arrays, runs the kernels in slices, and collects the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import I32, I64, Flags
from nthtier.graph.ontology import BASIS, BASIS_CODE
from nthtier.queries import fewest_kernel, kernels, reach_kernel
from nthtier.queries.rings import Rings
from nthtier.queries.selection import STAKES
from nthtier.queries.space import Space, bounds

#: Arcs that a kernel reads before Python may stop it: some tens of milliseconds.
SLICE: Final = 4_000_000
#: Paths handed on at once: few first, which is all that most questions need.
_FIRST_BLOCK, _BLOCK = 2_048, 16_384
#: What the walks over a space have in common stands in it under this name.
_GIVEN: Final = "walk"


class _Walk:
    """A walk over one space and where it stands."""

    def __init__(self, sp: Space, subject: int, mode: int, most: int) -> None:
        if _GIVEN not in sp.prepared:
            sp.prepared[_GIVEN] = _given(sp)
        arc_ptr, width = sp.index.arc_ptr, max(sp.max_hops, 1)
        self.mode, self.width = mode, width
        self.depth, self.size = np.zeros(1, np.int64), np.zeros(1, np.int64)
        self.counts = np.zeros(width + 1, np.int64)
        state = np.zeros((8, width + 1), np.int64)
        first = arc_ptr[2 * subject]
        last = arc_ptr[2 * subject + 1] if sp.ways[0, 0] else first
        state[:, 0] = (subject, first, last, 0, 0, 0, OPEN_START, OPEN_END)
        if not sp.max_hops or subject in sp.selection.avoid:
            self.depth[0] = -1
        self.fixed = (sp.max_hops, self.depth, state, *sp.prepared[_GIVEN], self.counts, self.size)
        self.empty(most)

    def empty(self, most: int) -> None:
        """Begin a new output with room for ``most`` paths."""
        self.size[0] = 0
        self.key = np.empty(most, np.int64)
        self.relations = np.empty((most, self.width), np.int32)
        self.since, self.until = np.empty(most, np.int32), np.empty(most, np.int32)

    def slice(self) -> int:
        """Do some work; returns why the kernel stopped."""
        out = (self.key, self.relations, self.since, self.until)
        return int(kernels.walk(self.mode, SLICE, *self.fixed, *out))  # type: ignore[call-arg]

    def taken(self) -> tuple[I64, I32, I32, I32]:
        """Return the columns of the output so far."""
        n = int(self.size[0])
        return self.key[:n], self.relations[:n], self.since[:n], self.until[:n]


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
    walk = _Walk(sp, subject, kernels.BEST, most)
    timed_out = not _run(walk, deadline)
    key, relations, since, until = walk.taken()
    sort_keys: list[npt.NDArray[Any]] = [*relations.T[::-1], key]
    order = np.lexsort(sort_keys)
    return key[order], relations[order], since[order], until[order], timed_out


def count(sp: Space, subject: int, deadline: float) -> tuple[I64, bool]:
    """Return the number of paths by hops, and whether time ran out."""
    walk = _Walk(sp, subject, kernels.COUNT, 0)
    timed_out = not _run(walk, deadline)
    return walk.counts, timed_out


def blocks(sp: Space, subject: int) -> Iterator[tuple[I64, I32, I32, I32]]:
    """Yield all paths in blocks of columns."""
    walk = _Walk(sp, subject, kernels.COLLECT, _FIRST_BLOCK)
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


def labels(sp: Space, batch: I32) -> tuple[I32, I32, I64, I32, I32, I32]:
    """Return what `nthtier.queries.reach` asks of an engine, for some companies."""
    s = sp.s
    scratch = np.zeros((s.entities, 5), np.int64)
    avoid = np.array(sorted(sp.selection.avoid), np.int32)
    hits = np.empty(sp.targets.number, np.int32)
    width = max(sp.max_hops, 1)
    room, most = 1 << 16, max(1 << 16, len(hits))
    second = most if sp.selection.day is None else 0  # else nobody asks for the first paths
    parts: list[tuple[Any, ...]] = []
    at, reason = 0, kernels.SLICE
    while reason != kernels.DONE:
        out = (np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int64),
               np.empty(most, np.int32), np.empty((most, width), np.int32),
               np.empty((second, width), np.int32))  # fmt: skip
        label = [np.empty(room, t) for t in (np.int32, np.int32, np.int64, np.int32, np.int32)]
        size = np.zeros(1, np.int64)
        at, reason = reach_kernel.reach(  # type: ignore[call-arg]
            batch, at, sp.max_hops, *_arcs(sp), sp.allowed[0], sp.ways[0], avoid,
            *_narrowing(sp), s.lo, s.basis, sp.targets.is_target, scratch,
            *label, hits, size, *out,
        )  # fmt: skip
        if reason == kernels.FULL:
            room *= 4
            scratch[:] = 0  # the company that did not fit is done anew
        parts.append(tuple(c[: size[0]] for c in out))
    return tuple(np.concatenate(c) for c in zip(*parts, strict=True))  # type: ignore[return-value]


def rings(sp: Space, ends: I32, depth: int, most: int, barred: Flags) -> Rings | None:
    """Return what `nthtier.queries.fewest` calls rings; None where they are too large."""
    i = sp.index
    ptr, ring, target, away = fewest_kernel.rings(  # type: ignore[call-arg]
        ends, depth, most, barred, i.arc_ptr, i.arcs, i.arc_since, i.arc_until, sp.allowed[0],
        sp.ways[0], *_narrowing(sp), sp.s.lo, sp.s.basis,
    )  # fmt: skip
    return Rings(depth, ptr, ring, target, away) if len(ptr) else None


def meet(
    sp: Space, companies: I32, ends: I32, barred: Flags, around: Rings
) -> tuple[I32, I32, I32]:
    """Return company and target (positions) and fewest hops of all pairs."""
    i = sp.index
    company, target, hops = fewest_kernel.meet(  # type: ignore[call-arg]
        companies, ends, sp.max_hops, around.depth, around.ptr, around.ring, around.target,
        around.away, barred, i.arc_ptr, i.arcs, i.arc_since, i.arc_until, i.near, i.ordered,
        sp.allowed[0], sp.ways[0], *_narrowing(sp), sp.s.lo, sp.s.basis,
    )  # fmt: skip
    return company, target, hops
