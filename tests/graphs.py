"""Small random graphs for the oracle tests, as plain tuples and as a built version."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from nthtier.graph import model
from nthtier.graph.build import Built, build
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.snapshot import Snapshot
from nthtier.graph.store import Store
from nthtier.graph.version import Version

SOURCE = Source("doc", "doc", "A made-up document", date="2024-01-01")
TYPES = ("SUPPLIES", "OWNS", "INVESTED_IN", "PARTNERS_WITH", "JOINT_VENTURE_WITH", "MEMBER_OF")
DATES = ("", "2001", "2005", "2010-06", "2015-03-01", "2020")
LISTS = ("us-bis-el", "us-ofac-sdn")


@dataclass(frozen=True)
class Tie:
    """One relation of a made-up graph; ``share`` is percent or None."""

    src: int
    type: str
    dst: int
    since: str = ""
    until: str = ""
    share: float | None = None
    basis: str = "stated"


@dataclass(frozen=True)
class Listing:
    """One listing of a made-up graph."""

    entity: int
    list_id: str
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Drawn:
    """A made-up graph of entities 0 … n-1."""

    n: int
    ties: tuple[Tie, ...]
    listings: tuple[Listing, ...]

    def statements(self) -> list[Statement]:
        """Return the statements that say all this."""
        found = []
        for i in range(self.n):
            found.append(_say(f"doc#{name(i)}", model.NAME, value=f"Maker {i}"))
            found.append(_say(f"doc#{name(i)}", model.TYPE, value="Company"))
        for t in self.ties:
            found.append(
                _say(f"doc#{name(t.src)}", t.type, object=f"doc#{name(t.dst)}", since=t.since,
                     until=t.until, basis=t.basis,
                     share=None if t.share is None else (t.share, t.share))
            )  # fmt: skip
        found += [
            _say(f"doc#{name(x.entity)}", "LISTED_ON", object=x.list_id, since=x.since,
                 until=x.until)
            for x in self.listings
        ]  # fmt: skip
        return found

    def build(self) -> Built:
        """Build the version in memory."""
        return build([SOURCE], self.statements())

    def version(self, folder: Path) -> Version:
        """Write the version into a graph folder and open it."""
        store = Store(folder)
        with store.writing():
            store.write(self.build(), parent=None, command="test")
        return store.open()


def name(i: int) -> str:
    """Return the id of entity ``i``; ids sort as numbers."""
    return f"e{i:02d}"


def _say(subject: str, predicate: str, **more: Any) -> Statement:
    return statement(subject, predicate, source="doc", locator="line 1", **more)


def snapshot_of(built: Built) -> Snapshot:
    """Return the snapshot of a version that was not written."""
    return Snapshot(**{f: built.arrays[f] for f in Snapshot.__slots__})


@st.composite
def interval(draw: st.DrawFn) -> tuple[str, str]:
    """Draw since and until, in order."""
    since, until = draw(st.sampled_from(DATES)), draw(st.sampled_from(DATES))
    return (until, since) if since and until and since[:4] > until[:4] else (since, until)


@st.composite
def drawn_graphs(draw: st.DrawFn, most: int = 7, most_ties: int = 14) -> Drawn:
    """Draw a graph with parallel relations, cycles, self-loops, dates, shares and listings."""
    n = draw(st.integers(2, most))
    ties = []
    for _ in range(draw(st.integers(0, most_ties))):
        kind = draw(st.sampled_from(TYPES))
        stake = kind in ("OWNS", "INVESTED_IN")
        share = draw(st.sampled_from([None, 5.0, 30.0, 51.0, 100.0])) if stake else None
        since, until = draw(interval())
        basis = draw(st.sampled_from(["stated", "stated", "inferred", "disputed"]))
        ties.append(Tie(draw(st.integers(0, n - 1)), kind, draw(st.integers(0, n - 1)), since,
                        until, share, basis))  # fmt: skip
    listings = []
    for _ in range(draw(st.integers(0, 4))):
        since, until = draw(interval())
        listings.append(Listing(draw(st.integers(0, n - 1)), draw(st.sampled_from(LISTS)), since,
                                until))  # fmt: skip
    return Drawn(n, tuple(ties), tuple(listings))
