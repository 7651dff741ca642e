"""``nthtier find``."""

from __future__ import annotations

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings


@click.command()
@click.argument("name", shell_complete=completing.entities)
@options.one("limit", type=click.IntRange(1, 1000), default=10)
@click.option("--evidence", is_flag=True, help="Show what each listing says, and who says so.")
@options.one("json")
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
    from nthtier.graph.errors import visible

    found = settings.open().find(name, limit=limit)
    if as_json:
        output.write(found.to_json())
        return 0 if len(found) else 1
    for remark in found.remarks:
        output.note(remark)
    if not len(found):
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
