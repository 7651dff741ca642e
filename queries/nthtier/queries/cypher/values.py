"""Answers in one form, whichever engine gave them, and parameters as people give them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nthtier.graph import dates
from nthtier.graph.errors import QuestionError

ROW_LIMIT: Final = 1000
SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an answer may be: rows returned, seconds spent."""

    rows: int = ROW_LIMIT
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows under columns. ``stopped_by`` is ``limit`` when there were more rows.

    A node is ``{"node": label, "properties": {…}}``, a relationship ``{"relationship": type,
    "properties": {…}}``, a path ``{"nodes": […], "relationships": […]}``; dates are texts.
    """

    columns: list[str]
    rows: list[list[Any]]
    stopped_by: str | None = None


def node(label: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node; absent properties are left out."""
    return {"node": label, "properties": _present(properties)}


def relationship(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a relationship; absent properties are left out."""
    return {"relationship": type_, "properties": _present(properties)}


def path(nodes: Iterable[Any], relationships: Iterable[Any]) -> dict[str, Any]:
    """Return a path."""
    return {"nodes": list(nodes), "relationships": list(relationships)}


def _present(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {k: properties[k] for k in sorted(properties) if properties[k] is not None}


def plain(value: Any) -> Any:
    """Return a value of an answer as JSON allows it.

    >>> plain([1, float("nan"), {"a": (b"x",)}])
    [1, None, {'a': ['78']}]
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, bytes | bytearray):
        return value.hex()
    iso = getattr(value, "isoformat", None) or getattr(value, "iso_format", None)
    return iso() if callable(iso) else str(value)


def short(value: Any) -> str:
    """Return a value as a cell of a table: nodes by their id, paths as a chain.

    >>> short(path([node("Entity", {"id": "a"}), node("Entity", {"id": "b"})],
    ...            [relationship("OWNS", {})]))
    'a -OWNS- b'
    """
    if value is None:
        return ""
    if isinstance(value, dict) and value.keys() == {"nodes", "relationships"}:
        ids = [short(n) for n in value["nodes"]]
        ties = [str(r["relationship"]) for r in value["relationships"]]
        return "".join(f"{i} -{t}- " for i, t in zip(ids, ties, strict=False)) + ids[-1]
    if isinstance(value, dict) and value.keys() == {"node", "properties"}:
        return str(value["properties"].get("id", value["node"]))
    if isinstance(value, dict) and value.keys() == {"relationship", "properties"}:
        return f"{value['relationship']} {value['properties'].get('id', '')}".strip()
    if isinstance(value, list):
        return ", ".join(short(v) for v in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:g}" if isinstance(value, float) else str(value)


def cell(column: str, value: Any) -> str:
    """Return a value as a person reads it: a number of a day (``…_day``) as its date.

    >>> cell("since_day", 19418), cell("hops", 2)
    ('2023-03-02', '2')
    """
    if column.endswith("_day") and isinstance(value, int):
        try:
            return dates.day_text(value)
        except (ValueError, OverflowError):
            return str(value)
    return short(value)


def parameters(pairs: Iterable[str]) -> dict[str, Any]:
    """Return parameters given as ``name=value``.

    A value that is JSON (a number, true, null, a list, a text in double quotes) is that; anything
    else is a text.

    Raises:
        QuestionError: a pair without a name or ``=``.

    >>> parameters(["id=inspur-group", "hops=3", 'types=["OWNS"]', 'code="007"'])
    {'id': 'inspur-group', 'hops': 3, 'types': ['OWNS'], 'code': '007'}
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or not name.isidentifier():
            raise QuestionError(f"a parameter is NAME=VALUE, not {pair!r}")
        try:
            found[name] = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            found[name] = text
        if isinstance(found[name], int) and not -(2**63) <= found[name] < 2**63:
            raise QuestionError(f"the parameter {name} does not fit in 64 bits: {text}")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
