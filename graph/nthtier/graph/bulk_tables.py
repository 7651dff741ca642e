"""The large tables of a bulk source, chunk by chunk, with the few other rows woven in.

A *reference* is one row to come: a row of the bulk's columns, or (negative) ``-1 - i`` for row
``i`` of the few rows that were built the ordinary way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nthtier.graph import model
from nthtier.graph.build import Built
from nthtier.graph.bulk_order import (
    BASIS_NAMES,
    DESCRIBED,
    TYPE_NAMES,
    Ordered,
    amounts,
    notes,
    sort_key,
)
from nthtier.graph.columns import CHUNK, Bulk, Entities, Ids, Relations, hex_text, locator
from nthtier.graph.index import I32, I64, U8
from nthtier.graph.tables import Stream, schema

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Few:
    """What was built the ordinary way: listings, lists and bodies.

    ``number`` gives the entities' numbers in the whole version, ``own`` those that are no rows
    of the bulk.
    """

    built: Built
    own: I64
    number: I32


@dataclass(frozen=True, slots=True)
class Said:
    """What describes the bulk's entities: entity row, `DESCRIBED` index, value, statement id."""

    row: I64
    predicate: U8
    value: pa.Array
    id: Ids


@dataclass(frozen=True, slots=True)
class Plan:
    """References for every row of the large tables, in their order.

    References to described statements continue those to relations' statements. ``backing`` counts
    the statements of each relation, ``described`` those of each entity; ``few_relations`` are the
    rows that the few relations come to.
    """

    relations: I64
    statements: I64
    entities: I64
    names: I64
    backing: I64
    described: I64
    few_at: I64
    few_relations: I64


def gathered(e: Entities, said: Sequence[tuple[I64, Ids]]) -> Said:
    """Join what each predicate says into one set of columns."""
    import pyarrow as pa

    values = [
        getattr(e, column).take(pa.array(rows))
        for (_, column), (rows, _) in zip(DESCRIBED, said, strict=True)
    ]
    return Said(
        np.concatenate([rows for rows, _ in said]),
        np.repeat(np.arange(len(said), dtype=np.uint8), [len(rows) for rows, _ in said]),
        pa.concat_arrays(values),
        np.concatenate([ids for _, ids in said]),
    )


def plan(order: Ordered, few: Few, number: I32, rows: int, said: Said) -> Plan:
    """Place every row; ``rows`` is the number of the bulk's entities."""
    arrays, names = few.built.arrays, few.built.tables["names"]
    begins = np.flatnonzero(order.first)
    every = np.append(begins, len(order.order))
    heads = order.order[begins]
    key = sort_key(few.number[arrays["src"]], arrays["type"], few.number[arrays["dst"]])
    at = np.searchsorted(order.key[heads], key)
    counts = np.diff(arrays["evidence"])
    backed = np.insert(order.order, np.repeat(every[at], counts), _few(int(counts.sum())))
    told = np.arange(counts.sum(), arrays["described"][-1])
    owner = np.repeat(few.number, np.diff(arrays["described"]))
    whose = np.concatenate((number[said.row], owner))
    described = np.concatenate((len(order.order) + np.arange(len(said.row)), -1 - told))
    rank = np.concatenate((said.predicate, np.zeros(len(told), np.uint8)))
    described = described[np.lexsort((rank, whose))]
    mine = np.argsort(number[:rows])
    own = np.searchsorted(number[mine], few.number[few.own])
    named = few.number[np.array(names["ordinal"], np.int64)]
    return Plan(
        relations=np.insert(heads, at, _few(len(key))),
        statements=np.concatenate((backed, described)),
        entities=np.insert(mine, own, -1 - few.own),
        names=np.insert(mine, np.searchsorted(number[mine], named), _few(len(named))),
        backing=np.insert(np.diff(every), at, counts),
        described=np.bincount(whose, minlength=len(number)),
        few_at=at,
        few_relations=at + np.arange(len(at)),
    )


def _few(n: int) -> I64:
    return -1 - np.arange(n)


