"""OFAC's legacy four-file CSV: ``*_prim`` (or ``sdn``), ``*_alt``, ``*_add``, ``*_comments``.

No header, null is ``-0- ``, the file ends with 0x1A. Rows belong together by the entity number in
their first column; comments continue remarks that were too long. Layout:
https://ofac.treasury.gov/specially-designated-nationals-list-data-formats-data-schemas
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from nthtier.graph import model
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.loaders import details, entries, values
from nthtier.loaders.editions import edition_date, source_id
from nthtier.loaders.entries import Entry
from nthtier.loaders.reader import Format, Options, Reading, check_counts
from nthtier.loaders.reading import Input
from nthtier.loaders.rows import parse

#: The four files by their number of columns; an `alt` row and a `comments` row can be told apart.
ROLES: Final = {12: "primary", 5: "alternate names", 6: "addresses", 2: "comments"}
_FACTS: Final = {4: "title", 5: "callSign", 6: "vesselType", 7: "grossTonnage",
                 8: "grossRegisteredTonnage", 9: "vesselFlag", 10: "vesselOwner"}  # fmt: skip
#: Programme → list, first match; other programmes of the non-SDN file are menu-based sanctions.
_CONSOLIDATED: Final = (
    ("CMIC-EO13959", "us-ofac-ns-cmic"),
    ("NS-PLC", "us-ofac-plc"),
    ("UKRAINE-EO13662", "us-ofac-ssi"),
    ("561-Related", "us-ofac-capta"),
    ("FSE-", "us-ofac-fse"),
)
RANGES_SDN: Final = {"us-ofac-sdn": (9_000, 60_000)}
RANGES_CONSOLIDATED: Final = {"us-ofac-ns-cmic": (55, 1_000), "us-ofac-ssi": (230, 2_000)}
_ROW: Final = re.compile(rb'\d+,(?:"|-0- |\d)')


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents that are files of this layout."""
    like = [d for d in inputs if _ROW.match(d.head[:64])]
    return like if any(b"-0- " in d.data or b"\x1a" in d.data for d in like) else []


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read one or more sets of files; each set has a primary file and its companions."""
    sets: dict[str, dict[str, Input]] = defaultdict(dict)
    for document in inputs:
        fields = next(parse(document), (1, []))[1]
        role = ROLES.get(len(fields))
        if role is None:
            raise InputError(
                "not one of the four files", file=document.name, row=1, field="columns",
                found=len(fields), allowed="12, 5, 6 or 2",
            )  # fmt: skip
        if role in sets[_stem(document)]:
            raise InputError(f"a second file of {role}", file=document.name)
        sets[_stem(document)][role] = document
    return [_read_set(stem, files, options) for stem, files in sorted(sets.items())]


def _stem(document: Input) -> str:
    """Return what the names of one set begin with: ``cons`` of ``cons_alt.csv``, else ``sdn``."""
    name = document.name.rpartition("/")[2].casefold()
    return "cons" if name.startswith("cons") else "sdn"


def _read_set(stem: str, files: dict[str, Input], options: Options) -> Reading:
    missing = [role for role in ROLES.values() if role not in files]
    if missing:
        present = next(iter(files.values())).name
        raise InputError(
            f"the set is not whole: give the file of {' and that of '.join(missing)} too",
            file=present, allowed="all four files in one command",
        )  # fmt: skip
    primary = files["primary"]
    date = edition_date(primary, options)
    dataset = f"us-ofac-{stem}"
    source = source_id(dataset, date, primary)
    reading = Reading(Batch(Source(source, dataset, "")))
    found: dict[str, Entry] = {}
    remarks: dict[str, str] = defaultdict(str)
    lines: dict[str, int] = {}
    for line, fields in _rows(primary, 12):
        number = fields[0]
        if number in found:
            raise InputError("a number twice", file=primary.name, row=line, field="ent_num",
                             found=number)  # fmt: skip
        entry = found[number] = _primary(primary, line, fields, stem)
        remarks[number] = fields[11]  # may be cut at a space, which belongs to what follows
        lines[number] = line
        reading.counts[entry.list_id] += 1
    for line, fields in _rows(files["comments"], 2):
        _known(files["comments"], line, fields[0], found)
        remarks[fields[0]] += fields[1]
    for line, fields in _rows(files["alternate names"], 5):
        entry = _known(files["alternate names"], line, fields[0], found)
        entry.aliases.append((fields[3], model.ALIAS))
        if fields[2] == "fka":
            entry.facts.append(("formerName", fields[3]))
        reading.audit.unused["alt_num"] += 1
        if fields[4]:
            reading.audit.unused["alt_remarks"] += 1
    for line, fields in _rows(files["addresses"], 6):
        _address(_known(files["addresses"], line, fields[0], found), fields, reading)
    for number, entry in found.items():
        details.add_remarks(entry, remarks[number], reading.audit)
    ranges = RANGES_SDN if stem == "sdn" else RANGES_CONSOLIDATED
    whole = check_counts(reading.counts, ranges, primary, options.allow)
    title = "Specially Designated Nationals" if stem == "sdn" else "Consolidated non-SDN lists"
    digest = "+".join(files[role].sha256 for role in ROLES.values())
    reading.batch = Batch(
        Source(
            id=source, dataset=dataset, title=f"{title} (legacy CSV)",
            publisher="US Department of the Treasury, Office of Foreign Assets Control",
            date=date, licence="public domain", sha256=digest, file=primary.name,
            format="ofac-legacy", records=len(found),
            covers=tuple(sorted(reading.counts)) if whole else (),
            allowed=tuple(sorted(options.allow)),
        ),
        entries.write(list(found.values()), source, dataset),
    )  # fmt: skip
    return reading


def _rows(document: Input, width: int) -> Iterator[tuple[int, list[str]]]:
    if not document.tail.rstrip(b"\r\n").endswith(b"\x1a"):
        raise InputError(
            "the end mark is missing; the file was cut short",
            file=document.name, found=document.tail[-12:].decode("utf-8", "replace"),
            allowed="0x1A as the last byte",
        )  # fmt: skip
    for line, fields in parse(document):
        if fields == ["\x1a"]:
            return
        if len(fields) != width:
            raise InputError(
                "a row with another number of fields",
                file=document.name, row=line, found=len(fields), allowed=str(width),
            )  # fmt: skip
        if not fields[0].isdigit():
            raise InputError("not a number", file=document.name, row=line, field="ent_num",
                             found=fields[0], allowed="digits")  # fmt: skip
        plain = ["" if f.strip() == "-0-" else f.strip() for f in fields]
        if plain[-1]:  # remarks go on in another file, from the very next character
            plain[-1] = fields[-1]
        yield line, plain


def _known(document: Input, line: int, number: str, found: dict[str, Entry]) -> Entry:
    if number not in found:
        raise InputError(
            "no entry of that number in the primary file; are the four files of one edition?",
            file=document.name, row=line, field="ent_num", found=number,
        )  # fmt: skip
    return found[number]


def list_of(programmes: Sequence[str]) -> str:
    """Return the list of the non-SDN file that programmes belong to."""
    found = (x for mark, x in _CONSOLIDATED if any(p.startswith(mark) for p in programmes))
    return next(found, "us-ofac-mbs")


def _primary(document: Input, line: int, fields: list[str], stem: str) -> Entry:
    if not fields[1]:
        raise InputError("an entry without a name", file=document.name, row=line, field="SDN_Name")
    programmes = [p.strip() for p in fields[3].split("] [") if p.strip()]
    list_id = "us-ofac-sdn"
    if stem == "cons":
        list_id = list_of(programmes)
    entry = Entry(list_id, f"entity {fields[0]}", fields[1], number=fields[0])
    kind = fields[2].casefold()
    if kind and kind not in entries.TYPES:
        raise InputError(
            "an unknown kind of entry", file=document.name, row=line, field="SDN_Type",
            found=fields[2], allowed=", ".join(entries.TYPES),
        )  # fmt: skip
    entry.type = entries.TYPES.get(kind, "Organization")
    entry.add_names(fields[1], ())
    if programmes:
        entry.listing["programmes"] = programmes
    entry.facts += [(word, fields[i]) for i, word in _FACTS.items() if fields[i]]
    return entry


def _address(entry: Entry, fields: list[str], reading: Reading) -> None:
    country = values.named_country(fields[4])
    if country:
        entry.countries.append(country)
    elif fields[4]:
        reading.audit.notes[f"country not known: {fields[4]}"] += 1
    text = ", ".join(f for f in fields[2:5] if f)
    if text:
        entry.addresses.append(text)
    reading.audit.unused["add_num"] += 1
    if fields[5]:
        reading.audit.unused["add_remarks"] += 1


FORMATS: Final = (Format("ofac-legacy", "OFAC legacy CSV, four files", takes, read),)
