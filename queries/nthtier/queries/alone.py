"""The cascade of one owner at a time, for rules that do not add up several listed persons.

Each owner is followed by itself over the pool that the cascade of all of them has gathered: what
one reaches alone, all reach together. Most owners hold little, so a plain work list serves.
"""

from __future__ import annotations

from collections import defaultdict, deque

from nthtier.queries.cascade import Reach, Terms
from nthtier.queries.stakes import WHOLE

#: Entity → its place in the order of joining; the owner itself has 0.
Joined = dict[int, int]


class Alone:
    """The pool as plain lists, made once for all owners."""

    def __init__(self, found: Reach, terms: Terms) -> None:
        pool, self.terms = found.pool, terms
        self.entity = pool.entity.tolist()
        self.held: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self.total: list[int] = []
        owner, lo, hi = pool.owner.tolist(), pool.lo.tolist(), pool.hi.tolist()
        ptr = pool.ptr.tolist()
        for place in range(len(self.entity)):
            rows = range(ptr[place], ptr[place + 1])
            self.total.append(sum(lo[j] for j in rows))
            for j in rows:
                self.held[owner[j]].append((place, lo[j], hi[j]))
        self.tied: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for a, b, sure in zip(
            pool.link_from.tolist(), pool.link_to.tolist(), pool.link_sure.tolist(), strict=True
        ):
            self.tied[a].append((b, sure))
        self._known: dict[tuple[int, bool], Joined] = {}

    def reach(self, owner: int, *, certain: bool) -> Joined:
        """Return whom the owner alone reaches, for certain or possibly."""
        found = self._known.get((owner, certain))
        if found is None:
            found = self._known[owner, certain] = self._reach(owner, certain)
        return found

    def _reach(self, owner: int, certain: bool) -> Joined:
        joined, queue = {owner: 0}, deque([owner])
        least: dict[int, int] = defaultdict(int)
        most: dict[int, int] = defaultdict(int)
        counts = not (certain and self.terms.evidence)
        while queue:
            member = queue.popleft()
            ready = [b for b, sure in self.tied.get(member, ()) if sure or not certain]
            for place, lo, hi in self.held.get(member, ()) if counts else ():
                least[place] += lo
                most[place] += hi
                if self._passes(self.total[place], least[place], most[place], certain):
                    ready.append(self.entity[place])
            for entity in ready:
                if entity not in joined:
                    joined[entity] = len(joined)
                    queue.append(entity)
        return joined

    def _passes(self, total: int, least: int, most: int, certain: bool) -> bool:
        if certain:
            return least - max(total - WHOLE, 0) >= self.terms.least
        room = WHOLE if total > WHOLE else WHOLE - total + least
        return min(most, room) >= self.terms.least
