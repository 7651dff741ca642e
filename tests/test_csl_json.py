"""The Consolidated Screening List as JSON, its golden files, and records that are refused."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

import golden
import lists
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.loaders import csl
from nthtier.loaders.reader import Options
from nthtier.loaders.registry import read_paths

ALLOW_COUNTS = Options(allow=frozenset({"counts"}))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists of any size in, so that a few records can be read with every other gate held."""
    monkeypatch.setattr(csl, "RANGES", dict.fromkeys(csl.RANGES, (0, 99999)))
    for name in ("FILL_FULL", "FILL_REDUCED"):
        monkeypatch.setattr(csl, name, {})


def as_json(rows: list[dict[str, str]]) -> str:
    """Write rows of the CSV in the documented JSON layout."""
    many = ("programs", "alt_names", "citizenships", "dates_of_birth", "nationalities",
            "places_of_birth")  # fmt: skip
    results = []
    for row in rows:
        item: dict[str, Any] = {"id" if k == "_id" else k: v or None for k, v in row.items()}
        for column in many:
            item[column] = lists.split(row[column])
        item["addresses"] = [_address(a) for a in lists.split(row["addresses"])]
        item["ids"] = [_identifier(i) for i in lists.split(row["ids"])]
        results.append(item)
    return json.dumps({"search_performed_at": "2022-05-01", "sources": [], "results": results})


def _address(text: str) -> dict[str, str | None]:
    street, _, country = text.rpartition(", ")
    if not re.fullmatch("[A-Z]{2}", country):
        street, country = text, ""
    return {"address": street, "city": None, "state": None, "postal_code": None,
            "country": country}  # fmt: skip


def _identifier(text: str) -> dict[str, str | None]:
    *front, kind = text.split(", ")
    country = front.pop(0) if len(front) > 1 and re.fullmatch("[A-Z]{2}", front[0]) else None
    days = []
    while len(front) > 1 and re.fullmatch(r"\d{4}-\d\d-\d\d", front[0]):
        days.append(front.pop(0))
    return {"type": kind, "number": ", ".join(front), "country": country,
            "expiration_date": days[0] if days else None,
            "issue_date": days[1] if len(days) > 1 else None}  # fmt: skip


def _content(found: list[Statement]) -> list[tuple[Any, ...]]:
    return [s._replace(id="", source="")[:] for s in found]


def test_json_says_what_the_csv_says(tmp_path: Path, small: None) -> None:
    header, every = lists.table(lists.FULL)
    picked = random.Random(7).sample(range(len(every)), 1_500)
    path = lists.write(tmp_path / "list_2022-05.csv", header, [every[i] for i in sorted(picked)])
    document = tmp_path / "list_2022-05.json"
    document.write_text(as_json(lists.dicts_of(path)), "utf-8")
    (csv_reading,) = read_paths([path])
    (json_reading,) = read_paths([document])
    assert json_reading.batch.source.format == "csl-json"
    assert json_reading.counts == csv_reading.counts
    assert json_reading.audit == csv_reading.audit
    assert _content(json_reading.batch.statements) == _content(csv_reading.batch.statements)


def test_golden(small: None) -> None:
    full = read_paths([golden.DATA / "csl.csv"], options=Options(known="2024-01"))
    golden.check("csl", full)
    golden.check("csl-reduced", read_paths([golden.DATA / "csl-reduced.csv"],
                                           options=Options(known="2024-02")))  # fmt: skip


def test_json_of_the_golden_rows(tmp_path: Path, small: None) -> None:
    rows = lists.dicts_of(golden.DATA / "csl.csv")
    path = tmp_path / "csl.json"
    path.write_text(as_json(rows), "utf-8")
    (one,) = read_paths([path], options=Options(known="2024-01"))
    (two,) = read_paths([golden.DATA / "csl.csv"], options=Options(known="2024-01"))
    assert _content(one.batch.statements) == _content(two.batch.statements)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source": "Another List (XXX)"}, "source"),
        ({"name": ""}, "name"),
        ({"type": "Spaceship"}, "type"),
        ({"entity_number": "12a"}, "entity_number"),
        ({"start_date": "2023-02-30"}, "start_date"),
        ({"end_date": "June 2023"}, "end_date"),
    ],
)
def test_a_wrong_value_names_line_and_field(
    tmp_path: Path, small: None, change: dict[str, str], field: str
) -> None:
    rows = lists.dicts_of(golden.DATA / "csl.csv")
    rows[2] |= change
    path = lists.write(tmp_path / "bad.csv", list(rows[0]), [list(r.values()) for r in rows])
    with pytest.raises(InputError) as error:
        read_paths([path])
    assert (error.value.file, error.value.row, error.value.field) == ("bad.csv", 4, field)
    path = tmp_path / "bad.json"
    path.write_text(as_json(rows), "utf-8")
    with pytest.raises(InputError, match=rf"bad.json, result 3, {field}: "):
        read_paths([path])


@pytest.mark.parametrize("field", ["_id", "entity_number"])
def test_one_id_for_two_entries_is_refused(tmp_path: Path, small: None, field: str) -> None:
    rows = lists.dicts_of(golden.DATA / "csl.csv")
    rows[4][field] = rows[3][field]
    path = lists.write(tmp_path / "bad.csv", list(rows[0]), [list(r.values()) for r in rows])
    with pytest.raises(InputError, match=f"line 6, {field}: two different entries with one id"):
        read_paths([path])
