"""Load on a server of the loopback interface: GET requests over kept connections, from processes of their own."""

from __future__ import annotations

import socket
import time
import urllib.parse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCEPT = "application/sparql-results+json"


@dataclass(frozen=True)
class Rate:
    """Say what a load measured: requests a second, and the median and the 99th percentile of their times in seconds."""

    rate: float
    median: float
    p99: float


def load(port: int, path: str, queries: Sequence[str], connections: int = 4) -> Rate:
    """Send the queries over so many connections, each from a process of its own, and measure."""
    shares = [queries[start::connections] for start in range(connections)]
    with ProcessPoolExecutor(connections) as processes:
        list(processes.map(_ready, range(connections)))
        began = time.perf_counter()
        times = [each for share in processes.map(_send, [(port, path, share) for share in shares]) for each in share]
        seconds = time.perf_counter() - began
    times.sort()
    return Rate(len(queries) / seconds, times[len(times) // 2], times[int(len(times) * 0.99)])


def _ready(_: int) -> None:
    time.sleep(0.05)  # so that every process is started before the load begins


def _send(order: tuple[int, str, Sequence[str]]) -> list[float]:
    port, path, queries = order
    head = f"GET {path}?query=%s HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: {ACCEPT}\r\n\r\n"
    requests = [(head % urllib.parse.quote(query)).encode() for query in queries]
    times = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        for request in requests:
            began = time.perf_counter()
            connection.sendall(request)
            read(stream)
            times.append(time.perf_counter() - began)
    return times


def read(stream: BinaryIO) -> int:
    """Read one response to its end and give the length of its content; raises RuntimeError where it is not a 200."""
    status = stream.readline()
    length, chunked = 0, False
    while line := stream.readline().strip().lower():
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
        chunked = chunked or line == b"transfer-encoding: chunked"
    if not chunked:
        body = stream.read(length)
    else:
        length, body = _read_chunks(stream), b""
    if b" 200 " not in status:
        raise RuntimeError(f"{status!r} {body[:200]!r}")
    return length


def _read_chunks(stream: BinaryIO) -> int:
    length = 0
    while size := int(stream.readline(), 16):
        stream.read(size + 2)
        length += size
    stream.readline()
    return length
