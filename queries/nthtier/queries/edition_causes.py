"""Why something differs between two versions: list, relation, identity decision, or software.

A statement that only one version has is the cause, by its source. Where both have the same
statements, they are grouped into other companies (identity), or read otherwise (software).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from nthtier.graph import model
from nthtier.graph.lists import LISTS
from nthtier.graph.proposals import DERIVED
from nthtier.queries.edition_pairs import Pair
from nthtier.queries.edition_side import DECIDED, Said, Side

CAUSES: Final = ("list", "relation", "identity", "software")
#: What statements join or part companies by.
_JOINING: Final = (model.NAME, model.ALIAS, model.MENTION, model.COUNTRY, model.TYPE, "LISTED_ON")


class Cause(NamedTuple):
    """One of `CAUSES`, and a sentence that names the source or decision."""

    kind: str
    why: str

    @property
    def json(self) -> dict[str, str]:
        """The cause as a dictionary."""
        return self._asdict()


class Causes:
    """Finds causes between two versions whose statements were compared."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before, self.after = before, after
        self._lists = {
            source
            for side in (before, after)
            for key, said in side.fresh_keys.items()
            if key.partition(":")[0] in (*LISTS, "ofac")
            for predicate, (_, source) in said
            if predicate == "LISTED_ON"
        }
        self._decisions = {
            said.source
            for side in (before, after)
            for group in side.fresh_keys.values()
            for predicate, said in group
            if predicate.startswith(DECIDED) or said.source in DERIVED
        }

    def of(
        self,
        before: Iterable[Said],
        after: Iterable[Said],
        pair: Pair | None,
        lists: Collection[str] = (),
    ) -> Cause:
        """Return why what ``before`` backs in the one version is what ``after`` backs in the other.

        ``pair`` is the company, ``lists`` are the lists that speak of it.
        """
        old = sorted({x.source for x in before if x.statement in self.before.fresh})
        new = sorted({x.source for x in after if x.statement in self.after.fresh})
        if old or new:
            return self._by_sources(old, new, lists)
        if pair is not None and len(pair.before) + len(pair.after) > 2:
            return self.grouping(pair)
        gone, come = self._editions(lists)
        if gone or come:
            return self._by_sources(gone, come, lists)
        return self._software()

    def grouping(self, pair: Pair) -> Cause:
        """Return why companies were merged or split."""
        reasons = [
            {r for e in group for r in side.joined[e]}
            for side, group in ((self.before, pair.before), (self.after, pair.after))
        ]
        keys = {k for e in pair.before for k in self.before.keys[e]}
        keys |= {k for e in pair.after for k in self.after.keys[e]}
        told = reasons[1] - reasons[0] or reasons[0] - reasons[1]
        why = "; ".join(sorted(told))
        decided = [r for r in told if "decision" in r or "decided" in r]
        if not decided and any(
            predicate.startswith(DECIDED)
            for side in (self.before, self.after)
            for k in keys
            for predicate, _ in side.fresh_keys.get(k, ())
        ):
            decided = ["a person's decision on who is who"]
        sources: list[list[str]] = []
        for side in (self.before, self.after):
            said = [
                (predicate, x.source)
                for k in keys
                for predicate, x in side.fresh_keys.get(k, ())
                if predicate in _JOINING or predicate.startswith((model.ID_PREFIX, DECIDED))
            ]
            sources.append(sorted({s for _, s in said}))
        if decided:
            by = ", ".join(dict.fromkeys(s for group in sources[::-1] for s in group))
            return Cause("identity", "; ".join(sorted(decided)) + (f" ({by})" if by else ""))
        if any(sources):
            kind, text = self._by_sources(sources[0], sources[1], ())
            return Cause(kind, f"{text}: {why}" if why else text)
        if _made_by(self.before) == _made_by(self.after):
            return Cause("identity", why or "a decision about who is who was made or taken back")
        return self._software()

    def _by_sources(self, old: list[str], new: list[str], lists: Collection[str]) -> Cause:
        """Tell what came or went; a source of the same bytes that says otherwise is software."""
        sources = self.before.version.sources, self.after.version.sources
        same = [s for s in {*old, *new} if _same_bytes(sources, s)]
        if len(same) == len({*old, *new}):
            return Cause("software", f"{', '.join(sorted(same))}: the same file, read otherwise"
                                     f"{self._versions()}")  # fmt: skip
        if all(self.is_list(s) for s in {*old, *new}):
            gone, come = self._editions(lists)  # no longer in it, or not yet
            old, new = old or gone, new or come
        kind = next((k for k in CAUSES if any(self.kind(s) == k for s in {*old, *new})), "relation")
        one, two = (", ".join(map(self._named, x)) for x in (old, new))
        if all(s in sources[0] and s in sources[1] for s in {*old, *new}):
            return Cause(kind, f"{two or one} has other contents")
        return Cause(kind, f"{one} -> {two}" if one and two else two or f"{one} is no longer there")

    def kind(self, source: str) -> str:
        """Return what a source is the cause of: list, relation or identity."""
        if source in self._decisions:
            return "identity"
        return "list" if self.is_list(source) else "relation"

    def is_list(self, source: str) -> bool:
        """Tell whether a source is an edition of a list."""
        found = [s for side in (self.before, self.after)
                 if (s := side.version.sources.get(source))]  # fmt: skip
        return source in self._lists or any(s.covers for s in found)

    def _editions(self, lists: Collection[str]) -> tuple[list[str], list[str]]:
        """Return the whole editions of lists that only the one, and only the other, has."""
        covering = [
            {s.id for s in side.version.sources.values() if not set(lists).isdisjoint(s.covers)}
            for side in (self.before, self.after)
        ]
        return sorted(covering[0] - covering[1]), sorted(covering[1] - covering[0])

    def _named(self, source: str) -> str:
        for side in (self.after, self.before):
            found = side.version.sources.get(source)
            if found is not None and found.date and found.date not in source:
                return f"{source} ({found.date})"
        return source

    def _software(self) -> Cause:
        return Cause("software", f"the same statements, read otherwise{self._versions()}")

    def _versions(self) -> str:
        one, two = _made_by(self.before), _made_by(self.after)
        return "" if one == two else f" (nthtier {_text(one)}, then {_text(two)})"


def _made_by(side: Side) -> tuple[Any, Any]:
    manifest = side.version.manifest
    return manifest.get("nthtier"), manifest.get("build")


def _text(made: tuple[Any, Any]) -> str:
    return f"{made[0]} build {made[1]}" if made[1] else f"{made[0]} of an earlier build"


def _same_bytes(sources: tuple[Mapping[str, Any], Mapping[str, Any]], source: str) -> bool:
    known = [s.get(source) for s in sources]
    return all(x is not None and x.sha256 for x in known) and len(
        {x.sha256 for x in known if x is not None}
    ) == 1  # fmt: skip
