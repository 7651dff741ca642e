"""Rules of ownership on the shipped case, as a person asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nthtier.graph.dates import end_day
from nthtier.graph.store import Store
from nthtier.queries.capture import captured_entities
from nthtier.queries.rulebook import rulebook
from test_captured import GROUP, IEIT, JV, Graph, case, shipped

__all__ = ["case", "shipped"]


@pytest.mark.parametrize(
    ("day", "class_", "answer", "state"),
    [
        ("2025-09-28", "exposed", "not met", "not in force"),
        ("2025-10-15", "captured", "met", "in force"),
        ("2026-01-15", "exposed", "not met", "suspended"),
        ("2026-11-23", "exposed", "cannot be determined", "scheduled"),
    ],
)
def test_the_joint_venture_by_date(
    case: Graph, day: str, class_: str, answer: str, state: str
) -> None:
    found = case.json("captured", "--rule", "bis-affiliates", "--as-of", day)["findings"]
    (jv,) = [f for f in found if f["subject"]["id"] == JV]
    assert (jv["class"], jv["rule"]["answer"]) == (class_, answer)
    assert jv["rule"]["status"]["state"] == state and jv["rule"]["conditions"] == "met"
    assert jv["target"]["id"] == GROUP and jv["hops"] == 1
    assert [h["read"] for h in jv["path"]] == ["backward"]
    if state == "scheduled":
        assert "scheduled back, not confirmed here" in jv["sentence"]
        assert jv["rule"]["missing"][0]["fact"] == "status"
    first = jv["rule"]["arithmetic"][0]
    assert first["owner"]["id"] == GROUP and first["share"] == [51, 51]
    assert first["statements"] and first["sources"] == ["press-cisco-2016"]


def test_inspurs_server_maker_is_not_captured_by_its_parent_and_later_listed(case: Graph) -> None:
    for rule in ("bis-affiliates", "us-ofac-50"):
        finding = case.rule(IEIT, rule, "2023-06-01")
        assert finding["rule"]["conditions"] == finding["rule"]["answer"] == "not met"
    finding = case.rule(IEIT, "bis-affiliates", "2023-06-01")
    assert finding["rule"]["share"] == [32, 34] and "32 to 34 %" in finding["sentence"]
    later = case.rule(IEIT, "bis-affiliates", "2025-10-15")
    assert later["class"] == "listed"
    assert later["target"]["listings"][0]["since"] == "2025-03-25"
    assert later["rule"]["arithmetic"][-1]["text"] == "listed itself: no stake decides"


def test_microsoft_and_the_securities_rule_cannot_be_determined(case: Graph) -> None:
    says = case.says("microsoft", "securities", "2023-06-01")
    rule = says["us-ns-cmic"]
    assert rule["answer"] == rule["as_actor"] == "cannot be determined"
    assert rule["as_party"] == "not met"
    dealing = [c for c in rule["conditions"] if c["of"] == "dealing"]
    assert [c["answer"] for c in dealing] == ["met", "cannot be determined"]
    assert "disputed" in dealing[1]["text"] and len(dealing[1]["statements"]) >= 2
    assert says[""]["class"] == "exposed"
    assert "no ownership rule catches it" in says[""]["sentence"]
    assert case.says("microsoft", "securities", "2021-06-02")["us-ns-cmic"]["answer"] == "not met"


def test_the_securities_rule_waits_for_the_effective_date(case: Graph) -> None:
    before = case.says(GROUP, "securities", "2021-07-01")["us-ns-cmic"]
    assert (
        before["answer"] == "not met" and "effective 2021-08-02" in before["conditions"][1]["text"]
    )
    assert case.says(GROUP, "securities", "2021-08-02")["us-ns-cmic"]["answer"] == "met"
    listing = before["listings"][0]
    assert (listing["effective"], listing["divest_by"]) == ("2021-08-02", "2022-06-03")


def test_a_supplier_of_a_listed_company_is_exposed_and_bound_by_what_it_does(case: Graph) -> None:
    says = case.says("intel", "export", "2023-06-01")
    licence = says["bis-el-licence"]
    assert (licence["answer"], licence["as_party"], licence["as_actor"]) == (
        "met", "not met", "met",
    )  # fmt: skip
    assert any(c["of"] == "transaction" for c in licence["conditions"])
    assert says["bis-fdp-1"]["answer"] == "not met"
    assert says["bis-affiliates"]["answer"] == "not met"
    inferred = case.says("nvidia", "export", "2023-06-01")["bis-el-licence"]
    assert inferred["answer"] == "cannot be determined"
    assert case.says(GROUP, "export", "2023-03-01")["bis-el-licence"]["answer"] == "not met"
    itself = case.says(GROUP, "export", "2023-03-02")
    assert itself["bis-el-licence"]["as_party"] == "met" and itself[""]["class"] == "listed"
    named = case.says(GROUP, "export", "2025-10-15")["bis-affiliates"]
    assert "is listed itself" in named["sentence"]
    assert itself["bis-meu"]["answer"] == "cannot be determined"


def test_the_contract_of_captured(case: Graph) -> None:
    result = case.json("captured", "--as-of", "2025-10-15")
    assert result["format"] == 1 and result["coverage"]["complete"] is True
    assert result["query"]["as_of"] == "2025-10-15"
    assert result["findings"]
    for f in result["findings"]:
        assert {"class", "subject", "target", "rule", "hops", "strength", "since", "until",
                "sentence", "path"} <= f.keys()  # fmt: skip
        rule = f["rule"]
        assert {"id", "name", "version", "answer", "arithmetic", "status", "citation",
                "missing"} <= rule.keys()  # fmt: skip
        assert (f["class"] == "captured") == (rule["answer"] == "met")
        assert rule["arithmetic"][-1]["kind"] == "sum"
    short = case.json("captured", "--as-of", "2025-10-15", "--limit", "1")
    every = len(result["findings"])
    assert len(short["findings"]) == 1
    assert short["coverage"]["complete"] is (every == 1)


def test_what_a_rule_captures_as_targets(shipped: Path) -> None:
    version, rule = Store(shipped).open(), rulebook()["bis-affiliates"]
    jv = version.by_text(f"id:{JV}")[0]
    assert jv in captured_entities(version, rule, end_day("2025-10-15")).tolist()
    for day in ("2026-01-15", "2026-11-23"):
        assert not len(captured_entities(version, rule, end_day(day)))
    assert not len(captured_entities(version, rulebook()["us-ns-cmic"], end_day("2025")))
