"""Puts the four rooms into one folder, as the wheel does, so that docstrings of all are found."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority

ROOMS = ("graph", "loaders", "queries", "explorer")
_made: list[tempfile.TemporaryDirectory[str]] = []


@event_priority(100)
def on_config(config: Any) -> Any:
    """Name the folder to the plugin before it reads its options."""
    folder = tempfile.TemporaryDirectory(prefix="nthtier-docs-")
    _made.append(folder)  # gone when the build ends
    root = Path(config["config_file_path"]).parent
    for room in ROOMS:
        shutil.copytree(root / room / "nthtier", Path(folder.name, "nthtier"), dirs_exist_ok=True)
    config.plugins["mkdocstrings"].config["handlers"]["python"]["paths"] = [folder.name]
    return config