def streams(
    source: str,
    bulk: Bulk,
    order: Ordered,
    few: Few,
    p: Plan,
    keys: pa.Array,
    normal: pa.Array,
    number: I32,
    said: Said,
) -> dict[str, Stream]:
    """Return the tables of entities, names, relations and statements."""
    e, t = bulk.entities, few.built.tables
    relations = t["relations"] | {
        end: few.number[np.array(t["relations"][end], np.int64)] for end in ("src", "dst")
    }
    names = t["names"] | {"ordinal": few.number[np.array(t["names"]["ordinal"], np.int64)]}
    return {
        "entities": _stream("entities", p.entities, partial(_entities, e, keys), t["entities"]),
        "names": _stream("names", p.names, partial(_names, e, number, normal), names),
        "relations": relation_table(bulk.relations, e.id, order, p.relations, p.backing, relations),
        "statements": _stream(
            "statements", p.statements, partial(_statements, source, bulk, order, keys, said),
            t["statements"],
        ),
    }  # fmt: skip


def relation_table(
    r: Relations,
    ids: pa.Array,
    order: Ordered,
    references: I64,
    backing: I64,
    few: Mapping[str, Any],
) -> Stream:
    """Return the table of relations; ``backing`` counts the statements of each."""
    make = partial(_relations, r, ids, order, backing, _merged_notes(r, order))
    return _stream("relations", references, make, few)


def _stream(
    table: str,
    references: I64,
    make: Callable[[I64, I64], dict[str, Any]],
    few: Mapping[str, Any],
) -> Stream:
    """Return the table whose bulk rows ``make(references, positions)`` makes."""
    import pyarrow as pa

    form = schema(table)

    def chunks() -> Iterator[pa.Table]:
        others = pa.table(dict(few), schema=form)
        for begin in range(0, len(references), CHUNK):
            part = references[begin : begin + CHUNK]
            mine = np.flatnonzero(part >= 0)
            made = as_table(form, len(mine), make(part[mine], begin + mine))
            if len(mine) < len(part):
                theirs = np.flatnonzero(part < 0)
                place = np.empty(len(part), np.int64)
                place[mine] = np.arange(len(mine))
                place[theirs] = len(mine) + np.arange(len(theirs))
                made = pa.concat_tables([made, others.take(pa.array(-1 - part[theirs]))])
                made = made.take(pa.array(place))
            yield made

    return Stream(len(references), chunks)


def as_table(form: pa.Schema, n: int, columns: Mapping[str, Any]) -> pa.Table:
    """Make a table; a column given as one value is repeated, an absent one is empty text."""
    import pyarrow as pa

    arrays = []
    for field in form:
        value = columns.get(field.name, "")
        if isinstance(value, np.ndarray):
            value = pa.array(value, field.type)
        elif not isinstance(value, pa.Array):
            value = pa.repeat(pa.scalar(value, field.type), n)
        arrays.append(value)
    return pa.Table.from_arrays(arrays, form.names)


def _entities(e: Entities, keys: pa.Array, rows: I64, _: I64) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    at = pa.array(rows)
    country, kind = e.country.take(at), e.type.take(at)
    said = pc.not_equal(country, "")
    ends = np.concatenate(([0], np.cumsum(said.to_numpy(zero_copy_only=False)))).astype(np.int32)
    one = np.arange(len(rows) + 1, dtype=np.int32)
    return {
        "id": e.id.take(at),
        "name": e.name.take(at),
        "type": pc.if_else(pc.equal(kind, ""), "LegalEntity", kind),
        "countries": pa.ListArray.from_arrays(pa.array(ends), country.filter(said)),
        "keys": pa.ListArray.from_arrays(pa.array(one), keys.take(at)),
        "joined": [],
    }


def _names(e: Entities, number: I32, normal: pa.Array, rows: I64, _: I64) -> dict[str, Any]:
    import pyarrow as pa

    at = pa.array(rows)
    return {
        "entity": e.id.take(at),
        "ordinal": number[rows],
        "name": e.name.take(at),
        "kind": model.NAME,
        "normal": normal.take(at),
    }


