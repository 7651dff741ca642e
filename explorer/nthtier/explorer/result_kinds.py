"""What the questions about exposure answer with, as Python objects."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nthtier.explorer import tables_html
from nthtier.explorer.files import write_text
from nthtier.explorer.results import Findings, Result, Table

if TYPE_CHECKING:
    from nthtier.graph.version import Version
    from nthtier.queries.pairs import Pairs

_PAGE_HEIGHT: Final = 760
_NO_CLEARANCE: Final = "No path found is no clearance. This is information, not legal advice."


class _Paged(Findings):
    """Findings that have the interactive page."""

    def page(self) -> str:
        """Return the interactive page as one HTML text that works offline."""
        from nthtier.explorer.pages import result_page

        return result_page(self.data, self._version)

    def to_html(self, file: str | Path) -> Path:
        """Write the interactive page, one file that works offline; returns where it is.

        Raises:
            StoreError: it cannot be written.
        """
        write_text(Path(file), self.page())
        return Path(file)


class TraceResult(_Paged):
    """Exposure paths from a company, strongest first."""

    hidden = Findings.hidden | {"answer"}

    @property
    def title(self) -> str:
        """The subject, and how many findings."""
        subject = self.findings[0].subject["name"] if self.findings else self.query["subject"]
        return f"{subject}: {some(len(self.findings), 'finding')}"

    def to_dossier(self, file: str | Path) -> Path:
        """Write a document to hand over: HTML without a script, prints well.

        Raises:
            StoreError: it cannot be written.
        """
        from nthtier.explorer.dossier import write_dossier

        write_dossier(Path(file), self.data)
        return Path(file)


class ExploreResult(TraceResult):
    """The interactive page of a company; a notebook shows the page itself."""

    def _repr_html_(self) -> str:
        below = tables_html.table("", *self._shown(), self.remarks)
        head = f"{tables_html.clean(self.title)}, as a table"
        page = tables_html.inside(self.page(), _PAGE_HEIGHT)
        return f"{page}\n<details><summary>{head}</summary>{below}</details>"


class PairsResult(Table):
    """Every company of a portfolio and what it reaches; read when first looked at."""

    def __init__(self, found: Pairs) -> None:
        self._found, self.notes, self.written = found, (), 0

    @property
    def columns(self) -> Sequence[str]:  # type: ignore[override]
        """The columns of the CSV."""
        from nthtier.explorer.portfolio import PAIR_COLUMNS

        return PAIR_COLUMNS

    @cached_property
    def data(self) -> list[dict[str, Any]]:
        """``row``, ``given``, ``subject``, ``target``, ``lists`` and ``hops`` of each pair."""
        return [*self._found]

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        stopped = self._found.stopped_by
        return ["not complete, stopped after its time (--seconds)"] if stopped else []

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        from nthtier.explorer.portfolio import pair_row

        return pair_row(item)

    def to_csv(self, file: str | Path) -> Path:
        """Write one row for each pair; ``written`` says how many, and none is kept in memory.

        Raises:
            StoreError: it cannot be written.
        """
        from nthtier.explorer.portfolio import write_pairs

        text = io.StringIO(newline="")
        self.written = write_pairs(self.__dict__.get("data", self._found), text)
        write_text(Path(file), text.getvalue())
        return Path(file)


class ScreenResult(_Paged):
    """A portfolio screened: one finding for each company."""

    def __init__(
        self, data: dict[str, Any], version: Version, notes: Iterable[str], found: Pairs
    ) -> None:
        super().__init__(data, version, notes)
        self._found = found

    def pairs(self) -> PairsResult:
        """Return every company and listed entity it reaches, with the fewest hops."""
        return PairsResult(self._found)

    @property
    def columns(self) -> Sequence[str]:  # type: ignore[override]
        """The columns of the CSV."""
        from nthtier.explorer.portfolio import CSV_COLUMNS

        return CSV_COLUMNS

    hidden = frozenset({"given", "id", "matched", "hops", "strength", "target", "target_lists",
                        "since", "until", "choke_points"})  # fmt: skip

    @property
    def title(self) -> str:
        """How many companies are of each class."""
        from collections import Counter

        classes = Counter(f["class"] for f in self.data["findings"])
        said = ", ".join(f"{n:,} {c if c != 'none' else 'without a path'}"
                         for c, n in classes.items())  # fmt: skip
        return said or "no company was found"

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        lost = len(self.unresolved)
        return [
            *([f"{some(lost, 'row')} not screened: no company here has that name (.unresolved)"]
              if lost else []), *super().remarks, _NO_CLEARANCE,
        ]  # fmt: skip

    @property
    def unresolved(self) -> list[dict[str, Any]]:
        """The rows that name no company here, with the reason and candidates."""
        found: list[dict[str, Any]] = self.data["unresolved"]
        return found

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The choke points that companies share: ``entity``, ``companies``, ``ends_here``."""
        found: list[dict[str, Any]] = self.data["groups"]
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Return one dictionary for each row of the portfolio, unresolved ones last."""
        from nthtier.explorer.portfolio import csv_rows

        return [dict(zip(self.columns, r, strict=True)) for r in csv_rows(self.data)]

    def _body(self) -> list[str]:
        return Result._body(self)

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        from nthtier.explorer.portfolio import finding_row

        return finding_row(item, ())

    def page(self) -> str:
        """Return the page of the companies that are touched, the worst first."""
        from nthtier.explorer.pages import portfolio_page

        return portfolio_page(self.data)

    def to_csv(self, file: str | Path) -> Path:
        """Write one row for each company; no cell is one that a spreadsheet would execute.

        Raises:
            StoreError: it cannot be written.
        """
        from nthtier.explorer.portfolio import write_csv

        text = io.StringIO(newline="")
        write_csv(self.data, text)
        write_text(Path(file), text.getvalue())
        return Path(file)


class CapturedResult(Findings):
    """Whom rules of ownership or control extend a listing to."""

    hidden = Findings.hidden - {"rule"} | {"strength", "hops", "sources"}

    @property
    def title(self) -> str:
        """The rule and the day."""
        rule = self.query["rule"] or "any rule"
        return f"Captured by {rule} as of {self.query['as_of']}"

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        none = [] if self.findings else ["nobody, as far as the sources loaded say; this is not a "
                                         "clearance"]  # fmt: skip
        return [*none, *super().remarks]


class CutResult(Findings):
    """The fewest (or cheapest) relations whose end breaks every path."""

    columns = ("relation", "from", "from_id", "type", "to", "to_id", "cost", "paths", "targets",
               "strength")  # fmt: skip
    hidden = frozenset({"from", "from_id", "type", "to", "to_id"})

    @property
    def title(self) -> str:
        """How many paths, and what ending them costs."""
        return (f"{some(self.data['paths'], 'path')} to {some(self.data['targets'], 'target')}: "
                f"the end of these breaks them, cost {self.cut['cost']:g}")  # fmt: skip

    @property
    def cut(self) -> dict[str, Any]:
        """``relations``, ``cost``, ``least_cost``, ``complete``, ``unbreakable``."""
        found: dict[str, Any] = self.data["cut"]
        return found

    @property
    def carriers(self) -> list[dict[str, Any]]:
        """The relations that carry most paths."""
        found: list[dict[str, Any]] = self.data["carriers"]
        return found

    @property
    def verify_first(self) -> list[dict[str, Any]]:
        """The statements worth checking first."""
        found: list[dict[str, Any]] = self.data["verify_first"]
        return found

    def _items(self) -> Sequence[Any]:
        found: Sequence[Any] = self.cut["relations"]
        return found

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        a, b = item["from"], item["to"]
        return (f"{a['name']} {item['type']} {b['name']}", a["name"], a["id"], item["type"],
                b["name"], b["id"], item["cost"], item["paths"], item["targets"],
                item["strength"])  # fmt: skip

    def _body(self) -> list[str]:
        return Result._body(self)

    def _details(self) -> Sequence[Sequence[str]]:
        return ()


class WhatIfResult(Result):
    """Which findings would change if something were so."""

    columns = ("what", "finding", "before", "subject", "subject_id", "target", "target_id",
               "fields")  # fmt: skip
    hidden = frozenset({"subject", "subject_id", "target", "target_id", "before"})

    @property
    def title(self) -> str:
        """What is supposed."""
        return "Suppose: " + "; ".join(s["sentence"] for s in self.supposed)

    @property
    def supposed(self) -> list[dict[str, Any]]:
        """The suppositions, as they were understood."""
        found: list[dict[str, Any]] = self.data["supposed"]
        return found

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What appears, vanishes or changes, with the findings before and after."""
        found: list[dict[str, Any]] = self.data["changes"]
        return found

    @property
    def summary(self) -> dict[str, Any]:
        """How many findings of each class before and after."""
        found: dict[str, Any] = self.data["summary"]
        return found

    @property
    def unresolved(self) -> list[dict[str, Any]]:
        """The rows of the portfolio that name no company here."""
        found: list[dict[str, Any]] = self.data["unresolved"]
        return found

    def _items(self) -> Sequence[Any]:
        return self.changes

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        before, after, target = item["before"], item["after"], item["target"] or {}
        return (item["what"], (after or before)["sentence"], before and before["sentence"],
                item["subject"]["name"], item["subject"]["id"], target.get("name"),
                target.get("id"), sorted(item["fields"]))  # fmt: skip

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        counts = [
            f"{w}: " + (", ".join(f"{n:,} {c}" for c, n in self.summary[w].items()) or "nothing")
            for w in ("before", "after")
        ]
        none = [] if self.changes else ["No finding would change."]
        return [*none, *counts, *super().remarks]


def some(number: int, word: str) -> str:
    """Return a number with its word, in the plural where need be."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
