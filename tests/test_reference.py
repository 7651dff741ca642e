"""The generated pages of the reference are those of the code as it is."""

from __future__ import annotations

import os

import pytest

from nthtier.explorer.cli import COMMANDS
from nthtier.graph.lists import LISTS
from nthtier.graph.ontology import LENSES, RELATION_TYPES
from nthtier.queries.rulebook import rulebook
from reference_pages import PAGES
from support import ROOT

FOLDER = ROOT / "docs" / "reference"


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    text = PAGES[name]()
    path = FOLDER / name
    if os.environ.get("NTHTIER_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text, "NTHTIER_GOLDEN=1 pytest tests/test_reference.py"


def test_the_generated_pages_have_everything() -> None:
    commands = PAGES["cli.md"]()
    assert all(f"\n## nthtier {name}\n" in commands for name in COMMANDS)
    tables = PAGES["ontology.md"]()
    words = [*LENSES, *LISTS, *(t.name for t in RELATION_TYPES)]
    assert all(f"| `{word}` |" in tables for word in words)
    rules = PAGES["rules.md"]()
    assert all(f"- id `{rule}`," in rules for rule in rulebook())
