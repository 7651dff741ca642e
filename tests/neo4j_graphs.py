"""The Neo4j server of a test run, and what it must hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

import neo4j_server
from nthtier.graph.version import Version
from nthtier.queries.cypher import model
from nthtier.queries.cypher.push import HIDDEN
from nthtier.queries.cypher.server import HASH, Address, Neo4j
from support import require


@dataclass(frozen=True)
class Place:
    """Where the server is; ``server`` is None when a running one was named."""

    address: Address
    server: neo4j_server.Server | None

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the command line finds it."""
        a = self.address
        found = {"NEO4J_URI": a.uri, "NEO4J_USERNAME": a.user, "NEO4J_PASSWORD": a.password}
        return found | ({"NEO4J_DATABASE": a.database} if a.database else {})


@pytest.fixture(scope="session")
def neo4j_place() -> Iterator[Place]:
    """A server for the whole run: the one of NEO4J_TEST_URI (its database is overwritten), or ours.

    Without Java or jars the tests are skipped; NEO4J_TEST_REQUIRED=1 makes that a failure.
    """
    named = os.environ.get("NEO4J_TEST_URI")
    if named:
        yield Place(
            Address(named, os.environ.get("NEO4J_TEST_USER", "neo4j"),
                    os.environ.get("NEO4J_TEST_PASSWORD", ""), None),
            None,
        )  # fmt: skip
        return
    with ExitStack() as stack:
        try:
            server = stack.enter_context(neo4j_server.running())
        except neo4j_server.MissingError as error:
            if os.environ.get("NEO4J_TEST_REQUIRED") == "1":
                pytest.fail(f"{error} is required here but missing", pytrace=False)
            require(False, str(error))
            return
        yield Place(Address(server.uri, "neo4j", server.password, None), server)


def exactly(server: Neo4j, version: Version) -> None:
    """Assert that the server holds this version, every property of it, and nothing else."""
    read = server.driver.execute_query
    labels = read("MATCH (n) UNWIND labels(n) AS l RETURN l, count(*)").records
    expected = {label: table.num_rows for label, table in model.nodes(version)}
    assert {r[0]: r[1] for r in labels} == expected | {model.GRAPH: 1}
    assert not set(HIDDEN.values()) & {r[0] for r in labels}
    graph = read("MATCH (g:Graph) RETURN properties(g)").records[0][0]
    assert graph == model.graph_row(version)
    for label, table in model.nodes(version):
        rows = {r["id"]: _said(r) for r in table.to_pylist()}
        records = read(f"MATCH (n:{label}) RETURN properties(n)").records
        assert {r[0]["id"]: _said(r[0]) for r in records} == rows
    every = 0
    for link, table in model.links(version):
        wanted = sorted((_said(r) for r in table.to_pylist()), key=lambda r: r["id"])
        records = read(
            f"MATCH (a:{link.start})-[r:{link.type}]->(b:{link.end}) "
            "RETURN r {.*, start: a.id, end: b.id}"
        ).records
        assert sorted((_said(r[0]) for r in records), key=lambda r: r["id"]) == wanted
        every += len(wanted)
    assert read("MATCH ()-[r]->() RETURN count(r)").records[0][0] == every


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if v is not None and k != HASH}
