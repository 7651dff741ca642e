"""Different paths: of those that share all but one hop, only the best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nthtier.graph.snapshot import Snapshot
from nthtier.queries.paths import Path, Search

#: No more best paths than this are looked through.
_MOST: Final = 50_000


def diverse(s: Snapshot, subject: int, find: Callable[[int], Search], limit: int) -> Search:
    """Return the ``limit`` best paths of which no two are alike.

    ``find(k)`` gives the ``k`` best. Taken in their order, a path is left out when it is like one
    that was taken: it goes through the same entities, or shares with it all hops but one of the
    longer.
    """
    most = limit * 4
    while True:
        search = find(min(most, _MOST))
        kept = _unlike(s, subject, search.paths)
        whole = search.stopped_by is None
        if whole or search.stopped_by == "time" or len(kept) > limit or most >= _MOST:
            more = len(kept) > limit
            return Search(kept[:limit], "limit" if more and whole else search.stopped_by)
        most *= 4


def _unlike(s: Snapshot, subject: int, paths: list[Path]) -> list[Path]:
    kept: list[Path] = []
    seen: set[tuple[int, ...]] = set()
    for path in paths:
        through = _entities(s, subject, path)
        if through in seen:
            continue
        hops = frozenset(path.relations)
        if not any(alike(hops, frozenset(k.relations)) for k in kept):
            kept.append(path)
            seen.add(through)
    return kept


def alike(a: frozenset[int], b: frozenset[int]) -> bool:
    """Tell whether two paths share all hops but one of the longer, and at least one.

    >>> alike(frozenset([1, 2]), frozenset([1, 3])), alike(frozenset([1]), frozenset([2]))
    (True, False)
    """
    shared = len(a & b)
    return shared > 0 and shared >= max(len(a), len(b)) - 1


def _entities(s: Snapshot, subject: int, path: Path) -> tuple[int, ...]:
    at, found = subject, [subject]
    for r in path.relations:
        at = int(s.dst[r]) if int(s.src[r]) == at else int(s.src[r])
        found.append(at)
    return tuple(found)
