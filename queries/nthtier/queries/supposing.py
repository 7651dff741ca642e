"""A supposition in a person's words, and the hypothetical graph that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from nthtier.graph import dates
from nthtier.graph.errors import QuestionError
from nthtier.graph.hypothetical import HYPOTHETICAL, WHAT_IF, Hypothetical, Supposed
from nthtier.graph.lists import LISTS, find_list
from nthtier.graph.ontology import BASIS, BY_NAME, CODE, RELATION_TYPES
from nthtier.graph.version import Version
from nthtier.queries.lookup import resolve

Ends = tuple[str, str, str]
_LISTED: Final = "LISTED_ON"
_STAKES: Final = [CODE[t.name] for t in RELATION_TYPES if t.stake]


@dataclass(frozen=True, slots=True)
class Change:
    """What to suppose, in the words of the person who asks.

    ``add`` and ``remove`` are (entity, list); ``relations`` and ``ends`` (from, type, to);
    ``shares`` (from, to, percent: ``49``, ``25-50``). With ``since`` all this holds from that day
    on, what ends ends the day before; without, at every date.
    """

    add: tuple[tuple[str, str], ...] = ()
    remove: tuple[tuple[str, str], ...] = ()
    relations: tuple[Ends, ...] = ()
    ends: tuple[Ends, ...] = ()
    shares: tuple[Ends, ...] = ()
    since: str = ""
    by_id: bool = False


def suppose(version: Version, change: Change) -> tuple[Hypothetical, list[dict[str, Any]]]:
    """Return the supposed graph, and each supposition as a record.

    Raises:
        QuestionError: a name is not there or ambiguous, no such list, type, relation or share, a
            change that would change nothing.
    """
    work = _Work(version, change)
    for entity, list_name in change.remove:
        work.end(entity, _LISTED, list_name, f"--remove {entity} --list {list_name}")
    for start, type_, end in change.ends:
        work.end(start, type_, end, f"--end {start} {type_} {end}")
    for entity, list_name in change.add:
        work.enlist(entity, list_name)
    for start, type_, end in change.relations:
        work.relate(start, type_, end)
    for start, end, share in change.shares:
        work.share(start, end, share)
    if not work.records:
        raise QuestionError("nothing is supposed: give --add, --remove, --relation, --end, --share")
    after = Hypothetical(version, sorted(work.removed), work.added)
    made = after.supposed_ids()
    for record in work.records:
        record["added"] = [made[i] for i in record["added"]]
    return after, work.records


class _Work:
    """Turns words into rows taken out and relations put in."""

    def __init__(self, version: Version, change: Change) -> None:
        self.version, self.change = version, change
        self.removed: set[int] = set()
        self.added: list[Supposed] = []
        self.records: list[dict[str, Any]] = []

    def _entity(self, text: str) -> int:
        return resolve(self.version, text, by_id=self.change.by_id)

    def _list_id(self, text: str) -> str:
        known = find_list(text)
        if known is None:
            raise QuestionError(f"no list {text!r}; there are {', '.join(LISTS)}")
        return known.id

    def _list(self, text: str) -> int | str:
        id_ = self._list_id(text)
        found = self.version.by_text(f"id:{id_}")
        return found[0] if found else id_

    def _record(
        self, what: str, said: str, removed: Sequence[int], added: Sequence[int], text: str
    ) -> None:
        rows = self.version.rows("relations", removed, ["id"])
        self.records.append(
            {"change": what, "said": said, "sentence": text, "basis": HYPOTHETICAL,
             "evidence": WHAT_IF.id, "removed": [r["id"] for r in rows], "added": list(added)}
        )  # fmt: skip

    def _name(self, entity: int | str) -> str:
        if isinstance(entity, str):
            return entity
        return str(self.version.rows("entities", [entity], ["name"])[0]["name"])

    def _when(self) -> str:
        return f" from {self.change.since} on" if self.change.since else ""

    def enlist(self, text: str, list_name: str) -> None:
        """Suppose a listing."""
        entity, target = self._entity(text), self._list(list_name)
        said = f"--list {list_name} --add {text}"
        held = [] if isinstance(target, str) else self._rows(entity, [CODE[_LISTED]], target)
        s, first = self.version.snapshot, dates.start_day(self.change.since)
        if any(s.since[r] <= first and s.until[r] == dates.OPEN_END for r in held):
            raise QuestionError(
                f"{self._name(entity)} is on {list_name} already; --remove takes it off first"
            )
        self.added.append(Supposed(entity, _LISTED, target, said, since=self.change.since))
        text = f"{self._name(entity)} is on {self._list_id(list_name)}{self._when()}"
        self._record("listing", said, [], [len(self.added) - 1], text)

    def relate(self, start: str, type_: str, end: str) -> None:
        """Suppose a relation."""
        self._type(type_)
        if type_ == _LISTED:
            raise QuestionError("a listing is supposed with --list LIST --add ENTITY")
        a, b = self._entity(start), self._entity(end)
        if a == b:
            raise QuestionError(f"a relation of {start!r} to itself exposes nobody")
        said = f"--relation {start} {type_} {end}"
        self.added.append(Supposed(a, type_, b, said, since=self.change.since))
        phrase = BY_NAME[type_].forward[0]
        self._record("relation", said, [], [len(self.added) - 1],
                     f"{self._name(a)} {phrase} {self._name(b)}{self._when()}")  # fmt: skip

    def _type(self, type_: str) -> None:
        if type_ not in BY_NAME:
            raise QuestionError(f"no relation type {type_!r}; there are {', '.join(BY_NAME)}")

    def _rows(self, start: int, types: Sequence[int], end: int) -> list[int]:
        s = self.version.snapshot
        rows = range(int(s.out_ptr[start]), int(s.out_ptr[start + 1]))
        return [r for r in rows if int(s.dst[r]) == end and int(s.type[r]) in types
                and r not in self.removed]  # fmt: skip

    def end(self, start: str, type_: str, end: str, said: str) -> None:
        """Suppose that relations end, or were never there."""
        self._type(type_)
        a = self._entity(start)
        b = self._list(end) if type_ == _LISTED else self._entity(end)
        rows = [] if isinstance(b, str) else self._rows(a, [CODE[type_]], b)
        since = self.change.since
        if since:
            rows = [r for r in rows if self.version.snapshot.until[r] >= dates.start_day(since)]
        if not rows:
            turned = type_ != _LISTED and not isinstance(b, str) and self._rows(b, [CODE[type_]], a)
            hint = f"; there is one the other way round: {end} {type_} {start}" if turned else ""
            raise QuestionError(f"no relation {start} {type_} {end}{self._when()} to end{hint}")
        added = []
        if since:
            for x in self._read(rows, said):
                if dates.start_day(x.since) < dates.start_day(since):
                    added.append(len(self.added))
                    self.added.append(
                        replace(x, until=dates.day_before(since), note=f"would end: {said}")
                    )
        self.removed.update(rows)
        text = f"no longer: {self._name(a)} {BY_NAME[type_].forward[0]} {self._name(b)}"
        if type_ == _LISTED:
            text = f"{self._name(a)} is not on {self._list_id(end)}"
        self._record("end", said, rows, added, text + self._when())

    def _read(self, rows: Sequence[int], said: str) -> list[Supposed]:
        """Return relations of the graph as suppositions that say the same."""
        s = self.version.snapshot
        return [
            Supposed(
                int(s.src[r]), x["type"], int(s.dst[r]), said, x["since"], x["until"],
                float(s.lo[r]), float(s.hi[r]), x["amount"], x["note"],
                list(BASIS).index(x["basis"]),
            )
            for r, x in zip(rows, self.version.rows("relations", rows), strict=True)
        ]  # fmt: skip

    def share(self, start: str, end: str, text: str) -> None:
        """Suppose another share, in the graph's stakes or in those supposed before."""
        lo, hi = _percent(text)
        a, b, said = self._entity(start), self._entity(end), f"--share {start} {end} {text}"
        rows = self._rows(a, _STAKES, b)
        since, s = self.change.since, self.version.snapshot
        if since:
            rows = [r for r in rows if s.until[r] >= dates.start_day(since)]
        mine = [i for i, x in enumerate(self.added)
                if (x.start, x.end) == (a, b) and CODE[x.type] in _STAKES]  # fmt: skip
        if not rows and not mine:
            raise QuestionError(
                f"no stake of {start} in {end}{self._when()}; "
                f"--relation {start!r} OWNS {end!r} supposes one"
            )
        added = list(mine)
        for i in mine:
            self.added[i] = replace(self.added[i], lo=lo, hi=hi)
        for x in self._read(rows, said):
            earlier = bool(since) and dates.start_day(x.since) < dates.start_day(since)
            if earlier:
                added.append(len(self.added))
                self.added.append(replace(x, until=dates.day_before(since),
                                          note=f"as before until then: {said}"))  # fmt: skip
            added.append(len(self.added))
            note = f"instead of {_text(x.lo, x.hi)}"
            begins = since if earlier else x.since
            self.added.append(replace(x, lo=lo, hi=hi, since=begins, note=note))
        self.removed.update(rows)
        self._record("share", said, rows, added,
                     f"the share of {self._name(a)} in {self._name(b)} is "
                     f"{_text(lo, hi)}{self._when()}")  # fmt: skip


def _text(lo: float, hi: float) -> str:
    if lo != lo:
        return "an unknown share"
    return f"{lo:g} %" if lo == hi else f"{lo:g} to {hi:g} %"


def _percent(text: str) -> tuple[float, float]:
    """Return the interval of ``49``, ``49 %`` or ``25-50``.

    >>> _percent("49 %"), _percent("25-50")
    ((49.0, 49.0), (25.0, 50.0))
    """
    parts = text.replace("%", "").strip().split("-")
    try:
        values = [float(p) for p in parts]
    except ValueError:
        values = []
    if len(values) not in (1, 2) or not 0 <= values[0] <= values[-1] <= 100:
        raise QuestionError(f"{text!r} is no share; write percent, 0 to 100, or LOW-HIGH")
    return values[0], values[-1]
