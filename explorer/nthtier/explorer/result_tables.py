"""What the other questions answer with: owners, rules, candidates, versions, rows of Cypher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nthtier.explorer.files import write_text
from nthtier.explorer.result_kinds import some
from nthtier.explorer.results import Finding, Result, Table, network
from nthtier.graph import dates
from nthtier.graph.errors import QuestionError

if TYPE_CHECKING:
    from networkx import MultiDiGraph

    from nthtier.graph.version import Version
    from nthtier.loaders.loading import Loaded
    from nthtier.queries.cypher.values import Answer
    from nthtier.queries.ruledata import Rule


class OwnersResult(Result):
    """Who owns a company and what it owns: the cascade of rules beside effective ownership."""

    columns = ("way", "company", "id", "direct_lo", "direct_hi", "effective_lo", "effective_hi",
               "cascade", "lists", "sources")  # fmt: skip
    hidden = frozenset({"id"})

    @property
    def title(self) -> str:
        """The company and the day."""
        return f"{self.entity['name']}: owners and holdings as of {self.query['as_of']}"

    @property
    def entity(self) -> dict[str, Any]:
        """The company asked about."""
        found: dict[str, Any] = self.data["entity"]
        return found

    @property
    def owners(self) -> list[dict[str, Any]]:
        """Who stands above it, at every distance."""
        found: list[dict[str, Any]] = self.data["owners"]
        return found

    @property
    def holdings(self) -> list[dict[str, Any]]:
        """What stands below it."""
        found: list[dict[str, Any]] = self.data["holdings"]
        return found

    @property
    def joint(self) -> dict[str, Any] | None:
        """What its listed owners hold together."""
        found: dict[str, Any] | None = self.data["joint"]
        return found

    def _items(self) -> Sequence[Any]:
        return [*({"way": "owner", **x} for x in self.owners),
                *({"way": "holding", **x} for x in self.holdings)]  # fmt: skip

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        direct = item["direct"] or {"share": (None, None), "sources": []}
        return (item["way"], item["entity"]["name"], item["entity"]["id"], *direct["share"],
                *item["effective"], item["cascade"], [x["list"] for x in item["listings"]],
                direct["sources"])  # fmt: skip

    @property
    def remarks(self) -> list[str]:
        """What stands below the table: also what is wrong with the stakes."""
        sides = {"owner": self.owners, "holding": self.holdings}
        none = [f"no {word} of it is known here" for word, rows in sides.items() if not rows]
        return [*none, *self.data["flags"], *super().remarks]


class RulesResult(Table):
    """The rules with dates, citations and versions, and what each asks on a day."""

    columns = ("id", "name", "binds", "status", "threshold", "version", "lists", "plain",
               "citations")  # fmt: skip
    hidden = frozenset({"version", "lists", "plain", "citations"})

    def __init__(self, rules: Sequence[Rule], as_of: str) -> None:
        day = dates.end_day(as_of)
        super().__init__({"as_of": as_of, "rules": [r.to_json(day) for r in rules]})
        self._asks = {r.id: r.asks(day) for r in rules}

    @property
    def title(self) -> str:
        """The day."""
        return f"Rules as of {self.data['as_of']}"

    def _items(self) -> Sequence[Any]:
        found: Sequence[Any] = self.data["rules"]
        return found

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        said = {**item, "status": item["status"]["state"], "threshold": self._asks[item["id"]]}
        return [said[c] for c in self.columns]


class RegimesResult(Result):
    """What each rule about an activity says of a company."""

    columns = ("rule", "answer", "sentence", "as_party", "as_actor", "citation")
    hidden = frozenset({"as_party", "as_actor", "citation"})

    @property
    def title(self) -> str:
        """What the company is."""
        return str(self.standing["sentence"])

    @property
    def standing(self) -> dict[str, Any]:
        """Whether the company is listed, captured or exposed itself."""
        found: dict[str, Any] = self.data["standing"]
        return found

    @property
    def says(self) -> list[dict[str, Any]]:
        """What each rule says, condition by condition."""
        found: list[dict[str, Any]] = self.data["says"]
        return found

    def _items(self) -> Sequence[Any]:
        return self.says

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        return [item["id" if c == "rule" else c] for c in self.columns]

    def _details(self) -> Sequence[Sequence[str]]:
        found = []
        for x in self.says:
            words = ["to check" if c["of"] == "transaction" else c["answer"]
                     for c in x["conditions"]]  # fmt: skip
            lines = [f"{w}: {c['text']}" for w, c in zip(words, x["conditions"], strict=True)]
            found.append([*lines, f"see {x['citation']}"])
        return found


class VerifyResult(Table):
    """A saved result asked again: whether it is the same, and else what changed and why."""

    columns = ("asked", "what", "before", "after", "why")

    @property
    def ok(self) -> bool:
        """Whether it is the same, or every difference is explained."""
        return bool(self.data["ok"])

    @property
    def title(self) -> str:
        """The verdict."""
        return "verified" if self.ok else "not verified"

    def _items(self) -> Sequence[Any]:
        parts = {"then": self.data["own"], "now": self.data["since"]}
        return [
            {"asked": word, "why": [], **c}
            for word, part in parts.items() if part for c in part["changes"]
        ]  # fmt: skip

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        own, since = self.data["own"], self.data["since"]
        words = [f"version {self.data['version']}: "
                 + ("not in this graph" if own is None else
                    "the same answer" if own["identical"] else "another answer")]  # fmt: skip
        if since is not None:
            same = "the same" if since["identical"] else some(len(since["changes"]), "difference")
            words.append(f"version {self.data['current']} (current): {same}")
        notes = [n for part in (own, since) if part for n in part["notes"]]
        return [*words, *notes]


class FindResult(Table):
    """Candidates for a name, best first."""

    columns = ("score", "id", "name", "type", "country", "reason", "lists")

    def __init__(self, data: list[dict[str, Any]], name: str) -> None:
        super().__init__(data, () if data else [f"nothing like {name!r} is in the graph"])

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        return [sorted({x["list"] for x in item["listings"]}) if c == "lists" else item[c]
                for c in self.columns]  # fmt: skip


class VersionsResult(Table):
    """The versions of a graph, oldest first."""

    columns = ("id", "created", "command", "entities", "relations", "listings", "statements",
               "parent")  # fmt: skip
    hidden = frozenset({"parent"})


class InfoResult(Table):
    """The version, its sources with editions, counts by type, and the history."""

    columns = ("id", "title", "publisher", "date", "records")

    @property
    def title(self) -> str:
        """The version and its counts."""
        counts = ", ".join(f"{n:,} {k}" for k, n in self.data["counts"].items())
        return f"version {self.data['version']}: {counts}"

    def _items(self) -> Sequence[Any]:
        found: Sequence[Any] = self.data["sources"]
        return found


class LoadResult(Table):
    """What a load read: sources with editions and counts, what was not understood."""

    columns = ("source", "title", "edition", "records", "statements")

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        sources = []
        for r in loaded.readings:
            source = r.batch.source
            sources.append({
                "source": source.id, "title": source.title, "edition": source.date or None,
                "records": source.records, "statements": r.statements,
                "counts": dict(sorted(r.counts.items())),
                "not_used": dict(sorted(r.audit.unused.items())),
                "not_understood": dict(sorted(r.audit.notes.items())),
                "replaces": source.id in loaded.replaced,
            })  # fmt: skip
        super().__init__({"version": loaded.version, "parent": loaded.parent, "new": loaded.new,
                          "sources": sources, "not_applied": [
                              {"decision": d.number, "verdict": d.verdict, "reason": why}
                              for d, why in loaded.stale
                          ]})  # fmt: skip

    @property
    def version(self) -> str:
        """The version that the graph has now."""
        return self.loaded.version

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        found = []
        for s in self.data["sources"]:
            for text, n in s["not_understood"].items():
                found.append(f"{s['source']}: not understood: {text} ({n:,})")
        found += [f"decision {x['decision']} is not applied: {x['reason']}"
                  for x in self.data["not_applied"]]  # fmt: skip
        return [*found, f"version {self.version}{'' if self.loaded.new else ' (nothing new)'}"]

    def _items(self) -> Sequence[Any]:
        found: Sequence[Any] = self.data["sources"]
        return found


class CypherResult(Table):
    """Rows of a question in Cypher: a row is a list of values, as ``columns`` names them."""

    def __init__(
        self, version: Version, engine: str, answer: Answer, notes: Iterable[str] = ()
    ) -> None:
        self._version, self._answer = version, answer
        data = {"version": version.id, "engine": engine, "columns": answer.columns,
                "rows": answer.rows, "complete": answer.stopped_by is None}  # fmt: skip
        super().__init__(data, notes)
        self.columns = tuple(answer.columns)

    @property
    def remarks(self) -> list[str]:
        """What stands below the table."""
        more = [] if self.data["complete"] else ["not complete: there are more rows (--rows)"]
        return [*super().remarks, *more]

    def _items(self) -> Sequence[Any]:
        found: Sequence[Any] = self.data["rows"]
        return found

    def _cell(self, column: str, value: Any) -> str:
        from nthtier.queries.cypher.values import cell

        return cell(column, value)

    def _row(self, item: Sequence[Any]) -> Sequence[Any]:
        from nthtier.queries.cypher.values import short

        plain = (str, int, float, bool, type(None))
        return [v if isinstance(v, plain) else short(v) for v in item]

    def findings(self) -> list[Finding]:
        """Return the paths of the answer as findings.

        Raises:
            QuestionError: it has no path between entities of this version.
        """
        return [Finding(f) for f in self._paths()["findings"]]

    def _paths(self) -> dict[str, Any]:
        from nthtier.queries.cypher.findings import findings

        return findings(self._version, self._answer)

    def to_networkx(self) -> MultiDiGraph[str]:
        """Return the paths of the answer as a network; empty where it has none."""
        try:
            return network(self._paths()["findings"], self._version.id)
        except QuestionError:
            return network([], self._version.id)

    def to_html(self, file: str | Path) -> Path:
        """Write the page of the paths in the answer; returns where it is.

        Raises:
            QuestionError: it has no path between entities of this version.
            StoreError: it cannot be written.
        """
        from nthtier.explorer.pages import result_page

        write_text(Path(file), result_page(self._paths(), self._version))
        return Path(file)


class QuestionsResult(Table):
    """The questions in Cypher that come with nthtier."""

    columns = ("name", "about", "parameters")

    def __init__(self, data: Iterable[dict[str, Any]]) -> None:
        super().__init__([*data])

    def _row(self, item: Mapping[str, Any]) -> Sequence[Any]:
        return (item["name"], item["about"], [p["name"] for p in item["parameters"]])
