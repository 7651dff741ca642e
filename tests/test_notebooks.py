"""Every notebook runs from a fresh kernel and shows what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from neo4j_graphs import Place
from support import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def output_of(path: Path, folder: Path) -> str:
    """Run a notebook from a fresh kernel; returns what it shows as text."""
    book: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    assert all(not c.get("outputs") for c in book.cells), "notebooks are kept without outputs"
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return "\n".join(
        o.get("text", "") + str(o.get("data", {}).get("text/plain", ""))
        for c in book.cells
        for o in c.get("outputs", [])
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_runs(path: Path, tmp_path: Path) -> None:
    said = output_of(path, tmp_path)
    if path.name == "03_cypher.ipynb":
        assert "intel -SUPPLIES- inspur-group" in said or "inspur-group -SUPPLIES- intel" in said
        assert "best-paths" in said and "only reading is allowed" in said
        assert "China Daily" in said or "shareholders" in said
    if path.name == "01_inspur.ipynb":
        assert "Microsoft invested in Inspur Group" in said
        assert "disputed" in said and "Entity List" in said
        assert "2019-01-01" in said


@pytest.mark.slow
def test_the_cypher_notebook_runs_on_a_server(
    neo4j_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in neo4j_place.environment.items():
        monkeypatch.setenv(name, value)
    path = ROOT / "notebooks" / "03_cypher.ipynb"
    assert "the same paths in the same order: True" in output_of(path, tmp_path)
