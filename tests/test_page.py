"""The page as a file: text stays text, the policy fits, the same input gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pages
from nthtier.explorer.cli import run
from nthtier.explorer.files import write_text
from nthtier.explorer.layout import CARD_HEIGHT, FIRST, MOST_ROWS, Edge, Layout, place, place_narrow
from nthtier.explorer.ownership import levels, place_levels
from nthtier.explorer.page import json_block, render_page
from nthtier.explorer.page_model import MOST_DRAWN
from nthtier.explorer.page_words import text
from nthtier.graph.errors import StoreError
from support import require


class _Elements(HTMLParser):
    """Every element with the names of its attributes, and the text of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.blocks: list[tuple[str, str | None, str]] = []
        self.policy = ""
        self._open: tuple[str, str | None] | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))
        given = dict(attrs)
        self.links += [given[a] or "" for a in ("src", "href", "action", "data") if a in given]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        self._open = (tag, given.get("id")) if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            self.blocks.append((*self._open, data))


def _data(page: str) -> dict[str, Any]:
    return {id_: json.loads(t) for _, id_, t in _Elements(page).blocks if id_}


def test_hostile_strings_in_every_field_stay_text() -> None:
    require(pages.HOSTILE.exists(), "the corpus of hostile strings")
    strings = pages.hostile_strings()
    page = render_page(
        pages.star(len(strings), pages.hostile(strings), odd=True),
        title=strings[-1],
        lists={s: {"name": s, "regulator": s, "kind": s} for s in strings},
    )
    benign = render_page(pages.star(3), title="t")
    assert _Elements(page).seen == _Elements(benign).seen
    data = pages.inflated(_data(page)["data"])
    expected = {text(s) for s in strings}
    assert len(data["edges"]) == len(strings)
    for rows, field in (
        ("nodes", "name"), ("nodes", "type"), ("edges", "type"), ("edges", "note"),
        ("edges", "basis"), ("paths", "sentence"), ("paths", "class"),
    ):  # fmt: skip
        lost = expected - {row.get(field) for row in data[rows]} - {""}
        assert not lost, (rows, field, list(lost)[:3])
    said = [e["evidence"][0] for e in data["edges"]]
    for field in ("statement", "source", "locator", "title", "publisher", "date", "url", "note"):
        assert expected - {s[field] for s in said} <= {""}, field
    assert _Elements(page).links == ["#relations"]


def test_ids_of_a_company_are_never_keys() -> None:
    names = ["__proto__", "constructor", "007", "1e3", "n0", "toString"]
    found = _data(render_page(pages.star(6, lambda i, f: names[i % 6]), title="t"))
    assert [n["id"] for n in found["network"]["nodes"]] == [f"n{i}" for i in range(7)]
    assert [e["id"] for e in found["network"]["edges"]] == [f"e{i}" for i in range(6)]


def test_the_policy_names_every_script_and_style_and_no_other() -> None:
    page = _Elements(render_page(pages.star(3), title="t"))
    wanted: dict[str, set[str]] = {"script": set(), "style": set()}
    for tag, id_, content in page.blocks:
        if id_ is None:
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            wanted[tag].add(f"'sha256-{digest}'")
    parts = dict(p.strip().split(" ", 1) for p in page.policy.split(";"))
    assert set(parts["script-src"].split()) == wanted["script"]
    assert set(parts["style-src"].split()) == wanted["style"]
    assert parts["default-src"] == parts["base-uri"] == parts["form-action"] == "'none'"
    assert "unsafe" not in page.policy
    assert not [a for _, names in page.seen for a in names if a.startswith("on") or a == "style"]


def test_nothing_is_fetched() -> None:
    page = render_page(pages.star(3), title="t")
    assert _Elements(page).links == ["#relations"]
    styles = "".join(t for tag, _, t in _Elements(page).blocks if tag == "style")
    assert "url(" not in styles
    assert "@import" not in styles
    assert "sourceMappingURL" not in page


