"""Connections that end in time, over http and https alone."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
import urllib.request


class Deadline:
    """Ends every connection when the total time is over, whatever it is waiting for.

    A socket's own timeout starts anew with each byte, so that a server which drips bytes would
    never be done.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        for handle in self._sockets:
            handle.close()

    def watch(self, connected: socket.socket) -> None:
        """Cut this connection too when the time is over."""
        self._sockets.append(connected.dup())  # TLS takes the first handle over
        self.check()

    def _cut(self) -> None:
        for handle in list(self._sockets):
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

    def over(self) -> bool:
        """Return whether the time is over."""
        return time.monotonic() >= self._end

    def check(self) -> None:
        """Raise TimeoutError when the time is over."""
        if self.over():
            raise TimeoutError


def opener_for(deadline: Deadline) -> urllib.request.OpenerDirector:
    """Return an opener for http and https alone, through the environment's proxies."""

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class Secure(http.client.HTTPSConnection, Plain):
        pass

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Secure, req)

    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.ProxyHandler(), PlainHandler(), SecureHandler()):
        opener.add_handler(handler)
    return opener
