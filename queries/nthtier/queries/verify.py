"""A saved result checked again: in its own version it is the same, in a later one it is told why.

A result carries all it needs for that: its version, the question with every parameter by ids, the
ids of statements and relations, and its sources with their digests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version as software_version
from typing import Any, Final

from nthtier.graph.errors import InputError, QuestionError
from nthtier.graph.version import Version
from nthtier.queries.classes import CLASSES, FORMAT
from nthtier.queries.compare import differences, shortened, statements_of
from nthtier.queries.explaining import Explainer
from nthtier.queries.question import Question, question_of
from nthtier.queries.resolving import Wanted
from nthtier.queries.screening import screen
from nthtier.queries.trace import trace

COMMANDS: Final = ("trace", "screen")
_BAD: Final = ("missing_statements", "missing_sources", "changed_sources")
#: How a company was given; asked again by its id, it is given otherwise.
_GIVEN: Final = ("given", "matched")


def checked(value: object, file: str) -> dict[str, Any]:
    """Return the saved result, if it is one that can be asked again.

    Raises:
        InputError: it is no result of ``trace`` or ``screen``, or not whole.
    """

    def wrong(field: str, found: object, allowed: str) -> InputError:
        return InputError("not a result that can be verified", file=file, field=field,
                          found=found, allowed=allowed)  # fmt: skip

    if not isinstance(value, dict):
        raise wrong("", type(value).__name__, "a JSON object, as --json writes it")
    if value.get("format") != FORMAT:
        raise wrong("format", value.get("format"), str(FORMAT))
    for name, kind in (("version", str), ("query", dict), ("findings", list), ("coverage", dict)):
        if not isinstance(value.get(name), kind):
            raise wrong(name, value.get(name), f"a {kind.__name__}")
    command = value["query"].get("command")
    if command not in COMMANDS:
        raise wrong("query.command", command, ", ".join(COMMANDS))
    try:
        question_of(value["query"])
    except (KeyError, TypeError, ValueError, AttributeError, QuestionError) as error:
        raise wrong("query", repr(error), "the parameters of a question") from error
    for number, f in enumerate(value["findings"], 1):
        try:
            whole = f["class"] in CLASSES and isinstance(f["subject"]["id"], str)
            whole &= command == "trace" or isinstance(f["row"], int)
            statements_of(f)
            for hop in f["path"]:
                whole &= all(isinstance(hop[k], str) for k in ("relation", "type", "read"))
                whole &= all(isinstance(hop[k]["id"], str) for k in ("from", "to"))
        except (KeyError, TypeError, AttributeError) as error:
            raise wrong(f"finding {number}", repr(error), "a whole finding") from error
        if not whole:
            raise wrong(f"finding {number}", f["class"], "a whole finding")
    return value


def verify(saved: Mapping[str, Any], own: Version | None, current: Version) -> dict[str, Any]:
    """Check a result (see `checked`) against its own version, where that is there, and the current.

    ``ok`` is true when it is the same in its own version, its evidence is there, and every
    difference to the current version is explained. Where its own version is not there, only the
    same answer in the current one is ``ok``: reasons would rest on the file's own words.
    """
    now = software_version("nthtier")
    report: dict[str, Any] = {
        "format": FORMAT,
        "nthtier": now,
        "made_with": saved.get("nthtier"),
        "version": saved["version"],
        "current": current.id,
        "evidence": None,
        "own": None,
        "since": None,
    }
    if own is not None:
        report["evidence"] = _evidence(saved, own)
        again = _ask(saved, own)
        report["own"] = _compared(saved, again)
    if own is None or current.id != own.id:
        report["since"] = _since(saved, own, current)
    own_fine = own is not None and report["own"]["identical"]
    own_fine &= report["evidence"] is not None and not any(report["evidence"][k] for k in _BAD)
    since = report["since"]
    if own is None:  # its reasons rest on what the file itself says, which nothing confirms
        report["ok"] = since["identical"]
    else:
        report["ok"] = own_fine and (since is None or since["explained"])
    return report


def _ask(saved: Mapping[str, Any], version: Version) -> dict[str, Any]:
    """Ask the saved question again, by ids.

    Raises:
        QuestionError: an entity of it is not in this version.
    """
    question: Question = question_of(saved["query"], seconds=600.0)
    if saved["query"]["command"] == "trace":
        result = trace(version, question, count="paths" in saved["coverage"])
    else:
        wanted = [Wanted(f["row"], id=f["subject"]["id"]) for f in saved["findings"]]
        result = screen(version, question, wanted)
        if result["unresolved"]:
            gone = ", ".join(u["name"] for u in result["unresolved"][:3])
            raise QuestionError(f"no longer entities of their own: {gone}")
    again: dict[str, Any] = json.loads(json.dumps(result))
    return again


def _plain(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in f.items() if k not in _GIVEN} for f in findings]


def _compared(saved: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, Any]:
    """Say whether two answers are the same to the letter, and else what differs."""
    old, new = _plain(saved["findings"]), _plain(again["findings"])
    why = []
    if saved.get("nthtier") != again["nthtier"]:
        why.append(f"made with nthtier {saved.get('nthtier')}, asked with {again['nthtier']}")
    if saved["coverage"].get("stopped_by") == "time":
        why.append("the search had stopped for time, so that it need not stop there again")
    counted = saved["coverage"].get("paths") == again["coverage"].get("paths")
    return {
        "identical": old == new and counted,
        "changes": [shortened(c) for c in differences(old, new)],
        "notes": why if old != new or not counted else [],
    }


def _evidence(saved: Mapping[str, Any], version: Version) -> dict[str, Any]:
    """Check that every statement and source of a result is in its version, as it was."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = sorted({s for f in saved["findings"] for s in statements_of(f)})
    table = version.table("statements", ["id"]).column("id")
    there = set(table.filter(pc.is_in(table, pa.array(ids, pa.string()))).to_pylist())
    sources = [s for s in saved["coverage"].get("sources", ()) if isinstance(s, dict)]
    known = version.sources
    return {
        "statements": len(ids),
        "sources": len(sources),
        "missing_statements": [s for s in ids if s not in there],
        "missing_sources": [s["id"] for s in sources if s.get("id") not in known],
        "changed_sources": [
            s["id"]
            for s in sources
            if s.get("id") in known and (known[s["id"]].sha256 or None) != s.get("sha256")
        ],
    }


def _since(saved: Mapping[str, Any], own: Version | None, current: Version) -> dict[str, Any]:
    """Say what differs in the current version, and why."""
    try:
        again = _ask(saved, current)
    except QuestionError as error:
        return {"explained": False, "identical": False, "changes": [],
                "notes": [f"the question cannot be asked there: {error}"]}  # fmt: skip
    old, new = _plain(saved["findings"]), _plain(again["findings"])
    explainer = Explainer(saved, own, current)
    changes = differences(old, new)
    told = []
    for change in changes:
        why = explainer.why(change)
        told.append({**shortened(change), "why": why})
    notes = explainer.sources()
    if old != new and not changes:
        notes.append("the same findings in other words or in another order")
    return {
        "identical": old == new,
        "explained": all(t["why"] for t in told),
        "changes": told,
        "notes": notes,
    }
