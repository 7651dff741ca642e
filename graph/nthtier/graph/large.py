"""From millions of statements to a version: the tables and ids that `build` would give.

The same rules over columns. What Python decides one by one is what is few: records that share a
number or a name (`entangled`), and listings (`relations`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nthtier.graph import dates, model, snapshot
from nthtier.graph.build import (
    REGISTRY,
    Built,
    registry,
    relation_order,
    relation_tables,
    source_table,
    version_id,
)
from nthtier.graph.bulk import ascending, folded, woven
from nthtier.graph.bulk_order import ordered, sort_key
from nthtier.graph.bulk_tables import relation_table
from nthtier.graph.columns import CHUNK, Ids, Relations, digests
from nthtier.graph.entangled import Named, identify
from nthtier.graph.index import I32, I64, Flags
from nthtier.graph.large_tables import Described, entities, identifiers, names, statements
from nthtier.graph.lists import LISTS
from nthtier.graph.model import Source
from nthtier.graph.ontology import BASIS_CODE, CODE, POSSIBLE_MATCH
from nthtier.graph.pile import Pile
from nthtier.graph.relations import Claim, gather
from nthtier.graph.said import Said

if TYPE_CHECKING:
    import pyarrow as pa

_LISTED: Final = CODE["LISTED_ON"]
_POSSIBLE: Final = CODE[POSSIBLE_MATCH]


@dataclass(frozen=True, slots=True)
class _Listed:
    """The listings: claims in order, the rows that say them, their tables and arrays."""

    claims: list[Claim]
    rows: I64
    tables: dict[str, dict[str, list[Any]]]
    arrays: dict[str, Any]


def build_large(sources: Iterable[Source], pile: Pile) -> Built:
    """Compute a version as `build.build` does. The pile gets the registry's statements too."""
    import pyarrow.compute as pc

    objects = pile.between.coded["object"].texts.array()
    pile.extend(registry({x for x in pc.unique(objects).to_pylist() if x in LISTS}))
    every = sorted((s for s in sources if s.id != REGISTRY.id), key=lambda s: s.id)
    every.append(REGISTRY)
    said = Said(pile)
    version = version_id(every, ascending(said.ids))
    del said.ids
    named = identify(said)
    listed = _listings(said, named, every)
    relations, rows = _relations(said, named)
    n = len(named.ids)
    order = ordered(relations, named.ids, np.arange(n, dtype=np.int32), said.between.id[rows])
    begins = np.flatnonzero(order.first)
    every_begin = np.append(begins, len(order.order))
    few = listed.arrays
    at = np.searchsorted(order.key[order.order[begins]], sort_key(few["src"], few["type"],
                                                                 few["dst"]))  # fmt: skip
    counts = np.array([len(c.statements) for c in listed.claims], np.int64)
    backing = np.insert(np.diff(every_begin), at, counts)
    backed = np.insert(rows[order.order], np.repeat(every_begin[at], counts), listed.rows)
    place = at + np.arange(len(at))
    references = np.insert(order.order[begins], at, -1 - np.arange(len(at)))
    described = Described(said, named)
    tables: dict[str, Any] = {"sources": source_table(every)}
    listings = listed.tables["listings"]
    tables["listings"] = listings | {"row": place[np.array(listings["row"], np.int64)].tolist()}
    hashes, owners = _name_pairs(said, named, described)
    arrays = snapshot.assemble(
        n, woven(order, relations, at, few), backing=backing, described=described.counts,
        listing_rel=place.astype(np.int32), name_hash=hashes, name_entity=owners,
    )  # fmt: skip
    streams = {
        "entities": entities(said, named, described),
        "names": names(said, named, described),
        "identifiers": identifiers(said, named, described),
        "relations": relation_table(relations, named.ids, order, references, backing,
                                    listed.tables["relations"]),
        "statements": statements(said, backed, described.rows),
    }  # fmt: skip
    return Built(version, tables, arrays, streams)


def _listings(said: Said, named: Named, sources: list[Source]) -> _Listed:
    """Make the listings the ordinary way, of what is said of what is listed."""
    import pyarrow as pa

    rows = said.listings
    ends = (named.number[said.start[rows]], named.number[said.end[rows]])
    on_list = np.zeros(len(named.ids), bool)
    on_list[ends[0]] = True
    called = said.about_of(model.NAME)
    called = called[on_list[named.number[said.subject[called]]]]
    keys = np.unique(np.concatenate((said.start[rows], said.end[rows], said.subject[called])))
    numbers = named.number[keys]
    texts = named.ids.take(pa.array(numbers)).to_pylist()
    ids = dict(zip(said.keys.take(pa.array(keys)).to_pylist(), texts, strict=True))
    ordinals = dict(zip(texts, numbers.tolist(), strict=True))
    found = list(said.between.statements(rows))
    row_of = {s.id: row for s, row in zip(found, rows.tolist(), strict=True)}
    claims = gather([*found, *said.about.statements(called)], ids, sources)
    claims.sort(key=lambda c: relation_order(c, ordinals))
    editions = {x.id: dates.end_day(x.date) if x.date else dates.OPEN_START for x in sources}
    tables: dict[str, dict[str, list[Any]]] = {}
    relation_tables(tables, claims, ordinals, editions)
    t = tables["relations"]
    arrays = {
        "src": np.array(t["src"], np.int32), "dst": np.array(t["dst"], np.int32),
        "type": np.full(len(claims), _LISTED, np.uint8),
        "basis": np.array([BASIS_CODE[c.basis] for c in claims], np.uint8),
        "since": np.array(t["since_day"], np.int32), "until": np.array(t["until_day"], np.int32),
        "lo": np.array([c.lo for c in claims], np.float64),
        "hi": np.array([c.hi for c in claims], np.float64),
    }  # fmt: skip
    backed = np.array([row_of[s.id] for c in claims for s in c.statements], np.int64)
    return _Listed(claims, backed, tables, arrays)


