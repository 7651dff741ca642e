"""A snapshot with some relations taken out and others put in, made without building it anew.

A changed relation (another share, another end) is one taken out and one put in. Cost: one pass
over the arrays, no sorting; the index keeps its arcs and loses its order and bounds until
`reaimed` makes them again, which only a search of many companies repays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph import index
from nthtier.graph.index import I32, I64
from nthtier.graph.ontology import CODE
from nthtier.graph.snapshot import Snapshot, hop_cost, indexed, pointers

_OWN: Final = ("src", "type", "dst", "since", "until", "lo", "hi", "basis")


@dataclass(frozen=True, slots=True)
class Row:
    """One relation to put in: entities, codes of type and basis, days, percent (nan: unknown)."""

    src: int
    type: int
    dst: int
    since: int
    until: int
    lo: float
    hi: float
    basis: int


@dataclass(frozen=True, slots=True)
class Patched:
    """The new snapshot, and where its rows come from.

    ``old_relation[r]`` is the row in the old snapshot, or ``-1 - k`` for the ``k``-th put in;
    ``new_relation`` the reverse (-1: taken out); ``old_listing`` is for listings what
    ``old_relation`` is. The snapshot's ``evidence`` is void: statements of its relations are
    those of the old rows.
    """

    snapshot: Snapshot
    old_relation: I64
    new_relation: I32
    old_listing: I64


def patched(
    s: Snapshot, removed: Sequence[int], added: Sequence[Row], names: Sequence[Sequence[int]] = ()
) -> Patched:
    """Return ``s`` without the rows ``removed`` and with those ``added``, in their places.

    Each item of ``names`` makes one more entity, found under these hashes.
    """
    n = s.entities + len(names)
    keep = np.ones(s.relations, bool)
    keep[list(removed)] = False
    kept = np.flatnonzero(keep)
    order = sorted(range(len(added)), key=lambda k: _key(added[k]))
    rows = [added[k] for k in order]
    place = np.array([_place(s, keep, row) for row in rows], np.int64)
    old = np.insert(kept, place, [-1 - k for k in order])
    new = np.full(s.relations, -1, np.int32)
    new[old[old >= 0]] = np.flatnonzero(old >= 0)
    at = place + np.arange(len(rows))
    arrays: dict[str, Any] = {}
    for name in _OWN:
        column = getattr(s, name)
        values = np.array([getattr(r, name) for r in rows], column.dtype)
        arrays[name] = np.insert(column[kept], place, values)
    put = {name: arrays[name][at] for name in _OWN}
    cost = hop_cost(put["type"], put["basis"], put["lo"], put["hi"])
    arrays["cost"] = np.insert(s.cost[kept], place, cost)
    arrays["evidence"] = np.append(np.insert(s.evidence[:-1][kept], place, 0), s.evidence[-1])
    arrays["out_ptr"] = pointers(arrays["src"], n)
    arrays["in_ptr"] = pointers(arrays["dst"], n)
    arrays["in_rel"] = _arriving(s, new, put["dst"], at, pointers(s.dst[kept], n))
    grown = np.full(len(names), s.described[-1], s.described.dtype)
    arrays["described"] = np.concatenate((s.described, grown))
    arrays |= _names(s, names)
    listing = at[put["type"] == CODE["LISTED_ON"]]
    old_listing = _listings(s, arrays, new, old, listing, n)
    arrays |= _arcs(s, new, put, at, cost, n)
    return Patched(Snapshot(**arrays), old, new, old_listing)


def reaimed(s: Snapshot) -> Snapshot:
    """Return the snapshot with its index ordered and bounded again."""
    return replace(s, **indexed({f.name: getattr(s, f.name) for f in fields(Snapshot)}))


def _key(row: Row) -> tuple[int, ...]:
    return (row.src, row.type, row.dst, row.since, row.until)


def _place(s: Snapshot, keep: npt.NDArray[np.bool_], row: Row) -> int:
    """Return how many of the kept rows stand before a new one, in the order of a build."""
    first, last = (s.relations,) * 2
    if row.src < s.entities:
        first, last = int(s.out_ptr[row.src]), int(s.out_ptr[row.src + 1])
    wanted = _key(row)
    while first < last:
        middle = (first + last) // 2
        found = tuple(int(getattr(s, name)[middle]) for name in _OWN[:5])
        first, last = (middle + 1, last) if found <= wanted else (first, middle)
    return int(np.count_nonzero(keep[:first]))


def _arriving(s: Snapshot, new: I32, dst: I32, at: I64, ptr: I64) -> I32:
    """Return ``in_rel``: rows by their end, ascending within it."""
    kept = new[s.in_rel]
    kept = kept[kept >= 0]
    spots = [
        (int(ptr[d] + np.searchsorted(kept[ptr[d] : ptr[d + 1]], row)), d, row)
        for d, row in zip(dst.tolist(), at.tolist(), strict=True)
    ]
    spots.sort()
    where, rows = [p for p, _, _ in spots], [r for _, _, r in spots]
    found: I32 = np.insert(kept, where, rows).astype(np.int32)
    return found


def _names(s: Snapshot, names: Sequence[Sequence[int]]) -> dict[str, npt.NDArray[Any]]:
    pairs = [(h, s.entities + i) for i, hashes in enumerate(names) for h in hashes]
    hashes = np.concatenate((s.name_hash, np.array([h for h, _ in pairs], np.uint64)))
    owners = np.concatenate((s.name_entity, np.array([e for _, e in pairs], np.int32)))
    if not pairs:
        return {"name_hash": hashes, "name_entity": owners}
    order = np.lexsort((owners, hashes))
    return {"name_hash": hashes[order], "name_entity": owners[order]}


def _listings(s: Snapshot, arrays: dict[str, Any], new: I32, old: I64, added: I64, n: int) -> I64:
    """Fill in the listings; returns where each comes from."""
    moved = new[s.listing_rel]
    rel = np.concatenate((moved[moved >= 0], added))
    number = np.concatenate((np.flatnonzero(moved >= 0), old[added]))
    order = np.argsort(rel, kind="stable")
    rel = rel[order].astype(np.int32)
    arrays["listing_rel"] = rel
    arrays["listing_list"] = arrays["dst"][rel]
    arrays["listing_ptr"] = pointers(arrays["src"][rel], n)
    found: I64 = number[order].astype(np.int64)
    return found


def _arcs(
    s: Snapshot, new: I32, put: dict[str, Any], at: I64, cost: I32, n: int
) -> dict[str, npt.NDArray[Any]]:
    """Return the index's arrays: its arcs, in no order, without bounds."""
    rel = new[s.arcs["rel"]]
    kept = rel >= 0
    ptr = np.concatenate(([0], np.cumsum(kept)))[s.arc_ptr]
    ptr = np.concatenate((ptr, np.full(2 * n + 1 - len(ptr), ptr[-1])))
    proper = np.flatnonzero(put["src"] != put["dst"])
    src, dst = put["src"][proper].astype(np.int64), put["dst"][proper].astype(np.int64)
    owner = np.concatenate((2 * src, 2 * dst + 1))
    key = index.keys(cost[proper])
    order = np.argsort(owner, kind="stable")
    spot = ptr[owner + 1][order]

    since, until = (np.tile(put[c][proper], 2)[order] for c in ("since", "until"))
    added = np.zeros(len(spot), index.ARC)
    added["other"] = np.concatenate((dst, src))[order]
    added["type"], added["key"] = np.tile((put["type"][proper], key), 2)[:, order]
    added["dated"] = index.dated(since, until)
    arcs = np.insert(s.arcs[kept], spot, added)
    arcs["rel"] = np.insert(rel[kept], spot, np.tile(at[proper], 2)[order])
    arcs["hops"] = 0
    more = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=2 * n))))
    least = min(int(s.least[0]), int(key.min())) if len(key) else int(s.least[0])
    return {
        "arc_ptr": (ptr + more).astype(np.int64),
        "arcs": arcs,
        "arc_since": np.insert(s.arc_since[kept], spot, since),
        "arc_until": np.insert(s.arc_until[kept], spot, until),
        "arriving": np.empty(0, np.int32),
        "near": np.zeros(n, np.uint8),
        "rest": np.empty((0, n), np.int32),
        "least": np.array([least]),
    }
