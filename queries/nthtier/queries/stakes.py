"""From claims to stakes: what one entity holds of another on a day, as an interval.

All claims of the types that carry a share (a stake owned, an investment) between the same owner
and the same entity speak of *one* stake: they are never added up. Claims that fit together
narrow it; claims that contradict each other give their hull, and a flag. A claim that says no
share says only that there is a stake. A claim whose existence is disputed on the day cannot make
a stake certain: without a claim that is not, the stake may be nothing.

Shares are whole numbers here, `SCALE` units to the percent, so that sums are exact. A bound that
is open ("more than 50") is one unit beside the closed one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.index import I32, I64, U8
from nthtier.graph.ontology import BASIS_CODE, CODE
from nthtier.graph.snapshot import F64, Snapshot
from nthtier.queries.selection import ranges

GRID: Final = 1_000_000_000
SCALE: Final = 2 * GRID
WHOLE: Final = 100 * SCALE

UNKNOWN: Final = 1  # no claim says a share
CONFLICT: Final = 2  # claims contradict each other
DISPUTED: Final = 4  # every claim is disputed on the day
INVALID: Final = 8  # a share outside 0 to 100, or upside down: taken as unknown
INFERRED: Final = 16  # no claim that is stated
FLAGS: Final[dict[int, str]] = {
    UNKNOWN: "the share is not known",
    CONFLICT: "sources contradict each other: the interval spans both",
    DISPUTED: "it is disputed whether the stake still stands",
    INVALID: "a share outside 0 to 100 percent is not believed",
    INFERRED: "inferred, not stated",
}
_DISPUTED_CODE: Final = BASIS_CODE["disputed"]
_INFERRED_CODE: Final = BASIS_CODE["inferred"]

#: Tells which of some relation rows their own source calls disputed (not because another claim
#: says that they had ended).
OwnDisputed = Callable[[I64], npt.NDArray[np.bool_]]


def units(percent: float) -> int:
    """Return a share in units.

    >>> units(50.0) == 50 * SCALE, units(math.nextafter(50.0, 100.0)) - units(50.0)
    (True, 1)
    """
    return int(as_units(np.array([percent]))[0])


def as_units(percent: F64) -> I64:
    """Return shares in percent as units; what lies beside the grid keeps the side it lies on."""
    near = np.rint(percent * GRID)
    side = np.sign(percent - near / GRID)
    found: I64 = (2 * near + side).astype(np.int64)
    return found


def percent(value: int) -> float:
    """Return units as percent.

    >>> percent(units(33.3)), percent(units(50.0) + 1) > 50
    (33.3, True)
    """
    if value % 2 == 0:
        return value / SCALE
    near = round(value / SCALE, 6)
    if abs(units(near) - value) == 1:
        return math.nextafter(near, math.inf if value > units(near) else -math.inf)
    return value / SCALE


def span_words(lo: int, hi: int) -> str:
    """Return an interval as people say it.

    >>> span_words(units(51), units(51)), span_words(0, WHOLE), span_words(units(25), WHOLE)
    ('51 %', 'an unknown share', 'at least 25 %')
    >>> span_words(units(50) + 1, WHOLE), span_words(units(10), units(20))
    ('more than 50 %', '10 to 20 %')
    """
    if lo == 0 and hi == WHOLE:
        return "an unknown share"
    if lo == hi:
        return f"{_short(lo)} %"
    low_open, high_open = percent(lo) != round(percent(lo), 6), percent(hi) != round(percent(hi), 6)
    at_least = f"{'more than' if low_open else 'at least'} {_short(lo)} %"
    at_most = f"{'less than' if high_open else 'at most'} {_short(hi)} %"
    if hi == WHOLE:
        return at_least
    if lo == 0:
        return at_most
    if low_open or high_open:
        return f"{at_least} and {at_most}"
    return f"{_short(lo)} to {_short(hi)} %"


def _short(value: int) -> str:
    return f"{round(percent(value), 6):.10g}"


@dataclass(frozen=True, slots=True)
class Stakes:
    """The stakes in some entities on a day.

    Those in ``entities[i]`` are ``ptr[i]`` to ``ptr[i + 1]`` of ``owner``, ``lo``, ``hi`` (units)
    and ``flags``; the claims of stake ``j`` are ``rows[row_ptr[j]:row_ptr[j + 1]]``, relation
    rows. ``selfish[i]`` says that a claim has the entity own itself, which counts for nothing.
    """

    entities: I64
    ptr: I64
    owner: I32
    lo: I64
    hi: I64
    flags: U8
    row_ptr: I64
    rows: I64
    selfish: npt.NDArray[np.bool_]

    def claims(self, stake: int) -> I64:
        """Return the relation rows of a stake."""
        return self.rows[int(self.row_ptr[stake]) : int(self.row_ptr[stake + 1])]


def type_table(types: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Return, by type code, whether a type is one of these."""
    table = np.zeros(len(CODE), bool)
    table[[CODE[name] for name in types]] = True
    return table


