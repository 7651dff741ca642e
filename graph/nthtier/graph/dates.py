"""Partial dates as day numbers.

A date is written ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD`` and kept as text. For comparison it is
the interval of days it may mean, counted from 1970-01-01 in a signed 32-bit number. A relation
holds from the first day its ``since`` may mean to the last day its ``until`` may mean, both
included; an unknown end is open.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Final

OPEN_START: Final = -(2**31)
OPEN_END: Final = 2**31 - 1
_EPOCH: Final = date(1970, 1, 1).toordinal()
_FORM: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)
_cache: dict[str, tuple[int, int]] = {}
FORMS: Final = "YYYY, YYYY-MM or YYYY-MM-DD, a day that exists"


def span(text: str) -> tuple[int, int]:
    """Return the first and last day that a partial date may mean.

    Raises:
        ValueError: ``text`` is not a partial date, or no such day exists.

    Example:
        >>> span("2023-03-02")
        (19418, 19418)
        >>> last, first = span("2004")[1], span("2005")[0]
        >>> first - last
        1
    """
    known = _cache.get(text)
    if known is not None:
        return known
    match = _FORM.match(text)
    if match is None:
        raise ValueError(f"not a date: {text!r}")
    year, month, day = match.groups()
    first = date(int(year), int(month or 1), int(day or 1))
    last_month = int(month or 12)
    last_day = int(day) if day else calendar.monthrange(first.year, last_month)[1]
    last = date(first.year, last_month, last_day)
    result = (first.toordinal() - _EPOCH, last.toordinal() - _EPOCH)
    if len(_cache) < 100_000:
        _cache[text] = result
    return result


def start_day(text: str) -> int:
    """Return the first day of ``since``; open when the text is empty.

    >>> start_day("") == OPEN_START
    True
    """
    return span(text)[0] if text else OPEN_START


def end_day(text: str) -> int:
    """Return the last day of ``until``; open when the text is empty."""
    return span(text)[1] if text else OPEN_END


def day_text(day: int) -> str:
    """Return a day number as ``YYYY-MM-DD``; an open end is empty.

    >>> day_text(19418)
    '2023-03-02'
    """
    if day in (OPEN_START, OPEN_END):
        return ""
    return date.fromordinal(day + _EPOCH).isoformat()


def day_before(text: str) -> str:
    """Return the day before the first day that ``text`` may mean.

    >>> day_before("2026-03")
    '2026-02-28'
    """
    return day_text(span(text)[0] - 1)


def within(precise: str, wide: str) -> bool:
    """Tell whether every day ``precise`` may mean is one that ``wide`` may mean.

    >>> within("2021-06-03", "2021"), within("2021", "2021-06")
    (True, False)
    """
    (a, b), (c, d) = span(precise), span(wide)
    return c <= a and b <= d
