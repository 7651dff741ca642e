"""ETO's chip supply chain: who provides which input, and what goes into what.

``inputs``, ``providers``, ``provision``, ``sequence`` (and ``stages``) CSV files, given together.
It says who *could* supply, never who does: all of it is PROVIDES_INPUT, from a provider to an
input and from an input to what it goes into. Shares are of a market and no stake. Layout:
https://eto.tech/dataset-docs/chipexplorer/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nthtier.graph import model
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source, Statement, statement
from nthtier.loaders import table_set, values
from nthtier.loaders.ftm_statements import local
from nthtier.loaders.reader import Format, Options, Reading, check_counts
from nthtier.loaders.reading import Input
from nthtier.loaders.rejects import Rejects

DATASET: Final = "eto-chips"
LAYOUTS: Final[table_set.Layouts] = {
    "provision": (
        ("provider_name", "provider_id", "provided_name", "provided_id"),
        ("share_provided", "year", "source", "minor_share", "negligible_market_share"),
    ),
    "providers": (("provider_name", "provider_id", "provider_type"), ("alias", "country")),
    "sequence": (("input_name", "input_id", "goes_into_name", "goes_into_id"),
                 ("is_type_of_name", "is_type_of_id")),
    "inputs": (
        ("input_id", "input_name", "type"),
        ("stage_name", "stage_id", "description", "year", "market_share_chart_source",
         "market_share_chart_caption", "market_share_chart_global_market_size_info"),
    ),
    "stages": (("stage_name", "stage_id"), ("description", "start_date", "end_date")),
}  # fmt: skip
RANGES: Final = {"inputs": (50, 2_000), "providers": (100, 20_000), "provision": (300, 100_000)}


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents that are files of this set, if what makes it one is among them."""
    found = [d for d in inputs if table_set.role(d, LAYOUTS)]
    roles = {table_set.role(d, LAYOUTS) for d in found}
    return found if roles & {"provision", "providers", "sequence", "inputs"} else []


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read the files of one edition."""
    files = table_set.gathered(inputs, LAYOUTS)
    missing = [r for r in ("inputs", "providers", "provision") if r not in files]
    if missing:
        raise InputError(
            f"the set is not whole: give the file of {' and that of '.join(missing)} too",
            file=inputs[0].name, allowed="all files in one command",
        )  # fmt: skip
    return [_Chips(inputs, files, options).reading]


class _Chips:
    """All files of one edition while they are read."""

    def __init__(
        self, inputs: Sequence[Input], files: dict[str, list[Input]], options: Options
    ) -> None:
        first = inputs[0]
        self.source, date = table_set.edition(DATASET, inputs, options)
        self.reading = Reading(Batch(Source(self.source, DATASET, "")))
        self.found: list[Statement] = self.reading.batch.statements
        self.rejects = Rejects(self.reading.audit)
        self.known: set[str] = set()
        self.countries: dict[str, str] = {}
        steps = {"inputs": self._input, "providers": self._provider, "provision": self._provision,
                 "sequence": self._sequence}  # fmt: skip
        for role, take in steps.items():
            for document in files.get(role, ()):
                for line, record in table_set.rows(document, LAYOUTS[role], options):
                    self.reading.counts[role] += 1
                    take(record, f"{role} line {line}")
                    self.reading.audit.rest(record)
        for document in files.get("stages", ()):
            count = sum(1 for _ in table_set.rows(document, LAYOUTS["stages"], options))
            self.reading.audit.unused["stages"] += count  # each input names its stage
        total = sum(self.reading.counts.values())
        self.rejects.check(total, first, options)
        check_counts(self.reading.counts, RANGES, first, options.allow)
        self.reading.batch = Batch(
            Source(
                id=self.source, dataset=DATASET, title="Advanced semiconductor supply chain",
                publisher="Emerging Technology Observatory, CSET", date=date,
                sha256=table_set.digest(inputs), file=", ".join(sorted(d.name for d in inputs)),
                format="eto-chips", records=total, allowed=tuple(sorted(options.allow)),
            ),
            self.found,
        )  # fmt: skip

    def say(self, subject: str, predicate: str, where: str, **more: Any) -> None:
        self.found.append(statement(subject, predicate, source=self.source, locator=where, **more))

    def _new(self, id_: str, name: str, record: dict[str, str], where: str) -> str:
        """Return the key of a new node, or nothing where it cannot be one."""
        if not id_ or not name:
            record.clear()
            self.rejects.record("a row without id or name", where, id_ or name)
            return ""
        if id_ in self.known or id_ in self.countries:
            record.clear()
            self.rejects.record("an id twice", where, id_)
            return ""
        return _key(id_)

    def _input(self, record: dict[str, str], where: str) -> None:
        id_, name = record.pop("input_id"), record.pop("input_name")
        key = self._new(id_, name, record, where)
        if not key:
            return
        self.known.add(id_)
        self.say(key, model.NAME, where, value=name)
        for column, word in (("type", "inputKind"), ("stage_name", "stage")):
            if value := record.pop(column):
                self.say(key, f"fact:{word}", where, value=value)
        if text := record.pop("description"):
            self.say(key, model.NOTE, where, value=text)
        record.pop("stage_id")

    def _provider(self, record: dict[str, str], where: str) -> None:
        id_, name, kind = (record.pop(f"provider_{n}") for n in ("id", "name", "type"))
        country = record.pop("country")
        if kind not in ("country", "organization"):
            record.clear()
            return self.rejects.record("an unknown kind of provider", where, kind)
        key = self._new(id_, name, record, where)
        if not key:
            return None
        if kind == "country":
            self.countries[id_] = name
            return None
        self.known.add(id_)
        self.say(key, model.NAME, where, value=name)
        self.say(key, model.TYPE, where, value="Organization")
        for alias in (a.strip() for a in record.pop("alias").split(";")):
            if alias and alias != name:
                self.say(key, model.ALIAS, where, value=alias)
        code = values.named_country(country)
        if code:
            self.say(key, model.COUNTRY, where, value=code)
        elif country:
            self.rejects.value("country not known", where, country)
        return None

    def _provision(self, record: dict[str, str], where: str) -> None:
        who, what = record.pop("provider_id"), record.pop("provided_id")
        name, _ = record.pop("provider_name"), record.pop("provided_name")
        share, year, source = (record.pop(n) for n in ("share_provided", "year", "source"))
        if what not in self.known or (who not in self.known and who not in self.countries):
            return self.rejects.record("a provider or an input that is not there", where,
                                       f"{who} {what}")  # fmt: skip
        if who in self.countries:
            text = f"{name or self.countries[who]}: {share or 'share not said'}"
            return self.say(_key(what), "fact:providerCountry", where, value=text)
        if who == what:
            return self.rejects.record("an input that provides itself", where, who)
        props = {k: v for k, v in (("market_share", share), ("year", year), ("source", source))
                 if v}  # fmt: skip
        return self.say(_key(who), "PROVIDES_INPUT", where, object=_key(what), props=props)

    def _sequence(self, record: dict[str, str], where: str) -> None:
        start = record.pop("input_id")
        record.pop("input_name")
        for id_, name, note in (("goes_into_id", "goes_into_name", "goes into"),
                                ("is_type_of_id", "is_type_of_name", "is a type of")):  # fmt: skip
            end, _ = record.pop(id_), record.pop(name)
            if not end:
                continue
            if start not in self.known or end not in self.known or start == end:
                self.rejects.record("a step between inputs that are not there", where,
                                    f"{start} {end}")  # fmt: skip
                continue
            self.say(_key(start), "PROVIDES_INPUT", where, object=_key(end), note=note)


def _key(id_: str) -> str:
    return f"{DATASET}#{local(f'eto-{id_}')}"


FORMATS: Final = (Format("eto-chips", "ETO chip supply chain, CSV files", takes, read),)
