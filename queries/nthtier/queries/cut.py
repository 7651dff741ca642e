"""The cheapest relations whose end breaks every path, and what the paths rest on most.

Every path within the hop limit is enumerated, so the answer is exact for the question asked
(dates, filters and hop limit included), which a cut of the whole graph would not be. Claims about
the same tie (same ends, same type) end together. Where there are too many paths or too little
time, the answer says so and gives a lower bound.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version as software_version
from typing import Any, Final

from nthtier.graph.version import Version
from nthtier.queries.classes import FORMAT
from nthtier.queries.costs import NEVER, Costs, Tie
from nthtier.queries.findings import Findings, contract
from nthtier.queries.hitting import hitting_set
from nthtier.queries.paths import Path, iter_paths
from nthtier.queries.question import Asked, Question

#: Paths that are enumerated at most.
MOST_PATHS: Final = 200_000
#: Paths, their strength, and where they end.
Load = tuple[int, float, set[int]]
#: Ties and statements that are named.
_NAMED: Final = 10
#: Relations whose evidence is looked at, those that carry most first.
_MOST_READ: Final = 2_000


def cut(
    version: Version,
    question: Question,
    *,
    costs: Callable[[Callable[[str], int]], Costs] | None = None,
    most: int = MOST_PATHS,
) -> dict[str, Any]:
    """Return what breaks every path of a trace at least cost, and what carries most of them.

    ``costs`` is given the function that finds entities by name, and returns the costs.

    Raises:
        QuestionError: no such company, an ambiguous name, an unknown lens or type.
        InputError: the costs are wrong.
    """
    work = _Cut(Asked(version, question), Costs())
    if costs is not None:
        work.costs = costs(work.asked.resolve)
    return work.result(most)


class _Cut:
    def __init__(self, asked: Asked, costs: Costs) -> None:
        self.asked, self.costs = asked, costs
        self.s, self.reader = asked.version.snapshot, asked.reader
        self.paths: list[Path] = []
        self.stopped: str | None = None

    def _tie(self, row: int) -> Tie:
        return (int(self.s.src[row]), int(self.s.type[row]), int(self.s.dst[row]))

    def _enumerate(self, most: int) -> None:
        asked, deadline = self.asked, time.monotonic() + self.asked.question.seconds
        for path in iter_paths(asked.space(asked.day), asked.subject):
            if len(self.paths) >= most:
                self.stopped = "limit"
                return
            self.paths.append(path)
            if not len(self.paths) & 1023 and time.monotonic() > deadline:
                self.stopped = "time"
                return

    def result(self, most: int) -> dict[str, Any]:
        """Return the answer as an object of the command's JSON."""
        self._enumerate(most)
        ties = [frozenset(self._tie(r) for r in p.relations) for p in self.paths]
        number = {t: i for i, t in enumerate(sorted({t for path in ties for t in path}))}
        every = list(number)
        cost = {i: self.costs.of(t) for i, t in enumerate(every)}
        sets = [{number[t] for t in path if cost[number[t]] < NEVER} for path in ties]
        fixed = sum(not s for s in sets)
        found = hitting_set((s for s in sets if s), cost, seconds=self.asked.question.seconds)
        complete = found.complete and self.stopped is None and not fixed
        carried = self._carried()
        by_tie: dict[Tie, list[int]] = {}
        for row in carried:
            by_tie.setdefault(self._tie(row), []).append(row)
        load = self._load(ties)
        chosen = [every[i] for i in found.chosen]
        heaviest = sorted(every, key=lambda t: (-load[t][0], -load[t][1], t))[:_NAMED]
        self.reader.prefetch(r for t in (*chosen, *heaviest) for r in by_tie[t])
        stopped = self.stopped or (None if found.complete else "time")
        told = contract(self.asked, "cut", [], stopped)
        made = Findings(self.asked)
        own = made.own_listing(self.asked.subject) + made.own_capture(self.asked.subject)
        told["query"]["subject"] = self.reader.entity(self.asked.subject)["id"]
        return {
            "format": FORMAT,
            "nthtier": software_version("nthtier"),
            "version": told["version"],
            "query": told["query"],
            "paths": len(self.paths),
            "targets": len({self._end(p) for p in self.paths}),
            "strength": round(sum(map(_strength, self.paths)), 6),
            "cut": {
                "relations": [self._shown(t, by_tie[t], load[t]) for t in chosen],
                "cost": found.cost,
                "least_cost": found.bound,
                "complete": complete,
                "unbreakable": fixed,
            },
            "carriers": [self._shown(t, by_tie[t], load[t]) for t in heaviest],
            "verify_first": self._doubtful(carried),
            "findings": own,
            "coverage": {**told["coverage"], "complete": complete},
        }

    def _end(self, path: Path) -> int:
        at = self.asked.subject
        for r in path.relations:
            at = int(self.s.dst[r]) if int(self.s.src[r]) == at else int(self.s.src[r])
        return at

    def _carried(self) -> dict[int, tuple[int, float]]:
        """Return for each relation how many paths it carries and their strength."""
        found: dict[int, tuple[int, float]] = {}
        for p in self.paths:
            strength = _strength(p)
            for r in p.relations:
                n, total = found.get(r, (0, 0.0))
                found[r] = n + 1, total + strength
        return found

    def _load(self, ties: Iterable[frozenset[Tie]]) -> dict[Tie, Load]:
        """Return for each tie how many paths it carries, their strength, and where they end."""
        found: dict[Tie, Load] = {}
        for path, on in zip(self.paths, ties, strict=True):
            strength, end = _strength(path), self._end(path)
            for tie in on:
                n, total, ends = found.get(tie, (0, 0.0, set()))
                ends.add(end)
                found[tie] = n + 1, total + strength, ends
        return found

    def _shown(
        self, tie: Tie, rows: list[int], load: tuple[int, float, set[int]]
    ) -> dict[str, Any]:
        hop = self.reader.hop(rows[0], "forward")
        cost = self.costs.of(tie)
        return {
            "relations": [self.reader.relation(r)["id"] for r in sorted(rows)],
            "type": hop["type"],
            "from": hop["from"],
            "to": hop["to"],
            "cost": cost if cost < NEVER else "never",
            "paths": load[0],
            "strength": round(load[1], 6),
            "targets": len(load[2]),
        }

    def _doubtful(self, carried: dict[int, tuple[int, float]]) -> list[dict[str, Any]]:
        """Return the statements worth checking first.

        Those whose falsity takes most strength from the findings: where one source alone speaks
        for a relation, or others dispute it, before what several sources agree on.
        """
        rows = sorted(carried, key=lambda r: (-carried[r][1], r))[:_MOST_READ]
        self.reader.prefetch(rows)
        whole = sum(map(_strength, self.paths))
        found = []
        for r in rows:
            row, said = self.reader.relation(r), self.reader.evidence(r)
            sources = sorted({e["source"] for e in said})
            disputed = row["basis"] == "disputed" or bool(row["contested"])
            n, strength = carried[r]
            record = {
                "statements": [e["statement"] for e in said],
                "sources": sources,
                "locator": "; ".join(sorted({e["locator"] for e in said})),
                "relation": row["id"],
                "type": row["type"],
                "from": self.reader.entity(int(self.s.src[r])),
                "to": self.reader.entity(int(self.s.dst[r])),
                "basis": row["basis"],
                "disputed": disputed,
                "single_source": len(sources) == 1,
                "paths": n,
                "strength": round(strength, 6),
                "part": round(strength / whole, 6),
            }
            found.append(((not (disputed or len(sources) == 1), -strength, r), record))
        return [record for _, record in sorted(found, key=lambda x: x[0])[:_NAMED]]


def _strength(path: Path) -> float:
    return math.exp(-path.cost / 1e6)
