"""The page in a real browser: offline, from a file, at 1440 by 900."""

from __future__ import annotations

import csv
import functools
import io
import itertools
import shutil
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

import pages
from nthtier.explorer.page import render_page, write_page
from support import require

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run", "--disable-default-apps"]  # fmt: skip
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    require(CHROMIUM is not None, "Chromium")
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
        elif name == "empty":
            text = render_page({}, title="Nothing")
        elif name == "formulas":
            text = render_page(pages.star(12, _formula), title="=1+1")
        else:
            text = render_page(pages.star(int(name)), title=f"{name} companies")
        write_page(path, text)
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


def _agrees(page: Any) -> int:
    """Check that canvas, table and count agree; return how many relations are shown."""
    drawn = page.evaluate("NT.drawn().sort()")
    rows = page.evaluate("[...document.querySelectorAll('#rows tr')].map(r => r.dataset.edge)")
    assert sorted(rows) == drawn
    said = page.inner_text("#table-count")
    assert said.startswith(f"Showing {len(drawn)} of ")
    whole = page.evaluate("NT.data.edges.length")
    count = page.inner_text("#count").removeprefix("All ").split()[0]
    assert int(count) == (whole if len(drawn) == whole else len(drawn))
    return len(drawn)


def _click_at(page: Any, point: str) -> None:
    """Click where a point of the picture (a JavaScript expression) stands on the screen."""
    x, y = page.evaluate(
        f"(() => {{ const p = NT.graph.canvasToDOM({point}), "
        "b = document.getElementById('canvas').getBoundingClientRect(); "
        "return [b.x + p.x, b.y + p.y]; })()"
    )
    page.mouse.click(x, y)


def test_the_demo_opens_with_its_strongest_path_lit_and_says_nothing_wrong(opened: Any) -> None:
    page = opened("demo")
    assert page.inner_text("#name") == "Inspur Group"
    assert page.inner_text("#verdict") == "Listed since 2020"
    assert page.evaluate("[...NT.lit.edges]") == page.evaluate("NT.data.paths[1].edges")
    assert page.locator(".path[aria-pressed=true]").count() == 1
    assert _agrees(page) == 16


def test_hostile_text_runs_nothing_and_adds_nothing(opened: Any) -> None:
    page = opened("hostile")
    assert page.evaluate("NT.data.edges.length") == 250
    assert page.evaluate("NT.graph.body.nodeIndices.length") == 251
    _agrees(page)
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
    time = page.locator(".legend").bounding_box()
    assert time["y"] + time["height"] <= WIDE["height"]


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


def test_a_click_on_a_card_a_line_and_a_path_shows_the_evidence(opened: Any) -> None:
    page = opened("demo")
    _click_at(page, "NT.place(NT.data.nodes.find(n => n.name === 'China Mobile').id)")
    shown = page.inner_text("#evidence")
    for part in ("China Mobile", "Customer", "Section 1260H", "2021-06-03"):
        assert part in shown
    edge = "NT.data.edges.find(e => e.type === 'OWNS')"
    curve = f"NT.curve({edge}, NT.place, NT.cardSize(), false)"
    _click_at(page, f"(([x, y]) => ({{ x, y }}))(NT.pointAt({curve}, 0.9))")
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
    page = opened("demo", "#pick=" + "e12")
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
    _agrees(page)


def test_the_slider_shows_what_held_on_each_day(opened: Any) -> None:
    page = opened("demo")
    held = """(day) => NT.data.edges.filter(({ days: [a, b] }) =>
        (a === null || a <= day) && (b === null || day <= b)).length"""
    counts = set()
    for change in page.evaluate("NT.changes"):
        for day in (change - 1, change):
            page.evaluate("(d) => NT.set({ day: d })", day)
            counts.add(_agrees(page))
            assert page.evaluate("NT.shown.size") == page.evaluate(held, day)
    assert counts == {14, 15}
    last = page.evaluate("NT.data.edges.find(e => e.until === '2013-12').days[1]")
    for day, there in ((last, True), (last + 1, False)):
        page.evaluate("(d) => NT.set({ day: d })", day)
        shown = page.evaluate("NT.shown.has(NT.data.edges.find(e => e.until === '2013-12').id)")
        assert shown is there
    page.evaluate("NT.set({ day: NT.dayOf('2019-01-01') })")
    assert page.inner_text("#verdict") == "Exposed · 1 path"  # an undated listing
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
        left = _agrees(page)
        page.keyboard.press("Escape")
    assert 0 < left < 16
    page.click("text=Clear filters")
    assert _agrees(page) == 16


def test_reload_restores_the_view(opened: Any) -> None:
    page = opened("demo")
    page.evaluate(
        "NT.set({ day: NT.dayOf('2023-03-02'), types: new Set(['OWNS']), path: 'p3', pick: 'n2' })"
    )
    before = page.evaluate("[location.hash, NT.state.day, [...NT.state.types], NT.state.path]")
    shown = page.inner_text("#evidence")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    after = page.evaluate("[location.hash, NT.state.day, [...NT.state.types], NT.state.path]")
    assert after == before
    assert page.inner_text("#evidence") == shown
    assert page.inner_text("#day-text") == "As of 2023-03-02"
    _agrees(page)


