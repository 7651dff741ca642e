"""Strict CSV: every row has the header's columns, and the last one is whole."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from nthtier.graph.errors import InputError, shortened
from nthtier.loaders.reading import Input

csv.field_size_limit(4 << 20)


def parse(document: Input, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield ``(line, fields)``; the line is where the record ends, counted from 1.

    Raises:
        InputError: broken quoting, a field beyond 4 MiB, or an unfinished last line.
    """
    reader = csv.reader(document.stream(), delimiter=delimiter, strict=True)
    try:
        for fields in reader:
            if fields:
                yield reader.line_num, fields
    except csv.Error as error:
        raise InputError(
            f"broken CSV: {error} (is the file complete?)", file=document.name, row=reader.line_num
        ) from error
    if not document.tail.endswith((b"\n", b"\r", b'"', b"\x1a")):
        raise InputError(
            "the last line is not finished; the file was cut short",
            file=document.name, row=reader.line_num,
            found=document.tail[-20:].decode("utf-8", "replace"),
            allowed="a line end after the last record",
        )  # fmt: skip


def records(
    document: Input, columns: Sequence[str], *, any_order: bool = False
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield ``(line, record)`` of a CSV whose header must be ``columns``.

    With ``any_order`` columns may be reordered, missing ones read as empty and further ones are
    handed on (the override ``columns``).

    Raises:
        InputError: another header, or a row with too few or too many fields.
    """
    header: list[str] | None = None
    for line, fields in parse(document):
        if header is None:
            header = [f.strip() for f in fields]
            check_columns(document, header, columns, any_order=any_order)
            continue
        if len(fields) != len(header):
            raise InputError(
                "a row with another number of fields than the header",
                file=document.name, row=line, found=len(fields), allowed=str(len(header)),
            )  # fmt: skip
        record = dict(zip(header, (f.strip() for f in fields), strict=True))
        for name in columns:
            record.setdefault(name, "")
        yield line, record


def check_columns(
    document: Input, header: Sequence[str], columns: Sequence[str], *, any_order: bool
) -> None:
    """Compare a header with the layout; the message names what is missing, new or moved."""
    if len(set(header)) != len(header):
        twice = sorted({c for c in header if list(header).count(c) > 1})
        raise InputError("a column twice", file=document.name, row=1, found=", ".join(twice))
    if list(header) == list(columns) or any_order:
        return
    missing = [c for c in columns if c not in header]
    new = [c for c in header if c not in columns]
    parts = []
    if missing:
        parts.append(f"missing: {_some(missing)}")
    if new:
        parts.append(f"not known: {_some(new)}")
    what = "; ".join(parts) or "the columns are in another order"
    raise InputError(
        f"unknown set of columns ({what}); check the file, then --allow columns",
        file=document.name, row=1,
    )  # fmt: skip


def _some(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shortened(n, 60) for n in names[:most]) + more
