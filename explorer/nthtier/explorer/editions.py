"""What ``diff`` compares: versions of the graph by id or HEAD~n, and files that are only read."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nthtier.graph.decisions import FILE
from nthtier.graph.errors import DamagedError, InputError, QuestionError, visible
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.reader import Options

_HEAD: Final = re.compile(r"HEAD(?:~(\d{0,6}))?\Z")
_ID: Final = re.compile(r"(?:v-)?([0-9a-f]{1,16})\Z")


@dataclass(frozen=True, slots=True)
class Edition:
    """One side of a comparison; ``file`` tells that it was read from a file."""

    given: str
    version: Version
    file: bool


def open_editions(
    store: Store, given: tuple[str, str], options: Options, stack: ExitStack
) -> tuple[Edition, Edition]:
    """Open both sides. Files are read into a graph that lives as long as ``stack``.

    Beside a version, a file is taken as if it were loaded onto it; two files are compared by
    themselves.

    Raises:
        QuestionError: no such version, or several.
        InputError: a file is missing or wrong.
        StoreError: there is no graph, or a version of it is damaged.
    """
    is_file = [_is_file(text) for text in given]
    versions = [
        None if f else _version(store, text) for text, f in zip(given, is_file, strict=True)
    ]
    onto = next((v for v in versions if v is not None), None)
    found = [
        version or _read(Path(text), onto, options, stack)
        for text, version in zip(given, versions, strict=True)
    ]
    one, other = (Edition(*x) for x in zip(given, found, is_file, strict=True))
    return one, other


def _is_file(text: str) -> bool:
    if _HEAD.match(text):
        return False
    return Path(text).exists() or not _ID.match(text)


def _read(path: Path, onto: Version | None, options: Options, stack: ExitStack) -> Version:
    """Read a file, or the files of a folder, into a graph of its own."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nthtier-diff-")))
    scratch = Store(folder)
    if onto is not None:
        scratch.versions.mkdir()
        (scratch.versions / onto.id).symlink_to(onto.folder.resolve(), target_is_directory=True)
        (folder / "HEAD").write_text(f"{onto.id}\n", "ascii")
        decided = onto.folder.parent.parent / FILE
        if decided.is_file():  # a load replays the decisions on who is who
            shutil.copy(decided, folder / FILE)
    try:
        paths = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        if not path.exists():
            raise InputError(
                "no such file, and no version of this name", file=visible(str(path)),
                allowed="a file, a version's id or the beginning of one, HEAD, HEAD~1 …",
            )  # fmt: skip
        if not paths:
            raise InputError("a folder without files", file=visible(str(path)))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=visible(str(path))) from error
    load(scratch, paths, options=options)
    return scratch.open()


def _version(store: Store, text: str) -> Version:
    head = _HEAD.match(text)
    if head is not None:
        version = store.open()
        back = head[1]
        for _ in range(int(back or 1) if back is not None else 0):
            parent = version.manifest["parent"]
            if parent is None or not (store.versions / parent).is_dir():
                raise QuestionError(f"{text}: the history of {store.folder} begins with "
                                    f"{version.id}; nthtier info lists it")  # fmt: skip
            version = store.open(parent)
        return version
    store.open()
    wanted = _ID.match(text)
    assert wanted is not None
    start = f"v-{wanted[1]}"
    there = sorted(p.name for p in store.versions.glob("v-*") if p.name.startswith(start))
    if len(there) == 1:
        return store.open(there[0])
    if there:
        raise QuestionError(f"several versions begin with {text!r}",
                            tuple((v, _command(store, v)) for v in there))  # fmt: skip
    raise QuestionError(f"{store.folder} has no version {text!r} (nthtier info lists them), and "
                        "there is no such file")  # fmt: skip


def _command(store: Store, version: str) -> str:
    try:
        return str(store.open(version).manifest["command"])
    except DamagedError:
        return "damaged"
