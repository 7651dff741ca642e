"""The property-graph model, the same for Ladybug and Neo4j; docs/cypher-model.md draws it.

Nodes are entities (companies, persons, lists, regulators …), sources, and one `Graph` that names
the version. Relations are relationships of their own type between entities. Each statement is a
relationship ``SAID_IN`` from the entity it speaks of to its source, so that evidence is one hop
away; ``relation`` on it is the id of the relation it backs.

What is empty in a table is absent here (null).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nthtier.graph import tables
from nthtier.graph.ontology import CODE, RELATION_TYPES
from nthtier.graph.version import Version

if TYPE_CHECKING:
    import pyarrow as pa

#: Raised whenever the same version would give another property graph.
MODEL: Final = 2
ENTITY: Final = "Entity"
SOURCE: Final = "Source"
GRAPH: Final = "Graph"
SAID_IN: Final = "SAID_IN"
LISTED_ON: Final = "LISTED_ON"

TEXT, WHOLE, REAL, FLAG, TEXTS = "STRING", "INT64", "DOUBLE", "BOOL", "STRING[]"

NODES: Final[dict[str, dict[str, str]]] = {
    ENTITY: {"id": TEXT, "name": TEXT, "type": TEXT, "countries": TEXTS, "names": TEXTS,
             "identifiers": TEXTS, "listed": FLAG},
    SOURCE: dict.fromkeys(
        ("id", "dataset", "title", "publisher", "date", "url", "retrieved", "licence", "sha256",
         "file", "format", "note"), TEXT,
    ) | {"records": WHOLE, "covers": TEXTS, "allowed": TEXTS},
    GRAPH: {"id": TEXT, "version": TEXT, "model": WHOLE, "nthtier": TEXT, "entities": WHOLE,
            "relations": WHOLE, "statements": WHOLE},
}  # fmt: skip
_RELATION: Final = {
    "id": TEXT, "since": TEXT, "until": TEXT, "since_day": WHOLE, "until_day": WHOLE, "lo": REAL,
    "hi": REAL, "amount": TEXT, "basis": TEXT, "contested": FLAG, "note": TEXT, "cost": WHOLE,
    "rank": TEXT,
}  # fmt: skip
_LISTING: Final = {
    "programmes": TEXTS, "citation": TEXT, "license_requirement": TEXT, "license_policy": TEXT,
    "policy": TEXT, "footnotes": TEXTS,
}  # fmt: skip
_SAID: Final = {
    "id": TEXT, "relation": TEXT, "subject": TEXT, "predicate": TEXT, "value": TEXT, "raw": TEXT,
    "lang": TEXT, "since": TEXT, "until": TEXT, "lo": REAL, "hi": REAL, "basis": TEXT,
    "locator": TEXT, "note": TEXT, "props": TEXT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """One relationship type: the labels at its ends and its properties with their kinds."""

    type: str
    start: str
    end: str
    properties: dict[str, str]


LINKS: Final[dict[str, Link]] = {
    t.cypher: Link(
        t.cypher, ENTITY, ENTITY, _RELATION | (_LISTING if t.cypher == LISTED_ON else {})
    )
    for t in RELATION_TYPES
} | {SAID_IN: Link(SAID_IN, ENTITY, SOURCE, _SAID)}
#: In `Link` tables the ends stand in these columns, before the properties.
ENDS: Final = ("start", "end")


def graph_row(version: Version) -> dict[str, Any]:
    """Return the properties of the node that names the version."""
    manifest = version.manifest
    return {
        "id": "nthtier",
        "version": version.id,
        "model": MODEL,
        "nthtier": manifest["nthtier"],
        "entities": manifest["entities"],
        "relations": manifest["relations"],
        "statements": manifest["statements"],
    }


def nodes(version: Version) -> Iterator[tuple[str, pa.Table]]:
    """Yield each node label but `Graph` with its rows, ordered by id."""
    yield ENTITY, _entities(version)
    read = tables.read_table(version.table_path("sources"), list(NODES[SOURCE]))
    yield SOURCE, _table({name: _absent(read.column(name)) for name in NODES[SOURCE]})


def links(version: Version) -> Iterator[tuple[Link, pa.Table]]:
    """Yield each relationship type that occurs, with its rows: start, end, properties."""
    import pyarrow as pa
    import pyarrow.compute as pc

    read = tables.read_table(version.table_path("relations"))
    columns = {name: read.column(name) for name in read.column_names if name not in ENDS}
    columns |= {"start": columns["from"], "end": columns["to"]}
    columns["cost"] = pa.chunked_array([pa.array(version.snapshot.cost.astype(np.int64))])
    columns["rank"] = _rank(columns, version)
    every = pa.table(columns)
    kinds = np.asarray(version.snapshot.type)
    for link in LINKS.values():
        if link.type == SAID_IN:
            continue
        rows = np.flatnonzero(kinds == CODE[link.type])
        if not len(rows):
            continue
        part = every.take(pa.array(rows))
        if link.type == LISTED_ON:
            listings = tables.read_table(version.table_path("listings"))
            order = pc.sort_indices(listings.column("row"))
            for name in _LISTING:
                part = part.append_column(name, listings.column(name).take(order))
        yield link, _table({n: _absent(part.column(n)) for n in (*ENDS, *link.properties)})
    yield LINKS[SAID_IN], _said(version, every)


def _entities(version: Version) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    read = tables.read_table(version.table_path("entities"), ["id", "name", "type", "countries"])
    n = read.num_rows
    columns = {name: _absent(read.column(name)) for name in read.column_names}
    names = tables.read_table(version.table_path("names"), ["ordinal", "name"])
    columns["names"] = _lists(names.column("ordinal"), names.column("name"), n)
    found = tables.read_table(version.table_path("identifiers"), ["ordinal", "scheme", "value"])
    texts = pc.binary_join_element_wise(found.column("scheme"), found.column("value"), ":")
    columns["identifiers"] = _lists(found.column("ordinal"), texts, n)
    columns["listed"] = pa.array(np.diff(version.snapshot.listing_ptr) > 0)
    return _table(columns)


def _lists(ordinal: Any, values: Any, n: int) -> Any:
    """Gather values of rows ordered by ``ordinal`` into one list per ordinal, each value once."""
    import pyarrow as pa

    owner = ordinal.to_numpy().astype(np.int64)
    words = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    pair = owner << 32 | words.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    kept = np.sort(np.unique(pair, return_index=True)[1])
    starts = np.searchsorted(owner[kept], np.arange(n + 1))
    found = pa.ListArray.from_arrays(pa.array(starts, pa.int32()), words.take(pa.array(kept)))
    return _absent(found)


def _rank(columns: dict[str, Any], version: Version) -> Any:
    """Return texts by which relations sort as they do in the relations table, in any version.

    Paths of equal cost and hops are ordered by these texts, hop after hop.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    def padded(numbers: Any) -> Any:
        return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 10, "0")

    days = [np.asarray(x).astype(np.int64) + 2**31 for x in (version.snapshot.since,
                                                            version.snapshot.until)]  # fmt: skip
    return pc.binary_join_element_wise(
        columns["from"], padded(np.asarray(version.snapshot.type)), columns["to"],
        *map(padded, days), columns["id"], "\x1f",
    )  # fmt: skip


