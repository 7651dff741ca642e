"""nthtier itself, in numpy or (`compiled`) in numba: the public functions of its queries."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

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
from nthtier.queries.reach import reached
from nthtier.queries.rulebook import rulebook
from nthtier.queries.selection import Selection, Targets, listed_targets
from tables import Floats, Ints
from tasks import Paths, verdicts

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
        self.row = np.cumsum(self.plain) - 1
        self.targets = listed_targets(s)
        self.listed = np.flatnonzero(self.targets.is_target).astype(np.int64)
        terms = terms_of(rulebook()["us-ofac-50"], dates.span("2026-01-01")[0])
        assert terms is not None
        self.terms = terms

    def paths(self, source: int, hops: int) -> Paths:
        return self._all(source, self.targets, Selection(_ALL), hops)

    def _all(self, source: int, targets: Targets, selection: Selection, hops: int) -> Paths:
        found = [np.empty((0, hops), np.int64)]
        for _, relations, _, _ in search.path_columns(
            self.s, source, targets, selection, max_hops=hops, index=self.index, engine=self.engine
        ):
            block = np.full((len(relations), hops), -1, np.int64)
            block[:, : relations.shape[1]] = self._rows(relations)
            found.append(block)
        return np.concatenate(found)

    def _rows(self, relations: Any) -> Ints:
        return np.where(relations >= 0, self.row[relations], -1)

    def best(self, source: int, hops: int, most: int) -> Paths:
        found = search.best_paths(
            self.s, source, self.targets, Selection(_ALL), max_hops=hops, limit=most,
            seconds=600, index=self.index, engine=self.engine,
        )  # fmt: skip
        return [self.row[list(path.relations)].tolist() for path in found.paths]

    def screen(self, companies: Ints, hops: int) -> Ints:
        found = [np.empty((0, 3), np.int64)]
        for part in reached(
            self.s, companies.tolist(), self.targets, Selection(_ALL), max_hops=hops,
            index=self.index, engine=self.engine,
        ):  # fmt: skip
            asked = companies[part.company]
            other = asked != part.target
            found.append(np.column_stack((asked, part.target, part.fewest))[other])
        return np.concatenate(found)

    def filters(self, source: int, hops: int, types: tuple[str, ...], year: int) -> Paths:
        day = dates.span(f"{year}-07-01")[0]
        reads: dict[str, Read] = dict.fromkeys(types, "forward")
        return self._all(source, listed_targets(self.s, day=day), Selection(reads, day=day), hops)

    def cascade(self) -> Ints:
        found = reach(self.s, self.listed, self.listed[:0], self.terms, engine=self.engine)
        return verdicts(found.met, found.open)

    def effective(self) -> Floats:
        found = held_by(self.s, self.listed, self.terms.day, engine=self.engine)
        other = ~self.targets.is_target[found.entity] & (found.hi > 0)
        columns = np.column_stack((found.entity, found.lo / 100, found.hi / 100))
        return columns[other].astype(np.float64, copy=False)
