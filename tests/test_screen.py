"""``screen``: the same answer as a trace of each company, portfolios as people keep them."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import Drawn, Listing, Tie, drawn_graphs, name
from nthtier.explorer.cli import run
from nthtier.graph.errors import InputError
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.lookup import resolve
from nthtier.queries.paths import Engine
from nthtier.queries.question import Question
from nthtier.queries.resolving import Wanted, resolve_many
from nthtier.queries.screening import choke_points, screen
from nthtier.queries.trace import trace
from test_paths import engine, many

__all__ = ["engine"]


@pytest.mark.slow
@many(30)
@given(
    drawn_graphs(most=6, most_ties=10),
    st.sampled_from(["", "2003", "2012-01-01"]),
    st.sampled_from([(), (name(0),), (name(0), name(1))]),
)
def test_each_finding_is_the_first_of_its_trace(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, as_of: str,
    to: tuple[str, ...],
) -> None:  # fmt: skip
    to = tuple(t for t in to if t in map(name, range(drawn.n)))
    version = drawn.version(tmp_path_factory.mktemp("g") / "graph")
    wanted = [Wanted(i + 2, id=name(i)) for i in range(drawn.n)]
    asked = Question(as_of=as_of, max_hops=3, to=to, by_id=True)
    result = screen(version, asked, wanted, engine=engine)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["unresolved"] == [] and result["coverage"]["complete"]
    assert sorted(f["row"] for f in result["findings"]) == [w.row for w in wanted]
    for f in result["findings"]:
        asked = replace(asked, subject=f["subject"]["id"], limit=10_000)
        traced = trace(version, asked)["findings"]
        first = traced[0]
        assert f["class"] == first["class"]
        if f["class"] != "none":  # a trace of nothing also says what there is at other dates
            assert {k: f[k] for k in first} == first
        paths = [t for t in traced if t["path"]]
        targets = {t["target"]["id"] for t in paths}
        assert f["reached"]["total"] == len(targets)
        fewest = {
            t: min(p["hops"] for p in paths if p["target"]["id"] == t) for t in sorted(targets)
        }
        counts = list(fewest.values())
        assert f["reached"]["by_hops"] == {str(h): counts.count(h) for h in sorted(set(counts))}
        if f["class"] == "exposed":
            assert f["fewest_hops"] == min(counts)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped case as a graph folder."""
    folder = tmp_path_factory.mktemp("case") / "graph"
    load(Store(folder), sorted(SHIPPED.glob("*.toml")))
    return folder


def test_names_resolve_as_one_by_one(case: Path) -> None:
    version = Store(case).open()
    for text in ("Microsoft", "nvidia corporation", "浪潮集团", "Langchao", "Inspur", "000977.SZ"):
        found = resolve_many(version, [Wanted(2, text)])[0]
        if found.entity is None:  # an identifier stands in a column of its own
            found = resolve_many(version, [Wanted(2, identifiers={"ticker": text})])[0]
        assert found.entity == resolve(version, text), text


def test_what_speaks_against_a_name_leaves_it_to_a_person(case: Path) -> None:
    version = Store(case).open()
    elsewhere, other_code, similar, twice, nothing = resolve_many(
        version,
        [
            Wanted(2, "Microsoft", country="fr"),
            Wanted(3, "Inspur Group", identifiers={"uscc": "91350100M000100Y43"}),
            Wanted(4, "Inspur Grup"),
            Wanted(5, id="microsoft"),
            Wanted(6, identifiers={"lei": "5493001KJTIIGC8Y1R12"}),
        ],
    )
    assert elsewhere.entity is None and "not in FR" in elsewhere.reason
    assert elsewhere.candidates == (("microsoft", "Microsoft"),)
    assert other_code.entity is None and "another identifier" in other_code.reason
    assert similar.entity is None and similar.candidates[0][0] == "inspur-group"
    assert twice.entity is not None and twice.reason == "its id here"
    assert nothing.entity is None and "no entity has this identifier" in nothing.reason


def cli(case: Path, *words: str) -> int:
    return run(["--graph", str(case), "screen", *words])


