"""Opening what a person gives: files as they come, gzip and zip included, within limits.

An `Input` is one document: its bytes and the name by which errors speak of it. What is large is
never in memory as a whole unless its format needs it. Names inside archives are labels only,
never paths.
"""

from __future__ import annotations

import codecs
import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO, cast

from nthtier.graph.errors import InputError, visible

#: Most bytes of one document, of all members of an archive, and most members.
MOST_BYTES: Final = 64 << 30
MOST_MEMBERS: Final = 100
#: Most bytes of a document of a format that needs all of it at once.
MOST_HELD: Final = 2 << 30
#: Up to this size a document is kept in memory; a larger one is read as often as it is needed.
HELD: Final = 64 << 20
#: No list compresses better than this; a bomb does.
MOST_RATIO: Final = 200
_CHUNK: Final = 1 << 20
_TAIL: Final = 64
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
            return self._data[:_CHUNK]
        if not self._head:
            with self.open() as stream:
                self._head = stream.read(_CHUNK)
        return self._head

    @property
    def tail(self) -> bytes:
        """The last bytes."""
        if self._data is not None:
            return self._data[-_TAIL:]
        if not self._tail:
            with self.open() as stream:
                stream.seek(-_TAIL, io.SEEK_END)
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

    def chunks(self, size: int = _CHUNK, *, watched: bool = False) -> Iterator[bytes]:
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


def open_inputs(
    paths: Sequence[Path], most_bytes: int = MOST_BYTES, watch: Watch | None = None
) -> list[Input]:
    """Open the documents at ``paths``; an archive gives one for each member.

    Archives are unpacked once to know that they are whole and within limits. ``watch`` is told
    what loaders read.

    Raises:
        InputError: a path is missing, a directory, unreadable, empty, damaged, or beyond limits.
    """
    found: list[Input] = []
    for path in paths:
        found += _open(path, most_bytes, watch)
    return found


def _open(path: Path, most_bytes: int, watch: Watch | None) -> Iterator[Input]:
    name = visible(path.name or str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(
                "this is a directory; name the files in it",
                file=visible(str(path)), found="a directory", allowed="a file",
            )  # fmt: skip
        if not stat.S_ISREG(mode):
            raise InputError("not a regular file", file=visible(str(path)), allowed="a file")
        same = partial(_same, path, name, _state(path))
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(0)
            if head.startswith(b"\x1f\x8b"):
                stem = name[:-3] if name.endswith(".gz") else name
                unpacked = _gunzip(file, name, most_bytes)
                again = partial(_open_gzip, same)
                yield _kept(stem, path, unpacked, again, watch)
            elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
                yield from _unzip(file, name, path, most_bytes, same, watch)
            else:
                yield _plain(file, name, path, most_bytes, same, watch)
    except FileNotFoundError:
        raise InputError("no such file", file=visible(str(path))) from None
    except PermissionError:
        raise InputError(
            "no permission to read it; change its mode or run as its owner",
            file=visible(str(path)),
        ) from None
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}", file=visible(str(path))
        ) from error


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _same(path: Path, name: str, state: tuple[int, ...]) -> Path:
    """Return the path of a file that is still what it was."""
    try:
        if _state(path) != state:
            raise InputError("the file was changed while it was read; load it again", file=name)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=name) from error
    return path


def _plain(
    file: BinaryIO,
    name: str,
    path: Path,
    most_bytes: int,
    same: Callable[[], Path],
    watch: Watch | None,
) -> Input:
    size = path.stat().st_size
    if size > most_bytes:
        raise InputError("larger than allowed", file=name, allowed=f"{most_bytes} bytes")
    if size <= HELD:
        return _checked(Input(name, path, file.read(), watch=watch))
    return _checked(Input(name, path, again=lambda: same().open("rb"), size=size, watch=watch))


