"""Values as sources write them: dates, shares, countries, identifiers. Checked, never guessed."""

from __future__ import annotations

import math
import re
from datetime import datetime
from functools import lru_cache
from typing import Final

from nthtier.graph import dates

_DECIMAL: Final = re.compile(r"\d{1,3}(?:\.\d+)?\Z", re.ASCII)
_LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}\Z")
_DIGITS: Final = {ord("A") + i: str(10 + i) for i in range(26)}
SHARES: Final = "a percentage of 0 to 100 such as 15.51, 25-50, >=50, >50, <25, or unknown"
#: Names that OFAC uses and ISO 3166 does not.
_OTHER_COUNTRIES: Final[dict[str, str]] = {
    "russia": "ru", "burma": "mm", "palestinian": "ps", "west bank": "ps",
    "virgin islands, british": "vg", "korea, north": "kp", "korea, south": "kr", "syria": "sy",
    "iran": "ir", "venezuela": "ve", "bolivia": "bo", "moldova": "md", "tanzania": "tz",
    "vietnam": "vn", "laos": "la", "turkey": "tr", "taiwan": "tw", "macau": "mo", "brunei": "bn",
    "congo, democratic republic of the": "cd", "congo, republic of the": "cg", "kosovo": "xk",
    "cote d ivoire": "ci", "bahamas, the": "bs", "gambia, the": "gm", "czech republic": "cz",
    "crimea": "ua", "northern mali": "ml", "swaziland": "sz", "cape verde": "cv",
    "st. kitts and nevis": "kn", "st. vincent and the grenadines": "vc", "micronesia": "fm",
    "the gambia": "gm", "prc": "cn", "turkiye": "tr", "man, isle of": "im", "gaza": "ps",
    "northern gaza": "ps", "north gaza": "ps", "guernsey": "gg", "crimea (occupied)": "ua",
    "united states": "us", "united kingdom": "gb",
}  # fmt: skip


def share(text: str) -> tuple[float, float]:
    """Return a share as the interval [lo, hi] in percent.

    Raises:
        ValueError: not a share, or outside 0 to 100.

    >>> share("15.51"), share("25-50"), share(">=50"), share("unknown")
    ((15.51, 15.51), (25.0, 50.0), (50.0, 100.0), (0.0, 100.0))
    """
    plain = text.strip().removesuffix("%").strip()
    if plain.casefold() == "unknown":
        return 0.0, 100.0
    if plain.casefold() == "majority":
        return math.nextafter(50.0, 100.0), 100.0
    if plain.startswith(">="):
        return _percent(plain[2:]), 100.0
    if plain.startswith(">"):
        return _inside(math.nextafter(_percent(plain[1:]), 101.0), text), 100.0
    if plain.startswith("<="):
        return 0.0, _percent(plain[2:])
    if plain.startswith("<"):
        return 0.0, _inside(math.nextafter(_percent(plain[1:]), -1.0), text)
    low, dash, high = plain.partition("-")
    lo = _percent(low)
    hi = _percent(high) if dash else lo
    if lo > hi:
        raise ValueError(f"{text!r}: the first number is the larger")
    return lo, hi


def _inside(value: float, text: str) -> float:
    if not 0 <= value <= 100:
        raise ValueError(f"nothing is left of 0 to 100 percent: {text!r}")
    return value


def _percent(text: str) -> float:
    if not _DECIMAL.match(text.strip()):
        raise ValueError(f"not a percentage: {text!r}")
    value = float(text)
    if value > 100:
        raise ValueError(f"more than 100 percent: {text!r}")
    return value


def date(text: str) -> str:
    """Return a partial date as it is kept (``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD``).

    Raises:
        ValueError: not such a date, or no such day.
    """
    plain = text.strip()
    dates.span(plain)
    return plain


@lru_cache(maxsize=8192)
def written_date(text: str) -> str:
    """Return a date written as OFAC does (``03 Jun 2021``, ``Jun 2021``, ``2021``).

    Raises:
        ValueError: another form, or no such day.

    >>> written_date("03 Jun 2021")
    '2021-06-03'
    """
    plain = text.strip()
    for form, out in (("%d %b %Y", "%Y-%m-%d"), ("%b %Y", "%Y-%m"), ("%Y", "%Y")):
        try:
            found = datetime.strptime(plain, form)
        except ValueError:
            continue
        return found.strftime(out)
    return date(plain)


def date_in_form(text: str, form: str) -> str:
    """Return a day written in a form of `strptime`; empty when it is not.

    >>> date_in_form("June 21, 2022", "%B %d, %Y"), date_in_form("soon", "%B %d, %Y")
    ('2022-06-21', '')
    """
    try:
        return datetime.strptime(text.strip(), form).strftime("%Y-%m-%d")
    except ValueError:
        return ""


@lru_cache(maxsize=1)
def _country_codes() -> frozenset[str]:
    import pycountry

    return frozenset(c.alpha_2.casefold() for c in pycountry.countries) | {"eu", "xk"}


def country(text: str) -> str:
    """Return a country code in lower case: ISO 3166 alpha-2, ``eu`` or ``xk``.

    Raises:
        ValueError: no such code.

    >>> country("CN")
    'cn'
    """
    plain = text.strip().casefold()
    if plain == "uk":  # reserved for it, and common
        return "gb"
    if plain not in _country_codes():
        raise ValueError(f"not a country code: {text!r}")
    return plain


@lru_cache(maxsize=1024)
def named_country(name: str) -> str:
    """Return the code of a country named in English; empty when the name is not known.

    >>> named_country("China"), named_country("Atlantis")
    ('cn', '')
    """
    plain = name.strip().casefold().removeprefix("region: ")
    if not plain:
        return ""
    if plain in _OTHER_COUNTRIES:
        return _OTHER_COUNTRIES[plain]
    import pycountry

    try:
        return str(pycountry.countries.lookup(plain).alpha_2).casefold()
    except LookupError:
        return ""


def identifier(scheme: str, value: str) -> str:
    """Return an identifier in its compact form.

    LEI, USCC and ISIN carry check digits (ISO 17442, GB 32100-2015, ISO 6166), which are checked.

    Raises:
        ValueError: the check fails.

    >>> identifier("uscc", "9137 0000 1630 4772 70")
    '913700001630477270'
    """
    if scheme == "lei" and _LEI.match(value) and int(value.translate(_DIGITS)) % 97 == 1:
        return value  # what stdnum finds too, some twenty times as fast
    plain = " ".join(value.split())
    if not plain:
        raise ValueError("an empty identifier")
    if scheme in ("lei", "uscc", "isin"):
        from stdnum import isin, lei
        from stdnum.cn import uscc
        from stdnum.exceptions import ValidationError

        module = {"lei": lei, "uscc": uscc, "isin": isin}[scheme]
        try:
            return str(module.validate(plain))
        except ValidationError as error:
            raise ValueError(f"not a valid {scheme.upper()}: {value!r} ({error})") from error
    if scheme == "cik":
        if not plain.isascii() or not plain.isdigit():
            raise ValueError(f"not a CIK: {value!r}")
        return plain.lstrip("0")
    return plain
