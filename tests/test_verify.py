"""``verify``: the same answer again, what changed and why, and files that are no results."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs import TYPES, Drawn, Listing, Tie, name
from nthtier.explorer.cli import run
from nthtier.explorer.page import json_block
from nthtier.explorer.saved import read_result
from nthtier.graph import model
from nthtier.graph.build import build
from nthtier.graph.errors import InputError, QuestionError
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.ontology import Weights
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.queries.question import Asked, Question, question_of
from nthtier.queries.resolving import Wanted
from nthtier.queries.screening import screen
from nthtier.queries.trace import trace
from nthtier.queries.verify import checked, verify

DOC = Source("doc", "doc", "A document", date="2024-01-01", sha256="aa")
NEW = Source("new", "new", "A later document", date="2025-01-01", sha256="bb")


def company(i: int, source: str = "doc") -> list[Statement]:
    return [
        statement(f"doc#{name(i)}", model.NAME, value=f"Maker {i}", source=source, locator="1"),
        statement(f"doc#{name(i)}", model.TYPE, value="Company", source=source, locator="1"),
    ]


def said(a: int, type_: str, b: int | str, source: str = "doc", **more: Any) -> Statement:
    end = b if isinstance(b, str) else f"doc#{name(b)}"
    return statement(f"doc#{name(a)}", type_, object=end, source=source, locator="2", **more)


BASE = [
    *(s for i in range(4) for s in company(i)),
    said(0, "SUPPLIES", 1, since="2020"),
    said(1, "OWNS", 2, share=(51.0, 51.0)),
    said(2, "LISTED_ON", "us-bis-el", since="2023-03-02"),
]


class Graph:
    """A graph folder to which versions are written from statements."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)

    def write(self, statements: list[Statement], *sources: Source) -> Version:
        with self.store.writing():
            self.store.write(build(sources or (DOC,), statements), parent=None, command="test")
        return self.store.open()


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return Graph(tmp_path / "graph")


def saved_trace(version: Version, **question: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(trace(version, Question("Maker 0", **question))))
    return checked(found, "saved.json")


def reasons(report: dict[str, Any]) -> str:
    return " | ".join(r for c in report["since"]["changes"] for r in c["why"])


def test_in_its_own_version_it_is_the_same(graph: Graph) -> None:
    version = graph.write(BASE)
    report = verify(saved_trace(version), version, version)
    assert report["ok"] and report["own"]["identical"] and report["since"] is None
    assert report["evidence"]["statements"] == 3
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    wanted = [Wanted(i + 2, f"Maker {i}") for i in range(4)]
    screened = json.loads(json.dumps(screen(version, Question(), wanted)))
    assert verify(checked(screened, "x"), version, version)["ok"]
    counted = json.loads(json.dumps(trace(version, Question("Maker 0"), count=True)))
    assert verify(checked(counted, "x"), version, version)["ok"]


def test_what_was_forged_is_found(graph: Graph) -> None:
    version = graph.write(BASE)
    for change in ("class", "statement", "source", "strength", "missing"):
        saved = saved_trace(version)
        finding = saved["findings"][0]
        match change:
            case "class":
                finding["class"] = "listed"
            case "statement":
                finding["path"][0]["evidence"][0]["statement"] = "0123456789abcdef"
            case "source":
                saved["coverage"]["sources"][0]["sha256"] = "cc"
            case "strength":
                finding["strength"] = 0.9
            case "missing":
                saved["findings"] = []
        report = verify(saved, version, version)
        assert not report["ok"], change
        assert report["own"]["identical"] == (change == "source")
        bad = report["evidence"]
        assert bool(bad["missing_statements"]) == (change == "statement")
        assert bad["changed_sources"] == (["doc"] if change == "source" else [])


