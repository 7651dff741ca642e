"""Lists that are published as PDF or HTML only, from a CSV that a person has transcribed.

Section 1260H: ``Name, Clean Name, Alias, Previous Name, Parent Name, Note, Start date, End date,
Source Url`` and, if wanted, ``Country``. UFLPA: ``Name of Entity, Effective Date`` and, if wanted,
``Clause``, ``Country``, ``Source Url``. A 1260H file may hold several editions one after another:
where names come again with a later start date, each start date is an edition. The newest is
current; whoever is in an older one only has left the list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from nthtier.graph.dates import FORMS as DATE_FORMS
from nthtier.graph.dates import end_day, start_day
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.graph.names import normalise
from nthtier.loaders import entries, values
from nthtier.loaders.editions import edition_date
from nthtier.loaders.entries import Entry, Tie
from nthtier.loaders.reader import Format, Options, Reading, check_counts
from nthtier.loaders.reading import Input
from nthtier.loaders.rows import check_columns, parse

DOD: Final = "us-dod-1260h"
DHS: Final = "us-dhs-uflpa"
COLUMNS_DOD: Final = ("Name", "Clean Name", "Alias", "Previous Name", "Parent Name", "Note",
                      "Start date", "End date", "Source Url")  # fmt: skip
COLUMNS_DHS: Final = ("Name of Entity", "Effective Date")
_MORE_DOD: Final = ("Country",)
_MORE_DHS: Final = ("Clause", "Country", "Source Url")
RANGES_DOD: Final = {DOD: (40, 1_000)}
RANGES_DHS: Final = {DHS: (60, 2_000)}
#: What follows a name on the UFLPA list and is not part of it.
_SUBSIDIARIES: Final = re.compile(
    r",?\s+and\s+(?:its|their)\s+(?:[\w-]+\s+)*?(?:subsidiaries|subsidiary)[^,]*?,?\s*"
    r"(?:which\s+include|including)s?:?\s+(?P<names>.+)\Z", re.IGNORECASE,
)  # fmt: skip
_EXTENT: Final = re.compile(
    r",?\s+(?:and|including)\s+(?:its|their|all)\s+(?:[\w-]+\s+)*?(?:entities|subsidiaries|"
    r"affiliates|components)\b.*\Z", re.IGNORECASE,
)  # fmt: skip
_NAMED: Final = re.compile(
    r"\s*\((?:also|formerly|f/k/a|a/k/a)?\s*(?:known as|including)\s+(?P<names>.+)\)\s*\Z",
    re.IGNORECASE,
)  # fmt: skip
_BETWEEN: Final = re.compile(
    r"\s*;\s*(?:and\s+)?|,?\s+and\s+(?=(?:also|formerly)\s+known\s+as)|,?\s+and\s+(?=[A-Z])"
)
_ALSO: Final = re.compile(
    r"^(?:(?:and|or)\s+)?(?:(?:also|formerly|including)\s+)*(?:known\s+as\s+)?"
    r"(?:(?:one|two|three|\w+)\s+alias(?:es)?:\s*)?", re.IGNORECASE,
)  # fmt: skip


def takes_dod(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents with the columns of a transcribed 1260H list."""
    return [d for d in inputs if {"Clean Name", "Previous Name"} <= _header(d)]


