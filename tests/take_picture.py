"""Takes the pictures of the page for README and documentation: ``python tests/take_picture.py``.

It needs Chromium, a font with Chinese characters, and Pillow (the group ``notebooks`` brings it).
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import sync_playwright

import pages
from page_browser import CHROMIUM, FLAGS
from support import ROOT

FOLDER = ROOT / "docs" / "pictures"
SIZE: Any = {"width": 1440, "height": 860}
COLOURS = 128


def main() -> None:
    """Write one picture for a light and one for a dark reader."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        path = Path(folder, "demo.html")
        path.write_text(pages.demo_page(Path(folder)), "utf-8")
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for scheme in schemes:
            context = browser.new_context(viewport=SIZE, color_scheme=scheme, offline=True)
            page = context.new_page()
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready]")
            page.click("#paths button:has-text('Microsoft')")
            page.wait_for_timeout(600)
            image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            small = image.quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(FOLDER / f"page-{scheme}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
