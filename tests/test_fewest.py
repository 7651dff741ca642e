"""The fewest hops of many pairs against brute force, from both engines."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import Drawn, Listing, Tie, drawn_graphs, snapshot_of
from nthtier.graph.dates import end_day
from nthtier.graph.ontology import LENSES, lens_reads
from nthtier.queries.fewest import fewest, rings_around
from nthtier.queries.paths import Engine
from nthtier.queries.reach import searched
from nthtier.queries.selection import Selection, listed_targets
from nthtier.queries.space import space
from test_paths import engine, many
from test_strongest import brute_force

__all__ = ["engine"]


@pytest.mark.slow
@many(200)
@given(
    drawn_graphs(),
    st.sampled_from(list(LENSES)),
    st.integers(0, 7),
    st.sampled_from([None, "2003", "2012-01-01"]),
    st.sampled_from([0.0, 30.0]),
    st.none() | st.integers(0, 4),
    st.booleans(),
    st.booleans(),
)
def test_equals_brute_force(
    engine: Engine, drawn: Drawn, lens: str, hops: int, as_of: str | None, share: float,
    avoided: int | None, kept: bool, prepared: bool,
) -> None:  # fmt: skip
    s = snapshot_of(drawn.build())
    day = end_day(as_of) if as_of else None
    avoid = {avoided} - {None} if avoided is not None and avoided < drawn.n else set()
    companies = [*range(drawn.n), 0]  # the same company may come twice
    selection = Selection(lens_reads(lens), day, share, avoid=frozenset(avoid))
    sp = space(s, listed_targets(s, day=day), selection, max_hops=hops,
               index=s.index if kept else None)  # fmt: skip
    rings = rings_around(sp, engine=engine) if prepared else None
    blocks = list(fewest(sp, companies, rings=rings, engine=engine))
    rows = [(int(c), int(t), int(h)) for b in blocks
            for c, t, h in zip(b.company, b.target, b.hops, strict=True)]  # fmt: skip
    wanted = brute_force(s, companies, lens, hops, day, share, avoid)
    assert rows == sorted(row[:3] for row in wanted)
    assert blocks[-1].done == len(companies) and blocks[-1].stopped_by is None


@many(20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 40))
def test_equals_networkx_where_rings_are_worth_it(
    engine: Engine, seed: int, hops: int, asked: int
) -> None:
    """Graphs large enough for rings, hubs and several companies on one."""
    draw = np.random.default_rng(seed)
    a, b = draw.integers(0, 60, 150), draw.integers(0, 60, 150) ** 2 // 60
    ties = tuple(Tie(int(x), "SUPPLIES", int(y)) for x, y in zip(a, b, strict=True) if x != y)
    listed = draw.permutation(60)[:12].tolist()
    s = snapshot_of(Drawn(60, ties, tuple(Listing(x, "us-bis-el") for x in listed)).build())
    companies = draw.permutation(60)[:asked].tolist()
    sp = space(s, listed_targets(s), Selection({"SUPPLIES": "forward"}), max_hops=hops,
               index=s.index)  # fmt: skip
    (block,) = fewest(sp, companies, engine=engine)
    graph: Any = nx.DiGraph([(t.src, t.dst) for t in ties])
    graph.add_nodes_from(range(60))
    wanted = [
        (number, target, near)
        for number, company in enumerate(companies)
        for target, near in nx.single_source_shortest_path_length(graph, company, hops).items()
        if target in set(listed) - {company}
    ]
    found = zip(block.company.tolist(), block.target.tolist(), block.hops.tolist(), strict=True)
    assert list(found) == sorted(wanted)


def test_companies_go_through_in_batches_until_time_is_up(engine: Engine) -> None:
    ties = tuple(Tie(i, "SUPPLIES", 60) for i in range(60))
    s = snapshot_of(Drawn(61, ties, (Listing(60, "us-bis-el"),)).build())
    companies = list(range(60)) * 100
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=2, index=s.index)
    (late,) = fewest(sp, companies, engine=engine, seconds=-1)
    assert late.stopped_by == "time" and 0 < late.done < 6000
    assert np.array_equal(late.company, np.arange(late.done))
    blocks = list(fewest(sp, companies, engine=engine))
    assert len(blocks) > 1 and blocks[-1].done == 6000
    assert np.concatenate([b.company for b in blocks]).tolist() == list(range(6000))


def test_rings_that_grow_too_large_are_made_smaller(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ties = tuple(Tie(i, "SUPPLIES", i + 1) for i in range(20))
    s = snapshot_of(Drawn(21, ties, (Listing(20, "us-bis-el"),)).build())
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=4, index=s.index)
    monkeypatch.setattr("nthtier.queries.fewest._MOST", 1)
    rings = rings_around(sp, engine=engine)
    assert rings.depth == 0
    (found,) = fewest(sp, [17, 10], rings=rings, engine=engine)
    assert found.hops.tolist() == [3]


def test_work_that_is_cut_up_gives_the_same(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few arcs at once, for companies on a hub and around it, with dates and without."""
    draw = np.random.default_rng(5)
    ties = tuple(
        Tie(int(x), "SUPPLIES", int(y), since=str(draw.choice(["", "2005", "2015"])))
        for x, y in draw.integers(0, 50, (160, 2)).tolist() if x != y
    )  # fmt: skip
    ties += tuple(Tie(0, "OWNS", i, until="2010") for i in range(1, 50))
    listed = tuple(Listing(x, "us-bis-el") for x in range(0, 50, 6))
    s = snapshot_of(Drawn(50, ties, listed).build())
    for day in (None, end_day("2012")):
        sp = space(s, listed_targets(s, day=day), Selection(lens_reads("any"), day), max_hops=4,
                   index=s.index)  # fmt: skip
        (whole,) = fewest(sp, range(50), engine=engine)
        with monkeypatch.context() as patch:
            patch.setattr("nthtier.queries.fewest._ARCS", 10)
            patch.setattr("nthtier.queries.fewest._WORK", 500)
            parts = list(fewest(sp, range(50), engine=engine))
        assert (len(parts) > 1) == (engine == "numba") and parts[-1].done == 50
        for name in ("company", "target", "hops"):
            cut = np.concatenate([getattr(p, name) for p in parts])
            assert np.array_equal(cut, getattr(whole, name)), name


def test_one_search_too_large_for_the_time_ends_and_nobody_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ties = tuple(Tie(0, "SUPPLIES", i) for i in range(1, 40))
    ties += tuple(Tie(i, "SUPPLIES", 40) for i in range(1, 40))
    s = snapshot_of(Drawn(41, ties, (Listing(40, "us-bis-el"),)).build())
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=4, index=s.index)
    monkeypatch.setattr("nthtier.queries.fewest._ARCS", 10)
    (late,) = fewest(sp, [0, 1], seconds=-1)
    assert (late.done, late.stopped_by, len(late.company)) == (0, "time", 0)
    parts = list(searched(sp, [0, 1], engine="numpy", deadline=0))
    assert [(p.done, p.stopped_by, e.done) for p, e in parts] == [(0, "time", 0)]
