"""``nthtier diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer import options
from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import GATES


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--list", metavar="LIST", default="", help="Only entries of this list.")
@click.option("--portfolio", type=click.Path(path_type=Path), metavar="FILE",
              help="Also what it means for these companies (as screen takes them).")  # fmt: skip
@options.these("columns", "lens", "max-hops")
@options.one("as-of", help="Exposure of the portfolio on this day.")
@click.option("--allow", multiple=True, type=click.Choice(GATES),
              help="Override a gate for files, as load does.")  # fmt: skip
@options.one("limit", default=20, help="Lines shown of each kind; JSON and CSV have all.")
@options.one("json")
@options.one("csv", help="Write one row for each changed field.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    before: str,
    after: str,
    portfolio: Path | None,
    columns: str | None,
    limit: int,
    as_json: bool,
    csv_file: Path | None,
    **asked: Any,
) -> int:
    """Show what differs between A and B, each with its cause: list, relation, identity, software.

    A and B are versions (an id, its beginning, HEAD, HEAD~1 …) or files, of which nothing is kept.
    Two files are compared by themselves; beside a version, a file is taken as if it were loaded
    onto it, so that "diff HEAD new-list.csv" says what a load would change.

    \b
    Example:
      nthtier diff HEAD~1 HEAD
      nthtier diff consolidated-2022.csv.gz consolidated-2026.csv.gz --list us-bis-el
      nthtier diff HEAD new-list.csv --portfolio suppliers.csv
    """
    from nthtier.explorer import output
    from nthtier.explorer.editions_text import show
    from nthtier.explorer.files import check_writable
    from nthtier.explorer.portfolio import read

    check_writable(csv_file)
    graph = settings.open()
    if portfolio is None:
        result = graph.diff(before, after, **asked)
    else:
        given = read(portfolio, columns)
        for remark in given.remarks():
            output.note(remark)
        with output.progress("screening", len(given.wanted)) as progress:
            result = graph.diff(before, after, portfolio=given, progress=progress, **asked)
    if csv_file is not None:
        result.to_csv(csv_file)
        output.note(f"wrote {csv_file}")
    if as_json:
        output.write(result.to_json())
    elif csv_file is None:
        show(result.data, limit)
    return 0
