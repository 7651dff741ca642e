"""Fetching: a real server on this machine that misbehaves in every way; the good copy stays."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import golden
from list_site import (
    OFAC,
    SET,
    Answer,
    Site,
    chunked,
    conditional,
    drips,
    hangs,
    moved,
    real,
    sends,
    serve_set,
    tree,
)
from nthtier.explorer.cli import run
from nthtier.graph.errors import EngineError, InputError
from nthtier.graph.store import Store
from nthtier.loaders.downloads import Limits, check_url, download
from nthtier.loaders.sidecar import SUFFIX, read_sidecar, sidecar_path
from support import SHARED, require

CSL = SHARED / "data" / "csl" / "consolidated_2022-05.csv.gz"


pytestmark = pytest.mark.usefixtures("cache_aside")


# --- what goes well


def test_a_set_is_fetched_with_its_sidecars_and_loads_with_its_origin(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = serve_set(site)
    assert run(["fetch", "us-ofac-cons", "--url", base]) == 0
    out, err = capsys.readouterr()
    paths = [Path(line) for line in out.splitlines()]
    assert [p.name for p in paths] == SET
    assert "442 records" in err
    assert "\x1b" not in err
    for path in paths:
        assert path.read_bytes() == (OFAC / path.name).read_bytes()
        side = json.loads(sidecar_path(path).read_text("utf-8"))
        assert side["url"] == side["final_url"] == base + path.name
        assert side["sha256"] == sha256(path.read_bytes()).hexdigest()
        assert side["bytes"] == path.stat().st_size
        assert side["last_modified"] == "Mon, 10 Nov 2025 08:00:00 GMT"
        assert side["records"]["us-ofac-ns-cmic"] == 68
        assert side["allowed"] == []
    graph = tmp_path / "graph"
    assert run(["--graph", str(graph), "load", *map(str, paths)]) == 0
    fetched = Store(graph).open()
    source = next(s for s in fetched.sources.values() if s.dataset == "us-ofac-cons")
    assert source.url == base + "cons_prim.csv"
    assert source.retrieved == read_sidecar(paths[0]).retrieved  # type: ignore[union-attr]
    assert source.date == "", "Last-Modified is no edition date"
    other = tmp_path / "other"
    assert run(["--graph", str(other), "load", *(str(OFAC / name) for name in SET)]) == 0
    assert Store(other).head() == fetched.id, "where a file came from is not what it says"


def test_the_consolidated_screening_list(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require(CSL.is_file(), "the official Consolidated Screening List of 2022")
    body = gzip.decompress(CSL.read_bytes())
    site.answers["/csl.csv"] = moved("/files/consolidated.csv?edition=1 2")
    site.answers["/files/consolidated.csv"] = sends(gzip.compress(body, 1), Content_Encoding="gzip")
    assert run(["fetch", "us-csl", "--url", site.url("/csl.csv")]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path == tmp_path / "cache" / "us-csl" / "consolidated.csv"
    assert path.read_bytes() == body
    sidecar = read_sidecar(path)
    assert sidecar is not None
    assert sidecar.final_url == site.url("/files/consolidated.csv?edition=1%202")
    assert sum(sidecar.records.values()) == 14160
    # little more than half of the rows, whole in themselves, with status 200
    lines = body.splitlines(keepends=True)
    start = len(lines) * 6 // 10
    cut = next(n for n in range(start, len(lines)) if lines[n][:1].isdigit())
    site.answers["/csl.csv"] = sends(b"".join(lines[:cut]))
    before = tree(tmp_path / "cache")
    assert run(["fetch", "us-csl", "--url", site.url("/csl.csv")]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "unlikely number of records" in err
    assert "us-csl: the copy of" in err
    assert tree(tmp_path / "cache") == before


def test_what_has_not_changed_is_not_sent_again(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = serve_set(site)
    fetch = ["fetch", "us-ofac-cons", "--url", base]
    assert run(fetch) == 0
    before = tree(tmp_path / "cache")
    first = capsys.readouterr().out
    site.asked.clear()
    assert run(fetch) == 0
    out, err = capsys.readouterr()
    assert out == first
    assert "not changed since" in err
    assert tree(tmp_path / "cache") == before
    assert [h["If-Modified-Since"] for _, h in site.asked] == ["Mon, 10 Nov 2025 08:00:00 GMT"] * 4
    # one file edited by hand: its sidecar counts no more, and the set is fetched anew
    edited = tmp_path / "cache" / "us-ofac-cons" / "cons_add.csv"
    edited.write_bytes(edited.read_bytes().replace(b"Street", b"street", 1))
    assert edited.stat().st_size == (OFAC / "cons_add.csv").stat().st_size
    assert read_sidecar(edited) is None
    site.asked.clear()
    assert run(fetch) == 0
    assert not any("If-None-Match" in h for _, h in site.asked)
    assert edited.read_bytes() == (OFAC / "cons_add.csv").read_bytes()


def test_one_file_of_a_set_may_change_alone(site: Site, tmp_path: Path) -> None:
    base = serve_set(site)
    assert run(["fetch", "us-ofac-cons", "--url", base]) == 0
    body = (OFAC / "cons_comments.csv").read_bytes()
    changed = body.replace(b'"\r\n', b' and more."\r\n', 1)
    assert changed != body
    site.answers["/cons/cons_comments.csv"] = conditional(changed, '"new"')
    assert run(["fetch", "us-ofac-cons", "--url", base]) == 0
    folder = tmp_path / "cache" / "us-ofac-cons"
    assert (folder / "cons_comments.csv").read_bytes() == changed
    tags = {n: read_sidecar(folder / n).etag for n in SET}  # type: ignore[union-attr]
    assert tags["cons_comments.csv"] == '"new"'
    assert len(set(tags.values())) == 4


def test_to_names_the_folder(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = serve_set(site)
    folder = tmp_path / "lists here"
    assert run(["fetch", "us-ofac-cons", "--url", base, "--to", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == [str(folder / n) for n in SET]
    assert sorted(tree(folder)) == sorted([*SET, *(n + SUFFIX for n in SET)])
    assert not (tmp_path / "cache").exists()


# --- what goes wrong: exit status, a word of the message


def greets(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-x\r\n")


def half() -> bytes:
    lines = real().splitlines(keepends=True)
    return b"".join(lines[: len(lines) // 2]) + b"\x1a\r\n"


BODY = b"HTTP/1.0 200 OK\r\nContent-Length: 99999\r\n\r\n"
WRONG: dict[str, tuple[Callable[[Site], Answer], int, str]] = {
    "cut short": (lambda _: sends(real()[:-90_000], announced=238_635), 4, "148,635 of 238,635"),
    "chunks cut short": (lambda _: chunked(real()[:9_000], 9, finish=False), 4, "cut short"),
    "gzip cut short": (
        lambda _: sends(gzip.compress(real())[:-9], Content_Encoding="gzip"), 4, "cut short"),
    "not gzip": (lambda _: sends(real(), Content_Encoding="gzip"), 4, "header"),
    "another packing": (lambda _: sends(real(), Content_Encoding="br"), 4, "'br'"),
    "silent": (hangs, 4, "seconds"),
    "drips its body": (lambda s: drips(s, BODY), 4, "not finished after 1 seconds"),
    "drips its headers": (lambda s: drips(s, b"HTTP/1.0 200 OK\r\nX: "), 4, "not finished after 1"),
    "redirects in a circle": (lambda _: moved("/cons/cons_prim.csv"), 4, "more than 5 redirects"),
    "redirects to a file": (lambda _: moved("file:///etc/passwd"), 4, "only http and https"),
    "redirects to FTP": (lambda _: moved("ftp://127.0.0.1/x"), 4, "not 'ftp'"),
    "redirects with a password": (lambda _: moved("http://a:b@127.0.0.1/"), 4, "password"),
    "not there": (lambda _: sends(b"gone", 404), 4, "answered 404"),
    "broken": (lambda _: sends(b"sorry", 500), 4, "answered 500"),
    "part of it": (lambda _: sends(real(), 206), 4, "answered 206"),
    "unchanged unasked": (lambda _: sends(b"", 304), 4, "answered 304"),
    "no HTTP": (lambda _: greets, 4, "SSH-2.0"),
    "hangs up": (lambda _: lambda h: None, 4, "closed"),
    "odd length": (lambda _: sends(real(), announced=-1), 4, "announced '-1' bytes"),
    "too much": (lambda _: sends(real(), announced=60_000_000), 3, "60,000,000"),
    "too little": (lambda _: sends(real()[:40_000]), 3, "50,000 to"),
    "nothing": (lambda _: sends(b""), 3, "0 bytes"),
    "a web page": (
        lambda _: sends(b"\xef\xbb\xbf\n<!DOCTYPE html><p>" + b"x" * 99_999), 3, "a web page"),
    "half of the rows": (lambda _: sends(half()), 3, "no entry of that number"),
    "no end mark": (lambda _: sends(real()[: real().rindex(b"\n", 0, -900) + 1]), 3, "end mark"),
    "another list": (lambda _: sends(b"a,b\r\n" * 20_000), 3, "second file of"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", WRONG)
def test_the_last_good_copy_stays(
    case: str, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = serve_set(site)
    cache = tmp_path / "cache"
    make, status, word = WRONG[case]
    fetch = ["fetch", "us-ofac-cons", "--url", base]
    good = site.answers["/cons/cons_prim.csv"]
    site.answers["/cons/cons_prim.csv"] = make(site)
    assert run([*fetch, "--timeout", "1"]) == status, "nothing was there before"
    assert not tree(cache)
    site.answers["/cons/cons_prim.csv"] = good
    assert run(fetch) == 0
    before = tree(cache)
    capsys.readouterr()
    # every file is new now, and this one is wrong: none may be replaced
    for name in SET:
        body = (OFAC / name).read_bytes()
        site.answers[f"/cons/{name}"] = sends(body, ETag='"2"')
    wrong = make(site)
    site.answers["/cons/cons_prim.csv"] = wrong if case != "unchanged unasked" else sends(b"", 404)
    assert run([*fetch, "--timeout", "1"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    if case != "unchanged unasked":
        assert word in err
    assert "us-ofac-cons: the copy of" in err
    assert err.count("\n") == 2
    assert tree(cache) == before


def test_more_than_allowed_is_stopped_while_it_comes(site: Site, tmp_path: Path) -> None:
    site.answers["/endless"] = chunked(b"x" * 4096, 10_000)
    target = tmp_path / "file"
    with pytest.raises(InputError, match="more than 100,000"):
        download(site.url("/endless"), target, Limits(most=100_000))
    assert not target.exists()
    bomb = gzip.compress(b"\0" * 50_000_000)
    site.answers["/bomb"] = sends(bomb, Content_Encoding="gzip")
    with pytest.raises(InputError, match="more than 1,000,000"):
        download(site.url("/bomb"), target, Limits(most=1_000_000))
    assert not target.exists()


def test_a_silent_server_is_told_from_a_slow_one(site: Site, tmp_path: Path) -> None:
    site.answers["/hangs"] = hangs(site)
    with pytest.raises(EngineError, match=r"silent for 0\.2 seconds"):
        download(site.url("/hangs"), tmp_path / "file", Limits(stall=0.2, total=20))


def test_addresses_that_are_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="never given up"):
        check_url("http://example.org/", came_from="https://example.org/")
    for url in ("ftp://example.org/x", "file:///x", "data:,x", "//example.org/x", "http:///x"):
        with pytest.raises(ValueError, match=r"only http|no host"):
            check_url(url)
    with pytest.raises(EngineError, match="host is not found"):
        download("http://nowhere.invalid/", tmp_path / "file", Limits(total=20))


def test_an_override_is_recorded(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = serve_set(site)
    fetch = ["fetch", "us-ofac-cons", "--url", base]
    assert run(fetch) == 0
    folder = tmp_path / "cache" / "us-ofac-cons"
    # the copy before had twice as many records: now there are too few, though within the gates
    for name in SET:
        side = sidecar_path(folder / name)
        data = json.loads(side.read_text("utf-8"))
        data["records"] = {"us-ofac-mbs": 884}
        side.write_text(json.dumps(data), "utf-8")
        body = (OFAC / name).read_bytes()
        site.answers[f"/cons/{name}"] = sends(body, ETag='"2"')
    capsys.readouterr()
    assert run(fetch) == 3
    assert "found '442'; allowed: at least 60% of 884" in capsys.readouterr().err
    assert run([*fetch, "--allow", "counts"]) == 0
    sidecar = read_sidecar(folder / SET[0])
    assert sidecar is not None
    assert sidecar.allowed == ("counts",)
    assert sum(sidecar.records.values()) == 442


def test_a_list_without_a_loader_goes_by_its_bytes(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch = ["fetch", "un-sc", "--url", site.url("/un.xml")]
    site.answers["/un.xml"] = sends(b"<LIST>" + b" " * 1_000_000 + b"</LIST>")
    assert run(fetch) == 0
    assert "no loader reads this yet" in capsys.readouterr().err
    site.answers["/un.xml"] = sends(b"<LIST>" + b" " * 550_000 + b"</LIST>")
    assert run(fetch) == 3
    assert "bytes: far less than the copy fetched before" in capsys.readouterr().err
    site.answers["/un.xml"] = sends(b"{" + b" " * 1_000_000 + b"}")
    assert run(fetch) == 3
    assert "not XML" in capsys.readouterr().err


def test_an_archive_that_is_cut_is_refused(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rr.csv", (golden.DATA / "gleif_rr.csv").read_bytes())
    fetch = ["fetch", "gleif-rr", "--url", site.url("/rr"), "--allow", "counts"]
    site.answers["/rr"] = sends(packed.getvalue()[:-30])
    assert run(fetch) == 3
    assert "not a whole zip archive" in capsys.readouterr().err
    site.answers["/rr"] = sends(packed.getvalue())
    assert run(fetch) == 0
