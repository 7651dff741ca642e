"""The pages of ``docs/`` that show commands: they give the output that is shown."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from nthtier.explorer.cli import run
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.costs import read_costs
from nthtier.queries.lookup import resolve
from support import ROOT

DOCS = ROOT / "docs"
_BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
_FILE = re.compile(r"`([\w-]+\.\w+)`:\n\n```\w+\n(.*?)```", re.DOTALL)


def check(page: Path, graph: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Run a page's commands and compare what it shows; returns how many there are."""
    text = page.read_text("utf-8")
    shown, commands = [], 0

    def told(block: re.Match[str]) -> str:
        nonlocal commands
        kind, body = block.groups()
        if kind == "sh":
            for line in body.splitlines():
                words = shlex.split(line)
                assert words.pop(0) == "nthtier"
                assert run(["--graph", str(graph), *words]) == 0
                commands += 1
                shown.append("\n".join(x.rstrip() for x in capsys.readouterr().out.splitlines()))
        if kind != "text":
            return block[0]
        said = "\n".join(shown).strip()
        shown.clear()
        return f"```text\n{said}\n```"

    expected = _BLOCK.sub(told, text)
    if os.environ.get("NTHTIER_GOLDEN") == "1":
        page.write_text(expected, "utf-8")
    assert shown == []
    assert page.read_text("utf-8") == expected
    return commands


def test_the_what_if_page_shows_what_happens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, graph = DOCS / "what-if.md", tmp_path / "graph"
    venture, costs = (b for kind, b in _BLOCK.findall(page.read_text("utf-8")) if kind == "toml")
    facts = tmp_path / "venture.toml"
    facts.write_text(venture, "utf-8")
    load(Store(graph), [*sorted(SHIPPED.glob("*.toml")), facts])
    path = tmp_path / "costs.toml"
    path.write_text(costs, "utf-8")
    version = Store(graph).open()
    assert read_costs(path, lambda name: resolve(version, name)).ties
    assert check(page, graph, capsys) == 6


def test_the_editions_page_shows_what_happens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = DOCS / "editions.md"
    for name, body in _FILE.findall(page.read_text("utf-8")):
        (tmp_path / name).write_text(body, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert check(page, tmp_path / "graph", capsys) == 1
