"""Columns checked as a whole: what is wrong is found without looking at each row in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph import dates
from nthtier.graph.columns import Relations
from nthtier.graph.errors import InputError
from nthtier.graph.ontology import BASIS_CODE, CODE, RELATION_TYPES, STATED
from nthtier.loaders import values
from nthtier.loaders.records import AMOUNT_FORM

if TYPE_CHECKING:
    import pyarrow as pa

_STAKE: Final = np.array([t.stake for t in RELATION_TYPES])
_STAKES: Final = ", ".join(t.name for t in RELATION_TYPES if t.stake)
_STATED: Final = {name: CODE[name] for name in STATED}
_PLAIN: Final = ", ".join(name for name in STATED if name != "LISTED_ON")


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a file (or where a batch of rows begins), from 0; messages count from 1."""

    file: str
    row: int | None = None

    def at(self, offset: int) -> Place:
        """Return the place so many rows further."""
        return Place(self.file, (self.row or 0) + offset)

    @property
    def locator(self) -> str:
        """The row as a statement's locator."""
        return f"row {(self.row or 0) + 1}"

    def wrong(self, message: str, field: str, found: object, allowed: str | None) -> InputError:
        """Make the error for a field here."""
        row = None if self.row is None else self.row + 1
        return InputError(message, file=self.file, row=row, field=field, found=found,
                          allowed=allowed, row_word="row")  # fmt: skip


def texts(place: Place, batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return a column as texts without spaces around; an absent column or value is empty text.

    Raises:
        InputError: the column holds something else than text, whole numbers or dates.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if name not in batch.schema.names:
        return pa.array([""] * batch.num_rows, pa.string())
    column = batch.column(name)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not any(
        test(kind)
        for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
                     pa.types.is_integer, pa.types.is_date32, pa.types.is_null)
    ):  # fmt: skip
        raise Place(place.file).wrong("not a column of texts", name, kind, "strings")
    try:
        column.validate(full=True)
        plain = pc.utf8_trim_whitespace(pc.fill_null(pc.cast(column, pa.string()), ""))
    except pa.ArrowException as error:
        raise Place(place.file).wrong("not UTF-8", name, error, "UTF-8") from error
    return plain


def refuse(
    place: Place,
    bad: npt.NDArray[np.bool_],
    field: str,
    column: Any,
    message: str,
    allowed: str | None,
) -> None:
    """Raise for the first row that is bad; ``column`` holds what was found there.

    Raises:
        InputError: any row is bad.
    """
    if bad.any():
        row = int(np.argmax(bad))
        found = column[row]
        found = found.as_py() if hasattr(found, "as_py") else found
        raise place.at(row).wrong(message, field, found, allowed)


def coded(
    place: Place,
    column: pa.Array,
    field: str,
    put: Callable[[str], int],
    message: str,
    allowed: str | None,
) -> npt.NDArray[np.int64]:
    """Return the number that ``put`` gives each text; it is asked once for each that differs.

    Raises:
        InputError: ``put`` raises ValueError or KeyError for a text.
    """
    encoded = column.dictionary_encode()
    indices = encoded.indices.to_numpy()
    numbers = np.zeros(len(encoded.dictionary), np.int64)
    for i, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            numbers[i] = put(text)
        except (ValueError, KeyError):
            row = int(np.argmax(indices == i))
            raise place.at(row).wrong(message, field, text, allowed) from None
    found: npt.NDArray[np.int64] = numbers[indices]
    return found


