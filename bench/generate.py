"""A made-up graph as it occurs: scale-free, with hubs; deterministic for a size and a seed.

Preferential attachment without a loop per relation: an end of a relation is often copied from an
earlier relation's, so that what has many relations gets more.
Writes ``entities.parquet``, ``relations.parquet`` and ``listings.parquet`` as the loader
``columnar`` reads them::

    python bench/generate.py M FOLDER
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from nthtier.graph.ontology import CODE

Ends = npt.NDArray[np.int64]
#: Entities and relations of each size.
SIZES: Final[dict[str, tuple[int, int]]] = {
    "XS": (2_000, 10_000),
    "S": (20_000, 100_000),
    "M": (200_000, 1_000_000),
    "L": (2_000_000, 10_000_000),
}
TYPES: Final = (
    "SUPPLIES", "OWNS", "INVESTED_IN", "PARTNERS_WITH", "CONTROLS", "AFFILIATED_WITH"
)  # fmt: skip
_TYPE_SHARE: Final = (0.45, 0.12, 0.12, 0.15, 0.06, 0.10)
_STAKES: Final = ("OWNS", "INVESTED_IN")
LISTS: Final = ("us-bis-el", "us-ofac-sdn", "us-bis-meu", "eu-fsf", "uk-sanctions", "us-dod-1260h")
COUNTRIES: Final = ("cn", "us", "de", "jp", "gb", "kr", "tw", "in", "fr", "nl")
LISTED: Final = 0.005
#: The tendency to hubs: at size M the largest has some 1,400 relations on each side.
COPIED: Final = 0.6
_WORDS: Final = (
    ("North", "East", "Golden", "Pacific", "Delta", "Orion", "Silver", "Blue", "Summit", "Harbour"),
    ("Precision", "Micro", "Optical", "Marine", "Aero", "Data", "Power", "Polymer", "Logistics"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """The three tables."""

    entities: pa.Table
    relations: pa.Table
    listings: pa.Table


def ends(n: int, m: int, draw: np.random.Generator) -> tuple[Ends, Ends]:
    """Return starts and ends of ``m`` relations among ``n`` entities.

    An end is any entity, or (with probability `COPIED`) copied from a uniformly drawn earlier
    end; copies are resolved by following them to what they copy.
    """
    slots = 2 * m
    value = draw.integers(0, n, slots)
    earlier = (draw.random(slots) * np.arange(slots)).astype(np.int64)
    source = np.where(draw.random(slots) < COPIED, earlier, np.arange(slots))
    while not np.array_equal(further := source[source], source):
        source = further
    value = value[source]
    return value[0::2], value[1::2].copy()


def apart(
    n: int, start: Ends, kind: Ends, end: Ends, draw: np.random.Generator
) -> tuple[Ends, Ends, Ends]:
    """Order relations by start, type, end; what leads to itself or is there twice is redrawn.

    Relations of different types stay parallel. The order is that of nthtier's relation rows, so
    that the row in the table names a relation in every engine.
    """
    code = np.array([CODE[t] for t in TYPES])
    while True:
        order = np.lexsort((end, code[kind], start))
        start, kind, end = start[order], kind[order], end[order]
        bad = start == end
        bad[1:] |= (np.diff(start) == 0) & (np.diff(kind) == 0) & (np.diff(end) == 0)
        if not bad.any():
            return start, kind, end
        end[bad] = draw.integers(0, n, int(bad.sum()))


def make(size: str, *, dates: bool = True, seed: int = 7) -> Made:
    """Make a graph; without ``dates`` everything holds always, and nothing else differs."""
    n, m = SIZES[size]
    draw = np.random.default_rng(seed)
    number = pa.array(np.char.zfill(np.arange(n).astype(str), 7))
    start, end = ends(n, m, draw)
    kind = draw.choice(len(TYPES), m, p=_TYPE_SHARE)
    start, kind, end = apart(n, start, kind, end, draw)
    stake = np.isin(kind, [TYPES.index(t) for t in _STAKES])
    share = np.round(draw.beta(1.2, 2.5, m) * 100, 1)
    silent = ~stake | (draw.random(m) < 0.3)
    year, length = draw.integers(1995, 2024, m), draw.integers(1, 12, m)
    began, ended = draw.random(m) < 0.5, draw.random(m) < 0.2
    listed = np.sort(draw.choice(n, max(int(n * LISTED), 1), replace=False))
    lists = draw.choice(len(LISTS), len(listed), p=(0.4, 0.3, 0.1, 0.08, 0.06, 0.06))
    since = draw.integers(2005, 2025, len(listed))
    ids = _joined("c", number)
    columns: dict[str, Any] = {
        "from": ids.take(pa.array(start)),
        "type": pa.array(TYPES).take(pa.array(kind)),
        "to": ids.take(pa.array(end)),
        "share": pa.array(share, mask=silent),
    }
    if dates:
        columns["since"] = pa.array(year.astype(str), mask=~began)
        columns["until"] = pa.array((year + length).astype(str), mask=~ended)
    listings: dict[str, Any] = {
        "entity": ids.take(pa.array(listed)),
        "list": pa.array(LISTS).take(pa.array(lists)),
    }
    if dates:
        listings["since"] = pa.array(since.astype(str))
    return Made(_entities(n, ids, number, draw), pa.table(columns), pa.table(listings))


def _joined(*parts: Any) -> Any:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(*parts, "")


def _entities(n: int, ids: Any, number: Any, draw: np.random.Generator) -> pa.Table:
    words = [pa.array(w).take(pa.array(draw.integers(0, len(w), n))) for w in _WORDS]
    country = pa.array(COUNTRIES).take(pa.array(draw.integers(0, len(COUNTRIES), n)))
    return pa.table({
        "id": ids,
        "name": _joined(words[0], " ", words[1], " ", number, " Co., Ltd."),
        "type": pa.array(["Company"]).take(pa.array(np.zeros(n, np.int64))),
        "country": country,
    })  # fmt: skip


def write(folder: Path, size: str, *, dates: bool = True, seed: int = 7) -> list[Path]:
    """Make a graph and write its tables into a folder; returns their paths."""
    made = make(size, dates=dates, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    said = {
        "nthtier.id": f"made-up-{size.lower()}",
        "nthtier.title": f"Made-up graph of size {size}",
        "nthtier.date": "2026-01-01",
    }
    paths = []
    for name in ("entities", "relations", "listings"):
        path = folder / f"{name}.parquet"
        pq.write_table(getattr(made, name).replace_schema_metadata(said), path,
                       row_group_size=1 << 17, compression="zstd")  # fmt: skip
        paths.append(path)
    return paths


def main() -> None:
    """Write the tables that the arguments name."""
    parser = argparse.ArgumentParser(description="Write a made-up graph as Parquet tables.")
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--no-dates", action="store_true", help="relations that hold always")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    write(chosen.folder, chosen.size, dates=not chosen.no_dates, seed=chosen.seed)


if __name__ == "__main__":
    main()
