"""The Parquet tables of a version: their columns, and reading rows without reading the table."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.errors import REMEDY, DamagedError

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows that are read together; small enough that showing one path reads little.
ROW_GROUP: Final = 16_384
#: Row groups that are held at once while some rows are read.
_GROUPS: Final = 32

_TEXT = "string"
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "sources": dict.fromkeys(
        ("id", "dataset", "title", "publisher", "date", "url", "retrieved", "licence", "sha256",
         "file", "format", "note"), _TEXT,
    ) | {"records": "int64", "covers": "list", "allowed": "list"},
    # Statements of relation r are rows evidence[r] .. evidence[r+1] of this table (snapshot);
    # those that describe entities follow, ordered by entity.
    "statements": dict.fromkeys(
        ("id", "subject", "predicate", "object", "value", "raw", "lang", "since", "until"), _TEXT,
    ) | {"lo": "float64", "hi": "float64"} | dict.fromkeys(
        ("basis", "source", "locator", "note", "props"), _TEXT,
    ),
    "entities": {"id": _TEXT, "name": _TEXT, "type": _TEXT, "countries": "list", "keys": "list",
                 "joined": "list"},
    "names": {"entity": _TEXT, "ordinal": "int32", "name": _TEXT, "kind": _TEXT, "lang": _TEXT,
              "normal": _TEXT},
    "identifiers": {"entity": _TEXT, "ordinal": "int32", "scheme": _TEXT, "value": _TEXT},
    "relations": {"id": _TEXT, "type": _TEXT, "from": _TEXT, "to": _TEXT, "src": "int32",
                  "dst": "int32", "since": _TEXT, "until": _TEXT, "since_day": "int32",
                  "until_day": "int32", "lo": "float64", "hi": "float64", "amount": _TEXT,
                  "basis": _TEXT, "contested": "bool", "note": _TEXT, "statements": "int32"},
    "listings": {"relation": _TEXT, "row": "int32", "entity": _TEXT, "list": _TEXT,
                 "since": _TEXT, "until": _TEXT, "effective": _TEXT, "divest_by": _TEXT,
                 "programmes": "list", "citation": _TEXT,
                 "license_requirement": _TEXT, "license_policy": _TEXT, "policy": _TEXT,
                 "footnotes": "list", "measures": "list", "reasons": "list",
                 "regulation_url": _TEXT, "regulation_in_force": _TEXT},
}  # fmt: skip
#: Columns of texts that hardly repeat: written plainly.
_UNREPEATED: Final = {
    "statements": ("id", "value"), "entities": ("id", "name", "keys"),
    "names": ("entity", "name", "normal"), "identifiers": ("entity", "value"),
    "relations": ("id",), "listings": ("relation",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stream:
    """A table that is made while it is written.

    ``chunks()`` yields Arrow tables of its schema, each of a multiple of `ROW_GROUP` rows but for
    the last; together they have ``rows``.
    """

    rows: int
    chunks: Callable[[], Iterator[pa.Table]]


def schema(table: str) -> pa.Schema:
    """Return the Arrow schema of a table."""
    import pyarrow as pa

    types = {
        "string": pa.string(), "int32": pa.int32(), "int64": pa.int64(), "bool": pa.bool_(),
        "float64": pa.float64(), "list": pa.list_(pa.string()),
    }  # fmt: skip
    return pa.schema([(name, types[kind]) for name, kind in COLUMNS[table].items()])


def write_table(path: Path, table: str, columns: dict[str, Any] | Stream) -> None:
    """Write one table; the same content gives the same bytes.

    Columns of texts may come as dictionaries; they are read as texts.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    form = schema(table)
    chunks = columns.chunks() if isinstance(columns, Stream) else [pa.table(columns, schema=form)]
    repeated = [c.name for c in form if c.name not in _UNREPEATED.get(table, ())]
    pieces = itertools.chain(chunks, [form.empty_table()])
    first = next(pieces)
    with pq.ParquetWriter(
        path, first.schema, compression="zstd", write_page_checksum=True, store_schema=False,
        use_dictionary=repeated,
    ) as writer:  # fmt: skip
        writer.write_table(first, row_group_size=ROW_GROUP)
        for chunk in pieces:
            if chunk.num_rows:
                writer.write_table(chunk, row_group_size=ROW_GROUP)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a whole table (or some of its columns).

    Raises:
        DamagedError: the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        wanted = None if columns is None else list(columns)
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            return file.read(columns=wanted)  # read_table would import pandas where it is there
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path, error) from error


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield a whole table in pieces.

    Raises:
        DamagedError: the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            yield from file.iter_batches(batch_size=4 * ROW_GROUP)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path, error) from error


def read_rows(
    path: Path, rows: npt.NDArray[np.int64], columns: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Read some rows, in the order asked, touching only the row groups they are in.

    Raises:
        DamagedError: the file cannot be read, or is shorter than a row asked for.
    """
    if len(rows) == 0:
        return []
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: list[dict[str, Any]] = [{}] * len(rows)
    group = rows // ROW_GROUP
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if int(group.max()) >= file.num_row_groups:
                raise _damaged(path, "it has fewer rows than the snapshot says")
            groups = np.unique(group)
            for first in range(0, len(groups), _GROUPS):
                some = groups[first : first + _GROUPS]
                part = file.read_row_groups(some.tolist(), columns=columns)
                asked = np.flatnonzero((group >= some[0]) & (group <= some[-1]))
                # Only the last group of a file is shorter.
                local = np.searchsorted(some, group[asked]) * ROW_GROUP + rows[asked] % ROW_GROUP
                taken = part.take(numbers(local)).to_pylist()
                for place, row in zip(asked.tolist(), taken, strict=True):
                    found[place] = row
    except (OSError, IndexError, pa.ArrowException) as error:
        raise _damaged(path, error) from error
    return found


def numbers(values: npt.NDArray[np.int64]) -> pa.Array:
    """Return numbers as Arrow has them; `pyarrow.array` would import pandas where it is there.

    >>> numbers(np.array([3, 5])).to_pylist()
    [3, 5]
    """
    import pyarrow as pa

    buffer = pa.py_buffer(np.ascontiguousarray(values, np.int64))
    return pa.Array.from_buffers(pa.int64(), len(values), [None, buffer])


def _damaged(path: Path, why: object) -> DamagedError:
    return DamagedError(f"{path.name} of this version cannot be read ({why}); {REMEDY}")
