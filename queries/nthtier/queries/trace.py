"""Exposure paths from a company to listed or named entities, as findings of the JSON contract."""

from __future__ import annotations

from typing import Any

from nthtier.graph import dates
from nthtier.graph.version import Version
from nthtier.queries import sentences
from nthtier.queries.classes import CLASSES
from nthtier.queries.diversity import diverse
from nthtier.queries.findings import Findings, contract
from nthtier.queries.paths import Count, Search, best_paths, count_paths
from nthtier.queries.question import Asked, Question

__all__ = ["Question", "trace"]


def trace(version: Version, question: Question, *, count: bool = False) -> dict[str, Any]:
    """Answer a trace; the result is the JSON contract's object.

    ``version`` is already the one that was known at ``question.known``. With ``count`` the
    coverage says how many paths there are in all.

    Raises:
        QuestionError: no such company, an ambiguous name, an unknown lens or type.
    """
    return _Trace(version, question).result(count=count)


class _Trace:
    def __init__(self, version: Version, question: Question) -> None:
        self.version, self.question = version, question
        self.asked = Asked(version, question)
        self.reader, self.day = self.asked.reader, self.asked.day
        self.subject = self.asked.subject
        self.findings = Findings(self.asked)

    def search(self, day: int | None) -> Search:
        """Return the best paths; those that expose first, where the limit leaves some out."""
        found = self._search(day)
        searches = [found]
        if self.asked.named and found.stopped_by is not None:
            searches.insert(0, self._search(day, exposing=True))
        if self.question.possible:
            searches.insert(0, self._search(day, exposing=bool(self.asked.named), certain=True))
        paths = list(dict.fromkeys(p for search in searches for p in search.paths))
        return Search(paths[: self.question.limit], found.stopped_by)

    def _search(self, day: int | None, *, exposing: bool = False, certain: bool = False) -> Search:
        q, sp = self.question, self.asked.space(day, exposing=exposing, certain=certain)

        def find(limit: int) -> Search:
            return best_paths(sp, self.subject, limit=limit, seconds=q.seconds)

        return diverse(sp.s, self.subject, find, q.limit) if q.diverse else find(q.limit)

    def count(self) -> Count:
        """Return how many paths there are in all."""
        sp = self.asked.space(self.day)
        return count_paths(sp, self.subject, seconds=self.question.seconds)

    def result(self, *, count: bool) -> dict[str, Any]:
        search = self.search(self.day)
        self.reader.prefetch([r for p in search.paths for r in p.relations])
        findings = self.findings.own_listing(self.subject)
        findings += self.findings.own_capture(self.subject)
        along = [self.findings.exposed(self.subject, p) for p in search.paths]
        if not findings:
            kept = {f["target"]["id"] for f in along if f["class"] == "possible" and f["hops"] == 1}
            guessed = self.findings.possible(self.subject)
            findings += [f for f in guessed if f["target"]["id"] not in kept]
        findings += along
        if not search.paths and search.stopped_by is None:
            otherwise = "" if self.day is None else self._otherwise()
            findings.append(self.findings.nothing(self.subject, otherwise))
        findings.sort(key=lambda f: CLASSES.index(f["class"]))  # stable: strongest first within
        found = contract(self.asked, "trace", findings, search.stopped_by)
        for f in found["findings"]:
            if f["class"] == "none" and not f["path"]:
                f["sentence"] += f" {found['coverage']['not_covered']['sentence']}"
        found["query"]["subject"] = self.reader.entity(self.subject)["id"]
        if count:
            counted = self.count()
            found["coverage"]["paths"] = {
                "total": counted.total,
                "by_hops": {str(h): n for h, n in counted.by_hops.items()},
                "complete": counted.stopped_by is None,
            }
        return found

    def _otherwise(self) -> str:
        """Say what stands against a path on the day asked, from the best path of any day."""
        search = self.search(None)
        if not search.paths:
            return ", nor at any other date"
        target, hops = self.findings.hops(self.subject, search.paths[0])
        name = self.reader.entity(target)["name"]
        day = self.day
        assert day is not None
        failing = [
            h
            for h in hops
            if not dates.start_day(h["since"] or "") <= day <= dates.end_day(h["until"] or "")
        ]
        listings = self.reader.listings(target)
        if not failing and listings:
            others = sentences.listing_names(listings)
            return f": {name} was not listed then, at other dates it is on {others}"
        best = sentences.path_sentence(self.reader.entity(self.subject)["name"], hops, listings)
        return f", though there is one at another date: {best.rstrip('.')}"
