"""The store: a folder of immutable versions and a ``HEAD`` that names the current one.

::

    HEAD                     the current version's id
    lock                     held (flock) while one process writes; says who
    versions/<id>/           never changed once it is there
        manifest.json        digests of the other files, counts, when and from what it was made
        *.parquet  snapshot/

A new version is written and flushed beside the old ones under a temporary name, renamed, and only
then does ``HEAD`` change, in one rename. Whatever interrupts that, the graph is the old one or
the new one. Readers take no lock.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from importlib.metadata import version as software_version
from pathlib import Path
from typing import Any, Final

from nthtier.graph import snapshot, tables
from nthtier.graph.build import BUILD, Built
from nthtier.graph.errors import BusyError, DamagedError, StoreError
from nthtier.graph.version import Version

_ID: Final = re.compile(r"v-[0-9a-f]{16}\Z")
#: How long a second writer waits for the first before it says who holds the graph.
WAIT_SECONDS: Final = 1.0


class Store:
    """One graph folder. Nothing is created before the first write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.versions = folder / "versions"

    def head(self) -> str | None:
        """Return the current version's id; None when nothing was ever loaded.

        Raises:
            DamagedError: HEAD names no version.
        """
        try:
            text = (self.folder / "HEAD").read_text("ascii").strip()
        except FileNotFoundError:
            if self.versions.is_dir() and any(self.versions.glob("v-*")):
                raise self._no_head("is missing") from None
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._no_head(f"cannot be read ({error})") from error
        if not _ID.match(text) or not (self.versions / text).is_dir():
            raise self._no_head("names no version")
        return text

    def _no_head(self, what: str) -> DamagedError:
        known = ", ".join(sorted(p.name for p in self.versions.glob("v-*"))) or "none"
        return DamagedError(
            f"HEAD of {self.folder} {what}; versions there: {known}. "
            "Write the one wanted into HEAD, or load the sources into a new folder (--graph)"
        )

    def open(self, version: str | None = None) -> Version:
        """Open a version (default: the current one) for reading.

        Raises:
            StoreError: nothing was loaded yet, or no such version.
            DamagedError: a file of it is not what was written.
        """
        wanted = version or self.head()
        if wanted is None:
            raise StoreError(
                f"there is no graph in {self.folder}; 'nthtier demo' or 'nthtier load FILE' "
                "makes one, --graph names another folder"
            )
        if not _ID.match(wanted) or not (self.versions / wanted).is_dir():
            raise StoreError(f"{self.folder} has no version {wanted!r} (nthtier info lists them)")
        return Version(self.versions / wanted)

    def has(self, version: str) -> bool:
        """Tell whether a version is there, every file of it as it was written."""
        return self._complete(self.versions / version)

    def history(self) -> list[dict[str, Any]]:
        """Return the manifests' heads of all versions, oldest first; damaged ones say so."""
        found = []
        for folder in self.versions.glob("v-*"):
            if not _ID.match(folder.name):
                continue
            try:
                found.append(Version(folder).summary())
            except DamagedError as error:
                found.append({"id": folder.name, "parent": None, "command": f"damaged: {error}",
                              "created": "", "nthtier": "", "entities": 0, "relations": 0,
                              "listings": 0, "statements": 0, "sources": []})  # fmt: skip
        return sorted(found, key=lambda m: (m["created"], m["id"]))

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the graph for writing.

        Raises:
            BusyError: another process holds it (said within two seconds).
            StoreError: the folder cannot be written.
        """
        try:
            self.versions.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(f"cannot write to {self.folder}: {error.strerror}") from error
        try:
            self._lock(handle)
            who = f"process {os.getpid()} on {socket.gethostname()} since {_now()}\n"
            with contextlib.suppress(OSError):  # on a full disk the lock still holds
                os.ftruncate(handle, 0)
                os.pwrite(handle, who.encode("utf-8"), 0)
            self._sweep()
            yield
        finally:
            os.close(handle)

    def check_free(self) -> None:
        """Tell a second writer before it begins its work; changes nothing.

        Raises:
            BusyError: another process holds the graph.
        """
        try:
            handle = os.open(self.folder / "lock", os.O_RDONLY)
        except OSError:
            return  # nothing there yet, or `writing` will say why it cannot be written
        try:
            self._lock(handle)
        finally:
            os.close(handle)

    def _lock(self, handle: int) -> None:
        """Lock the open file, waiting a moment for another writer."""
        import fcntl

        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise StoreError(f"cannot lock {self.folder}: {error.strerror}") from error
                if time.monotonic() > deadline:
                    holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip()
                    raise BusyError(
                        f"{self.folder} is being written by {holder or 'another process'}; "
                        "nothing was changed, try again when it is done"
                    ) from None
                time.sleep(0.05)

    def _sweep(self) -> None:
        """Remove what an interrupted writer left; only the holder of the lock does this."""
        for stray in self.versions.glob("new-*"):
            shutil.rmtree(stray, ignore_errors=True)

    def write(self, built: Built, *, parent: str | None, command: str, head: bool = True) -> bool:
        """Write a version and make it the current one; within ``writing()``.

        Returns False when that version was there already. ``parent`` is the version it came
        from and ``command`` what made it; both are kept in the manifest. With ``head=False`` the
        current version stays what it is (a derived view).

        Raises:
            StoreError: the disk is full or not writable; the graph is what it was.
        """
        final = self.versions / built.id
        work = self.versions / f"new-{os.getpid()}"
        try:
            fresh = not self._complete(final)
            if fresh:
                if final.exists():  # damaged: written again from the same statements
                    final.rename(self.versions / f"new-damaged-{os.getpid()}")
                _write_files(work, built, parent, command)
                work.rename(final)
                _sync(self.versions)
            if head:
                temporary = self.folder / "HEAD.new"
                _write_bytes(temporary, f"{built.id}\n".encode("ascii"))
                temporary.replace(self.folder / "HEAD")
                _sync(self.folder)
        except OSError as error:
            shutil.rmtree(work, ignore_errors=True)
            with contextlib.suppress(OSError):
                (self.folder / "HEAD.new").unlink()
            raise StoreError(
                f"cannot write the new version to {self.folder}: {error.strerror or error}; "
                "the graph is as it was"
            ) from error
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        self._sweep()
        return fresh

    @staticmethod
    def _complete(folder: Path) -> bool:
        if not folder.is_dir():
            return False
        try:
            return not Version(folder).damages()
        except DamagedError:
            return False


def _write_files(work: Path, built: Built, parent: str | None, command: str) -> None:
    import pyarrow as pa

    work.mkdir()
    try:
        for name, columns in (built.tables | built.streams).items():
            tables.write_table(work / f"{name}.parquet", name, columns)
        snapshot.save(work / "snapshot", built.arrays)
    except pa.ArrowException as error:
        raise OSError(errno.EIO, str(error)) from error
    files = {}
    for path in sorted(p for p in work.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        name = path.relative_to(work).as_posix()
        files[name] = {"bytes": path.stat().st_size, "sha256": digest}
        _sync(path)
    manifest = {
        "id": built.id,
        "parent": parent,
        "command": command,
        "created": _now(),
        "nthtier": software_version("nthtier"),
        "build": BUILD,
        **{name: built.rows(name) for name in ("entities", "relations", "listings", "statements")},
        "sources": built.tables["sources"]["id"],
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1)
    digest = sha256(text.encode("utf-8")).hexdigest()
    _write_bytes(work / "manifest.json", f"{text}\n{digest}\n".encode())
    _sync(work / "snapshot")
    _sync(work)


def _write_bytes(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
