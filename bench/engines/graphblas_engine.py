"""SuiteSparse:GraphBLAS by python-graphblas: masks keep what is known out of the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import graphblas as gb
import numpy as np

from tables import Floats, Ints, Tables, read, stakes
from tasks import CHANGE, PASSES, Paths, captured

#: Companies that are searched from at once; bounds the memory of a frontier.
_TOGETHER = 500


class Engine:
    """See `tasks.Engine`."""

    t: Tables

    def load(self, tables: Path, folder: Path) -> None:
        t = self.t = read(tables)
        self.graph = self._matrix(t.src, t.dst, np.ones(len(t.src), bool))
        self.back = self.graph.T.new()
        held = stakes(t)
        least, most = held.parts()
        self.lo, self.hi, self.least_part, self.most_part = (
            self._matrix(held.owner, held.owned, share) for share in (held.lo, held.hi, least, most)
        )
        self.over, self.slack = gb.Vector.from_dense(held.over), gb.Vector.from_dense(held.slack)

    reopen = load

    def _matrix(self, rows: Ints, columns: Ints, values: Any) -> Any:
        n = self.t.n
        return gb.Matrix.from_coo(rows, columns, values, nrows=n, ncols=n, dup_op=gb.binary.max)

    def paths(self, source: int, hops: int) -> Paths:
        raise NotImplementedError("no enumeration of paths")

    def best(self, source: int, hops: int, most: int) -> Paths:
        raise NotImplementedError("no enumeration of paths")

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        raise NotImplementedError("no enumeration of paths")

    def screen(self, companies: Ints, hops: int) -> Ints:
        """Search from the side with fewer nodes, all of a block at once."""
        t, backward = self.t, len(self.t.listed) <= len(companies)
        matrix = self.back if backward else self.graph
        starts, ends = (companies, t.listed)[:: -1 if backward else 1]
        wanted = np.zeros(t.n, bool)
        wanted[ends] = True
        found = []
        for begin in range(0, len(starts), _TOGETHER):
            part = starts[begin : begin + _TOGETHER]
            ones = np.ones(len(part), bool)
            front = gb.Matrix.from_coo(np.arange(len(part)), part, ones, nrows=len(part), ncols=t.n)
            seen = front.dup()
            for hop in range(1, hops + 1):
                front(~seen.S, replace=True) << front.mxm(matrix, gb.semiring.any_pair)
                seen(front.S) << True
                row, node, _ = front.to_coo(values=False)
                hit = wanted[node]
                pair = part[row[hit]], node[hit].astype(np.int64)
                pair = pair[::-1] if backward else pair
                found.append(np.column_stack((*pair, np.full(len(pair[0]), hop))))
        return np.concatenate(found)

    def cascade(self) -> Ints:
        certain, possible = (self._joined(certain=c) for c in (True, False))
        return captured(*(np.setdiff1d(s, self.t.listed) for s in (certain, possible)))

    def _joined(self, *, certain: bool) -> Ints:
        """Add what newcomers hold to the sums so far, until nobody joins."""
        n = self.t.n
        fresh = gb.Vector.from_coo(self.t.listed, True, size=n)
        members = fresh.dup()
        lo, hi = gb.Vector(int, n), gb.Vector(int, n)
        while fresh.nvals:
            lo(gb.binary.plus) << fresh.vxm(self.lo, gb.semiring.plus_second)
            if certain:
                holds = gb.binary.minus(lo & self.over).new()
            else:
                hi(gb.binary.plus) << fresh.vxm(self.hi, gb.semiring.plus_second)
                room = gb.binary.plus(lo & self.slack).new()
                holds = gb.binary.min(hi & room).new()
            passing = gb.select.valuege(holds, PASSES).new()
            fresh = gb.Vector(bool, n)
            fresh(~members.S) << gb.unary.one(passing)
            members(fresh.S) << True
        found: Ints = members.to_coo(values=False)[0].astype(np.int64)
        return found

    def effective(self) -> Floats:
        """Send what arrived in the last round on, until it is nothing."""
        lo, hi = (self._have(parts) for parts in (self.least_part, self.most_part))
        entity, most = hi.to_coo()
        have = np.zeros(self.t.n)
        at, least = lo.to_coo()
        have[at] = least
        return np.column_stack((entity, have[entity], most))

    def _have(self, parts: Any) -> Any:
        n = self.t.n
        have = gb.Vector(float, n)
        change = gb.Vector.from_coo(self.t.listed, 1.0, size=n)
        listed = change.dup()
        while change.nvals:
            now = gb.Vector(float, n)
            now(~listed.S) << change.vxm(parts, gb.semiring.plus_times)
            change << now
            now(gb.binary.plus) << have
            now << now.apply(gb.binary.min, right=1.0)
            before = gb.Vector(float, n)
            before(now.S) << 0.0
            before(have.S) << have
            change(change.S, replace=True) << gb.binary.minus(now & before)
            change << gb.select.valuegt(change, CHANGE)
            have = now
        return have
