"""The shipped facts: all of the article, nothing invented, and the lists' own words and dates."""

from __future__ import annotations

import csv
import gzip
import re
import tomllib
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from nthtier.graph.known import as_known
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from support import SHARED, require

CASE, LATER, LISTINGS = (
    tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))
    for name in ("inspur-case", "inspur-later", "listings")
)
CODES = {"us-bis-el": "(EL)", "us-ofac-ns-cmic": "(CMIC)"}

# The article

#: Every relation of the article: from, type, to, paragraph, since, basis.
EXPECTED = {
    ("inspur-group", "LISTED_ON", "us-bis-el", 1, "", "stated"),
    ("inspur-group", "LISTED_ON", "us-dod-1237", 9, "2020", "inferred"),
    ("inspur-group", "LISTED_ON", "us-ofac-ns-cmic", 10, "2021", "inferred"),
    ("loongson", "LISTED_ON", "us-bis-el", 13, "", "stated"),
    ("Microsoft", "INVESTED_IN", "inspur-group", 5, "2005", "stated"),
    ("inspur-group", "JOINT_VENTURE_WITH", "IBM", 5, "", "stated"),
    ("inspur-group", "JOINT_VENTURE_WITH", "Cisco", 5, "", "stated"),
    ("inspur-group", "PARTNERS_WITH", "JD Cloud", 6, "2022-03", "stated"),
    ("inspur-group", "SUPPLIES", "Baidu", 6, "", "stated"),
    ("inspur-group", "SUPPLIES", "Alibaba", 6, "", "stated"),
    ("inspur-group", "SUPPLIES", "Tencent", 6, "", "stated"),
    ("inspur-group", "SUPPLIES", "China Mobile", 6, "", "stated"),
    ("Intel", "SUPPLIES", "inspur-group", 7, "", "stated"),
    ("Nvidia", "SUPPLIES", "inspur-group", 7, "", "inferred"),
    ("inspur-group", "MEMBER_OF", "open-compute-project", 4, "", "stated"),
    ("inspur-group", "AFFILIATED_WITH", "ieit", 11, "", "inferred"),
}
#: What the article says that is no relation, by words of its paragraph.
OTHER = {
    ("inspur-group", 1): ["barred"],
    ("inspur-group", 2): ["oldest", "western"],
    ("inspur-group", 4): ["third largest", "largest in China", "AI workloads", "active part"],
    ("inspur-group", 5): ["cloud platform", "hyperscale"],
    ("nvidia", 7): ["critical"],
    ("inspur-group", 8): ["licence", "impossible"],
    ("inspur-group", 9): ["Chinese military", "no sanctions"],
    ("intel", 9): ["short time", "again"],
    ("inspur-group", 10): ["Biden", "invest"],
    ("ieit", 11): ["10 percent"],
    ("inspur-group", 12): ["evaluated", "no comment"],
    ("us-bis-el", 13): ["28 companies"],
    ("loongson", 13): ["LoongArch", "military", "western instruction sets"],
    ("us-bis-el", 14): ["six", "balloons"],
}
#: Dates that follow from words such as "last year", with those words.
DERIVED = {(6, "2022-03"): "March last year", (10, "2021"): "The next year"}


@pytest.fixture(scope="module")
def paragraphs() -> list[str]:
    """The article's blocks of text; number 1 is ``[1]``, the caption is 3."""
    path = SHARED / "design" / "article.txt"
    require(path.exists(), "the article that the project starts from")
    blocks = re.split(r"\n\s*\n", path.read_text("utf-8").strip())
    return ["", *(b for b in blocks if not b.startswith("Subscribe"))]


def records() -> list[dict[str, Any]]:
    return [r for table in ("entity", "relation", "fact") for r in CASE[table]]


def paragraph(record: dict[str, Any]) -> int:
    found = re.fullmatch(r"paragraph (\d+)", record["locator"])
    assert found, f"no paragraph: {record}"
    return int(found[1])


