"""Results for the tests of the page: made ones of any size, hostile ones, and the demo's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nthtier.explorer.page import render_page
from nthtier.explorer.pages import around, context, lists
from nthtier.graph.ontology import RELATION_TYPES
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.trace import Question, trace
from support import SHARED

HOSTILE = SHARED / "corpora" / "all_hostile_strings.json"
TYPES = [t.name for t in RELATION_TYPES if t.lenses]
#: A benign string for each field, by which the hostile ones are compared.
Field = Callable[[int, str], str]


def plain(number: int, field: str) -> str:
    return f"{field} {number}"


@cache
def hostile_strings() -> list[str]:
    found: list[str] = json.loads(HOSTILE.read_text("utf-8"))
    return found


def hostile(strings: Sequence[str]) -> Field:
    """Every string comes through every field, as many records as there are strings."""
    fields: dict[str, int] = {}

    def said(number: int, field: str) -> str:
        return strings[(number + fields.setdefault(field, len(fields))) % len(strings)]

    return said


def star(count: int, said: Field = plain, *, odd: bool = False) -> dict[str, Any]:
    """Return a result: a subject and ``count`` others around it, one path to each.

    ``odd``: types, classes and bases come from ``said`` too.
    """
    entities = [_entity(i, said) for i in range(count + 1)]
    findings = []
    for i in range(1, count + 1):
        until = ("2013-06-30", None, said(i, "until") if odd else None)[i % 3]
        hop = {
            "relation": f"r{i}", "type": said(i, "type") if odd else TYPES[i % len(TYPES)],
            "from": entities[0], "to": entities[i], "read": "forward",
            "since": said(i, "since") if odd and i % 2 else f"{1990 + i % 30}-03",
            "until": until, "share": [i % 100, 100] if i % 2 else None,
            "amount": said(i, "amount"), "basis": said(i, "basis") if odd else "stated",
            "contested": i % 7 == 0, "note": said(i, "note"), "evidence": [_evidence(i, said)],
            "competing": [],
        }  # fmt: skip
        target = {**entities[i], "listings": [_listing(i, said)] if i % 2 else []}
        findings.append(
            {
                "class": said(i, "class") if odd else "exposed", "subject": entities[0],
                "target": target, "rule": None, "hops": 1, "strength": round(1 / (i + 1), 6),
                "since": hop["since"], "until": until, "sentence": said(i, "sentence"),
                "path": [hop],
            }
        )  # fmt: skip
    sources = [
        {"id": said(i, "source"), "title": said(i, "edition"), "publisher": said(i, "body"),
         "date": said(i, "of"), "records": 1, "sha256": said(i, "sha"), "lists": []}
        for i in range(min(count, 40))
    ]  # fmt: skip
    return {
        "format": 1, "nthtier": "0", "version": said(0, "version"),
        "query": {"command": "trace", "subject": entities[0]["id"], "max_hops": 2, "limit": 9},
        "findings": findings,
        "coverage": {"sources": sources, "max_hops": 2, "types": [], "entities": count,
                     "relations": count, "complete": True, "stopped_by": None},
    }  # fmt: skip


def _entity(i: int, said: Field) -> dict[str, Any]:
    return {"id": f"{i} {said(i, 'id')}", "name": said(i, "name"), "type": said(i, "kind"),
            "country": said(i, "country"), "names": [said(i, "alias")]}  # fmt: skip


def _listing(i: int, said: Field) -> dict[str, Any]:
    return {
        "list": said(i, "list"), "list_name": said(i, "list name"), "since": f"{2000 + i % 20}",
        "until": None, "citation": said(i, "citation"), "note": said(i, "listing note"),
        "license_requirement": said(i, "requirement"), "license_policy": said(i, "policy"),
        "basis": "stated", "evidence": [_evidence(i, said)],
    }  # fmt: skip


def _evidence(i: int, said: Field) -> dict[str, Any]:
    fields = ("statement", "source", "locator", "title", "publisher", "date", "url", "note")
    return {**{f: said(i, f"said {f}") for f in fields}, "basis": "stated"}


def demo_page(folder: Path, *, as_of: str = "", subject: str = "inspur-group") -> str:
    """Return the page of the article's case."""
    store = Store(folder / "graph")
    load(store, sorted(SHIPPED.glob("*.toml")), "factfile")
    version = store.open()
    result = trace(version, Question(subject, max_hops=2, limit=40, as_of=as_of, by_id=True))
    hops = context(version, result)
    return render_page(
        result, title="Inspur Group: exposure", context=hops, lists=lists(),
        around=around(version, result, hops),
    )  # fmt: skip
