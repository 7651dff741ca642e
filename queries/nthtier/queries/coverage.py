"""What an answer was searched in, and what it does not cover: the other half of every "none"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from nthtier.graph import dates, proposals
from nthtier.graph.build import REGISTRY
from nthtier.graph.lists import LISTS
from nthtier.graph.ontology import CODE, POSSIBLE_MATCH, RELATION_TYPES
from nthtier.queries import sentences
from nthtier.queries.question import Asked

#: Lists named in a sentence before the rest are counted.
_NAMED: Final = 4
#: Sources that tell nothing of the world, and so have no date.
_OURS: Final = (REGISTRY.id, *proposals.DERIVED)


def coverage(asked: Asked, stopped_by: str | None) -> dict[str, Any]:
    """Return the contract's ``coverage`` of a question.

    ``lists`` are those searched; ``oldest`` and ``newest`` the sources with the first and last
    date. ``not_covered`` has the lists that nthtier knows and this graph has nothing of, those of
    which no source holds every entry (``lists_in_part``), the relation types not followed, the
    sources without a date, how many possible matches the graph keeps that the question does not
    follow, and all that as one sentence.
    """
    snapshot = asked.version.snapshot
    sources = asked.reader.sources()
    return {
        "sources": sources,
        "max_hops": asked.max_hops,
        "types": sorted(_types(asked)),
        "entities": snapshot.entities,
        "relations": snapshot.relations,
        "lists": _lists(asked),
        "oldest": _edge(sources, first=True),
        "newest": _edge(sources, first=False),
        "not_covered": _not_covered(asked, sources),
        "complete": stopped_by is None,
        "stopped_by": stopped_by,
    }


def _types(asked: Asked) -> set[str]:
    return {t for step in (asked.steps or (asked.reads,)) for t in step}


def _present(asked: Asked) -> set[str]:
    """Return the ids of lists that anything in the graph is or was on."""
    entities = np.unique(asked.version.snapshot.listing_list).tolist()
    asked.reader.prefetch_entities(entities)
    return {asked.reader.entity(e)["id"] for e in entities}


def _lists(asked: Asked) -> list[str]:
    present = _present(asked)
    if not asked.to:
        return sorted(present)
    return sorted(present & {asked.reader.entity(e)["id"] for e in asked.lists})


def _edge(sources: Sequence[dict[str, Any]], *, first: bool) -> dict[str, Any] | None:
    """Return the source that begins first, or ends last."""
    dated = [s for s in sources if s["date"]]
    if not dated:
        return None
    if first:
        found = min(dated, key=lambda s: (dates.span(s["date"])[0], s["id"]))
    else:
        found = max(dated, key=lambda s: (dates.span(s["date"])[1], s["id"]))
    return {"source": found["id"], "date": found["date"]}


def _not_covered(asked: Asked, sources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    present = _present(asked)
    whole = {x for s in sources for x in s["lists"]}
    followed = _types(asked)
    found: dict[str, Any] = {
        "lists": [x for x in LISTS if x not in present | whole],
        "lists_in_part": sorted(present - whole),
        "types": [t.name for t in RELATION_TYPES if t.lenses and t.name not in followed],
        "undated_sources": [s["id"] for s in sources if not s["date"] and s["id"] not in _OURS],
    }
    found["possible_matches"] = _possible_matches(asked)
    found["sentence"] = _sentence(found, sources, asked.max_hops)
    return found


def _possible_matches(asked: Asked) -> int:
    """Return how many relations that say two may be one the question does not follow."""
    if asked.question.possible or proposals.SOURCE_ID not in asked.version.sources:
        return 0
    return int(np.count_nonzero(asked.version.snapshot.type == CODE[POSSIBLE_MATCH]))


def _sentence(found: dict[str, Any], sources: Sequence[dict[str, Any]], max_hops: int) -> str:
    parts = [f"anything beyond {max_hops} hop{'s' if max_hops != 1 else ''}"]
    if found["lists"]:
        parts.append(f"{_named(found['lists'])}, which {_are(found['lists'])} not loaded")
    if found["lists_in_part"]:
        parts.append(f"entries of {_named(found['lists_in_part'])} that no source here holds whole")
    if found["types"]:
        parts.append(f"relations of the types {sentences.and_list(found['types'])}")
    if number := found["possible_matches"]:
        parts.append(f"{_number(number, 'possible match', 'possible matches')} that nobody has "
                     "decided (--possible follows them)")  # fmt: skip
    newest, oldest = _edge(sources, first=False), _edge(sources, first=True)
    if newest is not None and oldest is not None:
        parts.append(f"what became known after {newest['date']} (oldest source {oldest['date']})")
    if found["undated_sources"]:
        undated = _number(len(found["undated_sources"]), "source", "sources")
        parts.append(f"the age of {undated} without a date")
    return f"Not covered: {'; '.join(parts)}."


def _are(words: Sequence[str]) -> str:
    return "is" if len(words) == 1 else "are"


def _named(lists: Sequence[str]) -> str:
    names = [f"the {sentences.short_name({'list': x, 'list_name': x})}" for x in lists[:_NAMED]]
    more = len(lists) - _NAMED
    return sentences.and_list([*names, f"{more} more lists"] if more > 0 else names)


def _number(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
