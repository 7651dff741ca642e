"""Wheel and sdist: what is in them, and that the wheel alone works where nothing else is."""

from __future__ import annotations

import ast
import sys
import tarfile
import zipfile
from email import message_from_string
from importlib.metadata import requires
from pathlib import Path

import pytest

from interpreters import install, interpreter, run
from nthtier import __version__
from support import ROOT, require

MOST_DATA = 5_000_000
ROOMS = ("graph", "loaders", "queries", "explorer")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both; the wheel from the sdist, as an installer would that has no wheel."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, folder=ROOT)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as sdist:
        sdist.extractall(folder / "sdist", filter="data")
    source = next((folder / "sdist").iterdir())
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=source)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_what_it_needs_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"nthtier-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
        sizes = {i.filename: i.file_size for i in file.infolist()}
        info = f"nthtier-{__version__}.dist-info"
        metadata = message_from_string(file.read(f"{info}/METADATA").decode("utf-8"))
    assert {n.split("/")[0] for n in names} == {"nthtier", info}
    there = {
        f"nthtier/{p.relative_to(ROOT / room / 'nthtier').as_posix()}"
        for room in ROOMS for p in (ROOT / room / "nthtier").rglob("*")
        if p.is_file() and p.suffix not in (".pyc", ".nbi", ".nbc")
    }  # fmt: skip
    assert {n for n in names if n.startswith("nthtier/")} == there
    assert {"nthtier/__init__.py", "nthtier/py.typed"} <= names
    assert sum(n for f, n in sizes.items() if not f.endswith(".py")) < MOST_DATA
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/THIRD_PARTY.md"} <= names
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra") or ()) == {"excel", "fast"}


@pytest.mark.slow
def test_the_sdist_holds_the_tests_and_no_rubbish(built: Path) -> None:
    source = next((built / "sdist").iterdir())
    for name in ("README.md", "THIRD_PARTY.md", "tests/conftest.py", "docs/what-if.md", ".ci/run"):
        assert (source / name).is_file(), name
    bad = ("__pycache__", ".venv", ".git/", "nthtier-graph", "uv.lock", ".mypy_cache")
    assert not [p for p in source.rglob("*") if any(b in p.as_posix() for b in bad)]


def test_third_party_names_every_dependency_and_all_shipped_data() -> None:
    text = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
    for requirement in requires("nthtier") or []:
        if "extra ==" not in requirement:
            name = requirement.split(">")[0].split("<")[0].split(" ")[0]
            assert f"`{name}`" in text, name
    for path in (ROOT / "loaders/nthtier/loaders/shipped").iterdir():
        assert path.name in text


def test_what_is_imported_is_declared() -> None:
    """A package that only a development tool brings would be missing where the wheel is alone."""
    declared = {
        r.split(">")[0].split("<")[0].split(" ")[0].lower() for r in requires("nthtier") or ()
    }
    names = {"stdnum": "python-stdnum", "markupsafe": "jinja2"}  # jinja2 is made of markupsafe
    optional = {"numba", "openpyxl"}
    for path in (p for room in ROOMS for p in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            found = []
            if isinstance(node, ast.Import):
                found = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                found = [node.module]
            for name in {f.split(".")[0] for f in found} - sys.stdlib_module_names - {"nthtier"}:
                assert names.get(name, name) in declared | optional, f"{path.name} imports {name}"


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_wheel_alone_works(version: str, wheel: Path, tmp_path: Path) -> None:
    python = interpreter(version)
    require(python is not None, f"Python {version}")
    assert python is not None
    bin_ = install(wheel, python, tmp_path / "environment")
    work = tmp_path / "work"
    work.mkdir()
    assert run(bin_ / "nthtier", "--version", folder=work) == f"nthtier {__version__}\n"
    said = run(bin_ / "nthtier", "demo", folder=work)
    assert "Inspur Group" in said and (work / "nthtier-demo.html").stat().st_size > 500_000
    code = (
        "import sys, nthtier as nt; print(sys.version_info[:2]); "
        "print(len(nt.open().trace('Microsoft').findings), nt.__file__); "
        "nt.open().find('Intel').to_frame()"
    )
    with pytest.raises(AssertionError, match="pip install pandas"):
        run(bin_ / "python", "-c", code, folder=work)
    lines = run(bin_ / "python", "-W", "error", "-c", code.rpartition(";")[0], folder=work)
    assert lines.startswith(f"({version.replace('.', ', ')})\n")
    assert str(tmp_path) in lines and "site-packages" in lines
    if version == "3.11":
        _is_typed(bin_, work)


def _is_typed(bin_: Path, work: Path) -> None:
    """A type checker knows the names of an installed wheel."""
    (work / "user.py").write_text(
        "import nthtier as nt\n"
        "f = nt.demo().trace('Intel', to=['us-bis-el'], as_of=2024).findings[0]\n"
        "reveal_type(f.sentence)\n"
        "reveal_type(nt.open().what_if(list='us-bis-el', add='Intel', subject='IBM'))\n",
        "utf-8",
    )
    said = run(sys.executable, "-m", "mypy", "--strict", "--python-executable", bin_ / "python",
               "--cache-dir", work / "cache", "user.py", folder=work)  # fmt: skip
    assert 'Revealed type is "builtins.str"' in said or 'Revealed type is "str"' in said
    assert "WhatIfResult" in said
