"""Bringing a version to a Neo4j server, so that readers see the old one until it is whole.

What is new is written in batches under other labels (``HiddenEntity``, ``HiddenSource``), which
no question asks for: that part is resumed after a kill. Then one transaction gives the new nodes
their labels and takes them from those that are gone, changes what differs, adds relations between
what was there before, and names the version. What is gone is removed in batches after that. Every
write is a MERGE by id, so doing it twice changes nothing.

Each node and relationship carries ``hash``, a digest of what it says: a push reads ids and hashes
from the server and sends only what differs, whatever was there before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from secrets import token_hex
from typing import Any, Final

from nthtier.graph.errors import EngineError
from nthtier.graph.version import Version
from nthtier.queries.cypher import model
from nthtier.queries.cypher.model import ENTITY, GRAPH, LINKS, NODES, SAID_IN, SOURCE
from nthtier.queries.cypher.server import HASH, Neo4j, failures

#: Labels of nodes that are not yet, or no longer, part of the whole version.
HIDDEN: Final = {ENTITY: "HiddenEntity", SOURCE: "HiddenSource"}
BATCH: Final = 10_000
Progress = Callable[[str, int, int], None]
Row = dict[str, Any]


def _quiet(what: str, done: int, of: int) -> None:
    """Take no notice of progress."""


@dataclass(slots=True)
class Pushed:
    """What a push did: how many nodes and relationships it wrote or removed."""

    version: str
    before: str | None
    unchanged: bool = False
    written: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class There:
    """A relationship on the server: digest, ids of its ends, and whether those are new nodes."""

    digest: int
    start: str
    end: str
    new: tuple[bool, bool] = (False, False)


@dataclass(slots=True)
class _Difference:
    """What has to be done; links are grouped by type and labels of their ends."""

    new_nodes: dict[str, list[Row]] = field(default_factory=dict)
    new_links: dict[tuple[str, str, str], list[list[Any]]] = field(default_factory=dict)
    stale_nodes: dict[str, list[str]] = field(default_factory=dict)
    stale_links: dict[tuple[str, str, str], list[list[str]]] = field(default_factory=dict)
    nodes: dict[str, list[Row]] = field(default_factory=dict)
    links: dict[tuple[str, str, str], list[list[Any]]] = field(default_factory=dict)
    gone_nodes: dict[str, list[str]] = field(default_factory=dict)
    gone_links: dict[tuple[str, str, str], list[list[str]]] = field(default_factory=dict)


def status(server: Neo4j) -> dict[str, Any]:
    """Return what the server holds: the version, whether a push is unfinished, counts."""
    with failures(server.where):
        found = _records(server, f"MATCH (g:{GRAPH} {{id: 'nthtier'}}) RETURN properties(g)")
        row: Row = found[0][0] if found else {}
        counts = _counts(server)
    return {
        "uri": server.where.uri,
        "server": server.agent,
        "database": server.where.database,
        "version": row.get("version"),
        "model": row.get("model"),
        "pushing": row.get("pushing"),
        "counts": counts,
    }


def push(server: Neo4j, version: Version, progress: Progress = _quiet) -> Pushed:
    """Make the server hold exactly this version.

    Raises:
        EngineError: the server fails, holds others' nodes under these labels, or another push to
            it began meanwhile. What was there before is still whole.
    """
    with failures(server.where):
        return _Push(server, version, progress).run()


class _Push:
    def __init__(self, server: Neo4j, version: Version, progress: Progress) -> None:
        self.server, self.version, self.progress = server, version, progress
        self.token = token_hex(8)

    def run(self) -> Pushed:
        before = self._begin()
        row = model.graph_row(self.version)
        if before == row and self._same_counts():
            return Pushed(self.version.id, self.version.id, unchanged=True)
        self._mark()
        difference = _compare(self.version, *self._there())
        done = Pushed(self.version.id, before.get("version"))
        self._stage(difference, done)
        self._finish(difference, done, row)
        if any(difference.gone_nodes.values()):
            self._sweep()
        return done

    def _begin(self) -> Row:
        """Make constraints, look who was here; returns the properties of the graph's node."""
        found = _records(self.server, f"MATCH (g:{GRAPH} {{id: 'nthtier'}}) RETURN properties(g)")
        if not found:
            others = _records(
                self.server,
                f"MATCH (n) WHERE n:{ENTITY} OR n:{SOURCE} OR n:{GRAPH} RETURN 1 LIMIT 1",
            )
            if others:
                raise EngineError(
                    f"the database of {self.server.where.uri} holds nodes labelled {ENTITY}, "
                    f"{SOURCE} or {GRAPH} that nthtier did not write; name an empty one "
                    "(NEO4J_DATABASE)"
                )
        for label in (*NODES, *HIDDEN.values()):
            _records(self.server, f"CREATE CONSTRAINT nthtier_{label} IF NOT EXISTS "
                                  f"FOR (n:{label}) REQUIRE n.id IS UNIQUE")  # fmt: skip
        _records(self.server, f"CREATE INDEX nthtier_name IF NOT EXISTS FOR (n:{ENTITY}) ON n.name")
        _records(self.server, "CALL db.awaitIndexes(60)")
        return dict(found[0][0]) if found else {}

    def _same_counts(self) -> bool:
        counts = _counts(self.server)
        expected = {label: table.num_rows for label, table in model.nodes(self.version)}
        manifest = self.version.manifest
        return (
            counts.get(ENTITY) == expected[ENTITY]
            and counts.get(SOURCE) == expected[SOURCE]
            and counts.get(SAID_IN, 0) == manifest["statements"]
            and sum(counts.get(t, 0) for t in LINKS if t != SAID_IN) == manifest["relations"]
            and not any(counts.get(label) for label in HIDDEN.values())
        )

    def _mark(self) -> None:
        """Take over: a push that is still running elsewhere stops at its next batch."""
        self._write(
            [(f"MERGE (g:{GRAPH} {{id: 'nthtier'}}) SET g.token = $token, g.pushing = $version",
              {"token": self.token, "version": self.version.id})],
            owned=False,
        )  # fmt: skip

    def _there(self) -> tuple[_Nodes, _Nodes, dict[str, dict[str, There]]]:
        self.progress("reading what the server holds", 0, 0)
        live: _Nodes = {}
        new: _Nodes = {}
        for label in (ENTITY, SOURCE):
            for found, name in ((live, label), (new, HIDDEN[label])):
                records = _records(self.server, f"MATCH (n:{name}) RETURN n.id, n.{HASH}")
                found[label] = {r[0]: r[1] for r in records}
        links: dict[str, dict[str, There]] = {}
        for link in LINKS.values():
            links[link.type] = {}
            records = _records(
                self.server,
                f"MATCH (a)-[r:{link.type}]->(b) "
                f"RETURN r.id, r.{HASH}, a.id, b.id, a:{HIDDEN[link.start]}, b:{HIDDEN[link.end]}",
            )
            for id_, digest, start, end, new_start, new_end in records:
                links[link.type][id_] = There(digest, start, end, (new_start, new_end))
        return live, new, links

    def _stage(self, d: _Difference, done: Pushed) -> None:
        """Write what is new, in batches, under labels that no question asks for."""
        for key, pairs in d.stale_links.items():
            done.removed += self._batches("removing", _remove_links(*key), pairs)
        for label, ids in d.stale_nodes.items():
            done.removed += self._batches("removing", _remove_nodes(HIDDEN[label]), ids)
        for label, rows in d.new_nodes.items():
            done.written += self._batches(label, _write_nodes(HIDDEN[label]), rows)
        for key, links in d.new_links.items():
            done.written += self._batches(key[0], _write_links(*key), links)

    def _finish(self, d: _Difference, done: Pushed, row: Row) -> None:
        """Make it whole, in one transaction."""
        self.progress("making it whole", 0, 0)
        work: list[tuple[str, Row]] = []
        for key, pairs in d.gone_links.items():
            work += [(_remove_links(*key), {"rows": part}) for part in _parts(pairs)]
        for label, hidden in HIDDEN.items():
            work.append((f"MATCH (n:{hidden}) SET n:{label} REMOVE n:{hidden}", {}))
        for label, ids in d.gone_nodes.items():
            work += [(_hide(label), {"rows": part}) for part in _parts(ids)]
        for label, rows in d.nodes.items():
            work += [(_write_nodes(label), {"rows": part}) for part in _parts(rows)]
        for key, links in d.links.items():
            work += [(_write_links(*key), {"rows": part}) for part in _parts(links)]
        work.append((f"MATCH (g:{GRAPH} {{id: 'nthtier'}}) SET g = $row", {"row": row}))
        self._write(work)
        done.written += _number(d.nodes, d.links)
        done.removed += _number(d.gone_nodes, d.gone_links)

    def _sweep(self) -> None:
        """Remove what is no longer part of the version; the next push does so otherwise."""
        self.progress("removing what is gone", 0, 0)
        links = f"MATCH (:{HIDDEN[ENTITY]})-[r]->() WITH r LIMIT {BATCH} DELETE r"
        into = f"MATCH (:{HIDDEN[SOURCE]})<-[r]-() WITH r LIMIT {BATCH} DELETE r"
        nodes = [f"MATCH (n:{h}) WITH n LIMIT {BATCH} DETACH DELETE n" for h in HIDDEN.values()]
        for statement in (links, into, *nodes):
            while _removed(self.server, statement):
                pass

    def _batches(self, what: str, statement: str, rows: Sequence[Any]) -> int:
        for number, part in enumerate(_parts(rows)):
            self.progress(what, number * BATCH, len(rows))
            self._write([(statement, {"rows": part})])
        return len(rows)

    def _write(self, work: Iterable[tuple[str, Row]], *, owned: bool = True) -> None:
        """Run statements in one managed transaction, which the driver may repeat."""
        work = list(work)

        def unit(transaction: Any) -> bool:
            if owned:  # the SET takes the node's lock until the transaction ends
                mine = transaction.run(
                    f"MATCH (g:{GRAPH} {{id: 'nthtier'}}) WHERE g.token = $token "
                    "SET g.token = $token RETURN 1",
                    token=self.token,
                ).single()
                if mine is None:
                    return False
            for statement, parameters in work:
                transaction.run(statement, parameters).consume()
            return True

        with self.server.driver.session(database=self.server.where.database) as session:
            if not session.execute_write(unit):
                raise EngineError(
                    f"another push to {self.server.where.uri} began meanwhile; this one has "
                    "stopped, what was there before is whole"
                )


