"""SciPy: sparse matrices; frontiers of all companies are multiplied at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from tables import Ints, Tables, read
from tasks import Paths

#: Companies that are searched from at once; bounds the memory of a frontier.
_TOGETHER = 500


class Engine:
    """See `tasks.Engine`."""

    t: Tables

    def load(self, tables: Path, folder: Path) -> None:
        t = self.t = read(tables)
        one = np.ones(len(t.src), np.int32)
        self.graph = sp.csr_array((one, (t.src, t.dst)), shape=(t.n, t.n))
        self.back = self.graph.T.tocsr()

    reopen = load

    def paths(self, source: int, hops: int) -> Paths:
        raise NotImplementedError("no enumeration of paths")

    def best(self, source: int, hops: int, most: int) -> Paths:
        raise NotImplementedError("no enumeration of paths")

    def screen(self, companies: Ints, hops: int) -> Ints:
        """Search from the side with fewer nodes."""
        t, backward = self.t, len(self.t.listed) <= len(companies)
        matrix = self.back if backward else self.graph
        starts, ends = (companies, t.listed)[:: -1 if backward else 1]
        wanted = np.zeros(t.n, bool)
        wanted[ends] = True
        found = []
        for begin in range(0, len(starts), _TOGETHER):
            part = starts[begin : begin + _TOGETHER]
            front = sp.csr_array(
                (np.ones(len(part), np.int32), (np.arange(len(part)), part)),
                shape=(len(part), t.n),
            )
            keys: list[Ints] = []
            for hop in range(1, hops + 1):
                front = front @ matrix
                front.data[:] = 1
                row, node = front.nonzero()
                hit = wanted[node]
                keys.append((row[hit].astype(np.int64) * t.n + node[hit]) * 8 + hop)
            key = np.sort(np.concatenate(keys))
            key = key[np.append(True, np.diff(key >> 3) != 0)[: len(key)]]
            start, end = part[(key >> 3) // t.n], (key >> 3) % t.n
            other = start != end
            pair = (end, start) if backward else (start, end)
            found.append(np.column_stack((*pair, key & 7))[other])
        return np.concatenate(found)

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        raise NotImplementedError("no enumeration of paths")
