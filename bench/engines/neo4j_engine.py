"""A Neo4j server, only where NEO4J_BENCH_URI names one (NEO4J_BENCH_AUTH: ``user/password``).

Its own nodes (label BenchCompany) are deleted and written anew; use a server of its own. CPU
seconds are those of this process: the server's are its own, compare wall seconds.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import neo4j
import numpy as np

from generate import TYPES
from tables import Floats, Ints, read, stakes
from tasks import CHANGE, PASSES, Paths, captured, padded

_BATCH = 10_000


class Engine:
    """See `tasks.Engine`."""

    def load(self, tables: Path, folder: Path) -> None:
        self.reopen(tables, folder)
        t = read(tables)
        self._run("MATCH (n:BenchCompany) CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
        self._run("CREATE CONSTRAINT bench_id IF NOT EXISTS "
                  "FOR (n:BenchCompany) REQUIRE n.id IS UNIQUE")  # fmt: skip
        self._batches("UNWIND $rows AS id CREATE (:BenchCompany {id: id})", list(range(t.n)))
        listed = np.column_stack((t.listed, t.listed_since)).tolist()
        self._batches("UNWIND $rows AS r MATCH (n:BenchCompany {id: r[0]}) "
                      "SET n:BenchListed, n.since = r[1]", listed)  # fmt: skip
        rows = np.column_stack((np.arange(len(t.src)), t.src, t.dst, t.kind, t.cost, t.since,
                                t.until))  # fmt: skip
        self._batches(
            "UNWIND $rows AS r MATCH (a:BenchCompany {id: r[1]}), (b:BenchCompany {id: r[2]}) "
            "CREATE (a)-[:TIE {row: r[0], kind: r[3], cost: r[4], since: r[5], until: r[6]}]->(b)",
            rows.tolist(),
        )
        held = stakes(t)
        least, most = held.parts()
        self._batches(
            "UNWIND $rows AS r MATCH (n:BenchCompany {id: r[0]}) SET n.over = r[1], n.slack = r[2]",
            np.column_stack((np.arange(t.n), held.over, held.slack)).tolist(),
        )
        columns = (held.owner, held.owned, held.lo, held.hi, least, most)
        self._batches(
            "UNWIND $rows AS r MATCH (a:BenchCompany {id: r[0]}), (b:BenchCompany {id: r[1]}) "
            "CREATE (a)-[:STAKE {lo: r[2], hi: r[3], least: r[4], most: r[5]}]->(b)",
            [list(r) for r in zip(*(c.tolist() for c in columns), strict=True)],
        )
        self._count()

    def reopen(self, tables: Path, folder: Path) -> None:
        user, _, password = os.environ.get("NEO4J_BENCH_AUTH", "").partition("/")
        auth = (user, password) if user else None
        self.driver = neo4j.GraphDatabase.driver(os.environ["NEO4J_BENCH_URI"], auth=auth)
        self.driver.verify_connectivity()
        components = self._run("CALL dbms.components() YIELD name, versions RETURN versions[0]")
        self.version = str(components[0][0])  # the server's, which is not the driver's
        self._count()

    def _count(self) -> None:
        self.listed = int(self._run("MATCH (n:BenchListed) RETURN count(*)")[0][0])

    def _run(self, query: str, **parameters: Any) -> list[list[Any]]:
        with self.driver.session() as session:
            return [list(record.values()) for record in session.run(query, parameters)]

    def _batches(self, query: str, rows: list[Any]) -> None:
        for begin in range(0, len(rows), _BATCH):
            self._run(query, rows=rows[begin : begin + _BATCH])

    @staticmethod
    def _paths(hops: int, edge: str = "true", target: str = "true") -> str:
        """Return a query for the paths of 1 to ``hops`` hops, each length written out.

        A variable-length or quantified pattern whose nodes are compared afterwards takes 6 to 10
        times as long. ``edge`` is a condition on a relation r, ``target`` on the end b.
        """
        parts = []
        for n in range(1, hops + 1):
            nodes = ["a", *(f"n{i}" for i in range(1, n)), "b"]
            steps = "".join(f"-[r{i}:TIE]->({node})" for i, node in enumerate(nodes[1:], 1))
            tests = ["b:BenchListed", target]
            tests += [edge.replace("r.", f"r{i}.") for i in range(1, n + 1)]
            tests += [f"{x} <> {y}" for i, x in enumerate(nodes) for y in nodes[:i]]
            rows, costs = ([f"r{i}.{x}" for i in range(1, n + 1)] for x in ("row", "cost"))
            parts.append(
                f"MATCH (a:BenchCompany {{id: $source}}){steps} WHERE {' AND '.join(tests)} "
                f"RETURN [{', '.join(rows)}] AS rows, {' + '.join(costs)} AS cost"
            )
        return " UNION ALL ".join(parts)

    def paths(self, source: int, hops: int) -> Paths:
        return padded([row[0] for row in self._run(self._paths(hops), source=source)])

    def best(self, source: int, hops: int, most: int) -> Paths:
        found = self._run(
            f"CALL () {{ {self._paths(hops)} }} RETURN rows ORDER BY cost, size(rows), rows "
            f"LIMIT {most}", source=source,
        )  # fmt: skip
        return padded([row[0] for row in found])

    def screen(self, companies: Ints, hops: int) -> Ints:
        """Search from the side with fewer nodes; ANY SHORTEST takes three times as long."""
        step = f"MATCH p = (a:BenchCompany)-[:TIE*1..{hops}]->(b:BenchListed) WHERE a <> b "
        forward = (
            "UNWIND $companies AS id MATCH (a:BenchCompany {id: id}) "
            f"CALL (a) {{ {step} RETURN b, min(length(p)) AS hops }} RETURN a.id, b.id, hops"
        )
        backward = (
            f"MATCH (b:BenchListed) CALL (b) {{ {step} WITH a, min(length(p)) AS hops "
            "WHERE a.id IN $companies RETURN a.id AS asked, hops } RETURN asked, b.id, hops"
        )
        query = backward if self.listed <= len(companies) else forward
        found = self._run(query, companies=companies.tolist())
        return np.array(found, np.int64).reshape(-1, 3)

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        edge = "r.kind IN $kinds AND r.since <= $year AND r.until >= $year"
        kinds = [TYPES.index(k) for k in types]
        query = self._paths(hops, edge, "b.since <= $year")
        found = self._run(query, source=source, kinds=kinds, year=year)
        return padded([row[0] for row in found])

    def cascade(self) -> Ints:
        listed, *sets = (
            np.array([row[0] for row in rows], np.int64)
            for rows in (self._run("MATCH (n:BenchListed) RETURN n.id"),
                         self._joined("lo - e.over"),
                         self._joined("CASE WHEN hi < lo + e.slack THEN hi ELSE lo + e.slack END"))
        )  # fmt: skip
        return captured(*(np.setdiff1d(found, listed) for found in sets))

    def _joined(self, holds: str) -> list[list[Any]]:
        """Let join whoever passes, asking again about what newcomers hold stakes in."""
        self._run("MATCH (n:BenchJoined) REMOVE n:BenchJoined")
        fresh = self._run("MATCH (n:BenchListed) SET n:BenchJoined RETURN n.id")
        while fresh:
            fresh = self._run(
                "UNWIND $fresh AS id MATCH (:BenchCompany {id: id})-[:STAKE]->(e:BenchCompany) "
                "WHERE NOT e:BenchJoined WITH DISTINCT e "
                "MATCH (o:BenchJoined)-[s:STAKE]->(e) "
                f"WITH e, sum(s.lo) AS lo, sum(s.hi) AS hi WITH e, {holds} AS holds "
                f"WHERE holds >= {PASSES} SET e:BenchJoined RETURN e.id",
                fresh=[row[0] for row in fresh],
            )
        return self._run("MATCH (n:BenchJoined) RETURN n.id")

    def effective(self) -> Floats:
        least, most = (dict(self._have(bound)) for bound in ("least", "most"))
        return np.array([(e, least.get(e, 0.0), have) for e, have in most.items()])

    def _have(self, bound: str) -> list[list[Any]]:
        """Work out anew what those have whose owners' part has changed, until nothing changes."""
        self._run("MATCH (n:BenchCompany) REMOVE n.have")
        fresh = self._run("MATCH (n:BenchListed) SET n.have = 1.0 RETURN n.id")
        while fresh:
            fresh = self._run(
                "UNWIND $fresh AS id MATCH (:BenchCompany {id: id})-[:STAKE]->(e:BenchCompany) "
                "WHERE NOT e:BenchListed WITH DISTINCT e "
                "MATCH (o:BenchCompany)-[s:STAKE]->(e) WHERE o.have > 0 "
                f"WITH e, sum(o.have * s.{bound}) AS have "
                "WITH e, CASE WHEN have > 1.0 THEN 1.0 ELSE have END AS have "
                f"WHERE have - coalesce(e.have, 0.0) > {CHANGE} SET e.have = have RETURN e.id",
                fresh=[row[0] for row in fresh],
            )
        return self._run(
            "MATCH (n:BenchCompany) WHERE n.have > 0 AND NOT n:BenchListed RETURN n.id, n.have"
        )
