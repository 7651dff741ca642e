"""Which rule follows for whom: a company and an activity, and what each rule says of it.

A rule can speak of a company in two ways: it is itself someone the activity must not be done with
(listed, captured, or with listed parties in its supply chain), or it does the activity with such
a party. Each condition is met, not met, or cannot be determined, with what it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version as software_version
from pathlib import Path
from typing import Any, Final

from nthtier.graph import dates
from nthtier.graph.errors import QuestionError
from nthtier.graph.lists import LISTS
from nthtier.graph.version import Version
from nthtier.queries import sentences
from nthtier.queries.captured import Answers
from nthtier.queries.classes import FORMAT
from nthtier.queries.dealings import Tie, chains, ties
from nthtier.queries.lookup import resolve
from nthtier.queries.rulebook import rulebook
from nthtier.queries.ruledata import ACTIVITIES, MET, NOT_MET, OPEN, Answer, Rule

EXPOSED_ONLY: Final = (
    "A customer, supplier or investor of a listed company is exposed; no ownership rule catches "
    "it. What can bind it is a rule about what it does with that company."
)


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters; ``as_of`` is a partial date, empty for today."""

    subject: str
    activity: str
    as_of: str = ""
    known: str = ""
    by_id: bool = False
    rules: Path | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule. ``of``: rule, party, dealing, or transaction (not in the graph)."""

    of: str
    text: str
    answer: Answer
    statements: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as results show it."""
        return {"of": self.of, "text": self.text, "answer": self.answer,
                "statements": list(self.statements)}  # fmt: skip


def either(answers: Iterable[Answer]) -> Answer:
    """Return whether any is met; open where one might be.

    >>> either(["not met", "cannot be determined"])
    'cannot be determined'
    """
    found = list(answers)
    return MET if MET in found else OPEN if OPEN in found else NOT_MET


def both(answers: Iterable[Answer]) -> Answer:
    """Return whether all are met; open where all might be."""
    found = list(answers)
    return NOT_MET if NOT_MET in found else OPEN if OPEN in found else MET


def regimes(version: Version, question: Question) -> dict[str, Any]:
    """Answer what each rule about an activity says of a company.

    Raises:
        QuestionError: no such company or activity, or an ambiguous name.
        InputError: a rule file is wrong.
    """
    if question.activity not in ACTIVITIES:
        raise QuestionError(f"no activity {question.activity!r}; there are {', '.join(ACTIVITIES)}")
    return _Regimes(version, question).result()