@given(st.recursive(st.text() | st.floats(allow_nan=False, allow_infinity=False) | st.none(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_a_json_block_reads_back_and_holds_nothing_that_html_reads(value: Any) -> None:
    block = str(json_block(value))
    assert json.loads(block) == value
    assert not re.search("[<>&\u2028\u2029]", block)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_json_block_refuses_what_is_no_number(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_block([number])


def test_a_result_with_broken_numbers_still_makes_a_page() -> None:
    result = pages.star(2)
    result["findings"][0]["strength"] = float("nan")
    result["findings"][1]["path"][0]["share"] = [float("inf"), 1]
    data = _data(render_page(result, title="t"))["data"]
    assert "strength" not in data["paths"][0]
    assert "share" not in data["edges"][1]


_WRITE = """
import sys; from pathlib import Path; import pages
from nthtier.explorer.files import write_text
from nthtier.explorer.page import render_page
name = "\\u6d6a\\u6f6e\\u96c6\\u56e2"
said = lambda i, f: f"{name} {i} {f}"
write_text(Path(sys.argv[1]), render_page(pages.star(30, said), title=name))
"""


# An ASCII locale is stricter than cp1252: whatever would be written in the locale's encoding fails.
@pytest.mark.slow
def test_the_same_bytes_in_any_process_and_under_any_locale(tmp_path: Path) -> None:
    written = []
    for number, (seed, locale) in enumerate((("1", "C"), ("2", "POSIX"), ("3", "C.UTF-8"))):
        out = tmp_path / f"{number}.html"
        env = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "PYTHONUTF8": "0",
               "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(Path(__file__).parent)}  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-X", "warn_default_encoding", "-c", _WRITE, str(out)],
            env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        warned = [line for line in done.stderr.splitlines() if "EncodingWarning" in line]
        assert not [w for w in warned if "site-packages" not in w]  # none in our files
        written.append(out.read_bytes())
    assert written[0] == written[1] == written[2]
    assert "浪潮集团" in written[0].decode("utf-8")


def test_a_page_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    for path in (tmp_path / "none" / "p.html", tmp_path / "taken", tmp_path / ("x" * 300)):
        with pytest.raises(StoreError, match="cannot write") as found:
            write_text(path, "page")
        assert "\n" not in str(found.value)
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_device_is_written_to_and_a_link_is_followed(tmp_path: Path) -> None:
    pipe, kept = tmp_path / "pipe", tmp_path / "kept.html"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "page")
    assert os.read(reader, 10) == b"page"
    os.close(reader)
    assert pipe.is_fifo()
    kept.write_text("old", "utf-8")
    (tmp_path / "link.html").symlink_to(kept)
    write_text(tmp_path / "link.html", "new")
    assert kept.read_text("utf-8") == "new"
    assert (tmp_path / "link.html").is_symlink()


def test_a_failed_write_keeps_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.html"
    path.write_text("old", "utf-8")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="No space left"):
        write_text(path, "new")
    assert path.read_text("utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["p.html"]


def test_commands_write_the_page_or_say_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = ["--graph", str(tmp_path / "g")]
    out = tmp_path / "demo.html"
    assert run([*graph, "demo", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"<!DOCTYPE html>")
    bad = str(tmp_path / "none" / "x.html")
    for words in (["demo", "--out", bad], ["explore", "Nvidia", "--out", bad],
                  ["trace", "Nvidia", "--html", bad]):  # fmt: skip
        capsys.readouterr()
        assert run([*graph, *words]) == 4
        told = capsys.readouterr().err.splitlines()
        assert told[-1].startswith("nthtier: cannot write ")
        assert "Traceback" not in "".join(told)
    page = tmp_path / "nvidia.html"
    assert run([*graph, "explore", "Nvidia", "--out", str(page)]) == 0
    assert '"command":"nthtier trace' in page.read_text("utf-8")


def test_a_page_that_cannot_be_written_is_told_before_the_search(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = ["--graph", str(tmp_path / "g")]
    assert run([*graph, "demo", "--out", str(tmp_path / "demo.html")]) == 0
    rows = tmp_path / "rows.csv"
    rows.write_text("name\nNo Such Company\n", "utf-8")
    for bad in (tmp_path / "none" / "x.html", tmp_path):
        for words in (["trace", "No Such Company", "--html", str(bad)],
                      ["trace", "No Such Company", "--dossier", str(bad)],
                      ["explore", "No Such Company", "--out", str(bad)],
                      ["screen", str(rows), "--html", str(bad)],
                      ["screen", str(rows), "--csv", str(bad)],
                      ["demo", "--out", str(bad)]):  # fmt: skip
            capsys.readouterr()
            # A directory is wrong usage to click already.
            assert run([*graph, *words]) == (2 if bad == tmp_path else 4)
            told = capsys.readouterr()
            assert told.out == ""
            assert "No Such Company" not in told.err
    kept = tmp_path / "kept.html"
    kept.write_text("old", "utf-8")
    assert run([*graph, "trace", "No Such Company", "--html", str(kept)]) == 1
    assert kept.read_text("utf-8") == "old"
    assert not list(tmp_path.glob(".*.new"))


def test_evidence_that_many_relations_share_stands_there_once() -> None:
    result = pages.star(100)
    same = result["findings"][0]["path"][0]["evidence"]
    for finding in result["findings"]:
        finding["path"][0]["evidence"] = same
        finding["target"]["listings"] = []
    data = _data(render_page(result, title="t"))["data"]
    assert len(data["evidence"]) == 1
    assert {tuple(e["evidence"]) for e in data["edges"]} == {(0,)}


def test_control_and_bidi_characters_stand_there_as_marks() -> None:
    page = render_page(pages.ODD["long"], title="a\x1b[31m\u202eb")
    assert "<title>a[U+001B][31m[U+202E]b</title>" in page
    assert not [c for c in "\x1b\u202e" if c in page]


def test_who_is_exposed_to_a_listed_company_stands_beside_its_paths(tmp_path: Path) -> None:
    data = pages.inflated(_data(pages.demo_page(tmp_path))["data"])
    names = {n["id"]: n["name"] for n in data["nodes"]}
    beside = [(names[p["subject"]], p["class"]) for p in data["paths"] if p.get("around")]
    for company in ("Intel", "Nvidia", "IBM", "Cisco", "JD Cloud", "Microsoft"):
        assert (company, "exposed") in beside
    ended = [p for p in data["paths"] if p.get("around") and p.get("until") == "2013-12"]
    assert [p["class"] for p in ended] == ["none"]  # Microsoft's exit, before any list
    assert "was on no list while this held" in ended[0]["sentence"]


def test_as_of_a_day_the_page_opens_there(tmp_path: Path) -> None:
    data = _data(pages.demo_page(tmp_path, as_of="2019-01-01"))["data"]
    assert data["asOf"] == "2019-01-01"
    assert not [p for p in data["paths"] if p.get("around") and p["class"] != "none"]


def test_beyond_the_limit_every_relation_is_still_in_the_data() -> None:
    found = _data(render_page(pages.star(MOST_DRAWN + 50), title="t"))
    assert len(found["network"]["nodes"]) == MOST_DRAWN
    assert len(found["data"]["edges"]) == MOST_DRAWN + 50


def _overlaps(layout: Layout) -> list[tuple[str, str]]:
    """Return the pairs of cards that overlap as the page opens, stacks included."""
    width, height = layout.card
    hidden = {n for s in layout.stacks for n in s.hidden}
    at = [(n, p) for n, p in layout.positions.items() if n not in hidden]
    at += [(s.id, s.at) for s in layout.stacks]
    found = []
    for i, (a, (x1, y1)) in enumerate(at):
        for b, (x2, y2) in at[i + 1 :]:
            if abs(x1 - x2) < width and abs(y1 - y2) < height:
                found.append((a, b))
    return found


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=90), st.data())
def test_no_two_cards_overlap_and_few_are_shown_at_first(
    tiers: list[int], data: st.DataObject
) -> None:
    names = [str(i) for i in range(len(tiers))]
    tier = dict(zip(names, tiers, strict=True))
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names))
    edges = [Edge(a, b) for a, b in data.draw(st.lists(ends, max_size=40))]
    top_down = place_levels(names, edges, levels(names, edges))
    for layout in (place(names, edges, tier), place_narrow(names, tier), top_down):
        assert set(layout.positions) == set(names)
        assert layout.card[1] == CARD_HEIGHT
        assert _overlaps(layout) == []
        hidden = [n for s in layout.stacks for n in s.hidden]
        assert len(hidden) == len(set(hidden))
        assert len(names) - len(hidden) + len(layout.stacks) <= FIRST
    shown = Counter(x for n, (x, _) in place(names, edges, tier).positions.items())
    assert max(shown.values()) <= MOST_ROWS


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_an_owner_stands_above_what_it_owns_unless_they_form_a_ring(
    pairs: list[tuple[int, int]],
) -> None:
    names = [str(i) for i in range(10)]
    falling = [Edge(str(a), str(b)) for a, b in pairs if a < b]  # no ring is possible
    level = levels(names, falling)
    assert all(level[e.start] < level[e.end] for e in falling)
    assert min(level.values()) == 0
    assert set(levels(names, [Edge(str(a), str(b)) for a, b in pairs])) == set(names)
