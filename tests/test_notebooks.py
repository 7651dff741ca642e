"""Every notebook runs from a clean state, and shows what is committed with it.

``NTHTIER_GOLDEN=1 pytest tests/test_notebooks.py`` writes the outputs anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import notebook_runs
from neo4j_graphs import Place
from support import SHARED, require

PATHS = sorted(notebook_runs.FOLDER.glob("*.ipynb"))
LISTS = SHARED / "data" / "csl"
#: Notebook → words of its answer that the run itself must have shown.
ANSWERS = {
    "01_inspur": ("Microsoft invested in Inspur Group", "Entity List", "China Daily"),
    "02_before_and_after": ("no path  -> exposed", "exposed  -> exposed", "True"),
    "03_cypher": ("best-paths", "only reading is allowed", "Report on Inspur's shareholders"),
    "04_ownership": ("cannot be determined", "suspended", "Epsilon  not met"),
    "05_your_data": ("Northlake Holding AB CONTROLS Borealis Hosting AB", "page 41"),
}


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_runs_and_shows_what_is_committed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path.stem.startswith("02"):
        require(LISTS.exists(), "published lists (../shared/data)")
        monkeypatch.setenv("NTHTIER_LISTS", str(LISTS))
    monkeypatch.delenv("NEO4J_URI", raising=False)
    book = notebook_runs.run(path, tmp_path)
    if os.environ.get("NTHTIER_GOLDEN") == "1":
        notebook_runs.write(book, path)
    for words in ANSWERS[path.stem]:
        assert words in notebook_runs.text(book)
    assert notebook_runs.said(book) == notebook_runs.said(notebook_runs.read(path))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_is_a_story_and_carries_nothing_of_the_machine(path: Path) -> None:
    book = notebook_runs.read(path)
    words = [c.source for c in book.cells if c.cell_type == "markdown"]
    assert "**Question.**" in words[0] and "## Answer" in words[-1]
    raw = path.read_text("utf-8")
    assert not re.search(r"/(tmp|home|root|work|Users)/|0x[0-9a-f]{6,}|\\\\r", raw)
    assert len(raw) < 400_000
    tidy = notebook_runs.tidy(notebook_runs.read(path), path.stem)
    assert book == tidy, "not as a run leaves it"
    if not path.stem.startswith("03"):
        drawn = [
            kind for cell in notebook_runs.said(book) for kind, _ in cell if kind == "image/png"
        ]
        assert drawn, "a notebook without a picture"


@pytest.mark.slow
def test_the_cypher_notebook_says_the_same_on_a_server(neo4j_place: Place, tmp_path: Path) -> None:
    path = notebook_runs.FOLDER / "03_cypher.ipynb"
    book = notebook_runs.run(path, tmp_path, neo4j_place.environment)
    assert "the same rows in the same order: True" in notebook_runs.text(book)