def test_a_portfolio_in_csv_json_and_on_a_page(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "suppliers.csv"
    path.write_text(
        "Vendor,Country,LEI,Comment\nMicrosoft,US,,big\nNvidia,us,,\nIntel,,BAD,\nBaidu,XX,,\n"
        "=cmd|' /C calc'!A0,,,\n\nMicrosoft,US,,again\n",
        "utf-8",
    )
    out, page = tmp_path / "out.csv", tmp_path / "page.html"
    assert cli(case, str(path), "--json", "--csv", str(out), "--html", str(page)) == 0
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert result["format"] == 1 and result["query"]["command"] == "screen"
    assert [(f["class"], f["subject"]["id"]) for f in result["findings"]] == [
        ("listed", "baidu"), ("exposed", "intel"), ("exposed", "nvidia"),
        ("exposed", "microsoft"), ("exposed", "microsoft"),
    ]  # fmt: skip
    assert all(h["evidence"] for f in result["findings"] for h in f["path"])
    assert [g["entity"]["id"] for g in result["groups"]] == ["inspur-group"]
    assert result["groups"][0]["companies"] == ["intel", "microsoft", "nvidia"]
    assert [u["row"] for u in result["unresolved"]] == [6]
    assert "line 4: not a valid LEI" in said.err and "line 5: no such country: XX" in said.err
    assert "columns not used: Comment" in said.err
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"), newline="")))
    assert [r["row"] for r in rows] == ["2", "3", "4", "5", "8", "6"]
    assert rows[-1]["class"] == "unresolved" and rows[-1]["given"].startswith("'=cmd")
    assert rows[1]["choke_points"] == "Inspur Group" and rows[3]["target_lists"] == "us-dod-1260h"
    text = page.read_text("utf-8")
    assert "Portfolio: 5 of 6 companies touched" in text and "Content-Security-Policy" in text


def test_a_portfolio_for_people(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "names.tsv"
    path.write_text("company\nIntel\nNvidia\nIntell\n", "utf-8")
    assert cli(case, str(path), "--as-of", "2024-01-01") == 0
    said = capsys.readouterr()
    assert "2 exposed" in said.out and "Shared choke points" in said.out
    assert "Not found" in said.out and "Intel [intel]" in said.out
    assert "no clearance" in said.err


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        ("a,b\n1,2\n", [], "no column that names a company"),
        ("company\n\n", [], "without companies"),
        ("company\nX\n", ["--columns", "name=Nobody"], "no such column"),
        ("company\nX\n", ["--columns", "colour=company"], "an unknown field"),
        ("company,name\nX\n", [], "another number of fields"),
        ('company\n"X\n', [], "broken CSV"),
        ("", [], "the file is empty"),
    ],
)
def test_a_bad_portfolio_is_one_line_and_status_3(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: list[str],
    message: str,
) -> None:  # fmt: skip
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    assert cli(case, str(path), *words) == 3
    said = capsys.readouterr()
    assert said.out == "" and message in said.err and said.err.count("\n") == 1


