"""What if: a supposition put beside the graph, and the same question asked before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version as software_version
from typing import Any

from nthtier.graph.version import Version
from nthtier.queries.classes import FORMAT
from nthtier.queries.compare import WORDS, counts, differences, relations_of
from nthtier.queries.paths import Engine
from nthtier.queries.question import Asked, Question
from nthtier.queries.rescreening import screen_again
from nthtier.queries.resolving import Wanted, resolve_many
from nthtier.queries.screening import Screening
from nthtier.queries.supposing import Change, suppose
from nthtier.queries.trace import trace


def what_if(version: Version, question: Question, change: Change) -> dict[str, Any]:
    """Trace one subject before and after; returns what differs.

    Raises:
        QuestionError: a name, list or relation of the change is not there.
    """
    after, supposed = suppose(version, change)
    return _result(version, supposed, trace(version, question), trace(after, question))


def what_if_screen(
    version: Version,
    question: Question,
    wanted: Sequence[Wanted],
    change: Change,
    *,
    engine: Engine | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Screen a portfolio before and after; returns what differs.

    Raises:
        QuestionError: a name, list or relation of the change is not there.
    """
    after, supposed = suppose(version, change)
    work = Screening(Asked(version, question), resolve_many(version, wanted))
    work.run(engine, progress, None)
    first = work.result()
    by_id = {f["subject"]["id"]: f for f in first["findings"]}
    reader = work.made.reader
    found = {c: by_id[i] for c in work.companies if (i := reader.entity(c)["id"]) in by_id}
    again = screen_again(work, found, engine, after=after)
    return _result(version, supposed, first, again.result())


def _result(
    version: Version,
    supposed: list[dict[str, Any]],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> dict[str, Any]:
    changes = differences(before["findings"], after["findings"])
    for c in changes:
        c["because"] = _because(c, supposed)
    complete = before["coverage"]["complete"] and after["coverage"]["complete"]
    stopped = before["coverage"]["stopped_by"] or after["coverage"]["stopped_by"]
    return {
        "format": FORMAT,
        "nthtier": software_version("nthtier"),
        "version": version.id,
        "query": {**before["query"], "command": "what-if", "asked": before["query"]["command"]},
        "supposed": supposed,
        "changes": changes,
        "summary": {
            "before": counts(before["findings"]),
            "after": counts(after["findings"]),
            **{word: sum(c["what"] == word for c in changes) for word in WORDS},
        },
        "unresolved": before.get("unresolved", []),
        "coverage": {**before["coverage"], "complete": complete, "stopped_by": stopped},
    }


def _because(change: Mapping[str, Any], supposed: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the numbers of the suppositions a difference rests on; all where none is named."""
    shown = {r for f in (change["before"], change["after"]) if f for r in relations_of(f)}
    named = [
        i for i, s in enumerate(supposed) if shown & {*s["removed"], *s["added"]}
    ]  # fmt: skip
    return named or list(range(sum(1 for _ in supposed)))
