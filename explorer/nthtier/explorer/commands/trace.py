"""``nthtier trace``."""

from __future__ import annotations

from pathlib import Path

import click

from nthtier.explorer.cli import Settings
from nthtier.explorer.opening import partial_date
from nthtier.graph.ontology import LENSES


@click.command()
@click.argument("subject")
@click.option("--to", multiple=True, metavar="ENTITY_OR_LIST",
              help="Only paths to this entity or list (may be repeated).")  # fmt: skip
@click.option("--lens", type=click.Choice(list(LENSES)), default="any", show_default=True,
              help="The question: what counts as exposure.")  # fmt: skip
@click.option("--types", metavar="A,B", help="Only these relation types.")
@click.option("--direction", type=click.Choice(["forward", "backward", "both"]),
              help="Read relations only this way.")  # fmt: skip
@click.option("--sequence", metavar="STEP,STEP",
              help="What each hop must be: TYPE, TYPE> (forward), <TYPE, *, A|B.")  # fmt: skip
@click.option("--basis", metavar="A,B", help="Only relations of these bases.")
@click.option("--via", multiple=True, metavar="ENTITY", help="Only paths through it.")
@click.option("--avoid", multiple=True, metavar="ENTITY", help="Only paths around it.")
@click.option("--max-hops", type=click.IntRange(0, 32), default=4, show_default=True)
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True)
@click.option(
    "--as-of", callback=partial_date, metavar="DATE", default="", help="What held on this day."
)
@click.option("--known", callback=partial_date, metavar="DATE", default="",
              help="What editions up to this day had said.")  # fmt: skip
@click.option("--min-share", type=click.FloatRange(0, 100), default=0.0, metavar="PERCENT",
              help="Stakes of at least this.")  # fmt: skip
@click.option("--rule", "rules", multiple=True, metavar="R",
              help="Also what this rule captures on --as-of (may be repeated).")  # fmt: skip
@click.option("--diverse", is_flag=True,
              help="Leave out paths that share all but one hop with a stronger one.")  # fmt: skip
@click.option("--weights", type=click.Path(path_type=Path), metavar="FILE",
              help="Hop weights of your own (TOML).")  # fmt: skip
@click.option("--count", is_flag=True, help="Say how many paths there are in all.")
@click.option("--explain", is_flag=True, help="Show how each strength comes about.")
@click.option("--seconds", type=click.FloatRange(0.01), default=30.0, show_default=True,
              help="Stop searching after this time.")  # fmt: skip
@click.option("--id", "by_id", is_flag=True, help="Names are entity ids.")
@click.option("--evidence", is_flag=True, help="Show who says each hop.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON (the contract, format 1).")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write the page too.")  # fmt: skip
@click.option("--dossier", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write a document to hand over too (HTML without a script).")  # fmt: skip
@click.pass_obj
def command(
    settings: Settings,
    subject: str,
    to: tuple[str, ...],
    lens: str,
    types: str | None,
    direction: str | None,
    sequence: str | None,
    basis: str | None,
    via: tuple[str, ...],
    avoid: tuple[str, ...],
    max_hops: int,
    limit: int,
    as_of: str,
    known: str,
    min_share: float,
    rules: tuple[str, ...],
    diverse: bool,
    weights: Path | None,
    count: bool,
    explain: bool,
    seconds: float,
    by_id: bool,
    evidence: bool,
    as_json: bool,
    html: Path | None,
    dossier: Path | None,
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
    from nthtier.explorer.opening import open_version
    from nthtier.graph.errors import visible
    from nthtier.queries.trace import Question, trace
    from nthtier.queries.weights import read_weights

    for path in (html, dossier):
        check_writable(path)
    version = open_version(settings, known)
    question = Question(
        subject=subject, to=to, lens=lens,
        types=output.words(types, upper=True), sequence=output.words(sequence, upper=True),
        bases=output.words(basis),
        direction=direction,  # type: ignore[arg-type]  # click has checked the choice
        via=via, avoid=avoid, max_hops=max_hops, limit=limit, as_of=as_of, known=known,
        min_share=min_share, rules=rules, by_id=by_id, seconds=seconds, diverse=diverse,
        weights=None if weights is None else read_weights(weights),
    )  # fmt: skip
    result = trace(version, question, count=count)
    if html is not None:
        from nthtier.explorer.pages import write_result

        write_result(html, result, version)
        output.note(f"page: {html}")
    if dossier is not None:
        from nthtier.explorer.dossier import write_dossier

        write_dossier(dossier, result)
        output.note(f"dossier: {dossier}")
    if as_json:
        output.write_json(result)
        return 0
    console = output.console()
    console.print(output.findings_table(result["findings"]))
    told: set[str] = set()  # whose listings were shown
    for number, finding in enumerate(result["findings"], 1):
        target = finding["target"] or {"id": "", "listings": []}
        listings = [] if target["id"] in told else target["listings"]
        if (finding["path"] and (evidence or explain)) or (listings and evidence):
            console.print()
            console.print(f"#{number}", style="bold")
            lines = output.weight_lines(finding) if explain else []
            if evidence:
                lines += output.evidence_lines(finding)
                lines += output.listing_lines(target.get("name", ""), listings)
                told.add(target["id"])
            for line in lines:
                console.print(visible(line), soft_wrap=True)
    if count:
        paths = result["coverage"]["paths"]
        by_hops = ", ".join(f"{n:,} of {h}" for h, n in paths["by_hops"].items())
        least = "" if paths["complete"] else "at least "
        console.print(f"{least}{paths['total']:,} paths" + (f": {by_hops} hops" if by_hops else ""))
    stopped = result["coverage"]["stopped_by"]
    if stopped:
        more = {"limit": f"there are more than {limit} paths (--limit)",
                "time": f"the search stopped after {seconds:g} s (--seconds)"}  # fmt: skip
        output.note(f"not complete: {more[stopped]}")
    return 0
