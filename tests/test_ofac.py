"""OFAC's legacy four-file CSV: the real set against Python's own CSV reader."""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import golden
import lists
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.graph.relations import properties
from nthtier.loaders.reader import Options
from nthtier.loaders.registry import read_paths
from support import require

ROLES = ("prim", "alt", "add", "comments")
FIXTURE = [golden.DATA / "ofac" / f"cons_{role}.csv" for role in ROLES]
ALLOW = Options(allow=frozenset({"counts"}), known="2024-03")


def raw_rows(role: str) -> list[list[str]]:
    path = lists.OFAC[ROLES.index(role)]
    require(path.exists(), path.name)
    with path.open(encoding="utf-8", newline="") as file:
        return [r for r in csv.reader(file) if len(r) > 1]


def shown(text: str) -> str:
    return "" if text.strip() == "-0-" else text.strip()


def test_counts_and_columns() -> None:
    found = lists.reading(*lists.OFAC)
    assert found.counts == {
        "us-ofac-ssi": 286, "us-ofac-plc": 78, "us-ofac-ns-cmic": 68, "us-ofac-mbs": 9,
        "us-ofac-capta": 1,
    }  # fmt: skip
    assert found.batch.source.records == len(raw_rows("prim")) == 442
    assert found.audit.unused == {"alt_num": 1_073, "add_num": 574}  # running numbers, no more
    statements = found.batch.statements
    assert sum(s.predicate == "LISTED_ON" for s in statements) == 442
    former = [s for s in statements if s.predicate == "fact:formerName"]
    assert len(former) == sum(r[2] == "fka" for r in raw_rows("alt")) == 141


def test_random_entries_say_what_their_rows_say() -> None:
    groups = lists.by_locator(lists.reading(*lists.OFAC))
    companions: dict[str, dict[str, list[list[str]]]] = {
        role: defaultdict(list) for role in ROLES[1:]
    }
    for role, by_number in companions.items():
        for row in raw_rows(role):
            by_number[row[0]].append(row)
    for row in random.Random(68).sample(raw_rows("prim"), 200):
        number, name, kind, programmes, title, *_ = row
        said = groups[f"entity {number}"]
        more = "".join(r[1] for r in companions["comments"][number])
        remarks = (row[11] if shown(row[11]) else "") + more

        def values(predicate: str, said: list[Statement] = said) -> list[str]:
            return [s.value for s in said if s.predicate == predicate]

        assert [s.raw or s.value for s in said if s.predicate == "name"] == [name]
        assert values("id:ofac") == [number]
        assert values("type") == [{"individual": "Person"}.get(kind, "Organization")]
        assert values("fact:title") == ([title] if shown(title) else [])
        aliases = [r[3] for r in companions["alt"][number]]
        assert values("alias") == list(dict.fromkeys(aliases))
        addresses = [", ".join(t for f in r[2:5] if (t := shown(f)))
                     for r in companions["add"][number]]  # fmt: skip
        assert values("address") == list(dict.fromkeys(a for a in addresses if a))
        assert len(values("country")) <= len(companions["add"][number])
        (listed,) = [s for s in said if s.predicate == "LISTED_ON"]
        assert properties(listed).get("programmes") == programmes.split("] [")
        assert values("weakAlias") == re.findall(r"[af]\.k\.a\. '(.+?)'(?=;|\.$)", remarks)
        links = [s.raw for s in said if s.predicate == "LINKED_TO"]
        assert links == re.findall(r"Linked To: ([^;]+?)\.?(?=;|$)", remarks)
        kept = [s.value for s in said] + [s.raw for s in said]
        for piece in remarks.removesuffix(".").split("; "):
            value = piece.strip().removeprefix("alt. ").removesuffix(".")
            assert _kept(value, kept) or ".k.a. '" in value or "Linked To:" in value \
                or re.search(r"Date \(.*\) \d\d \w{3} \d{4}$", value) \
                or (re.search(r"Date \(.*\): \d\d", value) and listed.since), piece  # fmt: skip


def _kept(value: str, kept: list[str]) -> bool:
    return value in kept or any(value.endswith(k) and len(k) > 2 for k in kept)


