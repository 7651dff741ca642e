"""The teaching view: a version as a NetworkX graph. For small graphs, notebooks and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nthtier.graph import tables

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from nthtier.graph.version import Version

_EDGE = ("type", "since", "until", "lo", "hi", "amount", "basis", "contested", "note")


def to_networkx(version: Version) -> MultiDiGraph[str]:
    """Return every entity as a node (its id) and every relation as an edge (key: its id).

    Nodes carry ``name``, ``type`` and ``countries``; edges what the relations table says, an
    absent value as None. Parallel relations stay apart.
    """
    import networkx

    graph: MultiDiGraph[str] = networkx.MultiDiGraph(version=version.id)
    for row in tables.read_table(version.table_path("entities")).to_pylist():
        graph.add_node(row["id"], name=row["name"], type=row["type"], countries=row["countries"])
    for row in tables.read_table(version.table_path("relations")).to_pylist():
        said: dict[str, Any] = {k: row[k] if row[k] != "" else None for k in _EDGE}
        graph.add_edge(row["from"], row["to"], key=row["id"], **said)
    return graph
