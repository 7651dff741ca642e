"""Listed entities that a company may be, in its trace, a screening and what is supposed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph_folders import nthtier
from nthtier.graph.store import Store
from nthtier.loaders.loading import load
from nthtier.queries.resolving import Wanted
from nthtier.queries.screening import screen
from nthtier.queries.trace import Question, trace
from test_match import ask


@pytest.fixture
def vendors(tmp_path: Path) -> Path:
    """Two vendors nobody lists, and a listed company of each one's name, or nearly."""
    (tmp_path / "vendors.toml").write_text(
        '[source]\nid = "vendors"\ntitle = "Vendors"\ndate = 2024-01-01\n'
        '[[entity]]\nid = "equal"\nname = "Northern Widget Works"\ntype = "Company"\n'
        '[[entity]]\nid = "near"\nname = "Bolt Facktory Limited"\ntype = "Company"\n'
        '[[relation]]\nfrom = "equal"\ntype = "SUPPLIES"\nto = "near"\n',
        "utf-8",
    )
    (tmp_path / "list.toml").write_text(
        '[source]\nid = "list"\ntitle = "A list"\ndate = 2024-01-01\n'
        + "".join(
            f'[[entity]]\nid = "{i}"\nname = "{name}"\ntype = "Company"\ncountry = "no"\n'
            f'[[relation]]\nfrom = "{i}"\ntype = "LISTED_ON"\nto = "{on}"\n'
            for i, name, on in (
                ("widget", "Northern Widget Works", "us-bis-el"),
                ("bolt", "Bolt Factory Ltd", "us-ofac-sdn"),
            )
        ),
        "utf-8",
    )
    folder = tmp_path / "graph"
    load(Store(folder), [tmp_path / "vendors.toml", tmp_path / "list.toml"])
    return folder


def classes(graph: Path, subject: str, **more: Any) -> list[tuple[str, str | None]]:
    found = trace(Store(graph).open(), Question(subject, by_id=True, **more))
    return [(f["class"], (f["target"] or {}).get("id")) for f in found["findings"]]


def test_a_trace_names_listed_entities_that_the_subject_may_be(vendors: Path) -> None:
    assert classes(vendors, "equal") == [("possible", "widget"), ("none", None)]
    assert classes(vendors, "near") == [("none", None)]
    assert classes(vendors, "near", possible=True) == [("possible", "bolt"), ("none", None)]
    assert classes(vendors, "equal", to=("us-ofac-sdn",))[0][0] == "none"
    finding = trace(Store(vendors).open(), Question("equal", by_id=True))["findings"][0]
    assert "may be Northern Widget Works [widget]" in finding["sentence"]
    assert finding["match"]["type"] == "POSSIBLE_MATCH" and finding["path"] == []
    assert finding["target"]["listings"][0]["list"] == "us-bis-el"


def test_a_screening_does_so_where_nothing_else_is_found(vendors: Path) -> None:
    result = screen(
        Store(vendors).open(), Question(), [Wanted(1, id="equal"), Wanted(2, id="near")]
    )
    assert [(f["class"], f["row"]) for f in result["findings"]] == [("possible", 1), ("none", 2)]
    assert result["findings"][0]["fewest_hops"] is None


def test_a_supposed_listing_makes_its_namesake_possible(vendors: Path, tmp_path: Path) -> None:
    portfolio = tmp_path / "portfolio.csv"
    portfolio.write_text("id\nequal\n", "utf-8")
    done = nthtier(vendors, "what-if", "--list", "us-bis-el", "--remove", "widget", "--portfolio",
                   portfolio, "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"possible"' in done.stdout and '"none"' in done.stdout
    assert nthtier(vendors, "what-if", "--list", "us-bis-el", "--add", "Nobody Here", "--portfolio",
                   portfolio).returncode == 1  # fmt: skip


@pytest.mark.slow
def test_decisions_settle_what_a_trace_finds_possible(vendors: Path, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    saved.write_text(nthtier(vendors, "trace", "equal", "--id", "--json").stdout, "utf-8")
    ask(vendors, "--decide", "different", "equal", "widget")
    assert classes(vendors, "equal") == [("none", None)]
    again = nthtier(vendors, "verify", str(saved))
    assert again.returncode == 0 and "identity-decisions" in again.stdout
    ask(vendors, "--decide", "same", "equal", "widget")
    assert classes(vendors, "equal")[0][0] == "listed"


def test_a_possible_match_is_shown_everywhere(vendors: Path, tmp_path: Path) -> None:
    page, dossier = tmp_path / "p.html", tmp_path / "d.html"
    done = nthtier(vendors, "trace", "equal", "--id", "--html", page, "--dossier", dossier)
    assert done.returncode == 0 and "possible" in done.stdout, done.stderr
    for path in (page, dossier):
        assert "may be Northern Widget Works" in path.read_text("utf-8")
