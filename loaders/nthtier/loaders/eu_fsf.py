"""The EU consolidated financial sanctions list: CSV 1.1 (118 columns) and XML 1.1.

In the CSV each row holds one part of an entry (a name, an address, a birth date, a document, a
citizenship), all of one ``Entity_LogicalId``; in the XML they are elements with attributes. Both
become the same parts. Layout: https://webgate.ec.europa.eu/fsd/fsf
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from nthtier.graph import model
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.loaders import entries, safe_xml, values
from nthtier.loaders.editions import edition_date, source_id
from nthtier.loaders.entries import Entry
from nthtier.loaders.reader import Format, Options, Reading, check_counts
from nthtier.loaders.reading import Input
from nthtier.loaders.rows import check_columns, parse

LIST: Final = "eu-fsf"
NAMESPACE: Final = "{http://eu.europa.ec/fpi/fsd/export}"
RANGES: Final = {LIST: (3_000, 40_000)}
_LAW: Final = ("Type", "OrganisationType", "PublicationDate", "EntryIntoForceDate", "NumberTitle",
               "Programme", "PublicationUrl")  # fmt: skip
_PARTS: Final[dict[str, str]] = {
    "NameAlias": "LastName FirstName MiddleName WholeName NameLanguage Gender Title Function "
    "LogicalId RegulationLanguage Remark",
    "Address": "City Street PoBox ZipCode Region Place AsAtListingTime ContactInfo "
    "CountryIso2Code CountryDescription LogicalId RegulationLanguage Remark",
    "BirthDate": "BirthDate Day Month Year YearRangeFrom YearRangeTo Circa CalendarType ZipCode "
    "Region Place City CountryIso2Code CountryDescription LogicalId RegulationLanguage Remark",
    "Identification": "Number Diplomatic KnownExpired KnownFalse ReportedLost RevokedByIssuer "
    "IssuedBy IssuedDate ValidFrom ValidTo LatinNumber NameOnDocument TypeCode TypeDescription "
    "Region CountryIso2Code CountryDescription LogicalId RegulationLanguage Remark",
    "Citizenship": "Region CountryIso2Code CountryDescription LogicalId RegulationLanguage Remark",
}
COLUMNS: Final = (
    "fileGenerationDate", "Entity_LogicalId", "Entity_EU_ReferenceNumber",
    "Entity_UnitedNationId", "Entity_DesignationDate", "Entity_DesignationDetails",
    "Entity_Remark", "Entity_SubjectType", "Entity_SubjectType_ClassificationCode",
    *(f"Entity_Regulation_{x}" for x in _LAW),
    *(
        f"{part}_{name}"
        for part, names in _PARTS.items()
        for name in (*names.split(), *(f"Regulation_{x}" for x in _LAW))
    ),
)  # fmt: skip
_TYPES: Final = {"p": "Person", "person": "Person", "e": "Organization",
                 "enterprise": "Organization"}  # fmt: skip
#: The attribute of the XML that has another name than the column of the CSV.
_RENAMED: Final = {"identificationTypeCode": "TypeCode", "birthdate": "BirthDate",
                   "identificationTypeDescription": "TypeDescription",
                   "dayOfMonth": "Day", "monthOfYear": "Month"}  # fmt: skip
_ELEMENTS: Final = {"nameAlias": "NameAlias", "address": "Address", "birthdate": "BirthDate",
                    "identification": "Identification", "citizenship": "Citizenship"}  # fmt: skip
_SCHEMES: Final = {
    "passport": "passport",
    "id": "national-id",
    "regnumber": "registration",
    "swiftbic": "swift",
    "fiscalcode": "tax",
    "taxid": "tax",
    "imo": "imo",
}
_FLAGS: Final = ("KnownFalse", "ReportedLost", "RevokedByIssuer", "KnownExpired")

Wrong = Callable[..., InputError]


def takes_csv(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents with this list's columns."""
    return [d for d in inputs if b"Entity_LogicalId;" in d.head[:4096]]


