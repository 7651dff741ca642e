"""From paths of nodes to paths of relations, for engines that name nodes only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from tables import Ints, Tables
from tasks import padded


class Parallel:
    """The relations between each pair of nodes, found by whole columns."""

    def __init__(self, t: Tables, rows: Ints | None = None) -> None:
        self.n = t.n
        self.rows = np.arange(len(t.src)) if rows is None else rows
        pair = t.src[self.rows] * t.n + t.dst[self.rows]
        order = np.argsort(pair, kind="stable")
        self.rows, self.pair = self.rows[order], pair[order]

    def relations(self, paths: Iterable[Sequence[int]]) -> Ints:
        """Return every choice of relations along paths of nodes, each path given once."""
        by_length: dict[int, list[Sequence[int]]] = defaultdict(list)
        for path in paths:
            by_length[len(path)].append(path)
        found = [padded(self._of(np.array(group))) for _, group in sorted(by_length.items())]
        return np.concatenate([padded(np.empty((0, 1), np.int64)), *found])

    def _of(self, nodes: Ints) -> Ints:
        done = np.empty((len(nodes), 0), np.int64)
        owner = np.arange(len(nodes))
        for hop in range(nodes.shape[1] - 1):
            pair = nodes[owner, hop] * self.n + nodes[owner, hop + 1]
            first = np.searchsorted(self.pair, pair, "left")
            counts = np.searchsorted(self.pair, pair, "right") - first
            which = np.repeat(np.arange(len(owner)), counts)
            offset = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
            done = np.column_stack((done[which], self.rows[first[which] + offset]))
            owner = owner[which]
        return done
