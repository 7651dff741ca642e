"""Everything out: CSV tables that a spreadsheet cannot execute, and one JSON document."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from nthtier.graph import tables
from nthtier.graph.errors import StoreError
from nthtier.graph.version import Version

TABLES: Final = tuple(tables.COLUMNS)
#: A cell that begins so may be read as a formula; it gets an apostrophe before it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """Return a CSV cell that no spreadsheet takes for a formula.

    Lists are joined by "; ". A text that begins like a formula gets an apostrophe before it, a
    NUL becomes U+FFFD; everything else is written as it is.

    >>> cell("=1+1"), cell(-5), cell(["a", "b"])
    ("'=1+1", '-5', 'a; b')
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text.replace("\x00", "\ufffd")
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(version: Version, folder: Path) -> list[Path]:
    """Write one CSV for each table; the folder is made.

    Raises:
        StoreError: it cannot be written.
    """
    made: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            path = folder / f"{table}.csv"
            temporary = path.with_suffix(".csv.new")
            made.append((temporary, path))
            with temporary.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(tables.COLUMNS[table])
                for row in _rows(version, table):
                    writer.writerow([cell(row[c]) for c in tables.COLUMNS[table]])
        for temporary, path in made:  # all or none, as far as a folder allows
            temporary.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror or error}") from error
    finally:
        for temporary, _ in made:
            temporary.unlink(missing_ok=True)
    return [path for _, path in made]


def write_json(version: Version, file: IO[str]) -> None:
    """Write one JSON object: the version and a list of rows for each table."""
    file.write(f'{{"format": 1, "version": {json.dumps(version.id)}')
    for table in TABLES:
        file.write(f',\n"{table}": [')
        for number, row in enumerate(_rows(version, table)):
            text = json.dumps(row, ensure_ascii=False, allow_nan=False)
            file.write(f"{',' if number else ''}\n{text}")
        file.write("]")
    file.write("}\n")


def _rows(version: Version, table: str) -> Iterator[dict[str, Any]]:
    data = tables.read_table(version.table_path(table))
    for batch in data.to_batches(max_chunksize=tables.ROW_GROUP):
        yield from batch.to_pylist()
