"""A server on this machine that answers as a test says: slowly, wrongly, or not to the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from nthtier.loaders.addresses import ADDRESSES
from support import SHARED, require

OFAC = SHARED / "data" / "ofac"
SET = [f.name for f in ADDRESSES["us-ofac-cons"].files]
Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A server: path → what it does with a request; ``asked`` keeps the requests' headers."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.over = Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                answer = site.answers.get(self.path.partition("?")[0])
                with contextlib.suppress(OSError):  # the client has gone
                    if answer is None:
                        self.send_error(404)
                    else:
                        answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve while a test runs."""
    made = Site()
    yield made
    made.close()


@pytest.fixture
def cache_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is fetched go into the test's own folder."""
    monkeypatch.setenv("NTHTIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")


def sends(body: bytes, status: int = 200, announced: int | None = None, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if announced is None else announced))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def moved(location: str) -> Answer:
    return sends(b"", 302, Location=location)


def chunked(body: bytes, times: int, *, finish: bool = True) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for _ in range(times):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        if finish:
            handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True

    return answer


def serve_set(site: Site, folder: str = "/cons/") -> str:
    require(OFAC.is_dir(), "OFAC's real consolidated list")
    for name in SET:
        body = (OFAC / name).read_bytes()
        tag = f'"{sha256(body).hexdigest()[:8]}"'
        site.answers[folder + name] = conditional(body, tag)
    return site.url(folder)


def conditional(body: bytes, tag: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == tag:
            handler.send_response(304)
            handler.end_headers()
            return
        sends(body, ETag=tag, Last_Modified="Mon, 10 Nov 2025 08:00:00 GMT")(handler)

    return answer


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def hangs(site: Site) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(b"1,")
        handler.wfile.flush()
        site.over.wait(20)

    return answer


def drips(site: Site, start: bytes) -> Answer:
    """Send a byte now and then: never silent, never done."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start)
        while not site.over.wait(0.05):
            handler.wfile.write(b"1")
            handler.wfile.flush()

    return answer


def real() -> bytes:
    return (OFAC / "cons_prim.csv").read_bytes()
