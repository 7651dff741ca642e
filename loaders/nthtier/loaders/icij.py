"""ICIJ's Offshore Leaks Database: the CSVs of nodes and of relationships, given together.

Officers are people or companies, nobody says which; shareholders own a share that nobody says.
What ICIJ itself matched (``same_name_as``, ``similar`` …) is no relation and is only counted.
Layout: https://offshoreleaks.icij.org/pages/database
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from nthtier.graph import dates, model
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source, statement
from nthtier.graph.pile import Collected
from nthtier.loaders import table_set, values
from nthtier.loaders.reader import Format, Options, Reading, check_counts
from nthtier.loaders.reading import Input
from nthtier.loaders.rejects import Rejects

DATASET: Final = "icij-offshore-leaks"
_NODE: Final = ("sourceID", "valid_until", "note")
LAYOUTS: Final[table_set.Layouts] = {
    "relationships": (("node_id_start", "node_id_end", "rel_type"),
                      ("link", "status", "start_date", "end_date", "sourceID")),
    "entities": (
        ("node_id", "name", "jurisdiction", "company_type"),
        ("original_name", "former_name", "jurisdiction_description", "address", "internal_id",
         "incorporation_date", "inactivation_date", "struck_off_date", "dorm_date", "status",
         "service_provider", "ibcRUC", "country_codes", "countries", *_NODE),
    ),
    "others": (
        ("node_id", "name", "type", "jurisdiction"),
        ("incorporation_date", "struck_off_date", "closed_date", "jurisdiction_description",
         "countries", "country_codes", *_NODE),
    ),
    "intermediaries": (("node_id", "name", "status", "internal_id", "address"),
                       ("countries", "country_codes", *_NODE)),
    "addresses": (("node_id", "address", "name"), ("countries", "country_codes", *_NODE)),
    "officers": (("node_id", "name"), ("countries", "country_codes", *_NODE)),
}  # fmt: skip
RANGES: Final = {"entities": (400_000, 5_000_000), "officers": (400_000, 5_000_000),
                 "relationships": (1_000_000, 20_000_000)}  # fmt: skip
_FACTS: Final = {"company_type": "companyType", "status": "status", "sourceID": "leak",
                 "service_provider": "serviceProvider", "countries": "linkedCountry",
                 "type": "kind", "valid_until": "validUntil", "note": "remark"}  # fmt: skip
_DATES: Final = {"incorporation_date": "incorporationDate", "inactivation_date": "inactiveDate",
                 "struck_off_date": "struckOffDate", "dorm_date": "dormantDate",
                 "closed_date": "closedDate"}  # fmt: skip
#: A word in ``link`` → type of relation of an officer, first match.
_OFFICERS: Final = (("shareholder", "OWNS"), ("beneficial owner", "CONTROLS"),
                    ("owner", "OWNS"), ("director", "DIRECTOR_OF"),
                    ("president", "DIRECTOR_OF"), ("chairman", "DIRECTOR_OF"))  # fmt: skip
_MATCHES: Final = ("same_", "similar", "probably_same")
_LINKS: Final = frozenset({"intermediary_of", "connected_to", "underlying", "related_entity"})
_DATE: Final = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})\Z", re.ASCII)


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents that are files of this database."""
    found = [d for d in inputs if table_set.role(d, LAYOUTS)]
    return [d for d in found if {"node_id", "sourceID"} <= table_set.header(d)
             or "node_id_start" in table_set.header(d)]  # fmt: skip


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read the files of one edition."""
    files = table_set.gathered(inputs, LAYOUTS)
    if set(files) <= {"relationships", "addresses"}:
        raise InputError("the files of entities and officers are missing; load them together",
                         file=inputs[0].name, allowed="all files of the database")  # fmt: skip
    return [_Database(inputs, files, options).reading]


class _Database:
    """All files of one edition while they are read."""

    def __init__(
        self, inputs: Sequence[Input], files: dict[str, list[Input]], options: Options
    ) -> None:
        first, self.options = inputs[0], options
        self.source, date = table_set.edition(DATASET, inputs, options)
        self.reading = Reading(Batch(Source(self.source, DATASET, "")))
        self.said = Collected()
        self.rejects = Rejects(self.reading.audit)
        self.nodes: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        for role in ("addresses", "entities", "officers", "intermediaries", "others",
                     "relationships"):  # fmt: skip
            for document in files.get(role, ()):
                for line, record in table_set.rows(document, LAYOUTS[role], options):
                    self.reading.counts[role] += 1
                    where = f"{role} line {line}"
                    if role == "relationships":
                        self.relation(record, where)
                    else:
                        self.node(role, record, where)
                    self.reading.audit.rest(record)
                    self.said.settle()
        total = sum(self.reading.counts.values())
        self.rejects.check(total, first, options)
        ranges = {k: v for k, v in RANGES.items() if k in files}
        check_counts(self.reading.counts, ranges, first, options.allow)
        self.reading.batch = Batch(
            Source(
                id=self.source, dataset=DATASET, title="Offshore Leaks Database",
                publisher="International Consortium of Investigative Journalists", date=date,
                licence="ODbL 1.0 and CC BY-SA 4.0", sha256=table_set.digest(inputs),
                file=", ".join(sorted(d.name for d in inputs)), format="icij", records=total,
                allowed=tuple(sorted(options.allow)),
            ),
            self.said.recent,
        )  # fmt: skip
        self.reading.pile = self.said.pile

    def say(self, subject: str, predicate: str, where: str, **more: Any) -> None:
        self.said.recent.append(
            statement(subject, predicate, source=self.source, locator=where, **more)
        )

    def node(self, role: str, record: dict[str, str], where: str) -> None:
        number, name = record.pop("node_id"), record.pop("name")
        if not (number.isascii() and number.isdigit()):
            record.clear()
            return self.rejects.record("not a number, node_id", where, number)
        if number in self.nodes or number in self.addresses:
            record.clear()
            return self.rejects.record("a node twice", where, number)
        where = f"node {number}"
        if role == "addresses":
            self.addresses[number] = record.pop("address") or name
            return None
        if not name:
            record.clear()
            return self.rejects.record("a node without a name", where)
        self.nodes[number] = name
        key = _key(number)
        self.say(key, model.NAME, where, value=name)
        if role == "entities":  # of others nobody says whether they are people
            self.say(key, model.TYPE, where, value="Company")
        self.say(key, "id:icij", where, value=number)
        for column, word in (("original_name", ""), ("former_name", "formerName")):
            other = record.pop(column, "")
            if other and other != name:
                self.say(key, model.ALIAS, where, value=other)
                if word:
                    self.say(key, f"fact:{word}", where, value=other)
        place = record.pop("jurisdiction_description", "")
        code = values.named_country(place)
        if code:
            self.say(key, model.COUNTRY, where, value=code)
        elif place and place.casefold() not in ("undetermined", "not identified"):
            self.rejects.value("country not known", where, place)
        if address := record.pop("address", ""):
            self.say(key, model.ADDRESS, where, value=address)
        for column in ("internal_id", "ibcRUC"):
            if value := record.pop(column, ""):
                self.say(key, "id:registration", where, value=value, raw=f"{column} {value}")
        for column, word in _FACTS.items():
            if value := record.pop(column, ""):
                self.say(key, f"fact:{word}", where, value=value)
        for column, word in _DATES.items():
            if value := record.pop(column, ""):
                self.say(key, f"fact:{word}", where, value=_day(value) or value)
        return None

    def relation(self, record: dict[str, str], where: str) -> None:
        start, end, kind = (record.pop(n) for n in ("node_id_start", "node_id_end", "rel_type"))
        if kind.startswith(_MATCHES):
            self.reading.audit.notes[f"matches by ICIJ, not taken for relations: {kind}"] += 1
            return record.clear()
        link = record.pop("link")
        if kind == "registered_address":
            if start not in self.nodes or end not in self.addresses:
                return self.rejects.record("an address of nobody known", where, f"{start} {end}")
            return self.say(_key(start), model.ADDRESS, where, value=self.addresses[end])
        if start not in self.nodes or end not in self.nodes:
            return self.rejects.record("a relation of nodes that are not there", where,
                                       f"{start} {end}")  # fmt: skip
        if start == end:
            return self.rejects.record("a relation of a node to itself", where, start)
        days = []
        for column in ("start_date", "end_date"):
            text = record.pop(column)
            day = _day(text)
            if text and not day:
                self.rejects.value(f"no such date, {column}, left out", where, text)
            days.append(day)
        since, until = days
        if since and until and dates.start_day(since) > dates.end_day(until):
            self.rejects.value("ends before it begins, so its end is left out", where, until)
            until = ""
        plain = link.casefold()
        type_ = next((t for word, t in _OFFICERS if word in plain), "AFFILIATED_WITH")
        if kind != "officer_of":
            type_ = "AFFILIATED_WITH"
            if kind not in _LINKS:
                self.reading.audit.notes[f"kind of relation not known: {kind[:40]}"] += 1
        status, leak = record.pop("status"), record.pop("sourceID")
        note = "; ".join(t for t in (link or kind, status, leak) if t)
        self.say(_key(start), type_, where, object=_key(end), since=since, until=until, note=note)
        return None


def _key(number: str) -> str:
    return f"icij#icij-{number}"


def _day(text: str) -> str:
    """Return a day as the database writes it, ``23-MAR-2006`` or ISO; empty when it is none.

    >>> _day("23-MAR-2006"), _day("2006-03-23"), _day("soon")
    ('2006-03-23', '2006-03-23', '')
    """
    if _DATE.match(text):
        return values.date_in_form(text.title(), "%d-%b-%Y")
    try:
        return values.date(text.partition("T")[0].partition(" ")[0]) if text else ""
    except ValueError:
        return ""


FORMATS: Final = (Format("icij", "ICIJ Offshore Leaks, CSVs of nodes and relationships", takes,
                         read),)  # fmt: skip
