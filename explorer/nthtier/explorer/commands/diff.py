"""``nthtier diff``."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.commands.load import ALLOW
from nthtier.explorer.opening import partial_date
from nthtier.graph.ontology import LENSES


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--list", "list_", metavar="LIST", default="", help="Only entries of this list.")
@click.option("--portfolio", type=click.Path(path_type=Path), metavar="FILE",
              help="Also what it means for these companies (as screen takes them).")  # fmt: skip
@click.option("--columns", metavar="FIELD=COLUMN,…",
              help="Which column of the portfolio is the name, country, id, lei …")  # fmt: skip
@click.option("--lens", type=click.Choice(list(LENSES)), default="any", show_default=True,
              help="What counts as exposure of the portfolio.")  # fmt: skip
@click.option("--max-hops", type=click.IntRange(0, 32), default=4, show_default=True)
@click.option("--as-of", callback=partial_date, metavar="DATE", default="",
              help="Exposure of the portfolio on this day.")  # fmt: skip
@click.option("--allow", multiple=True, type=click.Choice(ALLOW),
              help="Override a gate for files, as load does.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True,
              help="Lines shown of each kind; JSON and CSV have all.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write one row for each changed field.")  # fmt: skip
@click.pass_obj
def command(
    settings: Settings,
    before: str,
    after: str,
    list_: str,
    portfolio: Path | None,
    columns: str | None,
    lens: str,
    max_hops: int,
    as_of: str,
    allow: tuple[str, ...],
    limit: int,
    as_json: bool,
    csv_file: Path | None,
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
    from nthtier.explorer.editions import open_editions
    from nthtier.explorer.editions_text import show, write_csv
    from nthtier.explorer.files import check_writable
    from nthtier.explorer.portfolio import chosen_columns, read_portfolio
    from nthtier.graph.collecting import paused
    from nthtier.graph.store import Store
    from nthtier.loaders.reader import Options
    from nthtier.queries.edition_findings import compare_findings
    from nthtier.queries.editions import Editions
    from nthtier.queries.question import Question

    check_writable(csv_file)
    only = _list_id(list_)
    read = None if portfolio is None else read_portfolio(portfolio, chosen_columns(columns))
    for text in read.notes if read else ():
        output.note(f"{portfolio.name if portfolio else ''}, {text}")
    with ExitStack() as stack, paused():
        options = Options(allow=frozenset(allow))
        sides = open_editions(Store(settings.graph), (before, after), options, stack)
        found = Editions(sides[0].version, sides[1].version, only)
        result: dict[str, Any] = found.result()
        for word, side in zip(("before", "after"), sides, strict=True):
            result[word] |= {"given": side.given, "file": side.file}
        result["query"] = {"command": "diff", "before": before, "after": after,
                           "list": only or None, "allow": sorted(allow)}  # fmt: skip
        result["findings"] = None
        if read is not None:
            question = Question(lens=lens, max_hops=max_hops, as_of=as_of)
            with output.progress("screening", len(read.wanted)) as progress:
                result["findings"] = compare_findings(found, question, read.wanted, progress)
    if csv_file is not None:
        write_csv(csv_file, result)
        output.note(f"wrote {csv_file}")
    if as_json:
        output.write_json(result)
    elif csv_file is None:
        show(result, limit)
    return 0


def _list_id(text: str) -> str:
    """Return the list's id; another word is wrong usage."""
    from nthtier.graph.lists import LISTS, find_list

    if not text:
        return ""
    found = find_list(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no list; one of {', '.join(LISTS)}",
                                 param_hint="--list")  # fmt: skip
    return found.id
