"""Possible matches and the command that decides them."""

from __future__ import annotations

import json
import random
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_folders import COMMAND, nthtier
from nthtier.explorer.cli import cli
from nthtier.graph import deciding, decisions, model
from nthtier.graph.build import build
from nthtier.graph.errors import QuestionError
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.queries import candidates as module
from nthtier.queries.candidates import LEAST, candidates
from nthtier.queries.matching import Matching
from support import SHARED, require

NUMBERS = {"uscc": ("913700001630477270", "91110000802100433B"), "registration": ("77", "88")}


def say(key: str, name: str, **more: str) -> list[Statement]:
    """Return what is said of a company: ``alias``, ``country``, ``kind``, ``list``, numbers."""
    document = key.partition("#")[0]
    said = [(model.NAME, name), (model.TYPE, more.pop("kind", "Company"))]
    listed = more.pop("list", "")
    for word, value in more.items():
        said.append((word if word in ("alias", "country") else f"id:{word}", value))
    made = [statement(key, p, value=v, source=document, locator="1") for p, v in said]
    if listed:
        made.append(statement(key, "LISTED_ON", object=listed, source=document, locator="1"))
    return made


def version(folder: Path, *said: list[Statement]) -> Version:
    every = [s for group in said for s in group]
    sources = [Source(x, x, "A document") for x in sorted({s.source for s in every})]
    store = Store(folder)
    with store.writing():
        store.write(build(sources, every), parent=None, command="test")
    return store.open()


def found(made: Version, least: float = LEAST) -> list[tuple[str, str, float]]:
    ids = made.table("entities", ["id"]).column("id").to_pylist()
    return [(ids[c.a], ids[c.b], c.score) for c in candidates(made, least)]


NORTH = say("one#north", "Northern Widget Works Ltd", country="no")


@pytest.mark.parametrize(
    ("other", "proposed"),
    [
        (say("two#w", "Northern Wigdet Works", country="no"), True),
        (say("two#w", "Norwid", alias="Northern Widget Works", country="no"), True),
        (say("two#w", "Northern Widget Works GmbH", country="de"), False),
        (say("two#w", "Northern Widget Works Ltd", country="de"), True),
        (say("two#w", "Northern Widget Works 2", country="no"), False),
        (say("two#w", "Northern Wigdet Works", country="no", kind="Person"), False),
        (say("two#w", "Northern Wigdet Works", country="no", kind="Vessel"), False),
        (say("one#w", "Northern Wigdet Works", country="no"), False),
        (say("two#w", "Southern Bolt Factory", country="no"), False),
    ],
    ids=range(9),
)
def test_who_is_proposed(tmp_path: Path, other: list[Statement], proposed: bool) -> None:
    assert bool(found(version(tmp_path, NORTH, other))) == proposed


def test_numbers_that_prove_and_numbers_that_hint(tmp_path: Path) -> None:
    one, two = NUMBERS["uscc"]
    a = say("one#a", "Northern Widget Works", uscc=one)
    assert found(version(tmp_path / "1", a, say("two#b", "Northern Wigdet Works", uscc=two))) == []
    hints = version(tmp_path / "2", say("one#a", "Northern Widget Trading", registration="77"),
                    say("two#b", "Northern Bolt Trading", registration="77"))  # fmt: skip
    assert found(hints) and "the same registration 77" in candidates(hints)[0].reasons


def test_two_entries_of_one_edition_are_not_proposed(tmp_path: Path) -> None:
    a = say("one#a", "Northern Widget Works", list="us-bis-el")
    b = say("one#b", "Northern Wigdet Works", list="us-bis-el")
    c = say("one#c", "Northern Wigdet Works", list="us-ofac-sdn")
    made = version(tmp_path, a, b, c)
    assert {(x, y) for x, y, _ in found(made)} == {("a", "c"), ("b", "c")}


WORD = st.sampled_from("northern southern widget wigdet bolt works trading ltd gmbh 2 海光".split())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.lists(WORD, min_size=1, max_size=4).map(" ".join),
                          st.sampled_from(["no", "de", ""]), st.sampled_from(["d1", "d2"])),
                min_size=2, max_size=6))  # fmt: skip
