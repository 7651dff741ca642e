"""Beneficial ownership statements: shares, dates, versions of a record, undisclosed parties."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import golden
from formats import FEW, read
from nthtier.graph.build import build
from nthtier.graph.model import Statement
from nthtier.graph.relations import properties
from nthtier.loaders.registry import read_paths


def between(statements: list[Statement], start: str, type_: str) -> list[Statement]:
    return [s for s in statements if s.subject.endswith(f"#{start}") and s.predicate == type_]


def changed(tmp_path: Path, number: int, **details: Any) -> list[Statement]:
    items = json.loads((golden.DATA / "bods.json").read_text("utf-8"))
    items[number]["recordDetails"] |= details
    path = tmp_path / "bods.json"
    path.write_text(json.dumps(items), "utf-8")
    (found,) = read_paths([path], options=FEW)
    return found.batch.statements


def test_an_update_ends_what_was_said_before_and_nothing_is_disputed() -> None:
    (found,) = read("bods.json")
    first, second = between(found.batch.statements, "r-pier", "OWNS")
    assert (first.since, first.until) == ("2019-03-01", "2025-01-31")
    assert (second.since, second.until) == ("2025-02-01", "")
    assert (first.lo, first.hi) == (25.0, math.nextafter(50.0, 0.0))
    assert (second.lo, second.hi) == (51.5, 51.5)
    built = build([found.batch.source], found.batch.statements)
    assert not any(built.tables["relations"]["contested"])


def test_a_closed_record_has_ended() -> None:
    (found,) = read("bods.json")
    (board,) = between(found.batch.statements, "r-anna", "DIRECTOR_OF")
    assert (board.since, board.until) == ("2018-01-01", "2024-06-29")


def test_a_share_of_votes_is_no_share_of_the_company() -> None:
    (found,) = read("bods.json")
    (votes,) = between(found.batch.statements, "r-pier", "CONTROLS")
    assert math.isnan(votes.lo)
    assert properties(votes) == {"interest_percent": "40"}


def test_indirect_shares_are_not_counted_beside_the_chain(tmp_path: Path) -> None:
    interest = {"type": "shareholding", "directOrIndirect": "indirect", "share": {"exact": 50}}
    said = changed(tmp_path, 8, interests=[interest])
    (tie,) = between(said, "r-anna", "AFFILIATED_WITH")
    assert math.isnan(tie.lo)
    said = changed(tmp_path, 8, interests=[{**interest, "beneficialOwnershipOrControl": True}])
    assert len(between(said, "r-anna", "CONTROLS")) == 1


def test_parties_without_a_name_stay_with_the_reason() -> None:
    (found,) = read("bods.json")
    (anonymous,) = between(found.batch.statements, "r-nobody", "OWNS")
    assert (anonymous.lo, anonymous.hi) == (75, 100)
    reasons = {s.value for s in found.batch.statements
               if s.predicate in ("fact:disclosure", "fact:undisclosedParty")}  # fmt: skip
    assert reasons == {
        "anonymous person: subjectExemptFromDisclosure; a minor",
        "noBeneficialOwners; nobody else has a quarter",
    }


def test_the_old_version_of_the_standard() -> None:
    (found,) = read("bods_old.jsonl")
    first, second = between(found.batch.statements, "o-2", "OWNS")
    assert (first.lo, first.hi, first.until) == (math.nextafter(50.0, 99.0), 75.0, "2021-05-31")
    assert (second.lo, second.since, second.until) == (80.0, "2021-06-01", "")


@pytest.mark.parametrize(
    "share",
    [{"exact": 120}, {"exact": -1}, {"minimum": 60, "maximum": 40}, {"exact": "half"}, 50,
     {"minimum": 100, "exclusiveMinimum": 100}],
)  # fmt: skip
def test_shares_that_cannot_be_are_left_out_and_listed(tmp_path: Path, share: object) -> None:
    items = json.loads((golden.DATA / "bods.json").read_text("utf-8"))
    items[9]["recordDetails"]["interests"][0]["share"] = share
    path = tmp_path / "bods.json"
    path.write_text(json.dumps(items), "utf-8")
    (found,) = read_paths([path], options=FEW)
    assert not between(found.batch.statements, "r-nobody", "OWNS")
    (note,) = [n for n in found.audit.notes if n.startswith("left out")]
    assert note.startswith("left out: not a share")
    assert note.endswith("statement 10")


def test_cycles_of_owners_are_data(tmp_path: Path) -> None:
    said = changed(tmp_path, 8, subject="r-pier", interestedParty="r-harbour")
    assert between(said, "r-harbour", "CONTROLS")
    assert between(said, "r-pier", "OWNS")
