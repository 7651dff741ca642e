"""The Python interface: a graph folder, opened, and the questions it answers.

Every question of the command line is a method of `Graph`; its options are keywords of the same
name (``--max-hops`` is ``max_hops``, ``--for`` is ``for_``), with the same values and defaults, and
the commands call these methods. Answers are objects of `result_kinds` and `result_tables`.

::

    Opened              the folder at a version: load, info, versions      opened.py
    └── Exposures       trace, explore, screen, what_if, cut               exposures.py
        └── Identities  match, decide, undo                                identities.py
            └── Graph   find, owners, captured, rules, diff, verify, …   here
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from nthtier.explorer import asking, result_kinds, result_tables
from nthtier.explorer.identities import Identities
from nthtier.explorer.opening import GATES
from nthtier.graph.errors import UsageError

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from nthtier.explorer.asking import Day, Name, Words
    from nthtier.explorer.diff_result import DiffResult
    from nthtier.explorer.results import Result

_demos: list[tempfile.TemporaryDirectory[str]] = []


def open(path: str | Path | None = None) -> Graph:  # noqa: A001 - nt.open
    """Open a graph folder: ``path``, else ``$NTHTIER_GRAPH``, else ``./nthtier-graph``.

    Raises:
        StoreError: there is no graph.

    >>> import nthtier as nt
    >>> nt.open("no-such-folder")
    Traceback (most recent call last):
        ...
    nthtier.graph.errors.StoreError: there is no graph in no-such-folder; 'nthtier demo' or \
