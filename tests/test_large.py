"""Many statements as columns give the version that the same statements give one by one."""

from __future__ import annotations

import gzip
import math
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lists
import registers
from graph_folders import answer, facts, versions
from nthtier.graph import large, model, pile, tables
from nthtier.graph.build import LARGE, Built, build
from nthtier.graph.entangled import identify
from nthtier.graph.errors import InputError
from nthtier.graph.identity import resolve
from nthtier.graph.known import as_known
from nthtier.graph.large import build_large
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.pile import Collected, Pile
from nthtier.graph.said import Said
from nthtier.graph.store import Store
from nthtier.loaders import loading, reading
from nthtier.loaders.loading import load
from nthtier.loaders.reader import Options
from nthtier.loaders.reading import open_inputs
from nthtier.loaders.registry import read_paths
from test_identity import Made, records, said

FEW = Options(allow=frozenset({"counts"}))
SOURCES = (
    Source("one@2020", "one", "One", date="2020-01-01", covers=("us-bis-el",)),
    Source("one@2024", "one", "One, later", date="2024-06-01", covers=("us-bis-el",)),
    Source("doc", "doc", "A document"),
)
KEYS = ("doc#a", "doc#b", "other#a", "doc#~Maker Co", "lei:1", "lei:2", "ofac:7", "el:maker:cn",
        "el:other:cn", "p:1")  # fmt: skip
NAMES = ("Maker Co., Ltd.", "MAKER COMPANY LIMITED", "Ärzte AG", "★ ☆", "Jane Doe", "产业有限公司")
WORDS = st.sampled_from(("", "", "a", "b said", "é"))


@st.composite
def a_statement(draw: st.DrawFn) -> Statement:
    subject = draw(st.sampled_from(KEYS))
    common: dict[str, Any] = {"source": draw(st.sampled_from(SOURCES)).id,
                              "locator": draw(st.sampled_from(("1", "2"))),
                              "note": draw(WORDS)}  # fmt: skip
    if draw(st.booleans()):
        predicate, values = draw(st.sampled_from((
            *((kind, NAMES) for kind in model.NAME_KINDS),
            (model.TYPE, ("Company", "Person", "Organization", "Odd")),
            (model.COUNTRY, ("cn", "us")), (model.ADDRESS, ("1 Pier Road", "2 Pier Road")),
            ("id:lei", ("L1", "L2")), ("id:uscc", ("U1",)), ("id:registration", ("R1", "r1")),
            (model.SAME, KEYS), (model.DIFFERENT, (*KEYS, "gone")),
            ("id:us-bis-el", NAMES[:2]), ("fact:status", ("active", "")),
        )))  # fmt: skip
        value = draw(st.sampled_from(values))
        return statement(subject, predicate, value=value, raw=draw(st.sampled_from(("", *NAMES))),
                         lang=draw(st.sampled_from(("", "en", "zh"))), **common)  # fmt: skip
    since, until = draw(st.sampled_from((("", ""), ("2001", ""), ("2001-05-01", "2005"),
                                         ("", "2019-12-31"))))  # fmt: skip
    if draw(st.integers(0, 2)) == 0:
        props = {"citation": "88 FR 1", "license_policy": draw(WORDS), "footnotes": [4]}
        return statement(subject, "LISTED_ON", object="us-bis-el", since=since, until=until,
                         props=draw(st.sampled_from((None, props))), **common)  # fmt: skip
    share = draw(st.sampled_from((None, None, (51.0, 51.0), (10.0, 25.000001))))
    return statement(
        subject, draw(st.sampled_from(("OWNS", "SUPPLIES", "POSSIBLE_MATCH", "no relation"))),
        object=draw(st.sampled_from([k for k in KEYS if k != subject])), since=since, until=until,
        share=share, basis=draw(st.sampled_from(("stated", "inferred", "disputed"))),
        props=draw(st.sampled_from((None, {"amount": "5 USD"}, {"role": "x"}))), **common,
    )  # fmt: skip


def piled(statements: list[Statement], pieces: int = 1) -> Pile:
    made = Pile()
    for i in range(pieces):
        made.extend(statements[i::pieces])
    return made


