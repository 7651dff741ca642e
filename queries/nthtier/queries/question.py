"""A question as a person puts it, and the same resolved against a version."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from nthtier.graph import dates
from nthtier.graph.errors import QuestionError
from nthtier.graph.ontology import (
    BASIS,
    BY_NAME,
    LENSES,
    POSSIBLE_MATCH,
    Read,
    Weights,
    lens_reads,
)
from nthtier.graph.version import Version
from nthtier.queries.answers import Reader
from nthtier.queries.capture import captured_entities
from nthtier.queries.lookup import resolve
from nthtier.queries.paths import MOST_HOPS
from nthtier.queries.rulebook import named, rulebook
from nthtier.queries.ruledata import Rule
from nthtier.queries.selection import Selection, Targets, entity_targets, joined, listed_targets
from nthtier.queries.space import Space, space, weighted

DEFAULT_HOPS: Final = 4
DEFAULT_LIMIT: Final = 20
_STEP: Final = re.compile(r"(<?)([A-Z_]+|\*)(>?)\Z")


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters of a trace or a screening, as a person gives them.

    Dates are partial dates (a year means its last day); ``min_share`` is percent; ``by_id`` says
    that all names are entity ids. An empty ``to`` means every listed entity. ``sequence`` says
    what each hop must be (see `steps_of`); ``diverse`` leaves out paths that are nearly another.
    What the ``rules`` capture on the day ``as_of`` counts beside what is listed. ``possible`` looks
    for listed entities with similar names too, where the company is not listed itself, and follows
    the possible matches that the graph keeps.
    """

    subject: str = ""
    to: tuple[str, ...] = ()
    lens: str = "any"
    types: tuple[str, ...] = ()
    direction: Read | None = None
    sequence: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    max_hops: int = DEFAULT_HOPS
    limit: int = DEFAULT_LIMIT
    as_of: str = ""
    known: str = ""
    min_share: float = 0.0
    rules: tuple[str, ...] = ()
    by_id: bool = False
    diverse: bool = False
    possible: bool = False
    weights: Weights | None = None
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
    return reads | {POSSIBLE_MATCH: "both"} if question.possible else reads


def question_of(query: Mapping[str, Any], **more: Any) -> Question:
    """Return the question that a result's ``query`` tells: the inverse of `Asked.query`.

    Names are ids; ``more`` are fields that a query does not carry (``seconds``).

    Raises:
        KeyError, TypeError, ValueError: it is not what `Asked.query` writes.
    """
    types, direction, lens = dict(query["types"]), query.get("direction"), str(query["lens"])
    possible = bool(query.get("possible"))
    usual = reads_of(Question(lens=lens, direction=direction, possible=possible))
    added = (POSSIBLE_MATCH,) if possible else ()
    changed = query.get("weights")
    weights = None
    if changed is not None:
        plain = Weights()
        shares = {"unknown": plain.unknown_share, "least": plain.least_share}
        shares |= changed.get("shares", {})
        weights = Weights(
            {**plain.types, **changed.get("types", {})},
            {**plain.bases, **changed.get("bases", {})},
            float(shares["unknown"]),
            float(shares["least"]),
        )
    return Question(
        subject=str(query.get("subject") or ""),
        to=tuple(map(str, query["to"])),
        lens=lens,
        types=() if types == usual else tuple(t for t in sorted(types) if t not in added),
        direction=direction,
        sequence=tuple(map(str, query.get("sequence") or ())),
        bases=tuple(map(str, query.get("bases") or ())),
        via=tuple(map(str, query.get("via") or ())),
        avoid=tuple(map(str, query.get("avoid") or ())),
        max_hops=int(query["max_hops"]),
        limit=int(query["limit"]),
        as_of=str(query.get("as_of") or ""),
        known=str(query.get("known") or ""),
        min_share=float(query.get("min_share") or 0),
        rules=tuple(map(str, query.get("rules") or ())),
        by_id=True,
        diverse=bool(query.get("diverse")),
        possible=possible,
        weights=weights,
        **more,
    )


def steps_of(sequence: Sequence[str], reads: dict[str, Read]) -> tuple[dict[str, Read], ...]:
    """Return what each hop may read: ``TYPE``, ``TYPE>`` (forward), ``<TYPE``, ``*``, joined by |.

    ``TYPE`` and ``*`` are read as ``reads`` says; a direction given stands for itself.

    Raises:
        QuestionError: not such a step, or an unknown type.

    >>> steps_of(["SUPPLIES>|<OWNS", "*"], {"SUPPLIES": "both"})
    ({'SUPPLIES': 'forward', 'OWNS': 'backward'}, {'SUPPLIES': 'both'})
    """
    steps: list[dict[str, Read]] = []
    for text in sequence:
        step: dict[str, Read] = {}
        for part in text.split("|"):
            found = _STEP.match(part.strip())
            if found is None or (found[2] != "*" and found[2] not in BY_NAME):
                raise QuestionError(
                    f"{part.strip()!r} is no step of a sequence; write TYPE, TYPE>, <TYPE or *, "
                    f"with | between alternatives, the types being {', '.join(BY_NAME)}"
                )
            way: Read | None = {"<": "backward", ">": "forward"}.get(found[1] + found[3])  # type: ignore[assignment]
            if found[2] == "*":
                step |= {t: way or r for t, r in reads.items()}
            else:
                step[found[2]] = way or reads.get(found[2], "both")
        steps.append(step)
    return tuple(steps)


