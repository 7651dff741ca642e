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

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from nthtier.graph.errors import InputError
from nthtier.loaders import factfile
from nthtier.loaders.reader import Format, Options, Reading
from nthtier.loaders.reading import Input
from nthtier.loaders.records import Document, Wrong
from nthtier.loaders.rows import check_columns, parse

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
    mapping = options.mapping
    plan = factfile.parse(mapping, mapping.text())
    found: list[Reading] = []
    for document in inputs:
        found += _read(document, mapping, plan, options)
    return found


def _read(
    document: Input, mapping: Input, plan: Mapping[str, Any], options: Options
) -> list[Reading]:
    declared = plan.get("source", {})
    tables = declared if isinstance(declared, list) else [declared]
    source = factfile.read_sources(mapping, tables, options, {}, "table")
    if len(source) != 1:
        raise InputError("a mapping has one source", file=mapping.name, field="source")
    name, described = next(iter(source.items()))
    columns = sorted({c for kind in _NEEDED for r in plan.get(kind, []) for c in _columns(r)})
    facts = Document(name)
    used = 0
    for number, row in rows(document):
        if used == 0:
            missing = [c for c in columns if c not in row]
            if missing:
                raise InputError(
                    "the mapping names columns that the table lacks", file=document.name, row=1,
                    found=", ".join(row), allowed=", ".join(missing),
                )  # fmt: skip
        used += 1
        _one_row(document, number, row, plan, facts, name)
    if not used:
        raise InputError("a table without rows", file=document.name)
    replaced = {name: _with_file(described, document, used)}
    result = factfile.readings(replaced, facts)
    for column in _rest(document, columns):
        result[0].audit.unused[column] += used
    return result


def _with_file(source: Any, document: Input, count: int) -> Any:
    from dataclasses import replace

    return replace(source, sha256=document.sha256, file=document.name, records=count)


def _rest(document: Input, columns: Sequence[str]) -> list[str]:
    _, first = next(rows(document))
    return [c for c in first if c not in columns]


def _one_row(
    document: Input,
    number: int,
    row: Mapping[str, str],
    plan: Mapping[str, Any],
    facts: Document,
    source: str,
) -> None:
    def wrong(message: str, field: str, found: object, allowed: str | None) -> InputError:
        return InputError(message, file=document.name, row=number, field=field, found=found,
                          allowed=allowed, row_word="row")  # fmt: skip

    where = f"row {number}"
    for kind in ("entity", "relation", "fact"):
        for template in plan.get(kind, []):
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


def rows(document: Input) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield ``(row number, values)`` of CSV, TSV, JSON lines, Parquet or Excel, by content."""
    data = document.data
    if data.startswith(b"PAR1"):
        yield from _parquet(document)
    elif data.startswith(b"PK\x03\x04"):
        yield from _excel(document)
    elif data.lstrip()[:1] == b"{":
        yield from _json_lines(document)
    else:
        first = data[:65536].splitlines()[0]
        delimiter = max("\t,;", key=lambda d: first.count(d.encode()))
        header: list[str] | None = None
        for line, fields in parse(document, delimiter):
            if header is None:
                header = [f.strip() for f in fields]
                check_columns(document, header, header, any_order=False)
                continue
            if len(fields) != len(header):
                raise InputError(
                    "a row with another number of fields than the header",
                    file=document.name, row=line, found=len(fields), allowed=str(len(header)),
                )  # fmt: skip
            yield line, dict(zip(header, (f.strip() for f in fields), strict=True))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _json_lines(document: Input) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(document.text().split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"not JSON: {error}", file=document.name, row=number) from error
        if not isinstance(value, dict):
            raise InputError("not a JSON object", file=document.name, row=number, found=line)
        yield number, {str(k): _text(v) for k, v in value.items()}


def _parquet(document: Input) -> Iterator[tuple[int, dict[str, str]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(document.data))
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"not whole Parquet: {error}", file=document.name) from error
    for number, row in enumerate(table.to_pylist(), 1):
        yield number, {k: _text(v) for k, v in row.items()}


def _excel(document: Input) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        import openpyxl
    except ImportError:
        raise InputError(
            "reading Excel needs openpyxl; install nthtier[excel], or save the sheet as CSV",
            file=document.name,
        ) from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(document.data), read_only=True, data_only=True)
        sheet = [list(r) for r in book.worksheets[0].iter_rows(values_only=True)]
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise InputError(f"not a whole Excel file: {error}", file=document.name) from error
    header = [_text(c) for c in sheet[0]] if sheet else []
    check_columns(document, header, header, any_order=False)
    for number, row in enumerate(sheet[1:], 2):
        cells = [_text(c) for c in row]
        if any(cells):
            yield number, dict(zip(header, cells, strict=False))


FORMATS: Final = (Format("table", "any table, with --map", takes, read),)
