"""Which records are one company, against brute force and case by case."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nthtier.graph import model
from nthtier.graph.identity import Identity, resolve
from nthtier.graph.model import Statement, statement

# Brute force: clusters as plain sets of records, joined and compared one by one

ORGANISATIONS = {"Alphane Works Ltd": "alphane works ltd", "Beta Group": "beta group"}
NAMES = {**ORGANISATIONS, "Ali Reza": "ali reza", "Gamma": "gamma"}
TELLING = {"Alphane Works Ltd", "Ali Reza"}
STRONG = ("uscc", "lei", "isin")
LISTS = ("us-bis-el", "us-bis-uvl")


@dataclass(frozen=True)
class Made:
    """One made-up record."""

    key: str
    names: frozenset[str]
    aliases: frozenset[str]
    mention: str
    countries: frozenset[str]
    kind: str
    numbers: frozenset[tuple[str, str]]
    decided: frozenset[tuple[str, str]]
    entries: frozenset[tuple[str, str]]

    def statements(self) -> list[Statement]:
        """Return what the sources say of it."""
        said: list[tuple[str, str]] = [(model.NAME, n) for n in self.names]
        said += [(model.ALIAS, n) for n in self.aliases]
        said += [(model.MENTION, self.mention)] * bool(self.mention)
        said += [(model.COUNTRY, c) for c in self.countries]
        said += [(model.TYPE, self.kind)] * bool(self.kind)
        said += [(f"id:{s}", v) for s, v in self.numbers | self.decided]
        made = [statement(self.key, p, value=v, source="s0", locator="1") for p, v in said]
        return made + [
            statement(self.key, "LISTED_ON", object=x, source=source, locator="1")
            for x, source in self.entries
        ]

    def organisation(self, name: str) -> bool:
        """Tell whether it is certainly no person."""
        return self.kind != "Person" and (self.kind == "Company" or name in ORGANISATIONS)


def subsets(values: Any, most: int = 1) -> st.SearchStrategy[Any]:
    return st.frozensets(st.sampled_from(list(values)), max_size=most)


@st.composite
def records(draw: st.DrawFn, most: int = 7) -> list[Made]:
    """Draw a few records that share names, numbers, countries, lists and editions.

    Half of the time little but names is there: numbers and lists decide most else.
    """
    found = []
    most_said = draw(st.sampled_from([0, 2]))
    for number in range(draw(st.integers(2, most))):
        key = draw(st.sampled_from(["ofac:{}", "doc#~k{}", "doc#~k{}", "r{}#k", "r{}#k", "r{}#k"]))
        found.append(
            Made(
                key.format(number),
                draw(subsets(NAMES, 2)),
                draw(subsets(NAMES, 1)),
                draw(st.sampled_from(["", "", "", *NAMES])),
                draw(subsets(["cn", "us"], 2)),
                draw(st.sampled_from(["", "", "Company", "Person"])),
                draw(subsets([(s, v) for s in STRONG for v in "12"], most_said)),
                draw(subsets([("us-bis-el", n) for n in ORGANISATIONS], most_said // 2)),
                draw(subsets([(x, s) for x in LISTS for s in ("s1", "s2")], most_said or 1)),
            )
        )
    return found


class Brute:
    """The rules of the module's docstring, followed to the letter and without any index."""

    def __init__(self, made: list[Made]) -> None:
        self.by_key = {r.key: r for r in made}
        self.clusters = [{key} for key in self.by_key] + [
            {x} for x in sorted({x for r in made for x, _ in r.entries})
        ]
        made = sorted(made, key=lambda r: r.key)
        for a, b in combinations(made, 2):
            if a.numbers & b.numbers or a.decided & b.decided:
                self.join(a.key, b.key)
        for a in made:
            for b in made:
                lists = {(x, n) for x, _ in b.entries for n in b.names}
                known = a.countries and b.countries
                if a.decided & lists and not (known and not a.countries & b.countries):
                    self.join(a.key, b.key)
        countries = ("cn", "us")
        for x, name, c in sorted((x, n, c) for x in LISTS for n in NAMES for c in countries):
            self.join_all(
                r.key for r in made
                if name in r.names and c in r.countries and not r.key.startswith("ofac:")
                and x in {y for y, _ in r.entries}
            )  # fmt: skip
        for name, c in sorted((n, c) for n in NAMES for c in countries):
            self.join_all(
                r.key for r in made
                if name in r.names and c in r.countries and r.organisation(name)
            )  # fmt: skip
        self.linked(made)
        for r in made:
            self.mentioned(r, made)

    def cluster(self, key: str) -> set[str]:
        return next(c for c in self.clusters if key in c)

    def join(self, a: str, b: str) -> None:
        one, two = self.cluster(a), self.cluster(b)
        if one is not two:
            self.clusters.remove(two)
            one |= two

    def apart(self, a: set[str], b: set[str]) -> bool:
        one = [self.by_key[k] for k in a if k in self.by_key]
        two = [self.by_key[k] for k in b if k in self.by_key]
        for scheme in ("uscc", "lei"):
            x, y = ({v for r in rs for s, v in r.numbers if s == scheme} for rs in (one, two))
            if x and y and not x & y:
                return True
        return bool({e for r in one for e in r.entries} & {e for r in two for e in r.entries})

    def join_all(self, keys: Any) -> None:
        keys = list(keys)
        groups: list[set[str]] = []
        for key in keys:
            if self.cluster(key) not in groups:
                groups.append(self.cluster(key))
        if not any(self.apart(a, b) for a, b in combinations(groups, 2)):
            for key in keys[1:]:
                self.join(keys[0], key)

    def linked(self, made: list[Made]) -> None:
        """Join what names or aliases link, if none of all that is linked is to stay apart."""
        groups: list[list[set[str]]] = [[c] for c in self.clusters]
        for a, b in combinations(made, 2):
            common = (a.names | a.aliases) & (b.names | b.aliases) & TELLING
            told = any(a.organisation(n) and b.organisation(n) for n in common)
            one = next(g for g in groups if self.cluster(a.key) in g)
            two = next(g for g in groups if self.cluster(b.key) in g)
            if told and a.countries & b.countries and one is not two:
                groups.remove(two)
                one += two
        for group in groups:
            pairs = list(combinations(group, 2))
            if not any(self.apart(x, y) or self.documents(x) & self.documents(y) for x, y in pairs):
                for x, y in pairs:
                    self.join(min(x), min(y))

    def documents(self, cluster: set[str]) -> set[str]:
        return {k.partition("#")[0] for k in cluster if "#" in k}

    def mentioned(self, r: Made, made: list[Made]) -> None:
        if not r.mention:
            return
        for kind in ("names", "aliases"):
            named = [o for o in made if r.mention in getattr(o, kind) and o.organisation(r.mention)]
            if named:
                first = self.cluster(named[0].key)
                if all(self.cluster(o.key) is first for o in named):
                    self.unless_apart(r.key, named[0].key)
                break
        others = [o for o in made if o.mention == r.mention]
        self.unless_apart(r.key, others[0].key)

    def unless_apart(self, a: str, b: str) -> None:
        one, two = self.cluster(a), self.cluster(b)
        if one is not two and not self.apart(one, two):
            self.join(a, b)


