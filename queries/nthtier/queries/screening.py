"""A portfolio screened: one finding for each company, grouped by the choke points they share."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any, Final

from nthtier.graph.index import HOP_BITS
from nthtier.graph.version import Version
from nthtier.queries.classes import CLASSES
from nthtier.queries.fewest import Pairs
from nthtier.queries.findings import Findings, contract
from nthtier.queries.paths import Engine, best_paths
from nthtier.queries.possible import with_equal_names
from nthtier.queries.question import Asked, Question
from nthtier.queries.reach import Reach, reaches, searched
from nthtier.queries.resolving import Resolved, Wanted, resolve_many
from nthtier.queries.space import Space
from nthtier.queries.strongest import Strongest

#: Companies screened by numpy before it is decided whether numba repays its start.
_PROBE: Final = 64
#: Seconds that this may take; after it the rest is left to whoever is quicker.
_BRIEF: Final = 5.0
#: Seconds of numpy's work from which on numba (its import, its compiled kernels) is quicker.
_REPAYS: Final = 3.0


def screen(
    version: Version,
    question: Question,
    wanted: Sequence[Wanted],
    *,
    engine: Engine | None = None,
    progress: Callable[[int], None] | None = None,
    say: Callable[[str, bool], None] | None = None,
) -> dict[str, Any]:
    """Screen the companies of a portfolio; the result is the JSON contract's object.

    It has, beside the contract, ``unresolved`` (rows that name no entity, with candidates) and
    ``groups`` (entities on the strongest paths of two companies or more). Findings are ordered by
    class, then fewest hops, then strength. ``engine`` None takes what is quicker for the work
    there is. ``progress`` is told how many companies are done, ``say`` what was chosen and why,
    with whether a person should hear it unasked (the kernels' first compilation).

    Raises:
        QuestionError: an unknown lens, type, or name in the question.
    """
    work = Screening(Asked(version, question), resolve_many(version, wanted))
    work.run(engine, progress, say)
    return work.result()


def _order(finding: dict[str, Any]) -> tuple[Any, ...]:
    return (CLASSES.index(finding["class"]), finding["fewest_hops"] or 0, -finding["strength"],
            finding["row"])  # fmt: skip


def _unresolved(r: Resolved) -> dict[str, Any]:
    return {
        "row": r.wanted.row,
        "name": r.wanted.name or r.wanted.id or "; ".join(r.wanted.identifiers.values()),
        "reason": r.reason,
        "candidates": [{"id": i, "name": n} for i, n in r.candidates],
    }


class Screening:
    """The work of one screening: what each company reaches, and the findings that say so."""

    def __init__(self, asked: Asked, resolved: Sequence[Resolved]) -> None:
        self.asked, self.resolved = asked, resolved
        self.rows = [r for r in resolved if r.entity is not None]
        self.companies = list(dict.fromkeys(r.entity for r in self.rows if r.entity is not None))
        self.made = Findings(asked)
        self.reached: dict[int, Reach] = {}
        self._lists: dict[int, set[str]] = {}
        self.screened: set[int] = set()
        self.stopped: str | None = None
        self.found: dict[int, dict[str, Any]] = {}  # findings that are known already
        self._maybe: set[int] | None = None

    def result(self) -> dict[str, Any]:
        """Return the JSON contract's object, the findings in their order."""
        self._prefetch()
        findings = sorted((f for r in self.rows for f in self.findings(r)), key=_order)
        result = contract(self.asked, "screen", findings, self.stopped)
        result["query"]["companies"] = len(self.resolved)
        result["unresolved"] = [_unresolved(r) for r in self.resolved if r.entity is None]
        result["groups"] = choke_points(findings)
        return result

    def run(
        self, engine: Engine | None, progress: Callable[[int], None] | None,
        say: Callable[[str, bool], None] | None,
    ) -> None:  # fmt: skip
        """Screen all companies that are not screened yet."""
        deadline = time.monotonic() + self.asked.question.seconds
        companies, done = [c for c in self.companies if c not in self.screened], 0
        for block, ends in self._blocks(companies, engine, deadline, say):
            found = reaches(companies[done:], block, ends, self.lists_of)
            self.reached.update((c, r) for c, r in found.items() if r is not None)
            self.screened.update(found)
            done += len(found)
            self.stopped = block.stopped_by
            if progress is not None:
                progress(done)
            if self.stopped is None and done < len(companies) and time.monotonic() > deadline:
                self.stopped = "time"
            if self.stopped:
                break

    def _prefetch(self) -> None:
        """Read what the findings will show, all companies together."""
        reader, s = self.made.reader, self.asked.version.snapshot
        companies = [c for c in self.companies if c not in self.found]
        reach = [self.reached[c] for c in companies if c in self.reached]
        reader.prefetch(r for x in reach for r in x.best.relations)
        reader.prefetch_entities(companies)
        reader.prefetch_entities(t for x in reach for _, t, _ in x.named)
        last = [x.best.relations[-1] for x in reach]
        reader.prefetch_listings([*companies, *s.src[last].tolist(), *s.dst[last].tolist()])

    def _blocks(
        self, companies: Sequence[int], engine: Engine | None, deadline: float,
        say: Callable[[str, bool], None] | None,
    ) -> Iterator[tuple[Pairs, Strongest]]:  # fmt: skip
        """Yield what some companies reach; each block counts its companies from 0 on."""
        space = self.asked.space(self.asked.day)

        def search(companies: Sequence[int], by: Engine) -> Iterator[tuple[Pairs, Strongest]]:
            return searched(space, companies, engine=by, deadline=deadline)

        if engine is not None:
            yield from search(companies, engine)
            return
        spent, start, tried = 0.0, time.process_time(), 0
        brief = min(deadline, time.monotonic() + _BRIEF)
        for block, ends in searched(space, companies[:_PROBE], engine="numpy", deadline=brief):
            spent += time.process_time() - start
            tried += ends.done
            over = time.monotonic() > deadline
            yield (block if over else replace(block, stopped_by=None)), ends
            start = time.process_time()
        rest = companies[tried:]
        expected = spent / max(tried, 1) * len(rest)
        chosen = _quicker(expected)
        if say is not None and rest:
            told = f"{len(rest):,} companies left, {expected:.1f} s by numpy: {chosen} takes them"
            first = chosen == "numba" and not _is_compiled()
            say(told + ("; compiling its kernels, once" if first else ""), first)
        yield from search(rest, chosen)

    def _weaker(self, finding: dict[str, Any]) -> Space | None:
        """Return where a path less strong than a finding's may say more, if one may."""
        if finding["class"] == "possible":
            return self._certain
        if finding["class"] == "none" and self.asked.named:
            return self._exposing  # the strongest path to a named entity is over
        return None

    @cached_property
    def _exposing(self) -> Space:
        """Where paths that expose are searched; made once for all companies that need it."""
        return self.asked.space(self.asked.day, exposing=True)

    @cached_property
    def _certain(self) -> Space:
        """Where paths that expose are searched without what is only possible."""
        return self.asked.space(self.asked.day, exposing=bool(self.asked.named), certain=True)

    def lists_of(self, target: int) -> set[str]:
        """Return the ids of the lists that an entity is on, on the day asked or ever."""
        if target not in self._lists:
            s, day = self.asked.version.snapshot, self.asked.day
            rows = range(int(s.listing_ptr[target]), int(s.listing_ptr[target + 1]))
            self._lists[target] = {
                self.made.reader.entity(int(s.listing_list[n]))["id"]
                for n in rows
                if day is None or s.since[s.listing_rel[n]] <= day <= s.until[s.listing_rel[n]]
            }
        return self._lists[target]

    def _possibly(self) -> set[int]:
        """Return which companies that reach nothing have the name of a listed entity."""
        if self._maybe is None:
            left = [c for c in self.companies if c in self.screened and c not in self.reached]
            self._maybe = with_equal_names(self.asked.version, left) if left else set()
        return self._maybe

    def findings(self, row: Resolved) -> list[dict[str, Any]]:
        """Return the one finding of a row; none for a company that time did not allow for."""
        company = row.entity
        assert company is not None
        kept = self.found.get(company)
        if kept is not None:
            return [{**kept, **_given(row)}]
        reach = self.reached.get(company)
        own = self.made.own_listing(company) or self.made.own_capture(company)
        if own:
            finding = own[0]
        elif reach is not None:
            finding = self.made.exposed(company, reach.best)
            space = self._weaker(finding)
            if space is not None:
                for path in best_paths(space, company, limit=1).paths:
                    finding = self.made.exposed(company, path)
        elif company in self.screened:
            may_be = self.made.possible(company) if company in self._possibly() else []
            finding = may_be[0] if may_be else self.made.nothing(company)
        else:
            return []
        more: dict[str, Any] = {
            **_given(row),
            "fewest_hops": 0 if own else min(reach.by_hops) if reach else None,
            "reached": {"total": 0, "by_hops": {}, "by_list": {}, "strongest": []},
        }
        if reach is not None:
            more["reached"] = {
                "total": reach.by_hops.total(),
                "by_hops": {str(h): n for h, n in sorted(reach.by_hops.items())},
                "by_list": dict(sorted(reach.by_list.items())),
                "strongest": [
                    {**self.made.reader.entity(t), "hops": hops,
                     "strength": self.made.strength(key >> HOP_BITS)}
                    for key, t, hops in reach.named
                ],
            }  # fmt: skip
        return [finding | more]


def _given(row: Resolved) -> dict[str, Any]:
    return {
        "row": row.wanted.row,
        "given": row.wanted.name or row.wanted.id,
        "matched": row.reason,
    }


def _quicker(expected: float) -> Engine:
    """Return the engine for work that numpy would take ``expected`` seconds of CPU for."""
    import importlib.util

    if expected < _REPAYS or importlib.util.find_spec("numba") is None:
        return "numpy"
    return "numba"


def _is_compiled() -> bool:
    """Tell whether numba has kept the compiled kernels of an earlier run."""
    import importlib.util
    import os

    spec = importlib.util.find_spec("nthtier.queries.fewest_kernel")
    assert spec is not None and spec.origin is not None
    kept = os.environ.get("NUMBA_CACHE_DIR") or FilePath(spec.origin).parent / "__pycache__"
    return any(FilePath(kept).rglob("fewest_kernel.meet-*.nbi"))


def choke_points(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entities through which, or to which, several companies are exposed.

    One that all the same companies share with an entity nearer to them is left out. Most
    companies first.
    """
    through: dict[str, dict[str, None]] = defaultdict(dict)
    entities: dict[str, dict[str, Any]] = {}
    ends: Counter[str] = Counter()
    nearness: dict[str, int] = {}
    for finding in findings:
        for hop, step in enumerate(finding["path"], 1):
            other = step["to"] if step["read"] == "forward" else step["from"]
            through[other["id"]][finding["subject"]["id"]] = None
            entities[other["id"]] = other
            nearness[other["id"]] = min(hop, nearness.get(other["id"], hop))
            ends[other["id"]] += hop == len(finding["path"])
    seen: set[frozenset[str]] = set()
    groups = []
    for entity in sorted(through, key=lambda e: (-len(through[e]), nearness[e], e)):
        companies = frozenset(through[entity])
        if len(companies) < 2 or companies in seen:
            continue
        seen.add(companies)
        groups.append(
            {
                "entity": entities[entity],
                "companies": sorted(companies),
                "ends_here": ends[entity],
            }
        )
    return groups
