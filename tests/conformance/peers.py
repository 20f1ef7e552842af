"""The servers that are compared: Sayso and Oxigraph's own, each on an empty store and a free loopback port."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from sayso import tokens
from sayso.store import Commit, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS = 60


@dataclass(frozen=True)
class Response:
    """Be what a server answered; a status of 0 says that it broke the connection."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """Give the media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Peer:
    """Be a running server: its port, where its operations are found, and what every request carries.

    `unevaluated` is the status by which it says that a text parses and cannot be evaluated.
    """

    name: str
    port: int
    query: str
    update: str
    graphs: str
    unevaluated: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Give its address without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def send(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """Send a request as it is, with no header but Host and those that are given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, target, body, {**self.headers, **(headers or {})})
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return Response(0)
        finally:
            connection.close()
        return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)


@contextmanager
def sayso(folder: Path) -> Iterator[Peer]:
    """Run `sayso serve` on an empty store without shapes, its default graph being the default graph alone."""
    store = VersionedStore.create(folder / "sayso", [], Commit("conformance", "An empty store", datetime.now(UTC)))
    token = tokens.add(store.path, "conformance", datetime.now(UTC))
    port = _free_port()
    command = [sys.executable, "-m", "sayso", "serve", "--store", str(store.path), "--port", str(port)]
    with _running([*command, "--default-graph", "strict"], port):
        may = {"Authorization": f"Bearer {token}"}
        yield Peer("sayso", port, "/sparql", "/update", "/graphs", HTTPStatus.UNPROCESSABLE_ENTITY, may)


@contextmanager
def oxigraph(folder: Path) -> Iterator[Peer]:
    """Run `oxigraph serve` on an empty store."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if program is None:
        raise SystemExit("The peer is missing: pip install -c constraints.txt -e '.[bench]' brings it")
    port = _free_port()
    with _running([program, "serve", "-l", str(folder / "oxigraph"), "-b", f"127.0.0.1:{port}"], port):
        yield Peer("oxigraph", port, "/query", "/update", "/store", HTTPStatus.INTERNAL_SERVER_ERROR)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(server, port)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"The server on port {port} did not come up")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
