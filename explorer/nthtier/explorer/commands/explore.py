"""``nthtier explore``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings


@click.command()
@click.argument("entity", required=False, shell_complete=completing.entities)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Where to write it (default: <entity>.html here).")  # fmt: skip
@options.one("max-hops", default=3)
@options.one("limit", type=click.IntRange(1, 1000), default=40)
@options.these("as-of", "known")
@options.one("id", help="ENTITY is an entity id.")
@click.pass_obj
def command(settings: Settings, /, out: Path | None, **asked: Any) -> int:
    """Write the interactive page of ENTITY: one HTML file that works offline.

    Without ENTITY it shows the company with the most relations.

    \b
    Example:
      nthtier explore Nvidia --out nvidia.html
    """
    from nthtier.explorer import output
    from nthtier.explorer.files import check_writable
    from nthtier.graph.names import slug

    check_writable(out)
    page = settings.open().explore(**asked)
    path = page.to_html(out or Path(f"{slug(page.query['subject']) or 'page'}.html"))
    output.note(f"{len(page)} findings")
    click.echo(str(path))
    return 0
