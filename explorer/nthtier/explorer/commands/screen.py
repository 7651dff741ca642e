"""``nthtier screen``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date
from nthtier.graph.ontology import LENSES

if TYPE_CHECKING:
    from nthtier.queries.pairs import Pairs
    from nthtier.queries.question import Question

#: Rows shown in a terminal; files and JSON have all.
_SHOWN = 40


@click.command()
@click.argument("portfolio", type=click.Path(path_type=Path))
@click.option("--columns", metavar="FIELD=COLUMN,…",
              help="Which column is the name, country, id, lei …")  # fmt: skip
@click.option("--to", multiple=True, metavar="ENTITY_OR_LIST",
              help="Only what leads to this entity or list (may be repeated).")  # fmt: skip
@click.option("--lens", type=click.Choice(list(LENSES)), default="any", show_default=True,
              help="The question: what counts as exposure.")  # fmt: skip
@click.option("--types", metavar="A,B", help="Only these relation types.")
@click.option("--basis", metavar="A,B", help="Only relations of these bases.")
@click.option("--avoid", multiple=True, metavar="ENTITY", help="Only paths around it.")
@click.option("--max-hops", type=click.IntRange(0, 32), default=4, show_default=True)
@click.option("--as-of", callback=partial_date, metavar="DATE", default="",
              help="What held on this day.")  # fmt: skip
@click.option("--known", callback=partial_date, metavar="DATE", default="",
              help="What editions up to this day had said.")  # fmt: skip
@click.option("--min-share", type=click.FloatRange(0, 100), default=0.0, metavar="PERCENT",
              help="Stakes of at least this.")  # fmt: skip
@click.option("--rule", "rules", multiple=True, metavar="R",
              help="Also what this rule captures on --as-of (may be repeated).")  # fmt: skip
@click.option("--weights", type=click.Path(path_type=Path), metavar="FILE",
              help="Hop weights of your own (TOML).")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(0.01), default=600.0, show_default=True,
              help="Stop screening after this time.")  # fmt: skip
@click.option("--engine", type=click.Choice(["numpy", "numba"]), default=None,
              help="Do the work by this; else what is quicker.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Write JSON (the contract, format 1).")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write one row for each company.")  # fmt: skip
@click.option("--pairs", "pairs_file", type=click.Path(dir_okay=False, path_type=Path),
              metavar="FILE", help="Write one CSV row for each company and what it reaches, with "
              "the fewest hops.")  # fmt: skip
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write the page.")  # fmt: skip
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
    engine: Any,
    known: str,
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
    from nthtier.explorer.opening import open_version
    from nthtier.explorer.portfolio import chosen_columns, read_portfolio
    from nthtier.queries.pairs import pairs
    from nthtier.queries.screening import screen

    for path in (csv_file, pairs_file, html):
        check_writable(path)
    read = read_portfolio(portfolio, chosen_columns(columns))
    for text in read.notes:
        output.note(f"{portfolio.name}, {text}")
    if read.unused:
        output.note(f"{portfolio.name}: columns not used: {', '.join(read.unused)}")
    version = open_version(settings, known)

    def say(message: str, unasked: bool) -> None:
        if unasked or settings.verbosity > 0:
            output.note(message)

    with output.progress("screening", len(read.wanted)) as progress:
        question = _question(asked, known)
        result = screen(version, question, read.wanted, engine=engine, progress=progress, say=say)
    _write_files(result, csv_file, html)
    if pairs_file is not None:
        found = pairs(version, question, read.wanted, engine=engine or "numpy")
        _write_pairs(pairs_file, found)
    if as_json:
        output.write_json(result)
    elif csv_file is None and html is None and pairs_file is None:
        _show(result)
    _note_limits(result)
    return 0


def _question(asked: dict[str, Any], known: str) -> Question:
    from nthtier.explorer import output
    from nthtier.queries.question import Question
    from nthtier.queries.weights import read_weights

    weights = asked.pop("weights")
    asked["types"] = output.words(asked["types"], upper=True)
    asked["bases"] = output.words(asked.pop("basis"))
    return Question(known=known, weights=None if weights is None else read_weights(weights),
                    **asked)  # fmt: skip


def _write_files(result: dict[str, Any], csv_file: Path | None, html: Path | None) -> None:
    from nthtier.explorer import output
    from nthtier.explorer.pages import write_portfolio
    from nthtier.explorer.portfolio import write_csv

    if csv_file is not None:
        from nthtier.explorer.files import write_text

        text = io.StringIO(newline="")
        write_csv(result, text)
        write_text(csv_file, text.getvalue())
        output.note(f"wrote {csv_file}")
    if html is not None:
        write_portfolio(html, result)
        output.note(f"page: {html}")


def _write_pairs(path: Path, found: Pairs) -> None:
    from nthtier.explorer import output
    from nthtier.explorer.files import write_text
    from nthtier.explorer.portfolio import write_pairs

    text = io.StringIO(newline="")
    count = write_pairs(found, text)
    write_text(path, text.getvalue())
    output.note(f"wrote {path}: {count:,} pairs")
    if found.stopped_by:
        output.note(f"{path}: not complete, stopped after its time (--seconds)")


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
        hops = "" if f["class"] == "listed" else f["fewest_hops"]
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
