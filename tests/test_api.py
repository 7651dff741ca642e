"""The Python interface: the same answers as the command line, shown and handed on."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import click
import pandas
import polars
import pytest

import nthtier as nt
from nthtier.explorer.cli import COMMANDS, cli, run
from support import ROOT

FIXTURE = str(ROOT / "tests" / "data" / "facts.toml")
LISTED = 'name,vendor no\nMicrosoft,1\nIntel,2\n"Nobody, Ltd",3\n'


@pytest.fixture(scope="module")
def g(tmp_path_factory: pytest.TempPathFactory) -> nt.Graph:
    return nt.demo(tmp_path_factory.mktemp("api") / "graph")


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("portfolio") / "portfolio.csv"
    path.write_text(LISTED, "utf-8")
    return path


def said(graph: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command line in this process; returns its status, output and messages."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run(["--graph", str(graph), *arguments])
    return status, out.getvalue(), err.getvalue()


#: Options as keywords → the same as a command line.
ASKED: list[tuple[str, list[Any], dict[str, Any]]] = [
    ("find", ["浪潮"], {"limit": 3}),
    ("find", ["nothing of the kind at all"], {}),
    ("trace", ["Microsoft"], {}),
    ("trace", ["Microsoft"], {"to": ["Inspur Group", "us-dod-1260h"], "as_of": "2019-01-01"}),
    ("trace", ["nvidia"], {"lens": "revenue", "max_hops": 2, "limit": 3, "id": True}),
    ("trace", ["Intel"], {"sequence": "SUPPLIES>,*", "count": True, "diverse": True}),
    ("trace", ["Microsoft"], {"types": "owns,invested_in", "direction": "forward", "min_share": 5,
                              "basis": "stated,disputed", "avoid": ["Intel"]}),
    ("trace", ["Nvidia"], {"via": ["Inspur Group"], "known": "2023-12"}),
    ("trace", ["Cisco"], {"rule": ["bis-affiliates", "us-ofac-50"], "as_of": "2025-10-15"}),
    ("screen", ["portfolio"], {"max_hops": 2, "as_of": 2024}),
    ("screen", ["portfolio"], {"columns": "name=name", "to": ["us-bis-el"], "lens": "finance"}),
    ("owners", ["Inspur Group"], {"as_of": "2025-10-15", "limit": 1}),
    ("captured", [], {"rule": "bis-affiliates", "as_of": "2025-10-15"}),
    ("captured", [], {"entity": "Inspur Group", "as_of": "2026-01-15", "known": "2025"}),
    ("rules", [], {"as_of": "2026-01-15"}),
    ("rules", ["us-ofac-50"], {"as_of": "2026-01-15"}),
    ("rules", [], {"for_": "Microsoft", "activity": "securities", "as_of": "2023-06"}),
    ("what_if", [], {"list": ["us-bis-el"], "add": ["Nvidia"], "subject": "Microsoft"}),
    ("diff", ["HEAD", FIXTURE], {"list": "us-bis-el", "portfolio": "portfolio"}),
    ("what_if", [], {"share": [("Microsoft", "Inspur Group", "60")], "subject": "Microsoft",
                     "since": "2024", "max_hops": 2}),
    ("what_if", [], {"end": [("Intel", "SUPPLIES", "Inspur Group")], "portfolio": "portfolio",
                     "relation": [("Intel", "OWNS", "JD Cloud"), ("IBM", "OWNS", "Intel")]}),
    ("cut", ["Microsoft"], {"to": ["us-bis-el"], "max_hops": 2}),
    ("cut", ["Nvidia"], {"lens": "revenue", "most_paths": 3}),
    ("cypher", ["MATCH (a:Entity)-[r:OWNS]->(b) RETURN a, r, b.name ORDER BY b.name"], {"rows": 2}),
    ("cypher", [], {"run": "best-paths", "param": ["subject=Nvidia", "lens=revenue"]}),
    ("match", [], {"least": 0.6}),
    ("info", [], {}),
]  # fmt: skip


def as_options(arguments: list[Any], options: dict[str, Any]) -> list[str]:
    line = [str(a) for a in arguments]
    for name, value in options.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        for one in value if isinstance(value, list) else [value]:
            parts = one if isinstance(one, tuple) else [] if one is True else [one]
            line += [flag, *map(str, parts)]
    return line


@pytest.mark.parametrize(("name", "arguments", "options"), ASKED, ids=lambda x: str(x)[:40])
def test_both_give_the_same_answer_to_the_byte(
    name: str, arguments: list[Any], options: dict[str, Any], g: nt.Graph, portfolio: Path
) -> None:
    named = {"portfolio": str(portfolio)}
    arguments = [named.get(a, a) for a in arguments]
    options = {k: named.get(v, v) if isinstance(v, str) else v for k, v in options.items()}
    result = getattr(g, name)(*arguments, **options)
    command = name.replace("_", "-")
    status, out, _ = said(g.folder, command, *as_options(arguments, options), "--json")
    assert out == result.to_json()
    assert status == (0 if len(out) > 10 else 1)


def test_both_verify_the_same(g: nt.Graph, tmp_path: Path) -> None:
    found = g.trace("Intel")
    text = found.to_json(tmp_path / "saved.json")
    assert (tmp_path / "saved.json").read_text("utf-8") == text
    status, out, _ = said(g.folder, "verify", str(tmp_path / "saved.json"), "--json")
    for saved in (found, found.data, tmp_path / "saved.json"):
        report = g.verify(saved)
        assert report.ok and report.to_json() == out and status == 0
    found.data["findings"][0]["sentence"] = "Intel is Inspur."
    assert not g.verify(found).ok
    assert "not verified" in repr(g.verify(found))


def test_every_option_is_a_keyword_and_every_keyword_an_option() -> None:
    import inspect

    shown = {"json", "csv", "html", "pairs", "dossier", "evidence", "explain", "list", "out"}
    decided = {"review", "again", "limit", "decide", "undo", "import", "export", "why", "who", "id",
               "forget"}  # fmt: skip
    for name in COMMANDS:
        method = getattr(nt.Graph, name.replace("-", "_"), None)
        if method is None:
            assert name in ("demo", "fetch", "neo4j", "export", "completion"), name
            continue
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        given = {
            o.removeprefix("--").replace("-", "_")
            for p in command.params if isinstance(p, click.Option) for o in p.opts if o[:2] == "--"
        }  # fmt: skip
        given -= decided if name == "match" else set()  # `decide`, `undo` …
        given -= shown - ({"list"} if name in ("what-if", "diff") else set())
        given -= {"limit"} if name == "diff" else set()  # of what is shown
        given |= {str(p.name) for p in command.params if isinstance(p, click.Argument)}
        keywords = {k.rstrip("_") for k in inspect.signature(method).parameters}
        assert given <= keywords, name
        assert keywords - given <= {"self", "progress", "say", "out"}, name


def test_defaults_are_those_of_the_command_line() -> None:
    import inspect

    for name in ("trace", "explore", "screen", "owners", "captured", "what-if", "cut", "cypher"):
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        keywords = inspect.signature(getattr(nt.Graph, name.replace("-", "_"))).parameters
        for p in command.params:
            if isinstance(p, click.Option) and isinstance(p.default, int | float | str):
                keyword = keywords.get(str(p.name))
                if keyword is not None and p.default not in ("", False):
                    assert keyword.default == p.default, f"{name} {p.name}"


# --- errors


@pytest.mark.parametrize(
    ("ask", "line"),
    [
        (lambda g: g.trace("No Such Maker"), "trace|No Such Maker"),
        (lambda g: g.trace("Inspur Grp"), "trace|Inspur Grp"),
        (lambda g: g.trace("intel corp", id=True), "trace|intel corp|--id"),
        (lambda g: g.trace("Intel", types="OWNZ"), "trace|Intel|--types|OWNZ"),
        (lambda g: g.trace("Intel", rule="no-rule", as_of=2025),
         "trace|Intel|--rule|no-rule|--as-of|2025"),
        (lambda g: g.captured(rule="nope"), "captured|--rule|nope"),
        (lambda g: g.what_if(list="us-bis-el", subject="Intel"),
         "what-if|--list|us-bis-el|--subject|Intel"),
        (lambda g: g.what_if(subject="Intel"), "what-if|--subject|Intel"),
        (lambda g: g.what_if(add="Intel", list="us-bis-el"),
         "what-if|--add|Intel|--list|us-bis-el"),
        (lambda g: g.rules(for_="Intel"), "rules|--for|Intel"),
        (lambda g: g.cypher("CREATE (n)"), "cypher|CREATE (n)"),
        (lambda g: g.cypher(run="nope"), "cypher|--run|nope"),
        (lambda g: g.at("v-0000000000000000"), None),
        (lambda g: g.screen("no-file.csv"), "screen|no-file.csv"),
        (lambda g: g.load("no-file.csv"), "load|no-file.csv"),
        (lambda g: g.verify("no-file.json"), "verify|no-file.json"),
        (lambda g: nt.open(g.folder / "none"), None),
    ],
)  # fmt: skip
def test_an_error_says_what_the_command_line_says(ask: Any, line: str | None, g: nt.Graph) -> None:
    with pytest.raises(nt.NthtierError) as caught:
        ask(g)
    text = str(caught.value)
    assert text
    if line is not None:
        status, out, err = said(g.folder, *line.split("|"))
        assert (status, out) == (caught.value.exit_status, "")
        assert text in err
        for note in getattr(caught.value, "__notes__", ()):
            assert note in err, "candidates too"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"as_of": "soon"}, "'soon' is not a date; write YYYY"),
        ({"as_of": "2023-02-30"}, "'2023-02-30' is not a date"),
        ({"direction": "sideways"}, "'sideways' is not one of forward, backward, both"),
        ({"lens": "X"}, "no lens 'X'; there are "),
        ({"min_share": 120}, "--min-share is 0 to 100, not 120"),
        ({"min_share": float("nan")}, "--min-share is 0 to 100"),
        ({"seconds": 0}, "--seconds is at least 0.01"),
        ({"limit": 0}, "--limit is at least 1"),
        ({"max_hops": 99}, "--max-hops is 0 to 32"),
        ({"to": 5}, "a company is a name, an id or an entity of a result, not 5"),
        ({"to": [None]}, "not None"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(
    options: dict[str, Any], said: str, g: nt.Graph
) -> None:
    with pytest.raises(nt.NthtierError, match=re.escape(said)):
        g.trace("Intel", **options)


def test_candidates_stand_in_the_traceback(g: nt.Graph) -> None:
    with pytest.raises(nt.QuestionError) as caught:
        g.trace("Inspur Grp")
    assert caught.value.candidates[0][0] == "inspur-group"
    assert any("inspur-group" in note for note in caught.value.__notes__)


# --- opening, versions, loading


FACTS = """[source]
id = "{0}"
title = "A contract"
date = 2024-05-02
[[relation]]
from = "Inspur Group"
type = "SUPPLIES"
to = "{0} & Sons"
"""


def test_open_goes_where_the_command_line_goes(
    g: nt.Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NTHTIER_GRAPH", raising=False)
    with pytest.raises(nt.StoreError, match="there is no graph in nthtier-graph; 'nthtier demo'"):
        nt.open()
    assert not list(tmp_path.iterdir()), "opening leaves nothing behind"
    monkeypatch.setenv("NTHTIER_GRAPH", str(g.folder))
    assert nt.open().version == g.version == nt.open(str(g.folder)).version


def test_a_graph_stays_at_its_version(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(FACTS.format(name), "utf-8")
    g = nt.load(tmp_path / "graph", tmp_path / "one.toml")
    first = g.version
    other = nt.open(tmp_path / "graph")
    loaded = g.load(tmp_path / "two.toml")
    assert loaded.version == g.version != first
    assert [s["source"] for s in loaded] == ["two"] and "two" in repr(loaded)
    there = {v["id"]: v for v in g.versions}
    assert there.keys() == {first, g.version} and there[g.version]["parent"] == first
    assert not [c for c in other.find("two & Sons") if c["name"] == "two & Sons"]
    assert other.version == first
    for now in (g, g.at(there[g.version]), nt.open(g.folder)):
        assert now.find("two & Sons")[0]["name"] == "two & Sons"
    assert g.at(first).to_networkx().number_of_nodes() < g.to_networkx().number_of_nodes()
    assert g.trace("two & Sons").version == g.version
    assert g.trace(g.find("two & Sons")[0], to=g.find("Inspur Group")[0]).query["subject"]
    status, out, _ = said(g.folder, "load", str(tmp_path / "two.toml"), "--json")
    assert (status, json.loads(out)["new"]) == (0, False)
    with pytest.raises(nt.UsageError, match="name a file"):
        g.load()


def test_a_demo_is_a_graph_of_its_own() -> None:
    a, b = nt.demo(), nt.demo()
    assert a.folder != b.folder and a.version == b.version
    code = "import nthtier as nt; g = nt.demo(); print(g.folder)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not Path(done.stdout.strip()).parent.exists(), "gone with its process"


# --- portfolios


def test_a_portfolio_is_a_file_a_frame_names_or_records(g: nt.Graph, portfolio: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"Vendor": "Microsoft", "CIK": 789019.0},
        {"Vendor": "Intel", "CIK": None},
        {"Vendor": "Nobody, Ltd", "CIK": float("nan")},
    ]
    names = [r["Vendor"] for r in rows]
    expected = [(f.subject["id"], f.class_) for f in g.screen(portfolio)]
    assert [i for i, _ in expected] == ["intel", "microsoft"]
    for given in (names, tuple(names), iter(names), rows, pandas.DataFrame(rows),
                  pandas.Series(names), polars.DataFrame(rows, strict=False),
                  polars.Series(names), [{"id": "microsoft"}, {"id": "intel"}, {"id": "no"}],
                  [*g.find("Microsoft", limit=1), *g.find("Intel", limit=1),
                   {"name": "N"}]):  # fmt: skip
        found = g.screen(given)
        assert [(f.subject["id"], f.class_) for f in found] == expected
        assert len(found.unresolved) == 1
    frame = pandas.DataFrame(rows).rename(columns={"Vendor": "who is it"})
    with pytest.raises(nt.InputError, match="no column that names a company"):
        g.screen(frame.drop(columns="CIK"))
    assert len(g.screen(frame.drop(columns="CIK"), columns={"name": "who is it"})) == 2
    for wrong in (5, b"x", {"name": "Intel"}, [5]):
        with pytest.raises(nt.UsageError):
            g.screen(wrong)
    with pytest.raises(nt.InputError, match="a portfolio without companies"):
        g.screen([])