def content(built: Built) -> dict[str, Any]:
    """Return all that a version holds, tables as rows."""
    found: dict[str, Any] = {"id": built.id}
    for name in tables.COLUMNS:
        form = tables.schema(name)
        if name in built.streams:
            chunks = [c.cast(form) for c in built.streams[name].chunks()]
            table = pa.concat_tables(chunks) if chunks else form.empty_table()
            assert table.num_rows == built.streams[name].rows
        else:
            table = pa.table(built.tables[name], schema=form)
        found[name] = table.to_pylist()
    for name, array in built.arrays.items():
        found[f"array {name}"] = (array.dtype, array.shape, array.tobytes())
    return found


def same(one: Built, other: Built) -> None:
    a, b = content(one), content(other)
    for name, expected in b.items():
        assert a[name] == expected, name
    assert a.keys() == b.keys()


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(a_statement(), max_size=40), st.integers(1, 3))
def test_the_same_statements_give_the_same_version(made: list[Statement], pieces: int) -> None:
    twice = [*made, *made[:3]]
    same(build_large(SOURCES, piled(twice, pieces)), build(SOURCES, twice))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(records())
def test_identity_over_columns(made: list[Made]) -> None:
    statements = said(made)
    columns = Said(piled(statements))
    found, wanted = identify(columns), resolve(statements)
    ids = found.ids.to_pylist()
    keys = columns.keys.to_pylist()
    assert ids == sorted(set(wanted.ids.values()))
    assert {k: ids[n] for k, n in zip(keys, found.number, strict=True)} == wanted.ids
    assert {ids[i]: why for i, why in found.reasons.items()} == wanted.reasons


def test_in_many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (large, __import__("nthtier.graph.large_tables", fromlist=["CHUNK"]),
                   __import__("nthtier.graph.entangled", fromlist=["CHUNK"])):  # fmt: skip
        monkeypatch.setattr(module, "CHUNK", 16)
    monkeypatch.setattr("nthtier.graph.large_tables._BLOCK", 3)
    monkeypatch.setattr("nthtier.graph.said._AT_ONCE", 2)
    draw = random.Random(5)
    made = [
        statement(f"r#{draw.randrange(40)}", kind, value=f"{kind} {draw.randrange(30)}",
                  source="doc", locator=str(i))
        for i in range(400) for kind in (model.NAME, "id:lei", model.COUNTRY)
    ]  # fmt: skip
    made += [
        statement(f"r#{draw.randrange(40)}", "OWNS", object=f"r#{40 + i}", share=(i % 9, 9.5),
                  source="doc", locator=str(i), note=f"note {i % 5}")
        for i in range(300)
    ]  # fmt: skip
    same(build_large(SOURCES, piled(made, 7)), build(SOURCES, made))


