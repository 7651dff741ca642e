"""One contract: kernels, Ladybug and Neo4j give the same answers to the same questions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import networkx as nx
import pytest

from graphs import DATES, LISTS, TYPES, Drawn, Listing, Tie, name
from lists import FULL, OFAC, REDUCED
from neo4j_graphs import Place
from nthtier.graph.dates import end_day
from nthtier.graph.ontology import BASIS, LENSES, lens_reads
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.cypher import library
from nthtier.queries.cypher.ladybug import Ladybug
from nthtier.queries.cypher.push import push
from nthtier.queries.cypher.server import Neo4j
from nthtier.queries.cypher.values import Limits
from nthtier.queries.paths import best_paths, count_paths
from nthtier.queries.selection import Selection, listed_targets
from nthtier.queries.space import space
from support import require

GRAPHS = 50
Engine = Ladybug | Neo4j


def many_graphs(seed: int) -> tuple[Drawn, list[int]]:
    """Return random graphs side by side in one, and where each of them begins."""
    chance = random.Random(seed)
    ties: list[Tie] = []
    listings: list[Listing] = []
    begins, first = [], 0

    def interval() -> tuple[str, str]:
        since, until = chance.choice(DATES), chance.choice(DATES)
        return (until, since) if since and until and since[:4] > until[:4] else (since, until)

    for _ in range(GRAPHS):
        n = chance.randint(2, 8)
        for _ in range(chance.randint(4, 18)):
            kind = chance.choice(TYPES)
            stake = kind in ("OWNS", "INVESTED_IN")
            share = chance.choice([None, 5.0, 30.0, 51.0, 100.0]) if stake else None
            ties.append(Tie(first + chance.randrange(n), kind, first + chance.randrange(n),
                            *interval(), share, chance.choice(list(BASIS))))  # fmt: skip
        for _ in range(chance.randint(1, 4)):
            listings.append(Listing(first + chance.randrange(n), chance.choice(LISTS), *interval()))
        begins.append(first)
        first += n
    return Drawn(first, tuple(ties), tuple(listings)), begins


def ask(engine: Engine, version: Version, name_: str, **given: str) -> list[list[Any]]:
    """Answer a question of the library."""
    asked = library.question(name_)
    found = library.bound(version, asked, given)
    answer = engine.run(asked.statements[engine.name], found, Limits(rows=100_000, seconds=120))
    assert answer.stopped_by is None
    return answer.rows


def ids(version: Version, table: str) -> list[str]:
    number = version.manifest[table]
    return [row["id"] for row in version.rows(table, range(number), ["id"])]


class Expected:
    """What the kernels answer, in the form of the questions."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.entities, self.relations = ids(version, "entities"), ids(version, "relations")

    def check(
        self, engines: Sequence[Engine], subject: str, lens: str, as_of: str, hops: int, limit: int
    ) -> int:
        """Hold best paths, their order, intervals and counts of each engine against them."""
        s, where = self.version.snapshot, self.entities.index(subject)
        day = end_day(as_of) if as_of else None
        selection = Selection(lens_reads(lens), day)
        sp = space(s, listed_targets(s, day=day), selection, max_hops=hops)
        expected = []
        for p in best_paths(sp, where, limit=limit).paths:
            at = where
            for r in p.relations:
                at = int(s.dst[r] if int(s.src[r]) == at else s.src[r])
            expected.append([self.entities[at], len(p.relations), p.cost, p.since, p.until,
                             [self.relations[r] for r in p.relations]])  # fmt: skip
        count = count_paths(sp, where)
        given = {"subject": subject, "lens": lens, "as_of": as_of, "max_hops": str(hops)}
        for engine in engines:
            assert ask(engine, self.version, "best-paths", **given, limit=str(limit)) == expected
            exposed = ask(engine, self.version, "exposure", **given)
            assert sum(row[2] for row in exposed) == count.total
            nearest = min(count.by_hops, default=None)
            assert min((row[1] for row in exposed), default=None) == nearest
        return len(expected)

    def shortest(self, subject: str) -> list[list[Any]]:
        """Return the fewest hops to each listed entity, as NetworkX finds them."""
        reads = lens_reads("any")
        graph: Any = nx.Graph()
        graph.add_node(subject)
        edges: Any = self.version.to_networkx().edges(data="type")
        graph.add_edges_from((a, b) for a, b, kind in edges if kind in reads)
        reached = nx.single_source_shortest_path_length(graph, subject, 6)
        listed = {self.entities[int(v)] for v in self.version.listed()}
        found = [[n, hops] for n, hops in reached.items() if n in listed and n != subject]
        return sorted(found, key=lambda row: (row[1], row[0]))