def _merged_notes(r: Relations, order: Ordered) -> dict[int, str]:
    """Return the notes of relations that several rows say, by the first of these rows."""
    if r.note is None:
        return {}
    begins = np.append(np.flatnonzero(order.first), len(order.order))
    found = {}
    for i in np.flatnonzero(np.diff(begins) > 1).tolist():
        rows = order.order[begins[i] : begins[i + 1]]
        texts = {t for t in notes(r, rows).to_pylist() if t}
        found[int(rows[0])] = "; ".join(sorted(texts))
    return found


def _relations(
    r: Relations,
    ids: pa.Array,
    order: Ordered,
    backing: I64,
    merged: Mapping[int, str],
    rows: I64,
    at: I64,
) -> dict[str, Any]:
    import pyarrow as pa

    note, counts = notes(r, rows), backing[at]
    if merged and np.any(counts > 1):
        texts = note.to_pylist()
        for i in np.flatnonzero(counts > 1).tolist():
            texts[i] = merged[int(rows[i])]
        note = pa.array(texts, pa.string())
    return {
        "id": hex_text(order.relation[rows], 7, "r-"),
        **_common(r, rows, order.basis),
        "type": pa.array(TYPE_NAMES).take(pa.array(r.type[rows])),
        "from": ids.take(pa.array(r.start[rows])),
        "to": ids.take(pa.array(r.end[rows])),
        "src": order.src[rows],
        "dst": order.dst[rows],
        "since_day": order.since[rows],
        "until_day": order.until[rows],
        "amount": amounts(r, rows)[0],
        "contested": order.contested[rows],
        "note": note,
        "statements": counts.astype(np.int32),
    }


def _common(r: Relations, rows: I64, basis: U8) -> dict[str, Any]:
    import pyarrow as pa

    days, unknown = pa.array(r.dates), np.isnan(r.lo[rows])
    return {
        "since": days.take(pa.array(r.since[rows])),
        "until": days.take(pa.array(r.until[rows])),
        "lo": pa.array(r.lo[rows], mask=unknown),
        "hi": pa.array(r.hi[rows], mask=unknown),
        "basis": pa.array(BASIS_NAMES).take(pa.array(basis[rows])),
    }


def _statements(
    source: str, bulk: Bulk, order: Ordered, keys: pa.Array, said: Said, rows: I64, _: I64
) -> dict[str, Any]:
    import pyarrow as pa

    cut = int(np.searchsorted(rows >= len(bulk.relations), True))  # relations' statements first
    if cut == len(rows):
        return _of_relations(source, bulk.relations, order, keys, rows)
    described = _describing(source, keys, said, rows[cut:] - len(bulk.relations))
    if cut == 0:
        return described
    form = schema("statements")
    parts = (
        as_table(form, cut, _of_relations(source, bulk.relations, order, keys, rows[:cut])),
        as_table(form, len(rows) - cut, described),
    )
    both = pa.concat_tables(parts)
    return {name: both.column(name).combine_chunks() for name in both.column_names}


def _of_relations(
    source: str, r: Relations, order: Ordered, keys: pa.Array, rows: I64
) -> dict[str, Any]:
    import pyarrow as pa

    return {
        "id": hex_text(order.statement[rows], 8),
        **_common(r, rows, r.basis),
        "subject": keys.take(pa.array(r.start[rows])),
        "predicate": pa.array(TYPE_NAMES).take(pa.array(r.type[rows])),
        "object": keys.take(pa.array(r.end[rows])),
        "source": source,
        "locator": locator(rows),
        "note": notes(r, rows),
        "props": amounts(r, rows)[1],
    }


def _describing(source: str, keys: pa.Array, said: Said, rows: I64) -> dict[str, Any]:
    import pyarrow as pa

    predicates = pa.array([predicate for predicate, _ in DESCRIBED])
    return {
        "id": hex_text(said.id[rows], 8),
        "subject": keys.take(pa.array(said.row[rows])),
        "predicate": predicates.take(pa.array(said.predicate[rows])),
        "value": said.value.take(pa.array(rows)),
        "lo": None,
        "hi": None,
        "basis": "stated",
        "source": source,
        "locator": locator(said.row[rows]),
    }
