"""``nthtier info``."""

from __future__ import annotations

import click

from nthtier.explorer import options
from nthtier.explorer.cli import Settings


@click.command()
@options.one("json")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> int:
    """Show the version, its sources and editions, counts by type, and the history.

    \b
    Example:
      nthtier info --json
    """
    from nthtier.explorer import output
    from nthtier.graph.errors import visible

    info = settings.open().info()
    if as_json:
        output.write(info.to_json())
        return 0
    data = info.data
    console = output.console()
    console.print(f"version {data['version']} of {visible(str(settings.graph))}")
    console.print(", ".join(f"{n:,} {k}" for k, n in data["counts"].items()))
    made = output.table("Sources", ("source", "title", "publisher", "edition", "records"),
                        numbers=("records",))  # fmt: skip
    for x in info:
        output.row(made, x["id"], x["title"], x["publisher"], x["date"] or "not known",
                   x["records"] or "")  # fmt: skip
    console.print(made)
    for name, by_type in data["by_type"].items():
        made = output.table(name.capitalize(), ("type" if name != "listings" else "list", "count"),
                            numbers=("count",))  # fmt: skip
        for kind, n in by_type.items():
            output.row(made, kind, f"{n:,}")
        console.print(made)
    made = output.table("History", ("version", "made", "by", "entities", "relations"),
                        numbers=("entities", "relations"))  # fmt: skip
    for m in data["history"]:
        mark = " (current)" if m["id"] == data["version"] else ""
        output.row(made, m["id"] + mark, m["created"], m["command"], m["entities"],
                   m["relations"])  # fmt: skip
    console.print(made)
    return 0
