"""A version seen as if some relations were there, or were not: a view in memory, never stored.

Whatever is supposed carries the basis ``hypothetical``, an id that begins with ``h-`` and the
source ``what-if`` wherever it is shown, so that nobody takes it for a fact. It counts as much as
if it were stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nthtier.graph import dates
from nthtier.graph.errors import StoreError
from nthtier.graph.lists import LISTS
from nthtier.graph.model import UNKNOWN, Source
from nthtier.graph.names import text_hash
from nthtier.graph.ontology import CODE
from nthtier.graph.patch import Row, patched, reaimed
from nthtier.graph.relations import Claim
from nthtier.graph.version import Version

HYPOTHETICAL: Final = "hypothetical"
WHAT_IF: Final = Source("what-if", "what-if", "What if: a supposition, no source says so")
if TYPE_CHECKING:
    import pyarrow as pa

#: Tables that hold nothing of what can be supposed; the others are read through `rows`.
_UNTOUCHED: Final = frozenset({"names", "identifiers", "sources"})


@dataclass(frozen=True, slots=True)
class Supposed:
    """One relation supposed. ``end`` may be a list's id that the graph does not have yet.

    Dates are partial dates; ``basis`` is the code it weighs by; ``said`` is what the person wrote.
    """

    start: int
    type: str
    end: int | str
    said: str
    since: str = ""
    until: str = ""
    lo: float = UNKNOWN
    hi: float = UNKNOWN
    amount: str = ""
    note: str = ""
    basis: int = 0


class Hypothetical(Version):
    """What ``base`` would be without the relations ``removed`` and with those ``added``."""

    def __init__(self, base: Version, removed: Sequence[int], added: Sequence[Supposed]) -> None:
        self.base, self.folder, self.manifest = base, base.folder, base.manifest
        self._checked = base._checked
        self.removed, self.added = tuple(sorted(set(removed))), tuple(added)
        wanted = dict.fromkeys(x.end for x in added if isinstance(x.end, str))
        new = {list_id: base.snapshot.entities + i for i, list_id in enumerate(wanted)}
        ends = [x.end if isinstance(x.end, int) else new[x.end] for x in added]
        ids = self._ids(list(new), ends)
        rows = [_row(x, end, ids[end]) for x, end in zip(added, ends, strict=True)]
        names = [[text_hash(f"id:{i}"), text_hash(LISTS[i].name.casefold())] for i in new]
        self.patch = patched(base.snapshot, self.removed, rows, names)
        self.__dict__["snapshot"] = self.patch.snapshot
        self.__dict__["sources"] = {**base.sources, WHAT_IF.id: WHAT_IF}
        self._made = self._tables(list(new), ends, ids)
        text = repr((self.removed, self.added))
        self.id = f"{base.id}+{sha256(text.encode('utf-8')).hexdigest()[:8]}"

    def _ids(self, lists: Sequence[str], ends: Sequence[int]) -> dict[int, str]:
        """Return the ids of all entities that suppositions speak of."""
        first = self.base.snapshot.entities
        known = sorted({e for e in (*ends, *(x.start for x in self.added)) if e < first})
        read = self.base.rows("entities", known, ["id"])
        ids = {e: str(r["id"]) for e, r in zip(known, read, strict=True)}
        return ids | {first + i: x for i, x in enumerate(lists)}

    def _tables(
        self, lists: Sequence[str], ends: Sequence[int], ids: dict[int, str]
    ) -> dict[str, list[dict[str, Any]]]:
        entities = [
            {"id": i, "name": LISTS[i].name, "type": "List", "countries": [], "keys": [i],
             "joined": []}
            for i in lists
        ]  # fmt: skip
        made: dict[str, list[dict[str, Any]]] = {
            "entities": entities, "relations": [], "listings": [], "statements": [],
        }  # fmt: skip
        for k, (x, end) in enumerate(zip(self.added, ends, strict=True)):
            made["relations"].append(_relation(x, ids[x.start], ids[end], end))
            made["listings"].append(_listing(x, ids[x.start], ids[end], made["relations"][k]["id"]))
            made["statements"].append(_statement(x, ids[x.start], ids[end], k))
        return made

    def rows(
        self, table: str, rows: Iterable[int], columns: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return rows of a table by number, supposed ones among them."""
        numbers = [self._old(table, int(n)) for n in rows]
        there = iter(self.base.rows(table, [n for n in numbers if n >= 0], columns))
        found = []
        for n in numbers:
            row = next(there) if n >= 0 else self._made[table][-1 - n]
            found.append({c: row[c] for c in columns} if columns and n < 0 else dict(row))
        return found

    def supposed_ids(self) -> list[str]:
        """Return the ids of the relations supposed, in their order."""
        return [r["id"] for r in self._made["relations"]]

    def _old(self, table: str, row: int) -> int:
        """Return the row of the base, or ``-1 - k`` for the ``k``-th supposed one."""
        if table == "relations":
            return int(self.patch.old_relation[row])
        if table == "listings":
            return int(self.patch.old_listing[row])
        size = {
            "statements": self.manifest["statements"],
            "entities": self.base.snapshot.entities,
        }.get(table, row + 1)
        return row if row < size else size - row - 1

    def evidence(self, relation: int) -> range:
        """Return the rows of the statements that back a relation."""
        old = int(self.patch.old_relation[relation])
        if old >= 0:
            return self.base.evidence(old)
        first = self.manifest["statements"] - 1 - old
        return range(first, first + 1)

    def table_path(self, table: str) -> Path:
        """Return the path of a table that no supposition touches.

        Raises:
            StoreError: the table would be another one.
        """
        if table not in _UNTOUCHED:
            raise StoreError(f"what is supposed is not stored: there is no table {table} of it")
        return self.base.table_path(table)

    def table(self, table: str, columns: Sequence[str]) -> pa.Table:
        """Return columns of all listings or relations, supposed ones in their places."""
        import pyarrow as pa

        stored = self.base.table(table, columns)
        more = [{c: row[c] for c in columns} for row in self._made[table]]
        whole = pa.concat_tables([stored, pa.Table.from_pylist(more, schema=stored.schema)])
        old = {"relations": self.patch.old_relation, "listings": self.patch.old_listing}[table]
        return whole.take(pa.array(np.where(old >= 0, old, stored.num_rows - 1 - old)))

    def reaim(self) -> None:
        """Order the index again, which makes a search of many companies quicker."""
        if not self.snapshot.aimed:
            self.__dict__["snapshot"] = reaimed(self.snapshot)
            self.patch = replace(self.patch, snapshot=self.snapshot)


