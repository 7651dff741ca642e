"""From statements to relations: equal claims become one relation, others stay side by side."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from nthtier.graph import dates
from nthtier.graph.model import DIFFERENT, NAME, UNKNOWN, Source, Statement, share_text
from nthtier.graph.names import normalise
from nthtier.graph.ontology import BY_NAME, POSSIBLE_MATCH


@dataclass(slots=True)
class Claim:
    """A relation in the making: what its statements agree on, and those statements.

    ``said`` is the basis that they give, where another claim made it ``disputed``.
    """

    type: str
    start: str  # entity ids
    end: str
    since: str = ""
    until: str = ""
    lo: float = UNKNOWN
    hi: float = UNKNOWN
    amount: str = ""
    basis: str = "stated"
    said: str = ""
    contested: bool = False
    note: str = ""
    statements: list[Statement] = field(default_factory=list)

    @property
    def id(self) -> str:
        """A hash of what the relation says, the same in every graph that says it.

        Whether others dispute it is not part of it.
        """
        parts = (self.start, self.type, self.end, self.since, self.until,
                 share_text(self.lo, self.hi), self.amount, self.said or self.basis)  # fmt: skip
        return "r-" + blake2b("\x1f".join(parts).encode("utf-8"), digest_size=7).hexdigest()


def gather(
    statements: Iterable[Statement], ids: Mapping[str, str], sources: Sequence[Source]
) -> list[Claim]:
    """Return the relations that the statements make, in no particular order.

    A possible match of two that are one entity, or that a person decided to be different, is none.
    """
    plain: dict[tuple[Any, ...], Claim] = {}
    listed: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    names: dict[str, set[str]] = defaultdict(set)
    different: set[frozenset[str]] = set()
    for s in statements:
        if s.predicate == NAME:
            names[ids[s.subject]].add(s.value)
        elif s.predicate == DIFFERENT and s.value in ids:
            different.add(frozenset((ids[s.subject], ids[s.value])))
        if not s.object or s.predicate not in BY_NAME:
            continue
        start, end = ids[s.subject], ids[s.object]
        if s.predicate == "LISTED_ON":
            listed[start, end].append(s)
            continue
        amount = properties(s).get("amount", "")
        share = (None, None) if math.isnan(s.lo) else (s.lo, s.hi)
        key = (start, s.predicate, end, s.since, s.until, share, amount, s.basis)
        claim = plain.get(key)
        if claim is None:
            claim = plain[key] = Claim(
                s.predicate, start, end, s.since, s.until, s.lo, s.hi, amount, s.basis
            )
        claim.statements.append(s)
    claims = [
        c
        for c in plain.values()
        if c.type != POSSIBLE_MATCH
        or (c.start != c.end and frozenset((c.start, c.end)) not in different)
    ]
    _contest(claims)
    editions = _editions(sources)
    roll = _Roll(listed, names)
    for (entity, list_id), group in listed.items():
        claims += _listings(entity, list_id, group, editions.get(list_id, ()), roll)
    for claim in claims:
        claim.statements.sort(key=lambda s: s.id)
        if not claim.note:
            claim.note = "; ".join(sorted({s.note for s in claim.statements if s.note}))
    return claims


def properties(s: Statement) -> dict[str, Any]:
    """Return a statement's further properties (citation, programme, amount …)."""
    return json.loads(s.props) if s.props else {}


def _contest(claims: Iterable[Claim]) -> None:
    """Mark a claim as disputed where another says that the same relation had ended earlier.

    A claim since 2010 follows one until 2010; only an end after it must have begun disputes it.
    """
    parallel: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        parallel[claim.start, claim.type, claim.end].append(claim)
    for group in parallel.values():
        ends = [dates.end_day(c.until) for c in group if c.until]
        for claim in group:
            start = dates.end_day(claim.since) if claim.since else dates.OPEN_START
            end = dates.end_day(claim.until)
            if any(start < other < end for other in ends):
                claim.contested = True
                claim.said, claim.basis = claim.basis, "disputed"


