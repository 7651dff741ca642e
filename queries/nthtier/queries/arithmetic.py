"""Why a rule reaches an entity or not: the sum line by line, and which missing fact decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from nthtier.graph.index import I64
from nthtier.graph.snapshot import Snapshot
from nthtier.queries.answers import Reader
from nthtier.queries.capture import Capture, own_disputed
from nthtier.queries.cascade import NEVER
from nthtier.queries.ruledata import MET, NOT_MET, Answer
from nthtier.queries.stakes import (
    FLAGS,
    UNKNOWN,
    WHOLE,
    Stakes,
    gather_stakes,
    percent,
    span_words,
    type_table,
)

#: Owners that are no members are named up to this number; the others are one line.
OTHERS: Final = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One stake in an entity, or one relation of control (``link``), and how far it counts.

    ``sure`` and ``maybe`` are the rounds in which the owner joined; claims are relation rows.
    """

    owner: int
    lo: int
    hi: int
    flags: int
    claims: tuple[int, ...]
    sure: int
    maybe: int
    link: bool = False

    @property
    def counts(self) -> str:
        """How it counts: listed, captured, open (its owner may be a member), or no."""
        if self.sure == 0:
            return "listed"
        if self.sure != NEVER:
            return "captured"
        return "open" if self.maybe != NEVER else "no"


@dataclass(slots=True)
class Sum:
    """The arithmetic of one entity under one rule; shares in units.

    ``lo`` and ``hi`` are what members hold at least and at most; ``others`` what the others hold
    for certain, ``total`` the least stakes of all together.
    """

    entity: int
    answer: Answer
    lines: list[Line]
    lo: int = 0
    hi: int = 0
    others: int = 0
    total: int = 0
    selfish: bool = False
    links: list[Line] = field(default_factory=list)
    alerts: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    @property
    def counted(self) -> list[Line]:
        """The lines that count, the surest and largest first."""
        return sorted(
            (x for x in self.lines if x.maybe != NEVER),
            key=lambda x: (x.sure == NEVER, -x.lo, -x.hi, x.owner),
        )

    def relations(self) -> list[int]:
        """Return the relation rows that the arithmetic speaks of."""
        rows = [r for x in (*self.lines, *self.links) for r in x.claims]
        return rows + [r for _, found in self.alerts for r in found]


