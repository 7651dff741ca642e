"""OFAC's details: "key value" remarks and the ``ids`` of the screening list, into an `Entry`.

Both hold the same things in other orders: ``CN, 9137…, Unified Social Credit Code (USCC)``
(2022), ``Unified Social Credit Code (USCC), 9137…, CN`` (2025) and
``Unified Social Credit Code (USCC) 9137… (China)`` (remarks).
"""

from __future__ import annotations

import re
from typing import Final

from nthtier.graph import model
from nthtier.loaders import values
from nthtier.loaders.entries import Entry, linked_names
from nthtier.loaders.reader import Audit

#: Label → identifier scheme. Labels not named here become facts.
SCHEMES: Final[dict[str, str]] = {
    "Unified Social Credit Code (USCC)": "uscc",
    "United Social Credit Code Certificate (USCCC)": "uscc",
    "ISIN": "isin",
    "Equity Ticker": "ticker",
    "Legal Entity Number": "lei",
    "LE Number": "national-id",  # Peru's Libreta Electoral
    "SWIFT/BIC": "swift",
    "Tax ID No.": "tax",
    "Registration Number": "registration",
    "Registration ID": "registration",
    "Business Registration Number": "registration",
    "Company Number": "registration",
    "Commercial Registry Number": "registration",
    "Government Gazette Number": "gazette",
    "Public Registration Number": "registration",
    "Chinese Commercial Code": "chinese-commercial-code",
    "Vessel Registration Identification": "imo",
    "MMSI": "mmsi",
    "Aircraft Tail Number": "tail",
    "D-U-N-S Number": "duns",
    "RUC #": "ruc",
    "NIT #": "nit",
    "RIF #": "rif",
    "Cedula No.": "cedula",
    "C.R. No.": "registration",
    "National ID No.": "national-id",
    "Passport": "passport",
    "BIK (RU)": "bik",
}
#: Labels whose value is a date of a listing: which date, and of which list. An entry on several
#: lists carries the dates of all of them.
_LISTING_DATE: Final = re.compile(
    r"(Listing|Effective|Purchase/Sales For Divestment) Date \((CMIC|EO \d+ Directive \w+)\)"
)
_DATES: Final = {"Listing": "since", "Effective": "effective"}
_LABELS: Final = (
    *SCHEMES,
    "Issuer Name",
    "Target Type",
    "Organization Established Date",
    "Organization Type",
    "Website",
    "Email Address",
    "Gender",
    "DOB",
    "POB",
    "nationality",
    "citizen",
    "Nationality of Registration",
    "Secondary sanctions risk",
    "Additional Sanctions Information -",
    "Phone Number",
    "Fax",
)  # fmt: skip
_WORDS: Final = {"DOB": "birthDate", "POB": "birthPlace", "citizen": "citizenship"}
_BY_LABEL: Final = {label.casefold(): label for label in _LABELS}
_IN_REMARKS: Final = re.compile(
    "("
    + "|".join(re.escape(x) for x in sorted(set(_LABELS), key=len, reverse=True))
    + r"|(?:Listing|Effective|Purchase/Sales For Divestment) Date \([^()]+\)"
    + r")[:\s]\s*",
)
_COUNTRY_TAIL: Final = re.compile(r"(.+?)\s*\(([^()]+)\)\Z")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")  # of issue or expiry, before the number
_QUOTED: Final = re.compile(r"([af])\.k\.a\. '(.+)'\.?\Z")


def add_ids(entry: Entry, text: str, audit: Audit) -> None:
    """Read the ``ids`` field of the screening list."""
    for part in text.split("; "):
        tokens = [t for t in part.strip().split(", ") if t]
        if not tokens:
            continue
        label = _known(tokens[-1]) or _known(tokens[0])
        if label is None:  # a label this table does not name: 2022 has it last, 2025 first
            at_front = tokens[0].endswith((":", " -")) or len(tokens[-1]) == 2
            label = tokens[0] if at_front else tokens[-1]
        rest = list(tokens)
        rest.remove(label if label in rest else tokens[-1] if _known(tokens[-1]) else tokens[0])
        if len(rest) > 1 and re.fullmatch("[A-Z]{2}", rest[0]):
            rest.pop(0)
        elif len(rest) > 1 and re.fullmatch("[A-Z]{2}", rest[-1]):
            rest.pop()
        label = label.rstrip(": -")
        if label in SCHEMES:
            rest = [t for t in rest if not _DAY.fullmatch(t)] or rest
        if rest:
            add_detail(entry, label, ", ".join(rest), part.strip(), audit)


def _known(token: str) -> str | None:
    return _BY_LABEL.get(token.rstrip(":").casefold())


def add_remarks(entry: Entry, text: str, audit: Audit) -> None:
    """Read OFAC's remarks: ``key value; alt. key value; …``."""
    entry.links += linked_names(text)
    for piece in text.strip().strip("()").split("; "):
        part = piece.strip().removeprefix("alt. ").rstrip(".").strip()
        if not part or part.lstrip("(").startswith("Linked To:"):
            continue
        quoted = _QUOTED.match(part)
        if quoted:
            entry.aliases.append((quoted[2], model.WEAK_ALIAS))
            continue
        found = _IN_REMARKS.match(part)
        if found is None:
            entry.facts.append(("remark", part))
            continue
        value = part[found.end() :].strip()
        if found[1] in SCHEMES:
            with_country = _COUNTRY_TAIL.match(value)
            value = with_country[1] if with_country else value
        add_detail(entry, found[1], value, part, audit)


def add_detail(entry: Entry, label: str, value: str, raw: str, audit: Audit) -> None:
    """Add one labelled value: a date of the listing, an identifier, or a fact."""
    dated = _LISTING_DATE.fullmatch(label)
    if dated and _list_of(dated[2]) == entry.list_id:
        try:
            day = values.written_date(value)
        except ValueError:
            audit.notes[f"{label}: not a date: {value}"] += 1
            return
        name = _DATES.get(dated[1], "divest_by")
        if name == "since":
            entry.since = min(entry.since or day, day)
        else:
            entry.listing[name] = min(entry.listing.get(name, day), day)
        return
    scheme = SCHEMES.get(label)
    if scheme is None:
        entry.facts.append((_WORDS.get(label) or _word(label), value))
        return
    if scheme == "imo":
        value = value.removeprefix("IMO").strip()
    try:
        compact = values.identifier(scheme, value)
    except ValueError:
        audit.notes[f"{label} fails its check digits, kept as a fact"] += 1
        entry.facts.append((_word(label), value))
        return
    entry.identifiers.append((scheme, compact, raw if raw != compact else ""))


def _list_of(programme: str) -> str:
    """Return the list that OFAC keeps under a directive: 2 is CAPTA's, others are menu-based."""
    if programme == "CMIC":
        return "us-ofac-ns-cmic"
    return "us-ofac-capta" if programme.endswith(" 2") else "us-ofac-mbs"


def _word(label: str) -> str:
    """Return a label as one camelCase word, the form of a fact's property."""
    words: list[str] = re.findall(r"[A-Za-z0-9]+", label.replace(".", ""))
    if not words:
        return "detail"
    return words[0].casefold() + "".join(w[:1].upper() + w[1:] for w in words[1:])
