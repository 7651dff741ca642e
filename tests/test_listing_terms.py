"""What a listing says beside its dates reaches who asks: measures, reasons, programme, terms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nthtier.explorer.cli import run
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.loaders.reader import Options
from support import ROOT

DATA = ROOT / "tests" / "data"
UK = ("Asset freeze; Trust Services Sanctions", "The Russia (Sanctions) (EU Exit) Regulations 2019",
      "NORTH PIER HOLDINGS is made up for this test.")  # fmt: skip


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terms") / "graph"
    options = Options(allow=frozenset({"counts", "fill"}))
    load(Store(folder), [DATA / "uk_sanctions.csv", DATA / "eu_fsf.xml"], options=options)
    return folder


def asked(graph: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["--graph", str(graph), *arguments]) == 0
    return capsys.readouterr().out


def test_json_has_all_of_it(graph: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = json.loads(asked(graph, capsys, "find", "NORTH PIER HOLDINGS", "--json"))[:1]
    (listing,) = found["listings"]
    assert listing["measures"] == ["Asset freeze", "Trust Services Sanctions"]
    assert listing["reasons"] == [UK[2]] and listing["programmes"] == [UK[1]]
    assert listing["regulation_url"] is None


def test_regulations_of_the_eu_are_told(graph: Path) -> None:
    rows = Store(graph).open().table(
        "listings", ["list", "regulation_url", "regulation_in_force"]
    ).to_pylist()  # fmt: skip
    eu = [r for r in rows if r["list"] == "eu-fsf"]
    assert sorted((r["regulation_url"], r["regulation_in_force"]) for r in eu) == [
        ("", "2003-07-07"), ("https://eur-lex.europa.eu/example", "2024-02-23"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [("find", "NORTH PIER HOLDINGS", "--evidence"),
     ("trace", "NORTH PIER HOLDINGS PJSC", "--evidence")],
)  # fmt: skip
def test_the_terminal_shows_it_with_its_source(
    graph: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    text = asked(graph, capsys, *command)
    assert all(words in text for words in UK)
    assert "is on uk-sanctions\n    since 2022-02-24\n" in text
    assert "UK Sanctions List (2026-10-08), entry RUS9001 [" in text


def test_the_dossier_shows_it(
    graph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "pier.html"
    asked(graph, capsys, "trace", "NORTH PIER HOLDINGS PJSC", "--dossier", str(page))
    visible = page.read_text("utf-8").partition("<script")[0]
    assert all(words in visible for words in UK)
