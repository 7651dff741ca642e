"""``nthtier captured``."""

from __future__ import annotations

from typing import Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings


@click.command()
@options.one("rule", multiple=False, metavar="RULE", help="Only this rule (its id).")
@click.option("--entity", metavar="ENTITY", shell_complete=completing.entities,
              help="Only this company, whatever it is.")  # fmt: skip
@options.one("as-of", help="On this day (default: today).")
@options.these("known", "rules")
@options.one("limit", type=click.IntRange(1, 1_000_000), default=1000)
@options.one("id", help="ENTITY is an entity id.")
@options.one("json", help="Write JSON (the contract, format 1).")
@click.pass_obj
def command(settings: Settings, /, as_json: bool, **asked: Any) -> int:
    """Show who is captured: whom a rule of ownership or control extends a listing to.

    An answer is met, not met, or cannot be determined; the arithmetic shows every stake with its
    statements, and what is missing that would decide.

    \b
    Example:
      nthtier captured --rule bis-affiliates --as-of 2025-10-15
      nthtier captured --entity "Inspur Electronic Information Industry Co., Ltd." --json
    """
    from nthtier.explorer import output

    result = settings.open().captured(**asked)
    if as_json:
        output.write(result.to_json())
        return 0
    console = output.console()
    day = result.query["as_of"]
    if not result.findings:
        which = f"the rule {result.query['rule']}" if asked["rule"] else "a rule"
        console.print(f"Nobody is captured by {which} as of {day}, as far as the sources loaded "
                      "say; this is not a clearance.")  # fmt: skip
        return 0
    for number, finding in enumerate(result.findings, 1):
        output.say(console, f"{number}  {finding.sentence}", hang=3, style="bold")
        for line in output.rule_lines(finding["rule"]):
            output.say(console, line, indent=3)
    if not result.complete:
        output.note(f"not complete: there are more than {asked['limit']} (--limit)")
    return 0