def gather_stakes(
    s: Snapshot,
    entities: I64,
    types: Sequence[str],
    day: int,
    own_disputed: OwnDisputed | None = None,
) -> Stakes:
    """Return the stakes in ``entities`` (ascending) on a day.

    Without ``own_disputed``, a claim that another contests only later counts as undisputed.
    """
    starts = s.in_ptr[entities]
    counts = s.in_ptr[entities + 1] - starts
    rows = s.in_rel[ranges(starts, counts)].astype(np.int64)
    local = np.repeat(np.arange(len(entities)), counts)
    right = type_table(types)[s.type[rows]]
    rows, local = rows[right], local[right]
    src = s.src[rows]
    own = src == entities[local]
    held = (s.since[rows] <= day) & (s.until[rows] >= day)
    selfish = np.zeros(len(entities), bool)
    selfish[local[own & held]] = True
    basis = s.basis[rows]
    doubted = _doubted(s, rows, local, basis, held, day, own_disputed)
    kept = held & ~own
    rows, local, src, basis, doubted = (x[kept] for x in (rows, local, src, basis, doubted))
    if np.any((local[1:] == local[:-1]) & (src[1:] < src[:-1])):  # only a supposed graph's rows
        order = np.lexsort((src, local))
        rows, local, src, basis, doubted = (x[order] for x in (rows, local, src, basis, doubted))
    first = np.ones(len(rows), bool)
    first[1:] = (local[1:] != local[:-1]) | (src[1:] != src[:-1])
    at = np.flatnonzero(first)
    lo, hi, flags = _combined(s.lo[rows], s.hi[rows], basis, doubted, at)
    number = np.bincount(local[at], minlength=len(entities))
    return Stakes(
        entities, np.concatenate(([0], np.cumsum(number))).astype(np.int64), src[at], lo, hi,
        flags, np.append(at, len(rows)).astype(np.int64), rows, selfish,
    )  # fmt: skip


def joined_stakes(parts: Sequence[Stakes]) -> Stakes:
    """Return the stakes of several parts as one, the entities in the order of the parts."""

    def pointers(arrays: Sequence[I64]) -> I64:
        found = [np.zeros(1, np.int64)]
        for array in arrays:
            found.append(array[1:] + found[-1][-1])
        return np.concatenate(found)

    one = {
        name: np.concatenate([getattr(p, name) for p in parts])
        for name in ("entities", "owner", "lo", "hi", "flags", "rows", "selfish")
    }
    return Stakes(ptr=pointers([p.ptr for p in parts]),
                  row_ptr=pointers([p.row_ptr for p in parts]), **one)  # fmt: skip


def _doubted(
    s: Snapshot,
    rows: I64,
    local: I64,
    basis: U8,
    held: npt.NDArray[np.bool_],
    day: int,
    own_disputed: OwnDisputed | None,
) -> npt.NDArray[np.bool_]:
    """Tell which claims that hold on the day are disputed *on the day*.

    A claim is, where another says that the same relation had ended before it, or where its own
    source disputes it. That it will be contested later does not touch it now.
    """
    found: npt.NDArray[np.bool_] = (basis == _DISPUTED_CODE) & held
    if not found.any():
        return found
    keys = np.stack((local, s.src[rows].astype(np.int64), s.type[rows].astype(np.int64)))
    _, group = np.unique(keys, axis=1, return_inverse=True)
    group = group.reshape(-1)
    until, since = s.until[rows].astype(np.int64), s.since[rows].astype(np.int64)
    n = int(group.max()) + 1
    ended = np.full(n, np.iinfo(np.int64).min)
    np.maximum.at(ended, group[until < day], until[until < day])
    later = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(later, group[until >= day], until[until >= day])
    past = found & (ended[group] > since)
    ahead = np.flatnonzero(found & ~past & (later[group] < until))
    found[ahead] = own_disputed(rows[ahead]) if own_disputed is not None and len(ahead) else False
    return found


