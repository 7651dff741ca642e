"""The table of sizes and times that the design aims at, measured and printed, never asserted.

``pytest -s`` shows it as it is made; without, it stands in the summary of the run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

AIMS = {"30": (0.6, 1.5, 50, 20), "300": (0.85, 2.5, 100, 33), "1000": (1.4, 4.0, 250, 60)}
_SPENT = """(change) => new Promise((done) => {
  const start = performance.now();
  NT.set(change);
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""
_PANS = """() => new Promise((done) => {
  const spent = [];
  let before = performance.now(), x = 0;
  const step = () => {
    const now = performance.now();
    spent.push(now - before);
    before = now;
    x += 9;
    NT.graph.moveTo({ position: { x, y: 0 }, animation: false });
    spent.length < 40 ? requestAnimationFrame(step) : done(spent.slice(5));
  };
  requestAnimationFrame(step);
})"""


@pytest.mark.slow
@pytest.mark.parametrize("count", list(AIMS))
def test_measured(
    opened: Any,
    made: Callable[[str], Path],
    count: str,
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    size = made(count).stat().st_size / 1e6
    page = opened(count)
    ready = int(page.evaluate("document.documentElement.dataset.ready")) / 1000
    page.evaluate("while (NT.placed.size < Math.min(1000, NT.data.nodes.length)) "
                  "NT.openStack(NT.layout().stacks[0])")  # fmt: skip
    days = page.evaluate("NT.changes.slice(0, 8)")
    turns = [page.evaluate(_SPENT, {"day": d}) for d in days]
    turns += [page.evaluate(_SPENT, {"path": f"p{i}"}) for i in range(1, 9)]
    frames = page.evaluate(_PANS)
    assert page.evaluate("NT.placed.size") == min(1000, int(count) + 1)
    row = (size, ready, median(turns), median(frames))
    record_property("measured", row)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{count:>5} nodes, all drawn: {row[0]:.3f} MB, ready {row[1]:.2f} s, slider or "
            f"path {row[2]:.0f} ms, pan frame {row[3]:.0f} ms (aims: {AIMS[count]})\n"
        )
