"""What results of the Python interface show, and what they hand on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import nthtier as nt
from nthtier.explorer.results import Findings, Table
from support import ROOT
from test_api import FACTS, FIXTURE, g, portfolio

__all__ = ["g", "portfolio"]


@pytest.fixture(scope="module")
def results(g: nt.Graph) -> dict[str, Table]:
    return {
        "trace": g.trace("Microsoft"),
        "none": g.trace("Intel", to="us-bis-el", as_of="2019-01-01"),
        "explore": g.explore("Intel"),
        "screen": g.screen(["Intel", "IBM", "<b>Nobody</b> & Sons"]),
        "owners": g.owners("Inspur Group"),
        "captured": g.captured(rule="bis-affiliates", as_of="2025-10-15"),
        "rules": g.rules(),
        "follows": g.rules(for_="Microsoft", activity="securities"),
        "what_if": g.what_if(list="us-bis-el", add="Nvidia", subject="Microsoft"),
        "nothing": g.what_if(share=("Inspur Group", "inspur-cisco", 51), subject="Baidu"),
        "cut": g.cut("Microsoft", max_hops=2),
        "diff": g.diff("HEAD", FIXTURE, portfolio=["Harbour Light", "Intel"]),
        "verify": g.verify(g.trace("Intel")),
        "find": g.find("浪潮"),
        "not found": g.find("zzzz qqqq"),
        "cypher": g.cypher("MATCH p = (:Entity {id: 'intel'})-[r:SUPPLIES]->() RETURN p, r, 5"),
        "no rows": g.cypher("MATCH (n:Entity {id: '<script>'}) RETURN n.name, n.id"),
        "versions": g.versions,
        "info": g.info(),
        "questions": g.questions(),
    }


class Wellformed(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_result_shows_itself(results: dict[str, Table], tmp_path: Path) -> None:
    for name, result in results.items():
        text = repr(result)
        assert text and "\x1b" not in text and "object at 0x" not in text, name
        html = result._repr_html_()
        parser = Wellformed()
        parser.feed(html)
        parser.close()
        assert parser.open == [] and html, name
        assert parser.seen.isdisjoint({"script", "style", "link", "img"}), name
        assert ("iframe" in parser.seen) == (name == "explore")
        assert len(html) < 60_000 or name == "explore", f"{name}: a notebook keeps every output"
        assert len(result.rows()) >= len(result) or name == "screen"
        assert result.to_json() == json.dumps(result.data, ensure_ascii=False, indent=1) + "\n"
        assert list(result) == [result[i] for i in range(len(result))]
        if name != "no rows":
            page = result.to_html(tmp_path / f"{name}.html").read_text("utf-8")
            assert page.lower().startswith("<!doctype html>"), name
            assert "Content-Security-Policy" in page


def test_html_holds_data_as_text(g: nt.Graph, tmp_path: Path) -> None:
    bad = "<img src=x onerror=alert(1)>\\u202e\\u001b[31m"
    (tmp_path / "bad.toml").write_text(FACTS.format("bad").replace('"bad & Sons"', f'"{bad}"'),
                                       "utf-8")  # fmt: skip
    g = nt.load(tmp_path / "graph", *sorted((ROOT / "loaders/nthtier/loaders/shipped").glob("*")),
                tmp_path / "bad.toml")  # fmt: skip
    name = next(c["name"] for c in g.find("img src x onerror alert 1"))
    assert name.startswith("<img")
    for result in (g.trace(name), g.trace(name).findings[0], g.find(name), g.screen([name]),
                   g.screen([name, name + "?"]), g.explore(name), g):  # fmt: skip
        html = result._repr_html_()
        assert "<img" not in html and "\x1b" not in html and "\u202e" not in html
        assert "\x1b" not in repr(result) and "\u202e" not in repr(result)
    assert "&lt;img src=x" in g.trace(name)._repr_html_()


def test_a_trace_opens_its_evidence_in_a_notebook(results: dict[str, Table]) -> None:
    html = results["trace"]._repr_html_()
    assert "<details><summary>Microsoft invested in Inspur Group" in html
    assert "newspaper-2015" in html or "A newspaper, 2015" in html
    page = results["explore"]._repr_html_()
    assert 'sandbox="allow-scripts' in page and "allow-same-origin" not in page
    assert "<details><summary>Intel: " in page, "what a host without frames shows"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(results: dict[str, Table], library: str) -> None:
    for name, result in results.items():
        frame = result.to_frame(library)
        assert type(frame).__module__.split(".")[0] == library
        assert list(frame.columns) == list(result.columns), name
        assert len(frame) == len(result.rows())
    trace = results["trace"].to_frame(library)
    assert trace["hops"].dtype.__str__().startswith(("float", "int", "Int"))
    assert set(trace["class"]) == {"exposed"}


def test_without_a_library_of_frames_the_error_says_what_to_install(
    g: nt.Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert type(g.find("Intel").to_frame()).__module__.startswith("pandas")
    monkeypatch.delitem(sys.modules, "pandas")
    assert type(g.find("Intel").to_frame()).__module__.startswith("polars")
    monkeypatch.delitem(sys.modules, "polars")
    monkeypatch.setattr("nthtier.explorer.frames.find_spec", lambda _: None)
    with pytest.raises(nt.EngineError, match="needs pandas or polars: pip install pandas"):
        g.find("Intel").to_frame()
    with pytest.raises(nt.EngineError, match="needs polars: pip install polars"):
        g.find("Intel").to_frame("polars")
    with pytest.raises(nt.UsageError, match="no library 'excel'; there are pandas, polars"):
        g.find("Intel").to_frame("excel")


def test_networks(results: dict[str, Table], g: nt.Graph) -> None:
    found = results["trace"]
    assert isinstance(found, Findings)
    network = found.to_networkx()
    hops = {h["relation"] for f in found.findings for h in f.path}
    assert {key for _, _, key in network.edges(keys=True)} == hops
    assert network.nodes["microsoft"]["name"] == "Microsoft"
    a, b, _, said = next(iter(network.edges(keys=True, data=True)))
    assert g.to_networkx().has_edge(a, b) and said["evidence"] and said["type"]
    cypher: Any = results["cypher"]
    assert set(cypher.to_networkx().nodes) == {"intel", "inspur-group"}
    assert cypher.findings()[0].sentence.startswith("Intel supplies")
    none: Any = results["no rows"]
    assert not none.to_networkx() and repr(none)


def test_results_are_what_they_say(results: dict[str, Table], tmp_path: Path) -> None:
    trace: Any = results["trace"]
    assert trace.complete and trace.query["subject"] == "microsoft"
    assert trace[0] is trace.findings[0] and trace[0]["class"] == trace[0].class_
    assert json.dumps(trace[0], ensure_ascii=False) in json.dumps(trace.data, ensure_ascii=False)
    assert trace.to_dossier(tmp_path / "d.html").read_text("utf-8").lower().startswith("<!doctype")
    screen: Any = results["screen"]
    assert [f.subject["name"] for f in screen] == ["Intel", "IBM"] and screen.groups
    assert screen.to_csv(tmp_path / "s.csv").read_text("utf-8").count("\n") == 4
    assert [r["class"] for r in screen.rows()] == ["exposed", "exposed", "unresolved"]
    assert "1 row not screened" in repr(screen) and "no clearance" in repr(screen)
    pairs = screen.pairs()
    assert {x["hops"] for x in pairs} <= {1, 2, 3, 4} and "fewest_hops" in repr(pairs)
    assert len(pairs.to_frame("polars")) == sum(f["reached"]["total"] for f in screen)
    text = screen.pairs().to_csv(tmp_path / "p.csv").read_text("utf-8")
    assert text.count("\n") == len(pairs) + 1
    nothing: Any = results["nothing"]
    assert "No finding would change." in repr(nothing) and len(nothing) == 0
    none: Any = results["none"]
    assert none.findings[0].class_ == "none" and none.to_networkx().number_of_edges() == 0
    assert "nothing like 'zzzz qqqq'" in repr(results["not found"])
    with pytest.raises(nt.StoreError, match="cannot write"):
        trace.to_html(tmp_path)


def test_names_complete(g: nt.Graph, results: dict[str, Table]) -> None:
    assert {"open", "demo", "load", "Graph", "QuestionError", "__version__"} <= set(dir(nt))
    wanted = {"find", "trace", "screen", "owners", "captured", "rules", "what_if", "cut", "diff",
              "verify", "cypher", "explore", "to_networkx", "versions", "at", "load",
              "folder"}  # fmt: skip
    assert wanted <= set(dir(g))
    assert {"findings", "coverage", "to_frame", "to_json", "to_html", "to_networkx",
            "query", "version", "complete"} <= set(dir(results["trace"]))  # fmt: skip
    assert {"sentence", "path", "since", "class_"} <= set(dir(results["trace"][0]))
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", nt.__version__)
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        nt.opne  # noqa: B018


def test_what_it_prints_stays_out_of_the_output(g: nt.Graph) -> None:
    code = (
        f"import nthtier as nt; g = nt.open({str(g.folder)!r}); g.screen(['Intel']); "
        "g.cypher('MATCH (n:Entity) RETURN n.id'); g.explore(); g.trace('Intel').to_json()"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True,
                          env=os.environ, check=True)  # fmt: skip
    assert (done.stdout, done.stderr) == (b"", b"")
