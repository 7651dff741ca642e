# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernels of fewest hops: rings around the targets, and companies that meet them.

Imported only by `nthtier.queries.fewest`, where the method is explained. What an arc must be is
written out in each kernel: a call that takes arrays counts references, which costs more than it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from nthtier.queries.kernels import OPEN_END, OPEN_START, longer


@njit(cache=True, nogil=True)
def rings(targets, ends_ptr, ends_since, ends_until, whole, depth, most, barred, arc_ptr, arcs,
          arc_since, arc_until, allowed, ways, picks, has_day, day, least_share, share_types, bases,
          rel_lo, rel_basis):  # fmt: skip
    """Return what lies 0 to ``depth`` hops before each target, as rows by entity.

    See `nthtier.queries.rings.Rings`. With more than ``most`` entries: empty arrays.
    """
    n = len(arc_ptr) // 2
    mark, head = np.full(n, -1, np.int32), np.empty(n, np.int32)
    # Labels of all targets: where, which target, how far, in which days, the one before it there.
    nodes, which, hops = (np.empty(1 << 12, np.int32), np.empty(1 << 12, np.int32),
                          np.empty(1 << 12, np.uint8))  # fmt: skip
    since, until, behind = (np.empty(1 << 12, np.int32), np.empty(1 << 12, np.int32),
                            np.empty(1 << 12, np.int32))  # fmt: skip
    size = 0
    for t in range(len(targets)):
        home = targets[t]
        if barred[home]:
            continue
        mark[home], head[home] = t, -1
        low = size
        for i in range(ends_ptr[home], ends_ptr[home + 1] if whole else ends_ptr[home] + 1):
            if size == len(nodes):
                nodes, which, hops = longer(nodes), longer(which), longer(hops)
                if whole:
                    since, until, behind = longer(since), longer(until), longer(behind)
            nodes[size], which[size], hops[size] = home, t, 0
            if whole:
                since[size], until[size], behind[size] = ends_since[i], ends_until[i], head[home]
                head[home] = size
            size += 1
        for hop in range(1, depth + 1):
            high = size
            for here in range(low, high):
                for way in range(2):
                    if not ways[way]:
                        continue
                    row = 2 * np.int64(nodes[here]) + 1 - way  # an arc reversed, from its far end
                    # Room is made out here: an array that an inner loop may exchange is slow there.
                    while size + arc_ptr[row + 1] - arc_ptr[row] > len(nodes):
                        if size > most:
                            return _none()
                        nodes, which, hops = longer(nodes), longer(which), longer(hops)
                        if whole:
                            since, until, behind = longer(since), longer(until), longer(behind)
                    for a in range(arc_ptr[row], arc_ptr[row + 1]):
                        arc = arcs[a]
                        other = arc.other
                        seen = mark[other] == t
                        if (seen and not whole) or barred[other]:
                            continue
                        if not allowed[way, arc.type]:
                            continue
                        first, last = OPEN_START, OPEN_END
                        if whole:
                            first = max(since[here], arc_since[a])
                            last = min(until[here], arc_until[a])
                            if first > last:
                                continue
                        if has_day and arc.dated and (arc_since[a] > day or arc_until[a] < day):
                            continue
                        if picks:
                            if (share_types[arc.type] and least_share > 0
                                    and not (rel_lo[arc.rel] >= least_share)):  # fmt: skip
                                continue
                            if not bases[rel_basis[arc.rel]]:
                                continue
                        known = head[other] if seen else -1
                        label = known
                        while label >= 0 and (since[label] > first or until[label] < last):
                            label = behind[label]
                        if label >= 0:  # no farther, and it holds on all these days
                            continue
                        nodes[size], which[size], hops[size] = other, t, hop
                        mark[other] = t
                        if whole:
                            since[size], until[size], behind[size] = first, last, known
                            head[other] = size
                        size += 1
            low = high
    if size > most:
        return _none()
    ptr = np.zeros(n + 1, np.int64)
    for i in range(size):
        ptr[nodes[i] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    place, ring = ptr[:-1].copy(), np.empty((n, 2), np.int32)
    found, away = np.empty(size, np.int32), np.empty(size, np.uint8)
    kept = size if whole else 0
    first_day, last_day = np.empty(kept, np.int32), np.empty(kept, np.int32)
    for hop in range(depth + 1):
        if hop == depth:
            ring[:, 0], ring[:, 1] = place, ptr[1:]
        for i in range(size):
            if hops[i] == hop:
                at = place[nodes[i]]
                found[at], away[at] = which[i], hop
                if whole:
                    first_day[at], last_day[at] = since[i], until[i]
                place[nodes[i]] += 1
    return ptr, ring, found, away, first_day, last_day


@njit(cache=True, nogil=True)
def _none():
    days = np.empty(0, np.int32)
    return (np.empty(0, np.int64), np.empty((0, 2), np.int32), days, np.empty(0, np.uint8), days,
            days)  # fmt: skip


@njit(cache=True, nogil=True)
def meet(work, companies, targets, whole, max_hops, depth, ptr, ring, found, away, ring_since,
         ring_until, barred, arc_ptr, arcs, arc_since, arc_until, near, ordered, allowed, ways,
         picks, has_day, day, least_share, share_types, bases, rel_lo, rel_basis):  # fmt: skip
    """Return company (position), target (position) and fewest hops of all pairs, and who is done.

    No other company is begun after ``work`` arcs.
    """
    n, number = len(arc_ptr) // 2, len(targets)
    # The company that has been at an entity last; nobody comes to one that is barred.
    mark, head = np.full(n, -1, np.int32), np.empty(n, np.int32)
    for v in range(n):
        if barred[v]:
            mark[v] = len(companies)
    # Labels of the company in turn: where, in which days, the one before it there.
    nodes, behind = np.empty(1 << 12, np.int32), np.empty(1 << 12, np.int32)
    since, until = np.empty(1 << 12, np.int32), np.empty(1 << 12, np.int32)
    away_from = np.zeros(number, np.uint8)  # hops from the company in turn, 0 where not met
    out_company, out_target, out_hops = (np.empty(1 << 18, np.int32), np.empty(1 << 18, np.int32),
                                         np.empty(1 << 18, np.int32))  # fmt: skip
    size = 0
    forward = max(max_hops - depth, 0)
    for c in range(len(companies)):
        if work <= 0:
            return out_company[:size], out_target[:size], out_hops[:size], c
        home = companies[c]
        if barred[home]:
            continue
        # What is nearer than the ring is met at home only; elsewhere it was met on the way.
        for i in range(ptr[home + 1] - 1, ptr[home] - 1, -1):  # the nearest is written last
            away_from[found[i]] = away[i]
        nodes[0], behind[0], since[0], until[0] = home, -1, OPEN_START, OPEN_END
        mark[home], head[home] = c, 0
        low, high = 0, 1
        for layer in range(1, forward + 1):
            left = max_hops - layer
            end = high
            for here in range(low, high):
                if near[nodes[here]] > left + 1:
                    continue
                for way in range(2):
                    if not ways[way]:
                        continue
                    row = 2 * np.int64(nodes[here]) + way
                    work -= arc_ptr[row + 1] - arc_ptr[row]
                    while end + arc_ptr[row + 1] - arc_ptr[row] > len(nodes):
                        nodes = longer(nodes)
                        if whole:
                            since, until, behind = longer(since), longer(until), longer(behind)
                    for a in range(arc_ptr[row], arc_ptr[row + 1]):
                        arc = arcs[a]
                        if ordered and arc.hops > left:
                            break
                        other = arc.other
                        last_at = mark[other]
                        if last_at > c or (last_at == c and not whole):
                            continue
                        if not ordered and near[other] > left:
                            continue
                        if not allowed[way, arc.type]:
                            continue
                        first, last = OPEN_START, OPEN_END
                        if whole:
                            first = max(since[here], arc_since[a])
                            last = min(until[here], arc_until[a])
                            if first > last:
                                continue
                        if has_day and arc.dated and (arc_since[a] > day or arc_until[a] < day):
                            continue
                        if picks:
                            if (share_types[arc.type] and least_share > 0
                                    and not (rel_lo[arc.rel] >= least_share)):  # fmt: skip
                                continue
                            if not bases[rel_basis[arc.rel]]:
                                continue
                        known = head[other] if last_at == c else -1
                        label = known
                        while label >= 0 and (since[label] > first or until[label] < last):
                            label = behind[label]
                        if label >= 0:  # no farther, and it holds on all these days
                            continue
                        nodes[end], mark[other] = other, c
                        end += 1
                        if not whole:
                            for j in range(ring[other, 0], ring[other, 1]):
                                before = away_from[found[j]]  # no branch: it would go either way
                                away_from[found[j]] = before if before > 0 else layer + depth
                            continue
                        since[end - 1], until[end - 1], behind[end - 1] = first, last, known
                        head[other] = end - 1
                        for j in range(ring[other, 0], ring[other, 1]):
                            before = away_from[found[j]]
                            meets = max(first, ring_since[j]) <= min(last, ring_until[j])
                            far = layer + depth if meets else 0
                            away_from[found[j]] = before if before > 0 else far
            low, high = high, end
        while size + number >= len(out_hops):
            out_company, out_target = longer(out_company), longer(out_target)
            out_hops = longer(out_hops)
        for t in range(number):
            out_company[size], out_target[size], out_hops[size] = c, t, away_from[t]
            size += (away_from[t] > 0) & (targets[t] != home)
            away_from[t] = 0
    return out_company[:size], out_target[:size], out_hops[:size], len(companies)
