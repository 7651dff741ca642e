"""The tables of entities, names, identifiers and statements from columns, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nthtier.graph import model
from nthtier.graph.build import TYPE_ORDER
from nthtier.graph.bulk_tables import as_table
from nthtier.graph.columns import CHUNK
from nthtier.graph.entangled import Named
from nthtier.graph.index import I32, I64, Flags
from nthtier.graph.pile import Columns
from nthtier.graph.said import Said
from nthtier.graph.tables import Stream, schema

if TYPE_CHECKING:
    import pyarrow as pa

_RANK: Final = {model.NAME: 0, model.MENTION: 1, model.ALIAS: 2, model.WEAK_ALIAS: 3}
#: Entities whose descriptions are ordered at once.
_BLOCK: Final = 1 << 17
_NO_TYPE: Final = TYPE_ORDER.index("LegalEntity")


class Described:
    """What describes entities, ordered by entity, predicate, value and id.

    ``rows`` are the rows of ``said.about`` in that order, ``counts`` how many each entity has.
    ``named``, ``numbered`` and ``placed`` are those that are names, identifiers and countries,
    of equal ones the first.
    """

    def __init__(self, said: Said, named: Named) -> None:
        rank = np.zeros(max(said.predicates.values(), default=0) + 1, np.int64)
        for i, predicate in enumerate(sorted(said.predicates)):
            rank[said.predicates[predicate]] = i
        whose = named.number[said.subject[said.rows]]
        self.counts = np.bincount(whose, minlength=len(named.ids))
        rows = np.empty(len(whose), np.int32)
        again = np.zeros(len(rows), bool)
        filled = 0
        for begin in range(0, len(named.ids), _BLOCK):  # block by block, so that little is held
            mine = said.rows[(whose >= begin) & (whose < begin + _BLOCK)]
            key = named.number[said.subject[mine]].astype(np.int64) << 16
            key |= rank[said.kinds[mine]]
            order = np.argsort(key, kind="stable")
            part = slice(filled, filled + len(mine))
            filled += len(mine)
            rows[part] = mine[order]
            _order_ties(said, key[order], rows[part], again[part])
        del whose
        self.rows = rows
        kinds = said.kinds[rows]
        codes = said.predicates
        of_names = np.isin(kinds, [codes[k] for k in model.NAME_KINDS if k in codes])
        self._all_names = rows[of_names]
        self.named = rows[of_names & ~again]
        ids = [c for p, c in codes.items() if p.startswith(model.ID_PREFIX)]
        self.numbered = rows[np.isin(kinds, ids) & ~again]
        self.placed = rows[(kinds == codes.get(model.COUNTRY, -1)) & ~again]
        self.shown = self._shown(said, named)

    def _shown(self, said: Said, named: Named) -> I32:
        """Return the row of the name to show for each entity, -1 where it has none.

        The rule is that of `build`: a document's own before a list's, mixed case before capitals.
        """
        import pyarrow.compute as pc

        rows = self._all_names
        whose = named.number[said.subject[rows]]
        score = np.zeros(max(said.predicates.values(), default=0) + 1, np.int64)
        for predicate, rank in _RANK.items():
            if predicate in said.predicates:
                score[said.predicates[predicate]] = rank
        worth = score[said.kinds[rows]] << 3
        marked = pc.match_substring(said.keys, "#").to_numpy(zero_copy_only=False)
        worth |= ~marked[said.subject[rows]] * np.int64(4)
        several = np.flatnonzero(np.bincount(whose, minlength=len(named.ids))[whose] > 1)
        texts = said.values(rows[several]).to_pylist()
        worth[several] |= np.array([t.isupper() for t in texts], np.int64) << 1
        lang = said.about.coded["lang"]
        plain = np.array([t in ("", "en") for t in lang.texts.array().to_pylist()])
        worth |= ~plain[lang.codes()[rows]]
        order = np.argsort((whose.astype(np.int64) << 8) | worth, kind="stable")
        found = np.full(len(named.ids), -1, np.int32)
        found[whose[order[::-1]]] = rows[order[::-1]]
        return found


def _order_ties(said: Said, key: I64, rows: I32, again: Flags) -> None:
    """Order rows of one entity and predicate by value and id, and mark values said again."""
    import pyarrow as pa
    import pyarrow.compute as pc

    same = key[1:] == key[:-1]
    tied = np.zeros(len(rows), bool)
    tied[1:] |= same
    tied[:-1] |= same
    places = np.flatnonzero(tied)
    if not len(places):
        return
    table = pa.table({"key": key[places], "value": said.values(rows[places]),
                      "id": said.about.id[rows[places]]})  # fmt: skip
    order = pc.sort_indices(table, sort_keys=[(n, "ascending") for n in table.column_names])
    values = table.column("value").combine_chunks().take(order)
    rows[places] = rows[places][order.to_numpy()]
    repeated = pc.equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
    again[places[1:]] = repeated & (key[places[1:]] == key[places[:-1]])


def _stream(table: str, rows: int, make: Callable[[slice], dict[str, Any]]) -> Stream:
    form = schema(table)

    def chunks() -> Iterator[pa.Table]:
        for begin in range(0, rows, CHUNK):
            end = min(begin + CHUNK, rows)
            yield as_table(form, end - begin, make(slice(begin, end)))

    return Stream(rows, chunks)


def entities(said: Said, named: Named, d: Described) -> Stream:
    """Return the table of entities."""
    import pyarrow as pa
    import pyarrow.compute as pc

    n = len(named.ids)
    kind = _types(said, named, n)
    countries = _ends(named.number[said.subject[d.placed]], n)
    keys = np.argsort(named.number, kind="stable")
    held = _ends(named.number, n)
    joined = np.concatenate(
        ([0], np.cumsum([len(named.reasons.get(i, ())) for i in range(n)], dtype=np.int32))
    ).astype(np.int32)
    reasons = [text for i in sorted(named.reasons) for text in named.reasons[i]]
    type_names = pa.array(TYPE_ORDER)

    def lists(ends: I32, part: slice, values: pa.Array) -> pa.Array:
        mine = ends[part.start : part.stop + 1]
        return pa.ListArray.from_arrays(pa.array(mine - mine[0]), values)

    def make(part: slice) -> dict[str, Any]:
        ids, shown = named.ids[part.start : part.stop], d.shown[part]
        called = said.values(np.maximum(shown, 0)) if len(said.about) else ids
        at = (ends[part.start] for ends in (countries, held, joined))
        to = (ends[part.stop] for ends in (countries, held, joined))
        spans = [slice(a, b) for a, b in zip(at, to, strict=True)]
        return {
            "id": ids,
            "name": pc.if_else(pa.array(shown >= 0), called, ids),
            "type": type_names.take(pa.array(kind[part])),
            "countries": lists(countries, part, said.values(d.placed[spans[0]])),
            "keys": lists(held, part, said.keys.take(pa.array(keys[spans[1]]))),
            "joined": lists(joined, part, pa.array(reasons[spans[2]], pa.string())),
        }

    return _stream("entities", n, make)


def _types(said: Said, named: Named, n: int) -> I64:
    """Return the place in `TYPE_ORDER` of each entity's type."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = said.about_of(model.TYPE)
    kinds = pc.index_in(said.values(rows), value_set=pa.array(TYPE_ORDER))
    place = pc.fill_null(kinds, len(TYPE_ORDER)).to_numpy().astype(np.int64)
    best = np.full(n, len(TYPE_ORDER), np.int64)
    np.minimum.at(best, named.number[said.subject[rows]], place)
    best[best == len(TYPE_ORDER)] = _NO_TYPE
    return best


