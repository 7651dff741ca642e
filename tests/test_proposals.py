"""Possible matches that a graph keeps: relations that nobody stated, followed only when asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import nthtier as nt
from nthtier.graph import deciding, proposals
from nthtier.graph.errors import InputError
from nthtier.graph.known import as_known
from nthtier.graph.ontology import POSSIBLE_MATCH
from nthtier.graph.proposals import Proposal
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.queries.question import Question, question_of
from nthtier.queries.resolving import Wanted
from nthtier.queries.screening import screen
from nthtier.queries.trace import trace

VENDORS = """
[source]
id = "vendors"
title = "Vendor master"
date = 2025-01-01
{supplier}
[[relation]]
from = "supplier"
type = "SUPPLIES"
to = "Acme Systems"
since = "2022"
"""
SUPPLIER = '[[entity]]\nid = "supplier"\nname = "Northen Widget Wroks"\ncountry = "no"\n'
LIST = """
[source]
id = "list"
title = "A list"
date = 2024-01-01
[[entity]]
id = "widget"
name = "Northern Widget Works"
type = "Company"
country = "no"
[[relation]]
from = "widget"
type = "LISTED_ON"
to = "us-bis-el"
since = "2023"
"""


@pytest.fixture
def graph(tmp_path: Path) -> nt.Graph:
    """Acme's supplier, and a listed company of nearly the same name."""
    (tmp_path / "vendors.toml").write_text(VENDORS.format(supplier=SUPPLIER), "utf-8")
    (tmp_path / "list.toml").write_text(LIST, "utf-8")
    folder = tmp_path / "graph"
    load(Store(folder), [tmp_path / "vendors.toml", tmp_path / "list.toml"])
    return nt.open(folder)


def relations(version: Version) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = version.table("relations", ["id", "type", "note"]).to_pylist()
    return [r for r in rows if r["type"] == POSSIBLE_MATCH]


def test_kept_proposals_are_relations_with_score_and_reasons(graph: nt.Graph) -> None:
    before = graph.version
    found = graph.match(keep=True)
    assert len(found) == 1 and graph.version != before
    version = graph.opened
    (kept,) = relations(version)
    assert "letter" in kept["note"]
    source = version.sources[proposals.SOURCE_ID]
    assert source.records == 1 and "stated by nobody" in source.note
    (said,) = [s for s in version.statements() if s.source == source.id]
    assert (
        said.basis == "inferred"
        and said.locator == f"score {found.data['candidates'][0]['score']:g}"
    )
    assert {said.subject, said.object} == {"vendors#supplier", "list#widget"}
    assert graph.match(keep=True).data["candidates"] and relations(graph.opened) == [kept]
    graph.forget_matches()
    assert graph.version == before and not relations(graph.opened)


def test_only_a_question_that_asks_follows_them(graph: nt.Graph) -> None:
    assert [f.class_ for f in graph.trace("Acme Systems", possible=True)] == ["none"]
    graph.match(keep=True)
    (nothing,) = graph.trace("Acme Systems").data["findings"]
    assert nothing["class"] == "none" and "1 possible match that nobody" in nothing["sentence"]
    found = graph.trace("Acme Systems", possible=True)
    (finding,) = found.data["findings"]
    assert (finding["class"], finding["hops"]) == ("possible", 2)
    assert finding["path"][1]["type"] == POSSIBLE_MATCH
    assert finding["path"][1]["evidence"][0]["source"] == proposals.SOURCE_ID
    assert "which may be Northern Widget Works" in finding["sentence"]
    assert "nobody has decided who is who" in finding["sentence"]
    assert "possible match" not in found.data["coverage"]["not_covered"]["sentence"]
    again = question_of(found.data["query"])
    assert trace(graph.opened, again)["findings"] == found.data["findings"]
    for lens in ("supply", "ownership"):  # who is who is no matter of the lens
        reached = graph.trace("Acme Systems", possible=True, lens=lens).data["findings"]
        assert reached[0]["class"] == ("possible" if lens == "supply" else "none")
    (own,) = graph.trace("supplier", possible=True, id=True).data["findings"]
    assert (own["class"], own["hops"]) == ("possible", 1)  # and not once more by its name


