"""What the formats of two sides carry: a field that one of them never has is not compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from nthtier.graph.ontology import BY_NAME
from nthtier.queries.edition_side import Profile, Side


class Telling:
    """Which fields of a list both sides tell.

    It matters only where one side has a source in place of another, in another format: a field
    must then be there on both sides at least once to be compared. Sources of one format carry the
    same, so that what is missing there is missing indeed; and what a further source adds is new.
    """

    def __init__(
        self, before: Side, after: Side, olds: Iterable[Profile], news: Iterable[Profile]
    ) -> None:
        shared = before.version.sources.keys() & after.version.sources.keys()
        formats = before.formats(shared), after.formats(shared)
        every: list[set[str]] = [set().union(*x.values()) for x in formats]
        #: Lists of which the sides have editions of different formats.
        self._unlike = {
            x
            for x in formats[0].keys() & formats[1].keys() - BY_NAME.keys()
            if formats[0][x] != formats[1][x]
        }
        self._told = [_told(profiles, self._unlike) for profiles in (olds, news)]
        #: Types of relations that one side's formats do not carry, and which side's.
        self.untold_types: dict[str, str] = {}
        for mine, other, theirs, word in (
            (formats[0], formats[1], every[1], "after"),
            (formats[1], formats[0], every[0], "before"),
        ):
            for x in mine.keys() & BY_NAME.keys() - other.keys() if theirs else ():
                if mine[x].isdisjoint(theirs):
                    self.untold_types[x] = word

    def by_both(self, field: str, lists: Iterable[str]) -> bool:
        """Tell whether a field of a company on these lists can be compared."""
        every = list(lists)
        return not every or any(
            x not in self._unlike or all(field in told[x] for told in self._told) for x in every
        )

    def missing(self) -> list[dict[str, Any]]:
        """Return the fields and types of relations that are not compared, and why not."""
        fields: dict[tuple[str, str], list[str]] = defaultdict(list)
        for x in sorted(self._unlike):
            for name in self._told[0][x] ^ self._told[1][x]:
                fields[name, "before" if name in self._told[1][x] else "after"].append(x)
        found: list[dict[str, Any]] = [
            {"field": f, "missing": word, "lists": lists}
            for (f, word), lists in sorted(fields.items())
        ]
        return found + [
            {"relation": x, "missing": word} for x, word in sorted(self.untold_types.items())
        ]


def _told(profiles: Iterable[Profile], lists: Iterable[str]) -> dict[str, set[str]]:
    fields: dict[str, set[str]] = {x: set() for x in lists}
    for profile in profiles:
        for list_id in profile.on.keys() & fields.keys():
            fields[list_id] |= profile.about.keys() | profile.on[list_id].keys()
    return fields
