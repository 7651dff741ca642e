"""The embedded engine: a Ladybug file beside the version's tables, built when first asked for.

::

    versions/<id>/cypher-<model>-<storage>/   made aside, renamed when whole
        graph.lbug                            never written again, opened read-only
        digest.json                           its length and digest, compared at each opening

The file is never the record: when it is damaged, half written, or of another model or format of
the engine, it is built again from the tables. A child process builds it, because the engine ends
its process when the disk is full.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from nthtier.graph.errors import EngineError, QuestionError
from nthtier.graph.version import Version
from nthtier.queries.cypher import values
from nthtier.queries.cypher.guard import check_given, reading
from nthtier.queries.cypher.model import MODEL
from nthtier.queries.cypher.values import Answer, Limits

FILE: Final = "graph.lbug"
DIGEST: Final = "digest.json"
#: What a build may need on the disk: a fixed part, and so much for each byte of the tables.
SPACE_LEAST: Final = 32 << 20
SPACE_RATIO: Final = 12
#: Memory for pages of the file.
POOL_BYTES: Final = 1 << 30
#: The most an address space must hold for one file.
MOST_BYTES: Final = 1 << 38
#: How operators are named in a plan that touch other files.
_FOREIGN: Final = ("READ_", "COPY_", "EXPORT", "IMPORT", "ATTACH", "EXTENSION")
_for_this_process: list[tempfile.TemporaryDirectory[str]] = []

Progress = Callable[[str], None]


class Ladybug:
    """One version opened for questions in Cypher; nothing can be written through it.

    Args:
        version: the version; its file is built when it is not there.
        progress: told what is being done while a file is built.

    Raises:
        EngineError: the engine is not installed, or the file cannot be built.
    """

    name = "ladybug"

    def __init__(self, version: Version, progress: Progress = lambda _: None) -> None:
        self.version = version
        lb = _engine()
        path = _built(version, progress)
        try:
            self._database = lb.Database(
                path, read_only=True, buffer_pool_size=POOL_BYTES, max_db_size=MOST_BYTES
            )
            self._connection = lb.Connection(self._database)
        except RuntimeError as error:
            raise EngineError(f"Ladybug cannot open {path}: {_line(error)}") from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._database.close()

    def __enter__(self) -> Ladybug:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self, statement: str, parameters: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
    ) -> Answer:  # fmt: skip
        """Answer a statement that only reads.

        Raises:
            QuestionError: it does not only read, is wrong, lacks a parameter, or takes too long.
        """
        limits = limits or Limits()
        text, given = reading(statement), dict(parameters or {})
        check_given(text, given)
        self._connection.set_query_timeout(max(1, round(limits.seconds * 1000)))
        try:
            self._check_plan(text, given)
            result = self._connection.execute(text, given)
            columns = result.get_column_names()
            rows: list[list[Any]] = []
            while len(rows) <= limits.rows and result.has_next():
                rows.append([values.plain(_value(v)) for v in result.get_next()])
            result.close()
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            message = _line(error)
            if "Interrupted" in message:
                message = f"it took longer than {limits.seconds:g} s (--seconds) and was stopped"
            raise QuestionError(f"Ladybug: {message}") from error
        stopped = "limit" if len(rows) > limits.rows else None
        return Answer(columns, rows[: limits.rows], stopped)

    def _check_plan(self, text: str, given: Mapping[str, Any]) -> None:
        """Refuse what the engine itself would read from, or write to, anything but its file."""
        result = self._connection.execute(f"EXPLAIN LOGICAL {text}", given)
        words = {w for row in result.get_all() for w in str(row[0]).replace("│", " ").split()}
        result.close()
        foreign = sorted(
            w for w in words if w.startswith(("READ_", "COPY_", "EXPORT", "EXTENSION"))
        )
        if foreign:
            raise QuestionError(f"only reading is allowed: the engine would {foreign[0]}")


def _engine() -> Any:
    try:
        import ladybug
    except ImportError as error:
        raise EngineError(
            f"Ladybug, the embedded engine, cannot be used here ({error}); "
            "try --engine neo4j with a server"
        ) from error
    return ladybug


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {k: v for k, v in value.items() if not k.startswith("_")}
        if "_NODES" in value:
            return values.path(map(_value, value["_NODES"]), map(_value, value["_RELS"]))
        if "_SRC" in value:
            return values.relationship(str(value["_LABEL"]), inner)
        if "_LABEL" in value:
            return values.node(str(value["_LABEL"]), inner)
        return {k: _value(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_value(v) for v in value]
    return value


def _built(version: Version, progress: Progress) -> Path:
    """Return the version's file, whole and checked; it is built when it is not."""
    folder = f"cypher-{MODEL}-{_engine().Database.get_storage_version()}"
    final = version.folder / folder
    if _whole(final):
        return final / FILE
    if not os.access(version.folder, os.W_OK):
        aside = tempfile.TemporaryDirectory(prefix="nthtier-cypher-")
        _for_this_process.append(aside)
        _build(version, Path(aside.name) / folder, progress)
        return Path(aside.name) / folder / FILE
    with _alone(version.folder, progress):
        if not _whole(final):  # another process may have built it meanwhile
            if final.exists():
                progress(f"{folder} is damaged; it is built again from the tables")
            _build(version, final, progress)
    return final / FILE


