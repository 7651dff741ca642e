"""The embedded engine: its file, its limits, what it refuses, and the command."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph_folders import COMMAND, facts, nthtier
from nthtier.graph import model as statements
from nthtier.graph.build import build
from nthtier.graph.errors import EngineError, QuestionError
from nthtier.graph.model import Source, statement
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.cypher import ladybug, library, model
from nthtier.queries.cypher.guard import reading
from nthtier.queries.cypher.ladybug import Ladybug
from nthtier.queries.cypher.values import Limits
from pages import HOSTILE, hostile_strings
from support import ROOT, require

#: Statements that are no questions, whatever they are wrapped in.
WRITING = (
    "CREATE (:Entity {id: 'x'})",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n:Entity) SET n.name = 'x'",
    "MATCH (n:Entity) REMOVE n.name",
    "MERGE (n:Entity {id: 'x'}) RETURN n",
    "UNWIND [1] AS x MERGE (n:Entity {id: 'x'}) RETURN n",
    "FOREACH (x IN [1] | CREATE (:Entity))",
    "LOAD FROM 'part.parquet' RETURN *",
    "MATCH (n:Entity) WITH n LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "LOAD CSV FROM 'https://example.org/x' AS line RETURN line",
    "COPY Entity FROM 'x.csv'",
    "COPY (MATCH (n:Entity) RETURN n.id) TO 'out.csv'",
    "EXPORT DATABASE 'out'",
    "IMPORT DATABASE 'out'",
    "INSTALL httpfs",
    "LOAD EXTENSION httpfs",
    "ATTACH 'x' AS y (dbtype sqlite)",
    "DROP TABLE Entity",
    "ALTER TABLE Entity ADD x INT64",
    "CALL threads=1",
    "CALL db.clearQueryCaches()",
    "CALL apoc.export.csv.all('out.csv', {})",
    "CALL { CREATE (:Entity) }",
    "MATCH (n:Entity) CALL (n) { DELETE n } RETURN 1",
    "CHECKPOINT",
    "BEGIN TRANSACTION",
    "EXPLAIN CREATE (:Entity)",
    "PROFILE MATCH (n) DELETE n",
    "USE system SHOW USERS",
    "SHOW USERS",
    "RETURN 1; CREATE (:Entity)",
    "RETURN 1 // \r CREATE (:Entity)",
    "RETURN 1 /* */ CREATE (:Entity)",
    "RETURN '\\u0027 CREATE (:Entity) //'",
    "MATCH (n) \\u0053ET n.x = 1",
    "RETURN 'a\\' CREATE (:Entity)",
    "/* RETURN 1 */ CREATE (:Entity)",
    "",
    "  // nothing\n",
)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Version:
    store = Store(tmp_path_factory.mktemp("case") / "graph")
    load(store, sorted(SHIPPED.glob("*.toml")))
    return store.open()


@pytest.fixture(scope="module")
def engine(case: Version) -> Iterator[Ladybug]:
    with Ladybug(case) as opened:
        yield opened


def file_of(version: Version) -> Path:
    (folder,) = version.folder.glob(f"cypher-{model.MODEL}-*")
    return folder / ladybug.FILE


def copied(version: Version, folder: Path) -> Version:
    """Return the version alone in another folder, without its Ladybug file."""
    target = folder / version.id
    shutil.copytree(version.folder, target, ignore=shutil.ignore_patterns("cypher*"))
    return Version(target)


COUNT = "MATCH (n:Entity) RETURN count(*) AS n"


def test_holds_every_row_of_the_model(case: Version, engine: Ladybug) -> None:
    def said(row: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in row.items() if v is not None}

    many = Limits(rows=100_000)
    for label, table in model.nodes(case):
        rows = engine.run(f"MATCH (n:{label}) RETURN n", limits=many).rows
        found = {r[0]["properties"]["id"]: r[0]["properties"] for r in rows}
        assert found == {r["id"]: said(r) for r in table.to_pylist()}
    every = 0
    for link, table in model.links(case):
        rows = engine.run(
            f"MATCH (a:{link.start})-[r:{link.type}]->(b:{link.end}) RETURN a.id, b.id, r",
            limits=many,
        ).rows
        found = {r[2]["properties"]["id"]: r[2]["properties"] | {"start": r[0], "end": r[1]}
                 for r in rows}  # fmt: skip
        assert found == {r["id"]: said(r) for r in table.to_pylist()}
        every += len(rows)
    assert every == case.manifest["relations"] + case.manifest["statements"]


@pytest.mark.parametrize("text", WRITING)
def test_only_reads(text: str, engine: Ladybug) -> None:
    before = digest(engine.version)
    with pytest.raises(QuestionError):
        engine.run(text)
    assert digest(engine.version) == before


def digest(version: Version) -> Any:
    return ladybug._digest(file_of(version)), sorted(p.name for p in Path.cwd().iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (`create`:Entity {id: 'intel'}) RETURN `create`.name",
        "MATCH (n:Entity) WHERE n.name = 'CREATE; DELETE' RETURN n // SET",
        "MATCH (n:Entity {id: $set}) /* DELETE */ RETURN n.name;",
        "CALL show_tables() RETURN *",
        'RETURN "it\'s", \'say "x"\'',
    ],
)
def test_names_texts_and_comments_are_not_clauses(text: str, engine: Ladybug) -> None:
    engine.run(text, {"set": "intel"} if "$set" in text else {})
    assert "//" not in reading(text) and "/*" not in reading(text)


def test_the_engines_own_plan_is_looked_at(engine: Ladybug, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n", "utf-8")
    with pytest.raises(QuestionError, match="the engine would READ_CSV"):
        engine._check_plan(f"LOAD FROM '{tmp_path}/x.csv' RETURN *", {})


def test_limits_of_rows_and_time(engine: Ladybug) -> None:
    answer = engine.run("MATCH (n:Entity) RETURN n.id", limits=Limits(rows=5))
    assert len(answer.rows) == 5 and answer.stopped_by == "limit"
    assert engine.run("MATCH (n:Entity) RETURN n.id LIMIT 5", limits=Limits(5)).stopped_by is None
    with pytest.raises(QuestionError, match=r"longer than 0\.3 s"):
        engine.run("MATCH (a:Entity)-[*1..20]-(b:Entity) RETURN count(*)",
                   limits=Limits(seconds=0.3))  # fmt: skip
    assert engine.run(COUNT).rows[0][0] == engine.version.manifest["entities"]


def test_hostile_names_and_parameters_travel_as_data(tmp_path: Path) -> None:
    version, strings = hostile_version(tmp_path)
    with Ladybug(version) as engine:
        rows = engine.run("MATCH (n:Entity) RETURN n.id, n.name", limits=Limits(10_000)).rows
        names = {r["id"]: r["name"] for r in version.rows("entities",
                 range(version.snapshot.entities), ["id", "name"])}  # fmt: skip
        assert dict(map(tuple, rows)) == names
        for text in strings[::7]:
            assert engine.run("RETURN $x AS x", {"x": text}).rows == [[text]]
            found = engine.run("MATCH (n:Entity) WHERE $x IN n.names RETURN n.id", {"x": text})
            assert found.rows


def hostile_version(folder: Path) -> tuple[Version, list[str]]:
    """Return a graph whose names are hostile strings, and those strings."""
    require(HOSTILE.exists(), "the corpus of hostile strings")
    strings = [s for s in hostile_strings() if s.strip() and "\x00" not in s]
    source = Source("doc", "doc", "'); DROP TABLE Entity; //", date="2024-01-01")
    found = []
    for i, text in enumerate(strings):
        key = f"doc#e{i}"
        found.append(statement(key, statements.NAME, value=text, source="doc", locator=text))
        found.append(statement(key, "SUPPLIES", object="doc#e0", note=text, source="doc",
                               locator=f"row {i}"))  # fmt: skip
    store = Store(folder / "graph")
    with store.writing():
        store.write(build([source], found), parent=None, command="test")
    return store.open(), strings


@pytest.mark.slow
def test_a_damaged_or_half_written_file_is_built_again(case: Version, tmp_path: Path) -> None:
    version, chance = copied(case, tmp_path), random.Random(5)
    with Ladybug(version) as engine:
        expected = engine.run(COUNT).rows
    path = file_of(version)
    whole = path.read_bytes()
    for number in range(4):
        if number % 2:
            path.write_bytes(whole[: chance.randrange(len(whole))])
        else:
            flipped = bytearray(whole)
            flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
        told: list[str] = []
        with Ladybug(version, told.append) as engine:
            assert engine.run(COUNT).rows == expected
        assert any("damaged" in line for line in told)
    told = []
    (version.folder / "new-cypher-1").mkdir()  # what a killed build leaves
    (path.parent / ladybug.DIGEST).unlink()
    with Ladybug(version, told.append) as engine:
        assert engine.run(COUNT).rows == expected
    left = {p.name for p in version.folder.glob("*cypher*")}
    assert left == {path.parent.name, "cypher.lock"}
    assert not version.damages()


@pytest.mark.slow
def test_a_full_disk_is_said_before_and_while_building(
    case: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = copied(case, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(ladybug, "SPACE_LEAST", 1 << 60)
        with pytest.raises(EngineError, match=r"needs up to \d+ MB"):
            Ladybug(version)
    store = Store(tmp_path / "graph")
    load(store, [facts(tmp_path / "facts.toml", "many", 20)])
    limited = subprocess.run(  # files may not grow beyond 200 kB: as a full disk
        [*COMMAND, "--graph", str(store.folder), "cypher", COUNT], capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
        check=False,
    )  # fmt: skip
    assert limited.returncode == 4, limited.stderr
    assert limited.stderr.startswith("nthtier: ") and "the graph is as it was" in limited.stderr
    assert limited.stderr.count("\n") == 1
    assert not list(store.open().folder.glob("*cypher-*"))
    assert nthtier(store.folder, "cypher", COUNT, "--csv").stdout == "n\n29\n"


@pytest.mark.slow
def test_a_killed_build_leaves_nothing_that_counts(case: Version, tmp_path: Path) -> None:
    store = Store(tmp_path / "graph")
    load(store, [facts(tmp_path / "facts.toml", "many", 3000)])
    for wait in (0.3, 0.9, 1.4):
        process = subprocess.Popen(
            [*COMMAND, "--graph", str(store.folder), "cypher", COUNT],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(wait)
        os.killpg(process.pid, 9)
        process.wait()
    assert nthtier(store.folder, "cypher", COUNT, "--csv").stdout == "n\n3009\n"
    assert not list(store.open().folder.glob("new-*"))


def test_a_read_only_folder_is_answered_too(
    case: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = copied(case, tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Ladybug(version) as engine:
        assert engine.run(COUNT).rows == [[case.manifest["entities"]]]
    assert not list(version.folder.glob("*cypher*"))


def test_the_library_says_what_it_answers(case: Version, engine: Ladybug) -> None:
    document = (ROOT / "docs" / "cypher-model.md").read_text("utf-8")
    for asked in library.questions().values():
        assert asked.about and set(asked.statements) == set(library.ENGINES)
        answer = engine.run(asked.statements["ladybug"], library.bound(case, asked, {}))
        assert answer.rows, asked.name
        assert f"`{asked.name}`" in document
    with pytest.raises(QuestionError, match="no question 'x'; there are best-paths"):
        library.question("x")
    best = library.question("best-paths")
    for wrong in ({"lens": "x"}, {"as_of": "2023-13"}, {"limit": "0"}, {"limit": "x"}):
        with pytest.raises(QuestionError, match="of best-paths is"):
            library.bound(case, best, wrong)
    with pytest.raises(QuestionError, match="has no parameter 'x'; it has subject"):
        library.bound(case, best, {"x": "1"})


@pytest.mark.slow
def test_the_command(case: Version, tmp_path: Path) -> None:
    graph = case.folder.parent.parent
    page = tmp_path / "page.html"
    done = nthtier(graph, "cypher", "MATCH p = (:Entity {id: $id})-[:SUPPLIES]->(b:Entity) "
                   "RETURN p, b.name AS name", "--param", "id=inspur-group", "--json",
                   "--html", page)  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["version"] == case.id and found["columns"] == ["p", "name"] and found["complete"]
    assert found["rows"][0][0]["relationships"][0]["relationship"] == "SUPPLIES"
    assert "Alibaba" in page.read_text("utf-8")
    done = nthtier(graph, "cypher", "--run", "best-paths", "--param", "subject=Nvidia", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert rows[0]["target"] == "inspur-group" and rows[0]["cost"] == "579818"
    done = nthtier(graph, "cypher", "--run", "direct-listings")
    assert "us-bis-el" in done.stdout and "2023-03-02" in done.stdout
    assert "best-paths" in nthtier(graph, "cypher", "--list").stdout
    done = nthtier(graph, "cypher", "MATCH (n:Entity) RETURN n.id", "--rows", "3", "--csv")
    assert "not complete" in done.stderr and done.stdout.count("\n") == 4
    for words, status in (
        (["CREATE (n)"], 1), (["MATCH (n) RETURN n.nothing"], 1), (["MATCH (n"], 1),
        (["MATCH (n {id: $x}) RETURN n"], 1), (["RETURN 1", "--run", "x"], 2), ([], 2),
        (["RETURN 1", "--param", "x"], 1), (["--run", "x"], 1),
        (["RETURN 1 AS n", "--html", str(page)], 1),
    ):  # fmt: skip
        done = nthtier(graph, "cypher", *words)
        assert done.returncode == status, (words, done.stderr)
        assert "Traceback" not in done.stderr
