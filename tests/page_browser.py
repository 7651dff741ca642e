"""A real browser for the tests of the page: offline, from a file; nothing may go wrong."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pages
from nthtier.explorer.files import write_text
from nthtier.explorer.page import render_page
from support import require

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run", "--disable-default-apps"]  # fmt: skip
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    require(CHROMIUM is not None, "Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function from a page's name to its file, each made once."""
    folder = tmp_path_factory.mktemp("pages")

    @functools.cache
    def make(name: str) -> Path:
        path = folder / f"{name}.html"
        if name == "demo":
            text = pages.demo_page(folder)
        elif name == "hostile":
            require(pages.HOSTILE.exists(), "the corpus of hostile strings")
            strings = pages.hostile_strings()
            text = render_page(
                pages.star(250, pages.hostile([s for s in strings if "<" in s or ":" in s][:1200]),
                           odd=True),
                title=strings[700],
            )  # fmt: skip
        elif name == "portfolio":
            text = pages.portfolio_page(folder)
        elif name == "captured":
            text = render_page(pages.captured(), title="Captured", lists=pages.LIST_NAMES)
        elif name in pages.ODD:
            text = render_page(pages.ODD[name], title=name)
        elif name == "empty":
            text = render_page({}, title="Nothing")
        elif name == "formulas":
            text = render_page(pages.star(12, _formula), title="=1+1")
        else:
            text = render_page(pages.star(int(name)), title=f"{name} companies")
        write_text(path, text)
        return path

    return make


def _formula(number: int, field: str) -> str:
    return ("=", "+", "-", "@", "\t", "\r")[number % 6] + f'cmd|"/C calc"!A{number}'


@pytest.fixture
def opened(browser: Any, made: Callable[[str], Path]) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page; at the end nothing may have been wrong in any."""
    wrong: list[str] = []
    contexts = []

    def open_page(name: str, state: str = "", size: dict[str, int] = WIDE, **options: Any) -> Any:
        context = browser.new_context(viewport=size, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else 0)
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.on("dialog", lambda _: wrong.append("a dialog opened"))
        page.on("popup", lambda _: wrong.append("a window opened"))
        page.on(
            "request",
            lambda r: wrong.append(r.url) if not r.url.startswith(("file:", "blob:")) else 0,
        )
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', "
            "e => console.error('policy', e.violatedDirective, e.sourceFile))"
        )
        page.goto(made(name).as_uri() + state)
        page.wait_for_selector("html[data-ready]", timeout=30_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def agrees(page: Any) -> int:
    """Check that canvas, table and count agree; return how many relations are shown.

    The canvas has all of them but those of a company that waits in a stack, the table the first
    so many and says of how many.
    """
    shown = page.evaluate("NT.data.edges.map(e => e.id).filter(id => NT.shown.has(id))")
    drawn = page.evaluate("NT.drawn().sort()")
    there = """(ids) => ids.filter(id => [NT.edges.get(id).from, NT.edges.get(id).to]
        .every(n => NT.placed.has(n))).sort()"""
    assert drawn == page.evaluate(there, shown)
    rows = page.evaluate("[...document.querySelectorAll('#rows tr')].map(r => r.dataset.edge)")
    assert rows == shown[: len(rows)]
    assert len(rows) == len(shown) or page.is_visible("#more-rows")
    said = page.inner_text("#table-count")
    whole = page.evaluate("NT.data.edges.length")
    assert said.startswith(f"Showing {len(rows)} of {whole} ")
    count = page.inner_text("#count").removeprefix("All ").split()[0].replace(",", "")
    assert int(count) == (whole if len(shown) == whole else len(shown))
    return len(shown)


def click_at(page: Any, point: str) -> None:
    """Click where a point of the picture (a JavaScript expression) stands on the screen."""
    x, y = page.evaluate(
        f"(() => {{ const p = NT.graph.canvasToDOM({point}), "
        "b = document.getElementById('canvas').getBoundingClientRect(); "
        "return [b.x + p.x, b.y + p.y]; })()"
    )
    page.mouse.click(x, y)