def takes_dhs(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents with the columns of a transcribed UFLPA list."""
    return [d for d in inputs if {"Name of Entity", "Effective Date"} <= _header(d)]


def _header(document: Input) -> set[str]:
    head = document.without_mark().head[:2048].partition(b"\n")[0]
    return {c.strip().strip('"') for c in head.decode("utf-8", "replace").strip().split(",")}


def read_dod(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read transcribed 1260H lists, one reading for each edition in them."""
    return [r for document in inputs for r in _read_dod(document, options)]


def read_dhs(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read transcribed UFLPA lists."""
    return [_read_dhs(document, options) for document in inputs]


def _rows(
    document: Input, columns: Sequence[str], more: Sequence[str], options: Options
) -> Iterator[tuple[int, dict[str, str]]]:
    header: list[str] | None = None
    for line, fields in parse(document.without_mark()):
        if header is None:
            header = [f.strip() for f in fields]
            check_columns(document, [c for c in header if c not in more] + [
                c for c in header if c in more and header.count(c) > 1], columns,
                any_order="columns" in options.allow)  # fmt: skip
            continue
        if len(fields) != len(header):
            raise InputError(
                "a row with another number of fields than the header", file=document.name,
                row=line, found=len(fields), allowed=str(len(header)),
            )  # fmt: skip
        record = dict.fromkeys((*columns, *more), "")
        yield line, record | dict(zip(header, (f.strip() for f in fields), strict=True))


class _Record:
    """One row: errors that name it, and its dates and country checked."""

    def __init__(self, document: Input, line: int, fields: dict[str, str]) -> None:
        self.document, self.line, self.fields = document, line, fields

    def wrong(self, message: str, field: str, found: str, allowed: str | None) -> InputError:
        return InputError(message, file=self.document.name, row=self.line, field=field,
                          found=found, allowed=allowed)  # fmt: skip

    def pop(self, field: str) -> str:
        return self.fields.pop(field, "")

    def date(self, field: str) -> str:
        text = self.pop(field)
        try:
            return values.date(text) if text else ""
        except ValueError:
            raise self.wrong("no such date", field, text, DATE_FORMS) from None

    def entry(self, list_id: str, name: str, field: str) -> Entry:
        if not name:
            raise self.wrong("an entry without a name", field, name, "text")
        entry = Entry(list_id, f"row {self.line}", name, type="Organization", law="cn")
        entry.add_names(name, ())
        country = self.pop("Country")
        if country:
            code = values.named_country(country)
            if not code:
                raise self.wrong("no such country", "Country", country, "a name or code")
            entry.countries.append(code)
        return entry


def _read_dod(document: Input, options: Options) -> list[Reading]:
    reading = Reading(Batch(Source(DOD, DOD, "")))
    found: list[Entry] = []
    for line, fields in _rows(document, COLUMNS_DOD, _MORE_DOD, options):
        record = _Record(document, line, fields)
        written, clean = record.pop("Name"), record.pop("Clean Name")
        entry = record.entry(DOD, clean or written, "Name")
        entry.raw_name = written or clean
        for column in ("Alias", "Previous Name"):
            for name in _split(record.pop(column)):
                entry.aliases.append((name, "alias"))
                if column == "Previous Name":
                    entry.facts.append(("formerName", name))
        for name in _split(record.pop("Parent Name")):
            entry.ties.append(Tie("CONTROLS", name, reverse=True,
                                  note="named as the parent; no share is said"))  # fmt: skip
        if note := record.pop("Note"):
            entry.facts.append(("listNote", note))
        entry.since, entry.until = record.date("Start date"), record.date("End date")
        if entry.since and entry.until and start_day(entry.since) > end_day(entry.until):
            raise record.wrong("it ends before it begins", "End date", entry.until,
                               f"{entry.since} or later")  # fmt: skip
        if url := record.pop("Source Url"):
            entry.listing["citation"] = url
        reading.audit.rest(record.fields)
        found.append(entry)
    editions = _editions(found)
    if len(editions) == 1:
        date = options.known or edition_date(document, options) or max(editions)
        editions = {date: found}
    return [
        _reading(document, options, DOD, date, group, reading if date == max(editions) else None)
        for date, group in sorted(editions.items())
    ]


def _editions(found: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Part entries by edition, if they are of several; each listing begins with its first."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in found:
        groups[entry.since].append(entry)
    dates = sorted(groups)
    names = [{normalise(e.name) for e in groups[d]} for d in dates]
    if len(dates) < 2 or not names[-1] & set().union(*names[:-1]):
        return {dates[-1] if dates else "": list(found)}
    since: dict[str, str] = {}
    for date, present in zip(dates, names, strict=True):
        since = {n: since.get(n, date) for n in present}  # who was absent begins anew
        for entry in groups[date]:
            entry.since = since[normalise(entry.name)]
    return groups


def _read_dhs(document: Input, options: Options) -> Reading:
    reading = Reading(Batch(Source(DHS, DHS, "")))
    found: list[Entry] = []
    for line, fields in _rows(document, COLUMNS_DHS, _MORE_DHS, options):
        record = _Record(document, line, fields)
        written = " ".join(record.pop("Name of Entity").split())
        name, extent, subsidiaries, aliases = taken_apart(written)
        entry = record.entry(DHS, name, "Name of Entity")
        entry.raw_name = written
        entry.aliases += [(a, "alias") for a in aliases if a != entry.name]
        if extent:
            entry.facts.append(("listingExtent", extent))
        entry.since = _written(record)
        if clause := record.pop("Clause"):
            entry.listing["programmes"] = [clause]
        if url := record.pop("Source Url"):
            entry.listing["citation"] = url
        reading.audit.rest(record.fields)
        found.append(entry)
        for other in subsidiaries:
            part = Entry(DHS, entry.locator, other, raw_name=other, type="Organization", law="cn",
                         countries=list(entry.countries), since=entry.since,
                         listing=dict(entry.listing))  # fmt: skip
            part.ties.append(Tie("CONTROLS", entry.name, reverse=True,
                                 note="named as its subsidiary; no share is said"))  # fmt: skip
            found.append(part)
    date = options.known or edition_date(document, options)
    return _reading(document, options, DHS, date, found, reading)


def _written(record: _Record) -> str:
    text = record.fields.get("Effective Date", "")
    for form in ("%B %d, %Y", "%m/%d/%Y"):
        found = values.date_in_form(text, form)
        if found:
            record.pop("Effective Date")
            return found
    return record.date("Effective Date")


def taken_apart(written: str) -> tuple[str, str, list[str], list[str]]:
    """Return an entry's name, what it extends to, named subsidiaries, and further names.

    >>> taken_apart("Alpha Cotton Co., Ltd. (also known as Alpha; and formerly known as Beta)")
    ('Alpha Cotton Co., Ltd.', '', [], ['Alpha', 'Beta'])
    >>> taken_apart("Alpha Group and its two Xinjiang-based subsidiaries, which include A Co; B Co")
    ('Alpha Group', 'and its two Xinjiang-based subsidiaries', ['A Co', 'B Co'], [])
    """
    subsidiaries: list[str] = []
    extent = ""
    named = _SUBSIDIARIES.search(written)
    if named:
        subsidiaries = [n for p in re.split(r"\s*;\s*(?:and\s+)?", named["names"])
                        if (n := p.strip(" ,"))]  # fmt: skip
        extent = written[named.start() : named.start("names")].strip(" ,")
        extent = re.sub(r",?\s*(?:which\s+include|including)s?:?\Z", "", extent).strip(" ,")
        written = written[: named.start()]
    further = _EXTENT.search(written)
    if further and further.start():
        extent = extent or written[further.start() :].strip(" ,")
        written = written[: further.start()]
    aliases: list[str] = []
    also = _NAMED.search(written)
    if also:
        aliases = [n for p in _BETWEEN.split(also["names"]) if (n := _ALSO.sub("", p).strip(" ,;"))]
        written = written[: also.start()]
    return written.strip(" ,;"), extent, subsidiaries, aliases


def _split(cell: str) -> list[str]:
    return [part for p in re.split(r"\s*[;\n]\s*", cell) if (part := p.strip())]


def _reading(
    document: Input,
    options: Options,
    list_id: str,
    date: str,
    found: list[Entry],
    reading: Reading | None,
) -> Reading:
    reading = reading or Reading(Batch(Source(list_id, list_id, "")))
    reading.counts[list_id] = len(found)
    ranges = RANGES_DOD if list_id == DOD else RANGES_DHS
    whole = check_counts(reading.counts, ranges, document, options.allow)
    source = f"{list_id}@{date or document.sha256[:8]}"
    title, publisher = {
        DOD: ("Section 1260H list of Chinese military companies", "US Department of Defense"),
        DHS: ("UFLPA Entity List", "US Department of Homeland Security"),
    }[list_id]
    reading.batch = Batch(
        Source(
            id=source, dataset=list_id, title=f"{title} (transcribed)", publisher=publisher,
            date=date, licence="public domain", sha256=document.sha256, file=document.name,
            format=list_id, records=len(found), covers=(list_id,) if whole else (),
            allowed=tuple(sorted(options.allow)),
        ),
        entries.write(found, source, list_id),
    )  # fmt: skip
    return reading


FORMATS: Final = (
    Format(DOD, "US Section 1260H list, a transcribed CSV", takes_dod, read_dod),
    Format(DHS, "US UFLPA Entity List, a transcribed CSV", takes_dhs, read_dhs),
)
