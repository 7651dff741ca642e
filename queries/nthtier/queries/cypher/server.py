"""A Neo4j server: the connection, questions that only read, and what to say when it fails."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nthtier.graph.errors import EngineError, QuestionError
from nthtier.queries.cypher import values
from nthtier.queries.cypher.guard import check_given, reading
from nthtier.queries.cypher.values import Answer, Limits

if TYPE_CHECKING:
    from neo4j import Driver

#: The oldest server that works; 5.26 and 2026.x are tested.
OLDEST: Final = 5
CONNECT_SECONDS: Final = 10.0
#: How long managed transactions are tried again when the server says so.
RETRY_SECONDS: Final = 30.0
#: A property that only pushing uses; answers do not show it.
HASH: Final = "hash"
SCHEMES: Final = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_AGENT: Final = re.compile(r"Neo4j/(\d+)")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is and who asks. The scheme of ``uri`` says how: ``neo4j+s`` is TLS."""

    uri: str
    user: str
    password: str
    database: str | None

    def __repr__(self) -> str:
        """Return everything but the password."""
        return f"Address({self.uri!r}, user={self.user!r}, database={self.database!r})"


def address(
    environment: Mapping[str, str] = os.environ, *, uri: str | None = None,
    user: str | None = None, database: str | None = None,
) -> Address:  # fmt: skip
    """Return the address from ``NEO4J_URI``, ``_USERNAME``, ``_PASSWORD``, ``_DATABASE``.

    Raises:
        EngineError: no URI is given anywhere.

    >>> address({"NEO4J_URI": "neo4j+s://db.example", "NEO4J_PASSWORD": "secret"})
    Address('neo4j+s://db.example', user='neo4j', database=None)
    """
    where = uri or environment.get("NEO4J_URI")
    if not where:
        raise EngineError(
            "no Neo4j server is named: set NEO4J_URI (bolt://host:7687, or neo4j+s://host for "
            "TLS), NEO4J_USERNAME, NEO4J_PASSWORD and, if it is not the default, NEO4J_DATABASE"
        )
    return Address(
        where,
        user or environment.get("NEO4J_USERNAME") or "neo4j",
        environment.get("NEO4J_PASSWORD", ""),
        database or environment.get("NEO4J_DATABASE") or None,
    )


class Neo4j:
    """A connected server.

    Raises:
        EngineError: it cannot be reached, refuses, or is too old.
    """

    name = "neo4j"

    def __init__(self, where: Address) -> None:
        import neo4j

        logging.getLogger("neo4j").addHandler(logging.NullHandler())  # errors are ours to tell
        self.where = where
        if where.uri.partition("://")[0] not in SCHEMES:
            raise EngineError(
                f"{where.uri} is no address of a Neo4j server (NEO4J_URI); it begins with one of "
                f"{', '.join(f'{s}://' for s in SCHEMES)}"
            )
        with failures(where):
            self.driver: Driver = neo4j.GraphDatabase.driver(
                where.uri, auth=(where.user, where.password),
                connection_timeout=CONNECT_SECONDS, max_transaction_retry_time=RETRY_SECONDS,
                notifications_min_severity="OFF", telemetry_disabled=True,
            )  # fmt: skip
        try:
            # Not a managed transaction: who is not there is said at once.
            with failures(where), self.driver.session(database=where.database) as session:
                self.agent: str = session.run("RETURN 1").consume().server.agent
        except BaseException:
            self.driver.close()
            raise
        match = _AGENT.match(self.agent)
        if match is None or int(match.group(1)) < OLDEST:
            self.driver.close()
            raise EngineError(f"{where.uri} runs {self.agent}; Neo4j {OLDEST} or newer is needed")

    def close(self) -> None:
        """Close the connection."""
        self.driver.close()

    def __enter__(self) -> Neo4j:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self, statement: str, parameters: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
    ) -> Answer:  # fmt: skip
        """Answer a statement that only reads.

        The server itself is asked first whether it reads, and runs it in a transaction that may
        not write.

        Raises:
            QuestionError: it does not only read, is wrong, lacks a parameter, or takes too long.
            EngineError: the server is gone.
        """
        import neo4j

        limits = limits or Limits()
        text, given = reading(statement), dict(parameters or {})
        check_given(text, given)
        with (
            failures(self.where, limits.seconds),
            self.driver.session(
                database=self.where.database, default_access_mode=neo4j.READ_ACCESS,
                fetch_size=min(1000, limits.rows + 1),
            ) as session,
            session.begin_transaction(timeout=limits.seconds) as transaction,
        ):  # fmt: skip
            kind = transaction.run(f"EXPLAIN {text}", given).consume().query_type
            if kind != "r":
                raise QuestionError("only reading is allowed: the server says that this writes")
            result = transaction.run(text, given)
            columns = list(result.keys())
            rows: list[list[Any]] = []
            for record in result:
                rows.append([values.plain(_value(v)) for v in record.values()])
                if len(rows) > limits.rows:
                    break
            transaction.rollback()
        stopped = "limit" if len(rows) > limits.rows else None
        return Answer(columns, rows[: limits.rows], stopped)


