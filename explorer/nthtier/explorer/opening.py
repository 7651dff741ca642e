"""Opening the graph that the global options name, as it was known on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from nthtier.graph import dates

if TYPE_CHECKING:
    from nthtier.explorer.cli import Settings
    from nthtier.graph.version import Version


#: Where the graph is, unless said: this variable, else this folder.
GRAPH_VARIABLE: Final = "NTHTIER_GRAPH"
DEFAULT_GRAPH: Final = "nthtier-graph"
#: What ``load --allow`` overrides.
GATES: Final = ("counts", "columns", "fill")


def open_version(settings: Settings, known: str = "") -> Version:
    """Open the current version, or what was known of it on a day.

    Raises:
        StoreError: nothing was loaded yet.
    """
    from nthtier.graph.store import Store

    store = Store(settings.graph)
    version = store.open()
    if not known:
        return version
    from nthtier.graph.known import as_known

    return as_known(store, version, known)


def partial_date(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Check a date option: YYYY, YYYY-MM or YYYY-MM-DD; a wrong one is wrong usage."""
    if value:
        try:
            dates.span(value)
        except ValueError:
            raise click.BadParameter(f"{value!r} is not a date; write {dates.FORMS}") from None
    return value
