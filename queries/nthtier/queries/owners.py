"""Who owns a company and what it owns: the cascade and effective ownership side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.metadata import version as software_version
from typing import Any, Final

import numpy as np

from nthtier.graph import dates
from nthtier.graph.index import I64
from nthtier.graph.version import Version
from nthtier.queries.answers import Reader
from nthtier.queries.capture import own_disputed
from nthtier.queries.cascade import NEVER, Reach, Terms, reach
from nthtier.queries.classes import FORMAT
from nthtier.queries.effective import Effective, Web, effective, reached, web
from nthtier.queries.lookup import resolve
from nthtier.queries.ruledata import MET, NOT_MET, OPEN, Answer
from nthtier.queries.stakes import FLAGS, WHOLE, Stakes, gather_stakes, percent

DEFAULT_LIMIT: Final = 100
_TYPES: Final = ("OWNS", "INVESTED_IN")
#: The cascade shown here counts an owner in full from this share on (percent, at least).
THRESHOLD: Final = 50.0


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters; ``as_of`` is a partial date, empty for today. ``limit`` is for each way."""

    entity: str
    as_of: str = ""
    known: str = ""
    limit: int = DEFAULT_LIMIT
    by_id: bool = False


def owners(version: Version, question: Question) -> dict[str, Any]:
    """Answer who stands above and below a company.

    Raises:
        QuestionError: no such company, or an ambiguous name.
    """
    return _Owners(version, question).result()


