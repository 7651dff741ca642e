"""``nthtier load``."""

from __future__ import annotations

from pathlib import Path

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date

_ALLOW = ("counts", "columns", "fill")


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
@click.option("--format", "format_", type=_Format(), default=None, metavar="NAME",
              help="Say what it is; else the content tells.")  # fmt: skip
@click.option("--map", "mapping", type=_FILE, metavar="FILE",
              help="A mapping (TOML) that makes any table records.")  # fmt: skip
@click.option("--as-known", callback=partial_date, metavar="DATE", default="",
              help="The edition's date, where the file does not tell.")  # fmt: skip
@click.option("--allow", multiple=True, type=click.Choice(_ALLOW),
              help="Override a gate; the override is recorded.")  # fmt: skip
@click.pass_obj
def command(
    settings: Settings,
    paths: tuple[Path, ...],
    format_: str | None,
    mapping: Path | None,
    as_known: str,
    allow: tuple[str, ...],
) -> int:
    """Add sources: list files, fact files (TOML) or tables; .gz and .zip as they come.

    All of it is read and checked before anything is written. A file that is wrong ends the load
    and leaves the graph as it was.

    \b
    Example:
      nthtier load consolidated.csv facts.toml
      nthtier load suppliers.csv --map suppliers.toml
    """
    from nthtier.explorer import output
    from nthtier.graph.errors import visible
    from nthtier.graph.store import Store
    from nthtier.loaders.loading import load
    from nthtier.loaders.reader import Options
    from nthtier.loaders.reading import open_inputs

    mapped = open_inputs([mapping])[0] if mapping else None
    options = Options(as_known, frozenset(allow), mapped)
    with output.loading() as tell:
        loaded = load(Store(settings.graph), paths, format_ or "", options, tell)
    console = output.console()
    made = output.table("", ("source", "edition", "records", "statements"),
                        numbers=("records", "statements"))  # fmt: skip
    for reading in loaded.readings:
        source = reading.batch.source
        output.row(made, source.id, source.date or "not known", source.records or "",
                   reading.statements)  # fmt: skip
    console.print(made)
    for reading in loaded.readings:
        name = reading.batch.source.id
        counts = {k: n for k, n in sorted(reading.counts.items()) if k != "statements"}
        if counts:
            console.print(f"{name}: " + ", ".join(f"{k} {n:,}" for k, n in counts.items()))
        unused = reading.audit.unused
        if unused:
            listed = ", ".join(f"{k} ({n:,})" for k, n in sorted(unused.items()))
            console.print(f"{name}: fields not used: {visible(listed)}", style="dim")
        for text, n in sorted(reading.audit.notes.items()):
            console.print(f"{name}: not understood: {visible(text)} ({n:,})", style="dim")
    for name in loaded.replaced:
        output.note(f"{name}: replaces what was loaded before under this id")
    same = "" if loaded.new else " (nothing new)"
    console.print(f"version {loaded.version}{same}")
    return 0
