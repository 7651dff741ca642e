"""DuckDB: joins written out hop by hop, in that order.

Its optimiser's own order is worse the more hops there are: from a hub at size M, four hops take
two seconds as written and more than 45 as reordered; a recursive query takes more than 60.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from generate import TYPES
from tables import Ints, Tables, read
from tasks import Paths, padded

_AS_WRITTEN = "SET disabled_optimizers = 'join_order'"


class Engine:
    """See `tasks.Engine`."""

    t: Tables

    def load(self, tables: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "graph.duckdb").unlink(missing_ok=True)
        t = read(tables)
        self.db = duckdb.connect(str(folder / "graph.duckdb"))
        edges = pa.table({"row": np.arange(len(t.src)), "src": t.src, "dst": t.dst,
                          "kind": t.kind, "cost": t.cost, "since": t.since,
                          "until": t.until})  # fmt: skip
        listed = pa.table({"id": t.listed, "since": t.listed_since})
        self.db.register("arrow_edges", edges)
        self.db.register("arrow_listed", listed)
        self.db.execute("CREATE TABLE edges AS SELECT * FROM arrow_edges ORDER BY src")
        self.db.execute("CREATE TABLE listed AS SELECT * FROM arrow_listed")
        self.db.execute("CHECKPOINT")
        self.db.execute(_AS_WRITTEN)

    def reopen(self, tables: Path, folder: Path) -> None:
        self.db = duckdb.connect(str(folder / "graph.duckdb"), read_only=True)
        self.db.execute(_AS_WRITTEN)

    @staticmethod
    def _query(hops: int, edge: str = "true", target: str = "true", columns: str = "") -> str:
        """Return the paths of just so many hops; ``edge``/``target`` are further conditions."""
        joins = ["FROM edges e1"]
        tests = ["e1.src = $source", edge.replace("e.", "e1.")]
        nodes = ["e1.src", "e1.dst"]
        for i in range(2, hops + 1):
            joins.append(f"JOIN edges e{i} ON e{i}.src = e{i - 1}.dst")
            tests += [edge.replace("e.", f"e{i}."),
                      *(f"e{i}.dst <> {node}" for node in nodes[:-1])]  # fmt: skip
            nodes.append(f"e{i}.dst")
        rows = [f"e{i}.row" for i in range(1, hops + 1)] + ["-1"] * (6 - hops)
        cost = " + ".join(f"e{i}.cost" for i in range(1, hops + 1))
        shown = ", ".join(f"{row} AS r{i}" for i, row in enumerate(rows))
        if columns:
            shown += f", {cost} AS cost, {hops} AS hops"
        tests.append(f"e{hops}.dst IN (SELECT id FROM listed WHERE {target})")
        return f"SELECT {shown} {' '.join(joins)} WHERE {' AND '.join(tests)}"

    def _rows(self, query: str, source: int) -> Ints:
        found = self.db.execute(query, {"source": source}).fetchnumpy()
        return padded(np.column_stack([found[f"r{i}"] for i in range(6)]))

    def paths(self, source: int, hops: int) -> Paths:
        return self._rows(" UNION ALL ".join(self._query(h + 1) for h in range(hops)), source)

    def best(self, source: int, hops: int, most: int) -> Paths:
        every = " UNION ALL ".join(self._query(h + 1, columns="cost") for h in range(hops))
        order = "cost, hops, r0, r1, r2, r3, r4, r5"
        return self._rows(f"SELECT * FROM ({every}) ORDER BY {order} LIMIT {most}", source)

    def screen(self, companies: Ints, hops: int) -> Ints:
        """Grow the set of (company, node) by one hop at a time, keeping each pair once."""
        self.db.register("asked", pa.table({"id": companies}))
        rings = ["ring0 AS (SELECT id AS company, id AS node FROM asked)"]
        rings += [
            f"ring{hop} AS MATERIALIZED (SELECT DISTINCT company, dst AS node "
            f"FROM ring{hop - 1} JOIN edges ON src = node)"
            for hop in range(1, hops + 1)
        ]
        hits = " UNION ALL ".join(
            f"SELECT company, node, {hop} AS hops FROM ring{hop} JOIN listed ON id = node"
            for hop in range(1, hops + 1)
        )
        found = self.db.execute(
            f"WITH {', '.join(rings)} SELECT company, node, min(hops) AS hops FROM ({hits}) "
            "WHERE company <> node GROUP BY company, node"
        ).fetchnumpy()
        return np.column_stack([found[c] for c in ("company", "node", "hops")]).astype(np.int64)

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        kinds = ", ".join(str(TYPES.index(k)) for k in types)
        edge = f"e.kind IN ({kinds}) AND e.since <= {year} AND e.until >= {year}"
        query = [self._query(h + 1, edge, f"since <= {year}") for h in range(hops)]
        return self._rows(" UNION ALL ".join(query), source)
