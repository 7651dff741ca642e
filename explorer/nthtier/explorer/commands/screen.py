"""``nthtier screen``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nthtier.explorer import options
from nthtier.explorer.cli import Settings

#: Rows shown in a terminal; files and JSON have all.
_SHOWN = 40


@click.command()
@click.argument("portfolio", type=click.Path(path_type=Path))
@options.one("columns")
@options.one("to", help="Only what leads to this entity or list (may be repeated).")
@options.these("lens", "types", "basis", "avoid", "max-hops", "as-of", "known", "min-share", "rule")
@options.these("possible", "weights")
@options.one("seconds", default=600.0, help="Stop screening after this time.")
@click.option("--engine", type=click.Choice(["numpy", "numba"]), default=None,
              help="Do the work by this; else what is quicker.")  # fmt: skip
@options.one("json", help="Write JSON (the contract, format 1).")
@options.one("csv")
@click.option("--pairs", "pairs_file", type=click.Path(dir_okay=False, path_type=Path),
              metavar="FILE", help="Write one CSV row for each company and what it reaches, with "
              "the fewest hops.")  # fmt: skip
@options.one("html", help="Write the page.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    portfolio: Path,
    columns: str | None,
    as_json: bool,
    csv_file: Path | None,
    pairs_file: Path | None,
    html: Path | None,
    **asked: Any,
) -> int:
    """Screen the companies of PORTFOLIO (CSV, TSV, Excel …): one finding for each.

    Companies are known by name, identifier (LEI, USCC, ISIN, CIK …) or id. Names that are not
    found are listed apart with candidates; a similar name is never taken for the same.

    \b
    Example:
      nthtier screen suppliers.csv --as-of 2026-07-31
      nthtier screen suppliers.csv --columns name=Vendor --csv findings.csv
    """
    from nthtier.explorer import output
    from nthtier.explorer.files import check_writable
    from nthtier.explorer.portfolio import read

    for path in (csv_file, pairs_file, html):
        check_writable(path)
    given = read(portfolio, columns)
    for remark in given.remarks():
        output.note(remark)

    def say(message: str, unasked: bool) -> None:
        if unasked or settings.verbosity > 0:
            output.note(message)

    with output.progress("screening", len(given.wanted)) as progress:
        result = settings.open().screen(given, progress=progress, say=say, **asked)
    if csv_file is not None:
        output.note(f"wrote {result.to_csv(csv_file)}")
    if html is not None:
        output.note(f"page: {result.to_html(html)}")
    if pairs_file is not None:
        found = result.pairs()
        output.note(f"wrote {found.to_csv(pairs_file)}: {found.written:,} pairs")
        for remark in found.remarks:
            output.note(f"{pairs_file}: {remark}")
    if as_json:
        output.write(result.to_json())
    elif csv_file is None and html is None and pairs_file is None:
        _show(result.data)
    _note_limits(result.data)
    return 0


def _show(result: dict[str, Any]) -> None:
    from collections import Counter

    from nthtier.explorer import output
    from nthtier.graph.errors import visible

    console, findings = output.console(), result["findings"]
    classes = Counter(f["class"] for f in findings)
    console.print(", ".join(f"{n:,} {'without a path' if c == 'none' else c}"
                            for c, n in classes.items()) or "no company was found")  # fmt: skip
    touched = [f for f in findings if f["class"] != "none"]
    made = output.table("", ("row", "company", "class", "hops", "listed entities reached",
                             "strongest"), numbers=("row", "hops"), head=3)  # fmt: skip
    for f in touched[:_SHOWN]:
        by_hops = f["reached"]["by_hops"].items()
        within = ", ".join(f"{n:,} in {h}" for h, n in by_hops)
        hops = f["fewest_hops"] if f["path"] else ""
        output.row(made, f["row"], f["subject"]["name"], f["class"], hops, within, f["sentence"])
    if touched:
        console.print(made)
    if len(touched) > _SHOWN:
        console.print(f"… and {len(touched) - _SHOWN:,} more (--csv, --json and --html have all)")
    if result["groups"]:
        made = output.table("Shared choke points", ("entity", "companies", "who"),
                            numbers=("companies",))  # fmt: skip
        names = {f["subject"]["id"]: f["subject"]["name"] for f in findings}
        for group in result["groups"][:10]:
            who = [names[c] for c in group["companies"]]
            more = f" and {len(who) - 5} more" if len(who) > 5 else ""
            output.row(made, group["entity"]["name"], len(who), ", ".join(who[:5]) + more)
        console.print(made)
    if result["unresolved"]:
        made = output.table("Not found", ("row", "name", "why", "candidates"), numbers=("row",),
                            head=2)  # fmt: skip
        for u in result["unresolved"][:_SHOWN]:
            candidates = ", ".join(f"{c['name']} [{c['id']}]" for c in u["candidates"])
            output.row(made, u["row"], u["name"], u["reason"], visible(candidates))
        console.print(made)
        if len(result["unresolved"]) > _SHOWN:
            console.print(f"… and {len(result['unresolved']) - _SHOWN:,} more")


def _note_limits(result: dict[str, Any]) -> None:
    from nthtier.explorer import output

    if result["unresolved"]:
        output.note(f"names that no company here has, not screened: {len(result['unresolved']):,}")
    if result["coverage"]["stopped_by"]:
        output.note("not complete: the screening stopped after its time (--seconds)")
    output.note("No path found is no clearance. This is information, not legal advice.")
