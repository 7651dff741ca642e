"""The brute-force answer: NetworkX enumerates, plain Python filters and sorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx

from nthtier.graph.ontology import BASIS_CODE, BY_NAME, CODE
from nthtier.graph.snapshot import Snapshot

BASIS_CODE_NAMES = {code: name for name, code in BASIS_CODE.items()}


@dataclass(frozen=True)
class Answer:
    """One path as the oracle sees it."""

    relations: tuple[int, ...]
    cost: int
    since: int
    until: int


def all_paths(
    s: Snapshot,
    subject: int,
    ends: dict[int, list[tuple[int, int]]],
    steps: Sequence[Mapping[str, str]],
    *,
    day: int | None = None,
    least_share: float = 0.0,
    bases: Iterable[str] = (),
    via: Iterable[int] = (),
    avoid: Iterable[int] = (),
) -> list[Answer]:
    """Return every simple path to ``ends`` (entity → intervals), in the stated order.

    ``steps`` say for each hop which types may be read in which direction; there are at most so
    many hops.
    """
    max_hops = len(steps)
    graph: Any = nx.MultiDiGraph()
    graph.add_nodes_from(range(s.entities))
    names = {code: name for name, code in CODE.items()}
    for r in range(s.relations):
        kind = names[int(s.type[r])]
        if day is not None and not int(s.since[r]) <= day <= int(s.until[r]):
            continue
        if least_share and BY_NAME[kind].stake and not float(s.lo[r]) >= least_share:
            continue
        if bases and BASIS_CODE_NAMES[int(s.basis[r])] not in bases:
            continue
        if any(x.get(kind) in ("forward", "both") for x in steps):
            graph.add_edge(int(s.src[r]), int(s.dst[r]), key=(r, "forward"))
        if any(x.get(kind) in ("backward", "both") for x in steps):
            graph.add_edge(int(s.dst[r]), int(s.src[r]), key=(r, "backward"))
    graph.remove_nodes_from(list(avoid))
    found = []
    goals = [t for t in ends if t in graph and t != subject]
    if subject in graph and max_hops > 0:
        for target in goals:
            every: Any = nx.all_simple_edge_paths(graph, subject, target, cutoff=max_hops)
            for edges in every:
                rows = tuple(k[0] for _, _, k in edges)
                if not all(
                    step.get(names[int(s.type[r])]) in (read, "both")
                    for step, (_, _, (r, read)) in zip(steps, edges, strict=False)
                ):
                    continue
                since = max(int(s.since[r]) for r in rows)
                until = min(int(s.until[r]) for r in rows)
                touched = {subject} | {b for _, b, _ in edges}
                holds = since <= until and any(
                    max(since, a) <= min(until, b) for a, b in ends[target]
                )
                if holds and touched.issuperset(via):
                    cost = sum(int(s.cost[r]) for r in rows)
                    found.append(Answer(rows, cost, since, until))
    return sorted(set(found), key=lambda a: (a.cost, len(a.relations), a.relations))
