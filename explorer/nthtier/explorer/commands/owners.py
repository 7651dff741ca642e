"""``nthtier owners``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings


@click.command()
@click.argument("entity", shell_complete=completing.entities)
@options.one("as-of", help="On this day (default: today).")
@options.one("known")
@options.one("limit", default=100, help="Owners, and holdings, at most.")
@options.one("id", help="ENTITY is an entity id.")
@options.one("json")
@click.pass_obj
def command(settings: Settings, /, as_json: bool, **asked: Any) -> int:
    """Show who owns ENTITY and what it owns, at every distance.

    Two figures stand side by side. The cascade is what rules use: an owner counts with its whole
    stake once it is itself owned to 50 percent. Effective ownership multiplies shares down every
    chain; no rule uses it.

    \b
    Example:
      nthtier owners "Inspur Group" --as-of 2025-10-15
      nthtier owners Microsoft --json
    """
    from nthtier.explorer import output

    result = settings.open().owners(**asked)
    if as_json:
        output.write(result.to_json())
        return 0
    console = output.console()
    name, day = result.entity["name"], result.query["as_of"]
    for rows, title, none in (
        (result.owners, f"Who owns {name} (as of {day})", f"No owner of {name} is known here."),
        (result.holdings, f"What {name} owns (as of {day})", f"{name} owns nothing known here."),
    ):
        if not rows:
            output.say(console, none)
            continue
        made = output.table(title, ("company", "direct", "effective", "cascade of 50 %", "notes",
                                    "said by"))  # fmt: skip
        for x in rows:
            direct = x["direct"]
            output.row(made, x["entity"]["name"], _interval(direct and direct["share"]),
                       _interval(x["effective"]), x["cascade"], "; ".join(_notes(x)),
                       ", ".join(direct["sources"]) if direct else "")  # fmt: skip
        console.print(made)
    joint = result.joint
    if joint:
        names = ", ".join(o["name"] for o in joint["owners"][:5])
        if len(joint["owners"]) > 5:
            names += f" and {len(joint['owners']) - 5} more"
        output.say(
            console,
            f"Listed owners together ({names}): cascade {joint['cascade']}, effective "
            f"{_interval(joint['effective'])}.",
        )
    for flag in result.data["flags"]:
        output.say(console, f"{name}: {flag}")
    if not result.complete:
        output.note(f"not complete: there are more than {asked['limit']} (--limit)")
    return 0


def _interval(share: Sequence[float] | None) -> str:
    if share is None:
        return ""
    lo, hi = (round(x, 4) for x in share)
    return f"{lo:g} %" if lo == hi else f"{lo:g} to {hi:g} %"


def _notes(x: dict[str, Any]) -> list[str]:
    found = [word for word in ("ultimate", "beneficial") if x.get(word)]
    found += [y["list"] for y in x["listings"]]
    return found + (x["direct"]["flags"] if x["direct"] else [])
