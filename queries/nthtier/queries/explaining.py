"""Why a finding differs between a saved result and a later version of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version as software_version
from typing import Any, Final

from nthtier.graph.version import Version
from nthtier.queries.answers import Reader

Claim = Mapping[str, Any]
_TOLD: Final = ("since", "until", "share", "basis", "amount")


class Explainer:
    """Compares what findings rest on with what the two versions hold.

    ``own`` is the result's version; without it the result's own words must do.
    """

    def __init__(self, saved: Mapping[str, Any], own: Version | None, current: Version) -> None:
        self.saved, self.own, self.current = saved, own, current
        self.reader = Reader(current)
        self.old_sources = {
            s["id"]: s for s in saved["coverage"].get("sources", ()) if isinstance(s, dict)
        }
        self.new_relations = _relations(current)
        self.old_relations = None if own is None else _relations(own)

    def why(self, change: Mapping[str, Any]) -> list[str]:
        """Return the reasons of one difference; none where nothing explains it."""
        before, after = change["before"], change["after"]
        old, new = list(_claims(before)), list(_claims(after))
        reasons: dict[str, None] = {}
        for claim, is_listing in old:
            if claim["relation"] not in self.new_relations:
                reasons[self._gone(claim, is_listing)] = None
        for claim, is_listing in new:
            if not self._was_there(claim):
                reasons[self._came(claim, is_listing)] = None
        reasons |= dict.fromkeys(self._said_otherwise(old, new))
        reasons |= dict.fromkeys(_renamed(before, after))
        if not reasons:
            reasons |= dict.fromkeys(self._beside(change))
        return list(reasons)

    def sources(self) -> list[str]:
        """Return which sources came, went, or were read anew."""
        notes = []
        for id_, source in self.current.sources.items():
            known = self.old_sources.get(id_)
            dated = f" ({source.date})" if source.date else ""
            if known is None:
                notes.append(f"source {id_}{dated} is new")
            elif known.get("sha256") != (source.sha256 or None):
                notes.append(f"source {id_} has other contents than then")
        notes += [f"source {id_} is no longer there" for id_ in self.old_sources
                  if id_ not in self.current.sources]  # fmt: skip
        if self.saved.get("nthtier") != software_version("nthtier"):
            notes.append(f"made with nthtier {self.saved.get('nthtier')}, asked with "
                         f"{software_version('nthtier')}")  # fmt: skip
        return notes

    def _was_there(self, claim: Claim) -> bool:
        if self.old_relations is not None:
            return claim["relation"] in self.old_relations
        shown = {c["relation"] for f in self.saved["findings"] for c, _ in _claims(f)}
        return claim["relation"] in shown or not self._new_evidence(claim)

    def _new_evidence(self, claim: Claim) -> list[str]:
        """Return the sources of a claim that the saved result did not have, or not as they are."""
        found = []
        for e in claim["evidence"]:
            known = self.old_sources.get(e["source"])
            now = self.current.sources.get(e["source"])
            if known is None or (now is not None and known.get("sha256") != (now.sha256 or None)):
                found.append(str(e["source"]))
        return sorted(set(found))

    def _gone(self, claim: Claim, is_listing: bool) -> str:
        name = _name(claim, is_listing)
        ends = ("from",) if is_listing else ("from", "to")
        moved = [self._identity(claim[end]) for end in ends]
        if any(moved):
            return f"identity: {'; '.join(m for m in moved if m)}"
        now = self._now(claim)
        if now:
            return f"{name} changed: {'; '.join(now)}"
        absent = [e["source"] for e in claim["evidence"]
                  if e["source"] not in self.current.sources]  # fmt: skip
        if absent:
            return f"{name} is not there: source {absent[0]} is no longer loaded"
        word = "listing" if is_listing else "relation"
        return f"{word} gone: no source says any more that {name}"

    def _identity(self, entity: Mapping[str, Any]) -> str:
        """Say what became of an entity whose id is another one now."""
        keys = [entity["id"], *self._keys(entity["id"])]
        found = self.current.by_text(*(f"id:{k}" for k in keys))
        if not found:
            return f"{entity['name']} ({entity['id']}) is not in the graph"
        now = sorted({self.reader.entity(e)["id"] for e in found})
        return "" if now == [entity["id"]] else f"{entity['id']} is now {', '.join(now)}"

    def _keys(self, id_: str) -> list[str]:
        """Return the keys of its records, by which an entity is found under any id."""
        found = self.own.by_text(f"id:{id_}") if self.own is not None else []
        rows = self.own.rows("entities", found, ["keys"]) if self.own is not None else []
        return [k for row in rows for k in row["keys"]]

    def _now(self, claim: Claim) -> list[str]:
        """Return how the same tie is told now, where it is there otherwise than before."""
        ends = [self.current.by_text(f"id:{claim[end]['id']}") for end in ("from", "to")]
        if not all(ends):
            return []
        s, kind = self.current.snapshot, claim["type"]
        start, end = ends[0][0], ends[1][0]
        rows = range(int(s.out_ptr[start]), int(s.out_ptr[start + 1]))
        told = []
        for r in rows:
            if int(s.dst[r]) != end:
                continue
            hop = self.reader.hop(r, "forward")
            if hop["type"] == kind:
                told += [f"{w} {_text(claim[w])} -> {_text(hop[w])}" for w in _TOLD
                         if w in claim and claim[w] != hop[w]]  # fmt: skip
        return told

    def _came(self, claim: Claim, is_listing: bool) -> str:
        word = "listing" if is_listing else "relation"
        by = self._new_evidence(claim)
        sources = by or sorted({str(e["source"]) for e in claim["evidence"]})
        return f"{word} new: {_name(claim, is_listing)}, as {', '.join(sources)} says"

    def _said_otherwise(
        self, old: Sequence[tuple[Claim, bool]], new: Sequence[tuple[Claim, bool]]
    ) -> list[str]:
        """Return what statements were added to, or taken from, a relation that is in both."""
        before = {c["relation"]: (c, _statements(c)) for c, _ in old}
        found = []
        for claim, is_listing in new:
            if claim["relation"] not in before:
                continue
            earlier, said = before[claim["relation"]]
            name, now = _name(claim, is_listing), _statements(claim)
            found += [
                f"{name}: {word} by {e['source']} ({e['statement']})"
                for word, evidence, others in (
                    ("also said", claim["evidence"], said),
                    ("no longer said", earlier["evidence"], now),
                )
                for e in evidence
                if e["statement"] not in others
            ]
            if len(claim.get("competing", ())) != len(earlier.get("competing", ())):
                found.append(f"{name}: other claims about the same tie")
        return found

    def _beside(self, change: Mapping[str, Any]) -> list[str]:
        """Return reasons that no claim of the finding shows."""
        notes = self.sources()
        if change["what"] != "changes" and self.saved["coverage"].get("stopped_by") == "limit":
            return ["the limit: other findings are among the strongest now"]
        if "reached" in change["fields"] and notes:
            return [f"other entities are reached: {'; '.join(notes)}"]
        software = [n for n in notes if n.startswith("made with")]
        if software:
            return software
        return [f"sources: {'; '.join(notes)}"] if notes else []


def _relations(version: Version) -> frozenset[str]:
    return frozenset(version.table("relations", ["id"]).column("id").to_pylist())


def _claims(finding: Mapping[str, Any] | None) -> Iterator[tuple[Claim, bool]]:
    """Yield what a finding rests on: hops, and listings (true) with the entity they are of."""
    if finding is None:
        return
    for hop in finding["path"]:
        yield hop, False
    target = finding["target"] or {}
    for x in target.get("listings", ()):
        whole = {"from": {"id": target["id"], "name": target["name"]}, "type": "LISTED_ON",
                 "to": {"id": x["list"], "name": x.get("list_name", x["list"])}}  # fmt: skip
        yield {**x, **whole}, True


def _name(claim: Claim, is_listing: bool) -> str:
    if is_listing:
        return f"{claim['from']['name']} is on {claim['to']['id']}"
    return f"{claim['from']['name']} {claim['type']} {claim['to']['name']}"


def _statements(claim: Claim) -> set[str]:
    return {e["statement"] for e in claim["evidence"]}


def _text(value: Any) -> str:
    return "none" if value is None else str(value)


def _renamed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterable[str]:
    """Return the entities that have another name or country, in findings of both."""
    old, new = _entities(before), _entities(after)
    return [
        f"{id_} is described otherwise: {old[id_]} -> {new[id_]}"
        for id_ in old.keys() & new.keys()
        if old[id_] != new[id_]
    ]


def _entities(finding: Mapping[str, Any] | None) -> dict[str, str]:
    if finding is None:
        return {}
    every = [finding["subject"], finding["target"] or {}]
    every += [hop[end] for hop in finding["path"] for end in ("from", "to")]
    return {
        e["id"]: ", ".join(str(e.get(k)) for k in ("name", "type", "country")) for e in every if e
    }