def _row(x: Supposed, end: int, id_: str) -> Row:
    return Row(x.start, CODE[x.type], end, _first_day(x, id_), dates.end_day(x.until), x.lo, x.hi,
               x.basis)  # fmt: skip


def _first_day(x: Supposed, end: str) -> int:
    """Return from when it holds; no listing is older than its list."""
    if x.type == "LISTED_ON" and not x.since:
        return dates.start_day(LISTS[end].begins)
    return dates.start_day(x.since)


def _relation(x: Supposed, start: str, end: str, number: int) -> dict[str, Any]:
    same = Claim(x.type, start, end, x.since, x.until, x.lo, x.hi, x.amount, HYPOTHETICAL)
    unknown = x.lo != x.lo
    return {
        "id": f"h-{same.id[2:]}",
        "type": x.type,
        "from": start,
        "to": end,
        "src": x.start,
        "dst": number,
        "since": x.since,
        "until": x.until,
        "since_day": _first_day(x, end),
        "until_day": dates.end_day(x.until),
        "lo": None if unknown else x.lo,
        "hi": None if unknown else x.hi,
        "amount": x.amount,
        "basis": HYPOTHETICAL,
        "contested": False,
        "note": x.note,
        "statements": 1,
    }


def _listing(x: Supposed, start: str, end: str, relation: str) -> dict[str, Any]:
    return {
        "relation": relation, "row": 0, "entity": start, "list": end, "since": x.since,
        "until": x.until, "effective": "", "divest_by": "", "programmes": [], "citation": "",
        "license_requirement": "", "license_policy": "", "policy": "", "footnotes": [],
        "measures": [], "reasons": [], "regulation_url": "", "regulation_in_force": "",
    }  # fmt: skip


def _statement(x: Supposed, start: str, end: str, number: int) -> dict[str, Any]:
    return {
        "id": f"what-if-{number + 1}", "subject": start, "predicate": x.type, "object": end,
        "value": "", "raw": "", "lang": "", "since": x.since, "until": x.until,
        "lo": None if x.lo != x.lo else x.lo, "hi": None if x.hi != x.hi else x.hi,
        "basis": HYPOTHETICAL, "source": WHAT_IF.id, "locator": x.said, "note": x.note,
        "props": "",
    }  # fmt: skip