_Nodes = dict[str, dict[str, Any]]


def _compare(
    version: Version, live: _Nodes, new: _Nodes, there: Mapping[str, dict[str, There]]
) -> _Difference:
    """Return what differs between the version and what the server holds."""
    d = _Difference()
    fresh: dict[str, set[str]] = {}
    for label, table in model.nodes(version):
        wanted = {row["id"]: row for row in _rows(table, ())}
        fresh[label] = wanted.keys() - live[label].keys()
        d.new_nodes[label] = [wanted[i] for i in wanted if i in fresh[label]
                              and new[label].get(i) != wanted[i][HASH]]  # fmt: skip
        d.stale_nodes[label] = [i for i in new[label] if i not in fresh[label]]
        d.nodes[label] = [wanted[i] for i in wanted if i not in fresh[label]
                          and live[label][i] != wanted[i][HASH]]  # fmt: skip
        d.gone_nodes[label] = [i for i in live[label] if i not in wanted]
    gone = {label: set(found) for label, found in d.gone_nodes.items()}
    kept: dict[str, set[str]] = {name: set() for name in LINKS}
    for link, table in model.links(version):
        known, seen = there[link.type], kept[link.type]
        for row in _rows(table, model.ENDS):
            start, end = row.pop("start"), row.pop("end")
            ends = (start in fresh[link.start], end in fresh[link.end])
            held = known.get(row["id"])
            if held is not None and (held.start, held.end, held.new) == (start, end, ends):
                seen.add(row["id"])
                if held.digest == row[HASH]:
                    continue
            hidden = any(ends) if link.type == SAID_IN else all(ends)
            if hidden:
                key = (link.type, *_labels(link, ends))
                d.new_links.setdefault(key, []).append([start, end, row])
            else:
                d.links.setdefault((link.type, link.start, link.end), []).append([start, end, row])
    for type_, known in there.items():
        for id_, held in known.items():
            if id_ not in kept[type_]:
                link = LINKS[type_]
                ends = (held.start in gone[link.start], held.end in gone[link.end])
                if any(ends) if type_ == SAID_IN else all(ends):
                    continue  # hidden, and removed, with its ends
                group = d.stale_links if any(held.new) else d.gone_links
                key = (type_, *_labels(LINKS[type_], held.new))
                group.setdefault(key, []).append([held.start, id_])
    return d


