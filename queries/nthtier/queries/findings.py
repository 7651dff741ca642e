"""Findings as the objects of the JSON contract, and the result that carries them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.metadata import version as software_version
from typing import Any

from nthtier.graph import dates
from nthtier.graph.ontology import POSSIBLE_MATCH
from nthtier.queries import sentences
from nthtier.queries.captured import Answers
from nthtier.queries.classes import FORMAT
from nthtier.queries.coverage import coverage
from nthtier.queries.paths import Path
from nthtier.queries.possible import possibly
from nthtier.queries.question import Asked
from nthtier.queries.ruledata import Rule


def contract(
    asked: Asked, command: str, findings: list[dict[str, Any]], stopped_by: str | None
) -> dict[str, Any]:
    """Return findings as the object of the contract, with the question and what was searched."""
    return {
        "format": FORMAT,
        "nthtier": software_version("nthtier"),
        "version": asked.version.id,
        "query": asked.query(command),
        "findings": findings,
        "coverage": coverage(asked, stopped_by),
    }


class Findings:
    """Makes the findings of one question; a day asked for limits what listings count."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.version, self.reader, self.day = asked.version, asked.reader, asked.day
        self._answers = Answers(asked.version, asked.day) if asked.day is not None else None

    @staticmethod
    def strength(cost: int) -> float:
        """Return the strength of a path of this cost."""
        return round(math.exp(-cost / 1e6), 6)

    def _span(self) -> dict[str, int]:
        return {} if self.day is None else {"since": self.day, "until": self.day}

    def own_listing(self, subject: int) -> list[dict[str, Any]]:
        """Say so first when the subject itself is on a list."""
        listings = self.reader.listings(subject, **self._span())
        wanted = {self.reader.entity(x)["id"] for x in self.asked.lists}
        if self.asked.to and not wanted and subject not in self.asked.named:
            return []
        if wanted:
            listings = [x for x in listings if x["list"] in wanted]
        if not listings:
            return []
        name = self.reader.entity(subject)["name"]
        sentence = f"{name} {sentences.listing_phrase(listings)}."
        return [self._record("listed", subject, subject, listings, sentence, Path(0, (), 0, 0))]

    def own_capture(self, subject: int) -> list[dict[str, Any]]:
        """Say by which of the rules asked the subject itself is captured."""
        return [f for rule in self.asked.captures.get(subject, ()) for f in self._by(rule, subject)]

    def _by(self, rule: Rule, entity: int) -> list[dict[str, Any]]:
        """Return the finding that a rule captures an entity."""
        made = self._answers.capture(rule) if self._answers is not None else None
        found = (
            []
            if self._answers is None or made is None
            else (self._answers.findings(made, [entity]))
        )
        return [f for f in found if f["class"] == "captured"]

    def exposed(self, subject: int, path: Path) -> dict[str, Any]:
        """Return the finding of a path: exposed, or none where its target was not listed then.

        A path over what only may be one company is a possible match.
        """
        target, hops = self.hops(subject, path)
        since, until = path.since, path.until
        if self.day is not None:
            since = until = self.day
        listings = self.reader.listings(target, since=since, until=until)
        name = self.reader.entity(subject)["name"]
        class_, tail = "exposed", ""
        if any(h["type"] == POSSIBLE_MATCH for h in hops):
            class_, tail = "possible", "; nobody has decided who is who"
        if listings:
            sentence = sentences.path_sentence(name, hops, listings, tail)
            return self._record(class_, subject, target, listings, sentence, path, hops)
        rules = self.asked.captures.get(target, ())
        if rules:
            by = sentences.and_list([f"the {r.name}" for r in rules])
            tail = f", which is captured by {by}{tail}"
            sentence = sentences.path_sentence(name, hops, (), tail)
            found = self._record(class_, subject, target, [], sentence, path, hops)
            return found | {"rule": next(f["rule"] for f in self._by(rules[0], target))}
        sentence = sentences.path_sentence(name, hops, (), self._not_listed(target, path))
        return self._record("none", subject, target, [], sentence, path, hops)

    def hops(self, subject: int, path: Path) -> tuple[int, list[dict[str, Any]]]:
        """Return where a path ends, and its hops."""
        s, at, hops = self.version.snapshot, subject, []
        for row in path.relations:
            forward = int(s.src[row]) == at
            at = int(s.dst[row] if forward else s.src[row])
            hops.append(self.reader.hop(row, "forward" if forward else "backward"))
        return at, hops

    def _not_listed(self, target: int, path: Path) -> str:
        """Say why a path to a named entity is no exposure: it was not listed while it held."""
        name = self.reader.entity(target)["name"]
        listings = self.reader.listings(target)
        if not listings:
            return f"; {name} is on no list in these sources"
        if self.day is not None:
            when = f"on {dates.day_text(self.day)}"
        else:
            when = f"while this held (until {dates.day_text(path.until)})"
        others = sentences.listing_names(listings)
        return f"; {name} was on no list {when}, at other dates it is on {others}"

    def _record(
        self,
        class_: str,
        subject: int,
        target: int,
        listings: Sequence[dict[str, Any]],
        sentence: str,
        path: Path,
        hops: Sequence[dict[str, Any]] = (),
    ) -> dict[str, Any]:
        since = max(hops, key=lambda h: dates.start_day(h["since"] or ""), default=None)
        until = min(hops, key=lambda h: dates.end_day(h["until"] or ""), default=None)
        return {
            "class": class_,
            "subject": self.reader.entity(subject),
            "target": {**self.reader.entity(target), "listings": list(listings)},
            "rule": None,
            "hops": len(hops),
            "strength": self.strength(path.cost),
            "since": since["since"] if since else None,
            "until": until["until"] if until else None,
            "sentence": sentence,
            "path": list(hops),
        }

    def possible(self, subject: int) -> list[dict[str, Any]]:
        """Say which listed entities the subject may be, where nobody has decided it."""
        wanted = {self.reader.entity(x)["id"] for x in self.asked.lists}
        name, found = self.reader.entity(subject)["name"], []
        for c in possibly(self.version, subject, near=self.asked.question.possible):
            listings = [
                x
                for x in self.reader.listings(c.b, **self._span())
                if not wanted or x["list"] in wanted
            ]
            if not listings or (self.asked.to and not wanted and c.b not in self.asked.named):
                continue
            other = self.reader.entity(c.b)
            sentence = (
                f"{name} may be {other['name']} [{other['id']}], which "
                f"{sentences.listing_phrase(listings)} ({'; '.join(c.reasons)}); "
                "nobody has decided it."
            )
            record = self._record("possible", subject, c.b, listings, sentence, Path(0, (), 0, 0))
            match = {"type": POSSIBLE_MATCH, "score": c.score, "reasons": list(c.reasons)}
            found.append(record | {"strength": c.score, "match": match})
        return found

    def nothing(self, subject: int, otherwise: str = "") -> dict[str, Any]:
        """Report that no path was found, in what, and ``otherwise`` what there is at others."""
        q, name = self.asked.question, self.reader.entity(subject)["name"]
        goal = sentences.and_list([self.reader.entity(t)["name"] for t in self.asked.to])
        within = sentences.coverage_phrase(self.asked.max_hops, q.as_of, q.known, q.lens)
        text = f"No path from {name} to {goal or 'any listed entity'} was found {within}"
        text += otherwise
        target = self.asked.to[0] if len(self.asked.to) == 1 else None
        shown: dict[str, Any] | None = None
        if target is not None:
            shown = {**self.reader.entity(target), "listings": []}
        return {
            "class": "none",
            "subject": self.reader.entity(subject),
            "target": shown,
            "rule": None,
            "hops": 0,
            "strength": 0.0,
            "since": None,
            "until": None,
            "sentence": f"{text}; this is not a clearance, only what the sources loaded say.",
            "path": [],
        }