def _kept(
    name: str,
    path: Path,
    chunks: Iterator[bytes],
    again: Callable[[], BinaryIO],
    watch: Watch | None,
) -> Input:
    """Read what an archive holds; keep it while it is small."""
    held: list[bytes] = []
    digest, size, tail = sha256(), 0, b""
    for chunk in chunks:
        digest.update(chunk)
        tail = (tail + chunk)[-_TAIL:]
        size += len(chunk)
        if size <= HELD:
            held.append(chunk)
        else:
            held.clear()
    if size <= HELD:
        return _checked(Input(name, path, b"".join(held), watch=watch))
    return _checked(Input(name, path, again=again, size=size, digest=digest.hexdigest(),
                          tail=tail, watch=watch))  # fmt: skip


def _checked(document: Input) -> Input:
    if document.size <= HELD and not document.data.strip():
        raise InputError("the file is empty", file=document.name,
                         found=f"{document.size} bytes")  # fmt: skip
    return document


def _gunzip(file: BinaryIO, name: str, most_bytes: int) -> Iterator[bytes]:
    size = 0
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                limit = min(most_bytes, max(file.tell() * MOST_RATIO, _CHUNK))
                if size > limit:  # said while unpacking: a bomb never fills the memory
                    raise InputError(
                        "unpacks to more than allowed", file=name, allowed=_limits(most_bytes)
                    )
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            "the gzip data is cut short or damaged; fetch the file again",
            file=name, found=str(error),
        ) from error  # fmt: skip


def _limits(most_bytes: int) -> str:
    return f"{most_bytes} bytes, and {MOST_RATIO} times the packed size"


def _unzip(
    file: BinaryIO,
    name: str,
    path: Path,
    most_bytes: int,
    same: Callable[[], Path],
    watch: Watch | None,
) -> Iterator[Input]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [m for m in archive.infolist() if not m.filename.endswith("/")]
            workbook = any(m.filename == "[Content_Types].xml" for m in members)  # Excel
            most = MOST_MEMBERS * 10 if workbook else MOST_MEMBERS
            if not 0 < len(members) <= most:
                raise InputError("an archive of an odd number of files", file=name,
                                 found=len(members), allowed=f"1 to {most}")  # fmt: skip
            left = most_bytes
            for member in members:
                label = f"{name}/{visible(member.filename)}"
                left -= _declared(member, label, left, most_bytes)
                if workbook:
                    for _ in _member(archive, member):
                        pass
                else:
                    again = partial(_open_member, same, member)
                    yield _kept(label, path, _member(archive, member), again, watch)
            if workbook:  # read as it is by who reads it, now that its members are known to be sane
                file.seek(0)
                yield _plain(file, name, path, most_bytes, same, watch)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError,
            ValueError) as error:  # fmt: skip
        raise InputError(
            "the zip archive is cut short or damaged; fetch it again", file=name, found=str(error)
        ) from error


def _open_gzip(same: Callable[[], Path]) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(same()))


def _open_member(same: Callable[[], Path], member: zipfile.ZipInfo) -> BinaryIO:
    """Unpack a member that was found whole once more."""
    with zipfile.ZipFile(same()) as archive:
        return cast(BinaryIO, archive.open(member))  # keeps the file open until it is closed


def _declared(member: zipfile.ZipInfo, label: str, left: int, most_bytes: int) -> int:
    """Return the size that a member says it has, if that and how it is packed are allowed."""
    if member.flag_bits & 1:
        raise InputError("the archive is encrypted; unpack it first", file=label)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            "packed by an uncommon method; unpack it first", file=label,
            found=f"method {member.compress_type}", allowed="stored or deflated",
        )  # fmt: skip
    if member.file_size > min(left, max(member.compress_size * MOST_RATIO, _CHUNK)):
        raise InputError("unpacks to more than allowed", file=label, allowed=_limits(most_bytes))
    return member.file_size


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as stream:  # in pieces: a header that lies never fills the memory
        while chunk := stream.read(_CHUNK):
            yield chunk
