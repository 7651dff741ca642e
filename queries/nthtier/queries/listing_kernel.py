# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernel that lists or counts all paths: partial paths in batches, deepest first.

Imported only by `nthtier.queries.compiled`. A depth-first walk of one path at a time waits for
memory at each entity: its row is seldom in a cache. So partial paths of one length are kept in
batches; where a batch is begun, the beginnings of all its rows are fetched, which the processor
does side by side. A batch goes on when the one behind it is full or its own is done, so memory is
bounded, and a walk can be stopped (time, Ctrl-C, output full) and taken up again.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from nthtier.queries.kernels import DONE, FAR, FULL, OPEN_END, OPEN_START, SLICE

#: Columns of a batch's place: how many partial paths, the one in turn, its direction, its arc.
SIZE, TURN, WAY, CURSOR = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def listing(
    collect, work, max_hops,
    # where the walk stands: the length in turn (and a number without meaning); by length, and then
    # by partial path: entities and relations; key and days
    depth, place, trail, held,
    # arcs and bounds
    arc_ptr, arcs, arc_since, arc_until, near, rest, ordered, depth_known,
    # what may be followed and where a path may end
    allowed, ways, ends, via, avoid, picks, has_day, day, least_share, share_types, bases,
    rel_lo, rel_basis,
    targets, is_target, target_ptr, target_since, target_until,
    # output
    counts, out_size, out_key, out_relations, out_since, out_until,
):  # fmt: skip
    """Walk on; returns why it stopped. Paths are counted, and written if ``collect``."""
    nodes, path = trail[0], trail[1]
    most, room = out_key.shape[0], nodes.shape[1]
    d, size = depth[0], out_size[0]
    while d >= 0:
        number, i = place[d, SIZE], place[d, TURN]
        if i == number:
            place[d, SIZE], place[d, TURN] = 0, 0
            d += 1 if d + 1 < max_hops and place[d + 1, SIZE] > 0 else -1
            continue
        left = max_hops - d - 1
        bound_row = min(left, rest.shape[0] - 1)
        if i == 0 and place[d, CURSOR] < 0 and len(arcs) > 0:
            for j in range(number):
                first = arc_ptr[2 * np.int64(nodes[d, j, d])]
                depth[1] += arcs[min(first, len(arcs) - 1)].hops
        waiting = place[d + 1, SIZE]
        crowded = False
        w, a = place[d, WAY], place[d, CURSOR]
        while i < number and work > 0:
            here_key, here_since, here_until = held[d, i, 0], held[d, i, 1], held[d, i, 2]
            while w < 2:
                row = 2 * np.int64(nodes[d, i, d]) + w
                stop = arc_ptr[row + 1] if ways[d, w] else np.int64(0)
                if a < 0:
                    a = arc_ptr[row]
                while a < stop:
                    if (collect and size == most) or waiting == room:
                        crowded = True
                        break
                    arc = arcs[a]
                    a += 1
                    work -= 1
                    other = np.int64(arc.other)
                    if ordered:
                        hops = arc.hops
                        if hops > left:
                            break
                    else:
                        hops = near[other]
                        if hops > left:
                            continue
                    if not allowed[d, w, arc.type]:
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
                    for j in range(d + 1):
                        seen = seen or nodes[d, i, j] == other
                    for j in range(avoid.shape[0]):
                        seen = seen or avoid[j] == other
                    if seen:
                        continue
                    target = hops == 0 and is_target[other]
                    if target and ends[d + 1]:
                        holds = since == OPEN_START and until == OPEN_END  # it meets any listing
                        if not holds:
                            for j in range(target_ptr[other], target_ptr[other + 1]):
                                if max(since, target_since[j]) <= min(until, target_until[j]):
                                    holds = True
                                    break
                        for v in range(via.shape[0]):
                            through = via[v] == other
                            for j in range(d + 1):
                                through = through or nodes[d, i, j] == via[v]
                            holds = holds and through
                        if holds:
                            counts[d + 1] += 1
                            if collect:
                                out_key[size] = here_key + arc.key
                                out_since[size], out_until[size] = since, until
                                for j in range(max_hops):
                                    out_relations[size, j] = path[d, i, j] if j < d else -1
                                out_relations[size, d] = arc.rel
                                size += 1
                    # What is so many hops from a target arrives; one itself must reach another.
                    if left == 0 or (hops == 0 and rest[bound_row, other] >= FAR):
                        continue
                    if target and targets <= max_hops:
                        passed = 1  # a path that has been through every target leads nowhere
                        for j in range(d + 1):
                            passed += is_target[nodes[d, i, j]]
                        if passed >= targets:
                            continue
                    for j in range(d + 1):
                        nodes[d + 1, waiting, j] = nodes[d, i, j]
                        path[d + 1, waiting, j] = path[d, i, j]
                    nodes[d + 1, waiting, d + 1] = other
                    path[d + 1, waiting, d] = arc.rel
                    held[d + 1, waiting, 0] = here_key + arc.key
                    held[d + 1, waiting, 1], held[d + 1, waiting, 2] = since, until
                    waiting += 1
                if crowded:
                    break
                w += 1
                a = np.int64(-1)
            if crowded:
                break
            i += 1
            w = 0
        place[d, TURN], place[d, WAY], place[d, CURSOR], place[d + 1, SIZE] = i, w, a, waiting
        if work <= 0 or (crowded and waiting < room):
            depth[0], out_size[0] = d, size
            return FULL if crowded and waiting < room else SLICE
        d += crowded
    depth[0], out_size[0] = d, size
    return DONE
