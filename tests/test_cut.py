"""``cut``: against every subset on small graphs, and against max-flow where hops are no limit."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs import Drawn, Listing, Tie, drawn_graphs, name
from nthtier.explorer.cli import run
from nthtier.graph.dates import end_day
from nthtier.graph.errors import InputError
from nthtier.graph.ontology import CODE, lens_reads
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.costs import Costs, read_costs
from nthtier.queries.cut import cut
from nthtier.queries.hitting import hitting_set
from nthtier.queries.question import Question
from nthtier.queries.trace import trace
from oracle import all_paths
from test_paths import listed_ends

patient = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def cheapest(sets: list[frozenset[Any]], cost: dict[Any, float]) -> float:
    """The brute-force answer: the cost of the best subset."""
    every = sorted({e for s in sets for e in s})
    return min(
        sum(cost[e] for e in chosen)
        for n in range(len(every) + 1)
        for chosen in itertools.combinations(every, n)
        if all(s & set(chosen) for s in sets)
    )


@patient
@given(
    st.lists(st.frozensets(st.integers(0, 8), min_size=1, max_size=4), max_size=9),
    st.lists(st.sampled_from([1.0, 2.0, 2.5, 7.0]), min_size=9, max_size=9),
)
def test_hitting_sets_equal_brute_force(sets: list[frozenset[int]], costs: list[float]) -> None:
    cost = dict(enumerate(costs))
    found = hitting_set(sets, cost)
    assert all(s & set(found.chosen) for s in sets)
    assert found.complete and found.cost == found.bound == cheapest(sets, cost)


def test_out_of_time_there_is_a_bound() -> None:
    sets = [frozenset(x) for x in itertools.combinations(range(12), 3)]
    cost = dict.fromkeys(range(12), 1.0)
    rushed, found = hitting_set(sets, cost, seconds=0.0), hitting_set(sets, cost)
    assert found.cost == 10 and found.complete
    assert not rushed.complete and rushed.bound < rushed.cost
    assert rushed.bound <= 10 <= rushed.cost
    assert all(s & set(rushed.chosen) for s in sets)
    with pytest.raises(ValueError, match="empty set"):
        hitting_set([[]], {})


@pytest.mark.slow
@patient
@given(drawn_graphs(most=6, most_ties=9), st.sampled_from(["", "2012-01-01"]), st.integers(1, 4),
       st.sampled_from([{}, {"SUPPLIES": 3.0, "OWNS": 0.5}]))  # fmt: skip
def test_cuts_equal_brute_force(
    drawn: Drawn, as_of: str, max_hops: int, types: dict[str, float]
) -> None:
    costs = Costs({CODE[t]: c for t, c in types.items()})
    question = Question(name(0), as_of=as_of, max_hops=max_hops, by_id=True)
    with tempfile.TemporaryDirectory() as folder:
        version = drawn.version(Path(folder) / "graph")
        result = cut(version, question, costs=lambda _: costs)
        s, day = version.snapshot, end_day(as_of) if as_of else None
        steps = [dict(lens_reads("any"))] * max_hops
        paths = all_paths(s, 0, listed_ends(s, day), steps, day=day)
    tie = {r: (int(s.src[r]), int(s.type[r]), int(s.dst[r])) for r in range(s.relations)}
    sets = [frozenset(tie[r] for r in p.relations) for p in paths]
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["paths"] == len(paths) and result["cut"]["complete"]
    chosen = {
        (int(t["from"]["id"][1:]), CODE[t["type"]], int(t["to"]["id"][1:]))
        for t in result["cut"]["relations"]
    }
    assert all(p & chosen for p in sets)
    cost = {t: costs.of(t) for t in tie.values()}
    assert result["cut"]["cost"] == sum(cost[t] for t in chosen) == cheapest(sets, cost)
    most = max((sum(t in p for p in sets) for t in cost), default=0)
    assert [c["paths"] for c in result["carriers"][:1]] == ([most] if sets else [])
    weight = {r: sum(r in p.relations for p in paths) for r in tie}
    for v in result["verify_first"]:
        assert v["single_source"] and v["statements"] and 0 < v["part"] <= 1
        assert v["paths"] in weight.values()


@pytest.mark.slow
@patient
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14))
def test_without_a_hop_limit_it_is_the_minimum_cut(pairs: list[tuple[int, int]]) -> None:
    ties = tuple(Tie(a, "SUPPLIES", b) for a, b in dict.fromkeys(pairs) if a != b)
    drawn = Drawn(6, ties, (Listing(5, "us-bis-el"),))
    question = Question(name(0), types=("SUPPLIES",), direction="forward", max_hops=6, by_id=True)
    with tempfile.TemporaryDirectory() as folder:
        result = cut(drawn.version(Path(folder) / "graph"), question)
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(range(6))
    graph.add_edges_from(((t.src, t.dst) for t in ties), capacity=1)
    assert result["cut"]["cost"] == nx.minimum_cut_value(graph, 0, 5)


@pytest.fixture
def chain(tmp_path: Path) -> Version:
    """0 supplies 1 by two rival claims and 2; both supply 3, which is listed."""
    drawn = Drawn(
        4,
        (
            Tie(0, "SUPPLIES", 1, since="2005"),
            Tie(0, "SUPPLIES", 1, until="2013-12", basis="disputed"),
            Tie(0, "SUPPLIES", 2),
            Tie(1, "SUPPLIES", 3),
            Tie(2, "SUPPLIES", 3),
        ),
        (Listing(3, "us-bis-el"),),
    )
    return drawn.version(tmp_path / "graph")


def test_claims_about_one_tie_end_together(chain: Version) -> None:
    result = cut(chain, Question("Maker 0", types=("SUPPLIES",), direction="forward"))
    assert result["paths"] == 3 and result["cut"]["cost"] == 2
    tie = next(t for t in result["carriers"] if t["to"]["id"] == name(1))
    assert len(tie["relations"]) == 2 and tie["paths"] == 2
    disputed = next(v for v in result["verify_first"] if v["to"]["id"] == name(1))
    assert disputed["disputed"] and disputed["basis"] == "disputed"


def test_costs_and_what_never_ends(chain: Version, tmp_path: Path) -> None:
    path = tmp_path / "costs.toml"

    def found(text: str) -> dict[str, Any]:
        path.write_text(text, "utf-8")
        question = Question("Maker 0", types=("SUPPLIES",), direction="forward")
        return cut(chain, question, costs=lambda find: read_costs(path, find))

    one = '[[relation]]\nfrom = "Maker 0"\ntype = "SUPPLIES"\nto = "Maker 1"\ncost = {}\n'
    cheap = found("[types]\nSUPPLIES = 5\n" + one.format("0.5"))
    assert cheap["cut"]["cost"] == 5.5
    assert {t["cost"] for t in cheap["cut"]["relations"]} == {0.5, 5.0}
    never = found('[types]\nSUPPLIES = "never"\n' + one.format("1"))
    assert never["cut"]["unbreakable"] == 1 and not never["cut"]["complete"]
    assert never["cut"]["cost"] == 1 and not never["coverage"]["complete"]
    assert {t["cost"] for t in never["carriers"]} == {1.0, "never"}
    for text, message in (
        ("[types]\nSELLS = 1", "an unknown relation type"),
        ("[types]\nSUPPLIES = 0", "not a cost"),
        ("[types]\nSUPPLIES = true", "not a cost"),
        ("[types]\nSUPPLIES = nan", "not a cost"),
        ("types = 3", "not a table"),
        ("[other]", "an unknown table"),
        ("relation = 3", "not tables"),
        (one.format("1") + "why = 1", "an unknown field"),
        ('[[relation]]\nfrom = "Maker 0"', "a field is missing"),
        (one.format("1").replace("Maker 0", "Nobody"), "nothing here is named"),
        ("no toml", "not a file of costs"),
    ):
        with pytest.raises(InputError, match=message):
            found(text)


def test_what_stops_it_is_told(chain: Version) -> None:
    question = Question("Maker 0", types=("SUPPLIES",), direction="forward")
    part = cut(chain, question, most=1)
    assert part["paths"] == 1 and part["coverage"]["stopped_by"] == "limit"
    assert not part["cut"]["complete"] and part["cut"]["least_cost"] <= 2


def test_the_cut_of_the_case_breaks_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = tmp_path / "graph"
    load(Store(graph), sorted(SHIPPED.glob("*.toml")))
    words = ["--graph", str(graph), "cut", "Microsoft", "--to", "us-bis-el", "--max-hops", "3"]
    assert run([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["cut"]["complete"] and result["cut"]["relations"]
    ended = {r for t in result["cut"]["relations"] for r in t["relations"]}
    traced = trace(Store(graph).open(), Question("Microsoft", to=("us-bis-el",), max_hops=3,
                                                 limit=100_000))  # fmt: skip
    paths = [{h["relation"] for h in f["path"]} for f in traced["findings"] if f["path"]]
    assert len(paths) == result["paths"] and all(p & ended for p in paths)
    assert run(words) == 0
    said = capsys.readouterr()
    assert "Verify first" in said.out and "What carries most" in said.out and said.err == ""
    assert run([*words, "--most-paths", "1"]) == 0
    assert "more than 1 paths" in capsys.readouterr().err
    assert run([*words[:2], "cut", "Nobody"]) == 1
    assert run([*words, "--costs", str(tmp_path / "no.toml")]) == 3
    assert run([*words, "--max-hops", "99"]) == 2
    assert run([*words[:2], "cut", "Inspur Group", "--max-hops", "0"]) == 0
    assert "No cut changes that" in capsys.readouterr().out


def test_the_subjects_own_listing_and_capture_are_told(tmp_path: Path) -> None:
    """No cut helps a company that a rule itself captures."""
    ties = (Tie(1, "OWNS", 0, share=60.0), Tie(0, "SUPPLIES", 2), Tie(2, "SUPPLIES", 1))
    version = Drawn(3, ties, (Listing(1, "us-ofac-sdn"),)).version(tmp_path)
    asked = Question(name(0), as_of="2026-01-01", rules=("us-ofac-50",), by_id=True)
    assert [f["class"] for f in cut(version, asked)["findings"]] == ["captured"]
    listed = Question(name(1), as_of="2026-01-01", rules=("us-ofac-50",), by_id=True)
    assert [f["class"] for f in cut(version, listed)["findings"]] == ["listed"]
