"""Possible matches that a graph keeps: a file beside it, and the relations they are.

``possible-matches.jsonl`` in the graph's folder holds one pair of records a line, as
``nthtier match --keep`` found them::

    {"a": "ofac:33113", "b": "vendors#88", "score": 0.91, "reasons": ["…"]}

They become `POSSIBLE_MATCH` relations of the source `SOURCE_ID`, of basis ``inferred``: nobody has
stated them. No lens follows them. A pair is no relation where both records are one entity, where a
person decided that they are not, or while one of them is gone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Final

from nthtier.graph import beside, decisions
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.ontology import POSSIBLE_MATCH

FILE: Final = "possible-matches.jsonl"
SOURCE_ID: Final = "possible-matches"
#: The sources that a version has from files beside it.
DERIVED: Final = frozenset({decisions.SOURCE_ID, SOURCE_ID})


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two records, by key, that may be one; how alike they are, and why."""

    a: str
    b: str
    score: float
    reasons: tuple[str, ...]


def read(path: Path) -> list[Proposal]:
    """Read the pairs of a file; none when it does not exist.

    Raises:
        InputError: a line is not such a pair; with its number and what is allowed.
        StoreError: the file cannot be read.
    """
    return [_proposal(line, data) for line, data in beside.read(path)]


def _proposal(at: beside.Line, data: bytes) -> Proposal:
    record = at.record(data)
    at.fields(record, [f.name for f in fields(Proposal)])
    a, b = at.text(record["a"], "a"), at.text(record["b"], "b")
    score = record["score"]
    if not a or not b or a == b:
        raise at.wrong("not two records", "b", b, "the keys of two records")
    if type(score) not in (int, float) or not 0 <= score <= 1:
        raise at.wrong("not a score", "score", score, "a number from 0 to 1")
    return Proposal(a, b, float(score), at.texts(record["reasons"], "reasons"))


def write(path: Path, proposals: Iterable[Proposal]) -> None:
    """Write the file in one step.

    Raises:
        StoreError: the folder cannot be written; the file is as it was.
    """
    beside.write(path, map(_line, proposals))


def _line(p: Proposal) -> str:
    return json.dumps(asdict(p), ensure_ascii=False)


def keys(proposals: Iterable[Proposal]) -> set[str]:
    """Return the keys of all records named."""
    return {key for p in proposals for key in (p.a, p.b)}


def source_of(proposals: Sequence[Proposal]) -> Source:
    """Return the source that pairs are of."""
    digest = sha256("\n".join(map(_line, proposals)).encode("utf-8")).hexdigest()
    return Source(
        SOURCE_ID, SOURCE_ID, "Possible matches", publisher="nthtier", file=FILE, format="matches",
        sha256=digest, records=len(proposals), note="found by nthtier match, stated by nobody",
    )  # fmt: skip


def statements_of(proposals: Iterable[Proposal], there: Collection[str]) -> list[Statement]:
    """Return the relations of the pairs of which both records are ``there``."""
    return [
        statement(
            p.a, POSSIBLE_MATCH, object=p.b, basis="inferred", source=SOURCE_ID,
            locator=f"score {p.score:g}", note="; ".join(p.reasons), props={"score": p.score},
        )
        for p in proposals
        if p.a in there and p.b in there
    ]  # fmt: skip


def without_loose(statements: Iterable[Statement]) -> list[Statement]:
    """Leave out derived statements of which a record is gone from the other statements."""
    every = list(statements)
    said = [s for s in every if s.source not in DERIVED]
    there = {s.subject for s in said} | {s.object for s in said}
    return said + [s for s in every if s.source in DERIVED and set(ends(s)) <= there]


def ends(s: Statement) -> tuple[str, str]:
    """Return the two records that a derived statement speaks of."""
    return s.subject, s.object or s.value
