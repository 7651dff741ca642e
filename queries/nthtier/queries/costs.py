"""What it costs to end a relation: a TOML file with a cost by type and for single ones.

::

    [types]
    SUPPLIES = 2                     # others cost 1

    [[relation]]
    from = "Microsoft"
    type = "INVESTED_IN"
    to = "Inspur Group"
    cost = "never"                   # this one cannot be ended
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nthtier.graph.errors import InputError, QuestionError
from nthtier.graph.ontology import BY_NAME, CODE

NEVER: Final = math.inf
MOST: Final = 1e9
_KEYS: Final = ("from", "type", "to", "cost")
#: A tie: start, code of the type, end. Rival claims about it are one tie.
Tie = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs by code of type and by tie; whatever is not named costs 1."""

    types: Mapping[int, float] = field(default_factory=dict)
    ties: Mapping[Tie, float] = field(default_factory=dict)

    def of(self, tie: Tie) -> float:
        """Return what ending a tie costs; infinite where it cannot end."""
        return self.ties.get(tie, self.types.get(tie[1], 1.0))


def read_costs(path: Path, resolve: Callable[[str], int]) -> Costs:
    """Read a file of costs; ``resolve`` gives the entity of a name.

    Raises:
        InputError: the file cannot be read, or a name, type or cost in it is not allowed.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"not a file of costs: {error}", file=path.name) from error
    for table in data:
        if table not in ("types", "relation"):
            raise InputError("an unknown table", file=path.name, field=table, found=table,
                             allowed="[types], [[relation]]")  # fmt: skip
    types, several = data.get("types", {}), data.get("relation", [])
    if not isinstance(types, Mapping):
        raise InputError("not a table", file=path.name, field="types", allowed="[types]")
    if not isinstance(several, list) or not all(isinstance(r, Mapping) for r in several):
        raise InputError("not tables", file=path.name, field="relation", allowed="[[relation]]")
    by_type = {
        _type(path, name, "types"): _cost(path, value, f"types.{name}")
        for name, value in types.items()
    }
    ties = {}
    for number, record in enumerate(several, 1):
        where = f"relation {number}"
        for key in (*_KEYS, *record):
            if key not in _KEYS or key not in record:
                word = "an unknown field" if key in record else "a field is missing"
                raise InputError(word, file=path.name, field=f"{where}.{key}",
                                 allowed=", ".join(_KEYS))  # fmt: skip
        ends = [_entity(path, record[k], f"{where}.{k}", resolve) for k in ("from", "to")]
        tie = (ends[0], _type(path, record["type"], f"{where}.type"), ends[1])
        ties[tie] = _cost(path, record["cost"], f"{where}.cost")
    return Costs(by_type, ties)


def _type(path: Path, name: object, where: str) -> int:
    if not isinstance(name, str) or name not in BY_NAME:
        raise InputError("an unknown relation type", file=path.name, field=where, found=name,
                         allowed=", ".join(BY_NAME))  # fmt: skip
    return CODE[name]


def _entity(path: Path, text: object, where: str, resolve: Callable[[str], int]) -> int:
    try:
        return resolve(str(text))
    except QuestionError as error:
        raise InputError(str(error), file=path.name, field=where) from error


def _cost(path: Path, value: Any, where: str) -> float:
    if value == "never":
        return NEVER
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST:
        raise InputError("not a cost", file=path.name, field=where, found=value,
                         allowed=f'more than 0, at most {MOST:g}, or "never"')  # fmt: skip
    return float(value)
