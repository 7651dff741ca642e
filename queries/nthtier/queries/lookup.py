"""Finding companies by name (any script), alias, identifier or id, with a score and a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nthtier.graph.errors import QuestionError
from nthtier.graph.lists import find_list
from nthtier.graph.names import normalise
from nthtier.graph.ontology import CODE
from nthtier.graph.version import Version
from nthtier.queries.answers import Reader
from nthtier.queries.similar import similar

KIND: Final = {
    "name": "the name", "mention": "the name as mentioned", "alias": "an alias",
    "weakAlias": "a weak alias",
}  # fmt: skip
#: What an exact hit scores, by the kind of name; a similar name scores less than any of them.
EXACT: Final = {"name": 1.0, "mention": 0.99, "alias": 0.98, "weakAlias": 0.95}
_ITS_ID: Final = "its id here"


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate. ``score`` is 0 to 1; 1 means the same name or identifier."""

    entity: int
    score: float
    reason: str


def find(version: Version, text: str, limit: int = 10) -> list[Match]:
    """Return the entities whose names or identifiers are nearest to ``text``, best first.

    Exact identifiers and names come from an index; others are compared by `graph.alike`, Chinese
    ones by their pinyin too, so that *Langchao* finds 浪潮.
    """
    found: dict[int, Match] = {m.entity: m for m in exact(version, text)}
    if len(found) < limit:
        for guess in similar(version, text):
            known = found.get(guess.entity)
            if known is None or guess.score > known.score:
                reason = f"{guess.how} {KIND.get(guess.kind, 'a name')}: {guess.name}"
                found[guess.entity] = Match(guess.entity, guess.score, reason)
    ranked = sorted(found.values(), key=lambda m: (-m.score, -_ties(version, m.entity), m.entity))
    return ranked[:limit]


def exact(version: Version, text: str) -> list[Match]:
    """Return the entities that have exactly this id, identifier or name, best first."""
    plain, normal = text.strip(), normalise(text)
    found: list[Match] = []
    for entity in version.by_text(f"id:{plain}", plain, normal):
        match = _explain(version, entity, plain, normal)
        if match is not None:
            found.append(match)
    return sorted(found, key=lambda m: (-m.score, m.entity))


def _explain(version: Version, entity: int, plain: str, normal: str) -> Match | None:
    row = version.rows("entities", [entity], ["id", "keys"])[0]
    folded = plain.casefold()
    if row["id"].casefold() == folded or any(k.casefold() == folded for k in row["keys"]):
        return Match(entity, 1.0, _ITS_ID)
    best: Match | None = None
    for s in version.rows("statements", version.described(entity), ["predicate", "value"]):
        predicate, value = s["predicate"], s["value"]
        if predicate.startswith("id:"):
            scheme = predicate[3:]
            if folded in (value.casefold(), f"{scheme}:{value}".casefold()):
                return Match(entity, 1.0, f"identifier {scheme} {value}")
        elif predicate in EXACT and (
            normalise(value) == normal if normal else value.strip() == plain
        ):
            score = EXACT[predicate] - (0.0 if value == plain else 0.001)
            if best is None or score > best.score:
                best = Match(entity, score, f"{KIND[predicate]}: {value}")
    return best


def _ties(version: Version, entity: int) -> int:
    s = version.snapshot
    return int(s.out_ptr[entity + 1] - s.out_ptr[entity] + s.in_ptr[entity + 1] - s.in_ptr[entity])


def resolve(version: Version, text: str, *, by_id: bool = False) -> int:
    """Return the one entity that ``text`` names.

    A similar name is never taken for the same: it is only offered.

    Raises:
        QuestionError: nothing has that name, or several have; with candidates.
    """
    if by_id:
        found = version.by_text(f"id:{text.strip()}")
        if len(found) == 1:
            return found[0]
        raise QuestionError(f"no entity has the id {text!r}", _named(version, find(version, text)))
    hits = exact(version, text)
    own = [m for m in hits if m.reason == _ITS_ID]
    if len(own) == 1:
        return own[0].entity
    if hits:  # the same kind of name, however it is written
        best = [m for m in hits if m.score > hits[0].score - 0.005]
        if len(best) == 1:
            return best[0].entity
        raise QuestionError(
            f"{text!r} names {len(best)} entities; choose one with --id", _named(version, best)
        )
    known = find_list(text)
    if known is not None:
        listed = version.by_text(f"id:{known.id}")
        if listed:
            return listed[0]
    raise QuestionError(f"nothing here is named {text!r}", _named(version, find(version, text, 5)))


def _named(version: Version, matches: Sequence[Match]) -> tuple[tuple[str, str], ...]:
    rows = version.rows("entities", [m.entity for m in matches], ["id", "name", "countries"])
    return tuple((r["id"], _with_country(r)) for r in rows)


def _with_country(row: dict[str, Any]) -> str:
    countries = ", ".join(c.upper() for c in row["countries"])
    return f"{row['name']} ({countries})" if countries else str(row["name"])


def candidates(version: Version, text: str, limit: int) -> list[dict[str, Any]]:
    """Return what `find` finds as records: the entity, ``score``, ``reason``, ``listings``."""
    reader = Reader(version)
    return [
        {**reader.entity(m.entity), "score": m.score, "reason": m.reason,
         "listings": reader.listings(m.entity)}
        for m in find(version, text, limit)
    ]  # fmt: skip


def most_connected(version: Version) -> str:
    """Return the id of the entity with the most relations that are not listings.

    Raises:
        QuestionError: there is no such relation.
    """
    s = version.snapshot
    plain = ~np.isin(s.type, [CODE["LISTED_ON"], CODE["MAINTAINED_BY"]])
    if not plain.any():
        raise QuestionError("the graph has no relations but listings; name an entity")
    ends = np.concatenate((s.src[plain], s.dst[plain]))
    return str(version.rows("entities", [int(np.bincount(ends).argmax())], ["id"])[0]["id"])
