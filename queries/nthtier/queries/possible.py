"""Listed entities that one company may be: the possible matches of a single entity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from nthtier.graph import model
from nthtier.graph.names import normalise
from nthtier.graph.version import Version
from nthtier.queries.candidates import LEAST, Candidate, Who, compare
from nthtier.queries.similar import similar

#: Names of an entity for which similar ones are looked for.
_MOST_NAMES: Final = 6
_MOST: Final = 5


def possibly(version: Version, entity: int, *, near: bool = False) -> list[Candidate]:
    """Return the listed entities that ``entity`` may be, likeliest first; ``a`` is the entity.

    Names that are equal are found at once, through the version's index; ``near`` compares with all
    other names too, which takes a moment.
    """
    s = version.snapshot
    one = Who.read(version, entity)
    if one is None:
        return []
    texts = [name for name, _ in one.names]
    found = set(version.by_text(*(normalise(t) for t in texts)))
    for text in texts[:_MOST_NAMES] if near else ():
        found |= {g.entity for g in similar(version, text)}
    listed = [e for e in sorted(found - {entity}) if s.listing_ptr[e + 1] > s.listing_ptr[e]]
    apart = _apart(version, entity, listed)
    made = []
    for other in listed:
        two = None if other in apart else Who.read(version, other)
        candidate = None if two is None else compare(one, two, entity, other)
        if candidate is not None and candidate.score >= LEAST:
            made.append(candidate)
    return sorted(made, key=lambda c: (-c.score, c.b))[:_MOST]


def with_equal_names(version: Version, entities: Iterable[int]) -> set[int]:
    """Return those of many entities that share a name, or an identifier, with a listed one."""
    s = version.snapshot
    asked = np.zeros(s.entities, bool)
    asked[[*entities]] = True
    listed = np.diff(s.listing_ptr) > 0
    here, there = asked[s.name_entity], listed[s.name_entity]
    hashes, owners = s.name_hash[here], s.name_entity[here]
    others, of = s.name_hash[there], s.name_entity[there]
    low = np.searchsorted(others, hashes, "left")
    count = np.searchsorted(others, hashes, "right") - low
    first = of[np.minimum(low, max(len(of) - 1, 0))] if len(of) else owners
    return set(owners[(count > 1) | ((count == 1) & (first != owners))].tolist())


def _apart(version: Version, entity: int, others: Iterable[int]) -> set[int]:
    """Return those of the others that a person decided to be different."""
    found: set[int] = set()
    for here, there in ((entity, None), *((o, entity) for o in others)):
        rows = version.described(here)
        for s in version.rows("statements", rows, ["predicate", "value"]):
            if s["predicate"] == model.DIFFERENT:
                named = version.by_text(f"id:{s['value']}")
                if there is None:
                    found.update(named)
                elif there in named:
                    found.add(here)
    return found