def test_every_relation_of_the_article_is_there_and_no_other() -> None:
    found = {
        (r["from"], r["type"], r["to"], paragraph(r), r.get("since", ""), r.get("basis", "stated"))
        for r in CASE["relation"]
    }
    assert found == EXPECTED and len(CASE["relation"]) == len(EXPECTED)
    (stake,) = [r for r in CASE["relation"] if r["type"] == "INVESTED_IN"]
    assert stake["amount"] == "20000000 USD"


def test_every_other_fact_of_the_article_is_there() -> None:
    told: dict[tuple[str, int], str] = defaultdict(str)
    for fact in CASE["fact"]:
        told[fact["entity"], paragraph(fact)] += f"{fact['value']}\n"
    for where, words in OTHER.items():
        for word in words:
            assert word in told[where], f"{where}: {word}"


def test_every_paragraph_is_used_and_names_what_it_is_cited_for(paragraphs: list[str]) -> None:
    assert len(paragraphs) == 15 and "group.jpg" in paragraphs[3]
    cited = {paragraph(r) for r in records()}
    assert cited == set(range(1, 15)) - {3}  # the caption says nothing
    names = {e["id"]: e.get("names", [e["name"]])[0] for e in CASE["entity"]}
    for e in CASE["entity"]:
        assert names[e["id"]] in paragraphs[paragraph(e)]
    for r in CASE["relation"]:
        for end in ("from", "to"):
            name = names.get(r[end], r[end])
            if r["type"] == "LISTED_ON" or name == "Inspur":
                continue
            assert name in paragraphs[paragraph(r)], f"{name}: {r}"


def test_no_date_that_the_article_does_not_give(paragraphs: list[str]) -> None:
    for r in records():
        for end in ("since", "until"):
            if end in r:
                number, text = paragraph(r), paragraphs[paragraph(r)]
                words = DERIVED.get((number, r[end]), r[end])
                assert words in text, f"{r[end]} is not in paragraph {number}"


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9$]+", text.casefold())


def test_own_words(paragraphs: list[str]) -> None:
    article = words_of(" ".join(paragraphs))
    runs = {tuple(article[i : i + 6]) for i in range(len(article) - 5)}
    for data in (CASE, LATER):
        for table in ("source", "entity", "relation", "fact"):
            for r in data[table] if isinstance(data[table], list) else [data[table]]:
                said = words_of(f"{r.get('value', '')} | {r.get('note', '')}")
                copied = [said[i : i + 6] for i in range(len(said) - 5)
                          if tuple(said[i : i + 6]) in runs]  # fmt: skip
                assert not copied, copied


def test_disputed_facts_keep_both_sides() -> None:
    found = [
        (r["source"], r["from"], r["type"], r["to"], r.get("share"), r.get("amount"),
         r.get("until"), r.get("basis"))
        for r in LATER["relation"]
    ]  # fmt: skip
    for expected in (
        ("newspaper-2015", "microsoft", "INVESTED_IN", "inspur-group", "15.51", "25000000 USD",
         None, None),
        ("china-daily-2014-05-30", "microsoft", "INVESTED_IN", "inspur-group", None, None,
         "2013-12", "disputed"),
        ("china-daily-2014-05-30", "microsoft", "INVESTED_IN", "inspur-international", None, None,
         "2013-12", None),
        ("press-cisco-2016", "inspur-group", "JOINT_VENTURE_WITH", "cisco", None, "100000000 USD",
         None, None),
        ("ieit-ownership", "inspur-group", "OWNS", "ieit", "32-34", None, None, None),
    ):  # fmt: skip
        assert expected in found
    lists = {(r["from"], r["to"]): str(r.get("since", "")) for r in LATER["relation"]
             if r["type"] == "LISTED_ON" and r["source"] == "dod-lists"}  # fmt: skip
    assert lists == {
        ("inspur-group", "us-dod-1237"): "2020", ("tencent", "us-dod-1260h"): "2025-01-07",
        ("alibaba", "us-dod-1260h"): "2026-06-08", ("baidu", "us-dod-1260h"): "2026-06-08",
        ("china-mobile", "us-dod-1260h"): "",
    }  # fmt: skip


# The lists

