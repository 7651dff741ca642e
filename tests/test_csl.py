"""The Consolidated Screening List: the real editions against Python's own CSV reader."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

import lists
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.graph.policy import POLICIES, review_policy
from nthtier.graph.relations import properties
from nthtier.loaders.entries import Entry, footnotes
from nthtier.loaders.registry import read_paths

COUNTS_2022 = {
    "us-ofac-sdn": 10_026, "us-bis-el": 2_001, "us-state-dtc": 727, "us-bis-dpl": 462,
    "us-ofac-ssi": 290, "us-bis-uvl": 201, "us-state-isn": 163, "us-ofac-plc": 78,
    "us-bis-meu": 71, "us-ofac-ns-cmic": 68, "us-ofac-capta": 53, "us-ofac-mbs": 17,
    "us-ofac-fse": 3,
}  # fmt: skip
COUNTS_2026 = {
    "us-ofac-sdn": 19_181, "us-bis-el": 3_420, "us-bis-dpl": 1_596, "us-state-dtc": 787,
    "us-ofac-ssi": 286, "us-bis-uvl": 222, "us-state-isn": 161, "us-ofac-plc": 78,
    "us-bis-meu": 70, "us-ofac-ns-cmic": 68, "us-ofac-mbs": 51, "us-ofac-capta": 1,
}  # fmt: skip
#: Columns whose values become statements as they are, and how they are split.
FACTS = {
    "title": "title", "standard_order": "standardOrder", "call_sign": "callSign",
    "vessel_type": "vesselType", "gross_tonnage": "grossTonnage", "vessel_flag": "vesselFlag",
    "gross_registered_tonnage": "grossRegisteredTonnage", "vessel_owner": "vesselOwner",
    "citizenships": "citizenship", "dates_of_birth": "birthDate", "nationalities": "nationality",
    "places_of_birth": "birthPlace",
}  # fmt: skip


def values(found: list[Statement], predicate: str) -> list[str]:
    return [s.value for s in found if s.predicate == predicate]


@pytest.mark.parametrize(
    ("path", "expected", "unused"),
    [
        (lists.FULL, COUNTS_2022, {"source_list_url", "source_information_url"}),
        (lists.REDUCED, COUNTS_2026, {"source_list_url"}),
    ],
)
def test_counts_and_columns(path: Path, expected: dict[str, int], unused: set[str]) -> None:
    found = lists.reading(path)
    assert found.counts == expected
    assert found.batch.source.records == sum(expected.values())
    assert found.batch.source.covers == tuple(sorted(expected))
    assert set(found.audit.unused) == unused  # every other column was taken
    rows = lists.dicts(path)
    for column in unused:
        assert found.audit.unused[column] == sum(1 for r in rows if r[column])
    ends = [s for s in found.batch.statements if s.predicate == "LISTED_ON"]
    doubled = 1 if path == lists.FULL else 0  # 15268 is twice on the CAPTA list
    assert len({s.id for s in ends}) == sum(expected.values()) - doubled


def test_the_sample_of_2025_needs_the_counts_gate_open() -> None:
    found = lists.reading(lists.SAMPLE, allow=frozenset({"counts"}))
    assert sum(found.counts.values()) == 13
    assert found.batch.source.covers == ()
    assert found.batch.source.allowed == ("counts",)
    with pytest.raises(InputError, match="record count"):
        read_paths([lists.SAMPLE])


def test_linked_to_becomes_relations() -> None:
    found = lists.reading(lists.FULL)
    rows = lists.dicts(lists.FULL)
    remarks = [r["remarks"] for r in rows if "Linked To:" in r["remarks"]]
    assert len(remarks) == 3_775
    links = [s for s in found.batch.statements if s.predicate == "LINKED_TO"]
    mentions = {s.subject: s.value for s in found.batch.statements if s.predicate == "mention"}
    expected = Counter(
        (f"entry {r['_id']}", name)
        for r in rows
        for part in r["remarks"].removesuffix(")").split("; ")
        if "Linked To:" in part
        for name in [part.partition("Linked To:")[2].strip()]
    )
    assert sum(expected.values()) == sum(t.count("Linked To:") for t in remarks) == 4_346
    assert Counter((s.locator, s.raw) for s in links) == expected
    names = {s.subject for s in found.batch.statements if s.predicate == "name"}
    assert all(s.object in names or mentions[s.object] == s.raw for s in links)
    resolved = sum(s.object in names for s in links)
    assert resolved > 0.9 * len(links)  # nearly all are entries of the same edition
    assert not any("Linked To" in s.value for s in found.batch.statements)


@pytest.mark.parametrize(("path", "count"), [(lists.FULL, 23), (lists.REDUCED, 22)])
def test_affiliated_entities_point_to_the_company_they_are_listed_under(
    path: Path, count: int
) -> None:
    found = lists.reading(path)
    rows = [r for r in lists.dicts(path) if re.search(r"Affiliated Entit", r["name"])]
    relations = [s for s in found.batch.statements if s.predicate == "AFFILIATED_WITH"]
    assert len(rows) == len(relations) == count
    named = {s.subject: s.value for s in found.batch.statements if s.predicate == "name"}
    for row, s in zip(rows, relations, strict=True):
        head, _, name = re.split(r"\.\s+(Affiliated Entity):\s+", row["name"])
        assert named[s.subject].split(" (")[0] == name.split(" (")[0]
        assert named[s.object] == head.partition(" (")[0]


def test_footnotes_of_2026() -> None:
    found = lists.reading(lists.REDUCED)
    counts = Counter(
        n
        for s in found.batch.statements
        if s.predicate == "LISTED_ON"
        for n in properties(s).get("footnotes", ())
    )
    # 95 carry the digit 4; one more cites (e)(2) without it
    assert counts == {1: 156, 2: 156, 3: 771, 4: 96, 5: 16}
    texts = [r["license_requirement"] for r in lists.dicts(lists.REDUCED)]
    cited = {3: r"734\.9\(g\)", 5: r"734\.9\(e\)\(3\)", 1: r"734\.9\(e\) ?1\b"}
    for number, pattern in cited.items():
        assert sum(bool(re.search(pattern, t)) for t in texts) == counts[number]
    assert sum(bool(re.search(r"EAR\) ?4\.?$", t)) for t in texts) == 95


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(See §§ 734.9(g),3 746.8(a)(3), and 744.21(b) of the EAR.)", [3]),
        ("For all items subject to the EAR, see §§ 734.9(e)1 and 744.11 of the EAR2", [1, 2]),
        ("see §§ 736.2(b)(3)(vi), and 744.11 of the EAR, EXCEPT for (see §772.1).", [1]),
        ("(See §734.9(e)(2), and §744.11 of the EAR)4.", [4]),
        ("(See §734.4(a)(9), 734.9(e)(3) and 744.11 of the EAR)5", [5]),
        ("pursuant to General License No. 11 of December 20, 2016. E.O. 13685.", []),
        ("listed in supplement no. 2 to part 744.", []),
        ("(See §734.9(e) and §744.11 of the EAR)", []),
    ],
)
def test_footnotes_of_a_requirement(text: str, expected: list[int]) -> None:
    assert footnotes(text) == expected


def test_huawei_had_footnote_1_in_2022() -> None:
    found = lists.reading(lists.FULL)
    assert sum(1 in properties(s).get("footnotes", ()) for s in found.batch.statements) == 157


def test_review_policies_of_every_real_wording() -> None:
    texts = {r["license_policy"] for p in (lists.FULL, lists.REDUCED) for r in lists.dicts(p)}
    assert len({r["license_policy"] for r in lists.dicts(lists.REDUCED)} - {""}) == 78
    assert review_policy("") == ""
    marks = {
        "policy_of_denial": r"policy of denial",
        "presumption_of_denial": r"presumption (of|for) denial",
        "case_by_case": r"cas[ea][- ]by[- ]case",
        "presumption_of_approval": r"presumption of +approval",
    }
    assert tuple(marks) == POLICIES
    for text in texts - {""}:
        said = [p for p, mark in marks.items() if re.search(mark, text, re.IGNORECASE)]
        expected = "mixed" if len(said) > 1 else said[0] if said else "by_reference"
        assert review_policy(text) == expected, text
    kept = {
        properties(s).get("license_policy", "")
        for p in (lists.FULL, lists.REDUCED)
        for s in lists.reading(p).batch.statements
        if s.predicate == "LISTED_ON"
    }
    assert kept == texts  # the words themselves stay


def test_the_cmic_dates_and_codes() -> None:
    found = lists.reading(lists.FULL)
    groups = lists.by_locator(found)
    rows = [r for r in lists.dicts(lists.FULL) if "(CMIC)" in r["source"]]
    assert len(rows) == 68
    months = {m: i for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())}

    def day(row: dict[str, str], label: str) -> str:
        text = re.search(rf"(\d\d) (\w{{3}}) (\d{{4}}), {re.escape(label)} \(CMIC\)", row["ids"])
        return f"{text[3]}-{months[text[2]] + 1:02d}-{text[1]}" if text else ""

    codes: Counter[str] = Counter()
    for row in rows:
        said = groups[f"entry {row['_id']}"]
        (listed,) = [s for s in said if s.object == "us-ofac-ns-cmic"]
        assert listed.since == day(row, "Listing Date") != ""
        props = properties(listed)
        assert props["effective"] == day(row, "Effective Date") > listed.since
        assert props["divest_by"] == day(row, "Purchase/Sales For Divestment Date")
        for label, scheme in (("ISIN", "isin"), ("Equity Ticker", "ticker"),
                              (r"Unified Social Credit Code \(USCC\)", "uscc")):  # fmt: skip
            wanted = re.findall(rf"(?:CN, )?([^;,]+), {label}(?=;|$)", row["ids"])
            kept = values(said, f"id:{scheme}") + values(said, f"fact:{scheme}")
            assert {w.strip() for w in wanted} == set(kept), row["name"]
            codes[scheme] += len(kept)
    assert codes == {"uscc": 58, "isin": 163, "ticker": 69}


@pytest.mark.parametrize("path", [lists.FULL, lists.REDUCED])
def test_random_rows_say_what_their_columns_say(path: Path) -> None:
    groups = lists.by_locator(lists.reading(path))
    rows = lists.dicts(path)
    uses = Counter(r.get("_id", r.get("row")) for r in rows)
    plain = [
        r for r in rows
        if uses[r.get("_id", r.get("row"))] == 1
        and not re.search(r"\b[af]\.?k\.?a\b|successor|Affiliated|Address \d", str(r), re.I)
    ]  # fmt: skip
    for row in random.Random(26).sample(plain, 1_000):
        where = f"entry {row['_id']}" if "_id" in row else f"row {row['row']}"
        said = [s for s in groups[where] if s.predicate != "mention"]
        (key,) = {s.subject for s in said}
        _check_names(row, said)
        assert values(said, "address") == list(dict.fromkeys(lists.split(row.get("addresses", ""))))
        assert values(said, "id:ofac") == ([row["entity_number"]] if row["entity_number"] else [])
        kinds = {"Individual": "Person", "Entity": "Organization", "Vessel": "Vessel",
                 "Aircraft": "Airplane", "": None}  # fmt: skip
        assert next(iter(values(said, "type")), None) == kinds[row["type"]]
        (listed,) = [s for s in said if s.predicate == "LISTED_ON"]
        assert key.startswith("ofac:" if row["entity_number"] else listed.object)
        props = properties(listed)
        assert props.get("programmes", []) == lists.split(row["programs"])
        assert props.get("citation", "") == row["federal_register_notice"]
        assert props.get("license_requirement", "") == row["license_requirement"]
        assert props.get("license_policy", "") == row["license_policy"]
        if row.get("start_date"):
            assert listed.since == row["start_date"]
        assert listed.until == row.get("end_date", "")
        for column, word in FACTS.items():
            expected = list(dict.fromkeys(lists.split(row.get(column, ""))))
            assert [v for v in values(said, f"fact:{word}") if v in expected] == expected
        kept = [s.value for s in said] + [s.raw for s in said] + list(map(str, props.values()))
        for part in lists.split(row.get("ids", "")):
            assert _is_kept(part, kept, listed), (row["_id"], part)


def _check_names(row: dict[str, str], said: list[Statement]) -> None:
    (name,) = [s for s in said if s.predicate == "name"]
    whole = " ".join(row["name"].split()).strip(" ,;")
    short = re.fullmatch(r"(.+?) ?\((\w+)\)\.?", whole)
    assert name.value == whole or (short and name.value == short[1].rstrip())
    given = {" ".join(a.removeprefix("and ").split()) for a in lists.split(row["alt_names"])}
    wanted = {a.strip(" ,;").rstrip(")]") for a in given if a.strip(" ,;") != name.value}
    if name.value != whole and short:
        wanted.add(short[2])
    assert {a.rstrip(")]") for a in values(said, "alias")} == wanted


def _is_kept(part: str, kept: list[str], listed: Statement) -> bool:
    if part in kept:
        return True  # an identifier with its raw words
    tokens = [t for t in part.split(", ") if t and not re.fullmatch("[A-Z]{2}", t)]
    if re.match(r"\d\d \w{3} \d{4}$", tokens[0]) and listed.since:
        return True  # a date of the listing, checked by the CMIC test
    value = ", ".join(tokens[:-1])
    return value in kept or re.sub(r"^IMO ", "", value) in kept


def test_identifiers_are_numbers_without_the_dates_beside_them() -> None:
    found = lists.reading(lists.FULL)
    odd = [
        s.value for s in found.batch.statements
        if s.predicate.startswith("id:") and re.search(r"\b\d{4}-\d{2}-\d{2}\b(?!-)", s.value)
    ]  # fmt: skip
    assert odd == []
    groups = lists.by_locator(found)
    row = next(r for r in lists.dicts(lists.FULL) if "2014-08-30, 2009-08-31, K475336" in r["ids"])
    assert "K475336" in values(groups[f"entry {row['_id']}"], "id:passport")


@pytest.mark.parametrize(
    ("name", "kept", "aliases"),
    [
        ("Poly Technologies Incorporated (PTI), and its sub-units and successors",
         "Poly Technologies Incorporated", ["PTI"]),
        ("Sinobright Company; and any successor, sub-unit, or subsidiary thereof",
         "Sinobright Company", []),
        ("Universal Limited [aka General Limited, aka Tiger Force] (Hong Kong Entity), and its "
         "sub-units and successors", "Universal Limited (Hong Kong Entity)",
         ["General Limited", "Tiger Force"]),
        ("Mexpar, Inc. (a.k.a. Pasadena Aerospace; Aviation Logistics)", "Mexpar, Inc.",
         ["Pasadena Aerospace", "Aviation Logistics"]),
        ("Ri Sung Chol (aka Ri Su'ng-ch'o'l) (DPRK individual)", "Ri Sung Chol (DPRK individual)",
         ["Ri Su'ng-ch'o'l"]),
        ("AKA INTEGRAL SERVICES, S. DE R.L.", "AKA INTEGRAL SERVICES, S. DE R.L.", []),
    ],
)  # fmt: skip
def test_names_taken_apart(name: str, kept: str, aliases: list[str]) -> None:
    entry = Entry("us-bis-el", "row 1", name)
    entry.add_names(name, ())
    assert (entry.name, [a for a, _ in entry.aliases]) == (kept, aliases)
    assert entry.raw_name == name


def test_names_have_whole_brackets() -> None:
    for path in (lists.FULL, lists.REDUCED):
        for s in lists.reading(path).batch.statements:
            if s.predicate in ("name", "alias"):
                assert s.value == s.value.strip()
                assert s.value.count(")") <= s.value.count("("), s
                assert not re.search(r"[\[(]$|\[aka", s.value), s


def test_addresses_that_are_entries_are_marked() -> None:
    found = lists.reading(lists.REDUCED)
    marked = [s for s in found.batch.statements if s.predicate == "fact:entryKind"]
    assert {s.value for s in marked} == {"address"}
    assert len(marked) == 19
