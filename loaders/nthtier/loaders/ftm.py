"""FollowTheMoney: entities as JSON lines, nested targets, statements CSV, and simple targets CSV.

What companies and people are becomes statements about them, what stands between them a relation,
a Sanction of a list that is known a listing. Nothing but this table of schemata is needed to read
them. Records are wrong one by one: those are left out and listed. Model:
https://followthemoney.tech/explorer/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Source
from nthtier.graph.pile import Collected
from nthtier.loaders import ftm_statements, strict_json
from nthtier.loaders.editions import edition_date, source_id
from nthtier.loaders.ftm_statements import EDGES, NODES, Entity, Writer, Wrong
from nthtier.loaders.reader import Format, Options, Reading
from nthtier.loaders.reading import Input
from nthtier.loaders.rejects import Rejects
from nthtier.loaders.rows import check_columns, parse

#: Of a statements CSV: the columns that are read, and those it may have besides.
STATEMENTS: Final = ("canonical_id", "entity_id", "prop", "schema", "value", "dataset")
_STATEMENTS_MORE: Final = ("id", "prop_type", "lang", "original_value", "external", "first_seen",
                           "last_seen", "origin")  # fmt: skip
TARGETS: Final = (
    "id", "schema", "name", "aliases", "birth_date", "countries", "addresses", "identifiers",
    "sanctions", "phones", "emails", "dataset", "first_seen", "last_seen",
)  # fmt: skip
_TARGETS_MORE: Final = ("program_ids", "last_change", "target")
#: Deepest nesting of entities in a nested target.
_DEPTH: Final = 8


def takes_json(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents whose first line is an entity."""
    return [d for d in inputs if _looks_like(d)]


def _looks_like(document: Input) -> bool:
    line = document.head.lstrip().partition(b"\n")[0]
    return line.startswith(b"{") and b'"schema"' in line and b'"properties"' in line


