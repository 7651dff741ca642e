"""All that was said, ready to be built from: keys numbered in their order, each statement once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph import model
from nthtier.graph.columns import Ids
from nthtier.graph.growing import Ordered
from nthtier.graph.index import I32, Flags
from nthtier.graph.model import Statement
from nthtier.graph.names import normalise
from nthtier.graph.pile import Columns, Pile

if TYPE_CHECKING:
    import pyarrow as pa

_LISTED: Final = "LISTED_ON"
_AT_ONCE: Final = 1 << 16


class Said:
    """The statements of a pile by column.

    The pile's keys are numbered anew, in their order: ``subject`` is the key of each row of
    ``about``, ``start`` and ``end`` those of each row of ``between``. ``rows`` and ``pairs`` are
    the rows that count: of equal statements one. ``ids`` are their ids, ascending.
    """

    def __init__(self, pile: Pile) -> None:
        self.about, self.between = pile.about, pile.between
        self.keys, (self.subject, self.start, self.end) = _numbered(
            self.about.coded["subject"], self.between.coded["subject"],
            self.between.coded["object"],
        )  # fmt: skip
        self.about.coded["subject"] = Ordered(self.keys, self.subject)
        self.between.coded["subject"] = Ordered(self.keys, self.start)
        self.between.coded["object"] = Ordered(self.keys, self.end)
        self.ids, keep = _once(self.about.id, self.between.id)
        self.rows = np.flatnonzero(keep[: len(self.about)]).astype(np.int32)
        self.pairs = np.flatnonzero(keep[len(self.about) :])
        self._predicates, self._kinds = _kinds(self.about)
        named = np.isin(self._kinds, [self._code(k) for k in model.NAME_KINDS])
        self.named = self.rows[named[self.rows]]
        self.normal = normal_forms(self.values(self.named))
        types, kinds = _kinds(self.between)
        self.types = types
        self.type_of = kinds
        listed = types.get(_LISTED, -1)
        self.listings = self.pairs[kinds[self.pairs] == listed]

    def _code(self, predicate: str) -> int:
        return self._predicates.get(predicate, -1)

    @property
    def predicates(self) -> dict[str, int]:
        """The code of each predicate in `kinds`."""
        return self._predicates

    @property
    def kinds(self) -> npt.NDArray[Any]:
        """The code of the predicate of each row of ``about``."""
        return self._kinds

    def about_of(self, predicate: str) -> I32:
        """Return the rows that say something by a predicate."""
        code = self._code(predicate)
        if code < 0:
            return self.rows[:0]
        kinds = self._kinds if len(self.rows) == len(self._kinds) else self._kinds[self.rows]
        found: I32 = self.rows[kinds == code]
        return found

    def values(self, rows: npt.NDArray[Any]) -> pa.Array:
        """Return what rows say."""
        return _plain(self.about.value.array(), rows)

    def is_value(self, rows: I32, text: str) -> Flags:
        """Tell which rows say just this."""
        import pyarrow.compute as pc

        found: Flags = pc.equal(self.values(rows), text).to_numpy(zero_copy_only=False)
        return found

    def has_raw(self, rows: I32) -> Flags:
        """Tell which rows keep the words found."""
        found: Flags = self.about.coded["raw"].codes()[rows] > 0
        return found

    def raws(self, rows: I32) -> pa.Array:
        """Return the words found."""
        raw = self.about.coded["raw"]
        return _plain(raw.texts.array(), raw.codes()[rows])

    def normals(self, predicate: str) -> tuple[I32, pa.Array]:
        """Return the rows of names of one kind, and their normal forms."""
        import pyarrow as pa

        mine = self._kinds[self.named] == self._code(predicate)
        return self.named[mine], self.normal.filter(pa.array(mine))

    def normal_of(self, rows: npt.NDArray[Any]) -> pa.Array:
        """Return the normal forms of rows that are names."""
        import pyarrow as pa

        return self.normal.take(pa.array(np.searchsorted(self.named, rows)))

    def schemes(self, rows: npt.NDArray[Any]) -> pa.Array:
        """Return the schemes of rows that are identifiers."""
        import pyarrow.compute as pc

        found = self.about.coded["predicate"].take(rows)
        return pc.utf8_slice_codeunits(found, len(model.ID_PREFIX))

    def statements(self, keys: Flags) -> Iterator[Statement]:
        """Yield what identity needs of the keys marked."""
        yield from self.about.statements(self.rows[keys[self.subject[self.rows]]])
        yield from self.between.statements(self.listings[keys[self.start[self.listings]]])


def _plain(texts: pa.Array, rows: npt.NDArray[Any]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.cast(texts.take(pa.array(rows)), pa.string())


def _numbered(*columns: Any) -> tuple[pa.Array, list[I32]]:
    """Return all texts of some columns in order, and each column as numbers of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [pc.cast(c.texts.array(), pa.string()) for c in columns]
    encoded = pa.concat_arrays(texts).dictionary_encode()
    words, codes = encoded.dictionary, encoded.indices.to_numpy()
    del encoded, texts
    used = np.zeros(len(words), bool)
    begin = 0
    parts = []
    for column in columns:
        part = codes[begin : begin + len(column.texts)]
        begin += len(column.texts)
        found = part[column.codes()]
        used[found] = True
        parts.append(found)
    order = pc.sort_indices(words).to_numpy()
    order = order[used[order]]
    rank = np.full(len(words), -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    for i, part in enumerate(parts):
        parts[i] = rank[part]
    return words.take(pa.array(order)), parts


def _once(one: Ids, two: Ids) -> tuple[Ids, Flags]:
    """Return ids ascending, each once, and which of both arrays they are."""
    both = np.concatenate((one, two))
    ids = np.sort(both)
    keep = np.ones(len(both), bool)
    if np.any(ids[1:] == ids[:-1]):
        keep[:] = False
        ids, first = np.unique(both, return_index=True)
        keep[first] = True
    return ids, keep


def _kinds(columns: Columns) -> tuple[dict[str, int], npt.NDArray[Any]]:
    """Return the predicates of some statements, and the code of each row's."""
    coded = columns.coded["predicate"]
    texts = coded.texts.array().to_pylist()
    known: dict[str, int] = {}
    same = np.array([known.setdefault(t, i) for i, t in enumerate(texts)], np.int32)
    codes = coded.codes()
    if not np.array_equal(same, np.arange(len(same))):
        codes = same[codes]
    return known, codes


def normal_forms(texts: pa.Array) -> pa.Array:
    """Return the normal forms of names, made in pieces."""
    import pyarrow as pa

    pieces = [
        pa.array([normalise(t) for t in texts[begin : begin + _AT_ONCE].to_pylist()], pa.string())
        for begin in range(0, len(texts), _AT_ONCE)
    ]
    return pa.concat_arrays(pieces) if pieces else pa.array([], pa.string())
