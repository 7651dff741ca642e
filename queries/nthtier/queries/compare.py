"""What differs between two answers to one question: findings that appear, vanish or change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Finding = Mapping[str, Any]
#: What of a finding is compared, in the order in which differences are told.
FIELDS: Final = ("class", "hops", "strength", "since", "until", "sentence")
WORDS: Final = ("appears", "vanishes", "changes")


def differences(before: Iterable[Finding], after: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return what differs, as ``{what, subject, target, before, after, fields}``.

    Findings of a portfolio (with a ``row``) are paired by row; those of a trace by the way they
    go, a relation with the same ends and type being the same hop whatever it says. Without a
    finding, or with one of the class ``none``, there is none: what then comes *appears*, what
    goes *vanishes*. ``fields`` has [before, after] of what changed.
    """
    old, new = _by_key(before), _by_key(after)
    found = []
    for key in dict.fromkeys((*old, *new)):
        for a, b in _paired(old.get(key, []), new.get(key, [])):
            change = _difference(a, b)
            if change is not None:
                found.append(change)
    return sorted(found, key=lambda d: WORDS.index(d["what"]))  # stable: as the findings came


def shortened(change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a difference without the whole findings: their sentences stand for them."""
    said = {k: f["sentence"] if (f := change[k]) else None for k in ("before", "after")}
    return {
        "what": change["what"],
        "subject": change["subject"],
        "target": change["target"] and {k: change["target"][k] for k in ("id", "name")},
        **said,
        "fields": change["fields"],
    }


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Return how many findings there are of each class."""
    return dict(sorted(Counter(f["class"] for f in findings).items()))


def relations_of(finding: Finding) -> list[str]:
    """Return the ids of all relations that a finding rests on: hops, and listings of its target."""
    target = finding["target"] or {}
    return [h["relation"] for h in finding["path"]] + [
        x["relation"] for x in target.get("listings", ()) if "relation" in x
    ]


def statements_of(finding: Finding) -> list[str]:
    """Return the ids of all statements that a finding shows, rival claims included, each once."""
    listings = (finding["target"] or {}).get("listings", ())
    claims = [c for h in finding["path"] for c in (h, *h.get("competing", ()))]
    return sorted({e["statement"] for c in (*claims, *listings) for e in c.get("evidence", ())})


def _by_key(findings: Iterable[Finding]) -> dict[Any, list[Finding]]:
    found: dict[Any, list[Finding]] = defaultdict(list)
    for f in findings:
        if "row" in f:
            key: Any = f["row"]
        else:
            target = (f["target"] or {}).get("id")
            rule = None if f["path"] else (f.get("rule") or {}).get("id")
            way = tuple((h["type"], h["from"]["id"], h["to"]["id"], h["read"]) for h in f["path"])
            key = (f["subject"]["id"], target if way or f["class"] != "none" else None, rule, way)
        found[key].append(f)
    return found


def _paired(
    old: Sequence[Finding], new: Sequence[Finding]
) -> list[tuple[Finding | None, Finding | None]]:
    """Pair findings of one way: first those of the same relations, then the others in order."""
    left = list(new)
    pairs: list[tuple[Finding | None, Finding | None]] = []
    unpaired = []
    for a in old:
        same = next((b for b in left if _ids(a) == _ids(b)), None)
        if same is None:
            unpaired.append(a)
        else:
            left.remove(same)
            pairs.append((a, same))
    pairs.extend((a, left.pop(0) if left else None) for a in unpaired)
    return pairs + [(None, b) for b in left]


def _ids(finding: Finding) -> list[str]:
    return [h["relation"] for h in finding["path"]]


def _difference(a: Finding | None, b: Finding | None) -> dict[str, Any] | None:
    fields: dict[str, list[Any]] = {}
    if a is not None and b is not None:
        if a == b:
            return None
        for name in FIELDS:
            if a[name] != b[name]:
                fields[name] = [a[name], b[name]]
        goals = [(f["target"] or {}).get("id") for f in (a, b)]
        if goals[0] != goals[1]:
            fields["target"] = goals
        both: dict[str, list[Any]] = {
            "relations": [sorted(relations_of(f)) for f in (a, b)],
            "evidence": [statements_of(f) for f in (a, b)],
            "reached": [f.get("reached") for f in (a, b)],
        }
        fields |= {name: seen for name, seen in both.items() if seen[0] != seen[1]}
    there = [f is not None and f["class"] != "none" for f in (a, b)]
    if not any(there) and not any(f is not None and f["path"] for f in (a, b)):
        return None  # a note that nothing was found is not a finding that comes or goes
    what = "appears" if there == [False, True] else "vanishes" if there == [True, False] else ""
    what = what or ("appears" if a is None else "vanishes" if b is None else "changes")
    either = b if what == "appears" or a is None else a
    assert either is not None
    return {"what": what, "subject": either["subject"], "target": either["target"], "before": a,
            "after": b, "fields": fields}  # fmt: skip
