"""Writing a file whole: it is the old one or the new one, whatever interrupts."""

from __future__ import annotations

import json
import os
from itertools import islice
from pathlib import Path
from typing import Any, Final

from nthtier.graph.errors import StoreError

#: Pieces of JSON (braces, keys, values) that are put together at once.
_PIECES: Final = 1 << 16


def json_text(value: Any) -> str:
    """Return JSON as all of it is written here, with its last line end."""
    pieces = json.JSONEncoder(ensure_ascii=False, indent=1, allow_nan=False).iterencode(value)
    parts = []
    while part := "".join(islice(pieces, _PIECES)):  # all pieces at once are ten times the text
        parts.append(part)
    return "".join((*parts, "\n"))


def check_writable(path: Path | None) -> None:
    """Say before long work that a file cannot be written; nothing is left behind.

    Raises:
        StoreError: it cannot be written; the message says why.
    """
    if path is None:
        return
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory")
        if path.exists() and not path.is_file():
            return
        final = path.resolve()
        probe = final.with_name(f".{final.name}.{os.getpid()}.new")
        try:
            probe.touch(exist_ok=False)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8.

    Raises:
        StoreError: it cannot be written; the message says why.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe or a device: never replaced
            path.write_bytes(text.encode("utf-8"))
            return
        final = path.resolve()
        temporary = final.with_name(f".{final.name}.{os.getpid()}.new")
        try:
            temporary.write_bytes(text.encode("utf-8"))
            temporary.replace(final)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
