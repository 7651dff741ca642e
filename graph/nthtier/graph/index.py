"""The index: relations as arcs ordered towards a set of targets, with exact lower bounds.

An *arc* is a relation read in one direction. Row ``2v`` holds the arcs that leave entity ``v``
along its relations (forward), row ``2v + 1`` those against them (backward). A *key* is
``cost * 64 + hops``: one integer that adds up along a path and orders paths by cost, then hops.

Within a row, arcs come nearest to a target first (by their hops), then by the least key of a path
over them, so that a search leaves a row at the first arc that cannot arrive in time. The version
keeps one index, for everything that was ever listed and all relation types in both directions.
Whatever a query leaves out (types, dates, lists) only removes paths, so its bounds still hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.dates import OPEN_END, OPEN_START

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Arcs = npt.NDArray[np.void]
U8 = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

#: Hops for which the kept index has bounds.
DEPTH: Final = 6
#: The bound of what no path reaches; a bound that would be larger is cut to one less.
FAR: Final = 2**31 - 1
#: A key's lowest bits count hops.
HOP_BITS: Final = 6
#: An arc: the entity at its other end, relation row, key, type code, hops (`near` of the other
#: end) and whether it holds on some days only. One record, because a search that reads any of it
#: reads most of it, and memory is fetched in lines of four records.
ARC: Final = np.dtype([("other", "<i4"), ("rel", "<i4"), ("key", "<i4"), ("type", "u1"),
                       ("hops", "u1"), ("dated", "<u2")])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Index:
    """Arcs (A of them, N entities) and bounds towards one set of targets.

    ``rest[d, v]`` is the least key of 1 to ``d`` hops from ``v`` to a target (`FAR`: none), for
    ``d`` up to the depth; ``near[v]`` the fewest hops, 0 for a target, depth + 1 for more.
    ``arcs`` are records (see `ARC`) whose days are ``arc_since`` to ``arc_until``. ``arriving``
    counts for each row the arcs that end at a target, its first; it is empty where rows are not
    ordered, and ``hops`` of an arc then means nothing. ``least`` is the least key of any arc.
    """

    arc_ptr: I64
    arcs: Arcs
    arc_since: I32
    arc_until: I32
    arriving: I32
    near: U8
    rest: I32
    least: int

    @property
    def depth(self) -> int:
        """The hops for which there are bounds."""
        return len(self.rest) - 1

    @property
    def ordered(self) -> bool:
        """Whether rows are ordered towards these targets."""
        return len(self.arriving) == len(self.arc_ptr) - 1

    def bound(self, hops: int) -> I32:
        """Return for each entity a key that no path of 1 to ``hops`` hops to a target is below."""
        if hops <= self.depth:
            found: I32 = self.rest[hops]
            return found
        beyond = min((self.depth + 1) * self.least, FAR - 1)
        cut: I32 = np.minimum(self.rest[self.depth], np.int32(beyond))
        return cut


def keys(cost: I32) -> I32:
    """Return the keys of arcs of these costs.

    >>> keys(np.array([3], np.int32)).tolist()
    [193]
    """
    found: I32 = np.minimum((cost.astype(np.int64) << HOP_BITS) + 1, FAR - 1).astype(np.int32)
    return found


def arcs(relations: Mapping[str, npt.NDArray[Any]], n: int) -> dict[str, npt.NDArray[Any]]:
    """Return the arcs of relations, both ways, between ``n`` entities.

    ``relations`` holds the snapshot's arrays ``src``, ``dst``, ``type``, ``cost``, ``since``,
    ``until`` and ``in_rel``.
    A relation of an entity to itself is on no simple path and gives no arc.
    """
    src, dst, in_rel = relations["src"], relations["dst"], relations["in_rel"]
    proper = src != dst
    ahead = np.flatnonzero(proper).astype(np.int32)
    back = in_rel[proper[in_rel]]
    owner = np.concatenate((src[ahead].astype(np.int64) * 2, dst[back].astype(np.int64) * 2 + 1))
    order = np.argsort(owner, kind="stable")  # two sorted runs: a merge
    rel = np.concatenate((ahead, back))[order]
    other = np.concatenate((dst[ahead], src[back]))[order]
    counts = np.bincount(owner, minlength=2 * n)
    since, until = relations["since"][rel], relations["until"][rel]
    made = np.zeros(len(rel), ARC)
    made["other"], made["rel"], made["type"] = other, rel, relations["type"][rel]
    made["key"], made["dated"] = keys(relations["cost"][rel]), dated(since, until)
    return {
        "arc_ptr": np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        "arcs": made,
        "arc_since": since,
        "arc_until": until,
    }


def dated(since: I32, until: I32) -> Flags:
    """Tell of which arcs days are known at all."""
    found: Flags = (since != OPEN_START) | (until != OPEN_END)
    return found


def aimed(found: Mapping[str, npt.NDArray[Any]], is_target: Flags, depth: int) -> Index:
    """Return the index that arcs make towards targets, rows ordered.

    The bounds are ``depth`` rounds of Bellman-Ford from the targets backwards.
    """
    ptr, arcs = found["arc_ptr"], found["arcs"]
    other, key = (np.ascontiguousarray(arcs[name]) for name in ("other", "key"))
    n = (len(ptr) - 1) // 2
    rest = np.full((depth + 1, n), FAR, np.int32)
    arrived = np.where(is_target, 0, FAR).astype(np.int32)
    rows, filled = ptr[:-1:2], np.flatnonzero(ptr[2::2] > ptr[:-1:2])
    for d in range(1, depth + 1):
        after = np.minimum(rest[d - 1], arrived)
        here = _sum(key, after[other])
        rest[d] = rest[d - 1]
        if len(filled):
            least = np.minimum.reduceat(here, rows[filled])
            rest[d, filled] = np.minimum(rest[d, filled], least)
    near = np.where(is_target, 0, depth + 1).astype(np.uint8)
    for d in range(depth, 0, -1):
        near[(rest[d] < FAR) & ~is_target] = d
    hops = near[other]
    low = _sum(key, np.minimum(rest[max(depth - 1, 0)], arrived)[other])
    owner = np.repeat(np.arange(2 * n), np.diff(ptr))
    arriving = np.bincount(owner[hops == 0], minlength=2 * n).astype(np.int32)
    order = np.argsort((owner << 34) | (hops.astype(np.int64) << 31) | low, kind="stable")
    lowest = int(key.min()) if len(key) else 1
    del owner, low, other, key
    arcs = arcs.take(order)
    arcs["hops"] = hops[order]
    return Index(ptr, arcs, found["arc_since"][order], found["arc_until"][order], arriving, near,
                 rest, lowest)  # fmt: skip


def _sum(key: I32, after: I32) -> I32:
    """Add keys; far stays far, and what is not far stays below it."""
    total = np.minimum(key.astype(np.int64) + after, FAR - 1)
    total[after == FAR] = FAR
    found: I32 = total.astype(np.int32)
    return found
