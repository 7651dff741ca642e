"""How fast large registers are loaded, and in how much memory.

Writes the registers of `registers` into a folder (those that are there already are used) and loads
each into an empty graph with the command ``nthtier load``, in a process of its own::

    python bench/loads.py FOLDER --records 1000000 --out loads.json

CPU is that of the whole process, start included; the peak is its resident memory.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from registers import KINDS

RECORDS: Final = 1_000_000
_COMMAND: Final = "from nthtier.explorer.cli import main; main()"


def measure(file: Path, graph: Path, records: int) -> dict[str, Any]:
    """Load a file into an empty graph; returns what it took.

    Raises:
        RuntimeError: the load failed.
    """
    shutil.rmtree(graph, ignore_errors=True)
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "--graph", str(graph), "load", str(file), "--allow",
         "counts"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"loading {file.name} failed: {said.decode('utf-8', 'replace')}")
    version = (graph / "HEAD").read_text("ascii").strip()
    manifest = (graph / "versions" / version / "manifest.json").read_text("utf-8")
    found = json.loads(manifest.rstrip("\n").rpartition("\n")[0])
    cpu = used.ru_utime + used.ru_stime
    return {
        "records": records,
        "bytes": file.stat().st_size,
        "statements": found["statements"],
        "entities": found["entities"],
        "relations": found["relations"],
        "version": version,
        "cpu_seconds": round(cpu, 2),
        "wall_seconds": round(time.perf_counter() - begin, 2),
        "records_per_cpu_second": round(records / cpu),
        "peak_mib": round(used.ru_maxrss / 1024),
    }


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Return the results for people."""
    lines = [f"{'register':<10} {'MB':>7} {'statements':>11} {'CPU s':>7} {'wall s':>7} "
             f"{'records/s':>10} {'peak MiB':>9}"]  # fmt: skip
    lines += [
        f"{kind:<10} {r['bytes'] / 1e6:>7,.0f} {r['statements']:>11,} {r['cpu_seconds']:>7.1f} "
        f"{r['wall_seconds']:>7.1f} {r['records_per_cpu_second']:>10,} {r['peak_mib']:>9,}"
        for kind, r in rows.items()
    ]
    return "\n".join(lines)


def main() -> None:
    """Write what is missing, load each, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the registers and graphs go")
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--out", type=Path, help="write the results as JSON")
    asked = parser.parse_args()
    folder = asked.folder / f"{asked.records}-{asked.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    rows = {}
    for kind in asked.kinds:
        name, write = KINDS[kind]
        if not (folder / name).exists():
            unfinished = folder / f"{name}.new"
            write(unfinished, asked.records, asked.seed)
            unfinished.rename(folder / name)
        graph = folder / f"graph-{kind}"
        rows[kind] = measure(folder / name, graph, asked.records)
        shutil.rmtree(graph)
    sys.stdout.write(table(rows) + "\n")
    if asked.out:
        asked.out.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
