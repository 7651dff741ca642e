"""Manners in a shell: widths, colours, pipes, full disks, locales, interruption."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import pytest
from rich.console import Console

from nthtier.explorer import output
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.trace import Question, trace
from support import require

COMMAND = [sys.executable, "-c", "from nthtier.explorer.cli import main; main()"]
WIDTHS = (80, 120, 160)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terminal") / "graph"
    load(Store(folder), sorted(SHIPPED.glob("*.toml")), "factfile")
    return folder


@pytest.fixture(scope="module")
def findings(graph: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = trace(Store(graph).open(), Question("Nvidia"))["findings"]
    assert len(found) > 5
    return found


def printed(what: Any, width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, markup=False, highlight=False, emoji=False).print(what)
    return stream.getvalue()


def words(text: str) -> str:
    return " ".join(text.split())


def in_terminal(columns: int, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run nthtier in a terminal of so many columns."""
    inner, outer = pty.openpty()
    fcntl.ioctl(outer, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    child = subprocess.Popen([*COMMAND, *arguments], stdin=outer, stdout=outer, stderr=outer,
                             env=kept | {"TERM": "xterm-256color"} | environment)  # fmt: skip
    os.close(outer)
    data = b""
    while True:
        try:
            chunk = os.read(inner, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not chunk:
            break
        data += chunk
    os.close(inner)
    return child.wait(60), data.decode("utf-8").replace("\r\n", "\n")


# --- widths


@pytest.mark.parametrize("width", WIDTHS)
def test_findings_read_well_at_any_width(findings: list[dict[str, Any]], width: int) -> None:
    text = printed(output.findings_table(findings, "Whom?"), width)
    lines = text.splitlines()
    assert max(map(len, lines)) <= min(width, output.PROSE_WIDTH + 8)
    assert lines[0].strip() == "Whom?"
    blocks = re.split(r"(?m)^ ?(?=\d+  )", "\n".join(lines[1:]))[1:]
    assert len(blocks) == len(findings)
    for number, (block, finding) in enumerate(zip(blocks, findings, strict=True), 1):
        *sentence, facts = block.rstrip().splitlines()
        assert words("\n".join(sentence)) == words(f"{number} {finding['sentence']}")
        assert all(len(x.rstrip()) > 50 for x in sentence[:-1]), "no slivers"
        assert facts.split(", ")[0].strip() == finding["class"]
        if finding["path"]:
            assert f"strength {finding['strength']:.2f}" in facts
        for word in ("since", "until"):
            assert (f"{word} {finding[word]}" in facts) == bool(finding[word])


def filled() -> output.Rows:
    made = output.table("Lists", ("id", "title", "n", "note"), numbers=("n",), head=2)
    output.row(made, "us-bis-el", "Entity List of the Bureau of Industry and Security", 3420, "")
    output.row(made, "浪潮", "\x1b[31m red [bold]not markup[/bold]", 1, "so it is said " * 9)
    return made


@pytest.mark.parametrize("width", [40, *WIDTHS, 250])
def test_rows_are_a_table_only_where_it_fits(width: int) -> None:
    text = printed(filled(), width)
    assert all(len(line) <= width for line in text.splitlines())
    assert "\x1b" not in text
    is_table = width >= 120
    assert ("───" in text) == is_table
    for part in ("us-bis-el", "浪潮", "Entity List of the Bureau of Industry and Security", "3420",
                 "\\x1b[31m red [bold]not markup[/bold]"):  # fmt: skip
        if is_table and width < 160:  # cells are folded, side by side
            assert set(part.split()) <= set(text.split())
        else:
            assert words(part) in words(text)
    if not is_table:
        assert words(text).count("so it is said") == 9
    assert text.count("note:") == (0 if is_table else 1), "an empty cell needs no line"


def test_a_table_without_rows() -> None:
    assert "title" in printed(output.table("", ("id", "title")), 80)


@pytest.mark.parametrize("command", ["trace Nvidia --evidence", "find inspur", "info"])
def test_in_a_terminal_of_80_columns(command: str, graph: Path) -> None:
    status, text = in_terminal(80, "--graph", str(graph), *command.split())
    assert status == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    prose = [x for x in plain.splitlines() if not x.startswith("    ") and str(graph) not in x]
    assert max(map(len, prose)) <= 80


@pytest.mark.slow
def test_no_color(graph: Path) -> None:
    colour = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")
    for command in ("trace Nvidia", "find inspur", "info"):
        _, text = in_terminal(80, "--graph", str(graph), *command.split(), NO_COLOR="1")
        assert not colour.search(text)
    done = subprocess.run([*COMMAND, "--graph", str(graph), "trace", "Nvidia"],
                          capture_output=True, check=True)  # fmt: skip
    assert b"\x1b" not in done.stdout + done.stderr, "a pipe gets no escapes at all"


# --- progress


def test_progress_on_a_terminal_only(tmp_path: Path) -> None:
    served = tmp_path / "served"
    served.mkdir()
    (served / "un.xml").write_bytes(b"<LIST>" + b" " * 1_000_000 + b"</LIST>")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/un.xml"
    fetch = ("fetch", "un-sc", "--url", url)
    status, text = in_terminal(80, *fetch, NTHTIER_CACHE=str(tmp_path / "a"), no_proxy="*")
    assert status == 0
    assert "\x1b[?25l" in text, "the cursor hides while the bar is drawn"
    assert "1.0 MB" in text.replace("1.0/1.0 MB", "1.0 MB")
    environment = os.environ | {"NTHTIER_CACHE": str(tmp_path / "b"), "no_proxy": "*"}
    done = subprocess.run([*COMMAND, *fetch], capture_output=True, env=environment, check=True)
    server.shutdown()
    server.server_close()
    thread.join()
    assert done.stdout.decode() == f"{tmp_path / 'b' / 'un-sc' / 'un-consolidated.xml'}\n"
    assert b"\x1b" not in done.stderr
    assert b"\r" not in done.stderr


# --- output that cannot be written


@pytest.mark.parametrize(
    "command",
    ["trace Nvidia", "trace Nvidia --json", "info", "export --format json", "--help",
     "trace --help", "fetch --list", "find inspur"],
)  # fmt: skip
def test_a_reader_that_has_seen_enough(command: str, graph: Path) -> None:
    child = subprocess.Popen([*COMMAND, "--graph", str(graph), *command.split()],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    said = child.stderr.read()
    child.stderr.close()
    assert (child.wait(60), said) == (0, b"")


def test_closed_and_full_outputs(graph: Path) -> None:
    line = " ".join(["exec", *(f"'{c}'" for c in (*COMMAND, "--graph", str(graph), "info"))])
    done = subprocess.run(["sh", "-c", f"{line} >&-"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    require(Path("/dev/full").exists(), "/dev/full")
    for command in ("info", "info --json", "export --format json"):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([*COMMAND, "--graph", str(graph), *command.split()],
                                  stdout=full, stderr=subprocess.PIPE, check=False)  # fmt: skip
        assert done.returncode == 4
        assert done.stderr.startswith(b"nthtier: ")
        assert b"No space left" in done.stderr
        assert done.stderr.count(b"\n") == 1


# --- locales, interruption


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii:strict"},
    ],
)
def test_a_locale_that_is_not_utf8(environment: dict[str, str], graph: Path) -> None:
    for command in ("find Langchao", "trace Tencent", "find inspur --json", "info"):
        done = subprocess.run(
            [*COMMAND, "--graph", str(graph), *command.split()], capture_output=True,
            env=os.environ | environment, check=True,
        )  # fmt: skip
        if "--json" in command:
            assert json.loads(done.stdout.decode("utf-8")), "JSON is UTF-8 everywhere"
        else:
            assert done.stdout.isascii()
    done = subprocess.run([*COMMAND, "--graph", str(graph), "find", "浪潮无"], capture_output=True,
                          env=os.environ | environment, check=False)  # fmt: skip
    assert done.returncode in (0, 1)
    assert b"Traceback" not in done.stderr


def test_interrupted(tmp_path: Path) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/list.csv"
    environment = os.environ | {"NTHTIER_CACHE": str(tmp_path / "cache"), "no_proxy": "*"}
    child = subprocess.Popen([*COMMAND, "fetch", "us-csl", "--url", url], env=environment,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    silent.settimeout(60)
    connection, _ = silent.accept()
    assert connection.recv(4096).startswith(b"GET /list.csv")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    connection.close()
    silent.close()
    assert (child.returncode, out) == (130, b"")
    assert err.strip() == b"nthtier: stopped"
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def test_a_load_shows_a_bar_on_a_terminal_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    monkeypatch.setattr(output, "PATIENCE", 0.0)
    monkeypatch.setattr("sys.stderr", said)
    with output.loading() as tell:
        assert tell is None
    assert not said.getvalue()
    monkeypatch.setattr(said, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    with output.loading() as tell:
        assert tell is not None
        tell("reading", 500_000, 2_000_000)
        deadline = 200
        while "0.5/2.0 MB" not in said.getvalue() and (deadline := deadline - 1):
            sleep(0.05)
        tell("building", 0, 0)
        while "building" not in said.getvalue() and (deadline := deadline - 1):
            sleep(0.05)
    assert "0.5/2.0 MB" in said.getvalue()
    assert "building" in said.getvalue()


def test_a_short_load_shows_no_bar(tmp_path: Path) -> None:
    status, text = in_terminal(100, "--graph", str(tmp_path / "graph"), "load",
                               *map(str, sorted(SHIPPED.glob("*.toml"))))  # fmt: skip
    assert status == 0
    assert "version v-" in text
