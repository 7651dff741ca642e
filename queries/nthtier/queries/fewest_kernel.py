# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernels of fewest hops: rings around the targets, and companies that meet them.

Imported only by `nthtier.queries.fewest`, where the method is explained. What an arc must be is
written out in each kernel: a call that takes arrays counts references, which costs more than it.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _longer(values):
    found = np.empty(2 * len(values), values.dtype)
    found[: len(values)] = values
    return found


@njit(cache=True, nogil=True)
def rings(targets, depth, most, barred, arc_ptr, arcs, arc_since, arc_until, allowed, ways, picks,
          has_day, day, least_share, share_types, bases, rel_lo, rel_basis):  # fmt: skip
    """Return what lies 0 to ``depth`` hops before each target, as rows by entity.

    See `nthtier.queries.fewest.Rings`. With more than ``most`` entries: empty arrays.
    """
    n = len(arc_ptr) // 2
    mark = np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    nodes, which, hops = (np.empty(1 << 12, np.int32), np.empty(1 << 12, np.int32),
                          np.empty(1 << 12, np.uint8))  # fmt: skip
    size = 0
    for t in range(len(targets)):
        if barred[targets[t]]:
            continue
        queue[0] = targets[t]
        mark[targets[t]] = t
        low, high = 0, 1
        for hop in range(depth + 1):
            while size + high - low > len(nodes):
                nodes, which, hops = _longer(nodes), _longer(which), _longer(hops)
            for i in range(low, high):
                nodes[size], which[size], hops[size] = queue[i], t, hop
                size += 1
            if size > most:
                return np.empty(0, np.int64), np.empty((0, 2), np.int32), which[:0], hops[:0]
            if hop == depth:
                break
            end = high
            for i in range(low, high):
                for way in range(2):
                    if not ways[way]:
                        continue
                    row = 2 * np.int64(queue[i]) + 1 - way  # from its far end, an arc is reversed
                    for a in range(arc_ptr[row], arc_ptr[row + 1]):
                        arc = arcs[a]
                        other = arc.other
                        if mark[other] == t or barred[other]:
                            continue
                        if not allowed[way, arc.type]:
                            continue
                        if has_day and arc.dated and (arc_since[a] > day or arc_until[a] < day):
                            continue
                        if picks:
                            if (share_types[arc.type] and least_share > 0
                                    and not (rel_lo[arc.rel] >= least_share)):  # fmt: skip
                                continue
                            if not bases[rel_basis[arc.rel]]:
                                continue
                        mark[other] = t
                        queue[end] = other
                        end += 1
            low, high = high, end
    ptr = np.zeros(n + 1, np.int64)
    for i in range(size):
        ptr[nodes[i] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    place, ring = ptr[:-1].copy(), np.empty((n, 2), np.int32)
    found, away = np.empty(size, np.int32), np.empty(size, np.uint8)
    for hop in range(depth + 1):
        if hop == depth:
            ring[:, 0], ring[:, 1] = place, ptr[1:]
        for i in range(size):
            if hops[i] == hop:
                found[place[nodes[i]]], away[place[nodes[i]]] = which[i], hop
                place[nodes[i]] += 1
    return ptr, ring, found, away


@njit(cache=True, nogil=True)
def meet(companies, targets, max_hops, depth, ptr, ring, found, away, barred, arc_ptr, arcs,
         arc_since, arc_until, near, ordered, allowed, ways, picks, has_day, day, least_share,
         share_types, bases, rel_lo, rel_basis):  # fmt: skip
    """Return company (position), target (position) and fewest hops of all pairs."""
    n, number = len(arc_ptr) // 2, len(targets)
    # The company that has been at an entity last; nobody comes to one that is barred.
    mark, queue = np.full(n, -1, np.int32), np.empty(n, np.int32)
    for v in range(n):
        if barred[v]:
            mark[v] = len(companies)
    away_from = np.zeros(number, np.uint8)  # hops from the company in turn, 0 where not met
    out_company, out_target, out_hops = (np.empty(1 << 18, np.int32), np.empty(1 << 18, np.int32),
                                         np.empty(1 << 18, np.int32))  # fmt: skip
    size = 0
    forward = max(max_hops - depth, 0)
    for c in range(len(companies)):
        home = companies[c]
        if barred[home]:
            continue
        # What is nearer than the ring is met at home only; elsewhere it was met on the way.
        for i in range(ptr[home], ptr[home + 1]):
            away_from[found[i]] = away[i]
        queue[0] = home
        mark[home] = c
        low, high = 0, 1
        for layer in range(1, forward + 1):
            left = max_hops - layer
            end = high
            for i in range(low, high):
                if near[queue[i]] > left + 1:
                    continue
                for way in range(2):
                    if not ways[way]:
                        continue
                    row = 2 * np.int64(queue[i]) + way
                    for a in range(arc_ptr[row], arc_ptr[row + 1]):
                        arc = arcs[a]
                        if ordered and arc.hops > left:
                            break
                        other = arc.other
                        if mark[other] >= c or (not ordered and near[other] > left):
                            continue
                        if not allowed[way, arc.type]:
                            continue
                        if has_day and arc.dated and (arc_since[a] > day or arc_until[a] < day):
                            continue
                        if picks:
                            if (share_types[arc.type] and least_share > 0
                                    and not (rel_lo[arc.rel] >= least_share)):  # fmt: skip
                                continue
                            if not bases[rel_basis[arc.rel]]:
                                continue
                        mark[other] = c
                        queue[end] = other
                        end += 1
                        for j in range(ring[other, 0], ring[other, 1]):
                            before = away_from[found[j]]  # no branch: it would go either way
                            away_from[found[j]] = before if before > 0 else layer + depth
            low, high = high, end
        while size + number >= len(out_hops):
            out_company, out_target = _longer(out_company), _longer(out_target)
            out_hops = _longer(out_hops)
        for t in range(number):
            out_company[size], out_target[size], out_hops[size] = c, t, away_from[t]
            size += (away_from[t] > 0) & (targets[t] != home)
            away_from[t] = 0
    return out_company[:size], out_target[:size], out_hops[:size]
