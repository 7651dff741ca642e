"""Interpreters of other Python versions on this machine, and tools to install a wheel into them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def interpreter(version: str) -> Path | None:
    """Return an interpreter of a version (``3.12``) that runs; None where there is none."""
    for path in _candidates(version):
        code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
        try:
            done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False,
                                  timeout=60)  # fmt: skip
        except OSError:
            continue
        if done.stdout.strip() == version:  # a shim may stand for nothing
            return path
    return None


def _candidates(version: str) -> Iterator[Path]:
    if sys.version.startswith(f"{version}."):
        yield Path(sys.executable)
    for root in (os.environ.get("PYENV_ROOT"), "~/.pyenv", "~/.local/share/uv/python"):
        folders = Path(root or "/none").expanduser()
        for found in (f"versions/{version}.*", f"cpython-{version}.*"):
            yield from sorted((p / "bin" / "python" for p in folders.glob(found)), reverse=True)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield Path(folder) / f"python{version}"


def uv() -> str | None:
    """Return uv's path: the one that runs these tests, else the one found."""
    return os.environ.get("UV") or shutil.which("uv")


def install(wheel: Path, python: Path, folder: Path) -> Path:
    """Install a wheel with what it needs into a new bare environment; returns its folder bin."""
    tool = uv()
    if tool:
        run(tool, "venv", "-q", "--python", python, folder)
        run(tool, "pip", "install", "-q", "--python", folder / "bin" / "python", wheel)
    else:
        run(python, "-m", "venv", folder)
        run(folder / "bin" / "python", "-m", "pip", "install", "-q", wheel)
    return folder / "bin"


def run(*command: str | Path, folder: Path | None = None) -> str:
    """Run a command apart from this process's environment; returns its output."""
    own = ("PYTHON", "NTHTIER", "VIRTUAL_ENV", "UV_PROJECT", "COV_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False,
                          encoding="utf-8", env=kept, cwd=folder)  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
