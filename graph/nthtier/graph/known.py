"""The graph as it was known on a day: what editions up to that day had said, and no more."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nthtier.graph import dates
from nthtier.graph.build import LARGE, REGISTRY, Built, build
from nthtier.graph.errors import StoreError
from nthtier.graph.model import Source
from nthtier.graph.proposals import DERIVED, ends, without_loose
from nthtier.graph.store import Store
from nthtier.graph.version import Version

_for_this_process: list[tempfile.TemporaryDirectory[str]] = []


def as_known(store: Store, version: Version, day: str) -> Version:
    """Return a version made only of sources whose edition date is not after ``day``.

    It is computed by the same rules from the same statements, and kept beside the others for the
    next time (the current version does not change). Where the graph cannot be written to, because
    another process is loading or the folder is read-only, it lives as long as this process.
    Sources without a date are left out: nobody knows whether they had spoken by then. Decisions on
    who is who, and possible matches, are kept: they say what the editions mean, not what happened.

    Raises:
        ValueError: ``day`` is not a date.
        StoreError: there is no room for it anywhere.
    """
    last = dates.end_day(day)
    kept = {
        x.id: x
        for x in version.sources.values()
        if x.id in DERIVED or (x.id != REGISTRY.id and x.date and dates.end_day(x.date) <= last)
    }
    if len(kept) == len(version.sources) - (REGISTRY.id in version.sources):
        return version
    if version.manifest["statements"] >= LARGE:
        built = _from_columns(version, kept)
    else:
        said = version.statements() if kept else ()
        built = build(kept.values(), without_loose(s for s in said if s.source in kept))
    command = f"known {day}"
    if store.has(built.id):
        return store.open(built.id)
    try:
        with store.writing():
            store.write(built, parent=version.id, command=command, head=False)
        return store.open(built.id)
    except StoreError:
        folder = tempfile.TemporaryDirectory(prefix="nthtier-known-")
        _for_this_process.append(folder)
        aside = Store(Path(folder.name))
        with aside.writing():
            aside.write(built, parent=version.id, command=command)
        return aside.open()


def _from_columns(version: Version, kept: dict[str, Source]) -> Built:
    from nthtier.graph.large import build_large
    from nthtier.graph.pile import Pile

    pile, derived = Pile(), Pile()
    pile.add_version(version, kept.keys() - DERIVED)
    derived.add_version(version, kept.keys() & DERIVED)
    there = pile.holding({key for s in derived for key in ends(s)})
    pile.extend([s for s in derived if set(ends(s)) <= there])
    return build_large(kept.values(), pile)
