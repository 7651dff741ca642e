"""``nthtier load``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import GATES, partial_date


class _Format(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """The name of a format; the formats are imported when one is named, not before."""

    name = "format"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from nthtier.loaders.registry import FORMATS

        if value not in FORMATS:
            self.fail(f"{value!r} is not one of {', '.join(FORMATS)}", param, ctx)
        return value


_FILE = click.Path(path_type=Path, readable=False)  # reading says why it cannot, with status 3


@click.command()
@click.argument("paths", nargs=-1, required=True, type=_FILE, metavar="PATH…")
@click.option("--format", type=_Format(), default=None, metavar="NAME",
              shell_complete=completing.formats,
              help="Say what it is; else the content tells.")  # fmt: skip
@click.option("--map", type=_FILE, metavar="FILE",
              help="A mapping (TOML) that makes any table records.")  # fmt: skip
@click.option("--as-known", callback=partial_date, metavar="DATE", default="",
              help="The edition's date, where the file does not tell.")  # fmt: skip
@click.option("--allow", multiple=True, type=click.Choice(GATES),
              help="Override a gate; the override is recorded.")  # fmt: skip
@options.one("json")
@click.pass_obj
def command(settings: Settings, /, paths: tuple[Path, ...], as_json: bool, **asked: Any) -> int:
    """Add sources: list files, fact files (TOML) or tables; .gz and .zip as they come.

    All of it is read and checked before anything is written. A file that is wrong ends the load
    and leaves the graph as it was.

    \b
    Example:
      nthtier load consolidated.csv facts.toml
      nthtier load suppliers.csv --map suppliers.toml
    """
    from nthtier.explorer import output

    loaded = settings.open().load(*paths, **asked)
    for source in loaded:
        if source["replaces"]:
            output.note(f"{source['source']}: replaces what was loaded before under this id")
    for x in loaded.data["not_applied"]:
        output.note(f"decision {x['decision']} ({x['verdict']}) is not applied: {x['reason']}")
    if as_json:
        output.write(loaded.to_json())
    else:
        _show(loaded.data)
    return 0


def _show(data: dict[str, Any]) -> None:
    from nthtier.explorer import output
    from nthtier.graph.errors import visible

    console = output.console()
    made = output.table("", ("source", "edition", "records", "statements"),
                        numbers=("records", "statements"))  # fmt: skip
    for s in data["sources"]:
        output.row(made, s["source"], s["edition"] or "not known", s["records"] or "",
                   s["statements"])  # fmt: skip
    console.print(made)
    for s in data["sources"]:
        name = s["source"]
        counts = {k: n for k, n in s["counts"].items() if k != "statements"}
        if counts:
            console.print(f"{name}: " + ", ".join(f"{k} {n:,}" for k, n in counts.items()))
        if s["not_used"]:
            listed = ", ".join(f"{k} ({n:,})" for k, n in s["not_used"].items())
            console.print(f"{name}: fields not used: {visible(listed)}", style="dim")
        for text, n in s["not_understood"].items():
            console.print(f"{name}: not understood: {visible(text)} ({n:,})", style="dim")
    console.print(f"version {data['version']}{'' if data['new'] else ' (nothing new)'}")
