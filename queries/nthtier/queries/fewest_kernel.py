# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernels of fewest hops: rings around the targets, and companies that meet them.

Imported only by `nthtier.queries.fewest`, where the method is explained.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _passes(a, arc, way, allowed, arc_since, arc_until, has_day, day, picks, least_share,
            share_types, bases, rel_lo, rel_basis):  # fmt: skip
    """Tell whether an arc may be read in a direction (0 along its relation, 1 against it)."""
    if not allowed[way, arc.type]:
        return False
    if has_day and arc.dated and (arc_since[a] > day or arc_until[a] < day):
        return False
    if picks:
        if share_types[arc.type] and least_share > 0 and not (rel_lo[arc.rel] >= least_share):
            return False
        if not bases[rel_basis[arc.rel]]:
            return False
    return True


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
                none = np.empty(0, np.int64)
                return none, none, which[:0], hops[:0]
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
                        if _passes(a, arc, way, allowed, arc_since, arc_until, has_day, day, picks,
                                   least_share, share_types, bases, rel_lo,
                                   rel_basis):  # fmt: skip
                            mark[other] = t
                            queue[end] = other
                            end += 1
            low, high = high, end
    ptr = np.zeros(n + 1, np.int64)
    for i in range(size):
        ptr[nodes[i] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    place, ring = ptr[:-1].copy(), ptr[:-1].copy()
    found, away = np.empty(size, np.int32), np.empty(size, np.uint8)
    for hop in range(depth + 1):
        if hop == depth:
            ring[:] = place
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
    mark, queue = np.full(n, -1, np.int32), np.empty(n, np.int32)
    away_from = np.zeros(number, np.uint8)  # hops from the company in turn, 0 where not met
    out_company, out_target, out_hops = (np.empty(1 << 14, np.int32), np.empty(1 << 14, np.int32),
                                         np.empty(1 << 14, np.int32))  # fmt: skip
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
                        if mark[other] == c or near[other] > left or barred[other]:
                            continue
                        if not _passes(a, arc, way, allowed, arc_since, arc_until, has_day, day,
                                       picks, least_share, share_types, bases, rel_lo,
                                       rel_basis):  # fmt: skip
                            continue
                        mark[other] = c
                        queue[end] = other
                        end += 1
                        for j in range(ring[other], ptr[other + 1]):
                            if away_from[found[j]] == 0:
                                away_from[found[j]] = layer + depth
            low, high = high, end
        while size + number > len(out_hops):
            out_company, out_target = _longer(out_company), _longer(out_target)
            out_hops = _longer(out_hops)
        for t in range(number):
            if away_from[t] > 0:
                if targets[t] != home:
                    out_company[size], out_target[size], out_hops[size] = c, t, away_from[t]
                    size += 1
                away_from[t] = 0
    return out_company[:size], out_target[:size], out_hops[:size]
