"""``nthtier export``."""

from __future__ import annotations

import io
from pathlib import Path

import click

from nthtier.explorer.cli import Settings


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "json", "graphml", "gexf", "ftm", "cypher"]),
    required=True,
)
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH",
              help="A folder for csv, else a file (default: standard output).")  # fmt: skip
@click.pass_obj
def command(settings: Settings, format_: str, out: Path | None) -> int:
    """Write everything out: every source, statement, entity, relation and listing.

    csv and json hold the tables as they are. graphml and gexf (Gephi, with dates) hold entities
    and relations, ftm those as FollowTheMoney entities, cypher a script for an empty Neo4j.

    \b
    Example:
      nthtier export --format csv --out tables
      nthtier export --format json > graph.json
      nthtier export --format gexf --out graph.gexf
    """
    from nthtier.explorer import exports, networks, output
    from nthtier.explorer.files import write_text

    version = settings.open().opened
    if format_ == "csv":
        if out is None:
            raise click.UsageError("csv is several tables: name a folder with --out")
        for path in exports.write_csv(version, out):
            click.echo(str(path))
        return 0
    write = {
        "json": exports.write_json,
        "graphml": networks.write_graphml,
        "gexf": networks.write_gexf,
        "ftm": networks.write_ftm,
        "cypher": networks.write_cypher,
    }[format_]
    text = io.StringIO()
    write(version, text)
    if out is None:
        click.echo(text.getvalue(), nl=False)
        return 0
    write_text(out, text.getvalue())
    output.note(f"wrote {out}")
    return 0
