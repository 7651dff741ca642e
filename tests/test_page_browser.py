"""The page in a real browser: what it shows, and that canvas, table and count agree."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from page_browser import WIDE, agrees, click_at


def test_the_demo_opens_with_its_strongest_path_lit_and_says_nothing_wrong(opened: Any) -> None:
    page = opened("demo")
    assert page.inner_text("#name") == "Inspur Group"
    assert page.inner_text("#verdict") == "Listed since 2020"
    assert page.evaluate("[...NT.lit.edges]") == page.evaluate("NT.data.paths[1].edges")
    assert page.locator(".path[aria-pressed=true]").count() == 1
    assert agrees(page) == 17


@pytest.mark.slow
def test_hostile_text_runs_nothing_and_adds_nothing(opened: Any) -> None:
    page = opened("hostile")
    assert page.evaluate("NT.data.edges.length") == 250
    page.evaluate("while (NT.placed.size < 251) NT.openStack(NT.layout().stacks[0])")
    assert page.evaluate("NT.graph.body.nodeIndices.length") == 251 + 1  # and the stack
    agrees(page)
    known = {"SVG", "PATH", "TD", "TR", "BUTTON", "SPAN", "LI", "UL", "P", "H3", "H4", "SECTION",
             "DL", "DT", "DD", "STRONG", "CODE", "A", "DIV", "LABEL", "INPUT", "OPTION",
             "DETAILS", "SUMMARY", "SELECT", "H2"}  # fmt: skip
    steps = page.evaluate(
        """(known) => {
          const odd = new Set();
          for (const e of NT.data.edges.slice(0, 120)) {
            for (const pick of [e.id, e.to]) {
              NT.set({ pick });
              for (const x of document.querySelectorAll('#evidence *, #paths *, #rows *')) {
                if (!known.includes(x.tagName.toUpperCase())) odd.add(x.tagName);
                for (const a of x.attributes) if (a.name.startsWith('on')) odd.add(a.name);
                if (x.tagName === 'A' && !/^https?:/.test(x.href)) odd.add(x.href);
                if (x.tagName === 'A' && x.rel !== 'noopener noreferrer') odd.add(x.rel);
              }
            }
          }
          return [...odd];
        }""",
        sorted(known),
    )
    assert steps == []
    ET.fromstring(page.evaluate("NT.svgText()"))
    for button in ("#theme", "#earlier", "#later", "#all-dates", "#fit"):
        if page.is_enabled(button):
            page.click(button)


def test_an_injected_handler_is_blocked(browser: Any, made: Callable[[str], Path]) -> None:
    page = browser.new_page()
    page.goto(made("demo").as_uri())
    page.wait_for_selector("html[data-ready]")
    with page.expect_console_message(lambda m: "Content Security Policy" in m.text):
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"ran = 1\">')"
        )
    assert page.evaluate("typeof ran") == "undefined"
    page.close()


@pytest.mark.parametrize("name", ["demo", "24"])
def test_cards_fit_apart_and_readable(opened: Any, name: str) -> None:
    page = opened(name)
    scale = page.evaluate("NT.graph.getScale()")
    assert scale * page.evaluate("NT.sizes.name") >= 11
    boxes = page.evaluate(
        """[...NT.placed].map((id) => {
          const p = NT.graph.canvasToDOM(NT.place(id)), s = NT.graph.getScale();
          const [w, h] = NT.cardSize();
          return [p.x - w * s / 2, p.y - h * s / 2, p.x + w * s / 2, p.y + h * s / 2];
        })"""
    )
    width, height = page.evaluate("[NT.at('canvas').clientWidth, NT.at('canvas').clientHeight]")
    for i, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height
        for a, b, c, d in boxes[i + 1 :]:
            assert a >= right or c <= left or b >= bottom or d <= top
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    time = page.locator("#legend").bounding_box()
    assert time["y"] + time["height"] <= WIDE["height"]


@pytest.mark.slow
def test_a_click_on_a_card_a_line_and_a_path_shows_the_evidence(opened: Any) -> None:
    page = opened("demo")
    click_at(page, "NT.place(NT.data.nodes.find(n => n.name === 'China Mobile').id)")
    shown = page.inner_text("#evidence")
    for part in ("China Mobile", "Customer", "Section 1260H", "2021-06-03"):
        assert part in shown
    edge = "NT.data.edges.find(e => e.type === 'OWNS')"
    curve = f"NT.curve({edge}, NT.place, NT.cardSize(), false)"
    click_at(page, f"(([x, y]) => ({{ x, y }}))(NT.pointAt({curve}, 0.9))")
    shown = page.inner_text("#evidence")
    for part in ("Inspur Group owns", "32 to 34 %", "stated", "from public filings",
                 "largest shareholder"):  # fmt: skip
        assert part in shown
    assert page.evaluate("[...NT.lit.edges]") == page.evaluate(f"[{edge}.id]")
    for number in range(page.locator(".path").count()):
        button = page.locator(".path").nth(number)
        path = button.get_attribute("data-path")
        if button.get_attribute("aria-pressed") == "false":
            button.click()
        assert page.evaluate("[...NT.lit.edges].sort()") == page.evaluate(
            f"NT.paths.get('{path}').edges.slice().sort()"
        )
        assert page.evaluate(f"NT.paths.get('{path}').sentence") in page.inner_text("#evidence")


def test_competing_claims_stand_side_by_side(opened: Any) -> None:
    page = opened("demo", "#pick=" + "e13")
    claims = page.locator(".claims .claim")
    assert claims.count() == 3
    assert len({claims.nth(i).bounding_box()["y"] for i in range(3)}) == 1
    said = page.inner_text("#evidence")
    assert "until 2013-12" in said
    assert "15.51 %" in said
    assert "20,000,000 USD" in said


def test_an_ended_path_stays_clickable_and_says_when_it_ended(opened: Any) -> None:
    page = opened("demo", "#date=2020-06-01")
    ended = page.locator(".path", has_text="ended 2013-12")
    ended.click()
    said = page.inner_text("#evidence")
    assert "Does not hold on 2020-06-01: ended 2013-12" in said
    page.click("text=Show 2013-12-31")
    assert page.inner_text("#day-text") == "As of 2013-12-31"
    assert page.evaluate("NT.lit.edges.size") == 1
    agrees(page)


def test_the_slider_shows_what_held_on_each_day(opened: Any) -> None:
    page = opened("demo")
    held = """(day) => NT.data.edges.filter(({ days: [a, b] }) =>
        (a === null || a <= day) && (b === null || day <= b)).length"""
    counts = set()
    for change in page.evaluate("NT.changes"):
        for day in (change - 1, change):
            page.evaluate("(d) => NT.set({ day: d })", day)
            counts.add(agrees(page))
            assert page.evaluate("NT.shown.size") == page.evaluate(held, day)
    assert counts == {14, 15, 16}
    last = page.evaluate("NT.data.edges.find(e => e.until === '2013-12').days[1]")
    for day, there in ((last, True), (last + 1, False)):
        page.evaluate("(d) => NT.set({ day: d })", day)
        shown = page.evaluate("NT.shown.has(NT.data.edges.find(e => e.until === '2013-12').id)")
        assert shown is there
    page.evaluate("NT.set({ day: NT.dayOf('2019-01-01') })")
    # An undated listing holds from the list's own beginning on, not before.
    assert page.inner_text("#verdict") == "No path found on 2019-01-01"
    page.evaluate("NT.set({ day: NT.dayOf('2021-06-03'), path: 'p3' })")
    assert "undated: counted from the list's first edition, 2021-06-03, on" in page.inner_text(
        "#evidence"
    )
    page.evaluate("NT.set({ day: NT.dayOf('2023-03-02') })")
    assert "Entity List 2023-03-02" in page.inner_text("#lists")
    assert "Inspur Group on the Entity List" in page.inner_text("#event")


def test_filters_change_canvas_and_table_alike(opened: Any) -> None:
    page = opened("demo")
    for field, value in (("types", "SUPPLIES"), ("basis", "disputed"), ("countries", "US")):
        page.locator(".filters summary", has_text=field[:4].title().replace("Type", "Relation")
                     ).click()  # fmt: skip
        number = page.evaluate("([f, v]) => NT.facets[f].indexOf(v)", [field, value])
        page.locator(f"[data-facet={field}]").nth(number).uncheck()
        left = agrees(page)
        page.keyboard.press("Escape")
    assert 0 < left < 17
    page.click("text=Clear filters")
    assert agrees(page) == 17


def test_reload_restores_the_view(opened: Any) -> None:
    page = opened("demo")
    page.evaluate(
        "NT.set({ day: NT.dayOf('2023-03-02'), types: new Set(['OWNS']), path: 'p3', pick: 'n2' })"
    )
    page.evaluate("NT.set({ path: 'p13' })")
    before = page.evaluate("[location.hash, NT.state.day, [...NT.state.types], NT.state.path]")
    shown = page.inner_text("#evidence")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    after = page.evaluate("[location.hash, NT.state.day, [...NT.state.types], NT.state.path]")
    assert after == before
    assert page.inner_text("#evidence") == shown
    assert page.inner_text("#day-text") == "As of 2023-03-02"
    chosen = page.locator("[data-path=p13]").bounding_box()
    assert 0 < chosen["y"] < WIDE["height"] - chosen["height"]
    agrees(page)


@pytest.mark.parametrize(
    "state",
    ["#date=%00&pick=__proto__&path=constructor&hops=-1&no-types=x", "#%E0%A4%A", "#date=9999999"],
)
def test_a_broken_link_opens_the_page_as_it_is(opened: Any, state: str) -> None:
    assert agrees(opened("demo", state)) == 17


def test_a_page_without_paths_says_so(opened: Any) -> None:
    alone = opened("0")
    assert alone.inner_text("#verdict") == "No path found"
    empty = opened("empty")
    assert empty.inner_text("#paths") == "No path."
    assert empty.is_disabled("#day")
    for page in (alone, empty):
        assert agrees(page) == 0
        ET.fromstring(page.evaluate("NT.svgText()"))


@pytest.mark.slow
def test_beyond_the_limit_the_table_has_all_and_the_page_says_so(opened: Any) -> None:
    page = opened("1050")
    assert page.inner_text("#table-count").startswith("Showing 500 of 1050 relations")
    assert "59 of 1,051 companies drawn" in page.inner_text("#drawn")
    for _ in range(2):
        page.click("#more-rows")
    assert page.inner_text("#table-count").startswith("Showing 1050 of 1050 relations")
    agrees(page)
    while page.evaluate(
        "NT.openCards(NT.layout().stacks[0]) < NT.layout().stacks[0].hidden.length"
    ):
        page.evaluate("NT.openStack(NT.layout().stacks[0])")
    assert "1,000 of 1,051 companies drawn" in page.inner_text("#drawn")
    assert agrees(page) == 1050
    page.locator("#rows tr").nth(1049).locator("button").nth(1).click()
    assert page.evaluate("NT.state.pick") == "e1049"
