"""A source as columns: what a bulk load is given, and hashing columns without a text per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.model import Statement

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows that are worked on at once; a multiple of the tables' row group.
CHUNK: Final = 1 << 18

Rows = npt.NDArray[np.integer[Any]]
Ids = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Entities:
    """Entities by row: Arrow string arrays, empty text where nothing is said; ids are unique."""

    id: pa.Array
    name: pa.Array
    type: pa.Array
    country: pa.Array


@dataclass(frozen=True, slots=True)
class Relations:
    """Relations by row; no row is a listing.

    ``start``/``end`` are rows of the entities, ``since``/``until`` index ``dates``, whose first
    is the empty text. ``lo``/``hi`` are percent, nan where unknown; ``type`` and ``basis`` are
    codes of the ontology. ``amount`` and ``note`` are Arrow large-string arrays, empty text where
    absent, or None when no row has one.
    """

    start: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    type: npt.NDArray[np.uint8]
    since: npt.NDArray[np.int32]
    until: npt.NDArray[np.int32]
    dates: Sequence[str]
    lo: npt.NDArray[np.float64]
    hi: npt.NDArray[np.float64]
    basis: npt.NDArray[np.uint8]
    amount: pa.Array | None = None
    note: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Bulk:
    """One source's checked columns; ``listings`` are its LISTED_ON statements."""

    entities: Entities
    relations: Relations
    listings: Sequence[Statement]

    @property
    def statements(self) -> int:
        """The number of statements beside the listings'."""
        import pyarrow.compute as pc

        e = self.entities
        said = sum(pc.sum(pc.not_equal(c, "")).as_py() or 0 for c in (e.name, e.type, e.country))
        return int(said) + len(self.relations)


def locator(rows: Rows) -> pa.Array:
    """Return where rows of a table are said, as texts; rows count from 0, locators from 1."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pc.cast(pa.array(rows + 1), pa.string())
    return pc.binary_join_element_wise("row ", numbers, "")


def digests(parts: Sequence[Any], size: int, separator: str = "\x1f") -> Ids:
    """Return the BLAKE2b digests (``size`` bytes, as big-endian integers) of joined columns.

    ``parts`` are Arrow string arrays of one length, or single texts.
    """
    import pyarrow.compute as pc

    joined = pc.binary_join_element_wise(*parts, separator)
    _, offsets, data = joined.buffers()
    ends = np.frombuffer(offsets, np.int32)[joined.offset :][: len(joined) + 1].tolist()
    content = data.to_pybytes() if data else b""
    begun = blake2b(digest_size=size).copy  # takes two thirds of the time of a new one
    found: list[bytes] = []
    for a, b in pairwise(ends):
        digest = begun()
        digest.update(content[a:b])
        found.append(digest.digest())
    raw = b"".join(found)
    wide = np.zeros((len(joined), 8), np.uint8)
    wide[:, 8 - size :] = np.frombuffer(raw, np.uint8).reshape(-1, size)
    return wide.view(">u8")[:, 0].astype(np.uint64)


_HEX: Final = np.frombuffer(bytes(range(256)).hex().encode("ascii"), "<u2")


def hex_bytes(ids: Ids, size: int) -> bytes:
    """Return the ids in hexadecimal, ``2 * size`` digits each, one after another.

    >>> hex_bytes(np.array([255, 1], np.uint64), 2)
    b'00ff0001'
    """
    wide = ids.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 8 - size :]
    return _HEX[wide].tobytes()


def hex_text(ids: Ids, size: int, prefix: str = "") -> pa.Array:
    """Return ids as an Arrow array of hexadecimal texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    offsets = np.arange(len(ids) + 1, dtype=np.int32) * (2 * size)
    texts = pa.StringArray.from_buffers(
        len(ids), pa.py_buffer(offsets.tobytes()), pa.py_buffer(hex_bytes(ids, size))
    )
    return pc.binary_join_element_wise(prefix, texts, "") if prefix else texts
