"""Rows as a data frame of pandas or polars, whichever is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from nthtier.graph.errors import EngineError, UsageError

LIBRARIES: Final = ("pandas", "polars")


def frame(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], library: str | None) -> Any:
    """Return rows as a frame with these columns, also where there are no rows.

    ``library`` None takes the one that is imported already, else pandas, else polars.

    Raises:
        EngineError: it is not installed; the message says what to install.
    """
    if library is not None and library not in LIBRARIES:
        raise UsageError(f"no library {library!r}; there are {', '.join(LIBRARIES)}")
    there = [x for x in (library,) if x] or [x for x in LIBRARIES if x in sys.modules] or LIBRARIES
    chosen = next((x for x in there if x in sys.modules or find_spec(x)), None)
    if chosen is None:
        wanted = library or "pandas or polars"
        raise EngineError(
            f"a frame needs {wanted}: pip install {library or 'pandas'} (in a notebook "
            f"%pip install {library or 'pandas'}); rows() gives the same as dictionaries"
        )
    made = {c: [row[c] for row in rows] for c in columns}
    if chosen == "pandas":
        return import_module("pandas").DataFrame(made, columns=list(columns))
    return import_module("polars").DataFrame(made, strict=False)
