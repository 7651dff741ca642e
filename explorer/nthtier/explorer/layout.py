"""Where each card stands: upstream left, the company in focus, downstream right.

Positions are computed here once, so that the same result gives the same picture and the browser
spends no time on forces. All lengths are canvas units; at scale 1 a unit is one CSS pixel.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

#: Beyond this many cards the picture may be larger than the canvas, and the reader pans.
FITS: Final = 25
#: What fits a canvas of 780 × 600 pixels with names of at least 11 pixels (font: 14 units).
CANVAS: Final = (980, 740)
ROWS_THAT_FIT: Final = 9
COLUMNS_THAT_FIT: Final = 5
#: At most so many cards stand in one column, however many there are.
MOST_ROWS: Final = 12

CARD_HEIGHT: Final = 62
_CARD_WIDTHS: Final = (148, 190)
_GAPS: Final = (60, 200)  # between columns: where the edge labels stand
_LABEL_ROOM: Final = 120
_ROW_PITCHES: Final = (82, 116)
_SWEEPS: Final = 8
#: On a narrow screen two cards share a row, with a gutter between them for the edges.
_NARROW_WIDTH, _NARROW_X, _NARROW_PITCH = 156, 92, 112


@dataclass(frozen=True, slots=True)
class Edge:
    """One relation as the layout sees it; ``mutual`` has no upstream end (a joint venture)."""

    start: str
    end: str
    mutual: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One path: its nodes from the focus on, and whether its first hop leads upstream."""

    stops: tuple[str, ...]
    upstream: bool


@dataclass(frozen=True, slots=True)
class Column:
    """The middle of a column and the tiers that stand in it, ``first`` to ``last``."""

    x: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of every card, the size all cards share, and the columns from left to right."""

    positions: dict[str, tuple[int, int]]
    card: tuple[int, int]
    columns: tuple[Column, ...]


def tiers(focus: Sequence[str], routes: Iterable[Route], edges: Iterable[Edge]) -> dict[str, int]:
    """Return the tier of each node: 0 in focus, negative upstream, positive downstream.

    A node on a path stands as many tiers away as it is hops from the focus along its shortest
    path; any other node stands one tier beyond the nearest neighbour that has a tier.

    >>> tiers(["a"], [Route(("a", "b", "c"), upstream=True)], [Edge("b", "d")])
    {'a': 0, 'b': -1, 'c': -2, 'd': -2}
    >>> tiers(["a"], [Route(("a", "b"), upstream=False)], [Edge("a", "b")])
    {'a': 0, 'b': 1}
    """
    tier = dict.fromkeys(focus, 0)
    for route in routes:
        sign = -1 if route.upstream else 1
        for distance, stop in enumerate(route.stops):
            if stop not in tier or abs(tier[stop]) > distance:
                tier[stop] = sign * distance
    every = list(edges)
    while left := [e for e in every if e.start not in tier or e.end not in tier]:
        # One ring of neighbours at a time: a node takes the tier of its nearest neighbour.
        found: dict[str, int] = {}
        for edge in left:
            for near, far, downstream in (
                (edge.start, edge.end, True),
                (edge.end, edge.start, edge.mutual),
            ):
                if near in tier and far not in tier:
                    found.setdefault(far, _beyond(tier[near], downstream))
        if not found:
            # A part that no edge joins to the focus begins beside it.
            found = {left[0].start: 1}
        tier.update(found)
    return tier


def _beyond(tier: int, downstream: bool) -> int:
    if tier:
        return tier + (1 if tier > 0 else -1)
    return 1 if downstream else -1


def place(nodes: Sequence[str], edges: Sequence[Edge], tier: Mapping[str, int]) -> Layout:
    """Return a place for every node; two never share one, and no two cards overlap.

    Up to `FITS` cards also fit `CANVAS`: the outermost tiers then share a column when there are
    too many.

    Args:
        nodes: the nodes, each once; their order decides where everything else is equal.
        edges: the relations between them; edges to other nodes are ignored.
        tier: the tier of each node; a node without one stands in tier 1.

    >>> place(["a", "b"], [Edge("a", "b")], {"a": 0, "b": 1}).positions
    {'a': (0, 0), 'b': (390, 0)}
    """
    if not nodes:
        return Layout({}, (_CARD_WIDTHS[1], CARD_HEIGHT), ())
    small = len(nodes) <= FITS
    rows = ROWS_THAT_FIT if small else MOST_ROWS
    groups: dict[tuple[int, int], list[str]] = {}
    group_of = _grouped(Counter(tier.get(n, 1) for n in nodes), rows, merge=small)
    for node in nodes:
        groups.setdefault(group_of[tier.get(node, 1)], []).append(node)
    known = set(nodes)
    links: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.start != edge.end and edge.start in known and edge.end in known:
            links[edge.start].append(edge.end)
            links[edge.end].append(edge.start)
    spans = sorted(groups)
    ordered = _ordered([groups[s] for s in spans], links)
    columns = [
        (span, part)
        for span, group in zip(spans, ordered, strict=True)
        for part in _wrapped(group, rows)
    ]
    return _measured(columns, fits=small)


def place_narrow(nodes: Sequence[str], tier: Mapping[str, int]) -> Layout:
    """Return a place for every node on a narrow screen: tiers from top to bottom, two a row.

    >>> place_narrow(["a", "b", "c"], {"a": 0, "b": 1, "c": 1}).positions
    {'a': (0, 0), 'b': (-92, 112), 'c': (92, 112)}
    """
    groups: dict[int, list[str]] = defaultdict(list)
    for node in nodes:
        groups[tier.get(node, 1)].append(node)
    positions: dict[str, tuple[int, int]] = {}
    row = 0
    for _, group in sorted(groups.items()):
        for number, node in enumerate(group):
            # Only the company in focus stands in the middle: edges run between the columns.
            alone = len(group) == 1 and tier.get(node, 1) == 0
            x = 0 if alone else _NARROW_X * (2 * (number % 2) - 1)
            positions[node] = (x, (row + number // 2) * _NARROW_PITCH)
        row += -(-len(group) // 2)
    return Layout(positions, (_NARROW_WIDTH, CARD_HEIGHT), ())


def _grouped(sizes: Mapping[int, int], rows: int, *, merge: bool) -> dict[int, tuple[int, int]]:
    """Return for each tier the range of tiers that it shares columns with."""
    groups = {(t, t): n for t, n in sizes.items()}
    while merge and sum(-(-n // rows) for n in groups.values()) > COLUMNS_THAT_FIT:
        spans = sorted(groups)
        # The longer side gives way; at equal length the left one.
        side = max([s for s in spans if s[1] < 0], [s for s in spans if s[0] > 0][::-1], key=len)
        if len(side) < 2:
            break
        outer, inner = side[0], side[1]
        joined = (min(outer[0], inner[0]), max(outer[1], inner[1]))
        groups[joined] = groups.pop(outer) + groups.pop(inner)
    return {t: span for span in groups for t in sizes if span[0] <= t <= span[1]}


def _ordered(groups: list[list[str]], links: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Order each group by the mean height of its neighbours, sweeping to and fro."""
    groups = [list(g) for g in groups]
    height = {n: i - (len(g) - 1) / 2 for g in groups for i, n in enumerate(g)}

    def slope() -> float:
        return sum(abs(height[a] - height[b]) for a, ends in links.items() for b in ends)

    best, least = [list(g) for g in groups], slope()
    for sweep in range(_SWEEPS):
        for group in groups if sweep % 2 == 0 else reversed(groups):
            mean = {
                n: sum(height[m] for m in links[n]) / len(links[n]) if links.get(n) else height[n]
                for n in group
            }
            group.sort(key=mean.__getitem__)  # stable, so equal input gives equal order
            height.update((n, i - (len(group) - 1) / 2) for i, n in enumerate(group))
        if slope() < least:
            best, least = [list(g) for g in groups], slope()
    return best