def said(made: list[Made]) -> list[Statement]:
    return [s for r in made for s in r.statements()]


def partition(identity: Identity) -> set[frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, entity in identity.ids.items():
        found[entity].add(key)
    return {frozenset(keys) for keys in found.values()}


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records())
def test_clusters_equal_brute_force(made: list[Made]) -> None:
    made = [r for r in made if r.statements()]
    identity = resolve(said(made))
    assert partition(identity) == {frozenset(c) for c in Brute(made).clusters}
    for keys in partition(identity):
        reasons = identity.reasons.get(identity.ids[min(keys)], [])
        assert bool(reasons) == (len(keys) > 1)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_order_of_statements_changes_nothing(data: st.DataObject) -> None:
    statements = said(data.draw(records()))
    assert resolve(data.draw(st.permutations(statements))) == resolve(statements)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(records())
def test_a_name_never_joins_different_official_numbers(made: list[Made]) -> None:
    plain = []
    for number, r in enumerate(made):  # one USCC or LEI at most, nothing else that joins
        numbers = frozenset({("uscc" if number % 2 else "lei", str(number))} if number % 3 else ())
        plain.append(Made(r.key, r.names, r.aliases, r.mention, r.countries, r.kind,
                          numbers, frozenset(), r.entries))  # fmt: skip
    by_key = {r.key: r for r in plain}
    for keys in partition(resolve(said(plain))):
        for scheme in ("uscc", "lei"):
            values = {v for k in keys if k in by_key for s, v in by_key[k].numbers if s == scheme}
            assert len(values) <= 1
        entries = [e for k in keys if k in by_key for e in by_key[k].entries]
        assert len(entries) == len(set(entries))  # no two that one edition keeps apart


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(records())
def test_no_person_is_joined_by_name(made: list[Made]) -> None:
    people = [
        Made(r.key, r.names, r.aliases, "", r.countries, r.kind or "Person", frozenset(),
             frozenset(), frozenset())
        for r in made
    ]  # fmt: skip
    by_key = {r.key: r for r in people}
    for keys in partition(resolve(said(people))):
        assert len(keys) == 1 or all(by_key[k].kind == "Company" for k in keys)


def says(key: str, source: str = "s", **what: str) -> list[Statement]:
    return [
        statement(key, p.replace("_", ":"), value=v, source=source, locator="1")
        for p, v in what.items()
    ]


