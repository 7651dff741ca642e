"""Fixtures that several test modules share."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("page_browser", "neo4j_graphs")

from neo4j_graphs import neo4j_place  # noqa: E402  # rewriting comes first
from page_browser import browser, made, opened  # noqa: E402

__all__ = ["browser", "made", "neo4j_place", "opened"]


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a person's shell, or the process that runs the tests, says of widths."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "NTHTIER_GRAPH"):
        monkeypatch.delenv(name, raising=False)
