"""A graph folder opened at one version, and what is loaded into it."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nthtier.explorer import asking, result_tables
from nthtier.explorer.opening import DEFAULT_GRAPH, GATES, GRAPH_VARIABLE
from nthtier.graph.errors import UsageError

if TYPE_CHECKING:
    from nthtier.explorer.asking import Day, Words
    from nthtier.graph.version import Version


class Opened:
    """A graph folder at one version: the current one when it is first used.

    What another process loads is not seen; what is loaded through this object is.
    """

    def __init__(self, path: str | Path | None = None, version: str | None = None) -> None:
        self.folder = Path(path or os.environ.get(GRAPH_VARIABLE) or DEFAULT_GRAPH)
        self._wanted = version
        self._known: dict[str, Version] = {}

    @cached_property
    def opened(self) -> Version:
        """The version itself, for the functions of ``nthtier.queries``."""
        from nthtier.graph.store import Store

        return Store(self.folder).open(self._wanted)

    @property
    def version(self) -> str:
        """The id of the version that answers."""
        return self.opened.id

    @property
    def versions(self) -> result_tables.VersionsResult:
        """The versions of the folder, oldest first.

        >>> import nthtier as nt
        >>> g = nt.demo()
        >>> [v["id"] == g.version for v in g.versions]
        [True]
        """
        from nthtier.graph.store import Store

        return result_tables.VersionsResult(Store(self.folder).history())

    def __repr__(self) -> str:
        s = self.opened.summary()
        counts = ", ".join(f"{s[k]:,} {k}" for k in ("entities", "relations", "listings"))
        return f"<Graph {self.folder}: {counts}, version {s['id']}>"

    def _repr_html_(self) -> str:
        return self.info()._repr_html_()

    def _version(self, known: str = "") -> Version:
        """Return the version, or what was known of it on a day."""
        if not known:
            return self.opened
        if known not in self._known:
            from nthtier.graph.known import as_known
            from nthtier.graph.store import Store

            self._known[known] = as_known(Store(self.folder), self.opened, known)
        return self._known[known]

    def load(
        self,
        *paths: str | Path,
        format: str | None = None,
        map: str | Path | None = None,
        as_known: Day | None = None,
        allow: Words = None,
    ) -> result_tables.LoadResult:
        """Add list files, fact files or tables; this graph is then at the new version.

        On a terminal a bar shows how far it is, if it takes more than a second.

        Raises:
            InputError: a file is wrong; nothing was written.
            StoreError: the folder cannot be written, or another process is writing.
        """
        from nthtier.explorer import output
        from nthtier.graph.store import Store
        from nthtier.loaders.loading import load
        from nthtier.loaders.reader import Options
        from nthtier.loaders.reading import open_inputs

        if not paths:
            raise UsageError("name a file to load")
        mapped = open_inputs([Path(map)])[0] if map else None
        allowed = asking.chosen("--allow", asking.words(allow), GATES)
        options = Options(asking.day(as_known), frozenset(allowed), mapped)
        with output.loading() as tell:
            loaded = load(Store(self.folder), [Path(p) for p in paths], format or "", options, tell)
        self.__dict__.pop("opened", None)
        self._wanted, self._known = loaded.version, {}
        return result_tables.LoadResult(loaded)

    def info(self) -> result_tables.InfoResult:
        """Return the version, its sources and editions, counts by type, and the history."""
        from nthtier.explorer.information import information

        return result_tables.InfoResult(information(self.folder, self.opened))
