"""What the page's scripts read: the model as JSON, and the command that asks the same again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from nthtier.explorer.layout import Layout
from nthtier.explorer.page_model import Model
from nthtier.explorer.page_words import text
from nthtier.explorer.shared_rows import filled
from nthtier.graph.ontology import lens_reads


def page_data(result: Mapping[str, Any], model: Model, title: str) -> dict[str, Any]:
    """Return what the scripts read beside the network.

    Records leave out what is empty, and name evidence, sources, lists and relation types by the
    number of their row in a table that all share; ``state.js`` puts them together again.
    """
    coverage, query = model.coverage, model.query
    sources = [
        {f: text(s.get(f)) for f in ("id", "title", "publisher", "date", "sha256")}
        for s in model.sources.values()
    ]
    return {
        "title": title,
        "version": text(result.get("version")),
        "software": text(result.get("nthtier")),
        "asOf": text(query.get("as_of")),
        "focus": model.focus,
        "types": model.types.rows,
        "lists": model.lists_shown.rows,
        "saidBy": model.said_by.rows,
        "evidence": [_trimmed(row) for row in model.evidence.rows],
        "nodes": [_node(n) for n in model.nodes],
        "edges": [_edge(e) for e in model.edges],
        "paths": [_path(p, model.focus) for p in model.paths],
        "portfolio": model.portfolio,
        "sources": sources,
        "covered": {"entities": text(coverage.get("entities")),
                    "relations": text(coverage.get("relations")),
                    "hops": text(coverage.get("max_hops")),
                    "lens": text(query.get("lens")), "known": text(query.get("known")),
                    "complete": coverage.get("complete") is not False,
                    "stopped": text(coverage.get("stopped_by"))},
        "command": command_line(query),
        "layouts": {
            # The places of the first are those of the network.
            "paths": {"wide": _layout(model.layout, at=False), "narrow": _layout(model.narrow)},
            "ownership": {"wide": _layout(model.top_down),
                          "narrow": _layout(model.top_down_narrow)},
        },
    }  # fmt: skip


def _trimmed(row: list[Any]) -> list[Any]:
    """Return a row without the empty cells at its end."""
    last = max(i for i, cell in enumerate(row) if cell != "")
    return row[: last + 1]


def _node(node: Mapping[str, Any]) -> dict[str, Any]:
    listings = [_plainly(x) for x in node["listings"]]
    return filled({**node, "listings": listings, "id": None})


def _edge(edge: Mapping[str, Any]) -> dict[str, Any]:
    return filled({**_plainly(edge), "id": None, "type": None, "mutual": None})


def _plainly(claim: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the basis of what is simply stated."""
    return {k: v for k, v in claim.items() if not (k == "basis" and v == "stated")}


def _path(path: Mapping[str, Any], focus: Sequence[str]) -> dict[str, Any]:
    """Leave out what the scripts take for granted: the first in focus, and one hop to the end."""
    made = dict(path)
    if path["nodes"] == [path["subject"], path["target"]]:
        made["nodes"] = None
    if focus and path["subject"] == focus[0]:
        made["subject"] = None
    return filled(made)


def _layout(layout: Layout, *, at: bool = True) -> dict[str, Any]:
    return {
        "card": layout.card,
        "columns": [[c.x, c.first, c.last] for c in layout.columns],
        "stacks": [
            {"id": s.id, "tier": s.tier, "at": s.at, "step": s.step, "per": s.per,
             "hidden": s.hidden}
            for s in layout.stacks
        ],
        "at": layout.positions if at else {},
    }  # fmt: skip


def command_line(query: Mapping[str, Any]) -> str:
    """Return the command that asks the same again, by entity ids.

    >>> command_line({"command": "trace", "subject": "a b", "lens": "any", "max_hops": 2})
    "nthtier trace 'a b' --id --max-hops 2 --json"
    >>> command_line({"command": "captured", "rule": "bis-affiliates", "as_of": "2026-11-20"})
    'nthtier captured --rule bis-affiliates --as-of 2026-11-20 --json'
    >>> command_line({"command": "screen", "companies": 2})
    'nthtier screen PORTFOLIO.csv --json'
    """
    words = ["nthtier", text(query.get("command")) or "trace"]
    if query.get("subject") or query.get("entity"):
        words += [text(query.get("subject") or query.get("entity")), "--id"]
    elif words[1] == "screen":
        words.append("PORTFOLIO.csv")
    if query.get("rule"):
        words += ["--rule", text(query["rule"])]
    lens = text(query.get("lens"))
    if lens and lens != "any":
        words += ["--lens", lens]
    types = query.get("types")
    if isinstance(types, Mapping) and types and not query.get("direction"):
        try:
            usual = lens_reads(lens or "any")
        except KeyError:
            usual = {}
        if set(types) != set(usual):
            words += ["--types", ",".join(sorted(map(text, types)))]
    for option, several in (("sequence", "sequence"), ("basis", "bases")):
        if query.get(several):
            words += [f"--{option}", ",".join(map(text, query[several]))]
    words += [f"--{flag}" for flag in ("diverse", "possible") if query.get(flag)]
    for option in ("to", "via", "avoid"):
        for value in query.get(option) or ():
            words += [f"--{option}", text(value)]
    for option in ("direction", "max_hops", "limit", "as_of", "known", "min_share"):
        if query.get(option):
            words += [f"--{option.replace('_', '-')}", text(query[option])]
    return shlex.join([*words, "--json"])
