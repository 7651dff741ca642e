"""kill -9 at any moment of a load: the graph is the old one or the new one."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from graph_folders import answer, facts, start, versions
from nthtier.graph.store import Store
from nthtier.loaders.loading import load


def crash(folder: Path, times: int, seed: int) -> Counter[str]:
    """Kill ``times`` loads; half at any moment, half once files are being written."""
    chance = random.Random(seed)
    base = folder / "base"
    load(Store(base), [facts(folder / "base.toml", "base", 20)])
    more = facts(folder / "more.toml", "more", 2500)
    whole = folder / "whole"
    shutil.copytree(base, whole)
    begun = time.monotonic()
    process = start(whole, "load", more)
    assert process.wait(timeout=120) == 0
    process.communicate()
    lasts = time.monotonic() - begun
    old, new = answer(base), answer(whole)
    outcomes: Counter[str] = Counter()
    graph = folder / "graph"
    shutil.copytree(base, graph)
    for number in range(times):
        process = start(graph, "load", more)
        if number % 2:
            time.sleep(chance.uniform(0, lasts * 1.1))
        else:
            while process.poll() is None and not any((graph / "versions").glob("new-*")):
                time.sleep(0.001)
            time.sleep(chance.uniform(0, lasts * 0.15))
        process.kill()
        process.communicate()
        outcomes["killed" if process.returncode == -9 else "ended"] += 1
        if any((graph / "versions").glob("new-*")):
            outcomes["half written"] += 1
        found = answer(graph)
        assert found in (old, new), f"kill {number} left something else"
        assert Store(graph).open().damages() == []
        outcomes["new" if found == new else "old"] += 1
        if found == new:  # begin again from the old one
            shutil.rmtree(graph)
            shutil.copytree(base, graph)
    process = start(graph, "load", more)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert answer(graph) == new
    assert len(versions(graph)) == 2  # what the killed loads left is gone
    return outcomes


@pytest.mark.slow
def test_a_killed_load_leaves_the_old_or_the_new_version(tmp_path: Path) -> None:
    outcomes = crash(tmp_path, 25, seed=11)
    assert outcomes["killed"] >= 15 and outcomes["half written"] >= 3
    assert outcomes["old"] > 0
