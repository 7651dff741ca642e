"""Writing for people: consoles that take text as text, and tables of findings and sources."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from nthtier.graph.errors import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: Width when the output is no terminal, wide enough that nothing is folded in a pipe.
PIPE_WIDTH = 160


def console(*, stderr: bool = False) -> Console:
    """Return a rich console; in a pipe it has no colour and a fixed width."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(
        file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False
    )


def table(title: str, columns: Sequence[str], *, numbers: Iterable[str] = ()) -> Table:
    """Return an empty table; columns in ``numbers`` are aligned to the right."""
    from rich import box
    from rich.table import Table

    made = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left",
                 title_style="bold", pad_edge=False)  # fmt: skip
    right = set(numbers)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left",
                        overflow="fold")  # fmt: skip
    return made


def row(made: Table, *cells: object, style: str = "") -> None:
    """Add a row of plain text: no markup, no control characters."""
    from rich.text import Text

    made.add_row(*(Text(visible(str(c)), style=style) for c in cells))


def write_json(value: Any) -> None:
    """Write JSON to standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def note(message: str) -> None:
    """Write a message to standard error."""
    click.echo(visible(message), err=True)


def findings_table(findings: Sequence[Mapping[str, Any]], title: str = "") -> Table:
    """Return findings as a table, one row each, strongest first."""
    made = table(title, ("#", "class", "finding", "hops", "strength", "since", "until"),
                 numbers=("#", "hops", "strength"))  # fmt: skip
    for number, f in enumerate(findings, 1):
        strength = f"{f['strength']:.2f}" if f["path"] else ""
        style = "dim" if f["class"] == "none" else ""
        row(made, number, f["class"], f["sentence"], f["hops"] or "", strength,
            f["since"] or "", f["until"] or "", style=style)  # fmt: skip
    return made


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
