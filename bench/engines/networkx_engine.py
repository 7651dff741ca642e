"""NetworkX: a MultiDiGraph whose edge keys are relation rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from tables import Ints, Tables, read
from tasks import Paths, choose


class Engine:
    """See `tasks.Engine`."""

    t: Tables

    def load(self, tables: Path, folder: Path) -> None:
        t = self.t = read(tables)
        graph: Any = nx.MultiDiGraph()
        graph.add_nodes_from(range(t.n))
        graph.add_edges_from(zip(t.src.tolist(), t.dst.tolist(), range(len(t.src)), strict=True))
        self.graph, self.back = graph, None
        self.listed = set(t.listed.tolist())

    reopen = load

    def paths(self, source: int, hops: int) -> Paths:
        return self._paths(self.graph, self.listed, source, hops)

    def _paths(self, graph: Any, listed: set[int], source: int, hops: int) -> list[list[int]]:
        every: Any = nx.all_simple_edge_paths(graph, source, listed - {source}, cutoff=hops)
        return [[key for _, _, key in path] for path in every]

    def best(self, source: int, hops: int, most: int) -> Paths:
        # shortest_simple_paths refuses multigraphs, so all paths are listed and the best kept.
        return choose(self.paths(source, hops), self.t.cost, most)

    def screen(self, companies: Ints, hops: int) -> Ints:
        """Search from the side with fewer nodes."""
        wanted = set(companies.tolist())
        backward = len(self.listed) < len(wanted)
        graph, starts, ends = self.graph, wanted, self.listed
        if backward:
            if self.back is None:  # a view would be several times slower
                self.back = self.graph.reverse(copy=True)
            graph, starts, ends = self.back, self.listed, wanted
        found = []
        for start in starts:
            reached = nx.single_source_shortest_path_length(graph, start, cutoff=hops)
            found += [(start, end, reached[end]) for end in ends & reached.keys() if end != start]
        rows = np.array(found, np.int64).reshape(-1, 3)
        return rows[:, [1, 0, 2]] if backward else rows

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        kept = np.zeros(len(self.t.src), bool)
        kept[self.t.held(types, year)] = True
        held = kept.tolist()
        view = nx.subgraph_view(self.graph, filter_edge=lambda u, v, key: held[key])
        return self._paths(view, set(self.t.listed_at(year).tolist()), source, hops)
