"""Fixtures that several test modules share."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("list_site", "page_browser", "neo4j_graphs")

from list_site import cache_aside, site  # noqa: E402  # rewriting comes first
from neo4j_graphs import neo4j_place  # noqa: E402  # rewriting comes first
from page_browser import browser, made, opened  # noqa: E402

__all__ = ["browser", "cache_aside", "made", "neo4j_place", "opened", "site"]


@pytest.fixture(autouse=True, scope="session")
def plain_terminal() -> Iterator[None]:
    """Take away what a person's shell, or the process that runs the tests, says of widths."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - else a later import sets COLUMNS, unseen by `os.environ`
    with pytest.MonkeyPatch.context() as patch:
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "NTHTIER_GRAPH"):
            patch.delenv(name, raising=False)
            os.unsetenv(name)
        yield
