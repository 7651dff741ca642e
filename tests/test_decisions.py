"""Decisions on who is who: what they change, that they last, and that the file loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nthtier.graph import deciding, decisions, model
from nthtier.graph.build import build
from nthtier.graph.decisions import SOURCE_ID, Decision, Entry, Side, Undo, effective
from nthtier.graph.errors import InputError, QuestionError
from nthtier.graph.known import as_known
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load

FACTS = """
[source]
id = "{id}"
title = "A document"
date = {date}
{entities}
[[relation]]
from = "{first}"
type = "LISTED_ON"
to = "us-bis-el"
"""


def facts(folder: Path, name: str, *companies: str, date: str = "2024-01-01") -> Path:
    """Write a fact file of companies ("id name country [uscc]"), the first of them listed."""
    entities = []
    for company in companies:
        local, title, country, *number = company.split("|")
        numbers = f'identifiers = {{ uscc = "{number[0]}" }}\n' if number else ""
        entities.append(
            f'[[entity]]\nid = "{local}"\nname = "{title}"\ntype = "Company"\n'
            f'country = "{country}"\n{numbers}'
        )
    path = folder / f"{name}.toml"
    path.write_text(
        FACTS.format(id=name, date=date, entities="".join(entities),
                     first=companies[0].partition("|")[0]),
        "utf-8",
    )  # fmt: skip
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two documents: Northern Widget Works, and Nordic Widget Works of the other."""
    made = Store(tmp_path / "graph")
    one = facts(tmp_path, "one", "north|Northern Widget Works|no", "bolt|Bolt Works|no")
    two = facts(tmp_path, "two", "nord|Nordic Widget Works|no", "bolts|Bolt Works|no")
    load(made, [one, two])
    return made


def entity_of(version: Version, key: str) -> str:
    """Return the id of the entity that a record belongs to."""
    return str(version.rows("entities", version.by_text(f"id:{key}"), ["id"])[0]["id"])


def one(version: Version, a: str, b: str) -> bool:
    return entity_of(version, a) == entity_of(version, b)


def side(key: str, name: str = "", *identifiers: str) -> Side:
    return Side(key, name, ("no",), identifiers)


NORTH, NORD = side("one#north", "Northern Widget Works"), side("two#nord", "Nordic Widget Works")
BOLT, BOLTS = side("one#bolt", "Bolt Works"), side("two#bolts", "Bolt Works")


def decide(store: Store, verdict: str, a: Side, b: Side, why: str = "seen") -> Decision:
    return deciding.decide(store, verdict, a, b, who="Ada", why=why)


def test_same_merges_in_the_next_version_and_undo_restores(store: Store) -> None:
    before = store.open()
    statements = sorted(s.id for s in before.statements())
    assert not one(before, "one#north", "two#nord")
    made = decide(store, "same", NORTH, NORD, "one address")
    assert store.head() == before.id
    rebuilt = deciding.rebuild(store)
    after = store.open()
    assert rebuilt.version == after.id != before.id and not rebuilt.stale
    assert one(after, "one#north", "two#nord")
    row = after.rows("entities", after.by_text("id:one#north"), ["joined"])[0]
    assert any("Ada" in r and "one address" in r for r in row["joined"])
    assert after.sources[SOURCE_ID].records == 1
    kept = sorted(s.id for s in after.statements() if s.source != SOURCE_ID)
    assert kept == statements  # nothing but the decision came in
    deciding.undo(store, made.number, who="Ada")
    assert deciding.rebuild(store).version == before.id


def test_the_same_decisions_give_the_same_version(store: Store, tmp_path: Path) -> None:
    decide(store, "same", NORTH, NORD)
    first = deciding.rebuild(store).version
    assert deciding.rebuild(store).version == first
    other = Store(tmp_path / "other")
    other.folder.mkdir()
    (other.folder / decisions.FILE).write_bytes((store.folder / decisions.FILE).read_bytes())
    assert load(other, [tmp_path / "two.toml", tmp_path / "one.toml"]).version == first


def test_different_stops_a_join_by_name(store: Store) -> None:
    assert one(store.open(), "one#bolt", "two#bolts")
    decide(store, "different", BOLT, BOLTS)
    deciding.rebuild(store)
    assert not one(store.open(), "one#bolt", "two#bolts")


def test_different_does_not_stop_a_strong_identifier(tmp_path: Path) -> None:
    store = Store(tmp_path / "graph")
    number = "913700001630477270"
    load(store, [facts(tmp_path, "one", f"bolt|Bolt Works|cn|{number}"),
                 facts(tmp_path, "two", f"bolts|Bolt Works|cn|{number}")])  # fmt: skip
    decide(store, "different", BOLT, BOLTS)
    deciding.rebuild(store)
    assert one(store.open(), "one#bolt", "two#bolts")


