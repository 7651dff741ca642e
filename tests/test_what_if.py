"""``what-if``: the patched graph against one assembled anew, portfolios against screenings."""

from __future__ import annotations

import json
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs import DATES, LISTS, TYPES, Drawn, Listing, Tie, drawn_graphs, name, snapshot_of
from nthtier.explorer.cli import run
from nthtier.graph import dates
from nthtier.graph.errors import QuestionError, StoreError
from nthtier.graph.hypothetical import Hypothetical
from nthtier.graph.ontology import CODE
from nthtier.graph.patch import Row, patched, reaimed
from nthtier.graph.snapshot import Snapshot, assemble
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.question import Question
from nthtier.queries.resolving import Wanted
from nthtier.queries.screening import screen
from nthtier.queries.supposing import Change, suppose
from nthtier.queries.trace import trace
from nthtier.queries.whatif import what_if, what_if_screen

_OWN = ("src", "type", "dst", "since", "until", "lo", "hi", "basis")
patient = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def patches(draw: st.DrawFn) -> tuple[Drawn, list[int], list[Row], int]:
    """Draw a graph, positions to take out, relations to put in, and new entities."""
    drawn = draw(drawn_graphs())
    s = snapshot_of(drawn.build())
    removed = draw(st.lists(st.integers(0, max(s.relations - 1, 0)), unique=True, max_size=3))
    more = draw(st.integers(0, 2))
    rows = []
    for _ in range(draw(st.integers(0, 4))):
        listed = draw(st.booleans()) and len(s.listing_list) > 0
        end = int(s.listing_list[0]) if listed else draw(st.integers(0, s.entities + more - 1))
        kind = "LISTED_ON" if listed else draw(st.sampled_from(TYPES))
        since = dates.start_day(draw(st.sampled_from(DATES)))
        rows.append(Row(draw(st.integers(0, s.entities + more - 1)), CODE[kind], end, since,
                        dates.OPEN_END, 30.0, 40.0, draw(st.integers(0, 2))))  # fmt: skip
    return drawn, removed if s.relations else [], rows, more


@patient
@given(patches())
def test_a_patched_snapshot_is_the_one_assembled_anew(
    drawn_patch: tuple[Drawn, list[int], list[Row], int],
) -> None:
    drawn, removed, added, more = drawn_patch
    s = snapshot_of(drawn.build())
    made = patched(s, removed, added, [[7 + i] for i in range(more)])
    kept = [r for r in range(s.relations) if r not in removed]
    rows = [(tuple(getattr(s, c)[r].item() for c in _OWN), r) for r in kept]
    rows += [(tuple(getattr(x, c) for c in _OWN), -1 - k) for k, x in enumerate(added)]
    order = sorted(range(len(rows)), key=lambda i: rows[i][0][:5])
    columns = {c: np.array([rows[i][0][j] for i in order], getattr(s, c).dtype)
               for j, c in enumerate(_OWN)}  # fmt: skip
    assert made.old_relation.tolist() == [rows[i][1] for i in order]
    for new, old in enumerate(made.old_relation.tolist()):
        assert old < 0 or made.new_relation[old] == new
    assert (made.new_relation[removed] == -1).all()
    n = s.entities + more
    listed = np.flatnonzero(columns["type"] == CODE["LISTED_ON"]).astype(np.int32)
    numbers = {int(r): i for i, r in enumerate(s.listing_rel)}
    assert made.old_listing.tolist() == [
        numbers[old] if old >= 0 else old for old in made.old_relation[listed].tolist()
    ]
    expected = Snapshot(
        **assemble(
            n, columns,
            backing=np.zeros(len(order), np.int64),
            described=np.zeros(n, np.int64),
            listing_rel=listed,
            name_hash=np.concatenate((s.name_hash, np.arange(7, 7 + more).astype(np.uint64))),
            name_entity=np.concatenate((s.name_entity, np.arange(s.entities, n).astype(np.int32))),
        )
    )  # fmt: skip
    assert not made.snapshot.aimed
    arcs = made.snapshot.arc_ptr
    for v in range(2 * n):  # the same arcs in each row before the index is ordered again
        mine, theirs = ([x.arcs[["rel", "other", "type", "key", "dated"]][i].item()
                         for i in range(arcs[v], arcs[v + 1])]
                        for x in (made.snapshot, expected))  # fmt: skip
        assert sorted(mine) == sorted(theirs)
    again = reaimed(made.snapshot)
    for f in fields(Snapshot):
        if f.name not in ("evidence", "described"):
            mine, theirs = getattr(again, f.name), getattr(expected, f.name)
            assert mine.dtype == theirs.dtype, f.name
            assert np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f"), f.name
    assert len(again.evidence) == again.relations + 1 and len(again.described) == n + 1


