"""Made-up ownership for tests: claims as plain values, built in memory, and a plain oracle.

The oracle shares no code with the kernels: shares are fractions, dates are text, and the least
set that is closed under a rule is found by looking at every set there is.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from graphs import snapshot_of
from nthtier.graph import model
from nthtier.graph.build import Built, build
from nthtier.graph.dates import end_day
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.snapshot import Snapshot
from nthtier.queries.cascade import NEVER, Reach, Terms, reach

SOURCES = [Source("doc", "doc", "A made-up document", date="2024-01-01"),
           Source("rival", "rival", "Another made-up document", date="2024-01-02")]  # fmt: skip
DAYS = ("", "2001-01-01", "2005-06-30", "2010-06-01", "2015-03-01", "2020-12-31")


@dataclass(frozen=True)
class Claim:
    """``a`` holds ``share`` (text of percents, or None) of ``b``, or controls it."""

    a: str
    b: str
    share: tuple[str, str] | None = None
    type: str = "OWNS"
    since: str = ""
    until: str = ""
    basis: str = "stated"
    source: str = "doc"

    def statement(self) -> Statement:
        share = None if self.share is None else (float(self.share[0]), float(self.share[1]))
        return statement(f"doc#{self.a}", self.type, object=f"doc#{self.b}", share=share,
                         since=self.since, until=self.until, basis=self.basis,
                         source=self.source, locator="line 1")  # fmt: skip


def own(a: str, b: str, share: str | None = None, **more: Any) -> Claim:
    """Make a claim: ``share`` is "51", "25-50", or None for not known."""
    if share is None:
        return Claim(a, b, None, **more)
    lo, _, hi = share.partition("-")
    return Claim(a, b, (lo, hi or lo), **more)


def built(names: str, claims: list[Claim], listed: dict[str, str] | None = None) -> Built:
    """Build the entities (one letter each) with their claims and listings in memory."""
    found = [
        statement(f"doc#{n}", p, value=v, source="doc", locator="line 1")
        for n in names
        for p, v in ((model.NAME, f"Company {n.upper()}"), (model.TYPE, "Company"))
    ]
    found += [c.statement() for c in claims]
    found += [
        statement(f"doc#{n}", "LISTED_ON", object=x, source="doc", locator="line 1")
        for n, x in (listed or {}).items()
    ]
    return build(SOURCES, found)


class Small:
    """A graph in memory whose entities are called by their letters."""

    def __init__(self, names: str, claims: list[Claim]) -> None:
        made = built(names, claims)
        self.s: Snapshot = snapshot_of(made)
        ids = made.tables["entities"]["id"]
        self.number = {n: ids.index(n) for n in names}
        self.letter = {i: n for n, i in self.number.items()}
        self.basis = made.tables["statements"]["basis"]

    def own_disputed(self, rows: Any) -> Any:
        return np.array([self.basis[int(self.s.evidence[r])] == "disputed" for r in rows], bool)

    def reach(self, sure: str, maybe: str, terms: Terms) -> Reach:
        return reach(self.s, np.array([self.number[n] for n in sure], np.int64),
                     np.array([self.number[n] for n in maybe], np.int64), terms,
                     self.own_disputed)  # fmt: skip

    def names(self, joined: Any) -> set[str]:
        return {self.letter[int(i)] for i in np.flatnonzero(joined != NEVER)}

    def answers(self, listed: str, **terms: Any) -> dict[str, str]:
        """Return the answer for each entity that is not listed."""
        found = self.reach(listed, "", Terms(terms.pop("day", end_day("2024")), **terms))
        sure, maybe = self.names(found.sure), self.names(found.maybe)
        return {
            n: "met" if n in sure else "cannot be determined" if n in maybe else "not met"
            for n in self.number
            if n not in listed
        }


# The oracle


Stake = tuple[Fraction, Fraction]


def plain_stakes(claims: list[Claim], day: str) -> dict[tuple[str, str], Stake]:
    """Return what each holds of each on a day."""
    pairs: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for c in claims:
        if c.type != "CONTROLS" and c.a != c.b:
            pairs[c.a, c.b].append(c)
    found = {}
    for pair, group in pairs.items():
        held = [c for c in group if (c.since or "0") <= day <= (c.until or "9")]
        if held:
            found[pair] = _one_stake(held, group, day)
    return found


def _one_stake(held: list[Claim], group: list[Claim], day: str) -> Stake:
    def doubted(c: Claim) -> bool:
        ends = [e.until for e in group if e.type == c.type and e.until]
        return c.basis == "disputed" or any((c.since or "0") < e < day for e in ends)

    def says(c: Claim) -> Stake | None:
        if c.share is None or (float(c.share[0]) == 0 and float(c.share[1]) == 100):
            return None
        return Fraction(c.share[0]), Fraction(c.share[1])

    sure = [c for c in held if not doubted(c)]
    told = [x for c in sure if (x := says(c))]
    rivals = [x for c in held if doubted(c) and (x := says(c))]
    if not told:
        if sure or not rivals:
            return Fraction(0), Fraction(100)
        return Fraction(0), max(x[1] for x in rivals)
    lo, hi = max(x[0] for x in told), min(x[1] for x in told)
    if lo > hi:
        lo, hi = min(x[0] for x in told), max(x[1] for x in told)
    apart = [x for x in rivals if x[1] < lo or x[0] > hi]
    return min([lo, *(x[0] for x in apart)]), max([hi, *(x[1] for x in apart)])


def least_closed(
    names: str, claims: list[Claim], seeds: str, day: str, percent: float, *, strict: bool,
    certain: bool, control: bool = False, evidence: bool = False,
) -> set[str]:  # fmt: skip
    """Return the meet of all sets that hold the seeds and everyone whom they capture."""
    stakes = plain_stakes(claims, day)
    total: dict[str, Fraction] = defaultdict(Fraction)
    for (_, b), (lo, _) in stakes.items():
        total[b] += lo
    limit = Fraction(str(percent))

    def captures(group: set[str], v: str) -> bool:
        if control and any(
            c.type == "CONTROLS" and c.b == v != c.a and c.a in group
            and (c.basis == "stated" or not certain)
            for c in claims
        ):  # fmt: skip
            return True
        mine = [x for (a, b), x in stakes.items() if b == v and a in group]
        least, most = sum((x[0] for x in mine), Fraction(0)), sum((x[1] for x in mine), Fraction(0))
        over = total[v] - 100
        if certain:
            if evidence:
                return False
            held = least - max(over, Fraction(0))
        else:
            held = min(most, Fraction(100) if over > 0 else least - over)
        return held > limit or (held == limit and not strict)

    found = set(names)
    for size in range(len(names) + 1):
        for extra in combinations(names, size):
            group = set(seeds) | set(extra)
            if all(v in group or not captures(group, v) for v in names):
                found &= group
    return found


def random_claims(r: random.Random, names: str) -> list[Claim]:
    """Draw claims: cycles, intervals, parallel claims, dates, disputes, 30 % without a share."""
    claims: list[Claim] = []
    for _ in range(r.randint(1, 4 * len(names))):
        a, b = r.choice(names), r.choice(names)
        if claims and r.random() < 0.35:  # another claim about the same stake
            a, b = claims[-1].a, claims[-1].b
        since, until = r.choice(DAYS), r.choice(DAYS)
        if since and until and since > until:
            since, until = until, since
        lo = r.choice([0, 5, 10, 12.5, 20, 25, 30, 33.3, 40, 49, 50, 51, 60, 75, 100])
        hi = lo if r.random() < 0.6 else r.choice([x for x in (25, 50, 66.7, 90, 100) if x >= lo])
        share = None if r.random() < 0.3 else (f"{lo}", f"{hi}")
        basis = r.choice(["stated"] * 6 + ["inferred", "disputed"])
        claims.append(Claim(a, b, share, r.choice(["OWNS", "OWNS", "INVESTED_IN"]), since, until,
                            basis, r.choice(["doc", "rival"])))  # fmt: skip
    for _ in range(r.randint(0, 2)):
        claims.append(Claim(r.choice(names), r.choice(names), type="CONTROLS",
                            basis=r.choice(["stated", "inferred"])))  # fmt: skip
    return claims