def listed(key: str, source: str) -> Statement:
    return statement(key, "LISTED_ON", object="us-ofac-sdn", source=source, locator="1")


def test_a_bare_name_between_two_companies_stays_alone() -> None:
    one = says("a#x", name="Twin Co., Ltd.", country="cn", id_uscc="913700001630477270")
    two = says("b#x", name="Twin Co., Ltd.", country="cn", id_uscc="914403001922038216")
    bare = says("c#x", name="TWIN COMPANY LIMITED", country="cn")
    assert len(partition(resolve([*one, *two, *bare]))) == 3
    assert len(partition(resolve([*one, *bare]))) == 1


def test_two_numbers_of_ofac_in_two_editions_are_two_people() -> None:
    old = [*says("ofac:1", "s1", name="Ali Reza", country="ir"), listed("ofac:1", "s1")]
    new = [*says("ofac:2", "s2", name="Ali Reza", country="ir"), listed("ofac:2", "s2")]
    assert len(partition(resolve([*old, *new]))) == 3  # and the list itself


def test_a_mention_of_two_names_is_not_decided_by_an_alias() -> None:
    two = [*says("a#x", name="Twin Group", country="cn"),
           *says("b#x", name="Twin Group", country="us")]  # fmt: skip
    other = says("c#x", name="Gamma Works Ltd", country="cn", alias="Twin Group")
    mention = says("d#~twin group", mention="Twin Group")
    assert len(partition(resolve([*two, *other, *mention]))) == 4
    assert len(partition(resolve([*other, *mention]))) == 1


def company(
    key: str, name: str, *aliases: str, country: str = "ru", on: str = ""
) -> list[Statement]:
    made = says(key, name=name, country=country, type="Company")
    made += [statement(key, "alias", value=a, source="s", locator="1") for a in aliases]
    return made + ([statement(key, "LISTED_ON", object=on, source="s", locator="1")] * bool(on))


WORKS = company("ofac:1", "Vympel Works LLC", "OOO Zavod Vympel", on="us-ofac-sdn")


@pytest.mark.parametrize(
    ("other", "joined"),
    [
        (company("k", "Vympel Plant", "OOO ZAVOD VYMPEL", on="us-bis-el"), True),  # alias, alias
        (company("k", "OOO Zavod Vympel", on="us-bis-el"), True),  # name, alias
        (company("k", "OOO Zavod Vympel", country="by"), False),
        (says("k", name="OOO Zavod Vympel", type="Company"), False),  # country not known
        (says("k", name="OOO Zavod Vympel", country="ru", type="Person"), False),
        (company("k", "OOO Zavod Vympel", on="us-ofac-sdn"), False),  # two entries of one edition
        (says("k", name="Vympel Plant", country="ru", type="Company", weakAlias="Zavod Vympel"),
         False),
    ],
)  # fmt: skip
def test_an_alias_joins_where_the_country_agrees(other: list[Statement], joined: bool) -> None:
    identity = resolve([*WORKS, *other])
    assert (identity.ids["ofac:1"] == identity.ids["k"]) is joined
    if joined:
        assert identity.reasons[identity.ids["k"]] == [
            "organisations with a name or alias and country (ru) in common: ooo zavod vympel"
        ]


def test_an_alias_of_a_group_and_its_branch_joins_neither() -> None:
    group = company("ofac:1", "Institute 48", "Vympel Kirov", "Vympel Tver", on="us-ofac-sdn")
    kirov = company("k", "Institute 48, Kirov", "Vympel Kirov", on="us-bis-el")
    tver = company("t", "Institute 48, Tver", "Vympel Tver", on="us-bis-el")
    assert resolve([*group, *kirov]).ids["k"] == "ofac:1"
    assert len(partition(resolve([*group, *kirov, *tver]))) == 5  # and the two lists


def test_an_alias_joins_nothing_within_one_document() -> None:
    one = company("a#x", "Vympel Holding", "Vympel Trade")
    two = company("a#y", "Vympel Trade")
    other = company("b#z", "Vympel Trading House", "Vympel Trade")
    assert len(partition(resolve([*one, *two]))) == 2
    assert len(partition(resolve([*one, *two, *other]))) == 3
    assert len(partition(resolve([*two, *other]))) == 1


@pytest.mark.parametrize("alias", ["OOO LMZ", "Alpha Group", "State Trading Company"])
def test_an_alias_that_many_could_have_joins_nothing(alias: str) -> None:
    two = [*company("a#x", "One", alias), *company("b#x", "Two", alias)]
    assert len(partition(resolve(two))) == 2


def test_an_alias_of_very_many_is_nobodys_own() -> None:
    many = [company(f"d{n}#x", f"Company {n}", "Vympel Trade") for n in range(21)]
    assert len(partition(resolve([s for c in many[:20] for s in c]))) == 1
    assert len(partition(resolve([s for c in many for s in c]))) == 21
