"""The tasks, what an engine must be able to do, and how answers are compared.

All relations are read forward. A path is simple, has at least one hop, ends at a listed entity and
may pass through others on its way; parallel relations make different paths. An answer names
relations by their row in the table, so that every engine must give the very same.

Dates: ``paths``, ``best`` and ``screen`` run on a graph without dates, because most peers have
none and nthtier tests that a path holds as a whole; ``filters`` runs on the same graph with dates
and three of the six types, where every hop and the listing must hold in the middle of one year.

``cascade`` and ``effective`` read the stakes (types OWNS and INVESTED_IN) of the graph without
dates as `tables.stakes` says: an interval for each pair, 30 percent of the shares are not known.

``cascade`` is the rule ``us-ofac-50`` with everything listed as its owners, to the fixpoint: an
entity joins when the stakes that members hold in it directly add up to 50 percent or more, and
its own stakes then count in full. The certain set adds up least shares, less what the least
shares of *all* owners pass 100 percent by; the possible set adds up greatest shares, but no more
than what the least shares of others leave. An answer has every entity of either set (the listed
aside) and in which of them it is.

``effective``: the listed count as 1 and are not passed through again; any other entity has the
sum over its owners of what they have times their share, at most 1: the least solution, so that
cycles add what they carry. Once for the lower bounds of the shares and once for the upper ones,
each bounded as in the cascade. Answers are compared when rounded to 0.01 percent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from tables import Floats, Ints, Tables

HOPS: Final = 4
BEST_HOPS: Final = 6
BEST: Final = 100
FILTER_TYPES: Final = ("SUPPLIES", "OWNS", "CONTROLS")
FILTER_YEAR: Final = 2015
SOURCES: Final = 5
#: What passes, in the units of `tables.WHOLE`.
PASSES: Final = 500
CERTAIN: Final = 2
POSSIBLE: Final = 1
#: Effective ownership is solved until nothing changes by more; answers are compared rounded.
CHANGE: Final = 1e-12
TOLERANCE: Final = 1e-4
#: In this order tasks are run and reported; ``load`` is always measured.
TASKS: Final[dict[str, str]] = {
    "paths": "all paths of at most 4 hops from an ordinary company to any listed one",
    "paths-hub": "the same from the largest hub",
    "best": "the 100 best paths of at most 6 hops, ordinary company",
    "best-hub": "the same from the largest hub",
    "screen": "1,000 companies: every listed entity within 4 hops, with the fewest hops",
    "screen-10k": "the same for 10,000 companies",
    "filters": "paths of at most 4 hops from the hub, three types, all valid in one year",
    "cascade": "whom the listed together own to 50 percent, for certain and possibly",
    "effective": "what the listed together have of everything, through all chains, as bounds",
}

#: Relation rows of paths, -1 after the last hop; or lists of rows.
Paths = npt.NDArray[np.integer[Any]] | Sequence[Sequence[int]]


class Engine(Protocol):
    """One engine. What it cannot do at all raises NotImplementedError.

    ``load`` goes from Parquet tables to ready for queries; ``folder`` is its own, to keep things
    in. ``reopen`` does so in a fresh process, from what ``load`` has kept there where it can.
    """

    def load(self, tables: Path, folder: Path) -> None:
        """Read the tables."""

    def reopen(self, tables: Path, folder: Path) -> None:
        """Make ready in a fresh process."""

    def paths(self, source: int, hops: int) -> Paths:
        """Return all paths from a source to any listed entity."""

    def best(self, source: int, hops: int, most: int) -> Paths:
        """Return the best paths in order: cost, hops, relation rows."""

    def screen(self, companies: Ints, hops: int) -> Ints:
        """Return (company, listed entity, fewest hops) of all pairs, another entity, any order."""

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        """Return all paths of relations of some types that held in the middle of a year."""

    def cascade(self) -> Ints:
        """Return (entity, `CERTAIN` or `POSSIBLE`) of all captured, the listed aside, any order."""

    def effective(self) -> Floats:
        """Return (entity, lower, upper) of all but the listed, parts of the whole, any order."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom the tasks ask about."""

    ordinary: list[int]
    hub: int
    companies: Ints


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in brief: how many rows, and a digest that is equal for equal answers."""

    count: int
    digest: str


def subjects(t: Tables, most: int = 10_000) -> Subjects:
    """Choose ordinary companies (of median out-degree), the hub, and companies to screen."""
    degree = np.bincount(t.src, minlength=t.n)
    middle = np.median(degree[degree > 0])
    ordinary = np.flatnonzero(degree == int(middle))
    chosen = ordinary[np.linspace(0, len(ordinary) - 1, SOURCES).astype(int)]
    companies = np.random.default_rng(11).permutation(t.n)[: min(most, t.n)]
    return Subjects(chosen.tolist(), int(np.argmax(degree)), companies.astype(np.int64))


def calls(task: str, who: Subjects) -> list[tuple[str, tuple[Any, ...]]]:
    """Return what a task calls; with several calls the middle one counts."""
    sources = [who.hub] if task.endswith("-hub") else who.ordinary
    match task:
        case "paths" | "paths-hub":
            return [("paths", (s, HOPS)) for s in sources]
        case "best" | "best-hub":
            return [("best", (s, BEST_HOPS, BEST)) for s in sources]
        case "screen" | "screen-10k":
            return [("screen", (who.companies[: 1_000 if task == "screen" else 10_000], HOPS))]
        case "filters":
            return [("filters", (who.hub, HOPS, FILTER_TYPES, FILTER_YEAR))]
        case "cascade" | "effective":
            return [(task, ())]
    raise ValueError(f"no task {task!r}; there are {', '.join(TASKS)}")


def answer(method: str, found: Any) -> Answer:
    """Return an answer in brief; only the best paths have an order."""
    match method:
        case "screen":
            rows = np.asarray(found, np.int64).reshape(-1, 3)
        case "cascade":
            rows = np.asarray(found, np.int64).reshape(-1, 2)
        case "effective":
            rows = rounded(found)
        case _:
            rows = padded(found)
    if method == "best":
        text = ";".join(",".join(str(r) for r in row if r >= 0) for row in rows.tolist())
        return Answer(len(rows), sha256(text.encode("ascii")).hexdigest()[:16])
    with np.errstate(over="ignore"):
        mixed = np.zeros(len(rows), np.uint64)
        for column in rows.T:
            mixed = _mix(mixed * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64))
        total = int(mixed.sum(dtype=np.uint64))
    return Answer(len(rows), f"{total:016x}")


def rounded(found: Floats) -> Ints:
    """Return effective ownership in whole numbers of `TOLERANCE`, without what is nothing.

    The steps do not begin at a round number: products of shares, themselves round, would often
    lie between two.
    """
    parts = np.floor(found[:, 1:] / TOLERANCE + 0.6180339887)
    rows = np.column_stack((found[:, 0], parts)).astype(np.int64)
    kept: Ints = rows[parts.any(axis=1)]
    return kept


def captured(certain: Ints, possible: Ints) -> Ints:
    """Return the answer of ``cascade`` from its two sets; the possible holds the certain one."""
    return verdicts(certain, np.setdiff1d(possible, certain))


def verdicts(certain: Ints, only_possible: Ints) -> Ints:
    """Return the answer of ``cascade`` from two sets that have nobody in common."""
    found = np.empty((len(certain) + len(only_possible), 2), np.int64)
    found[: len(certain)] = np.column_stack((certain, np.full(len(certain), CERTAIN)))
    found[len(certain) :, 0], found[len(certain) :, 1] = only_possible, POSSIBLE
    return found


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scatter 64-bit numbers (a bijection), so that sums of them tell sets apart."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def padded(paths: Any, width: int = BEST_HOPS) -> Ints:
    """Return paths as one array, -1 after the last hop."""
    if isinstance(paths, np.ndarray):
        found = np.full((len(paths), width), -1, np.int64)
        found[:, : paths.shape[1]] = paths
        return found
    found = np.full((len(paths), width), -1, np.int64)
    for row, path in zip(found, paths, strict=True):
        row[: len(path)] = path
    return found


def choose(paths: Any, cost: Ints, most: int) -> Ints:
    """Return the best of all paths in the stated order: for engines that can only list them."""
    rows = padded(paths)
    there = rows >= 0
    key = np.where(there, cost[rows], 0).sum(axis=1) * 64 + there.sum(axis=1)
    order = np.lexsort([*rows.T[::-1], key])
    return rows[order[:most]]
