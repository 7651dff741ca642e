"""Rows that many places of a page refer to, kept once; and records without their empty fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SharedRows:
    """Rows in the order in which they were first asked for; a place refers to one by number.

    >>> rows = SharedRows()
    >>> rows.number("a", 1), rows.number("b", 2), rows.number("a", 1), rows.rows
    (0, 1, 0, [['a', 1], ['b', 2]])
    """

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def number(self, *row: Any) -> int:
        """Return the number of a row, which is added when it is new."""
        found = self._numbers.setdefault(row, len(self.rows))
        if found == len(self.rows):
            self.rows.append(list(row))
        return found


def filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without what is empty: the page's scripts put it back.

    >>> filled({"a": "", "b": 0, "c": False, "d": [], "e": None, "f": [None, None],
    ...         "g": [0]})
    {'b': 0, 'g': [0]}
    """
    return {k: v for k, v in record.items() if not _empty(v)}


def _empty(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(x is None for x in value)
    return value is None or value is False or value == ""
