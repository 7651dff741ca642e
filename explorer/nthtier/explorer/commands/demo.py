"""``nthtier demo``: the article's case, from the shipped facts, in one command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date

if TYPE_CHECKING:
    from rich.console import Console

    from nthtier.graph.version import Version

FOCUS: Final = "inspur-group"
WESTERN: Final = ("Microsoft", "Nvidia", "Intel", "IBM", "Cisco")
CHINESE: Final = ("Baidu", "Alibaba", "Tencent", "China Mobile", "JD Cloud")


@click.command()
@click.option("--as-of", callback=partial_date, metavar="DATE", default="",
              help="What held on this day.")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              default=Path("nthtier-demo.html"), show_default=True,
              help="Where the page goes.")  # fmt: skip
@click.pass_obj
def command(settings: Settings, as_of: str, out: Path) -> int:
    """Build the article's graph with the shipped listings and show who is exposed to Inspur.

    It needs no network. Lists that you load into the same graph join in.

    \b
    Example:
      nthtier demo
      nthtier demo --as-of 2019-01-01
    """
    from nthtier.explorer import api, output
    from nthtier.explorer.files import check_writable
    from nthtier.explorer.result_kinds import TraceResult
    from nthtier.graph.errors import visible
    from nthtier.queries.trace import Question, trace

    check_writable(out)
    version = api.demo(settings.graph).opened
    console = output.console()
    when = f" as of {as_of}" if as_of else ""
    console.print("The case: in March 2023 the server maker Inspur joins the US Entity List. "
                  "Who is touched, and how?\n")  # fmt: skip
    _focus(console, version, as_of)
    _companies(console, version, WESTERN, f"Western companies with ties to Inspur{when}", as_of)
    _companies(console, version, CHINESE, f"Customers and partners in China{when}", as_of,
               listings=True)  # fmt: skip
    console.print(
        "since: from when the tie or the listing holds, where a source says it. inferred: follows "
        "from what a source says.\ndisputed: sources contradict each other. exposed: has a tie to "
        "a listed company, and is not itself listed by it.\n"
    )
    revenue = trace(version, Question("Nvidia", lens="revenue", limit=6, as_of=as_of))
    console.print(output.findings_table(
        revenue["findings"], f"Whom do Nvidia's sales depend on (lens: revenue){when}?"
    ))  # fmt: skip
    _microsoft(console, version)
    page = trace(version, Question(FOCUS, max_hops=2, limit=40, as_of=as_of, by_id=True))
    TraceResult(page, version).to_html(out)
    console.print(f"Page: {visible(str(out))} (open it in a browser; it works offline)")
    console.print(f"Graph: {visible(str(settings.graph))}, version {version.id}")
    console.print(
        "Next: nthtier trace Nvidia --lens revenue --evidence\n"
        '      nthtier trace Microsoft --to "Inspur Group" --as-of 2019-01-01\n'
        "      nthtier load consolidated.csv     (the official list, see nthtier fetch --list)"
    )
    output.note("This is information, not legal advice.")
    return 0


def _focus(console: Console, version: Version, as_of: str) -> None:
    from nthtier.explorer import output
    from nthtier.graph import dates
    from nthtier.queries import sentences
    from nthtier.queries.answers import Reader

    reader = Reader(version)
    entity = version.by_text(f"id:{FOCUS}")[0]
    name = reader.entity(entity)["name"]
    span = {"since": dates.end_day(as_of), "until": dates.end_day(as_of)} if as_of else {}
    listings = reader.listings(entity, **span)
    if not listings:
        console.print(f"As of {as_of}, {name} is on no list.", style="bold")
        others = sentences.listing_names(reader.listings(entity))
        output.say(console, f"At other dates it is on {others}.")
        console.print()
        return
    when = f"As of {as_of}, " if as_of else ""
    output.say(console, f"{when}{name} {sentences.listing_phrase(listings)}.", style="bold")
    made = output.table("", ("list", "since", "until", "citation", "review policy", "said by"))
    for x in sorted(listings, key=lambda x: x["since"] or "9999"):
        said = sorted({e["source"] for e in x["evidence"]})
        short = sentences.short_name(x)
        whole = x["list_name"] if x["list_name"] == short else f"{short}: {x['list_name']}"
        output.row(made, whole, x["since"] or "not dated", x["until"] or "",
                   x["citation"] or "", x["license_policy"] or "", ", ".join(said))  # fmt: skip
    console.print(made)


def _companies(
    console: Console,
    version: Version,
    names: Sequence[str],
    title: str,
    as_of: str,
    *,
    listings: bool = False,
) -> None:
    from nthtier.explorer import output
    from nthtier.queries import sentences
    from nthtier.queries.trace import Question, trace

    columns = ("company", "class", "finding", "said by", *(("is itself on",) if listings else ()))
    made = output.table(title, columns)
    for name in names:
        result = trace(version, Question(name, to=("Inspur Group",), max_hops=1, as_of=as_of))
        own = trace(version, Question(name, max_hops=0, as_of=as_of))["findings"][0]
        best: dict[str, Any] = result["findings"][0]
        said = sorted(
            {e["source"] for h in best["path"] for claim in (h, *h["competing"])
             for e in claim["evidence"]}
        )  # fmt: skip
        row = [name, best["class"], best["sentence"], ", ".join(said)]
        if listings:
            lists = own["target"]["listings"] if own["class"] == "listed" else []
            row.append(sentences.listing_names(lists) if lists else "none in these sources")
        output.row(made, *row)
    console.print(made)


def _microsoft(console: Console, version: Version) -> None:
    """Show both sides of the article's disputed fact."""
    from nthtier.explorer import output
    from nthtier.queries.trace import Question, trace

    result = trace(version, Question("Microsoft", to=("Inspur Group",), max_hops=1,
                                     as_of="2023-03-03"))  # fmt: skip
    disputed = [f for f in result["findings"] if f["path"] and f["path"][0]["contested"]]
    if not disputed:
        return
    console.print("As of March 2023 Microsoft's stake in Inspur is disputed; who says what:",
                  style="bold")  # fmt: skip
    for line in output.evidence_lines(disputed[0]):
        output.say(console, line, indent=2)
    console.print()
