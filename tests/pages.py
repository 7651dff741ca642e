"""Results for the tests of the page: made ones of any size, hostile ones, and the demo's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nthtier.explorer.page import render_page
from nthtier.explorer.pages import around, context, lists
from nthtier.explorer.pages import portfolio_page as screening_page
from nthtier.graph.ontology import RELATION_TYPES
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.resolving import Wanted
from nthtier.queries.screening import screen
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


def inflated(data: dict[str, Any]) -> dict[str, Any]:
    """Return a page's data with what its records name by number put back, as ``read.js`` does."""
    for edge in data["edges"]:
        edge["type"] = data["types"][edge["kind"]][0]
        edge.setdefault("basis", "stated")
    for record in [*data["edges"], *(x for n in data["nodes"] for x in n.get("listings", ()))]:
        said = []
        for number in record.get("evidence", ()):
            by, *rest = data["evidence"][number]
            row = dict(zip(("statement", "locator", "note", "basis"), [*rest, "", "", ""],
                           strict=False))  # fmt: skip
            who = ("source", "title", "publisher", "date", "url")
            said.append({**row, **dict(zip(who, data["saidBy"][by], strict=True))})
        record["evidence"] = said
    for number, node in enumerate(data["nodes"]):
        node["id"] = f"n{number}"
    for path in data["paths"]:
        path.setdefault("subject", data["focus"][0])
    return data


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


def portfolio_page(folder: Path) -> str:
    """Return the page of a screening of the article's companies and two unknown ones."""
    store = Store(folder / "screened")
    load(store, sorted(SHIPPED.glob("*.toml")), "factfile")
    names = ("Microsoft", "Nvidia", "Intel", "IBM", "Cisco", "Baidu", "Alibaba", "JD Cloud",
             "Nobody Ltd", "Inspr Group", "Inspur Group")  # fmt: skip
    wanted = [Wanted(row, name) for row, name in enumerate(names, 1)]
    result = screen(store.open(), Question(max_hops=2), wanted)
    (folder / "screened.html").write_text(screening_page(result), "utf-8")
    return (folder / "screened.html").read_text("utf-8")


def _company(id_: str, name: str = "") -> dict[str, Any]:
    return {"id": id_, "name": name or id_, "type": "Company", "country": "cn"}


def _stake(number: int, owner: str, owned: str, **more: Any) -> dict[str, Any]:
    return {"relation": f"s{number}", "type": "OWNS", "from": _company(owner),
            "to": _company(owned), "read": "backward", "since": None, "until": None,
            "share": None, "basis": "stated", "evidence": [], **more}  # fmt: skip


def finding(class_: str, subject: dict[str, Any], path: Sequence[dict[str, Any]] = (),
            **more: Any) -> dict[str, Any]:  # fmt: skip
    """Return a finding of the contract."""
    return {"class": class_, "subject": subject, "target": None, "rule": None, "hops": len(path),
            "strength": 0.5, "since": None, "until": None, "sentence": f"{class_}.",
            "path": list(path), **more}  # fmt: skip


def captured() -> dict[str, Any]:
    """Return a result as ``captured`` gives it: one company captured, one not to be told."""
    rule = {"id": "bis-affiliates", "name": "BIS Affiliates Rule", "answer": "met",
            "plain": "What listed parties own to half is treated like them.",
            "status": {"state": "suspended", "since": "2025-11-10", "until": "2026-11-09",
                       "source": "BIS"},
            "citations": ["90 FR 47201"],
            "arithmetic": [{"kind": "stake", "text": "top holds 60 % of middle (listed)"},
                           {"kind": "sum", "text": "together 60 %; the rule asks for 50 %"}],
            }  # fmt: skip
    listed = {**_company("top"), "listings": [_listing(1, plain)]}
    sure = [_stake(1, "top", "middle", share=[60, 60])]
    open_ = {**rule, "answer": "cannot be determined",
             "missing": [{"fact": "share", "text": "the share of middle in low"}]}  # fmt: skip
    return {"findings": [
        finding("captured", _company("middle"), sure, target=listed, rule=rule),
        finding("possible", _company("low"), [_stake(2, "middle", "low"), sure[0]], target=listed,
                rule=open_),
    ]}  # fmt: skip


LIST_NAMES = {"list 1": {"name": "A list", "regulator": "r", "kind": "k"}}
_LONG = "Very Long Name of a Company " * 18
_MIXED = "شركة Huawei تقنية (深圳) \u202egnp.exe\x1b[31m"
ODD: dict[str, dict[str, Any]] = {
    "alone": {"findings": [finding("none", _company("alone"))]},
    "itself": {"findings": [finding("exposed", _company("ring"), [_stake(1, "ring", "ring")],
                                    target=_company("ring"))]},
    "long": {"findings": [finding("exposed", _company("long", _LONG),
                                  [_stake(1, "long", "mixed", read="forward",
                                          **{"from": _company("long", _LONG),
                                             "to": _company("mixed", _MIXED)})],
                                  target=_company("mixed", _MIXED))]},
    "undated": {"findings": [finding("exposed", _company("a"),
                                     [_stake(1, "a", "b", read="forward", type="SUPPLIES")],
                                     target=_company("b"))]},
}  # fmt: skip
