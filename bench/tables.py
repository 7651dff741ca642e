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
#: Years that stand for an unknown beginning or end.
EVER: Final = (0, 9999)


@dataclass(frozen=True, slots=True)
class Tables:
    """``n`` entities; relations by row (``kind`` indexes `TYPES`, dates are years); who is listed.

    ``cost`` is nthtier's default hop cost, the weight of every path in the benchmark.
    """

    n: int
    src: Ints
    dst: Ints
    kind: Ints
    cost: Ints
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