class Sums:
    """Works out the arithmetic of entities under one capture."""

    def __init__(self, reader: Reader, found: Capture) -> None:
        self.reader, self.found = reader, found
        self.s: Snapshot = reader.version.snapshot
        self._links: dict[int, list[int]] | None = None
        self._known: dict[int, Sum] = {}
        self._steps: dict[tuple[int, int, bool], tuple[int, int] | None] = {}

    def of(self, entity: int) -> Sum:
        """Return the arithmetic of an entity."""
        if entity not in self._known:
            self._known[entity] = self._of(entity)
        return self._known[entity]

    def _of(self, entity: int) -> Sum:
        found, answer = self.found, self.found.conditions(entity)
        part, numbers = self._stakes(entity)
        lines = []
        for j in numbers if found.terms.percent is not None else range(0):
            owner = int(part.owner[j])
            sure, maybe = self._rounds(owner, entity, answer)
            claims = tuple(part.claims(j).tolist())
            lines.append(Line(owner, int(part.lo[j]), int(part.hi[j]), int(part.flags[j]), claims,
                              sure, maybe))  # fmt: skip
        made = Sum(entity, answer, lines, selfish=self._selfish(part, entity))
        made.total = sum(x.lo for x in lines)
        certain = sum(x.lo for x in lines if x.sure != NEVER)
        made.others = sum(x.lo for x in lines if x.maybe == NEVER)
        made.lo = min(max(certain - max(made.total - WHOLE, 0), 0), WHOLE)
        most = sum(x.hi for x in lines if x.maybe != NEVER)
        made.hi = min(most, WHOLE if made.total > WHOLE else WHOLE - made.others)
        made.links = self._tied(entity, answer)
        made.alerts = self._alerts(made)
        return made

    def step(self, entity: int, of: int, *, certain: bool) -> tuple[int, int] | None:
        """Return the relation and the owner by which an entity joined, on the way from ``of``."""
        key = (entity, self.found.by.get(of, -1), certain)
        if key not in self._steps:
            self._steps[key] = None
            made = self.of(entity)
            mine = self.found.round(entity, of, certain=certain)
            for x in [*made.counted, *made.links]:
                if self.found.round(x.owner, of, certain=certain) < mine:
                    self._steps[key] = _shown(self.s, x), x.owner
                    break
        return self._steps[key]

    def _stakes(self, entity: int) -> tuple[Stakes, range]:
        place = int(self.found.reach.place[entity])
        if place >= 0:
            return self.found.reach.pool.stakes_of(place)
        terms = self.found.terms
        part = gather_stakes(self.s, np.array([entity], np.int64), terms.ownership, terms.day,
                             own_disputed(self.reader.version))  # fmt: skip
        return part, range(len(part.owner))

    def _selfish(self, part: Stakes, entity: int) -> bool:
        return bool(part.selfish[np.flatnonzero(part.entities == entity)[0]])

    def _rounds(self, owner: int, entity: int, answer: Answer) -> tuple[int, int]:
        """Return the owner's rounds; of what is met only who joined before counts."""
        sure = self.found.round(owner, entity, certain=True)
        maybe = self.found.round(owner, entity, certain=False)
        if answer == MET and not self.found.listed(entity):
            mine = self.found.round(entity, entity, certain=True)
            if sure >= mine:
                sure = NEVER
            if sure == NEVER:
                maybe = NEVER
        return sure, maybe

    def _tied(self, entity: int, answer: Answer) -> list[Line]:
        """Return the relations of control, or hints of it, from members."""
        pool = self.found.reach.pool
        if self._links is None:
            self._links = {}
            for i, end in enumerate(pool.link_to.tolist()):
                self._links.setdefault(end, []).append(i)
        found = {}
        for i in self._links.get(entity, ()):
            owner, row = int(pool.link_from[i]), int(pool.links[i])
            sure, maybe = self._rounds(owner, entity, answer)
            if maybe == NEVER:
                continue
            if not pool.link_sure[i]:
                if answer == MET:
                    continue
                sure = NEVER
            found[row] = Line(owner, 0, 0, 0, (row,), sure, maybe, link=True)
        return list(found.values())

    def _alerts(self, made: Sum) -> list[tuple[str, tuple[int, ...]]]:
        """Return the rule's red flags that the graph raises, each with the relations behind it."""
        rule, found = self.found.rule, []
        listed = [x for x in made.lines if x.sure == 0]
        unknown = tuple(r for x in listed if x.flags & UNKNOWN for r in x.claims)
        small = tuple(r for x in listed if not x.flags & UNKNOWN for r in x.claims)
        own = self.found.listed(made.entity)
        if unknown and not own:
            found.append((rule.red_flags.get("unknown_share", ""), unknown))
        if small and made.answer != MET and not own:
            found.append((rule.red_flags.get("minority", ""), small))
        if not own:
            found.append((rule.red_flags.get("director", ""), self._directors(made.entity)))
            if not rule.control:
                found.append((rule.red_flags.get("control", ""), self._controls(made.entity)))
        together = self.found.alone is not None and made.answer != MET
        if together and self.found.reach.sure[made.entity] != NEVER:
            found.append((rule.red_flags.get("joint", ""), tuple(r for x in made.lines
                          if x.maybe != NEVER for r in x.claims)))  # fmt: skip
        return [(text, rows) for text, rows in found if text and rows]

    def _into(self, entity: int, types: Sequence[str]) -> I64:
        s, day = self.s, self.found.day
        rows = s.in_rel[int(s.in_ptr[entity]) : int(s.in_ptr[entity + 1])].astype(np.int64)
        found: I64 = rows[
            type_table(types)[s.type[rows]] & (s.since[rows] <= day) & (s.until[rows] >= day)
        ]
        return found

    def _controls(self, entity: int) -> tuple[int, ...]:
        rows = self._into(entity, ("CONTROLS",)).tolist()
        return tuple(r for r in rows if self.found.listed(int(self.s.src[r])))

    def _directors(self, entity: int) -> tuple[int, ...]:
        s, day, rule = self.s, self.found.day, self.found.rule
        seats, shared = type_table(rule.flags), []
        for row in self._into(entity, rule.flags).tolist():
            director = int(s.src[row])
            first, last = int(s.out_ptr[director]), int(s.out_ptr[director + 1])
            also = [
                r
                for r in range(first, last)
                if r != row and seats[s.type[r]] and s.since[r] <= day
                and s.until[r] >= day and self.found.listed(int(s.dst[r]))
            ]  # fmt: skip
            if also or self.found.listed(director):
                shared += [row, *also]
        return tuple(shared)


