"""The four views of a page, its stacks, and what stands where the data is odd."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from page_browser import PHONE, WIDE, agrees, click_at
from support import ROOT

pytestmark = pytest.mark.slow  # each starts a browser's page or several

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
VIEWS = [("demo", "paths"), ("demo", "ownership"), ("demo", "timeline"), ("portfolio", "portfolio"),
         ("portfolio", "paths"), ("captured", "ownership"), ("300", "paths")]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize(("name", "view"), VIEWS, ids=["-".join(v) for v in VIEWS])
def test_no_wcag_violation_in_any_view_and_nothing_runs_out_of_the_screen(
    opened: Any, name: str, view: str, size: dict[str, int], scheme: str
) -> None:
    page = opened(name, f"#view={view}", size, color_scheme=scheme)
    assert page.evaluate("NT.state.view") == view
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    (ROOT / "artifacts").mkdir(exist_ok=True)
    picture = f"{name}-{view}-{size['width']}-{scheme}.png"
    page.screenshot(path=ROOT / "artifacts" / picture, full_page=size is PHONE)
    found = Axe().run(page, options=WCAG).response["violations"]
    assert [
        (v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"][:300]) for v in found
    ] == []


def test_a_view_with_nothing_to_show_is_not_offered(opened: Any) -> None:
    def offered(name: str) -> list[str]:
        found: list[str] = opened(name).locator(".view:visible").all_inner_texts()
        return found

    assert offered("demo") == ["Paths", "Ownership", "Timeline"]
    assert offered("portfolio") == ["Paths", "Ownership", "Timeline", "Portfolio"]
    assert offered("undated") == offered("alone") == offered("empty") == []
    assert offered("captured") == ["Paths", "Ownership", "Timeline"]


def test_owners_stand_above_with_their_shares_and_unknown_ones_marked(opened: Any) -> None:
    page = opened("captured")
    page.click("text=Ownership")
    at = page.evaluate(
        "Object.fromEntries(NT.data.nodes.filter(n => NT.place(n.id))"
        ".map(n => [n.name, NT.place(n.id).y]))"
    )
    assert at["top"] < at["middle"] < at["low"]
    words = page.evaluate("NT.scene().filter(x => x.said !== undefined).map(x => x.said)")
    assert "owns 60 %" in words
    assert "owns ?" in words
    assert [w for w in words if w.startswith("captured: BIS")]
    assert [w for w in words if w.startswith("captured? BIS")]
    assert agrees(page) == 2
    click_at(page, "NT.place(NT.data.nodes.find(n => n.name === 'middle').id)")
    said = page.inner_text("#evidence")
    for part in ("BIS Affiliates Rule", "met", "suspended since 2025-11-10", "90 FR 47201",
                 "together 60 %"):  # fmt: skip
        assert part in said
    demo = opened("demo", "#view=ownership")
    assert agrees(demo) == 5
    kinds = demo.evaluate("[...new Set([...NT.shown].map(e => NT.edges.get(e).type))].sort()")
    assert kinds == ["INVESTED_IN", "OWNS"]
    demo.reload()
    demo.wait_for_selector("html[data-ready]")
    assert demo.evaluate("NT.state.view") == "ownership"


def test_the_bars_of_the_timeline_say_what_the_table_says_on_each_day(opened: Any) -> None:
    page = opened("demo", "#view=timeline")
    for day in (*page.evaluate("NT.changes"), None):
        page.evaluate("(day) => NT.set({ day })", day)
        shown = agrees(page)
        ties = page.locator("#bar-rows h3:last-of-type ~ .bar-row")
        assert ties.count() == page.evaluate("NT.data.edges.length")
        assert page.locator("#bar-rows h3:last-of-type ~ .bar-row:not(.off)").count() == shown
    undated = page.locator(".bar-row", has_text="China Mobile on the 1260H List")
    assert "undated" in undated.inner_text()
    page.evaluate("NT.set({ day: NT.dayOf('2021-06-02') })")
    assert "off" in (undated.get_attribute("class") or "")
    page.evaluate("NT.set({ day: NT.dayOf('2021-06-03') })")
    assert "off" not in (undated.get_attribute("class") or "")


def test_the_cursor_of_the_timeline_moves_by_mouse_and_by_keyboard(opened: Any) -> None:
    page = opened("demo", "#view=timeline")
    cursor = page.locator("#cursor")
    cursor.focus()
    page.keyboard.press("PageDown")
    last = page.evaluate("NT.changes[NT.changes.length - 1]")
    assert page.evaluate("NT.state.day") == last
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("NT.state.day") == last - 1
    assert cursor.get_attribute("aria-valuetext") == page.evaluate("NT.dayText(NT.state.day)")
    assert page.inner_text("#day-text") == f"As of {cursor.get_attribute('aria-valuetext')}"
    page.keyboard.press("Home")
    assert page.evaluate("NT.state.day === NT.range.from")
    box, tracks = cursor.bounding_box(), page.locator("#bar-tracks").bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(tracks["x"] + tracks["width"] / 2, box["y"] + 200, steps=4)
    page.mouse.up()
    middle = page.evaluate("(NT.range.from + NT.range.to) / 2")
    page.wait_for_function("(d) => Math.abs(NT.state.day - d) < 60", arg=middle)
    agrees(page)


def test_a_portfolio_opens_by_choke_points(opened: Any) -> None:
    page = opened("portfolio")
    assert page.evaluate("NT.state.view") == "portfolio"
    assert page.inner_text("#name") == "Portfolio: 9 of 11 companies touched"
    assert page.inner_text("#verdict") == "3 listed · 6 exposed"
    said = page.inner_text("#portfolio")
    for part in ("The strongest paths of 6 companies lead through it and end there", "Nobody Ltd",
                 "Inspr Group, row 10", "Candidates: Inspur Group",
                 "On a list themselves"):  # fmt: skip
        assert part in said
    chip = page.locator(".chip", has_text="Nvidia")
    chip.focus()
    assert "Nvidia supplies Inspur Group" in page.inner_text("#why")
    page.keyboard.press("Escape")
    assert page.locator("#why").is_hidden()
    page.keyboard.press("Enter")
    assert chip.get_attribute("aria-pressed") == "true"
    assert "Nvidia → Inspur Group" in page.inner_text("#evidence")
    agrees(page)


def test_stacks_open_by_mouse_and_by_keyboard_and_close_again(opened: Any) -> None:
    page = opened("300")
    stack = "NT.layout().stacks[0]"
    first = page.evaluate("NT.placed.size")
    assert first + page.evaluate("NT.layout().stacks.length") <= 60
    columns = page.evaluate("Object.values(Object.groupBy([...NT.placed], n => NT.place(n).x))")
    assert max(map(len, columns)) <= 12
    agrees(page)
    page.evaluate(f"NT.graph.moveTo({{ position: NT.place({stack}.id), scale: 1 }})")
    click_at(page, f"NT.place({stack}.id)")
    assert page.evaluate("NT.placed.size") == first + 48
    agrees(page)
    button = page.locator(".stack").first
    button.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("NT.placed.size") == first + 96
    while "Show fewer" not in page.locator(".stack").first.inner_text():
        page.locator(".stack").first.click()
    assert page.evaluate("NT.placed.size") == 301
    assert agrees(page) == 300
    places = page.evaluate("[...NT.placed].map(n => [NT.place(n).x, NT.place(n).y].join())")
    assert len(set(places)) == 301
    page.locator(".stack").first.click()
    assert page.evaluate("NT.placed.size") == first
    page.evaluate("NT.set({ path: 'p250' })")
    assert page.evaluate("NT.paths.get('p250').nodes.every(n => NT.placed.has(n))")
    assert page.evaluate("NT.placed.size") == first + 1
    assert page.evaluate("[...NT.lit.edges].every(e => NT.onCanvas.has(e))")


def test_ten_thousand_neighbours_break_nothing(opened: Any) -> None:
    page = opened("10000")
    assert "59 of 10,001 companies drawn" in page.inner_text("#drawn")
    assert page.inner_text("#table-count").startswith("Showing 500 of 10000 relations")
    assert page.locator(".path").count() == 200
    page.locator("#paths .more").click()
    assert page.locator(".path").count() == 400
    for view in ("Ownership", "Timeline", "Paths"):
        page.click(f".view:has-text('{view}')")
        agrees(page)
    assert page.locator(".bar-row").count() == 300
    page.evaluate("NT.set({ pick: 'n0', day: NT.dayOf('2010-01-01') })")
    agrees(page)
    page.locator("#search").fill("name 9999")
    page.keyboard.press("Enter")
    assert page.locator("#evidence h3").first.inner_text() == "name 9999"
    assert "companies" in page.inner_text("#companies-title").lower()


@pytest.mark.parametrize("name", ["alone", "itself", "long", "undated"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_odd_data_is_shown_as_it_is(opened: Any, name: str, size: dict[str, int]) -> None:
    page = opened(name, "", size)
    agrees(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("NT.placed.size") == {"alone": 1, "itself": 1}.get(name, 2)
    for n in page.evaluate("[...NT.nodes.keys()]"):
        page.evaluate("(pick) => NT.set({ pick })", n)
    if name == "itself":
        page.evaluate("NT.set({ pick: 'e0' })")
        assert "ring owns ring" in page.inner_text("#evidence")
    if name == "undated":
        assert page.is_disabled("#day")
        page.evaluate("NT.set({ pick: null })")
        assert "undated" in page.inner_text("#evidence")
    if name == "long":
        whole = page.inner_text("body")
        assert "[U+202E]gnp.exe[U+001B][31m" in whole
        assert not [c for c in whole if c in "\u202e\x1b"]
        cards = page.evaluate("NT.scene().filter(x => x.said !== undefined).map(x => x.said)")
        assert [c for c in cards if c.endswith("…")]
        assert len(page.evaluate("NT.nodes.get('n0').name")) > 500


def test_the_pointer_is_told_what_a_thing_is(opened: Any) -> None:
    page = opened("demo")
    point = page.evaluate(
        "(() => { const p = NT.graph.canvasToDOM(NT.place(NT.data.focus[0])), "
        "b = NT.at('canvas').getBoundingClientRect(); return [b.x + p.x, b.y + p.y]; })()"
    )
    page.mouse.move(*point)
    page.wait_for_selector("#why:not([hidden])")
    said = page.inner_text("#why")
    assert "Inspur Group" in said
    assert "on the Entity List since 2023-03-02" in said
    for word in (".view >> nth=1", "#csv", ".asked"):
        page.locator(word).first.focus()
        assert len(page.inner_text("#why")) > 20
