"""Relations between companies that came, went or say something else, with the cause of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nthtier.graph.model import share_text
from nthtier.graph.ontology import CODE, RELATION_TYPES
from nthtier.queries.edition_causes import Causes
from nthtier.queries.edition_pairs import Pair
from nthtier.queries.edition_side import Said, Side

FIELDS: Final = ("since", "until", "share", "amount", "basis")
_Ties = npt.NDArray[np.int64]


def ties(
    before: Side, after: Side, pairs: Sequence[Pair], causes: Causes, untold: Collection[str]
) -> list[dict[str, Any]]:
    """Return the ties (start, type, end) whose claims differ; listings are not among them.

    Those of the types ``untold`` are not compared.
    """
    number = [_numbers(side, pairs, i) for i, side in enumerate((before, after))]
    keys = [_keys(side, n) for side, n in zip((before, after), number, strict=True)]
    touched = np.unique(np.concatenate([
        _unlike(before, after, keys[0], keys[1]), _unlike(after, before, keys[1], keys[0])
    ]))  # fmt: skip
    old, new = (_claims(s, k, touched) for s, k in zip((before, after), keys, strict=True))
    found = []
    for key in touched.tolist():
        one, other = old.get(key, []), new.get(key, [])
        gone = _without(one, other)
        come = _without(other, one)
        if not gone and not come:
            continue
        side, claim = (after, other[0]) if other else (before, one[0])
        ends = [pairs[n] for n in _ends(key)]
        cause = causes.of(_by(gone), _by(come), None)
        if cause.kind == "software":
            grouped = [p for p in ends if len(p.before) + len(p.after) > 2]
            cause = causes.grouping(grouped[0]) if grouped else cause
        what = "changed" if one and other else "added" if other else "removed"
        found.append({
            "what": what,
            "from": side.entity(claim["src"]), "type": claim["type"],
            "to": side.entity(claim["dst"]),
            "before": [_told(c) for c in gone], "after": [_told(c) for c in come],
            "fields": _fields(gone, come) if what == "changed" else {},
            "cause": cause.kind, "why": cause.why,
        })  # fmt: skip
    order = ("added", "removed", "changed")
    found = [x for x in found if x["type"] not in untold]
    return sorted(found, key=lambda x: (order.index(x["what"]), x["from"]["name"].casefold(),
                                        x["type"], x["to"]["name"], x["from"]["id"],
                                        x["to"]["id"]))  # fmt: skip


def _numbers(side: Side, pairs: Sequence[Pair], which: int) -> npt.NDArray[np.int64]:
    """Return for each entity the number of its pair."""
    found = np.zeros(len(side.ids), np.int64)
    for number, pair in enumerate(pairs):
        for entity in pair.after if which else pair.before:
            found[entity] = number
    return found


def _keys(side: Side, number: npt.NDArray[np.int64]) -> _Ties:
    """Return for each relation the number of its tie; -1 for listings and lists' bodies."""
    s = side.version.snapshot
    kind = np.asarray(s.type, np.int64)
    assert len(RELATION_TYPES) <= 1 << 5 and int(number.max(initial=0)) < 1 << 29
    keys = (number[s.src] << 34) | (kind << 29) | number[s.dst]
    beside = np.isin(kind, [CODE["LISTED_ON"], CODE["MAINTAINED_BY"]])
    return np.where(beside, -1, keys)


def _ends(key: int) -> tuple[int, int]:
    """Return the numbers of the pairs at the ends of a tie."""
    return key >> 34, key & ((1 << 29) - 1)


def _unlike(side: Side, other: Side, keys: _Ties, others: _Ties) -> _Ties:
    """Return the ties of relations that the other side does not have just so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def told(x: Side, numbers: _Ties) -> Any:
        table = x.version.table("relations", ["id", "basis", "until"])
        return pc.binary_join_element_wise(
            table.column("id").combine_chunks(), table.column("basis").combine_chunks(),
            table.column("until").combine_chunks(), pa.array(numbers).cast(pa.string()), "|",
        )  # fmt: skip

    there = pc.is_in(told(side, keys), value_set=told(other, others))
    unlike: _Ties = keys[~there.to_numpy(zero_copy_only=False) & (keys >= 0)]
    return unlike


def _claims(side: Side, keys: _Ties, touched: _Ties) -> dict[int, list[dict[str, Any]]]:
    rows = np.flatnonzero(np.isin(keys, touched))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    wanted = side.version.rows("relations", rows.tolist())
    spans = [side.version.evidence(int(r)) for r in rows]
    said = iter(side.version.rows("statements", (n for x in spans for n in x), ["id", "source"]))
    for row, claim, span in zip(rows.tolist(), wanted, spans, strict=True):
        claim["share"] = "" if claim["lo"] is None else share_text(claim["lo"], claim["hi"])
        claim["by"] = [Said(x["id"], x["source"]) for x in (next(said) for _ in span)]
        found[int(keys[row])].append(claim)
    return found


def _without(
    claims: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the claims that no other one equals."""
    there = {_said(c) for c in others}
    return [c for c in claims if _said(c) not in there]


def _said(claim: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(claim[f] for f in FIELDS)


def _told(claim: Mapping[str, Any]) -> dict[str, Any]:
    """Return a claim as answers show it."""
    share = None if claim["lo"] is None else [claim["lo"], claim["hi"]]
    return {"relation": claim["id"], **{f: claim[f] or None for f in FIELDS}, "share": share,
            "statements": [x.statement for x in claim["by"]],
            "sources": sorted({x.source for x in claim["by"]})}  # fmt: skip


def _by(claims: Sequence[Mapping[str, Any]]) -> Iterator[Said]:
    return (said for c in claims for said in c["by"])


def _fields(
    gone: Sequence[Mapping[str, Any]], come: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, list[str]]]:
    found = {}
    for name in FIELDS:
        one, other = ({c[name].replace(":", " to ") for c in x if c[name]} for x in (gone, come))
        if one != other:
            found[name] = {"before": sorted(one - other), "after": sorted(other - one)}
    return found
