"""Records that are wrong in themselves, left out of a load: counted, listed, and not too many."""

from __future__ import annotations

from collections import Counter
from typing import Final

from nthtier.graph.errors import InputError, shortened
from nthtier.loaders.reader import Audit, Options
from nthtier.loaders.reading import Input

#: Of each kind of mistake, how many places are named.
LISTED: Final = 5
#: More than this share of wrong records, and more than a handful, means another kind of file.
MOST: Final = 0.2


class Rejects:
    """Counts what is left out, and names the first places of each kind in the audit."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.count = 0
        self._seen: Counter[str] = Counter()

    def record(self, why: str, where: str, found: object = "") -> None:
        """Leave out a whole record."""
        self.count += 1
        self.value(f"left out: {why}", where, found)

    def value(self, why: str, where: str, found: object = "") -> None:
        """Leave out one value of a record that is kept without it."""
        self._seen[why] += 1
        if self._seen[why] > LISTED:
            self.audit.notes[f"{why} (further places)"] += 1
        else:
            what = f" '{shortened(str(found), 60)}'" if found not in ("", None) else ""
            self.audit.notes[f"{why}{what}, {where}"] += 1

    def check(self, records: int, document: Input, options: Options) -> None:
        """Refuse a file of which too many records are wrong.

        Raises:
            InputError: more than `MOST` of them; ``counts`` overrides it.
        """
        if self.count > max(LISTED, records * MOST) and "counts" not in options.allow:
            first = next((n for n in self.audit.notes if n.startswith("left out")), "")
            raise InputError(
                f"too many records are wrong, the first: {first} (--allow counts loads the rest)",
                file=document.name, field="record count", found=f"{self.count} of {records}",
                allowed=f"{MOST:.0%}",
            )  # fmt: skip
