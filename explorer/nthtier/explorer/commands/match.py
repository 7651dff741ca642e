"""``nthtier match``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from nthtier.explorer.cli import Settings

if TYPE_CHECKING:
    from nthtier.graph.store import Store
    from nthtier.queries.matching import Matching

_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_ACTIONS: Final = ("review", "decide", "undo", "import_file", "export_file")


@click.command()
@click.option("--review", is_flag=True, help="Go through them one by one, side by side.")
@click.option("--decide", nargs=3, metavar="VERDICT A B", default=None,
              help="Record that A and B are same, different, or unsure.")  # fmt: skip
@click.option("--id", "by_id", is_flag=True, help="A and B are ids of entities or keys of records.")
@click.option("--why", default="", metavar="TEXT", help="The reason to record.")
@click.option("--who", default=None, metavar="NAME", help="Who decides; else the user's name.")
@click.option("--undo", type=click.IntRange(1), default=None, metavar="N",
              help="Take decision N back.")  # fmt: skip
@click.option("--import", "import_file", type=_FILE, metavar="FILE",
              help="Add the decisions of another graph's file.")  # fmt: skip
@click.option("--export", "export_file", type=_FILE, metavar="FILE",
              help="Write the decisions that count, to share them.")  # fmt: skip
@click.option("--least", type=click.FloatRange(0.5, 1), default=0.8, show_default=True,
              help="The least score of a proposal.")  # fmt: skip
@click.option("--again", is_flag=True, help="Review those put off (unsure), too.")
@click.option("--limit", type=click.IntRange(1), default=40, show_default=True,
              help="Rows of the table; JSON has all.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_obj
def command(settings: Settings, /, **asked: Any) -> int:
    """Show who may be who: proposed identities with score and reasons, and what was decided.

    A proposal joins nothing. A decision is a line of decisions.jsonl in the graph's folder, counts
    in every later version, and can be undone. "same" joins two entities, "different" keeps them
    apart where no official identifier says otherwise, "unsure" leaves them a possible match.

    \b
    Example:
      nthtier match
      nthtier match --review
      nthtier match --decide same "Sugon" ofac:33113 --why "same address"
      nthtier match --undo 3
    """
    from nthtier.explorer import output
    from nthtier.explorer.opening import open_version
    from nthtier.graph import deciding
    from nthtier.graph.store import Store
    from nthtier.queries.matching import Matching

    chosen = [name for name in _ACTIONS if asked[name]]
    if len(chosen) > 1:
        raise click.UsageError("choose one of --review, --decide, --undo, --import, --export")
    store = Store(settings.graph)
    version = open_version(settings)
    matching = Matching(version, deciding.entries(store))
    who = _user() if asked["who"] is None else asked["who"]
    if asked["decide"]:
        return _decide(store, matching, asked, who)
    if asked["undo"]:
        gone = deciding.undo(store, asked["undo"], who=who, why=asked["why"])
        output.note(f"decision {gone.number} ({gone.verdict}) is undone")
        return _rebuild(store)
    if asked["import_file"]:
        return _import(store, asked["import_file"])
    if asked["export_file"]:
        return _export(store, asked["export_file"])
    with output.progress("comparing names", 100) as bar:
        told = None if bar is None else lambda part: bar(round(part * 100))
        found = matching.open(asked["least"], told)
    if asked["review"]:
        from nthtier.explorer.reviewing import Review

        put_off = [c for c in found if matching.verdict(c) is not None]
        if put_off and not asked["again"]:
            output.note(f"{len(put_off):,} were put off and are not shown (--again)")
            found = [c for c in found if matching.verdict(c) is None]
        if not found:
            output.note("nothing is left to decide")
            return 0
        changed = Review(store, matching, found, who).run()
        return _rebuild(store) if changed else 0
    result = matching.result(found, asked["least"])
    if as_json := asked["as_json"]:
        output.write_json(result)
    else:
        _show(result, asked["limit"])
    if not as_json and result["candidates"]:
        output.note("A proposal joins nothing; nthtier match --review decides.")
    return 0


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _decide(store: Store, matching: Matching, asked: dict[str, Any], who: str) -> int:
    from nthtier.explorer import output
    from nthtier.graph import deciding, decisions

    verdict, a, b = asked["decide"]
    if verdict not in decisions.VERDICTS:
        raise click.BadParameter(f"{verdict!r} is not one of {', '.join(decisions.VERDICTS)}",
                                 param_hint="--decide")  # fmt: skip
    one, two = matching.sides(verdict, a, b, by_id=asked["by_id"])
    if verdict == "same":
        for scheme in ("lei", "uscc"):
            numbers = [{i for i in x.identifiers if i.startswith(f"{scheme}:")} for x in (one, two)]
            if all(numbers) and numbers[0].isdisjoint(numbers[1]):
                output.note(f"they have different {scheme.upper()}: "
                            f"{', '.join(sorted(numbers[0] | numbers[1]))}")  # fmt: skip
    made = deciding.decide(store, verdict, one, two, who=who, why=asked["why"])
    output.note(f"decision {made.number}: {one.name} [{one.key}] and {two.name} [{two.key}]: "
                f"{verdict}")  # fmt: skip
    return _rebuild(store) if verdict != "unsure" else 0


def _import(store: Store, path: Path) -> int:
    from nthtier.explorer import output
    from nthtier.graph import deciding, decisions
    from nthtier.graph.errors import InputError

    if not path.exists():
        raise InputError("there is no such file", file=str(path), allowed="a file of decisions")
    added = deciding.add(store, decisions.read(path))
    output.note(f"{len(added):,} decisions added from {path.name}")
    return _rebuild(store) if added else 0


def _export(store: Store, path: Path) -> int:
    from nthtier.explorer import output
    from nthtier.explorer.files import write_text
    from nthtier.graph import deciding, decisions

    found = decisions.effective(deciding.entries(store))
    write_text(path, "".join(f"{decisions.line(d)}\n" for d in found))
    output.note(f"{len(found):,} decisions in {path}")
    return 0


def _rebuild(store: Store) -> int:
    from nthtier.explorer import output
    from nthtier.graph import deciding

    made = deciding.rebuild(store)
    for decision, why in made.stale:
        output.note(f"decision {decision.number} ({decision.verdict}) is not applied: {why}")
    same = " (as before)" if made.version == made.parent else ""
    output.note(f"version {made.version}{same}")
    return 0


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
