"""``nthtier trace``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer import completing, options
from nthtier.explorer.cli import Settings


@click.command()
@click.argument("subject", shell_complete=completing.entities)
@options.these("to", "lens", "types", "direction", "sequence", "basis", "via", "avoid", "max-hops")
@options.one("limit", default=20)
@options.these("as-of", "known", "min-share", "rule")
@click.option("--diverse", is_flag=True,
              help="Leave out paths that share all but one hop with a stronger one.")  # fmt: skip
@options.these("possible", "weights")
@click.option("--count", is_flag=True, help="Say how many paths there are in all.")
@click.option("--explain", is_flag=True, help="Show how each strength comes about.")
@options.one("seconds", default=30.0, help="Stop searching after this time.")
@options.one("id")
@click.option("--evidence", is_flag=True, help="Show who says each hop.")
@options.one("json", help="Write JSON (the contract, format 1).")
@options.one("html")
@click.option("--dossier", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write a document to hand over too (HTML without a script).")  # fmt: skip
@click.pass_obj
def command(
    settings: Settings,
    /,
    explain: bool,
    evidence: bool,
    as_json: bool,
    html: Path | None,
    dossier: Path | None,
    **asked: Any,
) -> int:
    """Trace exposure paths from SUBJECT to listed (or named) entities, strongest first.

    A customer, supplier or investor of a listed company is exposed; no rule says that it is
    listed itself. No path found is no clearance.

    \b
    Example:
      nthtier trace Nvidia --lens revenue
      nthtier trace Intel --sequence "SUPPLIES>,SUPPLIES>" --explain
      nthtier trace Microsoft --to "Inspur Group" --as-of 2019-01-01 --json
      nthtier trace Microsoft --to "Inspur Group" --dossier microsoft.html
    """
    from nthtier.explorer import output
    from nthtier.explorer.files import check_writable

    for path in (html, dossier):
        check_writable(path)
    result = settings.open().trace(**asked)
    if html is not None:
        output.note(f"page: {result.to_html(html)}")
    if dossier is not None:
        output.note(f"dossier: {result.to_dossier(dossier)}")
    if as_json:
        output.write(result.to_json())
        return 0
    console = output.console()
    console.print(output.findings_table(result.findings))
    told: set[str] = set()  # whose listings were shown
    for number, finding in enumerate(result.findings, 1):
        target = finding.target or {"id": "", "listings": []}
        listings = [] if target["id"] in told else target["listings"]
        if (finding.path and (evidence or explain)) or (listings and evidence):
            console.print()
            console.print(f"#{number}", style="bold")
            lines = output.weight_lines(finding) if explain else []
            if evidence:
                lines += output.evidence_lines(finding)
                lines += output.listing_lines(target.get("name", ""), listings)
                told.add(target["id"])
            for line in lines:
                output.say(console, line)
    if asked["count"]:
        paths = result.coverage["paths"]
        by_hops = ", ".join(f"{n:,} of {h}" for h, n in paths["by_hops"].items())
        least = "" if paths["complete"] else "at least "
        console.print(f"{least}{paths['total']:,} paths" + (f": {by_hops} hops" if by_hops else ""))
    stopped = result.coverage["stopped_by"]
    if stopped:
        more = {"limit": f"there are more paths than {asked['limit']} (--limit)",
                "time": f"the search stopped after {asked['seconds']:g} s (--seconds)"}  # fmt: skip
        output.note(f"not complete: {more[stopped]}")
    return 0
