"""Opening what a person gives: files as they come, gzip and zip included, within limits.

An `Input` is one document: its bytes and the name by which errors speak of it. What is large is
never in memory as a whole unless its format needs it. Names inside archives are labels only,
never paths.
"""

from __future__ import annotations

import gzip
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, cast

from nthtier.graph.errors import InputError, visible
from nthtier.loaders.document import CHUNK, TAIL, Watch
from nthtier.loaders.document import Input as Input

#: Most bytes of one document, of all members of an archive, and most members.
MOST_BYTES: Final = 64 << 30
MOST_MEMBERS: Final = 100
#: Up to this size a document is kept in memory; a larger one is read as often as it is needed.
HELD: Final = 64 << 20
#: No list compresses better than this; a bomb does.
MOST_RATIO: Final = 200


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
        tail = (tail + chunk)[-TAIL:]
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
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                limit = min(most_bytes, max(file.tell() * MOST_RATIO, CHUNK))
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
    if member.file_size > min(left, max(member.compress_size * MOST_RATIO, CHUNK)):
        raise InputError("unpacks to more than allowed", file=label, allowed=_limits(most_bytes))
    return member.file_size


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as stream:  # in pieces: a header that lies never fills the memory
        while chunk := stream.read(CHUNK):
            yield chunk
