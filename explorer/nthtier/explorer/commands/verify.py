"""``nthtier verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer import options
from nthtier.explorer.cli import Settings

_SHOWN = 40


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@options.one("json")
@click.pass_obj
def command(settings: Settings, result: Path, as_json: bool) -> int:
    """Check a saved RESULT (JSON of trace or screen, or a page that carries it) again.

    In its own version the same question must give the same answer, and every statement and source
    must be there. Against the current version it says what changed, and why. Exit status 1: it
    differs, or a difference is not explained.

    \b
    Example:
      nthtier trace Microsoft --to "Inspur Group" --json > saved.json
      nthtier verify saved.json
    """
    from nthtier.explorer import output

    report = settings.open().verify(result)
    if as_json:
        output.write(report.to_json())
    else:
        _show(report.data)
    return 0 if report.ok else 1


def _show(report: dict[str, Any]) -> None:
    from nthtier.explorer import output

    console = output.console()

    def say(text: str, style: str = "") -> None:
        output.say(console, text, style=style)

    own, evidence, since = report["own"], report["evidence"], report["since"]
    if own is None:
        say(f"version {report['version']} is not in this graph: only the current one can be asked")
    else:
        same = "the same answer" if own["identical"] else "ANOTHER ANSWER"
        say(f"version {report['version']}: {same}", "bold")
        for note in own["notes"]:
            say(f"  {note}")
        _changes(say, own["changes"])
        say(f"{evidence['statements']:,} statements and {evidence['sources']:,} sources checked")
        for key in ("missing_statements", "missing_sources", "changed_sources"):
            if evidence[key]:
                say(f"  {key.replace('_', ' ')}: {', '.join(map(str, evidence[key][:10]))}")
    if since is not None:
        word = "the same" if since["identical"] else f"{len(since['changes']):,} differences"
        say(f"version {report['current']} (current): {word}", "bold")
        for note in since["notes"]:
            say(f"  {note}")
        _changes(say, since["changes"])
    say("verified" if report["ok"] else "not verified", "bold")


def _changes(say: Any, changes: list[dict[str, Any]]) -> None:
    for c in changes[:_SHOWN]:
        shown = c["before"] if c["what"] == "vanishes" else c["after"]
        say(f"  {c['what']}: {shown}")
        for reason in c.get("why", ()):
            say(f"    because {reason}")
        if "why" in c and not c["why"]:
            say("    nothing here explains it")
    if len(changes) > _SHOWN:
        say(f"  … and {len(changes) - _SHOWN:,} more (--json has all)")
