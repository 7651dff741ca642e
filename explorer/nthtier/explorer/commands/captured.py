"""``nthtier captured``."""

from __future__ import annotations

from pathlib import Path

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date


@click.command()
@click.option("--rule", metavar="RULE", default="", help="Only this rule (its id).")
@click.option("--entity", metavar="ENTITY", default="", help="Only this company, whatever it is.")
@click.option("--as-of", callback=partial_date, metavar="DATE", default="",
              help="On this day (default: today).")  # fmt: skip
@click.option("--known", callback=partial_date, metavar="DATE", default="",
              help="What editions up to this day had said.")  # fmt: skip
@click.option("--rules", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="A folder with more rules (TOML).")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True)
@click.option("--id", "by_id", is_flag=True, help="ENTITY is an entity id.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON (the contract, format 1).")
@click.pass_obj
def command(
    settings: Settings,
    rule: str,
    entity: str,
    as_of: str,
    known: str,
    folder: Path | None,
    limit: int,
    by_id: bool,
    as_json: bool,
) -> int:
    """Show who is captured: whom a rule of ownership or control extends a listing to.

    An answer is met, not met, or cannot be determined; the arithmetic shows every stake with its
    statements, and what is missing that would decide.

    \b
    Example:
      nthtier captured --rule bis-affiliates --as-of 2025-10-15
      nthtier captured --entity "Inspur Electronic Information Industry Co., Ltd." --json
    """
    from nthtier.explorer import output
    from nthtier.explorer.opening import open_version
    from nthtier.graph.errors import visible
    from nthtier.queries.captured import Question, captured

    version = open_version(settings, known)
    question = Question(rule=rule, entity=entity, as_of=as_of, known=known, limit=limit,
                        by_id=by_id, rules=folder)  # fmt: skip
    result = captured(version, question)
    if as_json:
        output.write_json(result)
        return 0
    console = output.console()
    day = result["query"]["as_of"]
    if not result["findings"]:
        which = f"the rule {result['query']['rule']}" if rule else "a rule"
        console.print(f"Nobody is captured by {which} as of {day}, as far as the sources loaded "
                      "say; this is not a clearance.")  # fmt: skip
        return 0
    for number, finding in enumerate(result["findings"], 1):
        console.print(visible(f"{number}  {finding['sentence']}"), soft_wrap=True, style="bold")
        for line in output.rule_lines(finding["rule"]):
            console.print("   " + visible(line), soft_wrap=True)
    if not result["coverage"]["complete"]:
        output.note(f"not complete: there are more than {limit} (--limit)")
    return 0