def test_unsure_changes_no_version(store: Store) -> None:
    before = store.head()
    decide(store, "unsure", NORTH, NORD)
    assert deciding.rebuild(store).version == before


def test_the_last_decision_on_a_pair_counts(store: Store) -> None:
    decide(store, "same", NORTH, NORD)
    second = decide(store, "different", NORD, NORTH)
    assert [d.verdict for d in effective(deciding.entries(store))] == ["different"]
    deciding.undo(store, second.number, who="")
    assert [d.verdict for d in effective(deciding.entries(store))] == ["same"]
    with pytest.raises(QuestionError, match="no decision 2 to undo"):
        deciding.undo(store, second.number, who="")


def test_a_join_against_a_decision_is_not_made(store: Store) -> None:
    """North is Nord and Nord is Bolt, but North is not Bolt: the third keeps them apart."""
    decide(store, "same", NORTH, NORD)
    decide(store, "same", NORD, BOLT)
    decide(store, "different", NORTH, BOLT)
    deciding.rebuild(store)
    assert not one(store.open(), "one#north", "one#bolt")


def test_decisions_are_replayed_on_a_new_edition(store: Store, tmp_path: Path) -> None:
    decide(store, "same", NORTH, NORD)
    deciding.rebuild(store)
    loaded = load(store, [facts(tmp_path, "two", "nord|Nordic Widget Works|no", "new|New Co|no")])
    assert not loaded.stale and one(store.open(), "one#north", "two#nord")
    loaded = load(store, [facts(tmp_path, "two", "new|New Co|no")])
    assert [d.number for d, _ in loaded.stale] == [1]
    assert "Nordic Widget Works" in loaded.stale[0][1]
    assert SOURCE_ID not in store.open().sources


def test_a_side_is_found_by_number_and_by_name(store: Store, tmp_path: Path) -> None:
    number = "913700001630477270"
    load(store, [facts(tmp_path, "two", f"nord-2|Nordic Widgets AS|cn|{number}")])
    decide(store, "same", NORTH, side("two#nord", "Nordic", f"uscc:{number}"))
    deciding.rebuild(store)
    assert one(store.open(), "one#north", "two#nord-2")
    decide(store, "same", side("gone#x", "Bolt Works"), side("two#nord-2"))
    deciding.rebuild(store)
    assert one(store.open(), "one#bolt", "two#nord-2")


def test_what_was_known_keeps_decisions_that_still_speak_of_something(
    store: Store, tmp_path: Path
) -> None:
    load(store, [facts(tmp_path, "three", "late|Late Works|no", date="2025-01-01")])
    decide(store, "same", NORTH, NORD)
    decide(store, "same", NORTH, side("three#late", "Late Works"))
    deciding.rebuild(store)
    known = as_known(store, store.open(), "2024-06-01")
    assert one(known, "one#north", "two#nord")
    assert not known.by_text("id:three#late")


def test_lists_of_columns_and_reserved_ids(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nthtier's own"):
        load(store, [facts(tmp_path, SOURCE_ID, "x|X Works|no")])


# The file

TEXT = st.text(max_size=12)
SIDES = st.builds(
    Side,
    st.text(min_size=1, max_size=8),
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
    st.lists(TEXT, max_size=2).map(tuple),
)


@st.composite
def books(draw: st.DrawFn) -> list[Entry]:
    """Draw a file's entries."""
    found: list[Entry] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        decided = [e.number for e in found if isinstance(e, Decision)]
        words = [draw(TEXT) for _ in range(3)]
        if draw(st.booleans()) and decided:
            found.append(Undo(number, draw(st.sampled_from(decided)), *words))
        else:
            a, b = draw(SIDES), draw(SIDES)
            if a.key != b.key:
                verdict = draw(st.sampled_from(decisions.VERDICTS))
                found.append(Decision(number, verdict, a, b, *words))
    return found


@settings(max_examples=60, deadline=None)
@given(books())
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]) -> None:
    path = tmp_path_factory.mktemp("book") / decisions.FILE
    decisions.write(path, entries)
    assert decisions.read(path) == entries
    assert [p.name for p in path.parent.iterdir()] == [path.name]


GOOD = decisions.line(Decision(1, "same", NORTH, NORD, "Ada", "2026-01-01T00:00:00Z", "why"))


def changed(**parts: object) -> str:
    return json.dumps({**json.loads(GOOD), "number": 2, **parts})


