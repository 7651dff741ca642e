"""``nthtier match``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nthtier.explorer import options
from nthtier.explorer.cli import Settings

if TYPE_CHECKING:
    from nthtier.explorer.api import Graph
    from nthtier.queries.candidates import Candidate
    from nthtier.queries.matching import Matching

_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_ACTIONS: Final = ("review", "decide", "undo", "import_file", "export_file", "keep", "forget")


@click.command()
@click.option("--review", is_flag=True, help="Go through them one by one, side by side.")
@click.option("--decide", nargs=3, metavar="VERDICT A B", default=None,
              help="Record that A and B are same, different, or unsure.")  # fmt: skip
@click.option("--id", is_flag=True, help="A and B are ids of entities or keys of records.")
@click.option("--why", default="", metavar="TEXT", help="The reason to record.")
@click.option("--who", default=None, metavar="NAME", help="Who decides; else the user's name.")
@click.option("--undo", type=click.IntRange(1), default=None, metavar="N",
              help="Take decision N back.")  # fmt: skip
@click.option("--import", "import_file", type=_FILE, metavar="FILE",
              help="Add the decisions of another graph's file.")  # fmt: skip
@click.option("--export", "export_file", type=_FILE, metavar="FILE",
              help="Write the decisions that count, to share them.")  # fmt: skip
@click.option("--keep", is_flag=True,
              help="Make the proposals relations (POSSIBLE_MATCH) of the graph.")  # fmt: skip
@click.option("--forget", is_flag=True, help="Take those relations back.")
@click.option("--least", type=click.FloatRange(0.5, 1), default=0.8, show_default=True,
              help="The least score of a proposal.")  # fmt: skip
@click.option("--again", is_flag=True, help="Review those put off (unsure), too.")
@click.option("--limit", type=click.IntRange(1), default=40, show_default=True,
              help="Rows of the table; JSON has all.")  # fmt: skip
@options.one("json")
@click.pass_obj
def command(settings: Settings, /, **asked: Any) -> int:
    """Show who may be who: proposed identities with score and reasons, and what was decided.

    A proposal joins nothing. A decision is a line of decisions.jsonl in the graph's folder, counts
    in every later version, and can be undone. "same" joins two entities, "different" keeps them
    apart where no official identifier says otherwise, "unsure" leaves them a possible match.
    --keep makes the proposals relations with score and reasons, which "trace --possible" and
    "screen --possible" follow; those decided meanwhile, or gone, are none.

    \b
    Example:
      nthtier match
      nthtier match --review
      nthtier match --keep
      nthtier match --decide same "Sugon" ofac:33113 --why "same address"
      nthtier match --undo 3
    """
    from nthtier.explorer import output

    if sum(bool(asked[name]) for name in _ACTIONS) > 1:
        raise click.UsageError("choose one of --review, --decide, --undo, --import, --export, "
                               "--keep, --forget")  # fmt: skip
    graph = settings.open()
    graph.opened  # noqa: B018 - says first when there is none
    who = _user() if asked["who"] is None else asked["who"]
    if asked["decide"]:
        return _decide(graph, asked, who)
    if asked["undo"]:
        gone = graph.undo(asked["undo"], who=who, why=asked["why"])
        output.note(f"decision {gone.number} ({gone.verdict}) is undone")
        output.note(f"version {graph.version}")
        return 0
    if asked["import_file"]:
        return _import(graph, asked["import_file"])
    if asked["export_file"]:
        return _export(graph, asked["export_file"])
    if asked["forget"]:
        graph.forget_matches()
        output.note(f"version {graph.version}")
        return 0
    with output.progress("comparing names", 100) as bar:
        told = None if bar is None else lambda part: bar(round(part * 100))
        if asked["review"]:
            matching = graph.matching()
            found = matching.open(asked["least"], told)
        else:
            result = graph.match(least=asked["least"], keep=asked["keep"], progress=told)
    if asked["review"]:
        return _review(graph, matching, found, who, asked["again"])
    if asked["keep"]:
        output.note(f"kept as relations: {len(result):,}; version {graph.version}")
    if asked["as_json"]:
        output.write(result.to_json())
        return 0
    _show(result.data, asked["limit"])
    if len(result):
        output.note("A proposal joins nothing; nthtier match --review decides.")
    return 0


def _review(graph: Graph, matching: Matching, found: list[Candidate], who: str, again: bool) -> int:
    from nthtier.explorer import output
    from nthtier.explorer.reviewing import Review

    put_off = [c for c in found if matching.verdict(c) is not None]
    if put_off and not again:
        output.note(f"{len(put_off):,} were put off and are not shown (--again)")
        found = [c for c in found if matching.verdict(c) is None]
    if not found:
        output.note("nothing is left to decide")
        return 0
    review = Review(graph.store, matching, found, who)
    try:
        review.run()
    finally:  # also when Ctrl-C ends it: what was decided counts
        if review.made:
            _rebuild(graph)
    return 0


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _decide(graph: Graph, asked: dict[str, Any], who: str) -> int:
    from nthtier.explorer import output

    verdict, a, b = asked["decide"]
    made = graph.decide(verdict, a, b, who=who, why=asked["why"], id=asked["id"])
    for scheme in ("lei", "uscc") if verdict == "same" else ():
        numbers = [{i for i in x.identifiers if i.startswith(f"{scheme}:")}
                   for x in (made.a, made.b)]  # fmt: skip
        if all(numbers) and numbers[0].isdisjoint(numbers[1]):
            output.note(f"they have different {scheme.upper()}: "
                        f"{', '.join(sorted(numbers[0] | numbers[1]))}")  # fmt: skip
    sides = " and ".join(f"{x.name} [{x.key}]" for x in (made.a, made.b))
    output.note(f"decision {made.number}: {sides}: {verdict}")
    output.note(f"version {graph.version}")
    return 0


def _import(graph: Graph, path: Path) -> int:
    from nthtier.explorer import output
    from nthtier.graph import deciding, decisions
    from nthtier.graph.errors import InputError

    if not path.exists():
        raise InputError("there is no such file", file=str(path), allowed="a file of decisions")
    added = deciding.add(graph.store, decisions.read(path))
    output.note(f"{len(added):,} decisions added from {path.name}")
    if added:
        _rebuild(graph)
    return 0


def _export(graph: Graph, path: Path) -> int:
    from nthtier.explorer import output
    from nthtier.explorer.files import write_text
    from nthtier.graph import deciding, decisions

    found = decisions.effective(deciding.entries(graph.store))
    write_text(path, "".join(f"{decisions.line(d)}\n" for d in found))
    output.note(f"{len(found):,} decisions in {path}")
    return 0


def _rebuild(graph: Graph) -> None:
    from nthtier.explorer import output

    for decision, why in graph.rebuild():
        output.note(f"decision {decision.number} ({decision.verdict}) is not applied: {why}")
    output.note(f"version {graph.version}")


def _show(result: dict[str, Any], limit: int) -> None:
    from nthtier.explorer import output

    console, found = output.console(), result["candidates"]
    made = output.table("Possible matches", ("score", "one", "the other", "why", "decided"),
                        numbers=("score",), head=3)  # fmt: skip
    for c in found[:limit]:
        decided = c["decision"]["verdict"] if c["decision"] else ""
        output.row(made, f"{c['score']:.2f}", _named(c["a"]), _named(c["b"]),
                   "; ".join(c["reasons"]), decided)  # fmt: skip
    if found:
        console.print(made)
    else:
        console.print("no possible matches")
    if len(found) > limit:
        console.print(f"… and {len(found) - limit:,} more (--limit, --json)")
    if result["decisions"]:
        made = output.table("Decisions", ("number", "verdict", "one", "the other", "who", "when",
                                          "why", "state"), numbers=("number",), head=4)  # fmt: skip
        for d in result["decisions"]:
            sides = (f"{d[x]['name']} [{d[x]['key']}]" for x in ("a", "b"))
            output.row(made, d["number"], d["verdict"], *sides, d["who"], d["when"], d["why"],
                       d["state"])  # fmt: skip
        console.print(made)


def _named(entity: dict[str, Any]) -> str:
    lists = f" on {', '.join(entity['lists'])}" if entity["lists"] else ""
    return f"{entity['name']} [{entity['id']}]{lists}"