@pytest.mark.parametrize(
    ("statements", "what", "why"),
    [
        ([*BASE, said(0, "OWNS", 2, "new", share=(5.0, 5.0))], "appears",
         "relation new: Maker 0 OWNS Maker 2, as new says"),
        ([*BASE, *company(4, "new"), said(1, "LISTED_ON", "us-ofac-sdn", "new")], "appears",
         "listing new: Maker 1 is on us-ofac-sdn, as new says"),
        ([s for s in BASE if s.predicate != "SUPPLIES"], "vanishes",
         "relation gone: no source says any more that Maker 0 SUPPLIES Maker 1"),
        ([s for s in BASE if s.predicate != "LISTED_ON"], "vanishes",
         "Maker 2 is on us-bis-el"),
        ([*(s for s in BASE if s.predicate != "OWNS"), said(1, "OWNS", 2, share=(49.0, 49.0))],
         "changes", "Maker 1 OWNS Maker 2 changed: share [51.0, 51.0] -> [49.0, 49.0]"),
        ([*BASE, said(1, "OWNS", 2, "new", share=(51.0, 51.0))], "changes",
         "Maker 1 OWNS Maker 2: also said by new"),
        ([*BASE, statement("doc#e01", model.COUNTRY, value="cn", source="new", locator="1")],
         "changes", "e01 is described otherwise: Maker 1, Company, None -> Maker 1, Company, cn"),
    ],
)  # fmt: skip
def test_what_changed_since_is_explained(
    graph: Graph, statements: list[Statement], what: str, why: str
) -> None:
    old = graph.write(BASE)
    saved = saved_trace(old)
    new = graph.write(statements, DOC, NEW)
    assert new.id != old.id
    report = verify(saved, old, new)
    assert report["ok"] and report["own"]["identical"]
    assert report["since"]["explained"] and not report["since"]["identical"]
    assert what in {c["what"] for c in report["since"]["changes"]}
    assert why in reasons(report)
    assert any("source new (2025-01-01) is new" in n for n in report["since"]["notes"])


def test_an_identity_that_changed_is_the_reason(graph: Graph) -> None:
    lei = [statement(f"doc#{n}", "id:lei", value="5493001KJTIIGC8Y1R12", source="new", locator="3")
           for n in (name(1), "a-firm")]  # fmt: skip
    more = statement("doc#a-firm", model.NAME, value="A Firm", source="doc", locator="9")
    old = graph.write([*BASE, more])
    saved = saved_trace(old)
    new = graph.write([*BASE, more, *lei], DOC, NEW)
    report = verify(saved, old, new)
    assert "identity: e01 is now a-firm" in reasons(report) and report["ok"]


def test_a_source_with_other_bytes_or_gone(graph: Graph) -> None:
    old = graph.write(BASE)
    saved = saved_trace(old)
    again = graph.write(BASE, replace(DOC, sha256="zz"))
    report = verify(saved, old, again)
    assert report["ok"] and report["since"]["identical"]
    assert report["since"]["notes"] == ["source doc has other contents than then"]
    moved = [s._replace(source="new") for s in BASE if s.predicate != "OWNS"]
    report = verify(saved, old, graph.write(moved, NEW))
    assert "source doc is no longer loaded" in reasons(report)


def test_without_its_version_only_the_same_answer_will_do(graph: Graph, tmp_path: Path) -> None:
    version = graph.write(BASE)
    saved = saved_trace(version)
    other = Graph(tmp_path / "other")
    same = other.write([*BASE, *company(7)])
    report = verify(saved, None, same)
    assert report["ok"] and report["own"] is None and report["since"]["identical"]
    report = verify(saved, None, other.write([s for s in BASE if s.predicate != "OWNS"]))
    assert not report["ok"] and report["since"]["explained"]
    report = verify(saved, None, other.write(company(3)))
    assert not report["ok"] and "cannot be asked" in report["since"]["notes"][0]


