"""Graph folders that the tests of the store damage, kill and race for."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nthtier.explorer.exports import write_json
from nthtier.graph.snapshot import Snapshot
from nthtier.graph.store import Store

COMMAND = (sys.executable, "-c", "from nthtier.explorer.cli import main; main()")


def facts(path: Path, name: str, pairs: int = 3) -> Path:
    """Write a fact file whose companies supply each other, the first of them listed."""
    lines = [f'[source]\nid = "{name}"\ntitle = "Document {name}"\ndate = 2024-01-01\n']
    for i in range(pairs):
        lines.append(f'[[entity]]\nid = "{name}-{i}"\nname = "{name} maker {i}"\ncountry = "cn"\n')
        lines.append(
            f'[[relation]]\nfrom = "{name}-{i}"\ntype = "SUPPLIES"\n'
            f'to = "{name} customer {i % 7}"\nsince = "{2000 + i % 20}"\n'
        )
    lines.append(f'[[relation]]\nfrom = "{name}-0"\ntype = "LISTED_ON"\nto = "us-bis-el"\n')
    path.write_text("\n".join(lines), "utf-8")
    return path


def nthtier(
    graph: Path, *arguments: str | Path, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run the real command line as its own process."""
    return subprocess.run(
        [*COMMAND, "--graph", str(graph), *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False,
    )  # fmt: skip


def start(graph: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start the real command line and do not wait for it."""
    return subprocess.Popen(
        [*COMMAND, "--graph", str(graph), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def answer(graph: Path) -> str:
    """Return everything the current version says: the JSON export and the snapshot's arrays."""
    version = Store(graph).open()
    text = io.StringIO()
    write_json(version, text)
    digest = hashlib.sha256(text.getvalue().encode("utf-8", "surrogatepass"))
    for name in Snapshot.__slots__:
        array = getattr(version.snapshot, name)
        digest.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    return f"{version.id} {digest.hexdigest()}"


def versions(graph: Path) -> Sequence[str]:
    """Return the names of what lies in the versions folder."""
    return sorted(p.name for p in (graph / "versions").iterdir())
