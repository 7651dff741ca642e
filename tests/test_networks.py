"""Offshore leaks, chips, and graph files: sets of tables, and networks drawn elsewhere."""

from __future__ import annotations

import math
from pathlib import Path

import networkx
import pytest

import golden
from formats import ETO, FEW, ICIJ, read
from nthtier.graph.errors import InputError
from nthtier.graph.model import Source, Statement
from nthtier.graph.relations import properties
from nthtier.graph.store import Store
from nthtier.loaders.graph_files import read_networkx
from nthtier.loaders.loading import load_networkx
from nthtier.loaders.registry import read_paths


def relations(statements: list[Statement]) -> set[tuple[str, str, str]]:
    return {(s.subject.rpartition("#")[2], s.predicate, s.object.rpartition("#")[2])
            for s in statements if s.object}  # fmt: skip


def test_officers_and_what_they_are() -> None:
    (found,) = read(*ICIJ)
    said = found.batch.statements
    assert relations(said) == {
        ("icij-12000001", "OWNS", "icij-10000001"),
        ("icij-12000001", "DIRECTOR_OF", "icij-10000001"),
        ("icij-12000002", "CONTROLS", "icij-10000002"),
        ("icij-85000001", "AFFILIATED_WITH", "icij-10000002"),
        ("icij-11000001", "AFFILIATED_WITH", "icij-10000001"),
    }
    (own,) = [s for s in said if s.predicate == "OWNS"]
    assert (own.since, own.until) == ("2006-03-23", "2013-02-18")
    assert math.isnan(own.lo)
    assert "Unit 4, 9 Quay Street, Hong Kong" in {s.value for s in said if s.predicate == "address"}
    assert found.audit.notes["matches by ICIJ, not taken for relations: same_name_as"] == 1
    assert ("left out: a relation of nodes that are not there '12000001 99999999', "
            "relationships line 9") in found.audit.notes  # fmt: skip


def test_the_order_of_the_files_changes_nothing() -> None:
    for names in (ICIJ, ETO):
        (one,), (other,) = read(*names), read(*names[::-1])
        assert one.batch == other.batch


def test_relationships_alone_say_nothing() -> None:
    with pytest.raises(InputError, match="the files of entities and officers are missing"):
        read(ICIJ[0])


def test_chips_could_be_supplied_and_no_more() -> None:
    (found,) = read(*ETO)
    said = found.batch.statements
    assert relations(said) == {
        ("eto-P1", "PROVIDES_INPUT", "eto-N3"),
        ("eto-P3", "PROVIDES_INPUT", "eto-N2"),
        ("eto-N3", "PROVIDES_INPUT", "eto-N2"),
        ("eto-N1", "PROVIDES_INPUT", "eto-N2"),
    }
    (optics,) = [s for s in said if s.object and s.subject.endswith("P1")]
    assert properties(optics)["market_share"] == "100"
    assert all(math.isnan(s.lo) for s in said)
    assert [s.value for s in said if s.predicate == "fact:providerCountry"] == ["Netherlands: 100"]


@pytest.mark.parametrize("missing", ["inputs", "providers", "provision"])
def test_a_set_of_chips_that_is_not_whole(missing: str) -> None:
    with pytest.raises(InputError, match=f"the set is not whole: give the file of {missing} too"):
        read(*(n for n in ETO if missing not in n))


def drawn() -> networkx.MultiDiGraph[str]:
    graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    graph.add_node("a", name="Harbour Light Ltd", type="Company", country="gb")
    graph.add_node("b", name="North Pier Holdings", type="Company", country="ky")
    graph.add_node("us-bis-el", name="US Entity List", type="List")
    graph.add_edge("b", "a", type="OWNS", since="2019", lo=25.0, hi=50.0, note="a note <&>")
    graph.add_edge("b", "a", type="OWNS", since="2023", until="2024-05", lo=75.5, hi=75.5)
    graph.add_edge("a", "b", type="SUPPLIES", basis="disputed")
    graph.add_edge("a", "us-bis-el", type="LISTED_ON", since="2023-03-02")
    return graph


