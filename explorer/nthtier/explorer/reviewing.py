"""Possible matches one by one, side by side: a person says same, different or later."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from nthtier.explorer import output
from nthtier.graph import deciding
from nthtier.graph.errors import visible

if TYPE_CHECKING:
    from rich.table import Table

    from nthtier.graph.decisions import Decision
    from nthtier.graph.store import Store
    from nthtier.queries.candidates import Candidate
    from nthtier.queries.matching import Matching

_VERDICTS: Final = {"s": "same", "y": "same", "d": "different", "n": "different", "l": "unsure"}
_HELP: Final = (
    "s same, d different, l later (unsure), u undo the last, q quit; words after the letter are "
    "kept as the reason"
)
_NAMES_SHOWN: Final = 8


class Review:
    """One review: the candidates in turn, and what was decided so far."""

    def __init__(
        self, store: Store, matching: Matching, found: Sequence[Candidate], who: str
    ) -> None:
        self.store, self.matching, self.found, self.who = store, matching, found, who
        self.made: list[tuple[int, Decision]] = []

    def run(self) -> int:
        """Go through the candidates; returns how many decisions stand at the end."""
        at = 0
        while at < len(self.found):
            self._show(at)
            key, why = self._ask()
            if key in _VERDICTS:
                self._decide(at, _VERDICTS[key], why)
                at += 1
            elif key == "u":
                at = self._undo(at)
            elif key == "q":
                break
            else:
                output.note(_HELP)
        return len(self.made)

    def _decide(self, at: int, verdict: str, why: str) -> None:
        c = self.found[at]
        a, b = self.matching.side(c.a), self.matching.side(c.b)
        reason = why or ("; ".join(c.reasons) if verdict == "same" else "")
        made = deciding.decide(self.store, verdict, a, b, who=self.who, why=reason)
        self.made.append((at, made))
        output.note(f"decision {made.number}: {verdict}")

    def _undo(self, at: int) -> int:
        if not self.made:
            output.note(
                "nothing to undo in this review (nthtier match --undo N undoes earlier ones)"
            )
            return at
        before, last = self.made.pop()
        deciding.undo(self.store, last.number, who=self.who, why="in review")
        output.note(f"decision {last.number} is undone")
        return before

    def _ask(self) -> tuple[str, str]:
        """Read a key from a terminal, else a line; the end of the input is ``q``."""
        click.echo("same, different, later, undo, quit [s/d/l/u/q]? ", nl=False, err=True)
        if sys.stdin.isatty():
            key = click.getchar().strip().casefold()
            click.echo(visible(key), err=True)
            if key in ("\x04", "\x1b"):
                return "q", ""
            why = ""
            if _VERDICTS.get(key) in ("same", "different"):
                why = click.prompt("why", default="", show_default=False, err=True).strip()
            return key[:1], why
        line = sys.stdin.readline()
        click.echo("", err=True)
        if not line:
            return "q", ""
        first, _, why = line.strip().partition(" ")
        return first[:1].casefold(), why.strip()

    def _show(self, at: int) -> None:
        c = self.found[at]
        console = output.console()
        console.print(f"\n{at + 1} of {len(self.found)}, score {c.score:.2f}", style="bold")
        console.print(_side_by_side(facts(self.matching, c.a), facts(self.matching, c.b)))
        for reason in c.reasons:
            console.print(f"  {visible(reason)}")


def facts(matching: Matching, entity: int) -> dict[str, str]:
    """Return what a person needs to tell one company from another, as lines of text."""
    version, reader = matching.version, matching.reader
    row = version.rows("entities", [entity], ["id", "name", "type", "countries", "keys"])[0]
    said: dict[str, list[str]] = {"names": [], "identifiers": [], "addresses": [], "sources": []}
    columns = ["predicate", "value", "source"]
    for s in version.rows("statements", version.described(entity), columns):
        predicate, value = s["predicate"], s["value"]
        if predicate in ("name", "alias", "mention", "weakAlias"):
            said["names"].append(value)
        elif predicate.startswith("id:"):
            said["identifiers"].append(f"{predicate[3:]} {value}")
        elif predicate == "address":
            said["addresses"].append(value)
        said["sources"].append(s["source"])
    found = {
        "id": row["id"],
        "name": row["name"],
        "type": row["type"],
        "country": ", ".join(c.upper() for c in row["countries"]),
        "lists": "\n".join(_listing(x) for x in reader.listings(entity)),
    }
    for part, values in said.items():
        once = [v for v in dict.fromkeys(values) if part != "names" or v != row["name"]]
        more = f"\n… and {len(once) - _NAMES_SHOWN} more" if len(once) > _NAMES_SHOWN else ""
        found[part] = "\n".join(once[:_NAMES_SHOWN]) + more
    return found


def _listing(x: dict[str, Any]) -> str:
    dates = "".join(f", {w} {x[w]}" for w in ("since", "until") if x[w])
    return f"{x['list']}{dates}"


def _side_by_side(a: dict[str, str], b: dict[str, str]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    made.add_column(no_wrap=True, style="dim")
    made.add_column(overflow="fold", ratio=1)
    made.add_column(overflow="fold", ratio=1)
    for part in a:
        if a[part] or b[part]:
            made.add_row(part, *(Text(_shown(x[part])) for x in (a, b)))
    return made


def _shown(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))
