"""Paths of an answer as findings of the JSON contract, so that the page can show them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version as software_version
from typing import Any

from nthtier.graph import dates, tables
from nthtier.graph.errors import QuestionError
from nthtier.graph.version import Version
from nthtier.queries import sentences
from nthtier.queries.answers import Reader
from nthtier.queries.classes import FORMAT
from nthtier.queries.cypher.values import Answer


def findings(version: Version, answer: Answer) -> dict[str, Any]:
    """Return the paths of an answer as a result; each is read from its first node on.

    Raises:
        QuestionError: the answer has no path between entities of this version.
    """
    paths = [p for row in answer.rows for value in row for p in _paths(value)]
    rows = _relation_rows(version, {r["properties"].get("id", "") for p in paths
                                    for r in p["relationships"]})  # fmt: skip
    reader = Reader(version)
    reader.prefetch(list(rows.values()))
    found = [f for p in paths if (f := _finding(version, reader, rows, p)) is not None]
    if not found:
        raise QuestionError(
            "the page shows paths between entities, and this answer has none: RETURN p, where "
            "p = (:Entity)-[…]-(:Entity)"
        )
    subject = found[0]["subject"]["id"]
    shown = [f for f in found if f["subject"]["id"] == subject]
    types = {h["type"]: "both" for f in shown for h in f["path"]}
    hops = max(f["hops"] for f in shown)
    return {
        "format": FORMAT,
        "nthtier": software_version("nthtier"),
        "version": version.id,
        "query": {"command": "trace", "subject": subject,
                  "to": sorted({f["target"]["id"] for f in shown}), "lens": "any", "types": types,
                  "direction": None, "via": [], "avoid": [], "max_hops": hops,
                  "limit": len(shown), "as_of": None, "known": None, "min_share": 0.0},
        "findings": shown,
        "coverage": {"sources": reader.sources(), "max_hops": hops, "types": sorted(types),
                     "entities": version.snapshot.entities,
                     "relations": version.snapshot.relations,
                     "complete": answer.stopped_by is None and len(shown) == len(found),
                     "stopped_by": answer.stopped_by},
    }  # fmt: skip


def _paths(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and value.keys() == {"nodes", "relationships"}:
        if value["relationships"]:
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item)


def _relation_rows(version: Version, wanted: set[str]) -> dict[str, int]:
    ids = tables.read_table(version.table_path("relations"), ["id"]).column("id").to_pylist()
    return {id_: row for row, id_ in enumerate(ids) if id_ in wanted}


def _finding(
    version: Version, reader: Reader, rows: Mapping[str, int], path: Mapping[str, Any]
) -> dict[str, Any] | None:
    s = version.snapshot
    begin = version.by_text(f"id:{path['nodes'][0]['properties'].get('id', '')}")
    if len(begin) != 1:
        return None
    at, hops, used = begin[0], [], []
    for tie in path["relationships"]:
        row = rows.get(tie["properties"].get("id", ""))
        if row is None or at not in (s.src[row], s.dst[row]):
            return None  # evidence, or a relation of another version
        forward = int(s.src[row]) == at
        at = int(s.dst[row] if forward else s.src[row])
        hops.append(reader.hop(row, "forward" if forward else "backward"))
        used.append(row)
    since, until = max(int(s.since[r]) for r in used), min(int(s.until[r]) for r in used)
    listings = reader.listings(at, since=since, until=until) if since <= until else []
    subject, target = reader.entity(begin[0]), reader.entity(at)
    tail = "" if listings else f"; {target['name']} is on no list here while this held"
    return {
        "class": "exposed" if listings else "none",
        "subject": subject,
        "target": {**target, "listings": listings},
        "rule": None,
        "hops": len(hops),
        "strength": round(math.exp(-sum(int(s.cost[r]) for r in used) / 1e6), 6),
        "since": _latest(hops),
        "until": _earliest(hops),
        "sentence": sentences.path_sentence(subject["name"], hops, listings, tail),
        "path": hops,
    }


def _latest(hops: Sequence[Mapping[str, Any]]) -> Any:
    return max(hops, key=lambda h: dates.start_day(h["since"] or ""))["since"]


def _earliest(hops: Sequence[Mapping[str, Any]]) -> Any:
    return min(hops, key=lambda h: dates.end_day(h["until"] or ""))["until"]