def _said(version: Version, relations: pa.Table) -> pa.Table:
    import pyarrow as pa

    s = version.snapshot
    read = tables.read_table(version.table_path("statements"))
    backing = pa.array(np.repeat(np.arange(s.relations), np.diff(s.evidence)))
    about = pa.array(np.repeat(np.arange(s.entities), np.diff(s.described)))
    ids = tables.read_table(version.table_path("entities"), ["id"]).column("id")
    text = pa.string()
    start = [relations.column("from").take(backing), ids.take(about)]
    relation = [relations.column("id").take(backing), pa.nulls(len(about), text)]
    columns = {name: _absent(read.column(name)) for name in _SAID if name != "relation"}
    columns["relation"] = pa.chunked_array(_chunks(relation), text)
    columns["start"] = pa.chunked_array(_chunks(start), text)
    columns["end"] = read.column("source")
    return _table({name: columns[name] for name in (*ENDS, *_SAID)})


def _chunks(parts: list[Any]) -> list[Any]:
    import pyarrow as pa

    return [c for p in parts for c in (p.chunks if isinstance(p, pa.ChunkedArray) else [p])]


def _absent(column: Any) -> Any:
    """Return a column whose empty texts and lists are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type):
        return pc.if_else(pc.equal(column, ""), None, column)
    if pa.types.is_list(column.type):
        return pc.if_else(pc.equal(pc.list_value_length(column), 0), None, column)
    if pa.types.is_int32(column.type):
        return pc.cast(column, pa.int64())
    return column


def _table(columns: dict[str, Any]) -> pa.Table:
    import pyarrow as pa

    return pa.table(columns)