@st.composite
def changes(draw: st.DrawFn, drawn: Drawn) -> Change:
    """Draw a change that means something in a graph."""
    who = st.integers(0, drawn.n - 1).map(name)
    since = draw(st.sampled_from(("", "", "2012-01-01")))
    kind = draw(st.sampled_from(("add", "add", "new list", "remove", "relation", "end", "share")))
    if kind == "remove" and drawn.listings:
        x = draw(st.sampled_from(drawn.listings))
        return Change(remove=((name(x.entity), x.list_id),), since=since, by_id=True)
    if kind in ("end", "share") and drawn.ties:
        t = draw(st.sampled_from(drawn.ties))
        if kind == "share":
            share = draw(st.sampled_from(("49", "25-50", "100")))
            return Change(shares=((name(t.src), name(t.dst), share),), since=since, by_id=True)
        return Change(ends=((name(t.src), t.type, name(t.dst)),), since=since, by_id=True)
    a, b = draw(who), draw(who)
    if kind == "relation" and a != b:
        return Change(relations=((a, draw(st.sampled_from(TYPES)), b),), since=since, by_id=True)
    lists = ("eu-fsf",) if kind == "new list" else LISTS
    return Change(add=((a, draw(st.sampled_from(lists))),), since=since, by_id=True)


@pytest.mark.slow
@patient
@given(st.data(), st.sampled_from(["", "2003", "2015"]), st.sampled_from([(), ("LISTED_ON",)]),
       st.sampled_from([(), ("e00",), ("us-bis-el",)]))  # fmt: skip
def test_a_portfolio_asked_again_is_one_screened_whole(
    data: Any, as_of: str, more: tuple[str, ...], to: tuple[str, ...]
) -> None:
    drawn = data.draw(drawn_graphs(most=6, most_ties=10))
    change = data.draw(changes(drawn))
    question = Question(as_of=as_of, max_hops=3, by_id=True, to=to,
                        types=(*TYPES, *more) if more else ())  # fmt: skip
    wanted = [Wanted(i + 2, id=name(i)) for i in range(drawn.n)]
    with tempfile.TemporaryDirectory() as folder:
        version = drawn.version(Path(folder) / "graph")
        try:
            after, _ = suppose(version, change)
            before_whole = screen(version, question, wanted)
        except QuestionError:
            return
        result = what_if_screen(version, question, wanted, change)
        whole = screen(after, question, wanted)
        after.reaim()
        assert screen(after, question, wanted) == whole
        assert json.loads(json.dumps(result, allow_nan=False)) == result
    old = {f["row"]: f for f in before_whole["findings"]}
    new = {f["row"]: f for f in whole["findings"]}
    told = {(c["before"] or c["after"])["row"]: c for c in result["changes"]}
    assert told.keys() == {row for row in old if old[row] != new[row]}
    for row, c in told.items():
        assert (c["before"], c["after"]) == (old[row], new[row])
        there = [f["class"] != "none" for f in (c["before"], c["after"])]
        word = {(False, True): "appears", (True, False): "vanishes"}
        assert c["what"] == word.get((there[0], there[1]), "changes")
    assert result["version"] == version.id


@pytest.mark.slow
@patient
@given(st.data(), st.sampled_from(["", "2003", "2015"]))
def test_what_is_put_in_and_taken_out_again_changes_nothing(data: Any, as_of: str) -> None:
    drawn = data.draw(drawn_graphs(most=6, most_ties=10))
    question = Question(name(0), as_of=as_of, by_id=True, limit=1000)
    a, b = data.draw(st.permutations(range(drawn.n)))[:2]
    more = Tie(a, data.draw(st.sampled_from(TYPES[3:])), b)
    if more in drawn.ties:
        return
    grown = Drawn(drawn.n, (*drawn.ties, more), drawn.listings)
    change = Change(relations=((name(a), more.type, name(b)),), by_id=True)
    with tempfile.TemporaryDirectory() as folder:
        stored = drawn.version(Path(folder) / "a")
        built = grown.version(Path(folder) / "b")
        supposed = trace(suppose(stored, change)[0], question)["findings"]
        real = trace(built, question)["findings"]
    if any(t.src == a and t.dst == b and t.type == more.type for t in drawn.ties):
        return  # the build may hold such a claim to be disputed; a supposition is not
    way = [[(h["type"], h["from"]["id"], h["to"]["id"], h["read"]) for h in f["path"]]
           for f in supposed]  # fmt: skip
    assert way == [[(h["type"], h["from"]["id"], h["to"]["id"], h["read"]) for h in f["path"]]
                   for f in real]  # fmt: skip
    for mine, theirs in zip(supposed, real, strict=True):
        assert mine["strength"] == theirs["strength"] and mine["class"] == theirs["class"]
        for hop in mine["path"]:
            new = (hop["from"]["id"], hop["type"], hop["to"]["id"]) == change.relations[0]
            assert (hop["basis"] == "hypothetical") == new == hop["relation"].startswith("h-")
            assert {e["source"] for e in hop["evidence"]} == {"what-if" if new else "doc"}


