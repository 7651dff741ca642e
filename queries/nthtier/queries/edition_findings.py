"""What the difference of two versions means for one's companies, finding by finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from nthtier.queries.compare import WORDS, counts, differences, relations_of, shortened
from nthtier.queries.edition_causes import CAUSES, Cause
from nthtier.queries.edition_side import Said, Side
from nthtier.queries.editions import Editions
from nthtier.queries.explaining import Explainer
from nthtier.queries.question import Question
from nthtier.queries.resolving import Wanted
from nthtier.queries.screening import screen

#: What of a finding must differ for it to be told; the same said by a newer edition is no news.
FIELDS: Final = ("class", "hops", "strength", "since", "until", "target")


def compare_findings(
    editions: Editions,
    question: Question,
    wanted: Sequence[Wanted],
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Screen a portfolio in both versions; returns the findings that differ, and why.

    A finding whose company, or whose listed end, has a changed entry is told too, with the
    changed fields under ``listing``.

    Raises:
        QuestionError: an unknown lens, type, or name in the question.
    """
    old, new = (
        screen(side.version, question, wanted, progress=progress)
        for side in (editions.before, editions.after)
    )
    explainer = Explainer(old, editions.before.version, editions.after.version)
    index = _Index(editions)
    told, same = [], 0
    for change in differences(old["findings"], new["findings"]):
        fields = {k: v for k, v in change["fields"].items() if k in FIELDS}
        if fields.get("target") and editions.is_same(*fields["target"]):
            del fields["target"]
        listing = index.listing(change)
        if change["what"] == "changes" and not fields and not listing:
            same += 1
            continue
        causes = index.causes(change)
        told.append({
            **shortened(change), "fields": fields, "listing": listing,
            "row": (change["after"] or change["before"])["row"],
            "cause": causes[0].kind, "causes": [c.json for c in causes],
            "why": explainer.why(change),
        })  # fmt: skip
    stopped = old["coverage"]["stopped_by"] or new["coverage"]["stopped_by"]
    return {
        "query": new["query"],
        "changes": told,
        "unresolved": {"before": old["unresolved"], "after": new["unresolved"]},
        "summary": {
            "before": counts(old["findings"]), "after": counts(new["findings"]),
            **{word: sum(c["what"] == word for c in told) for word in WORDS},
            "other_evidence": same,
            "causes": {c: n for c in CAUSES if (n := sum(x["cause"] == c for x in told))},
        },
        "coverage": {"complete": stopped is None, "stopped_by": stopped,
                     "before": old["coverage"], "after": new["coverage"]},
    }  # fmt: skip


class _Index:
    """The differences of two versions by the relations and companies they touch."""

    def __init__(self, editions: Editions) -> None:
        self.editions = editions
        self.by_relation: dict[str, Cause] = {}
        for tie in editions.relations:
            for claim in (*tie["before"], *tie["after"]):
                self.by_relation[claim["relation"]] = Cause(tie["cause"], tie["why"])
        self.entries: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for entry in editions.entries:
            for e in _both(entry["entity"], entry["was"]):
                self.entries[e].append(entry)
        self.identities = {
            e["id"]: Cause(x["cause"], x["why"])
            for x in editions.identities
            for e in (*x["before"], *x["after"])
        }

    def listing(self, change: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the changed entries of the company or of the listed end."""
        found = {
            (x["list"] or "", x["what"]): {k: x[k] for k in ("what", "list", "fields", "cause")}
            for e in _ends(change)
            for x in self.entries[e]
        }
        return [found[key] for key in sorted(found)]

    def causes(self, change: Mapping[str, Any]) -> list[Cause]:
        """Return why a finding differs, the likeliest first; never none."""
        old, new = ([f] if (f := change[k]) else [] for k in ("before", "after"))
        found = [
            self.by_relation[r]
            for f in (*old, *new)
            for r in relations_of(f)
            if r in self.by_relation
        ]
        found += [Cause(x["cause"], x["why"]) for e in _ends(change) for x in self.entries[e]]
        found += [self.identities[e] for e in _entities(change) if e in self.identities]
        if not found:
            said = [
                _fresh(side, _entities(change))
                for side in (self.editions.before, self.editions.after)
            ]
            found = [self.editions.causes.of(said[0], said[1], None)]
        kinds = sorted(dict.fromkeys(found), key=lambda c: CAUSES.index(c.kind))
        return [c for c in kinds if c.kind != "software"] or kinds


def _fresh(side: Side, entities: Iterable[str]) -> list[Said]:
    numbers = [n for e in entities for n in side.version.by_text(f"id:{e}")]
    return [said for n in numbers for k in side.keys[n] for _, said in side.fresh_keys.get(k, ())]


def _ends(change: Mapping[str, Any]) -> list[str]:
    findings = [f for k in ("before", "after") if (f := change[k])]
    every = [e["id"] for f in findings for e in (f["subject"], f["target"]) if e]
    return list(dict.fromkeys(every))


def _entities(change: Mapping[str, Any]) -> list[str]:
    findings = [f for k in ("before", "after") if (f := change[k])]
    hops = [h[end]["id"] for f in findings for h in f["path"] for end in ("from", "to")]
    return list(dict.fromkeys([*_ends(change), *hops]))


def _both(*entities: Mapping[str, Any] | None) -> set[str]:
    return {e["id"] for e in entities if e is not None}
