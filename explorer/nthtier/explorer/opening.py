"""What several commands say in the same words: where a graph is, what gates there are, dates."""

from __future__ import annotations

from typing import Final

import click

from nthtier.graph import dates

#: Where the graph is, unless said: this variable, else this folder.
GRAPH_VARIABLE: Final = "NTHTIER_GRAPH"
DEFAULT_GRAPH: Final = "nthtier-graph"
#: What ``load --allow`` overrides.
GATES: Final = ("counts", "columns", "fill")


def partial_date(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Check a date option: YYYY, YYYY-MM or YYYY-MM-DD; a wrong one is wrong usage."""
    if value:
        try:
            dates.span(value)
        except ValueError:
            raise click.BadParameter(f"{value!r} is not a date; write {dates.FORMS}") from None
    return value