def compare_library(engines: Sequence[Engine], version: Version) -> int:
    """Hold the engines against each other in every question; returns how many rows there were."""
    rows = 0
    for asked in library.questions().values():
        first, *others = [ask(e, version, asked.name) for e in engines]
        assert all(other == first for other in others), asked.name
        rows += len(first)
    return rows


@pytest.fixture(scope="module")
def random_version(tmp_path_factory: pytest.TempPathFactory) -> tuple[Version, list[int]]:
    drawn, begins = many_graphs(7)
    return drawn.version(tmp_path_factory.mktemp("random")), begins


@pytest.fixture(scope="module")
def lists_version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    paths = [FULL, REDUCED, *OFAC]
    for path in paths:
        require(path.exists(), path.name)
    store = Store(tmp_path_factory.mktemp("lists") / "graph")
    load(store, [*sorted(SHIPPED.glob("*.toml")), *paths])
    return store.open()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def random_questions(engine: Engine, version: Version, begins: Sequence[int]) -> int:
    chance, expected, found = random.Random(3), Expected(version), 0
    for first, after in zip(begins, [*begins[1:], version.manifest["entities"]], strict=True):
        for _ in range(3):
            subject = name(chance.randrange(first, max(after - 4, first + 1)))
            found += expected.check(
                [engine], subject, chance.choice(["any", "any", *LENSES]),
                chance.choice(["", "", "2003", "2012-01-01", "2019"]), chance.randint(2, 4),
                chance.randint(1, 20),
            )  # fmt: skip
            given = {"subject": subject, "limit": "1000"}
            assert ask(engine, version, "shortest-exposure", **given) == expected.shortest(subject)
    return found


def test_ladybug_on_random_graphs(random_version: tuple[Version, list[int]]) -> None:
    version, begins = random_version
    with Ladybug(version) as engine:
        assert random_questions(engine, version, begins) > GRAPHS


@pytest.mark.slow
def test_neo4j_on_random_graphs(
    random_version: tuple[Version, list[int]], neo4j_place: Place
) -> None:
    version, begins = random_version
    with Neo4j(neo4j_place.address) as engine:
        push(engine, version)
        assert random_questions(engine, version, begins) > GRAPHS
        with Ladybug(version) as other:
            assert compare_library_of(engine, other, version) > 0


def compare_library_of(engine: Engine, other: Engine, version: Version) -> int:
    """Compare what needs no subject of the article."""
    rows = 0
    for asked in library.questions().values():
        if any(p.name == "subject" for p in asked.parameters):
            continue
        found = ask(engine, version, asked.name)
        assert found == ask(other, version, asked.name), asked.name
        rows += len(found)
    return rows


COMPANIES = ("microsoft", "nvidia", "intel", "ibm", "inspur-group")


@pytest.mark.slow
def test_the_case_and_both_lists(
    lists_version: Version, neo4j_place: Place, stack: ExitStack
) -> None:
    expected = Expected(lists_version)
    server = stack.enter_context(Neo4j(neo4j_place.address))
    push(server, lists_version)
    engines: list[Engine] = [stack.enter_context(Ladybug(lists_version)), server]
    assert compare_library(engines, lists_version) > 50
    found = 0
    for subject in COMPANIES:
        for lens in LENSES:
            for as_of in ("", "2023-03-17"):
                found += expected.check(engines, subject, lens, as_of, 3, 20)
        assert ask(server, lists_version, "shortest-exposure", subject=subject,
                   limit="1000") == expected.shortest(subject)  # fmt: skip
    assert found > 50


def test_questions_name_the_types_of_the_ontology() -> None:
    every = "|".join(lens_reads("any"))
    for asked in library.questions().values():
        for text in asked.statements.values():
            if "SUPPLIES|" in text:
                assert every in text, asked.name
