"""Two editions compared: entries, relations, identities, and the cause of each difference."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editions import DOC, EL, NEW, OLD, Editing, company, entry, tie, told
from nthtier.graph.identity import Identity, resolve
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.version import Version
from nthtier.queries.editions import Editions


@pytest.fixture
def graph(tmp_path: Path) -> Editing:
    return Editing(tmp_path / "graph")


def compared(a: Version, b: Version, list_id: str = "") -> Editions:
    found = Editions(a, b, list_id)
    json.dumps(found.result(), allow_nan=False)
    return found


def test_entries_come_go_and_change_by_the_list(graph: Editing) -> None:
    a = graph.alone(
        OLD, entry("Alpha Co., Ltd.", since="2019-05-21", citation="84 F.R. 22961, 5/21/19"),
        entry("Beta Co., Ltd."),
        entry("Gamma Co., Ltd.", license_policy="Case-by-case", said=[("address", "1 Pier Road")]),
    )  # fmt: skip
    b = graph.alone(
        NEW, entry("Alpha Co., Ltd.", NEW, since="2019-05-21", citation="84 FR 22961"),
        entry("Delta Co., Ltd.", NEW, since="2023-03-02"),
        entry("Gamma Co., Ltd.", NEW, license_policy="Presumption of denial",
              said=[("address", "2 Pier Road"), ("alias", "Gamma Works"), ("id:lei", "X")]),
    )  # fmt: skip
    found = compared(a, b)
    assert told(found) == [
        ("added", "Delta Co., Ltd.", EL, (), "list"),
        ("removed", "Beta Co., Ltd.", EL, (), "list"),
        ("changed", "Gamma Co., Ltd.", EL, ("license_policy",), "list"),
        ("changed", "Gamma Co., Ltd.", None, ("address", "aliases", "id:lei"), "list"),
    ]
    added, removed, changed, about = found.entries
    assert added["after"] == {"since": ["2023-03-02"]} and added["before"] is None
    assert (
        removed["after"] is None
        and removed["why"] == "el@2022 (2022-05-01) -> el@2026 (2026-07-31)"
    )
    assert changed["fields"]["license_policy"]["before"] == ["Case-by-case"]
    assert changed["fields"]["license_policy"]["after"] == ["Presumption of denial"]
    assert about["fields"]["address"] == {
        "before": ["1 Pier Road"], "after": ["2 Pier Road"], "cause": "list",
        "why": "el@2022 (2022-05-01) -> el@2026 (2026-07-31)",
    }  # fmt: skip
    summary = found.result()["summary"]
    assert summary["entries"] == {"added": 1, "removed": 1, "changed": 2}
    assert summary["lists"] == {EL: {"added": 1, "removed": 1, "changed": 2}}
    assert [s["what"] for s in found.result()["sources"]] == ["removed", "added"]


def test_an_entry_that_a_later_edition_lacks_is_removed_in_a_graph_of_both(graph: Editing) -> None:
    both = [*entry("Alpha Co., Ltd."), *entry("Beta Co., Ltd.", since="2019-01-01")]
    a = graph.write([OLD], both)
    b = graph.write([OLD, NEW], [*both, *entry("Alpha Co., Ltd.", NEW)])
    found = compared(a, b)
    assert told(found) == [("removed", "Beta Co., Ltd.", EL, (), "list")]
    assert found.entries[0]["after"]["until"] == ["2026-07-30"]
    assert found.entries[0]["why"] == "el@2026 (2026-07-31)"
    assert told(compared(b, a)) == [("added", "Beta Co., Ltd.", EL, (), "list")]


REWRITTEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"locator": "row 1"}, {"locator": "row 77"}),
    ({"name": "ALPHA CO., LTD."}, {"name": "Alpha Company Limited"}),
    ({"license_requirement": "See §744.11 of the EAR)."},
     {"license_requirement": "See  § 744.11 of the EAR)"}),
    ({"citation": "68 F.R. 38290 6/27/03"}, {"citation": "68 FR 38290"}),
    ({"said": [("alias", "A One"), ("alias", "A Two")]},
     {"said": [("alias", "A  TWO"), ("alias", "A ONE")]}),
    ({"said": [("address", "1 Pier Road, Jinan, CN")]},
     {"said": [("address", "1 Pier Road,  Jinan,CN")]}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), REWRITTEN)
def test_what_is_only_written_otherwise_is_no_change(
    graph: Editing, one: dict[str, Any], other: dict[str, Any]
) -> None:
    key = {"key": "us-bis-el:alpha:cn"}
    first, second = ({"name": "Alpha Co., Ltd.", **key, **x} for x in (one, other))
    a = graph.alone(OLD, entry(source=OLD, **first))
    b = graph.alone(NEW, entry(source=NEW, **second))
    found = compared(a, b)
    assert (found.entries, found.relations, found.identities) == ([], [], [])


def test_the_same_company_under_a_new_number_is_renumbered(graph: Editing) -> None:
    def numbered(n: str, source: Source, name: str = "Alpha Co., Ltd.") -> list[Statement]:
        return entry(name, source, key=f"ofac:{n}", said=[("id:ofac", n), ("type", "Organization")])

    a = graph.alone(OLD, numbered("11", OLD), numbered("12", OLD, "Old Name Co., Ltd."))
    renamed = numbered("92", NEW, "New Name Co., Ltd.")
    renamed.append(statement("ofac:92", "alias", value="Old Name Co., Ltd.", source=NEW.id,
                             locator="row 1"))  # fmt: skip
    b = graph.alone(NEW, numbered("91", NEW), renamed)
    found = compared(a, b)
    assert told(found) == [
        ("changed", "Alpha Co., Ltd.", None, ("id:ofac",), "list"),
        ("changed", "New Name Co., Ltd.", None, ("id:ofac", "name"), "list"),
    ]
    assert all(x["renumbered"] for x in found.entries)
    assert found.entries[0]["was"]["id"] == "ofac:11"


def test_persons_of_one_alias_are_not_one(graph: Editing) -> None:
    def person(n: str, name: str, source: Source) -> list[Statement]:
        return entry(name, source, key=f"ofac:{n}", said=[("type", "Person"), ("alias", "Tío")])

    a = graph.alone(OLD, person("1", "MESA, Juan", OLD))
    b = graph.alone(NEW, person("2", "ALCARAZ, Luis", NEW))
    assert [x[:2] for x in told(compared(a, b))] == [
        ("added", "ALCARAZ, Luis"), ("removed", "MESA, Juan"),
    ]  # fmt: skip


def test_a_field_that_a_format_lacks_is_named_once(graph: Editing) -> None:
    reduced = replace(NEW, format="csl-reduced", sha256="dd")
    a = graph.alone(OLD, *(entry(f"Maker {i} Co., Ltd.", since="2019", said=[("address", "x")])
                           for i in range(3)))  # fmt: skip
    b = graph.alone(reduced, *(entry(f"Maker {i} Co., Ltd.", reduced) for i in range(3)))
    found = compared(a, b)
    assert found.entries == []
    assert found.result()["not_compared"] == [
        {"field": "address", "missing": "after", "lists": [EL]},
        {"field": "since", "missing": "after", "lists": [EL]},
    ]
    same = graph.alone(NEW, *(entry(f"Maker {i} Co., Ltd.", NEW) for i in range(3)))
    assert [x[3] for x in told(compared(a, same))] == [("since",)] * 3 + [("address",)] * 3


BASE = [*company("doc#alpha", "Alpha"), *company("doc#beta", "Beta"), *entry("Gamma Co., Ltd.")]


def test_relations_come_go_and_change_by_their_source(graph: Editing) -> None:
    gamma = "us-bis-el:gamma co., ltd.:cn"
    one = [tie("doc#alpha", "SUPPLIES", gamma, since="2020"), tie("doc#beta", "SUPPLIES", gamma),
           tie("doc#alpha", "OWNS", "doc#beta", share=(51.0, 51.0))]  # fmt: skip
    later = Source("doc-2", "doc-2", "Later", date="2025", sha256="dd", format="factfile")
    two = [tie("doc#alpha", "SUPPLIES", gamma, since="2020"),
           tie("doc#beta", "INVESTED_IN", gamma, later, props={"amount": "5 USD"}),
           tie("doc#alpha", "OWNS", "doc#beta", share=(49.0, 49.0))]  # fmt: skip
    a = graph.write([OLD, DOC], [*BASE, *one])
    b = graph.write([OLD, replace(DOC, sha256="ee"), later], [*BASE, *two])
    found = compared(a, b)
    assert found.entries == [] and found.identities == []
    assert [
        (x["what"], x["from"]["name"], x["type"], x["to"]["name"], x["cause"], x["why"])
        for x in found.relations
    ] == [
        ("added", "Beta", "INVESTED_IN", "Gamma Co., Ltd.", "relation", "doc-2 (2025)"),
        ("removed", "Beta", "SUPPLIES", "Gamma Co., Ltd.", "relation",
         "doc (2024-01-01) has other contents"),
        ("changed", "Alpha", "OWNS", "Beta", "relation", "doc (2024-01-01) has other contents"),
    ]  # fmt: skip
    assert found.relations[2]["fields"] == {
        "share": {"before": ["51 to 51"], "after": ["49 to 49"]}
    }
    assert [c["share"] for c in found.relations[2]["after"]] == [[49.0, 49.0]]
    back = compared(b, a)
    assert [x["what"] for x in back.relations] == ["added", "removed", "changed"]


def test_a_company_that_gets_an_id_or_a_listing_is_the_same(graph: Editing) -> None:
    def mention(key: str) -> list[Statement]:
        return [statement(key, "mention", value="Quay Works", source=DOC.id, locator="1")]

    other = replace(DOC, sha256="ee")
    buys = [*company("doc#alpha", "Alpha"), tie("doc#alpha", "SUPPLIES", "doc#~quay works")]
    a = graph.write([DOC], [*buys, *mention("doc#~quay works")])
    listed = [
        *company("doc#quay", "Quay Works"), *company("doc#alpha", "Alpha"),
        tie("doc#alpha", "SUPPLIES", "doc#quay"), tie("doc#quay", "LISTED_ON", EL),
    ]  # fmt: skip
    found = compared(a, graph.write([other], listed))
    assert told(found) == [("added", "Quay Works", EL, (), "relation")]
    assert found.entries[0]["was"]["id"] != "quay" and found.relations == []

    def placed(key: str, country: str) -> Statement:
        return statement(key, "country", value=country, source=DOC.id, locator="1")

    here = [*buys, *mention("doc#~quay works"), placed("doc#~quay works", "cn")]
    there = [*listed, placed("doc#quay", "us")]
    apart = compared(graph.write([DOC], here), graph.write([other], there))
    assert [x["what"] for x in apart.relations] == ["added", "removed"]


def test_a_recorded_decision_is_the_cause(graph: Editing) -> None:
    said = [*company("doc#gamma-works", "Gamma Works"), *entry("Gamma Co., Ltd."),
            tie("doc#gamma-works", "SUPPLIES", "doc#gamma-works-2"),
            *company("doc#gamma-works-2", "Buyer")]  # fmt: skip
    decision = statement("doc#gamma-works", f"id:{EL}", value="Gamma Co., Ltd.", source=DOC.id,
                         locator="1")  # fmt: skip
    a = graph.write([OLD, DOC], said)
    b = graph.write([OLD, replace(DOC, sha256="ee")], [*said, decision])
    found = compared(a, b)
    (identity,) = found.identities
    assert (identity["what"], identity["cause"], len(identity["before"])) == (
        "merged",
        "identity",
        2,
    )
    assert "recorded decision" in identity["why"] and "doc" in identity["why"]
    assert [(x[0], x[3], x[4]) for x in told(found)] == [("changed", (f"id:{EL}",), "relation")]
    assert found.relations == []  # the same tie of the same company
    assert compared(b, a).identities[0]["what"] == "split"


def joining(
    *keys: str, why: str = "decided by a person: same"
) -> Callable[[list[Statement]], Identity]:
    """Return an identity that takes two keys as one, as a decision beside the graph does."""

    def joined(statements: list[Statement]) -> Identity:
        found = resolve(statements)
        ids = {k: found.ids[keys[0]] if k in keys else e for k, e in found.ids.items()}
        return Identity(ids, found.reasons | {ids[keys[0]]: [why]})

    return joined


def test_a_decision_beside_the_graph_is_the_cause(
    graph: Editing, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [*entry("Gamma Co., Ltd."), *entry("Gamma Works", country="hk")]
    a = graph.write([OLD], said)
    joined = joining("us-bis-el:gamma co., ltd.:cn", "us-bis-el:gamma works:hk")
    monkeypatch.setattr("nthtier.graph.build.resolve", joined)
    monkeypatch.setattr("nthtier.graph.build.version_id", lambda *_: "v-00000000000000aa")
    b = graph.write([OLD], said)
    found = compared(a, b)
    (identity,) = found.identities
    assert (identity["what"], identity["cause"]) == ("merged", "identity")
    assert identity["why"] == "decided by a person: same"
    assert found.entries == []  # what is said of the two is what is said of the one


def test_a_persons_decision_that_became_a_statement_is_the_cause(
    graph: Editing, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = "us-bis-el:gamma co., ltd.:cn", "us-bis-el:gamma works:hk"
    said = [*entry("Gamma Co., Ltd."), *entry("Gamma Works", country="hk")]
    decided = Source("identity-decisions", "identity-decisions", "Decisions", sha256="ff")
    decision = statement(keys[0], "decided:different", value=keys[1], source=decided.id,
                         locator="1")  # fmt: skip
    monkeypatch.setattr("nthtier.graph.build.resolve", joining(*keys, why="the same name"))
    a = graph.write([OLD], said)
    monkeypatch.undo()
    b = graph.write([OLD, decided], [*said, decision])
    found = compared(a, b)
    assert found.entries == []  # a decision says nothing of the company itself
    (identity,) = found.identities
    assert (identity["what"], identity["cause"]) == ("split", "identity")
    assert identity["why"] == "a person's decision on who is who (identity-decisions)"
    assert [(s["id"], s["kind"]) for s in found.result()["sources"]] == [
        ("identity-decisions", "identity")
    ]


def test_other_rules_of_building_are_software(
    graph: Editing, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = entry("Gamma Co., Ltd.", license_policy="Presumption of denial")
    a = graph.write([OLD], said)
    for module in ("build", "store"):
        monkeypatch.setattr(f"nthtier.graph.{module}.BUILD", 99)
    monkeypatch.setattr("nthtier.graph.build._newest", lambda *_: [])
    b = graph.write([OLD], said)
    assert a.id != b.id
    found = compared(a, b)
    assert told(found) == [("changed", "Gamma Co., Ltd.", EL, ("license_policy",), "software")]
    assert "build 99" in found.entries[0]["why"]
    assert found.result()["after"]["build"] == 99


def test_the_same_file_read_otherwise_is_software(graph: Editing) -> None:
    a = graph.write([OLD], entry("Gamma Co., Ltd.", footnotes=[3]))
    b = graph.write([OLD], entry("Gamma Co., Ltd.", footnotes=[4]))
    (x,) = compared(a, b).entries
    assert x["cause"] == "software" and x["why"] == "el@2022: the same file, read otherwise"


def test_only_entries_of_one_list(graph: Editing) -> None:
    a = graph.alone(OLD, entry("Alpha Co., Ltd."), entry("Beta Co., Ltd.", on="us-bis-meu"))
    b = graph.alone(NEW, entry("Gamma Co., Ltd.", NEW), entry("Delta Co., Ltd.", NEW,
                                                             on="us-bis-meu"))  # fmt: skip
    assert {x[2] for x in told(compared(a, b))} == {EL, "us-bis-meu"}
    assert {x[2] for x in told(compared(a, b, EL))} == {EL}


NAMES = [f"Maker {letter} Co., Ltd." for letter in "ABCDE"]
editions_of = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(st.sets(st.sampled_from([EL, "us-bis-meu"]), min_size=1),
              st.sampled_from(["", "2019", "2020-01-01"]), st.sampled_from(["", "1 Road"])),
)  # fmt: skip
Drawn = dict[str, tuple[set[str], str, str]]


def write(graph: Editing, source: Source, drawn: Drawn) -> Version:
    said = [
        entry(name, source, on=on, since=since, said=[("address", where)] if where else [])
        for name, (lists, since, where) in drawn.items()
        for on in sorted(lists)
    ]
    return graph.alone(source, *said)


def present(drawn: Drawn) -> set[tuple[str, str]]:
    return {(name, on) for name, (lists, *_) in drawn.items() for on in lists}


@pytest.mark.slow
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(one=editions_of, two=editions_of)
def test_differences_lead_from_one_to_the_other_and_back(
    graph: Editing, one: Drawn, two: Drawn
) -> None:
    a, b = write(graph, OLD, one), write(graph, NEW, two)
    assert compared(a, a).entries == []
    there, back = compared(a, b), compared(b, a)
    moved = {w: {x[1:3] for x in told(there) if x[0] == w} for w in ("added", "removed")}
    assert present(one) - moved["removed"] | moved["added"] == present(two)
    assert moved["added"].isdisjoint(present(one)) and moved["removed"] <= present(one)
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}

    def mirrored(x: dict[str, Any]) -> tuple[Any, ...]:
        fields = [(k, f["after"], f["before"], f["cause"]) for k, f in x["fields"].items()]
        return (mirror[x["what"]], x["entity"]["name"], x["list"], x["after"], x["before"], fields,
                x["cause"])  # fmt: skip

    def plain(x: dict[str, Any]) -> tuple[Any, ...]:
        fields = [(k, f["before"], f["after"], f["cause"]) for k, f in x["fields"].items()]
        return (x["what"], x["entity"]["name"], x["list"], x["before"], x["after"], fields,
                x["cause"])  # fmt: skip

    assert sorted(map(repr, map(mirrored, there.entries))) == sorted(
        map(repr, map(plain, back.entries))
    )
    changed = {(x[1], x[3]) for x in told(there) if x[0] == "changed"}
    for name in one.keys() & two.keys():
        differs = one[name][2] != two[name][2]
        assert ((name, ("address",)) in changed) == differs
