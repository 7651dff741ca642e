"""What a graph folder holds, as ``info`` says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nthtier.graph import tables
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.queries.answers import Reader


def information(folder: Path, version: Version) -> dict[str, Any]:
    """Return the version, counts, counts by type, sources, and the folder's history."""
    kinds = {}
    for name, column in (("entities", "type"), ("relations", "type"), ("listings", "list")):
        found = tables.read_table(version.table_path(name), [column]).column(column)
        counts = {c["values"]: c["counts"] for c in found.value_counts().to_pylist()}
        kinds[name] = dict(sorted(counts.items(), key=lambda x: (-x[1], x[0])))
    manifest = version.summary()
    counts = {k: manifest[k] for k in ("entities", "relations", "listings", "statements")}
    return {"version": version.id, "counts": counts, "by_type": kinds,
            "sources": Reader(version).sources(), "history": Store(folder).history()}  # fmt: skip
