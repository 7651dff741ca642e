"""Who reaches whom: the fewest hops from many companies to each target, without the paths.

A shortest path is longer than ``depth`` hops or not. If not, it is read off the *rings*: what lies
0 to ``depth`` hops before each target, found backwards once for all companies. If it is, the
entity ``depth`` hops before its end lies on a ring, and a search forward from the company meets
that ring first in as few hops as can be. So both searches stay small where a search from one side
would not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import I32, Flags
from nthtier.queries.chunks import followed
from nthtier.queries.paths import Engine
from nthtier.queries.reach import reached
from nthtier.queries.rings import Rings
from nthtier.queries.selection import ranges
from nthtier.queries.space import Space

#: Hops that targets are searched backwards, where that pays and its rings are no longer than this.
_DEPTH: Final = 2
_MOST: Final = 50_000_000
#: Companies taken together by numba; for numpy, places of its table of who has been where.
_BATCH: Final = 1024
_PLACES: Final = 1 << 24


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
    `rings_around` gives for the same space; without them they are made. Other arguments as
    `nthtier.queries.reach.reached`, which is asked instead where no day is given and dates could
    break a path: only it looks at whole paths.

    Raises:
        ValueError: the space has a sequence of types (a path question).
    """
    if sp.selection.sequence or (sp.selection.day is None and _dated(sp)):
        for part in reached(sp, companies, engine=engine, seconds=seconds):
            order = np.lexsort((part.target, part.company))
            yield Pairs(part.company[order], part.target[order], part.fewest[order], part.done,
                        part.stopped_by)  # fmt: skip
        return
    s, targets = sp.s, sp.targets
    asked, deadline = np.asarray(companies, np.int32), time.monotonic() + seconds
    ends = np.flatnonzero(targets.is_target).astype(np.int32)
    barred = _barred(sp)
    if rings is None:
        few = 4 * len(asked) <= len(ends)  # then a search from the companies alone is smaller
        rings = _rings(sp, ends, barred, 0 if few else min(_DEPTH, sp.max_hops), engine)
    batch = _BATCH if engine == "numba" else max(1, min(_BATCH, _PLACES // max(s.entities, 1)))
    scratch = np.full(0 if engine == "numba" else batch * s.entities, -1, np.int32)
    for first in range(0, len(asked), batch):
        part_of = asked[first : first + batch]
        if engine == "numba":
            from nthtier.queries import compiled

            company, target, hops = compiled.meet(sp, part_of, ends, barred, rings)
        else:
            company, target, hops = _meet(sp, part_of, ends, barred, rings, scratch)
        done = first + len(part_of)
        late = done < len(asked) and time.monotonic() > deadline
        yield Pairs(company + np.int32(first), ends[target], hops, done, "time" if late else None)
        if late:
            return


def rings_around(sp: Space, *, engine: Engine = "numpy") -> Rings:
    """Return the rings that `fewest` needs, for one who asks it several times."""
    ends = np.flatnonzero(sp.targets.is_target).astype(np.int32)
    return _rings(sp, ends, _barred(sp), min(_DEPTH, sp.max_hops), engine)


def _barred(sp: Space) -> Flags:
    barred: Flags = np.zeros(sp.s.entities, bool)
    barred[list(sp.selection.avoid)] = True
    return barred


def _dated(sp: Space) -> bool:
    """Tell whether a path could fail to hold as a whole: what always holds meets any interval."""
    followed = sp.allowed[0].any(axis=0)
    return any(
        bool(followed[sp.s.type[ends]].any())
        for ends in (np.flatnonzero(sp.s.since > OPEN_START), np.flatnonzero(sp.s.until < OPEN_END))
    )


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
    s, index, n = sp.s, sp.index, np.int64(sp.s.entities)
    open_ = np.flatnonzero(~barred[ends])
    code = open_ * n + ends[open_]  # target and entity
    layers, seen = [code], code
    forward, backward = sp.allowed[0]
    for _ in range(depth):
        node = code % n
        first, middle, last = (index.arc_ptr[2 * node + i] for i in range(3))
        if sum(map(len, layers)) + int((last - first).sum()) > _MOST:
            return None
        arc = ranges(first, last - first)
        owner = np.repeat(np.arange(len(node)), last - first)
        arcs = index.arcs.take(arc)
        types, other = arcs["type"], arcs["other"]
        # An arc that leaves an entity forward is, read towards it, a backward one.
        kept = np.where(arc < middle[owner], backward[types], forward[types]) & ~barred[other]
        kept &= sp.selection.keeps(s, arcs["rel"], index.arc_since[arc], index.arc_until[arc])
        code = np.unique(code[owner[kept]] // n * n + other[kept])
        code = code[~np.isin(code, seen, assume_unique=True)]
        layers.append(code)
        seen = np.concatenate((seen, code))
    away = np.repeat(np.arange(depth + 1, dtype=np.uint8), [len(x) for x in layers])
    node = seen % n
    order = np.lexsort((away, node))
    ptr = np.concatenate(([0], np.cumsum(np.bincount(node, minlength=int(n)))))
    first = ptr[1:] - np.bincount(layers[depth] % n, minlength=int(n))
    ring = np.column_stack((first, ptr[1:])).astype(np.int32)
    return Rings(depth, ptr, ring, (seen // n)[order].astype(np.int32), away[order])


def _meet(
    sp: Space, companies: I32, ends: I32, barred: Flags, rings: Rings, place: I32
) -> tuple[I32, I32, I32]:
    """The numpy engine for some companies at once.

    ``place`` is -1 for every company and entity, and left so.
    """
    n, number = np.int64(sp.s.entities), len(ends)
    hops = np.zeros((len(companies), number), np.uint8)
    company = np.flatnonzero(~barred[companies])
    home = companies[company].astype(np.int64)
    been = [company * n + home]
    place[been[0]] = 0
    met = []
    node = home
    for layer in range(1, sp.max_hops - rings.depth + 1):
        left = sp.max_hops - layer
        owner, _, arcs = followed(sp, node, 0, left)
        code = company[owner] * n + arcs["other"]
        code = code[place[code] < 0]
        turn = np.arange(len(code), dtype=np.int32)
        place[code] = turn
        code = code[place[code] == turn]  # each once
        been.append(code)
        company, node = code // n, code % n
        first, last = rings.ring.take(node, axis=0).T
        counts = last - first
        entry = ranges(first, counts)
        met.append((np.repeat(company, counts) * number + rings.target[entry],
                    layer + rings.depth))  # fmt: skip
    flat = hops.reshape(-1)
    for cell, far in reversed(met):  # the nearest is written last
        flat[cell] = far
    owner = np.repeat(been[0] // n, rings.ptr[home + 1] - rings.ptr[home])
    entry = ranges(rings.ptr[home], rings.ptr[home + 1] - rings.ptr[home])
    hops[owner, rings.target[entry]] = rings.away[entry]
    for code in been:
        place[code] = -1
    found, target = np.nonzero(hops)
    return found.astype(np.int32), target.astype(np.int32), hops[found, target].astype(np.int32)
