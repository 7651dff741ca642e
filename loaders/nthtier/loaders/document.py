"""One document: its bytes, held or read again, as text, a stream, or pieces."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from nthtier.graph.errors import InputError

#: Most bytes of a document of a format that needs all of it at once.
MOST_HELD: Final = 2 << 30
#: How much is read at once.
CHUNK: Final = 1 << 20
#: How many of the last bytes are known.
TAIL: Final = 64
_BOM: Final = b"\xef\xbb\xbf"

#: Told how many more bytes of a document were read.
Watch = Callable[[int], None]


class Input:
    """One document to read. ``path`` is the file it came from, ``name`` how errors call it.

    A small document is ``data``; of a large one only the beginning is in memory, and ``again``
    opens it (for documents in archives: unpacks it once more).
    """

    def __init__(
        self,
        name: str,
        path: Path,
        data: bytes | None = None,
        *,
        again: Callable[[], BinaryIO] | None = None,
        size: int = 0,
        digest: str = "",
        tail: bytes = b"",
        watch: Watch | None = None,
    ) -> None:
        self.name, self.path, self._data, self._again = name, path, data, again
        self.size = size if data is None else len(data)
        self._digest, self._watch = digest, watch
        self._head, self._tail = b"", tail

    @property
    def data(self) -> bytes:
        """All bytes of the document.

        Raises:
            InputError: there are more than `MOST_HELD`.
        """
        if self._data is None:
            if self.size > MOST_HELD:
                raise InputError("larger than a file of this format may be", file=self.name,
                                 found=f"{self.size} bytes",
                                 allowed=f"{MOST_HELD} bytes")  # fmt: skip
            with self.open() as stream:
                self._data = stream.read()
        return self._data

    @property
    def head(self) -> bytes:
        """The first MiB, which tells what a document is."""
        if self._data is not None:
            return self._data[:CHUNK]
        if not self._head:
            with self.open() as stream:
                self._head = stream.read(CHUNK)
        return self._head

    @property
    def tail(self) -> bytes:
        """The last bytes."""
        if self._data is not None:
            return self._data[-TAIL:]
        if not self._tail:
            with self.open() as stream:
                stream.seek(-TAIL, io.SEEK_END)
                self._tail = stream.read()
        return self._tail

    @property
    def sha256(self) -> str:
        """The digest of the bytes read (uncompressed)."""
        if not self._digest:
            digest = sha256()
            for chunk in self.chunks():
                digest.update(chunk)
            self._digest = digest.hexdigest()
        return self._digest

    def open(self, *, watched: bool = False) -> BinaryIO:
        """Open the document's bytes; ``watched`` when it is read to the end only once."""
        if self._data is None and self._again is not None:
            stream = self._again()
        else:
            stream = io.BytesIO(self._data or b"")
        if watched and self._watch is not None:
            return io.BufferedReader(_Watched(stream, self._watch), 1 << 16)
        return stream

    def chunks(self, size: int = CHUNK, *, watched: bool = False) -> Iterator[bytes]:
        """Yield the bytes in pieces."""
        with self.open(watched=watched) as stream:
            while chunk := stream.read(size):
                yield chunk

    def without_mark(self) -> Input:
        """Return the document without a byte order mark, which some lists are published with."""
        if not self.head.startswith(_BOM):
            return self
        if self._data is not None:
            return Input(self.name, self.path, self._data[3:], watch=self._watch)

        def again() -> BinaryIO:
            stream = self.open()
            stream.read(len(_BOM))
            return stream

        return Input(self.name, self.path, again=again, size=self.size - len(_BOM),
                     tail=self.tail, watch=self._watch)  # fmt: skip

    def check(self) -> None:
        """Hold the document to be text, as `text` does, without keeping the text.

        Raises:
            InputError: as `text`.
        """
        decode, digest = codecs.getincrementaldecoder("utf-8")().decode, sha256()
        try:
            for chunk in self.chunks():
                decode(chunk)
                digest.update(chunk)
                if b"\0" in chunk:
                    self.text()
            decode(b"", final=True)
        except UnicodeDecodeError:
            self.text()
        if self.head.startswith(_BOM):
            self.text()
        self._digest = digest.hexdigest()

    def stream(self) -> TextIO:
        """Return the document as a stream of text, of which little is in memory.

        Raises:
            InputError: as `text`.
        """
        self.check()
        return io.TextIOWrapper(self.open(watched=True), encoding="utf-8", newline="")

    def text(self) -> str:
        """Return the document as text.

        Raises:
            InputError: it is not UTF-8, begins with a byte order mark or holds a NUL.
        """
        if self.data.startswith(_BOM):
            raise InputError(
                "the file begins with a byte order mark; save it as UTF-8 without one",
                file=self.name, row=1, found="EF BB BF", allowed="UTF-8 without a mark",
            )  # fmt: skip
        try:
            text = self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            raise InputError(
                f"byte {error.start} is not UTF-8 (Latin-1, perhaps)",
                file=self.name, row=line, found=f"{self.data[error.start]:#04x}", allowed="UTF-8",
            ) from error  # fmt: skip
        if "\x00" in text:
            line = text.count("\n", 0, text.index("\x00")) + 1
            raise InputError("a NUL byte", file=self.name, row=line, allowed="text")
        return text


class _Watched(io.RawIOBase):
    """A stream that tells how much of it was read."""

    def __init__(self, stream: BinaryIO, watch: Watch) -> None:
        self._stream, self._watch = stream, watch

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._watch(len(chunk))
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()
