"""Screening's other half: the targets that a company reaches by the strongest paths.

A best-first search. A *label* says that an entity is reached over some relations in so many hops,
at what key, and in which days all of them hold; labels are followed in the order of the least key
that a path over them may end with. A label is dropped where another there is better in all of
these, so no entity is on a path twice, and the search never lists paths: with a few targets among
many paths it stays as small as with many.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nthtier.graph.dates import OPEN_END, OPEN_START
from nthtier.graph.index import FAR, I32, I64
from nthtier.queries.chunks import followed
from nthtier.queries.paths import Engine
from nthtier.queries.space import Space, bounds, interval


@dataclass(frozen=True, slots=True)
class Strongest:
    """A row for each company and target: by company, then as paths are ordered.

    ``company`` is the position in what was asked, ``target`` an entity; ``key`` and ``relations``
    (rows, -1 behind the last) are those of the best path there, ``since`` and ``until`` the days
    in which all its hops hold. The first ``done`` companies are searched.
    """

    company: I32
    target: I32
    key: I64
    relations: I32
    since: I32
    until: I32
    done: int


def strongest(
    sp: Space,
    companies: Sequence[int],
    most: Sequence[int],
    *,
    engine: Engine = "numpy",
    deadline: float = float("inf"),
) -> Strongest:
    """Return of each company the targets with the best paths, ``most[i]`` of company ``i``.

    It is quicker where ``most`` is no more than there are. ``deadline`` is a time of
    `time.monotonic` after which no other company is begun. Order of paths as in
    `nthtier.queries.paths`; what a path must touch (``via``) is not looked at.
    """
    asked, number = np.asarray(companies, np.int32), np.asarray(most, np.int64)
    if engine == "numba":
        from nthtier.queries import compiled

        company, target, key, relations, done = compiled.strongest(sp, asked, number, deadline)
    else:
        company, target, key, relations, done = _searched(sp, asked, number, deadline)
    since, until = interval(sp.s, relations)
    return Strongest(company, target, key, relations, since, until, done)


#: Key, hops, entity, first and last day, relations.
_Label = tuple[int, int, int, int, int, tuple[int, ...]]
#: Key, relations and entity of a target that is reached.
_End = tuple[int, tuple[int, ...], int]


def _searched(
    sp: Space, asked: I32, number: I64, deadline: float
) -> tuple[I32, I32, I64, I32, int]:
    """The numpy engine: columns, and how many companies are done."""
    rest, barred, done = bounds(sp.index, sp.max_hops), sp.barred(), 0
    rows: list[tuple[int, _End]] = []
    for home, most in zip(asked.tolist(), number.tolist(), strict=True):
        if most and sp.max_hops and not barred[home]:
            rows += [(done, end) for end in _search(sp, rest, home, most)]
        done += 1
        if time.monotonic() > deadline:
            break
    relations = np.full((len(rows), max(sp.max_hops, 1)), -1, np.int32)
    for row, (_, (_, path, _)) in zip(relations, rows, strict=True):
        row[: len(path)] = path
    return (np.array([c for c, _ in rows], np.int32), np.array([e[2] for _, e in rows], np.int32),
            np.array([e[0] for _, e in rows], np.int64), relations, done)  # fmt: skip


def _search(sp: Space, rest: I32, home: int, most: int) -> list[_End]:
    """Return the ends of the best paths from one company, best first."""
    index, targets, whole = sp.index, sp.targets, sp.whole()
    best: dict[int, _End] = {}
    bound = 1 << 62
    start: _Label = (0, 0, home, OPEN_START, OPEN_END, ())
    labels: dict[int, list[_Label]] = {home: [start]}
    heap = [(0, start)]
    while heap and heap[0][0] <= bound:
        _, label = heapq.heappop(heap)
        key, hops, node, first, last, path = label
        if label not in labels[node]:  # replaced by one as good that comes before it
            continue
        left = sp.max_hops - hops - 1
        _, at, arcs = followed(sp, np.array([node]), 0, left)
        keys = key + arcs["key"].astype(np.int64)
        since = np.full(len(at), first, np.int32)
        until = np.full(len(at), last, np.int32)
        ends = targets.is_target[arcs["other"]] & (arcs["other"] != home)
        if whole:
            np.maximum(since, index.arc_since[at], out=since)
            np.minimum(until, index.arc_until[at], out=until)
            holds = since <= until
            ends &= holds
            arrived = np.flatnonzero(ends & (keys <= bound))
            arrived = arrived[targets.met(arcs["other"][arrived], since[arrived], until[arrived])]
        else:
            holds = np.ones(len(at), bool)
            arrived = np.flatnonzero(ends & (keys <= bound))
        for i in arrived[np.lexsort((arcs["rel"][arrived], keys[arrived]))].tolist():
            if keys[i] > bound:
                break
            end = (int(keys[i]), (*path, int(arcs["rel"][i])), int(arcs["other"][i]))
            best[end[2]] = min(end, best.get(end[2], end))
            if len(best) > most:
                del best[max(best.values())[2]]
            if len(best) == most:
                bound = max(best.values())[0]
        if not left:
            continue
        after = rest[min(left, len(rest) - 1)][arcs["other"]]
        promise = keys + after
        for i in np.flatnonzero(holds & (after < FAR) & (promise <= bound)).tolist():
            other = int(arcs["other"][i])
            new = (int(keys[i]), hops + 1, other, int(since[i]), int(until[i]),
                   (*path, int(arcs["rel"][i])))  # fmt: skip
            if _joins(labels.setdefault(other, []), new):
                heapq.heappush(heap, (int(promise[i]), new))
    return sorted(best.values())


def _joins(there: list[_Label], new: _Label) -> bool:
    """Keep a label of an entity where no other is better; returns whether it is kept."""
    for i, old in enumerate(there):
        holds = old[1] <= new[1] and old[3] <= new[3] and old[4] >= new[4]
        if holds and (old[0], old[5]) <= (new[0], new[5]):
            return False
        if old[0] == new[0] and new[3] <= old[3] and new[4] >= old[4] and new[5] < old[5]:
            there[i] = new
            return True
    there.append(new)
    return True
