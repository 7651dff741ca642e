"""Running a notebook from a clean state, and what of its outputs is kept.

What is kept is the same on every machine: no times, counters or identifiers of the run. Pictures
are kept as they were drawn, but compared by their presence: fonts differ by a pixel.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient

from support import ROOT

FOLDER: Final = ROOT / "notebooks"
#: What a cell may show.
KINDS: Final = ("image/png", "text/html", "text/plain")


def read(path: Path) -> Any:
    """Return a notebook."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def write(book: Any, path: Path) -> None:
    """Write a notebook, its fields in the order of the format."""
    nbformat.write(book, path)  # type: ignore[no-untyped-call]


def run(path: Path, folder: Path, environment: Mapping[str, str] | None = None) -> Any:
    """Return the notebook with the outputs of a run in a fresh kernel.

    It runs in a copy of the notebooks' folder, so that it finds what lies beside it and leaves
    nothing there.
    """
    place = folder / "notebooks"
    shutil.copytree(FOLDER, place, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    book = read(path)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(book, timeout=300, resources={"metadata": {"path": str(place)}})
    client.execute(env={**os.environ, "PYTHONHASHSEED": "0", **(environment or {})})
    return tidy(book, path.stem)


def tidy(book: Any, stem: str) -> Any:
    """Leave of an executed notebook what does not differ from run to run."""
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    count = 0
    for number, cell in enumerate(book.cells):
        cell.id, cell.metadata = f"{stem[:2]}-{number:02}", {}
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = _outputs(cell.outputs, count)
    return book


def _outputs(outputs: list[Any], count: int) -> list[Any]:
    kept: list[Any] = []
    for o in outputs:
        if o.output_type == "stream" and kept and kept[-1].get("name") == o.name:
            kept[-1].text += o.text
            continue
        if "data" in o:
            o.data = {kind: o.data[kind] for kind in KINDS if kind in o.data}
            o.metadata = {}
        if "execution_count" in o:
            o.execution_count = count
        kept.append(o)
    return kept


def said(book: Any) -> list[list[tuple[str, str]]]:
    """Return what each cell shows, as text; of a picture only that there is one."""
    shown = []
    for cell in book.cells:
        one: list[tuple[str, str]] = []
        for o in cell.get("outputs", ()):
            if o.output_type in ("stream", "error"):
                one.append((o.get("name", "error"), o.get("text", o.get("evalue", ""))))
            one += [(kind, "drawn" if kind == "image/png" else text)
                    for kind, text in sorted(o.get("data", {}).items())]  # fmt: skip
        shown.append(one)
    return shown


def text(book: Any) -> str:
    """Return all that a notebook says, in words."""
    return "\n".join(t for cell in said(book) for kind, t in cell if kind != "text/html")
