"""The dossier: a document without a script that says all of a result, on screen and on paper."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

import pages
from nthtier.explorer.cli import run
from nthtier.explorer.dossier import render_dossier
from nthtier.explorer.page_words import plain, text
from nthtier.graph.lists import LISTS
from page_browser import PHONE, WIDE
from support import ROOT, require


class _Parts(HTMLParser):
    """The elements, the attributes, the visible text and the block of the result."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said: list[str] = []
        self.block = ""
        self._in = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.block += data
        elif self._in != "style":
            self.said.append(data)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return the dossier of Microsoft towards Inspur as the command writes it, and its result."""
    folder = tmp_path_factory.mktemp("dossier")
    graph = ["--graph", str(folder / "g")]
    assert run([*graph, "demo", "--out", str(folder / "page.html")]) == 0
    out = folder / "microsoft.html"
    asked = ["trace", "Microsoft", "--to", "Inspur Group", "--dossier", str(out)]
    assert run([*graph, *asked]) == 0
    result: dict[str, Any] = json.loads(_Parts(out.read_text("utf-8")).block)
    return out, result


def test_it_says_all_that_the_result_holds(traced: tuple[Path, dict[str, Any]]) -> None:
    out, result = traced
    said = re.sub(r"\s+", " ", "".join(_Parts(out.read_text("utf-8")).said))
    for finding in result["findings"]:
        assert finding["sentence"] in said
        for hop in finding["path"]:
            for claim in (hop, *hop["competing"]):
                for e in claim["evidence"]:
                    for field in ("statement", "locator", "title", "publisher", "date"):
                        assert e[field] in said, e
    for source in result["coverage"]["sources"]:
        assert source["title"] in said
        assert source["sha256"] is None or source["sha256"] in said
    for part in ("3 claims about this tie; sources contradict each other", "15.51 %",
                 "20,000,000 USD", "The claims are set out under 1", result["version"],
                 "nthtier verify microsoft.html", "nthtier trace microsoft --id --to inspur-group",
                 "88 FR 13673", "Presumption of denial", "up to 4 hops",
                 "undisclosed owners"):  # fmt: skip
        assert part in said, part
    assert said.count("not legal advice") == 1
    covered = {x for s in result["coverage"]["sources"] for x in s["lists"]}
    for info in LISTS.values():
        assert (info.id in covered) or info.short in said


def test_the_block_is_the_result_and_nothing_runs(traced: tuple[Path, dict[str, Any]]) -> None:
    out, result = traced
    page = out.read_text("utf-8")
    parts = _Parts(page)
    assert parts.tags.count("script") == 1
    assert ("id", "nthtier-result") in parts.attributes
    assert ("type", "application/json") in parts.attributes
    assert not [a for a, _ in parts.attributes if a.startswith("on") or a in ("style", "src")]
    policy = next(v for a, v in parts.attributes if a == "content" and v and "-src" in v)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'none'" in policy
    assert render_dossier(result, title="Microsoft", file="microsoft.html") == page


def test_hostile_strings_stay_text() -> None:
    require(pages.HOSTILE.exists(), "the corpus of hostile strings")
    strings = pages.hostile_strings()
    result = pages.star(len(strings), pages.hostile(strings), odd=True)
    result["findings"] = result["findings"][:200]
    parts = _Parts(render_dossier(result, title=strings[-1]))
    benign = _Parts(render_dossier({**pages.star(200)}, title="t"))
    assert set(parts.tags) == set(benign.tags)
    assert {a for a, _ in parts.attributes} <= {a for a, _ in benign.attributes} | {"href", "rel"}
    links = [v or "" for a, v in parts.attributes if a == "href"]
    assert all(x.startswith(("http://", "https://")) for x in links)
    said = "".join(parts.said)
    assert not [f["sentence"] for f in result["findings"] if text(f["sentence"]) not in said]
    held = [f["sentence"] for f in json.loads(parts.block)["findings"]]
    assert held == [plain(f["sentence"]) for f in result["findings"]]


def test_a_rule_stands_there_with_its_status_and_arithmetic() -> None:
    said = "".join(_Parts(render_dossier(pages.captured(), title="Middle")).said)
    for part in ("Captured by a rule", "BIS Affiliates Rule", "met", "90 FR 47201",
                 "suspended since 2025-11-10 until 2026-11-09 (BIS)", "cannot be determined",
                 "the share of middle in low", "top holds 60 % of middle (listed)",
                 "together 60 %"):  # fmt: skip
        assert part in said, part


def test_a_search_that_stopped_and_one_that_found_nothing_say_so() -> None:
    result = {"findings": [pages.finding("none", {"id": "a", "name": "A"})],
              "coverage": {"complete": False, "stopped_by": "time", "types": ["OWNS"]},
              "query": {"min_share": 10.0, "avoid": ["b"], "max_hops": 3}}  # fmt: skip
    said = "".join(_Parts(render_dossier(result, title="A")).said)
    for part in ("Not exposed", "when its time was up", "Relations not followed: supplies",
                 "Stakes under 10 %", "left out: b", "There is no path to set out"):  # fmt: skip
        assert part in said, part
    assert "Not exposed" in "".join(_Parts(render_dossier({}, title="Nothing")).said)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_on_paper_nothing_is_cut_off(
    browser: Any, traced: tuple[Path, dict[str, Any]], tmp_path: Path, paper: str
) -> None:
    require(shutil.which("pdftotext") is not None, "pdftotext")
    page = browser.new_page(color_scheme="dark")
    page.goto(traced[0].as_uri())
    pdf = tmp_path / "d.pdf"
    pdf.write_bytes(page.pdf(format=paper))
    size = "595.92 x 842.88" if paper == "A4" else "612 x 792"
    info = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    assert size.split(" x ")[0][:3] in info
    said = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True,
                          check=True).stdout  # fmt: skip
    squeezed = re.sub(r"\s+", "", said)
    for source in traced[1]["coverage"]["sources"]:
        assert source["sha256"] is None or source["sha256"] in squeezed
    assert "notlegaladvice" in squeezed
    page.emulate_media(media="print")
    wide = 600  # narrower than the type area of both papers
    page.set_viewport_size({"width": wide, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_wcag_violation(
    browser: Any, traced: tuple[Path, dict[str, Any]], scheme: str, size: dict[str, int]
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True, bypass_csp=True)
    page = context.new_page()
    page.goto(traced[0].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    (ROOT / "artifacts").mkdir(exist_ok=True)
    page.screenshot(path=ROOT / "artifacts" / f"dossier-{size['width']}-{scheme}.png")
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=options).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
    context.close()
