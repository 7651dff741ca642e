"""``nthtier neo4j``."""

from __future__ import annotations

import sys

import click

from nthtier.explorer import options
from nthtier.explorer.cli import Settings

_WHERE = (
    click.option("--uri", metavar="URI",
                 help="bolt://host:7687, neo4j+s://host for TLS ($NEO4J_URI)."),
    click.option("--user", metavar="NAME", help="$NEO4J_USERNAME, else neo4j."),
    click.option("--database", metavar="NAME", help="$NEO4J_DATABASE, else the server's default."),
)  # fmt: skip


@click.group()
def command() -> None:
    """Keep the graph on a Neo4j server.

    The server is named by NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD and NEO4J_DATABASE; the
    password is taken from nowhere else.

    \b
    Example:
      nthtier neo4j push
      nthtier neo4j status --json
    """


@command.command()
@_WHERE[0]
@_WHERE[1]
@_WHERE[2]
@options.one("json")
@click.pass_obj
def push(
    settings: Settings, uri: str | None, user: str | None, database: str | None, as_json: bool
) -> int:
    """Bring the current version to the server.

    Only what differs is sent, and a push that was cut short goes on where it stopped. Readers see
    the old version until the new one is whole.

    \b
    Example:
      nthtier neo4j push --uri neo4j+s://graph.example.org
    """
    from nthtier.explorer import output
    from nthtier.queries.cypher.push import push as bring
    from nthtier.queries.cypher.server import Neo4j, address

    def progress(what: str, done: int, of: int) -> None:
        if settings.verbosity > 0 or (settings.verbosity == 0 and sys.stderr.isatty()):
            output.note(f"{what}: {done:,} of {of:,}" if of else what)

    version = settings.open().opened
    with Neo4j(address(uri=uri, user=user, database=database)) as server:
        done = bring(server, version, progress)
    if as_json:
        output.write_json({"version": done.version, "unchanged": done.unchanged,
                           "written": done.written, "removed": done.removed})  # fmt: skip
    elif done.unchanged:
        click.echo(f"{done.version} is there already")
    else:
        click.echo(f"{done.version} is there: {done.written:,} nodes and relationships written, "
                   f"{done.removed:,} removed")  # fmt: skip
    return 0


@command.command()
@_WHERE[0]
@_WHERE[1]
@_WHERE[2]
@options.one("json")
@click.pass_obj
def status(
    settings: Settings, uri: str | None, user: str | None, database: str | None, as_json: bool
) -> int:
    """Show which version the server holds, whole or unfinished, and how much.

    \b
    Example:
      nthtier neo4j status
    """
    from nthtier.explorer import output
    from nthtier.graph.store import Store
    from nthtier.queries.cypher.push import status as held
    from nthtier.queries.cypher.server import Neo4j, address

    with Neo4j(address(uri=uri, user=user, database=database)) as server:
        found = held(server)
    here = Store(settings.graph).head()
    if as_json:
        output.write_json({**found, "here": here})
        return 0
    console = output.console()
    console.print(f"{found['server']} at {found['uri']}, database {found['database'] or 'default'}")
    console.print(f"whole version: {found['version'] or 'none'}, this graph: {here or 'none'}")
    if found["pushing"]:
        console.print(f"a push of {found['pushing']} is unfinished: nthtier neo4j push")
    made = output.table("", ("label or type", "count"), numbers=("count",))
    for name, number in found["counts"].items():
        output.row(made, name, f"{number:,}")
    console.print(made)
    return 0
