# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernel of the strongest targets: a best-first search for each company.

Imported only by `nthtier.queries.compiled`; see `nthtier.queries.strongest` for the method. What an
arc must be is written out, as in the other kernels: a call that takes arrays costs more than it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from nthtier.queries.kernels import FAR, NO_BOUND, OPEN_END, OPEN_START, longer


@njit(cache=True, nogil=True)
def _before(before, relation, a, a_relation, b, b_relation):
    """Tell whether path ``a`` + relation comes before ``b`` + relation; both are equally long."""
    less = a_relation < b_relation
    while a != b:  # the difference nearest to the start decides
        if relation[a] != relation[b]:
            less = relation[a] < relation[b]
        a, b = before[a], before[b]
    return less


@njit(cache=True, nogil=True)
def _push(promise, label, size, new_promise, new_label):
    """Put a label into the heap of ``size``; the least promise stands at 0."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if promise[above] <= new_promise:
            break
        promise[at], label[at] = promise[above], label[above]
        at = above
    promise[at], label[at] = new_promise, new_label


@njit(cache=True, nogil=True)
def _pop(promise, label, size):
    """Take the label at 0 out of the heap; ``size`` is the one without it."""
    moved, moved_label = promise[size], label[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and promise[below + 1] < promise[below]:
            below += 1
        if promise[below] >= moved:
            break
        promise[at], label[at] = promise[below], label[below]
        at = below
    promise[at], label[at] = moved, moved_label


@njit(cache=True, nogil=True)
def strongest(
    work, companies, most, start, max_hops, whole, mark, head, barred,
    arc_ptr, arcs, arc_since, arc_until, near, rest, ordered, depth_known, allowed, ways,
    picks, has_day, day, least_share, share_types, bases, rel_lo, rel_basis,
    is_target, target_ptr, target_since, target_until,
    # output: how many of each company, and their columns
    out_size, out_target, out_key, out_relations,
):  # fmt: skip
    """Search from the companies from ``start`` on; returns how many are done.

    ``mark`` is -1 for all entities at first, ``head`` anything.
    """
    node, layer, key = np.empty(512, np.int32), np.empty(512, np.int32), np.empty(512, np.int64)
    before, relation = np.empty(512, np.int32), np.empty(512, np.int32)
    since, until, behind = np.empty(512, np.int32), np.empty(512, np.int32), np.empty(512, np.int32)
    heap, heap_label = np.empty(512, np.int64), np.empty(512, np.int32)
    width = out_target.shape[1]
    # The best ends so far, in order: target, key, the label before the last hop, the last hop.
    end_target, end_key = np.empty(width + 1, np.int32), np.empty(width + 1, np.int64)
    end_label, end_relation = np.empty(width + 1, np.int32), np.empty(width + 1, np.int32)
    for c in range(start, len(companies)):
        if work <= 0:
            return c
        home = companies[c]
        out_size[c] = 0
        if barred[home] or max_hops == 0 or most[c] == 0:
            continue
        mark[home], head[home] = c, 0
        node[0], layer[0], key[0], before[0], relation[0] = home, 0, 0, -1, -1
        since[0], until[0], behind[0] = OPEN_START, OPEN_END, -1
        heap[0], heap_label[0] = 0, 0
        labels, waiting, ends = 1, 1, 0
        bound = NO_BOUND
        while waiting > 0 and heap[0] >> 6 <= bound:
            here = heap_label[0]
            waiting -= 1
            _pop(heap, heap_label, waiting)
            left = max_hops - layer[here] - 1
            bound_row = min(left, rest.shape[0] - 1)
            for way in range(2):
                if not ways[way]:
                    continue
                row = 2 * np.int64(node[here]) + way
                a, stop = arc_ptr[row], arc_ptr[row + 1]
                work -= stop - a
                while labels + stop - a > len(node):  # as many wait, at most
                    node, layer, key = longer(node), longer(layer), longer(key)
                    before, relation = longer(before), longer(relation)
                    since, until, behind = longer(since), longer(until), longer(behind)
                    heap, heap_label = longer(heap), longer(heap_label)
                while a < stop:
                    arc = arcs[a]
                    a += 1
                    other = np.int64(arc.other)
                    if ordered:
                        hops = arc.hops
                        if hops > left:
                            break
                    else:
                        hops = near[other]
                        if hops > left:
                            continue
                    if not allowed[way, arc.type]:
                        continue
                    new_key = key[here] + arc.key
                    target = hops == 0 and is_target[other] and other != home
                    after = FAR
                    if left > 0:
                        after = np.int64(rest[bound_row, other])
                    if bound != NO_BOUND:
                        # Rows are ordered by hops, then by this key: the group gets worse.
                        if ordered and max_hops <= depth_known:
                            low = new_key
                            if hops > 0:
                                low = new_key + rest[depth_known - 1, other]
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
                        if new_key > bound or (not target and new_key + after > bound):
                            continue
                    if barred[other]:
                        continue
                    first, last = since[here], until[here]
                    if arc.dated:
                        if has_day and (arc_since[a - 1] > day or arc_until[a - 1] < day):
                            continue
                        if whole:
                            first = max(first, arc_since[a - 1])
                            last = min(last, arc_until[a - 1])
                            if first > last:
                                continue
                    rel = arc.rel
                    if picks:
                        if (share_types[arc.type] and least_share > 0
                                and not (rel_lo[rel] >= least_share)):  # fmt: skip
                            continue
                        if not bases[rel_basis[rel]]:
                            continue
                    if target:
                        holds = not whole
                        if whole:
                            for i in range(target_ptr[other], target_ptr[other + 1]):
                                if max(first, target_since[i]) <= min(last, target_until[i]):
                                    holds = True
                                    break
                        if holds:
                            # It goes up past what is worse; what it had before is the one to go.
                            gone = ends
                            for i in range(ends):
                                if end_target[i] == other:
                                    gone = i
                                    break
                            at = gone
                            while at > 0:
                                above = at - 1
                                if end_key[above] < new_key or (
                                    end_key[above] == new_key
                                    and _before(before, relation, end_label[above],
                                                end_relation[above], here, rel)):  # fmt: skip
                                    break
                                at = above
                            kept = True
                            if gone < ends and (end_key[gone] < new_key or (
                                    end_key[gone] == new_key
                                    and not _before(before, relation, here, rel, end_label[gone],
                                                    end_relation[gone]))):  # fmt: skip
                                kept = False  # as good a path is known
                            if gone == ends and at == most[c]:
                                kept = False
                            if kept:
                                if gone == ends:
                                    ends = min(ends + 1, most[c])
                                    gone = min(gone, most[c] - 1)
                                for i in range(gone, at, -1):
                                    end_target[i], end_key[i] = end_target[i - 1], end_key[i - 1]
                                    end_label[i] = end_label[i - 1]
                                    end_relation[i] = end_relation[i - 1]
                                end_target[at], end_key[at] = other, new_key
                                end_label[at], end_relation[at] = here, rel
                                if ends == most[c]:
                                    bound = end_key[ends - 1]
                    if after >= FAR or new_key + after > bound:
                        continue
                    known = head[other] if mark[other] == c else -1
                    label = known
                    dropped = False
                    while label >= 0:
                        if (layer[label] <= layer[here] + 1 and key[label] <= new_key
                                and since[label] <= first and until[label] >= last):  # fmt: skip
                            if key[label] < new_key or not _before(
                                before, relation, here, rel, before[label], relation[label]
                            ):
                                dropped = True
                                break
                            if since[label] == first and until[label] == last:
                                # As good, and before it: nothing was followed from there yet.
                                before[label], relation[label] = here, rel
                                dropped = True
                                break
                        label = behind[label]
                    if dropped:
                        continue
                    node[labels], layer[labels], key[labels] = other, layer[here] + 1, new_key
                    before[labels], relation[labels], behind[labels] = here, rel, known
                    since[labels], until[labels] = first, last
                    mark[other], head[other] = c, labels
                    # Of equal promise the one of fewer hops first: then no label changes its path
                    # after it was followed.
                    promise = ((new_key + after) << 6) + layer[labels]
                    _push(heap, heap_label, waiting, promise, labels)
                    waiting += 1
                    labels += 1
        out_size[c] = ends
        for i in range(ends):
            out_target[c, i], out_key[c, i] = end_target[i], end_key[i]
            for column in range(max_hops):
                out_relations[c, i, column] = -1
            label = end_label[i]
            out_relations[c, i, layer[label]] = end_relation[i]
            while label > 0:
                out_relations[c, i, layer[label] - 1] = relation[label]
                label = before[label]
    return len(companies)
