"""The US Consolidated Screening List: official CSV (29 columns) and JSON, and the reduced CSV.

Layouts: https://www.trade.gov/consolidated-screening-list. One record is one entry of one of
thirteen lists; the key is (source, _id). BIS and State records have no entity number and no type.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from nthtier.graph.dates import FORMS as DATE_FORMS
from nthtier.graph.dates import end_day, start_day
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.loaders import details, entries, strict_json, values
from nthtier.loaders.editions import edition_date, source_id
from nthtier.loaders.entries import Entry
from nthtier.loaders.reader import Format, Options, Reading, check_counts, check_fill
from nthtier.loaders.reading import Input
from nthtier.loaders.rows import check_columns, records

COLUMNS: Final = (
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses",
    "federal_register_notice", "start_date", "end_date", "standard_order", "license_requirement",
    "license_policy", "call_sign", "vessel_type", "gross_tonnage", "gross_registered_tonnage",
    "vessel_flag", "vessel_owner", "remarks", "source_list_url", "alt_names", "citizenships",
    "dates_of_birth", "nationalities", "places_of_birth", "source_information_url", "ids",
)  # fmt: skip
REDUCED: Final = (
    "row", "source", "entity_number", "type", "programs", "name", "alt_names", "countries",
    "federal_register_notice", "license_requirement", "license_policy", "source_list_url",
)  # fmt: skip
#: The abbreviation in a record's ``source`` → list id, least and most records of an edition.
LISTS: Final[dict[str, tuple[str, int, int]]] = {
    "SDN": ("us-ofac-sdn", 10_000, 60_000),
    "EL": ("us-bis-el", 2_000, 20_000),
    "DTC": ("us-state-dtc", 720, 5_000),
    "DPL": ("us-bis-dpl", 460, 8_000),
    "SSI": ("us-ofac-ssi", 230, 2_000),
    "UVL": ("us-bis-uvl", 130, 3_000),
    "ISN": ("us-state-isn", 130, 2_000),
    "PLC": ("us-ofac-plc", 50, 300),
    "MEU": ("us-bis-meu", 55, 3_000),
    "CMIC": ("us-ofac-ns-cmic", 55, 1_000),
    "NS-MBS List": ("us-ofac-mbs", 10, 2_000),
    "CAP": ("us-ofac-capta", 0, 1_000),
    "FSE": ("us-ofac-fse", 0, 200),
}
RANGES: Final = {list_id: (least, most) for list_id, least, most in LISTS.values()}
#: Columns that every edition fills at least so far (share of records).
FILL: Final = {
    "name": 1.0, "source": 1.0, "entity_number": 0.5, "type": 0.5, "programs": 0.5,
    "alt_names": 0.25, "federal_register_notice": 0.1, "license_requirement": 0.08,
    "license_policy": 0.08,
}  # fmt: skip
FILL_FULL: Final = FILL | {
    "_id": 1.0, "addresses": 0.5, "ids": 0.35, "dates_of_birth": 0.2, "remarks": 0.15,
    "nationalities": 0.1, "places_of_birth": 0.1, "start_date": 0.1,
}  # fmt: skip
FILL_REDUCED: Final = FILL | {"countries": 0.4}
_LIST: Final = re.compile(r"\(([^()]+)\)")
_COUNTRY_END: Final = re.compile(r"(?:^|,\s?)([A-Z]{2})\Z")
#: Fields that become a fact of this name.
_FACTS: Final = {
    "title": "title", "standard_order": "standardOrder", "call_sign": "callSign",
    "vessel_type": "vesselType", "gross_tonnage": "grossTonnage", "vessel_flag": "vesselFlag",
    "gross_registered_tonnage": "grossRegisteredTonnage", "vessel_owner": "vesselOwner",
    "citizenships": "citizenship", "dates_of_birth": "birthDate",
    "nationalities": "nationality", "places_of_birth": "birthPlace",
}  # fmt: skip


def _is_json(document: Input) -> bool:
    return document.head[:64].lstrip()[:1] == b"{"


def _with_columns(inputs: Sequence[Input], *names: bytes) -> list[Input]:
    heads = [(d, d.head[:4096].partition(b"\n")[0]) for d in inputs if not _is_json(d)]
    return [d for d, head in heads if all(name in head for name in names)]


def _takes_full(inputs: Sequence[Input]) -> list[Input]:
    return _with_columns(inputs, b"entity_number", b"ids")


def _takes_reduced(inputs: Sequence[Input]) -> list[Input]:
    return _with_columns(inputs, b"entity_number", b"countries")


def _takes_json(inputs: Sequence[Input]) -> list[Input]:
    return [d for d in inputs if _is_json(d) and b'"results"' in d.head]


def read_full(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read the official CSV."""
    return [
        _read(d, options, "us-csl", "csl",
              records(d, COLUMNS, any_order="columns" in options.allow), FILL_FULL)
        for d in inputs
    ]  # fmt: skip


