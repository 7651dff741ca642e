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
#: At most so many cards are shown at first; the others wait in stacks. On a narrow screen fewer.
FIRST: Final = 60
FIRST_NARROW: Final = 24

CARD_HEIGHT: Final = 62
_CARD_WIDTHS: Final = (148, 190)
_GAPS: Final = (60, 200)  # between columns: where the edge labels stand
_LABEL_ROOM: Final = 120
_ROW_PITCHES: Final = (82, 116)
_SWEEPS: Final = 8
_STACK_GAP: Final = 70
#: On a narrow screen two cards share a row, with a gutter between them for the edges.
_NARROW_WIDTH, _NARROW_X, _NARROW_PITCH = 156, 92, 120


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
class Stack:
    """The cards of a tier that are not shown at first, in the order in which they open.

    They open line by line, ``per`` cards a line; each line moves what lies further out by ``step``.
    """

    id: str
    tier: int
    at: tuple[int, int]
    step: tuple[int, int]
    per: int
    hidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The middle of every card, the size all cards share, and the columns from left to right.

    Cards in stacks have the places they take when only their own stack is open.
    """

    positions: dict[str, tuple[int, int]]
    card: tuple[int, int]
    columns: tuple[Column, ...]
    stacks: tuple[Stack, ...] = ()


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


def split(
    nodes: Sequence[str], tier: Mapping[str, int], most: int
) -> tuple[list[str], dict[int, list[str]]]:
    """Return the nodes shown at first, and for each tier those that wait in its stack.

    A stack takes a place of its own, and never stands for a single card.

    >>> split(["a", "b", "c", "d"], {"a": 0}, 3)
    (['a', 'b'], {1: ['c', 'd']})
    """
    if len(nodes) <= most:
        return list(nodes), {}
    kept, tiers_left = most, 0
    while True:  # fewer cards make more stacks, until both fit
        left = {tier.get(n, 1) for n in nodes[kept:]}
        if kept + len(left) <= most or kept == 0 or len(left) == tiers_left:
            break
        tiers_left, kept = len(left), max(most - len(left), 0)
    rest: dict[int, list[str]] = defaultdict(list)
    for node in nodes[kept:]:
        rest[tier.get(node, 1)].append(node)
    alone = {group[0] for group in rest.values() if len(group) == 1}
    shown = [n for i, n in enumerate(nodes) if i < kept or n in alone]
    return shown, {t: group for t, group in rest.items() if len(group) > 1}


def place(nodes: Sequence[str], edges: Sequence[Edge], tier: Mapping[str, int]) -> Layout:
    """Return a place for every node; two never share one, and no two cards overlap.

    Up to `FITS` cards also fit `CANVAS`: the outermost tiers then share a column when there are
    too many. Beyond `FIRST` cards the rest of each tier waits in a stack.

    Args:
        nodes: the nodes, each once; the first are shown first, and their order decides where
            everything else is equal.
        edges: the relations between them; edges to other nodes are ignored.
        tier: the tier of each node; a node without one stands in tier 1.

    >>> place(["a", "b"], [Edge("a", "b")], {"a": 0, "b": 1}).positions
    {'a': (0, 0), 'b': (390, 0)}
    """
    if not nodes:
        return Layout({}, (_CARD_WIDTHS[1], CARD_HEIGHT), ())
    shown, rest = split(nodes, tier, FIRST)
    small = len(nodes) <= FITS
    rows = ROWS_THAT_FIT if small else MOST_ROWS
    sizes = Counter(tier.get(n, 1) for n in shown) + Counter(dict.fromkeys(rest, 1))
    groups: dict[tuple[int, int], list[str]] = {}
    group_of = _grouped(sizes, rows, merge=small)
    for node in shown:
        groups.setdefault(group_of[tier.get(node, 1)], []).append(node)
    for number in rest:
        groups.setdefault((number, number), [])
    spans = sorted(groups)
    columns: list[tuple[tuple[int, int], list[str]]] = []
    for span, group in zip(spans, ordered([groups[s] for s in spans], edges), strict=True):
        last = [f"s{span[0]}"] if span[0] in rest else []
        columns += [(span, part) for part in _wrapped([*group, *last], rows)]
    made = _measured(columns, fits=small)
    return _stacked(made, rest) if rest else made


def _stacked(made: Layout, rest: Mapping[int, Sequence[str]]) -> Layout:
    """Add what waits in the stacks: columns beyond those of its tier, away from the focus."""
    positions, stacks = dict(made.positions), []
    step = made.card[0] + _STACK_GAP
    for number, hidden in sorted(rest.items()):
        side = -1 if number < 0 else 1
        own = [c.x for c in made.columns if c.first == number]
        edge = max(own, key=lambda x: side * x)
        for start in range(0, len(hidden), MOST_ROWS):
            part = hidden[start : start + MOST_ROWS]
            x = edge + side * step * (start // MOST_ROWS + 1)
            for row, node in enumerate(part):
                positions[node] = (x, round((row - (len(part) - 1) / 2) * _ROW_PITCHES[0]))
        at = positions.pop(f"s{number}")
        stacks.append(Stack(f"s{number}", number, at, (side * step, 0), MOST_ROWS, tuple(hidden)))
    return Layout(positions, made.card, made.columns, tuple(stacks))


def place_narrow(nodes: Sequence[str], tier: Mapping[str, int]) -> Layout:
    """Return a place for every node on a narrow screen: tiers from top to bottom, two a row.

    >>> place_narrow(["a", "b", "c"], {"a": 0, "b": 1, "c": 1}).positions
    {'a': (0, 0), 'b': (-92, 120), 'c': (92, 120)}
    """
    shown, rest = split(nodes, tier, FIRST_NARROW)
    groups: dict[int, list[str]] = defaultdict(list)
    for node in shown:
        groups[tier.get(node, 1)].append(node)
    positions: dict[str, tuple[int, int]] = {}
    stacks: list[Stack] = []
    row = 0
    for number in sorted(set(groups) | set(rest)):
        group, hidden = groups[number], rest.get(number, [])
        name = f"s{number}"
        cells = [*group, name] if hidden else group
        # Only the company in focus stands in the middle: edges run between the columns.
        alone = len(cells) == 1 and number == 0
        for i, node in enumerate(cells):
            positions[node] = (0, row * _NARROW_PITCH) if alone else _narrow_at(row, i)
        row += -(-len(cells) // 2)
        if hidden:
            at = positions.pop(name)
            stacks.append(Stack(name, number, at, (0, _NARROW_PITCH), 2, tuple(hidden)))
            positions.update((node, _narrow_at(row, i)) for i, node in enumerate(hidden))
    return Layout(positions, (_NARROW_WIDTH, CARD_HEIGHT), (), tuple(stacks))


def _narrow_at(row: int, place: int) -> tuple[int, int]:
    return _NARROW_X * (2 * (place % 2) - 1), (row + place // 2) * _NARROW_PITCH


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


def ordered(groups: Sequence[Sequence[str]], edges: Iterable[Edge]) -> list[list[str]]:
    """Order each group by the mean height of its neighbours, sweeping to and fro."""
    made = [list(g) for g in groups]
    known = {n for g in made for n in g}
    links: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.start != edge.end and edge.start in known and edge.end in known:
            links[edge.start].append(edge.end)
            links[edge.end].append(edge.start)
    height = {n: i - (len(g) - 1) / 2 for g in made for i, n in enumerate(g)}

    def slope() -> float:
        return sum(abs(height[a] - height[b]) for a, ends in links.items() for b in ends)

    best, least = [list(g) for g in made], slope()
    for sweep in range(_SWEEPS):
        for group in made if sweep % 2 == 0 else reversed(made):
            mean = {
                n: sum(height[m] for m in links[n]) / len(links[n]) if links.get(n) else height[n]
                for n in group
            }
            group.sort(key=mean.__getitem__)  # stable, so equal input gives equal order
            height.update((n, i - (len(group) - 1) / 2) for i, n in enumerate(group))
        if slope() < least:
            best, least = [list(g) for g in made], slope()
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
