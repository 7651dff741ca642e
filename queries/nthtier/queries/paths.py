"""Simple paths to a set of targets: the K best, how many there are, and one after another.

A path never returns to an entity, has 1 to ``max_hops`` hops, may pass through targets on its
way, holds as a whole (the intervals of all hops and of a listing of its target meet) and touches
every entity of ``via``. Order of the best: strongest first (least cost), then fewest hops, then
relation rows from the first hop on.

Two engines give the same answers: numpy, always there, and numba (the extra ``fast``), which
pays for its start only when there is much to do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from nthtier.graph.index import HOP_BITS, I32, I64
from nthtier.queries.chunks import Bound, Chunk, walk
from nthtier.queries.space import MOST_HOPS, Space

Engine = Literal["numpy", "numba"]
__all__ = ["MOST_HOPS", "Count", "Path", "Search", "best_paths", "count_paths", "iter_paths"]
DEFAULT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Path:
    """A path as relation rows from the subject on, with the interval in which all hops hold."""

    cost: int
    relations: tuple[int, ...]
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Search:
    """Paths, best first; ``stopped_by`` says what cut the search short (limit, time)."""

    paths: list[Path]
    stopped_by: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many paths there are, by hops; what was counted so far when time ran out."""

    by_hops: dict[int, int]
    stopped_by: str | None

    @property
    def total(self) -> int:
        """The number of paths of any length."""
        return sum(self.by_hops.values())


def best_paths(
    sp: Space,
    subject: int,
    *,
    limit: int,
    seconds: float = DEFAULT_SECONDS,
    engine: Engine = "numpy",
) -> Search:
    """Return the ``limit`` best simple paths from ``subject`` to any target, exact.

    The search stops after ``seconds`` and then returns the best it has found.

    Raises:
        ValueError: ``limit`` out of range.
        ImportError: the engine numba is not installed.
    """
    if limit < 1:
        raise ValueError("limit at least 1")
    deadline = time.monotonic() + seconds
    if engine == "numba":
        from nthtier.queries import compiled

        key, relations, since, until, timed_out = compiled.best(sp, subject, limit + 1, deadline)
    else:
        found = _Best(sp.max_hops, limit + 1)  # one more tells whether there are more
        timed_out = False
        for chunk in walk(sp, subject, found):
            found.add(chunk)
            if time.monotonic() > deadline:
                timed_out = True
                break
        key, relations, since, until = found.sorted()
    paths = _paths(key, relations, since, until)
    stopped = "time" if timed_out else "limit" if len(paths) > limit else None
    return Search(paths[:limit], stopped)


def count_paths(
    sp: Space, subject: int, *, seconds: float = DEFAULT_SECONDS, engine: Engine = "numpy"
) -> Count:
    """Return how many simple paths there are, by number of hops. Arguments as `best_paths`."""
    deadline = time.monotonic() + seconds
    if engine == "numba":
        from nthtier.queries import compiled

        counts, timed_out = compiled.count(sp, subject, deadline)
    else:
        counts, timed_out = np.zeros(sp.max_hops + 1, np.int64), False
        for chunk in walk(sp, subject, Bound()):
            counts[len(chunk.relations)] += len(chunk.key)
            if time.monotonic() > deadline:
                timed_out = True
                break
    by_hops = {hops: int(n) for hops, n in enumerate(counts) if n}
    return Count(by_hops, "time" if timed_out else None)


def iter_paths(sp: Space, subject: int, *, engine: Engine = "numpy") -> Iterator[Path]:
    """Yield every simple path, in no particular order, as they are found.

    Nothing is searched before it is asked for, and memory does not grow with the number of paths.
    """
    for columns in path_columns(sp, subject, engine=engine):
        yield from _paths(*columns)


def path_columns(
    sp: Space, subject: int, *, engine: Engine = "numpy"
) -> Iterator[tuple[I64, I32, I32, I32]]:
    """Yield every simple path in blocks of columns: key, relation rows [n, hops], since, until.

    Rows of paths shorter than a block's width end with -1. Otherwise as `iter_paths`.
    """
    if engine == "numba":
        from nthtier.queries import compiled

        yield from compiled.blocks(sp, subject)
        return
    for chunk in walk(sp, subject, Bound()):
        if len(chunk.key):
            yield chunk.key, chunk.rows(len(chunk.relations)), chunk.since, chunk.until


def _paths(key: I64, relations: I32, since: I32, until: I32) -> list[Path]:
    rows = relations.tolist()
    return [
        Path(k >> HOP_BITS, tuple(r[: k & ((1 << HOP_BITS) - 1)]), a, b)
        for k, r, a, b in zip(key.tolist(), rows, since.tolist(), until.tolist(), strict=True)
    ]


class _Best(Bound):
    """The best complete paths so far, and with them the bound."""

    falls = True

    def __init__(self, width: int, most: int) -> None:
        self.most = most
        self._key = np.empty(0, np.int64)
        self._relations = np.empty((0, width), np.int32)
        self._since = np.empty(0, np.int32)
        self._until = np.empty(0, np.int32)

    def add(self, part: Chunk) -> None:
        """Take what is among the best of a chunk of whole paths."""
        if not len(part.key):
            return
        if len(self._key) >= self.most:  # most of a late chunk is no better than what there is
            part = part.take(np.flatnonzero(part.key <= self.key))
        padded = part.rows(self._relations.shape[1])
        key = np.concatenate((self._key, part.key))
        relations = np.concatenate((self._relations, padded))
        since = np.concatenate((self._since, part.since))
        until = np.concatenate((self._until, part.until))
        if len(key) > self.most:  # what is beyond the K-th key cannot be among the best
            near = key <= np.partition(key, self.most - 1)[self.most - 1]
            key, relations, since, until = key[near], relations[near], since[near], until[near]
        sort_keys: list[npt.NDArray[Any]] = [*relations.T[::-1], key]
        order = np.lexsort(sort_keys)[: self.most]
        self._key, self._relations = key[order], relations[order]
        self._since, self._until = since[order], until[order]
        if len(self._key) >= self.most:
            self.key = int(self._key[-1])

    def sorted(self) -> tuple[I64, I32, I32, I32]:
        """Return the columns of the best paths, best first."""
        return self._key, self._relations, self._since, self._until