def test_columns_may_be_named(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Lieferant;Land\nNvidia;US\n", "utf-8")
    assert cli(case, str(path), "--columns", "name=Lieferant,country=Land", "--json") == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["subject"]["id"] == "nvidia"
    assert cli(case, str(path), "--columns", "Lieferant") == 2


def test_weights_of_ones_own(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from nthtier.queries.weights import read_weights

    path = tmp_path / "weights.toml"
    path.write_text(
        "[types]\nSUPPLIES = 0.5\n[bases]\ninferred = 1\n[shares]\nleast = 0.3\n", "utf-8"
    )
    version = Store(case).open()
    question = Question("Nvidia", to=("Inspur Group",), weights=read_weights(path))
    found = trace(version, question)["findings"][0]
    assert found["strength"] == 0.5 and found["path"][0]["weight"]["value"] == 0.5
    result = screen(version, Question(weights=read_weights(path)), [Wanted(2, "Nvidia")])
    assert result["findings"][0]["strength"] == 0.5
    assert result["query"]["weights"]["types"] == {"SUPPLIES": 0.5}
    for text, field in (
        ("[types]\nSELLS = 0.5\n", "types.SELLS"), ("[types]\nOWNS = 0\n", "types.OWNS"),
        ("[bases]\nstated = true\n", "bases.stated"), ("[hops]\na = 1\n", "hops"),
        ("[", "not a weights file"),
        ("types = 3\n", "types"),
    ):  # fmt: skip
        path.write_text(text, "utf-8")
        with pytest.raises(InputError, match=field):
            read_weights(path)
    assert run(["--graph", str(case), "trace", "Nvidia", "--weights", str(path)]) == 3


def test_strengths_are_the_product_of_the_hops_weights(case: Path) -> None:
    version = Store(case).open()
    for finding in trace(version, Question("Nvidia", limit=30))["findings"]:
        product = math.prod(h["weight"]["value"] for h in finding["path"])
        assert math.isclose(finding["strength"], product, rel_tol=1e-4)


def test_diverse_paths_are_not_nearly_each_other(case: Path) -> None:
    version = Store(case).open()
    every = trace(version, Question("Nvidia", limit=1000))["findings"]
    kept = trace(version, Question("Nvidia", limit=1000, diverse=True))["findings"]
    assert 0 < len(kept) < len(every) and kept[0] == every[0]
    rows = [{h["relation"] for h in f["path"]} for f in kept]
    for i, a in enumerate(rows):
        for b in rows[:i]:
            assert not a & b or len(a & b) < max(len(a), len(b)) - 1
    taken = [f for f in every if f in kept]
    assert taken == kept  # in the same order
    for f in every:  # each path left out is like one that was taken
        mine = {h["relation"] for h in f["path"]}
        ends = [(h["from"]["id"], h["to"]["id"]) for h in f["path"]]
        assert any(
            (mine & r and len(mine & r) >= max(len(mine), len(r)) - 1)
            or ends == [(h["from"]["id"], h["to"]["id"]) for h in k["path"]]
            for r, k in zip(rows, kept, strict=True)
        )


def test_groups_leave_out_what_the_same_companies_share_farther_on() -> None:
    def step(a: str, b: str) -> dict[str, Any]:
        return {"from": {"id": a, "name": a}, "to": {"id": b, "name": b}, "read": "forward"}

    findings = [
        {"subject": {"id": s}, "path": [step(s, "hub"), step("hub", "end")]} for s in ("a", "b")
    ]
    findings.append({"subject": {"id": "c"}, "path": [step("c", "end")]})
    groups = choke_points(findings)
    assert [(g["entity"]["id"], g["companies"]) for g in groups] == [
        ("end", ["a", "b", "c"]), ("hub", ["a", "b"])
    ]  # fmt: skip
    assert [g["entity"]["id"] for g in choke_points(findings[:2])] == ["hub"]


def test_time_that_runs_out_is_said(tmp_path: Path) -> None:
    ties = tuple(Tie(i, "SUPPLIES", 99) for i in range(99))
    version: Version = Drawn(100, ties, (Listing(99, "us-bis-el"),)).version(tmp_path / "g")
    wanted = [Wanted(i, id=name(i)) for i in range(99)]
    told: list[int] = []
    result = screen(version, Question(seconds=0.0), wanted, progress=told.append)
    assert result["coverage"]["stopped_by"] == "time" and not result["coverage"]["complete"]
    assert 0 < len(result["findings"]) == told[-1] < 99
    whole = screen(version, Question(), wanted, progress=told.append)
    assert whole["coverage"]["complete"] and told[-1] == 99


@pytest.mark.parametrize("as_of", ["", "2024-06-30"])
def test_pairs_are_what_the_findings_count(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], as_of: str
) -> None:
    path, out = tmp_path / "p.csv", tmp_path / "pairs.csv"
    path.write_text("name\nMicrosoft\nIntel\nNo Such Firm\nJD Cloud\nMicrosoft\n", "utf-8")
    day = ["--as-of", as_of] if as_of else []
    assert cli(case, str(path), "--pairs", str(out), "--json", *day) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    assert {row["row"] for row in rows} == {"2", "3", "5", "6"}
    for finding in findings:
        mine = [row for row in rows if int(row["row"]) == finding["row"]]
        assert {row["id"] for row in mine} == {finding["subject"]["id"]}
        hops = Counter(row["fewest_hops"] for row in mine)
        assert hops == finding["reached"]["by_hops"]
        lists = Counter(x for row in mine for x in row["target_lists"].split("; "))
        assert lists == finding["reached"]["by_list"]
    assert cli(case, str(path), "--pairs", str(tmp_path / "no" / "pairs.csv")) != 0


def test_a_trial_that_takes_too_long_leaves_the_rest_to_who_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ties = tuple(Tie(i, "SUPPLIES", 99) for i in range(99))
    version: Version = Drawn(100, ties, (Listing(99, "us-bis-el"),)).version(tmp_path / "g")
    wanted = [Wanted(i, id=name(i)) for i in range(99)]
    whole, told = screen(version, Question(), wanted), list[str]()
    monkeypatch.setattr("nthtier.queries.screening._BRIEF", -1.0)
    brief = screen(version, Question(), wanted, say=lambda text, _: told.append(text))
    assert brief == whole and brief["coverage"]["complete"]
    assert told[0].startswith("98 companies left")
