"""Identity over columns: only records that share something go through the joins.

Most records of a register share no number and no name with another. What they are called follows
from their own key and numbers, column by column. The others, and whatever could be joined with
them, are few: those are joined by `nthtier.graph.identity`, so there is one set of rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nthtier.graph import model
from nthtier.graph.clusters import PERSONAL, Record, collect
from nthtier.graph.columns import CHUNK
from nthtier.graph.identity import Cluster, by_id, given, joined
from nthtier.graph.index import I32, I64, Flags
from nthtier.graph.lists import LISTS, REGULATORS
from nthtier.graph.said import Said, normal_forms

if TYPE_CHECKING:
    import pyarrow as pa

_STRONG: Final = tuple(sorted(model.ID_PREFIX + s for s in model.STRONG_SCHEMES))
_DECISIONS: Final = tuple(model.ID_PREFIX + name for name in LISTS)


@dataclass(frozen=True, slots=True)
class Named:
    """Entities by number, ordered by id; ``number`` gives the entity of each key."""

    ids: pa.Array
    number: I32
    reasons: dict[int, list[str]]


def identify(said: Said) -> Named:
    """Return the entities that `identity.resolve` would find."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tangled = _tangled(said)
    proposed, silent = _proposals(said, tangled)
    tangled |= silent
    records = collect(said.statements(tangled))
    for key in said.keys.filter(pa.array(tangled)).to_pylist():
        records.setdefault(key, Record(key))
    clusters = joined(records)
    alone = np.flatnonzero(~tangled)
    ids = pa.concat_arrays([proposed.take(pa.array(alone)), pa.array(
        [p for p, _ in clusters], pa.string())])  # fmt: skip
    encoded = ids.dictionary_encode().indices.to_numpy()
    again = np.flatnonzero(np.bincount(encoded)[encoded] > 1)
    owner = _owners(said, alone, clusters)
    why = {len(alone) + i: c.why for i, (_, c) in enumerate(clusters) if c.why}
    if len(again):
        ids = _settled(said, ids, alone, again, clusters)
    order = pc.sort_indices(ids).to_numpy()
    ordered = ids.take(pa.array(order))
    new = np.ones(len(ids), bool)
    new[1:] = pc.not_equal(ordered[1:], ordered[:-1]).to_numpy(zero_copy_only=False)
    place = np.empty(len(ids), np.int32)
    place[order] = np.cumsum(new, dtype=np.int32) - 1
    reasons = {int(place[i]): text for i, text in sorted(why.items())}
    return Named(ordered.filter(pa.array(new)), place[owner], reasons)


def _owners(said: Said, alone: I64, clusters: list[tuple[str, Cluster]]) -> I64:
    """Return the row of the claimants for each key: those alone first, then the clusters."""
    import pyarrow as pa
    import pyarrow.compute as pc

    owner = np.empty(len(said.keys), np.int64)
    owner[alone] = np.arange(len(alone))
    members = [k for _, c in clusters for k in c.members]
    if members:
        rows = pc.index_in(pa.array(members, pa.string()), value_set=said.keys).to_numpy()
        sizes = [len(c.members) for _, c in clusters]
        owner[rows] = np.repeat(len(alone) + np.arange(len(clusters)), sizes)
    return owner


def _settled(
    said: Said,
    ids: pa.Array,
    alone: I64,
    again: I64,
    clusters: list[tuple[str, Cluster]],
) -> pa.Array:
    """Return the ids after those that several propose were given."""
    import pyarrow as pa

    here: dict[str, int] = {}
    rivals = []
    texts = ids.take(pa.array(again)).to_pylist()
    single = alone[again[again < len(alone)]]
    keys = said.keys.take(pa.array(single)).to_pylist()
    for i, text in zip(again.tolist(), texts, strict=True):
        if i < len(alone):
            key = keys[len(here)]
            document, mark, own = key.rpartition("#")
            claim = document if mark and not own.startswith("~") else key
            cluster = Cluster(claim, key, [key], [])
        else:
            cluster = clusters[i - len(alone)][1]
        here[cluster.root] = i
        rivals.append((text, cluster))
    found = ids.to_pylist()
    for proposed, claimants in by_id(rivals).items():
        for id_, cluster in given(proposed, claimants):
            found[here[cluster.root]] = id_
    return pa.array(found, pa.string())