BAD = [
    ("{", "line"),
    ("[]", "line"),
    ("null", "line"),
    ("1e999", "line"),
    ("[" * 100_000, "line"),
    ('{"number": 2, "number": 3}', "twice"),
    ("\udcff".encode("utf-8", "surrogatepass").decode("latin-1"), "line"),
    (changed(number=1), "number"),
    (changed(number="2"), "number"),
    (changed(number=True), "number"),
    (changed(number=-1), "number"),
    (changed(verdict="maybe"), "same, different, unsure"),
    (changed(verdict=["same"]), "same, different, unsure"),
    (changed(who=5), "who"),
    (changed(why=None), "why"),
    (changed(why="\ud800"), "why"),
    (changed(a="x"), "key, name, countries, identifiers"),
    (changed(a={}), "a.key"),
    (changed(a={"key": "k", "name": "n", "countries": "no", "identifiers": []}), "a.countries"),
    (changed(a={"key": "k", "name": "n", "countries": [1], "identifiers": []}), "a.countries"),
    (changed(a={"key": "", "name": "n", "countries": [], "identifiers": []}), "a.key"),
    (changed(a=json.loads(GOOD)["b"]), "b.key"),
    (changed(more=1), "more"),
    ('{"number": 2, "undo": 7, "who": "", "when": "", "why": ""}', "undo"),
    ('{"number": 2, "undo": true, "who": "", "when": "", "why": ""}', "undo"),
    ('{"number": 2}', "verdict"),
    (changed(why="x" * 70_000), "too long"),
]


@pytest.mark.parametrize(("text", "told"), BAD, ids=range(len(BAD)))
def test_a_wrong_line_is_named_and_nothing_is_lost(store: Store, text: str, told: str) -> None:
    path = store.folder / decisions.FILE
    path.write_text(f"{GOOD}\n{text}\n", "utf-8", errors="surrogatepass")
    before, head = path.read_bytes(), store.head()
    with pytest.raises(InputError) as caught:
        decide(store, "same", BOLT, NORD)
    said = str(caught.value)
    assert said.startswith(f"{decisions.FILE}, line 2") and told in said and "allowed" in said
    with pytest.raises(InputError):
        deciding.rebuild(store)
    assert path.read_bytes() == before and store.head() == head


def test_a_wrong_file_stops_a_load_before_anything_is_written(store: Store, tmp_path: Path) -> None:
    (store.folder / decisions.FILE).write_text("oops\n", "utf-8")
    head = store.head()
    with pytest.raises(InputError, match="line 1"):
        load(store, [facts(tmp_path, "three", "x|X Works|no")])
    assert store.head() == head


KILLED = """
import sys
from pathlib import Path
from nthtier.graph import decisions
path = Path(sys.argv[1])
held = decisions.read(path)
one = held[0]
sys.stdout.write("ready\\n"); sys.stdout.flush()
from dataclasses import replace
number = len(held)
while True:
    number += 1
    held.append(replace(one, number=number))
    decisions.write(path, held)
"""


def test_killed_at_any_moment_the_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / decisions.FILE
    path.write_text(GOOD + "\n", "utf-8")
    least = 1
    for wait in (0.0, 0.01, 0.03, 0.05, 0.08):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)],
                                   stdout=subprocess.PIPE)  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        found = decisions.read(path)
        assert [e.number for e in found] == list(range(1, len(found) + 1))
        assert len(found) >= least
        least = len(found)


# Against brute force


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=6))
def test_no_two_that_are_decided_different_are_one(pairs: list[tuple[int, int, bool]]) -> None:
    """Whatever else is decided, in any order; and equal input gives an equal version."""
    said: list[Statement] = []
    for i in range(5):
        said.append(statement(f"doc#e{i}", model.NAME, value="Bolt Works", source="doc",
                              locator="1"))  # fmt: skip
    different = set()
    for n, (a, b, same) in enumerate(pairs):
        if a != b:
            predicate = model.SAME if same else model.DIFFERENT
            said.append(statement(f"doc#e{a}", predicate, value=f"doc#e{b}", source=SOURCE_ID,
                                  locator=f"decision {n}"))  # fmt: skip
            if not same:
                different.add((a, b))
    sources = [Source("doc", "doc", "A document"), Source(SOURCE_ID, SOURCE_ID, "Decisions")]
    built = build(sources, said)
    assert built.id == build(sources, reversed(said)).id
    owner = {key: row for row, keys in enumerate(built.tables["entities"]["keys"]) for key in keys}
    assert all(owner[f"doc#e{a}"] != owner[f"doc#e{b}"] for a, b in different)
