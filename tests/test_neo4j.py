"""A real Neo4j server: exactly the version, after pushes, kills and changes; only reading."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph_folders import facts, nthtier, start
from neo4j_graphs import Place, exactly
from neo4j_server import Server
from nthtier.graph.errors import EngineError, QuestionError
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.cypher import push as pushing
from nthtier.queries.cypher.push import push, status
from nthtier.queries.cypher.server import Address, Neo4j, address
from nthtier.queries.cypher.values import Limits
from support import require
from test_cypher import WRITING, hostile_version

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Version:
    store = Store(tmp_path_factory.mktemp("case") / "graph")
    load(store, sorted(SHIPPED.glob("*.toml")))
    return store.open()


@pytest.fixture
def server(neo4j_place: Place) -> Iterator[Neo4j]:
    with Neo4j(neo4j_place.address) as opened:
        yield opened


def grown(folder: Path, pairs: int) -> tuple[Store, Version, Version]:
    """Return a graph, its first version and the one after a second document."""
    store = Store(folder / "graph")
    load(store, [facts(folder / "old.toml", "old", 30)])
    old = store.open()
    load(store, [facts(folder / "old.toml", "old", 28), facts(folder / "new.toml", "new", pairs)])
    return store, old, store.open()


def test_from_version_to_version(server: Neo4j, case: Version, tmp_path: Path) -> None:
    _, old, new = grown(tmp_path, 60)
    push(server, case)
    exactly(server, case)
    for version in (old, new, old, case, new):
        done = push(server, version)
        assert done.version == version.id and done.written and done.removed
        exactly(server, version)
        assert push(server, version).unchanged
    assert status(server)["version"] == new.id and status(server)["pushing"] is None


def test_changed_from_outside_is_mended(server: Neo4j, case: Version) -> None:
    push(server, case)
    server.driver.execute_query("MATCH (n:Entity {id: 'intel'}) DETACH DELETE n")
    assert not push(server, case).unchanged
    exactly(server, case)


def test_the_old_version_is_read_until_the_new_one_is_whole(
    server: Neo4j, case: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, old, new = grown(tmp_path, 40)
    push(server, old)
    asked = "MATCH (a:Entity)-[r:SUPPLIES]->(b:Entity) RETURN a.id, r.id, b.id ORDER BY r.id"
    before = server.run(asked).rows
    seen: list[tuple[str, Any]] = []
    monkeypatch.setattr(pushing, "BATCH", 7)
    push(server, new, lambda what, *_: seen.append((what, server.run(asked).rows)))
    until = [what for what, _ in seen].index("making it whole")
    after = server.run(asked).rows
    assert until > 10 and after != before
    assert all(rows == before for _, rows in seen[: until + 1])
    assert seen[until + 1 :] and all(rows == after for _, rows in seen[until + 1 :])
    exactly(server, new)


def kill_pushes(place: Place, folder: Path, times: int, seed: int) -> dict[str, int]:
    """Kill the client at random moments of pushes; after each the graph is the old or the new."""
    store, old, new = grown(folder, 2500)
    chance, outcomes = random.Random(seed), {"old": 0, "new": 0}
    with Neo4j(place.address) as server:
        push(server, old)
        begun = time.monotonic()
        assert nthtier(store.folder, "neo4j", "push").returncode == 0
        lasts = time.monotonic() - begun
        exactly(server, new)
        push(server, old)
        for number in range(times):
            process = start(store.folder, "neo4j", "push")
            time.sleep(chance.uniform(0.2, 1.05) * lasts)
            process.kill()
            process.communicate()
            held = str(status(server)["version"])
            assert held in (old.id, new.id)
            count = server.run("MATCH (n:Entity) RETURN count(n)").rows[0][0]
            assert count == {v.id: v.manifest["entities"] for v in (old, new)}[held]
            outcomes["old" if held == old.id else "new"] += 1
            if number % 3 == 2 or number == times - 1:  # what was left is finished, and exact
                done = nthtier(store.folder, "neo4j", "push")
                assert done.returncode == 0, done.stderr
                exactly(server, new)
                push(server, old)
                exactly(server, old)
    return outcomes


def test_a_killed_client_leaves_the_old_or_the_new_version(
    neo4j_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in neo4j_place.environment.items():
        monkeypatch.setenv(name, value)
    assert sum(kill_pushes(neo4j_place, tmp_path, 3, seed=4).values()) == 3


def kill_servers(own: Server, place: Place, folder: Path, times: int, seed: int) -> int:
    """Kill the server at random moments of pushes; the next push makes it right."""
    store, old, new = grown(folder, 2500)
    chance, failed = random.Random(seed), 0
    for number in range(times):
        wanted = new if number % 2 == 0 else old
        (store.folder / "HEAD").write_text(f"{wanted.id}\n", "ascii")
        process = start(store.folder, "neo4j", "push")
        time.sleep(chance.uniform(1.2, 4.0))
        own.kill()
        failed += process.poll() is None
        _, told = process.communicate(timeout=120)
        assert process.returncode in (0, 4), told
        assert "Traceback" not in told
        own.start()
        with Neo4j(place.address) as server:
            push(server, wanted)
            exactly(server, wanted)
    return failed


def test_a_killed_server_is_pushed_to_again(
    neo4j_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = neo4j_place.server
    require(own is not None, "a server of our own to kill (NEO4J_TEST_URI is set)")
    assert own is not None
    for name, value in neo4j_place.environment.items():
        monkeypatch.setenv(name, value)
    kill_servers(own, neo4j_place, tmp_path, 1, seed=2)


def test_a_second_push_takes_over(server: Neo4j, case: Version, tmp_path: Path) -> None:
    _, old, _ = grown(tmp_path, 3)
    push(server, case)

    begun: list[bool] = []

    def other(*_: Any) -> None:
        if not begun:
            begun.append(True)
            push(server, case)
            server.driver.execute_query("MATCH (g:Graph) SET g.token = 'another'")

    with pytest.raises(EngineError, match=r"another push .* began meanwhile"):
        push(server, old, other)
    push(server, old)
    exactly(server, old)


def test_others_nodes_are_not_touched(server: Neo4j, case: Version) -> None:
    push(server, case)
    read = server.driver.execute_query
    read("MATCH (g:Graph) DELETE g")
    with pytest.raises(EngineError, match="nthtier did not write"):
        push(server, case)
    assert read("MATCH (n:Entity) RETURN count(n)").records[0][0] == case.manifest["entities"]
    read("MATCH (n) DETACH DELETE n")


@pytest.mark.parametrize("text", WRITING)
def test_only_reads(text: str, server: Neo4j) -> None:
    with pytest.raises(QuestionError):
        server.run(text)


def test_the_server_refuses_what_the_guard_would_let_pass(
    server: Neo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nthtier.queries.cypher import server as module

    monkeypatch.setattr(module, "reading", str)
    with pytest.raises(QuestionError, match="the server says that this writes"):
        server.run("CREATE (n:Other) RETURN n")
    assert server.run("MATCH (n:Other) RETURN count(n)").rows == [[0]]


def test_limits_of_rows_and_time(server: Neo4j, case: Version) -> None:
    push(server, case)
    answer = server.run("MATCH (n:Entity) RETURN n.id", limits=Limits(rows=5))
    assert len(answer.rows) == 5 and answer.stopped_by == "limit"
    with pytest.raises(QuestionError, match=r"longer than 0\.5 s"):
        server.run("MATCH (a:Entity)-[*1..20]-(b:Entity) RETURN count(*)",
                   limits=Limits(seconds=0.5))  # fmt: skip


def test_hostile_names_and_parameters_travel_as_data(server: Neo4j, tmp_path: Path) -> None:
    version, strings = hostile_version(tmp_path)
    push(server, version)
    exactly(server, version)
    for text in strings[::40]:
        assert server.run("RETURN $x AS x", {"x": text}).rows == [[text]]
    assert server.run("MATCH (n:Entity) RETURN count(n)").rows == [[version.manifest["entities"]]]


def test_what_is_said_when_it_cannot(
    server: Neo4j, neo4j_place: Place, case: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = neo4j_place.address
    wrong = Address(good.uri, good.user, "wrong", None)
    with pytest.raises(EngineError, match="refused the user 'neo4j'"):
        Neo4j(wrong)
    assert "wrong" not in repr(wrong)
    with pytest.raises(EngineError, match="no Neo4j server answers at bolt://127"):
        Neo4j(Address("bolt://127.0.0.1:1", "neo4j", "x", None))
    with pytest.raises(EngineError, match="has no database 'nothere'"):
        Neo4j(Address(good.uri, good.user, good.password, "nothere"))
    for uri in ("http://127.0.0.1", "nonsense", "bolt://"):
        with pytest.raises(EngineError, match=r"nonsense|http|bolt"):
            Neo4j(Address(uri, "neo4j", "x", None))
    with pytest.raises(EngineError, match="NEO4J_URI"):
        address({})
    monkeypatch.setattr("nthtier.queries.cypher.server.OLDEST", 9999)
    with pytest.raises(EngineError, match=r"runs Neo4j/.*; Neo4j 9999 or newer"):
        Neo4j(good)


def test_the_commands(
    server: Neo4j, neo4j_place: Place, case: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in neo4j_place.environment.items():
        monkeypatch.setenv(name, value)
    graph = case.folder.parent.parent
    push(server, case)
    assert "is there already" in nthtier(graph, "neo4j", "push").stdout
    found = json.loads(nthtier(graph, "neo4j", "status", "--json").stdout)
    assert found["version"] == found["here"] == case.id
    assert found["counts"]["Entity"] == case.manifest["entities"]
    assert case.id in nthtier(graph, "neo4j", "status").stdout
    both = [
        json.loads(nthtier(graph, "cypher", "--run", "best-paths", "--json", "--engine", e).stdout)
        for e in ("ladybug", "neo4j")
    ]
    assert both[0]["rows"] == both[1]["rows"] and both[0]["rows"]
    shown = nthtier(graph, "cypher", "MATCH p = (:Entity {id: 'intel'})-[]->(:Entity) RETURN p",
                    "--engine", "neo4j", "--json")  # fmt: skip
    assert '"hash"' not in shown.stdout and '"relationship": "SUPPLIES"' in shown.stdout
    monkeypatch.setenv("NEO4J_PASSWORD", "wrong")
    refused = nthtier(graph, "neo4j", "push")
    assert refused.returncode == 4 and refused.stderr.count("\n") == 1
    assert "wrong" not in refused.stderr
