"""Sets of CSV files that are one source: told apart by their columns, read together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

from nthtier.graph.errors import InputError
from nthtier.loaders.editions import edition_date
from nthtier.loaders.reader import Options
from nthtier.loaders.reading import Input
from nthtier.loaders.rows import check_columns, parse

#: Of each file of a set: the columns it must have, and those it may have.
Layouts = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
_HEAD: Final = 8192


def header(document: Input) -> set[str]:
    """Return the column names of a document's first line, as far as it has any."""
    line = document.head[:_HEAD].removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    return {c.strip().strip('"') for c in line.decode("utf-8", "replace").split(",")}


def role(document: Input, layouts: Layouts) -> str:
    """Return which file of the set a document is; empty when it is none."""
    names = header(document)
    return next((r for r, (needed, _) in layouts.items() if names.issuperset(needed)), "")


def gathered(inputs: Sequence[Input], layouts: Layouts) -> dict[str, list[Input]]:
    """Return the documents by the file of the set that they are.

    Raises:
        InputError: one is of none, or its name says another file than its columns.
    """
    found: dict[str, list[Input]] = {}
    for document in inputs:
        which = role(document, layouts)
        if not which:
            raise InputError(
                "not one of the files of this format", file=document.name, row=1,
                found=", ".join(sorted(header(document)))[:200],
                allowed="; ".join(f"{r}: {', '.join(n)}" for r, (n, _) in layouts.items()),
            )  # fmt: skip
        found.setdefault(which, []).append(document)
    return found


def rows(
    document: Input, layout: tuple[tuple[str, ...], tuple[str, ...]], options: Options
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a file; columns may stand in any order, unknown ones are refused."""
    needed, more = layout
    names: list[str] | None = None
    for line, fields in parse(document.without_mark()):
        if names is None:
            names = [f.strip() for f in fields]
            known = set(needed) <= set(names) <= {*needed, *more}
            check_columns(document, [n for n in names if n not in more or names.count(n) > 1],
                          needed, any_order=known or "columns" in options.allow)  # fmt: skip
            continue
        if len(fields) != len(names):
            raise InputError(
                "a row with another number of fields than the header", file=document.name,
                row=line, found=len(fields), allowed=str(len(names)),
            )  # fmt: skip
        record = dict.fromkeys((*needed, *more), "")
        yield line, record | dict(zip(names, (f.strip() for f in fields), strict=True))


def digest(inputs: Sequence[Input]) -> str:
    """Return the digests of a set, joined as sources of several files have them."""
    return "+".join(sorted(d.sha256 for d in inputs))


def edition(dataset: str, inputs: Sequence[Input], options: Options) -> tuple[str, str]:
    """Return the id and the date of an edition, whatever the order of its files."""
    date = next((d for x in inputs if (d := edition_date(x, options))), "")
    return f"{dataset}@{date or sha256(digest(inputs).encode('ascii')).hexdigest()[:8]}", date
