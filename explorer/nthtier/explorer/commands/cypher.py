"""``nthtier cypher``."""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings

if TYPE_CHECKING:
    from nthtier.explorer.result_tables import CypherResult


@click.command()
@click.argument("query", required=False)
@click.option("--param", multiple=True, metavar="NAME=VALUE",
              help="A parameter, $NAME in the query (may be repeated).")  # fmt: skip
@click.option("--engine", type=click.Choice(["ladybug", "neo4j"]), default="ladybug",
              show_default=True, help="Embedded, or the server of NEO4J_URI.")  # fmt: skip
@click.option("--list", "listing", is_flag=True, help="Show the questions that come with nthtier.")
@click.option("--run", metavar="NAME", shell_complete=completing.questions,
              help="Ask one of them.")  # fmt: skip
@options.one("known", help="What editions up to this day had said (embedded only).")
@click.option("--rows", type=click.IntRange(1, 1_000_000), default=1000, show_default=True,
              help="The most rows.")  # fmt: skip
@options.one("seconds", type=click.FloatRange(0.01, 3600), default=30.0)
@options.one("json")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write the page of the paths in the answer too.")  # fmt: skip
@click.pass_obj
def command(
    settings: Settings,
    /,
    listing: bool,
    as_json: bool,
    as_csv: bool,
    html: Path | None,
    **asked: Any,
) -> int:
    """Ask in Cypher; nothing can be written.

    The labels, types and properties are drawn in docs/cypher-model.md. Values go into a query only
    as parameters.

    \b
    Example:
      nthtier cypher 'MATCH (:Entity {id: $id})-[r]->(b) RETURN r, b' --param id=intel
      nthtier cypher --run best-paths --param subject=Nvidia --param lens=revenue
      nthtier cypher --list
    """
    from nthtier.explorer import output

    if sum((bool(asked["query"]), bool(asked["run"]), listing)) != 1:
        raise click.UsageError("give one of QUERY, --run NAME, --list")
    if as_json and as_csv:
        raise click.UsageError("--json or --csv, not both")
    if listing:
        _show_library(as_json)
        return 0

    begun = time.monotonic()

    def say(line: str) -> None:
        patient = time.monotonic() - begun > output.PATIENCE and sys.stderr.isatty()
        if settings.verbosity > 0 or (settings.verbosity == 0 and patient):
            output.note(f"building the Ladybug file: {line}")

    result = settings.open().cypher(say=say, **asked)
    if html is not None:
        output.note(f"page: {result.to_html(html)}")
    if as_json:
        output.write(result.to_json())
    elif as_csv:
        _write_csv(result)
    else:
        _show(result)
    for remark in result.remarks:
        output.note(remark)
    return 0


def _show_library(as_json: bool) -> None:
    from nthtier.explorer import output
    from nthtier.explorer.api import Graph

    questions = Graph.questions()
    if as_json:
        output.write(questions.to_json())
        return
    console = output.console()
    for q in questions:
        made = output.table("", ("parameter", "default", "what it is"))
        for p in q["parameters"]:
            output.row(made, p["name"], p["default"] or "(any)", p["about"])
        console.print(q["name"], style="bold")
        console.print(f"  {q['about']}")
        if q["parameters"]:
            console.print(made)


def _show(answer: CypherResult) -> None:
    from nthtier.explorer import output
    from nthtier.queries.cypher import values

    numbers = [
        c for i, c in enumerate(answer.columns)
        if not c.endswith("_day") and any(isinstance(r[i], int | float) for r in answer)
    ]  # fmt: skip
    made = output.table("", answer.columns, numbers=numbers)
    for row in answer:
        output.row(made, *map(values.cell, answer.columns, row))
    output.console().print(made)
    output.note(f"{len(answer)} row{'s' if len(answer) != 1 else ''}")


def _write_csv(answer: CypherResult) -> None:
    from nthtier.explorer.exports import cell
    from nthtier.queries.cypher import values

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([cell(c) for c in answer.columns])
    for row in answer:
        writer.writerow(
            [cell(v if isinstance(v, int | float) or v is None else values.short(v)) for v in row]
        )
