"""Every command and block of code in the README and the documentation is run.

``NTHTIER_GOLDEN=1 pytest tests/test_docs.py`` writes anew what the blocks print; read the
difference before committing it. `markdown_blocks` says how a block is marked.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest

from markdown_blocks import LANGUAGES, NEEDS, Block, blocks, commands, pages, plain_words
from neo4j_graphs import Place
from nthtier.explorer.cli import cli, run
from nthtier.graph.errors import QuestionError
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.cypher.ladybug import Ladybug
from support import ROOT, SHARED, require

PAGES = pages()
#: Blocks that no test runs, each with its reason in the page; a larger number needs a reason here.
NEVER_RUN = {"network": 6, "data": 4, "terminal": 1}
#: A version is named by a hash of its content: it differs as soon as a shipped fact does.
_VERSION = re.compile(r"\bv-[0-9a-f]{16}\b")
#: The names that pages give to published lists.
LISTS = {
    "consolidated.csv": SHARED / "data" / "csl" / "consolidated_2022-05.csv.gz",
    **{f"cons_{n}.csv": SHARED / "data" / "ofac" / f"cons_{n}.csv"
       for n in ("prim", "alt", "add", "comments")},
}  # fmt: skip


@pytest.fixture(scope="module")
def demo_graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "nthtier-graph"
    load(Store(folder), sorted(SHIPPED.glob("*.toml")))
    return folder


@dataclass
class Session:
    """The reader of one page: their folder, what Python knows, what was printed last."""

    parts: frozenset[str]
    capsys: pytest.CaptureFixture[str]
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    said: str | None = None
    changed: list[tuple[Block, str]] = field(default_factory=list)

    def do(self, block: Block) -> None:
        if block.shown:
            self._show(block)
            return
        self.said = None
        if block.needs and block.needs not in self.parts:
            if block.language == "sh":
                _parse(block)
            return
        if block.title:
            _write(block)
        elif block.language == "sh":
            self.said = self._shell(block)
        elif block.language == "python":
            out = io.StringIO()
            with redirect_stdout(out):
                exec(compile(block.body, str(block), "exec"), self.names)
            self.said = out.getvalue()
        elif block.language == "cypher":
            _cypher(block)
        else:
            pytest.fail(f"{block}: a block of {block.language} needs a title, its file's name")

    def _show(self, block: Block) -> None:
        if self.said is None:
            return  # of a part that is not here
        lines = "\n".join(line.rstrip() for line in self.said.splitlines())
        said = re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"
        if block.mark == "shape":
            wrong = list(_unlike(json.loads(block.body), json.loads(said), "result"))
            assert wrong == [], f"{block}: {wrong}"
        elif _VERSION.sub("v-", block.body) != _VERSION.sub("v-", said):
            self.changed.append((block, said))

    def _shell(self, block: Block) -> str:
        status = int(block.value) if block.mark == "fails" else 0
        said = ""
        for command in commands(block.body):
            words = plain_words(command)
            if words is None:
                done = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", command], capture_output=True, text=True,
                    check=False, timeout=300,
                    env={**os.environ, "PYTHONUTF8": "1", "PATH": os.pathsep.join(
                        [str(Path(sys.executable).parent), os.environ["PATH"]])},
                )  # fmt: skip
                found, out, err = done.returncode, done.stdout, done.stderr
            else:
                self.capsys.readouterr()
                found = run(words)
                out, err = self.capsys.readouterr()
            assert found == status, f"{block}: {command}\nstatus {found}\n{out}{err}"
            said += out + (err if status else "")
        return said


def _parse(block: Block) -> None:
    """Hold the options of commands that cannot run here against those that there are."""
    for command in commands(block.body):
        words = plain_words(command)
        if words is None:
            assert command.split()[0] not in ("", "nthtier") or "$(" in command or "|" in command
            continue
        if words[0] == "--version":
            continue
        if words[0] == "--graph":
            words = words[2:]
        context = click.Context(cli, info_name="nthtier")
        name, found, rest = cli.resolve_command(context, words)
        assert name and found is not None, f"{block}: {command}"
        found.make_context(name, rest, parent=context)


def _write(block: Block) -> None:
    path = Path(block.title)
    assert not path.is_absolute() and ".." not in path.parts
    if block.language == "toml":
        tomllib.loads(block.body)
    elif block.language == "json":
        json.loads(block.body)
    elif block.language == "csv":
        rows = list(csv.reader(io.StringIO(block.body), strict=True))
        assert len({len(row) for row in rows}) == 1, f"{block}: rows of different lengths"
    elif block.language == "python":
        compile(block.body, str(block), "exec")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.body, "utf-8")


def _cypher(block: Block) -> None:
    given = dict(part.split("=") for part in block.value.split()) if block.mark == "with" else {}
    engine = Ladybug(Store(Path("nthtier-graph")).open())
    try:
        assert engine.run(block.body, given).rows, f"{block}: no row"
    finally:
        engine.close()


def _unlike(shown: Any, real: Any, where: str) -> list[str]:
    """Return the places of ``shown`` that ``real`` does not have, or has otherwise in kind."""
    if isinstance(shown, dict) and isinstance(real, dict):
        missing = [f"{where}.{k} is not there" for k in shown if k not in real]
        return missing + [
            w for k in shown if k in real for w in _unlike(shown[k], real[k], f"{where}.{k}")
        ]
    if isinstance(shown, list) and isinstance(real, list):
        return [w for a, b in zip(shown, real, strict=False) for w in _unlike(a, b, f"{where}[]")]
    if shown is None or real is None or type(shown) is type(real):
        return []
    return [f"{where} is {type(real).__name__}, not {type(shown).__name__}"]


def read_page(
    page: Path, folder: Path, parts: frozenset[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Do what a page says, in a folder; its outputs must be as shown."""
    session, every = Session(parts, capsys), blocks(page)
    last = max((n for n, b in enumerate(every) if b.needs in parts), default=len(every))
    for block in every[: last + 2]:  # what comes after is read without the part
        session.do(block)
    if os.environ.get("NTHTIER_GOLDEN") == "1" and session.changed:
        text = page.read_text("utf-8")
        for block, said in reversed(session.changed):
            text = text[: block.start] + said + text[block.end :]
        page.write_text(text, "utf-8")
        return
    for block, said in session.changed:
        assert block.body == said, f"{block} shows something else"