def test_blocking_loses_nothing_on_small_graphs(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, str, str]]
) -> None:
    said = [
        say(f"{document}#~{n}", name, **({"country": country} if country else {}))
        for n, (name, country, document) in enumerate(drawn)
    ]
    made = version(tmp_path_factory.mktemp("drawn"), *said)
    who = module._everyone(made)
    every = {
        (a, b): c
        for a, b in combinations(sorted(who), 2)
        if (c := module.compare(who[a], who[b], a, b)) is not None and c.score >= LEAST
    }
    assert {(c.a, c.b): c for c in candidates(made)} == every


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """Two editions of the official list."""
    paths = [SHARED / "data" / "csl" / name
             for name in ("reduced_2026-07-31.csv.gz", "consolidated_2022-05.csv.gz")]  # fmt: skip
    require(all(p.exists() for p in paths), "the lists of shared/data")
    store = Store(tmp_path_factory.mktemp("real"))
    load(store, paths)
    return store.open()


@pytest.mark.slow
def test_real_lists(real: Version) -> None:
    """Two lists that have one company under two names, and what blocking could have missed."""
    proposed = candidates(real)
    assert 200 < len(proposed) < 2000
    rows = real.table("entities", ["id", "type"]).to_pylist()
    assert all(rows[x]["type"] not in ("Person", "Vessel") for c in proposed for x in (c.a, c.b))
    pairs = {(c.a, c.b) for c in proposed}
    by_name = {tuple(sorted(rows[x]["id"] for x in pair)) for pair in pairs}
    assert ("27th-scientific-center-f9f116", "ofac:30722") in by_name  # no country in one
    dice = random.Random(2)
    some = dice.sample(proposed, 60)
    who = module._everyone(real)
    drawn = sorted({e for c in some for e in (c.a, c.b)} | set(dice.sample(sorted(who), 200)))
    for a, b in combinations(drawn, 2):
        c = module.compare(who[a], who[b], a, b)
        assert c is None or c.score < LEAST or (a, b) in pairs