def test_what_exposes_for_certain_comes_first(graph: nt.Graph, tmp_path: Path) -> None:
    path = tmp_path / "more.toml"
    path.write_text(
        '[source]\nid = "more"\ntitle = "More"\ndate = 2025-02-01\n'
        '[[relation]]\nfrom = "Acme Systems"\ntype = "MEMBER_OF"\nto = "Widget Club"\n'
        '[[relation]]\nfrom = "Northern Widget Works"\ntype = "MEMBER_OF"\nto = "Widget Club"\n',
        "utf-8",
    )
    load(Store(graph.folder), [path])
    graph = nt.open(graph.folder)
    graph.match(keep=True)
    both = graph.trace("Acme Systems", possible=True).data["findings"]
    assert [f["class"] for f in both] == ["exposed", "possible"]
    assert both[0]["strength"] < both[1]["strength"]
    (first,) = graph.trace("Acme Systems", possible=True, limit=1).data["findings"]
    assert first["class"] == "exposed"
    wanted = [Wanted(1, name="Acme Systems")]
    result = screen(graph.opened, Question(possible=True), wanted)
    assert [f["class"] for f in result["findings"]] == ["exposed"]
    without = screen(graph.opened, Question(), wanted)
    assert result["findings"][0]["path"] == without["findings"][0]["path"]


def test_a_screening_tells_what_is_only_possible(graph: nt.Graph) -> None:
    graph.match(keep=True)
    (finding,) = graph.screen(["Acme Systems"], possible=True).data["findings"]
    assert (finding["class"], finding["fewest_hops"]) == ("possible", 2)
    assert graph.screen(["Acme Systems"]).data["findings"][0]["class"] == "none"


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_a_decision_settles_them_and_its_undo_brings_them_back(
    graph: nt.Graph, verdict: str
) -> None:
    graph.match(keep=True)
    before = graph.version
    made = graph.decide(verdict, "vendors#supplier", "widget", id=True)
    assert not relations(graph.opened)
    class_ = graph.trace("Acme Systems", possible=True).data["findings"][0]["class"]
    assert class_ == ("exposed" if verdict == "same" else "none")
    graph.undo(made.number)
    assert graph.version == before and len(relations(graph.opened)) == 1


def test_a_record_that_is_gone_takes_its_proposal_along(graph: nt.Graph, tmp_path: Path) -> None:
    graph.match(keep=True)
    path = tmp_path / "vendors.toml"
    path.write_text(VENDORS.format(supplier="").replace('"supplier"', '"Other"'), "utf-8")
    load(Store(graph.folder), [path])
    version = Store(graph.folder).open()
    assert not relations(version) and proposals.SOURCE_ID not in version.sources
    path.write_text(VENDORS.format(supplier=SUPPLIER), "utf-8")
    load(Store(graph.folder), [path])
    assert len(relations(Store(graph.folder).open())) == 1


