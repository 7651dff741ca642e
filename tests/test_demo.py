"""``nthtier demo``: the article's case from the shipped data, as a person sees it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from graph_folders import nthtier
from nthtier.graph.store import Store
from nthtier.graph.version import Version
from nthtier.queries.trace import Question, trace

WESTERN = ("Microsoft", "Nvidia", "Intel", "IBM", "Cisco")
CHINESE = ("Baidu", "Alibaba", "Tencent", "China Mobile", "JD Cloud")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def demo(folder: Path, *more: str) -> str:
    """Run the command and return what it prints, its folds taken out."""
    done = nthtier(folder / "graph", "demo", "--out", str(folder / "page.html"), *more)
    assert done.returncode == 0, done.stderr
    assert "not legal advice" in done.stderr
    return re.sub(r"\s+", " ", done.stdout)


@pytest.fixture(scope="module")
def printed(folder: Path) -> str:
    return demo(folder)


@pytest.fixture(scope="module")
def version(folder: Path, printed: str) -> Version:
    assert printed
    return Store(folder / "graph").open()


def findings(version: Version, subject: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = trace(version, Question(subject, **more))["findings"]
    return found


def test_it_says_what_inspur_is_listed_on_since_when(printed: str) -> None:
    assert "Inspur Group is on the US 1237 List (since 2020)" in printed
    assert "the US Entity List (since 2023-03-02)" in printed
    assert "the US NS-CMIC List (since 2021-06-03)" in printed
    assert "88 FR 13673" in printed and "Presumption of denial" in printed


def test_it_names_who_is_exposed_and_how(printed: str) -> None:
    for words in ("Microsoft invested in Inspur Group", "Nvidia supplies Inspur Group",
                  "Intel supplies Inspur Group", "IBM has a joint venture with Inspur Group",
                  "Cisco has a joint venture with Inspur Group",
                  "Baidu is supplied by Inspur Group", "Alibaba is supplied by Inspur Group",
                  "Tencent is supplied by Inspur Group", "China Mobile is supplied by Inspur Group",
                  "JD Cloud partners with Inspur Group (since 2022-03)"):  # fmt: skip
        assert words in printed
    assert "article-inspur-2023-03" in printed


@pytest.mark.parametrize("name", [*WESTERN, *CHINESE])
def test_each_is_exposed_to_the_entity_list(version: Version, name: str) -> None:
    first = findings(version, name, to=("Inspur Group",), max_hops=1)[0]
    assert first["class"] == "exposed"
    since = {x["list"]: x["since"] for x in first["target"]["listings"]}
    assert since["us-bis-el"] == "2023-03-02"
    assert all(h["evidence"] for h in first["path"])


def test_customers_have_their_own_listings(version: Version, printed: str) -> None:
    own = {}
    for name in CHINESE:
        first = findings(version, name, max_hops=0)[0]
        lists = first["target"]["listings"] if first["class"] == "listed" else []
        own[name] = {x["list"]: x["since"] for x in lists}
    assert own == {
        "Baidu": {"us-dod-1260h": "2026-06-08"},
        "Alibaba": {"us-dod-1260h": "2026-06-08"},
        "Tencent": {"us-dod-1260h": "2025-01-07"},
        "China Mobile": {"us-dod-1260h": None, "us-ofac-ns-cmic": "2021-06-03"},
        "JD Cloud": {},
    }
    assert "the US 1260H List (since 2025-01-07)" in printed and "(undated)" in printed
    assert "none in these sources" in printed


def test_nvidia_reaches_baidu_in_two_hops(version: Version, printed: str) -> None:
    found = findings(version, "Nvidia", lens="revenue", limit=6)
    (two,) = [f for f in found if f["target"]["name"] == "Baidu"]
    assert two["hops"] == 2 and two["path"][0]["to"]["id"] == "inspur-group"
    assert "Nvidia supplies Inspur Group (inferred), which supplies Baidu" in printed


def test_the_stake_is_disputed_as_of_2023(printed: str) -> None:
    after = printed.partition("As of March 2023 Microsoft's stake in Inspur is disputed")[2]
    for words in ("paragraph 5", "until 2013-12", "China Daily", "25000000 USD", "15.51 %"):
        assert words in after


def test_before_the_listings_nobody_is_exposed_and_it_says_why(folder: Path) -> None:
    printed = demo(folder, "--as-of", "2019-01-01")
    assert "As of 2019-01-01, Inspur Group is on no list." in printed
    assert "At other dates it is on the US 1237 List (since 2020)" in printed
    assert "the US Entity List (since 2023-03-02)" in printed
    rows = printed.partition("Western companies")[2].partition("since: from when")[0]
    assert " exposed " not in rows and rows.count(" none ") >= len(WESTERN) + len(CHINESE)
    assert "Inspur Group was on no list on 2019-01-01" in rows


def test_between_the_listings_the_entity_list_is_not_named_as_current(folder: Path) -> None:
    printed = demo(folder, "--as-of", "2021-12")
    assert "As of 2021-12, Inspur Group is on the US 1237 List" in printed
    before = printed.partition("Customers and partners")[0]
    assert "US NS-CMIC List" in before and "US Entity List (since" not in before


def test_it_writes_the_page_and_says_what_next(folder: Path, printed: str) -> None:
    assert (folder / "page.html").stat().st_size > 0
    assert "Inspur" in (folder / "page.html").read_text("utf-8")
    assert "page.html" in printed and str(Store(folder / "graph").head()) in printed
    assert "Next: nthtier trace Nvidia" in printed


def test_a_second_demo_changes_nothing(folder: Path, printed: str) -> None:
    head = Store(folder / "graph").head()
    assert demo(folder) == printed
    assert Store(folder / "graph").head() == head
