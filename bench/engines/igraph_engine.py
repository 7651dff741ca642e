"""python-igraph: edge ids are relation rows; paths of nodes are expanded to parallel relations."""

from __future__ import annotations

from pathlib import Path

import igraph as ig
import numpy as np

from engines.arcs import Parallel
from tables import Floats, Ints, Tables, read
from tasks import Paths, choose


class Engine:
    """See `tasks.Engine`."""

    t: Tables

    def load(self, tables: Path, folder: Path) -> None:
        t = self.t = read(tables)
        ends = np.column_stack((t.src, t.dst))
        # One node more, behind everything listed, turns "to any listed" into one target.
        sink = np.column_stack((t.listed, np.full(len(t.listed), t.n)))
        self.graph = ig.Graph(n=t.n + 1, edges=np.concatenate((ends, sink)), directed=True)
        self.weights = np.concatenate((t.cost, np.zeros(len(t.listed)))).tolist()
        self.parallel = Parallel(t)

    reopen = load

    def paths(self, source: int, hops: int) -> Paths:
        ends = self.t.listed[self.t.listed != source].tolist()
        return self.parallel.relations(
            self.graph.get_all_simple_paths(source, to=ends, maxlen=hops, mode="out")
        )

    def best(self, source: int, hops: int, most: int) -> Paths:
        """Ask for ever more shortest paths, of any length, until enough are short enough."""
        m, asked = len(self.t.src), most
        while True:
            found = self.graph.get_k_shortest_paths(
                source, to=self.t.n, k=asked, weights=self.weights, mode="out", output="epath"
            )
            rows = [[e for e in path if e < m] for path in found]
            short = [path for path in rows if 0 < len(path) <= hops]
            # Ties in cost come in any order: go on until the cost after the last wanted rises.
            last = sum(self.t.cost[r] for r in rows[-1]) if rows else 0
            cost = sorted(sum(self.t.cost[r] for r in path) for path in short)
            if len(found) < asked or (len(cost) >= most and cost[most - 1] < last):
                return choose(short, self.t.cost, most)
            asked *= 2

    def screen(self, companies: Ints, hops: int) -> Ints:
        """Search from the side with fewer nodes, ring by ring."""
        backward = len(self.t.listed) <= len(companies)
        starts, ends = (companies, self.t.listed)[:: -1 if backward else 1]
        wanted = np.zeros(self.t.n + 1, bool)
        wanted[ends] = True
        found = [np.empty((0, 3), np.int64)]
        for ring in range(1, hops + 1):
            rings = self.graph.neighborhood(
                starts.tolist(), order=ring, mode="in" if backward else "out", mindist=ring
            )
            for start, nodes in zip(starts.tolist(), rings, strict=True):
                reached = np.array(nodes, np.int64)
                reached = reached[wanted[reached]]
                pair = (reached, np.full(len(reached), start))[:: 1 if backward else -1]
                found.append(np.column_stack((*pair, np.full(len(reached), ring))))
        return np.concatenate(found)

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        rows = self.t.held(types, year)
        part = self.graph.subgraph_edges(rows.tolist(), delete_vertices=False)
        ends = self.t.listed_at(year)
        return Parallel(self.t, rows).relations(
            part.get_all_simple_paths(source, to=ends[ends != source].tolist(), maxlen=hops)
        )

    def cascade(self) -> Ints:
        raise NotImplementedError("no fixpoint over sums; arrays beside it would do all the work")

    def effective(self) -> Floats:
        raise NotImplementedError("no solver; arrays beside it would do all the work")
