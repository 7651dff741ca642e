"""A portfolio and what it reaches: every pair of company and target, with the fewest hops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nthtier.graph.version import Version
from nthtier.queries.answers import Reader
from nthtier.queries.fewest import fewest
from nthtier.queries.paths import Engine
from nthtier.queries.question import Asked, Question
from nthtier.queries.resolving import Wanted, resolve_many


@dataclass(slots=True)
class Pairs:
    """The pairs of a portfolio, made as they are asked for; afterwards ``stopped_by`` is known.

    Each is ``row``, ``given`` (as in the findings of a screening), ``subject``, ``target``,
    ``lists`` (of the target, at any time or on the day asked for) and ``hops``.
    """

    asked: Asked
    wanted: Sequence[Wanted]
    engine: Engine = "numpy"
    stopped_by: str | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        asked = self.asked
        rows = [r for r in resolve_many(asked.version, self.wanted) if r.entity is not None]
        companies = [r.entity for r in rows if r.entity is not None]
        reader, lists = Reader(asked.version), dict[int, list[str]]()
        days = {} if asked.day is None else {"since": asked.day, "until": asked.day}
        for block in fewest(asked.space(asked.day), companies, engine=self.engine,
                            seconds=asked.question.seconds):  # fmt: skip
            ends = block.target.tolist()
            reader.prefetch_entities({*companies, *ends})
            reader.prefetch_listings(set(ends) - lists.keys())
            for end in set(ends) - lists.keys():
                lists[end] = sorted({x["list"] for x in reader.listings(end, **days)})
            for at, end, hops in zip(
                block.company.tolist(), ends, block.hops.tolist(), strict=True
            ):
                wanted = rows[at].wanted
                yield {"row": wanted.row, "given": wanted.name or wanted.id,
                       "subject": reader.entity(companies[at]), "target": reader.entity(end),
                       "lists": lists[end], "hops": hops}  # fmt: skip
            self.stopped_by = block.stopped_by


def pairs(
    version: Version, question: Question, wanted: Sequence[Wanted], *, engine: Engine = "numpy"
) -> Pairs:
    """Return which targets each company of a portfolio reaches, in how few hops.

    Rows that name no entity have no pairs: a screening tells them. Numba takes half the time
    of numpy, which a few thousand companies do not repay.

    Raises:
        QuestionError: an unknown lens, type, or name in the question.
    """
    return Pairs(Asked(version, question), wanted, engine)
