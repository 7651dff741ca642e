"""Rules of the house that a reader could break without noticing."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from click.testing import CliRunner

import nthtier
from nthtier.explorer.cli import COMMANDS, cli
from nthtier.graph.ontology import LENSES, RELATION_TYPES
from nthtier.loaders.registry import FORMATS
from support import ROOT

PORTIONS = ("graph", "loaders", "queries", "explorer")
MAY_IMPORT = {
    "graph": {"graph"},
    "loaders": {"graph", "loaders"},
    "queries": {"graph", "queries"},
    "explorer": set(PORTIONS),
}
MODULES = [p for room in PORTIONS for p in sorted((ROOT / room).rglob("*.py"))]


def test_one_portion_has_an_init_and_it_finds_the_others() -> None:
    assert list(ROOT.glob("*/nthtier/__init__.py")) == [ROOT / "explorer/nthtier/__init__.py"]
    for room in PORTIONS:
        assert importlib.util.find_spec(f"nthtier.{room}") is not None


@pytest.mark.parametrize("room", PORTIONS)
def test_imports_go_one_way(room: str) -> None:
    for path in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                part = name.split(".")
                if part[0] == "nthtier" and len(part) > 1:
                    assert part[1] in MAY_IMPORT[room], f"{path.name} imports {name}"


def test_a_question_does_not_import_pandas(tmp_path: Path) -> None:
    folder = nthtier.demo(tmp_path / "graph").folder
    code = (
        f"import sys, nthtier as nt; g = nt.open({str(folder)!r}); g.find('inspur'); "
        "g.trace('Intel').to_json(); g.screen(['Intel']); "
        "g.owners('Intel'); g.info(); sys.exit('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("first", range(len(PORTIONS)))
def test_the_rooms_are_found_whatever_their_order(first: int, tmp_path: Path) -> None:
    order = [str(ROOT / room) for room in (*PORTIONS[first:], *PORTIONS[:first])]
    names = ", ".join(f"nthtier.{room}" for room in PORTIONS)
    code = f"import sys; sys.path[:0] = {order!r}; import {names}; print(nthtier.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=tmp_path)  # fmt: skip
    assert done.stdout[0].isdigit()


def test_a_room_is_imported_without_the_rooms_that_may_not_be() -> None:
    for room, may in MAY_IMPORT.items():
        code = (
            f"import sys, nthtier.{room}; print(*(m for m in sys.modules if m[:8] == 'nthtier.'))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              check=True)  # fmt: skip
        assert {m.split(".")[1] for m in done.stdout.split()} <= may


def test_files_are_short() -> None:
    long = [p.name for p in MODULES if len(p.read_text("utf-8").splitlines()) > 400]
    assert long == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_is_in_the_readme(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.output
    assert f"nthtier {name}" in result.output
    assert f"`{name}`" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "does",
    ["from nthtier.explorer.cli import run; run(['--help'])", "import nthtier; dir(nthtier)",
     "import nthtier; nthtier.__version__; nthtier.QuestionError"],
)  # fmt: skip
def test_help_and_import_load_nothing_heavy(does: str) -> None:
    code = (
        f"import sys; {does}; "
        "heavy = {'numpy', 'pyarrow', 'networkx', 'neo4j', 'rich', 'pyvis', 'jinja2', 'ssl'}; "
        "sys.exit(', '.join(sorted(heavy & sys.modules.keys())) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_contributing_explains_every_dependency() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for requirement in requires("nthtier") or []:
        name = re.split(r"[ ;<>=!\[]", requirement)[0]
        assert f"`{name}`" in text, f"CONTRIBUTING.md does not say what {name} is for"


def test_readme_names_formats_lenses_and_relation_types() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for word in [*FORMATS, *LENSES, *(t.name for t in RELATION_TYPES)]:
        assert f"`{word}`" in text, word


def test_the_readmes_facts_file_loads(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert blocks
    from nthtier.loaders.registry import read_paths
    from nthtier.queries.weights import read_weights

    for number, block in enumerate(blocks):
        tomllib.loads(block)
        if "{" in re.sub(r"identifiers = \{[^}]*\}", "", block):
            continue  # a table's mapping, not a fact file
        path = tmp_path / f"facts{number}.toml"
        path.write_text(block, "utf-8")
        if "[types]" in block:
            assert read_weights(path).changed()
            continue
        assert read_paths([path])[0].batch.statements
