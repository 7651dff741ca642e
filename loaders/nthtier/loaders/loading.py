"""Adding sources to a graph: read everything, then build and write one new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nthtier.graph.build import REGISTRY, build
from nthtier.graph.bulk import build_bulk
from nthtier.graph.collecting import paused
from nthtier.graph.deciding import with_decisions
from nthtier.graph.decisions import SOURCE_ID, Decision
from nthtier.graph.errors import InputError
from nthtier.graph.model import Source
from nthtier.graph.store import Store
from nthtier.loaders import columnar
from nthtier.loaders.reader import Options, Reading
from nthtier.loaders.registry import read_paths

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
    store: Store, paths: Sequence[Path], format_: str = "", options: Options | None = None
) -> Loaded:
    """Read files and add what they say; the graph becomes a new version.

    A source that was loaded before (same id) is replaced by what is read now.

    Raises:
        InputError: a file is wrong; nothing was written.
        BusyError: another process is writing.
        StoreError: the graph cannot be written; it is as it was.
    """
    options = options or Options()
    with paused():
        store.check_free()
        readings = read_paths(paths, format_, options)
        for source in (r.batch.source for r in readings):
            if source.id in (REGISTRY.id, SOURCE_ID):
                raise InputError("this id is nthtier's own", file=source.file, field="source id",
                                 found=source.id, allowed="any other")  # fmt: skip
        command = " ".join(p.name for p in paths)
        with store.writing():
            if any(r.bulk for r in readings):
                return _alone(store, readings, command)
            return _add(store, readings, options, command)


def _add(store: Store, readings: list[Reading], options: Options, names: str) -> Loaded:
    head = store.head()
    sources: dict[str, Source] = {}
    statements = []
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
        dropped = fresh | {REGISTRY.id}
        statements = [s for s in current.statements() if s.source not in dropped]
    for reading in readings:
        sources[reading.batch.source.id] = reading.batch.source
        statements += reading.batch.statements
    decided = with_decisions(store, sources, statements)
    built = build(sources.values(), statements)
    store.write(built, parent=head, command=f"load {names}")
    return Loaded(built.id, head, built.id != head, readings, replaced, decided.stale)


def _alone(store: Store, readings: list[Reading], names: str) -> Loaded:
    """Make a graph of one bulk source, or replace the one that was made of it before."""
    source, bulk = readings[0].batch.source, readings[0].bulk
    if len(readings) > 1 or bulk is None:
        raise _not_alone(source, "load it by itself")
    head = store.head()
    ours = {REGISTRY.id, SOURCE_ID}
    held = set() if head is None else store.open(head).sources.keys() - ours
    if held - {source.id}:
        raise _not_alone(source, "name an empty folder with --graph")
    built = build_bulk(source, bulk)
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
