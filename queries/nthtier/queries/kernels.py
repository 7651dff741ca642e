# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernels: depth-first walks over arcs, resumable, without an object per node or path.

Imported only by `nthtier.queries.compiled`. Types are those of the snapshot; ``state`` arrays
keep the walk between calls, so that Python can stop it (time, Ctrl-C) between slices of work.
"""

from __future__ import annotations

import numpy as np
from numba import njit

COUNT, COLLECT, BEST = 0, 1, 2
#: Why `walk` returned: all done, its slice of work is used up, its output is full.
DONE, SLICE, FULL = 0, 1, 2
NO_BOUND = np.int64(1) << 60
FAR = np.int64(2**31 - 1)


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
def walk(
    mode, work, max_hops,
    # where the walk stands: the depth; for each depth the columns named below
    depth, state,
    # arcs and bounds
    arc_ptr, arc_other, arc_rel, arc_type, arc_key, arc_since, arc_until, arc_hops, near,
    rest, ordered, depth_known,
    # what may be followed and where a path may end
    allowed, ways, ends, via, avoid, picks, has_day, day, least_share, share_types, bases,
    rel_lo, rel_basis,
    targets, is_target, target_ptr, target_since, target_until,
    # output
    counts, out_size, out_key, out_relations, out_since, out_until,
):  # fmt: skip
    """Walk on from the state; returns why it stopped."""
    node, cursor, end, way = state[:, 0], state[:, 1], state[:, 2], state[:, 3]
    path, path_key, path_since, path_until = state[:, 4], state[:, 5], state[:, 6], state[:, 7]
    most = out_key.shape[0]
    d = depth[0]
    size = out_size[0]
    bound = NO_BOUND
    if mode == BEST and size == most:
        bound = out_key[0]
    while d >= 0:
        if work <= 0:
            depth[0], out_size[0] = d, size
            return SLICE
        if mode == COLLECT and size == most:
            depth[0], out_size[0] = d, size
            return FULL
        if cursor[d] >= end[d]:
            if way[d] == 0:
                way[d] = 1
                row = 2 * np.int64(node[d]) + 1
                cursor[d] = arc_ptr[row]
                end[d] = arc_ptr[row + 1] if ways[d, 1] else cursor[d]
            else:
                d -= 1
            continue
        a = cursor[d]
        cursor[d] += 1
        work -= 1
        left = max_hops - d - 1
        other = arc_other[a]
        if ordered:
            hops = arc_hops[a]
            if hops > left:
                cursor[d] = end[d]  # the rest of the row is farther still
                continue
        else:
            hops = near[other]
            if hops > left:
                continue
        if not allowed[d, way[d], arc_type[a]]:
            continue
        key = path_key[d] + arc_key[a]
        target = is_target[other]
        after = np.int64(rest[min(left, rest.shape[0] - 1), other]) if left > 0 else NO_BOUND
        if mode == BEST and bound != NO_BOUND:
            # Rows are ordered by hops, then by this key: the rest of the group is worse.
            if ordered and max_hops <= depth_known:
                low = key
                if not target:
                    low = key + rest[depth_known - 1, other]
                if low > bound:
                    lo, hi = cursor[d], end[d]
                    while lo < hi:
                        middle = (lo + hi) >> 1
                        if arc_hops[middle] <= hops:
                            lo = middle + 1
                        else:
                            hi = middle
                    cursor[d] = lo
                    continue
            if key > bound or (not target and key + after > bound):
                continue
        if has_day and (arc_since[a] > day or arc_until[a] < day):
            continue
        since = max(path_since[d], arc_since[a])
        until = min(path_until[d], arc_until[a])
        if since > until:
            continue
        rel = arc_rel[a]
        if picks:
            if share_types[arc_type[a]] and least_share > 0 and not (rel_lo[rel] >= least_share):
                continue
            if not bases[rel_basis[rel]]:
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
        path[d] = rel
        if target and ends[d + 1]:
            holds = False
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
                counts[d + 1] += 1
                if mode != COUNT:
                    slot = size
                    if mode == BEST and size == most:
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
                        if mode == COLLECT:
                            size += 1
                        elif size < most:
                            _push(out_key, out_relations, out_since, out_until, size, max_hops)
                            size += 1
                        else:
                            _sink(out_key, out_relations, out_since, out_until, size, max_hops)
                        if mode == BEST and size == most:
                            bound = out_key[0]
        if target and left > 0:
            passed = 1  # a path that has been through every target leads nowhere
            for i in range(d + 1):
                passed += is_target[node[i]]
            if passed >= targets:
                continue
        if left > 0 and after < FAR and key + after <= bound:
            d += 1
            node[d] = other
            path_key[d], path_since[d], path_until[d] = key, since, until
            way[d] = 0
            row = 2 * np.int64(other)
            cursor[d] = arc_ptr[row]
            end[d] = arc_ptr[row + 1] if ways[d, 0] else cursor[d]
    depth[0], out_size[0] = d, size
    return DONE


@njit(cache=True, nogil=True)
def _before(before, relation, a, a_relation, b, b_relation):
    """Tell whether path ``a`` + relation comes before ``b`` + relation; both are equally long."""
    less = a_relation < b_relation
    while a != b:  # the difference nearest to the start decides
        if relation[a] != relation[b]:
            less = relation[a] < relation[b]
        a, b = before[a], before[b]
    return less


#: Columns of the scratch that `reach` keeps for each entity.
MARK, LAYER, KEY, LABEL, FIRST = 0, 1, 2, 3, 4


@njit(cache=True, nogil=True)
def reach(
    companies, start, max_hops,
    arc_ptr, arc_other, arc_rel, arc_type, arc_key, arc_since, arc_until, arc_hops, near,
    rest, ordered, allowed, ways, avoid, picks, has_day, day, least_share, share_types, bases,
    rel_lo, rel_basis, is_target,
    # by entity: the company that set it, layer of its last label, best key, last and first label
    scratch,
    # labels of one company: entity, layer, key, label before, relation
    lab_node, lab_layer, lab_key, lab_before, lab_rel, hits,
    # output
    out_size, out_company, out_target, out_key, out_fewest, out_relations, out_first,
):  # fmt: skip
    """Screen companies from ``start`` on; returns the next company to do and why it stopped.

    The reason is `SLICE` where the output may not hold another company, `FULL` where the labels
    of one company do not fit.
    """
    room = lab_node.shape[0]
    c = start
    while c < companies.shape[0]:
        if out_size[0] + hits.shape[0] > out_key.shape[0]:
            return c, SLICE
        home = companies[c]
        mark = np.int64(c) + 1
        banned = False
        for i in range(avoid.shape[0]):
            banned = banned or avoid[i] == home
        if banned:
            c += 1
            continue
        scratch[home, MARK], scratch[home, LAYER], scratch[home, KEY] = mark, 0, 0
        lab_node[0], lab_layer[0], lab_key[0], lab_before[0], lab_rel[0] = home, 0, 0, -1, -1
        size, low, number = 1, 0, 0
        for layer in range(1, max_hops + 1):
            left = max_hops - layer
            high = size
            bound_row = min(left + 1, rest.shape[0] - 1)
            for here in range(low, high):
                node = lab_node[here]
                if rest[bound_row, node] >= FAR:
                    continue
                for way in range(2):
                    if not ways[way]:
                        continue
                    row = 2 * np.int64(node) + way
                    for a in range(arc_ptr[row], arc_ptr[row + 1]):
                        if ordered and arc_hops[a] > left:
                            break
                        if not allowed[way, arc_type[a]]:
                            continue
                        other = arc_other[a]
                        if not ordered and near[other] > left:
                            continue
                        key = lab_key[here] + arc_key[a]
                        known = scratch[other, MARK] == mark
                        if known and scratch[other, KEY] < key:
                            continue
                        if has_day and (arc_since[a] > day or arc_until[a] < day):
                            continue
                        rel = arc_rel[a]
                        if picks:
                            if (share_types[arc_type[a]] and least_share > 0
                                    and not (rel_lo[rel] >= least_share)):  # fmt: skip
                                continue
                            if not bases[rel_basis[rel]]:
                                continue
                        same = known and scratch[other, LAYER] == layer
                        label = scratch[other, LABEL]
                        if known and scratch[other, KEY] == key:
                            # Equal: the path that comes first in the stated order stays.
                            if same and _before(lab_before, lab_rel, here, rel,
                                                lab_before[label], lab_rel[label]):  # fmt: skip
                                lab_before[label], lab_rel[label] = here, rel
                            continue
                        barred = False
                        for i in range(avoid.shape[0]):
                            barred = barred or avoid[i] == other
                        if barred:
                            continue
                        if not same:
                            if size == room:
                                return c, FULL
                            label = size
                            size += 1
                            scratch[other, LABEL], scratch[other, LAYER] = label, layer
                            if not known:
                                scratch[other, MARK], scratch[other, FIRST] = mark, label
                                if is_target[other]:
                                    hits[number] = other
                                    number += 1
                        scratch[other, KEY] = key
                        lab_node[label], lab_layer[label], lab_key[label] = other, layer, key
                        lab_before[label], lab_rel[label] = here, rel
            low = high
        n = out_size[0]
        for i in range(number):
            target = hits[i]
            out_company[n], out_target[n], out_key[n] = c, target, scratch[target, KEY]
            out_fewest[n] = lab_layer[scratch[target, FIRST]]
            for which in range(2 if out_first.shape[0] > 0 else 1):
                label = scratch[target, LABEL] if which == 0 else scratch[target, FIRST]
                out = out_relations if which == 0 else out_first
                for column in range(out.shape[1]):
                    out[n, column] = -1
                while label > 0:
                    out[n, lab_layer[label] - 1] = lab_rel[label]
                    label = lab_before[label]
            n += 1
        out_size[0] = n
        c += 1
    return c, DONE