def _labels(link: model.Link, new: tuple[bool, bool]) -> tuple[str, str]:
    return (HIDDEN[link.start] if new[0] else link.start, HIDDEN[link.end] if new[1] else link.end)


def _rows(table: Any, apart: Sequence[str]) -> Iterator[Row]:
    """Yield rows without what is absent, each with its digest."""
    for batch in table.to_batches(max_chunksize=BATCH):
        for row in batch.to_pylist():
            said = {k: v for k, v in row.items() if v is not None}
            text = json.dumps(list(row.values()), ensure_ascii=False)
            data = text.encode("utf-8", "surrogatepass")
            said[HASH] = int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)
            yield said


def _write_nodes(label: str) -> str:
    return f"UNWIND $rows AS row MERGE (n:{label} {{id: row.id}}) SET n = row"


def _remove_nodes(label: str) -> str:
    return f"UNWIND $rows AS id MATCH (n:{label} {{id: id}}) DETACH DELETE n"


def _hide(label: str) -> str:
    return f"UNWIND $rows AS id MATCH (n:{label} {{id: id}}) SET n:{HIDDEN[label]} REMOVE n:{label}"


def _write_links(type_: str, start: str, end: str) -> str:
    return (
        f"UNWIND $rows AS row MATCH (a:{start} {{id: row[0]}}) MATCH (b:{end} {{id: row[1]}}) "
        f"MERGE (a)-[r:{type_} {{id: row[2].id}}]->(b) SET r = row[2]"
    )


