"""The page for everyone: by keyboard, on a phone, with enough contrast, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from page_browser import PHONE, WIDE, agrees

pytestmark = pytest.mark.slow  # each starts a browser's page or several


def test_a_phone_reads_the_cards_and_scrolls_one_way(opened: Any) -> None:
    page = opened("demo", size=PHONE, has_touch=True, is_mobile=True)
    assert page.evaluate("NT.isNarrow()")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("NT.graph.getScale() * NT.sizes.name") >= 11
    assert page.evaluate(
        "[...NT.placed].every((id) => { const p = NT.graph.canvasToDOM(NT.place(id)); "
        "return p.x > 0 && p.x < innerWidth && p.y > 0 && p.y < NT.at('canvas').clientHeight; })"
    )
    finger = page.context.new_cdp_session(page)
    for kind, y in (("Start", 700), *(("Move", 700 - 30 * i) for i in range(1, 12)), ("End", 0)):
        points = [] if kind == "End" else [{"x": 195, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    page.wait_for_function("() => scrollY > 100")


def test_the_keyboard_alone_reaches_everything(opened: Any) -> None:
    page = opened("demo")
    page.evaluate("document.getElementById('companies-box').open = false")
    reached: set[str] = set()
    page.keyboard.press("Tab")
    for _ in range(400):
        at = page.evaluate(
            """(() => { const x = document.activeElement;
              if (x === document.body) return '';
              return x.dataset.path || x.dataset.node || x.id
                || (x.closest('tr') ? 'row ' + x.closest('tr').dataset.edge : x.tagName); })()"""
        )
        if at == "":
            break
        if at == "SUMMARY" and page.evaluate(
            "document.activeElement.parentElement.id === 'companies-box' "
            "&& !document.activeElement.parentElement.open"
        ):
            page.keyboard.press("Enter")
        reached.add(at)
        page.keyboard.press("Tab")
    assert set(page.evaluate("[...NT.paths.keys()]")) <= reached
    assert set(page.evaluate("[...NT.nodes.keys()]")) <= reached
    assert set(page.evaluate("[...NT.edges.keys()].map(e => 'row ' + e)")) <= reached
    assert {"search", "theme", "png", "svg", "csv", "link", "print", "day", "drawer"} <= reached
    page.locator(".company").nth(2).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("NT.state.pick") == "n2"
    page.locator("#search").focus()
    page.keyboard.type("nvid")
    page.keyboard.press("Enter")
    assert page.locator("#evidence h3").first.inner_text() == "Nvidia"
    page.locator("#day").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("#day-text", has_text="As of").wait_for()
    agrees(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_wcag_violation(opened: Any, scheme: str, size: dict[str, int]) -> None:
    for state in ("", "#date=2020-06-01&path=p13", "#pick=e12", "#pick=n0"):
        page = opened("demo", state, size, color_scheme=scheme)
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        found = Axe().run(page, options=options)
        told = [
            (v["id"], v["nodes"][0]["html"][:200], v["nodes"][0]["failureSummary"][:300])
            for v in found.response["violations"]
        ]
        assert told == []


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_too_has_enough_contrast(opened: Any, scheme: str) -> None:
    c = opened("demo", color_scheme=scheme).evaluate("NT.colors")
    text = [("ink", "card"), ("ink-2", "card"), ("ink-quiet", "card"), ("ink", "focus-card"),
            ("ink-2", "stage"), ("ink-quiet", "stage"), ("accent", "stage"),
            ("badge-ink", "badge"), ("badge-quiet-ink", "badge-quiet")]  # fmt: skip
    marks = [("edge", "stage"), ("icon-quiet", "band-quiet")]
    whites = [(r, 3.0) for r in c if r.startswith("role-")]
    for (ink, ground), least in [*((p, 4.5) for p in text), *((p, 3.0) for p in marks)]:
        a, b = sorted((_luminance(c[ink]), _luminance(c[ground])))
        assert (b + 0.05) / (a + 0.05) >= least, (scheme, ink, ground)
    for role, least in whites:
        assert 1.05 / (_luminance(c[role]) + 0.05) >= least, (scheme, role)
