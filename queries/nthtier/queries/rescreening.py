"""A portfolio screened again after a supposition: only what it can touch is asked anew.

Where the supposition only makes new targets (a company joins a list), each company is searched
for those alone and its answer put together; else those that can come near a relation put in or
taken out are screened again. Either way the answer is the one of a whole screening.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any, Final

import numpy as np

from nthtier.graph.hypothetical import Hypothetical
from nthtier.graph.ontology import CODE
from nthtier.queries.paths import Engine
from nthtier.queries.possible import with_equal_names
from nthtier.queries.question import Asked
from nthtier.queries.reach import MOST_NAMED, Reach, reaches, searched
from nthtier.queries.screening import Screening
from nthtier.queries.selection import Targets, entity_targets, joined
from nthtier.queries.space import space, towards

#: From this many companies on, ordering the index anew repays its time.
_REPAYS: Final = 256


def screen_again(
    before: Screening,
    findings: Mapping[int, dict[str, Any]],
    engine: Engine | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    after: Hypothetical,
) -> Screening:
    """Return the screening of ``before``'s companies in ``after``, a supposition on its version.

    ``findings`` are those of ``before`` by company.
    """
    work = Screening(Asked(after, before.asked.question), before.resolved)
    touched = _touched(after)
    fresh = None if before.asked.question.rules else _new_targets(before.asked, work.asked)
    if before.asked.question.rules:  # a rule reaches along chains of owners of any length
        again = set(before.companies)
    elif fresh is None:
        on_paths = _touched(after, before.asked)
        near = _near(before.asked, on_paths) | _near(work.asked, on_paths)
        again = {c for c in before.companies if near[c]}
    else:
        again = _merge(before, work, touched, fresh, engine)
    for asked in (before.asked, work.asked):  # who has a listed one's name may be another's now
        again |= with_equal_names(asked.version, before.companies) - before.reached.keys()
    again -= set(before.companies) - before.screened
    if fresh is None and len(again) >= _REPAYS:
        after.reaim()
    kept = [c for c in before.companies if c not in again]
    work.found = {c: findings[c] for c in kept if c in findings}
    if fresh is None:
        work.screened.update(kept)
        work.run(engine, progress, None)
    else:
        work.screened.update(before.screened)
    work.stopped = work.stopped or before.stopped
    return work


def _touched(after: Hypothetical, asked: Asked | None = None) -> list[int]:
    """Return the entities whose relations differ, of those only that a question looks at."""
    old, new = after.base.snapshot, after.snapshot
    gone = np.array(after.removed, np.int64)
    rows = np.flatnonzero(after.patch.old_relation < 0)
    if asked is not None:
        forward, backward = asked.selection(asked.day).widest()
        seen = np.asarray(forward | backward)
        seen[CODE["LISTED_ON"]] = True
        gone, rows = gone[seen[old.type[gone]]], rows[seen[new.type[rows]]]
    ends = (old.src[gone], old.dst[gone], new.src[rows], new.dst[rows])
    return sorted({int(e) for part in ends for e in part})


def _new_targets(before: Asked, after: Asked) -> list[int] | None:
    """Return the targets that there are more, where nothing else differs for the question."""
    version = after.version
    assert isinstance(version, Hypothetical)
    s, listed = version.snapshot, CODE["LISTED_ON"]
    rows = np.flatnonzero(version.patch.old_relation < 0)
    followed = any("LISTED_ON" in step for step in (after.reads, *after.steps))
    if followed or version.removed or (s.type[rows] != listed).any():
        return None
    old = before.targets(before.day).is_target
    new = after.targets(after.day).is_target
    entities = sorted({int(e) for e in s.src[rows]})
    if any(old[e] for e in entities if e < len(old)):
        return None
    return [e for e in entities if new[e]]


def _near(asked: Asked, touched: list[int]) -> np.typing.NDArray[np.bool_]:
    """Mark the entities from which a path may come to one of ``touched``."""
    s = asked.version.snapshot
    there = [e for e in touched if e < s.entities]
    if not there:
        return np.zeros(_stored(asked), bool)
    index = towards(s, entity_targets(s, there), asked.selection(asked.day), asked.max_hops)
    deep = index.depth < asked.max_hops
    found = index.near <= (index.depth + 1 if deep else asked.max_hops)
    return found[: _stored(asked)]


def _stored(asked: Asked) -> int:
    """Return how many entities the stored version has."""
    version = asked.version
    base = version.base if isinstance(version, Hypothetical) else version
    return base.snapshot.entities


def _merge(
    before: Screening, work: Screening, touched: list[int], fresh: list[int], engine: Engine | None
) -> set[int]:
    """Put new targets into what companies reach; returns the companies that it changes."""
    asked, s = work.asked, work.asked.version.snapshot
    changed = {c for c in before.companies if c in set(touched)}
    for c in changed & before.reached.keys():
        work.reached[c] = _moved(before.reached[c], asked)
    if not fresh:
        return changed
    targets = asked.targets(asked.day)
    only: Targets = reduce(joined, (targets.only(e) for e in fresh))
    sp = space(s, only, asked.selection(asked.day), max_hops=asked.max_hops)
    index = sp.index
    left = asked.max_hops if index.depth >= asked.max_hops else index.depth + 1
    companies = [c for c in before.companies if c in before.screened and index.near[c] <= left]
    companies = [c for c in companies if c not in asked.avoid]
    deadline, done = time.monotonic() + asked.question.seconds, 0
    for block, ends in searched(sp, companies, engine=engine or "numpy", deadline=deadline):
        found = reaches(companies[done:], block, ends, work.lists_of)
        for company, one in found.items():
            if one is None:
                continue
            known = work.reached.get(company)
            if known is None and company in before.reached:
                known = _moved(before.reached[company], asked)
            work.reached[company] = one if known is None else _both(known, one)
            changed.add(company)
        done += len(found)
        if block.stopped_by:
            work.stopped = block.stopped_by
            break
    return changed


def _moved(reach: Reach, asked: Asked) -> Reach:
    """Return the same with its relations numbered as in the supposition."""
    version = asked.version
    assert isinstance(version, Hypothetical)
    rows = tuple(int(version.patch.new_relation[r]) for r in reach.best.relations)
    return replace(reach, best=replace(reach.best, relations=rows))


def _both(a: Reach, b: Reach) -> Reach:
    """Join what is reached, of which no target is in both."""
    named = sorted(a.named + b.named)[:MOST_NAMED]
    best = a.best if a.named[0] < b.named[0] else b.best
    return Reach(best, a.by_hops + b.by_hops, a.by_list + b.by_list, named)
