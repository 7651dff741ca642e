"""``nthtier cut``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date
from nthtier.graph.ontology import LENSES


@click.command()
@click.argument("subject")
@click.option("--to", multiple=True, metavar="ENTITY_OR_LIST",
              help="Only paths to this entity or list (may be repeated).")  # fmt: skip
@click.option("--lens", type=click.Choice(list(LENSES)), default="any", show_default=True,
              help="The question: what counts as exposure.")  # fmt: skip
@click.option("--types", metavar="A,B", help="Only these relation types.")
@click.option("--direction", type=click.Choice(["forward", "backward", "both"]),
              help="Read relations only this way.")  # fmt: skip
@click.option("--sequence", metavar="STEP,STEP",
              help="What each hop must be: TYPE, TYPE> (forward), <TYPE, *, A|B.")  # fmt: skip
@click.option("--basis", metavar="A,B", help="Only relations of these bases.")
@click.option("--via", multiple=True, metavar="ENTITY", help="Only paths through it.")
@click.option("--avoid", multiple=True, metavar="ENTITY", help="Only paths around it.")
@click.option("--max-hops", type=click.IntRange(0, 32), default=4, show_default=True)
@click.option("--as-of", callback=partial_date, metavar="DATE", default="",
              help="What held on this day.")  # fmt: skip
@click.option("--known", callback=partial_date, metavar="DATE", default="",
              help="What editions up to this day had said.")  # fmt: skip
@click.option("--min-share", type=click.FloatRange(0, 100), default=0.0, metavar="PERCENT",
              help="Stakes of at least this.")  # fmt: skip
@click.option("--rule", "rules", multiple=True, metavar="R",
              help="Also what this rule captures on --as-of (may be repeated).")  # fmt: skip
@click.option("--costs", type=click.Path(path_type=Path), metavar="FILE",
              help="What ending a relation costs (TOML); else 1 each.")  # fmt: skip
@click.option("--most-paths", type=click.IntRange(1), default=200_000, show_default=True,
              help="Look at no more paths than this.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0.01), default=30.0, show_default=True,
              help="Stop enumerating, and searching, after this time each.")  # fmt: skip
@click.option("--id", "by_id", is_flag=True, help="Names are entity ids.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    costs: Path | None,
    most_paths: int,
    as_json: bool,
    known: str,
    **asked: Any,
) -> int:
    """Find the fewest (or cheapest) relations whose end breaks every path from SUBJECT.

    It also says which relations carry most paths, and which statements to verify first.

    \b
    Example:
      nthtier cut Microsoft --to us-bis-el --max-hops 2
      nthtier cut Nvidia --lens revenue --costs costs.toml --json
    """
    from nthtier.explorer import output
    from nthtier.explorer.opening import open_version
    from nthtier.queries.costs import read_costs
    from nthtier.queries.cut import cut
    from nthtier.queries.question import Question

    for name in ("types", "sequence"):
        asked[name] = output.words(asked[name], upper=True)
    asked["bases"] = output.words(asked.pop("basis"))
    version = open_version(settings, known)
    result = cut(version, Question(known=known, **asked), most=most_paths,
                 costs=None if costs is None else lambda find: read_costs(costs, find))  # fmt: skip
    if as_json:
        output.write_json(result)
    else:
        _show(result)
    found = result["cut"]
    if result["coverage"]["stopped_by"] == "limit":
        output.note(f"not complete: there are more than {most_paths:,} paths (--most-paths); "
                    "this breaks only those looked at")  # fmt: skip
    elif result["coverage"]["stopped_by"]:
        output.note(f"not complete: out of time (--seconds); the least cost is {found['cost']:g}, "
                    f"or as little as {found['least_cost']:g}")  # fmt: skip
    if found["unbreakable"]:
        output.note(f"{found['unbreakable']:,} paths hold only relations that never end: "
                    "nothing breaks them")  # fmt: skip
    return 0


def _show(result: dict[str, Any]) -> None:
    from nthtier.explorer import output
    from nthtier.graph.errors import visible

    console, found = output.console(), result["cut"]
    for finding in result["findings"]:
        console.print(visible(finding["sentence"]), "No cut changes that.", soft_wrap=True)
    paths, targets = result["paths"], result["targets"]
    console.print(f"{paths:,} paths to {targets:,} entities")
    if not paths:
        return
    columns = ("relation", "cost", "paths", "to", "strength")
    made = output.table(f"The end of these breaks them, cost {found['cost']:g}", columns,
                        numbers=columns[1:])  # fmt: skip
    for title, rows in (("", found["relations"]),
                        ("What carries most", result["carriers"])):  # fmt: skip
        if title:
            made = output.table(title, columns, numbers=columns[1:])
        for t in rows:
            output.row(made, f"{t['from']['name']} {t['type']} {t['to']['name']}", t["cost"],
                       f"{t['paths']:,}", f"{t['targets']:,}", f"{t['strength']:.3f}")  # fmt: skip
        console.print(made)
    made = output.table("Verify first", ("claim", "why", "said by", "paths", "part of strength"),
                        numbers=("paths", "part of strength"))  # fmt: skip
    for v in result["verify_first"]:
        why = [w for w, so in (("disputed", v["disputed"]), ("one source", v["single_source"]))
               if so]  # fmt: skip
        output.row(made, f"{v['from']['name']} {v['type']} {v['to']['name']}", ", ".join(why),
                   f"{', '.join(v['sources'])}, {v['locator']}", f"{v['paths']:,}",
                   f"{v['part']:.0%}")  # fmt: skip
    console.print(made)
