"""Columns that grow at their end: numbers, texts, and texts by code, an empty one for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

#: Types of codes, from the narrow to the wide.
_CODES: Final = (np.uint8, np.uint16, np.int32)
#: Bytes of texts up to which their ends are narrow numbers.
_NARROW: Final = 2**31 - 1


class Numbers:
    """An array to which values are added; room is made a tenth at a time."""

    def __init__(self, kind: Any) -> None:
        self._room = np.empty(0, kind)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, values: npt.NDArray[Any]) -> None:
        """Add values at the end. No array returned before may be used any more."""
        end = self._length + len(values)
        if end > len(self._room):
            self._room.resize(max(end, len(self._room) * 11 // 10, 1024), refcheck=False)
        self._room[self._length : end] = values
        self._length = end

    def array(self) -> npt.NDArray[Any]:
        """Return what was added."""
        return self._room[: self._length]


class Texts:
    """Texts one after another, in two buffers."""

    def __init__(self) -> None:
        self._data, self._ends = Numbers(np.uint8), Numbers(np.int32)
        self._ends.add(np.zeros(1, np.int32))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, texts: pa.Array) -> None:
        """Add an Arrow array of strings without nulls."""
        _, ends, data = texts.buffers()
        found = np.frombuffer(ends or b"", np.int32)[texts.offset :][: len(texts) + 1]
        if not len(found) or data is None:
            self._more(np.zeros(len(texts), np.int64))
            return
        self._more(found[1:].astype(np.int64) - found[0])
        self._data.add(np.frombuffer(data, np.uint8)[found[0] : found[-1]])

    def absorb(self, other: Texts) -> None:
        """Add the texts of another."""
        self._more(other._ends.array()[1:].astype(np.int64))
        self._data.add(other._data.array())

    def _more(self, ends: npt.NDArray[np.int64]) -> None:
        """Add where texts end, counted from here."""
        ends = ends + len(self._data)
        if len(ends) and ends[-1] > _NARROW and self._ends.array().dtype == np.int32:
            wider = Numbers(np.int64)
            wider.add(self._ends.array())
            self._ends = wider
        self._ends.add(ends)

    def array(self) -> pa.Array:
        """Return the texts as an Arrow array of strings, of large ones beyond 2 GiB."""
        import pyarrow as pa

        parts = [pa.py_buffer(x.array()) for x in (self._ends, self._data)]
        narrow = self._ends.array().dtype == np.int32
        kind = pa.StringArray if narrow else pa.LargeStringArray
        return kind.from_buffers(len(self), *parts)


class Coded:
    """A column of texts as codes; codes take the room that they need, none while all are equal.

    ``texts`` has the text of each code, the empty one first. Texts may have several codes:
    those that come together share one.
    """

    def __init__(self) -> None:
        import pyarrow as pa

        self.texts = Texts()
        self.texts.add(pa.array([""]))
        self._codes: Numbers | None = None
        self._level = self._length = self._only = 0
        self._known: dict[str, int] = {"": 0}

    def __len__(self) -> int:
        return self._length

    def add(self, texts: pa.Array) -> None:
        """Add an Arrow array of strings without nulls."""
        import pyarrow.compute as pc

        encoded = texts.dictionary_encode()
        words, codes = encoded.dictionary, encoded.indices.to_numpy()
        if len(words) == 1:
            self.add_same(words[0].as_py(), len(texts))
            return
        if len(words) <= 1000 and len(self._known) < 50_000:
            place = np.array([self._code(w) for w in words.to_pylist()], np.int32)
        else:
            place = len(self.texts) + np.arange(len(words), dtype=np.int32)
            self.texts.add(words)
            place[pc.equal(words, "").to_numpy(zero_copy_only=False)] = 0
        codes = place[codes]
        self._room().add(codes)
        self._length += len(codes)

    def add_same(self, text: str, count: int) -> None:
        """Add the same text so many times."""
        code = self._code(text)
        if self._codes is None and (not self._length or code == self._only):
            self._only = code
        else:
            self._room().add(np.full(count, code, np.int32))
        self._length += count

    def absorb(self, other: Coded) -> None:
        """Add the rows of another column."""
        if other._codes is None:
            self.add_same(other.texts.array()[other._only].as_py(), len(other))
            return
        place = len(self.texts) + np.arange(len(other.texts), dtype=np.int32)
        place[0] = 0
        self.texts.absorb(other.texts)
        for text, code in other._known.items():
            self._known.setdefault(text, int(place[code]))
        self._room().add(place[other.codes()])
        self._length += len(other)

    def _code(self, text: str) -> int:
        import pyarrow as pa

        code = self._known.get(text)
        if code is None:
            code = self._known[text] = len(self.texts)
            self.texts.add(pa.array([text]))
        return code

    def _room(self) -> Numbers:
        """Return the codes, wide enough for every text there is."""
        codes = self._codes
        while len(self.texts) - 1 > np.iinfo(_CODES[self._level]).max:
            self._level += 1
            if codes is not None:
                wider = Numbers(_CODES[self._level])
                wider.add(codes.array())
                codes = wider
        if codes is None:
            codes = Numbers(_CODES[self._level])
            codes.add(np.full(self._length, self._only, np.int32))
        self._codes = codes
        return codes

    @property
    def empty(self) -> bool:
        """Whether all texts are empty."""
        return self._codes is None and not self._only

    def codes(self) -> npt.NDArray[Any]:
        """Return the code of each text."""
        if self._codes is None:
            return np.full(self._length, self._only, np.int32)
        return self._codes.array()

    def take_coded(self, rows: npt.NDArray[Any]) -> Any:
        """Return the texts of rows as an Arrow dictionary array."""
        import pyarrow as pa
        import pyarrow.compute as pc

        words = pc.cast(self.texts.array(), pa.string())
        codes = np.full(len(rows), self._only) if self._codes is None else self._codes.array()[rows]
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), words)

    def take(self, rows: npt.NDArray[Any]) -> Any:
        """Return the texts of rows as an Arrow array of strings; one text when all are equal."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._codes is None:
            return self.texts.array()[self._only].as_py()
        return pc.cast(self.texts.array().take(pa.array(self._codes.array()[rows])), pa.string())


class Ordered(Coded):
    """A column whose texts were put in order, each once; nothing can be added."""

    def __init__(self, texts: pa.Array, codes: npt.NDArray[Any]) -> None:
        self.words, self._order, self._length = texts, codes, len(codes)

    @property
    def empty(self) -> bool:
        """Whether all texts are empty: never, these are keys."""
        return False

    def codes(self) -> npt.NDArray[Any]:
        """Return the code of each text."""
        return self._order

    def take(self, rows: npt.NDArray[Any]) -> Any:
        """Return the texts of rows as an Arrow array of strings."""
        import pyarrow as pa

        return self.words.take(pa.array(self._order[rows]))