def lines_json(reader: Reader, made: Sum, found: Capture) -> list[dict[str, Any]]:
    """Return the arithmetic as result lines: the stakes that count, those that do not, the sum."""
    name = reader.entity(made.entity)["name"]
    shown = [*made.counted, *made.links]
    rest = sorted((x for x in made.lines if x.maybe == NEVER), key=lambda x: (-x.lo, x.owner))
    lines = [_line(reader, x, name) for x in [*shown, *rest[:OTHERS]]]
    if len(rest) > OTHERS:
        held = sum(x.lo for x in rest[OTHERS:])
        lines.append(_plain("others", f"{len(rest) - OTHERS} more owners that do not count hold "
                            f"at least {percent(held):.10g} %"))  # fmt: skip
    if made.selfish:
        lines.append(_plain("ignored", f"{name} is said to own itself: that counts for nothing"))
    if made.total > WHOLE:
        text = (
            f"the stakes in {name} add up to at least {percent(made.total):.10g} %, over 100: some "
            "claim is wrong, and what counts is what holds whichever it is; capped at 100 %"
        )
        lines.append(_plain("over 100", text))
    if made.total <= WHOLE and made.others and made.hi == WHOLE - made.others:
        lines.append(_plain("others", f"others hold at least {percent(made.others):.10g} %, "
                            f"which leaves at most {percent(made.hi):.10g} %"))  # fmt: skip
    lines.append(_total(made, found))
    return lines


def _plain(kind: str, text: str) -> dict[str, Any]:
    return {"kind": kind, "owner": None, "share": None, "counts": None, "relations": [],
            "statements": [], "sources": [], "flags": [], "text": text}  # fmt: skip


def _line(reader: Reader, line: Line, name: str) -> dict[str, Any]:
    owner = reader.entity(line.owner)
    said = [e for r in line.claims for e in reader.evidence(r)]
    sources = sorted({e["source"] for e in said})
    statements = [e["statement"] for e in said]
    first = reader.relation(line.claims[0])
    flags = [text for bit, text in FLAGS.items() if line.flags & bit]
    if line.link:
        what = f"{owner['name']} {first['type']} {name}"
        if line.sure == NEVER and line.counts == "open":
            flags.append("evidence of control, not proof")
    else:
        what = f"{owner['name']} holds {span_words(line.lo, line.hi)} of {name}"
    how = {"listed": "listed", "captured": "captured itself", "open": "may count",
           "no": "does not count"}[line.counts]  # fmt: skip
    notes = f"; {'; '.join(flags)}" if flags else ""
    text = f"{what} ({how}{notes}) [{', '.join(statements)}; {', '.join(sources)}]"
    return {
        "kind": "control" if line.link else "stake", "owner": owner,
        "share": None if line.link else [percent(line.lo), percent(line.hi)],
        "counts": line.counts, "relations": [reader.relation(r)["id"] for r in line.claims],
        "statements": statements, "sources": sources, "flags": flags, "text": text,
    }  # fmt: skip


