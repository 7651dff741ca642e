"""The path kernel against brute force: paths, order and intervals, with every filter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs import Drawn, Listing, Tie, drawn_graphs, name, snapshot_of
from nthtier.graph.dates import OPEN_END, OPEN_START, end_day
from nthtier.graph.ontology import LENSES, Read, lens_reads
from nthtier.graph.snapshot import Snapshot
from nthtier.queries.paths import best_paths
from nthtier.queries.selection import Selection, entity_targets, listed_targets
from oracle import Answer, all_paths


def listed_ends(s: Snapshot, day: int | None) -> dict[int, list[tuple[int, int]]]:
    ends: dict[int, list[tuple[int, int]]] = {}
    for r in s.listing_rel:
        since, until = int(s.since[r]), int(s.until[r])
        if day is None or since <= day <= until:
            ends.setdefault(int(s.src[r]), []).append((since, until))
    return ends


def as_answers(found: Any) -> list[Answer]:
    return [Answer(p.relations, p.cost, p.since, p.until) for p in found.paths]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    drawn_graphs(),
    st.sampled_from(list(LENSES)),
    st.integers(0, 5),
    st.sampled_from([None, "2003", "2012-01-01", "2019"]),
    st.sampled_from([0.0, 30.0]),
    st.integers(1, 8),
)
def test_equals_brute_force(
    drawn: Drawn, lens: str, hops: int, as_of: str | None, share: float, limit: int
) -> None:
    s = snapshot_of(drawn.build())
    day = end_day(as_of) if as_of else None
    reads = lens_reads(lens)
    subject = 0  # entity ids sort before the lists', so e00 is ordinal 0
    expected = all_paths(
        s, subject, listed_ends(s, day), dict(reads), max_hops=hops, day=day, least_share=share
    )
    found = best_paths(s, subject, listed_targets(s, day=day), Selection(reads, day, share),
                       max_hops=hops, limit=limit)  # fmt: skip
    assert as_answers(found) == expected[:limit]
    assert found.stopped_by == ("limit" if len(expected) > limit else None)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_graphs(), st.data())
def test_named_targets_via_and_avoid(drawn: Drawn, data: st.DataObject) -> None:
    s = snapshot_of(drawn.build())
    someone = st.integers(0, drawn.n - 1)
    target, via, avoid = (
        data.draw(someone),
        data.draw(st.none() | someone),
        data.draw(st.none() | someone),
    )
    reads: dict[str, Read] = lens_reads("any")
    vias, avoids = ({x for x in (y,) if x is not None} for y in (via, avoid))
    expected = all_paths(s, 0, {target: [(OPEN_START, OPEN_END)]}, dict(reads), max_hops=4,
                         via=vias, avoid=avoids)  # fmt: skip
    found = best_paths(
        s, 0, entity_targets(s, [target]), Selection(reads, avoid=frozenset(avoids)),
        max_hops=4, limit=50, via=frozenset(vias),
    )  # fmt: skip
    assert as_answers(found) == expected[:50]


def hub(width: int) -> Snapshot:
    ties = [Tie(0, "SUPPLIES", 1)] + [Tie(1, "SUPPLIES", 2 + i % 50) for i in range(50)]
    drawn = Drawn(52, tuple(ties), tuple(Listing(i, "us-bis-el") for i in range(2, 52)))
    s = snapshot_of(drawn.build())
    many = np.repeat(np.arange(s.relations), np.where(s.src == 1, width, 1))
    fields = {f: getattr(s, f) for f in Snapshot.__slots__}
    for f in ("src", "dst", "type", "basis", "since", "until", "lo", "hi", "cost"):
        fields[f] = fields[f][many]
    from nthtier.graph.snapshot import pointers

    fields["out_ptr"] = pointers(fields["src"], s.entities)
    fields["in_ptr"] = pointers(fields["dst"], s.entities)
    fields["in_rel"] = np.argsort(fields["dst"], kind="stable").astype(np.int32)
    first = np.searchsorted(many, s.listing_rel)
    fields["listing_rel"] = first.astype(np.int32)
    return Snapshot(**fields)


def test_a_hub_of_100_000_relations_answers_exactly_within_its_limit() -> None:
    s = hub(2_000)
    assert int(s.out_ptr[2] - s.out_ptr[1]) >= 100_000
    found = best_paths(s, 0, listed_targets(s), Selection(lens_reads("any")), max_hops=2, limit=10)
    assert found.stopped_by == "limit"
    keys = [(p.cost, len(p.relations), p.relations) for p in found.paths]
    assert keys == sorted(keys) and len(set(keys)) == 10
    lowest = int(s.out_ptr[1])
    assert [p.relations[1] for p in found.paths] == list(range(lowest, lowest + 10))


def test_explosion_stops_at_its_time_and_says_so() -> None:
    ties = [Tie(a, "SUPPLIES", b) for a in range(40) for b in range(40) if a != b]
    drawn = Drawn(40, tuple(ties), (Listing(39, "us-bis-el"),))
    s = snapshot_of(drawn.build())
    found = best_paths(s, 0, listed_targets(s), Selection(lens_reads("any")), max_hops=12,
                       limit=100_000, seconds=0.5)  # fmt: skip
    assert found.stopped_by == "time"


def test_no_hop_no_path() -> None:
    drawn = Drawn(2, (Tie(0, "SUPPLIES", 1),), (Listing(1, "us-bis-el"),))
    s = snapshot_of(drawn.build())
    every = Selection(lens_reads("any"))
    assert best_paths(s, 0, listed_targets(s), every, max_hops=0, limit=5).paths == []
    assert len(best_paths(s, 0, listed_targets(s), every, max_hops=1, limit=5).paths) == 1
    with pytest.raises(ValueError, match="max_hops"):
        best_paths(s, 0, listed_targets(s), every, max_hops=33, limit=5)


def test_ids_are_ordinals_here() -> None:
    assert sorted([name(0), name(10), "us-bis-el"]) == [name(0), name(10), "us-bis-el"]
