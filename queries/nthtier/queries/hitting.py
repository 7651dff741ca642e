"""The cheapest set of elements that has one of every given set (minimum hitting set), exact.

The sets are the paths, the elements the ties on them. First what cannot matter is taken away
(a set that holds another, an element that a cheaper one stands for), then each independent part
is solved by branch and bound: a set not hit yet must be hit by one of its elements, and sets that
share nothing, each with its cheapest element, say how much is still to come at least.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_EPSILON: Final = 1e-9
#: Sets and elements up to which they are compared with each other before the search.
_MOST_COMPARED: Final = 3_000
Family = list[frozenset[int]]


@dataclass(frozen=True, slots=True)
class Hitting:
    """The best set found, its cost, the least cost there can be, and whether it is that."""

    chosen: tuple[int, ...]
    cost: float
    bound: float
    complete: bool


def hitting_set(
    sets: Iterable[Collection[int]], cost: Mapping[int, float], *, seconds: float = 30.0
) -> Hitting:
    """Return elements of least total cost such that every set has one of them.

    Costs are positive. After ``seconds`` the best so far is returned, with a lower bound.

    Raises:
        ValueError: a set is empty.

    >>> hitting_set([{1, 2}, {2, 3}, {3, 4}], {1: 1, 2: 1, 3: 1, 4: 1}).cost
    2.0
    """
    family = list(dict.fromkeys(frozenset(s) for s in sets))
    if not all(family):
        raise ValueError("an empty set is hit by nothing")
    deadline = time.monotonic() + seconds
    chosen: list[int] = []
    bound, complete = 0.0, True
    for part in _parts(_reduced(family, cost, deadline)):
        work = _Search(part, cost, deadline)
        work.run()
        chosen += work.best
        bound += work.bound
        complete &= work.complete
    total = float(sum(cost[e] for e in chosen))
    return Hitting(tuple(sorted(chosen)), total, total if complete else bound, complete)


def _reduced(family: Family, cost: Mapping[int, float], deadline: float) -> Family:
    """Drop sets that hold another, and elements that another, no dearer, does the work of."""
    while time.monotonic() < deadline:
        small = _minimal(family)
        where: dict[int, set[int]] = {}
        for i, s in enumerate(small):
            for e in s:
                where.setdefault(e, set()).add(i)
        needless: set[int] = set()
        if len(where) <= _MOST_COMPARED:
            for s in small:
                for e in s - needless:
                    for other in s - needless - {e}:
                        if where[e] <= where[other] and (cost[other], other) < (cost[e], e):
                            needless.add(e)
                            break
                        if where[e] < where[other] and cost[other] <= cost[e]:
                            needless.add(e)
                            break
        if not needless and len(small) == len(family):
            return small
        family = list(dict.fromkeys(s - needless for s in small))
    return family


def _minimal(family: Family) -> Family:
    """Return the sets that hold no other, shortest first."""
    kept: Family = []
    by_element: dict[int, list[frozenset[int]]] = {}
    for s in sorted(family, key=lambda s: (len(s), sorted(s))):
        if any(other <= s for e in s for other in by_element.get(e, ())):
            continue
        kept.append(s)
        by_element.setdefault(min(s), []).append(s)
    return kept


def _parts(family: Family) -> list[Family]:
    """Return the groups of sets that share no element with each other."""
    home: dict[int, int] = {}

    def find(x: int) -> int:
        while home.setdefault(x, x) != x:
            home[x] = home[home[x]]
            x = home[x]
        return x

    for s in family:
        first = min(s)
        for e in s:
            home[find(e)] = find(first)
    parts: dict[int, Family] = {}
    for s in family:
        parts.setdefault(find(min(s)), []).append(s)
    return list(parts.values())


class _Search:
    """Branch and bound over one part."""

    def __init__(self, family: Family, cost: Mapping[int, float], deadline: float) -> None:
        self.family, self.cost, self.deadline = family, cost, deadline
        self.best = self._greedy()
        self.least = sum(cost[e] for e in self.best)
        self.bound = self._below(family, frozenset())
        self.complete = True

    def run(self) -> None:
        """Search; on return ``best`` is the best found, ``complete`` tells whether it is best."""
        if self.bound >= self.least - _EPSILON:
            return
        self._branch(self.family, [], 0.0, frozenset())
        if self.complete:
            self.bound = self.least

    def _greedy(self) -> list[int]:
        """Take what hits most for its cost, then leave out what is not needed."""
        left, chosen = self.family, []
        while left:
            hits: dict[int, int] = {}
            for s in left:
                for e in s:
                    hits[e] = hits.get(e, 0) + 1
            best = min(hits, key=lambda e: (self.cost[e] / hits[e], e))
            chosen.append(best)
            left = [s for s in left if best not in s]
        for e in sorted(chosen, key=lambda e: (-self.cost[e], e)):
            others = set(chosen) - {e}
            if all(s & others for s in self.family):
                chosen.remove(e)
        return chosen

    def _below(self, family: Family, out: frozenset[int]) -> float:
        """Return a cost that hitting all sets cannot be below: each pays what its sets can share.

        Every set raises a price until one of its elements is paid in full (dual ascent); the sum
        of the prices is such a cost.
        """
        left: dict[int, float] = {}
        total = 0.0
        for s in sorted(family, key=len):
            price = min(left.get(e, self.cost[e]) for e in s - out)
            if price > 0:
                total += price
                for e in s - out:
                    left[e] = left.get(e, self.cost[e]) - price
        return total

    def _branch(self, family: Family, taken: list[int], spent: float, out: frozenset[int]) -> None:
        if time.monotonic() > self.deadline:
            self.complete = False
            return
        if not family:
            if spent < self.least - _EPSILON:
                self.least, self.best = spent, list(taken)
            return
        narrow = min(family, key=lambda s: len(s - out))
        choices = narrow - out
        if not choices or spent + self._below_open(family, out) >= self.least - _EPSILON:
            return
        hits = {e: sum(e in s for s in family) for e in choices}
        for e in sorted(choices, key=lambda e: (self.cost[e] / hits[e], e)):
            if spent + self.cost[e] < self.least - _EPSILON:
                self._branch([s for s in family if e not in s], [*taken, e],
                             spent + self.cost[e], out)  # fmt: skip
            out = out | {e}

    def _below_open(self, family: Family, out: frozenset[int]) -> float:
        """Return the lower bound; infinite where a set has nothing left to be hit by."""
        if any(not s - out for s in family):
            return float("inf")
        return self._below(family, out)
