"""The questions about exposure, asked of an opened graph: trace, screen, what if, cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nthtier.explorer import asking, result_kinds
from nthtier.explorer.opened import Opened
from nthtier.graph.errors import UsageError

if TYPE_CHECKING:
    from nthtier.explorer.asking import Day, Name, Names, Words
    from nthtier.graph.ontology import Weights
    from nthtier.queries.paths import Engine


class Exposures(Opened):
    """A graph that answers who is exposed to whom, and what would change that."""

    def trace(
        self,
        subject: Name,
        *,
        to: Names | None = None,
        lens: str = "any",
        types: Words = None,
        direction: str | None = None,
        sequence: Words = None,
        basis: Words = None,
        via: Names | None = None,
        avoid: Names | None = None,
        max_hops: int = 4,
        limit: int = 20,
        as_of: Day | None = None,
        known: Day | None = None,
        min_share: float = 0.0,
        rule: Words = None,
        diverse: bool = False,
        possible: bool = False,
        weights: str | Path | Weights | None = None,
        count: bool = False,
        seconds: float = 30.0,
        id: bool = False,
    ) -> result_kinds.TraceResult:
        """Trace exposure paths from a company to listed (or named) entities, strongest first.

        Args:
            subject: a name in any script, an identifier, an id, or an entity of another result.
            to: entities or lists; else every listed entity.
            lens: ``supply``, ``revenue``, ``finance``, ``ownership`` or ``any``.
            types: only these relation types.
            direction: read relations only ``forward``, ``backward``, or ``both``.
            sequence: what each hop must be: ``TYPE``, ``TYPE>``, ``<TYPE``, ``*``, ``A|B``.
            basis: only ``stated``, ``inferred`` or ``disputed`` relations.
            via: only paths through these entities.
            avoid: only paths around these.
            max_hops: the longest path, 0 to 32 relations.
            limit: the most paths.
            as_of: what held on this day (a year means its last day).
            known: what editions up to this day had said.
            min_share: only stakes of at least so many percent.
            rule: also what these rules capture on ``as_of``.
            diverse: leave out paths that share all but one hop with a stronger one.
            possible: look for listed entities with similar names too, which the subject may be,
                and follow the possible matches that the graph keeps (`match`).
            weights: a file of hop weights (TOML).
            count: say in the coverage how many paths there are in all.
            seconds: stop searching after this time.
            id: names are entity ids.

        Raises:
            QuestionError: no such company, an ambiguous name (``candidates`` has them), an
                unknown lens or type.

        >>> import nthtier as nt
        >>> found = nt.demo().trace("Nvidia", lens="revenue", max_hops=2)
        >>> found.findings[0].class_, found.complete
        ('exposed', True)
        """
        from nthtier.queries.trace import trace

        question = asking.question(
            subject=subject, to=to, lens=lens, types=types, direction=direction,
            sequence=sequence, basis=basis, via=via, avoid=avoid, max_hops=max_hops, limit=limit,
            as_of=as_of, known=known, min_share=min_share, rule=rule, diverse=diverse,
            possible=possible, weights=weights, seconds=seconds, id=id,
        )  # fmt: skip
        version = self._version(question.known)
        return result_kinds.TraceResult(trace(version, question, count=count), version)

    def explore(
        self,
        entity: Name | None = None,
        *,
        out: str | Path | None = None,
        max_hops: int = 3,
        limit: int = 40,
        as_of: Day | None = None,
        known: Day | None = None,
        id: bool = False,
    ) -> result_kinds.ExploreResult:
        """Return the interactive page of a company, else of the one with most relations.

        A notebook shows the page; ``out`` writes it as a file that works offline.
        """
        from nthtier.queries.lookup import most_connected
        from nthtier.queries.trace import trace

        version = self._version(asking.day(known))
        chosen = asking.name(entity) if entity else most_connected(version)
        question = asking.question(subject=chosen, max_hops=max_hops, limit=limit, as_of=as_of,
                                   known=known, id=id or not entity)  # fmt: skip
        found = result_kinds.ExploreResult(trace(version, question), version)
        if out is not None:
            found.to_html(out)
        return found

    def screen(
        self,
        portfolio: Any,
        *,
        columns: str | Mapping[str, str] | None = None,
        to: Names | None = None,
        lens: str = "any",
        types: Words = None,
        basis: Words = None,
        avoid: Names | None = None,
        max_hops: int = 4,
        as_of: Day | None = None,
        known: Day | None = None,
        min_share: float = 0.0,
        rule: Words = None,
        possible: bool = False,
        weights: str | Path | Weights | None = None,
        seconds: float = 600.0,
        engine: Engine | None = None,
        progress: Callable[[int], None] | None = None,
        say: Callable[[str, bool], None] | None = None,
    ) -> result_kinds.ScreenResult:
        """Screen a portfolio: one finding for each company.

        Args:
            portfolio: a file (CSV, TSV, JSON lines, Parquet, Excel), a data frame, or names or
                records (``{"name": …, "lei": …}``).
            columns: which column is the name, country, id, lei …: ``{"name": "Vendor"}``.
            to: only what leads to these entities or lists.
            lens: as for `trace`, and so are the other filters.
            types: only these relation types.
            basis: only relations of these bases.
            avoid: only paths around these.
            max_hops: the longest path.
            as_of: what held on this day.
            known: what editions up to this day had said.
            min_share: only stakes of at least so many percent.
            rule: also what these rules capture on ``as_of``.
            possible: as for `trace`.
            weights: a file of hop weights (TOML).
            seconds: stop after this time.
            engine: ``numpy`` or ``numba``; else what is quicker.
            progress: is told how many companies are done.
            say: is told what was chosen, and whether a person should hear it unasked.

        >>> import nthtier as nt
        >>> found = nt.demo().screen(["Intel", "IBM", "Nobody Ltd"])
        >>> [(f.subject["name"], f.class_) for f in found]
        [('Intel', 'exposed'), ('IBM', 'exposed')]
        >>> [u["name"] for u in found.unresolved]
        ['Nobody Ltd']
        """
        from nthtier.explorer.portfolio import read
        from nthtier.queries.pairs import pairs
        from nthtier.queries.screening import screen

        given = read(portfolio, columns)
        asking.chosen("--engine", (engine,) if engine else (), ("numpy", "numba"))
        question = asking.question(
            to=to, lens=lens, types=types, basis=basis, avoid=avoid, max_hops=max_hops,
            as_of=as_of, known=known, min_share=min_share, rule=rule, possible=possible,
            weights=weights, seconds=seconds,
        )  # fmt: skip
        version = self._version(question.known)
        found = screen(version, question, given.wanted, engine=engine, progress=progress, say=say)
        reached = pairs(version, question, given.wanted, engine=engine or "numpy")
        return result_kinds.ScreenResult(found, version, given.remarks(), reached)

    def what_if(
        self,
        *,
        list: Names | None = None,
        add: Names | None = None,
        remove: Names | None = None,
        relation: Sequence[Any] = (),
        end: Sequence[Any] = (),
        share: Sequence[Any] = (),
        since: Day | None = None,
        subject: Name | None = None,
        portfolio: Any = None,
        columns: str | Mapping[str, str] | None = None,
        to: Names | None = None,
        lens: str = "any",
        types: Words = None,
        basis: Words = None,
        avoid: Names | None = None,
        max_hops: int = 4,
        limit: int = 1000,
        as_of: Day | None = None,
        known: Day | None = None,
        min_share: float = 0.0,
        rule: Words = None,
        seconds: float = 600.0,
        id: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> result_kinds.WhatIfResult:
        """Return which findings would change if something were so; the graph stays as it is.

        Args:
            list: the lists that ``add`` and ``remove`` speak of.
            add: suppose that these are on them.
            remove: suppose that these are not.
            relation: suppose relations: ``(from, type, to)``, one or several.
            end: suppose that relations end, likewise.
            share: suppose other shares: ``(from, to, percent)``, one or several.
            since: the supposition holds from then on; else at every date.
            subject: ask for this company.
            portfolio: or for these companies, as for `screen`.
            columns: which column is what, as for `screen`.
            to: only what leads to these; the other filters are those of `trace`.
            lens: what counts as exposure.
            types: only these relation types.
            basis: only relations of these bases.
            avoid: only paths around these.
            max_hops: the longest path.
            limit: the most paths of a subject.
            as_of: what holds on this day.
            known: what editions up to this day had said.
            min_share: only stakes of at least so many percent.
            rule: also what these rules capture on ``as_of``.
            seconds: stop each search after this time.
            id: names are entity ids.
            progress: is told how many companies are done.

        >>> import nthtier as nt
        >>> found = nt.demo().what_if(list="us-bis-el", add="Nvidia", subject="Microsoft")
        >>> found.changes[0]["what"], found.changes[0]["target"]["name"]
        ('appears', 'Nvidia')
        """
        from nthtier.explorer.portfolio import read
        from nthtier.queries.whatif import what_if, what_if_screen

        if (subject is None) == (portfolio is None):
            raise UsageError("give --subject ENTITY or --portfolio FILE")
        change = asking.change(list=list, add=add, remove=remove, relation=relation, end=end,
                               share=share, since=since, id=id)  # fmt: skip
        question = asking.question(
            subject=subject, to=to, lens=lens, types=types, basis=basis, avoid=avoid,
            max_hops=max_hops, limit=limit, as_of=as_of, known=known, min_share=min_share,
            rule=rule, seconds=seconds, id=id,
        )  # fmt: skip
        version = self._version(question.known)
        if portfolio is None:
            return result_kinds.WhatIfResult(what_if(version, question, change), version)
        given = read(portfolio, columns)
        found = what_if_screen(version, question, given.wanted, change, progress=progress)
        return result_kinds.WhatIfResult(found, version, given.remarks())

    def cut(
        self,
        subject: Name,
        *,
        to: Names | None = None,
        lens: str = "any",
        types: Words = None,
        direction: str | None = None,
        sequence: Words = None,
        basis: Words = None,
        via: Names | None = None,
        avoid: Names | None = None,
        max_hops: int = 4,
        as_of: Day | None = None,
        known: Day | None = None,
        min_share: float = 0.0,
        rule: Words = None,
        costs: str | Path | None = None,
        most_paths: int = 200_000,
        seconds: float = 30.0,
        id: bool = False,
    ) -> result_kinds.CutResult:
        """Return the fewest (or cheapest) relations whose end breaks every path from a company.

        ``costs`` is a file that says what ending a relation costs (TOML); ``most_paths`` the most
        paths looked at; the other arguments are those of `trace`.

        >>> import nthtier as nt
        >>> found = nt.demo().cut("Microsoft", to="us-bis-el", max_hops=1)
        >>> [(x["from"]["name"], x["type"], x["to"]["name"]) for x in found]
        [('Microsoft', 'INVESTED_IN', 'Inspur Group')]
        """
        from nthtier.queries.costs import read_costs
        from nthtier.queries.cut import cut

        asking.number("--most-paths", most_paths, 1)
        question = asking.question(
            subject=subject, to=to, lens=lens, types=types, direction=direction,
            sequence=sequence, basis=basis, via=via, avoid=avoid, max_hops=max_hops,
            as_of=as_of, known=known, min_share=min_share, rule=rule, seconds=seconds, id=id,
        )  # fmt: skip
        version = self._version(question.known)
        read = None if costs is None else lambda resolve: read_costs(Path(costs), resolve)
        found = cut(version, question, most=most_paths, costs=read)
        return result_kinds.CutResult(found, version)
