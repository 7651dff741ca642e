"""One engine in its own process: loads, runs tasks, writes one JSON line for each thing done.

Started by ``run.py``. With ``--fresh`` it makes ready once and answers one question, and the
parent measures the whole process.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from tasks import HOPS, Engine, Subjects, answer, calls

#: A call that takes longer is not repeated; one that is shorter is run several times at once.
LONG: Final = 5.0
SHORT: Final = 0.002


def measured(call: Callable[[], Any], repeat: int) -> tuple[Any, list[float], list[float], float]:
    """Return the answer, CPU and wall seconds of each repeat, and the wall seconds of the first.

    The first call warms up and is no repeat, unless it is so long that it is the only one.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    found = call()
    first, first_cpu = time.perf_counter() - wall, time.process_time() - cpu
    if first > LONG:
        return found, [first_cpu], [first], first
    cpus: list[float] = []
    walls: list[float] = []
    for _ in range(repeat):
        times = max(1, int(SHORT / max(min([first, *walls]), 1e-7)))
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(times):
            call()
        walls.append((time.perf_counter() - wall) / times)
        cpus.append((time.process_time() - cpu) / times)
    return found, cpus, walls, first


def peak() -> int:
    """Return the most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def say(**event: Any) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def run(engine: Engine, task: str, who: Subjects, repeat: int) -> None:
    """Run one task and say what was measured."""
    cpus, walls, firsts, repeats = [], [], [], []
    count, digest = 0, 0
    for method, arguments in calls(task, who):
        try:
            call = partial(getattr(engine, method), *arguments)
            found, cpu, wall, first = measured(call, repeat)
        except NotImplementedError as error:
            say(task=task, status="unsupported", note=str(error))
            return
        except (Exception, MemoryError) as error:  # a peer may raise anything; it is reported
            say(task=task, status="failed", note=f"{type(error).__name__}: {error}"[:200])
            return
        said = answer(method, found)
        count += said.count
        digest = (digest * 31 + int(said.digest, 16)) % (1 << 64)
        cpus.append(statistics.median(cpu))
        walls.append(statistics.median(wall))
        firsts.append(first)
        repeats.append(len(wall))
        say(call=task)
    say(task=task, status="ok", cpu=statistics.median(cpus), wall=statistics.median(walls),
        first=max(firsts), repeat=min(repeats), peak_mb=peak(), count=count,
        digest=f"{digest:016x}")  # fmt: skip


def main() -> None:
    """Do what the parent asks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--subjects", type=Path, required=True)
    parser.add_argument("--tasks", default="")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--reopen", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    chosen = parser.parse_args()
    said = json.loads(chosen.subjects.read_text("utf-8"))
    who = Subjects(said["ordinary"], said["hub"], np.array(said["companies"], np.int64))
    try:
        engine: Engine = import_module(f"engines.{chosen.engine}_engine").Engine()
    except ImportError as error:
        say(task="load", status="missing", note=str(error))
        return
    if chosen.fresh:
        engine.reopen(chosen.data, chosen.folder)
        engine.paths(who.ordinary[0], HOPS)
        return
    wall, cpu = time.perf_counter(), time.process_time()
    (engine.reopen if chosen.reopen else engine.load)(chosen.data, chosen.folder)
    told = {"version": engine.version} if hasattr(engine, "version") else {}
    say(task="load", status="ok", cpu=time.process_time() - cpu, wall=time.perf_counter() - wall,
        repeat=1, peak_mb=peak(), **told)  # fmt: skip
    for task in chosen.tasks.split(",") if chosen.tasks else ():
        run(engine, task, who, chosen.repeat)


if __name__ == "__main__":
    main()
