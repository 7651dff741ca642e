"""The UK Sanctions List: the CSV of the Foreign, Commonwealth and Development Office.

A line "Report Date: …", a header of 58 columns, then one row for each combination of what an
entry has several of (names, addresses, dates of birth …); ``Unique ID`` joins them. Subsidiaries
and parent companies are names in a cell, which become relations. Layout:
https://www.gov.uk/government/publications/the-uk-sanctions-list
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from nthtier.graph import model
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.loaders import entries, values
from nthtier.loaders.editions import edition_date, source_id
from nthtier.loaders.entries import Entry, Tie
from nthtier.loaders.reader import Format, Options, Reading, check_counts, check_fill
from nthtier.loaders.reading import Input
from nthtier.loaders.rows import check_columns, parse

LIST: Final = "uk-sanctions"
COLUMNS: Final = (
    "Last Updated", "Unique ID", "OFSI Group ID", "UN Reference Number", "Name 6", "Name 1",
    "Name 2", "Name 3", "Name 4", "Name 5", "Name type", "Alias strength", "Title",
    "Name non-latin script", "Non-latin script type", "Non-latin script language", "Regime Name",
    "Designation Type", "Designation source", "Sanctions Imposed", "Other Information",
    "UK Statement of Reasons", "Address Line 1", "Address Line 2", "Address Line 3",
    "Address Line 4", "Address Line 5", "Address Line 6", "Address Postal Code",
    "Address Country", "Phone number", "Website", "Email address", "Date Designated", "D.O.B",
    "Nationality(/ies)", "National Identifier number",
    "National Identifier additional information", "Passport number",
    "Passport additional information", "Position", "Gender", "Town of birth", "Country of birth",
    "Type of entity", "Subsidiaries", "Parent company", "Business registration number (s)",
    "IMO number", "Current owner/operator (s)", "Previous owner/operator (s)",
    "Current believed flag of ship", "Previous flags", "Type of ship", "Tonnage of ship",
    "Length of ship", "Year Built", "Hull identification number (HIN)",
)  # fmt: skip
RANGES: Final = {LIST: (3_000, 40_000)}
FILL: Final = {"Unique ID": 1.0, "Name 6": 0.9, "Name type": 0.9, "Regime Name": 0.9,
               "Designation Type": 1.0, "Date Designated": 0.9}  # fmt: skip
_TYPES: Final = {"individual": "Person", "entity": "Organization", "ship": "Vessel"}
#: How the list calls a kind of name → predicate.
_NAMES: Final = {
    "primary name": model.NAME, "primary name variation": model.ALIAS, "alias": model.ALIAS,
    "aka": model.ALIAS, "fka": model.ALIAS, "": model.ALIAS,
}  # fmt: skip
_FACTS: Final = {
    "Title": "title", "Phone number": "phone", "Website": "website", "Email address": "email",
    "D.O.B": "birthDate", "Nationality(/ies)": "nationality",
    "National Identifier number": "nationalId",
    "National Identifier additional information": "nationalIdRemark",
    "Passport number": "passport", "Passport additional information": "passportRemark",
    "Position": "position", "Gender": "gender", "Town of birth": "birthPlace",
    "Country of birth": "birthCountry", "Type of entity": "entityType",
    "Previous owner/operator (s)": "formerOwner", "Current believed flag of ship": "vesselFlag",
    "Previous flags": "formerFlag", "Type of ship": "vesselType", "Tonnage of ship": "grossTonnage",
    "Length of ship": "length", "Year Built": "yearBuilt",
    "Hull identification number (HIN)": "hullNumber", "Other Information": "otherInformation",
    "Designation source": "designationSource",
    "Non-latin script language": "nameLanguage",
}  # fmt: skip
_REPORT: Final = re.compile(r"Report Date:\s*(\d{1,2}-[A-Za-z]{3}-\d{4})\s*\Z")
_NUMBERED: Final = re.compile(r"(?:^|\s)\(\d{1,2}\)\s*|\s*[;\n]\s*")
_CODE: Final = re.compile(r"\b[0-9A-Z]{18}\b")
_DAY: Final = re.compile(r"(\d{2})/(\d{2})/(\d{4})\Z", re.ASCII)


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents with this list's header."""
    marks = (b"OFSI Group ID", b"Regime Name", b"Unique ID")
    return [d for d in inputs if all(m in d.head[:4096] for m in marks)]


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read editions of the list."""
    return [_read(document, options) for document in inputs]


def _read(document: Input, options: Options) -> Reading:
    rows = _Rows(document, options)
    reading = Reading(Batch(Source(LIST, LIST, "")))
    found: dict[str, Entry] = {}
    said: dict[str, tuple[str, str, str]] = {}
    filled: Counter[str] = Counter()
    count = 0
    for line, record in rows:
        count += 1
        filled.update(name for name, value in record.items() if value)
        _add(document, line, record, found, said, reading)
    for entry in found.values():
        if not entry.raw_name:  # the list gives some no primary name
            entry.name = entry.raw_name = entry.aliases.pop(0)[0]
    date = options.known or rows.date or edition_date(document, options)
    source = source_id(LIST, date, document)
    reading.counts[LIST] = len(found)
    whole = check_counts(reading.counts, RANGES, document, options.allow)
    check_fill(filled, count, FILL, document, options.allow)
    reading.batch = Batch(
        Source(
            id=source, dataset=LIST, title="UK Sanctions List",
            publisher="UK Foreign, Commonwealth and Development Office", date=date,
            licence="Open Government Licence v3.0", sha256=document.sha256, file=document.name,
            format=LIST, records=len(found), covers=(LIST,) if whole else (),
            allowed=tuple(sorted(options.allow)),
        ),
        entries.write(list(found.values()), source, LIST),
    )  # fmt: skip
    return reading


class _Rows:
    """The rows by column; ``date`` is the date of the report once the first was read."""

    def __init__(self, document: Input, options: Options) -> None:
        self.document, self.options, self.date = document.without_mark(), options, ""

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        header: list[str] | None = None
        for line, fields in parse(self.document):
            report = _REPORT.match(fields[0].strip())
            if header is None and report and not any(fields[1:]):
                try:
                    self.date = values.written_date(report[1].replace("-", " "))
                except ValueError:
                    raise InputError("no such date", file=self.document.name, row=line,
                                     field="Report Date", found=report[1]) from None  # fmt: skip
            elif header is None:
                header = [f.strip() for f in fields]
                check_columns(self.document, header, COLUMNS,
                              any_order="columns" in self.options.allow)  # fmt: skip
            elif len(fields) != len(header):
                raise InputError(
                    "a row with another number of fields than the header",
                    file=self.document.name, row=line, found=len(fields), allowed=str(len(header)),
                )  # fmt: skip
            else:
                record = dict.fromkeys(COLUMNS, "")
                yield line, record | dict(zip(header, (f.strip() for f in fields), strict=True))
        if header is None:
            raise InputError("no header", file=self.document.name, row=1)


def _add(
    document: Input,
    line: int,
    record: dict[str, str],
    found: dict[str, Entry],
    said: dict[str, tuple[str, str, str]],
    reading: Reading,
) -> None:
    """Add one row to the entry of its number."""

    def wrong(message: str, field: str, value: str, allowed: str | None = None) -> InputError:
        return InputError(message, file=document.name, row=line, field=field, found=value,
                          allowed=allowed)  # fmt: skip

    number = record.pop("Unique ID")
    if not re.fullmatch(r"[A-Z]{2,5}\d{1,6}", number):
        raise wrong("not a number of this list", "Unique ID", number, "such as RUS0001")
    kind = record.pop("Designation Type")
    if kind.casefold() not in _TYPES:
        raise wrong("an unknown kind of entry", "Designation Type", kind, ", ".join(_TYPES))
    designated = record.pop("Date Designated")
    try:
        since = _date(designated)
    except ValueError:
        raise wrong("no such date", "Date Designated", designated, "DD/MM/YYYY") from None
    regime = record.pop("Regime Name")
    if said.setdefault(number, (kind, since, regime)) != (kind, since, regime):
        raise wrong("rows of one number that disagree", "Unique ID", number,
                    "one type, date and regime")  # fmt: skip
    entry = found.get(number)
    if entry is None:
        entry = found[number] = Entry(LIST, f"entry {number}", "", reference=number)
        entry.type, entry.since = _TYPES[kind.casefold()], since
        entry.identifiers.append(("uk-ref", number, ""))
        if regime:
            entry.listing["programmes"] = [regime]
    _names(entry, record, kind, wrong)
    _once(entry.listing.setdefault("measures", []),
          [m.strip() for m in record.pop("Sanctions Imposed").split("|") if m.strip()])  # fmt: skip
    _once(entry.listing.setdefault("reason", []),
          [r] if (r := record.pop("UK Statement of Reasons")) else [])  # fmt: skip
    for word in ("measures", "reason"):
        if not entry.listing[word]:
            del entry.listing[word]
    _address(entry, record, reading)
    _numbers(entry, record, reading)
    for column, type_, reverse, note in (
        ("Subsidiaries", "CONTROLS", False, "named as a subsidiary; no share is said"),
        ("Parent company", "CONTROLS", True, "named as the parent company; no share is said"),
        ("Current owner/operator (s)", "LINKED_TO", False, "named as owner or operator"),
    ):
        _once(entry.ties, [Tie(type_, n, reverse=reverse, note=note)
                           for n in several(record.pop(column))])  # fmt: skip
    _once(entry.facts, [(word, value) for column, word in _FACTS.items()
                        if (value := _readable(column, record.pop(column)))])  # fmt: skip
    reading.audit.rest(record)


def _names(
    entry: Entry, record: dict[str, str], kind: str, wrong: Callable[..., InputError]
) -> None:
    parts = [record.pop(f"Name {n}") for n in range(1, 6)]
    name = " ".join(p for p in [*parts, record.pop("Name 6")] if p)
    label, strength = record.pop("Name type"), record.pop("Alias strength")
    predicate = _NAMES.get(label.casefold())
    if predicate is None:
        raise wrong("an unknown kind of name", "Name type", label, ", ".join(_NAMES))
    other = record.pop("Name non-latin script")
    if not name:
        if not other:
            raise wrong("an entry without a name", "Name 6", name)
        name, other = other, ""
    if predicate == model.NAME and not entry.raw_name:
        before = entry.aliases
        entry.aliases = []
        if kind.casefold() == "entity":
            entry.add_names(name, ())
        else:
            entry.name = entry.raw_name = name
        _once(entry.aliases, before)
    elif name not in (entry.name, entry.raw_name):
        weak = predicate == model.ALIAS and strength.casefold().startswith("low")
        _once(entry.aliases, [(name, model.WEAK_ALIAS if weak else model.ALIAS)])
    if label.casefold() == "fka":
        _once(entry.facts, [("formerName", name)])
    if other:
        _once(entry.aliases, [(other, model.ALIAS)])


def _address(entry: Entry, record: dict[str, str], reading: Reading) -> None:
    parts = [record.pop(f"Address Line {n}") for n in range(1, 7)]
    place = record.pop("Address Country")
    text = ", ".join(p for p in [*parts, record.pop("Address Postal Code"), place] if p)
    if text:
        _once(entry.addresses, [text])
    country = values.named_country(place)
    if country:
        _once(entry.countries, [country])
    elif place:
        reading.audit.notes[f"country not known: {place}"] += 1


def _numbers(entry: Entry, record: dict[str, str], reading: Reading) -> None:
    for column, scheme in (("OFSI Group ID", "ofsi"), ("UN Reference Number", "un-ref"),
                           ("Business registration number (s)", "registration"),
                           ("IMO number", "imo")):  # fmt: skip
        for value in several(record.pop(column)):
            plain = value.removeprefix("IMO").strip() if scheme == "imo" else value
            _once(entry.identifiers, [(scheme, plain, value if plain != value else "")])
            if scheme == "registration":
                _once(entry.identifiers, [("uscc", c, value) for c in uscc_in(value)])
    reading.audit.unused["Last Updated"] += bool(record.pop("Last Updated"))
    reading.audit.unused["Non-latin script type"] += bool(record.pop("Non-latin script type"))


def uscc_in(text: str) -> list[str]:
    """Return the Chinese social credit codes in a text, those whose check digit holds.

    >>> uscc_in("USCC 913700001630477270; tax 913700001630477271")
    ['913700001630477270']
    """
    found = []
    for code in _CODE.findall(text):
        try:
            found.append(values.identifier("uscc", code))
        except ValueError:
            continue
    return found


def several(cell: str) -> list[str]:
    """Return the values of a cell that numbers them, or parts them by a semicolon or a line.

    >>> several("(1) Alpha Ltd (2) Beta (UK) Ltd"), several("Alpha, Beta; Gamma")
    (['Alpha Ltd', 'Beta (UK) Ltd'], ['Alpha, Beta', 'Gamma'])
    """
    return [part for p in _NUMBERED.split(cell) if (part := p.strip(" ;\n"))]


def _once(found: list[Any], more: Sequence[Any]) -> None:
    found += [x for x in dict.fromkeys(more) if x not in found]


def _date(text: str) -> str:
    """Return a day as the list writes it, DD/MM/YYYY, where 00 is unknown."""
    if not text:
        return ""
    match = _DAY.match(text)
    if match is None:
        raise ValueError(text)
    day, month, year = match.groups()
    return values.date("-".join(p for p in (year, month, day if month != "00" else "00")
                                if p != "00"))  # fmt: skip


def _readable(column: str, text: str) -> str:
    if column != "D.O.B":
        return text
    try:
        return _date(text)
    except ValueError:
        return text  # "circa 1960" and the like: a fact is what the list says


FORMATS: Final = (Format(LIST, "UK Sanctions List, FCDO CSV", takes, read),)