def _combined(
    lo: F64, hi: F64, basis: U8, doubted: npt.NDArray[np.bool_], at: I64
) -> tuple[I64, I64, U8]:
    """Return the interval and the flags of each stake, whose claims begin at ``at``.

    Most stakes are one claim that nobody doubts, and are read off.
    """
    ends = np.append(at[1:], len(lo))
    plain = (ends - at == 1) & ~doubted[at]
    claim = at[plain]
    out_lo, out_hi = np.zeros(len(at), np.int64), np.full(len(at), WHOLE)
    flags = np.zeros(len(at), np.uint8)
    says, invalid = _read(lo[claim], hi[claim])
    out_lo[plain] = as_units(np.where(says, lo[claim], 0.0))
    out_hi[plain] = as_units(np.where(says, hi[claim], 100.0))
    flags[plain] = np.where(says, 0, UNKNOWN) | np.where(invalid, INVALID, 0)
    flags[plain] |= np.where(basis[claim] == _INFERRED_CODE, INFERRED, 0).astype(np.uint8)
    if plain.all():
        return out_lo, out_hi, flags
    others = ~plain
    number = ends[others] - at[others]
    rows = ranges(at[others], number)
    out_lo[others], out_hi[others], flags[others] = _weighed(
        lo[rows], hi[rows], basis[rows], doubted[rows], np.cumsum(number) - number
    )
    return out_lo, out_hi, flags


def _read(lo: F64, hi: F64) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell which claims say a share, and which say one that is none."""
    blank = np.isnan(lo) | np.isnan(hi)
    invalid = ~blank & ~((lo >= 0) & (lo <= hi) & (hi <= 100))
    return ~blank & ~invalid & ~((lo <= 0) & (hi >= 100)), invalid


def _weighed(
    lo: F64, hi: F64, basis: U8, doubted: npt.NDArray[np.bool_], at: I64
) -> tuple[I64, I64, U8]:
    """Return the same for stakes of several claims, or of one that is in doubt."""
    says, invalid = _read(lo, hi)
    low, high = (as_units(np.where(says, x, 0.0)) for x in (lo, hi))
    sure = says & ~doubted

    def over(function: np.ufunc, which: Any, values: I64, else_: int) -> I64:
        found: I64 = function.reduceat(np.where(which, values, else_), at)
        return found

    some = np.logical_or.reduceat
    far = WHOLE + 1
    inner_lo, inner_hi = over(np.maximum, sure, low, -1), over(np.minimum, sure, high, far)
    hull_lo, hull_hi = over(np.minimum, sure, low, far), over(np.maximum, sure, high, -1)
    agree = inner_lo <= inner_hi
    any_sure, exists = some(sure, at), some(~doubted, at)
    out_lo, out_hi = np.where(agree, inner_lo, hull_lo), np.where(agree, inner_hi, hull_hi)
    conflict = any_sure & ~agree
    # Disputed claims only widen what the others say.
    number = np.diff(np.append(at, len(lo)))
    wide_lo, wide_hi = np.repeat(out_lo, number), np.repeat(out_hi, number)
    rival = says & doubted & np.repeat(any_sure, number) & ((high < wide_lo) | (low > wide_hi))
    conflict |= some(rival, at)
    out_lo = np.minimum(out_lo, over(np.minimum, rival, low, far))
    out_hi = np.maximum(out_hi, over(np.maximum, rival, high, -1))
    only = ~any_sure & some(says, at) & ~exists
    out_lo = np.where(any_sure, out_lo, 0)
    out_hi = np.where(any_sure, out_hi, WHOLE)
    out_hi = np.where(only, over(np.maximum, says, high, -1), out_hi)
    flags = np.where(~any_sure & ~only, UNKNOWN, 0)
    flags |= np.where(conflict, CONFLICT, 0) | np.where(exists, 0, DISPUTED)
    flags |= np.where(some(invalid, at), INVALID, 0)
    flags |= np.where(exists & ~some(basis != _INFERRED_CODE, at), INFERRED, 0)
    return out_lo, out_hi, flags.astype(np.uint8)
