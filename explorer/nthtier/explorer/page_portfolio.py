"""What the page shows of a screening: the companies by the choke points that they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from nthtier.explorer.page_words import plain, text
from nthtier.explorer.shared_rows import filled

#: Most choke points and most rows without a company that a page shows; JSON and CSV have all.
MOST_GROUPS: Final = 100
MOST_UNRESOLVED: Final = 200


def portfolio(result: Mapping[str, Any], node_ids: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the portfolio of a screening's result; nothing for any other result.

    Args:
        result: a result of ``screen``; ``classes`` may give the counts of all its findings when
            ``findings`` holds only some.
        node_ids: the page's own id of each company shown, by entity id.
    """
    groups, findings = result.get("groups"), result.get("findings")
    if not isinstance(groups, list) or not isinstance(findings, list):
        return None
    companies = []
    for number, finding in enumerate(findings):
        reached = finding.get("reached")
        total = reached.get("total") if isinstance(reached, Mapping) else None
        companies.append(
            filled(
                {"path": number, "row": text(finding.get("row")),
                 "given": text(finding.get("given")),
                 "hops": text(finding.get("fewest_hops")), "total": text(total)}
            )
        )  # fmt: skip
    points = []
    for group in groups:
        who = [node_ids[plain(c)] for c in group["companies"] if plain(c) in node_ids]
        point = node_ids.get(plain(group["entity"].get("id")))
        if point is not None and len(who) > 1:
            points.append({"node": point, "companies": who, "ends": group.get("ends_here") or 0})
    unresolved = [
        {"row": text(u.get("row")), "name": text(u.get("name")), "reason": text(u.get("reason")),
         "candidates": [text(c.get("name")) for c in u.get("candidates") or ()][:5]}
        for u in result.get("unresolved") or ()
    ]  # fmt: skip
    classes = result.get("classes") or Counter(text(f.get("class")) for f in findings)
    return {
        "asked": text((result.get("query") or {}).get("companies")),
        "classes": {text(k): n for k, n in classes.items()},
        "companies": companies,
        "points": points[:MOST_GROUPS],
        "morePoints": max(len(points) - MOST_GROUPS, 0),
        "unresolved": unresolved[:MOST_UNRESOLVED],
        "moreUnresolved": max(len(unresolved) - MOST_UNRESOLVED, 0),
    }
