"""``nthtier export``."""

from __future__ import annotations

import io
from pathlib import Path

import click

from nthtier.explorer.cli import Settings


@click.command()
@click.option("--format", "format_", type=click.Choice(["csv", "json"]), required=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH",
              help="A folder for csv, a file for json (default: standard output).")  # fmt: skip
@click.pass_obj
def command(settings: Settings, format_: str, out: Path | None) -> int:
    """Write everything out: every source, statement, entity, relation and listing.

    \b
    Example:
      nthtier export --format csv --out tables
      nthtier export --format json > graph.json
    """
    from nthtier.explorer import exports, output
    from nthtier.explorer.files import write_text
    from nthtier.explorer.opening import open_version

    version = open_version(settings)
    if format_ == "csv":
        if out is None:
            raise click.UsageError("csv is several tables: name a folder with --out")
        for path in exports.write_csv(version, out):
            click.echo(str(path))
        return 0
    text = io.StringIO()
    exports.write_json(version, text)
    if out is None:
        click.echo(text.getvalue(), nl=False)
        return 0
    write_text(out, text.getvalue())
    output.note(f"wrote {out}")
    return 0
