"""One contract: kernels, Ladybug and Neo4j give the same answers to the same questions."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graphs import Drawn, drawn_graphs
from nthtier.graph.dates import end_day
from nthtier.graph.ontology import LENSES, lens_reads
from nthtier.graph.version import Version
from nthtier.queries.cypher import library
from nthtier.queries.cypher.ladybug import Ladybug
from nthtier.queries.cypher.values import Answer, Limits
from nthtier.queries.paths import best_paths, count_paths
from nthtier.queries.selection import Selection, listed_targets


class Engine(Protocol):
    """What answers statements."""

    name: Any

    def run(self, statement: str, parameters: Any, limits: Any) -> Answer: ...


def ask(engine: Engine, version: Version, name: str, **given_: str) -> list[list[Any]]:
    """Answer a question of the library."""
    asked = library.question(name)
    found = library.bound(version, asked, given_)
    answer = engine.run(asked.statements[engine.name], found, Limits(rows=100_000))
    assert answer.stopped_by is None
    return answer.rows


def ids(version: Version, table: str) -> list[str]:
    number = version.manifest[table]
    return [row["id"] for row in version.rows(table, range(number), ["id"])]


def check(
    engine: Engine, version: Version, subject: str, lens: str, as_of: str, hops: int, limit: int
) -> int:
    """Hold best paths, their order, intervals and counts against the kernels."""
    s, entities, relations = version.snapshot, ids(version, "entities"), ids(version, "relations")
    day = end_day(as_of) if as_of else None
    targets = listed_targets(s, day=day)
    selection = Selection(lens_reads(lens), day)
    where = entities.index(subject)
    found = best_paths(s, where, targets, selection, max_hops=hops, limit=limit)
    expected = []
    for p in found.paths:
        at = where
        for r in p.relations:
            at = int(s.dst[r] if int(s.src[r]) == at else s.src[r])
        expected.append([entities[at], len(p.relations), p.cost, p.since, p.until,
                         [relations[r] for r in p.relations]])  # fmt: skip
    more = {"subject": subject, "lens": lens, "as_of": as_of, "max_hops": str(hops)}
    assert ask(engine, version, "best-paths", **more, limit=str(limit)) == expected
    count = count_paths(s, where, targets, selection, max_hops=hops)
    exposed = ask(engine, version, "exposure", **more)
    assert sum(row[2] for row in exposed) == count.total
    nearest = min(count.by_hops, default=None)
    assert min((row[1] for row in exposed), default=None) == nearest
    return len(expected)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck),
          derandomize=True, phases=[Phase.generate])  # fmt: skip
@given(drawn_graphs(8, 16), st.sampled_from(list(LENSES)), st.sampled_from(["", "2003", "2012"]),
       st.integers(1, 4), st.integers(1, 12))  # fmt: skip
def test_ladybug_on_random_graphs(
    tmp_path_factory: pytest.TempPathFactory, drawn: Drawn, lens: str, as_of: str, hops: int,
    limit: int,
) -> None:  # fmt: skip
    version = drawn.version(tmp_path_factory.mktemp("graph"))
    with Ladybug(version) as engine:
        check(engine, version, "e00", lens, as_of, hops, limit)
