"""The documentation's site builds without a warning, and asks nobody for anything."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import ROOT, require


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require(importlib.util.find_spec("mkdocs") is not None, "MkDocs (uv sync --group docs)")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_the_site_has_every_page_and_fetches_nothing(site: Path) -> None:
    written = sorted(site.rglob("*.html"))
    assert len(written) >= len(list((ROOT / "docs").rglob("*.md")))
    fetched = re.compile(r'<(?:script|img|iframe|source)[^>]*\bsrc="(?:https?:|//)|'
                         r'<link(?![^>]*rel="?canonical)[^>]*href="(?:https?:|//)')  # fmt: skip
    assert [p.name for p in written if fetched.search(p.read_text("utf-8"))] == []


@pytest.mark.slow
def test_a_browser_asks_nobody_for_anything(site: Path, browser: Any) -> None:
    page = browser.new_context(offline=True).new_page()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    for name in ("index.html", "reference/cli.html", "cypher-model.html"):
        page.goto((site / name).as_uri())
        page.wait_for_timeout(300)
    assert asked and [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.context.close()
