"""Any table by a mapping: columns become fields of entity, relation and fact records.

The mapping is a fact file whose texts may hold ``{Column}``; its records are made once for each
row. A field whose columns are all empty is left out, a record that lacks its name, ``from`` or
``to`` in a row is not made for it::

    [source]
    id = "suppliers-2026"
    title = "Our suppliers"
    [[entity]]
    name = "{Vendor}"
    country = "{Country}"
    [[relation]]
    from = "{Vendor}"
    type = "SUPPLIES"
    to = "Acme"
    since = "{From}"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from nthtier.graph.errors import InputError
from nthtier.graph.model import Source
from nthtier.loaders import cells, factfile
from nthtier.loaders.reader import Format, Options, Reading
from nthtier.loaders.reading import Input
from nthtier.loaders.records import FIELDS, Document, Wrong

_PLACE: Final = re.compile(r"\{([^{}]+)\}")
_NEEDED: Final = {"entity": ("name",), "relation": ("from", "to"), "fact": ("entity", "value")}


def takes(inputs: Sequence[Input]) -> list[Input]:
    """Nothing is a mapped table by its content alone; ``--map`` makes it one."""
    return []


def read(inputs: Sequence[Input], options: Options) -> list[Reading]:
    """Read tables by the mapping of the options.

    Raises:
        InputError: no mapping, a column it names is missing, or a bad value (with its row).
    """
    if options.mapping is None:
        raise InputError("a table needs a mapping", field="--map", allowed="a TOML file")
    source, plan = _plan(options.mapping, options)
    return [_read(document, options.mapping, source, plan) for document in inputs]


def _plan(mapping: Input, options: Options) -> tuple[Source, dict[str, list[dict[str, Any]]]]:
    """Return the source that a mapping declares, and its records by kind.

    Raises:
        InputError: the mapping is wrong in itself, whatever the table holds.
    """
    parsed = factfile.Parsed(mapping)
    sources = factfile.read_sources(parsed, options, "table")
    if len(sources) != 1:
        raise InputError("a mapping has one source", file=mapping.name, field="source",
                         found=len(sources), allowed="one [source]")  # fmt: skip
    for kind in _NEEDED:
        for number, record in enumerate(parsed.tables[kind], 1):
            wrong = parsed.wrong(kind, number)
            for name in record:
                if name not in FIELDS[kind]:
                    raise wrong("an unknown field", name, name, ", ".join(sorted(FIELDS[kind])))
            for name in _NEEDED[kind]:
                if not record.get(name):
                    raise wrong("the mapping needs this field", name, None, "a text or {Column}")
    if not any(parsed.tables[kind] for kind in _NEEDED):
        raise InputError("the mapping makes no records", file=mapping.name,
                         allowed="[[entity]], [[relation]] or [[fact]]")  # fmt: skip
    return next(iter(sources.values())), parsed.tables


def _read(
    document: Input, mapping: Input, source: Source, plan: Mapping[str, list[dict[str, Any]]]
) -> Reading:
    columns = sorted({c for kind in _NEEDED for r in plan[kind] for c in _columns(r)})
    facts = Document(source.id)
    rest: list[str] = []
    count = 0
    for number, row in cells.rows(document):  # entities first: other rows may speak of them
        if not count:
            missing = [c for c in columns if c not in row]
            if missing:
                raise InputError(
                    f"the mapping {mapping.name} names columns that the table lacks: "
                    f"{', '.join(missing)}",
                    file=document.name, row=1, row_word=cells.word(document),
                    found=", ".join(row),
                )  # fmt: skip
            rest = [c for c in row if c not in columns]
        count += 1
        _one_row(document, number, row, plan, facts, source.id, ("entity",))
    if not count:
        raise InputError("a table without rows", file=document.name)
    if plan["relation"] or plan["fact"]:
        for number, row in cells.rows(document):
            _one_row(document, number, row, plan, facts, source.id, ("relation", "fact"))
    described = replace(source, sha256=document.sha256, file=document.name, records=count)
    reading = factfile.readings({source.id: described}, facts)[0]
    for column in rest:
        reading.audit.unused[column] += count
    return reading


def _one_row(
    document: Input,
    number: int,
    row: Mapping[str, str],
    plan: Mapping[str, list[dict[str, Any]]],
    facts: Document,
    source: str,
    kinds: Sequence[str],
) -> None:
    def wrong(message: str, field: str, found: object, allowed: str | None) -> InputError:
        return InputError(message, file=document.name, row=number, field=field, found=found,
                          allowed=allowed, row_word=row_word)  # fmt: skip

    row_word = cells.word(document)
    where = f"{row_word} {number}"
    for kind in kinds:
        for template in plan[kind]:
            record = _filled(template, row)
            if all(record.get(f) for f in _NEEDED[kind]):
                _add(facts, kind, record, source, where, wrong)


def _add(
    facts: Document, kind: str, record: Mapping[str, Any], source: str, where: str, wrong: Wrong
) -> None:
    if kind == "entity":
        facts.entity(record, source, where, wrong, again=True)
    elif kind == "relation":
        facts.relation(record, source, where, wrong)
    else:
        facts.fact(record, source, where, wrong)


def _columns(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _PLACE.findall(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _columns(item)
    elif isinstance(value, list):
        for item in value:
            yield from _columns(item)


def _filled(value: Any, row: Mapping[str, str]) -> Any:
    """Put a row's values into a record; what stays empty is left out."""
    if isinstance(value, str):
        places = _PLACE.findall(value)
        if places and not any(row.get(p) for p in places):
            return ""
        return _PLACE.sub(lambda m: row.get(m[1], ""), value)
    if isinstance(value, Mapping):
        return {k: f for k, v in value.items() if (f := _filled(v, row)) not in ("", [], {})}
    if isinstance(value, list):
        return [f for v in value if (f := _filled(v, row))]
    return value


FORMATS: Final = (Format("table", "any table, with --map", takes, read),)
