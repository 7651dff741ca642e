"""The cascade: worked cases, bounds, bad claims, and 500 random graphs against the oracle."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from nthtier.graph.dates import end_day
from nthtier.queries import holdings
from nthtier.queries.alone import Alone
from nthtier.queries.cascade import Terms, reach
from nthtier.queries.stakes import (
    CONFLICT,
    DISPUTED,
    INVALID,
    SCALE,
    UNKNOWN,
    as_units,
    gather_stakes,
    percent,
    units,
)
from ownership import Claim, Small, least_closed, own, plain_stakes, random_claims


@pytest.fixture(scope="module", params=["few owners", "many owners"], autouse=True)
def followed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whether stakes are followed from each owner, or over those of the whole graph."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holdings, "_FEW", 0 if request.param == "few owners" else 1000)
        yield


MET, NOT, OPEN = "met", "not met", "cannot be determined"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        # the worked cases: a chain of halves
        ([own("x", "a", "50"), own("a", "b", "50")], {"a": MET, "b": MET}),
        # two captured companies with a quarter each
        ([own("x", "a", "50"), own("x", "b", "50"), own("a", "c", "25"), own("b", "c", "25")],
         {"a": MET, "b": MET, "c": MET}),
        # a direct and an indirect stake
        ([own("x", "a", "50"), own("x", "b", "10"), own("a", "b", "40")], {"a": MET, "b": MET}),
        # owners that are not captured pass nothing on
        ([own("x", "a", "25"), own("x", "b", "25"), own("a", "c", "50"), own("b", "c", "50")],
         {"a": NOT, "b": NOT, "c": NOT}),
        ([own("x", "a", "25-100")], {"a": OPEN}),
        # below a half, the product of the chain plays no part either way
        ([own("x", "a", "49"), own("a", "b", "100")], {"a": NOT, "b": NOT}),
        ([own("x", "a", "100"), own("a", "b", "49.999")], {"a": MET, "b": NOT}),
        # several listed owners are added up, whatever their programme
        ([own("x", "a", "25"), own("y", "a", "25")], {"a": MET}),
        ([own("x", "a", "50"), own("y", "b", "10"), own("a", "b", "40")], {"a": MET, "b": MET}),
        # an unlisted partner changes nothing
        ([own("x", "a", "50"), own("p", "a", "50"), own("a", "b", "50"), own("p", "b", "50")],
         {"a": MET, "b": MET, "p": NOT}),
        # a cycle supports itself only if someone outside holds it up
        ([own("a", "b", "100"), own("b", "a", "60")], {"a": NOT, "b": NOT}),
        ([own("x", "a", "40"), own("a", "b", "100"), own("b", "a", "60")], {"a": NOT, "b": NOT}),
        ([own("x", "a", "50"), own("a", "b", "100"), own("b", "a", "50")], {"a": MET, "b": MET}),
        # what is not known: the chain below an open owner is open too
        ([own("x", "a"), own("a", "b", "80")], {"a": OPEN, "b": OPEN}),
        ([own("x", "a", "30-60"), own("x", "b", "30"), own("a", "b", "30")],
         {"a": OPEN, "b": OPEN}),
    ],
)  # fmt: skip
def test_worked_cases(claims: list[Claim], expected: dict[str, str]) -> None:
    names = "abcpxy"
    found = Small(names, claims).answers("xy")
    assert {n: found[n] for n in expected} == expected


def test_more_than_half_is_not_half() -> None:
    claims = [own("x", "a", "50"), own("x", "b", "16.7"), own("y", "b", "33.3")]
    graph = Small("abxy", claims)
    assert graph.answers("xy", strict=False) == {"a": MET, "b": MET}
    assert graph.answers("xy", strict=True) == {"a": NOT, "b": NOT}
    majority = Claim("x", "a", (repr(float(np.nextafter(50, 100))), "100"))
    assert Small("ax", [majority]).answers("x", strict=True) == {"a": MET}


def test_units_keep_open_bounds_and_sum_exactly() -> None:
    assert units(33.3) + units(16.7) == units(50) == 50 * SCALE
    assert sum(as_units(np.full(1000, 0.1)).tolist()) == units(100)
    above = float(np.nextafter(50, 100))
    assert units(above) == units(50) + 1 and percent(units(above)) == above


# What others hold leaves less


def test_what_others_hold_bounds_what_is_not_known() -> None:
    assert Small("abx", [own("x", "a"), own("b", "a", "60")]).answers("x")["a"] == NOT
    assert Small("abx", [own("x", "a"), own("b", "a", "50")]).answers("x")["a"] == OPEN
    both = [own("x", "a"), own("b", "a", "60"), own("x", "b", "50")]
    assert Small("abx", both).answers("x") == {"a": MET, "b": MET}


def test_shares_over_100_are_capped_and_convict_nobody() -> None:
    over = [own("x", "a", "60"), own("b", "a", "60")]
    assert Small("abx", over).answers("x")["a"] == OPEN
    slightly = [own("x", "a", "51"), own("b", "a", "49.5")]
    assert Small("abx", slightly).answers("x")["a"] == MET
    mine = [own("x", "a", "70"), own("y", "a", "70")]
    assert Small("axy", mine).answers("xy")["a"] == MET


def test_a_company_does_not_own_itself() -> None:
    graph = Small("ax", [own("a", "a", "60"), own("x", "a", "50")])
    assert graph.answers("x") == {"a": MET}
    assert Small("ax", [own("a", "a", "60"), own("x", "a", "40")]).answers("x") == {"a": NOT}
    part = gather_stakes(graph.s, np.array([graph.number["a"]]), ("OWNS",), end_day("2024"))
    assert part.selfish.tolist() == [True] and len(part.owner) == 1


# Claims about one stake


def stake(*claims: Claim, day: str = "2024") -> tuple[float, float, int]:
    graph = Small("ax", list(claims))
    part = gather_stakes(graph.s, np.array([graph.number["a"]]), ("OWNS", "INVESTED_IN"),
                         end_day(day), graph.own_disputed)  # fmt: skip
    assert len(part.owner) <= 1
    if not len(part.owner):
        return (-1, -1, 0)
    return percent(int(part.lo[0])), percent(int(part.hi[0])), int(part.flags[0])


def test_claims_of_one_stake_are_never_added_up() -> None:
    assert stake(own("x", "a", "30"), own("x", "a", "30", source="rival")) == (30, 30, 0)
    assert stake(own("x", "a", "30"), own("x", "a", "30", type="INVESTED_IN")) == (30, 30, 0)


def test_claims_that_contradict_give_their_hull_and_a_flag() -> None:
    claims = own("x", "a", "40"), own("x", "a", "60", source="rival")
    assert stake(*claims) == (40, 60, CONFLICT)
    assert Small("ax", list(claims)).answers("x") == {"a": OPEN}


def test_claims_that_fit_together_narrow_the_stake() -> None:
    assert stake(own("x", "a", "25-50"), own("x", "a", "50-75", source="rival")) == (50, 50, 0)
    assert stake(own("x", "a", "25-60"), own("x", "a", "40-75", source="rival")) == (40, 60, 0)
    assert stake(own("x", "a", "33"), own("x", "a")) == (33, 33, 0)
    assert stake(own("x", "a"), own("x", "a", "0-100"))[2] == UNKNOWN


def test_a_stake_said_to_have_ended_is_open_afterwards_only() -> None:
    lasts = own("x", "a", "60", since="2005-01-01")
    ended = own("x", "a", until="2013-12-31", source="rival")
    assert stake(lasts, ended, day="2010") == (60, 60, 0)
    assert stake(lasts, ended, day="2014") == (0, 60, DISPUTED)
    assert Small("ax", [lasts, ended]).answers("x") == {"a": OPEN}
    follows = own("x", "a", "60", since="2014-01-01")
    assert stake(follows, ended, day="2015") == (60, 60, 0)


def test_a_disputed_claim_alone_makes_nothing_certain() -> None:
    assert stake(own("x", "a", "60", basis="disputed")) == (0, 60, DISPUTED)
    assert stake(own("x", "a", "60"), own("x", "a", "60", basis="disputed")) == (60, 60, 0)
    rival = own("x", "a", "30", basis="disputed", source="rival")
    assert stake(own("x", "a", "60"), rival) == (30, 60, CONFLICT)


def test_stakes_hold_from_since_to_until() -> None:
    claim = own("x", "a", "60", since="2010-01-01", until="2015-06-30")
    assert [stake(claim, day=d)[0] for d in ("2009", "2010-01-01", "2015-06-30", "2015-07-01")] == [
        -1, 60, 60, -1,
    ]  # fmt: skip


@pytest.mark.parametrize("bad", [("-5", "20"), ("20", "120"), ("60", "40")])
def test_a_share_that_cannot_be_is_unknown_and_flagged(bad: tuple[str, str]) -> None:
    lo, hi, flags = stake(Claim("x", "a", bad))
    assert (lo, hi) == (0, 100) and flags == INVALID | UNKNOWN
    assert Small("ax", [Claim("x", "a", bad)]).answers("x") == {"a": OPEN}


# Control


def test_control_counts_only_where_the_rule_reads_it() -> None:
    graph = Small("abx", [Claim("x", "a", type="CONTROLS"), own("a", "b", "50")])
    assert graph.answers("x") == {"a": NOT, "b": NOT}
    assert graph.answers("x", control=("CONTROLS",)) == {"a": MET, "b": MET}


@pytest.mark.parametrize("basis", ["inferred", "disputed"])
def test_control_that_is_not_stated_is_open(basis: str) -> None:
    graph = Small("ax", [Claim("x", "a", type="CONTROLS", basis=basis)])
    assert graph.answers("x", control=("CONTROLS",)) == {"a": OPEN}


def test_an_affiliate_is_a_hint_both_ways_and_never_proof() -> None:
    graph = Small("abx", [Claim("x", "a", type="AFFILIATED_WITH"),
                          Claim("b", "x", type="AFFILIATED_WITH")])  # fmt: skip
    assert graph.answers("x", hints=("AFFILIATED_WITH",)) == {"a": OPEN, "b": OPEN}


def test_a_majority_as_evidence_leaves_control_open() -> None:
    graph = Small("abcx", [own("x", "a", "100"), own("x", "b", "40"), own("a", "c", "60")])
    found = graph.answers("x", strict=True, evidence=True, control=("CONTROLS",))
    assert found == {"a": OPEN, "b": NOT, "c": OPEN}


def test_a_long_chain_ends() -> None:
    letters = [chr(0x4E00 + i) for i in range(400)]
    claims = [own(a, b, "50") for a, b in pairwise(letters)]
    found = Small("".join(letters), claims).answers(letters[0])
    assert set(found.values()) == {MET} and len(found) == 399


# One at a time


def alone(graph: Small, listed: str, terms: Terms) -> tuple[set[str], set[str]]:
    found = graph.reach(listed, "", terms)
    each = Alone(found)
    sure, maybe = set(listed), set(listed)
    for n in listed:
        sure |= {graph.letter[int(i)] for i in each.reach(graph.number[n], certain=True)}
        maybe |= {graph.letter[int(i)] for i in each.reach(graph.number[n], certain=False)}
    return sure, maybe


def test_alone_several_listed_owners_are_not_added_up() -> None:
    terms = Terms(end_day("2024"), strict=True)
    apart = Small("axy", [own("x", "a", "30"), own("y", "a", "30")])
    assert apart.answers("xy", strict=True) == {"a": MET}
    assert alone(apart, "xy", terms) == (set("xy"), set("xy"))
    through = Small("abx", [own("x", "a", "60"), own("x", "b", "20"), own("a", "b", "40")])
    assert alone(through, "x", terms)[0] == set("abx")


# The oracle


def check(seed: int) -> None:
    r = random.Random(seed)
    names = "abcdefg"[: r.randint(3, 7)]
    claims = random_claims(r, names)
    listed = "".join(r.sample(names, r.randint(1, 2)))
    day = r.choice(["2004-01-01", "2012-01-01", "2018-01-01", "2024-01-01"])
    least, strict = r.choice([(50.0, False), (50.0, True), (25.0, False), (33.3, False)])
    control, evidence = r.random() < 0.5, r.random() < 0.2
    graph = Small(names, claims)
    terms = Terms(end_day(day), least, strict, evidence,
                  control=("CONTROLS",) if control else ())  # fmt: skip
    found = graph.reach(listed, "", terms)
    how: dict[str, Any] = {"strict": strict, "control": control, "evidence": evidence}
    expected = [
        least_closed(names, claims, listed, day, least, certain=c, **how) for c in (True, False)
    ]
    assert [graph.names(found.sure), graph.names(found.maybe)] == expected, (seed, claims)
    each = [
        set().union(*(least_closed(names, claims, n, day, least, certain=c, **how) for n in listed))
        for c in (True, False)
    ]
    assert list(alone(graph, listed, terms)) == each, (seed, claims)
    if not evidence:
        sound(r, graph, claims, names, listed, day, terms, expected)


def sound(
    r: random.Random, graph: Small, claims: list[Claim], names: str, listed: str, day: str,
    terms: Terms, bounds: list[set[str]],
) -> None:  # fmt: skip
    """Draw shares within the intervals: what they capture lies between the two sets."""
    world = {k: lo + (hi - lo) * Fraction(r.randint(0, 4), 4)
             for k, (lo, hi) in plain_stakes(claims, day).items()}  # fmt: skip
    for b in names:
        if sum(x for (_, v), x in world.items() if v == b) > 100:
            return  # no such world
    exact = [own(a, b, f"{float(x):g}") for (a, b), x in world.items()]
    exact += [c for c in claims if c.type == "CONTROLS" and c.basis == "stated"]
    point = Small(names, exact).reach(listed, "", terms)
    got = graph.names(point.sure)
    assert bounds[0] <= got <= bounds[1], (claims, world)


@pytest.mark.parametrize("block", range(5))
def test_random_graphs_agree_with_the_oracle(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        check(seed)


def test_certain_only_is_the_certain_part() -> None:
    for seed in range(40):
        r = random.Random(seed)
        graph = Small("abcde", random_claims(r, "abcde"))
        terms, start = Terms(end_day("2018")), np.array([graph.number["a"]])
        whole = reach(graph.s, start, start, terms, graph.own_disputed)
        part = reach(graph.s, start, start, terms, graph.own_disputed, certain_only=True)
        assert np.array_equal(part.sure == 2**31 - 1, whole.sure == 2**31 - 1)


def test_whole_graphs_of_stakes_are_kept_and_told_apart() -> None:
    graph, other = (Small("abx", [own("x", "a", share)]) for share in ("60", "40"))
    day, types = end_day("2024"), ("OWNS",)
    first = holdings.holdings(graph.s, types, day)
    assert holdings.holdings(replace(graph.s, cost=graph.s.cost.copy()), types, day) is first
    for s, d, asks in ((other.s, day, None), (graph.s, day - 1, None),
                       (graph.s, day, graph.own_disputed),
                       (replace(graph.s, lo=graph.s.lo * 0), day, None)):  # fmt: skip
        assert holdings.holdings(s, types, d, asks) is not first
    x, a = graph.number["x"], graph.number["a"]
    assert first.held[first.ptr[x] : first.ptr[x + 1]]["owned"].tolist() == [a]
    assert first.held.tolist() == [(a, x, units(60.0), units(60.0), units(60.0))]
    assert holdings.slack(first.held["total"]).tolist() == [units(40.0)]
    assert holdings.over(first.held["total"]).tolist() == [0]