@pytest.fixture
def small(tmp_path: Path) -> Version:
    """0 owns 51 percent of 1, 1 supplies 2; 0 is listed since 2020."""
    drawn = Drawn(
        4,
        (Tie(0, "OWNS", 1, since="2015", share=51.0), Tie(1, "SUPPLIES", 2)),
        (Listing(0, "us-bis-el", since="2020"),),
    )
    return drawn.version(tmp_path / "graph")


def test_49_instead_of_51_percent(small: Version) -> None:
    question = Question("Maker 1", lens="ownership", min_share=50)
    result = what_if(small, question, Change(shares=(("Maker 0", "Maker 1", "49"),)))
    (change,) = [c for c in result["changes"] if c["before"]["path"]]
    assert change["what"] == "vanishes" and change["because"] == [0]
    (supposed,) = result["supposed"]
    assert supposed["basis"] == "hypothetical" and supposed["evidence"] == "what-if"
    assert supposed["removed"] == [change["before"]["path"][0]["relation"]]
    wide = what_if(small, Question("Maker 1", lens="ownership"),
                   Change(shares=(("Maker 0", "Maker 1", "49"),)))  # fmt: skip
    (change,) = wide["changes"]
    hop = change["after"]["path"][0]
    assert change["what"] == "changes" and hop["share"] == [49, 49]
    assert hop["basis"] == "hypothetical" and hop["note"] == "instead of 51 %"
    assert "hypothetical" in change["after"]["sentence"]
    assert change["fields"]["strength"] == [pytest.approx(0.95 * 0.51, abs=1e-5),
                                            pytest.approx(0.95 * 0.49, abs=1e-5)]  # fmt: skip


def test_a_share_of_its_own_from_a_day_on(small: Version) -> None:
    change = Change(shares=(("Maker 0", "Maker 1", "49"),), since="2024-01-01")
    after, _ = suppose(small, change)
    for day, shares in (("2023-12-31", [51.0]), ("2024-01-01", [49.0])):
        found = trace(after, Question("Maker 1", lens="ownership", as_of=day))["findings"]
        assert [f["path"][0]["share"][0] for f in found if f["path"]] == shares


def test_an_end_from_a_day_on(small: Version) -> None:
    change = Change(remove=(("Maker 0", "Entity List"),), since="2022-05-01")
    after, _ = suppose(small, change)
    assert trace(after, Question("Maker 0", as_of="2022-04-30"))["findings"][0]["class"] == "listed"
    assert trace(after, Question("Maker 0", as_of="2022-05-01"))["findings"][0]["class"] == "none"
    found = trace(after, Question("Maker 0", max_hops=0))["findings"][0]
    assert found["target"]["listings"][0]["until"] == "2022-04-30"
    assert found["target"]["listings"][0]["basis"] == "hypothetical"
    assert "2022-04-30, hypothetical" in found["sentence"]


def test_a_list_that_the_graph_does_not_have(small: Version) -> None:
    result = what_if(small, Question("Maker 2"), Change(add=(("Maker 1", "eu-fsf"),)))
    (change,) = [c for c in result["changes"] if c["what"] == "appears"]
    (listing,) = change["after"]["target"]["listings"]
    assert listing["list"] == "eu-fsf" and listing["list_name"].startswith("EU ")
    assert [e["source"] for e in listing["evidence"]] == ["what-if"]
    assert "EU sanctions list (undated, hypothetical)" in change["after"]["sentence"]
    after, _ = suppose(small, Change(add=(("Maker 1", "eu-fsf"),)))
    assert trace(after, Question("Maker 2", to=("eu-fsf",)))["findings"][0]["class"] == "exposed"


