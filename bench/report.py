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
#: Engines that are servers: their own CPU is not seen, so wall seconds are compared.
_SERVERS: Final = ("neo4j",)
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


def _kind(engine: str) -> str:
    return "wall" if engine in _SERVERS else "cpu"


def _cell(result: Mapping[str, Any] | None, kind: str = "cpu") -> str:
    if result is None:
        return ""
    if result["status"] not in ("ok", "wrong"):
        return _MARKS[result["status"]]
    text = f"{seconds(result['cpu'])} / {seconds(result['wall'])}"
    if f"ratio_{kind}" in result:
        text += f" (×{result[f'ratio_{kind}']:.3g})"
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
            "nthtier's (wall for a server).\n"
        )
        parts.append(f"| task | rows | {' | '.join(engines)} |")
        parts.append("|---" * (len(engines) + 2) + "|")
        for task, results in run["tasks"].items():
            rows = next((r["count"] for r in results.values() if "count" in r), "")
            cells = " | ".join(_cell(results.get(e), _kind(e)) for e in engines)
            parts.append(f"| {task} | {rows} | {cells} |")
        memory = run["tasks"].get("load", {})
        cells = " | ".join(
            f"{memory[e]['peak_mb']:,}" if "peak_mb" in memory.get(e, {}) else "" for e in engines
        )
        parts.append(f"| peak MiB after load | | {cells} |\n")
        parts += [f"- `{t}`: {_TITLES[t]}" for t in run["tasks"]]
        parts.append("")
    for step in found["growth"]:
        parts += [*_growth(step, engines), ""]
    return "\n".join(parts)


def _growth(step: Mapping[str, Any], engines: list[str]) -> list[str]:
    parts = [
        f"## From {step['from']} to {step['to']}: {step['relations']:.3g} times the relations\n",
        "How many times the CPU seconds (wall for a server); in brackets for each row of the "
        "answer, which grows by itself.\n",
        f"| task | rows | {' | '.join(engines)} |",
        "|---" * (len(engines) + 2) + "|",
    ]
    for task, results in step["tasks"].items():
        rows = next((r["rows"] for r in results.values() if "rows" in r), None)
        cells = []
        for engine in engines:
            value = results[engine][_kind(engine)] if engine in results else None
            each = "" if rows is None or value is None else f" ({value / rows:.3g})"
            cells.append("" if value is None else f"{value:.3g}{each}")
        parts.append(f"| {task} | {'' if rows is None else f'{rows:.3g}'} | {' | '.join(cells)} |")
    return parts


def plot(found: Mapping[str, Any], path: Path) -> bool:
    """Draw CPU seconds per task and engine, one panel for each size; False without matplotlib."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    engines = list(found["versions"])
    runs, steps = found["runs"], found["growth"]
    number = len(runs) + len(steps)
    figure, panels = plt.subplots(number, 1, figsize=(11, 4.2 * number), squeeze=False)
    for run, panel in zip(runs, panels[:, 0], strict=False):
        tasks = run["tasks"]
        ok = {t: {e: r for e, r in tasks[t].items() if r["status"] == "ok"} for t in tasks}
        _bars(panel, engines, ok)
        panel.set_ylabel("CPU seconds (a server: wall)")
        panel.set_title(f"{run['size']}: {run['relations']:,} relations")
        panel.legend(fontsize="small", ncols=len(engines))
    for step, panel in zip(steps, panels[len(runs) :, 0], strict=True):
        _bars(panel, engines, step["tasks"])
        rows = [next((r["rows"] for r in e.values() if "rows" in r), None)
                for e in step["tasks"].values()]  # fmt: skip
        at = [i for i, r in enumerate(rows) if r is not None]
        panel.plot(at, [rows[i] for i in at], "k_", markersize=40, label="rows of the answer")
        panel.axhline(step["relations"], color="gray", linewidth=0.8)
        panel.set_ylabel("times the CPU seconds")
        panel.set_title(f"From {step['from']} to {step['to']}: "
                        f"{step['relations']:.3g} times the relations")  # fmt: skip
        panel.legend(fontsize="small", ncols=len(engines) + 1)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return True


def _bars(panel: Any, engines: list[str], tasks: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw a bar for each task and engine."""
    width = 0.8 / max(len(engines), 1)
    for i, engine in enumerate(engines):
        place = {j: found[engine][_kind(engine)] for j, found in enumerate(tasks.values())
                 if engine in found}  # fmt: skip
        at = [j + (i - len(engines) / 2 + 0.5) * width for j in place]
        panel.bar(at, [max(v, 1e-7) for v in place.values()], width, label=engine)
    panel.set_yscale("log")
    panel.set_xticks(range(len(tasks)), list(tasks), rotation=20)
