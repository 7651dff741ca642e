"""What everybody holds of everything on a day, kept for the next question.

Questions about many owners follow stakes from the owners on: whoever joins passes its own on.
That takes stakes by owner, of the whole graph. They are put together once for a day and some
relation types; rules that read the same stakes share them, and so does a supposed graph that
changes listings only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import ref

import numpy as np
import numpy.typing as npt

from nthtier.graph.index import I32, I64
from nthtier.graph.snapshot import F64, Snapshot, pointers
from nthtier.queries.selection import ranges
from nthtier.queries.stakes import WHOLE, OwnDisputed, Stakes, gather_stakes, type_table

#: Owners that are worth it: one in so many entities.
_FEW: Final = 1000
#: So many days, sets of types and graphs are kept.
_MOST: Final = 3
_READ: Final = ("src", "dst", "type", "basis", "since", "until", "lo", "hi", "in_ptr", "in_rel",
                "evidence")  # fmt: skip
#: A stake, and the least stakes of all owners in what is owned, `total`: whoever reads a stake
#: needs both, and so they are one piece of memory.
STAKE: Final = np.dtype([("owned", "<i4"), ("owner", "<i4"), ("lo", "<i8"), ("hi", "<i8"),
                         ("total", "<i8")])  # fmt: skip
_Key = tuple[tuple[str, ...], int, bool]


@dataclass(frozen=True, slots=True)
class Holdings:
    """The stakes of a whole graph, by the entity held (``stakes``) and by owner.

    Stakes ``ptr[v]`` to ``ptr[v + 1]`` of ``held`` (see `STAKE`, in units) are those of the owner
    ``v``. ``place[v]`` is where the stakes in ``v`` stand in ``stakes``, -1 without any.
    """

    stakes: Stakes
    place: I32
    ptr: I64
    held: npt.NDArray[np.void]

    def below(self, owners: I64) -> tuple[I64, npt.NDArray[np.void]]:
        """Return what chains of stakes lead to from owners, themselves included, and their stakes.

        Entities ascend; stakes are by owner.
        """
        seen = np.zeros(len(self.place), bool)
        frontier = owners
        while len(frontier):
            seen[frontier] = True
            starts = self.ptr[frontier]
            ends = self.held["owned"][ranges(starts, self.ptr[frontier + 1] - starts)]
            frontier = np.unique(ends[~seen[ends]]).astype(np.int64)
        entities = np.flatnonzero(seen)
        starts = self.ptr[entities]
        return entities, self.held.take(ranges(starts, self.ptr[entities + 1] - starts))


def parts(stakes: npt.NDArray[np.void]) -> tuple[F64, F64]:
    """Return the bounds of each stake by itself as parts of the whole."""
    total = stakes["total"]
    lo = np.maximum(stakes["lo"] - over(total), 0)
    hi = np.minimum(stakes["hi"], np.minimum(stakes["lo"] + slack(total), WHOLE))
    return lo / WHOLE, hi / WHOLE


def over(total: I64) -> I64:
    """Return by how much least stakes pass the whole."""
    found: I64 = np.maximum(total - WHOLE, 0)
    return found


def slack(total: I64) -> I64:
    """Return what least stakes leave beside those asked about.

    That is the whole where they pass it: some claim is wrong, whichever.
    """
    found: I64 = np.where(total > WHOLE, WHOLE, WHOLE - total)
    return found


@dataclass(frozen=True, slots=True)
class _Kept:
    arrays: tuple[ref[Any], ...]
    key: _Key
    found: Holdings

    def answers(self, s: Snapshot, key: _Key) -> bool:
        pairs = zip(_READ, self.arrays, strict=True)
        return self.key == key and all(getattr(s, name) is array() for name, array in pairs)


_KEPT: Final[list[_Kept]] = []


def holdings(
    s: Snapshot, types: Sequence[str], day: int, own_disputed: OwnDisputed | None = None
) -> Holdings:
    """Return the stakes of all entities on a day, those of the last questions again."""
    key = (tuple(sorted(types)), day, own_disputed is not None)
    found = kept(s, *key)
    if found is None:
        found = _gathered(s, types, day, own_disputed)
        _KEPT.append(_Kept(tuple(ref(getattr(s, name)) for name in _READ), key, found))
        del _KEPT[:-_MOST]
    return found


def kept(s: Snapshot, types: Sequence[str], day: int, asks: bool) -> Holdings | None:
    """Return the stakes if they are there already."""
    key = (tuple(sorted(types)), day, asks)
    return next((k.found for k in reversed(_KEPT) if k.answers(s, key)), None)


def worth(s: Snapshot, owners: int, types: Sequence[str], day: int, *, asks: bool) -> bool:
    """Tell whether so many owners are better followed over the stakes of the whole graph."""
    return owners * _FEW >= s.entities or kept(s, types, day, asks) is not None


def _gathered(
    s: Snapshot, types: Sequence[str], day: int, own_disputed: OwnDisputed | None
) -> Holdings:
    there = np.zeros(s.entities, bool)
    there[s.dst[type_table(types)[s.type]]] = True
    entities = np.flatnonzero(there).astype(np.int64)
    found = gather_stakes(s, entities, types, day, own_disputed)
    place = np.full(s.entities, -1, np.int32)
    place[entities] = np.arange(len(entities), dtype=np.int32)
    counts = np.diff(found.ptr)
    total = np.diff(np.concatenate(([0], np.cumsum(found.lo)))[found.ptr])
    held = np.empty(len(found.owner), STAKE)
    held["owned"] = np.repeat(entities.astype(np.int32), counts)
    held["total"] = np.repeat(total, counts)
    held["owner"], held["lo"], held["hi"] = found.owner, found.lo, found.hi
    held = held.take(np.argsort(found.owner, kind="stable"))
    return Holdings(found, place, pointers(found.owner, s.entities), held)