class Asked:
    """A question resolved against a version.

    Raises:
        QuestionError: no such company, an ambiguous name, an unknown lens, type or basis, or a
            number out of range.
    """

    def __init__(self, version: Version, question: Question) -> None:
        self.version, self.question = version, question
        self.reader = Reader(version, question.weights)
        self.reads = reads_of(question)
        self.steps = steps_of(question.sequence, self.reads)
        for name in question.bases:
            if name not in BASIS:
                raise QuestionError(f"no basis {name!r}; there are {', '.join(BASIS)}")
        most = max(question.max_hops, len(self.steps))
        if question.max_hops < 0 or most > MOST_HOPS or question.limit < 1:
            raise QuestionError(f"--max-hops is 0 to {MOST_HOPS}, --limit at least 1")
        self.max_hops = len(self.steps) or question.max_hops
        self.day = dates.end_day(question.as_of) if question.as_of else None
        self.to = [self.resolve(t) for t in question.to]
        self.via = frozenset(self.resolve(v) for v in question.via)
        self.avoid = frozenset(self.resolve(a) for a in question.avoid)
        types = [self.reader.entity(t)["type"] for t in self.to]
        self.lists = [t for t, kind in zip(self.to, types, strict=True) if kind == "List"]
        self.named = [t for t, kind in zip(self.to, types, strict=True) if kind != "List"]

    def resolve(self, text: str) -> int:
        """Return the entity that a name or id of the question means."""
        return resolve(self.version, text, by_id=self.question.by_id)

    @cached_property
    def captures(self) -> dict[int, list[Rule]]:
        """The entities that the rules asked for capture on the day asked, and by which."""
        found: dict[int, list[Rule]] = {}
        if self.question.rules and self.day is None:
            raise QuestionError("a rule captures on a day: say which with --as-of")
        for text in self.question.rules:
            rule = named(rulebook(), text)
            for entity in captured_entities(self.version, rule, self.day or 0).tolist():
                found.setdefault(entity, []).append(rule)
        return found

    @cached_property
    def subject(self) -> int:
        """The company asked about."""
        return self.resolve(self.question.subject)

    def targets(self, day: int | None, *, exposing: bool = False) -> Targets:
        """Return where paths may end on a day: listed entities, those of some lists, or named.

        A named entity is a target at all times; ``exposing``: only while it is listed or captured.
        """
        s = self.version.snapshot
        if not self.to:
            every = listed_targets(s, day=day)
            return joined(every, entity_targets(s, self.captures)) if self.captures else every
        listed = listed_targets(s, lists=self.lists, day=day)
        if not self.named:
            return listed
        if not exposing:
            return joined(listed, entity_targets(s, self.named))
        captured = entity_targets(s, [e for e in self.named if e in self.captures])
        while_listed = listed_targets(s, day=day).among(self.named)
        return joined(listed, joined(while_listed, captured))

    def selection(self, day: int | None, *, certain: bool = False) -> Selection:
        """Return which relations paths may use on a day; ``certain``: no possible matches."""
        q, reads, steps = self.question, self.reads, self.steps
        if certain:
            reads, *stated = (
                {t: r for t, r in step.items() if t != POSSIBLE_MATCH} for step in (reads, *steps)
            )
            steps = tuple(stated)
        return Selection(reads, day, q.min_share, frozenset(q.bases), self.avoid, steps)

    def space(self, day: int | None, *, exposing: bool = False, certain: bool = False) -> Space:
        """Return where paths are searched on a day, over the kept index where it fits."""
        s, targets = self.version.snapshot, self.targets(day, exposing=exposing)
        index = None if self.named or self.captures or not s.aimed else s.index
        if self.question.weights is not None:
            index = weighted(s, targets, self.question.weights)
        selection = self.selection(day, certain=certain)
        return space(s, targets, selection, max_hops=self.max_hops, via=self.via, index=index)

    def query(self, command: str) -> dict[str, Any]:
        """Return the question with all parameters resolved, as results carry it."""
        q = self.question
        return {
            "command": command,
            "to": self.ids(self.to),
            "lens": q.lens,
            "types": {t: self.reads[t] for t in sorted(self.reads)},
            "direction": q.direction,
            "sequence": list(q.sequence),
            "bases": sorted(q.bases),
            "via": self.ids(sorted(self.via)),
            "avoid": self.ids(sorted(self.avoid)),
            "max_hops": q.max_hops,
            "limit": q.limit,
            "as_of": q.as_of or None,
            "known": q.known or None,
            "min_share": q.min_share,
            "rules": sorted(q.rules),
            "diverse": q.diverse,
            "possible": q.possible,
            "weights": None if q.weights is None else q.weights.changed(),
        }

    def ids(self, entities: Sequence[int]) -> list[str]:
        """Return the ids of entities."""
        return [self.reader.entity(e)["id"] for e in entities]
