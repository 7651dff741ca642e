"""The screening kernel against brute force: targets, fewest hops and the best path of each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import Drawn, Listing, Tie, drawn_graphs, snapshot_of
from nthtier.graph.dates import end_day
from nthtier.graph.index import HOP_BITS
from nthtier.graph.ontology import LENSES, lens_reads
from nthtier.graph.snapshot import Snapshot
from nthtier.queries.paths import Engine
from nthtier.queries.reach import reached
from nthtier.queries.selection import Selection, listed_targets
from nthtier.queries.space import space
from oracle import Answer, all_paths
from test_paths import engine, listed_ends, many

__all__ = ["engine"]
Row = tuple[int, int, int, int, tuple[int, ...], int, int]


def brute_force(
    s: Snapshot, companies: list[int], lens: str, hops: int, day: int | None, share: float,
    avoid: set[int],
) -> list[Row]:  # fmt: skip
    """Return company, target, fewest hops, cost, relations and interval of each best path."""
    rows: list[Row] = []
    for number, company in enumerate(companies):
        paths = all_paths(s, company, listed_ends(s, day), [dict(lens_reads(lens))] * hops, day=day,
                          least_share=share, avoid=avoid)  # fmt: skip
        best: dict[int, Answer] = {}
        fewest: dict[int, int] = {}
        for a in paths:  # best first
            at = company
            for r in a.relations:
                at = int(s.dst[r]) if int(s.src[r]) == at else int(s.src[r])
            best.setdefault(at, a)
            fewest[at] = min(len(a.relations), fewest.get(at, hops))
        for t, a in best.items():
            rows.append((number, t, fewest[t], a.cost, a.relations, a.since, a.until))
    return sorted(rows, key=lambda r: (r[0], r[3], len(r[4]), r[4]))


@many(200)
@given(
    drawn_graphs(),
    st.sampled_from(list(LENSES)),
    st.integers(0, 7),
    st.sampled_from([None, "2003", "2012-01-01"]),
    st.sampled_from([0.0, 30.0]),
    st.none() | st.integers(0, 4),
    st.booleans(),
    st.sampled_from([0, 1 << 20]),
)
def test_equals_brute_force(
    engine: Engine, drawn: Drawn, lens: str, hops: int, as_of: str | None, share: float,
    avoided: int | None, kept: bool, most: int,
) -> None:  # fmt: skip
    """``most`` chooses how broken paths are searched again: all listed, or one by one."""
    s = snapshot_of(drawn.build())
    day = end_day(as_of) if as_of else None
    avoid = {avoided} - {None} if avoided is not None and avoided < drawn.n else set()
    companies = [*range(drawn.n), 0]  # the same company may come twice
    selection = Selection(lens_reads(lens), day, share, avoid=frozenset(avoid))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nthtier.queries.reach._MOST_PATHS", most)
        sp = space(s, listed_targets(s, day=day), selection, max_hops=hops,
                   index=s.index if kept else None)  # fmt: skip
        blocks = list(reached(sp, companies, engine=engine))
    rows = [
        (int(c), int(t), int(f), int(k) >> HOP_BITS, tuple(int(x) for x in r if x >= 0),
         int(a), int(b))
        for found in blocks
        for c, t, f, k, r, a, b in zip(
            found.company, found.target, found.fewest, found.key, found.relations, found.since,
            found.until, strict=True,
        )
    ]  # fmt: skip
    assert rows == brute_force(s, companies, lens, hops, day, share, avoid)
    assert blocks[-1].done == len(companies) and blocks[-1].stopped_by is None


def test_a_path_that_never_held_as_a_whole_gives_way_to_one_that_did(engine: Engine) -> None:
    """The strongest walk 0-1-2 has hops that never held together; 0-3-4-2 did."""
    ties = (
        Tie(0, "OWNS", 1, until="2005", share=100.0), Tie(1, "OWNS", 2, since="2010", share=100.0),
        Tie(0, "MEMBER_OF", 3), Tie(3, "MEMBER_OF", 4), Tie(4, "MEMBER_OF", 2),
    )  # fmt: skip
    s = snapshot_of(Drawn(5, ties, (Listing(2, "us-bis-el"),)).build())
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=3, index=s.index)
    (found,) = reached(sp, [0], engine=engine)
    assert found.fewest.tolist() == [3] and (found.relations[0] >= 0).all()


def test_many_companies_go_through_in_batches(engine: Engine) -> None:
    ties = tuple(Tie(i, "SUPPLIES", 60) for i in range(60))
    s = snapshot_of(Drawn(61, ties, (Listing(60, "us-bis-el"),)).build())
    companies = list(range(60)) * 100
    sp = space(s, listed_targets(s), Selection(lens_reads("any")), max_hops=2, index=s.index)
    blocks = list(reached(sp, companies, engine=engine))
    assert len(blocks) > 1 and [b.done for b in blocks] == sorted(b.done for b in blocks)
    assert np.concatenate([b.company for b in blocks]).tolist() == list(range(6000))
    assert {int(f) for b in blocks for f in b.fewest} == {1}
    late = list(reached(sp, companies, engine=engine, seconds=-1))
    assert [b.stopped_by for b in late] == ["time"] and 0 < late[0].done < 6000
    assert np.array_equal(late[0].company, np.arange(late[0].done))


def test_no_sequence_of_types(engine: Engine) -> None:
    s = snapshot_of(Drawn(2, (Tie(0, "SUPPLIES", 1),), (Listing(1, "us-bis-el"),)).build())
    selection = Selection(lens_reads("any"), sequence=(lens_reads("any"),))
    sp = space(s, listed_targets(s), selection, max_hops=1)
    with pytest.raises(ValueError, match="sequence"):
        next(reached(sp, [0], engine=engine))
