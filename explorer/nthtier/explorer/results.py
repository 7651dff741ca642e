"""Answers as Python objects: rows that show themselves, and go on as frame, JSON, page or network.

::

    Table               rows under columns: shown as text and HTML, as a frame, JSON, a file
    └── Result          an answer of the JSON contract: version, query, coverage
        └── Findings    its findings, and the network of their paths
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from nthtier.explorer import tables_html
from nthtier.explorer.files import json_text, write_text
from nthtier.explorer.frames import frame
from nthtier.graph.errors import visible

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from nthtier.graph.version import Version

#: Rows shown as text and in a notebook; frames, JSON and files have all.
SHOWN: Final = 30
_WIDEST: Final = 110
#: Columns are not cut to less than this.
_NARROW: Final = 12


class Finding(dict[str, Any]):
    """One finding of the JSON contract: a dictionary whose fields are attributes too.

    >>> import nthtier as nt
    >>> f = nt.demo().trace("Microsoft", to="Inspur Group", max_hops=1).findings[0]
    >>> f.class_, f.target["name"], f.hops
    ('exposed', 'Inspur Group', 1)
    """

    @property
    def class_(self) -> str:
        """``listed``, ``captured``, ``exposed``, ``possible`` or ``none``."""
        return str(self["class"])

    @property
    def sentence(self) -> str:
        """The finding in words."""
        return str(self["sentence"])

    @property
    def subject(self) -> dict[str, Any]:
        """The company asked about: ``id``, ``name``, ``type``, ``country``."""
        found: dict[str, Any] = self["subject"]
        return found

    @property
    def target(self) -> dict[str, Any] | None:
        """The entity that the path leads to, with its ``listings``."""
        found: dict[str, Any] | None = self["target"]
        return found

    @property
    def rule(self) -> dict[str, Any] | None:
        """The rule that captures, with its answer and arithmetic."""
        found: dict[str, Any] | None = self["rule"]
        return found

    @property
    def hops(self) -> int:
        """How many relations the path has."""
        return int(self["hops"])

    @property
    def strength(self) -> float:
        """The product of the hops' weights, 0 to 1."""
        return float(self["strength"])

    @property
    def since(self) -> str | None:
        """From when all hops hold, where a source says it."""
        found: str | None = self["since"]
        return found

    @property
    def until(self) -> str | None:
        """Until when all hops hold."""
        found: str | None = self["until"]
        return found

    @property
    def path(self) -> list[dict[str, Any]]:
        """The hops: relation, direction read, dates, share, evidence."""
        found: list[dict[str, Any]] = self["path"]
        return found

    def __repr__(self) -> str:
        return f"<{self.class_}: {visible(self.sentence)}>"

    def _repr_html_(self) -> str:
        return tables_html.finding(self)


class Table:
    """Rows under columns that show themselves.

    Iterating gives the items that the rows are made of; ``data`` is what `to_json` writes.
    """

    #: The columns of the frame and of what is shown.
    columns: Sequence[str] = ()
    #: Columns of the frame that are left out where the table is shown.
    hidden: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, data: Any, notes: Iterable[str] = ()) -> None:
        self.data = data
        self.notes = tuple(notes)

    @property
    def title(self) -> str:
        """What the table is, in a line."""
        return ""

    @property
    def remarks(self) -> list[str]:
        """What stands below the table: what was cut short, what it is not."""
        return list(self.notes)

    def _items(self) -> Sequence[Any]:
        found: Sequence[Any] = self.data
        return found

    def _row(self, item: Any) -> Sequence[Any]:
        return [item[c] for c in self.columns]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items())

    def __len__(self) -> int:
        return len(self._items())

    def __getitem__(self, number: int) -> Any:
        return self._items()[number]

    def rows(self) -> list[dict[str, Any]]:
        """Return one dictionary of plain values for each item: what `to_frame` is made of."""
        return [dict(zip(self.columns, self._row(x), strict=True)) for x in self._items()]

    def _shown(self) -> tuple[list[str], list[list[str]]]:
        """Return the columns and cells to show, as text; columns that are empty are left out."""
        rows = [list(self._row(x)) for x in self._items()[:SHOWN]]
        kept = [
            i for i, c in enumerate(self.columns)
            if c not in self.hidden and any(r[i] not in (None, "", []) for r in rows)
        ]  # fmt: skip
        cells = [[self._cell(self.columns[i], r[i]) for i in kept] for r in rows]
        return [self.columns[i] for i in kept], cells

    def _cell(self, column: str, value: Any) -> str:
        """Return a value as it is shown."""
        return tables_html.text_of(value)

    def _left_out(self) -> str:
        more = len(self) - SHOWN
        return f"… and {more:,} more (to_frame and to_json have all)" if more > 0 else ""

    def __repr__(self) -> str:
        lines = [*([self.title] if self.title else []), *self._body()]
        lines += [x for x in (self._left_out(), *self.remarks) if x]
        return "\n".join(map(visible, lines)) or f"<{type(self).__name__}: nothing>"

    def _body(self) -> list[str]:
        """Return the lines of the text between title and remarks."""
        columns, rows = self._shown()
        return _lines(columns, rows) if rows else []

    def _repr_html_(self) -> str:
        columns, rows = self._shown()
        notes = [x for x in (self._left_out(), *self.remarks) if x]
        return tables_html.table(self.title, columns, rows, notes, self._details())

    def _details(self) -> Sequence[Sequence[str]]:
        """Return lines that a reader can open below the first long cell of each row."""
        return ()

    def to_frame(self, library: str | None = None) -> Any:
        """Return a data frame: of pandas or polars, whichever is there (``library`` says which).

        Raises:
            EngineError: neither is installed.
        """
        return frame(self.columns, self.rows(), library)

    def to_json(self, file: str | Path | None = None) -> str:
        """Return the JSON of ``--json``, byte for byte; with ``file`` write it there too.

        Raises:
            StoreError: the file cannot be written.
        """
        text = json_text(self.data)
        if file is not None:
            write_text(Path(file), text)
        return text

    def to_html(self, file: str | Path) -> Path:
        """Write an HTML file that works offline; returns where it is.

        Raises:
            StoreError: it cannot be written.
        """
        write_text(Path(file), tables_html.document(self.title or "nthtier", self._repr_html_()))
        return Path(file)


