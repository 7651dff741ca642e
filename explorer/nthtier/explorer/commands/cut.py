"""``nthtier cut``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings


@click.command()
@click.argument("subject", shell_complete=completing.entities)
@options.these("to", "lens", "types", "direction", "sequence", "basis", "via", "avoid", "max-hops")
@options.these("as-of", "known", "min-share", "rule")
@click.option("--costs", type=click.Path(path_type=Path), metavar="FILE",
              help="What ending a relation costs (TOML); else 1 each.")  # fmt: skip
@click.option("--most-paths", type=click.IntRange(1), default=200_000, show_default=True,
              help="Look at no more paths than this.")  # fmt: skip
@options.one("seconds", default=30.0, help="Stop enumerating, and searching, after this time each.")
@options.these("id", "json")
@click.pass_obj
def command(settings: Settings, /, as_json: bool, **asked: Any) -> int:
    """Find the fewest (or cheapest) relations whose end breaks every path from SUBJECT.

    It also says which relations carry most paths, and which statements to verify first.

    \b
    Example:
      nthtier cut Microsoft --to us-bis-el --max-hops 2
      nthtier cut Nvidia --lens revenue --costs costs.toml --json
    """
    from nthtier.explorer import output

    result = settings.open().cut(**asked)
    if as_json:
        output.write(result.to_json())
    else:
        _show(result.data)
    found = result.cut
    if result.coverage["stopped_by"] == "limit":
        output.note(f"not complete: there are more than {asked['most_paths']:,} paths "
                    "(--most-paths); "
                    "this breaks only those looked at")  # fmt: skip
    elif result.coverage["stopped_by"]:
        output.note(f"not complete: out of time (--seconds); the least cost is {found['cost']:g}, "
                    f"or as little as {found['least_cost']:g}")  # fmt: skip
    if found["unbreakable"]:
        output.note(f"{found['unbreakable']:,} paths hold only relations that never end: "
                    "nothing breaks them")  # fmt: skip
    return 0


def _show(result: dict[str, Any]) -> None:
    from nthtier.explorer import output

    console, found = output.console(), result["cut"]
    for finding in result["findings"]:
        output.say(console, f"{finding['sentence']} No cut changes that.")
    paths, targets = result["paths"], result["targets"]
    words = ("path" if paths == 1 else "paths", "entity" if targets == 1 else "entities")
    console.print(f"{paths:,} {words[0]} to {targets:,} {words[1]}")
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
            cost = t["cost"] if t["cost"] == "never" else f"{t['cost']:g}"
            output.row(made, f"{t['from']['name']} {t['type']} {t['to']['name']}", cost,
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