def _relations(said: Said, named: Named) -> tuple[Relations, I64]:
    """Return the relations but listings, by number of their ends, and the rows that say them."""
    columns = said.between
    code_of = np.full(max(said.types.values(), default=0) + 1, -1, np.int16)
    for name, code in said.types.items():
        code_of[code] = CODE.get(name, -1)
    kinds = code_of[said.type_of[said.pairs]]
    plain = (kinds >= 0) & (kinds != _LISTED) & ~_settled(said, named, kinds)
    rows, kinds = said.pairs[plain], kinds[plain]
    coded = columns.coded
    bases = [BASIS_CODE.get(t, 0) for t in coded["basis"].texts.array().to_pylist()]
    days = [*coded["since"].texts.array().to_pylist(), *coded["until"].texts.array().to_pylist()]
    until = coded["until"].codes()[rows].astype(np.int32)
    until[until > 0] += len(coded["since"].texts)
    lo, hi = columns.shares(rows)
    found = Relations(
        start=named.number[said.start[rows]], end=named.number[said.end[rows]],
        type=kinds.astype(np.uint8), since=coded["since"].codes()[rows].astype(np.int32),
        until=until, dates=days, lo=lo, hi=hi,
        basis=np.array(bases, np.uint8)[coded["basis"].codes()[rows]],
        amount=_amounts(said, rows), note=_notes(said, rows),
    )  # fmt: skip
    return found, rows


def _settled(said: Said, named: Named, kinds: Any) -> Flags:
    """Tell which pairs are possible matches of what is one entity, or decided to be different."""
    import pyarrow.compute as pc

    found = np.zeros(len(kinds), bool)
    matches = np.flatnonzero(kinds == _POSSIBLE)
    if len(matches):
        rows = said.about_of(model.DIFFERENT)
        others = pc.index_in(said.values(rows), value_set=said.keys)
        known = others.is_valid().to_numpy(zero_copy_only=False)
        one = named.number[said.subject[rows[known]]]
        two = named.number[others.drop_null().to_numpy()]
        apart = {frozenset(pair) for pair in zip(one.tolist(), two.tolist(), strict=True)}
        start, end = (named.number[x[said.pairs[matches]]].tolist() for x in (said.start, said.end))
        settled = [a == b or frozenset((a, b)) in apart for a, b in zip(start, end, strict=True)]
        found[matches] = settled
    return found


def _notes(said: Said, rows: I64) -> pa.Array | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = said.between.coded["note"]
    if coded.empty:
        return None
    return pc.cast(coded.texts.array(), pa.large_string()).take(pa.array(coded.codes()[rows]))


def _amounts(said: Said, rows: I64) -> pa.Array | None:
    import json

    import pyarrow as pa

    coded = said.between.coded["props"]
    texts = coded.texts.array().to_pylist()
    amounts = [json.loads(t).get("amount", "") if '"amount"' in t else "" for t in texts]
    codes = coded.codes()[rows]
    if not any(amounts) or not np.array([bool(a) for a in amounts])[codes].any():
        return None
    return pa.array(amounts, pa.large_string()).take(pa.array(codes))


def _name_pairs(said: Said, named: Named, d: Described) -> tuple[Ids, I32]:
    """Return (hash, entity) for everything by which an entity is found at once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    hashes: list[Ids] = [np.empty(0, np.uint64)]
    owners: list[I32] = [np.empty(0, np.int32)]

    def add(whose: I32, *parts: Any) -> None:
        hashes.append(digests(parts, 8, ""))
        owners.append(whose)

    for begin in range(0, len(d.named), CHUNK):
        rows = d.named[begin : begin + CHUNK]
        add(named.number[said.subject[rows]], folded(said.normal_of(rows)))
    for begin in range(0, len(d.numbered), CHUNK):
        rows = d.numbered[begin : begin + CHUNK]
        whose, values = named.number[said.subject[rows]], folded(said.values(rows))
        add(whose, values)
        add(whose, folded(said.schemes(rows)), ":", values)
    for begin in range(0, len(named.ids), CHUNK):
        ids = named.ids[begin : begin + CHUNK]
        add(np.arange(begin, begin + len(ids), dtype=np.int32), "id:", folded(ids))
    for begin in range(0, len(said.keys), CHUNK):
        keys, whose = said.keys[begin : begin + CHUNK], named.number[begin : begin + CHUNK]
        other = pc.not_equal(keys, named.ids.take(pa.array(whose)))
        add(whose[other.to_numpy(zero_copy_only=False)], "id:", folded(keys.filter(other)))
    return np.concatenate(hashes), np.concatenate(owners)
