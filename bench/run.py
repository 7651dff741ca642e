"""The benchmark: the same questions to nthtier and its peers, answers compared before times.

::

    python bench/run.py --size M --out bench.json          # and bench.md, bench.png beside it
    python bench/run.py --size M,L --out growth.json        # and how costs grow from M to L
    python bench/run.py --quick --out quick.json            # small graphs; fails on a wrong answer

Every engine runs in its own process on the same Parquet tables. Exit status 1: an answer differed.
Times never fail a run. What is asked and how dates count: ``tasks.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import generate
import report
from tables import read
from tasks import TASKS, subjects

HERE: Final = Path(__file__).resolve().parent
#: Engine → the distribution whose version is reported.
ENGINES: Final = {
    "nthtier": "nthtier", "nthtier_fast": "numba", "networkx": "networkx", "igraph": "igraph",
    "rustworkx": "rustworkx", "scipy": "scipy", "graphblas": "python-graphblas",
    "duckdb": "duckdb", "ladybug": "ladybug", "neo4j": "neo4j",
}  # fmt: skip
REFERENCE: Final = "nthtier"
#: What is not tried after the easier task timed out.
_HARDER: Final = {"paths-hub": "paths", "best-hub": "best", "screen-10k": "screen"}
#: What ``--quick`` asks at size S, where most peers list all paths of six hops to find the best.
_BRIEF: Final = ("paths", "paths-hub", "cascade")
_SLOW: Final = ("networkx", "ladybug")  # peers that ``--quick`` asks at size XS only
_SLOWEST: Final = {"effective": ("duckdb", "ladybug")}  # and those it does not ask a task
_AT_ONCE: Final = 2  # engines that ``--quick`` runs beside each other
Result = dict[str, Any]


class Bench:
    """One size: its tables, whom it asks about, and what was measured."""

    def __init__(self, size: str, work: Path, chosen: argparse.Namespace) -> None:
        self.size, self.work, self.chosen = size, work, chosen
        self.results: dict[str, dict[str, Result]] = {}
        self.stuck: dict[str, Result] = {}  # by engine: why its process went no further
        self.versions: dict[str, str] = {}
        self.data = {}
        for name, dates in (("plain", False), ("dated", True)):
            self.data[name] = work / size / name
            generate.write(self.data[name], size, dates=dates, seed=chosen.seed)
        tables = read(self.data["plain"])
        self.entities, self.relations, self.listed = tables.n, len(tables.src), len(tables.listed)
        who = subjects(tables)
        self.subjects = work / size / "subjects.json"
        self.subjects.write_text(
            json.dumps({"ordinary": who.ordinary, "hub": who.hub,
                        "companies": who.companies.tolist()}), "utf-8",
        )  # fmt: skip

    def engine(self, name: str) -> None:
        """Measure one engine."""
        brief = self.chosen.quick and self.size != "XS"
        tasks = [t for t in TASKS if t in self.chosen.tasks and (t in _BRIEF or not brief)]
        if self.chosen.quick:
            tasks = [t for t in tasks if name not in _SLOWEST.get(t, ())]
        for data, wanted in (
            ("plain", [t for t in tasks if t != "filters"]),
            ("dated", [t for t in tasks if t == "filters"]),
        ):
            if not wanted and data == "dated":
                continue
            loaded = self._measure(name, data, wanted)
            if loaded and data == "plain" and not self.chosen.quick:
                self._fresh(name)

    def put(self, task: str, name: str, **result: Any) -> None:
        """Keep a result and say it on the way."""
        self.results.setdefault(task, {})[name] = result
        wall = f"{result['wall']:.6f} s" if "wall" in result else result.get("note", "")
        sys.stderr.write(f"{self.size} {name} {task}: {result['status']} {wall}\n")

    def _command(self, name: str, data: str, *more: str) -> list[str]:
        folder = self.work / self.size / f"{name}-{data}"
        return [sys.executable, str(HERE / "worker.py"), name, "--data", str(self.data[data]),
                "--folder", str(folder), "--subjects", str(self.subjects), *more]  # fmt: skip

    def _measure(self, name: str, data: str, wanted: list[str]) -> bool:
        """Run tasks; a process that hangs in one is ended and a new one goes on."""
        left, loaded = list(wanted), False
        while True:
            more = ["--tasks", ",".join(left), "--repeat", str(self.chosen.repeat)]
            command = self._command(name, data, *more, *["--reopen"] * loaded)
            for event in self._events(name, command, loaded):
                task = event.pop("task")
                if task == "load":
                    if "version" in event:
                        self.versions[name] = event.pop("version")
                    if not loaded and (data == "plain" or event["status"] != "ok"):
                        self.put("load", name, **event)
                    loaded = loaded or event["status"] == "ok"
                    if event["status"] != "ok":
                        return False
                elif task in left:
                    left.remove(task)
                    self.put(task, name, **event)
            if not left or not loaded:
                return loaded
            if self.results.get(left[0], {}).get(name) is None:
                stuck = left.pop(0)
                self.put(stuck, name, **self.stuck[name])
                for task in [t for t in left if _HARDER.get(t) == stuck]:
                    left.remove(task)
                    self.put(task, name, status="timeout", note=f"not tried after {stuck}")
            if not left:
                return True

    def _events(self, name: str, command: Sequence[str], loaded: bool) -> Iterator[Result]:
        """Yield a worker's events; one that says nothing for too long is ended."""
        limit = self.chosen.timeout
        self.stuck[name] = {"status": "timeout", "note": f"more than {limit} s"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        os.set_blocking(process.stdout.fileno(), False)
        buffer = b""
        deadline = time.monotonic() + self.chosen.load_timeout
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                while (left := deadline - time.monotonic()) > 0:
                    if not selector.select(left):
                        continue
                    block = process.stdout.read()
                    if block == b"":
                        break
                    *lines, buffer = (buffer + (block or b"")).split(b"\n")
                    for line in lines:
                        deadline = time.monotonic() + limit
                        event = json.loads(line)
                        if "task" in event:
                            yield event
                else:
                    return
            if process.wait() != 0:
                error = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
                note = f"exit {process.returncode}: {error[-1] if error else ''}"[:200]
                self.stuck[name] = {"status": "failed", "note": note}
                if not loaded:
                    yield {"task": "load", **self.stuck[name]}
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def _fresh(self, name: str) -> None:
        """Measure a fresh process: start, make ready, one question of the task ``paths``."""
        if self.results.get("paths", {}).get(name, {}).get("status") not in ("ok", "wrong"):
            return
        walls, cpus = [], []
        for _ in range(1 if self.chosen.quick else min(self.chosen.repeat, 3)):
            wall, cpu = time.perf_counter(), _children_cpu()
            process = subprocess.Popen(self._command(name, "plain", "--fresh"))
            try:
                process.wait(self.chosen.load_timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                self.put("fresh", name, status="timeout", note="")
                return
            walls.append(time.perf_counter() - wall)
            cpus.append(_children_cpu() - cpu)
        self.put("fresh", name, status="ok", wall=statistics.median(walls),
                 cpu=statistics.median(cpus), repeat=len(walls))  # fmt: skip

    def compare(self) -> int:
        """Mark answers that differ from the reference, add ratios; returns how many differ."""
        wrong = 0
        for found in self.results.values():
            sure = [n for n in (REFERENCE, *found) if found.get(n, {}).get("status") == "ok"]
            if not sure:
                continue
            base = found[sure[0]]
            for result in found.values():
                if result["status"] != "ok":
                    continue
                if any(result.get(k) != base.get(k) for k in ("count", "digest")):
                    result["status"] = "wrong"
                    result["note"] = f"{sure[0]} has {base.get('count')} rows"
                    wrong += 1
                if sure[0] == REFERENCE:
                    for kind in ("cpu", "wall"):
                        result[f"ratio_{kind}"] = result[kind] / max(base[kind], 1e-9)
        return wrong

    def result(self) -> Result:
        """Return everything about this size."""
        order = ["load", "fresh", *TASKS]
        return {"size": self.size, "entities": self.entities, "relations": self.relations,
                "listed": self.listed, "seed": self.chosen.seed,
                "tasks": {t: self.results[t] for t in order if t in self.results}}  # fmt: skip


def grown(small: Result, large: Result) -> Result:
    """Return how many times what a task costs and how many rows it gives at the larger size."""
    tasks: dict[str, dict[str, Result]] = {}
    for task, results in large["tasks"].items():
        for name, after in results.items():
            before = small["tasks"].get(task, {}).get(name, {})
            if after["status"] != "ok" or before.get("status") != "ok":
                continue
            now = {kind: after[kind] / max(before[kind], 1e-9) for kind in ("cpu", "wall")}
            if before.get("count"):
                now["rows"] = after["count"] / before["count"]
            tasks.setdefault(task, {})[name] = now
    return {"from": small["size"], "to": large["size"],
            "relations": large["relations"] / small["relations"], "tasks": tasks}  # fmt: skip


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _versions(engines: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in engines:
        try:
            found[name] = version(ENGINES[name])
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare nthtier with its peers.")
    parser.add_argument("--size", default="S", help=f"one or more of {', '.join(generate.SIZES)}")
    parser.add_argument("--tasks", default=",".join(TASKS), help=f"of {', '.join(TASKS)}")
    parser.add_argument("--peers", default=",".join(ENGINES), help=f"of {', '.join(ENGINES)}")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--timeout", type=float, help="seconds for one question (60; quick: 1)")
    parser.add_argument("--load-timeout", type=float, default=1200, help="seconds for a load")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="XS and S, two engines at once")
    parser.add_argument("--keep", type=Path, help="folder for tables and graphs, kept")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    for name, known in (("size", generate.SIZES), ("tasks", TASKS), ("peers", ENGINES)):
        wanted = [w for w in getattr(chosen, name).split(",") if w]
        unknown = [w for w in wanted if w not in known]
        if unknown:
            parser.error(f"--{name}: no {', '.join(unknown)}; there are {', '.join(known)}")
        setattr(chosen, name, wanted)
    if REFERENCE not in chosen.peers:
        chosen.peers.insert(0, REFERENCE)
    if "NEO4J_BENCH_URI" not in os.environ:
        chosen.peers = [p for p in chosen.peers if p != "neo4j"]
    if chosen.timeout is None:
        chosen.timeout = 1.0 if chosen.quick else 60.0
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit status."""
    chosen = _arguments(arguments)
    sizes = sorted(chosen.size, key=list(generate.SIZES).index)
    if chosen.quick:
        sizes = ["XS", "S"] if sizes == ["S"] else sizes
        chosen.repeat = 2
    runs: list[Result] = []
    versions, wrong = _versions(chosen.peers), 0
    with tempfile.TemporaryDirectory(prefix="nthtier-bench-") as scratch:
        for size in sizes:
            bench = Bench(size, chosen.keep or Path(scratch), chosen)
            slow = _SLOW if chosen.quick and size != "XS" else ()
            with ThreadPoolExecutor(_AT_ONCE if chosen.quick else 1) as pool:
                # Each waits for processes of its own; their times are no measure in quick mode.
                list(pool.map(bench.engine, [p for p in chosen.peers if p not in slow]))
            wrong += bench.compare()
            runs.append(bench.result())
            versions |= bench.versions
    found = {
        "format": 1,
        "machine": {"python": platform.python_version(), "system": platform.system(),
                    "processor": platform.machine(), "cores": os.cpu_count()},
        "versions": versions,
        "runs": runs,
        "growth": [] if chosen.quick else [grown(a, b) for a, b in pairwise(runs)],
        "wrong": wrong,
    }  # fmt: skip
    chosen.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    chosen.out.with_suffix(".md").write_text(report.markdown(found), "utf-8")
    if not report.plot(found, chosen.out.with_suffix(".png")):
        sys.stderr.write("no plot: matplotlib is not installed\n")
    sys.stdout.write(report.markdown(found))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
