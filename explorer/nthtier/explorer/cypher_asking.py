"""Asking in Cypher, of the embedded engine or a server, with parameters as they are given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nthtier.explorer.result_tables import CypherResult
from nthtier.graph.errors import EngineError, UsageError
from nthtier.graph.version import Version
from nthtier.queries.cypher import library, values

if TYPE_CHECKING:
    from nthtier.queries.cypher.ladybug import Ladybug
    from nthtier.queries.cypher.server import Neo4j


def ask(
    version: Version,
    query: str | None,
    run: str | None,
    param: Mapping[str, Any] | Iterable[str],
    engine: str,
    rows: int,
    seconds: float,
    say: Callable[[str], None] | None,
) -> CypherResult:
    """Ask a statement, or a question of the library by its name.

    Raises:
        QuestionError: the statement or a parameter is wrong.
        EngineError: the engine failed, or the server holds no graph.
    """
    if run:
        asked = library.question(run)
        given = library.bound(version, asked, _texts(param))
        statement = asked.statements[engine]
    else:
        statement = str(query)
        given = dict(param) if isinstance(param, Mapping) else values.parameters(param)
    notes: list[str] = []
    with _opened(version, engine, say, notes) as opened:
        answer = opened.run(statement, given, values.Limits(rows, seconds))
    return CypherResult(version, engine, answer, notes)


def _texts(param: Mapping[str, Any] | Iterable[str]) -> dict[str, str]:
    """Return parameters as texts: the library says what each has to be."""
    if isinstance(param, Mapping):
        return {k: v if isinstance(v, str) else json.dumps(v) for k, v in param.items()}
    found = {}
    for pair in param:
        name, sign, text = pair.partition("=")
        if not sign:
            raise UsageError(f"a parameter is NAME=VALUE, not {pair!r}")
        found[name] = text
    return found


def _opened(
    version: Version, engine: str, say: Callable[[str], None] | None, notes: list[str]
) -> Ladybug | Neo4j:
    if engine == "ladybug":
        from nthtier.queries.cypher.ladybug import Ladybug

        return Ladybug(version, say) if say else Ladybug(version)
    from nthtier.queries.cypher.push import status
    from nthtier.queries.cypher.server import Neo4j, address

    server = Neo4j(address())
    held = status(server)["version"]
    if held is None:
        server.close()
        raise EngineError(f"{server.where.uri} holds no whole version; nthtier neo4j push")
    if held != version.id:
        notes.append(f"the server holds {held}, this graph is {version.id} (nthtier neo4j push)")
    return server
