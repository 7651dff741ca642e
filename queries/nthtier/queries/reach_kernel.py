# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernel of screening: layers of labels for one company after another.

Imported only by `nthtier.queries.compiled`; see `nthtier.queries.reach` for the method.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from nthtier.queries.kernels import DONE, FAR, FULL, SLICE


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
    arc_ptr, arcs, arc_since, arc_until, near, rest, ordered, allowed, ways, avoid,
    picks, has_day, day, least_share, share_types, bases,
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
                        arc = arcs[a]
                        if ordered and arc.hops > left:
                            break
                        if not allowed[way, arc.type]:
                            continue
                        other = arc.other
                        if not ordered and near[other] > left:
                            continue
                        key = lab_key[here] + arc.key
                        known = scratch[other, MARK] == mark
                        if known and scratch[other, KEY] < key:
                            continue
                        if has_day and arc.dated and (arc_since[a] > day or arc_until[a] < day):
                            continue
                        rel = arc.rel
                        if picks:
                            if (share_types[arc.type] and least_share > 0
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
