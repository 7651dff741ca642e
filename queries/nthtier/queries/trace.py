"""Exposure paths from a company to listed or named entities, as findings of the JSON contract."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as software_version
from typing import Any, Final

from nthtier.graph import dates
from nthtier.graph.errors import QuestionError
from nthtier.graph.ontology import BY_NAME, LENSES, Read, lens_reads
from nthtier.graph.version import Version
from nthtier.queries import sentences
from nthtier.queries.answers import Reader
from nthtier.queries.lookup import resolve
from nthtier.queries.paths import Path, Search, best_paths
from nthtier.queries.selection import Selection, Targets, entity_targets, joined, listed_targets

FORMAT: Final = 1
DEFAULT_HOPS: Final = 4
DEFAULT_LIMIT: Final = 20
#: In this order findings are reported.
CLASSES: Final = ("listed", "captured", "exposed", "possible", "none")


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters of a trace, as a person gives them.

    Dates are partial dates (a year means its last day); ``min_share`` is percent; ``by_id`` says
    that all names are entity ids. An empty ``to`` means every listed entity.
    """

    subject: str
    to: tuple[str, ...] = ()
    lens: str = "any"
    types: tuple[str, ...] = ()
    direction: Read | None = None
    via: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    max_hops: int = DEFAULT_HOPS
    limit: int = DEFAULT_LIMIT
    as_of: str = ""
    known: str = ""
    min_share: float = 0.0
    by_id: bool = False
    seconds: float = 30.0


def reads_of(question: Question) -> dict[str, Read]:
    """Return the relation types a question follows, with their reading directions.

    Types given by name are read both ways unless a lens other than ``any`` or a direction says
    otherwise.

    Raises:
        QuestionError: an unknown lens or type, or nothing left to follow.
    """
    if question.lens not in LENSES:
        raise QuestionError(f"no lens {question.lens!r}; there are {', '.join(LENSES)}")
    for name in question.types:
        if name not in BY_NAME:
            raise QuestionError(f"no relation type {name!r}; there are {', '.join(BY_NAME)}")
    reads = lens_reads(question.lens)
    if question.types:
        whole = question.lens == "any"
        reads = {t: reads.get(t, "both") for t in question.types if whole or t in reads}
    if question.direction:
        reads = {
            t: question.direction if r == "both" else r
            for t, r in reads.items()
            if "both" in (r, question.direction) or r == question.direction
        }
    if not reads:
        raise QuestionError(
            "no relation type is left to follow: lens, types and direction disagree"
        )
    return reads


def trace(version: Version, question: Question) -> dict[str, Any]:
    """Answer a trace; the result is the JSON contract's object.

    ``version`` is already the one that was known at ``question.known``.

    Raises:
        QuestionError: no such company, an ambiguous name, an unknown lens or type.
    """
    return _Trace(version, question).result()