@pytest.mark.parametrize(
    "state",
    ["#date=%00&pick=__proto__&path=constructor&hops=-1&no-types=x", "#%E0%A4%A", "#date=9999999"],
)
def test_a_broken_link_opens_the_page_as_it_is(opened: Any, state: str) -> None:
    assert _agrees(opened("demo", state)) == 16


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
    _agrees(page)


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


def _pixels(png: bytes) -> set[bytes]:
    """Return the distinct lines of a PNG as they are stored, unpacked."""
    at, data, width = 8, b"", 0
    while at < len(png):
        size = struct.unpack(">I", png[at : at + 4])[0]
        kind = png[at + 4 : at + 8]
        if kind == b"IHDR":
            width = struct.unpack(">I", png[at + 8 : at + 12])[0]
        if kind == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += 12 + size
    raw, step = zlib.decompress(data), width * 4 + 1
    return {raw[i : i + step] for i in range(0, len(raw), step)}


def _saved(page: Any, button: str) -> bytes:
    with page.expect_download() as waiting:
        page.click(button)
    return Path(waiting.value.path()).read_bytes()


def test_png_svg_csv_and_print(opened: Any) -> None:
    page = opened("demo")
    png = _saved(page, "#png")
    assert png.startswith(b"\x89PNG")
    assert len(_pixels(png)) > 200
    svg = ET.fromstring(_saved(page, "#svg"))
    tags = {x.tag.removeprefix("{http://www.w3.org/2000/svg}") for x in svg.iter()}
    assert tags == {"svg", "title", "rect", "path", "text"}
    assert not [a for x in svg.iter() for a in x.attrib if a.startswith("on") or "href" in a]
    words = {"".join(x.itertext()) for x in svg.iter()}
    assert {"Nvidia", "Microsoft", "Alibaba"} <= words
    rows = list(csv.reader(io.StringIO(_saved(page, "#csv").decode("utf-8-sig"), newline="")))
    assert len(rows) == 17
    assert rows[0][:3] == ["From", "Relation", "To"]
    page.click("#theme")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    tops = [page.locator(x).bounding_box() for x in (".left", ".middle", ".right", "#relations")]
    for above, below in itertools.pairwise(tops):
        assert above["y"] + above["height"] <= below["y"] + 1
    assert page.locator("#table").is_visible()
    assert page.locator("#figure svg").is_visible()
    assert not page.locator(".tools").is_visible()
    assert page.pdf().startswith(b"%PDF")


def test_the_csv_holds_no_formula(opened: Any) -> None:
    text = _saved(opened("formulas"), "#csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 13
    assert [c for row in rows for c in row if c.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert [c for row in rows for c in row if c.startswith("'=cmd|")]


def test_a_page_without_paths_says_so(opened: Any) -> None:
    alone = opened("0")
    assert alone.inner_text("#verdict") == "No path found"
    empty = opened("empty")
    assert empty.inner_text("#paths") == "No path."
    assert empty.is_disabled("#day")
    for page in (alone, empty):
        assert _agrees(page) == 0
        ET.fromstring(page.evaluate("NT.svgText()"))


def test_copy_link_gives_the_view(opened: Any) -> None:
    page = opened("demo", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("NT.set({ pick: 'n3' })")
    page.click("#link")
    page.wait_for_selector("#toast.up")
    assert page.evaluate("navigator.clipboard.readText()").endswith(".html#pick=n3")


def test_beyond_the_limit_the_table_has_all_and_the_page_says_so(opened: Any) -> None:
    page = opened("1050")
    assert page.inner_text("#table-count").startswith("Showing 1050 of 1050 relations")
    assert "1000 of 1051 companies drawn, all in the table" in page.inner_text("#count")
    assert page.evaluate("NT.drawn().length") == 999
    page.locator("#rows tr").nth(1049).locator("button").nth(1).click()
    assert page.evaluate("NT.state.pick") == "e1049"


@pytest.mark.parametrize("sandbox", ["", "allow-scripts allow-downloads allow-popups"])
def test_it_renders_in_a_frame(
    browser: Any, made: Callable[[str], Path], tmp_path: Path, sandbox: str
) -> None:
    limits = f'sandbox="{sandbox}"' if sandbox else ""
    frame = f'<iframe id="f" width="1200" height="700" {limits}>'
    (tmp_path / "host.html").write_text(f"<!DOCTYPE html>{frame}</iframe>", "utf-8")
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.goto((tmp_path / "host.html").as_uri())
    page.evaluate(
        "(text) => { document.getElementById('f').srcdoc = text; }", made("demo").read_text("utf-8")
    )
    inside = page.frame_locator("#f")
    inside.locator("html[data-ready]").wait_for(timeout=20_000)
    inside.locator(".path").nth(2).click()
    assert "Baidu" in inside.locator("#evidence h3").first.inner_text()
    assert wrong == []
    page.close()
