"""``nthtier what-if``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date
from nthtier.graph.ontology import LENSES

if TYPE_CHECKING:
    from nthtier.queries.supposing import Change

_SHOWN = 40


@click.command()
@click.option("--list", "lists", multiple=True, metavar="LIST",
              help="The list that --add and --remove speak of.")  # fmt: skip
@click.option("--add", multiple=True, metavar="ENTITY", help="Suppose it is on the list.")
@click.option("--remove", multiple=True, metavar="ENTITY", help="Suppose it is not on the list.")
@click.option("--relation", "relations", nargs=3, multiple=True, metavar="FROM TYPE TO",
              help="Suppose this relation.")  # fmt: skip
@click.option("--end", "ends", nargs=3, multiple=True, metavar="FROM TYPE TO",
              help="Suppose this relation ends.")  # fmt: skip
@click.option("--share", "shares", nargs=3, multiple=True, metavar="FROM TO PERCENT",
              help="Suppose another share.")  # fmt: skip
@click.option("--since", callback=partial_date, metavar="DATE", default="",
              help="The supposition holds from then on; else at every date.")  # fmt: skip
@click.option("--subject", metavar="ENTITY", help="Ask for this company.")
@click.option("--portfolio", type=click.Path(path_type=Path), metavar="FILE",
              help="Ask for the companies of a table.")  # fmt: skip
@click.option("--columns", metavar="FIELD=COLUMN,…",
              help="Which column of the table is the name, country, id …")  # fmt: skip
@click.option("--to", multiple=True, metavar="ENTITY_OR_LIST",
              help="Only what leads to this entity or list (may be repeated).")  # fmt: skip
@click.option("--lens", type=click.Choice(list(LENSES)), default="any", show_default=True,
              help="The question: what counts as exposure.")  # fmt: skip
@click.option("--types", metavar="A,B", help="Only these relation types.")
@click.option("--basis", metavar="A,B", help="Only relations of these bases.")
@click.option("--avoid", multiple=True, metavar="ENTITY", help="Only paths around it.")
@click.option("--max-hops", type=click.IntRange(0, 32), default=4, show_default=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True,
              help="Most paths of a subject.")  # fmt: skip
@click.option("--as-of", callback=partial_date, metavar="DATE", default="",
              help="What holds on this day.")  # fmt: skip
@click.option("--known", callback=partial_date, metavar="DATE", default="",
              help="What editions up to this day had said.")  # fmt: skip
@click.option("--min-share", type=click.FloatRange(0, 100), default=0.0, metavar="PERCENT",
              help="Stakes of at least this.")  # fmt: skip
@click.option("--rule", "rules", multiple=True, metavar="R",
              help="Also what this rule captures on --as-of (may be repeated).")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0.01), default=600.0, show_default=True,
              help="Stop each search after this time.")  # fmt: skip
@click.option("--id", "by_id", is_flag=True, help="Names are entity ids.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    subject: str | None,
    portfolio: Path | None,
    columns: str | None,
    as_json: bool,
    known: str,
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
    from nthtier.explorer.opening import open_version
    from nthtier.explorer.portfolio import chosen_columns, read_portfolio
    from nthtier.queries.question import Question
    from nthtier.queries.whatif import what_if, what_if_screen

    if (subject is None) == (portfolio is None):
        raise click.UsageError("give --subject ENTITY or --portfolio FILE")
    change = _change(asked, asked["by_id"])
    asked["types"] = output.words(asked["types"], upper=True)
    asked["bases"] = output.words(asked.pop("basis"))
    version = open_version(settings, known)
    question = Question(subject=subject or "", known=known, **asked)
    if portfolio is None:
        result = what_if(version, question, change)
    else:
        read = read_portfolio(portfolio, chosen_columns(columns))
        for text in read.notes:
            output.note(f"{portfolio.name}, {text}")
        with output.progress("screening", len(read.wanted)) as progress:
            result = what_if_screen(version, question, read.wanted, change, progress=progress)
    if as_json:
        output.write_json(result)
    else:
        _show(result)
    if not result["coverage"]["complete"]:
        output.note(f"not complete: stopped by {result['coverage']['stopped_by']}; what appears "
                    "or vanishes may have been cut off (--limit, --seconds)")  # fmt: skip
    return 0


def _change(asked: dict[str, Any], by_id: bool) -> Change:
    from nthtier.queries.supposing import Change

    lists, add, remove = asked.pop("lists"), asked.pop("add"), asked.pop("remove")
    if bool(lists) != bool(add or remove):
        raise click.UsageError("--list LIST goes with --add ENTITY or --remove ENTITY")
    change = Change(
        tuple((e, x) for e in add for x in lists),
        tuple((e, x) for e in remove for x in lists),
        tuple((a, t.upper(), b) for a, t, b in asked.pop("relations")),
        tuple((a, t.upper(), b) for a, t, b in asked.pop("ends")),
        asked.pop("shares"),
        asked.pop("since"),
        by_id,
    )
    if not (change.add or change.remove or change.relations or change.ends or change.shares):
        raise click.UsageError("suppose something: --add, --remove, --relation, --end or --share")
    return change


def _show(result: dict[str, Any]) -> None:
    from nthtier.explorer import output
    from nthtier.graph.errors import visible

    console = output.console()
    for s in result["supposed"]:
        console.print(f"Suppose: {visible(s['sentence'])}.", style="bold", soft_wrap=True)
    for word in ("before", "after"):
        said = ", ".join(f"{n:,} {c}" for c, n in result["summary"][word].items()) or "nothing"
        console.print(f"{word}: {said}")
    if not result["changes"]:
        console.print("No finding would change.")
    for c in result["changes"][:_SHOWN]:
        console.print(f"\n{c['what']}: ", style="bold", end="")
        shown = c["before"] if c["what"] == "vanishes" else c["after"]
        console.print(visible(shown["sentence"] if shown else ""), soft_wrap=True)
        for name, (a, b) in c["fields"].items():
            if name in ("class", "hops", "strength", "since", "until", "target"):
                console.print(f"    {name}: {visible(str(a))} -> {visible(str(b))}", style="dim")
    if len(result["changes"]) > _SHOWN:
        console.print(f"… and {len(result['changes']) - _SHOWN:,} more (--json has all)")
