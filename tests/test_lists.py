"""The lists of the UK, the EU, the DoD and the DHS: what their cells become."""

from __future__ import annotations

from pathlib import Path

import pytest

import golden
from formats import FEW, read
from nthtier.graph.build import build
from nthtier.graph.errors import InputError
from nthtier.graph.model import Statement
from nthtier.graph.relations import properties
from nthtier.loaders import eu_fsf, transcribed, uk_sanctions
from nthtier.loaders.reader import Options, Reading
from nthtier.loaders.registry import read_paths


def said(found: Reading, subject: str, predicate: str) -> list[str]:
    return [s.object or s.value for s in found.batch.statements
            if s.subject.endswith(subject) and s.predicate == predicate]  # fmt: skip


def relations(found: Reading) -> list[Statement]:
    return [s for s in found.batch.statements if s.object and s.predicate != "LISTED_ON"]


def test_uk_subsidiaries_and_parents_are_relations_without_a_share() -> None:
    (found,) = read("uk_sanctions.csv")
    ties = {(s.subject, s.predicate, s.object) for s in relations(found)}
    assert ("uk-sanctions:RUS9001", "CONTROLS", "uk-sanctions:CHN9002") in ties
    assert ("uk-sanctions#~Quay Group", "CONTROLS", "uk-sanctions:RUS9001") in ties
    assert ("uk-sanctions:RUS9004", "LINKED_TO", "uk-sanctions:RUS9001") in ties
    assert all(s.lo != s.lo for s in relations(found))
    assert found.batch.source.date == "2026-10-08"


def test_uk_numbers_stay_keys_when_names_change(tmp_path: Path) -> None:
    text = (golden.DATA / "uk_sanctions.csv").read_text("utf-8")
    later = tmp_path / "later.csv"
    later.write_text(text.replace("08-Oct-2026", "09-Nov-2026").replace(
        "NORTH PIER HOLDINGS PJSC", "SOUTH PIER HOLDINGS PJSC"), "utf-8")  # fmt: skip
    found = read_paths([golden.DATA / "uk_sanctions.csv", later], options=FEW)
    built = build([r.batch.source for r in found], [s for r in found for s in r.batch.statements])
    keys = [k for keys in built.tables["entities"]["keys"] for k in keys]
    assert keys.count("uk-sanctions:RUS9001") == 1
    names = [n for n in built.tables["names"]["name"] if "PIER HOLDINGS PJSC" in n]
    assert len(names) == 2


def test_uk_rows_of_one_number_must_agree(tmp_path: Path) -> None:
    text = (golden.DATA / "uk_sanctions.csv").read_text("utf-8")
    path = tmp_path / "list.csv"
    path.write_text(text.replace("24/02/2022", "25/02/2022", 1), "utf-8")
    with pytest.raises(InputError, match=r"line 4, Unique ID: rows of one number that disagree"):
        read_paths([path], options=FEW)
    path.write_text(text.replace("24/02/2022", "31/02/2022", 1), "utf-8")
    with pytest.raises(InputError, match=r"line 3, Date Designated: no such date .*31/02/2022"):
        read_paths([path], options=FEW)


def test_the_eu_list_says_the_same_as_csv_and_as_xml() -> None:
    (as_csv,), (as_xml,) = read("eu_fsf.csv"), read("eu_fsf.xml")
    for subject, predicate in (("9101", "name"), ("9101", "country"), ("9101", "id:registration"),
                               ("9101", "LISTED_ON"), ("13999", "name"), ("13999", "type"),
                               ("13999", "fact:citizenship"), ("13999", "id:un-ref")):  # fmt: skip
        key = f"eu-fsf:{subject}"
        assert said(as_csv, key, predicate) == said(as_xml, key, predicate) != []
    assert said(as_xml, "eu-fsf:9101", "weakAlias") == ["Harbour Light"]
    assert as_csv.batch.source.date == as_xml.batch.source.date == "2026-09-01"
    listed = next(s for s in as_xml.batch.statements if s.predicate == "LISTED_ON")
    assert listed.since == "2024-02-23"
    assert properties(listed)["citation"] == "2024/745 (OJ L745)"


def test_a_document_known_to_be_false_is_no_identifier() -> None:
    (found,) = read("eu_fsf.csv")
    assert said(found, "eu-fsf:13999", "id:passport") == []
    assert said(found, "eu-fsf:13999", "fact:identification") == [
        "National passport: K475336 (KnownFalse)"
    ]


def test_lists_published_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    for name in ("eu_fsf.csv", "uk_sanctions.csv", "uflpa.csv", "dod_1260h.csv", "eu_fsf.xml"):
        path = tmp_path / name
        path.write_bytes(b"\xef\xbb\xbf" + (golden.DATA / name).read_bytes())
        plain = read(name)
        assert [len(r.batch.statements) for r in read_paths([path], options=FEW)] == [
            len(r.batch.statements) for r in plain
        ]