'nthtier load FILE' makes one, --graph names another folder
    """
    graph = Graph(path)
    graph.opened  # noqa: B018 - says now that there is none
    return graph


def demo(path: str | Path | None = None) -> Graph:
    """Build the article's graph from the shipped facts: in a folder, else in a temporary one.

    A temporary folder is gone when the process ends. Lists loaded into the same folder join in.

    >>> import nthtier as nt
    >>> g = nt.demo()
    >>> g.trace("Intel", to="us-bis-el", max_hops=1).findings[0].sentence.partition(", which")[0]
    'Intel supplies Inspur Group'
    """
    from nthtier.loaders.registry import SHIPPED

    if path is None:
        folder = tempfile.TemporaryDirectory(prefix="nthtier-demo-")
        _demos.append(folder)
        path = Path(folder.name) / "graph"
    return load(path, *sorted(SHIPPED.glob("*.toml")), format="factfile")


def load(
    path: str | Path | None,
    *paths: str | Path,
    format: str | None = None,
    map: str | Path | None = None,
    as_known: Day | None = None,
    allow: Words = None,
) -> Graph:
    """Add files to the graph in a folder, which is made if need be, and open it.

    ``path`` None is ``$NTHTIER_GRAPH``, else ``./nthtier-graph``. See `Graph.load`.

    >>> import tempfile, nthtier as nt
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "facts.toml").write_text('''
    ... [source]
    ... id = "contract-7"
    ... title = "A supply contract"
    ... date = 2024-05-02
    ... [[relation]]
    ... from = "Inspur Group"
    ... type = "SUPPLIES"
    ... to = "Acme"
    ... ''')
    >>> g = nt.load(folder / "graph", folder / "facts.toml")
    >>> [x["name"] for x in g.find("acme")]
    ['Acme']
    """
    graph = Graph(path)
    graph.load(*paths, format=format, map=map, as_known=as_known, allow=allow)
    return graph


class Graph(Identities):
    """A graph folder at one version: the current one when it is first used.

    What another process loads is not seen; `at` and `nthtier.open` give other versions. What is
    loaded through this object is.

    >>> import nthtier as nt
    >>> nt.demo().info().data["counts"]["relations"] > 50
    True
    """

    def at(self, version: Name) -> Graph:
        """Return the graph at another version, by its id.

        Raises:
            StoreError: there is no such version.
        """
        graph = Graph(self.folder, asking.name(version))
        graph.opened  # noqa: B018
        return graph

    def find(self, name: Name, *, limit: int = 10) -> result_tables.FindResult:
        """Find companies by name, alias or identifier, in any script.

        >>> import nthtier as nt
        >>> nt.demo().find("浪潮集团")[0]["id"]
        'inspur-group'
        """
        from nthtier.queries.lookup import candidates

        asking.number("--limit", limit, 1)
        text = asking.name(name)
        return result_tables.FindResult(candidates(self.opened, text, limit), text)

    def owners(
        self,
        entity: Name,
        *,
        as_of: Day | None = None,
        known: Day | None = None,
        limit: int = 100,
        id: bool = False,
    ) -> result_tables.OwnersResult:
        """Return who owns a company and what it owns, with both arithmetics, today or on a day."""
        from nthtier.queries.owners import Question, owners

        asking.number("--limit", limit, 1)
        question = Question(asking.name(entity), asking.day(as_of), asking.day(known), limit, id)
        version = self._version(question.known)
        return result_tables.OwnersResult(owners(version, question), version)

    def captured(
        self,
        *,
        rule: str | None = None,
        entity: Name | None = None,
        as_of: Day | None = None,
        known: Day | None = None,
        rules: str | Path | None = None,
        limit: int = 1000,
        id: bool = False,
    ) -> result_kinds.CapturedResult:
        """Return whom a rule of ownership or control extends a listing to, with the arithmetic.

        Args:
            rule: only this rule, by its id.
            entity: only this company, whatever the answer is.
            as_of: on this day; else today.
            known: what editions up to this day had said.
            rules: a folder with more rules (TOML).
            limit: the most findings.
            id: ``entity`` is an entity id.

        >>> import nthtier as nt
        >>> nt.demo().captured(rule="bis-affiliates", as_of="2025-10-15").findings[0].class_
        'captured'
        """
        from nthtier.queries.captured import Question, captured

        asking.number("--limit", limit, 1)
        question = Question(
            rule=rule or "", entity=asking.name(entity) if entity else "",
            as_of=asking.day(as_of), known=asking.day(known), limit=limit, by_id=id,
            rules=Path(rules) if rules else None,
        )  # fmt: skip
        version = self._version(question.known)
        return result_kinds.CapturedResult(captured(version, question), version)

    @overload
    def rules(
        self, rule: str | None = ..., *, as_of: Day | None = ..., rules: str | Path | None = ...,
        for_: None = ..., activity: None = ..., known: Day | None = ..., id: bool = ...,
    ) -> result_tables.RulesResult: ...  # fmt: skip

    @overload
    def rules(
        self, rule: None = ..., *, as_of: Day | None = ..., rules: str | Path | None = ...,
        for_: Name, activity: str, known: Day | None = ..., id: bool = ...,
    ) -> result_tables.RegimesResult: ...  # fmt: skip

    def rules(
        self,
        rule: str | None = None,
        *,
        as_of: Day | None = None,
        rules: str | Path | None = None,
        for_: Name | None = None,
        activity: str | None = None,
        known: Day | None = None,
        id: bool = False,
    ) -> result_tables.RulesResult | result_tables.RegimesResult:
        """Return the rules with dates and citations; with ``for_`` what follows for a company.

        ``activity`` is what is done: export, securities, dod-contract, import, deal.

        >>> import nthtier as nt
        >>> g = nt.demo()
        >>> g.rules("us-ofac-50")[0]["name"]
        'OFAC 50 Percent Rule'
        >>> g.rules(for_="Microsoft", activity="securities").standing["class"]
        'exposed'
        """
        from nthtier.queries.regimes import Question, regimes
        from nthtier.queries.rulebook import named, rulebook

        folder = Path(rules) if rules else None
        if bool(for_) != bool(activity):
            raise UsageError("--for and --activity belong together")
        if for_ and rule:
            raise UsageError("either a RULE or --for, not both")
        if not for_:
            book = rulebook(folder)
            chosen = [named(book, rule)] if rule else [*book.values()]
            on = asking.day(as_of) or date.today().isoformat()
            return result_tables.RulesResult(chosen, on)
        question = Question(asking.name(for_), activity or "", asking.day(as_of),
                            asking.day(known), id, folder)  # fmt: skip
        version = self._version(question.known)
        return result_tables.RegimesResult(regimes(version, question), version)

    def diff(
        self,
        before: str | Path,
        after: str | Path,
        *,
        list: str | None = None,
        portfolio: Any = None,
        columns: str | Mapping[str, str] | None = None,
        lens: str = "any",
        max_hops: int = 4,
        as_of: Day | None = None,
        allow: Words = None,
        progress: Callable[[int], None] | None = None,
    ) -> DiffResult:
        """Return what differs between two versions or files, each with its cause.

        Args:
            before: a version (an id, its beginning, HEAD, HEAD~1 …) or a file.
            after: likewise; beside a version, a file is taken as if it were loaded onto it.
            list: only entries of this list.
            portfolio: also what it means for these companies, as for `screen`.
            columns: which column is what, as for `screen`.
            lens: what counts as exposure of the portfolio.
            max_hops: the longest path.
            as_of: exposure on this day.
            allow: gates for files to override, as for `load`.
            progress: is told how many companies are screened.

        >>> import nthtier as nt
        >>> len(nt.demo().diff("HEAD", "HEAD"))
        0
        """
        from nthtier.explorer.diff_result import ask
        from nthtier.explorer.portfolio import read

        gates = asking.chosen("--allow", asking.words(allow), GATES)
        given = None if portfolio is None else read(portfolio, columns)
        exposure = {"lens": lens, "max_hops": max_hops, "as_of": asking.day(as_of)}
        sides = str(before), str(after)
        return ask(self.folder, sides, list or "", given, tuple(gates), exposure, progress)

    def verify(self, result: Result | Mapping[str, Any] | str | Path) -> result_tables.VerifyResult:
        """Check a result of ``trace`` or ``screen`` again: a file, a page with it, a result.

        >>> import nthtier as nt
        >>> g = nt.demo()
        >>> g.verify(g.trace("Intel")).ok
        True
        """
        from nthtier.explorer.saved import checked_again
        from nthtier.graph.store import Store
        from nthtier.queries.verify import verify

        saved = checked_again(result)
        store, known = Store(self.folder), saved["query"].get("known")
        there = {m["id"] for m in store.history()}
        own = store.open(saved["version"]) if saved["version"] in there else None
        return result_tables.VerifyResult(verify(saved, own, self._version(known or "")))

    def cypher(
        self,
        query: str | None = None,
        *,
        param: Mapping[str, Any] | Iterable[str] = (),
        engine: Literal["ladybug", "neo4j"] = "ladybug",
        run: str | None = None,
        known: Day | None = None,
        rows: int = 1000,
        seconds: float = 30.0,
        say: Callable[[str], None] | None = None,
    ) -> result_tables.CypherResult:
        """Ask in Cypher; nothing can be written.

        Args:
            query: the statement; its labels and properties are drawn in docs/cypher-model.md.
            param: parameters by name, ``$name`` in the statement.
            engine: ``ladybug``, embedded, or the ``neo4j`` server of ``NEO4J_URI``.
            run: ask one of the questions that come with nthtier instead (`questions`).
            known: what editions up to this day had said (embedded only).
            rows: the most rows.
            seconds: stop after this time.
            say: is told how the building of the Ladybug file goes.

        >>> import nthtier as nt
        >>> q = "MATCH (:Entity {id: $id})-[:SUPPLIES]->(b:Entity) RETURN b.name AS name"
        >>> nt.demo().cypher(q, param={"id": "intel"}).rows()
        [{'name': 'Inspur Group'}]
        """
        from nthtier.explorer.cypher_asking import ask

        asking.number("--rows", rows, 1, 1_000_000)
        asking.number("--seconds", seconds, 0.01, 3600)
        asking.chosen("--engine", (engine,), ("ladybug", "neo4j"))
        if bool(query) == bool(run):
            raise UsageError("give one of QUERY, --run NAME, --list")
        day = asking.day(known)
        if day and engine == "neo4j":
            raise UsageError("--known needs the embedded engine; a server holds one version")
        return ask(self._version(day), query, run, param, engine, rows, seconds, say)

    @staticmethod
    def questions() -> result_tables.QuestionsResult:
        """Return the questions in Cypher that come with nthtier (``cypher --list``)."""
        from dataclasses import asdict

        from nthtier.queries.cypher import library

        return result_tables.QuestionsResult(
            {"name": q.name, "about": q.about, "parameters": [asdict(p) for p in q.parameters]}
            for q in library.questions().values()
        )

    def to_networkx(self) -> MultiDiGraph[str]:
        """Return every entity as a node and every relation as an edge, for small graphs.

        >>> import nthtier as nt
        >>> nt.demo().to_networkx().has_edge("microsoft", "inspur-group")
        True
        """
        return self.opened.to_networkx()
