"""The cascade of one owner at a time, for rules that do not add up several listed persons.

Each owner is followed by itself over the stakes that the cascade of all of them has gathered:
what one reaches alone, all reach together.
"""

from __future__ import annotations

import numpy as np

from nthtier.graph.index import I32, I64
from nthtier.queries.cascade import NEVER, Reach


class Alone:
    """Whom each owner reaches alone, worked out once for each."""

    def __init__(self, found: Reach) -> None:
        self.found = found
        self._known: dict[tuple[int, bool], tuple[I64, I32]] = {}

    def reach(self, owner: int, *, certain: bool) -> I64:
        """Return whom the owner alone reaches (itself included), for certain or possibly."""
        return self._reach(owner, certain)[0]

    def round(self, owner: int, entity: int, *, certain: bool) -> int:
        """Return the round in which an entity joins the owner, `NEVER` if it does not."""
        entities, rounds = self._reach(owner, certain)
        at = int(np.searchsorted(entities, entity))
        return int(rounds[at]) if at < len(entities) and int(entities[at]) == entity else NEVER

    def _reach(self, owner: int, certain: bool) -> tuple[I64, I32]:
        found = self._known.get((owner, certain))
        if found is None:
            joined = self.found.again(np.array([owner], np.int64), certain)
            entities = np.flatnonzero(joined != NEVER)
            found = self._known[owner, certain] = entities, joined[entities]
        return found
