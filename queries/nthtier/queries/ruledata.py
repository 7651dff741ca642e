"""Values of a rule: what a file in `rules/` says, and which part of it holds on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from nthtier.graph import dates

MET: Final = "met"
NOT_MET: Final = "not met"
OPEN: Final = "cannot be determined"
Answer = Literal["met", "not met", "cannot be determined"]

STATES: Final = ("in force", "suspended", "scheduled", "repealed")
ACTIVITIES: Final[dict[str, str]] = {
    "export": "sending an item to it",
    "securities": "buying or selling its securities",
    "dod-contract": "a contract of the US Department of Defense with it",
    "import": "importing goods from it",
    "deal": "dealing with it at all",
}
AGGREGATIONS: Final = ("sum", "each")
OPERATORS: Final = (">=", ">")


@dataclass(frozen=True, slots=True)
class Status:
    """What the rule is between two days, both included; an empty date is open."""

    state: str
    source: str
    since: str = ""
    until: str = ""
    note: str = ""

    def holds(self, day: int) -> bool:
        """Tell whether this is the status on a day."""
        return dates.start_day(self.since) <= day <= dates.end_day(self.until)

    def to_json(self) -> dict[str, Any]:
        """Return it as results show it."""
        return {
            "state": self.state, "since": self.since or None, "until": self.until or None,
            "source": self.source or None, "note": self.note or None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share in percent and how it is compared. ``gives``: what passing it means."""

    operator: str
    percent: float
    since: str = ""
    until: str = ""
    gives: str = MET

    @property
    def words(self) -> str:
        """Return it as people say it.

        >>> Threshold(">=", 50).words, Threshold(">", 50).words
        ('at least 50 %', 'more than 50 %')
        """
        return f"{'at least' if self.operator == '>=' else 'more than'} {self.percent:g} %"


@dataclass(frozen=True, slots=True)
class Dealing:
    """A relation by which someone who is not listed does what the rule speaks of.

    ``read`` is its direction seen from that company; ``tiers`` how many such relations in a row
    count. Before ``since`` it did not.
    """

    type: str
    read: str
    text: str
    tiers: int = 1
    since: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as its file says it.

    ``lists``, ``programmes`` (by list) and ``footnotes`` say whose listing counts. With
    ``names_only`` no ownership extends it. ``aggregation`` is ``sum`` (stakes of all listed
    owners together) or ``each`` (one listed person at a time). ``ownership`` are the types that
    carry a share, ``control`` those that are control, ``evidence`` those that only suggest it,
    ``flags`` those that are worth a look. ``bound`` are the countries whose companies the rule
    binds (none: whoever does the activity); parties of ``countries`` may meet it unlisted.
    """

    id: str
    name: str
    version: str
    jurisdiction: str
    binds: str
    effect: str
    activities: tuple[str, ...]
    trigger: str
    plain: str
    lists: tuple[str, ...]
    citations: tuple[str, ...]
    statuses: tuple[Status, ...]
    names_only: bool = False
    aggregation: str = "sum"
    thresholds: tuple[Threshold, ...] = ()
    programmes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    footnotes: frozenset[int] = frozenset()
    bound: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    countries_ask: str = ""
    ownership: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    dealings: tuple[Dealing, ...] = ()
    conditions: tuple[str, ...] = ()
    red_flags: Mapping[str, str] = field(default_factory=dict)
    file: str = ""

    def status(self, day: int) -> Status:
        """Return what the rule is on a day; before and between its statuses it is not in force."""
        for status in self.statuses:
            if status.holds(day):
                return status
        return Status("not in force", "", note="no status of the rule covers this day")

    def threshold(self, day: int) -> Threshold | None:
        """Return the threshold of a day, if the rule has one then."""
        for t in self.thresholds:
            if dates.start_day(t.since) <= day <= dates.end_day(t.until):
                return t
        return None

    def asks(self, day: int) -> str:
        """Return in a few words what it asks on a day: its threshold, a name, or control."""
        threshold = self.threshold(day)
        return threshold.words if threshold else "by name" if self.names_only else "control"

    def says(self, conditions: Answer, day: int) -> Answer:
        """Return the rule's answer on a day, given that of its conditions.

        A rule that is not in force catches nobody; of one that is only scheduled nobody knows.
        """
        state = self.status(day).state
        if state == "in force" or conditions == NOT_MET:
            return conditions
        return OPEN if state == "scheduled" and self._may_apply(day) else NOT_MET

    def _may_apply(self, day: int) -> bool:
        """Tell whether a scheduled status is one whose day has come without confirmation."""
        return not self.status(day).until

    def to_json(self, day: int | None = None) -> dict[str, Any]:
        """Return the whole rule; with a day also what holds then."""
        found: dict[str, Any] = {
            "id": self.id, "name": self.name, "version": self.version,
            "jurisdiction": self.jurisdiction, "binds": self.binds, "effect": self.effect,
            "activities": list(self.activities), "trigger": self.trigger, "plain": self.plain,
            "lists": list(self.lists),
            "programmes": {k: sorted(v) for k, v in self.programmes.items()},
            "footnotes": sorted(self.footnotes), "names_only": self.names_only,
            "aggregation": None if self.names_only else self.aggregation,
            "thresholds": [
                {"operator": t.operator, "percent": t.percent, "since": t.since or None,
                 "until": t.until or None, "gives": t.gives}
                for t in self.thresholds
            ],
            "reads": {"ownership": list(self.ownership), "control": list(self.control),
                      "evidence": list(self.evidence), "flags": list(self.flags)},
            "dealings": [
                {"type": d.type, "read": d.read, "text": d.text, "tiers": d.tiers,
                 "since": d.since or None}
                for d in self.dealings
            ],
            "bound": list(self.bound), "countries": list(self.countries),
            "conditions": list(self.conditions), "red_flags": dict(self.red_flags),
            "statuses": [s.to_json() for s in self.statuses],
            "citations": list(self.citations), "file": self.file,
        }  # fmt: skip
        if day is not None:
            found["status"] = self.status(day).to_json()
        return found
