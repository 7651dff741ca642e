"""``nthtier find``."""

from __future__ import annotations

import click

from nthtier.explorer.cli import Settings


@click.command()
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--evidence", is_flag=True, help="Show what each listing says, and who says so.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_obj
def command(settings: Settings, name: str, limit: int, evidence: bool, as_json: bool) -> int:
    """Find companies by NAME: in any script, by alias, identifier or id.

    \b
    Example:
      nthtier find 浪潮
      nthtier find 913700001630477270 --json
      nthtier find Loongson --evidence
    """
    from nthtier.explorer import output
    from nthtier.explorer.opening import open_version
    from nthtier.graph.errors import visible
    from nthtier.queries.answers import Reader
    from nthtier.queries.lookup import find

    version = open_version(settings)
    reader = Reader(version)
    found = []
    for match in find(version, name, limit):
        entity = reader.entity(match.entity)
        listings = reader.listings(match.entity)
        found.append({**entity, "score": match.score, "reason": match.reason,
                      "listings": listings})  # fmt: skip
    if as_json:
        output.write_json(found)
        return 0 if found else 1
    if not found:
        output.note(f"nothing like {name!r} is in the graph")
        return 1
    made = output.table("", ("score", "id", "name", "country", "why", "listed on"),
                        numbers=("score",), head=4)  # fmt: skip
    for f in found:
        lists = "; ".join(
            f"{x['list']}{' since ' + x['since'] if x['since'] else ''}"
            f"{' until ' + x['until'] if x['until'] else ''}"
            for x in f["listings"]
        )
        output.row(made, f"{f['score']:.2f}", f["id"], f["name"], f["country"] or "",
                   f["reason"], lists)  # fmt: skip
    console = output.console()
    console.print(made)
    for f in found if evidence else ():
        for line in output.listing_lines(f["name"], f["listings"]):
            console.print(visible(line), soft_wrap=True)
    return 0
