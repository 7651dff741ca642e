"""The error tree. Each leaf is one exit status of the command line.

::

    NthtierError            exit 1
    ├── QuestionError       exit 1   the question cannot be answered (no such company, ambiguous)
    ├── UsageError          exit 2   options or arguments that are wrong or do not go together
    ├── InputError          exit 3   the data given is wrong; nothing was written
    ├── StoreError          exit 4   the graph folder cannot be read or written
    │   ├── BusyError       exit 4   another process is writing to it
    │   └── DamagedError    exit 4   a file of a version is not what was written
    └── EngineError         exit 4   an engine, server or download is missing or failed

What the command line itself refuses (exit 2) is click's own.
"""

from __future__ import annotations

from typing import Final


class NthtierError(Exception):
    """Any error that nthtier explains to its user; ``exit_status`` is what the shell sees."""

    exit_status = 1


class QuestionError(NthtierError):
    """The question cannot be answered as put: no such company, or several.

    ``candidates`` holds ``(id, name)`` pairs to choose from, best first; a traceback shows them
    below the message.
    """

    def __init__(self, message: str, candidates: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates
        if candidates:
            self.add_note("Candidates (use --id):")
        for entity_id, name in candidates:
            self.add_note(f"  {visible(entity_id)}  {visible(name)}")


class UsageError(NthtierError):
    """Options or arguments that are wrong, or do not go together."""

    exit_status = 2


class InputError(NthtierError):
    """Input data is wrong. The message is one line: where, what was found, what is allowed.

    Example:
        >>> print(InputError("share out of range", file="a.toml", row=12, field="share",
        ...                  found="120", allowed="0 to 100"))
        a.toml, line 12, share: share out of range (found '120'; allowed: 0 to 100)
    """

    exit_status = 3

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        row: int | str | None = None,
        field: str | None = None,
        found: object = None,
        allowed: str | None = None,
        row_word: str = "line",
    ) -> None:
        self.message, self.file, self.row, self.field = message, file, row, field
        self.found, self.allowed = found, allowed
        where = [visible(str(file))] if file else []
        if row is not None:
            where.append(f"{row_word} {visible(str(row))}")
        if field:
            where.append(visible(field))
        notes = []
        if found is not None:
            notes.append(f"found '{visible(shortened(str(found)))}'")
        if allowed:
            notes.append(f"allowed: {allowed}")
        text = ", ".join(where) + (": " if where else "") + visible(message)
        super().__init__(text + (f" ({'; '.join(notes)})" if notes else ""))


class StoreError(NthtierError):
    """The graph folder cannot be read or written."""

    exit_status = 4


class BusyError(StoreError):
    """Another process is writing to this graph; the message says who."""


class DamagedError(StoreError):
    """A file of a version is missing or is not what was written."""


#: What a person can do about a damaged version; the others are not touched by it.
REMEDY: Final = (
    "write the id of another version (a folder in versions/) into HEAD, or load the sources into "
    "a new folder (--graph)"
)


class EngineError(NthtierError):
    """An engine, a server or a download is missing or failed."""

    exit_status = 4


def shortened(text: str, limit: int = 80) -> str:
    """Return ``text`` cut to ``limit`` characters with an ellipsis.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


# Bidirectional controls reorder what a reader sees; they are shown, never obeyed.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    r"""Return ``text`` on one line with control and bidi characters as visible escapes.

    Terminals and logs obey control characters, so text that comes from data is shown through
    this.

    >>> visible("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'
    """
    if text.isprintable():  # bidi controls are not printable either
        return text
    return "".join(
        c if c.isprintable() and c not in _BIDI else c.encode("unicode_escape").decode("ascii")
        for c in text
    )
