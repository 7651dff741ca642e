"""The order of a bulk source's relations, what they contradict, and their ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph import dates, model, ontology
from nthtier.graph.columns import CHUNK, Bulk, Entities, Ids, Relations, digests, locator
from nthtier.graph.index import I32, I64, U8

if TYPE_CHECKING:
    import pyarrow as pa

TYPE_NAMES: Final = tuple(t.name for t in ontology.RELATION_TYPES)
BASIS_NAMES: Final = tuple(ontology.BASIS)
_DISPUTED: Final = ontology.BASIS_CODE["disputed"]


@dataclass(frozen=True, slots=True)
class Ordered:
    """Relations in the order of a version; arrays by input row unless said otherwise.

    ``order`` are input rows, those of equal claims beside each other, by statement id; ``first``
    marks, in that order, where a relation begins. ``basis`` is disputed where ``contested``.
    ``statement`` and ``relation`` are ids as integers, ``since``/``until`` days.
    """

    order: I64
    first: npt.NDArray[np.bool_]
    key: I64
    src: I32
    dst: I32
    since: I32
    until: I32
    basis: U8
    contested: npt.NDArray[np.bool_]
    statement: Ids
    relation: Ids


def sort_key(src: I32, types: U8, dst: I32) -> I64:
    """Return one integer per relation that orders by start, type, end."""
    found: I64 = (src.astype(np.int64) << 36) | (types.astype(np.int64) << 31) | dst
    return found


def ordered(r: Relations, ids: pa.Array, number: I32, statement: Ids) -> Ordered:
    """Order the relations.

    ``ids`` and ``number`` are the entities' ids and numbers by row, ``statement`` the ids of what
    says the relations.
    """
    src, dst = number[r.start], number[r.end]
    key = sort_key(src, r.type, dst)
    order = np.argsort(key, kind="stable")
    same = np.diff(key[order]) == 0
    tied = np.zeros(len(order), bool)
    tied[1:] |= same
    tied[:-1] |= same
    rows = order[tied]
    since = np.array([dates.start_day(d) for d in r.dates], np.int32)[r.since]
    until = np.array([dates.end_day(d) for d in r.dates], np.int32)[r.until]
    begun = np.array([dates.end_day(d) if d else dates.OPEN_START for d in r.dates], np.int32)
    contested = np.zeros(len(order), bool)
    contested[rows] = _contradicted(key[rows], begun[r.since[rows]], until[rows], r.until[rows] > 0)
    basis = np.where(contested, np.uint8(_DISPUTED), r.basis)
    relation = _relation_ids(r, ids)
    lo, hi = np.nan_to_num(r.lo[rows], nan=-1), np.nan_to_num(r.hi[rows], nan=-1)
    inner = np.lexsort((statement[rows], hi, lo, r.basis[rows], relation[rows], until[rows],
                        since[rows], key[rows]))  # fmt: skip
    order[tied] = rows = rows[inner]
    lo, hi = lo[inner], hi[inner]
    equal = (lo[1:] == lo[:-1]) & (hi[1:] == hi[:-1])
    for column in (key, relation, r.basis):
        equal &= column[rows[1:]] == column[rows[:-1]]
    first = np.ones(len(order), bool)
    first[np.flatnonzero(tied)[1:][equal]] = False
    return Ordered(order, first, key, src, dst, since, until, basis, contested, statement, relation)


def _contradicted(key: I64, begun: I32, until: I32, ended: npt.NDArray[np.bool_]) -> Any:
    """Tell for parallel relations (ordered by ``key``) whether another gives an earlier end.

    The rule is that of `nthtier.graph.relations`: an end of the group lies between the last day
    on which the relation may have begun and its own end.
    """
    group = np.cumsum(np.concatenate(([0], np.diff(key) != 0))[: len(key)]).astype(np.int64) << 33
    ends = np.sort(group[ended] + (until[ended].astype(np.int64) + 2**31))
    ends = np.append(ends, np.iinfo(np.int64).max)
    at = np.searchsorted(ends, group + (begun.astype(np.int64) + 2**31), "right")
    return ends[at] < group + (until.astype(np.int64) + 2**31)


def share_texts(r: Relations, rows: slice) -> pa.Array:
    """Return shares as ids spell them; empty where there is none."""
    import pyarrow as pa

    lo, hi = r.lo[rows], r.hi[rows]
    known = np.flatnonzero(~np.isnan(lo))
    pairs, code = np.unique(lo[known] + 1j * hi[known], return_inverse=True)
    texts = ["", *(model.share_text(p.real, p.imag) for p in pairs.tolist())]
    index = np.zeros(len(lo), np.int32)
    index[known] = code + 1
    return pa.array(texts).take(pa.array(index))


def amounts(r: Relations, rows: Any) -> tuple[Any, Any]:
    """Return the amounts of rows, and the properties (JSON) that hold them; empty where absent."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if r.amount is None:
        return "", ""
    amount = pc.cast(r.amount.take(pa.array(rows)), pa.string())
    props = pc.binary_join_element_wise('{"amount": "', amount, '"}', "")
    return amount, pc.if_else(pc.equal(amount, ""), "", props)


