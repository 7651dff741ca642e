"""Who is who: the methods of a graph that propose identities and keep a person's decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nthtier.explorer import asking
from nthtier.explorer.exposures import Exposures
from nthtier.explorer.results import Table

if TYPE_CHECKING:
    from nthtier.explorer.asking import Name
    from nthtier.graph.decisions import Decision
    from nthtier.graph.proposals import Proposal
    from nthtier.graph.store import Store
    from nthtier.queries.matching import Matching


class MatchResult(Table):
    """Possible matches, the likeliest first; ``decisions`` are those that count."""

    columns = ("score", "one", "one_id", "other", "other_id", "reasons", "decision")

    @property
    def title(self) -> str:
        """How many there are."""
        return f"{len(self):,} possible matches, {len(self.decisions):,} decisions"

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """The decisions that count, with ``state``: whether each is applied in this version."""
        found: list[dict[str, Any]] = self.data["decisions"]
        return found

    def _items(self) -> Sequence[Any]:
        found: Sequence[Any] = self.data["candidates"]
        return found

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        a, b, decision = item["a"], item["b"], item["decision"]
        return (item["score"], a["name"], a["id"], b["name"], b["id"], item["reasons"],
                decision and decision["verdict"])  # fmt: skip


class Identities(Exposures):
    """A graph that says who may be who."""

    @property
    def store(self) -> Store:
        """The folder of versions."""
        from nthtier.graph.store import Store

        return Store(self.folder)

    def matching(self) -> Matching:
        """Return the version's names beside the decisions that count."""
        from nthtier.graph import deciding
        from nthtier.queries.matching import Matching

        return Matching(self.opened, deciding.entries(self.store))

    def match(
        self,
        *,
        least: float = 0.8,
        keep: bool = False,
        progress: Callable[[float], None] | None = None,
    ) -> MatchResult:
        """Return who may be who, with score and reasons, and what was decided; joins nothing.

        Args:
            least: the least score, 0.5 to 1.
            keep: make them relations (``POSSIBLE_MATCH``) of this graph's next version, in the
                place of those kept before; ``trace`` and ``screen`` follow them if ``possible``.
            progress: is told what part of the work is done.

        Raises:
            InputError: the file of decisions is wrong, or the graph is one of columns.
            BusyError: another process is writing.

        >>> import nthtier as nt
        >>> nt.demo().match().data["query"]
        {'command': 'match', 'least': 0.8}
        """
        asking.number("--least", least, 0.5, 1)
        matching = self.matching()
        found = matching.open(least, progress)
        result = MatchResult(matching.result(found, least))
        if keep:
            self._keep(matching.proposals(found))
        return result

    def forget_matches(self) -> None:
        """Take the possible matches back that `match` kept as relations."""
        self._keep([])

    def _keep(self, found: Sequence[Proposal]) -> None:
        from nthtier.graph import deciding

        deciding.keep(self.store, found)
        self.rebuild()

    def decide(
        self, verdict: str, a: Name, b: Name, *, why: str = "", who: str = "", id: bool = False
    ) -> Decision:
        """Record that two are ``same``, ``different`` or ``unsure``; this graph follows it.

        Raises:
            QuestionError: a name means nothing here, or several, or both mean one record.
            BusyError: another process is writing.
        """
        from nthtier.graph import deciding, decisions

        asking.chosen("VERDICT", (verdict,), decisions.VERDICTS)
        sides = self.matching().sides(verdict, asking.name(a), asking.name(b), by_id=id)
        made = deciding.decide(self.store, verdict, *sides, who=who, why=why)
        if verdict != "unsure":
            self.rebuild()
        return made

    def undo(self, number: int, *, why: str = "", who: str = "") -> Decision:
        """Take a decision back by its number; what it replaced counts again.

        Raises:
            QuestionError: no decision of that number counts.
        """
        from nthtier.graph import deciding

        gone = deciding.undo(self.store, number, who=who, why=why)
        self.rebuild()
        return gone

    def rebuild(self) -> list[tuple[Decision, str]]:
        """Build the version that follows from the decisions; this graph is then at it.

        Returns the decisions that name nothing in the graph, each with the reason.
        """
        from nthtier.graph import deciding

        made = deciding.rebuild(self.store)
        self.__dict__.pop("opened", None)
        self._wanted, self._known = made.version, {}
        return made.stale
