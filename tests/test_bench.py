"""The benchmark at its smallest size: engines agree, and its report has the promised shape."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import generate
import registers
import report
import run
import tables
import tasks
from nthtier.graph.ontology import CODE
from support import ROOT, require

PEERS = {"nthtier_fast": "numba", "networkx": "networkx", "igraph": "igraph",
         "rustworkx": "rustworkx", "scipy": "scipy", "graphblas": "graphblas",
         "duckdb": "duckdb", "ladybug": "ladybug"}  # fmt: skip
#: What each peer answers within a second at the smallest size.
ANSWERS = {
    "scipy": {"screen", "cascade", "effective"},
    "graphblas": {"screen", "cascade", "effective"},
    "rustworkx": {"paths", "filters"},
    "igraph": {"paths", "screen", "filters"},
}
ALL = {"paths", "screen", "filters", "cascade", "effective"}


def bench(out: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "run.py"), "--size", "XS", *arguments, "--out",
         str(out)], capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert out.exists(), done.stderr
    return done.returncode, json.loads(out.read_text("utf-8")), done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tables")
    for name, dates in (("plain", False), ("dated", True), ("again", True)):
        generate.write(folder / name, "XS", dates=dates)
    return {name: folder / name for name in ("plain", "dated", "again")}


@pytest.mark.slow
@pytest.mark.parametrize("peer", PEERS)
def test_engines_agree(tmp_path: Path, peer: str) -> None:
    require(importlib.util.find_spec(PEERS[peer]) is not None, f"{PEERS[peer]} (group 'bench')")
    wanted = ANSWERS.get(peer, ALL)
    status, found, errors = bench(
        tmp_path / "xs.json", "--repeat", "1", "--peers", peer, "--tasks", ",".join(sorted(wanted))
    )  # fmt: skip
    assert (status, found["wrong"]) == (0, 0), errors
    (size,) = found["runs"]
    assert set(found["versions"]) == {"nthtier", peer}
    for task in wanted | {"load"}:
        for engine in ("nthtier", peer):
            result = size["tasks"][task][engine]
            assert result["status"] == "ok", (task, engine, result)
            assert result["cpu"] >= 0
            assert result["wall"] > 0
            assert result["peak_mb"] > 0
            assert result["ratio_cpu"] >= 0
        if task != "load":
            one, two = (size["tasks"][task][e] for e in ("nthtier", peer))
            assert one["count"] == two["count"] > 0
            assert one["digest"] == two["digest"]
    table = (tmp_path / "xs.md").read_text("utf-8")
    assert f"| {peer} |" in table
    for task in wanted:
        assert f"\n| {task} |" in table


@pytest.mark.slow
def test_quick_leaves_out_what_a_peer_takes_long_for(tmp_path: Path) -> None:
    require(importlib.util.find_spec("duckdb") is not None, "duckdb (group 'bench')")
    status, found, errors = bench(
        tmp_path / "quick.json", "--quick", "--timeout", "60", "--peers", "duckdb", "--tasks",
        "cascade,effective",
    )  # fmt: skip
    assert (status, found["wrong"], found["growth"]) == (0, 0, []), errors
    (size,) = found["runs"]
    assert size["tasks"]["cascade"]["duckdb"]["status"] == "ok"
    assert set(size["tasks"]["effective"]) == {"nthtier"}


@pytest.mark.slow
def test_what_takes_too_long_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    status, found, errors = bench(
        tmp_path / "slow.json", "--peers", "networkx", "--tasks", "best,best-hub,screen",
        "--repeat", "1", "--timeout", "1",
    )  # fmt: skip
    results = {t: r["networkx"] for t, r in found["runs"][0]["tasks"].items() if "networkx" in r}
    assert results["best"]["status"] == "timeout", errors
    assert results["best-hub"]["status"] == "timeout"
    assert results["screen"]["status"] == "ok"
    assert status == 0
    assert "timeout" in (tmp_path / "slow.md").read_text("utf-8")


def test_a_wrong_answer_is_marked() -> None:
    one = {"status": "ok", "cpu": 0.5, "wall": 0.5, "count": 3, "digest": "aa"}
    bench = run.Bench.__new__(run.Bench)
    bench.results = {"paths": {"networkx": one | {"digest": "bb", "cpu": 2.0}, "nthtier": dict(one),
                               "igraph": dict(one), "duckdb": {"status": "timeout"}}}  # fmt: skip
    assert bench.compare() == 1
    assert bench.results["paths"]["networkx"]["status"] == "wrong"
    assert bench.results["paths"]["networkx"]["ratio_cpu"] == 4.0
    assert bench.results["paths"]["igraph"]["status"] == "ok"
    assert "WRONG" in report._cell(bench.results["paths"]["networkx"])


def test_growth_is_reported_with_that_of_the_answers(tmp_path: Path) -> None:
    def ran(size: str, cpu: float, rows: int) -> dict[str, Any]:
        result = {"status": "ok", "cpu": cpu, "wall": 2 * cpu, "count": rows}
        slow = {"status": "timeout", "note": ""} if size == "L" else dict(result)
        return {"size": size, "entities": 1, "relations": 10 * rows, "listed": 1,
                "tasks": {"load": {"nthtier": {"status": "ok", "cpu": cpu, "wall": cpu}},
                          "paths-hub": {"nthtier": result, "igraph": slow}}}  # fmt: skip

    runs = [ran("M", 0.5, 100), ran("L", 10.0, 1_000)]
    step = run.grown(*runs)
    assert step["tasks"]["paths-hub"] == {"nthtier": {"cpu": 20.0, "wall": 20.0, "rows": 10.0}}
    assert step["tasks"]["load"] == {"nthtier": {"cpu": 20.0, "wall": 20.0}}
    machine = {"python": "3", "cores": 2}
    found = {"machine": machine, "versions": {"nthtier": "1", "igraph": "1"}, "runs": runs,
             "growth": [step]}  # fmt: skip
    text = report.markdown(found)
    assert "## From M to L: 10 times the relations" in text
    assert "\n| paths-hub | 10 | 20 (2) |  |\n" in text
    assert "\n| load |  | 20 |  |\n" in text
    require(importlib.util.find_spec("matplotlib") is not None, "matplotlib (group 'bench')")
    assert report.plot(found, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").stat().st_size > 10_000


def test_the_graph_is_the_same_every_time_and_as_promised(made: dict[str, Path]) -> None:
    for name in ("entities", "relations", "listings"):
        one, two = ((made[k] / f"{name}.parquet").read_bytes() for k in ("dated", "again"))
        assert one == two
    t, dated = tables.read(made["plain"]), tables.read(made["dated"])
    assert (t.n, len(t.src), len(t.listed)) == (2_000, 10_000, 10)
    for name in ("src", "dst", "kind", "cost", "listed"):
        np.testing.assert_array_equal(getattr(t, name), getattr(dated, name))
    assert np.all(t.src != t.dst)
    code = np.array([CODE[k] for k in generate.TYPES])[t.kind]
    rows = np.column_stack((t.src, code, t.dst))
    assert len(np.unique(rows, axis=0)) == len(rows)
    assert np.array_equal(rows, rows[np.lexsort(rows.T[::-1])])
    degree = np.bincount(t.src, minlength=t.n)
    assert degree.max() > 20 * np.median(degree)  # a hub
    held = dated.held(tasks.FILTER_TYPES, tasks.FILTER_YEAR)
    assert 0 < len(held) < len(t.src)
    assert "since" not in pq.read_schema(made["plain"] / "relations.parquet").names


def test_digests_tell_sets_of_paths_apart() -> None:
    paths = [[5, 7], [5], [7, 5, 9]]
    base = tasks.answer("paths", paths)
    assert tasks.answer("paths", paths[::-1]) == base
    assert tasks.answer("paths", tasks.padded(paths)[:, :3]) == base
    for other in ([[7, 5], [5], [7, 5, 9]], [[5, 7], [5], [7, 9, 5]], [[5, 7], [5]]):
        assert tasks.answer("paths", other) != base
    assert tasks.answer("best", paths) != tasks.answer("best", paths[::-1])


def test_claims_about_a_pair_are_one_stake() -> None:
    claims = [(0, 2, "OWNS", 300), (0, 2, "INVESTED_IN", 400), (1, 2, "OWNS", -1),
              (1, 2, "INVESTED_IN", 250), (0, 3, "OWNS", -1), (0, 3, "SUPPLIES", -1),
              (1, 3, "OWNS", 700), (2, 3, "OWNS", 600)]  # fmt: skip
    src, dst, kinds, share = (np.array(x) for x in zip(*claims, strict=True))
    kind = np.array([generate.TYPES.index(k) for k in kinds])
    none = np.zeros(0, np.int64)
    t = tables.Tables(4, src, dst, kind, none, share, none, none, none, none)
    held = tables.stakes(t)
    rows = np.column_stack((held.owner, held.owned, held.lo, held.hi)).tolist()
    assert rows == [[0, 2, 300, 400], [0, 3, 0, 1000], [1, 2, 250, 250], [1, 3, 700, 700],
                    [2, 3, 600, 600]]  # fmt: skip
    assert held.over.tolist() == [0, 0, 0, 300]
    assert held.slack.tolist() == [1000, 1000, 450, 1000]
    least, most = held.parts()
    assert least.tolist() == [0.3, 0.0, 0.25, 0.4, 0.3]
    assert most.tolist() == [0.4, 1.0, 0.25, 0.7, 0.6]


def test_effective_ownership_is_compared_rounded() -> None:
    found = np.array([(4.0, 0.1, 0.25), (2.0, 0.0, 1e-9), (3.0, 0.0, 1.0)])
    near = found + np.array((0.0, 1e-10, -1e-10))
    assert tasks.rounded(found).tolist() == [[4, 1000, 2500], [3, 0, 10000]]
    base = tasks.answer("effective", found)
    assert tasks.answer("effective", near[::-1]) == base
    for place in ((0, 1), (0, 2), (2, 2)):
        other = found.copy()
        other[place] += 0.0002
        assert tasks.answer("effective", other) != base


def test_usage_errors_name_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run._arguments(["--peers", "oracle", "--out", "x.json"])
    assert "networkx" in capsys.readouterr().err
    chosen = run._arguments(["--peers", "networkx", "--out", "x.json"])
    assert isinstance(chosen, Namespace)
    with pytest.raises(SystemExit):
        run._arguments(["--size", "M,XXL", "--out", "x.json"])
    assert "XXL" in capsys.readouterr().err
    assert run._arguments(["--size", "M,L", "--out", "x.json"]).size == ["M", "L"]
    assert chosen.peers == ["nthtier", "networkx"]


@pytest.mark.slow
def test_loads_are_measured(tmp_path: Path) -> None:
    out = tmp_path / "loads.json"
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "loads.py"), str(tmp_path), "--records", "300",
         "--out", str(out)], capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text("utf-8"))
    assert list(rows) == ["ftm", "gleif-csv", "gleif-xml"]
    for row in rows.values():
        assert row["records"] == 300
        assert row["statements"] > 1000
        assert row["peak_mib"] > 0
        assert row["records_per_cpu_second"] > 0
    assert rows["gleif-csv"]["entities"] == rows["gleif-xml"]["entities"]
    assert "records/s" in done.stdout
    before = (tmp_path / "300-1" / "gleif.csv").read_bytes()
    registers.gleif_csv(tmp_path / "again.csv", 300, 1)
    assert (tmp_path / "again.csv").read_bytes() == before