def notes(r: Relations, rows: Any) -> Any:
    """Return the notes of rows; one empty text when there are none at all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return "" if r.note is None else pc.cast(r.note.take(pa.array(rows)), pa.string())


def statement_ids(source: str, bulk: Bulk, keys: pa.Array) -> Ids:
    """Return the ids of the statements that rows of a table are (`model.statement`).

    ``keys`` are the entities' keys, by row.
    """
    import pyarrow as pa

    r = bulk.relations
    types, bases, days = pa.array(TYPE_NAMES), pa.array(BASIS_NAMES), pa.array(r.dates)
    found = np.empty(len(r), np.uint64)
    for begin in range(0, len(r), CHUNK):
        rows = slice(begin, begin + CHUNK)
        numbers = np.arange(begin, min(begin + CHUNK, len(r)))
        start, end = pa.array(r.start[rows]), pa.array(r.end[rows])
        kind = types.take(pa.array(r.type[rows]))
        since, until = days.take(pa.array(r.since[rows])), days.take(pa.array(r.until[rows]))
        found[rows] = digests(
            (keys.take(start), kind, keys.take(end), "", "", "", since, until,
             share_texts(r, rows), bases.take(pa.array(r.basis[rows])), source, locator(numbers),
             notes(r, numbers), amounts(r, numbers)[1]), 8,
        )  # fmt: skip
    return found


def _relation_ids(r: Relations, ids: pa.Array) -> Ids:
    """Return the ids of relations (`relations.Claim.id`)."""
    import pyarrow as pa

    types, bases, days = pa.array(TYPE_NAMES), pa.array(BASIS_NAMES), pa.array(r.dates)
    found = np.empty(len(r), np.uint64)
    for begin in range(0, len(r), CHUNK):
        rows = slice(begin, begin + CHUNK)
        numbers = np.arange(begin, min(begin + CHUNK, len(r)))
        start, end = pa.array(r.start[rows]), pa.array(r.end[rows])
        since, until = days.take(pa.array(r.since[rows])), days.take(pa.array(r.until[rows]))
        found[rows] = digests(
            (ids.take(start), types.take(pa.array(r.type[rows])), ids.take(end), since, until,
             share_texts(r, rows), amounts(r, numbers)[0], bases.take(pa.array(r.basis[rows]))), 7,
        )  # fmt: skip
    return found


#: What an entity's row says, as predicate and column, in the order of the statements table.
DESCRIBED: Final = ((model.COUNTRY, "country"), (model.NAME, "name"), (model.TYPE, "type"))


def described(source: str, e: Entities, keys: pa.Array) -> Iterator[tuple[I64, Ids]]:
    """Yield, for each of `DESCRIBED`, the entity rows that say it and their statement ids."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for predicate, column in DESCRIBED:
        values = getattr(e, column)
        rows = np.flatnonzero(pc.not_equal(values, "").to_numpy(zero_copy_only=False))
        found = np.empty(len(rows), np.uint64)
        for begin in range(0, len(rows), CHUNK):
            part = pa.array(rows[begin : begin + CHUNK])
            found[begin : begin + CHUNK] = digests(
                (keys.take(part), predicate, "", values.take(part), "", "", "", "", "", "stated",
                 source, locator(rows[begin : begin + CHUNK]), "", ""), 8,
            )  # fmt: skip
        yield rows, found