class Relating:
    """The table of relations while it is read, batch by batch."""

    def __init__(self, ids: pa.Array) -> None:
        self.ids = ids
        self.dates: dict[str, int] = {"": 0}
        self.days: list[tuple[int, int]] = [(dates.OPEN_START, dates.OPEN_END)]
        self.shares: dict[str, tuple[float, float]] = {}
        self.parts: dict[str, list[Any]] = {
            name: [] for name in Relations.__slots__ if name != "dates"
        }

    def add(self, place: Place, batch: pa.RecordBatch) -> None:
        """Check a batch and keep it.

        Raises:
            InputError: a row is wrong; the first such row and its field are named.
        """
        ends = self._ends(place, batch)
        refuse(place, ends[0] == ends[1], "to", texts(place, batch, "to"),
               "a relation of an entity to itself", "another entity")  # fmt: skip
        kind = self._type(place, batch)
        since, until = (self._dates(place, batch, field) for field in ("since", "until"))
        first, last = np.array(self.days, np.int64).T
        over = (since > 0) & (until > 0) & (first[since] > last[until])
        refuse(place, over, "until", texts(place, batch, "until"), "it ends before it begins",
               "a date not before since")  # fmt: skip
        lo, hi = self._share(place, batch)
        refuse(place, ~np.isnan(lo) & ~_STAKE[kind], "share", texts(place, batch, "type"),
               "this type of relation has no share", f"only {_STAKES}")  # fmt: skip
        basis = coded(place, texts(place, batch, "basis"), "basis",
                      lambda t: BASIS_CODE[t or "stated"], "an unknown basis",
                      ", ".join(BASIS_CODE))  # fmt: skip
        for name, part in (
            ("start", ends[0]), ("end", ends[1]), ("type", kind.astype(np.uint8)),
            ("since", since.astype(np.int32)), ("until", until.astype(np.int32)),
            ("lo", lo), ("hi", hi), ("basis", basis.astype(np.uint8)),
            ("amount", self._amount(place, batch)), ("note", texts(place, batch, "note")),
        ):  # fmt: skip
            if name not in ("amount", "note") or name in batch.schema.names:
                self.parts[name].append(part)

    def columns(self) -> Relations:
        """Return all batches as one."""
        import pyarrow as pa

        types = {"type": np.uint8, "basis": np.uint8, "lo": np.float64, "hi": np.float64}
        found: dict[str, Any] = {}
        for name, parts in self.parts.items():
            if name in ("amount", "note"):
                large = [p.cast(pa.large_string()) for p in parts]
                found[name] = pa.concat_arrays(large) if large else None
            else:
                found[name] = np.concatenate([np.empty(0, types.get(name, np.int32)), *parts])
            parts.clear()
        return Relations(dates=list(self.dates), **found)

    def _ends(self, place: Place, batch: pa.RecordBatch) -> tuple[npt.NDArray[np.int32], ...]:
        import pyarrow as pa
        import pyarrow.compute as pc

        both = [texts(place, batch, field) for field in ("from", "to")]
        rows = pc.index_in(pa.concat_arrays(both), value_set=self.ids)  # one look-up table
        found: npt.NDArray[np.int32] = pc.fill_null(rows, -1).to_numpy()
        ends = found[: len(both[0])], found[len(both[0]) :]
        for field, column, end in zip(("from", "to"), both, ends, strict=True):
            refuse(place, end < 0, field, column, "no such entity",
                   "an id of the table of entities")  # fmt: skip
        return ends

    def _type(self, place: Place, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
        column = texts(place, batch, "type")
        kind = coded(
            place, column, "type", _STATED.__getitem__, "an unknown type of relation", _PLAIN
        )
        refuse(place, kind == CODE["LISTED_ON"], "type", column,
               "a listing belongs into the table of listings", _PLAIN)  # fmt: skip
        return kind

    def _dates(self, place: Place, batch: pa.RecordBatch, field: str) -> npt.NDArray[np.int64]:
        def put(text: str) -> int:
            if text not in self.dates:
                self.days.append(dates.span(text))
                self.dates[text] = len(self.dates)
            return self.dates[text]

        return coded(place, texts(place, batch, field), field, put, "no such date", dates.FORMS)

    def _share(
        self, place: Place, batch: pa.RecordBatch
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        names = batch.schema.names
        if "lo" in names:
            lo, hi = (self._percent(place, batch, field) for field in ("lo", "hi"))
            refuse(place, np.isnan(lo) != np.isnan(hi), "lo", lo, "half an interval",
                   "both lo and hi, or neither")  # fmt: skip
            refuse(place, lo > hi, "lo", lo, "an interval's lower end above its upper", "lo <= hi")
            return lo, hi
        if "share" not in names:
            empty = np.full(batch.num_rows, np.nan)
            return empty, empty
        if _numeric(batch.column("share").type):
            share = self._percent(place, batch, "share")
            return share, share
        pairs = [(np.nan, np.nan)]

        def put(text: str) -> int:
            if not text:
                return 0
            pairs.append(values.share(text))
            return len(pairs) - 1

        code = coded(place, texts(place, batch, "share"), "share", put, "not a share",
                     values.SHARES)  # fmt: skip
        lo, hi = np.array(pairs)[code].T
        return np.ascontiguousarray(lo), np.ascontiguousarray(hi)

    def _percent(self, place: Place, batch: pa.RecordBatch, field: str) -> npt.NDArray[np.float64]:
        import pyarrow as pa
        import pyarrow.compute as pc

        column = batch.column(field)
        if not _numeric(column.type):
            raise Place(place.file).wrong("not a column of numbers", field, column.type, "float64")
        number = pc.cast(column, pa.float64())
        absent = number.is_null().to_numpy(zero_copy_only=False)
        found: npt.NDArray[np.float64] = number.to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            bad = ~absent & ~((found >= 0) & (found <= 100))
        refuse(place, bad, field, found, "share out of range", "0 to 100 percent")
        return found

    def _amount(self, place: Place, batch: pa.RecordBatch) -> pa.Array:
        import pyarrow.compute as pc

        column = texts(place, batch, "amount")
        if "amount" in batch.schema.names:
            fits = pc.match_substring_regex(column, f"^({AMOUNT_FORM})?$").to_numpy(False)
            refuse(place, ~fits, "amount", column, "not an amount", "such as 20000000 USD")
        return column


def _numeric(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    )  # fmt: skip
