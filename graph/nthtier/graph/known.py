"""The graph as it was known on a day: what editions up to that day had said, and no more."""

from __future__ import annotations

from nthtier.graph import dates
from nthtier.graph.build import REGISTRY, build
from nthtier.graph.store import Store
from nthtier.graph.version import Version


def as_known(store: Store, version: Version, day: str) -> Version:
    """Return a version made only of sources whose edition date is not after ``day``.

    It is computed once, from the same statements by the same rules, and kept beside the others
    (the current version does not change). Sources without a date are left out: nobody knows
    whether they had spoken by then.

    Raises:
        ValueError: ``day`` is not a date.
        BusyError, StoreError: it has to be written and cannot.
    """
    last = dates.end_day(day)
    kept = {
        x.id: x
        for x in version.sources.values()
        if x.id != REGISTRY.id and x.date and dates.end_day(x.date) <= last
    }
    if len(kept) == len(version.sources) - (REGISTRY.id in version.sources):
        return version
    said = version.statements() if kept else ()
    built = build(kept.values(), (s for s in said if s.source in kept))
    with store.writing():
        store.write(built, parent=version.id, command=f"known {day}", head=False)
    return store.open(built.id)
