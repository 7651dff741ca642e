"""What leaves the page: pictures, tables, paper, links, and the page inside another."""

from __future__ import annotations

import csv
import io
import itertools
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


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


@pytest.mark.slow
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
    assert len(rows) == 18
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


def test_copy_link_gives_the_view(opened: Any) -> None:
    page = opened("demo", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("NT.set({ pick: 'n3' })")
    page.click("#link")
    page.wait_for_selector("#toast.up")
    assert page.evaluate("navigator.clipboard.readText()").endswith(".html#pick=n3")


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