def _ends(whose: I32, n: int) -> I32:
    """Return where the items of each entity end, from 0."""
    return np.concatenate(([0], np.cumsum(np.bincount(whose, minlength=n)))).astype(np.int32)


def names(said: Said, named: Named, d: Described) -> Stream:
    """Return the table of names."""
    import pyarrow as pa

    def make(part: slice) -> dict[str, Any]:
        rows = d.named[part]
        whose = named.number[said.subject[rows]]
        coded = said.about.coded
        return {
            "entity": named.ids.take(pa.array(whose)), "ordinal": whose,
            "name": said.values(rows), "kind": coded["predicate"].take(rows),
            "lang": coded["lang"].take(rows), "normal": said.normal_of(rows),
        }  # fmt: skip

    return _stream("names", len(d.named), make)


def identifiers(said: Said, named: Named, d: Described) -> Stream:
    """Return the table of identifiers."""
    import pyarrow as pa

    def make(part: slice) -> dict[str, Any]:
        rows = d.numbered[part]
        whose = named.number[said.subject[rows]]
        return {
            "entity": named.ids.take(pa.array(whose)), "ordinal": whose,
            "scheme": said.schemes(rows), "value": said.values(rows),
        }  # fmt: skip

    return _stream("identifiers", len(d.numbered), make)


def statements(said: Said, between: I64, about: I32) -> Stream:
    """Return the table of statements: those that back relations, then those that describe."""
    form = schema("statements")

    def chunks() -> Iterator[pa.Table]:
        for begin in range(0, total, CHUNK):
            end = begin + CHUNK
            parts: list[tuple[Columns, Any]] = [
                (said.between, between[begin:end]),
                (said.about, about[max(begin - len(between), 0) : max(end - len(between), 0)]),
            ]
            made = [
                as_table(form, len(rows), c.table(rows, coded=True))
                for c, rows in parts
                if len(rows)
            ]
            yield pa.concat_tables(made)

    import pyarrow as pa

    total = len(between) + len(about)
    return Stream(total, chunks)
