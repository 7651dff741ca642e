"""The options that several commands share: one place for their form, default and help.

A command takes them by name, in the order in which its help shows them; what differs there is
given as a keyword (``one("limit", default=40)``). The parameter of a command has the option's own
name, which is that of the keyword in `nthtier.explorer.api`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from nthtier.explorer import completing
from nthtier.explorer.opening import partial_date
from nthtier.graph.ontology import LENSES

F = TypeVar("F", bound=Callable[..., Any])

_DATE: Final = {"callback": partial_date, "metavar": "DATE", "default": ""}
_SEVERAL: Final = {"multiple": True, "metavar": "ENTITY", "shell_complete": completing.entities}
_FILE: Final = {"type": click.Path(path_type=Path), "metavar": "FILE"}
_OUT: Final = {"type": click.Path(dir_okay=False, path_type=Path), "metavar": "FILE"}

_SHARED: Final[dict[str, dict[str, Any]]] = {
    "to": {"multiple": True, "metavar": "ENTITY_OR_LIST", "shell_complete": completing.targets,
           "help": "Only paths to this entity or list (may be repeated)."},
    "lens": {"type": click.Choice(list(LENSES)), "default": "any", "show_default": True,
             "help": "The question: what counts as exposure."},
    "types": {"metavar": "A,B", "shell_complete": completing.types,
              "help": "Only these relation types."},
    "direction": {"type": click.Choice(["forward", "backward", "both"]),
                  "help": "Read relations only this way."},
    "sequence": {"metavar": "STEP,STEP",
                 "help": "What each hop must be: TYPE, TYPE> (forward), <TYPE, *, A|B."},
    "basis": {"metavar": "A,B", "shell_complete": completing.bases,
              "help": "Only relations of these bases."},
    "via": {**_SEVERAL, "help": "Only paths through it."},
    "avoid": {**_SEVERAL, "help": "Only paths around it."},
    "max-hops": {"type": click.IntRange(0, 32), "default": 4, "show_default": True},
    "limit": {"type": click.IntRange(1, 100_000), "show_default": True},
    "as-of": {**_DATE, "help": "What held on this day."},
    "known": {**_DATE, "help": "What editions up to this day had said."},
    "min-share": {"type": click.FloatRange(0, 100), "default": 0.0, "metavar": "PERCENT",
                  "help": "Stakes of at least this."},
    "rule": {"multiple": True, "metavar": "R", "shell_complete": completing.rules,
             "help": "Also what this rule captures on --as-of (may be repeated)."},
    "possible": {"is_flag": True,
                 "help": "Look for listed entities of similar names, too, and follow the possible "
                         "matches that the graph keeps."},
    "weights": {**_FILE, "help": "Hop weights of your own (TOML)."},
    "columns": {"metavar": "FIELD=COLUMN,…",
                "help": "Which column is the name, country, id, lei …"},
    "seconds": {"type": click.FloatRange(0.01), "show_default": True,
                "help": "Stop after this time."},
    "rules": {"type": click.Path(file_okay=False, path_type=Path), "metavar": "DIR",
              "help": "A folder with more rules (TOML)."},
    "id": {"is_flag": True, "help": "Names are entity ids."},
    "json": {"is_flag": True, "help": "Write JSON."},
    "html": {**_OUT, "help": "Write the page too."},
    "csv": {**_OUT, "help": "Write one row for each company."},
}  # fmt: skip
#: Options whose values stay with the command have a parameter of another name.
_PARAMETERS: Final = {"json": "as_json", "csv": "csv_file"}


def one(name: str, **changes: Any) -> Callable[[F], F]:
    """Return one shared option, with what differs for this command."""
    parameter = _PARAMETERS.get(name, name.replace("-", "_"))
    return click.option(f"--{name}", parameter, **{**_SHARED[name], **changes})


def these(*names: str) -> Callable[[F], F]:
    """Return a decorator that gives a command several shared options, in this order."""

    def decorate(function: F) -> F:
        for name in reversed(names):
            function = one(name)(function)
        return function

    return decorate
