"""At home in a shell: completion, the width asked for, and Ctrl-C that leaves nothing half done."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

import nthtier as nt
from graph_folders import answer, facts, versions
from nthtier.explorer import output
from nthtier.explorer.cli import COMMANDS, cli, run
from nthtier.explorer.commands.completion import SHELLS
from support import require

PROGRAM = "from nthtier.explorer.cli import main; import sys; print(file=sys.stderr); main()"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nt.demo(tmp_path_factory.mktemp("shell") / "graph").folder


def completed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str,
              shell: str = "bash") -> list[str]:  # fmt: skip
    """Return what is offered for the last word of a line (after a blank: a new one)."""
    words = line.split(" ")
    monkeypatch.setenv("_NTHTIER_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    with pytest.raises(SystemExit):
        run()
    lines = capsys.readouterr().out.strip().splitlines()
    return [x.partition(",")[2] for x in lines] if shell == "bash" else lines


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("nthtier ca", {"captured"}),
        ("nthtier trace Intel --max", {"--max-hops"}),
        ("nthtier trace Intel --lens ", {"supply", "revenue", "finance", "ownership", "any"}),
        ("nthtier trace Intel --types OWNS,su", {"OWNS,SUPPLIES", "OWNS,SUCCEEDED_BY"}),
        ("nthtier trace Intel --basis st", {"stated"}),
        ("nthtier trace Intel --rule us-o", {"us-ofac-50"}),
        ("nthtier rules eu", {"eu-own-control"}),
        ("nthtier rules --for micro", {"microsoft"}),
        ("nthtier load --format gleif", {"gleif-lei", "gleif-rr", "gleif-repex"}),
        ("nthtier cypher --run choke", {"choke-points"}),
        ("nthtier what-if --list us-dod", {"us-dod-1260h", "us-dod-1237"}),
        ("nthtier owners JD", {"jd-cloud"}),
        ("nthtier owners micros", {"microsoft"}),
        ("nthtier trace Intel --to us-ofac-sd", {"us-ofac-sdn"}),
        ("nthtier neo4j pu", {"push"}),
    ],
)
def test_completion(
    line: str, offered: set[str], graph: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("NTHTIER_GRAPH", str(graph))
    found = completed(monkeypatch, capsys, line)
    assert sorted(found) == sorted(offered)
    zsh = completed(monkeypatch, capsys, line, "zsh")
    assert offered <= set(zsh) and len(zsh) == 3 * len(offered)


def test_completion_offers_all_commands_and_never_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NTHTIER_GRAPH", str(tmp_path / "none"))
    assert completed(monkeypatch, capsys, "nthtier ") == list(COMMANDS)
    assert completed(monkeypatch, capsys, "nthtier trace In") == []
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "HEAD").write_text("damaged", "utf-8")
    assert completed(monkeypatch, capsys, "nthtier owners In") == []
    assert completed(monkeypatch, capsys, "nthtier trace x --to us-bis-e") == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_what_the_shell_reads(
    shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, graph: Path
) -> None:
    assert run(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert f"_NTHTIER_COMPLETE={shell}_complete" in text
    require(shutil.which(shell) is not None, shell)
    path = tmp_path / "script"
    path.write_text(text, "utf-8")
    subprocess.run([shell, "-n", str(path)], check=True)
    if shell == "bash":
        call = f"{sys.executable} -c 'from nthtier.explorer.cli import main; main()'"
        asks = (
            f'nthtier() {{ {call} "$@"; }}; export -f nthtier; env() {{ command env "${{@:1:3}}" '
            f"bash -c nthtier; }}; source {path}; COMP_WORDS=(nthtier owners inspur-g); "
            'COMP_CWORD=2; _nthtier_completion nthtier; echo "${COMPREPLY[@]}"'
        )
        done = subprocess.run(["bash", "-c", asks], capture_output=True, text=True, check=True,
                              env=os.environ | {"NTHTIER_GRAPH": str(graph)})  # fmt: skip
        assert done.stdout == "inspur-group\n"


def test_a_shell_that_is_not_known_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err


def test_every_command_that_answers_has_json() -> None:
    without = {"demo", "fetch", "explore", "export", "completion"}  # they write files
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        found = command.commands.values() if isinstance(command, click.Group) else [command]
        for one in found:
            has = any("--json" in p.opts for p in one.params)
            assert has == (name not in without), f"{name} {one.name}"


# --- width


@pytest.mark.parametrize("columns", [60, 140])
def test_columns_are_kept_to_in_a_pipe(
    columns: int, graph: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for command in ("find inspur", "info", "rules", "screen"):
        words = command.split()
        if command == "screen":
            path = graph.parent / "p.csv"
            path.write_text("name\nMicrosoft\nIntel\n", "utf-8")
            words.append(str(path))
        assert run(["--graph", str(graph), *words]) == 0
        lines = [x for x in capsys.readouterr().out.splitlines() if str(graph) not in x]
        assert max(map(len, lines)) <= columns
        assert max(map(len, lines)) > columns * 0.7
    for wrong in ("", "wide", "-5"):
        monkeypatch.setenv("COLUMNS", wrong)
        assert run(["--graph", str(graph), "rules"]) == 0
        assert max(map(len, capsys.readouterr().out.splitlines())) > 120


def test_prose_is_broken_between_words_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    text = "The quick brown fox jumps over the lazy dog, 浪潮集团 and [bold]all[/bold] \x1b[31m."
    for width in (30, 60, 200):
        terminal = Console(force_terminal=True, width=width, color_system=None, markup=False)
        output.say(terminal, text, indent=3)
        output.say(terminal, "")
        shown = capsys.readouterr().out
        lines = shown.splitlines()
        assert shown.endswith("\n\n") and len(lines) == {30: 6, 60: 3, 200: 2}[width]
        assert lines[0].startswith("   The quick") and all(len(x) <= width for x in lines)
        assert all(x.startswith("     ") for x in lines[1:-1])
        assert shown.split() == text.replace("\x1b", "\\x1b").split()
    pipe = Console(force_terminal=False, width=30, markup=False)
    output.say(pipe, text, indent=3)
    assert capsys.readouterr().out.count("\n") == 1, "a pipe gets one line, for grep"


# --- Ctrl-C


def interrupted(after: float, *arguments: str | Path) -> tuple[int, str, str]:
    """Run nthtier and interrupt it some seconds after it has begun."""
    child = subprocess.Popen([sys.executable, "-c", PROGRAM, *map(str, arguments)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert child.stderr is not None and child.stdout is not None
    assert child.stderr.readline() == b"\n", "it has begun"
    time.sleep(after)
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=120)
    return child.returncode, out.decode(), err.decode()


@pytest.mark.slow
def test_ctrl_c_during_a_load_leaves_the_old_graph_or_the_new(tmp_path: Path) -> None:
    graph = tmp_path / "graph"
    nt.load(graph, facts(tmp_path / "one.toml", "one"))
    many = facts(tmp_path / "many.toml", "many", 1500)
    shutil.copytree(graph, tmp_path / "whole")
    nt.load(tmp_path / "whole", many)
    before, whole = answer(graph), answer(tmp_path / "whole")
    stopped, after = 0, 0.1
    while True:
        status, out, err = interrupted(after, "--graph", graph, "load", many)
        if status == 0 or "version v-" in out:  # it had answered before the signal came
            break
        assert (status, out) == (130, ""), err
        assert err.strip() == "nthtier: stopped"
        assert answer(graph) in (before, whole)
        assert not [v for v in versions(graph) if not v.startswith("v-")]
        stopped, after = stopped + 1, after * 1.6
        if answer(graph) == whole:  # stopped when all was done
            break
    assert stopped and answer(graph) == whole


@pytest.mark.slow
def test_ctrl_c_during_an_export_leaves_the_old_files_or_the_new(tmp_path: Path) -> None:
    graph, out = tmp_path / "graph", tmp_path / "out"
    nt.load(graph, facts(tmp_path / "one.toml", "one"))
    assert run(["--graph", str(graph), "export", "--format", "csv", "--out", str(out)]) == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    nt.load(graph, facts(tmp_path / "many.toml", "many", 1500))
    stopped, after = 0, 0.1
    while True:
        status, text, err = interrupted(after, "--graph", graph, "export", "--format", "csv",
                                     "--out", out)  # fmt: skip
        if status == 0 or text:
            break
        assert (status, err.strip()) == (130, "nthtier: stopped")
        assert {p.name: p.read_bytes() for p in out.iterdir()} == before
        stopped, after = stopped + 1, after * 1.6
    assert stopped and {p.name for p in out.iterdir()} == before.keys()
    assert all((out / name).read_bytes() != old for name, old in before.items()
               if name in ("entities.csv", "relations.csv"))  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["json", "graphml", "ftm", "cypher"])
def test_a_pipe_that_is_closed_early_is_no_error(format_: str, graph: Path) -> None:
    line = " ".join(f"'{x}'" for x in (sys.executable, "-c", PROGRAM, "--graph", str(graph),
                                       "export", "--format", format_))  # fmt: skip
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {line} | head -1"],
                          capture_output=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"\n")
    assert done.stdout.count(b"\n") == 1


def test_json_and_messages_do_not_mix(graph: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("name,note\nMicrosoft,x\nNobody,y\n", "utf-8")
    done = subprocess.run([sys.executable, "-c", PROGRAM, "--graph", str(graph), "screen",
                           str(path), "--json"], capture_output=True, check=True)  # fmt: skip
    assert json.loads(done.stdout)["findings"]
    assert b"columns not used: note" in done.stderr
