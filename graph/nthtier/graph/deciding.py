"""Recording decisions and proposals beside a graph, and building the version they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from nthtier.graph import decisions, proposals
from nthtier.graph.build import LARGE, REGISTRY, build
from nthtier.graph.decisions import SOURCE_ID, Applied, Decision, Entry, Side, Undo
from nthtier.graph.errors import InputError, QuestionError
from nthtier.graph.large import build_large
from nthtier.graph.model import Source, Statement
from nthtier.graph.pile import Pile
from nthtier.graph.proposals import DERIVED, Proposal
from nthtier.graph.store import Store
from nthtier.graph.version import Version

_BULK: Final = "columnar"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The version after decisions: its id, the one before, and decisions that name nothing."""

    version: str
    parent: str
    stale: list[tuple[Decision, str]]


def entries(store: Store) -> list[Entry]:
    """Return what is in the graph's file of decisions."""
    return decisions.read(store.folder / decisions.FILE)


def _change(
    store: Store, change: Callable[[list[Entry]], list[Entry]], *, rebuilt: bool = True
) -> list[Entry]:
    """Read, change and write the file while no other process may; is the graph to be ``rebuilt``?

    Raises:
        InputError: it is to be and cannot, or the file is wrong; the file is left as it is.
    """
    with store.writing():
        if rebuilt:
            _rebuildable(store.open())
        path = store.folder / decisions.FILE
        changed = change(decisions.read(path))
        decisions.write(path, changed)
        return changed


def decide(store: Store, verdict: str, a: Side, b: Side, *, who: str, why: str) -> Decision:
    """Record a decision; a new version is made by `rebuild`.

    Raises:
        BusyError: another process is writing to the graph.
        InputError: the file of decisions is wrong, or decisions do not change this graph (see
            `rebuild`); the file is left as it is.
    """

    def change(held: list[Entry]) -> list[Entry]:
        return [*held, Decision(_next(held), verdict, a, b, who, decisions.now(), why)]

    made = _change(store, change, rebuilt=verdict != "unsure")[-1]
    assert isinstance(made, Decision)
    return made


def undo(store: Store, number: int, *, who: str, why: str = "") -> Decision:
    """Take a decision back; what it replaced counts again.

    Raises:
        QuestionError: no decision of that number counts.
    """
    taken: list[Decision] = []

    def change(held: list[Entry]) -> list[Entry]:
        gone = {e.undo for e in held if isinstance(e, Undo)}
        left = {e.number: e for e in held if isinstance(e, Decision) and e.number not in gone}
        if number not in left:
            known = ", ".join(map(str, left)) or "none"
            raise QuestionError(f"there is no decision {number} to undo (decisions: {known})")
        taken.append(left[number])
        return [*held, Undo(_next(held), number, who, decisions.now(), why)]

    _change(store, change)
    return taken[0]


def add(store: Store, others: Sequence[Entry]) -> list[Decision]:
    """Add the decisions that count in another file, but for those that say what counts already."""
    added: list[Decision] = []

    def change(held: list[Entry]) -> list[Entry]:
        known = {(d.pair, d.verdict) for d in decisions.effective(held)}
        for d in decisions.effective(others):
            if (d.pair, d.verdict) not in known:
                number = _next(held) + len(added)
                added.append(Decision(number, d.verdict, d.a, d.b, d.who, d.when, d.why))
        return [*held, *added]

    _change(store, change)
    return added


def _next(held: Iterable[Entry]) -> int:
    return max((e.number for e in held), default=0) + 1


def keep(store: Store, found: Sequence[Proposal]) -> None:
    """Keep possible matches in the place of those kept before; `rebuild` makes them relations.

    Raises:
        BusyError: another process is writing to the graph.
        InputError: this graph cannot be rebuilt; its file is left as it is.
    """
    with store.writing():
        _rebuildable(store.open())
        path = store.folder / proposals.FILE
        if found or path.exists():
            proposals.write(path, found)


def with_decisions(
    store: Store, sources: dict[str, Source], statements: list[Statement] | Pile
) -> Applied:
    """Put the decisions and proposals that count now in the place of those before.

    A pile must hold none of these.
    """
    for source in DERIVED:
        sources.pop(source, None)
    if isinstance(statements, list):
        statements[:] = [s for s in statements if s.source not in DERIVED]
    made = decisions.apply(entries(store), statements)
    kept = proposals.read(store.folder / proposals.FILE)
    if kept:
        there = decisions.held(statements, proposals.keys(kept))
        if said := proposals.statements_of(kept, there):
            sources[proposals.SOURCE_ID] = proposals.source_of(kept)
            statements.extend(said)
    if made.source is not None:
        sources[SOURCE_ID] = made.source
        statements.extend(made.statements)
    return made


def rebuild(store: Store) -> Rebuilt:
    """Build the current version again from its statements and the decisions that count now.

    Raises:
        BusyError: another process is writing to the graph.
        InputError: the file of decisions is wrong, or the graph is one of columns, whose entities
            are what their rows say.
    """
    with store.writing():
        current = store.open()
        _rebuildable(current)
        sources = {k: s for k, s in current.sources.items() if k != REGISTRY.id}
        if current.manifest["statements"] < LARGE:
            statements = current.statements()
            made = with_decisions(store, sources, statements)
            built = build(sources.values(), statements)
        else:
            pile = Pile()
            pile.add_version(current, sources.keys() - DERIVED)
            made = with_decisions(store, sources, pile)
            built = build_large(sources.values(), pile)
        if built.id != current.id:
            store.write(built, parent=current.id, command="match")
        return Rebuilt(built.id, current.id, made.stale)


def _rebuildable(version: Version) -> None:
    if any(s.format == _BULK for s in version.sources.values()):
        raise InputError(
            "a graph made of columns joins no entities: neither decisions nor possible matches "
            "change it; load its sources in another format",
            file=decisions.FILE,
        )