class _Trace:
    def __init__(self, version: Version, question: Question) -> None:
        self.version, self.question = version, question
        self.reader = Reader(version)
        self.reads = reads_of(question)
        if not 0 <= question.max_hops <= 32 or question.limit < 1:
            raise QuestionError("--max-hops is 0 to 32, --limit at least 1")
        self.day = dates.end_day(question.as_of) if question.as_of else None
        self.subject = self._resolve(question.subject)
        self.to = [self._resolve(t) for t in question.to]
        self.via = frozenset(self._resolve(v) for v in question.via)
        self.avoid = frozenset(self._resolve(a) for a in question.avoid)
        types = [self.reader.entity(t)["type"] for t in self.to]
        self.lists = [t for t, kind in zip(self.to, types, strict=True) if kind == "List"]
        self.named = [t for t, kind in zip(self.to, types, strict=True) if kind != "List"]

    def _resolve(self, text: str) -> int:
        return resolve(self.version, text, by_id=self.question.by_id)

    def targets(self, day: int | None) -> Targets:
        s = self.version.snapshot
        if not self.to:
            return listed_targets(s, day=day)
        listed = listed_targets(s, lists=self.lists, day=day)
        return joined(listed, entity_targets(s, self.named)) if self.named else listed

    def search(self, day: int | None) -> Search:
        selection = Selection(self.reads, day, self.question.min_share, avoid=self.avoid)
        s = self.version.snapshot
        return best_paths(
            s, self.subject, self.targets(day), selection, max_hops=self.question.max_hops,
            limit=self.question.limit, via=self.via, seconds=self.question.seconds,
            index=None if self.named else s.index,
        )  # fmt: skip

    def result(self) -> dict[str, Any]:
        search = self.search(self.day)
        self.reader.prefetch([r for p in search.paths for r in p.relations])
        findings = self._own_listing()
        findings += [self._finding(p) for p in search.paths]
        if not search.paths and search.stopped_by is None:
            findings.append(self._nothing())
        findings.sort(key=lambda f: CLASSES.index(f["class"]))  # stable: strongest first within
        return {
            "format": FORMAT,
            "nthtier": software_version("nthtier"),
            "version": self.version.id,
            "query": self._query(),
            "findings": findings,
            "coverage": {
                "sources": self.reader.sources(),
                "max_hops": self.question.max_hops,
                "types": sorted(self.reads),
                "entities": self.version.snapshot.entities,
                "relations": self.version.snapshot.relations,
                "complete": search.stopped_by is None,
                "stopped_by": search.stopped_by,
            },
        }

    def _query(self) -> dict[str, Any]:
        q = self.question
        return {
            "command": "trace",
            "subject": self.reader.entity(self.subject)["id"],
            "to": self._ids(self.to),
            "lens": q.lens,
            "types": {t: self.reads[t] for t in sorted(self.reads)},
            "direction": q.direction,
            "via": self._ids(sorted(self.via)),
            "avoid": self._ids(sorted(self.avoid)),
            "max_hops": q.max_hops,
            "limit": q.limit,
            "as_of": q.as_of or None,
            "known": q.known or None,
            "min_share": q.min_share,
        }

    def _ids(self, entities: Sequence[int]) -> list[str]:
        return [self.reader.entity(e)["id"] for e in entities]

    def _span(self) -> dict[str, int]:
        return {} if self.day is None else {"since": self.day, "until": self.day}

    def _own_listing(self) -> list[dict[str, Any]]:
        """Say so first when the subject itself is on a list."""
        listings = self.reader.listings(self.subject, **self._span())
        wanted = {self.reader.entity(x)["id"] for x in self.lists}
        if self.to and not wanted and self.subject not in self.named:
            return []
        if wanted:
            listings = [x for x in listings if x["list"] in wanted]
        if not listings:
            return []
        subject = self.reader.entity(self.subject)
        sentence = f"{subject['name']} {sentences.listing_phrase(listings)}."
        return [self._record("listed", self.subject, listings, sentence, Path(0, (), 0, 0))]

    def _finding(self, path: Path) -> dict[str, Any]:
        target, hops = self._hops(path)
        since, until = path.since, path.until
        if self.day is not None:
            since = until = self.day
        listings = self.reader.listings(target, since=since, until=until)
        name = self.reader.entity(self.subject)["name"]
        if listings:
            sentence = sentences.path_sentence(name, hops, listings)
            return self._record("exposed", target, listings, sentence, path, hops)
        sentence = sentences.path_sentence(name, hops, (), self._not_listed(target, path))
        return self._record("none", target, [], sentence, path, hops)

    def _hops(self, path: Path) -> tuple[int, list[dict[str, Any]]]:
        s, at, hops = self.version.snapshot, self.subject, []
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
            "subject": self.reader.entity(self.subject),
            "target": {**self.reader.entity(target), "listings": list(listings)},
            "rule": None,
            "hops": len(hops),
            "strength": round(math.exp(-path.cost / 1e6), 6),
            "since": since["since"] if since else None,
            "until": until["until"] if until else None,
            "sentence": sentence,
            "path": list(hops),
        }

    def _nothing(self) -> dict[str, Any]:
        """Report that no path was found, in what, and (with a date) what there is at others."""
        q, name = self.question, self.reader.entity(self.subject)["name"]
        goal = sentences.and_list([self.reader.entity(t)["name"] for t in self.to])
        within = sentences.coverage_phrase(q.max_hops, q.as_of, q.known, q.lens)
        text = f"No path from {name} to {goal or 'any listed entity'} was found {within}"
        if self.day is not None:
            text += self._otherwise()
        target = self.to[0] if len(self.to) == 1 else None
        shown: dict[str, Any] | None = None
        if target is not None:
            shown = {**self.reader.entity(target), "listings": []}
        return {
            "class": "none",
            "subject": self.reader.entity(self.subject),
            "target": shown,
            "rule": None,
            "hops": 0,
            "strength": 0.0,
            "since": None,
            "until": None,
            "sentence": f"{text}; this is not a clearance, only what the sources loaded say.",
            "path": [],
        }

    def _otherwise(self) -> str:
        """Say what stands against a path on the day asked, from the best path of any day."""
        search = self.search(None)
        if not search.paths:
            return ", nor at any other date"
        target, hops = self._hops(search.paths[0])
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
