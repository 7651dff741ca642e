"""Ladybug: Cypher, patterns written out hop by hop, which it runs much faster than ``*1..4``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import ladybug
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from generate import TYPES
from tables import Ints, read
from tasks import Paths, padded


class Engine:
    """See `tasks.Engine`."""

    def load(self, tables: Path, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        t = read(tables)
        listed, since = np.zeros(t.n, bool), np.zeros(t.n, np.int64)
        listed[t.listed], since[t.listed] = True, t.listed_since
        pq.write_table(pa.table({"id": np.arange(t.n), "listed": listed, "since": since}),
                       folder / "nodes.parquet")  # fmt: skip
        pq.write_table(
            pa.table({"from": t.src, "to": t.dst, "row": np.arange(len(t.src)), "kind": t.kind,
                      "cost": t.cost, "since": t.since, "until": t.until}),
            folder / "edges.parquet",
        )  # fmt: skip
        self.reopen(tables, folder)
        self._run("CREATE NODE TABLE Company(id INT64 PRIMARY KEY, listed BOOL, since INT64)")
        self._run("CREATE REL TABLE Tie(FROM Company TO Company, row INT64, kind INT64, "
                  "cost INT64, since INT64, until INT64)")  # fmt: skip
        self._run(f'COPY Company FROM "{folder / "nodes.parquet"}"')
        self._run(f'COPY Tie FROM "{folder / "edges.parquet"}"')

    def reopen(self, tables: Path, folder: Path) -> None:
        self.db = ladybug.Database(str(folder / "graph.lbug"))
        self.connection = ladybug.Connection(self.db)

    def _run(self, query: str, parameters: dict[str, Any] | None = None) -> Any:
        return self.connection.execute(query, parameters or {})

    @staticmethod
    def _query(hops: int, tail: str = "") -> str:
        pattern, tests = "(n0:Company)", ["n0.id = $source"]
        for i in range(1, hops + 1):
            pattern += f"-[e{i}:Tie]->(n{i}:Company)"
            tests += [f"n{i}.id <> n{j}.id" for j in range(i)]
        tests.append(f"n{hops}.listed")
        rows = ", ".join(f"e{i}.row AS r{i - 1}" for i in range(1, hops + 1))
        cost = " + ".join(f"e{i}.cost" for i in range(1, hops + 1))
        shown = f"{rows}, {cost} AS cost" if tail else rows
        return f"MATCH {pattern} WHERE {' AND '.join(tests)} RETURN {shown} {tail}"

    def _paths(self, source: int, queries: list[str]) -> tuple[Ints, Ints]:
        rows, costs = [padded(np.empty((0, 1), np.int64))], [np.empty(0, np.int64)]
        for hops, query in enumerate(queries, 1):
            table = self._run(query, {"source": source}).get_as_arrow()
            columns = [table.column(i).to_numpy() for i in range(table.num_columns)]
            if table.num_rows:
                rows.append(padded(np.column_stack(columns[:hops])))
                costs.append(columns[-1])
        return np.concatenate(rows), np.concatenate(costs)

    def paths(self, source: int, hops: int) -> Paths:
        return self._paths(source, [self._query(h + 1) for h in range(hops)])[0]

    def best(self, source: int, hops: int, most: int) -> Paths:
        queries = []
        for h in range(1, hops + 1):
            words = ", ".join(["cost", *(f"r{i}" for i in range(h))])
            queries.append(self._query(h, tail=f"ORDER BY {words} LIMIT {most}"))
        rows, cost = self._paths(source, queries)
        order = np.lexsort([*rows.T[::-1], cost * 64 + (rows >= 0).sum(axis=1)])
        best: Ints = rows[order[:most]]
        return best

    def screen(self, companies: Ints, hops: int) -> Ints:
        table = self._run(
            f"MATCH (a:Company)-[e:Tie* SHORTEST 1..{hops}]->(b:Company) "
            "WHERE a.id IN $companies AND b.listed AND a.id <> b.id "
            "RETURN a.id, b.id, length(e)",
            {"companies": companies.tolist()},
        ).get_as_arrow()
        return np.column_stack([table.column(i).to_numpy() for i in range(3)]).astype(np.int64)

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        """Filter inside a variable-length pattern.

        Written out hop by hop with these conditions, 0.22 returns relations that do not meet
        them, whatever the number of threads.
        """
        kinds = " OR ".join(f"r.kind = {TYPES.index(k)}" for k in types)
        test = f"({kinds}) AND r.since <= {year} AND r.until >= {year}"
        table = self._run(
            f"MATCH p = (a:Company)-[e:Tie* 1..{hops} (r, n | WHERE {test})]->(b:Company) "
            f"WHERE a.id = $source AND b.listed AND b.since <= {year} AND is_acyclic(p) "
            "RETURN properties(rels(p), 'row')",
            {"source": source},
        ).get_as_arrow()
        return padded(table.column(0).to_pylist())