@pytest.mark.parametrize("kind", registers.KINDS)
def test_registers_as_the_benchmark_writes_them(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, write = registers.KINDS[kind]
    write(tmp_path / name, 400, 3)
    first = facts(tmp_path / "a.toml", "a")
    load(Store(tmp_path / "plain"), [tmp_path / name], options=FEW)
    load(Store(tmp_path / "plain"), [first])
    monkeypatch.setattr(loading, "LARGE", 0)
    monkeypatch.setattr(pile, "AT_ONCE", 100)
    monkeypatch.setattr(reading, "HELD", 1000)
    found = load(Store(tmp_path / "columns"), [tmp_path / name], options=FEW)
    assert found.readings[0].statements > 1500
    load(Store(tmp_path / "columns"), [first])
    assert answer(tmp_path / "columns") == answer(tmp_path / "plain")
    again = load(Store(tmp_path / "columns"), [tmp_path / name, first], options=FEW)
    assert not again.new
    assert sorted(again.replaced) == sorted(s.batch.source.id for s in again.readings)
    assert len(versions(tmp_path / "columns")) == 2


@pytest.mark.slow
def test_real_lists_through_columns() -> None:
    found = [lists.reading(lists.FULL), lists.reading(lists.REDUCED)]
    statements = [s for r in found for s in r.batch.statements]
    sources = [r.batch.source for r in found]
    assert len(statements) > LARGE
    same(build_large(sources, piled(statements)), build(sources, statements))


def test_as_known_is_built_from_columns_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gleif-2026-06-05.xml"
    registers.gleif_xml(path, 50, 1)
    late = facts(tmp_path / "late.toml", "late")
    store = Store(tmp_path / "graph")
    load(store, [late, path], options=FEW)
    plain = as_known(store, store.open(), "2025")
    monkeypatch.setattr("nthtier.graph.known.LARGE", 0)
    elsewhere = Store(tmp_path / "elsewhere")
    load(elsewhere, [late, path], options=FEW)
    assert as_known(elsewhere, elsewhere.open(), "2025").id == plain.id


@given(st.lists(a_statement(), max_size=60), st.integers(1, 7))
def test_a_pile_gives_back_what_it_was_given(made: list[Statement], at_once: int) -> None:
    kept = pile.AT_ONCE
    pile.AT_ONCE = at_once  # type: ignore[misc]
    try:
        some, others = Collected(), Pile()
        for s in made:
            some.recent.append(s)
            some.settle()
        others.extend(some.recent)
        if some.pile is not None:
            others.absorb(some.pile)
        assert len(some) == len(others) == len(made)
        assert sorted(map(plain, others)) == sorted(map(plain, made))
    finally:
        pile.AT_ONCE = kept  # type: ignore[misc]


def plain(s: Statement) -> tuple[Any, ...]:
    return tuple("" if isinstance(v, float) and math.isnan(v) else v for v in s)


def test_codes_take_the_room_they_need() -> None:
    made = Pile()
    for begin in range(0, 70_000, 10_000):
        made.extend(
            [
                statement(
                    f"k#{i % 300}",
                    "note",
                    value="v",
                    raw=str(i),
                    lang="en",
                    source="doc",
                    locator="1",
                )
                for i in range(begin, begin + 10_000)
            ]
        )
    coded = made.about.coded
    assert coded["source"].codes().dtype == np.int32  # of one text: not kept at all
    assert coded["raw"].codes().dtype == np.int32
    assert made.about.table(np.array([69_999]))["raw"].to_pylist() == ["69999"]
    one = Pile()
    one.extend([statement(f"k#{i}", "note", value="v", source="doc", locator="1")
                for i in range(300)])  # fmt: skip
    assert one.about.coded["subject"].codes().dtype == np.uint16
    assert next(iter(one)).subject == "k#0"


@pytest.mark.parametrize("how", ["plain", "gzip", "zip"])
def test_large_documents_are_not_held(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "HELD", 500)
    data = b"".join(f"line {i},\xc3\xa9\n".encode("latin-1") for i in range(400))
    path = tmp_path / "a.csv"
    if how == "plain":
        path.write_bytes(data)
    elif how == "gzip":
        path.write_bytes(gzip.compress(data))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("b.csv", data)
            archive.writestr("c.csv", b"\xef\xbb\xbf" + data)
    told: list[int] = []
    first, *others = open_inputs([path], watch=told.append)
    assert first._data is None
    assert first.size == len(data)
    assert (first.head, first.tail) == (data, data[-64:])
    with first.stream() as stream:
        assert stream.read() == data.decode("utf-8")
    assert sum(told) == len(data)
    assert first._data is None
    for other in others:
        assert other.without_mark().sha256 == first.sha256 != other.sha256
        assert other.without_mark().tail == first.tail
    assert first.data == data


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "HELD", 10)
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * 100)
    (document,) = open_inputs([path])
    path.write_bytes(b"a,b\n" * 101)
    with pytest.raises(InputError, match="changed while it was read"):
        document.check()


def test_what_is_beyond_what_a_format_can_hold_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "HELD", 10)
    monkeypatch.setattr("nthtier.loaders.document.MOST_HELD", 100)
    path = tmp_path / "a.toml"
    path.write_bytes(b"[source]\n" * 100)
    with pytest.raises(InputError, match="larger than a file of this format may be"):
        read_paths([path])


def test_a_load_tells_how_far_it_is(tmp_path: Path) -> None:
    registers.gleif_csv(tmp_path / "gleif.csv", 300, 1)
    told: list[tuple[str, int, int]] = []
    load(Store(tmp_path / "graph"), [tmp_path / "gleif.csv"], options=FEW,
         tell=lambda *what: told.append(what))  # fmt: skip
    size = (tmp_path / "gleif.csv").stat().st_size
    reads = [(done, total) for what, done, total in told if what == "reading"]
    assert reads == sorted(reads)
    assert reads[-1] == (size, size)
    assert [what for what, _, _ in told[len(reads) :]] == ["building", "writing"]
