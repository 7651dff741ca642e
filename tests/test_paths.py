"""The path kernels against brute force: paths, order, counts and intervals, with every filter."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs import TYPES, Drawn, Listing, Tie, drawn_graphs, name, snapshot_of
from nthtier.graph.dates import OPEN_END, OPEN_START, end_day
from nthtier.graph.index import Index
from nthtier.graph.ontology import BASIS, LENSES, Read, lens_reads
from nthtier.graph.snapshot import Snapshot, indexed, pointers
from nthtier.queries.paths import Engine, best_paths, count_paths, iter_paths
from nthtier.queries.selection import Selection, Targets, entity_targets, listed_targets
from nthtier.queries.space import space
from oracle import Answer, all_paths
from support import require


def many(examples: int) -> settings:
    """Return Hypothesis settings for tests that build a graph for each example."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


ENGINES: list[Engine] = ["numpy", "numba"]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn; numba only where it is installed."""
    found: Engine = request.param
    if found == "numba":
        require(importlib.util.find_spec("numba") is not None, "numba (the extra 'fast')")
    return found


def listed_ends(s: Snapshot, day: int | None) -> dict[int, list[tuple[int, int]]]:
    ends: dict[int, list[tuple[int, int]]] = {}
    for r in s.listing_rel:
        since, until = int(s.since[r]), int(s.until[r])
        if day is None or since <= day <= until:
            ends.setdefault(int(s.src[r]), []).append((since, until))
    return ends


def as_answers(paths: Any) -> list[Answer]:
    return [Answer(p.relations, p.cost, p.since, p.until) for p in paths]


def check(
    s: Snapshot, targets: Targets, selection: Selection, expected: list[Answer], *,
    index: Index | None, engine: Engine, max_hops: int, limit: int,
    via: frozenset[int] = frozenset(),
) -> None:  # fmt: skip
    """Hold best, count and enumeration of one question against the expected paths."""
    sp = space(s, targets, selection, max_hops=max_hops, via=via, index=index)
    found = best_paths(sp, 0, limit=limit, engine=engine)
    assert as_answers(found.paths) == expected[:limit]
    assert found.stopped_by == ("limit" if len(expected) > limit else None)
    count = count_paths(sp, 0, engine=engine)
    lengths = [len(a.relations) for a in expected]
    assert count.by_hops == {h: lengths.count(h) for h in sorted(set(lengths))}
    every = as_answers(iter_paths(sp, 0, engine=engine))
    assert sorted(every, key=lambda a: (a.cost, len(a.relations), a.relations)) == expected


@pytest.mark.slow
@many(200)
@given(
    drawn_graphs(),
    st.sampled_from(list(LENSES)),
    st.integers(0, 7),
    st.sampled_from([None, "2003", "2012-01-01", "2019"]),
    st.sampled_from([0.0, 30.0]),
    st.sampled_from([frozenset(), frozenset(["stated", "inferred"])]),
    st.integers(1, 8),
    st.booleans(),
)
def test_equals_brute_force(
    engine: Engine, drawn: Drawn, lens: str, hops: int, as_of: str | None, share: float,
    bases: frozenset[str], limit: int, kept: bool,
) -> None:  # fmt: skip
    s = snapshot_of(drawn.build())
    day = end_day(as_of) if as_of else None
    reads = lens_reads(lens)
    # Entity ids sort before the lists', so e00 is ordinal 0.
    expected = all_paths(s, 0, listed_ends(s, day), [dict(reads)] * hops, day=day,
                         least_share=share, bases=bases)  # fmt: skip
    check(s, listed_targets(s, day=day), Selection(reads, day, share, bases), expected,
          index=s.index if kept else None, engine=engine, max_hops=hops, limit=limit)  # fmt: skip


@many(150)
@given(drawn_graphs(), st.data())
def test_named_targets_via_and_avoid(engine: Engine, drawn: Drawn, data: st.DataObject) -> None:
    s = snapshot_of(drawn.build())
    someone = st.integers(0, drawn.n - 1)
    target, via, avoid = (
        data.draw(someone), data.draw(st.none() | someone), data.draw(st.none() | someone)
    )  # fmt: skip
    reads: dict[str, Read] = lens_reads("any")
    vias, avoids = ({x for x in (y,) if x is not None} for y in (via, avoid))
    expected = all_paths(s, 0, {target: [(OPEN_START, OPEN_END)]}, [dict(reads)] * 4, via=vias,
                         avoid=avoids)  # fmt: skip
    check(s, entity_targets(s, [target]), Selection(reads, avoid=frozenset(avoids)), expected,
          index=None, engine=engine, max_hops=4, limit=50, via=frozenset(vias))  # fmt: skip


@many(150)
@given(drawn_graphs(), st.data(), st.booleans())
def test_a_sequence_of_types(engine: Engine, drawn: Drawn, data: st.DataObject, kept: bool) -> None:
    s = snapshot_of(drawn.build())
    ways: st.SearchStrategy[Read] = st.sampled_from(["forward", "backward", "both"])
    step = st.dictionaries(st.sampled_from(TYPES), ways, min_size=1, max_size=4)
    steps: list[dict[str, Read]] = data.draw(st.lists(step, min_size=1, max_size=4))
    expected = [
        a for a in all_paths(s, 0, listed_ends(s, None), [dict(x) for x in steps])
        if len(a.relations) == len(steps)
    ]  # fmt: skip
    check(s, listed_targets(s), Selection(lens_reads("any"), sequence=tuple(steps)), expected,
          index=s.index if kept else None, engine=engine, max_hops=5, limit=30)  # fmt: skip


def widened(drawn: Drawn, hub: int, times: int) -> Snapshot:
    """Return a graph in which each relation that leaves ``hub`` is there many times."""
    s = snapshot_of(drawn.build())
    many = np.repeat(np.arange(s.relations), np.where(s.src == hub, times, 1))
    fields: dict[str, Any] = {f: getattr(s, f) for f in Snapshot.__slots__}
    for f in ("src", "dst", "type", "basis", "since", "until", "lo", "hi", "cost"):
        fields[f] = fields[f][many]
    fields["out_ptr"] = pointers(fields["src"], s.entities)
    fields["in_ptr"] = pointers(fields["dst"], s.entities)
    fields["in_rel"] = np.argsort(fields["dst"], kind="stable").astype(np.int32)
    fields["listing_rel"] = np.searchsorted(many, s.listing_rel).astype(np.int32)
    return Snapshot(**fields | indexed(fields))


@pytest.mark.parametrize("kept", [True, False])
def test_a_hub_of_100_000_relations_answers_exactly(engine: Engine, kept: bool) -> None:
    ties = [Tie(0, "SUPPLIES", 1)] + [Tie(1, "SUPPLIES", 2 + i) for i in range(50)]
    drawn = Drawn(52, tuple(ties), tuple(Listing(i, "us-bis-el") for i in range(2, 52)))
    s = widened(drawn, 1, 2_000)
    assert int(s.out_ptr[2] - s.out_ptr[1]) >= 100_000
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=2,
               index=s.index if kept else None)  # fmt: skip
    found = best_paths(sp, 0, limit=10, engine=engine)
    assert found.stopped_by == "limit"
    lowest = int(s.out_ptr[1])
    assert [p.relations[1] for p in found.paths] == list(range(lowest, lowest + 10))
    assert count_paths(sp, 0, engine=engine).by_hops == {2: 100_000}


@pytest.mark.slow
def test_explosion_stops_at_its_time_and_says_so(engine: Engine) -> None:
    ties = [Tie(a, "SUPPLIES", b) for a in range(40) for b in range(40) if a != b]
    drawn = Drawn(40, tuple(ties), (Listing(39, "us-bis-el"),))
    s = snapshot_of(drawn.build())
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=12)
    found = best_paths(sp, 0, limit=100_000, seconds=0.5, engine=engine)
    assert found.stopped_by == "time"
    counted = count_paths(sp, 0, seconds=0.5, engine=engine)
    assert counted.stopped_by == "time" and counted.total > 0
    lazy = iter_paths(sp, 0, engine=engine)
    assert len({next(lazy).relations for _ in range(1000)}) == 1000


def test_no_hop_no_path(engine: Engine) -> None:
    drawn = Drawn(2, (Tie(0, "SUPPLIES", 1),), (Listing(1, "us-bis-el"),))
    s = snapshot_of(drawn.build())
    every = Selection(lens_reads("any"))
    for hops, paths in ((0, 0), (1, 1)):
        sp = space(s, listed_targets(s), every, max_hops=hops)
        found = best_paths(sp, 0, limit=5, engine=engine)
        assert len(found.paths) == paths
    with pytest.raises(ValueError, match="max_hops"):
        space(s, listed_targets(s), every, max_hops=33)
    with pytest.raises(ValueError, match="limit"):
        best_paths(sp, 0, limit=0, engine=engine)


def test_ids_are_ordinals_here() -> None:
    assert sorted([name(0), name(10), "us-bis-el"]) == [name(0), name(10), "us-bis-el"]
    assert "stated" in BASIS


def test_what_was_listed_once_hides_nobody_behind_it(engine: Engine) -> None:
    """In its row an arc to a former target comes before one that is worse, and leads nowhere."""
    ties = (
        Tie(0, "OWNS", 1, share=100.0), Tie(0, "OWNS", 4, share=60.0),
        Tie(0, "OWNS", 5, share=59.0), Tie(1, "OWNS", 2, share=58.0),
        Tie(1, "OWNS", 3, share=57.5),
    )  # fmt: skip
    listed = [Listing(e, "us-bis-el") for e in (1, 2, 3, 5)]
    listed.append(Listing(4, "us-ofac-sdn", until="2005"))
    s = snapshot_of(Drawn(6, ties, tuple(listed)).build())
    day = end_day("2012")
    sp = space(s, listed_targets(s, day=day), Selection({"OWNS": "forward"}, day), max_hops=4,
               index=s.index)  # fmt: skip
    found = best_paths(sp, 0, limit=2, engine=engine)
    assert [s.dst[list(p.relations)].tolist() for p in found.paths] == [[1], [5]]


@many(15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_a_walk_taken_up_again_loses_and_repeats_nothing(
    seed: int, together: int, room: int, work: int
) -> None:
    """Batches of one to three paths, output for as few, and a stop every few arcs."""
    require(importlib.util.find_spec("numba") is not None, "numba (the extra 'fast')")
    draw = np.random.default_rng(seed)
    a, b = draw.integers(0, 30, 90), draw.integers(0, 30, 90) ** 2 // 30
    ties = tuple(Tie(int(x), "SUPPLIES", int(y), since=str(draw.choice(["", "2005", "2015"])))
                 for x, y in zip(a, b, strict=True) if x != y)  # fmt: skip
    listed = tuple(Listing(int(x), "us-bis-el") for x in draw.permutation(30)[:6])
    s = snapshot_of(Drawn(30, ties, listed).build())
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=3, index=s.index)
    wanted = sorted(iter_paths(sp, 0), key=lambda p: (p.relations, p.cost))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("_TOGETHER", together), ("_FIRST_BLOCK", room), ("_BLOCK", room),
                            ("SLICE", work)):  # fmt: skip
            patch.setattr(f"nthtier.queries.compiled.{name}", value)
        found = sorted(iter_paths(sp, 0, engine="numba"), key=lambda p: (p.relations, p.cost))
        counted = count_paths(sp, 0, engine="numba")
    assert found == wanted and counted.total == len(wanted) > 0
