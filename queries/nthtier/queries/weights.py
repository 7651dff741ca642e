"""Weights of one's own: a TOML file that overrides the ontology's hop weights."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nthtier.graph.errors import InputError
from nthtier.graph.ontology import Weights

_TABLES = ("types", "bases", "shares")
#: Below this a weight would leave the numbers that costs are kept in.
LEAST = 1e-6


def read_weights(path: Path) -> Weights:
    """Read ``[types]``, ``[bases]``, ``[shares]`` (``unknown``, ``least``); what is absent stays.

    Raises:
        InputError: the file cannot be read, or a name or weight in it is not allowed.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"not a weights file: {error}", file=path.name) from error
    usual = Weights()
    for table in data:
        if table not in _TABLES:
            raise InputError("an unknown table", file=path.name, field=table, found=table,
                             allowed=", ".join(_TABLES))  # fmt: skip
    types = dict(usual.types) | _checked(path, data, "types", usual.types)
    bases = dict(usual.bases) | _checked(path, data, "bases", usual.bases)
    known = {"unknown": usual.unknown_share, "least": usual.least_share}
    shares = known | _checked(path, data, "shares", known)
    return Weights(types, bases, shares["unknown"], shares["least"])


def _checked(
    path: Path, data: Mapping[str, Any], table: str, names: Mapping[str, float]
) -> dict[str, float]:
    found = data.get(table, {})
    if not isinstance(found, Mapping):
        raise InputError("not a table", file=path.name, field=table, allowed=f"[{table}]")
    for name, value in found.items():
        if name not in names:
            raise InputError("an unknown name", file=path.name, field=f"{table}.{name}",
                             found=name, allowed=", ".join(names))  # fmt: skip
        if not isinstance(value, int | float) or isinstance(value, bool) or not LEAST <= value <= 1:
            raise InputError("not a weight", file=path.name, field=f"{table}.{name}",
                             found=value, allowed=f"{LEAST:g} to 1")  # fmt: skip
    return {name: float(value) for name, value in found.items()}
