"""Timings as ratios beside peers, in one run: `make bench`.

The shipped graph and a synthetic one, served by `sayso serve` and by Oxigraph's own server; the shipped graph by
rdflib-endpoint too. Rounds alternate, so that a machine that drifts drifts for both; medians count. SAYSO_BENCH_QUADS
sets the size of the synthetic graph (a million unless told), SAYSO_BENCH_OPTIONS further options of `sayso serve`.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox
import stream
from load import load
from synthetic import quads as synthetic

from sayso import library, mapping
from sayso.mapping import editions
from sayso.store import Commit, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EXTRA = os.environ.get("SAYSO_BENCH_OPTIONS", "").split()
ROUNDS = 5
REQUESTS = 3000
SIZE = int(os.environ.get("SAYSO_BENCH_QUADS", "1000000"))
COMMIT_SIZES = (10_000, 200_000)
PREFIX = "PREFIX say: <https://w3id.org/sayso/ns#> PREFIX v: <https://w3id.org/sayso/vocab/> "
HEAVY = (
    PREFIX + "SELECT ?who (COUNT(*) AS ?n) { ?a a say:Allegation ; say:accused ?who } "
    "GROUP BY ?who ORDER BY DESC(?n) LIMIT 10",
    PREFIX
    + "SELECT ?one ?other (COUNT(*) AS ?n) { ?m a say:Meeting ; say:participant ?one, ?other FILTER(?one != ?other) } "
    "GROUP BY ?one ?other ORDER BY DESC(?n) LIMIT 10",
    PREFIX + "SELECT ?g { ?s say:gist ?g ; say:hedge v:believed FILTER(CONTAINS(STR(?g), '77')) } LIMIT 1000",
)
serial = itertools.count()


def main() -> None:
    """Run everything and print a line for each comparison."""
    shipped = mapping.build(library.find()).quads
    with tempfile.TemporaryDirectory() as folder:
        with served("shipped", shipped, Path(folder), rdflib_too=True) as ports:
            compare_lookups("shipped graph", ports, subjects(shipped))
        made = list(synthetic(SIZE))
        with served("synthetic", made, Path(folder)) as ports:
            title = f"synthetic graph of {len(made):,} quads"
            compare_lookups(title, ports, subjects(made))
            compare_heavy(title, ports, Path(folder) / "synthetic")
    commits()
    stream.main()


def compare_lookups(title: str, ports: dict[str, int], names: list[str]) -> None:
    """Compare point lookups a second: every query new, and four in five of them repeated as Zipf has it."""
    chance = random.Random(7)
    popular = [lookup(name) for name in names[:200]]
    weights = [1 / rank for rank in range(1, len(popular) + 1)]
    for kind in ("new", "repeated"):
        rates: dict[str, list[float]] = {name: [] for name in ports}
        for _ in range(ROUNDS):
            for name, port in ports.items():
                number = REQUESTS if name != "rdflib-endpoint" else 40
                fresh = [lookup(chance.choice(names)) for _ in range(number)]
                again = chance.choices(popular, weights, k=number)
                asked = (
                    fresh
                    if kind == "new"
                    else [a if chance.random() < 0.8 else f for a, f in zip(again, fresh, strict=True)]
                )
                rates[name].append(load(port, path_of(name), asked).rate)
        for name, found in rates.items():
            print(f"{title}, {kind} point lookups a second, {name}: {spread(found, ',.0f')}")
        for name, found in list(rates.items())[1:]:
            ratios = [ours / theirs for ours, theirs in zip(rates["sayso"], found, strict=True)]
            print(f"{title}, {kind} point lookups, sayso / {name}: {spread(ratios, '.2f')}", flush=True)


def compare_heavy(title: str, ports: dict[str, int], store: Path) -> None:
    """Compare queries of many milliseconds with the same evaluated in this process."""
    data = VersionedStore.open(store).read()
    for number, text in enumerate(HEAVY, 1):
        ours, inside = [], []
        for _ in range(ROUNDS):
            asked = f"{text} # {next(serial)}"
            began = time.perf_counter()
            load_one(ports["sayso"], asked)
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            found = cast("ox.QuerySolutions", data.query(asked, use_default_graph_as_union=True))
            found.serialize(format=ox.QueryResultsFormat.JSON)
            inside.append(time.perf_counter() - began)
        ratios = [a / b for a, b in zip(ours, inside, strict=True)]
        took = f"{statistics.median(inside) * 1e3:,.0f} ms"
        print(f"{title}, query {number}: in process {took}, over HTTP / in process: {spread(ratios, '.2f')}")


def load_one(port: int, query: str) -> None:
    """Ask one query."""
    load_path = f"http://127.0.0.1:{port}/sparql"
    request = urllib.request.Request(load_path, query.encode(), {"Content-Type": "application/sparql-query"})
    with urllib.request.urlopen(request, timeout=120) as response:
        response.read()


@contextmanager
def served(name: str, quads: Iterable[ox.Quad], folder: Path, *, rdflib_too: bool = False) -> Iterator[dict[str, int]]:
    """Serve the quads by every server that is installed; gives the ports by name, our own first."""
    store = VersionedStore.create(folder / name, quads, commit("bench"))
    file = folder / f"{name}.nq"
    file.write_bytes(editions.n_quads(quads))
    with ExitStack() as servers:
        ports = {
            "sayso": servers.enter_context(
                running([sys.executable, "-m", "sayso", "serve", "--store", str(store.path), *EXTRA, "--port"])
            )
        }
        oxigraph = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
        if oxigraph:
            peer = str(folder / f"{name}-oxigraph")
            subprocess.run([oxigraph, "load", "-l", peer, "-f", str(file)], check=True, capture_output=True)
            command = [oxigraph, "serve-read-only", "-l", peer, "--union-default-graph", "--bind"]
            ports["oxigraph"] = servers.enter_context(running(command, host="127.0.0.1:"))
        endpoint = shutil.which("rdflib-endpoint", path=str(Path(sys.executable).parent))
        if endpoint and rdflib_too:
            ports["rdflib-endpoint"] = servers.enter_context(
                running([endpoint, "serve", "--host", "127.0.0.1", str(file), "--port"])
            )
        yield ports


@contextmanager
def running(command: list[str], host: str = "") -> Iterator[int]:
    """Run a server on a free port of the loopback interface and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = subprocess.Popen([*command, f"{host}{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def commits() -> None:
    """Compare the commit of twenty quads at two sizes of the store."""
    medians = []
    for size in COMMIT_SIZES:
        with tempfile.TemporaryDirectory() as folder:
            made = list(synthetic(size))
            store = VersionedStore.create(Path(folder) / "store", made, commit("made"))
            found = [timed(store) for _ in range(ROUNDS)]
        medians.append(statistics.median(found))
        print(f"commit of 20 quads to {size:,}, in ms: {spread([each * 1e3 for each in found], '.0f')}")
    print(f"commit of 20 quads, {COMMIT_SIZES[1]:,} / {COMMIT_SIZES[0]:,}: {medians[1] / medians[0]:.2f}")


def timed(store: VersionedStore) -> float:
    """Commit twenty new quads and give the seconds."""
    node = ox.NamedNode(f"http://example.org/{next(serial)}")
    added = [ox.Quad(node, ox.NamedNode("http://example.org/p"), ox.Literal(number)) for number in range(20)]
    start = time.perf_counter()
    with store.fork() as fork:
        fork.apply(added)
        fork.publish(commit("bench"))
    return time.perf_counter() - start


def subjects(quads: Iterable[ox.Quad]) -> list[str]:
    """List some of the subjects, in a fixed and mixed order."""
    names = sorted({quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)})
    random.Random(3).shuffle(names)
    return names[:20_000]


def lookup(name: str) -> str:
    """Ask for everything about a subject; no two such queries are the same text."""
    return f"SELECT ?p ?o WHERE {{ <{name}> ?p ?o }} # {next(serial)}"


def path_of(name: str) -> str:
    """Give the path of a server's endpoint."""
    return {"oxigraph": "/query", "rdflib-endpoint": "/"}.get(name, "/sparql")


def spread(found: list[float], form: str) -> str:
    """Write median, least and most."""
    return f"median {statistics.median(found):{form}} ({min(found):{form}} to {max(found):{form}})"


def commit(message: str) -> Commit:
    """Describe a commit of now."""
    return Commit(author="bench", message=message, time=datetime.now(UTC))


if __name__ == "__main__":
    main()
