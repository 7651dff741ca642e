"""The answer of ``diff`` as a Python object, and how it is asked."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from nthtier.explorer.editions_text import COLUMNS, rows, write_csv
from nthtier.explorer.files import write_text
from nthtier.explorer.results import Table
from nthtier.graph.errors import UsageError


class DiffResult(Table):
    """What differs between two versions or files: one row for each changed field."""

    columns = COLUMNS
    hidden = frozenset({"id"})

    @property
    def title(self) -> str:
        """What is compared."""
        return f"{self.data['before']['given']} -> {self.data['after']['given']}"

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Companies that came to a list, left it, or have a changed entry."""
        found: list[dict[str, Any]] = self.data["entries"]
        return found

    @property
    def relations(self) -> list[dict[str, Any]]:
        """Relations that came, went or changed."""
        found: list[dict[str, Any]] = self.data["relations"]
        return found

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Findings of the portfolio that appear, vanish or change."""
        found: list[dict[str, Any]] = (self.data["findings"] or {"changes": []})["changes"]
        return found

    @property
    def summary(self) -> dict[str, Any]:
        """How much differs, by kind, list and cause."""
        found: dict[str, Any] = self.data["summary"]
        return found

    def _items(self) -> Sequence[Any]:
        return list(rows(self.data))

    def _row(self, item: Sequence[Any]) -> Sequence[Any]:
        return item

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        causes = ", ".join(f"{k} {n:,}" for k, n in self.summary["causes"].items())
        return [f"causes: {causes}" if causes else "nothing differs", *self.notes]

    def to_csv(self, file: str | Path) -> Path:
        """Write one row for each changed field; no cell is one that a spreadsheet would execute.

        Raises:
            StoreError: it cannot be written.
        """
        text = io.StringIO(newline="")
        write_csv(self.data, text)
        write_text(Path(file), text.getvalue())
        return Path(file)


def ask(
    folder: Path,
    sides: tuple[str, str],
    list_: str,
    portfolio: Any,
    allow: tuple[str, ...],
    exposure: Mapping[str, Any],
    progress: Callable[[int], None] | None,
) -> DiffResult:
    """Compare two sides; ``portfolio`` is one that was read, ``exposure`` how it is asked."""
    from nthtier.explorer.editions import open_editions
    from nthtier.graph.collecting import paused
    from nthtier.graph.store import Store
    from nthtier.loaders.reader import Options
    from nthtier.queries.edition_findings import compare_findings
    from nthtier.queries.editions import Editions
    from nthtier.queries.question import Question

    only = _list_id(list_)
    with ExitStack() as stack, paused():
        options = Options(allow=frozenset(allow))
        opened = open_editions(Store(folder), sides, options, stack)
        found = Editions(opened[0].version, opened[1].version, only)
        result = found.result()
        for word, side in zip(("before", "after"), opened, strict=True):
            result[word] |= {"given": side.given, "file": side.file}
        result["query"] = {"command": "diff", "before": sides[0], "after": sides[1],
                           "list": only or None, "allow": sorted(allow)}  # fmt: skip
        result["findings"] = None
        if portfolio is not None:
            question = Question(**exposure)
            result["findings"] = compare_findings(found, question, portfolio.wanted, progress)
    return DiffResult(result, portfolio.remarks() if portfolio is not None else ())


def _list_id(text: str) -> str:
    from nthtier.graph.lists import LISTS, find_list

    if not text:
        return ""
    found = find_list(text)
    if found is None:
        raise UsageError(f"--list: {text!r} is no list; one of {', '.join(LISTS)}")
    return found.id
