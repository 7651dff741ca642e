"""Writing for people: consoles that take text as text, findings as a list, tables that fit."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from nthtier.explorer.files import json_text
from nthtier.graph.errors import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.padding import Padding
    from rich.table import Table

#: Width when the output is no terminal.
PIPE_WIDTH = 160
#: Lines of prose are no longer than this, however wide the terminal.
PROSE_WIDTH = 110
#: Nor shorter than this, however narrow.
LEAST_PROSE = 20
#: Wider columns are folded, not to less than this: a table, as long as that fits; else each row
#: becomes a few lines.
LEAST_FOLDED = 40
#: Seconds of work before a bar is drawn.
PATIENCE = 1.0


def console(*, stderr: bool = False) -> Console:
    """Return a rich console; in a pipe it has no colour and a fixed width."""
    from rich.console import Console

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would end the run with status 1

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS", "").isdigit() else PIPE_WIDTH
    return Quiet(
        file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False
    )


def say(
    console: Console, text: str, *, indent: int = 0, hang: int | None = None, style: str = ""
) -> None:
    """Write prose: on a terminal in lines of its width, broken between words; else one line.

    Leading spaces of the text and ``indent`` more stand before every line, and ``hang`` more
    before those after the first: two, where there is an indent at all, unless it is given.
    """
    from rich.padding import Padding
    from rich.text import Text

    shown = visible(text)
    left = indent + len(shown) - len(shown.lstrip(" "))
    if not console.is_terminal or not shown.strip():
        console.print(" " * indent + shown, style=style, soft_wrap=True)
        return
    width = min(console.width, PROSE_WIDTH)
    body = Text(shown.strip(), style=style)
    hanging = (2 if left else 0) if hang is None else hang
    for number, line in enumerate(body.wrap(console, max(width - left - hanging, LEAST_PROSE))):
        line.rstrip()
        console.print(Padding(line, (0, 0, 0, left + (hanging if number else 0)), expand=False))


@dataclass(slots=True)
class Rows:
    """Rows under columns: a table where the width allows one, else some lines for each row.

    The first ``head`` cells of a row make its first line; the others follow with the names of
    their columns. Empty cells are left out there.
    """

    title: str
    columns: Sequence[str]
    numbers: frozenset[str]
    head: int
    cells: list[tuple[list[str], str]] = field(default_factory=list)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield what rich prints."""
        from rich.padding import Padding
        from rich.text import Text

        if self._fits(options.max_width):
            yield self._table()
            return
        if self.title:
            yield Text(self.title, "bold")
        for cells, style in self.cells:
            head = "  ".join(c for c in cells[: self.head] if c)
            yield Text(head, style or "bold")
            facts = Text(style=style)
            for name, cell in zip(self.columns[self.head :], cells[self.head :], strict=True):
                if cell:
                    facts.append(("\n" if facts else "") + name + ": ", "dim").append(cell)
            if facts:
                yield Padding(facts, (0, 0, 0, 4), expand=False)
        yield Text()

    def _widths(self) -> list[int]:
        from rich.cells import cell_len

        return [
            max(cell_len(text) for text in (name, *(c[i] for c, _ in self.cells)))
            for i, name in enumerate(self.columns)
        ]

    def _fits(self, width: int) -> bool:
        return sum(min(w, LEAST_FOLDED) + 3 for w in self._widths()) <= width

    def _table(self) -> Table:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        made = Table(title=self.title or None, box=box.SIMPLE_HEAD, title_justify="left",
                     title_style="bold", pad_edge=False)  # fmt: skip
        widths = self._widths()
        for i, column in enumerate(self.columns):
            made.add_column(column, justify="right" if column in self.numbers else "left",
                            overflow="fold", no_wrap=widths[i] <= LEAST_FOLDED)  # fmt: skip
        for cells, style in self.cells:
            made.add_row(*(Text(c, style=style) for c in cells))
        return made


def table(
    title: str, columns: Sequence[str], *, numbers: Iterable[str] = (), head: int = 1
) -> Rows:
    """Return empty rows; columns in ``numbers`` are aligned to the right in a table."""
    return Rows(title, columns, frozenset(numbers), head)


def row(made: Rows, *cells: object, style: str = "") -> None:
    """Add a row of plain text: no markup, no control characters."""
    made.cells.append(([visible(str(c)) for c in cells], style))


def write(text: str) -> None:
    """Write text to standard output as it is."""
    click.echo(text, nl=False)


def write_json(value: Any) -> None:
    """Write JSON to standard output."""
    write(json_text(value))


def note(message: str) -> None:
    """Write a message to standard error."""
    click.echo(visible(message), err=True)


def findings_table(findings: Sequence[Mapping[str, Any]], title: str = "") -> Padding:
    """Return findings as a numbered list, strongest first: the sentence, below it the facts."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2, 0, 0))
    made.title, made.title_justify, made.title_style = title or None, "left", "bold"
    made.add_column(justify="right", no_wrap=True)
    made.add_column(overflow="fold", max_width=PROSE_WIDTH)
    for number, f in enumerate(findings, 1):
        text = Text(visible(f["sentence"]), "dim" if f["class"] == "none" else "")
        text.append("\n" + visible(", ".join(facts(f))), "dim")
        made.add_row(str(number), text)
    return Padding(made, (0, 0, 1, 0), expand=False)


def facts(f: Mapping[str, Any]) -> list[str]:
    """Return what stands below a finding's sentence: class, hops, strength, dates."""
    found = [f["class"]]
    if f["path"]:
        found += [
            f"{f['hops']} hop{'s' if f['hops'] != 1 else ''}",
            f"strength {f['strength']:.2f}",
        ]
    return found + [f"{word} {f[word]}" for word in ("since", "until") if f[word]]