def _total(made: Sum, found: Capture) -> dict[str, Any]:
    threshold = found.rule.threshold(found.day)
    answer = made.answer
    if found.listed(made.entity):
        text = "listed itself: no stake decides"
    elif threshold is None:
        text = f"control by a listed party: {answer}"
    else:
        held = "nothing" if made.hi == 0 else span_words(made.lo, made.hi)
        text = f"together {held}; the rule asks for {threshold.words}"
        if threshold.gives != MET:
            text += " as evidence of control"
        elif found.rule.control:
            text += ", or control"
        text += f": {answer}"
    return _plain("sum", text) | {"share": [percent(made.lo), percent(made.hi)]}


def missing(reader: Reader, made: Sum, found: Capture) -> list[dict[str, Any]]:
    """Return the facts that are not known and would decide, the most decisive first."""
    if made.answer in (MET, NOT_MET):
        return []
    name, least = reader.entity(made.entity)["name"], found.terms.least
    facts: list[tuple[int, dict[str, Any]]] = []
    for x in made.counted:
        owner = reader.entity(x.owner)
        if x.lo < x.hi:
            need = least - (made.lo - (x.lo if x.sure != NEVER else 0))
            alone = x.sure != NEVER and x.lo < need <= x.hi and not found.terms.evidence
            decides = (
                f"{span_words(need, WHOLE)} would meet the rule" if alone and need < WHOLE
                else "100 % would meet the rule" if alone
                else "with other facts"
            )  # fmt: skip
            facts.append((0 if alone else 2, {
                "fact": "share", "owner": owner, "of": reader.entity(made.entity),
                "known": [percent(x.lo), percent(x.hi)], "decides": alone,
                "text": f"the share of {owner['name']} in {name} (known: "
                        f"{span_words(x.lo, x.hi)}); {decides}",
            }))  # fmt: skip
        if x.sure == NEVER:
            alone = made.lo + x.lo >= least and not found.terms.evidence
            facts.append((1 if alone else 3, {
                "fact": "owner", "owner": owner, "of": owner, "known": None, "decides": alone,
                "text": f"whether {owner['name']} is itself "
                        + ("listed" if x.maybe == 0 else "captured")
                        + ("; if so the rule is met" if alone else "; with other facts"),
            }))  # fmt: skip
    for x in made.links:
        if x.sure == NEVER:
            owner = reader.entity(x.owner)
            facts.append((1, {
                "fact": "control", "owner": owner, "of": reader.entity(made.entity),
                "known": None, "decides": True,
                "text": f"whether {owner['name']} controls {name}; if so the rule is met",
            }))  # fmt: skip
    if found.terms.evidence and made.hi >= least:
        facts.append((1, {
            "fact": "control", "owner": None, "of": reader.entity(made.entity), "known": None,
            "decides": True,
            "text": f"whether the owners control {name}: the rule names no percentage, and a "
                    "majority is evidence only",
        }))  # fmt: skip
    return [fact for _, fact in sorted(facts, key=lambda f: f[0])]


def chain(found: Capture, sums: Sums, entity: int) -> list[tuple[int, int]]:
    """Return the way from an entity up to a listed owner: relation row and the owner it leads to.

    At each step the surest and largest counting stake or control, whose owner joined before.
    """
    steps: list[tuple[int, int]] = []
    at, certain = entity, found.conditions(entity) == MET
    while not found.listed(at):
        step = sums.step(at, entity, certain=certain)
        if step is None:
            break
        steps.append(step)
        at = step[1]
    return steps


def _shown(s: Snapshot, line: Line) -> int:
    """Return the claim of a stake that a path shows: one with a share, the newest."""
    return max(line.claims, key=lambda r: (bool(s.lo[r] == s.lo[r]), int(s.since[r]), -r))
