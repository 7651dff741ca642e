"""Whom a rule captures on a day: its listed owners, its terms, and the sets they reach."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nthtier.graph.index import I64
from nthtier.graph.ontology import BASIS_CODE
from nthtier.graph.version import Version
from nthtier.queries.alone import Alone
from nthtier.queries.cascade import NEVER, Reach, Terms, reach
from nthtier.queries.ruledata import MET, NOT_MET, OPEN, Answer, Rule
from nthtier.queries.stakes import OwnDisputed, type_table


def own_disputed(version: Version) -> OwnDisputed:
    """Return what tells whether a claim's own source disputes it."""

    def ask(relations: I64) -> npt.NDArray[np.bool_]:
        first = version.snapshot.evidence[relations]
        rows = version.rows("statements", first.tolist(), ["basis"])
        return np.array([row["basis"] == "disputed" for row in rows], bool)

    return ask


def listed_by(version: Version, rule: Rule, day: int) -> tuple[I64, I64]:
    """Return the entities whose listing counts for a rule on a day: for certain, and perhaps.

    Perhaps: the listing itself is disputed, or the list counts only for some programmes and the
    listing does not say its own.
    """
    s = version.snapshot
    ids = {x: version.by_text(f"id:{x}") for x in rule.lists}
    lists = {o[0]: name for name, o in ids.items() if o}
    rows = s.listing_rel.astype(np.int64)
    held = (s.since[rows] <= day) & (s.until[rows] >= day)
    numbers = np.flatnonzero(held & np.isin(s.listing_list, list(lists)))
    entity = s.src[rows[numbers]].astype(np.int64)
    sure = s.basis[rows[numbers]] != BASIS_CODE["disputed"]
    counts = np.ones(len(numbers), bool)
    if (rule.programmes or rule.footnotes) and len(numbers):
        table = version.table("listings", ["programmes", "footnotes"])
        programmes = table.column("programmes").to_pylist()
        footnotes = table.column("footnotes").to_pylist()
        wanted = {str(n) for n in rule.footnotes}
        for i, number in enumerate(numbers.tolist()):
            ask = rule.programmes.get(lists[int(s.listing_list[number])])
            if ask is not None:
                said = set(programmes[number] or ())
                counts[i] = not said or bool(said & ask)
                sure[i] &= bool(said)
            if wanted and not wanted & set(footnotes[number] or ()):
                counts[i] = False
    certain = np.unique(entity[sure & counts])
    return certain, np.setdiff1d(entity[counts], certain)


def terms_of(rule: Rule, day: int) -> Terms | None:
    """Return the rule's terms on a day; none where it binds by name, or had no threshold then."""
    threshold = rule.threshold(day)
    if rule.names_only or (threshold is None and not rule.control):
        return None
    return Terms(
        day,
        None if threshold is None else threshold.percent,
        threshold is not None and threshold.operator == ">",
        threshold is not None and threshold.gives != MET,
        rule.ownership,
        rule.control,
        rule.evidence,
        rule.aggregation == "each",
    )


@dataclass(slots=True)
class Capture:
    """What a rule's conditions give on a day, whether or not the rule is in force then.

    ``certain`` and ``possible`` are entity ordinals that joined; the latter holds what cannot be
    determined only. The listed themselves are in neither.
    """

    rule: Rule
    day: int
    terms: Terms
    sure: I64
    maybe: I64
    reach: Reach
    alone: Alone | None = None
    certain: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    possible: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    by: dict[int, int] = field(default_factory=dict)  # alone: who reaches an entity

    def listed(self, entity: int, *, certain: bool = False) -> bool:
        """Tell whether an entity's own listing counts for the rule."""
        return _has(self.sure, entity) or (not certain and _has(self.maybe, entity))

    def conditions(self, entity: int) -> Answer:
        """Return whether ownership or control makes the rule reach an entity (the listed: met)."""
        if self.listed(entity, certain=True) or _has(self.certain, entity):
            return MET
        return OPEN if self.listed(entity) or _has(self.possible, entity) else NOT_MET

    def round(self, entity: int, of: int, *, certain: bool) -> int:
        """Return when an entity joined, in the cascade that decides about ``of``."""
        if self.alone is None:
            return int((self.reach.sure if certain else self.reach.maybe)[entity])
        owner = self.by.get(of)
        if owner is not None:
            if certain and not _has(self.sure, owner):
                return NEVER
            return self.alone.round(owner, entity, certain=certain)
        if self.listed(entity, certain=certain):
            return 0
        return 1 if _has(self.certain, entity) or (
            not certain and _has(self.possible, entity)
        ) else NEVER  # fmt: skip


def _has(ordered: I64, entity: int) -> bool:
    at = int(np.searchsorted(ordered, entity))
    return at < len(ordered) and int(ordered[at]) == entity


def capture(version: Version, rule: Rule, day: int) -> Capture | None:
    """Return whom the rule's conditions reach on a day; none for a rule that binds by name."""
    terms = terms_of(rule, day)
    if terms is None:
        return None
    sure, maybe = listed_by(version, rule, day)
    s = version.snapshot
    found = reach(s, sure, maybe, terms, own_disputed(version))
    made = Capture(rule, day, terms, sure, maybe, found, None, found.met, found.open)
    if terms.alone:
        _one_by_one(version, made)
    return made


def _one_by_one(version: Version, made: Capture) -> None:
    """Replace the sets by what each listed person reaches alone."""
    s, seeds = version.snapshot, np.union1d(made.sure, made.maybe)
    alone = made.alone = Alone(made.reach)
    followed = type_table((*made.terms.ownership, *made.terms.control, *made.terms.hints))
    certain: dict[int, int] = {}
    possible: dict[int, int] = {}
    listed, tied = set(seeds.tolist()), set(made.reach.pool.link_from.tolist())
    for owner in seeds.tolist():
        first, last = int(s.out_ptr[owner]), int(s.out_ptr[owner + 1])
        if not followed[s.type[first:last]].any() and owner not in tied:
            continue
        if _has(made.sure, owner):
            for entity in alone.reach(owner, certain=True).tolist():
                certain.setdefault(entity, owner)
        for entity in alone.reach(owner, certain=False).tolist():
            possible.setdefault(entity, owner)
    made.certain = np.array(sorted(certain.keys() - listed), np.int64)
    made.possible = np.array(sorted(possible.keys() - certain.keys() - listed), np.int64)
    made.by = possible | certain


def captured_entities(version: Version, rule: Rule, day: int) -> I64:
    """Return the ordinals of the entities that a rule captures on a day, ascending.

    Empty when the rule is not in force then, and for a rule that binds by name. What cannot be
    determined is not among them.
    """
    if rule.says(MET, day) != MET:
        return np.zeros(0, np.int64)
    found = capture(version, rule, day)
    return np.zeros(0, np.int64) if found is None else np.sort(found.certain)
