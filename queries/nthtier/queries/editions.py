"""What differs between two versions: entries, relations, who is who, each with its cause.

An entry is a company on a list. Ids, the order of columns and white space are no differences; a
field that one side's format does not carry is named once, and not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from importlib.metadata import version as software_version
from typing import Any, Final

from nthtier.graph.version import Version
from nthtier.queries.classes import FORMAT
from nthtier.queries.edition_causes import CAUSES, Causes
from nthtier.queries.edition_pairs import NUMBERS, Pair, pairs
from nthtier.queries.edition_side import Fields, Profile, Said, Side
from nthtier.queries.edition_telling import Telling
from nthtier.queries.edition_ties import ties

WHAT: Final = ("added", "removed", "changed")


class Editions:
    """Two versions compared; `result` is what ``diff --json`` writes."""

    def __init__(self, before: Version, after: Version, list_id: str = "") -> None:
        self.before, self.after, self.list_id = Side(before), Side(after), list_id
        self.before.compare_statements(self.after)
        self.pairs = pairs(self.before, self.after)
        self._pair_of = (
            {e: n for n, p in enumerate(self.pairs) for e in p.before},
            {e: n for n, p in enumerate(self.pairs) for e in p.after},
        )
        self.causes = Causes(self.before, self.after)
        touched = self._touched()
        described = [self._listed_in_both(p) for p in touched]
        olds = self.before.profiles([p.before for p in touched], described)
        news = self.after.profiles([p.after for p in touched], described)
        self.telling = Telling(self.before, self.after, olds, news)
        self.entries = sorted(self._entries(touched, olds, news), key=_order)
        self.relations = (
            []
            if list_id
            else ties(self.before, self.after, self.pairs, self.causes, self.telling.untold_types)
        )
        self.identities = sorted(self._identities(), key=lambda x: str(x["after"] or x["before"]))

    def result(self) -> dict[str, Any]:
        """Return the comparison as the JSON object of ``diff``."""
        sides = self.before, self.after
        return {
            "format": FORMAT,
            "nthtier": software_version("nthtier"),
            **{
                word: {"version": x.version.id, "build": x.version.manifest.get("build"),
                       "made_with": x.version.manifest.get("nthtier")}
                for word, x in zip(("before", "after"), sides, strict=True)
            },
            "sources": self._sources(),
            "entries": self.entries,
            "relations": self.relations,
            "identities": self.identities,
            "not_compared": self.telling.missing(),
            "summary": self._summary(),
        }  # fmt: skip

    def is_same(self, before: str, after: str) -> bool:
        """Tell whether two entity ids are one company, each in its version."""
        mine = {self._pair_of[0][e] for e in self.before.version.by_text(f"id:{before}")}
        return any(self._pair_of[1][e] in mine for e in self.after.version.by_text(f"id:{after}"))

    def _summary(self) -> dict[str, Any]:
        every = [*self.entries, *self.relations, *self.identities]
        by_list: dict[str, Counter[str]] = {}
        for x in self.entries:
            for list_id in [x["list"]] if x["list"] else x["lists"]:
                by_list.setdefault(list_id, Counter())[x["what"]] += 1
        return {
            "entries": _counts(self.entries),
            "relations": _counts(self.relations),
            "identities": len(self.identities),
            "causes": {c: n for c in CAUSES if (n := sum(x["cause"] == c for x in every))},
            "lists": {x: _counted(by_list[x]) for x in sorted(by_list)},
        }

    def _sources(self) -> list[dict[str, Any]]:
        """Return the sources that came, went, or have other contents."""
        old, new = self.before.version.sources, self.after.version.sources
        found = []
        for id_ in sorted(old.keys() | new.keys()):
            a, b = old.get(id_), new.get(id_)
            if a is not None and b is not None and (a.sha256, a.date) == (b.sha256, b.date):
                continue
            source = b or a
            assert source is not None
            found.append({"what": "added" if a is None else "removed" if b is None else "changed",
                          "id": id_, "date": source.date or None, "records": source.records,
                          "kind": self.causes.kind(id_)})  # fmt: skip
        return found

    def _listed_in_both(self, pair: Pair) -> bool:
        return any(map(self.before.is_listed, pair.before)) and any(
            map(self.after.is_listed, pair.after)
        )

    def _touched(self) -> list[Pair]:
        """Return the listed companies of which anything may differ."""
        keys = self.before.fresh_keys.keys() | self.after.fresh_keys.keys()
        sides = self.before, self.after
        found = []
        for pair in self.pairs:
            groups = pair.before, pair.after
            every = list(zip(sides, groups, strict=True))
            if not any(side.is_listed(e) for side, group in every for e in group):
                continue
            if len(pair.before) == len(pair.after) == 1:
                (a,), (b,) = groups
                same = self.before.keys[a] == self.after.keys[b]
                same &= self.before.listed(a) == self.after.listed(b)
                same &= self.before.types[a] == self.after.types[b]
                if same and keys.isdisjoint(self.before.keys[a]):
                    continue
            found.append(pair)
        return found

    def _entries(
        self, touched: Sequence[Pair], olds: Sequence[Profile], news: Sequence[Profile]
    ) -> Iterator[dict[str, Any]]:
        for pair, old, new in zip(touched, olds, news, strict=True):
            yield from self._of_company(pair, old, new)

    def _of_company(self, pair: Pair, old: Profile, new: Profile) -> Iterator[dict[str, Any]]:
        lists = old.on.keys() | new.on.keys()
        if self.list_id and self.list_id not in lists:
            return
        for list_id in sorted(lists if not self.list_id else {self.list_id}):
            there = list_id in old.lists, list_id in new.lists
            fields = self._fields(old.on.get(list_id, {}), new.on.get(list_id, {}), pair, {list_id})
            if there == (True, True) and fields:
                yield self._entry("changed", pair, list_id, old, new, fields)
            elif there[0] != there[1]:
                what = "added" if there[1] else "removed"
                item = self._entry(what, pair, list_id, old, new, {})
                sides = old.listed_by.get(list_id, []), new.listed_by.get(list_id, [])
                cause = self.causes.of(*sides, pair, {list_id})
                yield item | {"cause": cause.kind, "why": cause.why}
        if old.lists and new.lists:
            both = old.on.keys() & new.on.keys() or lists
            fields = self._fields(old.about, new.about, pair, both)
            if fields:
                yield self._entry("changed", pair, None, old, new, fields)

    def _fields(
        self, old: Fields, new: Fields, pair: Pair, lists: Collection[str]
    ) -> dict[str, Any]:
        """Return the fields that differ, each with what it was, what it is, and why."""
        found = {}
        for name in sorted(old.keys() | new.keys()):
            if not self.telling.by_both(name, lists):
                continue
            a, b = old.get(name, {}), new.get(name, {})
            gone, come = sorted(a.keys() - b.keys()), sorted(b.keys() - a.keys())
            if name == "aliases":  # a name that became an alias, or the other way round, is there
                gone = [x for x in gone if x not in new.get("name", {})]
                come = [x for x in come if x not in old.get("name", {})]
            if not gone and not come:
                continue
            cause = self.causes.of(_by(a, gone), _by(b, come), pair, lists)
            found[name] = {"before": [a[x].text for x in gone], "after": [b[x].text for x in come],
                           "cause": cause.kind, "why": cause.why}  # fmt: skip
        return found

    def _entry(
        self, what: str, pair: Pair, list_id: str | None, old: Profile, new: Profile,
        fields: dict[str, Any],
    ) -> dict[str, Any]:  # fmt: skip
        was = self.before.entity(pair.before[0]) if pair.before else None
        now = self.after.entity(pair.after[0]) if pair.after else None
        causes = Counter(f["cause"] for f in fields.values())
        cause = next((c for c in CAUSES if causes[c]), "")
        return {
            "what": what,
            "entity": now or was,
            "was": was if now is not None else None,
            "list": list_id,
            "lists": sorted(new.lists if what != "removed" else old.lists),
            "before": _plain(old, list_id),
            "after": _plain(new, list_id),
            "fields": fields,
            "renumbered": any(f.removeprefix("id:") in NUMBERS and x["before"] and x["after"]
                              for f, x in fields.items()),
            "cause": cause,
            "why": next((f["why"] for f in fields.values() if f["cause"] == cause), ""),
        }  # fmt: skip

    def _identities(self) -> Iterator[dict[str, Any]]:
        for pair in self.pairs:
            sizes = len(pair.before), len(pair.after)
            if sum(sizes) <= 2 or 0 in sizes:
                continue
            if self.list_id and not any(
                x[0] == self.list_id
                for side, group in ((self.before, pair.before), (self.after, pair.after))
                for e in group
                for x in side.listed(e)
            ):
                continue
            what = "merged" if sizes[1] == 1 else "split" if sizes[0] == 1 else "regrouped"
            cause = self.causes.grouping(pair)
            yield {"what": what, "before": [self.before.entity(e) for e in pair.before],
                   "after": [self.after.entity(e) for e in pair.after],
                   "cause": cause.kind, "why": cause.why}  # fmt: skip


def _plain(profile: Profile, list_id: str | None) -> dict[str, list[str]] | None:
    """Return what one listing says; None where the list does not have the company."""
    if list_id is None or list_id not in profile.on:
        return None
    return {name: [v.text for v in values.values()] for name, values in profile.on[list_id].items()}


def _by(values: dict[str, Any], forms: Sequence[str]) -> list[Said]:
    return [said for form in forms for said in values[form].by]


def _order(item: dict[str, Any]) -> tuple[Any, ...]:
    return (WHAT.index(item["what"]), item["list"] or "~", item["entity"]["name"].casefold(),
            item["entity"]["id"])  # fmt: skip


def _counts(items: Sequence[dict[str, Any]]) -> dict[str, int]:
    return _counted(Counter(x["what"] for x in items))


def _counted(found: Counter[str]) -> dict[str, int]:
    return {word: found[word] for word in WHAT}
