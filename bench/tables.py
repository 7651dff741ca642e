"""The generated tables as arrays: what every in-memory peer is built from, and what answers name.

An entity is its row in ``entities.parquet``, a relation its row in ``relations.parquet``; both
orders are nthtier's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from generate import TYPES
from nthtier.graph.ontology import CODE
from nthtier.graph.snapshot import hop_cost

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: Years that stand for an unknown beginning or end.
EVER: Final = (0, 9999)
#: Shares are whole numbers of tenths of a percent, so that sums are exact.
WHOLE: Final = 1000
STAKES: Final = ("OWNS", "INVESTED_IN")


@dataclass(frozen=True, slots=True)
class Tables:
    """``n`` entities; relations by row (``kind`` indexes `TYPES`, dates are years); who is listed.

    ``cost`` is nthtier's default hop cost, the weight of every path in the benchmark. ``share`` is
    -1 where it is not known.
    """

    n: int
    src: Ints
    dst: Ints
    kind: Ints
    cost: Ints
    share: Ints
    since: Ints
    until: Ints
    listed: Ints
    listed_since: Ints

    def listed_at(self, year: int) -> Ints:
        """Return who was listed in the middle of a year."""
        return self.listed[self.listed_since <= year]

    def held(self, kinds: tuple[str, ...], year: int) -> Ints:
        """Return the rows of relations of some types that held in the middle of a year."""
        wanted = np.isin(self.kind, [TYPES.index(k) for k in kinds])
        return np.flatnonzero(wanted & (self.since <= year) & (self.until >= year))


@dataclass(frozen=True, slots=True)
class Stakes:
    """What ``owner`` holds of ``owned``, ``lo`` to ``hi``, one row for each pair that has a stake.

    By entity, the least shares of all its owners say what shares added up must be corrected by:
    ``over`` is how far they pass the whole (some claim is wrong then, and least shares count only
    as far as they do whichever it is), ``slack`` what they leave beside the least shares of
    those asked about (no bound where they pass the whole).
    """

    owner: Ints
    owned: Ints
    lo: Ints
    hi: Ints
    over: Ints
    slack: Ints

    def parts(self) -> tuple[Floats, Floats]:
        """Return each stake's bounds, by itself, as parts of the whole."""
        lo = np.maximum(self.lo - self.over[self.owned], 0)
        return lo / WHOLE, np.minimum(self.hi, self.lo + self.slack[self.owned]) / WHOLE


def stakes(t: Tables) -> Stakes:
    """Return the stakes that relations claim.

    Several claims about a pair speak of one stake, never to be added up: known shares that differ
    span an interval; where none is known it is 0 to 100 percent.
    """
    rows = np.flatnonzero(np.isin(t.kind, [TYPES.index(k) for k in STAKES]))
    pair, at = np.unique(t.src[rows] * t.n + t.dst[rows], return_inverse=True)
    lo, hi = np.full(len(pair), WHOLE), np.zeros(len(pair), np.int64)
    share = t.share[rows]
    known = share >= 0
    np.minimum.at(lo, at[known], share[known])
    np.maximum.at(hi, at[known], share[known])
    open_ = np.ones(len(pair), bool)
    open_[at[known]] = False
    lo[open_], hi[open_] = 0, WHOLE
    least = np.bincount(pair % t.n, weights=lo, minlength=t.n).astype(np.int64)
    over, slack = np.maximum(least - WHOLE, 0), np.where(least > WHOLE, WHOLE, WHOLE - least)
    return Stakes(pair // t.n, pair % t.n, lo, hi, over, slack)


def read(folder: Path) -> Tables:
    """Read the three Parquet tables."""
    ids = pq.read_table(folder / "entities.parquet", columns=["id"]).column("id").combine_chunks()
    relations = pq.read_table(folder / "relations.parquet")
    listings = pq.read_table(folder / "listings.parquet")
    ends = [pc.index_in(relations.column(c), value_set=ids).to_numpy() for c in ("from", "to")]
    kind = pc.index_in(relations.column("type"), value_set=_strings(TYPES)).to_numpy()
    share = relations.column("share").to_numpy()
    code = np.array([CODE[t] for t in TYPES], np.uint8)[kind]
    cost = hop_cost(code, np.zeros(len(code), np.uint8), share, share)
    return Tables(
        n=len(ids),
        src=ends[0].astype(np.int64),
        dst=ends[1].astype(np.int64),
        kind=kind.astype(np.int64),
        cost=cost.astype(np.int64),
        share=np.where(np.isnan(share), -1, np.rint(share * 10)).astype(np.int64),
        since=_years(relations, "since", EVER[0]),
        until=_years(relations, "until", EVER[1]),
        listed=pc.index_in(listings.column("entity"), value_set=ids).to_numpy().astype(np.int64),
        listed_since=_years(listings, "since", EVER[0]),
    )


def _strings(values: tuple[str, ...]) -> Any:
    import pyarrow as pa

    return pa.array(values)


def _years(table: Any, column: str, absent: int) -> Ints:
    if column not in table.column_names:
        return np.full(table.num_rows, absent, np.int64)
    filled = pc.fill_null(pc.cast(table.column(column), "int64"), absent)
    found: Ints = filled.to_numpy()
    return found