def test_the_newest_edition_of_1260h_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribed, "RANGES_DOD", {transcribed.DOD: (1, 99)})
    found = read_paths([golden.DATA / "dod_1260h.csv"], options=Options())
    assert [r.batch.source.date for r in found] == ["2024-01-31", "2025-01-07"]
    assert all(r.batch.source.covers == ("us-dod-1260h",) for r in found)
    built = build([r.batch.source for r in found], [s for r in found for s in r.batch.statements])
    listings = built.tables["listings"]
    terms = {e: (s, u) for e, s, u in zip(listings["entity"], listings["since"],
                                          listings["until"], strict=True)}  # fmt: skip
    by_name = {e.rpartition("-")[0]: term for e, term in terms.items()}
    assert by_name == {
        "harbour-light-computing-co-ltd": ("2024-01-31", ""),
        "north-pier-group": ("2024-01-31", ""),
        "gone-away-ltd": ("2024-01-31", "2025-01-06"),
        "newly-added-co-ltd": ("2025-01-07", ""),
    }


def test_1260h_dates_of_one_edition_are_dates_of_its_entries(tmp_path: Path) -> None:
    text = (golden.DATA / "dod_1260h.csv").read_text("utf-8").splitlines(keepends=True)
    path = tmp_path / "1260h_2025-02-01.csv"
    path.write_text("".join([text[0], text[1], text[3], text[6]]), "utf-8")
    (found,) = read_paths([path], options=FEW)
    assert found.batch.source.date == "2025-02-01"
    days = [s.since for s in found.batch.statements if s.predicate == "LISTED_ON"]
    assert days == ["2024-01-31", "2024-01-31", "2025-01-07"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("A Co., Ltd.", ("A Co., Ltd.", "", [], [])),
        ("A Group (including one alias: B Group)", ("A Group", "", [], ["B Group"])),
        ("A Co. (formerly known as B Co.; and also known as C)", ("A Co.", "", [], ["B Co.", "C"])),
        ("A and its affiliated entities", ("A", "and its affiliated entities", [], [])),
        ("Xinjiang Production and Construction Corps (XPCC) and its subordinate and affiliated "
         "entities", ("Xinjiang Production and Construction Corps (XPCC)",
                      "and its subordinate and affiliated entities", [], [])),
    ],
)  # fmt: skip
def test_names_of_the_uflpa_list(written: str, expected: object) -> None:
    assert transcribed.taken_apart(written) == expected


@pytest.mark.parametrize(
    ("module", "name", "column"),
    [(uk_sanctions, "uk_sanctions.csv", "Parent company"), (eu_fsf, "eu_fsf.csv", "Entity_Remark")],
)
def test_columns_are_named_when_missing_and_may_be_allowed(
    tmp_path: Path, module: object, name: str, column: str
) -> None:
    path = tmp_path / name
    path.write_text((golden.DATA / name).read_text("utf-8").replace(column, "Newly named"), "utf-8")
    with pytest.raises(InputError, match=f"missing: {column}; not known: Newly named"):
        read_paths([path], options=FEW)
    allowed = Options(allow=frozenset({"counts", "columns"}))
    (found,) = read_paths([path], options=allowed)
    assert found.batch.source.allowed == ("columns", "counts")


def test_owned_or_controlled_by_is_control_and_never_a_share() -> None:
    (found,) = read("ofac_advanced.xml")
    ties = {(s.subject, s.predicate, s.object) for s in relations(found)}
    assert ties == {
        ("ofac:81010", "CONTROLS", "ofac:81030"),
        ("ofac:81020", "DIRECTOR_OF", "ofac:81010"),
        ("ofac:81040", "CONTROLS", "ofac:81010"),  # its owner is on no list itself
    }
    assert all(s.lo != s.lo and s.note for s in relations(found))
    assert said(found, "ofac:81020", "fact:formerRelation") == [
        "Acting for or on behalf of: QUAY STAR"
    ]


def test_a_party_may_be_on_two_lists_of_ofac() -> None:
    (found,) = read("ofac_advanced.xml")
    listed = [(s.object, s.since) for s in found.batch.statements
              if s.subject == "ofac:81010" and s.predicate == "LISTED_ON"]  # fmt: skip
    assert listed == [("us-ofac-sdn", "2024-03-05"), ("us-ofac-ns-cmic", "2021-06-03")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('To-ProfileID="81010"', 'To-ProfileID="5"', "To-ProfileID: no such party"),
        ('FixedRef="81020"><Profile ID="81020"', 'FixedRef="81010"><Profile ID="81010"',
         "party 81010, FixedRef: a party twice"),
        ("<Month>3</Month><Day>5</Day>", "<Month>2</Month><Day>30</Day>", r"no such date .*02-30"),
        ('ListID="1550"', 'ListID="7"', "SanctionsEntry 1, ListID: no such list .found '7'"),
        ('PartySubTypeID="4"', 'PartySubTypeID="99"', "an unknown kind of party"),
    ],
)  # fmt: skip
def test_what_ofacs_file_may_not_say(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (golden.DATA / "ofac_advanced.xml").read_text("utf-8")
    assert old in text
    path = tmp_path / "sdn_advanced.xml"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InputError, match=message):
        read_paths([path], options=FEW)