def read_reduced(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read the reduced CSV: the same entries with twelve columns."""
    return [
        _read(d, options, "us-csl-reduced", "csl-reduced",
              records(d, REDUCED, any_order="columns" in options.allow), FILL_REDUCED)
        for d in inputs
    ]  # fmt: skip


def read_json(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read the official JSON (the same fields, lists instead of "; ")."""
    return [
        _read(d, options, "us-csl", "csl-json", _json_records(d, options), FILL_FULL, "result")
        for d in inputs
    ]


def _read(
    document: Input,
    options: Options,
    dataset: str,
    format_: str,
    rows: Iterator[tuple[int, dict[str, str]]],
    fill: dict[str, float],
    row_word: str = "line",
) -> Reading:
    date = edition_date(document, options)
    source = source_id(dataset, date, document)
    reading = Reading(Batch(Source(source, dataset, "")))
    found: list[Entry] = []
    seen: dict[tuple[str, str, str], str] = {}
    filled: Counter[str] = Counter()
    for line, record in rows:
        for name, value in record.items():
            if value == '""':  # how the 2022 edition writes an empty field
                record[name] = ""
        filled.update(name for name, value in record.items() if value)
        entry = _entry(document, line, record, reading, row_word)
        found.append(entry)
        for field, number in (("_id", entry.locator), ("entity_number", entry.number)):
            key = (entry.list_id, field, number)
            if number and seen.setdefault(key, entry.raw_name) != entry.raw_name:
                raise InputError(
                    "two different entries with one id", file=document.name, row=line, field=field,
                    found=number, row_word=row_word,
                )  # fmt: skip
        reading.counts[entry.list_id] += 1
    whole = check_counts(reading.counts, RANGES, document, options.allow)
    check_fill(filled, len(found), fill, document, options.allow)
    reading.batch = Batch(
        Source(
            id=source,
            dataset=dataset,
            title="Consolidated Screening List",
            publisher="US Department of Commerce, International Trade Administration",
            date=date,
            licence="public domain",
            sha256=document.sha256,
            file=document.name,
            format=format_,
            records=len(found),
            covers=tuple(sorted(reading.counts)) if whole else (),
            allowed=tuple(sorted(options.allow)),
        ),
        entries.write(found, source, dataset),
    )
    return reading


def _entry(
    document: Input, line: int, record: dict[str, str], reading: Reading, row_word: str
) -> Entry:
    def pop(name: str) -> str:
        return record.pop(name, "")

    def wrong(message: str, field: str, found: str, allowed: str | None = None) -> InputError:
        return InputError(message, file=document.name, row=line, field=field, found=found,
                          allowed=allowed, row_word=row_word)  # fmt: skip

    source = pop("source")
    code = _LIST.search(source)
    if code is None or code[1] not in LISTS:
        raise wrong("not a list this format knows", "source", source, ", ".join(LISTS))
    name = pop("name")
    if not name:
        raise wrong("an entry without a name", "name", name)
    number, row_id, row = pop("entity_number"), pop("_id"), pop("row")
    if number and not (number.isascii() and number.isdigit()):
        raise wrong("not a number", "entity_number", number, "digits or nothing")
    entry = Entry(LISTS[code[1]][0], f"row {row}" if row else f"entry {row_id}", name)
    entry.number = number
    kind = pop("type").casefold()
    if kind and kind not in entries.TYPES:
        raise wrong("an unknown kind of entry", "type", kind, ", ".join(entries.TYPES))
    entry.type = entries.TYPES.get(kind, "")
    entry.add_names(name, _several(pop("alt_names")))
    for address in _several(pop("addresses")):
        entry.addresses.append(address)
        country = _COUNTRY_END.search(address)
        if country:
            _add_countries(entry, country[1], reading)
    _add_countries(entry, pop("countries"), reading)
    for column, attribute in (("start_date", "since"), ("end_date", "until")):
        try:
            text = pop(column)
            setattr(entry, attribute, values.date(text) if text else "")
        except ValueError:
            raise wrong("no such date", column, text, DATE_FORMS) from None
    if entry.since and entry.until and start_day(entry.since) > end_day(entry.until):
        reading.audit.notes[f"ends before it begins, so its end is left out: {entry.locator}"] += 1
        entry.until = ""
    programmes, citation = _several(pop("programs")), pop("federal_register_notice")
    if programmes:
        entry.listing["programmes"] = programmes
    if citation:
        entry.listing["citation"] = citation
    entry.add_requirement(pop("license_requirement"), pop("license_policy"))
    details.add_ids(entry, pop("ids"), reading.audit)
    details.add_remarks(entry, pop("remarks"), reading.audit)
    for column, word in _FACTS.items():
        entry.facts += [(word, value) for value in _several(pop(column))]
    reading.audit.rest(record)
    return entry


def _add_countries(entry: Entry, text: str, reading: Reading) -> None:
    """Read codes separated by spaces; what is no code may be a country's or a region's name."""
    words = []
    for word in text.split():
        try:
            if len(word) != 2:
                raise ValueError(word)
            entry.countries.append(values.country(word))
        except ValueError:
            words.append(word)
    for place in " ".join(words).split("REGION: "):
        country = values.named_country(place)
        if country:
            entry.countries.append(country)
        elif place:
            reading.audit.notes[f"country not known: {place.strip()}"] += 1


def _several(text: str) -> list[str]:
    return [part for p in text.split("; ") if (part := p.strip(" ;"))]


def _json_records(document: Input, options: Options) -> Iterator[tuple[int, dict[str, str]]]:
    data = strict_json.parse(document, document.text())
    results = data.get("results") if isinstance(data, dict) else None
    if not isinstance(results, list):
        raise InputError(
            "no list of results", file=document.name, field="results", found=type(results).__name__
        )
    names = [c if c != "_id" else "id" for c in COLUMNS]
    for number, item in enumerate(results, 1):
        if not isinstance(item, dict):
            raise InputError("not a record", file=document.name, row=number, row_word="result")
        if number == 1:
            header = [n for n in names if n in item] + [n for n in item if n not in names]
            wanted = [n for n in names if n in item or n not in _OPTIONAL]
            check_columns(document, header, wanted, any_order="columns" in options.allow)
        yield number, {("_id" if n == "id" else n): _flat(n, v) for n, v in item.items()}


#: What a record of the JSON may lack, being null for its kind of list.
_OPTIONAL: Final = frozenset({
    "call_sign", "vessel_type", "gross_tonnage", "gross_registered_tonnage", "vessel_flag",
    "vessel_owner", "standard_order", "start_date", "end_date",
})  # fmt: skip


def _flat(name: str, value: Any) -> str:
    """Write a JSON value the way the CSV of the same list does."""
    if value is None:
        return ""
    if name == "addresses" and isinstance(value, list):
        parts = ("address", "city", "state", "postal_code", "country")
        return "; ".join(
            ", ".join(str(a[p]) for p in parts if a.get(p)) for a in value if isinstance(a, dict)
        )
    if name == "ids" and isinstance(value, list):
        parts = ("country", "expiration_date", "issue_date", "number", "type")
        return "; ".join(
            ", ".join(str(i[p]) for p in parts if i.get(p)) for i in value if isinstance(i, dict)
        )
    if isinstance(value, list):
        return "; ".join(str(v).strip() for v in value)
    return str(value).strip()


FORMATS: Final = (
    Format("csl", "Consolidated Screening List, official CSV", _takes_full, read_full),
    Format("csl-reduced", "Consolidated Screening List, 12 columns", _takes_reduced, read_reduced),
    Format("csl-json", "Consolidated Screening List, official JSON", _takes_json, read_json),
)
