"""Every notebook runs from a fresh kernel and shows what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from support import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_runs(path: Path, tmp_path: Path) -> None:
    book: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    assert all(not c.get("outputs") for c in book.cells), "notebooks are kept without outputs"
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = "\n".join(
        o.get("text", "") + str(o.get("data", {}).get("text/plain", ""))
        for c in book.cells
        for o in c.get("outputs", [])
    )
    if path.name == "01_inspur.ipynb":
        assert "Microsoft invested in Inspur Group" in said
        assert "disputed" in said and "Entity List" in said
        assert "2019-01-01" in said
