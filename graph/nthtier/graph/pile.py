"""Statements as columns: what millions of them cost is some sixty bytes each, not a kilobyte.

Loaders hand on statements as they make them; nothing but the columns stays. Those that describe
an entity and those between two entities are kept apart, as the tables of a version have them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.columns import Ids, digests
from nthtier.graph.growing import Coded, Numbers, Texts
from nthtier.graph.model import UNKNOWN, Plain, Statement, whole

if TYPE_CHECKING:
    import pyarrow as pa

    from nthtier.graph.version import Version

#: Statements that are turned into columns at once.
AT_ONCE: Final = 1 << 15
_FIELDS: Final = Statement._fields
_OBJECT: Final = _FIELDS.index("object")  # by number, for speed
_CODED: Final = ("subject", "predicate", "object", "raw", "lang", "since", "until", "basis",
                 "source", "locator", "note", "props")  # fmt: skip
_PLAIN: Final = ("subject", "predicate", "value", "raw", "lang", "source", "locator")
#: What the id of a statement is made of; ``lo`` stands for both shares.
_HASHED: Final = tuple(name for name in _FIELDS if name not in ("id", "hi"))
#: Columns of few different texts.
FEW: Final = ("predicate", "lang", "basis", "source")


class Columns:
    """Some statements: numbers of ids, a code for each text, the values themselves."""

    def __init__(self) -> None:
        self._ids = Numbers(np.uint64)
        self.value = Texts()
        self.coded = {name: Coded() for name in _CODED}
        self._shares: tuple[Numbers, Numbers] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def id(self) -> Ids:
        """The statements' ids as numbers."""
        return self._ids.array()

    def add(self, columns: dict[str, Any]) -> None:
        """Add rows: for each field an Arrow array, or one text for all; ids are numbers.

        Shares are arrays of numbers, or None where unknown.
        """
        n = len(columns["id"])
        before = len(self)
        self._ids.add(columns["id"])
        self.value.add(columns["value"])
        for name, coded in self.coded.items():
            if isinstance(columns[name], str):
                coded.add_same(columns[name], n)
            else:
                coded.add(columns[name])
        lo, hi = columns["lo"], columns["hi"]
        if self._shares is None and lo is not None and not np.isnan(lo).all():
            self._shares = Numbers(np.float64), Numbers(np.float64)
            for part in self._shares:
                part.add(np.full(before, np.nan))
        if self._shares is not None:
            for part, share in zip(self._shares, (lo, hi), strict=True):
                part.add(np.full(n, np.nan) if share is None else share)

    def absorb(self, other: Columns) -> None:
        """Add the rows of others."""
        if self._shares is None and other._shares is not None:
            self._shares = Numbers(np.float64), Numbers(np.float64)
            for part in self._shares:
                part.add(np.full(len(self), np.nan))
        if self._shares is not None:
            for part, more in zip(self._shares, other.shares(np.arange(len(other))), strict=True):
                part.add(more)
        self._ids.add(other.id)
        self.value.absorb(other.value)
        for name, coded in self.coded.items():
            coded.absorb(other.coded[name])

    def shares(self, rows: npt.NDArray[Any]) -> tuple[Any, Any]:
        """Return the shares of rows; nan where unknown."""
        if self._shares is None:
            return np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        return self._shares[0].array()[rows], self._shares[1].array()[rows]

    def table(self, rows: npt.NDArray[Any], *, coded: bool = False) -> dict[str, Any]:
        """Return rows as columns of the statements table; an absent one is ``""``.

        With ``coded`` the columns of `FEW` are dictionaries.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        from nthtier.graph.columns import hex_text

        found: dict[str, Any] = {
            name: c.take_coded(rows) if coded and name in FEW else c.take(rows)
            for name, c in self.coded.items()
        }
        found["id"] = hex_text(self.id[rows], 8)
        found["value"] = pc.cast(self.value.array().take(pa.array(rows)), pa.string())
        for name, share in zip(("lo", "hi"), self.shares(rows), strict=True):
            absent = np.isnan(share)
            found[name] = None if absent.all() else pa.array(share, mask=absent)
        return found

    def statements(self, rows: npt.NDArray[Any]) -> Iterator[Statement]:
        """Yield rows as statements."""
        import pyarrow as pa

        for begin in range(0, len(rows), AT_ONCE):
            part = rows[begin : begin + AT_ONCE]
            table = self.table(part)
            columns: list[Any] = []
            for name in _FIELDS:
                column = table[name]
                if isinstance(column, pa.Array):
                    column = column.to_pylist()
                elif column is None or isinstance(column, str):
                    column = [column] * len(part)
                if name in ("lo", "hi"):
                    column = [UNKNOWN if v is None else v for v in column]
                columns.append(column)
            yield from map(Statement._make, zip(*columns, strict=True))


class Pile:
    """All statements of one or many sources, as columns."""

    def __init__(self) -> None:
        self.about, self.between = Columns(), Columns()

    def __len__(self) -> int:
        return len(self.about) + len(self.between)

    def __iter__(self) -> Iterator[Statement]:
        for columns in (self.about, self.between):
            yield from columns.statements(np.arange(len(columns)))

    def extend(self, statements: Sequence[Statement]) -> None:
        """Add statements."""
        for begin in range(0, len(statements), AT_ONCE):
            part = statements[begin : begin + AT_ONCE]
            between = [s for s in part if s[_OBJECT]]
            about = [s for s in part if not s[_OBJECT]] if between else part
            self._add(self.about, about)
            self._add(self.between, between)

    def absorb(self, other: Pile) -> None:
        """Add the statements of another pile."""
        self.about.absorb(other.about)
        self.between.absorb(other.between)

    def describe(self, said: Sequence[Plain]) -> None:
        """Add what is plainly said of entities."""
        for begin in range(0, len(said), AT_ONCE):
            found: dict[str, Any] = dict.fromkeys(_FIELDS, "")
            found |= {"lo": None, "hi": None, "basis": "stated"}
            columns = zip(*said[begin : begin + AT_ONCE], strict=True)
            for name, column in zip(_PLAIN, columns, strict=True):
                found[name] = _column(column, several=name == "value")
            found["id"] = digests(["" if n == "lo" else found[n] for n in _HASHED], 8)
            self.about.add(found)

    def _add(self, columns: Columns, rows: Sequence[Statement]) -> None:
        if not rows:
            return
        found: dict[str, Any] = {}
        for name, column in zip(_FIELDS, zip(*rows, strict=True), strict=True):
            if name in ("lo", "hi"):
                unknown = column[0] is UNKNOWN and column.count(UNKNOWN) == len(column)
                found[name] = None if unknown else np.array(column, np.float64)
            else:
                found[name] = _column(column, several=name in ("id", "value"))
        found["id"] = _numbers(found["id"])
        columns.add(found)

    def holding(self, keys: Collection[str]) -> set[str]:
        """Return those of some keys that anything is said of."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found: set[str] = set()
        wanted = pa.array(sorted(keys), pa.string())
        for columns, name in ((self.about, "subject"), (self.between, "subject"),
                              (self.between, "object")):  # fmt: skip
            texts = pc.cast(columns.coded[name].texts.array(), pa.string())
            found.update(texts.filter(pc.is_in(texts, value_set=wanted)).to_pylist())
        return found - {""}

    def add_version(self, version: Version, sources: Collection[str]) -> None:
        """Add what some sources of a version say."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pa.array(sorted(sources), pa.string())
        for batch in version.statement_batches():
            self.add_table(batch.filter(pc.is_in(batch.column("source"), value_set=wanted)))

    def add_table(self, table: pa.Table | pa.RecordBatch) -> None:
        """Add rows of a statements table."""
        import pyarrow.compute as pc

        plain = pc.equal(table.column("object"), "")
        for columns, keep in ((self.about, plain), (self.between, pc.invert(plain))):
            part = table.filter(keep)
            if not part.num_rows:
                continue
            found: dict[str, Any] = {}
            for name in _FIELDS:
                column = part.column(name)
                if hasattr(column, "combine_chunks"):
                    column = column.combine_chunks()
                if name in ("lo", "hi"):
                    found[name] = pc.fill_null(column, math.nan).to_numpy(zero_copy_only=False)
                elif name == "id":
                    found[name] = _numbers(column)
                else:
                    found[name] = column
            columns.add(found)


class Collected:
    """Statements as a loader makes them: a list while they are few, columns when they are many.

    A loader appends to ``recent``, plain statements (`describer`) or whole ones, and calls `settle`
    between records; ``pile`` is what settled.
    """

    def __init__(self) -> None:
        self.recent: list[Statement | Plain] = []
        self.pile: Pile | None = None

    def __len__(self) -> int:
        return len(self.recent) + (0 if self.pile is None else len(self.pile))

    def settle(self) -> None:
        """Turn what is there into columns, if it is much."""
        if len(self.recent) >= AT_ONCE:
            self.pile = Pile() if self.pile is None else self.pile
            self.pile.describe([s for s in self.recent if not isinstance(s, Statement)])
            self.pile.extend([s for s in self.recent if isinstance(s, Statement)])
            self.recent.clear()

    def statements(self) -> list[Statement]:
        """Return what did not settle."""
        return [s if isinstance(s, Statement) else whole(s) for s in self.recent]


def _column(texts: Sequence[str], *, several: bool) -> Any:
    """Return texts as an Arrow array, or the one text they all are unless ``several``."""
    import pyarrow as pa

    first = texts[0]
    if not several and first == texts[-1] and texts.count(first) == len(texts):
        return first
    return pa.array(texts, pa.string())


def _numbers(ids: pa.Array) -> Ids:
    """Return ids in hexadecimal as numbers."""
    _, ends, data = ids.buffers()
    ends = np.frombuffer(ends, np.int32)[ids.offset :][: len(ids) + 1]
    text = data.to_pybytes()[ends[0] : ends[-1]].decode("ascii")
    return np.frombuffer(bytes.fromhex(text), ">u8").astype(np.uint64)
