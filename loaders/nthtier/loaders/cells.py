"""The rows of a table in any of five layouts, every value as text."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from nthtier.graph.errors import InputError
from nthtier.loaders import strict_json
from nthtier.loaders.reading import Input
from nthtier.loaders.rows import check_columns, parse

#: A row's number in the file, and its values by column.
Row = tuple[int, dict[str, str]]


def word(document: Input) -> str:
    """Return what the numbers of `rows` count in this document: lines, or rows of a sheet."""
    return "row" if document.head.startswith((b"PAR1", b"PK\x03\x04")) else "line"


def rows(document: Input) -> Iterator[Row]:
    """Yield the rows of CSV, TSV, JSON lines, Parquet or Excel, told apart by content.

    All rows have the same columns: JSON lines may leave out what is empty. A byte order mark, with
    which spreadsheets save CSV, is passed over.

    Raises:
        InputError: the document is not whole, or a row does not fit the header.
    """
    document = document.without_mark()
    data = document.data
    if data.startswith(b"PAR1"):
        return _parquet(document)
    if data.startswith(b"PK\x03\x04"):
        return _excel(document)
    if data.lstrip()[:1] == b"{":
        return _json_lines(document)
    return _csv(document)


def _text(value: Any) -> str:
    """Write a value as a person would type it into a CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        midnight = value.time() == time()  # how sheets and data frames keep plain dates
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value).strip()


def _csv(document: Input) -> Iterator[Row]:
    first = document.text()[:65536].lstrip("\r\n").partition("\n")[0]
    delimiter = max("\t,;", key=first.count)
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


def _json_lines(document: Input) -> Iterator[Row]:
    found: list[Row] = []
    columns: dict[str, str] = {}
    for number, line in enumerate(document.text().split("\n"), 1):
        if not line.strip():
            continue
        value = strict_json.parse(document, line, number)
        if not isinstance(value, dict):
            raise InputError("not a JSON object", file=document.name, row=number, found=line,
                             allowed="one object on each line")  # fmt: skip
        found.append((number, {k: _text(v) for k, v in value.items()}))
        columns.update(dict.fromkeys(value, ""))
    for number, row in found:
        yield number, columns | row


def _parquet(document: Input) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(document.data)).to_pylist()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"not whole Parquet: {error}", file=document.name) from error
    for number, row in enumerate(table, 1):
        yield number, {k: _text(v) for k, v in row.items()}


def _excel(document: Input) -> Iterator[Row]:
    try:
        import openpyxl
    except ImportError:
        raise InputError(
            "reading Excel needs openpyxl; install nthtier[excel], or save the sheet as CSV",
            file=document.name,
        ) from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(document.data), read_only=True, data_only=True)
        sheet = [[_text(c) for c in r] for r in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise InputError(f"not a whole Excel file: {error}", file=document.name) from error
    header = sheet[0] if sheet else []
    while header and not header[-1]:
        header = header[:-1]
    check_columns(document, header, header, any_order=False)
    for number, cells in enumerate(sheet[1:], 2):
        if any(cells[len(header) :]):
            raise InputError(
                "a value outside the columns of the header", file=document.name, row=number,
                row_word="row", found=next(c for c in cells[len(header) :] if c),
                allowed=f"{len(header)} columns",
            )  # fmt: skip
        if any(cells):
            yield number, dict.fromkeys(header, "") | dict(zip(header, cells, strict=False))
