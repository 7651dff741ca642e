"""Millions of relations to a version, column by column: the rows and ids that `build` would give.

A bulk source speaks of no entities but its own, so identity is not resolved: each entity is what
its row says, under the id that the row gives. Listings are few: they, the lists and the bodies
behind them go the ordinary way and are woven into the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nthtier.graph import bulk_tables, snapshot
from nthtier.graph.build import REGISTRY, Built, build, version_id
from nthtier.graph.bulk_order import Ordered, described, ordered, statement_ids
from nthtier.graph.bulk_tables import Few, Plan
from nthtier.graph.columns import CHUNK, Bulk, Ids, Relations, digests, hex_bytes
from nthtier.graph.index import I32, I64
from nthtier.graph.model import Source
from nthtier.graph.names import normalise

if TYPE_CHECKING:
    import pyarrow as pa


def build_bulk(source: Source, bulk: Bulk) -> Built:
    """Compute the version of one bulk source; its large tables are made while they are written.

    It equals what `build` makes of the same statements (keys ``<source>#<id>``, locators
    ``row N`` of each table), except that no two entities are joined.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = pc.binary_join_element_wise(f"{source.id}#", bulk.entities.id, "")
    built = build([source], bulk.listings)
    few, number = _numbered(built, bulk)
    said_by = statement_ids(source.id, bulk, keys)
    order = ordered(bulk.relations, bulk.entities.id, number, said_by)
    said = bulk_tables.gathered(bulk.entities, list(described(source.id, bulk.entities, keys)))
    plan = bulk_tables.plan(order, few, number, len(keys), said)
    ids = np.array([int(s, 16) for s in built.tables["statements"]["id"]], np.uint64)
    every = np.sort(np.concatenate((order.statement, said.id, ids)))
    normal = pa.array([normalise(n) for n in bulk.entities.name.to_pylist()], pa.string())
    tables = {name: built.tables[name] for name in ("sources", "identifiers")}
    listings = built.tables["listings"]
    rows = plan.few_relations[np.array(listings["row"], np.int64)]
    tables["listings"] = listings | {"row": rows.tolist()}
    return Built(
        version_id([source, REGISTRY], ascending(every)),
        tables,
        _arrays(bulk, order, few, plan, number, _name_pairs(few, number, bulk, keys, normal)),
        bulk_tables.streams(source.id, bulk, order, few, plan, keys, normal, number, said),
    )


def _numbered(built: Built, bulk: Bulk) -> tuple[Few, I32]:
    """Number all entities, ordered by id: those of the bulk by row, then lists and bodies."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array(built.tables["entities"]["id"], pa.string())
    rows = pc.fill_null(pc.index_in(ids, value_set=bulk.entities.id), -1).to_numpy().copy()
    own = np.flatnonzero(rows < 0)
    rows[own] = len(bulk.entities.id) + np.arange(len(own))
    order = pc.sort_indices(pa.concat_arrays([bulk.entities.id, ids.take(pa.array(own))]))
    number = np.empty(len(order), np.int32)
    number[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    return Few(built, own, number[rows]), number


def ascending(ids: Ids) -> Iterator[str]:
    """Return ids in hexadecimal, many joined to one text."""
    for begin in range(0, len(ids), CHUNK):
        yield hex_bytes(ids[begin : begin + CHUNK], 8).decode("ascii")


def woven(
    order: Ordered, r: Relations, few_at: I64, few: Mapping[str, npt.NDArray[Any]]
) -> dict[str, Any]:
    """Return the relations' own arrays, with those of few others put in at ``few_at``."""
    heads = order.order[order.first]
    columns: dict[str, Any] = {
        "src": order.src, "dst": order.dst, "type": r.type, "basis": order.basis,
        "since": order.since, "until": order.until, "lo": r.lo, "hi": r.hi,
    }  # fmt: skip
    return {k: np.insert(c[heads], few_at, few[k]).astype(c.dtype) for k, c in columns.items()}


def _arrays(
    bulk: Bulk, order: Ordered, few: Few, plan: Plan, number: I32, pairs: tuple[Ids, I32]
) -> dict[str, npt.NDArray[Any]]:
    other = few.built.arrays
    ends = {end: few.number[other[end]] for end in ("src", "dst")}
    return snapshot.assemble(
        len(number), woven(order, bulk.relations, plan.few_at, other | ends),
        backing=plan.backing, described=plan.described,
        listing_rel=plan.few_relations[other["listing_rel"]].astype(np.int32),
        name_hash=pairs[0], name_entity=pairs[1],
    )  # fmt: skip


def _name_pairs(
    few: Few, number: I32, bulk: Bulk, keys: pa.Array, normal: pa.Array
) -> tuple[Ids, I32]:
    """Return (hash, entity) for everything by which an entity is found at once."""
    import pyarrow.compute as pc

    mine, e = number[: len(keys)], bulk.entities
    if pc.any(pc.equal(normal, "")).as_py():  # names of signs only are found as they are written
        normal = pc.if_else(pc.equal(normal, ""), folded(e.name), normal)
    hashes = [
        digests((prefix, texts), 8, "")
        for prefix, texts in (("id:", folded(e.id)), ("id:", folded(keys)), ("", normal))
    ]
    owners = [mine] * len(hashes)
    other = few.built.arrays  # entities of both are in it under the same texts
    hashes.append(other["name_hash"])
    owners.append(few.number[other["name_entity"]])
    return np.concatenate(hashes), np.concatenate(owners)


def folded(texts: pa.Array) -> pa.Array:
    """Return texts without case, as `text_hash` does it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = pc.string_is_ascii(texts)
    if pc.all(plain).as_py() is not False:
        return pc.ascii_lower(texts)
    others = [t.casefold() for t in texts.filter(pc.invert(plain)).to_pylist()]
    return pc.replace_with_mask(pc.ascii_lower(texts), pc.invert(plain), pa.array(others))