def _wrapped(group: list[str], rows: int) -> list[list[str]]:
    """Cut a group into columns of nearly equal length, none longer than ``rows``."""
    count = -(-len(group) // rows)
    # Dealing them out keeps neighbours in height side by side.
    return [group[i::count] for i in range(count)]


def _measured(columns: list[tuple[tuple[int, int], list[str]]], *, fits: bool) -> Layout:
    """Turn columns of nodes into positions around the middle of the tier in focus."""
    count = len(columns)
    width = _clamped(CANVAS[0] // count - 90, _CARD_WIDTHS)
    gap = _clamped((CANVAS[0] - count * width) // max(count - 1, 1), _GAPS)
    if not fits:  # the reader pans anyway: leave room for the labels
        gap = max(gap, _LABEL_ROOM)
    longest = max(len(nodes) for _, nodes in columns)
    pitch = _clamped(CANVAS[1] // longest, _ROW_PITCHES)
    home = [i for i, (span, _) in enumerate(columns) if span[0] <= 0 <= span[1]] or [0]
    middle = (home[0] + home[-1]) / 2
    positions, made = {}, []
    shift = 0
    for number, (span, nodes) in enumerate(columns):
        # Columns of one wrapped group are shifted, so that edges pass between their cards.
        shift = 1 - shift if number and columns[number - 1][0] == span else 0
        x = round((number - middle) * (width + gap))
        for row, node in enumerate(nodes):
            y = (row - (len(nodes) - 1) / 2) * pitch + shift * pitch / 2
            positions[node] = (x, round(y))
        made.append(Column(x, *span))
    return Layout(positions, (width, CARD_HEIGHT), tuple(made))


def _clamped(value: int, bounds: tuple[int, int]) -> int:
    return max(bounds[0], min(bounds[1], value))
