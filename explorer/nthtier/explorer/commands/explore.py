"""``nthtier explore``."""

from __future__ import annotations

from pathlib import Path

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date


@click.command()
@click.argument("entity", required=False)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Where to write it (default: <entity>.html here).")  # fmt: skip
@click.option("--max-hops", type=click.IntRange(0, 32), default=3, show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=40, show_default=True)
@click.option(
    "--as-of", callback=partial_date, metavar="DATE", default="", help="What held on this day."
)
@click.option("--known", callback=partial_date, metavar="DATE", default="",
              help="What editions up to this day had said.")  # fmt: skip
@click.option("--id", "by_id", is_flag=True, help="ENTITY is an entity id.")
@click.pass_obj
def command(
    settings: Settings,
    entity: str | None,
    out: Path | None,
    max_hops: int,
    limit: int,
    as_of: str,
    known: str,
    by_id: bool,
) -> int:
    """Write the interactive page of ENTITY: one HTML file that works offline.

    Without ENTITY it shows the company with the most relations.

    \b
    Example:
      nthtier explore Nvidia --out nvidia.html
    """
    from nthtier.explorer import output
    from nthtier.explorer.files import check_writable
    from nthtier.explorer.opening import open_version
    from nthtier.explorer.pages import write_result
    from nthtier.graph.names import slug
    from nthtier.queries.lookup import most_connected
    from nthtier.queries.trace import Question, trace

    check_writable(out)
    version = open_version(settings, known)
    subject, chosen = (entity, by_id) if entity else (most_connected(version), True)
    result = trace(version, Question(subject=subject, max_hops=max_hops, limit=limit,
                                     as_of=as_of, known=known, by_id=chosen))  # fmt: skip
    path = out or Path(f"{slug(result['query']['subject']) or 'page'}.html")
    write_result(path, result, version)
    output.note(f"{len(result['findings'])} findings")
    click.echo(str(path))
    return 0
