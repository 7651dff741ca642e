"""GLEIF's golden copy and delta files, XML or CSV: who is who, who consolidates whom, and why not.

Level 1 (LEI-CDF 3.1) describes legal entities, level 2 (RR-CDF 2.1) relates them, reporting
exceptions (2.1) say why a parent is not named. Consolidation in accounts is control; it is no
share, whatever its quantifier says. Records are wrong one by one: those are left out and listed.
Layouts: https://www.gleif.org/en/lei-data/access-and-use-lei-data
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nthtier.graph import dates, model
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Plain, Source, Statement, describer, statement
from nthtier.graph.pile import Collected
from nthtier.loaders import gleif_records, values
from nthtier.loaders.editions import edition_date, source_id
from nthtier.loaders.reader import Format, Options, Reading, check_counts
from nthtier.loaders.reading import Input
from nthtier.loaders.rejects import Rejects

#: Least and most records of a golden copy.
RANGES: Final = {
    "gleif-lei": {"records": (1_500_000, 20_000_000)},
    "gleif-rr": {"records": (200_000, 10_000_000)},
    "gleif-repex": {"records": (2_000_000, 40_000_000)},
}
TITLES: Final = {
    "gleif-lei": "LEI golden copy, level 1 (who is who)",
    "gleif-rr": "LEI golden copy, level 2 (who consolidates whom)",
    "gleif-repex": "LEI golden copy, reporting exceptions",
}
_CATEGORIES: Final = {
    "GENERAL": "Company", "FUND": "Organization", "BRANCH": "Organization",
    "SOLE_PROPRIETOR": "LegalEntity", "RESIDENT_GOVERNMENT_ENTITY": "PublicBody",
    "INTERNATIONAL_ORGANIZATION": "Organization",
}  # fmt: skip
#: Relationship → (type, whether the end node is the one that controls, what the note says).
RELATIONS: Final[dict[str, tuple[str, bool, str]]] = {
    "IS_DIRECTLY_CONSOLIDATED_BY": ("CONTROLS", True, "direct accounting consolidation, no share"),
    "IS_ULTIMATELY_CONSOLIDATED_BY": ("CONTROLS", True,
                                      "ultimate accounting consolidation, no share"),
    "IS_INTERNATIONAL_BRANCH_OF": ("CONTROLS", True, "international branch"),
    "IS_FUND-MANAGED_BY": ("AFFILIATED_WITH", False, "fund and its manager"),
    "IS_SUBFUND_OF": ("AFFILIATED_WITH", False, "sub-fund and umbrella fund"),
    "IS_FEEDER_TO": ("AFFILIATED_WITH", False, "feeder fund and master fund"),
}  # fmt: skip
#: A registration that was withdrawn says nothing any more.
_VOID: Final = frozenset({"ANNULLED", "DUPLICATE", "CANCELLED"})
_ADDRESS: Final = (
    "FirstAddressLine",
    "AdditionalAddressLine.1",
    "AdditionalAddressLine.2",
    "AdditionalAddressLine.3",
    "City",
    "Region",
    "PostalCode",
    "Country",
)
_PLACES: Final = tuple(
    (tuple(f"{place}.{part}" for part in _ADDRESS), f"{place}.xmllang")
    for place in ("Entity.LegalAddress", "Entity.HeadquartersAddress")
)
_FACTS: Final = {
    "Entity.EntityStatus": "fact:entityStatus",
    "Registration.RegistrationStatus": "fact:registrationStatus",
    "Entity.LegalForm.EntityLegalFormCode": "fact:legalFormCode",
    "Entity.LegalForm.OtherLegalForm": "fact:legalForm",
    "Entity.EntityExpirationReason": "fact:expirationReason",
}  # fmt: skip
_SUCCESSOR: Final = tuple(
    f"Entity.SuccessorEntity.1.{part}" for part in ("SuccessorLEI", "SuccessorEntityName")
)
_DATES: Final = {"Entity.EntityCreationDate": "fact:incorporationDate",
                 "Entity.EntityExpirationDate": "fact:dissolutionDate"}  # fmt: skip

Record = dict[str, str]


@dataclass(slots=True)
class _Context:
    """What reading a record needs: where its statements go, and who was named before."""

    source: str
    found: list[Statement | Plain]
    rejects: Rejects
    named: set[str] = field(default_factory=set)

    def say(self, subject: str, predicate: str, where: str, **more: Any) -> None:
        self.found.append(statement(subject, predicate, source=self.source, locator=where, **more))

    def entity(self, lei: str, where: str) -> str:
        """Return the key of an entity, and say its LEI the first time."""
        key = f"lei:{lei}"
        if lei not in self.named:
            self.named.add(lei)
            self.say(key, "id:lei", where, value=lei)
        return key


class _Wrong(Exception):  # noqa: N818 - a record is left out, the load goes on
    """Why a record is left out, and what was found."""


def _taker(dataset: str) -> Callable[[Sequence[Input]], list[Input]]:
    return lambda inputs: [d for d in inputs if gleif_records.kind(d) == dataset]


def _reader(dataset: str, take: Callable[[_Context, Record, str], None]) -> Any:
    def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
        return [_read(d, options, dataset, take) for d in inputs]

    return read


def _read(
    document: Input,
    options: Options,
    dataset: str,
    take: Callable[[_Context, Record, str], None],
) -> Reading:
    header = gleif_records.header(document)
    try:
        told = values.date(header.get("ContentDate", "")[:10]) if header else ""
    except ValueError:
        raise InputError("no such date", file=document.name, field="ContentDate",
                         found=header["ContentDate"]) from None  # fmt: skip
    date = options.known or told or edition_date(document, options)
    source = source_id(dataset, date, document)
    reading = Reading(Batch(Source(source, dataset, "")))
    said = Collected()
    context = _Context(source, said.recent, Rejects(reading.audit))
    left: Counter[tuple[str, ...]] = Counter()
    count = 0
    for number, record in gleif_records.records(document, dataset):
        count += 1
        begin = len(context.found)
        where = f"record {number}"
        try:
            take(context, record, where)
        except _Wrong as error:
            del context.found[begin:]
            context.rejects.record(str(error.args[0]), where, error.args[1])
            continue
        left[tuple(record)] += 1
        said.settle()
    for columns, times in left.items():
        for column in columns:
            reading.audit.unused[gleif_records.place(column)] += times
    context.rejects.check(count, document, options)
    declared = header.get("RecordCount", "")
    if declared and declared != str(count) and "counts" not in options.allow:
        raise InputError(
            "not as many records as the header says; the file may be cut short "
            "(--allow counts loads it all the same)",
            file=document.name, field="RecordCount", found=count, allowed=declared,
        )  # fmt: skip
    reading.counts["records"] = count
    check_counts(reading.counts, RANGES[dataset], document, options.allow)
    reading.batch = Batch(
        Source(
            id=source, dataset=dataset, title=TITLES[dataset],
            publisher="Global Legal Entity Identifier Foundation", date=date, licence="CC0 1.0",
            sha256=document.sha256, file=document.name, format=dataset, records=count,
            allowed=tuple(sorted(options.allow)),
        ),
        said.statements(),
    )  # fmt: skip
    reading.pile = said.pile
    return reading


def _lei(text: str) -> str:
    try:
        return values.identifier("lei", text)
    except ValueError:
        raise _Wrong("not a valid LEI", text) from None


def _day(record: Record, name: str) -> str:
    """Return the day of a point in time, which GLEIF writes with zone."""
    text = record.pop(name, "").strip()
    if not text:
        return ""
    plain = text.partition("T")[0]
    try:
        dates.span(plain)
    except ValueError:
        raise _Wrong(f"no such date, {name}", text) from None
    return plain


def _level_1(context: _Context, record: Record, where: str) -> None:
    lei = _lei(record.pop("LEI", ""))
    key, locator = f"lei:{lei}", f"LEI {lei}"
    if lei in context.named:
        raise _Wrong("an LEI twice", lei)
    if record.get("Registration.RegistrationStatus", "") in _VOID:
        raise _Wrong("a registration that was withdrawn", lei)

    say = describer(key, context.source, locator, context.found)
    pop = record.pop
    name = pop("Entity.LegalName", "").strip()
    if not name:
        raise _Wrong("an entity without a name", lei)
    say(model.NAME, name, lang=pop("Entity.LegalName.xmllang", ""))
    _other_names(record, name, say)
    say("id:lei", lei)
    say(model.TYPE, _CATEGORIES.get(pop("Entity.EntityCategory", ""), "LegalEntity"))
    countries: dict[str, None] = {}
    addresses: dict[str, None] = {}
    for parts, language in _PLACES:
        country = record.get(parts[-1], "")
        if country:
            countries[country] = None
        text = ", ".join([v for p in parts if p in record and (v := pop(p).strip())])
        if text:
            addresses[text] = None
        pop(language, None)
    countries[pop("Entity.LegalJurisdiction", "")[:2]] = None
    for country in countries:
        if country:
            try:
                say(model.COUNTRY, values.country(country))
            except ValueError:
                context.rejects.value("country not known", locator, country)
    for address in addresses:
        say(model.ADDRESS, address)
    _registered(context, record, say, locator)
    for column, fact in _FACTS.items():
        if value := pop(column, "").strip():
            say(fact, value)
    ended = ""
    for column, fact in _DATES.items():
        if day := _day(record, column):
            say(fact, day)
            ended = day if fact == "fact:dissolutionDate" else ended
    _successors(context, record, key, locator, ended)
    context.named.add(lei)


def _other_names(record: Record, name: str, say: Callable[..., None]) -> None:
    said = {name}
    for group in ("OtherEntityName", "TransliteratedOtherEntityName"):
        if f"Entity.{group}s.{group}.1" not in record:
            continue
        for number in range(1, 100):
            column = f"Entity.{group}s.{group}.{number}"
            other = record.pop(column, "").strip()
            if not other:
                break
            kind = record.pop(f"{column}.type", "")
            lang = record.pop(f"{column}.xmllang", "")
            if other not in said:
                said.add(other)
                say(model.ALIAS, other, lang=lang)
                if kind == "PREVIOUS_LEGAL_NAME":
                    say("fact:formerName", other)


def _registered(context: _Context, record: Record, say: Callable[..., None], locator: str) -> None:
    authority = "Entity.RegistrationAuthority."
    number = record.pop(f"{authority}RegistrationAuthorityEntityID", "").strip()
    register = (record.pop(f"{authority}RegistrationAuthorityID", "")
                or record.pop(f"{authority}OtherRegistrationAuthorityID", "")).strip()  # fmt: skip
    if not number:
        return
    say("id:registration", number, raw=f"{register} {number}".strip())
    if len(number) == 18:
        try:
            say("id:uscc", values.identifier("uscc", number), raw=f"{register} {number}")
        except ValueError:
            return  # another register's number of that length


def _successors(context: _Context, record: Record, key: str, locator: str, ended: str) -> None:
    if _SUCCESSOR[0] not in record and _SUCCESSOR[1] not in record:
        return
    for number in range(1, 100):
        column = f"Entity.SuccessorEntity.{number}"
        lei = record.pop(f"{column}.SuccessorLEI", "").strip()
        name = record.pop(f"{column}.SuccessorEntityName", "").strip()
        record.pop(f"{column}.SuccessorEntityName.xmllang", None)
        if not lei and not name:
            return
        if lei:
            target = f"lei:{_lei(lei)}"
        else:
            target = f"gleif-lei#~{name.replace('#', ' ')}"
            context.say(target, model.MENTION, locator, value=name)
        if target == key:
            context.rejects.value("an entity that succeeds itself", locator)
            continue
        context.say(key, "SUCCEEDED_BY", locator, object=target, raw=name, since=ended)


def _level_2(context: _Context, record: Record, where: str) -> None:
    ends = []
    for node in ("StartNode", "EndNode"):
        kind = record.pop(f"Relationship.{node}.NodeIDType", "LEI")
        if kind != "LEI":
            raise _Wrong(f"a node without an LEI, {node}", kind)
        ends.append(_lei(record.pop(f"Relationship.{node}.NodeID", "")))
    start, end = ends
    if start == end:
        raise _Wrong("a relation of an entity to itself", start)
    named = record.pop("Relationship.RelationshipType", "").strip()
    if named not in RELATIONS:
        raise _Wrong("an unknown type of relationship", named)
    type_, reverse, note = RELATIONS[named]
    status = record.pop("Registration.RegistrationStatus", "")
    if status in _VOID:
        raise _Wrong("a registration that was withdrawn", status)
    since, until = _period(record)
    active = record.pop("Relationship.RelationshipStatus", "") == "ACTIVE"
    if not active and not until:
        raise _Wrong("inactive, and nobody says since when", named)
    props = _quantifier(record)
    lapsed = "; its registration has lapsed" if status == "LAPSED" else ""
    locator = f"{start} {named} {end}"
    keys = [context.entity(lei, locator) for lei in ends]
    if reverse:
        keys.reverse()
    context.say(keys[0], type_, locator, object=keys[1], since=since, until=until,
                note=note + lapsed, props=props)  # fmt: skip


def _period(record: Record) -> tuple[str, str]:
    since = until = ""
    for number in range(1, 20):
        column = f"Relationship.Period.{number}"
        kind = record.pop(f"{column}.periodType", "")
        if not kind and f"{column}.startDate" not in record:
            break
        first, last = _day(record, f"{column}.startDate"), _day(record, f"{column}.endDate")
        if kind in ("RELATIONSHIP_PERIOD", ""):
            since, until = since or first, until or last
    if since and until and dates.start_day(since) > dates.end_day(until):
        raise _Wrong("it ends before it begins", until)
    return since, until


def _quantifier(record: Record) -> Mapping[str, str] | None:
    """Return the percentage that is consolidated: how accounts are drawn up, not who owns what."""
    for number in range(1, 20):
        column = f"Relationship.Quantifiers.{number}"
        unit = record.pop(f"{column}.QuantifierUnits", "")
        amount = record.pop(f"{column}.QuantifierAmount", "")
        method = record.pop(f"{column}.MeasurementMethod", "")
        if not (unit or amount or method):
            return None
        if amount and unit in ("", "PERCENTAGE"):
            return {"consolidated_percent": amount}
    return None


def _exception(context: _Context, record: Record, where: str) -> None:
    lei = _lei(record.pop("LEI", ""))
    category = record.pop("Exception.Category", "").strip()
    word = {
        "DIRECT_ACCOUNTING_CONSOLIDATION_PARENT": "directParentException",
        "ULTIMATE_ACCOUNTING_CONSOLIDATION_PARENT": "ultimateParentException",
    }.get(category)
    if word is None:
        raise _Wrong("an unknown category of exception", category)
    reasons = []
    for number in range(1, 20):
        reason = record.pop(f"Exception.Reason.{number}", "").strip()
        if not reason:
            break
        reasons.append(reason)
    if not reasons:
        raise _Wrong("an exception without a reason", lei)
    locator = f"LEI {lei} {category}"
    key = context.entity(lei, locator)
    for reason in reasons:
        context.say(key, f"fact:{word}", locator, value=reason)


def _format(dataset: str, take: Callable[[_Context, Record, str], None]) -> Format:
    return Format(dataset, f"GLEIF {TITLES[dataset]}, XML or CSV", _taker(dataset),
                  _reader(dataset, take))  # fmt: skip


FORMATS: Final = (
    _format("gleif-lei", _level_1),
    _format("gleif-rr", _level_2),
    _format("gleif-repex", _exception),
)
