# mypy: disable-error-code="no-untyped-def, no-untyped-call"
"""The numba kernel of ownership: the cascade over `Holdings`.

Imported only where the engine ``numba`` is asked for; the method is that of
`nthtier.queries.cascade`, and so are the answers.
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