@pytest.mark.parametrize("kind", ["graphml", "gexf"])
def test_what_networkx_writes_comes_back(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"drawn.{kind}"
    getattr(networkx, f"write_{kind}")(drawn(), path)
    (found,) = read_paths([path], options=FEW)
    assert found.batch.source.format == kind
    assert found.counts == {"nodes": 3, "edges": 4}
    ties = sorted(
        (s.subject.partition("#")[2], s.predicate, s.object.rpartition("#")[2], s.since, s.until,
         f"{s.lo:g}-{s.hi:g}", s.basis, s.note)
        for s in found.batch.statements if s.object
    )  # fmt: skip
    assert ties == [
        ("a", "LISTED_ON", "us-bis-el", "2023-03-02", "", "nan-nan", "stated", ""),
        ("a", "SUPPLIES", "b", "", "", "nan-nan", "disputed", ""),
        ("b", "OWNS", "a", "2019", "", "25-50", "stated", "a note <&>"),
        ("b", "OWNS", "a", "2023", "2024-05", "75.5-75.5", "stated", ""),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (">OWNS<", ">EATS<", "edge 1, type: an unknown type of relation"),
        (">OWNS<", "><", "edge 1, type: an unknown type of relation"),
        ('target="harbour"', 'target="nobody"', "edge 1, target: no such node"),
        ('target="harbour"', 'target="North Pier/1"', "edge 1, to: a relation of an entity to it"),
        (">50.0<", ">150.0<", "edge 1, share: not a share"),
        (">50.0<", ">10.0<", "edge 1, share: not a share"),
        (">50.0<", "><", "edge 1, lo: half a share"),
        (">2019-03<", ">2019-13<", "edge 1, since: no such date"),
        ('<node id="North Pier/1">', '<node id="harbour">', "node harbour, id: a node twice"),
        (">cn<", ">zz<", "node harbour, country: no such country"),
    ],
)  # fmt: skip
def test_a_graph_that_makes_no_sense(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (golden.DATA / "network.graphml").read_text("utf-8")
    assert old in text
    path = tmp_path / "network.graphml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=f"network.graphml, {message}"):
        read_paths([path])


def in_python() -> networkx.MultiDiGraph[object]:
    graph: networkx.MultiDiGraph[object] = networkx.MultiDiGraph()
    graph.add_node(1, name="Maker", type="Company", country=["cn", "hk"], size=4)
    graph.add_node("b", country=None)
    graph.add_edge(1, "b", type="OWNS", share=51.5, since=2019, until=None, note=math.nan)
    graph.add_edge(1, "b", type="OWNS", share=">=25")
    graph.add_edge("b", 1, type="SUPPLIES", since="2020-03", weight=2)
    return graph


MINE = Source("mine@2024", "mine", "A drawing", date="2024-01-01")


def test_a_graph_of_networkx() -> None:
    found = read_networkx(in_python(), MINE)
    said = found.batch.statements
    assert relations(said) == {("1", "OWNS", "b"), ("b", "SUPPLIES", "1")}
    shares = sorted((s.lo, s.hi, s.since, s.until) for s in said if s.predicate == "OWNS")
    assert shares == [(25.0, 100.0, "", ""), (51.5, 51.5, "2019", "")]
    assert {s.value for s in said if s.predicate == "country"} == {"cn", "hk"}
    assert {s.value for s in said if s.predicate == "name"} == {"Maker", "b"}
    assert {s.source for s in said} == {"mine@2024"}
    assert (found.batch.source.records, found.batch.source.format) == (5, "networkx")
    assert found.audit.unused == {"node.size": 1, "edge.weight": 1}


def test_a_graph_of_networkx_is_a_source_like_others(tmp_path: Path) -> None:
    store = Store(tmp_path / "graph")
    loaded = load_networkx(store, in_python(), MINE)
    version = store.open()
    assert (loaded.new, version.sources["mine@2024"].title) == (True, "A drawing")
    again = load_networkx(store, in_python(), MINE)
    assert (again.new, again.replaced) == (False, ["mine@2024"])
    back = version.to_networkx()
    assert sorted(back.edges(keys=False)) == [("1", "b"), ("1", "b"), ("b", "1")]
    # what comes out goes in
    exported = read_networkx(back, MINE)
    assert relations(exported.batch.statements) == {("1", "OWNS", "b"), ("b", "SUPPLIES", "1")}


@pytest.mark.parametrize(
    ("attributes", "what"),
    [
        ({"type": "LIKES"}, "LIKES"), ({}, "type"), ({"type": "OWNS", "share": 120}, "120"),
        ({"type": "OWNS", "since": "soon"}, "soon"),
        ({"type": "OWNS", "since": "2020", "until": "2019"}, "2019"),
    ],
)  # fmt: skip
def test_a_wrong_edge_of_networkx_is_named(attributes: dict[str, object], what: str) -> None:
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_edge("a", "b", **attributes)
    with pytest.raises(InputError, match="edge 1") as raised:
        read_networkx(graph, MINE)
    assert what in str(raised.value)


def test_graphs_of_networkx_that_cannot_be_read() -> None:
    with pytest.raises(InputError, match="without a direction"):
        read_networkx(networkx.Graph([("a", "b")]), MINE)
    with pytest.raises(InputError, match="a graph without nodes"):
        read_networkx(networkx.DiGraph(), MINE)
    twice: networkx.DiGraph[object] = networkx.DiGraph()
    twice.add_nodes_from([1, "1"])
    with pytest.raises(InputError, match="a node twice"):
        read_networkx(twice, MINE)
