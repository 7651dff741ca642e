"""Who stands above whom: places for owners and what they own, from top to bottom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from nthtier.explorer.layout import CARD_HEIGHT, FIRST, Edge, Layout, Stack, ordered, split

#: The relation types that put one company above another.
STAKES: Final = frozenset({"OWNS", "INVESTED_IN", "CONTROLS"})
_PER_ROW: Final = 5
_WIDTH, _GAP, _PITCH = 168, 26, 138


def levels(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Return the level of each node: every owner above what it owns, and close to it.

    Companies that own each other in a ring stand on levels of their own, the first in order on
    top.

    >>> levels(["a", "b", "c"], [Edge("a", "b"), Edge("b", "c"), Edge("a", "c")])
    {'a': 0, 'b': 1, 'c': 2}
    >>> levels(["a", "b"], [Edge("a", "b"), Edge("b", "a")])
    {'a': 0, 'b': 1}
    """
    known = set(nodes)
    owners: dict[str, set[str]] = defaultdict(set)
    owned: dict[str, set[str]] = defaultdict(set)
    for e in edges:
        if e.start != e.end and e.start in known and e.end in known:
            owners[e.end].add(e.start)
            owned[e.start].add(e.end)
    found: dict[str, int] = {}
    waiting = {n: len(owners[n]) for n in nodes}
    while waiting:
        ready = [n for n, count in waiting.items() if count == 0]
        ready = ready or [min(waiting, key=waiting.__getitem__)]
        for n in ready:
            del waiting[n]
            found[n] = max((found[o] + 1 for o in owners[n] if o in found), default=0)
        for n in ready:
            for below in owned[n]:
                if below in waiting:
                    waiting[below] -= 1
    for n in nodes:  # an owner that nobody owns stands right above its nearest
        if not owners[n] and owned[n]:
            found[n] = min(found[b] for b in owned[n]) - 1
    least = min(found.values(), default=0)
    return {n: found[n] - least for n in nodes}


def place_levels(nodes: Sequence[str], edges: Sequence[Edge], level: Mapping[str, int]) -> Layout:
    """Return a place for every node, level by level from the top; the rest in stacks.

    >>> place_levels(["a", "b"], [Edge("a", "b")], {"a": 0, "b": 1}).positions
    {'a': (0, 0), 'b': (0, 138)}
    """
    shown, rest = split(nodes, level, FIRST)
    groups: dict[int, list[str]] = defaultdict(list)
    for node in shown:
        groups[level[node]].append(node)
    numbers = sorted(set(groups) | set(rest))
    positions: dict[str, tuple[int, int]] = {}
    stacks: list[Stack] = []
    row = 0
    for number, group in zip(numbers, ordered([groups[n] for n in numbers], edges), strict=True):
        hidden = rest.get(number, [])
        name = f"s{number}"
        cells = [*group, name] if hidden else group
        at = _rows(cells, row)
        row += -(-len(cells) // _PER_ROW)
        if hidden:
            stacks.append(Stack(name, number, at.pop(name), (0, _PITCH), _PER_ROW, tuple(hidden)))
            positions.update(_rows(hidden, row))
        positions.update(at)
    return Layout(positions, (_WIDTH, CARD_HEIGHT), (), tuple(stacks))


def _rows(nodes: Sequence[str], first: int) -> dict[str, tuple[int, int]]:
    """Return the places of nodes in rows from row ``first`` on, each row in the middle."""
    made = {}
    for start in range(0, len(nodes), _PER_ROW):
        part = nodes[start : start + _PER_ROW]
        for i, node in enumerate(part):
            x = round((i - (len(part) - 1) / 2) * (_WIDTH + _GAP))
            made[node] = (x, (first + start // _PER_ROW) * _PITCH)
    return made