class _Owners:
    def __init__(self, version: Version, question: Question) -> None:
        self.version, self.question = version, question
        self.reader, self.s = Reader(version), version.snapshot
        self.as_of = question.as_of or date.today().isoformat()
        self.day = dates.end_day(self.as_of)
        self.entity = resolve(version, question.entity, by_id=question.by_id)
        self.ask = own_disputed(version)
        self.terms = Terms(self.day, THRESHOLD)
        self.cut: list[str] = []

    def result(self) -> dict[str, Any]:
        up, down, joint = self.up(), self.down(), self.joint()
        return {
            "format": FORMAT,
            "nthtier": software_version("nthtier"),
            "version": self.version.id,
            "query": {
                "command": "owners",
                "entity": self.reader.entity(self.entity)["id"],
                "as_of": self.as_of,
                "known": self.question.known or None,
                "threshold": {"operator": ">=", "percent": THRESHOLD},
                "limit": self.question.limit,
            },
            "entity": {**self.reader.entity(self.entity), "listings": self._listings(self.entity)},
            "owners": up,
            "joint": joint,
            "holdings": down,
            "flags": self.flags(),
            "coverage": {
                "sources": self.reader.sources(),
                "max_hops": None,
                "types": list(_TYPES),
                "entities": self.s.entities,
                "relations": self.s.relations,
                "complete": not self.cut,
                "stopped_by": "limit" if self.cut else None,
            },
        }

    def up(self) -> list[dict[str, Any]]:
        """Return the owners at every distance, those that have most first."""
        start = np.array([self.entity], np.int64)
        above = reached(self.s, start, self.day, down=False)
        self.above_web = w = web(self.s, above, self.day, self.ask)
        self.direct = self._direct()
        others = above[above != self.entity]
        chosen = self._widest(others)
        found = []
        for owner in chosen.tolist():
            share = effective(w, w.number(np.array([owner]))).of(self.entity)
            answer, _ = self._cascade(owner)
            found.append((owner, share, answer(self.entity)))
        found.sort(key=lambda x: (-x[1][0], -x[1][1], x[0]))
        return [self._up_row(*x) for x in found]

    def _widest(self, others: I64) -> I64:
        """Return the owners to show: all, or those with the greatest reach upwards by bounds.

        Shares multiplied upwards (cycles counted again, so not below the true bound) choose which.
        """
        limit = self.question.limit
        if len(others) <= limit:
            return others
        self.cut.append("owners")
        w = self.above_web
        turned = np.argsort(w.owned, kind="stable")
        flipped = Web(w.entity, np.searchsorted(w.owned[turned], np.arange(len(w.entity) + 1)),
                      w.owned[turned], w.owner[turned], w.lo[turned], w.hi[turned])  # fmt: skip
        rank = effective(flipped, flipped.number(np.array([self.entity])))
        order = np.lexsort((rank.entity, -rank.hi, -rank.lo))
        ranked: I64 = rank.entity[order]
        ranked = ranked[ranked != self.entity]
        return ranked[:limit]

    def _direct(self) -> dict[int, int]:
        """Return the direct owners and the number of their stake; remember the stakes."""
        self.part: Stakes = gather_stakes(
            self.s, np.array([self.entity], np.int64), _TYPES, self.day, self.ask
        )
        self.reader.prefetch(self.part.rows.tolist())
        return {int(o): j for j, o in enumerate(self.part.owner.tolist())}

    def _cascade(self, owner: int) -> tuple[Any, Reach]:
        start = np.array([owner], np.int64)
        found = reach(self.s, start, start, self.terms, self.ask)

        def answer(entity: int) -> Answer:
            if found.sure[entity] != NEVER:
                return MET
            return OPEN if found.maybe[entity] != NEVER else NOT_MET

        return answer, found

    def _up_row(self, owner: int, share: tuple[float, float], answer: Answer) -> dict[str, Any]:
        entity = self.reader.entity(owner)
        above = self.above_web
        owned_itself = bool((above.owned == int(above.number(np.array([owner]))[0])).any())
        return {
            "entity": entity,
            "listings": self._listings(owner),
            "direct": self._stake(self.part, self.direct.get(owner)),
            "effective": [round(share[0], 6), round(share[1], 6)],
            "cascade": answer,
            "ultimate": not owned_itself,
            "beneficial": entity["type"] == "Person",
        }

    def _stake(self, part: Stakes, number: int | None) -> dict[str, Any] | None:
        if number is None:
            return None
        rows = part.claims(number).tolist()
        said = [e for r in rows for e in self.reader.evidence(r)]
        return {
            "share": [percent(int(part.lo[number])), percent(int(part.hi[number]))],
            "flags": [text for bit, text in FLAGS.items() if int(part.flags[number]) & bit],
            "relations": [self.reader.relation(r)["id"] for r in rows],
            "statements": [e["statement"] for e in said],
            "sources": sorted({e["source"] for e in said}),
        }

    def _listings(self, entity: int) -> list[dict[str, Any]]:
        return self.reader.listings(entity, since=self.day, until=self.day)

    def joint(self) -> dict[str, Any] | None:
        """Return what the listed owners hold together, whatever their lists are."""
        above = self.above_web.entity
        listed = []
        for owner in above[above != self.entity].tolist():
            first, last = int(self.s.listing_ptr[owner]), int(self.s.listing_ptr[owner + 1])
            rows = self.s.listing_rel[first:last]
            if ((self.s.since[rows] <= self.day) & (self.s.until[rows] >= self.day)).any():
                listed.append(owner)
        if not listed:
            return None
        start = np.array(listed, np.int64)
        found = reach(self.s, start, start, self.terms, self.ask)
        at = self.entity
        answer = MET if found.sure[at] != NEVER else OPEN if found.maybe[at] != NEVER else NOT_MET
        share = effective(self.above_web, self.above_web.number(start)).of(self.entity)
        return {
            "owners": [self.reader.entity(o) for o in listed],
            "effective": [round(share[0], 6), round(share[1], 6)],
            "cascade": answer,
        }

    def down(self) -> list[dict[str, Any]]:
        """Return the holdings at every distance, the largest first."""
        start = np.array([self.entity], np.int64)
        below = reached(self.s, start, self.day, down=True)
        share: Effective = effective(w := web(self.s, below, self.day, self.ask), w.number(start))
        order = np.lexsort((share.entity, -share.hi, -share.lo))
        ranked = share.entity[order]
        ranked = ranked[ranked != self.entity]
        if len(ranked) > self.question.limit:
            self.cut.append("holdings")
            ranked = ranked[: self.question.limit]
        answer, _ = self._cascade(self.entity)
        chosen = np.sort(ranked)
        part = gather_stakes(self.s, chosen, _TYPES, self.day, self.ask)
        held = {
            int(chosen[i]): j
            for i in range(len(chosen))
            for j in range(int(part.ptr[i]), int(part.ptr[i + 1]))
            if int(part.owner[j]) == self.entity
        }
        self.reader.prefetch([int(r) for j in held.values() for r in part.claims(j)])
        found = []
        for entity in ranked.tolist():
            lo, hi = share.of(entity)
            found.append({
                "entity": self.reader.entity(entity),
                "listings": self._listings(entity),
                "direct": self._stake(part, held.get(entity)),
                "effective": [round(lo, 6), round(hi, 6)],
                "cascade": answer(entity),
            })  # fmt: skip
        return found

    def flags(self) -> list[str]:
        """Return what is wrong with the stakes in the company."""
        found = []
        total = int(self.part.lo.sum())
        if total > WHOLE:
            found.append(f"the stakes in it add up to at least {percent(total):.10g} %, over 100: "
                         "some claim is wrong; capped at 100 %")  # fmt: skip
        if bool(self.part.selfish[0]):
            found.append("it is said to own itself: that counts for nothing")
        return found