Rows = dict[str, dict[str, str]]


def read(name: str) -> list[dict[str, str]]:
    path = SHARED / "data" / "csl" / name
    require(path.exists(), f"the list file {name}")
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def newer() -> Rows:
    """Rows of the edition of 2026 by locator."""
    return {f"row {r['row']}": r for r in read("reduced_2026-07-31.csv.gz")}


@pytest.fixture(scope="module")
def older() -> Rows:
    """Rows of the edition of 2022 by locator."""
    found = {}
    for r in read("consolidated_2022-05.csv.gz"):
        number = r["entity_number"]
        found[f"entity {number}" if number else f"entry {r['_id']}"] = r
    return found


def plain(text: str) -> str:
    return " ".join(text.split())


def listings(source: str) -> list[dict[str, Any]]:
    found = [r for r in LISTINGS["relation"] if r["source"] == source]
    assert len(found) > 15
    return found


def superscripts(requirement: str) -> list[int]:
    """Return the footnote digits at the end and after a paragraph that lost its brackets."""
    found = re.findall(r"EAR\)?\.?\s?\)?(\d)\.?$|\)(\d)\.?$", requirement)
    found += re.findall(r"734\.9\(e\)(\d) ", requirement)
    return sorted(int(n) for pair in found for n in pair if n)


def test_listings_of_2026_are_the_lists_words(newer: Rows) -> None:
    for r in listings("csl-2026-07-31"):
        row = newer[r["locator"]]
        assert CODES[r["to"]] in row["source"]
        assert "since" not in r and "until" not in r  # this edition has no dates
        for field, column in (("citation", "federal_register_notice"),
                              ("license_requirement", "license_requirement"),
                              ("license_policy", "license_policy")):  # fmt: skip
            assert plain(r.get(field, "")) == plain(row[column]), f"{r['from']} {field}"
        assert r.get("footnotes", []) == superscripts(plain(row["license_requirement"]))
        assert r.get("programme", "") == row["programs"]


def test_listings_of_2022_are_the_lists_words_and_dates(older: Rows) -> None:
    for r in listings("csl-2022-05"):
        row = older[r["locator"]]
        assert CODES[r["to"]] in row["source"]
        for field, column in (("citation", "federal_register_notice"),
                              ("license_requirement", "license_requirement"),
                              ("license_policy", "license_policy"),
                              ("programme", "programs")):  # fmt: skip
            assert plain(r.get(field, "")) == plain(row[column]), f"{r['from']} {field}"
        if row["start_date"]:
            assert str(r["since"]) == row["start_date"]
        else:
            dates = {label: datetime.strptime(text, "%d %b %Y").date() for text, label in
                     re.findall(r"(\d\d \w{3} \d{4}), ([^;]+)", row["ids"])}  # fmt: skip
            assert r["since"] == dates["Listing Date (CMIC)"]
            assert r["effective"] == dates["Effective Date (CMIC)"]
            assert r["divest_by"] == dates["Purchase/Sales For Divestment Date (CMIC)"]


def countries(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value or ())


def test_names_countries_and_numbers_are_the_lists(newer: Rows, older: Rows) -> None:
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for r in [*LISTINGS["relation"], *LISTINGS["entity"]]:
        if "locator" in r:
            edition = newer if r["source"] == "csl-2026-07-31" else older
            rows[r.get("from", r.get("id"))].append(edition[r["locator"]])
    for e in LISTINGS["entity"]:
        if e["source"] == "company-names-zh":
            assert all(re.search(r"[\u4e00-\u9fff]", n) for n in e["names"])
            continue
        own = rows[e["id"]]
        known = {plain(n) for r in own for n in (r["name"], *r["alt_names"].split(";"))}
        known |= {re.sub(r" \([A-Za-z]+\)$", "", n) for n in known}
        known |= {part for n in known for part in n.split(", a.k.a., ")}
        folded = {n.casefold().rstrip(".") for n in known}
        for name in e.get("names", []):
            assert plain(name).casefold().rstrip(".") in folded, f"{e['id']}: {name}"
        placed = {
            c.casefold()
            for r in own
            for c in (r["countries"].split() if "countries" in r
                      else re.findall(r"\b([A-Z]{2})(?:;|$)", r["addresses"]))
        }  # fmt: skip
        assert countries(e.get("country")) <= placed, e["id"]
        for scheme, value in e["identifiers"].items():
            if scheme in CODES:
                named = {plain(r["name"]) for r in own if CODES[scheme] in r["source"]}
                assert plain(value) in named, f"{e['id']}: {value}"
            elif scheme == "ofac":
                assert value in {r["entity_number"] for r in own}
            else:
                assert scheme == "uscc" and any(value in r.get("ids", "") for r in own)


