"""From a result to its page: what stands around the paths, and the lists' names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nthtier.graph import dates
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.ontology import BASIS, BY_NAME, CODE
from nthtier.graph.version import Version
from nthtier.queries import sentences
from nthtier.queries.answers import Reader

#: Most relations of the company in focus that are drawn beside its paths.
MOST_CONTEXT: Final = 60
#: Most companies of a portfolio on one page; its CSV and JSON have all.
MOST_SCREENED: Final = 500


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


def around(
    version: Version, result: Mapping[str, Any], hops: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return who is exposed to a subject that is itself listed: one finding for each direct tie.

    A tie that ended before the listing began is a finding of the class ``none`` that says so.
    """
    found = version.by_text(f"id:{result['query']['subject']}")
    if not found:
        return []
    reader, day = Reader(version), result["query"]["as_of"]
    subject = reader.entity(found[0])
    every = reader.listings(found[0])
    if not every:
        return []
    made = []
    for hop in hops:
        forward = hop["from"]["id"] != subject["id"]
        since, until = dates.start_day(hop["since"] or ""), dates.end_day(hop["until"] or "")
        if day:
            since, until = max(since, dates.end_day(day)), min(until, dates.end_day(day))
        met = reader.listings(found[0], since=since, until=until) if since <= until else []
        other = hop["from"] if forward else hop["to"]
        turned = {**hop, "read": "forward" if forward else "backward"}
        tail = "" if met else f"; {subject['name']} was on no list while this held"
        made.append(
            {
                "class": "exposed" if met else "none",
                "subject": other,
                "target": {**subject, "listings": met},
                "strength": BY_NAME[hop["type"]].weight * BASIS[hop["basis"]],
                "since": hop["since"],
                "until": hop["until"],
                "sentence": sentences.path_sentence(other["name"], [turned], met, tail),
                "path": [turned],
                "rule": None,
            }
        )
    return sorted(made, key=lambda f: (f["class"] == "none", -f["strength"]))


def lists() -> dict[str, dict[str, str]]:
    """Return what the page says of each list."""
    return {
        x.id: {"name": x.name, "regulator": REGULATORS[x.regulator].name, "kind": x.kind}
        for x in LISTS.values()
    }


def result_page(result: Mapping[str, Any], version: Version) -> str:
    """Return the page of a result: what it found, and who is around the company."""
    from nthtier.explorer.page import render_page

    name = result["findings"][0]["subject"]["name"] if result["findings"] else "nthtier"
    hops = context(version, result)
    return render_page(
        result, title=f"{name}: exposure", context=hops, lists=lists(),
        around=around(version, result, hops),
    )  # fmt: skip


def portfolio_page(result: Mapping[str, Any]) -> str:
    """Return the page of a screening: the companies that are touched, the worst first."""
    from nthtier.explorer.page import render_page

    touched = [f for f in result["findings"] if f["class"] != "none"]
    shown = touched[:MOST_SCREENED]
    title = f"Portfolio: {len(touched):,} of {result['query']['companies']:,} companies touched"
    if len(shown) < len(touched):
        title += f", the first {len(shown):,} shown"
    classes = Counter(f["class"] for f in result["findings"])
    part = {**result, "findings": shown, "classes": classes}
    return render_page(part, title=title, context=[], lists=lists())
