"""The results as a Markdown table and as a plot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tasks import TASKS

_TITLES: Final = {
    "load": "load: from Parquet tables to ready for questions",
    "fresh": "fresh: a new process makes ready and answers one question",
    **TASKS,
}
_MARKS: Final = {"timeout": "timeout", "unsupported": "–", "failed": "failed", "missing": "absent"}


def seconds(value: float) -> str:
    """Write a time with three digits.

    >>> seconds(0.0000123), seconds(0.25), seconds(61)
    ('12.3 µs', '250 ms', '61 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size or unit == "µs":
            return f"{value / size:.3g} {unit}"
    raise AssertionError


def _cell(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return ""
    if result["status"] not in ("ok", "wrong"):
        return _MARKS[result["status"]]
    text = f"{seconds(result['cpu'])} / {seconds(result['wall'])}"
    if "ratio_cpu" in result:
        text += f" (×{result['ratio_cpu']:.3g})"
    return text + (" **WRONG**" if result["status"] == "wrong" else "")


def markdown(found: Mapping[str, Any]) -> str:
    """Return all runs as tables: CPU / wall seconds, in brackets the CPU against nthtier's."""
    engines = list(found["versions"])
    parts = ["# Benchmark\n"]
    machine = found["machine"]
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items())
    parts.append(f"Python {machine['python']}, {machine['cores']} cores; {versions}.\n")
    for run in found["runs"]:
        parts.append(
            f"## {run['size']}: {run['entities']:,} entities, {run['relations']:,} relations, "
            f"{run['listed']:,} listed\n\nCPU / wall, medians; in brackets CPU relative to "
            "nthtier's.\n"
        )
        parts.append(f"| task | rows | {' | '.join(engines)} |")
        parts.append("|---" * (len(engines) + 2) + "|")
        for task, results in run["tasks"].items():
            rows = next((r["count"] for r in results.values() if "count" in r), "")
            cells = " | ".join(_cell(results.get(e)) for e in engines)
            parts.append(f"| {task} | {rows} | {cells} |")
        memory = run["tasks"].get("load", {})
        cells = " | ".join(
            f"{memory[e]['peak_mb']:,}" if "peak_mb" in memory.get(e, {}) else "" for e in engines
        )
        parts.append(f"| peak MiB after load | | {cells} |\n")
        parts += [f"- `{t}`: {_TITLES[t]}" for t in run["tasks"]]
        parts.append("")
    return "\n".join(parts)


def plot(found: Mapping[str, Any], path: Path) -> bool:
    """Draw CPU seconds per task and engine, one panel for each size; False without matplotlib."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    engines = list(found["versions"])
    runs = found["runs"]
    figure, panels = plt.subplots(len(runs), 1, figsize=(11, 4.2 * len(runs)), squeeze=False)
    for run, panel in zip(runs, panels[:, 0], strict=True):
        tasks = list(run["tasks"])
        width = 0.8 / max(len(engines), 1)
        for i, engine in enumerate(engines):
            at, height = [], []
            for j, task in enumerate(tasks):
                result = run["tasks"][task].get(engine, {})
                if result.get("status") == "ok":
                    at.append(j + (i - len(engines) / 2 + 0.5) * width)
                    height.append(max(result["cpu"], 1e-7))
            panel.bar(at, height, width, label=engine)
        panel.set_yscale("log")
        panel.set_xticks(range(len(tasks)), tasks, rotation=20)
        panel.set_ylabel("CPU seconds")
        panel.set_title(f"{run['size']}: {run['relations']:,} relations")
        panel.legend(fontsize="small", ncols=len(engines))
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return True
