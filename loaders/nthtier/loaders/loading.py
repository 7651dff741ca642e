"""Adding sources to a graph: read everything, then build and write one new version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nthtier.graph.build import LARGE, REGISTRY, build
from nthtier.graph.bulk import build_bulk
from nthtier.graph.collecting import paused
from nthtier.graph.deciding import with_decisions
from nthtier.graph.decisions import Decision
from nthtier.graph.errors import InputError
from nthtier.graph.large import build_large
from nthtier.graph.model import Source, Statement
from nthtier.graph.pile import Pile
from nthtier.graph.proposals import DERIVED
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders import columnar
from nthtier.loaders.graph_files import read_networkx
from nthtier.loaders.reader import Options, Reading
from nthtier.loaders.registry import Tell, read_paths

if TYPE_CHECKING:
    from networkx import Graph

#: An edition with less than this share of the previous one's records is refused by default.
LEAST_OF_PREVIOUS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. ``new`` is False when the graph says what it said before.

    ``stale`` are decisions on who is who that name nothing in the graph, each with the reason.
    """

    version: str
    parent: str | None
    new: bool
    readings: list[Reading]
    replaced: list[str]
    stale: list[tuple[Decision, str]] = field(default_factory=list)


def load(
    store: Store,
    paths: Sequence[Path],
    format_: str = "",
    options: Options | None = None,
    tell: Tell | None = None,
) -> Loaded:
    """Read files and add what they say; the graph becomes a new version.

    A source that was loaded before (same id) is replaced by what is read now. ``tell`` is told
    what is being done, and how much of how much (bytes; 0 of 0 where it cannot be said).

    Raises:
        InputError: a file is wrong; nothing was written.
        BusyError: another process is writing.
        StoreError: the graph cannot be written; it is as it was.
    """
    options, tell = options or Options(), tell or _silent
    with paused():
        store.check_free()
        readings = read_paths(paths, format_, options, tell)
        for source in (r.batch.source for r in readings):
            if source.id in {REGISTRY.id, *DERIVED}:
                raise InputError("this id is nthtier's own", file=source.file, field="source id",
                                 found=source.id, allowed="any other")  # fmt: skip
        command = " ".join(p.name for p in paths)
        with store.writing():
            if any(r.bulk for r in readings):
                return _alone(store, readings, command, tell)
            return _add(store, readings, options, command, tell)


def load_networkx(store: Store, graph: Graph[Any], source: Source) -> Loaded:
    """Add a NetworkX graph under a source that the caller describes (`read_networkx`).

    Raises:
        InputError: a node or edge is wrong; nothing was written.
        BusyError: another process is writing.
        StoreError: the graph cannot be written; it is as it was.
    """
    store.check_free()
    readings = [read_networkx(graph, source)]
    with store.writing():
        return _add(store, readings, Options(), source.id, _silent)


def _silent(what: str, done: int, total: int) -> None: ...


def _add(store: Store, readings: list[Reading], options: Options, names: str, tell: Tell) -> Loaded:
    head = store.head()
    sources: dict[str, Source] = {}
    current: Version | None = None
    replaced: list[str] = []
    if head is not None:
        current = store.open(head)
        for source in current.sources.values():
            if source.format == columnar.NAME:
                raise _not_alone(source, "name another folder with --graph")
        fresh = {r.batch.source.id for r in readings}
        sources = {k: s for k, s in current.sources.items() if k != REGISTRY.id}
        for reading in readings:
            _compare(reading, sources, options)
        replaced = sorted(fresh & sources.keys())
    for reading in readings:
        sources[reading.batch.source.id] = reading.batch.source
    tell("building", 0, 0)
    dropped = {*replaced, REGISTRY.id, *DERIVED}
    held = 0 if current is None else int(current.manifest["statements"])
    if held + sum(r.statements for r in readings) < LARGE:
        statements = list(_all(current, readings, dropped))
        decided = with_decisions(store, sources, statements)
        built = build(sources.values(), statements)
    else:
        pile = _piled(current, readings, dropped)
        decided = with_decisions(store, sources, pile)
        built = build_large(sources.values(), pile)
    tell("writing", 0, 0)
    store.write(built, parent=head, command=f"load {names}")
    return Loaded(built.id, head, built.id != head, readings, replaced, decided.stale)


def _all(
    current: Version | None, readings: Sequence[Reading], dropped: Set[str]
) -> Iterator[Statement]:
    """Yield the statements of a version, without those of some sources, and what was read."""
    if current is not None:
        yield from (s for s in current.statements() if s.source not in dropped)
    for reading in readings:
        yield from reading.pile or ()
        yield from reading.batch.statements


def _piled(current: Version | None, readings: Sequence[Reading], dropped: Set[str]) -> Pile:
    """Return the same as columns; the readings keep nothing."""
    said = [r.hand_on() for r in readings]
    piles = sorted((p for _, p in said if p is not None), key=len)
    pile = piles.pop() if piles else Pile()
    for other in piles:
        pile.absorb(other)
    for statements, _ in said:
        pile.extend(statements)
    if current is not None:
        pile.add_version(current, current.sources.keys() - dropped)
    return pile


def _alone(store: Store, readings: list[Reading], names: str, tell: Tell) -> Loaded:
    """Make a graph of one bulk source, or replace the one that was made of it before."""
    source, bulk = readings[0].batch.source, readings[0].bulk
    if len(readings) > 1 or bulk is None:
        raise _not_alone(source, "load it by itself")
    head = store.head()
    ours = {REGISTRY.id, *DERIVED}
    held = set() if head is None else store.open(head).sources.keys() - ours
    if held - {source.id}:
        raise _not_alone(source, "name an empty folder with --graph")
    tell("building", 0, 0)
    built = build_bulk(source, bulk)
    tell("writing", 0, 0)
    new = store.write(built, parent=head, command=f"load {names}")
    return Loaded(built.id, head, new and built.id != head, readings, sorted(held))


def _not_alone(source: Source, remedy: str) -> InputError:
    return InputError(
        f"a source in columns makes a graph of its own; {remedy}, or write it as a fact file or "
        "a mapped table to join it with others",
        file=source.file, field="source", found=source.id,
    )  # fmt: skip


def _compare(reading: Reading, sources: dict[str, Source], options: Options) -> None:
    """Hold a list's edition against the previous one of the same dataset."""
    source = reading.batch.source
    if "counts" in options.allow or not source.covers:
        return
    earlier = [s for s in sources.values() if s.dataset == source.dataset and s.covers]
    most = max((s.records for s in earlier), default=0)
    if source.records < most * LEAST_OF_PREVIOUS:
        raise InputError(
            "far fewer records than an edition loaded before; the file may be cut short "
            "(--allow counts loads it all the same)",
            file=source.file, field="record count", found=source.records,
            allowed=f"at least {LEAST_OF_PREVIOUS:.0%} of {most}",
        )  # fmt: skip
