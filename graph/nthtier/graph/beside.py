"""Files beside the versions of a graph: JSON objects, one a line, written in one step."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nthtier.graph.errors import InputError, StoreError

_LONGEST_LINE: Final = 1 << 16


def read(path: Path) -> Iterator[tuple[Line, bytes]]:
    """Yield the lines of a file that hold anything; none when it does not exist.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            yield Line(path.name, number), line


def write(path: Path, lines: Iterable[str]) -> None:
    """Write the file in one step: killed at any moment, it is the old one or the new one.

    Raises:
        StoreError: the folder cannot be written; the file is as it was.
    """
    text = "".join(f"{line}\n" for line in lines)
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with aside.open("wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}; it is as it was"
        ) from error


@dataclass(frozen=True, slots=True)
class Line:
    """Where a line is, and what checks its parts."""

    file: str
    row: int

    def wrong(self, message: str, name: str, found: object, allowed: str) -> InputError:
        """Return the error that names a field of the line."""
        return InputError(message, file=self.file, row=self.row, field=name, found=found,
                          allowed=allowed)  # fmt: skip

    def record(self, data: bytes) -> dict[str, Any]:
        """Return the JSON object of the line."""
        if len(data) > _LONGEST_LINE:
            raise self.wrong("the line is too long", "line", f"{len(data)} bytes",
                             f"at most {_LONGEST_LINE}")  # fmt: skip
        try:
            record = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise self.wrong(f"not JSON in UTF-8 ({error})", "line", data[:60].decode("latin-1"),
                             "one JSON object a line") from None  # fmt: skip
        if not isinstance(record, dict):
            raise self.wrong("not an entry", "line", record, "one JSON object a line")
        return record

    def fields(self, record: Mapping[str, Any], wanted: Collection[str], prefix: str = "") -> None:
        """Check that a record has just these fields."""
        for name in wanted:
            if name not in record:
                raise self.wrong("is missing", f"{prefix}{name}", None, ", ".join(wanted))
        for name in record:
            if name not in wanted:
                raise self.wrong("an unknown field", f"{prefix}{name}", record[name],
                                 ", ".join(wanted))  # fmt: skip

    def text(self, value: object, name: str) -> str:
        """Return a value that is text."""
        if not isinstance(value, str):
            raise self.wrong("not text", name, value, "text")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise self.wrong("half of a character", name, ascii(value), "whole text") from None
        return value

    def texts(self, value: object, name: str) -> tuple[str, ...]:
        """Return a value that is a list of texts."""
        if not isinstance(value, list):
            raise self.wrong("not a list", name, value, "a list of texts")
        return tuple(self.text(x, name) for x in value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found