@pytest.fixture
def desk(tmp_path: Path, demo_graph: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the graph of the demo, to be in; a Neo4j server has no name there."""
    shutil.copytree(demo_graph, tmp_path / "nthtier-graph")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    home = tmp_path / "home"  # with the folders of three shells
    for folder in (
        ".local/share/bash-completion/completions",
        ".zfunc",
        ".config/fish/completions",
    ):
        (home / folder).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NTHTIER_CACHE", str(tmp_path / "cache"))
    for name in ("NTHTIER_GRAPH", "NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _with(part: str) -> list[Path]:
    return [p for p in PAGES if any(b.needs == part for b in blocks(p))]


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_page(page: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_page(page, desk, frozenset(), capsys)


@pytest.mark.slow
@pytest.mark.parametrize("page", _with("lists"), ids=_name)
def test_page_with_published_lists(
    page: Path, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require(all(p.exists() for p in LISTS.values()), "published lists (../shared/data)")
    for name, path in LISTS.items():
        data = path.read_bytes()
        (desk / name).write_bytes(gzip.decompress(data) if path.suffix == ".gz" else data)
    read_page(page, desk, frozenset({"lists"}), capsys)


@pytest.mark.slow
@pytest.mark.parametrize("page", _with("neo4j"), ids=_name)
def test_page_with_a_neo4j_server(
    neo4j_place: Place,
    page: Path,
    desk: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in neo4j_place.environment.items():
        monkeypatch.setenv(name, value)
    read_page(page, desk, frozenset({"neo4j"}), capsys)


def test_few_blocks_are_never_run_and_each_says_why() -> None:
    every = [b for p in PAGES for b in blocks(p)]
    for block in every:
        assert block.language in LANGUAGES, f"{block}: {block.language!r} is not run"
        assert block.mark in ("", "needs", "fails", "with", "shape"), f"{block}: {block.mark!r}"
        assert not block.needs or block.needs in NEEDS, f"{block}: needs {block.needs!r}"
    never = Counter(b.needs for b in every if b.needs in NEVER_RUN)
    assert never == NEVER_RUN
    assert sum(never.values()) < len(every) / 6


@pytest.mark.slow
def test_a_page_that_shows_something_else_is_noticed(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NTHTIER_GOLDEN", raising=False)
    page = ROOT / "docs" / "made-up.md"  # never written: only its name is used

    def session() -> Session:
        return Session(frozenset(), capsys)

    def block(language: str, body: str, mark: str = "", value: str = "") -> Block:
        return Block(page, 1, language, "", body, mark, value, 0, len(body))

    reader = session()
    reader.do(block("sh", "nthtier find IBM --json\n"))
    reader.do(block("text", "something else\n"))
    assert len(reader.changed) == 1
    reader.do(block("python", "print('a ')\n"))
    reader.do(block("text", "a\n"))
    assert len(reader.changed) == 1
    with pytest.raises(AssertionError, match="status 1"):
        session().do(block("sh", "nthtier trace Nobody\n"))
    with pytest.raises(AssertionError, match="status 2"):
        session().do(block("sh", "nthtier info | nthtier trace --no-such-option\n"))
    with pytest.raises(click.UsageError):
        session().do(block("sh", "nthtier fetch --no-such-option\n", "needs", "network"))
    with pytest.raises(NameError):
        session().do(block("python", "no_such_name\n"))
    with pytest.raises((AssertionError, QuestionError)):
        session().do(block("cypher", "MATCH (e:Entity {id: 'nobody'}) RETURN e\n"))
    assert _unlike({"a": {"b": 1}}, {"a": {"c": 1}}, "x") == ["x.a.b is not there"]


def test_links_of_the_readme_and_contributing_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        text = page.read_text("utf-8")
        for target in re.findall(r'\]\(([^)#\s]+)[^)]*\)|(?:src|srcset)="([^"]+)"', text):
            link = "".join(target)
            assert link.startswith("https://") or (ROOT / link).exists(), f"{page.name}: {link}"


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    assert len(pictures) >= 4
    assert [p.name for p in pictures if p.stat().st_size > 200_000] == []
