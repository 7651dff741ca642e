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
from tables import Floats, Ints, read, stakes
from tasks import CHANGE, PASSES, Paths, captured, choose, padded


class Engine:
    """See `tasks.Engine`."""

    def load(self, tables: Path, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        t = read(tables)
        listed, since = np.zeros(t.n, bool), np.zeros(t.n, np.int64)
        listed[t.listed], since[t.listed] = True, t.listed_since
        held = stakes(t)
        least, most = held.parts()
        pq.write_table(
            pa.table({"id": np.arange(t.n), "listed": listed, "since": since, "over": held.over,
                      "slack": held.slack, "joined": listed,
                      "have": np.zeros(t.n)}),
            folder / "nodes.parquet",
        )  # fmt: skip
        pq.write_table(
            pa.table({"from": t.src, "to": t.dst, "row": np.arange(len(t.src)), "kind": t.kind,
                      "cost": t.cost, "since": t.since, "until": t.until}),
            folder / "edges.parquet",
        )  # fmt: skip
        pq.write_table(
            pa.table({"from": held.owner, "to": held.owned, "lo": held.lo, "hi": held.hi,
                      "least": least, "most": most}),
            folder / "stakes.parquet",
        )  # fmt: skip
        self.reopen(tables, folder)
        self._run("CREATE NODE TABLE Company(id INT64 PRIMARY KEY, listed BOOL, since INT64, "
                  "over INT64, slack INT64, joined BOOL, have DOUBLE)")  # fmt: skip
        self._run("CREATE REL TABLE Stake(FROM Company TO Company, lo INT64, hi INT64, "
                  "least DOUBLE, most DOUBLE)")  # fmt: skip
        self._run("CREATE REL TABLE Tie(FROM Company TO Company, row INT64, kind INT64, "
                  "cost INT64, since INT64, until INT64)")  # fmt: skip
        self._run(f'COPY Company FROM "{folder / "nodes.parquet"}"')
        self._run(f'COPY Tie FROM "{folder / "edges.parquet"}"')
        self._run(f'COPY Stake FROM "{folder / "stakes.parquet"}"')

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

    def cascade(self) -> Ints:
        certain, possible = (
            self._joined(f"{holds} >= {PASSES}")
            for holds in (
                "lo - e.over",
                "CASE WHEN hi < lo + e.slack THEN hi ELSE lo + e.slack END",
            )
        )
        return captured(certain, possible)

    def _joined(self, passes: str) -> Ints:
        """Let join whoever passes, round by round; to ask only about newcomers is slower."""
        self._run("MATCH (n:Company) WHERE n.joined <> n.listed SET n.joined = n.listed")
        grow = (
            "MATCH (o:Company)-[s:Stake]->(e:Company) WHERE o.joined AND NOT e.joined "
            f"WITH e, sum(s.lo) AS lo, sum(s.hi) AS hi WHERE {passes} "
            "SET e.joined = true RETURN count(*)"
        )
        while self._run(grow).get_all()[0][0]:
            pass
        table = self._run(
            "MATCH (n:Company) WHERE n.joined AND NOT n.listed RETURN n.id"
        ).get_as_arrow()
        found: Ints = table.column(0).to_numpy()
        return found

    def effective(self) -> Floats:
        least, most = (self._have(bound) for bound in ("least", "most"))
        have = np.zeros((int(most[:, 0].max(initial=-1)) + 1, 3))
        have[:, 0] = np.arange(len(have))
        for column, bound in ((1, least), (2, most)):
            have[bound[:, 0].astype(np.int64), column] = bound[:, 1]
        return have[have[:, 2] > 0]

    def _have(self, bound: str) -> Floats:
        """Work out anew what everybody has, until nothing changes."""
        self._run("MATCH (n:Company) SET n.have = CASE WHEN n.listed THEN 1.0 ELSE 0.0 END")
        grow = (
            "MATCH (o:Company)-[s:Stake]->(e:Company) WHERE o.have > 0 AND NOT e.listed "
            f"WITH e, sum(o.have * s.{bound}) AS have "
            "WITH e, CASE WHEN have > 1.0 THEN 1.0 ELSE have END AS have "
            f"WHERE have - e.have > {CHANGE} SET e.have = have RETURN count(*)"
        )
        while self._run(grow).get_all()[0][0]:
            pass
        table = self._run(
            "MATCH (n:Company) WHERE n.have > 0 AND NOT n.listed RETURN n.id, n.have"
        ).get_as_arrow()
        return np.column_stack([table.column(i).to_numpy() for i in range(2)])
