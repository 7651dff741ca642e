"""Fetching: interrupted, beside another process, asked wrongly; the cache and its table."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import pytest

from list_site import Site, hangs, real, sends, serve_set, tree
from nthtier.explorer.cli import run
from nthtier.loaders.addresses import ADDRESSES
from nthtier.loaders.downloads import check_url
from nthtier.loaders.fetching import cache_folder
from nthtier.loaders.registry import FORMATS
from nthtier.loaders.sidecar import read_sidecar, sidecar_path

pytestmark = pytest.mark.usefixtures("cache_aside")


def test_killed_while_downloading(site: Site, tmp_path: Path) -> None:
    base = serve_set(site)
    fetch = ["fetch", "us-ofac-cons", "--url", base]
    assert run(fetch) == 0
    before = tree(tmp_path / "cache")
    reached = Event()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        reached.set()
        hangs(site)(handler)

    site.answers["/cons/cons_add.csv"] = stall
    site.answers["/cons/cons_prim.csv"] = sends(real())
    code = "from nthtier.explorer.cli import main; main()"
    child = subprocess.Popen([sys.executable, "-c", code, *fetch])
    assert reached.wait(60)
    time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    assert child.wait(60) == -signal.SIGKILL
    left = tree(tmp_path / "cache")
    assert {k: v for k, v in left.items() if "/.fetching-" not in k} == before
    assert left != before, "it was killed while a file was coming"
    serve_set(site)
    assert run(fetch) == 0
    assert set(tree(tmp_path / "cache")) == set(before), "what was left is swept away"


def test_another_process_at_work(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cache" / "us-ofac-cons"
    folder.mkdir(parents=True)
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert run(["fetch", "us-ofac-cons", "--url", serve_set(site)]) == 4
    assert "another process is fetching" in capsys.readouterr().err
    os.close(handle)


def test_a_cache_that_cannot_be_written(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("a file", "utf-8")
    assert run(["fetch", "us-ofac-cons", "--url", serve_set(site)]) == 4
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "name a list"),
        (["us-nothing"], "us-csl"),
        (["us-csl", "--url", "file:///etc/passwd"], "only http and https"),
        (["us-csl", "--url", "https://me:secret@example.org/x"], "password"),
        (["us-ofac-sdn", "--url", "https://example.org/sdn.csv"], "sdn_comments.csv"),
        (["us-csl", "eu-fsf", "--url", "https://example.org/"], "one list"),
        (["us-csl", "--allow", "columns"], "counts"),
    ],
)
def test_wrong_usage(arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fetch", *arguments]) == 2
    assert word in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"url": 1}', "\ufeff{}", "[" * 60_000, '{"url": "file:///x"}'],
)
def test_a_sidecar_that_is_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("x", "utf-8")
    sidecar_path(file).write_text(text, "utf-8")
    assert read_sidecar(file) is None


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("NTHTIER_CACHE")
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "nthtier"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path("/home/somebody/.cache/nthtier")


def test_the_table_of_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f.name for a in ADDRESSES.values() for f in a.files]
    assert len(set(names)) == len(names), "all fit into one folder"
    assert run(["fetch", "--list"]) == 0
    shown = capsys.readouterr().out
    for address in ADDRESSES.values():
        assert address.format == "" or address.format in FORMATS
        assert f"{address.id}: {address.title}" in shown
        for file in address.files:
            assert check_url(file.url).startswith("https://")
            assert re.fullmatch(r"[A-Za-z][\w.-]*", file.name, re.ASCII)
            assert 0 < file.least < file.most
            assert file.url in shown
