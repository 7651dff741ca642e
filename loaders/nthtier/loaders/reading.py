"""Opening what a person gives: files as they come, gzip and zip included, within limits.

An `Input` is one document: its bytes and the name by which errors speak of it. Names inside
archives are labels only, never paths.
"""

from __future__ import annotations

import codecs
import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from nthtier.graph.errors import InputError, visible

#: Most bytes of one document, of all members of an archive, and most members.
MOST_BYTES: Final = 2 << 30
MOST_MEMBERS: Final = 100
#: No list compresses better than this; a bomb does.
MOST_RATIO: Final = 200
_CHUNK: Final = 1 << 20
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Input:
    """One document to read. ``path`` is the file it came from, ``name`` how errors call it."""

    name: str
    path: Path
    data: bytes

    @property
    def sha256(self) -> str:
        """The digest of the bytes read (uncompressed)."""
        return sha256(self.data).hexdigest()

    def without_mark(self) -> Input:
        """Return the document without a byte order mark, which some lists are published with."""
        return replace(self, data=self.data[3:]) if self.data.startswith(_BOM) else self

    def check(self) -> None:
        """Hold the document to be text, as `text` does, without keeping the text.

        Raises:
            InputError: as `text`.
        """
        decode = codecs.getincrementaldecoder("utf-8")().decode
        try:
            for begin in range(0, len(self.data), _CHUNK):
                decode(self.data[begin : begin + _CHUNK])
            decode(b"", final=True)
        except UnicodeDecodeError:
            self.text()
        if self.data.startswith(_BOM) or b"\0" in self.data:
            self.text()

    def stream(self) -> TextIO:
        """Return the document as a stream of text, of which little is in memory.

        Raises:
            InputError: as `text`.
        """
        self.check()
        return io.TextIOWrapper(io.BytesIO(self.data), encoding="utf-8", newline="")

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


def open_inputs(paths: Sequence[Path], most_bytes: int = MOST_BYTES) -> list[Input]:
    """Read the documents at ``paths``; an archive gives one for each member.

    Raises:
        InputError: a path is missing, a directory, unreadable, empty, damaged, or beyond limits.
    """
    found: list[Input] = []
    for path in paths:
        found += _open(path, most_bytes)
    return found


def _open(path: Path, most_bytes: int) -> Iterator[Input]:
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
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(0)
            if head.startswith(b"\x1f\x8b"):
                stem = name[:-3] if name.endswith(".gz") else name
                data = _gunzip(file, name, most_bytes)
                yield _checked(stem, path, data)
            elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
                yield from _unzip(file, name, path, most_bytes)
            else:
                yield _checked(name, path, _bounded(file, name, most_bytes))
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


def _checked(name: str, path: Path, data: bytes) -> Input:
    if not data.strip():
        raise InputError("the file is empty", file=name, found=f"{len(data)} bytes")
    return Input(name, path, data)


def _bounded(file: BinaryIO, name: str, most_bytes: int) -> bytes:
    data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise InputError("larger than allowed", file=name, allowed=f"{most_bytes} bytes")
    return data


def _gunzip(file: BinaryIO, name: str, most_bytes: int) -> bytes:
    chunks: list[bytes] = []
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
                chunks.append(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            "the gzip data is cut short or damaged; fetch the file again",
            file=name, found=str(error),
        ) from error  # fmt: skip
    return b"".join(chunks)


def _limits(most_bytes: int) -> str:
    return f"{most_bytes} bytes, and {MOST_RATIO} times the packed size"


def _unzip(file: BinaryIO, name: str, path: Path, most_bytes: int) -> Iterator[Input]:
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
                data = _member(archive, member)
                if not workbook:
                    yield _checked(label, path, data)
            if workbook:  # read as it is by who reads it, now that its members are known to be sane
                file.seek(0)
                yield _checked(name, path, _bounded(file, name, most_bytes))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError,
            ValueError) as error:  # fmt: skip
        raise InputError(
            "the zip archive is cut short or damaged; fetch it again", file=name, found=str(error)
        ) from error


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


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    chunks: list[bytes] = []
    with archive.open(member) as stream:  # in pieces: a header that lies never fills the memory
        while chunk := stream.read(_CHUNK):
            chunks.append(chunk)
    return b"".join(chunks)