@pytest.mark.parametrize("large", [False, True])
def test_what_was_known_has_those_of_its_records(
    graph: nt.Graph, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.match(keep=True)
    if large:
        for module in ("known", "deciding"):
            monkeypatch.setattr(f"nthtier.graph.{module}.LARGE", 1)
    store = Store(graph.folder)
    assert not relations(as_known(store, graph.opened, "2024-06-01"))  # before the vendors
    assert len(relations(as_known(store, graph.opened, "2025-06-01"))) == 1
    assert deciding.rebuild(store).version == graph.version


def test_the_file_is_lines_that_say_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / proposals.FILE
    kept = [Proposal("a#1", "b#2", 0.91, ("similar",)), Proposal("é", "b#2", 1.0, ())]
    proposals.write(path, kept)
    assert proposals.read(path) == kept
    good = path.read_text("utf-8")
    fine: dict[str, Any] = {"a": "x", "b": "y", "score": 0.5, "reasons": []}
    for field, bad in (("a", ""), ("a", 3), ("b", "x"), ("score", 2), ("score", True),
                       ("score", "0.5"), ("reasons", "no list"), ("reasons", [1])):  # fmt: skip
        path.write_text(good + json.dumps(fine | {field: bad}) + "\n", "utf-8")
        with pytest.raises(InputError, match=r"possible-matches\.jsonl, line 3"):
            proposals.read(path)
    for line in ("[]", "{", '{"a": "x"}', json.dumps(fine | {"more": 1}), '{"a": "x", "a": "y"}'):
        path.write_text(good + line + "\n", "utf-8")
        with pytest.raises(InputError, match="line 3"):
            proposals.read(path)


def test_names_of_any_length_make_lines_that_can_be_read(graph: nt.Graph, tmp_path: Path) -> None:
    name = "Widget " + "Great Works " * 9000
    for n in "12":
        (tmp_path / f"long{n}.toml").write_text(
            f'[source]\nid = "long{n}"\ntitle = "L"\n[[entity]]\nid = "e{n}"\n'
            f'name = "{name}"\ncountry = "{"no" if n == "1" else "se"}"\n',
            "utf-8",
        )
    load(Store(graph.folder), sorted(tmp_path.glob("long*.toml")))
    graph = nt.open(graph.folder)
    assert len(graph.match(keep=True, least=0.5)) >= 2
    assert len(relations(graph.opened)) >= 2


def test_a_wrong_file_stops_a_load_and_nothing_is_lost(graph: nt.Graph, tmp_path: Path) -> None:
    head = Store(graph.folder).head()
    (Path(graph.folder) / proposals.FILE).write_text("nonsense\n", "utf-8")
    with pytest.raises(InputError, match="line 1"):
        load(Store(graph.folder), [tmp_path / "list.toml"])
    assert Store(graph.folder).head() == head


def test_no_source_may_state_one(graph: nt.Graph, tmp_path: Path) -> None:
    path = tmp_path / "stated.toml"
    path.write_text(
        '[source]\nid = "stated"\ntitle = "S"\n'
        '[[relation]]\nfrom = "A Ltd"\ntype = "POSSIBLE_MATCH"\nto = "B Ltd"\n',
        "utf-8",
    )
    with pytest.raises(InputError, match="unknown type of relation"):
        load(Store(graph.folder), [path])
    path.write_text('[source]\nid = "possible-matches"\ntitle = "S"\n'
                    '[[entity]]\nid = "a"\nname = "A"\n', "utf-8")  # fmt: skip
    with pytest.raises(InputError, match="nthtier's own"):
        load(Store(graph.folder), [path])


MORE = """
[source]
id = "more"
title = "More"
date = 2025-01-01
[[relation]]
from = "Acme Systems"
type = "MEMBER_OF"
to = "Far Works"
basis = "inferred"
[[relation]]
from = "Far Works"
type = "MEMBER_OF"
to = "Northern Widget Works"
basis = "inferred"
"""


@pytest.mark.parametrize("sequence", [(), ("*", "*")])
def test_a_stronger_possible_path_does_not_push_out_a_certain_one(
    graph: nt.Graph, tmp_path: Path, sequence: tuple[str, ...]
) -> None:
    """With room for one path only, however the hops are asked for."""
    (tmp_path / "more.toml").write_text(MORE, "utf-8")
    load(graph.store, [tmp_path / "more.toml"])
    graph = nt.open(graph.store.folder)
    graph.match(keep=True)
    asked = Question("Acme Systems", max_hops=2, sequence=sequence, possible=True, limit=2)
    both = trace(graph.opened, asked)["findings"]
    assert [f["class"] for f in both] == ["exposed", "possible"]
    assert both[0]["strength"] < both[1]["strength"]
    (one,) = trace(graph.opened, replace(asked, limit=1))["findings"]
    assert one == both[0]


def test_a_graph_of_columns_keeps_neither_matches_nor_decisions(tmp_path: Path) -> None:
    """It cannot be built anew from them, so the files beside it stay as they were: not there."""
    names = {"a": "Northern Widget Works", "b": "Northen Widget Wroks"}
    ids = [{"id": i, "name": name} for i, name in names.items()]
    ties = [{"from": "a", "to": "b", "type": "SUPPLIES"}]
    listed = [{"entity": "b", "list": "us-bis-el"}]
    for name, rows in (("entities", ids), ("relations", ties), ("listings", listed)):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
    files = [tmp_path / f"{n}.parquet" for n in ("entities", "relations", "listings")]
    load(Store(tmp_path / "graph"), files)
    graph = nt.open(tmp_path / "graph")
    before = sorted(x.name for x in graph.store.folder.iterdir())
    for change in (
        lambda: graph.match(keep=True),
        lambda: graph.decide("same", "a", "b", id=True),
    ):
        with pytest.raises(InputError, match="columns joins no entities"):
            change()
    assert sorted(x.name for x in graph.store.folder.iterdir()) == before
