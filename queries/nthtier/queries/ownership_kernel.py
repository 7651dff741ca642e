# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernels of ownership: the cascade and effective ownership over `Holdings`.

Imported only where the engine ``numba`` is asked for; the methods are those of
`nthtier.queries.cascade` and `nthtier.queries.effective`, and so are the answers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NEVER = np.int32(2**31 - 1)


@njit(cache=True, nogil=True)
def grow(ptr, held, whole, least, certain, queue, size, joined, sums):
    """Let entities join; ``queue`` holds the ``size`` members, ``joined`` their rounds.

    Members come by rounds, so that whoever passes joins in the round after the member that
    decides. ``sums`` are, by entity, the least and the greatest stakes of members so far.
    """
    at = 0
    while at < size:
        member = queue[at]
        at += 1
        round_ = joined[member] + 1
        for a in range(ptr[member], ptr[member + 1]):
            stake = held[a]
            entity = stake.owned
            if joined[entity] != NEVER:
                continue
            sums[entity, 0] += stake.lo
            if certain:
                holds = sums[entity, 0] - max(stake.total - whole, 0)
            else:
                sums[entity, 1] += stake.hi
                slack = whole - stake.total if stake.total <= whole else whole
                holds = min(sums[entity, 1], sums[entity, 0] + slack, whole)
            if holds >= least:
                joined[entity] = round_
                queue[size] = entity
                size += 1


@njit(cache=True, nogil=True)
def spread(ptr, owned, share, is_holder, tolerance, rounds, active, change, size, have, sent):
    """Send what the holders have down the chains; returns how many still change at the end.

    ``active`` (room for all entities) begins with the ``size`` holders and ends with those that
    still change; ``change`` is what each of them sends on, ``sent`` is all zero.
    """
    touched = np.empty(active.shape[0], active.dtype)
    for _ in range(rounds):
        number = 0
        for i in range(size):
            part = change[active[i]]
            for a in range(ptr[active[i]], ptr[active[i] + 1]):
                entity = owned[a]
                if is_holder[entity] or share[a] == 0.0:
                    continue
                if sent[entity] == 0.0:
                    touched[number] = entity
                    number += 1
                sent[entity] += part * share[a]
        size = 0
        for i in range(number):
            entity = touched[i]
            arrived, sent[entity] = sent[entity], 0.0
            if arrived <= tolerance:
                continue
            now = min(have[entity] + arrived, 1.0)
            grown = now - have[entity]
            have[entity] = now
            if grown > tolerance:
                change[entity] = grown
                active[size] = entity
                size += 1
        if size == 0:
            break
    return size
