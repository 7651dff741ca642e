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
from tables import Ints, read
from tasks import Paths, padded

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

    def reopen(self, tables: Path, folder: Path) -> None:
        user, _, password = os.environ.get("NEO4J_BENCH_AUTH", "").partition("/")
        auth = (user, password) if user else None
        self.driver = neo4j.GraphDatabase.driver(os.environ["NEO4J_BENCH_URI"], auth=auth)
        self.driver.verify_connectivity()

    def _run(self, query: str, **parameters: Any) -> list[list[Any]]:
        with self.driver.session() as session:
            return [list(record.values()) for record in session.run(query, parameters)]

    def _batches(self, query: str, rows: list[Any]) -> None:
        for begin in range(0, len(rows), _BATCH):
            self._run(query, rows=rows[begin : begin + _BATCH])

    @staticmethod
    def _match(hops: int, where: str = "true") -> str:
        return (
            f"MATCH p = (a:BenchCompany {{id: $source}})-[:TIE*1..{hops}]->(b:BenchListed) "
            f"WHERE {where} AND all(n IN nodes(p) WHERE single(m IN nodes(p) WHERE m = n)) "
            "WITH [r IN relationships(p) | r.row] AS rows, "
            "reduce(c = 0, r IN relationships(p) | c + r.cost) AS cost "
        )

    def paths(self, source: int, hops: int) -> Paths:
        found = self._run(self._match(hops) + "RETURN rows", source=source)
        return padded([row[0] for row in found])

    def best(self, source: int, hops: int, most: int) -> Paths:
        order = f"RETURN rows ORDER BY cost, size(rows), rows LIMIT {most}"
        found = self._run(self._match(hops) + order, source=source)
        return padded([row[0] for row in found])

    def screen(self, companies: Ints, hops: int) -> Ints:
        found = self._run(
            "UNWIND $companies AS id MATCH (a:BenchCompany {id: id}) MATCH (b:BenchListed) "
            f"WHERE a <> b MATCH p = ANY SHORTEST (a)-[:TIE]->{{1,{hops}}}(b) "
            "RETURN a.id, b.id, length(p)",
            companies=companies.tolist(),
        )
        return np.array(found, np.int64).reshape(-1, 3)

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        where = (
            "b.since <= $year AND all(r IN relationships(p) WHERE r.kind IN $kinds "
            "AND r.since <= $year AND r.until >= $year)"
        )
        kinds = [TYPES.index(k) for k in types]
        found = self._run(
            self._match(hops, where) + "RETURN rows", source=source, kinds=kinds, year=year
        )
        return padded([row[0] for row in found])