def test_the_68_of_the_cmic_list_have_dates_and_codes() -> None:
    found = lists.reading(*lists.OFAC)
    cmic = [s for s in found.batch.statements if s.object == "us-ofac-ns-cmic"]
    assert len(cmic) == 68
    remarks = {r[0]: r[11] for r in raw_rows("prim")}
    for row in raw_rows("comments"):
        remarks[row[0]] += row[1]
    for s in cmic:
        text = remarks[s.subject.removeprefix("ofac:")]
        props = properties(s)
        for day, label in ((s.since, "Listing Date"), (props["effective"], "Effective Date"),
                           (props["divest_by"], "Purchase/Sales For Divestment Date")):  # fmt: skip
            assert re.fullmatch(r"20\d\d-\d\d-\d\d", day)
            assert f"{label} (CMIC) {int(day[8:]):02d} " in text
            assert f" {day[:4]}" in text.partition(f"{label} (CMIC)")[2][:12]
        assert s.since < props["effective"] < props["divest_by"]
    subjects = {s.subject for s in cmic}
    schemes = Counter(s.predicate for s in found.batch.statements if s.subject in subjects)
    texts = [remarks[x.removeprefix("ofac:")] for x in subjects]
    for predicate, label in (("isin", "ISIN "), ("ticker", "Equity Ticker "),
                             ("uscc", "Unified Social Credit Code (USCC) ")):  # fmt: skip
        said = sum(len(set(re.findall(f"{re.escape(label)}([^;]+)", t))) for t in texts)
        assert schemes[f"id:{predicate}"] + schemes[f"fact:{predicate}"] == said > 50


def test_remarks_that_go_on_in_the_comments_are_whole() -> None:
    found = lists.reading(*lists.OFAC)
    by_key = defaultdict(list)
    for s in found.batch.statements:
        by_key[s.subject].append(s)
    for number, rest in ((r[0], r[1]) for r in raw_rows("comments")):
        first = next(r[11] for r in raw_rows("prim") if r[0] == number)
        last_piece = first.rpartition("; ")[2].removeprefix("alt. ")
        joined = (last_piece + rest.partition("; ")[0]).rstrip(".")
        said = by_key[f"ofac:{number}"]
        dated = next((s.since for s in said if s.predicate == "LISTED_ON" and s.since), "")
        assert any(
            joined.endswith(x) or x.startswith(joined[:60])
            for s in said for x in (s.value, s.raw) if len(x) > 5
        ) or (dated and "Date (" in joined)  # fmt: skip


def test_directive_dates_belong_to_the_list_of_the_directive() -> None:
    (found,) = read_paths(FIXTURE, options=ALLOW)
    listed = {s.subject: s for s in found.batch.statements if s.predicate == "LISTED_ON"}
    assert listed["ofac:80003"].object == "us-ofac-mbs"
    assert listed["ofac:80003"].since == "2022-02-24"
    assert properties(listed["ofac:80003"])["effective"] == "2022-03-26"


def test_golden() -> None:
    golden.check("ofac", read_paths(FIXTURE, options=ALLOW))


@pytest.mark.parametrize("missing", ROLES)
def test_a_set_that_is_not_whole_is_refused(missing: str) -> None:
    with pytest.raises(InputError, match="the set is not whole"):
        read_paths([p for p in FIXTURE if missing not in p.name], options=ALLOW)


@pytest.mark.parametrize(
    ("role", "old", "new", "message"),
    [
        ("prim", b"80002,", b"80001,", r"cons_prim.csv, line 2, ent_num: a number twice"),
        ("prim", b'"individual"', b'"spirit"', r"cons_prim.csv, line 2, SDN_Type: an unknown kind"),
        ("prim", b'"PIERSON, Bertil"', b'""', r"cons_prim.csv, line 2, SDN_Name: an entry without"),
        ("prim", b'"Director",', b"", r"cons_prim.csv, line 2: a row with another number of field"),
        ("alt", b"80003", b"89999", r"cons_alt.csv, line 2, ent_num: no entry of that number"),
        ("add", b"80002", b"8x", r"cons_add.csv, line 2, ent_num: not a number"),
        ("comments", b"\x1a", b"", r"cons_comments.csv: the end mark is missing"),
    ],
)
def test_a_wrong_row_names_file_line_and_field(
    tmp_path: Path, role: str, old: bytes, new: bytes, message: str
) -> None:
    paths = [Path(shutil.copy(p, tmp_path)) for p in FIXTURE]
    target = paths[ROLES.index(role)]
    data = target.read_bytes()
    assert old in data
    target.write_bytes(data.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        read_paths(paths, options=ALLOW)
