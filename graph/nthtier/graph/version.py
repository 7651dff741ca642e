"""A version opened for reading: checked files, entities, relations with their evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph import snapshot, tables
from nthtier.graph.errors import REMEDY, DamagedError
from nthtier.graph.model import UNKNOWN, Source, Statement
from nthtier.graph.names import text_hash
from nthtier.graph.snapshot import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa
    from networkx import MultiDiGraph

#: Files up to this size are compared with their digest when first used; `damages` checks all.
CHECKED_AT_OPENING: Final = 32 << 20
_NODE: Final = ("name", "type", "countries")
_EDGE: Final = ("type", "since", "until", "lo", "hi", "amount", "basis", "contested", "note")


class Version:
    """One immutable version. Opening reads the manifest only; the rest comes when asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = _read_manifest(folder)
        self.id: str = self.manifest["id"]
        if self.id != folder.name and not folder.name.startswith("new-"):
            raise DamagedError(f"the manifest in {folder.name} is that of {self.id}")
        self._checked: set[str] = set()

    def summary(self) -> dict[str, Any]:
        """Return the manifest without the digests."""
        return {k: v for k, v in self.manifest.items() if k != "files"}

    def damages(self) -> list[str]:
        """Compare every file with its digest; returns the names of those that differ."""
        found = []
        for name in self.manifest["files"]:
            try:
                self._check(name, any_size=True)
            except DamagedError:
                found.append(name)
        return found

    def _check(self, name: str, *, any_size: bool = False) -> None:
        if name in self._checked:
            return
        expected = self.manifest["files"].get(name)
        if expected is None:
            raise DamagedError(f"{name} is not a file of version {self.id}")
        path = self.folder / name
        try:
            same = path.stat().st_size == expected["bytes"]
            if same and (any_size or expected["bytes"] <= CHECKED_AT_OPENING):
                with path.open("rb") as file:
                    digest = sha256()
                    while chunk := file.read(1 << 20):
                        digest.update(chunk)
                same = digest.hexdigest() == expected["sha256"]
        except OSError as error:
            raise DamagedError(
                f"{name} of version {self.id}: {error.strerror}; {REMEDY}"
            ) from error
        if not same:
            raise DamagedError(
                f"{name} of version {self.id} is not what was written (its digest differs); "
                f"{REMEDY}"
            )
        self._checked.add(name)

    def table_path(self, table: str) -> Path:
        """Return the path of a table, its digest checked."""
        self._check(f"{table}.parquet")
        return self.folder / f"{table}.parquet"

    @cached_property
    def snapshot(self) -> Snapshot:
        """The arrays, memory-mapped."""
        for name in self.manifest["files"]:
            if name.startswith("snapshot/"):
                self._check(name)
        return snapshot.load(self.folder / "snapshot")

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The sources by id."""
        rows = tables.read_table(self.table_path("sources")).to_pylist()
        found: dict[str, Source] = {}
        for row in rows:
            row.update(covers=tuple(row["covers"]), allowed=tuple(row["allowed"]))
            found[row["id"]] = Source(**row)
        return found

    def rows(
        self, table: str, rows: Iterable[int], columns: Sequence[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return rows of a table by number, in the order asked."""
        numbers = np.fromiter(rows, np.int64)
        return tables.read_rows(self.table_path(table), numbers, columns)

    def table(self, table: str, columns: Sequence[str]) -> pa.Table:
        """Return some columns of a whole table."""
        return tables.read_table(self.table_path(table), columns)

    @cached_property
    def names(self) -> pa.Table:
        """All names as they are compared: ``ordinal``, ``name``, ``normal``, ``kind``."""
        columns = ["ordinal", "name", "normal", "kind"]
        return tables.read_table(self.table_path("names"), columns)

    def statements(self) -> list[Statement]:
        """Return every statement (for building the next version)."""
        data = tables.read_table(self.table_path("statements"))
        columns = [data.column(name).to_pylist() for name in Statement._fields]
        lo = Statement._fields.index("lo")
        for i in (lo, lo + 1):
            columns[i] = [UNKNOWN if v is None else v for v in columns[i]]
        return [Statement(*row) for row in zip(*columns, strict=True)]

    def statement_batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the statements table in pieces."""
        yield from tables.read_batches(self.table_path("statements"))

    def evidence(self, relation: int) -> range:
        """Return the rows of the statements table that back a relation."""
        s = self.snapshot
        return range(int(s.evidence[relation]), int(s.evidence[relation + 1]))

    def described(self, entity: int) -> range:
        """Return the rows of the statements table that describe an entity."""
        s = self.snapshot
        return range(int(s.described[entity]), int(s.described[entity + 1]))

    def by_text(self, *texts: str) -> list[int]:
        """Return the entities indexed under any of the texts (see `names.text_hash`)."""
        s = self.snapshot
        found: set[int] = set()
        for text in texts:
            wanted = np.uint64(text_hash(text))
            lo = int(np.searchsorted(s.name_hash, wanted, "left"))
            hi = int(np.searchsorted(s.name_hash, wanted, "right"))
            found.update(s.name_entity[lo:hi].tolist())
        return sorted(found)

    def to_networkx(self) -> MultiDiGraph[str]:
        """Return the teaching view, for small graphs, notebooks and tests.

        Every entity is a node (its id) with ``name``, ``type`` and ``countries``, every relation
        an edge (key: its id) with what the relations table says, an absent value as None.
        Parallel relations stay apart.
        """
        import networkx

        graph: MultiDiGraph[str] = networkx.MultiDiGraph(version=self.id)
        for row in self.table("entities", ["id", *_NODE]).to_pylist():
            graph.add_node(row.pop("id"), **row)
        for row in self.table("relations", ["id", "from", "to", *_EDGE]).to_pylist():
            said: dict[str, Any] = {k: row[k] if row[k] != "" else None for k in _EDGE}
            graph.add_edge(row["from"], row["to"], key=row["id"], **said)
        return graph

    def listed(self) -> npt.NDArray[np.int32]:
        """Return the entities that are or were on a list."""
        return np.flatnonzero(np.diff(self.snapshot.listing_ptr)).astype(np.int32)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        text, _, digest = path.read_text("utf-8").rstrip("\n").rpartition("\n")
        if sha256(text.encode("utf-8")).hexdigest() != digest:
            raise DamagedError(f"manifest.json of {folder.name} is not what was written; {REMEDY}")
        manifest: dict[str, Any] = json.loads(text)
    except (OSError, ValueError) as error:
        raise DamagedError(
            f"manifest.json of {folder.name} cannot be read ({error}); {REMEDY}"
        ) from error
    return manifest
