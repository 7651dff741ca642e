"""``nthtier what-if``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date

_SHOWN = 40


@click.command()
@click.option("--list", multiple=True, metavar="LIST", shell_complete=completing.lists,
              help="The list that --add and --remove speak of.")  # fmt: skip
@click.option("--add", multiple=True, metavar="ENTITY", shell_complete=completing.entities,
              help="Suppose it is on the list.")  # fmt: skip
@click.option("--remove", multiple=True, metavar="ENTITY", shell_complete=completing.entities,
              help="Suppose it is not on the list.")  # fmt: skip
@click.option("--relation", nargs=3, multiple=True, metavar="FROM TYPE TO",
              help="Suppose this relation.")  # fmt: skip
@click.option("--end", nargs=3, multiple=True, metavar="FROM TYPE TO",
              help="Suppose this relation ends.")  # fmt: skip
@click.option("--share", nargs=3, multiple=True, metavar="FROM TO PERCENT",
              help="Suppose another share.")  # fmt: skip
@click.option("--since", callback=partial_date, metavar="DATE", default="",
              help="The supposition holds from then on; else at every date.")  # fmt: skip
@click.option("--subject", metavar="ENTITY", shell_complete=completing.entities,
              help="Ask for this company.")  # fmt: skip
@click.option("--portfolio", type=click.Path(path_type=Path), metavar="FILE",
              help="Ask for the companies of a table.")  # fmt: skip
@options.one("columns")
@options.one("to", help="Only what leads to this entity or list (may be repeated).")
@options.these("lens", "types", "basis", "avoid", "max-hops")
@options.one("limit", default=1_000, help="Most paths of a subject.")
@options.one("as-of", help="What holds on this day.")
@options.these("known", "min-share", "rule")
@options.one("seconds", default=600.0, help="Stop each search after this time.")
@options.these("id", "json")
@click.pass_obj
def command(
    settings: Settings,
    /,
    portfolio: Path | None,
    columns: str | None,
    as_json: bool,
    **asked: Any,
) -> int:
    """Suppose a listing, a relation, its end or another share: which findings would change?

    The graph stays as it is. What is supposed is marked as hypothetical wherever it is shown.

    \b
    Example:
      nthtier what-if --list us-bis-el --add Nvidia --subject Microsoft
      nthtier what-if --remove "Inspur Group" --list us-bis-el --portfolio suppliers.csv
      nthtier what-if --share "Inspur Group" "Example Venture" 49 --subject "Example Venture"
    """
    from nthtier.explorer import output
    from nthtier.explorer.portfolio import read

    if portfolio is None:
        result = settings.open().what_if(**asked)
    else:
        given = read(portfolio, columns)
        for remark in given.remarks():
            output.note(remark)
        with output.progress("screening", len(given.wanted)) as progress:
            result = settings.open().what_if(portfolio=given, progress=progress, **asked)
    if as_json:
        output.write(result.to_json())
    else:
        _show(result.data)
    if not result.complete:
        output.note(f"not complete: stopped by {result.coverage['stopped_by']}; what appears "
                    "or vanishes may have been cut off (--limit, --seconds)")  # fmt: skip
    return 0


def _show(result: dict[str, Any]) -> None:
    from nthtier.explorer import output
    from nthtier.graph.errors import visible

    console = output.console()
    for s in result["supposed"]:
        output.say(console, f"Suppose: {s['sentence']}.", style="bold")
    for word in ("before", "after"):
        said = ", ".join(f"{n:,} {c}" for c, n in result["summary"][word].items()) or "nothing"
        console.print(f"{word}: {said}")
    if not result["changes"]:
        console.print("No finding would change.")
    for c in result["changes"][:_SHOWN]:
        shown = c["before"] if c["what"] == "vanishes" else c["after"]
        console.print()
        output.say(console, f"{c['what']}: {shown['sentence'] if shown else ''}")
        for name, (a, b) in c["fields"].items():
            if name in ("class", "hops", "strength", "since", "until", "target"):
                console.print(f"    {name}: {visible(str(a))} -> {visible(str(b))}", style="dim")
    if len(result["changes"]) > _SHOWN:
        console.print(f"… and {len(result['changes']) - _SHOWN:,} more (--json has all)")
