"""Effective ownership against a dense solve and against sums over all paths."""

from __future__ import annotations

import random
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest

from nthtier.graph.dates import end_day
from nthtier.queries import holdings
from nthtier.queries.effective import held_by
from ownership import Claim, Small, own, plain_stakes, random_claims

DAY = end_day("2024")


@pytest.fixture(scope="module", params=["few holders", "many holders"], autouse=True)
def followed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whether only what is reached is looked at, or the stakes of the whole graph."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holdings, "_FEW", 0 if request.param == "few holders" else 1000)
        yield


def bounds(names: str, claims: list[Claim], holders: str) -> dict[str, tuple[float, float]]:
    graph = Small(names, claims)
    found = held_by(graph.s, np.array([graph.number[n] for n in holders]), DAY, graph.own_disputed)
    return {n: found.of(graph.number[n]) for n in names}


def test_shares_are_multiplied_down_and_added_up() -> None:
    claims = [own("x", "a", "50"), own("x", "b", "20"), own("a", "c", "40"), own("b", "c", "30")]
    found = bounds("abcx", claims, "x")
    assert found["c"] == pytest.approx((26, 26)) and found["x"] == (0, 0)


def test_a_cycle_converges_to_its_closed_form() -> None:
    claims = [own("x", "a", "40"), own("b", "a", "60"), own("a", "b", "50")]
    # a = 0.4 + 0.6 b, b = 0.5 a
    assert bounds("abx", claims, "x")["a"] == pytest.approx((400 / 7, 400 / 7))


def test_a_way_back_through_the_holder_adds_nothing() -> None:
    claims = [own("x", "a", "50"), own("a", "x", "50"), own("a", "b", "10")]
    found = bounds("abx", claims, "x")
    assert [found[n][0] for n in "abx"] == pytest.approx([50, 5, 0])


def test_what_is_not_known_gives_bounds_and_never_more_than_all() -> None:
    found = bounds("abcx", [own("x", "a"), own("a", "b", "40-60"), own("x", "c", "30"),
                            own("c", "b", "20")], "x")  # fmt: skip
    assert found["b"] == pytest.approx((6, 66))
    loop = [own("x", "a", "0.001"), own("b", "a"), own("a", "b")]
    low, high = bounds("abx", loop, "x")["a"]
    assert low == pytest.approx(0.001) and high == pytest.approx(100)


def test_what_others_hold_bounds_what_is_not_known() -> None:
    assert bounds("abx", [own("x", "a"), own("b", "a", "70")], "x")["a"] == pytest.approx((0, 30))


def drawn(r: random.Random, names: str) -> list[Claim]:
    """Draw stakes with cycles whose sums stay below 100."""
    claims = []
    for b in names:
        owners = r.sample([n for n in names if n != b], r.randint(0, 3))
        claims += [own(a, b, f"{r.randint(1, 95 // max(len(owners), 1))}") for a in owners]
    return claims


def test_a_dense_solve_agrees() -> None:
    for seed in range(60):
        r = random.Random(seed)
        names = "abcdefgh"
        claims, holders = drawn(r, names), r.sample(names, r.randint(1, 2))
        share = np.zeros((8, 8))
        for (a, b), (lo, _) in plain_stakes(claims, "2024-12-31").items():
            share[names.index(a), names.index(b)] = float(lo) / 100
        at = [names.index(h) for h in holders]
        direct = share[at].sum(axis=0)
        share[at] = 0  # a holder's own stakes are already counted
        share[:, at] = 0
        direct[at] = 0
        solved = np.linalg.solve(np.eye(8) - share.T, direct)
        found = bounds(names, claims, "".join(holders))
        for i, n in enumerate(names):
            assert found[n] == pytest.approx((solved[i] * 100, solved[i] * 100), abs=1e-7), seed


def test_sums_over_all_paths_agree_without_cycles() -> None:
    for seed in range(40):
        r = random.Random(seed)
        names = "abcdefg"
        claims = [c for c in drawn(r, names) if c.a < c.b]
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(names)
        for c in claims:
            assert c.share is not None
            graph.add_edge(c.a, c.b, part=float(c.share[0]) / 100)
        found = bounds(names, claims, "a")
        for n in names[1:]:
            total = 0.0
            for path in nx.all_simple_paths(graph, "a", n):
                total += float(np.prod([graph[u][v]["part"] for u, v in nx.utils.pairwise(path)]))
            assert found[n] == pytest.approx((total * 100, total * 100), abs=1e-7), seed


def test_every_world_lies_within_the_bounds() -> None:
    checked = 0
    for seed in range(200):
        r = random.Random(seed)
        names = "abcde"
        claims = random_claims(r, names)
        wide = bounds(names, claims, "a")
        world = {
            k: lo + (hi - lo) * r.randint(0, 4) / 4
            for k, (lo, hi) in plain_stakes(claims, "2024-12-31").items()
        }
        if any(sum(x for (_, v), x in world.items() if v == b) > 99 for b in names):
            continue  # no such world, or one in which owners own each other whole
        checked += 1
        point = bounds(names, [own(a, b, f"{float(x):g}") for (a, b), x in world.items()], "a")
        for n in names:
            assert wide[n][0] <= point[n][0] + 1e-6 and point[n][1] <= wide[n][1] + 1e-6, seed
    assert checked > 40
