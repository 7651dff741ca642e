"""Who is captured by a rule on a day, with the arithmetic: findings of the JSON contract."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version as software_version
from pathlib import Path
from typing import Any, Final

import numpy as np

from nthtier.graph import dates
from nthtier.graph.index import I64
from nthtier.graph.lists import LISTS
from nthtier.graph.policy import POLICIES
from nthtier.graph.version import Version
from nthtier.queries import sentences
from nthtier.queries.answers import Reader
from nthtier.queries.arithmetic import Sum, Sums, chain, lines_json, missing
from nthtier.queries.capture import Capture, capture, listed_by
from nthtier.queries.cascade import NEVER
from nthtier.queries.classes import CLASSES, FORMAT
from nthtier.queries.lookup import resolve
from nthtier.queries.rulebook import named, rulebook
from nthtier.queries.ruledata import MET, NOT_MET, OPEN, Answer, Rule
from nthtier.queries.stakes import percent, span_words

DEFAULT_LIMIT: Final = 1000
#: Findings about everybody show so many hops of a path; that about one entity shows all.
MOST_HOPS: Final = 32
_ORDER: Final = {MET: 0, OPEN: 1, NOT_MET: 2}


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters, as a person gives them.

    Without ``rule``, all rules that extend a listing by ownership or control. With ``entity``
    the answer for that one, whatever it is. ``as_of`` is a partial date (a year means its last
    day), empty for today. ``rules`` is a folder with more rules.
    """

    rule: str = ""
    entity: str = ""
    as_of: str = ""
    known: str = ""
    limit: int = DEFAULT_LIMIT
    by_id: bool = False
    rules: Path | None = None


def captured(version: Version, question: Question) -> dict[str, Any]:
    """Answer who is captured; the result is the JSON contract's object.

    Raises:
        QuestionError: no such rule or entity, or an ambiguous name.
        InputError: a rule file is wrong.
    """
    book = rulebook(question.rules)
    rules = [named(book, question.rule)] if question.rule else list(book.values())
    as_of = question.as_of or date.today().isoformat()
    day = dates.end_day(as_of)
    entity = resolve(version, question.entity, by_id=question.by_id) if question.entity else None
    answers = Answers(version, day)
    found: list[dict[str, Any]] = []
    counts = dict.fromkeys((MET, OPEN, "all"), 0)
    for rule in rules:
        made = answers.capture(rule)
        if made is None:
            if entity is not None and question.rule:
                found.append(answers.by_name(rule, entity))
            continue
        certain, possible = made.certain.tolist(), made.possible.tolist()
        counts[MET] += len(certain)
        counts[OPEN] += len(possible)
        if entity is not None:
            found += answers.findings(made, [entity])
        else:
            room = question.limit - len(found)
            shown = [*certain, *possible][: max(room, 0)]
            found += answers.findings(made, shown, most=MOST_HOPS)
    complete = entity is not None or counts[MET] + counts[OPEN] <= question.limit
    found.sort(key=lambda f: (CLASSES.index(f["class"]), _ORDER[f["rule"]["answer"]]))
    s = version.snapshot
    return {
        "format": FORMAT,
        "nthtier": software_version("nthtier"),
        "version": version.id,
        "query": {
            "command": "captured",
            "rule": rules[0].id if question.rule else None,
            "rules": {r.id: r.version for r in rules},
            "entity": None if entity is None else answers.reader.entity(entity)["id"],
            "as_of": as_of,
            "known": question.known or None,
            "limit": question.limit,
        },
        "findings": found,
        "coverage": {
            "sources": answers.reader.sources(),
            "max_hops": None,
            "types": sorted({t for r in rules for t in (*r.ownership, *r.control, *r.evidence)}),
            "entities": s.entities,
            "relations": s.relations,
            "complete": complete,
            "stopped_by": None if complete else "limit",
            "conditions_met": counts[MET],
            "cannot_be_determined": counts[OPEN],
        },
    }


