"""How many processes the tests get, unless ``-n`` says so."""

from __future__ import annotations

import os

import pytest

MOST = 4


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return one for each core, a few at most.

    One file or one test starts at once, without any; so do tests that share a Neo4j server.
    """
    one = len(config.args) == 1 and ".py" in config.args[0]
    if one or os.environ.get("NEO4J_TEST_URI"):
        return 0
    return min(os.cpu_count() or 1, MOST)
