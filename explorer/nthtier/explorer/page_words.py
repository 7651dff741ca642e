"""How the page says things: roles, shares, amounts, dates, and any value as text."""

from __future__ import annotations

import math
import unicodedata
from typing import Final

from nthtier.graph import dates
from nthtier.graph.ontology import BY_NAME, POSSIBLE_MATCH

#: What the ``from`` end and the ``to`` end of a relation is to the company at its other end, and
#: the sign it carries. A type without a row is just "related".
ROLES: Final[dict[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "SUPPLIES": (("supplier", "supplier"), ("customer", "customer")),
    "PROVIDES_INPUT": (("possible supplier", "supplier"), ("possible customer", "customer")),
    "OWNS": (("owner", "investor"), ("owned company", "holding")),
    "INVESTED_IN": (("investor", "investor"), ("investee", "holding")),
    "CONTROLS": (("controller", "investor"), ("controlled company", "holding")),
    "JOINT_VENTURE_WITH": (("joint venture", "venture"), ("joint venture", "venture")),
    "PARTNERS_WITH": (("partner", "partner"), ("partner", "partner")),
    "AFFILIATED_WITH": (("affiliate", "partner"), ("affiliate", "partner")),
    "DIRECTOR_OF": (("director", "other"), ("board seat", "other")),
    "SUCCEEDED_BY": (("predecessor", "other"), ("successor", "other")),
    "LINKED_TO": (("linked by its listing", "other"), ("named as a link", "other")),
    "MEMBER_OF": (("member", "other"), ("membership", "other")),
    "POSSIBLE_MATCH": (("possible match", "other"), ("possible match", "other")),
    "LISTED_ON": (("listed", "other"), ("list", "regulator")),
    "MAINTAINED_BY": (("list", "regulator"), ("regulator", "regulator")),
}
RELATED: Final = ("related", "other")


def plain(value: object) -> str:
    r"""Return any value as text that can be written as UTF-8; nothing becomes "".

    >>> plain(None), plain(7), plain("\ud800")
    ('', '7', '�')
    """
    if value is None:
        return ""
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def text(value: object) -> str:
    r"""Return any value as text to show: control and bidi characters stand there as marks.

    >>> text("a\nb\u202ec"), text("zero\u200bwidth")
    ('a[U+000A]b[U+202E]c', 'zero[U+200B]width')
    """
    shown = plain(value)
    if shown.isprintable():
        return shown
    return "".join(map(_mark, shown))


def _mark(c: str) -> str:
    hidden = unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c not in _JOINERS
    return f"[U+{ord(c):04X}]" if hidden else c


#: Persian, Indic scripts and emoji need the joiners; they neither hide nor reorder anything.
_JOINERS: Final = "\u200c\u200d"


def number(value: object) -> float | None:
    """Return a finite number, or nothing.

    >>> number(0.5), number(float("nan")), number("1")
    (0.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def share_text(share: object) -> str:
    """Return a share interval in words.

    >>> share_text([25, 50]), share_text([15.51, 15.51]), share_text(None)
    ('25 to 50 %', '15.51 %', '')
    """
    if not isinstance(share, list | tuple) or len(share) != 2:
        return ""
    lo, hi = number(share[0]), number(share[1])
    if lo is None or hi is None:
        return ""
    return f"{lo:g} %" if lo == hi else f"{lo:g} to {hi:g} %"


def amount_text(amount: str) -> str:
    """Return an amount with its thousands apart; any other text as it is.

    >>> amount_text("20000000 USD"), amount_text("unknown")
    ('20,000,000 USD', 'unknown')
    """
    digits, _, currency = amount.partition(" ")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return amount
    return f"{int(digits):,} {currency}".strip()


def relation_words(type_: str) -> str:
    """Return the name of a relation type in words.

    >>> relation_words("JOINT_VENTURE_WITH"), relation_words("SUPPLIES")
    ('joint venture', 'supplies')
    """
    if type_ not in BY_NAME:
        return type_  # data of a later version: shown as it is
    if type_ == POSSIBLE_MATCH:
        return BY_NAME[type_].forward[0]  # short enough for a line
    return type_.replace("_", " ").lower().removesuffix(" with")


def days(since: str, until: str) -> list[int | None]:
    """Return the first and last day of an interval; an open or unreadable end is nothing.

    >>> days("2023-03-02", ""), days("once", "1970")
    ([19418, None], [None, 364])
    """
    ends: list[int | None] = []
    for end, written in enumerate((since, until)):
        try:
            ends.append(dates.span(written)[end])
        except ValueError:
            ends.append(None)
    return ends
