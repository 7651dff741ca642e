"""``nthtier cypher``."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date

if TYPE_CHECKING:
    from nthtier.graph.version import Version
    from nthtier.queries.cypher.ladybug import Ladybug
    from nthtier.queries.cypher.server import Neo4j
    from nthtier.queries.cypher.values import Answer


@click.command()
@click.argument("query", required=False)
@click.option("--param", "pairs", multiple=True, metavar="NAME=VALUE",
              help="A parameter, $NAME in the query (may be repeated).")  # fmt: skip
@click.option("--engine", type=click.Choice(["ladybug", "neo4j"]), default="ladybug",
              show_default=True, help="Embedded, or the server of NEO4J_URI.")  # fmt: skip
@click.option("--list", "listing", is_flag=True, help="Show the questions that come with nthtier.")
@click.option("--run", "name", metavar="NAME", help="Ask one of them.")
@click.option("--known", callback=partial_date, metavar="DATE", default="",
              help="What editions up to this day had said (embedded only).")  # fmt: skip
@click.option("--rows", type=click.IntRange(1, 1_000_000), default=1000, show_default=True,
              help="The most rows.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0.01, 3600), default=30.0, show_default=True,
              help="Stop after this time.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write the page of the paths in the answer too.")  # fmt: skip
@click.pass_obj
def command(
    settings: Settings,
    query: str | None,
    pairs: tuple[str, ...],
    engine: str,
    listing: bool,
    name: str | None,
    known: str,
    rows: int,
    seconds: float,
    as_json: bool,
    as_csv: bool,
    html: Path | None,
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
    from nthtier.explorer.opening import open_version
    from nthtier.queries.cypher import library, values

    if sum((bool(query), bool(name), listing)) != 1:
        raise click.UsageError("give one of QUERY, --run NAME, --list")
    if as_json and as_csv:
        raise click.UsageError("--json or --csv, not both")
    if known and engine == "neo4j":
        raise click.UsageError("--known needs the embedded engine; a server holds one version")
    if listing:
        _show_library()
        return 0
    version = open_version(settings, known)
    if name:
        asked = library.question(name)
        given = library.bound(version, asked, _texts(pairs))
        statement = asked.statements[engine]
    else:
        statement, given = str(query), values.parameters(pairs)
    with _opened(version, engine, settings) as opened:
        answer = opened.run(statement, given, values.Limits(rows, seconds))
    if html is not None:
        from nthtier.explorer.pages import write_result
        from nthtier.queries.cypher.findings import findings

        write_result(html, findings(version, answer), version)
        output.note(f"page: {html}")
    if as_json:
        output.write_json({"version": version.id, "engine": engine, "columns": answer.columns,
                           "rows": answer.rows, "complete": answer.stopped_by is None})  # fmt: skip
    elif as_csv:
        _write_csv(answer)
    else:
        _show(answer)
    if answer.stopped_by:
        output.note(f"not complete: there are more than {rows} rows (--rows)")
    return 0


def _texts(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            raise click.UsageError(f"a parameter is NAME=VALUE, not {pair!r}")
        found[name] = text
    return found


def _opened(version: Version, engine: str, settings: Settings) -> Ladybug | Neo4j:
    from nthtier.explorer import output

    if engine == "ladybug":
        from nthtier.queries.cypher.ladybug import Ladybug

        def progress(line: str) -> None:
            if settings.verbosity > 0 or (settings.verbosity == 0 and sys.stderr.isatty()):
                output.note(f"building the Ladybug file: {line}")

        return Ladybug(version, progress)
    from nthtier.graph.errors import EngineError
    from nthtier.queries.cypher.push import status
    from nthtier.queries.cypher.server import Neo4j, address

    server = Neo4j(address())
    held = status(server)["version"]
    if held is None:
        server.close()
        raise EngineError(f"{server.where.uri} holds no whole version; nthtier neo4j push")
    if held != version.id:
        output.note(f"the server holds {held}, this graph is {version.id} (nthtier neo4j push)")
    return server


def _show_library() -> None:
    from nthtier.explorer import output
    from nthtier.queries.cypher import library

    console = output.console()
    for q in library.questions().values():
        made = output.table("", ("parameter", "default", "what it is"))
        for p in q.parameters:
            output.row(made, p.name, p.default or "(any)", p.about)
        console.print(q.name, style="bold")
        console.print(f"  {q.about}")
        if q.parameters:
            console.print(made)


def _show(answer: Answer) -> None:
    from nthtier.explorer import output

    numbers = [
        c for i, c in enumerate(answer.columns)
        if not c.endswith("_day") and any(isinstance(r[i], int | float) for r in answer.rows)
    ]  # fmt: skip
    made = output.table("", answer.columns, numbers=numbers)
    for row in answer.rows:
        output.row(made, *map(_cell, answer.columns, row))
    output.console().print(made)
    output.note(f"{len(answer.rows)} row{'s' if len(answer.rows) != 1 else ''}")


def _cell(column: str, value: Any) -> str:
    """Return a cell as text; a day number as its date."""
    from nthtier.graph import dates
    from nthtier.queries.cypher import values

    if column.endswith("_day") and isinstance(value, int):
        try:
            return dates.day_text(value)
        except (ValueError, OverflowError):
            return str(value)
    return values.short(value)


def _write_csv(answer: Answer) -> None:
    from nthtier.explorer.exports import cell
    from nthtier.queries.cypher import values

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([cell(c) for c in answer.columns])
    for row in answer.rows:
        writer.writerow(
            [cell(v if isinstance(v, int | float) or v is None else values.short(v)) for v in row]
        )
