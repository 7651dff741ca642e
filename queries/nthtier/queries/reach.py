"""What each company of a portfolio reaches: how many, in how few hops, and the strongest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nthtier.graph.index import HOP_BITS
from nthtier.queries.fewest import Pairs, fewest
from nthtier.queries.paths import Engine, Path
from nthtier.queries.space import Space
from nthtier.queries.strongest import Strongest, strongest

#: Targets that a finding names.
MOST_NAMED: Final = 10


@dataclass(slots=True)
class Reach:
    """What one company reaches, as far as its finding tells."""

    best: Path
    by_hops: Counter[int]
    by_list: Counter[str]
    named: list[tuple[int, int, int]]  # key, target, fewest hops; best first


def searched(
    space: Space, companies: Sequence[int], *, engine: Engine, deadline: float
) -> Iterator[tuple[Pairs, Strongest]]:
    """Yield what some companies reach; each block counts its companies from 0 on.

    A block may have ends of fewer companies than pairs, where time ran out: ``stopped_by`` says so.
    """
    before = 0
    seconds = max(deadline - time.monotonic(), 0)
    for block in fewest(space, companies, engine=engine, seconds=seconds):
        company, done = block.company - np.int32(before), block.done - before
        most = np.minimum(np.bincount(company, minlength=done), MOST_NAMED)
        ends = strongest(space, companies[before : block.done], most.tolist(), engine=engine,
                         deadline=deadline)  # fmt: skip
        stopped = "time" if ends.done < done else block.stopped_by
        yield Pairs(company, block.target, block.hops, done, stopped), ends
        before = block.done
        if stopped:
            return


def reaches(
    companies: Sequence[int], pairs: Pairs, ends: Strongest, lists_of: Callable[[int], set[str]]
) -> dict[int, Reach | None]:
    """Return what each company of a block reaches; None where it is nothing."""
    found: dict[int, Reach | None] = {}
    pair = np.searchsorted(pairs.company, np.arange(ends.done + 1))
    end = np.searchsorted(ends.company, np.arange(ends.done + 1))
    targets, number = np.unique(pairs.target, return_inverse=True)
    on = [frozenset(lists_of(t)) for t in targets.tolist()]
    kinds = {lists: i for i, lists in enumerate(dict.fromkeys(on))}  # of few lists, few together
    kind = np.array([kinds[lists] for lists in on], np.int64)
    for c in range(ends.done):
        first, last = end[c], end[c + 1]
        if first == last:
            found[companies[c]] = None
            continue
        hops = np.bincount(pairs.hops[pair[c] : pair[c + 1]])
        counts = np.bincount(kind[number[pair[c] : pair[c + 1]]], minlength=len(kinds)).tolist()
        by_list: Counter[str] = Counter()
        for lists, count in zip(kinds, counts, strict=True):
            if count:
                by_list.update(dict.fromkeys(lists, count))
        named = [
            (key, target, hops_to(pairs, pair[c], pair[c + 1], target))
            for key, target in zip(
                ends.key[first:last].tolist(), ends.target[first:last].tolist(), strict=True
            )
        ]
        relations = tuple(r for r in ends.relations[first].tolist() if r >= 0)
        best = Path(named[0][0] >> HOP_BITS, relations, int(ends.since[first]),
                    int(ends.until[first]))  # fmt: skip
        by_hops = Counter({h: n for h, n in enumerate(hops.tolist()) if n})
        found[companies[c]] = Reach(best, by_hops, by_list, named)
    return found


def hops_to(pairs: Pairs, first: int, last: int, target: int) -> int:
    """Return the fewest hops to a target of the company whose pairs are ``first`` to ``last``."""
    return int(pairs.hops[first + np.searchsorted(pairs.target[first:last], target)])
