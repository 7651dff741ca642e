"""One download over HTTP, within limits: size, silence, total time, redirects.

Nothing that a server says is trusted: a body shorter than announced is no file, a redirect goes
only to http or https and never from https to http, and no name it sends becomes a path.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote, urljoin, urlsplit

from nthtier.graph.errors import EngineError, InputError, StoreError
from nthtier.loaders.connections import Deadline, opener_for

MOST_REDIRECTS: Final = 5
#: Seconds of silence after which a connection counts as stalled, and for one file in all.
STALL_SECONDS: Final = 30.0
TOTAL_SECONDS: Final = 3600.0
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 1 << 18
#: What may stand in an address as it is; all else a server sends there is percent-encoded.
_URL_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"

#: Told the bytes received so far and, where the server says it, the bytes in all.
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Least and most bytes of the file; seconds of silence and in all."""

    least: int = 1
    most: int = 1 << 30
    stall: float = STALL_SECONDS
    total: float = TOTAL_SECONDS


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What came: the address that answered, the bytes' number and digest, the validators."""

    final_url: str
    bytes: int
    sha256: str
    etag: str
    last_modified: str


def check_url(url: str, came_from: str = "") -> str:
    """Return ``url`` when it may be fetched: http or https, with a host, without a password.

    Raises:
        ValueError: it may not; the message says why.

    Example:
        >>> check_url("file:///etc/passwd")
        Traceback (most recent call last):
        ValueError: only http and https are fetched, not 'file'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"only http and https are fetched, not {parts.scheme!r}")
    if not parts.hostname:
        raise ValueError("the address names no host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address holds a user name or password")
    if came_from.startswith("https:") and parts.scheme == "http":
        raise ValueError("https is never given up for http")
    return url


def download(
    url: str,
    target: Path,
    limits: Limits,
    known: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Downloaded | None:
    """Write what ``url`` serves to ``target``; None when the server says it has not changed.

    ``known`` holds conditional headers (``If-None-Match``, ``If-Modified-Since``). On any error
    the target is removed.

    Raises:
        EngineError: the download failed: address, server, time, or a body cut short.
        InputError: the file has fewer or more bytes than it may.
        StoreError: the target cannot be written.
    """
    try:
        with Deadline(limits.total) as deadline:
            try:
                return _download(url, target, limits, known or {}, progress, deadline)
            except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
                if deadline.over():
                    raise EngineError(
                        f"{url}: not finished after {limits.total:g} seconds (--timeout)"
                    ) from error
                raise EngineError(f"{url}: {_reason(error, limits)}") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _download(
    url: str,
    target: Path,
    limits: Limits,
    known: Mapping[str, str],
    progress: Progress | None,
    deadline: Deadline,
) -> Downloaded | None:
    final, response = _follow(check_url(url), limits, known, deadline)
    with response:
        if response.status == HTTPStatus.NOT_MODIFIED and known:
            return None
        if response.status != HTTPStatus.OK:
            raise ValueError(_status(response))
        announced = _announced(response)
        if announced is not None and not _compressed(response):
            _check_size(url, announced, limits)
        digest, received = sha256(), 0
        with _writing(target) as file:
            for chunk in _body(response, announced, deadline):
                received += len(chunk)
                if received > limits.most:
                    raise InputError(
                        "more bytes than this list may have; is it the right address?",
                        file=url, field="size", found=f"more than {limits.most:,}",
                        allowed=_range(limits),
                    )  # fmt: skip
                digest.update(chunk)
                _write(file, chunk)
                if progress is not None:
                    progress(received, None if _compressed(response) else announced)
        _check_size(url, received, limits)
        headers = response.headers
    return Downloaded(final, received, digest.hexdigest(), _header(headers.get("ETag")),
                      _header(headers.get("Last-Modified")))  # fmt: skip


def _follow(
    url: str, limits: Limits, known: Mapping[str, str], deadline: Deadline
) -> tuple[str, http.client.HTTPResponse]:
    """Ask, following redirects; the last answer is not closed."""
    headers = {"User-Agent": f"nthtier/{version('nthtier')}", "Accept-Encoding": "identity"}
    opener = opener_for(deadline)
    for _ in range(MOST_REDIRECTS + 1):
        request = urllib.request.Request(url, headers=headers | dict(known))  # noqa: S310 - checked
        response = opener.open(request, timeout=limits.stall)
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or not location:
            return url, response
        response.close()
        location = quote(location.encode("latin-1"), safe=_URL_SAFE)
        try:
            url = check_url(urljoin(url, location), came_from=url)
        except ValueError as error:
            raise ValueError(f"redirected to {location}: {error}") from None
    raise ValueError(f"more than {MOST_REDIRECTS} redirects, the last to {url}")


def _body(
    response: http.client.HTTPResponse, announced: int | None, deadline: Deadline
) -> Iterator[bytes]:
    """Yield the body, unpacked where the server packed it though asked not to."""
    unpack = zlib.decompressobj(31) if _compressed(response) else None
    raw = 0
    while announced is None or raw < announced:
        chunk = response.read1(_CHUNK if announced is None else min(_CHUNK, announced - raw))
        deadline.check()
        if not chunk:
            break
        raw += len(chunk)
        if unpack is None:
            yield chunk
        while unpack is not None and chunk:
            yield unpack.decompress(chunk, _CHUNK)
            chunk = unpack.unconsumed_tail
    if announced is not None and raw < announced:
        raise ValueError(f"the body was cut short: {raw:,} of {announced:,} bytes came")
    if unpack is not None:
        yield unpack.flush()
        if not unpack.eof:
            raise ValueError("the packed body was cut short")


def _announced(response: http.client.HTTPResponse) -> int | None:
    if (response.headers.get("Transfer-Encoding") or "").casefold() == "chunked":
        return None
    text = response.headers.get("Content-Length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"the server announced {text!r} bytes")
    return int(text)


def _compressed(response: http.client.HTTPResponse) -> bool:
    encoding = (response.headers.get("Content-Encoding") or "identity").strip().casefold()
    if encoding in ("identity", ""):
        return False
    if encoding in ("gzip", "x-gzip"):
        return True
    raise ValueError(f"the server packed the body as {encoding!r} though asked not to")


def _check_size(url: str, found: int, limits: Limits) -> None:
    if not limits.least <= found <= limits.most:
        raise InputError(
            "an unlikely size for this list; nothing was kept (--allow counts takes a small one)",
            file=url, field="size", found=f"{found:,} bytes", allowed=_range(limits),
        )  # fmt: skip


def _range(limits: Limits) -> str:
    return f"{limits.least:,} to {limits.most:,} bytes"


def _status(response: http.client.HTTPResponse) -> str:
    code = response.status
    advice = ""
    if code in (404, 410):
        advice = "; the address may have moved, --url gives another"
    elif code in (429, 503):
        advice = "; try again later"
    elif code in (401, 403):
        advice = "; the server does not give it to this machine, --url names a mirror"
    return f"the server answered {code} {response.reason}{advice}"


def _reason(error: Exception, limits: Limits) -> str:
    inner = getattr(error, "reason", error)  # urllib wraps what the socket said
    if isinstance(inner, TimeoutError):
        return f"the server was silent for {limits.stall:g} seconds"
    if isinstance(inner, http.client.IncompleteRead):
        return "the body was cut short"
    if isinstance(inner, socket.gaierror):
        return f"the host is not found ({inner.strerror}); is there a network?"
    return str(getattr(inner, "strerror", None) or inner) or type(inner).__name__


def _header(text: str | None) -> str:
    return text if text and text.isprintable() else ""


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[BinaryIO]:
    """Open the target; disk errors are the store's, not the server's."""
    try:
        file = target.open("xb")
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
    with file:
        yield file
        try:
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(f"cannot write {target}: {error.strerror}") from error


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise StoreError(f"cannot write {file.name}: {error.strerror}") from error
