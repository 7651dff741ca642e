"""``nthtier info``."""

from __future__ import annotations

import click

from nthtier.explorer.cli import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> int:
    """Show the version, its sources and editions, counts by type, and the history.

    \b
    Example:
      nthtier info --json
    """
    from nthtier.explorer import output
    from nthtier.graph import tables
    from nthtier.graph.errors import visible
    from nthtier.graph.store import Store
    from nthtier.queries.answers import Reader

    store = Store(settings.graph)
    version = store.open()
    kinds = {}
    for name, column in (("entities", "type"), ("relations", "type"), ("listings", "list")):
        found = tables.read_table(version.table_path(name), [column]).column(column)
        counts = {c["values"]: c["counts"] for c in found.value_counts().to_pylist()}
        kinds[name] = dict(sorted(counts.items(), key=lambda x: (-x[1], x[0])))
    sources = Reader(version).sources()
    history = store.history()
    manifest = version.summary()
    counts = {k: manifest[k] for k in ("entities", "relations", "listings", "statements")}
    if as_json:
        output.write_json({"version": version.id, "counts": counts, "by_type": kinds,
                           "sources": sources, "history": history})  # fmt: skip
        return 0
    console = output.console()
    console.print(f"version {version.id} of {visible(str(settings.graph))}")
    console.print(", ".join(f"{n:,} {k}" for k, n in counts.items()))
    made = output.table("Sources", ("source", "title", "publisher", "edition", "records"),
                        numbers=("records",))  # fmt: skip
    for x in sources:
        output.row(made, x["id"], x["title"], x["publisher"], x["date"] or "not known",
                   x["records"] or "")  # fmt: skip
    console.print(made)
    for name, by_type in kinds.items():
        made = output.table(name.capitalize(), ("type" if name != "listings" else "list", "count"),
                            numbers=("count",))  # fmt: skip
        for kind, n in by_type.items():
            output.row(made, kind, f"{n:,}")
        console.print(made)
    made = output.table("History", ("version", "made", "by", "entities", "relations"),
                        numbers=("entities", "relations"))  # fmt: skip
    for m in history:
        mark = " (current)" if m["id"] == version.id else ""
        output.row(made, m["id"] + mark, m["created"], m["command"], m["entities"],
                   m["relations"])  # fmt: skip
    console.print(made)
    return 0
