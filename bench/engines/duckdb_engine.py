"""DuckDB: joins written out hop by hop, in that order.

Its optimiser's own order is worse the more hops there are: from a hub at size M, four hops take
two seconds as written and more than 45 as reordered; a recursive query takes more than 60.

Fixpoints are rounds of SQL over temporary tables: a recursive query cannot group what it has found
so far.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from generate import TYPES
from tables import Floats, Ints, Tables, read, stakes
from tasks import CERTAIN, CHANGE, PASSES, POSSIBLE, Paths, padded

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
        held = stakes(t)
        least, most = held.parts()
        columns = {"owner": held.owner, "owned": held.owned, "lo": held.lo, "hi": held.hi,
                   "over": held.over[held.owned], "slack": held.slack[held.owned],
                   "least_part": least, "most_part": most}  # fmt: skip
        self.db.register("arrow_stakes", pa.table(columns))
        self.db.execute("CREATE TABLE stakes AS SELECT * FROM arrow_stakes ORDER BY owned, owner")
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

    def cascade(self) -> Ints:
        """Add up what members hold of everybody else, round by round."""
        self._join("certain", "sum(lo) - any_value(over)")
        self._join("possible", "least(sum(hi), sum(lo) + any_value(slack))")
        found = self.db.execute(
            f"SELECT id, if(id IN (SELECT id FROM certain), {CERTAIN}, {POSSIBLE}) AS kind "
            "FROM possible WHERE id NOT IN (SELECT id FROM listed)"
        ).fetchnumpy()
        return np.column_stack((found["id"], found["kind"])).astype(np.int64)

    def _join(self, table: str, holds: str) -> None:
        self.db.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT id FROM listed")
        grow = (
            f"INSERT INTO {table} SELECT owned FROM stakes WHERE owner IN (SELECT id FROM {table}) "
            f"AND owned NOT IN (SELECT id FROM {table}) GROUP BY owned HAVING {holds} >= {PASSES}"
        )
        while self._changed(grow):
            pass

    def _changed(self, query: str) -> int:
        row = self.db.execute(query).fetchone()
        return int(row[0]) if row else 0

    def effective(self) -> Floats:
        for bound in ("least", "most"):
            self._have(bound)
        found = self.db.execute(
            "SELECT id, coalesce(least.have, 0) AS lo, most.have AS hi "
            "FROM most LEFT JOIN least USING (id) WHERE id NOT IN (SELECT id FROM listed)"
        ).fetchnumpy()
        return np.column_stack([found[c] for c in ("id", "lo", "hi")]).astype(np.float64)

    def _have(self, bound: str) -> None:
        """Work out anew what everybody has, until nothing changes."""
        self.db.execute(
            f"CREATE OR REPLACE TEMP TABLE {bound} AS SELECT id, 1.0::DOUBLE AS have FROM listed"
        )
        while True:
            self.db.execute(
                "CREATE OR REPLACE TEMP TABLE now AS SELECT id, 1.0::DOUBLE AS have FROM listed "
                f"UNION ALL SELECT owned, least(sum(have * {bound}_part), 1.0) FROM stakes "
                f"JOIN {bound} ON id = owner WHERE owned NOT IN (SELECT id FROM listed) "
                "GROUP BY owned"
            )
            row = self.db.execute(
                "SELECT max(now.have - coalesce(old.have, 0)) "
                f"FROM now LEFT JOIN {bound} AS old USING (id)"
            ).fetchone()
            self.db.execute(f"DROP TABLE {bound}; ALTER TABLE now RENAME TO {bound}")
            if row is None or row[0] <= CHANGE:
                return
