"""Screening kernel: what each of many companies reaches, in how few hops, and the best path there.

Layer by layer: a label says that an entity is reached from a company in just so many hops, at
what key, over which label before. A label is kept only where it beats every label of that entity
with fewer hops, so a best label is the end of the best simple path. The arcs followed are those
that can still arrive at a target in time.

Labels look at each relation's own dates; whether all hops of a path hold together is tested on
the paths found, and the few that fail are searched again by `nthtier.queries.paths`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nthtier.graph.index import FAR, HOP_BITS, I32, I64
from nthtier.queries.chunks import followed
from nthtier.queries.paths import Engine, best_paths, path_columns
from nthtier.queries.space import Space, bounds, interval, positions, space

#: Companies taken together, and arcs of them read at once before they are taken in halves.
_BATCH: Final[dict[Engine, int]] = {"numpy": 512, "numba": 4096}
_MOST_ARCS: Final = 1 << 21
#: Where paths are searched again, the most that are listed; and the key of no path.
_MOST_PATHS: Final = 1 << 20
_NONE: Final = np.int64(1) << 60


@dataclass(frozen=True, slots=True)
class Reached:
    """What was reached: a row for each company and target, by company, then as paths are ordered.

    ``company`` is the position in what was asked, ``target`` an entity, ``fewest`` the fewest
    hops of any path; ``key`` and ``relations`` (rows, -1 behind the last) are the best path's,
    ``since`` and ``until`` the days in which all its hops hold. After it ``done`` companies are
    screened; ``stopped_by`` says why not all will be ("time").
    """

    company: I32
    target: I32
    fewest: I32
    key: I64
    relations: I32
    since: I32
    until: I32
    done: int
    stopped_by: str | None


#: Company, target, key, fewest hops, relations of the best path, and of a path of fewest hops
#: (no rows where a day is asked, on which every path holds as a whole).
Labels = tuple[I32, I32, I64, I32, I32, I32]


def reached(
    sp: Space,
    companies: Sequence[int],
    *,
    engine: Engine = "numpy",
    seconds: float = 3600.0,
) -> Iterator[Reached]:
    """Yield every target that each company reaches within the hops, some companies a time.

    Companies come in the order asked, those of one block all together. Arguments otherwise as
    `best_paths`.

    Raises:
        ValueError: the space has a sequence of types (a path question).
    """
    if sp.selection.sequence:
        raise ValueError("screening knows no sequence of types")
    asked = np.asarray(companies, np.int32)
    deadline = time.monotonic() + seconds
    for first in range(0, len(asked), _BATCH[engine]):
        batch = asked[first : first + _BATCH[engine]]
        if engine == "numba":
            from nthtier.queries import compiled

            part = compiled.labels(sp, batch)
        else:
            part = _labels(sp, batch)
        company, target, key, fewest, relations, late = _held(sp, batch, part, engine, deadline)
        done = first + len(batch)
        late |= done < len(asked) and time.monotonic() > deadline
        stopped = "time" if late else None
        company += np.int32(first)
        yield _ordered(sp, company, target, key, fewest, relations, done, stopped)
        if stopped:
            return


def _ordered(
    sp: Space, company: I32, target: I32, key: I64, fewest: I32, relations: I32, done: int,
    stopped: str | None,
) -> Reached:  # fmt: skip
    order = np.lexsort((*relations.T[::-1], key, company))
    company, target, key = company[order], target[order], key[order]
    fewest, relations = fewest[order], relations[order]
    since, until = interval(sp.s, relations)
    return Reached(company, target, fewest, key, relations, since, until, done, stopped)


def _held(
    sp: Space, batch: I32, part: Labels, engine: Engine, deadline: float
) -> tuple[I32, I32, I64, I32, I32, bool]:
    """Keep the rows whose paths hold as a whole; search again where one does not.

    Returns the columns, and whether time ran out before all were searched again.
    """
    company, target, key, fewest, relations, first = part
    if sp.selection.day is not None:  # all relations hold on that day, and so does every path
        return company, target, key, fewest, relations, False
    fine = np.ones(len(key), bool)
    for rows in (relations, first):
        since, until = interval(sp.s, rows)
        fine &= since <= until
        fine[fine] = sp.targets.met(target[fine], since[fine], until[fine])
    key, fewest, relations = key.copy(), fewest.copy(), relations.copy()
    broken, late = np.flatnonzero(~fine), False
    for again in np.split(broken, np.flatnonzero(np.diff(company[broken])) + 1):
        if not len(again):
            break
        subject = int(batch[company[again[0]]])
        found = _all_paths(sp, subject, target[again], engine)
        if found is None:
            found = _one_by_one(sp, subject, target[again], fewest[again], engine, deadline)
        key[again], fewest[again], relations[again] = found
        fine[again] = found[0] < _NONE
        late = time.monotonic() > deadline  # the last search may have been cut short
        if late:
            break
    return company[fine], target[fine], key[fine], fewest[fine], relations[fine], late


def _all_paths(
    sp: Space, subject: int, targets: I32, engine: Engine
) -> tuple[I64, I32, I32] | None:
    """Return key (`_NONE`: no path), fewest hops and relations of the best path to each target.

    Lists all paths; None where there are too many.
    """
    sought = np.argsort(targets)
    width, seen = max(sp.max_hops, 1), 0
    key = np.full(len(targets), _NONE)
    fewest = np.full(len(targets), sp.max_hops + 1, np.int32)
    relations = np.full((len(targets), width), -1, np.int32)
    for some, rows, _, _ in path_columns(sp, subject, engine=engine):  # fmt: skip
        seen += len(some)
        if seen > _MOST_PATHS:
            return None
        at = np.full(len(some), subject)
        for column in rows.T:
            other = np.where(sp.s.src[column] == at, sp.s.dst[column], sp.s.src[column])
            at = np.where(column >= 0, other, at)
        place = positions(targets[sought].astype(np.int64), at)
        wanted = np.flatnonzero(place >= 0)
        place = sought[place[wanted]]
        # What was best so far is a candidate like the others.
        place = np.concatenate((np.arange(len(targets)), place))
        tried = np.full((len(place), width), -1, np.int32)
        tried[: len(targets)] = relations
        tried[len(targets) :, : rows.shape[1]] = rows[wanted]
        keys = np.concatenate((key, some[wanted]))
        order = np.lexsort((*tried.T[::-1], keys, place))
        first = order[np.flatnonzero(np.diff(place[order], prepend=-1))]
        key, relations = keys[first], tried[first]
        hops = (rows[wanted] >= 0).sum(axis=1).astype(np.int32)
        np.minimum.at(fewest, place[len(targets) :], hops)
    return key, fewest, relations


def _one_by_one(
    sp: Space, subject: int, targets: I32, least: I32, engine: Engine, deadline: float
) -> tuple[I64, I32, I32]:
    """Return the same by a search for each target, whose paths have ``least`` hops or more."""
    key, fewest = np.full(len(targets), _NONE), least.copy()
    relations = np.full((len(targets), max(sp.max_hops, 1)), -1, np.int32)
    for row, target in enumerate(targets.tolist()):
        hops = sp.max_hops
        while hops >= least[row] and time.monotonic() < deadline:
            only = space(sp.s, sp.targets.only(target), sp.selection, max_hops=hops, index=sp.index)
            search = best_paths(only, subject, limit=1, engine=engine)
            if not search.paths:
                break
            found = search.paths[0]
            fewest[row] = len(found.relations)
            if key[row] == _NONE:
                key[row] = (found.cost << HOP_BITS) + len(found.relations)
                relations[row, : len(found.relations)] = found.relations
            hops = len(found.relations) - 1
    return key, fewest, relations


class _Store:
    """The labels of all layers: node, key, the label before, the relation between."""

    def __init__(self) -> None:
        self.before: list[I64] = []
        self.relation: list[I32] = []
        self.size = 0

    def add(self, before: I64, relation: I32) -> I64:
        """Keep labels; returns their numbers."""
        self.before.append(before)
        self.relation.append(relation)
        self.size += len(before)
        return np.arange(self.size - len(before), self.size)

    def paths(self, labels: I64, width: int) -> I32:
        """Return the relations of the paths that end in labels, -1 behind the last."""
        before, relation = np.concatenate(self.before), np.concatenate(self.relation)
        reverse = np.full((len(labels), width), -1, np.int32)
        at = labels.copy()
        for column in range(width):
            there = before[at] >= 0
            reverse[there, column] = relation[at[there]]
            at = np.where(there, before[at], at)
        hops = (reverse >= 0).sum(axis=1)
        place = np.arange(width)[None] < hops[:, None]
        found = np.full_like(reverse, -1)
        found[place] = reverse[np.nonzero(place)[0], (hops[:, None] - 1 - np.arange(width))[place]]
        return found


def _labels(sp: Space, batch: I32) -> Labels:
    """The numpy engine for some companies at once."""
    found = _layers(sp, batch)
    if found is not None:
        return found
    half = len(batch) // 2
    low, high = _labels(sp, batch[:half]), _labels(sp, batch[half:])
    return (np.concatenate((low[0], high[0] + np.int32(half))),
            np.concatenate((low[1], high[1])), np.concatenate((low[2], high[2])),
            np.concatenate((low[3], high[3])), np.concatenate((low[4], high[4])),
            np.concatenate((low[5], high[5])))  # fmt: skip


def _layers(sp: Space, batch: I32) -> Labels | None:
    """Return the labels of targets; None where the batch is too large to be read at once."""
    index, n = sp.index, np.int64(sp.s.entities)
    rest = bounds(index, sp.max_hops)
    store = _Store()
    company = np.flatnonzero(~np.isin(batch, np.fromiter(sp.selection.avoid, np.int32)))
    node, key = batch[company].astype(np.int64), np.zeros(len(company), np.int64)
    label = store.add(np.full(len(node), -1), np.full(len(node), -1, np.int32))
    seen, seen_key = company * n + node, key.copy()
    hit_code, hit_label, hit_key = [], [], []
    for hop in range(sp.max_hops):
        left = sp.max_hops - hop - 1
        opened = np.flatnonzero(rest[min(left + 1, len(rest) - 1)][node] < FAR)
        company, node, key, label = (c[opened] for c in (company, node, key, label))
        owner, _, arcs = followed(sp, node, hop, left)
        if len(arcs) > _MOST_ARCS and len(batch) > 1:
            return None
        code = company[owner] * n + arcs["other"]
        total = key[owner] + arcs["key"]
        at = positions(seen, code)
        better = np.flatnonzero((at < 0) | (total < seen_key[at]))
        owner, rel = owner[better], arcs["rel"][better]
        code, total = code[better], total[better]
        order = np.lexsort((rel, owner, total, code))
        order = order[np.flatnonzero(np.diff(code[order], prepend=-1))]
        order = order[np.lexsort((rel[order], owner[order]))]  # labels stand in path order
        owner, code, key = owner[order], code[order], total[order]
        label = store.add(label[owner], rel[order])
        company, node = code // n, code % n
        ends = sp.targets.is_target[node]
        hit_code.append(code[ends])
        hit_label.append(label[ends])
        hit_key.append(key[ends])
        seen, seen_key = _merged(seen, seen_key, code, key)
    if not hit_code:
        none, width = np.empty(0, np.int32), max(sp.max_hops, 1)
        paths = np.empty((0, width), np.int32)
        return none, none, np.empty(0, np.int64), none, paths, paths
    codes, labels, hit_keys = (np.concatenate(c) for c in (hit_code, hit_label, hit_key))
    every, first = np.unique(codes, return_index=True)  # layers come in order, so the first is it
    last = len(codes) - 1 - np.unique(codes[::-1], return_index=True)[1]
    width = max(sp.max_hops, 1)
    firsts = store.paths(labels[first], width)
    fewest = (firsts >= 0).sum(axis=1).astype(np.int32)
    return ((every // n).astype(np.int32), (every % n).astype(np.int32), hit_keys[last], fewest,
            store.paths(labels[last], width), firsts)  # fmt: skip


def _merged(seen: I64, seen_key: I64, code: I64, key: I64) -> tuple[I64, I64]:
    """Return the best key of each code, with the new ones (each better than the old)."""
    order = np.argsort(code)
    code, key = code[order], key[order]
    at = positions(seen, code)
    known = at >= 0
    seen_key = seen_key.copy()
    seen_key[at[known]] = key[known]
    place = np.searchsorted(seen, code[~known])
    return np.insert(seen, place, code[~known]), np.insert(seen_key, place, key[~known])
