"""What a company does with the parties of a rule: direct ties, and chains of supply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nthtier.graph.index import I64
from nthtier.graph.ontology import BASIS_CODE, BY_NAME, RELATION_TYPES
from nthtier.graph.version import Version
from nthtier.queries import sentences
from nthtier.queries.capture import own_disputed
from nthtier.queries.captured import Answers
from nthtier.queries.ruledata import MET, OPEN, Answer, Dealing, Rule
from nthtier.queries.selection import ranges
from nthtier.queries.stakes import DISPUTED, INFERRED, gather_stakes, type_table

#: So many chains are shown, the shortest first.
MOST: int = 5
_STATED = BASIS_CODE["stated"]


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie to a party of a rule; ``answer`` is open where it, or the party, is not certain."""

    other: int
    answer: Answer
    sentence: str
    statements: tuple[str, ...]


def ties(
    version: Version, answers: Answers, rule: Rule, subject: int, day: int, *, any_: bool = False
) -> list[Tie]:
    """Return the direct ties to parties of a rule that the rule speaks of, or (``any_``) all."""
    s = version.snapshot
    sure, maybe = answers.parties(rule)
    both = np.union1d(sure, maybe)
    if not len(both):
        return []
    reads = {d.type: d.read for d in rule.dealings if d.tiers == 1}
    if any_:
        reads = {t.name: "both" for t in RELATION_TYPES if "any" in t.lenses}
    first, last = int(s.out_ptr[subject]), int(s.out_ptr[subject + 1])
    out = np.arange(first, last)
    arriving = s.in_rel[int(s.in_ptr[subject]) : int(s.in_ptr[subject + 1])].astype(np.int64)
    out = out[type_table(t for t, r in reads.items() if r != "backward")[s.type[out]]]
    arriving = arriving[type_table(t for t, r in reads.items() if r != "forward")[s.type[arriving]]]
    rows = np.concatenate((out, arriving))
    other = np.concatenate((s.dst[out], s.src[arriving])).astype(np.int64)
    kept = (
        (s.since[rows] <= day) & (s.until[rows] >= day) & np.isin(other, both) & (other != subject)
    )
    grouped: dict[int, list[int]] = {}
    for row, party in zip(rows[kept].tolist(), other[kept].tolist(), strict=True):
        grouped.setdefault(party, []).append(row)
    found = []
    for party, claims in sorted(grouped.items()):
        certain = bool(np.isin(party, sure)) and _certain(version, party, claims, day)
        found.append(_tie(answers, rule, subject, party, claims, MET if certain else OPEN))
    return found


def _certain(version: Version, party: int, rows: list[int], day: int) -> bool:
    """Tell whether a tie stands for certain on the day: stated, and nobody says that it ended."""
    s = version.snapshot
    types = np.array(rows)[[RELATION_TYPES[int(s.type[r])].stake for r in rows]]
    if any(int(s.basis[r]) == _STATED for r in rows):
        return True
    for owner, owned in {(int(s.src[r]), int(s.dst[r])) for r in types.tolist()}:
        part = gather_stakes(s, np.array([owned], np.int64), ("OWNS", "INVESTED_IN"), day,
                             own_disputed(version))  # fmt: skip
        flags = part.flags[part.owner == owner]
        if len(flags) and not int(flags[0]) & (DISPUTED | INFERRED):
            return True
    return False


def _tie(
    answers: Answers, rule: Rule, subject: int, party: int, rows: list[int], answer: Answer
) -> Tie:
    reader, s = answers.reader, answers.version.snapshot
    reader.prefetch(rows)
    best = min(rows, key=lambda r: (int(s.basis[r]), -int(s.since[r])))
    read = "forward" if int(s.src[best]) == subject else "backward"
    listings = answers.listings(party, rule)
    name = reader.entity(subject)["name"]
    text = sentences.path_sentence(name, [reader.hop(best, read)], listings).rstrip(".")
    said = tuple(e["statement"] for r in rows for e in reader.evidence(r))
    return Tie(party, answer, text, said)


def chains(
    version: Version, answers: Answers, rule: Rule, dealing: Dealing, subject: int, day: int
) -> list[Tie]:
    """Return the shortest chains of one relation type to parties of a rule, at any tier."""
    s = version.snapshot
    goals = np.union1d(*answers.parties(rule))
    table = type_table((dealing.type,))
    both = BY_NAME[dealing.type].forward == BY_NAME[dealing.type].backward
    down = dealing.read == "forward"
    came = np.full(s.entities, -1, np.int64)
    seen = np.zeros(s.entities, bool)
    seen[subject] = True
    frontier, found = np.array([subject], np.int64), []
    for _ in range(dealing.tiers):
        rows, ends = _step(version, frontier, table, day, down=down)
        if both or dealing.read == "both":
            more, others = _step(version, frontier, table, day, down=not down)
            rows, ends = np.concatenate((rows, more)), np.concatenate((ends, others))
        fresh = ~seen[ends]
        rows, ends = rows[fresh], ends[fresh]
        frontier, first = np.unique(ends, return_index=True)
        if not len(frontier):
            break
        seen[frontier] = True
        came[frontier] = rows[first]
        found += frontier[np.isin(frontier, goals)].tolist()
        if len(found) >= MOST:
            break
    return [_chain(answers, rule, subject, party, came) for party in found[:MOST]]


def _step(
    version: Version, frontier: I64, table: np.ndarray, day: int, *, down: bool
) -> tuple[I64, I64]:
    s = version.snapshot
    ptr = s.out_ptr if down else s.in_ptr
    rows = ranges(ptr[frontier], ptr[frontier + 1] - ptr[frontier])
    rows = rows if down else s.in_rel[rows].astype(np.int64)
    rows = rows[table[s.type[rows]] & (s.since[rows] <= day) & (s.until[rows] >= day)]
    return rows, (s.dst[rows] if down else s.src[rows]).astype(np.int64)


def _chain(answers: Answers, rule: Rule, subject: int, party: int, came: I64) -> Tie:
    reader, s = answers.reader, answers.version.snapshot
    rows, at = [], party
    while at != subject:
        row = int(came[at])
        rows.append(row)
        at = int(s.src[row]) if int(s.dst[row]) == at else int(s.dst[row])
    rows.reverse()
    reader.prefetch(rows)
    hops, at = [], subject
    for row in rows:
        forward = int(s.src[row]) == at
        hops.append(reader.hop(row, "forward" if forward else "backward"))
        at = int(s.dst[row] if forward else s.src[row])
    name = reader.entity(subject)["name"]
    text = sentences.path_sentence(name, hops, answers.listings(party, rule)).rstrip(".")
    return Tie(party, OPEN, text, tuple(e["statement"] for r in rows for e in reader.evidence(r)))
