"""The store: damage, full disks, two writers, readers during a load, the same load twice."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_folders import COMMAND, answer, facts, nthtier, start, versions
from nthtier.graph.errors import BusyError, DamagedError, StoreError
from nthtier.graph.known import as_known
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from support import require

FILES = sorted(SHIPPED.glob("*.toml"))


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """The shipped case."""
    load(Store(tmp_path / "graph"), FILES)
    return tmp_path / "graph"


# The same input, the same version


def test_the_same_load_twice_changes_nothing(graph: Path, tmp_path: Path) -> None:
    before = {p: p.read_bytes() for p in graph.rglob("*") if p.is_file() and p.name != "lock"}
    again = load(Store(graph), FILES)
    assert not again.new and again.version == again.parent
    assert before == {
        p: p.read_bytes() for p in graph.rglob("*") if p.is_file() and p.name != "lock"
    }
    elsewhere = load(Store(tmp_path / "elsewhere"), FILES)
    assert elsewhere.version == again.version
    done = nthtier(graph, "load", *FILES)
    assert done.returncode == 0 and "nothing new" in done.stdout


def test_the_order_of_files_changes_nothing(graph: Path, tmp_path: Path) -> None:
    expected = answer(graph)
    for number, order in enumerate(itertools.permutations(FILES)):
        together, one_by_one = tmp_path / f"t{number}", tmp_path / f"o{number}"
        load(Store(together), order)
        assert answer(together) == expected
        for path in order:
            load(Store(one_by_one), [path])
        assert answer(one_by_one) == expected


def test_a_source_loaded_again_is_replaced(graph: Path, tmp_path: Path) -> None:
    first = load(Store(graph), [facts(tmp_path / "a.toml", "a", 3)])
    second = load(Store(graph), [facts(tmp_path / "a.toml", "a", 2)])
    assert second.replaced == ["a"] and second.version != first.version
    names = {s.value for s in Store(graph).open().statements() if s.source == "a"}
    assert "a maker 1" in names and "a maker 2" not in names
    third = load(Store(graph), [facts(tmp_path / "a.toml", "a", 3)])
    assert third.version == first.version


def test_a_wrong_file_writes_nothing(graph: Path, tmp_path: Path) -> None:
    before, there = answer(graph), versions(graph)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[source]\nid = "w"\ntitle = "W"\n[[relation]]\nfrom = "A"\n', "utf-8")
    done = nthtier(graph, "load", facts(tmp_path / "a.toml", "a"), wrong)
    assert done.returncode == 3 and "wrong.toml, line" in done.stderr
    assert (answer(graph), versions(graph)) == (before, there)


# Damage: never a silent difference


def damaged_bytes(data: bytes, how: str, chance: random.Random) -> bytes:
    if how == "cut":
        return data[: chance.randrange(len(data))]
    place, bit = chance.randrange(len(data)), chance.randrange(8)
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def damage(graph: Path, how: str, times: int, seed: int) -> dict[str, int]:
    """Damage one file at a time, every file at least once if ``times`` allows; count outcomes."""
    expected, chance = answer(graph), random.Random(seed)
    folder = graph / "versions" / str(Store(graph).head())
    files = [*sorted(p for p in folder.rglob("*") if p.is_file()), graph / "HEAD"]
    chance.shuffle(files)
    outcomes = {"refused": 0, "same": 0}
    for path in itertools.islice(itertools.cycle(files), times):
        data = path.read_bytes()
        path.write_bytes(damaged_bytes(data, how, chance))
        try:
            found = answer(graph)
        except DamagedError as error:
            outcomes["refused"] += 1
            assert "\n" not in str(error) and len(str(error)) < 500
        else:
            assert found == expected, f"{path.name}: {how} changed the answer without a word"
            outcomes["same"] += 1
        finally:
            path.write_bytes(data)
    assert answer(graph) == expected
    return outcomes


@pytest.mark.parametrize("how", ["cut", "flip"])
def test_damage_is_never_silent(graph: Path, how: str) -> None:
    outcomes = damage(graph, how, 60, seed=7)
    assert outcomes["refused"] >= 50  # a flip of HEAD's line end may leave the answer as it is


def test_a_missing_file_is_damage_and_verified(graph: Path) -> None:
    version = Store(graph).open()
    assert version.damages() == []
    (version.folder / "snapshot" / "dst.npy").unlink()
    assert Store(graph).open().damages() == ["snapshot/dst.npy"]
    done = nthtier(graph, "trace", "Microsoft")
    assert done.returncode == 4 and "dst.npy" in done.stderr and "HEAD" in done.stderr


def test_a_damaged_version_is_written_again_by_the_same_load(graph: Path) -> None:
    expected = answer(graph)
    path = graph / "versions" / str(Store(graph).head()) / "names.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DamagedError, match=r"names\.parquet"):
        answer(graph)
    load(Store(graph), FILES)
    assert answer(graph) == expected and len(versions(graph)) == 1


def test_an_older_damaged_version_disturbs_nobody(graph: Path, tmp_path: Path) -> None:
    old = str(Store(graph).head())
    load(Store(graph), [facts(tmp_path / "a.toml", "a")])
    expected = answer(graph)
    (graph / "versions" / old / "manifest.json").write_text("{}", "utf-8")
    assert answer(graph) == expected
    told = {m["id"]: m["command"] for m in Store(graph).history()}
    assert told[old].startswith("damaged: ") and len(told) == 2
    assert nthtier(graph, "info").returncode == 0


def test_head_without_a_version_says_what_there_is(graph: Path) -> None:
    head = str(Store(graph).head())
    for text in ("", "v-0000000000000000\n", "../../etc\n", f"{head}/..\n"):
        (graph / "HEAD").write_text(text, "utf-8")
        with pytest.raises(DamagedError, match=head):
            Store(graph).open()
    (graph / "HEAD").unlink()
    with pytest.raises(DamagedError, match=head):
        Store(graph).open()
    with pytest.raises(StoreError, match="has no version"):
        Store(graph).open("../versions")


# A full disk


def refused_or_done(
    done: subprocess.CompletedProcess[str], graph: Path, old: str, new: str
) -> bool:
    """Check one load that may have met a full disk; tells whether it was refused."""
    if done.returncode == 0:
        assert answer(graph) == new
        return False
    assert done.returncode == 4, done.stderr
    line = done.stderr.strip()
    assert line.startswith("nthtier: cannot write") and "\n" not in line
    assert answer(graph) == old and len(versions(graph)) == 1
    return True


@pytest.fixture
def full(tmp_path: Path) -> tuple[Path, Path, str, str]:
    """A small graph, a file to add, and what the graph says before and after."""
    load(Store(tmp_path / "graph"), [facts(tmp_path / "base.toml", "base")])
    load(Store(tmp_path / "after"), [tmp_path / "base.toml", facts(tmp_path / "a.toml", "a", 400)])
    return (tmp_path / "graph", tmp_path / "a.toml", answer(tmp_path / "graph"),
            answer(tmp_path / "after"))  # fmt: skip


@pytest.mark.slow
def test_no_file_may_grow_further(full: tuple[Path, Path, str, str]) -> None:
    graph, more, old, new = full
    code = ("import resource, sys; n = int(sys.argv.pop(1)); "
            "resource.setrlimit(resource.RLIMIT_FSIZE, (n, n)); "
            "from nthtier.explorer.cli import main; main()")  # fmt: skip
    refused = 0
    for size in [0, 1, 17, 18, 19, 64, 100, 128, 129, 200, 500, 1000, 2000, 3000, 4000, 6000,
                 8000, 12_000, 20_000, 30_000, 10_000_000]:  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", code, str(size), "--graph", str(graph), "load", str(more)],
            capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        refused += refused_or_done(done, graph, old, new)
    assert refused >= 15 and answer(graph) == new


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A memory disk of its own, which needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") is not None and os.geteuid() == 0 and (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64M", "tmpfs", str(folder)],
                       capture_output=True, check=False).returncode == 0
    )  # fmt: skip
    require(mounted, "the right to mount a small disk (tmpfs)")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_leaves_the_last_version(
    small_disk: Path, full: tuple[Path, Path, str, str]
) -> None:
    base, more, old, new = full
    graph = small_disk / "graph"
    shutil.copytree(base, graph)
    state = os.statvfs(small_disk)
    page = state.f_frsize
    used = (state.f_blocks - state.f_bfree) * page
    refused, sizes = 0, [*range(36), *range(36, 90, 6), 10_000]
    for pages in sizes:
        size = used + pages * page
        subprocess.run(["mount", "-o", f"remount,size={size}", str(small_disk)], check=True)
        refused += refused_or_done(nthtier(graph, "load", more), graph, old, new)
        if answer(graph) == new:  # from here on there is space enough
            break
    assert refused >= 20 and answer(graph) == new


# Two writers, and readers beside them

HOLD = """
import sys
from pathlib import Path
from nthtier.graph.store import Store
with Store(Path(sys.argv[1])).writing():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(graph: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the graph for writing until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(graph)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.communicate(timeout=60)


@pytest.mark.slow
def test_the_second_writer_hears_who_holds_it(
    graph: Path, tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    before = answer(graph)
    done = nthtier(graph, "load", facts(tmp_path / "a.toml", "a"))
    assert done.returncode == 4 and f"process {holder.pid} on" in done.stderr
    with pytest.raises(BusyError, match=f"process {holder.pid} on"), Store(graph).writing():
        pass
    assert answer(graph) == before  # and readers do not wait
    holder.communicate(timeout=60)
    assert nthtier(graph, "load", tmp_path / "a.toml").returncode == 0


def test_known_time_does_not_need_the_lock(graph: Path, holder: subprocess.Popen[str]) -> None:
    now = Store(graph).open()
    then = as_known(Store(graph), now, "2023-06")
    assert then.id != now.id and then.id not in versions(graph)
    assert "Nvidia" in {r["name"] for r in then.rows("entities", range(then.snapshot.entities))}
    holder.communicate(timeout=60)
    kept = as_known(Store(graph), now, "2023-06")
    assert kept.id == then.id and kept.id in versions(graph)


def race_writers(graph: Path, folder: Path, number: int) -> tuple[int, int]:
    """Let two loads meet; whoever says that it wrote is in the graph, the other is not."""
    names = [f"w{number}x", f"w{number}y"]
    running = [start(graph, "load", facts(folder / f"{n}.toml", n, 50)) for n in names]
    codes = []
    for name, process in zip(names, running, strict=True):
        _, told = process.communicate(timeout=120)
        codes.append(process.returncode)
        assert process.returncode in (0, 4), told
        if process.returncode == 4:
            assert "is being written by process" in told
        assert (name in Store(graph).open().sources) == (process.returncode == 0)
    assert 0 in codes
    return codes.count(0), codes.count(4)


@pytest.mark.slow
def test_two_loads_at_once_lose_nothing(graph: Path, tmp_path: Path) -> None:
    for number in range(3):
        race_writers(graph, tmp_path, number)


def race_readers(graph: Path, folder: Path, number: int) -> int:
    """Read again and again while a load runs; returns how often."""
    before = answer(graph)
    process = start(graph, "load", facts(folder / f"r{number}.toml", f"r{number}", 300))
    seen: list[str] = []
    while process.poll() is None:
        seen.append(answer(graph))
        Store(graph).history()
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    after = answer(graph)
    assert after != before and set(seen) <= {before, after}
    assert sorted(seen, key=lambda x: x == after) == seen  # never back to the old one
    return len(seen)


@pytest.mark.slow
def test_readers_during_a_load_neither_wait_nor_fail(graph: Path, tmp_path: Path) -> None:
    for number in range(10):
        assert race_readers(graph, tmp_path, number) > 0


def test_a_reader_process_sees_the_old_version_while_another_writes(
    graph: Path, holder: subprocess.Popen[str]
) -> None:
    done = nthtier(graph, "export", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["version"] == Store(graph).head()
    assert holder.poll() is None


def test_no_graph_and_no_right_to_write(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no graph in"):
        Store(tmp_path / "none").open()
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("", "utf-8")
    done = subprocess.run(
        [*COMMAND, "--graph", str(tmp_path / "file" / "graph"), "load", str(FILES[0])],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 4 and "cannot write to" in done.stderr
