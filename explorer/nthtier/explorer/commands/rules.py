"""``nthtier rules``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings
from nthtier.queries.ruledata import ACTIVITIES

if TYPE_CHECKING:
    from rich.console import Console

    from nthtier.explorer.result_tables import RegimesResult


@click.command()
@click.argument("rule", required=False, shell_complete=completing.rules)
@options.one("as-of", help="On this day (default: today).")
@options.one("rules")
@click.option("--for", "for_", metavar="SUBJECT", shell_complete=completing.entities,
              help="What the rules say of this company.")  # fmt: skip
@click.option("--activity", type=click.Choice(list(ACTIVITIES)), help="What is done, with --for.")
@options.one("known", help="What editions up to this day had said, with --for.")
@options.one("id", help="SUBJECT is an entity id.")
@options.one("json")
@click.pass_obj
def command(settings: Settings, /, as_json: bool, **asked: Any) -> int:
    """Show the rules with dates, citations and versions; with --for what follows for a company.

    \b
    Example:
      nthtier rules
      nthtier rules bis-affiliates --as-of 2026-01-15
      nthtier rules --for Microsoft --activity securities --as-of 2023-06-01
    """
    from nthtier.explorer import output
    from nthtier.explorer.result_tables import RegimesResult

    result = settings.open().rules(**asked)
    if as_json:
        output.write(result.to_json())
    elif isinstance(result, RegimesResult):
        _follows(result)
    elif asked["rule"]:
        _show(output.console(), result[0], result.data["as_of"])
    else:
        columns = ("id", "name", "binds", "status", "threshold")
        made = output.table(result.title, columns)
        for row in result.rows():
            output.row(made, *(row[c] for c in columns))
        output.console().print(made)
    return 0


def _show(console: Console, rule: dict[str, Any], on: str) -> None:
    from nthtier.explorer import output

    words = ("id", "version", "jurisdiction", "binds", "effect", "trigger")
    lines = [rule["plain"], "", *(f"{word}: {rule[word]}" for word in words)]
    lines.append(f"activities: {', '.join(rule['activities'])}")
    lines.append(f"lists: {', '.join(rule['lists'])}")
    lines += [f"  only programmes of {k}: {', '.join(v)}" for k, v in rule["programmes"].items()]
    if rule["footnotes"]:
        lines.append(f"  only footnotes: {', '.join(map(str, rule['footnotes']))}")
    if rule["names_only"]:
        lines.append("binds by name: ownership does not extend it")
    for t in rule["thresholds"]:
        lines.append(f"threshold: {t['operator']} {t['percent']:g} % ({output.span(t)}), "
                     f"aggregation: {rule['aggregation']}")  # fmt: skip
    for kind, types in rule["reads"].items():
        if types:
            lines.append(f"reads {kind}: {', '.join(types)}")
    lines += [f"{s['state']}: {output.span(s)}; {s['source']}"
              + (f"; {s['note']}" if s["note"] else "") for s in rule["statuses"]]  # fmt: skip
    lines += [f"asks besides: {c}" for c in rule["conditions"]]
    lines += [f"red flag: {text}" for text in rule["red_flags"].values()]
    lines += [f"see {c}" for c in rule["citations"]]
    status = rule["status"]
    note = f" ({status['note']})" if status["note"] else ""
    lines.append(f"As of {on}: {status['state']}{note}")
    output.say(console, rule["name"], style="bold")
    for line in lines:
        output.say(console, line, hang=2)
    output.note("This is information, not legal advice.")


def _follows(result: RegimesResult) -> None:
    from nthtier.explorer import output

    console = output.console()
    output.say(console, result.standing["sentence"], style="bold")
    for says in result.says:
        console.print()
        output.say(console, says["sentence"], style="bold")
        for c in says["conditions"]:
            word = "to check" if c["of"] == "transaction" else c["answer"]
            output.say(console, f"{word}: {c['text']}", indent=3)
        output.say(console, f"see {says['citation']}", indent=3)
    output.note("This is information, not legal advice.")
