"""Fetching an official list into the cache: all of an edition, checked, or nothing.

The files of a list are downloaded beside the cached ones and read by the loader that will load
them, with its gates. Only then does each replace the cached one, in one rename, with a sidecar
that says where it came from. Whatever goes wrong leaves the last good copy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from nthtier.graph.errors import BusyError, InputError, StoreError
from nthtier.loaders.addresses import Address, File
from nthtier.loaders.downloads import STALL_SECONDS, TOTAL_SECONDS, Limits, download
from nthtier.loaders.loading import LEAST_OF_PREVIOUS
from nthtier.loaders.reader import Options
from nthtier.loaders.registry import check_files
from nthtier.loaders.sidecar import Sidecar, read_sidecar, sidecar_path

#: Told the file's name, the bytes received and, where known, the bytes in all.
Progress = Callable[[str, int, int | None], None]
_STAGING: Final = ".fetching-"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch gave: the files, their sidecars, whether any of them is new."""

    paths: list[Path]
    sidecars: list[Sidecar]
    fresh: bool


def cache_folder() -> Path:
    """Return the cache: ``$NTHTIER_CACHE``, else ``nthtier`` in the XDG cache home."""
    own = os.environ.get("NTHTIER_CACHE")
    if own:
        return Path(own)
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".cache"
    return base / "nthtier"


def at(address: Address, url: str) -> Address:
    """Return the same list at another address.

    An address that ends in ``/`` is a folder in which all files of the list lie by their names;
    any other is that of the one file.

    Raises:
        ValueError: one file's address for a list of several.

    Example:
        >>> from nthtier.loaders.addresses import ADDRESSES
        >>> at(ADDRESSES["us-ofac-cons"], "https://mirror.example/").files[1].url
        'https://mirror.example/cons_alt.csv'
    """
    if url.endswith("/"):
        return replace(address, files=tuple(replace(f, url=urljoin(url, f.name))
                                            for f in address.files))  # fmt: skip
    if len(address.files) > 1:
        names = ", ".join(f.name for f in address.files)
        raise ValueError(
            f"{address.id} is {len(address.files)} files; give the address of a folder that "
            f"holds {names}, ending in /"
        )
    return replace(address, files=(replace(address.files[0], url=url),))


def cached(address: Address, folder: Path) -> list[Sidecar]:
    """Return the sidecars of the copy in ``folder``; empty unless it is there and whole."""
    found = [s for f in address.files if (s := read_sidecar(folder / f.name)) is not None]
    return found if len(found) == len(address.files) else []


def fetch(
    address: Address,
    folder: Path | None = None,
    *,
    allow: frozenset[str] = frozenset(),
    timeout: float = TOTAL_SECONDS,
    progress: Progress | None = None,
) -> Fetched:
    """Fetch a list into ``folder`` (default: its own in the cache).

    Files that the server says have not changed since they were fetched stay. ``timeout`` is the
    most seconds for one file. ``allow`` may hold ``counts``, which is recorded in the sidecars.

    Raises:
        EngineError: a download failed.
        InputError: what came is not the list, or too little of it.
        BusyError: another process is fetching into the folder.
        StoreError: the folder cannot be written.
    """
    folder = folder or cache_folder() / address.id
    with _held(folder), _staging(folder) as staging:
        before = cached(address, folder)
        came: dict[str, Sidecar] = {}
        for number, file in enumerate(address.files):
            kept = before[number] if before and before[number].url == file.url else None
            sidecar = _download(file, staging, kept, allow, timeout, progress)
            if sidecar is not None:
                came[file.name] = sidecar
        paths = [folder / f.name for f in address.files]
        if not came:
            return Fetched(paths, before, fresh=False)
        staged = [(staging if f.name in came else folder) / f.name for f in address.files]
        records = _check(address, staged, allow, before)
        known = {f.name: s for f, s in zip(address.files, before, strict=False)}
        known |= {name: replace(s, records=records) for name, s in came.items()}
        for name in came:
            _write(sidecar_path(staging / name), known[name].text())
        _publish(staging, folder, list(came))
        return Fetched(paths, [known[f.name] for f in address.files], fresh=True)


def _download(
    file: File,
    staging: Path,
    known: Sidecar | None,
    allow: frozenset[str],
    timeout: float,
    progress: Progress | None,
) -> Sidecar | None:
    headers = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    limits = Limits(1 if "counts" in allow else file.least, file.most,
                    min(STALL_SECONDS, timeout), timeout)  # fmt: skip

    def tell(received: int, total: int | None) -> None:
        if progress is not None:
            progress(file.name, received, total)

    got = download(file.url, staging / file.name, limits, headers, tell)
    if got is None:
        return None
    _refuse_page(staging / file.name, file.url)
    return Sidecar(file.url, got.final_url, got.sha256, got.bytes, _now(), got.etag,
                   got.last_modified, allowed=tuple(sorted(allow)))  # fmt: skip


def _refuse_page(path: Path, url: str) -> None:
    """Refuse the web page that a server sends instead of a file, and an archive that is cut."""
    with path.open("rb") as file:
        head = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    start = head[:15].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise InputError(
            "the server sent a web page, not the list; look at the address in a browser",
            file=url, row=1, found=head[:40].decode("utf-8", "replace").split("\n")[0],
        )  # fmt: skip
    if path.suffix == ".zip":
        import zipfile

        if not zipfile.is_zipfile(path):
            raise InputError("not a whole zip archive", file=url, allowed="a zip archive")
    if path.suffix == ".xml" and not start.startswith(b"<"):
        raise InputError("not XML", file=url, row=1, found=head[:40].decode("utf-8", "replace"))


def _check(
    address: Address, paths: Sequence[Path], allow: frozenset[str], before: Sequence[Sidecar]
) -> Mapping[str, int]:
    """Read what came as it will be loaded; hold it against the copy it would replace."""
    records: Mapping[str, int] = {}
    if address.format:
        records = dict(check_files(paths, address.format, Options(allow=allow)))
    if before and "counts" not in allow:
        if records and before[0].records:
            word, now, then = "records", sum(records.values()), sum(before[0].records.values())
        else:
            word = "bytes"
            now, then = sum(p.stat().st_size for p in paths), sum(s.bytes for s in before)
        if now < then * LEAST_OF_PREVIOUS:
            raise InputError(
                "far less than the copy fetched before; the list may be cut short "
                "(--allow counts takes it all the same)",
                file=address.id, field=word, found=now,
                allowed=f"at least {LEAST_OF_PREVIOUS:.0%} of {then}",
            )  # fmt: skip
    return records


def _publish(staging: Path, folder: Path, names: Sequence[str]) -> None:
    try:
        for name in names:  # a sidecar without its file counts for nothing, so it comes second
            (staging / name).replace(folder / name)
            sidecar_path(staging / name).replace(sidecar_path(folder / name))
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the folder for writing; the lock is on the folder itself and leaves no file."""
    import fcntl

    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(f"another process is fetching into {folder}; try again later") from None
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """Make a folder beside the cached files; what a killed fetch left goes first."""
    for stray in folder.glob(_STAGING + "*"):
        shutil.rmtree(stray, ignore_errors=True)
    try:
        made = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}") from error
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
