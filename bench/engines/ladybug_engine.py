"""Ladybug: Cypher with variable-length patterns.

Two quicker ways give wrong answers in 0.22 and are not used: patterns written out hop by hop lose
paths at size M and return relations that fail their conditions, whatever the number of threads;
with ``is_acyclic(p)`` the lists of relations come back empty. Simple paths are picked here.
"""

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
from tasks import Paths, choose, padded


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
        costs = pq.read_table(folder / "edges.parquet", columns=["cost"])
        self.cost: Ints = costs.column("cost").to_numpy()

    def _run(self, query: str, parameters: dict[str, Any] | None = None) -> Any:
        return self.connection.execute(query, parameters or {})

    def _paths(self, source: int, hops: int, test: str = "true", target: str = "true") -> Paths:
        """Return simple paths; ``test`` is said of each relation r, ``target`` of the end b."""
        result = self._run(
            f"MATCH p = (a:Company)-[e:Tie* 1..{hops} (r, n | WHERE {test})]->(b:Company) "
            f"WHERE a.id = $source AND b.listed AND {target} "
            "RETURN properties(rels(p), 'row'), properties(nodes(p), 'id')",
            {"source": source},
        )
        return padded([rows for rows, nodes in result.get_all() if len(set(nodes)) == len(nodes)])

    def paths(self, source: int, hops: int) -> Paths:
        return self._paths(source, hops)

    def best(self, source: int, hops: int, most: int) -> Paths:
        return choose(self._paths(source, hops), self.cost, most)

    def screen(self, companies: Ints, hops: int) -> Ints:
        table = self._run(
            f"MATCH (a:Company)-[e:Tie* SHORTEST 1..{hops}]->(b:Company) "
            "WHERE a.id IN $companies AND b.listed AND a.id <> b.id "
            "RETURN a.id, b.id, length(e)",
            {"companies": companies.tolist()},
        ).get_as_arrow()
        return np.column_stack([table.column(i).to_numpy() for i in range(3)]).astype(np.int64)

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        kinds = " OR ".join(f"r.kind = {TYPES.index(k)}" for k in types)
        test = f"({kinds}) AND r.since <= {year} AND r.until >= {year}"
        return self._paths(source, hops, test, f"b.since <= {year}")