def _remove_links(type_: str, start: str, end: str) -> str:
    return (
        f"UNWIND $rows AS row MATCH (a:{start} {{id: row[0]}})-[r:{type_}]->(:{end}) "
        "WHERE r.id = row[1] DELETE r"
    )


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(rows), BATCH):
        yield rows[first : first + BATCH]


def _number(*groups: Mapping[Any, Sequence[Any]]) -> int:
    return sum(len(rows) for group in groups for rows in group.values())


def _records(server: Neo4j, statement: str) -> list[Any]:
    """Run a statement made of this module's own words; the driver repeats it when told to."""
    found, _, _ = server.driver.execute_query(statement, database_=server.where.database)
    return found


def _removed(server: Neo4j, statement: str) -> bool:
    """Run a statement that removes; tells whether it found anything."""
    _, summary, _ = server.driver.execute_query(statement, database_=server.where.database)
    counters = summary.counters
    return bool(counters.nodes_deleted or counters.relationships_deleted)


def _counts(server: Neo4j) -> dict[str, int]:
    """Return how many nodes and relationships there are, from the server's own counts."""
    found = {}
    for label in (ENTITY, SOURCE, *HIDDEN.values()):
        found[label] = _records(server, f"MATCH (n:{label}) RETURN count(n)")[0][0]
    for type_ in LINKS:
        found[type_] = _records(server, f"MATCH ()-[r:{type_}]->() RETURN count(r)")[0][0]
    return {name: int(n) for name, n in found.items() if n}