def takes_xml(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents in this list's namespace."""
    mark = NAMESPACE.strip("{}").encode()
    return [d for d in inputs if mark in d.head[:4096] and safe_xml.is_xml(d)]


def read_csv(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read the CSV of editions."""
    return [_read(d, options, "eu-fsf", _from_csv(d, options), "line") for d in inputs]


def read_xml(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read the XML of editions."""
    return [_read(d, options, "eu-fsf-xml", _from_xml(d), "entry") for d in inputs]


#: Line or number, the date of the file, and the parts: kind → fields.
_Row = tuple[int, str, str, dict[str, str]]


def _read(
    document: Input, options: Options, format_: str, rows: Iterator[_Row], word: str
) -> Reading:
    reading = Reading(Batch(Source(LIST, LIST, "")))
    found: dict[str, Entry] = {}
    said: dict[str, tuple[str, str]] = {}
    date = ""
    for number, part, generated, fields in rows:

        def wrong(
            message: str, field: str, value: object, allowed: str | None = None, at: int = number
        ) -> InputError:
            return InputError(message, file=document.name, row=at, field=field, found=value,
                              allowed=allowed, row_word=word)  # fmt: skip

        if not date and generated:
            date = _day(generated, "fileGenerationDate", wrong)
        if part == "Entity":
            _entity(fields, found, said, wrong)
        else:
            _part(part, fields, found, reading, wrong)
    for entry in found.values():
        _name(entry, document)
    edition = options.known or date or edition_date(document, options)
    source = source_id(LIST, edition, document)
    reading.counts[LIST] = len(found)
    whole = check_counts(reading.counts, RANGES, document, options.allow)
    reading.batch = Batch(
        Source(
            id=source, dataset=LIST, title="EU consolidated financial sanctions list",
            publisher="European Commission", date=edition,
            licence="reuse with acknowledgement (Commission Decision 2011/833/EU)",
            sha256=document.sha256, file=document.name, format=format_, records=len(found),
            covers=(LIST,) if whole else (), allowed=tuple(sorted(options.allow)),
        ),
        entries.write(list(found.values()), source, LIST),
    )  # fmt: skip
    return reading


def _from_csv(document: Input, options: Options) -> Iterator[_Row]:
    header: list[str] | None = None
    for line, row in parse(document.without_mark(), ";"):
        cells = [c.strip() for c in row]
        if header is None:
            header = cells
            check_columns(document, header, COLUMNS, any_order="columns" in options.allow)
            continue
        if len(cells) != len(header):
            raise InputError(
                "a row with another number of fields than the header", file=document.name,
                row=line, found=len(cells), allowed=str(len(header)),
            )  # fmt: skip
        record = dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=True))
        number = record["Entity_LogicalId"]
        groups: dict[str, dict[str, str]] = {}
        for name, value in record.items():
            part, _, field = name.partition("_")
            if field:
                groups.setdefault(part, {})[field] = value
        yield line, "Entity", record["fileGenerationDate"], groups.pop("Entity")
        for part, fields in groups.items():
            if any(fields.values()):
                yield line, part, "", {**fields, "Entity": number}


def _from_xml(document: Input) -> Iterator[_Row]:
    ns = NAMESPACE
    generated = ""
    begin = document.head[:2048].partition(b"generationDate=")[2][1:11]
    if len(begin) == 10:
        generated = begin.decode("ascii", "replace")
    tag = f"{ns}sanctionEntity"
    for number, element in safe_xml.records(document, {tag}, {f"{ns}export"}):
        own = element.attrib
        fields = {
            "LogicalId": own.get("logicalId", ""),
            "EU_ReferenceNumber": own.get("euReferenceNumber", ""),
            "UnitedNationId": own.get("unitedNationId", ""),
            "DesignationDate": own.get("designationDate", ""),
            "DesignationDetails": own.get("designationDetails", ""),
            "Remark": safe_xml.text(element, f"{ns}remark"),
        }
        kind = element.find(f"{ns}subjectType")
        if kind is not None:
            fields["SubjectType"] = kind.get("code", "")
        law = element.find(f"{ns}regulation")
        if law is not None:
            fields |= {f"Regulation_{n[0].upper()}{n[1:]}": v for n, v in law.attrib.items()}
            fields["Regulation_PublicationUrl"] = safe_xml.text(law, f"{ns}publicationUrl")
        yield number, "Entity", generated, {k: v.strip() for k, v in fields.items()}
        for child in element:
            part = _ELEMENTS.get(child.tag.removeprefix(ns))
            if part is None:
                continue
            values_ = {
                _RENAMED.get(n, n[0].upper() + n[1:]): v.strip() for n, v in child.attrib.items()
            }
            if part == "BirthDate":
                values_ = {("BirthDate" if n == "Birthdate" else n): v for n, v in values_.items()}
            values_["Remark"] = safe_xml.text(child, f"{ns}remark")
            yield number, part, "", {**values_, "Entity": fields["LogicalId"]}


def _entity(
    fields: Mapping[str, str],
    found: dict[str, Entry],
    said: dict[str, tuple[str, str]],
    wrong: Wrong,
) -> None:
    number = fields["LogicalId"]
    if not (number.isascii() and number.isdigit()):
        raise wrong("not a number", "Entity_LogicalId", number, "digits")
    kinds = [fields.get(n, "") for n in ("SubjectType", "SubjectType_ClassificationCode")]
    kind = next((_TYPES[k.casefold()] for k in kinds if k.casefold() in _TYPES), "")
    if not kind:
        raise wrong("an unknown kind of entry", "Entity_SubjectType", kinds[0] or kinds[1],
                    "person, enterprise, P, E")  # fmt: skip
    since = _day(fields["DesignationDate"], "Entity_DesignationDate", wrong)
    if said.setdefault(number, (kind, since)) != (kind, since):
        raise wrong("rows of one number that disagree", "Entity_LogicalId", number,
                    "one type and date")  # fmt: skip
    if number in found:
        return
    entry = found[number] = Entry(LIST, f"entity {number}", "", reference=number)
    entry.type, entry.since = kind, since
    for scheme, name in (("eu-ref", "EU_ReferenceNumber"), ("un-ref", "UnitedNationId")):
        if fields[name]:
            entry.identifiers.append((scheme, fields[name], ""))
    entry.facts += [
        (word, fields[name])
        for word, name in (("remark", "Remark"), ("designationDetails", "DesignationDetails"))
        if fields[name]
    ]
    programme, title = (fields.get(f"Regulation_{n}", "") for n in ("Programme", "NumberTitle"))
    if programme:
        entry.listing["programmes"] = [programme]
    if title:
        entry.listing["citation"] = title
    for word, name in (("regulation_url", "PublicationUrl"),
                       ("regulation_in_force", "EntryIntoForceDate")):  # fmt: skip
        if fields.get(f"Regulation_{name}"):
            entry.listing[word] = fields[f"Regulation_{name}"]