def test_nothing_of_it_is_stored(small: Version) -> None:
    before = sorted(p.name for p in small.folder.rglob("*"))
    after, _ = suppose(small, Change(relations=(("Maker 3", "SUPPLIES", "Maker 0"),)))
    assert isinstance(after, Hypothetical) and after.id != small.id
    trace(after, Question("Maker 3"))
    assert sorted(p.name for p in small.folder.rglob("*")) == before
    with pytest.raises(StoreError, match="not stored"):
        after.table_path("relations")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Change(), "nothing is supposed"),
        (Change(add=(("Nobody", "us-bis-el"),)), "nothing here is named"),
        (Change(add=(("Maker 1", "us-xyz"),)), "no list 'us-xyz'; there are us-bis-el"),
        (Change(add=(("Maker 0", "us-bis-el"),), since="2021"), "already"),
        (Change(remove=(("Maker 1", "us-bis-el"),)), "no relation Maker 1 LISTED_ON us-bis-el"),
        (Change(remove=(("Maker 0", "eu-fsf"),)), "no relation Maker 0 LISTED_ON eu-fsf"),
        (Change(ends=(("Maker 2", "SUPPLIES", "Maker 1"),)), "the other way round: Maker 1"),
        (Change(ends=(("Maker 1", "SELLS", "Maker 2"),)), "no relation type 'SELLS'"),
        (Change(relations=(("Maker 1", "LISTED_ON", "us-bis-el"),)), "--list LIST --add"),
        (Change(relations=(("Maker 1", "OWNS", "Maker 1"),)), "to itself"),
        (Change(shares=(("Maker 0", "Maker 1", "149"),)), "is no share"),
        (Change(shares=(("Maker 0", "Maker 1", "nan"),)), "is no share"),
        (Change(shares=(("Maker 1", "Maker 2", "49"),)), "no stake of Maker 1 in Maker 2"),
    ],
)
def test_changes_that_mean_nothing_are_told(small: Version, change: Change, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        what_if(small, Question("Maker 1"), change)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph of the shipped facts."""
    graph = tmp_path_factory.mktemp("case") / "graph"
    load(Store(graph), sorted(SHIPPED.glob("*.toml")))
    return graph


def test_command(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*words: str) -> tuple[int, str, str]:
        status = run(["--graph", str(case), "what-if", *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    before = Store(case).head()
    portfolio = tmp_path / "p.csv"
    portfolio.write_text("Name\nMicrosoft\nNvidia\nNobody at all\n", "utf-8")
    status, out, err = call("--remove", "Inspur Group", "--list", "us-bis-el", "--to", "us-bis-el",
                            "--portfolio", str(portfolio), "--max-hops", "1", "--json")  # fmt: skip
    result = json.loads(out)
    assert (status, err) == (0, "")
    assert {(c["what"], c["subject"]["id"]) for c in result["changes"]} == {
        ("vanishes", "microsoft"), ("vanishes", "nvidia"),
    }  # fmt: skip
    assert result["unresolved"][0]["name"] == "Nobody at all"
    status, out, _ = call("--list", "us-bis-el", "--add", "Nvidia", "--subject", "Microsoft",
                          "--max-hops", "2")  # fmt: skip
    assert status == 0 and "Suppose: Nvidia is on us-bis-el." in out
    assert "appears: Microsoft" in out and "hypothetical" in out
    assert Store(case).head() == before
    for words, expected, text in (
        (("--subject", "Microsoft"), 2, "suppose something"),
        (("--add", "Nvidia", "--subject", "Microsoft"), 2, "--list LIST goes with"),
        (("--list", "us-bis-el", "--subject", "Microsoft"), 2, "--list LIST goes with"),
        (("--list", "us-bis-el", "--add", "Nvidia"), 2, "--subject ENTITY or --portfolio"),
        (("--list", "us-bis-el", "--add", "Nobody", "--subject", "Intel"), 1, "nothing here"),
        (("--list", "x", "--add", "Nvidia", "--subject", "Intel"), 1, "no list"),
        (("--list", "us-bis-el", "--add", "Nvidia", "--portfolio", "no.csv"), 3, "no.csv"),
        (("--since", "2023-99", "--list", "us-bis-el", "--add", "Nvidia", "--subject", "Intel"),
         2, "not a date"),
    ):  # fmt: skip
        status, out, err = call(*words)
        assert (status, out) == (expected, "") and text in err, err
