"""Possible matches with what a person decided about them: the object behind ``nthtier match``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version as software_version
from typing import Any, Final

from nthtier.graph import decisions
from nthtier.graph.decisions import Decision, Entry, Side
from nthtier.graph.errors import QuestionError
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.model import STRONG_SCHEMES
from nthtier.graph.ontology import POSSIBLE_MATCH
from nthtier.graph.proposals import Proposal
from nthtier.graph.version import Version
from nthtier.queries.answers import Reader
from nthtier.queries.candidates import LEAST, Candidate, candidates
from nthtier.queries.classes import FORMAT
from nthtier.queries.lookup import resolve

#: Characters of a reason that are kept: a name in it can be of any length.
_LONGEST: Final = 400


class Matching:
    """The possible matches of a version, and the decisions that count."""

    def __init__(self, version: Version, entries: Iterable[Entry]) -> None:
        self.version, self.reader = version, Reader(version)
        self.decided = decisions.effective(entries)
        self._verdicts: dict[frozenset[int], Decision] = {}
        for d in self.decided:
            a, b = self.entity(d.a), self.entity(d.b)
            if a is not None and b is not None:
                self._verdicts[frozenset((a, b))] = d

    def entity(self, side: Side) -> int | None:
        """Return the entity that a side names here, where its key or a number tells."""
        for text in (f"id:{side.key}", *side.identifiers):
            found = self.version.by_text(text)
            if len(found) == 1:
                return found[0]
        return None

    def verdict(self, c: Candidate) -> Decision | None:
        """Return what was decided of a candidate."""
        return self._verdicts.get(frozenset((c.a, c.b)))

    def open(
        self, least: float = LEAST, progress: Callable[[float], None] | None = None
    ) -> list[Candidate]:
        """Return the candidates that no decision has joined or taken apart, likeliest first."""
        found = candidates(self.version, least, progress)
        return [c for c in found if (d := self.verdict(c)) is None or d.verdict == "unsure"]

    def proposals(self, found: Iterable[Candidate]) -> list[Proposal]:
        """Return candidates as a graph keeps them: by the most lasting keys of their records."""
        every = list(found)
        wanted = sorted({e for c in every for e in (c.a, c.b)})
        rows = self.version.rows("entities", wanted, ["keys"])
        key = {e: decisions.lasting(r["keys"]) for e, r in zip(wanted, rows, strict=True)}
        return [
            Proposal(key[c.a], key[c.b], c.score, tuple(r[:_LONGEST] for r in c.reasons))
            for c in every
        ]

    def state(self, d: Decision) -> str:
        """Say whether a decision is in effect in this version, and why it is not."""
        a, b = self.entity(d.a), self.entity(d.b)
        if a is None or b is None:
            missing = d.a if a is None else d.b
            return f"not applied: {missing.name} [{missing.key}] is not found by key or number"
        if d.verdict == "same":
            return "applied" if a == b else "not applied: see the decisions against it, or rebuild"
        if d.verdict == "different":
            if a != b:
                return "applied"
            return "not applied: joined by " + ("; ".join(self.joined(a)) or "an equal key")
        return "open" if a != b else "not applied: both are one entity"

    def joined(self, entity: int) -> list[str]:
        """Return why the records of an entity are one."""
        return list(self.version.rows("entities", [entity], ["joined"])[0]["joined"])

    def result(self, found: Sequence[Candidate], least: float) -> dict[str, Any]:
        """Return everything as JSON."""
        self.reader.prefetch_entities(e for c in found for e in (c.a, c.b))
        self.reader.prefetch_listings(e for c in found for e in (c.a, c.b))
        return {
            "format": FORMAT,
            "nthtier": software_version("nthtier"),
            "version": self.version.id,
            "query": {"command": "match", "least": least},
            "candidates": [self._candidate(c) for c in found],
            "decisions": [{**asdict(d), "state": self.state(d)} for d in self.decided],
        }

    def _candidate(self, c: Candidate) -> dict[str, Any]:
        decision = self.verdict(c)
        return {
            "type": POSSIBLE_MATCH,
            "a": self._shown(c.a),
            "b": self._shown(c.b),
            "score": c.score,
            "reasons": list(c.reasons),
            "decision": None if decision is None else asdict(decision),
        }

    def _shown(self, entity: int) -> dict[str, Any]:
        lists = sorted({x["list"] for x in self.reader.listings(entity)})
        return {**self.reader.entity(entity), "lists": lists}

    def side(self, entity: int, key: str = "") -> Side:
        """Return the side that names an entity, or one record of it."""
        columns = ["id", "name", "countries", "keys"]
        row = self.version.rows("entities", [entity], columns)[0]
        numbers = []
        for s in self.version.rows("statements", self.version.described(entity),
                                   ["subject", "predicate", "value"]):  # fmt: skip
            scheme = s["predicate"].removeprefix("id:")
            strong = s["predicate"].startswith("id:") and scheme in STRONG_SCHEMES
            if strong and (not key or s["subject"] == key):
                numbers.append(f"{scheme}:{s['value']}")
        keys = [key] if key else row["keys"]
        return decisions.side_of(keys, row["name"], row["countries"], sorted(set(numbers)))

    def sides(self, verdict: str, a: str, b: str, *, by_id: bool = False) -> tuple[Side, Side]:
        """Return the sides of a decision on two entities, given by name, id or a record's key.

        Raises:
            QuestionError: nothing or several have that name; both are one record; a list; or two
                records of one entity that are not told apart by their keys.
        """
        texts = (a.strip(), b.strip())
        entities = [resolve(self.version, text, by_id=by_id) for text in texts]
        keys = []
        for entity, text in zip(entities, texts, strict=True):
            row = self.version.rows("entities", [entity], ["id", "keys"])[0]
            if row["id"] in LISTS or row["id"] in REGULATORS:
                raise QuestionError(f"{row['id']} is a list or a regulator: nothing is to decide")
            given = [k for k in row["keys"] if k.casefold() == text.casefold()]
            keys.append(given[0] if given and len(row["keys"]) > 1 else "")
        if entities[0] == entities[1] and not (keys[0] and keys[1] and keys[0] != keys[1]):
            raise self._one_entity(entities[0], verdict)
        return self.side(entities[0], keys[0]), self.side(entities[1], keys[1])

    def _one_entity(self, entity: int, verdict: str) -> QuestionError:
        row = self.version.rows("entities", [entity], ["id", "name", "keys", "joined"])[0]
        why = f" ({'; '.join(row['joined'])})" if row["joined"] else ""
        told = f"both are {row['name']} [{row['id']}] already{why}"
        if verdict == "different" and len(row["keys"]) > 1:
            told += "; to tell two of its records apart, name them by their keys"
            return QuestionError(told, tuple((k, "one of its records") for k in row["keys"]))
        return QuestionError(told)
