"""The strongest targets of many companies against brute force, from both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import Drawn, Listing, Tie, drawn_graphs, snapshot_of
from nthtier.graph.dates import end_day
from nthtier.graph.index import HOP_BITS
from nthtier.graph.ontology import LENSES, lens_reads
from nthtier.graph.snapshot import Snapshot
from nthtier.queries.fewest import fewest, rings_around
from nthtier.queries.paths import Engine, path_columns
from nthtier.queries.selection import Selection, listed_targets
from nthtier.queries.space import Space, space
from nthtier.queries.strongest import Strongest, strongest
from oracle import Answer, all_paths
from test_paths import engine, listed_ends, many

__all__ = ["engine"]
Row = tuple[int, int, int, int, tuple[int, ...], int, int]


def brute_force(
    s: Snapshot, companies: list[int], lens: str, hops: int, day: int | None, share: float,
    avoid: set[int],
) -> list[Row]:  # fmt: skip
    """Return company, target, fewest hops, cost, relations and interval of each best path."""
    rows: list[Row] = []
    for number, company in enumerate(companies):
        paths = all_paths(s, company, listed_ends(s, day), [dict(lens_reads(lens))] * hops, day=day,
                          least_share=share, avoid=avoid)  # fmt: skip
        best: dict[int, Answer] = {}
        fewest: dict[int, int] = {}
        for a in paths:  # best first
            at = company
            for r in a.relations:
                at = int(s.dst[r]) if int(s.src[r]) == at else int(s.src[r])
            best.setdefault(at, a)
            fewest[at] = min(len(a.relations), fewest.get(at, hops))
        for t, a in best.items():
            rows.append((number, t, fewest[t], a.cost, a.relations, a.since, a.until))
    return sorted(rows, key=lambda r: (r[0], r[3], len(r[4]), r[4]))


@many(200)
@given(
    drawn_graphs(),
    st.sampled_from(list(LENSES)),
    st.integers(0, 7),
    st.sampled_from([None, "2003", "2012-01-01"]),
    st.sampled_from([0.0, 30.0]),
    st.none() | st.integers(0, 4),
    st.booleans(),
    st.integers(0, 4),
)
def test_equals_brute_force(
    engine: Engine, drawn: Drawn, lens: str, hops: int, as_of: str | None, share: float,
    avoided: int | None, kept: bool, most: int,
) -> None:  # fmt: skip
    s = snapshot_of(drawn.build())
    day = end_day(as_of) if as_of else None
    avoid = {avoided} - {None} if avoided is not None and avoided < drawn.n else set()
    companies = [*range(drawn.n), 0]  # the same company may come twice
    selection = Selection(lens_reads(lens), day, share, avoid=frozenset(avoid))
    sp = space(s, listed_targets(s, day=day), selection, max_hops=hops,
               index=s.index if kept else None)  # fmt: skip
    wanted = [most + c % 2 for c in range(len(companies))]
    found = strongest(sp, companies, wanted, engine=engine)
    every = brute_force(s, companies, lens, hops, day, share, avoid)
    mine = [[r for r in every if r[0] == c][:n] for c, n in enumerate(wanted)]
    assert rows(found) == [(c, t, *more) for part in mine for c, t, _, *more in part]
    assert found.done == len(companies)


def rows(found: Strongest) -> list[tuple[Any, ...]]:
    """Return company, target, cost, relations and interval of each end."""
    return [
        (c, t, k >> HOP_BITS, tuple(x for x in r if x >= 0), a, b)
        for c, t, k, r, a, b in zip(
            found.company.tolist(), found.target.tolist(), found.key.tolist(),
            found.relations.tolist(), found.since.tolist(), found.until.tolist(), strict=True,
        )
    ]  # fmt: skip


@many(20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([None, "2012-01-01"]))
def test_equals_the_best_paths_where_there_are_many(
    engine: Engine, seed: int, hops: int, as_of: str | None
) -> None:
    """Graphs with hubs, where bounds cut rows short and paths of equal strength abound."""
    draw = np.random.default_rng(seed)
    a, b = draw.integers(0, 60, 240), draw.integers(0, 60, 240) ** 2 // 60
    kinds, years = draw.choice(["SUPPLIES", "OWNS"], 240), draw.choice(["", "2005", "2015"], 240)
    ties = tuple(
        Tie(int(x), str(k), int(y), since=str(d))
        for x, y, k, d in zip(a, b, kinds, years, strict=True) if x != y
    )  # fmt: skip
    listed = tuple(Listing(x, "us-bis-el", until=str(draw.choice(["", "2010"])))
                   for x in draw.permutation(60)[:9].tolist())  # fmt: skip
    s = snapshot_of(Drawn(60, ties, listed).build())
    day = end_day(as_of) if as_of else None
    sp = space(s, listed_targets(s, day=day), Selection(lens_reads("any"), day), max_hops=hops,
               index=s.index)  # fmt: skip
    companies = list(range(0, 60, 5))
    found = strongest(sp, companies, [4] * 12, engine=engine)
    rings = rings_around(sp, engine=engine)
    assert rings.depth == min(2, hops)
    blocks = fewest(sp, companies, rings=rings, engine=engine)
    near = [(int(c), int(t), int(h)) for b in blocks
            for c, t, h in zip(b.company, b.target, b.hops, strict=True)]  # fmt: skip
    best, fewest_hops = [], []
    for number, company in enumerate(companies):
        ends = ends_of(sp, company)
        mine = sorted((min(paths), t) for t, paths in ends.items())[:4]
        best += [(number, t, key >> HOP_BITS, row) for (key, row), t in mine]
        fewest_hops += [(number, t, min(len(row) for _, row in paths)) for t, paths in ends.items()]
    assert [row[:4] for row in rows(found)] == best
    assert near == sorted(fewest_hops)


def ends_of(sp: Space, company: int) -> dict[int, list[tuple[int, tuple[int, ...]]]]:
    """Return by target the keys and relations of all paths."""
    found: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
    for keys, relations, _, _ in path_columns(sp, company):
        at = np.full(len(keys), company)
        for column in relations.T:
            other = np.where(sp.s.src[column] == at, sp.s.dst[column], sp.s.src[column])
            at = np.where(column >= 0, other, at)
        for end, key, row in zip(at.tolist(), keys.tolist(), relations.tolist(), strict=True):
            found.setdefault(end, []).append((key, tuple(r for r in row if r >= 0)))
    return found


def test_a_path_that_never_held_as_a_whole_gives_way_to_one_that_did(engine: Engine) -> None:
    """The strongest walk 0-1-2 has hops that never held together; 0-3-4-2 did."""
    ties = (
        Tie(0, "OWNS", 1, until="2005", share=100.0), Tie(1, "OWNS", 2, since="2010", share=100.0),
        Tie(0, "MEMBER_OF", 3), Tie(3, "MEMBER_OF", 4), Tie(4, "MEMBER_OF", 2),
    )  # fmt: skip
    s = snapshot_of(Drawn(5, ties, (Listing(2, "us-bis-el"),)).build())
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=3, index=s.index)
    found = strongest(sp, [0], [9], engine=engine)
    assert len(found.target) == 1 and (found.relations[0] >= 0).all()


def test_no_path_is_listed_where_there_are_many_to_few_targets(engine: Engine) -> None:
    """Seven layers of twelve: 12 ** 7 paths to the one target there is, and a second wanted."""
    ties = [Tie(0, "SUPPLIES", 1 + i) for i in range(12)]
    for layer in range(6):
        first = 1 + 12 * layer
        ties += [Tie(first + i, "SUPPLIES", first + 12 + j) for i in range(12) for j in range(12)]
    ties += [Tie(73 + i, "SUPPLIES", 85) for i in range(12)]
    s = snapshot_of(Drawn(86, tuple(ties), (Listing(85, "us-bis-el"),)).build())
    sp = space(s, listed_targets(s), Selection({"SUPPLIES": "forward"}), max_hops=8, index=s.index)
    found = strongest(sp, [0], [2], engine=engine)
    assert found.target.tolist() == [85] and (found.relations[0] >= 0).all()


def test_time_that_is_up_ends_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine == "numba":
        monkeypatch.setattr("nthtier.queries.compiled.SLICE", 100)
    ties = tuple(Tie(i, "SUPPLIES", 60) for i in range(60))
    s = snapshot_of(Drawn(61, ties, (Listing(60, "us-bis-el"),)).build())
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=2, index=s.index)
    late = strongest(sp, list(range(60)) * 9, [1] * 540, engine=engine, deadline=0)
    assert 0 < late.done < 540 and np.array_equal(late.company, np.arange(late.done))