def takes_statements(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents with the columns of statements."""
    return [d for d in inputs if {"canonical_id", "prop", "schema"} <= _header(d)]


def takes_targets(inputs: Sequence[Input]) -> list[Input]:
    """Return the documents with the columns of simple targets."""
    return [d for d in inputs if {"schema", "birth_date", "sanctions"} <= _header(d)]


def _header(document: Input) -> set[str]:
    head = document.head[:4096].partition(b"\n")[0]
    return {c.strip().strip('"') for c in head.decode("utf-8", "replace").split(",")}


def read_json(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read entities, nested or not, one on each line."""
    return [_read(d, options, "ftm", _lines(d), "line") for d in inputs]


def read_statements(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read statements, whose rows make up entities."""
    return [_read(d, options, "ftm-statements", _gathered(d, options), "row") for d in inputs]


def read_targets(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read simple targets: one entity in a row, without its relations."""
    return [_read(d, options, "ftm-targets", _simple(d, options), "row") for d in inputs]


#: Where an entity stands, and what it says; a text says why it is none.
_Read = tuple[str, Entity | Wrong]


def _read(document: Input, options: Options, format_: str, found: Iterator[_Read],
          word: str) -> Reading:  # fmt: skip
    name = document.path.name.partition(".")[0].casefold() or "ftm"
    dataset = f"ftm-{ftm_statements.local(name)}"
    date = edition_date(document, options)
    source = source_id(dataset, date, document)
    reading = Reading(Batch(Source(source, dataset, "")))
    rejects = Rejects(reading.audit)
    said = Collected()
    writer = Writer(source, dataset, said.recent, reading.audit, rejects)
    count = 0
    for where, entity in found:
        count += 1
        begin = len(said.recent)
        try:
            if isinstance(entity, Wrong):
                raise entity
            writer.take(entity, where)
        except Wrong as error:
            del said.recent[begin:]
            rejects.record(error.why, where, error.found)
            continue
        reading.counts[entity.schema] += 1
        said.settle()
    writer.finish()
    rejects.check(count, document, options)
    if not len(said):
        raise InputError("no entity in it says anything that is known here", file=document.name,
                         found=f"{count} records", allowed=", ".join((*NODES, *EDGES)))  # fmt: skip
    reading.batch = Batch(
        Source(
            id=source, dataset=dataset, title=f"FollowTheMoney entities of {document.path.name}",
            date=date, sha256=document.sha256, file=document.name, format=format_, records=count,
            allowed=tuple(sorted(options.allow)),
        ),
        said.statements(),
    )  # fmt: skip
    reading.pile = said.pile
    return reading


def _lines(document: Input) -> Iterator[_Read]:
    for number, line in enumerate(document.stream(), 1):
        if line.strip():
            value = strict_json.parse(document, line.rstrip("\r\n"), number)
            yield from _entities(value, f"line {number}", 0)
    if not document.tail.endswith((b"\n", b"}")):
        raise InputError(
            "the last line is not finished; the file was cut short",
            file=document.name,
            found=document.tail[-20:].decode("utf-8", "replace"),
        )


def _entities(value: Any, where: str, depth: int) -> Iterator[_Read]:
    """Yield an entity and those nested in its properties, each with ids in their place."""
    if not isinstance(value, dict):
        yield where, Wrong("not an entity", type(value).__name__)
        return
    if depth > _DEPTH:
        yield where, Wrong("entities nested too deep", depth)
        return
    id_, schema, properties = (value.get(k) for k in ("id", "schema", "properties"))
    if not isinstance(id_, str) or not id_.strip():
        yield where, Wrong("an entity without an id", id_)
        return
    if not isinstance(schema, str) or not schema:
        yield where, Wrong("an entity without a schema", id_)
        return
    if not isinstance(properties, dict):
        yield where, Wrong("an entity without properties", id_)
        return
    told: dict[str, list[str]] = {}
    for name, values in properties.items():
        for item in values if isinstance(values, list) else [values]:
            if isinstance(item, dict):
                if not isinstance(item.get("id"), str):
                    yield where, Wrong("an entity without an id", name)
                    continue
                yield from _entities(item, where, depth + 1)
                told.setdefault(name, []).append(item["id"])
            elif isinstance(item, str):
                told.setdefault(name, []).append(item)
            elif item is not None:
                yield where, Wrong("a property that is no text", f"{id_} {name}")
                return
    datasets = value.get("datasets")
    named = [d for d in datasets if isinstance(d, str)] if isinstance(datasets, list) else []
    if isinstance(value.get("caption"), str) and "name" not in told and schema in NODES:
        told.setdefault("name", [value["caption"]])
    yield where, Entity(id_.strip(), schema, told, named)


def _gathered(document: Input, options: Options) -> Iterator[_Read]:
    """Yield the entities of a statements CSV; rows of one entity may stand anywhere."""
    found: dict[str, Entity] = {}
    places: dict[str, str] = {}
    for line, row in _rows(document, STATEMENTS, _STATEMENTS_MORE, options):
        id_ = row["canonical_id"] or row["entity_id"]
        if not id_ or not row["schema"]:
            yield f"line {line}", Wrong("a statement of no entity", row["value"])
            continue
        entity = found.get(id_)
        if entity is None:
            entity = found[id_] = Entity(id_, row["schema"], {}, [])
            places[id_] = f"line {line}"
        elif entity.schema != row["schema"]:
            entity.schema = ftm_statements.narrower(entity.schema, row["schema"])
        if row["dataset"] and row["dataset"] not in entity.datasets:
            entity.datasets.append(row["dataset"])
        if row["prop"] != "id" and row["value"]:
            entity.properties.setdefault(row["prop"], []).append(row["value"])
    for id_, entity in found.items():
        yield places[id_], entity


_SIMPLE: Final = {"name": "name", "aliases": "alias", "birth_date": "birthDate",
                  "countries": "country", "addresses": "address", "identifiers": "idNumber",
                  "phones": "phone", "emails": "email", "sanctions": "sanctionText",
                  "program_ids": "programId"}  # fmt: skip


def _simple(document: Input, options: Options) -> Iterator[_Read]:
    for line, row in _rows(document, TARGETS, _TARGETS_MORE, options):
        where = f"line {line}"
        if not row["id"] or not row["schema"] or not row["name"]:
            yield where, Wrong("a target without id, schema or name", row["id"] or row["name"])
            continue
        told = {
            prop: [v for p in row.get(column, "").split(";") if (v := p.strip())]
            if column != "name" else [row["name"]]
            for column, prop in _SIMPLE.items()
        }  # fmt: skip
        datasets = [d for p in row["dataset"].split(";") if (d := p.strip())]
        yield where, Entity(row["id"], row["schema"], {k: v for k, v in told.items() if v},
                            datasets)  # fmt: skip


def _rows(
    document: Input, columns: Sequence[str], more: Sequence[str], options: Options
) -> Iterator[tuple[int, dict[str, str]]]:
    header: list[str] | None = None
    for line, fields in parse(document):
        if header is None:
            header = [f.strip() for f in fields]
            known = set(columns) <= set(header) <= {*columns, *more}
            check_columns(document, header, columns, any_order=known or "columns" in options.allow)
            continue
        if len(fields) != len(header):
            raise InputError(
                "a row with another number of fields than the header", file=document.name,
                row=line, found=len(fields), allowed=str(len(header)),
            )  # fmt: skip
        yield (
            line,
            dict.fromkeys(columns, "")
            | dict(zip(header, (f.strip() for f in fields), strict=True)),
        )


FORMATS: Final = (
    Format("ftm", "FollowTheMoney entities, JSON lines, nested or not", takes_json, read_json),
    Format("ftm-statements", "FollowTheMoney statements, CSV", takes_statements, read_statements),
    Format("ftm-targets", "OpenSanctions simple targets, CSV", takes_targets, read_targets),
)