def test_the_federal_register_listings_agree_with_the_list(newer: Rows) -> None:
    decided = {(e["source"], e["id"]): e["identifiers"]["us-bis-el"] for e in LATER["entity"]
               if "us-bis-el" in e.get("identifiers", {})}  # fmt: skip
    by_name = {r["name"]: r for r in newer.values() if "(EL)" in r["source"]}
    found = [r for r in LATER["relation"] if r["source"].endswith(("-fr-13673", "-fr-14046"))]
    assert len(found) == 8
    for r in found:
        row = by_name[decided[r["source"], r["from"]]]
        if r["source"] == "90-fr-14046":
            assert r["citation"] == row["federal_register_notice"] == "90 FR 14046"
            assert r["license_policy"] == row["license_policy"]
            assert str(r["since"]) == "2025-03-25"
        else:  # the list cites the page within the rule that begins on 13673
            assert row["federal_register_notice"] == "88 FR 13675"
            assert (r["citation"], str(r["since"])) == ("88 FR 13673", "2023-03-02")
            assert "license_policy" not in r  # only the list at hand says it
        assert "footnotes" not in r and "license_requirement" not in r


def test_the_companies_in_and_near_the_case_are_covered(newer: Rows) -> None:
    shipped = {r["locator"] for r in listings("csl-2026-07-31")}
    inspur = {k for k, r in newer.items() if "inspur" in r["name"].casefold()}
    assert len(inspur) == 8 and inspur <= shipped
    for name in ("Loongson Technology", "Higon", "Sugon", "Tianjin Phytium Information Technology",
                 "Huawei Technologies Co., Ltd. (Huawei)",
                 "CHINA MOBILE COMMUNICATIONS GROUP CO., LTD.",
                 "Semiconductor Manufacturing International Corporation (SMIC)"):  # fmt: skip
        cited = {k for k, r in newer.items() if r["name"].casefold() == name.casefold()}
        assert cited & shipped, name


# All of it together, at any time


def test_at_no_edition_a_company_falls_apart_or_loses_its_name(tmp_path: Path) -> None:
    store = Store(tmp_path / "graph")
    load(store, sorted(SHIPPED.glob("*.toml")))
    now = store.open()
    local = {e["id"] for data in (CASE, LATER, LISTINGS) for e in data["entity"]}
    for day in sorted({s.date for s in now.sources.values() if s.date}):
        then = as_known(store, now, day)
        rows = then.rows("entities", range(then.snapshot.entities))
        for row in rows:
            if row["id"] not in then.sources and row["type"] not in ("List", "PublicBody"):
                assert row["id"] in local, f"known {day}: {row['id']}"
                assert row["name"] != row["id"], f"known {day}: {row['id']} has no name"
    assert {r["id"] for r in now.rows("entities", range(now.snapshot.entities))} >= local


def test_known_in_2023_the_stake_was_disputed_already(tmp_path: Path) -> None:
    store = Store(tmp_path / "graph")
    load(store, sorted(SHIPPED.glob("*.toml")))
    for day, expected in (("2023-03", True), ("2014-01", False)):
        then = as_known(store, store.open(), day)
        rows = then.rows("relations", range(then.snapshot.relations))
        stake = ("microsoft", "INVESTED_IN", "inspur-group")
        rows = [r for r in rows if (r["from"], r["type"], r["to"]) == stake]
        assert any(r["contested"] for r in rows) == expected
