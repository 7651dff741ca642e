"""From statements to relations and listings: what agrees, what contradicts, what has ended."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from nthtier.graph.build import build
from nthtier.graph.model import COUNTRY, NAME, Source, Statement, statement
from nthtier.graph.relations import Claim, gather
from nthtier.loaders.registry import read_paths
from support import require
from test_facts import read
from test_identity_lists import CSL, EDITIONS, spelt

OLD = Source("old", "list", "Old edition", date="2022-05", covers=("us-bis-el",))
NEW = Source("new", "list", "New edition", date="2026-07-31", covers=("us-bis-el",))
DOC = Source("doc", "doc", "Document", date="2023")


def say(subject: str, predicate: str, source: str = "doc", **more: object) -> Statement:
    return statement(subject, predicate, source=source, locator="1", **more)  # type: ignore[arg-type]


def claims(*statements: Statement, sources: tuple[Source, ...] = (OLD, NEW, DOC)) -> list[Claim]:
    keys = {k for s in statements for k in (s.subject, s.object) if k}
    found = gather(statements, {k: k for k in keys}, sources)
    return sorted(found, key=lambda c: (c.start, c.since, c.until))


def listing(subject: str, source: str, since: str = "", **more: object) -> Statement:
    return say(subject, "LISTED_ON", source, object="us-bis-el", since=since, **more)


def test_equal_claims_are_one_relation_and_others_stay_apart() -> None:
    found = claims(
        say("a", "SUPPLIES", object="b", since="2005"),
        say("a", "SUPPLIES", "old", object="b", since="2005"),
        say("a", "SUPPLIES", object="b", since="2006"),
        say("b", "SUPPLIES", object="a", since="2005"),
    )
    assert [(c.start, c.since, len(c.statements)) for c in found] == [
        ("a", "2005", 2), ("a", "2006", 1), ("b", "2005", 1),
    ]  # fmt: skip
    assert len({c.id for c in found}) == 3


@pytest.mark.parametrize(
    ("since", "until", "ended", "contested"),
    [
        ("2005", "", "2013-12", True),  # one says it ended, one that it lasts
        ("2005", "2013-12", "2013-12", False),  # both say the same
        ("2014", "", "2013-12", False),  # a new stake after the old one
        ("2013", "", "2013", False),  # one follows the other within a year
        ("2013-11", "", "2013-12", True),
        ("2005", "2010", "2013-12", False),  # the later end is the one in dispute, see below
    ],
)
def test_a_claim_is_contested_where_another_says_it_had_ended(
    since: str, until: str, ended: str, contested: bool
) -> None:
    found = claims(
        say("a", "INVESTED_IN", object="b", since=since, until=until),
        say("a", "INVESTED_IN", "old", object="b", until=ended, basis="disputed"),
    )
    first = next(c for c in found if c.since == since)
    assert first.contested == contested and (first.basis == "disputed") == contested
    if until == "2010":
        assert next(c for c in found if c.until == ended).contested


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"share": (100 / 3, 100 / 3)}, {"share": (33.3333, 33.3333)}),  # the same in six digits
        ({"share": (50.0, 51.0)}, {"share": (50.0, 51.0000001)}),
        ({"share": (51.0, 51.0)}, {"share": (51.0, 51.0), "basis": "inferred"}),
    ],
)
def test_different_claims_have_different_ids(one: dict[str, Any], other: dict[str, Any]) -> None:
    ended = say("a", "OWNS", "old", object="b", until="2013")
    said = [say("a", "OWNS", object="b", since="2005", **more) for more in (one, other)]
    assert len({s.id for s in said}) == 2
    for others in ([], [ended]):  # with it, both are disputed
        found = [c for c in claims(*said, *others) if c.since]
        assert [c.contested for c in found] == [bool(others)] * 2
        assert len({c.id for c in found}) == 2
    relations = build([OLD, DOC], [*said, ended]).tables["relations"]
    assert len(set(relations["id"])) == 3 and relations["basis"].count("disputed") == 2


def test_a_dispute_changes_no_id() -> None:
    said = say("a", "INVESTED_IN", object="b", since="2005")
    (alone,) = claims(said)
    disputed = claims(said, say("a", "INVESTED_IN", "old", object="b", until="2013"))[-1]
    assert disputed.basis == "disputed" and disputed.id == alone.id


def test_vague_dates_support_the_precise_one() -> None:
    found = claims(listing("a", "doc"), listing("a", "old", "2023-03-02"),
                   say("a", "LISTED_ON", object="us-bis-el", since="2023", basis="inferred"),
                   sources=(DOC,))  # fmt: skip
    (one,) = found
    assert (one.since, one.basis, len(one.statements)) == ("2023-03-02", "stated", 3)
    two = claims(listing("a", "doc", "2019-01-01"), listing("a", "old", "2023-03-02"),
                 sources=(DOC,))  # fmt: skip
    assert [c.since for c in two] == ["2019-01-01", "2023-03-02"]


def test_a_listing_ends_when_a_whole_edition_lacks_it() -> None:
    names = [say("a", NAME, value="Alpha Co., Ltd."), say("b", NAME, value="Beta Co., Ltd.")]
    a, b = claims(*names, listing("a", "old", "2019-01-01"), listing("b", "old"),
                  listing("b", "new"))  # fmt: skip
    assert (a.until, b.until) == ("2026-07-30", "") and a.basis == "inferred"
    assert "no longer in the edition new; the day it left is not known" in a.note
    stated = claims(*names, listing("a", "old", "2019-01-01", until="2021"), listing("b", "new"))
    assert stated[0].until == "2021"
    partial = Source("new", "list", "Part of the list", date="2026-07-31")
    kept = claims(*names, listing("a", "old"), listing("b", "new"), sources=(OLD, partial))
    assert [c.until for c in kept] == ["", ""]


def test_a_name_that_is_still_on_the_list_is_not_said_to_have_left() -> None:
    names = [say("a1", NAME, value="Ali Reza"), say("a2", NAME, value="ALI REZA")]
    old, new = claims(*names, listing("a1", "old", "2019-01-01"), listing("a2", "new"))
    assert (new.until, old.until) == ("", "") and "not known" in (old.note + new.note)


def test_an_undated_listing_begins_no_earlier_than_its_list() -> None:
    said = [
        say("doc#a", NAME, value="Alpha Co., Ltd."),
        say("doc#a", COUNTRY, value="cn"),
        say("doc#a", "LISTED_ON", object="us-dod-1260h"),
        say("doc#a", "LISTED_ON", object="us-bis-el"),
    ]
    relations = build([DOC], said).tables["relations"]
    begins = dict(zip(relations["to"], relations["since_day"], strict=True))
    assert begins["us-dod-1260h"] == 18781  # 2021-06-03
    assert begins["us-bis-el"] == -(2**31)
    assert set(relations["since"]) == {""}  # the date itself stays unknown


@pytest.mark.slow
def test_nothing_of_the_real_list_is_delisted_while_its_name_is_on_it() -> None:
    paths = [CSL / name for name in EDITIONS.values()]
    require(all(p.exists() for p in paths), "real list files")
    readings = read_paths(paths)
    statements = [s for r in readings for s in r.batch.statements]
    built = build([r.batch.source for r in readings], statements).tables
    entity = {k: e for e, keys in zip(built["entities"]["id"], built["entities"]["keys"],
                                      strict=True) for k in keys}  # fmt: skip
    until: dict[str, list[str]] = defaultdict(list)
    for who, on, end in zip(built["listings"]["entity"], built["listings"]["list"],
                            built["listings"]["until"], strict=True):  # fmt: skip
        if on == "us-bis-el":
            until[who].append(end)
    keys: dict[str, set[str]] = defaultdict(set)
    for s in statements:
        if s.predicate == "LISTED_ON" and s.source == "us-csl@2022-05":
            keys[s.locator].add(s.subject)
    still = {spelt(r) for r in read(EDITIONS["csl-reduced"]) if "(EL)" in r["source"]}
    wrong, open_, ended = [], 0, 0
    for r in read(EDITIONS["csl"]):
        if "(EL)" not in r["source"]:
            continue
        for key in keys[f"entry {r['_id']}"]:
            left = all(until[entity[key]])
            open_ += not left
            ended += left
            if left and spelt(r) in still:
                wrong.append(r["name"])
    assert wrong == [] and open_ > 1800 and ended > 30


def test_licence_terms_are_those_of_the_newest_edition() -> None:
    def say(source: str, policy: str) -> Statement:
        return statement("x#a", "LISTED_ON", object="us-bis-el", source=source, locator="1",
                         props={"license_policy": policy})  # fmt: skip

    sources = [
        Source("old", "old", "Old", date="2022-05"), Source("new", "new", "New", date="2026"),
        Source("undated", "undated", "Undated"),
    ]  # fmt: skip
    said = [say("undated", "C"), say("new", "Presumption of denial"), say("old", "Case-by-case")]
    built = build(sources, said)
    assert built.tables["listings"]["license_policy"] == ["Presumption of denial"]
    assert built.tables["listings"]["policy"] == ["presumption_of_denial"]
