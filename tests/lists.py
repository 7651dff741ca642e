"""The published lists that tests read, each read once; rows of them as plain CSV gives them."""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from nthtier.graph.model import Statement
from nthtier.loaders.reader import Options, Reading
from nthtier.loaders.registry import read_paths
from support import SHARED, require

CSL = SHARED / "data" / "csl"
FULL = CSL / "consolidated_2022-05.csv.gz"
REDUCED = CSL / "reduced_2026-07-31.csv.gz"
SAMPLE = CSL / "consolidated_sample_2025-06.csv"
OFAC = tuple(SHARED / "data" / "ofac" / f"cons_{x}.csv" for x in ("prim", "alt", "add", "comments"))


@lru_cache(maxsize=8)
def reading(*paths: Path, allow: frozenset[str] = frozenset()) -> Reading:
    """Read files that are one source."""
    for path in paths:
        require(path.exists(), path.name)
    (found,) = read_paths(paths, options=Options(allow=allow))
    return found


@lru_cache(maxsize=4)
def table(path: Path) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return the header and rows of a CSV, by Python's own reader."""
    require(path.exists(), path.name)
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return tuple(header), rows


@lru_cache(maxsize=4)
def dicts(path: Path) -> list[dict[str, str]]:
    """Return the rows of a published list by column."""
    return dicts_of(path)


def dicts_of(path: Path) -> list[dict[str, str]]:
    """Return rows by column, stripped, the 2022 edition's mark for empty taken as empty."""
    header, rows = table(path)
    return [
        {k: "" if v == '""' else v.strip() for k, v in zip(header, row, strict=True)}
        for row in rows
    ]


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Write a CSV the way the lists are published."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def by_locator(found: Reading) -> dict[str, list[Statement]]:
    """Return the statements of each record."""
    groups: dict[str, list[Statement]] = defaultdict(list)
    for s in found.batch.statements:
        groups[s.locator].append(s)
    return groups


def split(text: str) -> list[str]:
    """Return the parts of a cell that lists several."""
    return [p.strip(" ;") for p in text.split("; ") if p.strip(" ;")]
