# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernel of the best paths: a depth-first walk over arcs, resumable, within a bound.

Imported only by `nthtier.queries.compiled`. Types are those of the snapshot; ``state`` arrays
keep the walk between calls, so that Python can stop it (time, Ctrl-C) between slices of work.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Why a kernel returned: all done, its slice of work is used up, its output is full.
DONE, SLICE, FULL = 0, 1, 2
NO_BOUND = np.int64(1) << 60
FAR = np.int64(2**31 - 1)
OPEN_START, OPEN_END = -(2**31), 2**31 - 1


@njit(cache=True, nogil=True)
def longer(values):
    """Return the values with as much room behind them."""
    found = np.empty(2 * len(values), values.dtype)
    found[: len(values)] = values
    return found


@njit(cache=True, nogil=True)
def _worse(key, relations, a, b, width):
    """Tell whether entry ``a`` of the heap comes after ``b`` in the stated order."""
    if key[a] != key[b]:
        return key[a] > key[b]
    for i in range(width):
        if relations[a, i] != relations[b, i]:
            return relations[a, i] > relations[b, i]
    return False


@njit(cache=True, nogil=True)
def _swap(key, relations, since, until, a, b, width):
    key[a], key[b] = key[b], key[a]
    since[a], since[b] = since[b], since[a]
    until[a], until[b] = until[b], until[a]
    for i in range(width):
        relations[a, i], relations[b, i] = relations[b, i], relations[a, i]


@njit(cache=True, nogil=True)
def _push(key, relations, since, until, size, width):
    """Let the entry at ``size`` rise to its place; the worst stands at 0."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if not _worse(key, relations, at, above, width):
            break
        _swap(key, relations, since, until, at, above, width)
        at = above


@njit(cache=True, nogil=True)
def _sink(key, relations, since, until, size, width):
    """Let the entry at 0 sink to its place among ``size`` entries."""
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            return
        if below + 1 < size and _worse(key, relations, below + 1, below, width):
            below += 1
        if not _worse(key, relations, below, at, width):
            return
        _swap(key, relations, since, until, below, at, width)
        at = below


@njit(cache=True, nogil=True)
def choosing(
    work, max_hops,
    # where the walk stands: the depth; for each depth a column of what is named below
    depth, state,
    # arcs and bounds
    arc_ptr, arcs, arc_since, arc_until, near, rest, ordered, depth_known,
    # what may be followed and where a path may end
    allowed, ways, ends, via, avoid, picks, has_day, day, least_share, share_types, bases,
    rel_lo, rel_basis,
    targets, is_target, target_ptr, target_since, target_until,
    # output
    out_size, out_key, out_relations, out_since, out_until,
):  # fmt: skip
    """Walk on from the state; returns why it stopped. The heap's worst path is the bound."""
    node, cursor, end, way = state[0], state[1], state[2], state[3]
    path, path_key, path_since, path_until = state[4], state[5], state[6], state[7]
    most = out_key.shape[0]
    d = depth[0]
    size = out_size[0]
    bound = NO_BOUND
    if size == most:
        bound = out_key[0]
    while d >= 0:
        if work <= 0:
            depth[0], out_size[0] = d, size
            return SLICE
        a, stop, w = cursor[d], end[d], way[d]
        here_key, here_since, here_until = path_key[d], path_since[d], path_until[d]
        left = max_hops - d - 1
        deeper = False
        while a < stop:
            arc = arcs[a]
            a += 1
            work -= 1
            other = np.int64(arc.other)
            if ordered:
                hops = arc.hops
                if hops > left:
                    a = stop
                    break
            else:
                hops = near[other]
                if hops > left:
                    continue
            if not allowed[d, w, arc.type]:
                continue
            key = here_key + arc.key
            target = hops == 0 and is_target[other]
            after = NO_BOUND
            if left > 0:
                after = np.int64(rest[min(left, rest.shape[0] - 1), other])
            if bound != NO_BOUND:
                # Rows are ordered by hops, then by this key: the rest of the group is worse.
                if ordered and max_hops <= depth_known:
                    low = key
                    if hops > 0:
                        low = key + rest[depth_known - 1, other]
                    if low > bound:
                        lo, hi = a, stop
                        while lo < hi:
                            middle = (lo + hi) >> 1
                            if arcs[middle].hops <= hops:
                                lo = middle + 1
                            else:
                                hi = middle
                        a = lo
                        continue
                if key > bound or (not target and key + after > bound):
                    continue
            since, until = here_since, here_until
            if arc.dated:
                if has_day and (arc_since[a - 1] > day or arc_until[a - 1] < day):
                    continue
                since, until = max(since, arc_since[a - 1]), min(until, arc_until[a - 1])
                if since > until:
                    continue
            if picks:
                if (share_types[arc.type] and least_share > 0
                        and not (rel_lo[arc.rel] >= least_share)):  # fmt: skip
                    continue
                if not bases[rel_basis[arc.rel]]:
                    continue
            seen = False
            for i in range(d + 1):
                if node[i] == other:
                    seen = True
                    break
            for i in range(avoid.shape[0]):
                if avoid[i] == other:
                    seen = True
            if seen:
                continue
            path[d] = arc.rel
            if target and ends[d + 1]:
                holds = since == OPEN_START and until == OPEN_END  # then it meets any listing
                if not holds:
                    for i in range(target_ptr[other], target_ptr[other + 1]):
                        if max(since, target_since[i]) <= min(until, target_until[i]):
                            holds = True
                            break
                for i in range(via.shape[0]):
                    touched = via[i] == other
                    for j in range(d + 1):
                        if node[j] == via[i]:
                            touched = True
                    if not touched:
                        holds = False
                if holds:
                    slot = size
                    if size == most:
                        better = key < out_key[0]
                        if key == out_key[0]:
                            for i in range(d + 1):
                                if path[i] != out_relations[0, i]:
                                    better = path[i] < out_relations[0, i]
                                    break
                        slot = 0 if better else -1
                    if slot >= 0:
                        out_key[slot], out_since[slot], out_until[slot] = key, since, until
                        for i in range(max_hops):
                            out_relations[slot, i] = path[i] if i <= d else -1
                        if size < most:
                            _push(out_key, out_relations, out_since, out_until, size, max_hops)
                            size += 1
                        else:
                            _sink(out_key, out_relations, out_since, out_until, size, max_hops)
                        if size == most:
                            bound = out_key[0]
            if left == 0:
                continue
            if target and targets <= max_hops:
                passed = 1  # a path that has been through every target leads nowhere
                for i in range(d + 1):
                    passed += is_target[node[i]]
                if passed >= targets:
                    continue
            if after >= FAR or key + after > bound:
                continue
            cursor[d] = a
            d += 1
            node[d] = other
            path_key[d], path_since[d], path_until[d] = key, since, until
            way[d] = 0
            cursor[d] = arc_ptr[2 * other]
            end[d] = arc_ptr[2 * other + 1] if ways[d, 0] else cursor[d]
            deeper = True
            break
        if deeper:
            continue
        if w == 0 and ways[d, 1]:
            way[d] = 1
            row = 2 * node[d] + 1
            cursor[d], end[d] = arc_ptr[row], arc_ptr[row + 1]
        else:
            d -= 1
    depth[0], out_size[0] = d, size
    return DONE
