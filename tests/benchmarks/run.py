"""Timings as ratios beside a peer, in one run: `make bench`.

Point lookups over HTTP on the shipped graph, every query new, against Oxigraph's own server; and the commit of twenty
quads to a small and to a larger store. Rounds alternate, so that a machine that drifts drifts for both; medians count.
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyoxigraph as ox

from sayso import library, mapping
from sayso.mapping import editions
from sayso.store import Commit, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 7
REQUESTS = 1500
SIZES = (10_000, 200_000)
LOOKUP = "SELECT ?p ?o WHERE {{ <{subject}> ?p ?o }} # {number}"


def main() -> None:
    """Run everything and print a line for each comparison."""
    quads = mapping.build(library.find()).quads
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        store = VersionedStore.create(Path(folder) / "store", quads, commit("bench"))
        ours = servers.enter_context(serving([sys.executable, "-m", "sayso", "serve", "--store", str(store.path)]))
        oxigraph = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
        theirs = None
        if oxigraph:
            (Path(folder) / "all.nq").write_bytes(editions.n_quads(quads))
            subprocess.run(
                [oxigraph, "load", "-l", f"{folder}/peer", "-f", f"{folder}/all.nq"], check=True, capture_output=True
            )
            command = [oxigraph, "serve-read-only", "-l", f"{folder}/peer", "--union-default-graph"]
            theirs = servers.enter_context(serving(command, bind=True))
        lookups(ours, theirs, [quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)])
    commits()


def lookups(ours: int, theirs: int | None, subjects: list[str]) -> None:
    """Compare point lookups a second, every query new."""
    rates: dict[str, list[float]] = {"sayso": [], "oxigraph": []}
    for turn in range(ROUNDS):
        for name, port in (("sayso", ours), ("oxigraph", theirs)):
            if port is not None:
                rates[name].append(rate(port, turn, subjects))
    for name, found in rates.items():
        if found:
            print(f"point lookups a second, {name}: {spread(found, ',.0f')}")
    if rates["oxigraph"]:
        ratios = [a / b for a, b in zip(rates["sayso"], rates["oxigraph"], strict=True)]
        print(f"point lookups, sayso / oxigraph: {spread(ratios, '.2f')}")


def rate(port: int, turn: int, subjects: list[str]) -> float:
    """Send REQUESTS queries over one connection and give the requests a second."""
    requests = []
    for number in range(REQUESTS):
        subject = subjects[(turn * REQUESTS + number) * 7919 % len(subjects)]
        query = urllib.parse.quote(LOOKUP.format(subject=subject, number=f"{turn}.{number}"))
        head = (
            f"GET {{path}}?query={query} HTTP/1.1\r\nHost: localhost\r\nAccept: application/sparql-results+json\r\n\r\n"
        )
        requests.append(head.format(path="/sparql").encode())
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.perf_counter()
        stream = connection.makefile("rb")
        for request in requests:
            connection.sendall(request)
            read(stream)
        return REQUESTS / (time.perf_counter() - start)


def read(stream: BinaryIO) -> None:
    """Read one response to its end."""
    if b" 200 " not in stream.readline():
        raise RuntimeError("a lookup failed")
    length, chunked = 0, False
    while line := stream.readline().strip().lower():
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
        chunked = chunked or line == b"transfer-encoding: chunked"
    if not chunked:
        stream.read(length)
        return
    while size := int(stream.readline(), 16):
        stream.read(size + 2)
    stream.readline()


@contextmanager
def serving(command: list[str], *, bind: bool = False) -> Iterator[int]:
    """Run a server on a free port of the loopback interface and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    place = ["--bind", f"127.0.0.1:{port}"] if bind else ["--port", str(port)]
    server = subprocess.Popen([*command, *place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def commits() -> None:
    """Compare the commit of twenty quads at two sizes of the store."""
    medians = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            store = VersionedStore.create(Path(folder) / "store", map(quad, range(size)), commit("made"))
            found = [timed(store, size + turn * 20) for turn in range(ROUNDS)]
        medians.append(statistics.median(found))
        print(f"commit of 20 quads to {size:,}, in ms: {spread([each * 1e3 for each in found], '.0f')}")
    print(f"commit of 20 quads, {SIZES[1]:,} / {SIZES[0]:,}: {medians[1] / medians[0]:.2f}")


def timed(store: VersionedStore, first: int) -> float:
    start = time.perf_counter()
    with store.fork() as fork:
        fork.apply(map(quad, range(first, first + 20)))
        fork.publish(commit("bench"))
    return time.perf_counter() - start


def spread(found: list[float], form: str) -> str:
    """Write median, least and most."""
    return f"median {statistics.median(found):{form}} ({min(found):{form}} to {max(found):{form}})"


def quad(number: int) -> ox.Quad:
    return ox.Quad(
        ox.NamedNode(f"http://example.org/{number // 5}"),
        ox.NamedNode(f"http://example.org/p{number % 5}"),
        ox.Literal(str(number)),
        ox.NamedNode(f"http://example.org/graph/{number // 1000}"),
    )


def commit(message: str) -> Commit:
    return Commit(author="bench", message=message, time=datetime.now(UTC))


if __name__ == "__main__":
    main()