def _proposals(said: Said, tangled: Flags) -> tuple[pa.Array, Flags]:
    """Return for each key the id that it proposes if it stands alone: the rules of `identity`.

    The other result tells which have nothing to propose but a name.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers, place = _numbers(said, tangled)
    parts = [pa.array([], pa.string())]
    silent = np.zeros(len(said.keys), bool)
    for begin in range(0, len(said.keys), CHUNK):
        keys, at = said.keys[begin : begin + CHUNK], place[begin : begin + CHUNK]
        own = pc.replace_substring_regex(keys, "(?s)^.*#", "")
        document = pc.and_(pc.match_substring(keys, "#"), pc.invert(pc.starts_with(own, "~")))
        official = pc.and_(pc.invert(document), pc.starts_with(keys, "ofac:"))
        number = pc.fill_null(numbers.take(pa.array(at, mask=at < 0)), "")
        parts.append(pc.if_else(document, own, pc.if_else(official, keys, number)))
        named = pc.invert(pc.or_(document, official)).to_numpy(zero_copy_only=False)
        silent[begin : begin + CHUNK] = named & (at < 0)
    return pa.concat_arrays(parts), silent


def _numbers(said: Said, tangled: Flags) -> tuple[pa.Array, I64]:
    """Return strong identifiers as ``scheme:value``, and the first of each key, -1 where none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    place = np.full(len(said.keys), -1, np.int64)
    parts: list[pa.Array] = []
    begin = 0
    for predicate in _STRONG:
        rows = said.about_of(predicate)
        keys = said.subject[rows]
        free = (place[keys] < 0) & ~tangled[keys]
        rows, keys = rows[free], keys[free]
        values = said.values(rows)
        counts = np.bincount(keys, minlength=len(place))
        if len(keys) and counts.max() > 1:  # of one scheme the least
            order = pc.sort_indices(pa.table({"k": keys, "v": values}),
                                    sort_keys=[("k", "ascending"), ("v", "ascending")])  # fmt: skip
            values, keys = values.take(order), keys[order.to_numpy()]
            first = np.ones(len(keys), bool)
            first[1:] = keys[1:] != keys[:-1]
            values, keys = values.filter(pa.array(first)), keys[first]
        place[keys] = begin + np.arange(len(keys))
        begin += len(keys)
        scheme = predicate.removeprefix(model.ID_PREFIX) + ":"
        parts.append(pc.binary_join_element_wise(scheme, values, ""))
    return pa.concat_arrays(parts), place


def _tangled(said: Said) -> Flags:
    """Tell which keys share a number or a name with another, or are to be found by name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    reserved = pc.is_in(said.keys, value_set=pa.array([*LISTS, *REGULATORS]))
    found: Flags = reserved.to_numpy(zero_copy_only=False).copy()
    for predicate in _STRONG:
        rows = said.about_of(predicate)
        classes = said.values(rows).dictionary_encode().indices.to_numpy()
        _mark(found, classes, said.subject[rows])
    for predicate in (model.SAME, model.DIFFERENT):
        rows = said.about_of(predicate)
        found[said.subject[rows]] = True
        others = pc.index_in(said.values(rows), value_set=said.keys).drop_null().to_numpy()
        found[others] = True
    _mark_names(said, found)
    return found


def _mark_names(said: Said, found: Flags) -> None:
    import pyarrow as pa

    listed = np.zeros(len(found), bool)
    listed[said.start[said.listings]] = True
    personal = np.zeros(len(found), bool)
    for kind in PERSONAL:
        rows = said.about_of(model.TYPE)
        personal[said.subject[rows[said.is_value(rows, kind)]]] = True
    texts: list[Any] = []
    keys: list[I32] = []
    kinds: list[Any] = []

    def add(kind: str, rows: I32, normal: Any) -> None:
        texts.append(normal)
        keys.append(said.subject[rows])
        kinds.append(np.full(len(rows), "namwd".index(kind), np.uint8))

    for kind, predicate in (("n", model.NAME), ("a", model.ALIAS), ("m", model.MENTION)):
        add(kind, *said.normals(predicate))
    rows = said.about_of(model.NAME)
    rows = rows[said.has_raw(rows)]
    add("w", rows, normal_forms(said.raws(rows)))
    for predicate in _DECISIONS:
        rows = said.about_of(predicate)
        if len(rows):
            add("d", rows, normal_forms(said.values(rows)))
    classes = pa.concat_arrays(texts).dictionary_encode().indices.to_numpy()
    key, kind_of = np.concatenate(keys), np.concatenate(kinds)
    same = (kind_of <= 1) & (~personal | listed)[key]  # names and aliases
    _mark(found, classes[same], key[same])
    asking = kind_of == 2
    asking |= kind_of == 4
    found[key[asking]] = True
    wanted = np.zeros(classes.max(initial=0) + 1, bool)
    wanted[classes[asking]] = True
    found[key[wanted[classes]]] = True


def _mark(found: Flags, classes: I32, keys: I32) -> None:
    """Mark the keys of classes that have two of them."""
    if not len(classes):
        return
    first = np.empty(classes.max() + 1, keys.dtype)
    first[classes[::-1]] = keys[::-1]
    several = np.zeros(len(first), bool)
    several[classes[keys != first[classes]]] = True
    found[keys[several[classes]]] = True
