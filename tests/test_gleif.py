"""GLEIF: the real samples against ElementTree, XML against CSV, control without shares."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

import golden
from formats import FEW, read
from nthtier.graph.build import build
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.graph.relations import properties
from nthtier.loaders.reader import Options
from nthtier.loaders.registry import read_paths
from support import SHARED, require

REAL = SHARED / "data" / "gleif"
LEI = "{http://www.gleif.org/data/schema/leidata/2016}"
RR = "{http://www.gleif.org/data/schema/rr/2016}"


def told(statements: list[Statement], subject: str, predicate: str) -> list[str]:
    return [s.object or s.value for s in statements
            if s.subject == subject and s.predicate == predicate]  # fmt: skip


@pytest.mark.parametrize("name", ["lei-data.xml", "lei-updates-data2.xml"])
def test_real_level_1(name: str) -> None:
    require((REAL / name).exists(), name)
    (found,) = read_paths([REAL / name], options=FEW)
    assert found.batch.source.date in ("2023-06-05", "2023-11-06")
    said = found.batch.statements
    root = ElementTree.parse(REAL / name).getroot()
    elements = root.findall(f".//{LEI}LEIRecord")
    assert found.counts["records"] == len(elements) > 10
    assert not found.audit.notes
    for element in elements:
        key = f"lei:{element.findtext(f'{LEI}LEI')}"
        entity = element.find(f"{LEI}Entity")
        assert entity is not None
        assert told(said, key, "name") == [entity.findtext(f"{LEI}LegalName")]
        others = [e.text for e in entity.iter(f"{LEI}OtherEntityName")]
        assert set(told(said, key, "alias")) >= {o for o in others if o}
        created = entity.findtext(f"{LEI}EntityCreationDate")
        assert told(said, key, "fact:incorporationDate") == ([created[:10]] if created else [])
        countries = {e.text.casefold() for e in entity.iter(f"{LEI}Country") if e.text}
        assert set(told(said, key, "country")) <= countries | {
            (entity.findtext(f"{LEI}LegalJurisdiction") or "")[:2].casefold()
        }
        assert len(told(said, key, "address")) in (1, 2)


@pytest.mark.parametrize("name", ["rr-data.xml", "rr-updates-data2.xml"])
def test_real_level_2(name: str) -> None:
    require((REAL / name).exists(), name)
    (found,) = read_paths([REAL / name], options=FEW)
    relations = [s for s in found.batch.statements if s.object]
    elements = ElementTree.parse(REAL / name).getroot().findall(f".//{RR}Relationship")
    assert len(relations) == len(elements) >= 10
    for s, element in zip(relations, elements, strict=True):
        start, end = (f"lei:{e.text}" for e in element.iter(f"{RR}NodeID"))
        consolidated = "CONSOLIDATED" in (element.findtext(f"{RR}RelationshipType") or "")
        assert (s.predicate == "CONTROLS") == consolidated
        assert (s.subject, s.object) == ((end, start) if consolidated else (start, end))
        assert math.isnan(s.lo)
        periods = element.findall(f".//{RR}RelationshipPeriod")
        (own,) = [p for p in periods if p.findtext(f"{RR}PeriodType") == "RELATIONSHIP_PERIOD"]
        assert s.since == (own.findtext(f"{RR}StartDate") or "")[:10]
        assert s.until == (own.findtext(f"{RR}EndDate") or "")[:10]


def test_real_reporting_exceptions() -> None:
    require((REAL / "repex-data.xml").exists(), "repex-data.xml")
    (found,) = read_paths([REAL / "repex-data.xml"], options=FEW)
    reasons = Counter(s.value for s in found.batch.statements if s.predicate.startswith("fact:"))
    assert reasons == {"NON_CONSOLIDATING": 6, "NO_KNOWN_PERSON": 3, "NON_PUBLIC": 1}


def test_a_sample_cut_out_of_a_golden_copy_is_refused() -> None:
    require((REAL / "lei-data.xml").exists(), "lei-data.xml")
    with pytest.raises(InputError, match=r"RecordCount: not as many .*allowed: 2394586"):
        read_paths([REAL / "lei-data.xml"])


@pytest.mark.parametrize("name", ["gleif_lei", "gleif_rr", "gleif_repex"])
def test_csv_and_xml_say_the_same(name: str) -> None:
    (as_xml,), (as_csv,) = read(f"{name}.xml"), read(f"{name}.csv", known="2026-09-05")
    assert as_xml.batch.statements == as_csv.batch.statements
    assert as_xml.audit.notes == as_csv.audit.notes


def test_consolidation_is_control_and_never_a_share() -> None:
    (found,) = read("gleif_rr.xml")
    control = [s for s in found.batch.statements if s.predicate == "CONTROLS"]
    assert len(control) == 3
    assert all(math.isnan(s.lo) and math.isnan(s.hi) for s in control)
    assert properties(control[0]) == {"consolidated_percent": "80.00"}
    built = build([found.batch.source], found.batch.statements)
    assert set(built.tables["relations"]["lo"]) == {None}


def test_levels_meet_in_one_graph_and_successors_are_relations() -> None:
    found = read("gleif_lei.xml", "gleif_rr.xml", "gleif_repex.xml")
    built = build([r.batch.source for r in found], [s for r in found for s in r.batch.statements])
    names = dict(zip(built.tables["entities"]["id"], built.tables["entities"]["name"], strict=True))
    relations = {
        (names[a], t, names[b], since, until)
        for a, t, b, since, until in zip(
            *(built.tables["relations"][c] for c in ("from", "type", "to", "since", "until")),
            strict=True,
        )
    }
    assert relations == {
        ("North Pier Holdings Ltd", "CONTROLS", "港光计算有限公司", "2012-11-29", ""),
        ("Old Pier AG", "CONTROLS", "North Pier Holdings Ltd", "2001-01-01", "2019-06-30"),
        ("Old Pier AG", "SUCCEEDED_BY", "North Pier Holdings Ltd", "2019-06-30", ""),
        ("Old Pier AG", "SUCCEEDED_BY", "Someone Else GmbH", "2019-06-30", ""),
        ("Quay Bond Fund", "AFFILIATED_WITH", "North Pier Holdings Ltd", "2015-01-01", ""),
    }


def test_wrong_records_are_left_out_counted_and_listed(tmp_path: Path) -> None:
    head, *rows = (golden.DATA / "gleif_repex.csv").read_text("utf-8").splitlines()
    many = rows * 20 + [r.replace("PIE0000090", "PIE0000091") for r in rows] * 3
    path = tmp_path / "repex.csv"
    path.write_text("\n".join([head, *many]) + "\n", "utf-8")
    (found,) = read_paths([path], options=Options(allow=frozenset({"counts"})))
    assert found.counts["records"] == 46
    assert sum(found.audit.notes.values()) == 6
    assert "left out: not a valid LEI '9999PIEPIEPIE0000091', record 41" in found.audit.notes
    assert found.audit.notes["left out: not a valid LEI (further places)"] == 1


def test_too_many_wrong_records_are_another_kind_of_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nthtier.loaders import gleif

    monkeypatch.setattr(gleif, "RANGES", {k: {"records": (0, 999)} for k in gleif.RANGES})
    head, *rows = (golden.DATA / "gleif_repex.csv").read_text("utf-8").splitlines()
    path = tmp_path / "repex.csv"
    wrong = [r.replace("0090", "0091") for r in rows * 4]
    path.write_text("\n".join([head, *rows, *wrong]) + "\n", "utf-8")
    with pytest.raises(InputError, match="too many records are wrong, the first: left out: not a"):
        read_paths([path])