def _editions(sources: Sequence[Source]) -> dict[str, list[Source]]:
    """Return, for each list, the dated editions that hold all of it, oldest first."""
    found: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        if source.date:
            for list_id in source.covers:
                found[list_id].append(source)
    for editions in found.values():
        editions.sort(key=lambda s: (dates.span(s.date), s.id))
    return found


class _Roll:
    """Which names an edition of a list has."""

    def __init__(
        self,
        listed: Mapping[tuple[str, str], Sequence[Statement]],
        names: Mapping[str, Collection[str]],
    ) -> None:
        self.listed, self.names = listed, names
        self._known: dict[tuple[str, str], set[str]] = {}

    def has_name_of(self, entity: str, list_id: str, edition: str) -> bool:
        """Tell whether another entry of the edition has a name of the entity."""
        known = self._known.get((list_id, edition))
        if known is None:
            known = self._known[list_id, edition] = {
                _squeezed(name)
                for (other, on), group in self.listed.items()
                if on == list_id and any(s.source == edition for s in group)
                for name in self.names.get(other, ())
            }
        return any(_squeezed(name) in known for name in self.names.get(entity, ()))


def _squeezed(name: str) -> str:
    """Return the letters of a name: editions differ in signs and spaces."""
    return normalise(name).replace(" ", "")


def _listings(
    entity: str,
    list_id: str,
    group: list[Statement],
    editions: Sequence[Source],
    roll: _Roll,
) -> list[Claim]:
    """Return the listings of one entity on one list.

    Statements without a date, or with a vaguer one, support the dated listing; two precise dates
    that disagree stay two listings. Where a later edition of the whole list lacks the entity,
    and every entry of its name, the listing is taken to have ended before it (basis ``inferred``).
    """
    precise: list[tuple[str, str, str]] = []
    stated = {(s.since, s.until, s.basis) for s in group if s.since or s.until}
    for since, until, basis in sorted(stated, key=lambda x: (-len(x[0]), -len(x[1]), x)):
        if not any(_agrees((since, until), p[:2]) for p in precise):
            precise.append((since, until, basis))
    claims = [Claim("LISTED_ON", entity, list_id, since, until) for since, until, _ in precise]
    claims.sort(key=lambda c: (dates.start_day(c.since), dates.end_day(c.until)))
    if not claims:
        claims = [Claim("LISTED_ON", entity, list_id)]
    for s in group:
        fits = (c for c in claims if _agrees((s.since, s.until), (c.since, c.until)))
        next(fits, claims[0]).statements.append(s)
    ended = _left_the_list(group, editions)
    for claim in claims:
        bases = {s.basis for s in claim.statements}
        claim.basis = next((b for b in ("stated", "inferred") if b in bases), "disputed")
        if ended is not None and not claim.until:
            edition, day = ended
            if roll.has_name_of(entity, list_id, edition.id):
                claim.note = (
                    f"the edition {edition.id} has this name in another entry; whether this entry "
                    "left the list is not known"
                )
            elif dates.end_day(day) >= dates.start_day(claim.since):
                claim.until, claim.basis = day, "inferred"
                claim.note = f"no longer in the edition {edition.id}; the day it left is not known"
    return claims


def _agrees(vague: tuple[str, str], precise: tuple[str, str]) -> bool:
    return all(not v or (p and dates.within(p, v)) for v, p in zip(vague, precise, strict=True))


def _left_the_list(
    group: Sequence[Statement], editions: Sequence[Source]
) -> tuple[Source, str] | None:
    present = {s.source for s in group}
    held = [i for i, edition in enumerate(editions) if edition.id in present]
    if not held or held[-1] == len(editions) - 1:
        return None
    last = dates.span(editions[held[-1]].date)
    for edition in editions[held[-1] + 1 :]:
        if dates.span(edition.date)[0] > last[1]:
            return edition, dates.day_before(edition.date)
    return None