def _whole(folder: Path) -> bool:
    try:
        expected = json.loads((folder / DIGEST).read_text("utf-8"))
        stray = [p.name for p in folder.iterdir() if p.name not in (FILE, DIGEST)]
        return not stray and bool(expected == _digest(folder / FILE))
    except (OSError, ValueError):
        return False


def _digest(path: Path) -> dict[str, Any]:
    digest = blake2b(digest_size=32)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return {"bytes": path.stat().st_size, "blake2b": digest.hexdigest()}


@contextlib.contextmanager
def _alone(folder: Path, progress: Progress) -> Iterator[None]:
    """Let one process build at a time; what a killed one left is removed."""
    handle = os.open(folder / "cypher.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another process is building the Ladybug file; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        for stray in folder.glob("new-cypher-*"):
            shutil.rmtree(stray, ignore_errors=True)
        yield
    finally:
        os.close(handle)


def _build(version: Version, final: Path, progress: Progress) -> None:
    tables = sum(p.stat().st_size for p in version.folder.glob("*.parquet"))
    needed = SPACE_LEAST + SPACE_RATIO * tables
    free = shutil.disk_usage(final.parent).free
    if free < needed:
        raise EngineError(
            f"the Ladybug file of {version.id} needs up to {needed >> 20} MB in {final.parent}, "
            f"{free >> 20} MB are free; nothing was written"
        )
    work = final.parent / f"new-cypher-{os.getpid()}"
    try:
        work.mkdir()
        _in_a_child(version, work, progress)
        text = json.dumps(_digest(work / FILE))
        (work / DIGEST).write_text(text, "utf-8")
        for path in (work / FILE, work / DIGEST, work):
            _sync(path)
        if final.exists():  # damaged
            final.rename(work / "damaged")
            shutil.rmtree(work / "damaged")
        work.rename(final)
        _sync(final.parent)
    except OSError as error:
        raise EngineError(
            f"cannot write the Ladybug file of {version.id}: {error.strerror or error}; "
            "the graph is as it was"
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _in_a_child(version: Version, work: Path, progress: Progress) -> None:
    """Build in a process of its own, whose end is not ours."""
    source, target = version.folder.resolve(), work.resolve()
    with (work / "log").open("w+b") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "nthtier.queries.cypher.building", source, target],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
        try:
            assert child.stdout is not None
            for line in child.stdout:
                progress(line.decode("utf-8", "replace").strip())
            status = child.wait()
        except BaseException:
            child.kill()
            child.wait()
            raise
        finally:
            child.stdout.close() if child.stdout else None
        log.seek(0)
        said = log.read().decode("utf-8", "replace").strip()
    if status:
        free = shutil.disk_usage(work).free >> 20
        last = said.splitlines()[-1] if said else "it said nothing"
        raise EngineError(
            f"the Ladybug file of {version.id} could not be built ({last}; exit status {status}, "
            f"{free} MB free in {work.parent}); the graph is as it was"
        )
    (work / "log").unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