class Result(Table):
    """An answer of the JSON contract."""

    def __init__(self, data: dict[str, Any], version: Version, notes: Iterable[str] = ()) -> None:
        super().__init__(data, notes)
        self._version = version

    @property
    def version(self) -> str:
        """The id of the version that the answer comes from."""
        return self._version.id

    @property
    def query(self) -> dict[str, Any]:
        """The question with every parameter resolved."""
        found: dict[str, Any] = self.data["query"]
        return found

    @property
    def coverage(self) -> dict[str, Any]:
        """What was searched: sources with editions, types, hops; ``complete`` or ``stopped_by``."""
        found: dict[str, Any] = self.data["coverage"]
        return found

    @property
    def complete(self) -> bool:
        """Whether nothing was cut short."""
        return bool(self.coverage["complete"])

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        stopped = self.coverage["stopped_by"]
        options = {"limit": "there is more than the limit", "time": "it stopped for time"}
        why = [] if not stopped else [f"not complete: {options.get(stopped, stopped)}"]
        return [*super().remarks, *why, f"version {self.version}"]


class Findings(Result):
    """An answer that consists of findings."""

    columns: Sequence[str] = (
        "class", "finding", "subject", "subject_id", "target", "target_id", "lists", "rule",
        "answer", "hops", "strength", "since", "until", "sources",
    )  # fmt: skip
    hidden = frozenset({"subject", "subject_id", "target", "target_id", "lists", "rule"})

    @cached_property
    def findings(self) -> list[Finding]:
        """The findings, in their order."""
        return [Finding(f) for f in self.data["findings"]]

    def _items(self) -> Sequence[Finding]:
        return self.findings

    def _row(self, item: Finding) -> Sequence[Any]:
        target, rule = item["target"] or {}, item["rule"] or {}
        lists = sorted({x["list"] for x in target.get("listings", ())})
        sources = sorted({e["source"] for hop in item["path"] for e in hop["evidence"]})
        path = bool(item["path"])
        return (item["class"], item["sentence"], item["subject"]["name"], item["subject"]["id"],
                target.get("name"), target.get("id"), lists, rule.get("id"), rule.get("answer"),
                item["hops"] if path else None, item["strength"] if path else None,
                item["since"], item["until"], sources)  # fmt: skip

    def _body(self) -> list[str]:
        from nthtier.explorer.output import facts

        found = []
        for number, f in enumerate(self.findings[:SHOWN], 1):
            found += [f"{number:>2}  {f.sentence}", f"    {', '.join(facts(f))}"]
        return found

    def _details(self) -> Sequence[Sequence[str]]:
        from nthtier.explorer.output import evidence_lines, rule_lines

        return [
            [*(rule_lines(f["rule"]) if f["rule"] else ()), *evidence_lines(f)]
            for f in self.findings[:SHOWN]
        ]

    def to_networkx(self) -> MultiDiGraph[str]:
        """Return the paths of the findings: entities as nodes, relations as edges by their id.

        >>> import nthtier as nt
        >>> g = nt.demo().trace("Nvidia", to="Inspur Group", max_hops=1).to_networkx()
        >>> sorted(g.nodes)
        ['inspur-group', 'nvidia']
        """
        return network(self.findings, self.version)


def network(findings: Iterable[Mapping[str, Any]], version: str) -> MultiDiGraph[str]:
    """Return the network of the paths of findings."""
    import networkx

    graph: MultiDiGraph[str] = networkx.MultiDiGraph(version=version)
    for f in findings:
        for entity in (f["subject"], f["target"]):
            if entity:
                graph.add_node(entity["id"], **{k: entity[k] for k in ("name", "type", "country")})
        for hop in f["path"]:
            ends = hop["from"], hop["to"]
            for e in ends:
                graph.add_node(e["id"], name=e["name"], type=e["type"], country=e["country"])
            said = {k: v for k, v in hop.items() if k not in ("from", "to", "relation", "read")}
            graph.add_edge(ends[0]["id"], ends[1]["id"], key=hop["relation"], **said)
    return graph


def _lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as lines of text; the widest columns are cut until it fits."""
    from rich.cells import cell_len, set_cell_size

    widths = [max(map(cell_len, c)) for c in zip(columns, *rows, strict=True)]
    while sum(widths) + 2 * len(widths) > _WIDEST and max(widths) > _NARROW:
        widths[widths.index(max(widths))] -= 1
    return [
        "  ".join(
            set_cell_size(c if cell_len(c) <= w else set_cell_size(c, w - 1).rstrip() + "…", w)
            for c, w in zip(row, widths, strict=True)
        ).rstrip()
        for row in (columns, *rows)
    ]
