"""FollowTheMoney: the schemata held against the library, the four layouts against each other."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

import golden
from formats import FEW, read
from nthtier.graph.build import build
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.graph.ontology import BY_NAME
from nthtier.loaders import ftm, ftm_statements
from nthtier.loaders.registry import read_paths
from support import require


def relations(statements: list[Statement]) -> set[tuple[str, str, str]]:
    return {(s.subject.partition("#")[2], s.predicate, s.object.partition("#")[2] or s.object)
            for s in statements if s.object}  # fmt: skip


def test_the_schemata_are_those_of_the_library() -> None:
    spec = importlib.util.find_spec("followthemoney")
    require(spec is not None and importlib.util.find_spec("yaml") is not None,
            "the library followthemoney")  # fmt: skip
    import yaml  # type: ignore[import-untyped,unused-ignore]

    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "schema"
    schemata: dict[str, Any] = {}
    for path in folder.glob("*.y*ml"):
        schemata |= yaml.safe_load(path.read_text("utf-8"))

    def properties(name: str) -> set[str]:
        found = set(schemata[name].get("properties", {}))
        for parent in schemata[name].get("extends", []):
            found |= properties(parent)
        return found

    for name in (*ftm_statements.NODES, *ftm_statements.EDGES, *ftm_statements.PARTS):
        assert name in schemata, name
    for name, (start, end, type_) in ftm_statements.EDGES.items():
        assert {start, end} <= properties(name), name
        assert schemata[name].get("edge"), name
        assert type_ in BY_NAME
    every = set().union(*(properties(n) for n in ftm_statements.NODES))
    for prop in (*ftm_statements.NAMES, *ftm_statements.COUNTRIES, *ftm_statements.SCHEMES,
                 *ftm_statements.FACTS, "parent", "addressEntity", "notes"):  # fmt: skip
        assert prop in every, prop
    edges = set().union(*(properties(n) for n in ftm_statements.EDGES))
    assert set(ftm_statements.EDGE_MORE) <= edges
    assert set(ftm_statements.SANCTION) <= properties("Sanction")
    for name, prop in ftm_statements.PARTS.items():
        assert prop in properties(name), name


def test_every_kind_of_link_becomes_its_relation() -> None:
    (found,) = read("ftm.json")
    assert relations(found.batch.statements) == {
        ("pier-1", "OWNS", "NK-HarbourLightComputing"),
        ("anna", "OWNS", "pier-1"),
        ("anna", "DIRECTOR_OF", "NK-HarbourLightComputing"),
        ("pier-1", "AFFILIATED_WITH", "port"),
        ("old-1", "SUCCEEDED_BY", "pier-1"),
        ("NK-HarbourLightComputing", "SUPPLIES", "port"),
        ("NK-HarbourLightComputing", "LISTED_ON", "us-bis-el"),
    }
    (own,) = [s for s in found.batch.statements if s.locator == "entity own-1"]
    assert (own.lo, own.hi, own.since) == (51.5, 51.5, "2019-03")
    (unknown,) = [s for s in found.batch.statements if s.locator == "entity own-2"]
    assert unknown.lo != unknown.lo
    assert unknown.until == "2024-01-31"


def test_nested_entities_say_the_same_as_flat_ones() -> None:
    (flat,), (nested,) = read("ftm.json"), read("ftm_nested.json")

    def own(statements: list[Statement]) -> set[tuple[str, ...]]:
        return {(s.predicate, s.value, s.since, f"{s.lo}") for s in statements
                if s.subject.endswith("NK-HarbourLightComputing")}  # fmt: skip

    assert own(nested.batch.statements) == own(flat.batch.statements) - {
        ("SUPPLIES", "", "2025", "nan")
    }
    assert ("pier-1", "OWNS", "NK-HarbourLightComputing") in relations(nested.batch.statements)


def test_rows_of_a_statements_file_make_up_entities() -> None:
    (flat,), (rows,) = read("ftm.json"), read("ftm_statements.csv")
    assert relations(rows.batch.statements) == {
        r for r in relations(flat.batch.statements) if r[1] not in ("SUPPLIES", "SUCCEEDED_BY")
    }
    types = {s.value for s in rows.batch.statements if s.predicate == "type"}
    assert types == {"Company", "LegalEntity", "Person", "PublicBody"}


def test_ids_of_opensanctions_mean_one_entity_in_every_file_and_others_do_not() -> None:
    found = read("ftm.json", "ftm_targets.csv")
    built = build([r.batch.source for r in found], [s for r in found for s in r.batch.statements])
    ids = built.tables["entities"]["id"]
    assert ids.count("NK-HarbourLightComputing") == 1
    assert len([i for i in ids if i.partition("-")[0] == "anna"]) == 2  # two files, two of them


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"startDate": ["2019-02-30"]}, "no such date, startDate '2019-02-30'"),
        ({"startDate": ["2019"], "endDate": ["2018"]}, "it ends before it begins"),
        ({"owner": []}, "a relation without its owner"),
        ({"owner": ["NK-HarbourLightComputing"]}, "a relation of an entity to itself"),
        ({"owner": [str(i) for i in range(101)]}, "a relation of too many '101'"),
        ({"owner": [True]}, "a property that is no text"),
    ],
)
def test_what_is_wrong_is_left_out_and_listed(
    tmp_path: Path, change: dict[str, object], note: str
) -> None:
    lines = (golden.DATA / "ftm.json").read_text("utf-8").splitlines()
    entity = json.loads(lines[5])
    entity["properties"] |= change
    path = tmp_path / "ftm.json"
    path.write_text("\n".join([*lines[:5], json.dumps(entity), *lines[6:]]) + "\n", "utf-8")
    (found,) = read_paths([path], options=FEW)
    assert any(n.startswith(f"left out: {note}") for n in found.audit.notes), found.audit.notes
    assert not [s for s in found.batch.statements if s.locator == "entity own-1"]


def test_a_line_that_is_no_json_ends_the_load(tmp_path: Path) -> None:
    path = tmp_path / "ftm.json"
    path.write_text((golden.DATA / "ftm.json").read_text("utf-8") + "{\n", "utf-8")
    with pytest.raises(InputError, match=r"ftm.json, line 18, column"):
        read_paths([path])


def test_columns_of_a_later_layout_are_named(tmp_path: Path) -> None:
    path = tmp_path / "targets.simple.csv"
    text = (golden.DATA / "ftm_targets.csv").read_text("utf-8")
    path.write_text(text.replace("last_change", "colour", 1), "utf-8")
    with pytest.raises(InputError, match="not known: program_ids, colour"):
        read_paths([path])
    assert ftm.TARGETS[0] == "id"