def _part(
    part: str, fields: dict[str, str], found: dict[str, Entry], reading: Reading, wrong: Wrong
) -> None:
    entry = found[fields.pop("Entity")]

    def pop(name: str) -> str:
        return fields.pop(name, "")

    country = pop("CountryIso2Code")
    described = pop("CountryDescription")
    code = ""
    if country:
        try:
            code = values.country(country)
        except ValueError:
            if country not in ("00", "UNKNOWN"):
                reading.audit.notes[f"country not known: {country}"] += 1
    if part == "NameAlias":
        whole = pop("WholeName") or " ".join(
            n for n in (pop("FirstName"), pop("MiddleName"), pop("LastName")) if n
        )
        if not whole:
            raise wrong("a name without words", "NameAlias_WholeName", "")
        weak = pop("Strong").casefold() == "false"
        pair = (whole, model.WEAK_ALIAS if weak else model.ALIAS)
        _once(entry.aliases, pair)
        for word, name in (("title", "Title"), ("position", "Function"), ("gender", "Gender")):
            if value := pop(name):
                _once(entry.facts, (word, value))
        for name in ("FirstName", "MiddleName", "LastName"):  # parts of the whole name
            pop(name)
    elif part == "Address":
        names = ("Street", "PoBox", "Place", "City", "ZipCode", "Region")
        text = ", ".join(
            [*(v for n in names if (v := pop(n))), *([described] if described else ())]
        )
        if text and text != "UNKNOWN":
            _once(entry.addresses, text)
        if code:
            _once(entry.countries, code)
    elif part == "Citizenship":
        if code or described:
            _once(entry.facts, ("citizenship", code or described))
    elif part == "BirthDate":
        date = pop("BirthDate") or "-".join(
            p.zfill(2) for p in (pop("Year"), pop("Month"), pop("Day")) if p
        )
        if date:
            _once(entry.facts, ("birthDate", date))
        place = ", ".join(v for n in ("Place", "City", "Region") if (v := pop(n)))
        if place or described:
            _once(entry.facts, ("birthPlace", ", ".join(x for x in (place, described) if x)))
    else:
        _document(entry, fields, pop, code)
    reading.audit.rest({f"{part}_{n}": v for n, v in fields.items()})


def _document(
    entry: Entry, fields: Mapping[str, str], pop: Callable[[str], str], code: str
) -> None:
    number, kind = pop("Number") or pop("LatinNumber"), pop("TypeCode")
    label = pop("TypeDescription") or kind
    void = [n for n in _FLAGS if pop(n).casefold() == "true"]
    if not number:
        return
    scheme = _SCHEMES.get(kind.casefold())
    if scheme and "KnownFalse" not in void:
        _once(entry.identifiers, (scheme, number, f"{label} {number} {code.upper()}".strip()))
    else:
        marks = "".join(f" ({v})" for v in void)
        _once(entry.facts, ("identification", f"{label}: {number}{marks}"))


def _name(entry: Entry, document: Input) -> None:
    """Take the first full name for the entry's own."""
    if not entry.aliases:
        raise InputError("an entry without a name", file=document.name, field="NameAlias_WholeName",
                         row=entry.reference, row_word="entity")  # fmt: skip
    own = next((a for a in entry.aliases if a[1] == model.ALIAS), entry.aliases[0])
    others = [a for a in entry.aliases if a != own]
    entry.aliases = []
    if entry.type == "Person":
        entry.name = entry.raw_name = own[0]
    else:
        entry.add_names(own[0], ())
    entry.aliases += [a for a in others if a not in entry.aliases]


def _once(found: list[Any], item: Any) -> None:
    if item not in found:
        found.append(item)


def _day(text: str, field: str, wrong: Wrong) -> str:
    """Return a day, which the list writes as 2020-05-31 or 31/05/2020, perhaps with a time."""
    plain = text.partition("T")[0].strip()
    if not plain:
        return ""
    parts = plain.split("/")
    if len(parts) == 3:
        plain = "-".join(reversed(parts))
    try:
        return values.date(plain)
    except ValueError:
        raise wrong("no such date", field, text, "YYYY-MM-DD or DD/MM/YYYY") from None


FORMATS: Final = (
    Format("eu-fsf", "EU consolidated financial sanctions list, CSV 1.1", takes_csv, read_csv),
    Format("eu-fsf-xml", "EU consolidated financial sanctions list, XML 1.1", takes_xml, read_xml),
)