# Decisions on them


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Three documents with a Northern Widget Works, and one with a Bolt Works."""
    for n, name in enumerate(("Northern Widget Works", "Northern Wigdet Works",
                              "Northern Widget Works AS", "Bolt Works")):  # fmt: skip
        (tmp_path / f"d{n}.toml").write_text(
            f'[source]\nid = "d{n}"\ntitle = "Document {n}"\ndate = 2024-01-01\n'
            f'[[entity]]\nid = "e{n}"\nname = "{name}"\ntype = "Company"\ncountry = "no"\n'
            f'[[relation]]\nfrom = "e{n}"\ntype = "SUPPLIES"\nto = "Customer {n}"\n',
            "utf-8",
        )  # fmt: skip
    folder = tmp_path / "graph"
    load(Store(folder), sorted(tmp_path.glob("*.toml")))
    return folder


def ask(graph: Path, *arguments: str, code: int = 0, given: str | None = None) -> Any:
    """Run the command in this process; return what it wrote."""
    result = CliRunner().invoke(cli, ["--graph", str(graph), "match", *arguments], input=given,
                                standalone_mode=False)  # fmt: skip
    if result.exception is not None and code == 0:
        raise result.exception
    assert (result.return_value or 0) == code
    return result


def listed(graph: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(ask(graph, "--json").stdout)
    return result


def pairs(result: dict[str, Any]) -> set[tuple[str, str]]:
    return {(c["a"]["id"], c["b"]["id"]) for c in result["candidates"]}


def test_match_lists_and_joins_nothing(graph: Path) -> None:
    before = Store(graph).head()
    result = listed(graph)
    assert pairs(result) == {("e0", "e1"), ("e0", "e2"), ("e1", "e2")}
    assert result["version"] == before == Store(graph).head()
    first = result["candidates"][0]
    assert first["type"] == "POSSIBLE_MATCH" and first["reasons"] and first["decision"] is None
    table = ask(graph).stdout
    assert "Northern Wigdet Works [e1]" in table and "letter" in table


def test_decide_and_undo(graph: Path) -> None:
    before = Store(graph).head()
    ask(graph, "--decide", "same", "e0", "e1", "--why", "one address", "--who", "Ada")
    result = listed(graph)
    assert pairs(result) == {("e0", "e2")}
    assert [d["state"] for d in result["decisions"]] == ["applied"]
    assert result["decisions"][0]["why"] == "one address"
    ask(graph, "--decide", "different", "e0", "e2")
    assert pairs(listed(graph)) == set()
    ask(graph, "--decide", "unsure", "e3", "e2")
    assert [d["state"] for d in listed(graph)["decisions"]] == ["applied", "applied", "open"]
    ask(graph, "--undo", "2")
    ask(graph, "--undo", "1")
    assert Store(graph).head() == before
    with pytest.raises(QuestionError, match="no decision 9"):
        ask(graph, "--undo", "9")


def test_unsure_stays_a_possible_match(graph: Path) -> None:
    ask(graph, "--decide", "unsure", "e0", "e1")
    shown = {(c["a"]["id"], c["b"]["id"]): c["decision"] for c in listed(graph)["candidates"]}
    assert shown["e0", "e1"]["verdict"] == "unsure" and shown["e0", "e2"] is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("same", "e0", "e0"), "already"),
        (("same", "e0", "nobody"), "nothing here is named"),
        (("same", "e0", "us-bis-el"), "nothing here"),
        (("different", "d0#e0", "d0#e0"), "already"),
    ],
)
def test_decisions_that_cannot_be_made(graph: Path, given: tuple[str, ...], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        ask(graph, "--decide", *given)
    assert not (graph / decisions.FILE).exists()


def test_records_of_one_entity_are_told_apart_by_their_keys(graph: Path) -> None:
    ask(graph, "--decide", "same", "e0", "e1")
    with pytest.raises(QuestionError, match="by their keys") as caught:
        ask(graph, "--decide", "different", "e0", "d1#e1")
    assert ("d1#e1", "one of its records") in caught.value.candidates
    ask(graph, "--decide", "different", "d0#e0", "d1#e1", "--id")
    assert ("e0", "e1") not in pairs(listed(graph))


def test_export_and_import(graph: Path, tmp_path: Path) -> None:
    ask(graph, "--decide", "same", "e0", "e1", "--who", "Ada")
    ask(graph, "--decide", "unsure", "e0", "e2")
    ask(graph, "--undo", "2")
    shared = tmp_path / "shared.jsonl"
    ask(graph, "--export", str(shared))
    other = tmp_path / "other"
    load(Store(other), sorted(tmp_path.glob("*.toml")))
    ask(other, "--import", str(shared))
    assert Store(other).head() == Store(graph).head()
    ask(other, "--import", str(shared))
    assert len(deciding.entries(Store(other))) == 1


def review(graph: Path, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, "--graph", str(graph), "match", "--review", "--who", "Ada"],
                          input=text, capture_output=True, text=True, encoding="utf-8",
                          timeout=120, check=False)  # fmt: skip


@pytest.mark.slow
def test_review_in_a_pipe(graph: Path) -> None:
    done = review(graph, "s one address\nwhat\nd\nu\nd other address\nl\n")
    assert done.returncode == 0, done.stderr
    assert "Northern Wigdet Works" in done.stdout and "1 of 3" in done.stdout
    counting = decisions.effective(deciding.entries(Store(graph)))
    assert [(d.verdict, d.why, d.who) for d in counting] == [
        ("same", "one address", "Ada"),
        ("different", "other address", "Ada"),
        ("unsure", "", "Ada"),
    ]  # fmt: skip
    assert "is undone" in done.stderr and "version v-" in done.stderr
    assert "put off" in review(graph, "").stderr or "nothing is left" in review(graph, "").stderr


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "q\n", "\x00\n", "u\nq\n", "\u202e\n" * 3, "ßö\nq"])
def test_a_review_that_decides_nothing_changes_nothing(graph: Path, text: str) -> None:
    before = Store(graph).head()
    done = review(graph, text)
    assert done.returncode == 0, done.stderr
    assert Store(graph).head() == before and not (graph / decisions.FILE).exists()


def test_a_wrong_file_of_decisions(graph: Path) -> None:
    (graph / decisions.FILE).write_text('{"number": 1}\n', "utf-8")
    done = nthtier(graph, "match")
    assert done.returncode == 3 and "decisions.jsonl, line 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_action_at_a_time(graph: Path) -> None:
    done = nthtier(graph, "match", "--review", "--undo", "1")
    assert done.returncode == 2


def test_hostile_names_are_shown_as_text(tmp_path: Path) -> None:
    evil = "Northern \x1b[mWidget\u202e Works"
    made = version(tmp_path / "g", say("one#a", evil), say("two#b", "Northern Widget Works"))
    assert any("hidden signs" in r for c in candidates(made) for r in c.reasons)
    done = review(tmp_path / "g", "q\n")
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    assert Matching(made, []).open()