class Answers:
    """Makes findings about one version on one day; captures are worked out once."""

    def __init__(self, version: Version, day: int) -> None:
        self.version, self.day = version, day
        self.reader = Reader(version)
        self._captures: dict[str, Capture | None] = {}
        self._sums: dict[str, Sums] = {}
        self._listings: dict[int, list[dict[str, Any]]] = {}
        self._parties: dict[str, tuple[I64, I64]] = {}
        self._tops: dict[str, dict[int, set[int]]] = {}

    def capture(self, rule: Rule) -> Capture | None:
        """Return whom the rule's conditions reach on the day."""
        if rule.id not in self._captures:
            self._captures[rule.id] = capture(self.version, rule, self.day)
        return self._captures[rule.id]

    def parties(self, rule: Rule) -> tuple[I64, I64]:
        """Return whom a rule concerns on the day, listed or captured: for certain, and perhaps."""
        if rule.id not in self._parties:
            made = self.capture(rule)
            if made is None:
                self._parties[rule.id] = listed_by(self.version, rule, self.day)
            else:
                sure = np.union1d(made.sure, made.certain)
                maybe = np.setdiff1d(np.union1d(made.maybe, made.possible), sure)
                self._parties[rule.id] = sure, maybe
        return self._parties[rule.id]

    def sums(self, made: Capture) -> Sums:
        """Return what works out the arithmetic of a capture."""
        if made.rule.id not in self._sums:
            self._sums[made.rule.id] = Sums(self.reader, made)
        return self._sums[made.rule.id]

    def listings(self, entity: int, rule: Rule | None = None) -> list[dict[str, Any]]:
        """Return the listings of an entity on the day, those that count for a rule."""
        if entity not in self._listings:
            self._listings[entity] = self.reader.listings(entity, since=self.day, until=self.day)
        found = self._listings[entity]
        return found if rule is None else [x for x in found if counts_for(rule, x)]

    def findings(
        self, made: Capture, entities: Sequence[int], *, most: int | None = None
    ) -> list[dict[str, Any]]:
        """Return one finding for each entity, with its path, of longer ones the first ``most``."""
        sums = self.sums(made)
        worked = [(e, sums.of(e), chain(made, sums, e)) for e in entities]
        rows = {r for _, found, steps in worked
                for r in (*found.relations(), *(row for row, _ in steps))}  # fmt: skip
        self.reader.prefetch(list(rows))
        return [self._finding(made, found, steps, most) for _, found, steps in worked]

    def _finding(
        self, made: Capture, found: Sum, steps: list[tuple[int, int]], most: int | None
    ) -> dict[str, Any]:
        entity, s = found.entity, self.version.snapshot
        rule = made.rule
        root = steps[-1][1] if steps and made.listed(steps[-1][1]) else None
        if root is None and not made.listed(entity):
            steps = []
        answer = rule.says(found.answer, self.day)
        own = made.listed(entity)
        class_ = "captured" if answer == MET else "exposed" if root is not None else "none"
        if own:
            class_ = "listed"
        hops = [self.reader.hop(row, self._read(row, owner)) for row, owner in steps[:most]]
        rows = np.array([row for row, _ in steps], np.int64)
        target = entity if own else root
        listings = self.listings(target, rule) if target is not None else []
        since = self.reader.relation(int(rows[s.since[rows].argmax()]))["since"] if steps else ""
        until = self.reader.relation(int(rows[s.until[rows].argmin()]))["until"] if steps else ""
        cost = int(s.cost[rows].sum())
        return {
            "class": class_,
            "subject": self.reader.entity(entity),
            "target": None
            if target is None
            else {**self.reader.entity(target), "listings": listings},
            "rule": self.rule_json(made, found, answer),
            "hops": len(steps),
            "path_complete": len(hops) == len(steps),
            "strength": round(math.exp(-cost / 1e6), 6) if target is not None else 0.0,
            "since": since or None,
            "until": until or None,
            "sentence": self._sentence(made, found, answer, listings),
            "path": hops,
        }

    def _read(self, row: int, owner: int) -> str:
        """Say which way a path upwards goes through a relation."""
        return "backward" if int(self.version.snapshot.src[row]) == owner else "forward"

    def rule_json(self, made: Capture, found: Sum, answer: Answer) -> dict[str, Any]:
        """Return the part of a finding that says what the rule asks and how it was answered."""
        rule, threshold = made.rule, made.rule.threshold(self.day)
        asks = None
        if threshold is not None:
            asks = {"operator": threshold.operator, "percent": threshold.percent,
                    "gives": threshold.gives, "aggregation": rule.aggregation}  # fmt: skip
        lines = lines_json(self.reader, found, made)
        return {
            **self.head(rule),
            "answer": answer,
            "conditions": found.answer,
            "threshold": asks,
            "share": [percent(found.lo), percent(found.hi)],
            "arithmetic": lines,
            "missing": [*self.status_missing(rule, found.answer),
                        *missing(self.reader, found, made)],
            "flags": sorted({f for line in lines for f in line["flags"]}),
            "red_flags": [
                {"text": text, "relations": sorted({self.reader.relation(r)["id"] for r in rows})}
                for text, rows in found.alerts
            ],
            "licence": self._licence(made, found),
        }  # fmt: skip

    def head(self, rule: Rule) -> dict[str, Any]:
        """Return what identifies a rule in a result, and its status on the day."""
        return {
            "id": rule.id, "name": rule.name, "version": rule.version, "binds": rule.binds,
            "effect": rule.effect, "status": rule.status(self.day).to_json(),
            "citation": "; ".join(rule.citations),
        }  # fmt: skip

    def status_missing(self, rule: Rule, conditions: Answer) -> list[dict[str, Any]]:
        """Return the question whether a scheduled rule is back, where it decides."""
        if conditions == NOT_MET or rule.says(MET, self.day) != OPEN:
            return []
        status = rule.status(self.day)
        text = f"whether the rule is in force since {status.since}: {status.note or status.source}"
        return [{"fact": "status", "owner": None, "of": None, "known": None, "decides": True,
                 "text": text}]  # fmt: skip

    def _licence(self, made: Capture, found: Sum) -> dict[str, Any] | None:
        """Return the licence terms of the listed owners that count; the strictest policy wins."""
        control = any(LISTS[x].kind == "export control" for x in made.rule.lists)
        if not control or made.listed(found.entity):
            return None
        roots = self._roots(made, found)
        listings = [x for r in roots for x in self.listings(r, made.rule) if x["license_policy"]]
        if not listings:
            return None
        policies = [x["policy"] for x in listings]
        return {
            "policy": next((p for p in POLICIES if p in policies), None),
            "said": sorted({x["license_policy"] for x in listings}),
            "owners": [self.reader.entity(r) for r in roots],
        }

    def _roots(self, made: Capture, found: Sum) -> list[int]:
        """Return the listed parties above; where the answer is open, only the direct owners."""
        if found.answer != MET:
            return sorted({x.owner for x in (*found.counted, *found.links) if x.maybe == 0})
        sums, known = self.sums(made), self._tops.setdefault(made.rule.id, {})
        seen, queue, roots = {found.entity}, [found], set()
        while queue:
            at = queue.pop()
            if at.entity in known:
                roots |= known[at.entity]
                continue
            for x in (*at.counted, *at.links):
                if x.owner not in seen:
                    seen.add(x.owner)
                    if x.maybe == 0:
                        roots.add(x.owner)
                    else:
                        queue.append(sums.of(x.owner))
        known[found.entity] = roots
        return sorted(roots)

    def _sentence(
        self, made: Capture, found: Sum, answer: Answer, listings: Sequence[Mapping[str, Any]]
    ) -> str:
        rule = made.rule
        name = self.reader.entity(found.entity)["name"]
        if made.listed(found.entity):
            on = sentences.listing_phrase(listings)
            return f"{name} {on} itself: the {rule.name} has no need to extend it."
        why = self._because(made, found)
        status = rule.status(self.day)
        if found.answer == NOT_MET:
            return f"{name} is not captured by the {rule.name}: {why}."
        if answer == MET:
            return f"{name} is captured by the {rule.name}: {why}."
        if answer == NOT_MET:
            when = f"on {dates.day_text(self.day)}"
            state = "in force" if status.state in ("not in force", "scheduled") else status.state
            negated = "was not" if state == "in force" else "was"
            could = "would be" if found.answer == MET else "might be"
            return (f"{name} is not captured by the {rule.name}, which {negated} {state} {when}; "
                    f"it {could} while the rule is in force: {why}.")  # fmt: skip
        if status.state == "scheduled":
            return (f"Whether {name} is captured by the {rule.name} cannot be determined: {why}, "
                    f"but the rule is {status.note or 'only scheduled'}.")  # fmt: skip
        return f"Whether {name} is captured by the {rule.name} cannot be determined: {why}."

    def _because(self, made: Capture, found: Sum) -> str:
        """Say in half a sentence who holds what and what the rule asks for."""
        threshold = made.rule.threshold(self.day)
        counted = found.counted
        ties = [x for x in found.links if x.sure != NEVER or found.answer == OPEN]
        parts = []
        if threshold is not None and counted:
            names = [self._owner(x.owner, x.counts) for x in counted[:3]]
            if len(counted) > 3:
                names.append(f"{len(counted) - 3} more")
            held = span_words(found.lo, found.hi)
            verb = "hold together" if len(counted) > 1 else "holds"
            parts.append(f"{sentences.and_list(names)} {verb} {held} of it")
        for x in ties[:2]:
            verb = "controls" if x.sure != NEVER else "may control"
            parts.append(f"{self._owner(x.owner, x.counts)} {verb} it")
        if not parts:
            parts.append("no listed or captured party is known to hold a stake in it")
        if threshold is not None:
            control = " or control" if made.rule.control else ""
            parts.append(f"the rule asks for {threshold.words}{control}")
        return sentences.and_list(parts)

    def _owner(self, owner: int, counts: str) -> str:
        how = {"listed": "listed", "captured": "captured", "open": "undetermined", "no": ""}[counts]
        return f"{self.reader.entity(owner)['name']} ({how})"

    def by_name(self, rule: Rule, entity: int) -> dict[str, Any]:
        """Return the finding about a rule that binds by name only."""
        listings = self.listings(entity, rule)
        listed = bool(listings)
        answer = rule.says(MET if listed else NOT_MET, self.day)
        name = self.reader.entity(entity)["name"]
        if listed:
            sentence = (
                f"{name} {sentences.listing_phrase(listings)}; the {rule.name} binds by name."
            )
        else:
            sentence = (f"{name} is not named on a list of the {rule.name}, which binds by name: "
                        "ownership does not extend it.")  # fmt: skip
        return {
            "class": "listed" if listed else "none",
            "subject": self.reader.entity(entity),
            "target": {**self.reader.entity(entity), "listings": listings} if listed else None,
            "rule": {**self.head(rule), "answer": answer, "conditions": MET if listed else NOT_MET,
                     "threshold": None, "share": None, "arithmetic": [],
                     "missing": self.status_missing(rule, MET if listed else NOT_MET),
                     "flags": [], "red_flags": [], "licence": None},
            "hops": 0, "path_complete": True, "strength": 1.0 if listed else 0.0,
            "since": None, "until": None, "sentence": sentence, "path": [],
        }  # fmt: skip


def counts_for(rule: Rule, listing: Mapping[str, Any]) -> bool:
    """Tell whether a listing (as results have it) counts for a rule."""
    if listing["list"] not in rule.lists:
        return False
    if rule.footnotes and not rule.footnotes & set(listing["footnotes"]):
        return False
    ask = rule.programmes.get(listing["list"])
    return ask is None or not listing["programmes"] or bool(ask & set(listing["programmes"]))
