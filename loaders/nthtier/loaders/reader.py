"""What every format module gives: a `Reading` with statements, counts and an audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nthtier.graph.columns import Bulk
from nthtier.graph.errors import InputError
from nthtier.graph.model import Batch, Statement
from nthtier.graph.pile import Pile
from nthtier.loaders.reading import Input

#: What ``load --allow`` may override, and what each means.
ALLOWANCES: Final[dict[str, str]] = {
    "counts": "a list with fewer or more records than it may have",
    "columns": "columns that are missing, new or in another order",
    "fill": "a column that is emptier than it ever was",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How to read: the date at which the edition was known, and the gates overridden."""

    known: str = ""
    allow: frozenset[str] = frozenset()
    mapping: Input | None = None


@dataclass(slots=True)
class Audit:
    """What was not understood: counts of unused fields and of unknown values.

    ``unused["vessel_owner"] = 7`` means that seven records had something there that became no
    statement.
    """

    unused: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    def rest(self, record: Mapping[str, str]) -> None:
        """Count the fields of a record that are left after the used ones were popped."""
        for name, value in record.items():
            if value:
                self.unused[name] += 1


@dataclass(slots=True)
class Reading:
    """One source as read: its batch, the records per list, and the audit.

    A source of millions of relations is ``bulk``: columns, of which the batch has the listings.
    Of a source of very many statements the first are in ``pile``, the last in the batch.
    """

    batch: Batch
    counts: Counter[str] = field(default_factory=Counter)
    audit: Audit = field(default_factory=Audit)
    bulk: Bulk | None = None
    pile: Pile | None = None
    handed_on: int = 0

    @property
    def statements(self) -> int:
        """The number of statements read."""
        found = self.handed_on + len(self.batch.statements)
        found += len(self.pile) if self.pile is not None else 0
        return found + (self.bulk.statements if self.bulk else 0)

    def hand_on(self) -> tuple[list[Statement], Pile | None]:
        """Return the statements and keep only their number."""
        found = self.batch.statements, self.pile
        self.handed_on = self.statements
        self.batch, self.pile = Batch(self.batch.source, []), None
        return found


@dataclass(frozen=True, slots=True)
class Format:
    """One format. ``takes`` says how sure it is of some documents, by their content.

    ``takes(inputs)`` returns the documents of the list that belong to this format; ``read``
    turns them into readings.
    """

    name: str
    title: str
    takes: Callable[[Sequence[Input]], list[Input]]
    read: Callable[[Sequence[Input], Options], list[Reading]]


def check_counts(
    counts: Mapping[str, int],
    ranges: Mapping[str, tuple[int, int]],
    document: Input,
    allow: frozenset[str],
) -> bool:
    """Hold the records of each list against the least and most it may have.

    Returns whether all are within; with ``counts`` allowed a breach is returned, not raised.

    Raises:
        InputError: a list is out of range.
    """
    for list_id, (least, most) in ranges.items():
        found = counts.get(list_id, 0)
        if not least <= found <= most:
            if "counts" in allow:
                return False
            raise InputError(
                f"{list_id} has an unlikely number of records; the file may be cut short "
                "(--allow counts loads it all the same)",
                file=document.name, field="record count", found=found,
                allowed=f"{least} to {most}",
            )  # fmt: skip
    return True


def check_fill(
    filled: Mapping[str, int],
    records: int,
    least: Mapping[str, float],
    document: Input,
    allow: frozenset[str],
) -> None:
    """Hold the share of non-empty fields of each column against the least it may be.

    Raises:
        InputError: a column is emptier than that.
    """
    if "fill" in allow or "counts" in allow or not records:
        return
    for column, share in least.items():
        found = filled.get(column, 0) / records
        if found < share:
            raise InputError(
                "the column is emptier than it may be (--allow fill loads it all the same)",
                file=document.name, field=column, found=f"{found:.1%} filled",
                allowed=f"at least {share:.0%}",
            )  # fmt: skip
