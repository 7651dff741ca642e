"""rustworkx: a PyDiGraph; paths of nodes are expanded to parallel relations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rustworkx as rx

from engines.arcs import Parallel
from tables import Floats, Ints, Tables, read
from tasks import Paths, choose


class Engine:
    """See `tasks.Engine`."""

    t: Tables

    def load(self, tables: Path, folder: Path) -> None:
        t = self.t = read(tables)
        self.graph = self._graph(np.arange(len(t.src)))
        self.parallel = Parallel(t)

    reopen = load

    def _graph(self, rows: Ints) -> Any:
        # Parallel relations would give the same path of nodes several times: one edge each pair.
        t = self.t
        pairs = np.unique(t.src[rows] * t.n + t.dst[rows])
        graph = rx.PyDiGraph(multigraph=True)
        graph.add_nodes_from(range(t.n))
        graph.extend_from_edge_list(
            list(zip((pairs // t.n).tolist(), (pairs % t.n).tolist(), strict=True))
        )
        return graph

    def paths(self, source: int, hops: int) -> Paths:
        return self.parallel.relations(self._nodes(self.graph, self.t.listed, source, hops))

    @staticmethod
    def _nodes(graph: Any, listed: Ints, source: int, hops: int) -> Any:
        ends = listed[listed != source].tolist()
        return rx.digraph_all_simple_paths(graph, source, ends, cutoff=hops)

    def best(self, source: int, hops: int, most: int) -> Paths:
        # Its k shortest path function gives lengths only, so all paths are listed.
        return choose(self.paths(source, hops), self.t.cost, most)

    def screen(self, companies: Ints, hops: int) -> Ints:
        raise NotImplementedError("no search bounded by hops that runs without a Python visitor")

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        rows = self.t.held(types, year)
        nodes = self._nodes(self._graph(rows), self.t.listed_at(year), source, hops)
        return Parallel(self.t, rows).relations(nodes)

    def cascade(self) -> Ints:
        raise NotImplementedError("no fixpoint over sums; arrays beside it would do all the work")

    def effective(self) -> Floats:
        raise NotImplementedError("no solver; arrays beside it would do all the work")
