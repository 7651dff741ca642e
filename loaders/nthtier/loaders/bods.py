"""Open Ownership's Beneficial Ownership Data Standard 0.3 and 0.4, as JSON or JSON lines.

A statement is about an entity, a person or a relationship. Later statements of one record replace
earlier ones; a closed record ends on the day of the statement that closes it. Statements are
wrong one by one: those are left out and listed. Standard:
https://standard.openownership.org/en/0.4.0/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from nthtier.graph import dates
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.graph.pile import Collected
from nthtier.loaders import bods_statements, strict_json
from nthtier.loaders.bods_statements import Record, Wrong
from nthtier.loaders.editions import edition_date, source_id
from nthtier.loaders.ftm_statements import local
from nthtier.loaders.reader import Format, Options, Reading
from nthtier.loaders.reading import Input
from nthtier.loaders.rejects import Rejects

_OLD: Final = {"entityStatement": "entity", "personStatement": "person",
               "ownershipOrControlStatement": "relationship"}  # fmt: skip
_STATUS: Final = ("new", "updated", "closed")


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents that hold statements of the standard."""
    return [d for d in inputs if _looks_like(d.head[: 1 << 16])]


def _looks_like(head: bytes) -> bool:
    new = b'"statementId"' in head and b'"recordType"' in head
    old = b'"statementID"' in head and b'"statementType"' in head
    return head.lstrip()[:1] in (b"{", b"[") and (new or old)


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read documents; each is one source."""
    return [_read(document, options) for document in inputs]


def _read(document: Input, options: Options) -> Reading:
    name = document.path.name.partition(".")[0].casefold() or "bods"
    dataset = f"bods-{local(name)}"
    date = edition_date(document, options)
    source = source_id(dataset, date, document)
    reading = Reading(Batch(Source(source, dataset, "")))
    rejects = Rejects(reading.audit)
    records: dict[str, list[Record]] = {}
    alias: dict[str, str] = {}
    publishers: dict[str, None] = {}
    count = 0
    for where, value in _values(document):
        count += 1
        try:
            record = _record(value, where)
        except Wrong as error:
            rejects.record(error.why, where, error.found)
            continue
        if record.statement in alias:
            rejects.record("a statement twice", where, record.statement)
            continue
        alias[record.statement] = record.id
        records.setdefault(record.id, []).append(record)
        publisher = _publisher(value)
        if publisher:
            publishers[publisher] = None
    _replaced(records, alias)
    said = Collected()
    writer = bods_statements.Writer(source, dataset, said.recent, reading.audit, rejects, alias)
    while records:
        versions = records.pop(next(iter(records)))
        versions.sort(key=lambda r: dates.start_day(r.date))  # stable: the file's order on one day
        begin = len(said.recent)
        try:
            writer.take(versions)
        except Wrong as error:
            del said.recent[begin:]
            rejects.record(error.why, versions[-1].where, error.found)
            continue
        reading.counts[versions[-1].kind] += 1
        said.settle()
    rejects.check(count, document, options)
    if not len(said):
        raise InputError("no statement in it can be read", file=document.name,
                         found=f"{count} records")  # fmt: skip
    reading.batch = Batch(
        Source(
            id=source, dataset=dataset,
            title=f"Beneficial ownership statements of {document.path.name}",
            publisher="; ".join(publishers)[:200], date=date, sha256=document.sha256,
            file=document.name, format="bods", records=count,
            allowed=tuple(sorted(options.allow)),
        ),
        said.recent,
    )  # fmt: skip
    reading.pile = said.pile
    return reading


def _values(document: Input) -> Iterator[tuple[str, Any]]:
    """Yield statements of a list, of a line each, or of one object with a list in it."""
    if document.head.lstrip()[:1] == b"[":
        found = strict_json.parse(document, document.text())
        for number, value in enumerate(found, 1):
            yield f"statement {number}", value
        return
    for number, line in enumerate(document.stream(), 1):
        if line.strip():
            value = strict_json.parse(document, line.rstrip("\r\n"), number)
            yield f"line {number}", value


def _record(value: Any, where: str) -> Record:
    if not isinstance(value, dict):
        raise Wrong("not a statement", type(value).__name__)
    new = "recordType" in value
    statement = _word(value, "statementId" if new else "statementID")
    kind = _word(value, "recordType") if new else _OLD.get(_word(value, "statementType"), "")
    if kind not in ("entity", "person", "relationship"):
        raise Wrong("an unknown kind of statement", value.get("recordType" if new else
                                                              "statementType"))  # fmt: skip
    id_ = _word(value, "recordId") if new else statement
    details = value.get("recordDetails", {}) if new else value
    if not statement or not id_:
        raise Wrong("a statement without an id", statement or id_)
    if not isinstance(details, dict):
        raise Wrong("a statement without details", statement)
    status = _word(value, "recordStatus") if new else "new"
    if status not in _STATUS and status:
        raise Wrong("an unknown status", status)
    date = _word(value, "statementDate").partition("T")[0]
    try:
        dates.start_day(date)
    except ValueError:
        raise Wrong("no such date, statementDate", date) from None
    replaces = value.get("replacesStatements")
    earlier = [r for r in replaces if isinstance(r, str)] if isinstance(replaces, list) else []
    return Record(id_, statement, kind, status or "new", date, details, where, new, earlier)


def _word(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Wrong(f"not a text, {name}", found)
    return found.strip()


def _publisher(value: dict[str, Any]) -> str:
    details = value.get("publicationDetails")
    publisher = details.get("publisher") if isinstance(details, dict) else None
    name = publisher.get("name") if isinstance(publisher, dict) else None
    return name.strip() if isinstance(name, str) else ""


def _replaced(records: dict[str, list[Record]], alias: dict[str, str]) -> None:
    """Join the statements of 0.3 that replace each other to versions of one record."""
    for versions in list(records.values()):
        for record in versions:
            for earlier in record.replaces:
                old = alias.get(earlier)
                if old is None or old == record.id or record.new or old not in records:
                    continue
                moved = records.pop(old)
                records.setdefault(record.id, []).extend(moved)
                for name, id_ in alias.items():
                    if id_ == old:
                        alias[name] = record.id


FORMATS: Final = (
    Format("bods", "Beneficial Ownership Data Standard 0.3 and 0.4, JSON", takes, read),
)
