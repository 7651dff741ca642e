"""From a result to its page: what stands around the paths, and the lists' names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.ontology import CODE
from nthtier.graph.version import Version
from nthtier.queries.answers import Reader

#: Most relations of the company in focus that are drawn beside its paths.
MOST_CONTEXT: Final = 60


def context(version: Version, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the direct relations of the subject that are in none of its paths."""
    found = version.by_text(f"id:{result['query']['subject']}")
    if not found:
        return []
    s, reader, entity = version.snapshot, Reader(version), found[0]
    rows = list(range(int(s.out_ptr[entity]), int(s.out_ptr[entity + 1])))
    rows += [int(r) for r in s.in_rel[s.in_ptr[entity] : s.in_ptr[entity + 1]]]
    lists = {CODE["LISTED_ON"], CODE["MAINTAINED_BY"]}
    rows = [r for r in dict.fromkeys(rows) if int(s.type[r]) not in lists]
    rows.sort(key=lambda r: (int(s.cost[r]), r))
    drawn = {h["relation"] for f in result["findings"] for h in f["path"]}
    reader.prefetch(rows[:MOST_CONTEXT])
    hops = [reader.hop(r, "forward" if s.src[r] == entity else "backward")
            for r in rows[:MOST_CONTEXT]]  # fmt: skip
    return [h for h in hops if h["relation"] not in drawn]


def lists() -> dict[str, dict[str, str]]:
    """Return what the page says of each list."""
    return {
        x.id: {"name": x.name, "regulator": REGULATORS[x.regulator].name, "kind": x.kind}
        for x in LISTS.values()
    }


def write_result(path: Path, result: Mapping[str, Any], version: Version) -> None:
    """Write the page of a result."""
    from nthtier.explorer.page import render_page, write_page

    name = result["findings"][0]["subject"]["name"] if result["findings"] else "nthtier"
    text = render_page(
        result, title=f"{name}: exposure", context=context(version, result), lists=lists()
    )
    write_page(path, text)