class _Regimes:
    def __init__(self, version: Version, question: Question) -> None:
        self.version, self.question = version, question
        self.as_of = question.as_of or date.today().isoformat()
        self.day = dates.end_day(self.as_of)
        self.subject = resolve(version, question.subject, by_id=question.by_id)
        self.answers = Answers(version, self.day)
        self.reader = self.answers.reader
        self.name: str = self.reader.entity(self.subject)["name"]
        row = version.rows("entities", [self.subject], ["countries"])[0]
        self.countries: list[str] = row["countries"]
        self.book = rulebook(question.rules)
        self.missing: dict[str, list[dict[str, Any]]] = {}

    def result(self) -> dict[str, Any]:
        activity = self.question.activity
        says = [self._says(r) for r in self.book.values() if activity in r.activities]
        order = (MET, OPEN, NOT_MET)
        says.sort(key=lambda x: order.index(x["answer"]))
        standing = self._standing()
        return {
            "format": FORMAT,
            "nthtier": software_version("nthtier"),
            "version": self.version.id,
            "query": {
                "command": "rules",
                "for": self.reader.entity(self.subject)["id"],
                "activity": activity,
                "as_of": self.as_of,
                "known": self.question.known or None,
                "rules": {r.id: r.version for r in self.book.values()},
            },
            "subject": self.reader.entity(self.subject),
            "standing": standing,
            "says": says,
            "coverage": {"sources": self.reader.sources(), "complete": True, "stopped_by": None,
                         "entities": self.version.snapshot.entities,
                         "relations": self.version.snapshot.relations},
        }  # fmt: skip

    def _standing(self) -> dict[str, Any]:
        """Say what the company is, in the order of the classes."""
        listings = self.answers.listings(self.subject)
        captured: list[str] = []
        open_: list[str] = []
        exposed: dict[int, Tie] = {}
        for rule in self.book.values():
            made = self.answers.capture(rule)
            if made is not None and not made.listed(self.subject):
                answer = rule.says(made.conditions(self.subject), self.day)
                (captured if answer == MET else open_ if answer == OPEN else []).append(rule.id)
            for tie in ties(self.version, self.answers, rule, self.subject, self.day, any_=True):
                exposed.setdefault(tie.other, tie)
        parts = []
        if listings:
            parts.append(f"{self.name} {sentences.listing_phrase(listings)}.")
        if captured:
            parts.append(f"{self.name} is captured by {sentences.and_list(captured)}.")
        if open_:
            parts.append(f"Whether {self.name} is captured by {sentences.and_list(open_)} cannot "
                         "be determined.")  # fmt: skip
        if exposed:
            names = [self.reader.entity(e)["name"] for e in sorted(exposed)[:5]]
            more = f" and {len(exposed) - 5} more" if len(exposed) > 5 else ""
            parts.append(f"{self.name} has ties to {sentences.and_list(names)}{more}, which a "
                         "rule concerns: it is exposed.")  # fmt: skip
            if not listings and not captured:
                parts.append(EXPOSED_ONLY)
        if not parts:
            parts.append(f"{self.name} is on no list, captured by no rule and tied directly to "
                         "nobody who is, as far as the sources loaded say; this is not a "
                         "clearance.")  # fmt: skip
        class_ = "listed" if listings else "captured" if captured else "exposed"
        return {
            "class": class_ if listings or captured or exposed or open_ else "none",
            "listings": listings,
            "captured": captured,
            "undetermined": open_,
            "exposed": [
                {"to": self.reader.entity(e), "sentence": t.sentence, "answer": t.answer}
                for e, t in sorted(exposed.items())
            ],
            "sentence": " ".join(parts),
        }

    def _says(self, rule: Rule) -> dict[str, Any]:
        status = rule.status(self.day)
        in_force = rule.says(MET, self.day)
        words = f"the rule is in force on {dates.day_text(self.day)}"
        if in_force != MET:
            words += f" (it is {status.state}{': ' + status.note if status.note else ''})"
        party = self._party(rule)
        chain = self._chain(rule)
        bound = self._bound(rule)
        deals = self._deals(rule)
        as_party = either(c.answer for c in (*party, *chain))
        as_actor = both((bound.answer, either(c.answer for c in deals)))
        answer = rule.says(either((as_party, as_actor)), self.day)
        asked = [Condition("transaction", text, OPEN) for text in rule.conditions]
        conditions = [Condition("rule", words, in_force), *party, *chain]
        if deals:
            conditions += [bound, *deals]
        listings = self.answers.listings(self.subject, rule)
        return {
            **self.answers.head(rule),
            "answer": answer,
            "as_party": as_party,
            "as_actor": as_actor,
            "conditions": [c.to_json() for c in (*conditions, *asked)],
            "missing": self.missing.get(rule.id, []),
            "listings": listings,
            "sentence": self._sentence(rule, answer, as_party, as_actor, conditions),
        }

    def _party(self, rule: Rule) -> list[Condition]:
        """Return the conditions that make the company one the activity is not done with."""
        lists = sentences.and_list([LISTS[x].short for x in rule.lists])
        listings = self.answers.listings(self.subject, rule)
        if rule.footnotes:
            lists += f" with footnote {', '.join(map(str, sorted(rule.footnotes)))}"
        found = [self._named(lists, listings)]
        made = self.answers.capture(rule)
        if made is not None and found[0].answer != MET:
            finding = self.answers.findings(made, [self.subject])[0]
            statements = tuple(
                s for line in finding["rule"]["arithmetic"] if line["counts"] not in (None, "no")
                for s in line["statements"]
            )  # fmt: skip
            self.missing[rule.id] = finding["rule"]["missing"]
            text = f"ownership or control brings it under the rule ({_sum(finding)})"
            found.append(Condition("party", text, made.conditions(self.subject), statements))
        if rule.countries and found[0].answer != MET:
            inside = not self.countries or set(self.countries) & set(rule.countries)
            where = ", ".join(c.upper() for c in self.countries) or "a country not known"
            answer: Answer = OPEN if inside else NOT_MET
            text = f"{rule.countries_ask} (it is of {where})"
            found.append(Condition("party", text, answer))
        return found

    def _named(self, lists: str, listings: Sequence[dict[str, Any]]) -> Condition:
        if not listings:
            return Condition("party", f"{self.name} is named on the {lists}", NOT_MET)
        said = tuple(e["statement"] for x in listings for e in x["evidence"])
        effect = [x["effective"] for x in listings if x["effective"]]
        notes = []
        answer: Answer = OPEN if all(x["basis"] == "disputed" for x in listings) else MET
        if effect:
            notes.append(f"effective {min(effect)}")
            if len(effect) == len(listings) and dates.start_day(min(effect)) > self.day:
                answer = NOT_MET
        ends = [x["divest_by"] for x in listings if x["divest_by"]]
        if ends:
            notes.append(f"divestment allowed until {max(ends)}")
        for x in listings:
            notes += [x[w] for w in ("license_requirement", "license_policy") if x[w]]
        more = f" ({'; '.join(dict.fromkeys(notes))})" if notes else ""
        text = f"{self.name} {sentences.listing_phrase(listings)}{more}"
        return Condition("party", text, answer, said)

    def _chain(self, rule: Rule) -> list[Condition]:
        """Return what stands in the supply chain: it may be contained in the company's goods."""
        found = []
        for dealing in rule.dealings:
            if dealing.tiers == 1:
                continue
            if dates.start_day(dealing.since) > self.day:
                text = f"{dealing.text}: counts from {dealing.since} on"
                found.append(Condition("party", text, NOT_MET))
                continue
            upstream = chains(self.version, self.answers, rule, dealing, self.subject, self.day)
            for tie in upstream:
                text = f"{dealing.text}: {tie.sentence}"
                found.append(Condition("party", text, OPEN, tie.statements))
            if not upstream:
                text = (f"{dealing.text}: none found within {dealing.tiers} tiers of the relations "
                        "known here")  # fmt: skip
                found.append(Condition("party", text, NOT_MET))
        return found

    def _bound(self, rule: Rule) -> Condition:
        text = f"{self.name} is bound by it ({rule.binds})"
        if not rule.bound:
            return Condition("dealing", text, MET)
        if not self.countries:
            return Condition("dealing", f"{text}: its country is not known", OPEN)
        inside: Answer = MET if set(self.countries) & set(rule.bound) else NOT_MET
        where = ", ".join(c.upper() for c in self.countries)
        return Condition("dealing", f"{text}: it is of {where}", inside)

    def _deals(self, rule: Rule) -> list[Condition]:
        """Return what the company does with parties of the rule."""
        return [
            Condition("dealing", tie.sentence, tie.answer, tie.statements)
            for tie in ties(self.version, self.answers, rule, self.subject, self.day)
        ]

    def _sentence(
        self,
        rule: Rule,
        answer: Answer,
        as_party: Answer,
        as_actor: Answer,
        conditions: Sequence[Condition],
    ) -> str:
        what, status = ACTIVITIES[self.question.activity], rule.status(self.day)
        if answer == NOT_MET:
            wanted = either((as_party, as_actor))
            if wanted != NOT_MET:
                return (f"{rule.name}: says nothing on {dates.day_text(self.day)}, when it is "
                        f"{status.state}; its conditions: {wanted}.")  # fmt: skip
            return f"{rule.name}: does not reach {self.name}."
        role = as_party if either((as_party, as_actor)) == as_party else as_actor
        if role == as_party and as_party != NOT_MET:
            about = f"{what}: {rule.effect}"
        else:
            about = f"what {self.name} does: {rule.effect}"
        if answer == MET and not rule.names_only and self.answers.listings(self.subject, rule):
            return (f"{rule.name}: {self.name} is listed itself, so that what the rule extends to "
                    "owned companies binds directly.")  # fmt: skip
        if answer == MET:
            return f"{rule.name}, {about}."
        because = [c.text for c in conditions if c.answer == OPEN]
        return f"{rule.name}: cannot be determined ({'; '.join(because)}). If so, {about}."


def _sum(finding: dict[str, Any]) -> str:
    lines = [line for line in finding["rule"]["arithmetic"] if line["kind"] == "sum"]
    return str(lines[0]["text"]) if lines else ""
