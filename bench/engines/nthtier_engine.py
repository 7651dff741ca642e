"""nthtier itself, in numpy or (`compiled`) in numba: the public functions of its queries."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import numpy as np

from generate import TYPES
from nthtier.graph import dates
from nthtier.graph.ontology import CODE, Read
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.queries import paths as search
from nthtier.queries.capture import terms_of
from nthtier.queries.cascade import reach
from nthtier.queries.effective import held_by
from nthtier.queries.fewest import fewest, rings_around
from nthtier.queries.rulebook import rulebook
from nthtier.queries.selection import Selection, Targets, listed_targets
from nthtier.queries.space import Space, space
from tables import Floats, Ints
from tasks import BEST_HOPS, HOPS, Paths, verdicts

_ALL: Final[dict[str, Read]] = dict.fromkeys(TYPES, "forward")


class Engine:
    """See `tasks.Engine`."""

    engine: search.Engine = "numpy"

    def load(self, tables: Path, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        names = ("entities", "relations", "listings")
        load(Store(folder), [tables / f"{name}.parquet" for name in names])
        self.reopen(tables, folder)

    def reopen(self, tables: Path, folder: Path) -> None:
        s = self.s = Store(folder).open().snapshot
        self.index = s.index
        # Relations to lists are none of the tables' rows; the others keep their order.
        self.plain = np.isin(s.type, [CODE[t] for t in TYPES])
        self.row = np.append(np.cumsum(self.plain) - 1, -1).astype(np.int32)  # -1 stays -1
        self.targets = listed_targets(s)
        self.spaces = {hops: self._space(self.targets, Selection(_ALL), hops)
                       for hops in (HOPS, BEST_HOPS)}  # fmt: skip
        self.rings = rings_around(self.spaces[HOPS], engine=self.engine)
        self.listed = np.flatnonzero(self.targets.is_target).astype(np.int64)
        terms = terms_of(rulebook()["us-ofac-50"], dates.span("2026-01-01")[0])
        assert terms is not None
        self.terms = terms

    def _space(self, targets: Targets, selection: Selection, hops: int) -> Space:
        return space(self.s, targets, selection, max_hops=hops, index=self.index)

    def paths(self, source: int, hops: int) -> Paths:
        return self._all(source, self.spaces[hops])

    def _all(self, source: int, sp: Space) -> Paths:
        parts = [self.row.take(relations, mode="wrap") for _, relations, _, _
                 in search.path_columns(sp, source, engine=self.engine)]  # fmt: skip
        if len(parts) == 1:
            return parts[0]
        found = np.full((sum(map(len, parts)), sp.max_hops), -1, np.int32)
        first = 0
        for rows in parts:
            found[first : first + len(rows), : rows.shape[1]] = rows
            first += len(rows)
        return found

    def best(self, source: int, hops: int, most: int) -> Paths:
        found = search.best_paths(self.spaces[hops], source, limit=most, seconds=600,
                                  engine=self.engine)  # fmt: skip
        return [self.row[list(path.relations)].tolist() for path in found.paths]

    def screen(self, companies: Ints, hops: int) -> Ints:
        parts = fewest(self.spaces[hops], companies.tolist(), rings=self.rings, engine=self.engine)
        return np.concatenate(
            [np.column_stack((companies[p.company], p.target, p.hops)) for p in parts]
        )

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        day = dates.span(f"{year}-07-01")[0]
        reads: dict[str, Read] = dict.fromkeys(types, "forward")
        sp = self._space(listed_targets(self.s, day=day), Selection(reads, day=day), hops)
        return self._all(source, sp)

    def cascade(self) -> Ints:
        found = reach(self.s, self.listed, self.listed[:0], self.terms)
        return verdicts(found.met, found.open)

    def effective(self) -> Floats:
        found = held_by(self.s, self.listed, self.terms.day)
        other = ~self.targets.is_target[found.entity] & (found.hi > 0)
        columns = np.column_stack((found.entity, found.lo / 100, found.hi / 100))
        return columns[other].astype(np.float64, copy=False)
