"""Small editions of a list, made by hand, that the tests of ``diff`` compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nthtier.graph import model
from nthtier.graph.build import build
from nthtier.graph.model import Source, Statement, statement
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.queries.editions import Editions

EL = "us-bis-el"
OLD = Source("el@2022", "el", "List", date="2022-05-01", sha256="aa", covers=(EL,), format="csl")
NEW = Source("el@2026", "el", "List", date="2026-07-31", sha256="bb", covers=(EL,), format="csl")
DOC = Source("doc", "doc", "A document", date="2024-01-01", sha256="cc", format="factfile")


def entry(
    name: str, source: Source = OLD, *, key: str = "", country: str = "cn", since: str = "",
    on: str = EL, said: Iterable[tuple[str, str]] = (), locator: str = "row 1", **listing: Any,
) -> list[Statement]:  # fmt: skip
    """Return the statements of one entry; ``said`` are further (predicate, value) of it."""
    key = key or f"{on}:{name.casefold()}:{country}"
    told = [(model.NAME, name), (model.COUNTRY, country), *said]
    found = [
        statement(key, predicate, value=value, source=source.id, locator=locator)
        for predicate, value in told
    ]
    found.append(
        statement(key, "LISTED_ON", object=on, since=since, props=listing, source=source.id,
                  locator=locator)
    )  # fmt: skip
    return found


def tie(a: str, type_: str, b: str, source: Source = DOC, **more: Any) -> Statement:
    """Return a relation between two keys."""
    return statement(a, type_, object=b, source=source.id, locator="paragraph 1", **more)


def company(key: str, name: str, source: Source = DOC) -> list[Statement]:
    """Return a company that a document speaks of."""
    return [
        statement(key, model.NAME, value=name, source=source.id, locator="1"),
        statement(key, model.TYPE, value="Company", source=source.id, locator="1"),
    ]


class Editing:
    """A graph folder to which versions are written from sources and statements."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)

    def write(self, sources: Sequence[Source], statements: Iterable[Statement]) -> Version:
        """Write a version and return it."""
        with self.store.writing():
            self.store.write(build(sources, statements), parent=self.store.head(), command="test")
        return self.store.open()

    def alone(self, source: Source, *entries: list[Statement]) -> Version:
        """Write a version of one edition, without what was there before."""
        return self.write([source], [s for e in entries for s in e])


def told(found: Editions) -> list[tuple[Any, ...]]:
    """Return the entries that differ: what, name, list, changed fields, cause."""
    return [
        (x["what"], x["entity"]["name"], x["list"], tuple(x["fields"]), x["cause"])
        for x in found.entries
    ]
