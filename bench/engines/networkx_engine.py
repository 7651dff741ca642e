"""NetworkX: a MultiDiGraph whose edge keys are relation rows, and a DiGraph of stakes."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from tables import Floats, Ints, Tables, read, stakes
from tasks import CHANGE, PASSES, Paths, captured, choose


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
        held = stakes(t)
        self.over, self.slack = held.over.tolist(), held.slack.tolist()
        columns = (held.owner, held.owned, held.lo, held.hi, *held.parts())
        self.stakes: Any = nx.DiGraph()
        self.stakes.add_nodes_from(self.listed)
        self.stakes.add_edges_from(
            (owner, owned, {"lo": lo, "hi": hi, "from": least, "to": most})
            for owner, owned, lo, hi, least, most in zip(*(c.tolist() for c in columns),
                                                         strict=True)
        )  # fmt: skip

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

    def cascade(self) -> Ints:
        certain, possible = (self._joined(certain=c) - self.listed for c in (True, False))
        return captured(np.array(sorted(certain), np.int64), np.array(sorted(possible), np.int64))

    def _joined(self, *, certain: bool) -> set[int]:
        """Grow the set until nobody joins; only what newcomers hold stakes in is asked again.

        To ask every entity in every round, the loop that is written first, takes 30 to 40 times
        as long at size M.
        """
        members, fresh = set(self.listed), set(self.listed)
        while fresh:
            owned = {e for member in fresh for e in self.stakes.successors(member)}
            fresh = {e for e in owned - members if self._passes(e, members, certain=certain)}
            members |= fresh
        return members

    def _passes(self, entity: int, members: set[int], *, certain: bool) -> bool:
        held = [d for owner, d in self.stakes.pred[entity].items() if owner in members]
        lo = sum(d["lo"] for d in held)
        if certain:
            return bool(lo - self.over[entity] >= PASSES)
        return bool(min(sum(d["hi"] for d in held), lo + self.slack[entity]) >= PASSES)

    def effective(self) -> Floats:
        lo, hi = (self._have(bound) for bound in ("from", "to"))
        return np.array([(e, lo.get(e, 0.0), have) for e, have in hi.items()])

    def _have(self, bound: str) -> dict[int, float]:
        """Send what arrived in the last round on, until it is nothing."""
        have: dict[int, float] = defaultdict(float)
        change = dict.fromkeys(self.listed, 1.0)
        while change:
            sent: dict[int, float] = defaultdict(float)
            for owner, part in change.items():
                for entity, stake in self.stakes.adj[owner].items():
                    if entity not in self.listed:
                        sent[entity] += part * stake[bound]
            change = {}
            for entity, part in sent.items():
                now = min(have[entity] + part, 1.0)
                if now - have[entity] > CHANGE:
                    change[entity] = now - have[entity]
                have[entity] = now
        return have