def weight_lines(finding: Mapping[str, Any]) -> list[str]:
    """Return how a path's strength comes about: one line for each hop, and the product."""
    lines = []
    for hop in finding["path"]:
        w = hop["weight"]
        factors = [f"{w['type']:g} for {hop['type']}", f"{w['basis']:g} as {hop['basis']}"]
        if w["share"] is not None:
            share = _share(hop["share"]) or "not known"
            factors.append(f"{w['share']:g} for the share ({share})")
        lines.append(f"{w['value']:.3f} = {' x '.join(factors)}: "
                     f"{hop['from']['name']}, {hop['to']['name']}")  # fmt: skip
    product = " x ".join(f"{h['weight']['value']:.3f}" for h in finding["path"])
    return [*lines, f"strength {finding['strength']:.3f} = {product}"]


def evidence_lines(finding: Mapping[str, Any]) -> list[str]:
    """Return one line for each hop and each source that speaks of it, rivals included."""
    lines = []
    for hop in finding["path"]:
        head = f"{hop['from']['name']} {hop['type']} {hop['to']['name']}"
        if hop["contested"]:
            head += "  (disputed: another source says that it had ended)"
        lines.append(head)
        lines += [f"    {_said(e)}" for e in hop["evidence"]]
        for claim in hop["competing"]:
            said = [x for x in (_dates(claim), claim["amount"], _share(claim["share"])) if x]
            for e in claim["evidence"]:
                lines.append(f"    but also: {', '.join(said) or 'no dates'} ({claim['basis']})")
                lines.append(f"        {_said(e)}")
    return lines


#: What a listing says beside its dates: its field, and the words before it.
_TERMS: Final = (
    ("citation", "citation"), ("programmes", "programme"), ("measures", "measures"),
    ("reasons", "reasons"),
    ("license_requirement", "licence requirement"), ("license_policy", "review policy"),
    ("effective", "effective"), ("divest_by", "divest by"),
    ("regulation_in_force", "regulation in force"), ("regulation_url", "regulation"),
    ("note", "note"),
)  # fmt: skip


def listing_lines(name: str, listings: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what the listings of ``name`` say, a line for each thing, and who says it."""
    lines = []
    for x in listings:
        lines += [f"{name} is on {x['list']}", f"    {_dates(x) or 'undated'}"]
        for field_, word in _TERMS:
            value = x.get(field_)
            if value:
                text = "; ".join(value) if isinstance(value, list) else value
                lines.append(f"    {word}: {text}")
        lines += [f"    {_said(e)}" for e in x.get("evidence", ())]
    return lines


def rule_lines(rule: Mapping[str, Any]) -> list[str]:
    """Return the lines below a finding about a rule: status, arithmetic, what is missing."""
    status = rule["status"]
    dates = _dates(status)
    notes = [x for x in (dates, status["note"]) if x]
    lines = [f"{rule['answer']}; {rule['id']} (version {rule['version']}): {status['state']}"
             + (f" ({'; '.join(notes)})" if notes else "")]  # fmt: skip
    lines += [line["text"] for line in rule["arithmetic"]]
    lines += [f"missing: {fact['text']}" for fact in rule["missing"]]
    lines += [f"red flag: {flag['text']}" for flag in rule["red_flags"]]
    return [*lines, f"see {rule['citation']}"]


def span(x: Mapping[str, Any]) -> str:
    """Return the dates of something that holds from ``since`` until ``until``."""
    return _dates(x) or "at any date"


def _said(e: Mapping[str, Any]) -> str:
    who = ", ".join(x for x in (e["publisher"], e["title"]) if x)
    date = f" ({e['date']})" if e["date"] else ""
    return f"{who}{date}, {e['locator']} [{e['statement']}]"


def _dates(claim: Mapping[str, Any]) -> str:
    parts = [f"{w} {claim[w]}" for w in ("since", "until") if claim[w]]
    return " ".join(parts)


def _share(share: Sequence[float] | None) -> str:
    if share is None:
        return ""
    lo, hi = share
    return f"{lo:g} %" if lo == hi else f"{lo:g} to {hi:g} %"


@contextlib.contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None] | None]:
    """Show how much of some longer work is done: a bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import Progress

    bar = Progress(console=console(stderr=True), transient=True)
    task = bar.add_task(what, total=total)
    timer = threading.Timer(PATIENCE, bar.start)
    timer.start()
    try:
        yield lambda done: bar.update(task, completed=done)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


@contextlib.contextmanager
def loading() -> Iterator[Callable[[str, int, int], None] | None]:
    """Show what a load is doing and how much is read, from its second second on.

    A bar on a terminal, nothing in a pipe.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console(stderr=True), transient=True, refresh_per_second=4)
    task = bar.add_task("reading", total=None)

    def tell(what: str, done: int, total: int) -> None:
        bar.update(task, description=what, completed=done, total=total or None)

    timer = threading.Timer(PATIENCE, bar.start)
    timer.start()
    try:
        yield tell
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
