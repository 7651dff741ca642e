"""SciPy: sparse matrices; frontiers of all companies are multiplied at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from tables import Floats, Ints, Tables, read, stakes
from tasks import CHANGE, PASSES, Paths, captured

Flags = npt.NDArray[np.bool_]
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
        self.held = held = stakes(t)
        self.lo, self.hi, self.least_part, self.most_part = (
            sp.csr_array((share, (held.owned, held.owner)), shape=(t.n, t.n))
            for share in (held.lo, held.hi, *held.parts())
        )

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

    def cascade(self) -> Ints:
        """Multiply by the shares of everybody until nobody joins."""
        listed = np.zeros(self.t.n, bool)
        listed[self.t.listed] = True
        sets = (self._joined(listed, certain=c) & ~listed for c in (True, False))
        return captured(*(np.flatnonzero(s) for s in sets))

    def _joined(self, listed: Flags, *, certain: bool) -> Flags:
        members, number = listed, -1
        while number != (number := int(members.sum())):
            lo = self.lo @ members.astype(np.int64)
            if certain:
                members = listed | (lo - self.held.over >= PASSES)
            else:
                most = np.minimum(self.hi @ members.astype(np.int64), lo + self.held.slack)
                members = listed | (most >= PASSES)
        return members

    def effective(self) -> Floats:
        """Multiply by the shares of everybody until nothing changes; no linear solver caps."""
        other = np.ones(self.t.n, bool)
        other[self.t.listed] = False
        bounds = (self._have(m, other) for m in (self.least_part, self.most_part))
        return np.column_stack((np.arange(self.t.n), *bounds))[other]

    def _have(self, parts: sp.csr_array, other: Flags) -> Floats:
        have = np.where(other, 0.0, 1.0)
        while True:
            now = np.where(other, np.minimum(parts @ have, 1.0), 1.0)
            if np.max(now - have) <= CHANGE:
                return now
            have = now