patient = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@patient
@given(st.data())
def test_a_query_gives_its_question_back(
    tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    some = st.sampled_from
    weights = some([None, Weights(unknown_share=0.5), Weights({**Weights().types, "OWNS": 0.5})])
    question = Question(
        name(0),
        to=data.draw(some([(), ("us-bis-el",), ("us-bis-el", name(2))])),
        lens=data.draw(some(["any", "supply", "finance", "ownership"])),
        types=data.draw(st.lists(some([*TYPES, "LISTED_ON"]), unique=True, max_size=3).map(tuple)),
        direction=data.draw(some([None, "forward", "backward", "both"])),
        sequence=data.draw(some([(), ("SUPPLIES>", "<OWNS|*")])),
        bases=data.draw(some([(), ("stated", "disputed")])),
        via=data.draw(some([(), (name(1),)])),
        avoid=data.draw(some([(), (name(3),)])),
        max_hops=data.draw(st.integers(0, 5)),
        limit=data.draw(st.integers(1, 50)),
        as_of=data.draw(some(["", "2023-04"])),
        known=data.draw(some(["", "2025"])),
        min_share=data.draw(some([0.0, 25.0])),
        diverse=data.draw(st.booleans()),
        weights=data.draw(weights),
    )
    folder = tmp_path_factory.getbasetemp() / "query-graph"
    store = Store(folder)
    version = store.open() if store.head() else Graph(folder).write(BASE)
    try:
        asked = Asked(version, question)
    except QuestionError:
        return
    query = {**asked.query("trace"), "subject": name(0)}
    again = Asked(version, question_of(json.loads(json.dumps(query))))
    assert {**again.query("trace"), "subject": name(0)} == query
    assert again.reads == asked.reads and again.steps == asked.steps
    assert again.question.weights == question.weights or not question.weights


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = Drawn(3, (Tie(0, "SUPPLIES", 1),), (Listing(1, "us-bis-el", since="2020"),))
    folder = tmp_path / "graph"
    drawn.version(folder)

    def call(*words: str) -> tuple[int, str, str]:
        status = run(["--graph", str(folder), *words])
        out = capsys.readouterr()
        return status, out.out, out.err

    text = call("trace", "Maker 0", "--json")[1]
    path = tmp_path / "saved.json"
    path.write_text(text, "utf-8")
    status, out, err = call("verify", str(path))
    assert (status, err) == (0, "") and "the same answer" in out and out.endswith("verified\n")
    page = tmp_path / "page.html"
    block = json_block(json.loads(text))
    page.write_text(
        "<!doctype html><script type='application/json' id='data'>{}</script>"
        f'<script type="application/json" id="nthtier-result">{block}</script>', "utf-8"
    )  # fmt: skip
    assert call("verify", str(page))[0] == 0
    Graph(folder).write([])
    status, out, _ = call("verify", str(path))
    assert status == 1 and "cannot be asked" in out and out.endswith("not verified\n")
    report = json.loads(call("verify", str(path), "--json")[1])
    assert report["own"]["identical"] and not report["ok"]
    manifest = json.loads(text)["version"]
    (folder / "versions" / manifest / "relations.parquet").write_bytes(b"broken")
    status, out, err = call("verify", str(path))
    assert status == 4 and "relations.parquet" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not whole JSON"),
        ("{", "not whole JSON"),
        ("[" * 100_000, "not whole JSON"),
        ('{"format": NaN}', "not whole JSON"),
        ("[]", "list"),
        ("{}", "format"),
        ('{"format": 2}', "format"),
        ('{"format": 1, "version": 3}', "version"),
        ('{"format": 1, "version": "v", "query": {"command": "cut"}, "findings": [], '
         '"coverage": {}}', "query.command"),
        ('{"format": 1, "version": "v", "query": {"command": "trace"}, "findings": [], '
         '"coverage": {}}', "the parameters of a question"),
        ("<html></html>", "a page without its result"),
        ('<script id="nthtier-result">{}</script><script id="nthtier-result">{}</script>',
         "several results"),
        ("<script id='nthtier-result'>{</script>", "not whole JSON"),
    ],
)  # fmt: skip
def test_files_that_are_no_results(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=message) as error:
        read_result(path)
    assert str(error.value).startswith("x.json") and "\n" not in str(error.value)
    assert run(["--graph", str(tmp_path / "none"), "verify", str(path)]) == 3


def test_findings_that_are_not_whole(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_result(tmp_path / "not there")
    version = graph.write(BASE)
    for field, value in (("class", "clear"), ("subject", {}), ("path", [{}]), ("path", 3),
                         ("target", {"listings": [{"evidence": [{}]}]})):  # fmt: skip
        saved = saved_trace(version)
        saved["findings"][0][field] = value
        with pytest.raises(InputError, match="a whole finding"):
            checked(saved, "x")
