"""Rule files: those that are shipped, mistakes in others, and rules added without code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nthtier.graph.dates import end_day
from nthtier.graph.errors import InputError, QuestionError
from nthtier.queries.rulebook import SHIPPED, named, read_rule, rulebook
from nthtier.queries.ruledata import ACTIVITIES, MET, NOT_MET, OPEN

IDS = {
    "us-ofac-50", "bis-affiliates", "bis-el-licence", "bis-fdp-1", "bis-fdp-3", "bis-fdp-4",
    "bis-fdp-5", "bis-meu", "us-ns-cmic", "us-1260h-805", "us-uflpa", "eu-own-control",
    "uk-own-control",
}  # fmt: skip
GOOD = """\
id = "my-rule"
name = "My rule"
version = "1"
jurisdiction = "us"
binds = "us"
effect = "an effect"
activities = ["deal"]
trigger = "half of it"
plain = "What a listed company owns to a third."
lists = ["us-bis-uvl"]
citations = ["a law"]

[reads]
ownership = ["OWNS"]

[[threshold]]
operator = ">="
percent = 33.3

[[status]]
state = "in force"
since = 2020-01-01
source = "a law"
"""


def test_the_shipped_rules_are_all_there_and_each_file_is_named_for_its_rule() -> None:
    book = rulebook()
    assert set(book) == IDS
    for path in SHIPPED.glob("*.toml"):
        assert read_rule(path).id == path.stem
    for rule in book.values():
        assert rule.citations and rule.statuses and rule.plain and rule.version
    for activity in ACTIVITIES:
        assert any(activity in r.activities for r in book.values()), activity


@pytest.mark.parametrize(
    ("day", "state", "answer"),
    [
        ("2025-09-28", "not in force", NOT_MET),
        ("2025-09-29", "in force", MET),
        ("2025-11-09", "in force", MET),
        ("2025-11-10", "suspended", NOT_MET),
        ("2026-11-09", "suspended", NOT_MET),
        ("2026-11-10", "scheduled", OPEN),
        ("2026-11-23", "scheduled", OPEN),
    ],
)
def test_the_affiliates_rule_by_date(day: str, state: str, answer: str) -> None:
    rule = rulebook()["bis-affiliates"]
    assert rule.status(end_day(day)).state == state
    assert rule.says(MET, end_day(day)) == answer
    assert rule.says(NOT_MET, end_day(day)) == NOT_MET
    if state == "scheduled":
        assert "not confirmed here" in rule.status(end_day(day)).note


def test_thresholds_and_lists_are_those_of_the_law() -> None:
    book, now = rulebook(), end_day("2026-11-23")
    eu = book["eu-own-control"]
    for day, words in (("2024-07-02", "more than 50 %"), ("2024-07-03", "at least 50 %")):
        threshold = eu.threshold(end_day(day))
        assert threshold is not None and threshold.words == words
    uk = book["uk-own-control"]
    assert uk.aggregation == "each" and uk.thresholds[0].operator == ">"
    affiliates = book["bis-affiliates"]
    assert set(affiliates.lists) == {"us-bis-el", "us-bis-meu", "us-ofac-sdn"}
    assert len(affiliates.programmes["us-ofac-sdn"]) == 14
    assert "29" in affiliates.red_flags["unknown_share"]
    assert book["us-ofac-50"].status(end_day("2014-08-12")).state == "not in force"
    assert book["us-ofac-50"].status(end_day("2014-08-13")).state == "in force"
    assert not book["us-ofac-50"].control
    assert book["us-ns-cmic"].names_only and book["us-ns-cmic"].threshold(now) is None
    dod = book["us-1260h-805"]
    assert dod.control == ("CONTROLS",) and dod.thresholds[0].gives == "evidence"
    assert dod.says(MET, end_day("2026-06-29")) == NOT_MET
    assert dod.says(MET, end_day("2026-06-30")) == MET
    assert dod.dealings[0].since == "2027-06-30"
    assert {n: book[f"bis-fdp-{n}"].footnotes for n in (1, 3, 4, 5)} == {
        n: frozenset({n}) for n in (1, 3, 4, 5)
    }


@pytest.mark.parametrize(
    ("wrong", "right", "field", "says"),
    [
        ('state = "in farce"', 'state = "in force"', "status 1, state",
         "in force, suspended, scheduled, repealed"),
        ("percent = 133", "percent = 33.3", "threshold 1, percent", "up to 100"),
        ("percent = 0", "percent = 33.3", "threshold 1, percent", "above 0"),
        ('percent = "half"', "percent = 33.3", "threshold 1, percent", "0 to 100"),
        ('operator = "=>"', 'operator = ">="', "threshold 1, operator", ">=, >"),
        ('ownership = ["SUPPLIES"]', 'ownership = ["OWNS"]', "reads.ownership",
         "OWNS, INVESTED_IN"),
        ('ownership = "OWNS"', 'ownership = ["OWNS"]', "reads.ownership", "not a list"),
        ('lists = ["us-bis"]', 'lists = ["us-bis-uvl"]', "lists", "us-bis-uvl"),
        ("lists = []", 'lists = ["us-bis-uvl"]', "lists", "needs lists"),
        ('activities = ["sell"]', 'activities = ["deal"]', "activities", "securities"),
        ("activities = []", 'activities = ["deal"]', "activities", "missing"),
        ("citations = []", 'citations = ["a law"]', "citations", "needs a citation"),
        ('id = "My Rule"', 'id = "my-rule"', "id", "small letters"),
        ("name = 7", 'name = "My rule"', "name", "text in quotes"),
        ("", 'effect = "an effect"', "effect", "missing"),
        ('since = "2020-13"', "since = 2020-01-01", "status 1, since", "YYYY"),
        ("since = 2020-01-01\nuntil = 2019-01-01", "since = 2020-01-01", "status 1, until",
         "2020-01-01 or later"),
        ('threshhold = "x"\nid = "my-rule"', 'id = "my-rule"', "threshhold", "an unknown field"),
        ("aggregation = \"all\"\nid = \"my-rule\"", 'id = "my-rule"', "aggregation", "sum, each"),
        ("names_only = true\nid = \"my-rule\"", 'id = "my-rule"', "names_only", "binds by name"),
        ('names_only = "no"\nid = "my-rule"', 'id = "my-rule"', "names_only", "true, false"),
        ('bound = ["USA"]\nid = "my-rule"', 'id = "my-rule"', "bound", "alpha-2"),
        ("ownership = []", 'ownership = ["OWNS"]', "threshold", "belong together"),
        ('footnotes = ["4"]\nid = "my-rule"', 'id = "my-rule"', "footnotes", "numbers"),
        ('[programmes]\nus-ofac-sdn = ["X"]\n[reads]', "[reads]", "programmes.us-ofac-sdn",
         "us-bis-uvl"),
        ('[red_flags]\nminor = "x"\n[reads]', "[reads]", "red_flags.minor", "minority"),
        ('[[dealing]]\ntype = "SELLS"\nread = "forward"\ntext = "x"\n[reads]', "[reads]",
         "dealing 1, type", "SUPPLIES"),
        ('[[dealing]]\ntype = "SUPPLIES"\nread = "up"\ntext = "x"\n[reads]', "[reads]",
         "dealing 1, read", "backward"),
        ('[[dealing]]\ntype = "SUPPLIES"\nread = "forward"\ntext = "x"\ntiers = 99\n[reads]',
         "[reads]", "dealing 1, tiers", "1 to 32"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_field_and_what_is_allowed(
    tmp_path: Path, wrong: str, right: str, field: str, says: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(right, wrong, 1), "utf-8")
    assert path.read_text("utf-8") != GOOD
    with pytest.raises(InputError, match=re.escape(f"mine.toml, {field}: ")) as caught:
        rulebook(tmp_path)
    assert says in str(caught.value) and caught.value.exit_status == 3


def test_two_statuses_of_one_day_are_refused(tmp_path: Path) -> None:
    more = '\n[[status]]\nstate = "repealed"\nsince = 2019-01-01\nsource = "a law"\n'
    (tmp_path / "mine.toml").write_text(GOOD + more, "utf-8")
    with pytest.raises(InputError, match=r"mine\.toml, status: two of them hold on one day"):
        rulebook(tmp_path)


def test_two_files_of_one_id_and_what_is_no_toml_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, "utf-8")
    (tmp_path / "b.toml").write_text(GOOD, "utf-8")
    with pytest.raises(InputError, match=r"b\.toml, id: a second rule of this id"):
        rulebook(tmp_path)
    (tmp_path / "b.toml").write_bytes(b"id = \xff")
    with pytest.raises(InputError, match=r"b\.toml: not TOML in UTF-8"):
        rulebook(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        rulebook(tmp_path / "none")


def test_a_rule_is_added_by_a_file_and_may_replace_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD, "utf-8")
    assert set(rulebook(tmp_path)) == IDS | {"my-rule"}
    own = GOOD.replace('id = "my-rule"', 'id = "bis-affiliates"')
    (tmp_path / "mine.toml").write_text(own, "utf-8")
    assert rulebook(tmp_path)["bis-affiliates"].name == "My rule"


def test_rules_are_found_by_id_or_name() -> None:
    book = rulebook()
    assert named(book, "OFAC 50 percent rule").id == "us-ofac-50"
    with pytest.raises(QuestionError, match="there are bis-affiliates"):
        named(book, "ofac")
