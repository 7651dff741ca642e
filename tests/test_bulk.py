"""A source in columns gives the graph that the same claims give the ordinary way."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from nthtier.explorer.cli import cli
from nthtier.graph import columns, tables
from nthtier.graph.build import build
from nthtier.graph.errors import DamagedError, InputError
from nthtier.graph.known import as_known
from nthtier.graph.model import Source
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.records import Document
from nthtier.loaders.registry import read_paths

TYPES = ("SUPPLIES", "OWNS", "INVESTED_IN", "PARTNERS_WITH", "MAINTAINED_BY")
DATES = ("", "", "2001", "2001-01-01", "2005", "2010-06", "2015-03-01", "2020")
Rows = list[dict[str, Any]]


def make(seed: int, n: int = 40, m: int = 400) -> tuple[Rows, Rows, Rows]:
    """Return rows with parallel, repeated, contradicting and disputed relations."""
    draw = random.Random(seed)
    entities = [
        {"id": f"{draw.choice('abzAB')}{i}", "name": f"Maker {i} Ärzte & Co., {i}",
         "type": draw.choice(("", "Company", "Person")), "country": draw.choice(("", "cn", "US"))}
        for i in range(n)
    ]  # fmt: skip
    entities[3]["name"] = "★ ☆"  # no letter, no normal form
    relations = []
    for _ in range(m):
        a, b = draw.sample(range(min(n, 12)) if draw.random() < 0.5 else range(n), 2)
        kind = draw.choice(TYPES)
        dated = sorted((draw.choice(DATES), draw.choice(DATES)), key=lambda d: d[:4])
        if not dated[1] and draw.random() < 0.5:
            dated.reverse()
        stake = kind in ("OWNS", "INVESTED_IN")
        lo = draw.choice((None, 5.0, 15.511111, 15.511112, 100 / 3)) if stake else None
        relations.append(
            {"from": entities[a]["id"], "type": kind, "to": entities[b]["id"],
             "since": dated[0], "until": dated[1], "lo": lo,
             "hi": None if lo is None else draw.choice((lo, 51.0)),
             "basis": draw.choice(("", "stated", "inferred", "disputed")),
             "amount": draw.choice(("", "", "20000000 USD")),
             "note": draw.choice(("", "", "b said", "a said, \"so\""))}
        )  # fmt: skip
    relations += relations[:40]  # said twice
    listings = [
        {"entity": draw.choice(entities)["id"],
         "list": draw.choice(("us-bis-el", "us-ofac-sdn", "Entity List")),
         "since": draw.choice(DATES), "until": "", "citation": draw.choice(("", "88 FR 13673")),
         "license_requirement": "All", "license_policy": "Presumption of denial"}
        for _ in range(12)
    ]  # fmt: skip
    return entities, relations, listings


def write(folder: Path, kind: str, rows: Rows, **metadata: str) -> Path:
    """Write one table; empty text becomes null."""
    plain = [{k: None if v == "" else v for k, v in row.items()} for row in rows]
    table = pa.Table.from_pylist(plain)
    said = {f"nthtier.{k}": v for k, v in metadata.items()}
    path = folder / f"{kind}.parquet"
    pq.write_table(table.replace_schema_metadata(said), path)
    return path


def ordinary(folder: Path, source: Source, rows: tuple[Rows, Rows, Rows]) -> Version:
    """Build the same claims as records, through `build`."""
    facts = Document(source.id)

    def wrong(message: str, field: str, found: object, allowed: str | None) -> InputError:
        return InputError(message, field=field, found=found, allowed=allowed)

    for i, row in enumerate(rows[0], 1):
        facts.entity(row, source.id, f"row {i}", wrong, again=False)
    for i, row in enumerate(rows[1], 1):
        lo, hi = row["lo"], row["hi"]
        record = {k: v for k, v in row.items() if k not in ("lo", "hi") and v}
        record |= {} if lo is None else {"share": f"{lo!r}-{hi!r}"}
        facts.relation(record, source.id, f"row {i}", wrong)
    for i, row in enumerate(rows[2], 1):
        record = {k: v for k, v in row.items() if k not in ("entity", "list") and v}
        record |= {"from": row["entity"], "type": "LISTED_ON", "to": row["list"]}
        facts.relation(record, source.id, f"row {i}", wrong)
    store = Store(folder)
    with store.writing():
        store.write(build([source], facts.statements), parent=None, command="ordinary")
    return store.open()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("chunk", [0, 64])
def test_the_same_claims_give_the_same_graph(
    tmp_path: Path, seed: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if chunk:  # many chunks, so that every boundary is crossed
        for module in ("bulk", "bulk_order", "bulk_tables"):
            monkeypatch.setattr(f"nthtier.graph.{module}.CHUNK", chunk)
        monkeypatch.setattr("nthtier.loaders.columnar.BATCH", chunk)
        monkeypatch.setattr(tables, "ROW_GROUP", chunk // 2)
    rows = make(seed)
    said = {"id": "register", "title": "A register", "date": "2024-05"}
    paths = [write(tmp_path, k, r, **said) for k, r in
             zip(("entities", "relations", "listings"), rows, strict=True)]  # fmt: skip
    store = Store(tmp_path / "bulk")
    loaded = load(store, paths)
    bulk = store.open()
    expected = ordinary(tmp_path / "ordinary", loaded.readings[0].batch.source, rows)
    said_here = [s for s in bulk.statements() if s.source == "register"]
    assert loaded.readings[0].statements == len(said_here)
    for table in tables.COLUMNS:
        one = tables.read_table(expected.table_path(table)).to_pylist()
        assert tables.read_table(bulk.table_path(table)).to_pylist() == one, table
    for name in type(bulk.snapshot).__slots__:
        one, two = getattr(expected.snapshot, name), getattr(bulk.snapshot, name)
        assert one.dtype == two.dtype, name
        np.testing.assert_array_equal(one, two, name)
    assert bulk.id == expected.id
    assert any(r["contested"] for r in tables.read_table(bulk.table_path("relations")).to_pylist())
    assert bulk.damages() == []


def test_shares_as_text_and_entities_alone(tmp_path: Path) -> None:
    entities, _, _ = make(1)
    a, b = entities[0]["id"], entities[1]["id"]
    table = [{"from": a, "type": "OWNS", "to": b, "share": s} for s in (">=50", "unknown", None)]
    paths = [write(tmp_path, "entities", entities), write(tmp_path, "relations", table)]
    relations = read_paths(paths)[0].bulk
    assert relations is not None
    np.testing.assert_array_equal(relations.relations.lo, [50, 0, np.nan])
    np.testing.assert_array_equal(relations.relations.hi, [100, 100, np.nan])
    store = Store(tmp_path / "graph")
    load(store, paths[:1])
    assert store.open().snapshot.relations == 0
    assert store.open().snapshot.entities == len(entities)


def test_a_date_that_is_a_date_and_a_share_that_is_a_number(tmp_path: Path) -> None:
    import datetime

    entities, _, _ = make(1)
    row = {"from": entities[0]["id"], "type": "OWNS", "to": entities[1]["id"], "share": 51,
           "since": datetime.date(2020, 2, 29)}  # fmt: skip
    paths = [write(tmp_path, "entities", entities), write(tmp_path, "relations", [row])]
    store = Store(tmp_path / "graph")
    load(store, paths)
    found = store.open().rows("relations", [0])[0]
    assert (found["since"], found["lo"], found["hi"]) == ("2020-02-29", 51.0, 51.0)


WRONG = [
    ("relations", {"type": "SELLS"}, ("row 3, type:", "SELLS", "SUPPLIES")),
    ("relations", {"type": "LISTED_ON"}, ("row 3, type:", "table of listings")),
    ("relations", {"to": "nobody"}, ("row 3, to:", "no such entity", "nobody")),
    ("relations", {"from": None}, ("row 3, from:", "no such entity")),
    ("relations", {"since": "2021-02-30"}, ("row 3, since:", "2021-02-30", "YYYY")),
    ("relations", {"since": "2021", "until": "2020"}, ("row 3, until:", "ends before")),
    ("relations", {"basis": "rumour"}, ("row 3, basis:", "rumour", "stated")),
    ("relations", {"amount": "much"}, ("row 3, amount:", "much", "USD")),
    ("relations", {"type": "OWNS", "lo": 120.0, "hi": 130.0}, ("row 3, lo:", "120", "0 to 100")),
    ("relations", {"type": "OWNS", "lo": 60.0, "hi": 50.0}, ("row 3, lo:", "lower end")),
    ("relations", {"type": "OWNS", "lo": None, "hi": 50.0}, ("row 3, lo:", "half an interval")),
    ("relations", {"type": "SUPPLIES", "lo": 5.0, "hi": 5.0}, ("row 3, share:", "no share")),
    ("relations", {"colour": "red"}, ("colour:", "not a column", "basis")),
    ("relations", {"since": 1.5}, ("since:", "not a column of texts")),
    ("entities", {"name": None}, ("row 3, name:", "needs a name")),
    ("entities", {"id": "no good"}, ("row 3, id:", "no good")),
    ("entities", {"id": "us-bis-el"}, ("row 3, id:", "us-bis-el")),
    ("entities", {"type": "Robot"}, ("row 3, type:", "Robot", "Company")),
    ("entities", {"country": "Atlantis"}, ("row 3, country:", "Atlantis")),
    ("listings", {"list": "black-list"}, ("row 3, list:", "black-list", "us-bis-el")),
    ("listings", {"entity": "nobody"}, ("row 3, entity:", "nobody")),
    ("listings", {"since": "soon"}, ("row 3, since:", "soon")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "words"), WRONG)
def test_a_wrong_row_is_named(
    tmp_path: Path, kind: str, change: dict[str, Any], words: tuple[str, ...]
) -> None:
    rows = dict(zip(("entities", "relations", "listings"), make(3), strict=True))
    plain = {"relations": {"type": "PARTNERS_WITH", "since": "", "until": "", "lo": None,
                           "hi": None}}  # fmt: skip
    rows[kind][2] |= plain.get(kind, {}) | change
    if kind == "relations" and "since" in change and not isinstance(change["since"], str):
        rows[kind] = [r | change for r in rows[kind]]
    if "colour" in change:
        rows[kind] = [r | change for r in rows[kind]]
    paths = [write(tmp_path, k, r) for k, r in rows.items()]
    store = Store(tmp_path / "graph")
    with pytest.raises(InputError) as caught:
        load(store, paths)
    for word in (f"{kind}.parquet", *words):
        assert word in str(caught.value)
    assert store.head() is None


def test_relations_to_themselves_and_second_ids_are_refused(tmp_path: Path) -> None:
    entities, relations, _ = make(4)
    again = [*entities, entities[7]]
    with pytest.raises(InputError, match=r"row 41, id: a second entity"):
        read_paths([write(tmp_path, "entities", again)])
    relations[5]["to"] = relations[5]["from"]
    paths = [write(tmp_path, "entities", entities), write(tmp_path, "relations", relations)]
    with pytest.raises(InputError, match=r"row 6, to: a relation of an entity to itself"):
        read_paths(paths)
    with pytest.raises(InputError, match="table of entities is missing"):
        read_paths(paths[1:])


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "entities", make(5)[0])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="not whole Parquet"):
        read_paths([path])


def test_columns_stand_alone(tmp_path: Path) -> None:
    rows = make(6)
    said = {"id": "register", "title": "A register"}
    paths = [write(tmp_path, k, r, **said) for k, r in
             zip(("entities", "relations", "listings"), rows, strict=True)]  # fmt: skip
    facts = tmp_path / "facts.toml"
    facts.write_text('[source]\nid = "memo"\ntitle = "Memo"\n[[relation]]\nfrom = "A Ltd"\n'
                     'type = "SUPPLIES"\nto = "B Ltd"\n', "utf-8")  # fmt: skip
    store = Store(tmp_path / "graph")
    first = load(store, paths)
    again = load(store, paths)
    assert (again.new, again.version, again.replaced) == (False, first.version, ["register"])
    with pytest.raises(InputError, match="a graph of its own"):
        load(store, [facts])
    with pytest.raises(InputError, match="load it by itself"):
        load(Store(tmp_path / "other"), [*paths, facts])
    load(Store(tmp_path / "memo"), [facts])
    with pytest.raises(InputError, match="empty folder with --graph"):
        load(Store(tmp_path / "memo"), paths)
    assert Store(tmp_path / "memo").open().sources.keys() >= {"memo"}
    assert store.head() == first.version


def test_the_command_loads_and_traces(tmp_path: Path) -> None:
    entities: Rows = [{"id": c, "name": f"Maker {c}"} for c in "abc"]
    relations: Rows = [{"from": "a", "type": "SUPPLIES", "to": "b"},
                 {"from": "b", "type": "OWNS", "to": "c", "lo": 51.0, "hi": 51.0}]  # fmt: skip
    listings: Rows = [{"entity": "c", "list": "us-bis-el", "since": "2023-03-06"}]
    paths = [
        str(write(tmp_path, k, r))
        for k, r in (("entities", entities), ("relations", relations), ("listings", listings))
    ]
    graph = ["--graph", str(tmp_path / "graph")]
    done = CliRunner().invoke(cli, [*graph, "load", *paths])
    assert done.exit_code == 0, done.output
    assert "relations 2" in done.output
    done = CliRunner().invoke(cli, [*graph, "trace", "Maker a"])
    assert done.exit_code == 0, done.output
    assert "Maker c" in done.output
    assert "Entity List" in done.output


def test_hashing_columns_is_hashing_texts() -> None:
    from hashlib import blake2b

    texts = ["", "a", "Ärzte", "浪潮"]
    found = columns.digests((pa.array(texts), "x"), 8)
    assert columns.hex_text(found, 8).to_pylist() == [
        blake2b(f"{t}\x1fx".encode(), digest_size=8).hexdigest() for t in texts
    ]


def test_known_before_the_source_spoke_is_an_empty_graph(tmp_path: Path) -> None:
    entities = make(2)[0]
    store = Store(tmp_path / "graph")
    load(store, [write(tmp_path, "entities", entities, date="2024-05-01")])
    assert as_known(store, store.open(), "2024").id == store.head()
    assert as_known(store, store.open(), "2023").snapshot.entities == 0


def test_rows_are_read_some_groups_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order asked, each as often as asked, wherever pieces end."""
    path, size = tmp_path / "identifiers.parquet", tables.ROW_GROUP
    ordinals = list(range(4 * size + 9))
    text = [str(o) for o in ordinals]
    tables.write_table(path, "identifiers", {"entity": text, "ordinal": ordinals,
                                             "scheme": text, "value": text})  # fmt: skip
    monkeypatch.setattr(tables, "_GROUPS", 2)
    asked = [4 * size + 8, 0, 3 * size, size - 1, 0, size, 2 * size]
    found = tables.read_rows(path, np.array(asked), ["ordinal", "value"])
    assert found == [{"ordinal": a, "value": str(a)} for a in asked]
    with pytest.raises(DamagedError, match="fewer rows"):
        tables.read_rows(path, np.array([5 * size]))
