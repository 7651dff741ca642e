"""GLEIF's records as flat columns, from the XML or the CSV of the same golden copy.

The CSV is the XML with paths for column names (``Entity.LegalAddress.City``) and numbers where an
element repeats; a record of either has only the columns that hold something.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element

from nthtier.graph.errors import InputError
from nthtier.loaders import safe_xml
from nthtier.loaders.reading import Input
from nthtier.loaders.rows import check_columns, parse

#: Dataset → namespace, first element, record, header, columns that a CSV must have.
_LAYOUTS: Final[dict[str, tuple[str, str, str, str, tuple[str, ...]]]] = {
    "gleif-lei": (
        "http://www.gleif.org/data/schema/leidata/2016", "LEIData", "LEIRecord", "LEIHeader",
        ("LEI", "Entity.LegalName", "Entity.LegalJurisdiction", "Entity.EntityStatus",
         "Entity.LegalAddress.Country", "Registration.RegistrationStatus"),
    ),
    "gleif-rr": (
        "http://www.gleif.org/data/schema/rr/2016", "RelationshipData", "RelationshipRecord",
        "Header",
        ("Relationship.StartNode.NodeID", "Relationship.EndNode.NodeID",
         "Relationship.RelationshipType", "Relationship.RelationshipStatus"),
    ),
    "gleif-repex": (
        "http://www.gleif.org/data/schema/repex/2016", "ReportingExceptionData", "Exception",
        "Header", ("LEI", "Exception.Category", "Exception.Reason.1"),
    ),
}  # fmt: skip
_NUMBERED: Final = frozenset({
    "OtherEntityName", "TransliteratedOtherEntityName", "OtherAddress",
    "TransliteratedOtherAddress", "AdditionalAddressLine", "SuccessorEntity", "LegalEntityEvent",
    "RelationshipPeriod", "RelationshipQualifier", "RelationshipQuantifier", "ExceptionReason",
    "ExceptionReference", "OtherValidationAuthority", "AffectedField",
})  # fmt: skip
#: Elements that the CSV names otherwise; an empty name is left out of the path.
_RENAMED: Final = {
    "RelationshipPeriods": "", "RelationshipPeriod": "Period", "StartDate": "startDate",
    "EndDate": "endDate", "PeriodType": "periodType", "RelationshipQuantifiers": "",
    "RelationshipQuantifier": "Quantifiers", "RelationshipQualifiers": "",
    "RelationshipQualifier": "Qualifiers", "ExceptionCategory": "Exception.Category",
    "ExceptionReason": "Exception.Reason", "ExceptionReference": "Exception.Reference",
}  # fmt: skip
#: Tags within one place that are remembered; the layouts have some forty at most.
_MOST_KNOWN: Final = 256
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def kind(document: Input) -> str:
    """Return the dataset that a document is of; empty when it is none of GLEIF's."""
    head = document.head[:65536]
    for dataset, (namespace, root, _, _, columns) in _LAYOUTS.items():
        if namespace.encode() in head[:4096] and root.encode() in head[:4096]:
            return dataset
        line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
        names = {c.strip().strip('"') for c in line.decode("utf-8", "replace").split(",")}
        if names.issuperset(columns[:3]):
            return dataset
    return ""


def header(document: Input) -> dict[str, str]:
    """Return the header of an XML document (``ContentDate``, ``RecordCount`` …); else nothing."""
    dataset = kind(document)
    if not dataset or not safe_xml.is_xml(document):
        return {}
    namespace, root, _, name, _ = _LAYOUTS[dataset]
    ns = f"{{{namespace}}}"
    for _, element in safe_xml.records(document, {ns + name}, {ns + root}):
        return {c.tag.removeprefix(ns): (c.text or "").strip() for c in element}
    return {}


def records(document: Input, dataset: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the records of a document with their numbers from 1, as columns.

    Raises:
        InputError: it is not whole, or lacks columns of the layout.
    """
    namespace, root, record, _, columns = _LAYOUTS[dataset]
    if safe_xml.is_xml(document):
        ns = f"{{{namespace}}}"
        for number, element in safe_xml.records(document, {ns + record}, {ns + root}):
            found: dict[str, str] = {}
            _flatten(element, "", found)
            yield number, found
        return
    names: list[str] | None = None
    for number, (line, fields) in enumerate(parse(document.without_mark())):
        if names is None:
            names = [f.strip() for f in fields]
            check_columns(document, names, columns, any_order=set(columns) <= set(names))
            continue
        if len(fields) != len(names):
            raise InputError(
                "a row with another number of fields than the header", file=document.name,
                row=line, found=len(fields), allowed=str(len(names)),
            )  # fmt: skip
        yield number, {n: v for n, v in zip(names, fields, strict=True) if v}


class _Columns(dict[str, tuple[str, bool]]):
    """The columns of elements within a place by their tags, and whether they are numbered."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __missing__(self, tag: str) -> tuple[str, bool]:
        plain = tag.rpartition("}")[2]
        name = _RENAMED.get(plain, plain)
        place = self._place
        found = f"{place}.{name}" if place and name else place or name, plain in _NUMBERED
        if len(self) < _MOST_KNOWN:
            self[tag] = found
        return found


_within: Final = lru_cache(maxsize=8192)(_Columns)


def _flatten(element: Element, place: str, found: dict[str, str]) -> None:
    columns = _within(place)
    counts: dict[str, int] = {}
    for child in element:
        path, numbered = columns[child.tag]
        if numbered:
            counts[path] = counts.get(path, 0) + 1
            path = f"{path}.{counts[path]}"
        if len(child):
            _flatten(child, path, found)
        elif (text := child.text) and (text := text.strip()):
            found[path] = text
        for attribute, value in child.items():
            found[_mark(path, attribute)] = value


@lru_cache(maxsize=8192)
def _mark(path: str, attribute: str) -> str:
    """Return the column of an attribute of an element."""
    return f"{path}.{'xmllang' if attribute == _LANG else attribute}"


@lru_cache(maxsize=4096)
def place(column: str) -> str:
    """Return the part of a record that a column is of, without what numbers it.

    >>> place("Entity.OtherAddresses.OtherAddress.2.City"), place("Extension.Geocoding.lat")
    ('Entity.OtherAddresses', 'Extension.Geocoding')
    """
    return ".".join(column.split(".")[:2])
