"""Finding companies on the real lists: by alias, by a misspelled name, in other scripts."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from graphs import SOURCE
from nthtier.graph import model
from nthtier.graph.build import build
from nthtier.graph.model import statement
from nthtier.graph.names import normalise
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.loaders.loading import load
from nthtier.loaders.registry import SHIPPED
from nthtier.queries.lookup import Match, find
from nthtier.queries.similar import similar
from support import SHARED, require

DATA = SHARED / "data"
LISTS = (
    DATA / "csl" / "reduced_2026-07-31.csv.gz",
    DATA / "csl" / "consolidated_2022-05.csv.gz",
    DATA / "ofac",
)


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Version:
    """All lists of shared/data and the shipped facts as one graph."""
    require(all(p.exists() for p in LISTS), "the lists of shared/data")
    ofac = sorted(p for p in LISTS[2].iterdir() if p.suffix == ".csv")
    store = Store(tmp_path_factory.mktemp("lists"))
    load(store, [*LISTS[:2], *ofac, *sorted(SHIPPED.glob("*.toml"))])
    return store.open()


def first(version: Version, matches: Sequence[Match]) -> str:
    """Return the id of the first match."""
    return str(version.rows("entities", [matches[0].entity], ["id"])[0]["id"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("浪潮集团有限公司", "inspur-group"),
        ("海光", "hygon"),
        ("中科曙光", "sugon"),
        ("Zhongke Shuguang", "sugon"),
        ("Inspur Grp", "inspur-group"),
        ("Huawai Technologies", "huawei"),
        ("Лангчао", "inspur-group"),
        ("Semiconductor Manufacturing Int'l Corp", "smic"),
    ],
)
def test_found_first(lists: Version, text: str, wanted: str) -> None:
    assert first(lists, find(lists, text)) == wanted


@pytest.mark.slow
def test_every_alias_finds_its_own_entry_first(lists: Version) -> None:
    """On 2,000 aliases drawn at random; entries of equal names are all right."""
    own, aliases = _aliases(lists)
    drawn = random.Random(5).sample(aliases, 2000)
    missed = [a for a in drawn if find(lists, a, 1)[0].entity not in own[normalise(a)]]
    assert len(missed) <= 0.03 * len(drawn), missed


@pytest.mark.slow
def test_an_alias_with_a_slip_finds_its_own_entry_first(lists: Version) -> None:
    """One letter of a longer alias is left out."""
    own, aliases = _aliases(lists)
    dice = random.Random(6)
    drawn = dice.sample([a for a in aliases if a.isascii() and len(a) > 11], 60)
    missed = []
    for alias in drawn:
        at = dice.choice([i for i, c in enumerate(alias) if c.isalpha()])
        found = similar(lists, alias[:at] + alias[at + 1 :])
        if not found or found[0].entity not in own[normalise(alias)]:
            missed.append(alias)
    assert len(missed) <= 0.1 * len(drawn), missed


def _aliases(version: Version) -> tuple[dict[str, set[int]], list[str]]:
    """Return who has each normal form, and all aliases of three letters or more."""
    own: dict[str, set[int]] = defaultdict(set)
    aliases = set()
    for row in version.names.to_pylist():
        own[row["normal"]].add(row["ordinal"])
        if row["kind"] == "alias" and len(row["normal"]) > 2:
            aliases.add(row["name"])
    assert len(aliases) > 20000
    return own, sorted(aliases)


def test_what_is_asked_for_within_a_longer_name(lists: Version) -> None:
    found = similar(lists, "Haiguang Microelectronics")
    name = lists.rows("entities", [found[0].entity], ["name"])[0]["name"]
    assert "Haiguang Microelectronics" in name and found[0].how == "all of it is in"


def test_scripts_meet_both_ways(tmp_path: Path) -> None:
    """A Chinese question finds pinyin where no name is Chinese, and the other way round."""
    for n, (name, question) in enumerate((("Zhongke Shuguang", "中科曙光"),
                                          ("中科曙光", "Zhongke Shuguang"))):  # fmt: skip
        said = [statement("doc#~x", model.NAME, value=name, source="doc", locator="1")]
        store = Store(tmp_path / str(n))
        with store.writing():
            store.write(build([SOURCE], said), parent=None, command="test")
        found = find(store.open(), question)
        assert len(found) == 1 and found[0].score > 0.85, (question, found)


@pytest.mark.parametrize("text", ["", "  ", "***", "Ltd", "\x00", "a" * 5000, "公司", "\u202e"])
def test_odd_questions(lists: Version, text: str) -> None:
    assert all(0 < m.score <= 1 for m in find(lists, text))
