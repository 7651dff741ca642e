"""Name matching on labelled pairs: nthtier, rapidfuzz alone, and nomenklatura where installed.

::

    python bench/name_pairs.py PAIRS.csv

``PAIRS.csv`` has the columns ``schema, name1, name2, is_match``; pairs of persons are left out.
For each method: F1, precision and recall at its fixed threshold, and at thresholds learnt on four
folds and tried on the fifth (all fifths taken together). For nthtier the factors of `Costs` are
learnt anew on four folds as well, to show that they are not fitted to what they are tried on.
nomenklatura needs PyICU and a compiler: ``pip install nomenklatura`` in an environment of its own.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import importlib.util
import itertools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz

from nthtier.graph.alike import ALIKE, COSTS, Costs, alike

FOLDS: Final = 5
_GRID: Final = [n / 100 for n in range(40, 100)]
_STEPS: Final = (-0.1, -0.05, 0.05, 0.1)
Pair = tuple[str, str, str, bool]
Scored = list[tuple[float, bool]]
Score = Callable[[str, str, str], float]


def read(path: Path) -> list[Pair]:
    """Read the pairs that are not persons: schema, two names, whether they match."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            (r["schema"], r["name1"], r["name2"], r["is_match"] == "true")
            for r in csv.DictReader(file)
            if r["schema"] != "Person"
        ]


def measures(scored: Sequence[tuple[float, bool]], threshold: float) -> tuple[float, float, float]:
    """Return F1, precision and recall at a threshold."""
    said = [(score >= threshold, match) for score, match in scored]
    right = sum(s and m for s, m in said)
    precision = right / max(sum(s for s, _ in said), 1)
    recall = right / max(sum(m for _, m in said), 1)
    return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall


def best_threshold(scored: Scored, fixed: float) -> float:
    """Return the threshold of the highest F1, of several the one nearest to ``fixed``."""
    return max(_GRID, key=lambda t: (measures(scored, t)[0], -abs(t - fixed)))


def folds(count: int) -> list[tuple[list[int], list[int]]]:
    """Return for each fold what to learn on and what to try on, by number."""
    every = range(count)
    return [
        ([n for n in every if n % FOLDS != f], [n for n in every if n % FOLDS == f])
        for f in range(FOLDS)
    ]


def held_out(scored: Scored, fixed: float) -> tuple[list[tuple[float, float]], Scored]:
    """Return threshold and F1 of each fold, and all held-out pairs as 1 (said to match) or 0."""
    each: list[tuple[float, float]] = []
    together: Scored = []
    for learn, rest in folds(len(scored)):
        t = best_threshold([scored[n] for n in learn], fixed)
        tried = [scored[n] for n in rest]
        each.append((t, measures(tried, t)[0]))
        together += [(float(score >= t), match) for score, match in tried]
    return each, together


def refitted(pairs: Sequence[Pair]) -> Scored:
    """Return the held-out pairs, the factors learnt on the other folds by going up hill."""
    together: Scored = []
    for learn, rest in folds(len(pairs)):
        costs = _climb([pairs[n] for n in learn])
        t = best_threshold(_scored(pairs, learn, costs), ALIKE)
        together += [(float(s >= t), m) for s, m in _scored(pairs, rest, costs)]
    return together


def _scored(pairs: Sequence[Pair], numbers: Sequence[int], costs: Costs) -> Scored:
    return [(alike(pairs[n][1], pairs[n][2], costs).score, pairs[n][3]) for n in numbers]


def _climb(pairs: Sequence[Pair]) -> Costs:
    every = range(len(pairs))
    start = dict.fromkeys(asdict(COSTS), 0.8)  # knows nothing of the factors chosen
    costs, best = Costs(**start), 0.0
    for _ in range(2):
        for name in start:
            for step in _STEPS:
                value = min(max(getattr(costs, name) + step, 0.05), 1.0)
                tried = replace(costs, **{name: value})
                scored = _scored(pairs, every, tried)
                f1 = measures(scored, best_threshold(scored, ALIKE))[0]
                if f1 > best:
                    costs, best = tried, f1
    return costs


def methods() -> dict[str, tuple[Score, float]]:
    """Return each method by name: its score from 0 to 1, and its fixed threshold."""
    found: dict[str, tuple[Score, float]] = {
        "nthtier": (lambda _, a, b: alike(a, b).score, ALIKE),
        "rapidfuzz token_sort_ratio": (_by(fuzz.token_sort_ratio), 0.8),
        "rapidfuzz WRatio": (_by(fuzz.WRatio), 0.85),
    }
    if importlib.util.find_spec("nomenklatura") is not None:
        found["nomenklatura LogicV2"] = (_logic_v2(), 0.7)
    else:
        sys.stderr.write("nomenklatura is not installed here: left out" + "\n")
    return found


def _by(scorer: Callable[[str, str], float]) -> Score:
    return lambda _, a, b: scorer(a.casefold(), b.casefold()) / 100


def _logic_v2() -> Score:
    matching: Any = importlib.import_module("nomenklatura.matching")
    ftm: Any = importlib.import_module("followthemoney")
    config = matching.LogicV2.default_config()

    number = itertools.count()  # it keeps what it computed by the entity's id

    def entity(schema: str, name: str) -> Any:
        return ftm.EntityProxy.from_dict(
            {"id": f"e{next(number)}", "schema": schema, "properties": {"name": [name]}}
        )

    def score(schema: str, a: str, b: str) -> float:
        one, two = entity(schema, a), entity(schema, b)
        return float(matching.LogicV2.compare(one, two, config).score)

    return score


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--no-refit", action="store_true", help="do not learn the factors anew")
    chosen = parser.parse_args()
    pairs = read(chosen.pairs)
    _say(f"{len(pairs)} pairs, {sum(p[3] for p in pairs)} of them to match\n")
    _say("| method | threshold | F1 | precision | recall | held out F1 | µs a pair |")
    _say("|---|---|---|---|---|---|---|")
    told = []
    for name, (score, fixed) in methods().items():
        score(*pairs[0][:3])  # imports and tables are not part of the time
        start = time.process_time()
        scored = [(score(s, a, b), match) for s, a, b, match in pairs]
        spent = (time.process_time() - start) / len(pairs) * 1e6
        f1, precision, recall = measures(scored, fixed)
        each, together = held_out(scored, fixed)
        told.append(f"{name}: " + ", ".join(f"{f:.3f} at {t}" for t, f in each))
        _say(f"| {name} | {fixed} | {f1:.3f} | {precision:.3f} | {recall:.3f} "
              f"| {measures(together, 1.0)[0]:.3f} | {spent:.0f} |")  # fmt: skip
    _say("\nHeld-out folds, F1 at the threshold learnt on the others:")
    for line in told:
        _say(f"- {line}")
    if not chosen.no_refit:
        f1, precision, recall = measures(refitted(pairs), 1.0)
        _say(f"\nnthtier with all factors learnt anew on the other folds: held out F1 {f1:.3f}, "
              f"precision {precision:.3f}, recall {recall:.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
