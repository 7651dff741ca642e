"""``nthtier rules``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date
from nthtier.queries.ruledata import ACTIVITIES

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.argument("rule", required=False)
@click.option("--as-of", callback=partial_date, metavar="DATE", default="",
              help="On this day (default: today).")  # fmt: skip
@click.option("--rules", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="A folder with more rules (TOML).")  # fmt: skip
@click.option("--for", "subject", metavar="SUBJECT", help="What the rules say of this company.")
@click.option("--activity", type=click.Choice(list(ACTIVITIES)), help="What is done, with --for.")
@click.option("--known", callback=partial_date, metavar="DATE", default="",
              help="What editions up to this day had said, with --for.")  # fmt: skip
@click.option("--id", "by_id", is_flag=True, help="SUBJECT is an entity id.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_obj
def command(
    settings: Settings,
    rule: str | None,
    as_of: str,
    folder: Path | None,
    subject: str | None,
    activity: str | None,
    known: str,
    by_id: bool,
    as_json: bool,
) -> int:
    """Show the rules with dates, citations and versions; with --for what follows for a company.

    \b
    Example:
      nthtier rules
      nthtier rules bis-affiliates --as-of 2026-01-15
      nthtier rules --for Microsoft --activity securities --as-of 2023-06-01
    """
    if bool(subject) != bool(activity):
        raise click.UsageError("--for and --activity belong together")
    if subject and rule:
        raise click.UsageError("either a RULE or --for, not both")
    if subject and activity:
        return _follows(settings, subject, activity, as_of, known, folder, by_id, as_json)
    from datetime import date

    from nthtier.explorer import output
    from nthtier.graph import dates
    from nthtier.queries.rulebook import named, rulebook

    book = rulebook(folder)
    chosen = [named(book, rule)] if rule else list(book.values())
    on = as_of or date.today().isoformat()
    found = [r.to_json(dates.end_day(on)) for r in chosen]
    if as_json:
        output.write_json({"as_of": on, "rules": found})
        return 0
    console = output.console()
    if not rule:
        made = output.table(f"Rules (as of {on})", ("id", "name", "binds", "status", "threshold"))
        for r in chosen:
            status, threshold = r.status(dates.end_day(on)), r.threshold(dates.end_day(on))
            asks = threshold.words if threshold else "by name" if r.names_only else "control"
            output.row(made, r.id, r.name, r.binds, status.state, asks)
        console.print(made)
        return 0
    for shown in found:
        _show(console, shown, on)
    return 0


def _show(console: Console, rule: dict[str, Any], on: str) -> None:
    from nthtier.explorer import output
    from nthtier.graph.errors import visible

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
    console.print(visible(rule["name"]), style="bold", soft_wrap=True)
    for line in lines:
        console.print(visible(line), soft_wrap=True)
    output.note("This is information, not legal advice.")


def _follows(
    settings: Settings,
    subject: str,
    activity: str,
    as_of: str,
    known: str,
    folder: Path | None,
    by_id: bool,
    as_json: bool,
) -> int:
    from nthtier.explorer import output
    from nthtier.explorer.opening import open_version
    from nthtier.graph.errors import visible
    from nthtier.queries.regimes import Question, regimes

    version = open_version(settings, known)
    result = regimes(version, Question(subject, activity, as_of, known, by_id, folder))
    if as_json:
        output.write_json(result)
        return 0
    console = output.console()
    console.print(visible(result["standing"]["sentence"]), style="bold", soft_wrap=True)
    for says in result["says"]:
        console.print()
        console.print(visible(says["sentence"]), soft_wrap=True, style="bold")
        for c in says["conditions"]:
            word = "to check" if c["of"] == "transaction" else c["answer"]
            console.print(visible(f"   {word}: {c['text']}"), soft_wrap=True)
        console.print(visible(f"   see {says['citation']}"), soft_wrap=True)
    output.note("This is information, not legal advice.")
    return 0
