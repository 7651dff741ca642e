"""Exports for other programs: read back, nothing lost, hostile text only as text."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import networkx as nx
import pytest

from graph_folders import nthtier
from neo4j_graphs import Place, exactly
from nthtier.explorer import networks
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.cypher.server import Neo4j
from test_cypher import hostile_version


@pytest.fixture(scope="module", params=["case", "hostile"])
def version(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Version:
    folder = tmp_path_factory.mktemp("graph")
    if request.param == "hostile":
        return hostile_version(folder)[0]
    store = Store(folder / "graph")
    load(store, sorted(SHIPPED.glob("*.toml")))
    return store.open()


def written(write: Callable[[Version, IO[str]], None], version: Version) -> str:
    file = io.StringIO()
    write(version, file)
    return file.getvalue()


def clean(text: str) -> str:
    return networks._NOT_XML.sub("\ufffd", text)


def test_graphml_holds_every_entity_and_relation(version: Version, tmp_path: Path) -> None:
    path = tmp_path / "x.graphml"
    path.write_text(written(networks.write_graphml, version), "utf-8", newline="")
    graph: Any = nx.read_graphml(path, force_multigraph=True)
    oracle = version.to_networkx()
    assert {n: d["name"] for n, d in graph.nodes(data=True)} == {
        n: clean(d["name"]) for n, d in oracle.nodes(data=True)
    }
    assert {(a, b, k) for a, b, k in graph.edges(keys=True)} == set(oracle.edges(keys=True))
    for a, b, k, d in oracle.edges(keys=True, data=True):
        found = graph.edges[a, b, k]
        assert found["type"] == d["type"] and found.get("since") == d["since"]
        assert found.get("lo") == d["lo"] and found["contested"] == d["contested"]
        assert found.get("note") == (None if d["note"] is None else clean(d["note"]))


def test_gexf_has_dates(version: Version, tmp_path: Path) -> None:
    path = tmp_path / "x.gexf"
    path.write_text(written(networks.write_gexf, version), "utf-8", newline="")
    graph: Any = nx.read_gexf(path, version="1.3")
    oracle = version.to_networkx()
    assert graph.number_of_nodes() == oracle.number_of_nodes()
    assert graph.number_of_edges() == oracle.number_of_edges()
    assert all(graph.nodes[n]["label"] == clean(d["name"]) for n, d in oracle.nodes(data=True))
    if "inspur-group" in graph:
        listed = [d for _, b, d in graph.out_edges("inspur-group", data=True) if b == "us-bis-el"]
        assert [(d["start"], d.get("end")) for d in listed] == [("2023-03-02", None)]


def test_ftm_says_the_same_in_followthemoneys_words(version: Version) -> None:
    rows = [json.loads(x) for x in written(networks.write_ftm, version).split("\n")[:-1]]
    by_id = {r["id"]: r for r in rows}
    assert len(by_id) == len(rows)
    for row in rows:
        assert all(isinstance(v, list) and v for v in row["properties"].values())
    if "inspur-group" not in by_id:
        return
    assert by_id["inspur-group"]["schema"] == "Company"
    assert by_id["inspur-group"]["properties"]["uscCode"] == ["913700001630477270"]
    owned = by_id["r-bacdc168d4d2f5"]
    assert owned["schema"] == "Ownership" and owned["properties"]["percentage"] == ["32-34"]
    assert (owned["properties"]["owner"], owned["properties"]["asset"]) == (
        ["inspur-group"], ["ieit"],
    )  # fmt: skip
    sanctions = [r["properties"] for r in rows if r["schema"] == "Sanction"]
    assert len(sanctions) == version.manifest["listings"]
    assert any(p["entity"] == ["inspur-group"] and p["programId"] == ["us-bis-el"]
               and p["startDate"] == ["2023-03-02"] for p in sanctions)  # fmt: skip


@pytest.mark.slow
def test_the_script_loads_into_a_plain_server(version: Version, neo4j_place: Place) -> None:
    text = written(networks.write_cypher, version)
    with Neo4j(neo4j_place.address) as server:
        server.driver.execute_query("MATCH (n) DETACH DELETE n")
        for statement in text.removesuffix(";\n").split(";\n"):
            server.driver.execute_query(statement)
        exactly(server, version)


@pytest.mark.slow
def test_the_command(version: Version, tmp_path: Path) -> None:
    graph = version.folder.parent.parent
    for name in ("graphml", "gexf", "ftm", "cypher"):
        path = tmp_path / f"x.{name}"
        done = nthtier(graph, "export", "--format", name, "--out", path)
        assert done.returncode == 0, done.stderr
        write = getattr(networks, f"write_{name}")
        assert path.read_bytes().decode("utf-8", "surrogatepass") == written(write, version)