def _value(value: Any) -> Any:
    from neo4j.graph import Node, Path, Relationship

    if isinstance(value, Node):
        label = min(value.labels, default="")
        return values.node(label, {k: v for k, v in value.items() if k != HASH})
    if isinstance(value, Relationship):
        return values.relationship(value.type, {k: v for k, v in value.items() if k != HASH})
    if isinstance(value, Path):
        return values.path(map(_value, value.nodes), map(_value, value.relationships))
    if isinstance(value, list):
        return [_value(v) for v in value]
    if isinstance(value, dict):
        return {k: _value(v) for k, v in value.items()}
    return value


@contextlib.contextmanager
def failures(where: Address, seconds: float | None = None) -> Iterator[None]:
    """Turn what the driver raises into one line that says what to do.

    Raises:
        QuestionError: the statement is wrong, or took longer than ``seconds``.
        EngineError: the server or the connection failed.
    """
    from neo4j import exceptions as x

    try:
        yield
    except x.AuthError as error:
        raise EngineError(
            f"{where.uri} refused the user {where.user!r}: {_line(error)} "
            "(NEO4J_USERNAME, NEO4J_PASSWORD)"
        ) from error
    except x.ClientError as error:
        code = str(error.code or "")
        if "DatabaseNotFound" in code:
            raise EngineError(
                f"{where.uri} has no database {where.database!r} (NEO4J_DATABASE)"
            ) from error
        if "TransactionTimedOut" in code:
            limit = f"{seconds:g} s (--seconds)" if seconds else "the server allows"
            raise QuestionError(f"Neo4j: it took longer than {limit} and was stopped") from error
        if code.startswith("Neo.ClientError.Statement"):
            raise QuestionError(f"Neo4j: {_line(error)}") from error
        raise EngineError(f"{where.uri}: {_line(error)}") from error
    except x.TransientError as error:
        if "OutOfMemory" in str(error.code):
            raise EngineError(
                f"{where.uri} has too little memory for this: {_line(error)} "
                "(dbms.memory.transaction.total.max, or a larger heap)"
            ) from error
        raise EngineError(f"{where.uri}: {_line(error)}") from error
    except (x.ServiceUnavailable, x.SessionExpired, x.IncompleteCommit) as error:
        raise EngineError(
            f"no Neo4j server answers at {where.uri}, or it went away: {_line(error)}"
        ) from error
    except (x.DriverError, x.Neo4jError) as error:
        raise EngineError(f"{where.uri}: {_line(error)}") from error
    except (ValueError, TypeError, OverflowError) as error:  # a parameter or URI it cannot send
        raise EngineError(f"{where.uri}: {_line(error)}") from error


def _line(error: BaseException) -> str:
    said = getattr(error, "message", None) or str(error)
    return " ".join(str(said).split())
