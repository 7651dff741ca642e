"""``trace`` as a whole: the JSON contract, classes, reasons for a negative, and known time."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs import Drawn, Listing, Tie, drawn_graphs, name
from nthtier.graph import model
from nthtier.graph.build import build
from nthtier.graph.dates import end_day, start_day
from nthtier.graph.errors import QuestionError
from nthtier.graph.known import as_known
from nthtier.graph.model import Source, statement
from nthtier.graph.ontology import lens_reads
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.queries.resolving import Wanted
from nthtier.queries.screening import screen
from nthtier.queries.trace import Question, trace
from oracle import all_paths
from test_paths import listed_ends

HOP_KEYS = {
    "relation",
    "type",
    "from",
    "to",
    "read",
    "since",
    "until",
    "share",
    "basis",
    "evidence",
}
FINDING_KEYS = {"class", "subject", "target", "rule", "hops", "strength", "since", "until",
                "sentence", "path"}  # fmt: skip
COVERAGE_KEYS = {"sources", "max_hops", "types", "entities", "relations", "complete", "stopped_by"}


@pytest.fixture
def small(tmp_path: Path) -> Version:
    """0 invested in 1 (twice, one claim says it ended), 1 supplies 2; 1 and 2 are listed."""
    drawn = Drawn(
        4,
        (
            Tie(0, "INVESTED_IN", 1, since="2005", share=15.51),
            Tie(0, "INVESTED_IN", 1, until="2013-12", basis="disputed"),
            Tie(1, "SUPPLIES", 2, since="2010"),
        ),
        (Listing(1, "us-bis-el", since="2023-03-02"), Listing(2, "us-ofac-sdn")),
    )
    return drawn.version(tmp_path / "graph")


def test_contract(small: Version) -> None:
    result = trace(small, Question("Maker 0"))
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["format"] == 1 and result["version"] == small.id
    assert result["coverage"].keys() >= COVERAGE_KEYS
    assert result["coverage"]["complete"] is True and result["coverage"]["stopped_by"] is None
    assert {s["id"] for s in result["coverage"]["sources"]} == {"doc", "nthtier-lists"}
    assert [f["class"] for f in result["findings"]] == ["exposed"] * 3
    for f in result["findings"]:
        assert f.keys() >= FINDING_KEYS
        assert f["hops"] == len(f["path"]) and 0 < f["strength"] <= 1
        assert {"id", "name", "type", "country", "listings"} <= f["target"].keys()
        for x in f["target"]["listings"]:
            assert {"list", "since", "until", "citation", "license_requirement",
                    "license_policy"} <= x.keys()  # fmt: skip
        for hop in f["path"]:
            assert hop.keys() >= HOP_KEYS and hop["read"] in ("forward", "backward")
            assert hop["evidence"]
            for e in hop["evidence"]:
                assert e["source"] == "doc" and e["locator"] and e["statement"]
    first = next(f for f in result["findings"] if f["hops"] == 1 and f["since"] == "2005")
    assert first["path"][0]["share"] == [15.51, 15.51]
    assert first["since"] == "2005" and first["until"] is None
    assert first["target"]["listings"][0]["since"] == "2023-03-02"
    assert "Maker 0 invested in Maker 1" in first["sentence"]


def test_a_disputed_claim_shows_its_rival(small: Version) -> None:
    found = trace(small, Question("Maker 0", to=("Maker 1",)))["findings"]
    hop = next(f["path"][0] for f in found if f["since"] == "2005")
    assert hop["contested"] and hop["basis"] == "disputed"
    assert [c["until"] for c in hop["competing"]] == ["2013-12"]
    assert hop["competing"][0]["evidence"][0]["source"] == "doc"


def test_an_ended_tie_is_no_exposure_to_a_later_listing(small: Version) -> None:
    found = trace(small, Question("Maker 0", to=("Maker 1",), max_hops=1))["findings"]
    assert [(f["class"], f["until"]) for f in found] == [("exposed", None), ("none", "2013-12")]
    assert "was on no list while this held" in found[1]["sentence"]


def test_before_the_listing_the_answer_says_why(small: Version) -> None:
    result = trace(small, Question("Maker 0", to=("us-bis-el",), as_of="2019-01-01"))
    (finding,) = result["findings"]
    assert finding["class"] == "none" and finding["path"] == []
    assert "not listed then" in finding["sentence"] and "2023-03-02" in finding["sentence"]
    named = trace(small, Question("Maker 0", to=("Maker 1",), as_of="2019-01-01"))
    assert named["findings"][0]["class"] == "none"
    assert "since 2023-03-02" in named["findings"][0]["sentence"]


def test_a_negative_says_what_it_does_not_cover(small: Version) -> None:
    result = trace(small, Question("Maker 3", lens="supply", max_hops=2))
    (finding,), coverage = result["findings"], result["coverage"]
    missed = coverage["not_covered"]
    assert coverage["lists"] == ["us-bis-el", "us-ofac-sdn"]
    assert coverage["oldest"] == coverage["newest"] == {"source": "doc", "date": "2024-01-01"}
    assert "us-bis-el" not in missed["lists"] and "eu-fsf" in missed["lists"]
    assert missed["lists_in_part"] == ["us-bis-el", "us-ofac-sdn"]
    assert "OWNS" in missed["types"] and "SUPPLIES" not in missed["types"]
    assert "LISTED_ON" not in missed["types"] and missed["undated_sources"] == []
    assert finding["sentence"].endswith(missed["sentence"])
    for part in ("beyond 2 hops", "not loaded", "the types OWNS", "after 2024-01-01"):
        assert part in missed["sentence"]
    whole = Source("sdn", "sdn", "SDN", covers=("us-ofac-sdn",))
    built = build([*small.sources.values(), whole], small.statements())
    store = Store(small.folder.parent.parent)
    with store.writing():
        store.write(built, parent=small.id, command="test")
    asked = Question("Maker 3", to=("us-ofac-sdn",))
    coverage = trace(store.open(), asked)["coverage"]
    assert coverage["lists"] == ["us-ofac-sdn"]
    assert coverage["not_covered"]["lists_in_part"] == ["us-bis-el"]
    assert coverage["not_covered"]["undated_sources"] == ["sdn"]
    assert "the age of 1 source" in coverage["not_covered"]["sentence"]


def test_a_listed_subject_comes_first(small: Version) -> None:
    found = trace(small, Question("Maker 1", lens="revenue"))["findings"]
    assert [f["class"] for f in found] == ["listed", "exposed"]
    assert found[0]["hops"] == 0 and found[0]["target"]["id"] == name(1)
    assert trace(small, Question("Maker 1", as_of="2000", lens="supply"))["findings"][0][
        "class"
    ] == "none"  # fmt: skip


def test_lens_types_and_direction_meet(small: Version) -> None:
    with pytest.raises(QuestionError, match="is left to follow"):
        trace(small, Question("Maker 0", lens="finance", types=("SUPPLIES",)))
    found = trace(small, Question("Maker 2", types=("SUPPLIES",), direction="backward"))
    assert [h["read"] for f in found["findings"] for h in f["path"]] == ["backward"]
    with pytest.raises(QuestionError, match="no relation type 'SELLS'"):
        trace(small, Question("Maker 0", types=("SELLS",)))


def test_unknown_and_ambiguous_names(small: Version) -> None:
    with pytest.raises(QuestionError, match="nothing here is named") as error:
        trace(small, Question("Makr 1"))
    assert (name(1), "Maker 1") in error.value.candidates
    assert trace(small, Question(name(0), by_id=True))["query"]["subject"] == name(0)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_graphs(most=6, most_ties=10), st.sampled_from(["", "2003", "2012-01-01", "2019"]))
def test_findings_equal_brute_force(drawn: Drawn, as_of: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        version = drawn.version(Path(folder) / "graph")
        result = trace(version, Question(name(0), by_id=True, as_of=as_of, limit=1000))
        s = version.snapshot
        day = end_day(as_of) if as_of else None
        expected = all_paths(s, 0, listed_ends(s, day), [dict(lens_reads("any"))] * 4,
                             day=day)  # fmt: skip
        rows = version.rows("relations", range(s.relations))
    found = [f for f in result["findings"] if f["path"]]
    assert [[h["relation"] for h in f["path"]] for f in found] == [
        [rows[r]["id"] for r in a.relations] for a in expected
    ]
    for f, a in zip(found, expected, strict=True):
        assert f["class"] == "exposed" and f["target"]["listings"]
        assert math.isclose(f["strength"], math.exp(-a.cost / 1e6), abs_tol=1e-6)
        assert _meets(f, a.since, a.until)
        at = name(0)
        for hop in f["path"]:
            start, end = ("from", "to") if hop["read"] == "forward" else ("to", "from")
            assert hop[start]["id"] == at
            at = hop[end]["id"]
        assert at == f["target"]["id"]
    own = [f for f in result["findings"] if f["class"] == "listed"]
    assert bool(own) == (0 in listed_ends(s, day))


def _meets(finding: dict[str, Any], since: int, until: int) -> bool:
    return (start_day(finding["since"] or ""), end_day(finding["until"] or "")) == (since, until)


def test_known_time_asks_only_editions_up_to_then(tmp_path: Path) -> None:
    old = Source("old", "old", "Old", date="2020-01-01")
    new = Source("new", "new", "New", date="2024-01-01")
    undated = Source("when", "when", "Undated")
    said = [
        statement("old#a", model.NAME, value="A", source="old", locator="1"),
        statement("old#b", model.NAME, value="B", source="old", locator="1"),
        statement("old#a", "SUPPLIES", object="old#b", source="old", locator="2"),
        statement("old#b", "LISTED_ON", object="us-bis-el", source="new", locator="3"),
        statement("old#a", "OWNS", object="old#b", source="when", locator="4"),
    ]
    store = Store(tmp_path / "graph")
    with store.writing():
        store.write(build([old, new, undated], said), parent=None, command="test")
    now = store.open()
    assert trace(now, Question("A"))["findings"][0]["class"] == "exposed"
    then = as_known(store, now, "2021")
    assert then.id != now.id and store.head() == now.id
    assert trace(then, Question("A", known="2021"))["findings"][0]["class"] == "none"
    assert {s for s in then.sources if s != "nthtier-lists"} == {"old"}
    assert as_known(store, now, "2021").id == then.id


def test_what_a_rule_captures_counts_beside_what_is_listed(tmp_path: Path) -> None:
    """0 supplies 1, which 2 owns by 60 %; 2 is blocked. 3 supplies 4, owned by 2 at 40 %."""
    ties = (Tie(0, "SUPPLIES", 1), Tie(2, "OWNS", 1, share=60.0), Tie(3, "SUPPLIES", 4),
            Tie(2, "OWNS", 4, share=40.0))  # fmt: skip
    version = Drawn(5, ties, (Listing(2, "us-ofac-sdn", since="2010"),)).version(tmp_path / "g")
    more: dict[str, Any] = {"lens": "revenue", "as_of": "2020", "by_id": True}
    assert trace(version, Question(name(0), **more))["findings"][0]["class"] == "none"
    asked = Question(name(0), rules=("us-ofac-50",), **more)
    (finding,) = trace(version, asked)["findings"]
    assert finding["class"] == "exposed" and finding["target"]["id"] == name(1)
    assert finding["rule"]["answer"] == "met" and finding["rule"]["arithmetic"]
    assert "captured by the OFAC 50 Percent Rule" in finding["sentence"]
    own = trace(version, Question(name(1), rules=("us-ofac-50",), **more))["findings"][0]
    assert own["class"] == "captured" and own["subject"]["id"] == name(1)
    missed = trace(version, Question(name(3), rules=("us-ofac-50",), **more))["findings"]
    assert [f["class"] for f in missed] == ["none"]
    with pytest.raises(QuestionError, match="--as-of"):
        trace(version, Question(name(0), rules=("us-ofac-50",), by_id=True))
    screened = screen(version, Question(rules=("us-ofac-50",), lens="revenue", as_of="2020"),
                      [Wanted(i, id=name(i)) for i in range(5)])["findings"]  # fmt: skip
    assert [(f["class"], f["row"]) for f in screened] == [
        ("listed", 2), ("captured", 1), ("exposed", 0), ("none", 3), ("none", 4)
    ]  # fmt: skip


def test_the_limit_leaves_out_what_does_not_expose_first(tmp_path: Path) -> None:
    """The stronger tie to the company asked for ended before it was listed; the other lasts."""
    ties = (Tie(0, "OWNS", 1, until="2010", share=100.0), Tie(0, "INVESTED_IN", 1))
    version = Drawn(2, ties, (Listing(1, "us-bis-el", since="2020"),)).version(tmp_path)
    for limit, classes in ((1, ["exposed"]), (2, ["exposed", "none"])):
        found = trace(version, Question(name(0), to=(name(1),), limit=limit, by_id=True))
        assert [f["class"] for f in found["findings"]] == classes
        assert found["coverage"]["complete"] == (limit == 2)
