"""What an addition costs as the store grows, and what a full validation costs beside pySHACL: part of `make bench`.

The shipped graph is made larger by a synthetic one in the same model. An addition is a shipped statement with its chain
under a new name, of 20 triples. Three times are taken, each a median:

    validation    the verdict alone, over a version that has been read before
    first touch   the verdict over a version that was opened a moment ago, as every addition meets it
    published     over HTTP, from the request to the answer that says the version
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pyoxigraph as ox
import synthetic
from run import ROUNDS, commit, running, spread

from sayso import documents, gate, library, mapping, tokens
from sayso.namespaces import ID, SAY
from sayso.shacl import oracle
from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import View
from sayso.shacl.validate import validate
from sayso.store import Delta, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sayso.library import Project
    from sayso.shacl.shapes import Shapes

ADDITION = 20  # triples
ADDITIONS = 25  # of each kind, for one median
SIZES = (0, 1_000_000, 5_000_000)  # synthetic quads beside the shipped ones
ALLOWED = 1.5  # how much longer an addition may take to the largest store than to the smallest

Quads: TypeAlias = "Sequence[ox.Quad]"


def main() -> None:
    """Run everything and print a line for each comparison."""
    project = library.find()
    shipped = mapping.build(project).quads
    full(project, shipped)
    sizes = [int(each) for each in sys.argv[1:]] or SIZES
    found = [additions(project, shipped, size) for size in sizes]
    for name, medians in zip(("validation", "first touch", "published"), zip(*found, strict=True), strict=True):
        ratio = medians[-1] / medians[0]
        print(f"{name}, {sizes[-1]:,} more quads / {sizes[0]:,} more: {ratio:.2f} (at most {ALLOWED} is wanted)")


def full(project: Project, shipped: Quads) -> None:
    """Compare the validation of the whole shipped graph with that by pySHACL."""
    shapes, store = compile_shapes(project.shapes), stored(shipped)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        own = validate(View(store), shapes)
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    reference = oracle.validate(shipped, project.shapes)
    seconds = time.perf_counter() - start
    if len(own) != len(reference):
        raise RuntimeError(f"pySHACL finds {len(reference)} results, we {len(own)}")
    print(f"full validation of {len(shipped):,} quads, in s: {spread(times, '.2f')}; pySHACL {seconds:.1f}")
    print(f"full validation, pySHACL / sayso: {seconds / statistics.median(times):.0f}")


def additions(project: Project, shipped: Quads, size: int) -> tuple[float, float, float]:
    """Time additions to a store of a size; gives the three medians in seconds."""
    shapes = compile_shapes(project.shapes)
    pattern = statement(shipped, shapes)
    with tempfile.TemporaryDirectory() as folder:
        content = (quad for part in (shipped, synthetic.quads(size) if size else ()) for quad in part)
        store = VersionedStore.create(Path(folder) / "store", content, commit("made"), project.shapes.read_bytes())
        count = store.entry(1).quads
        first = [verdict(store.read(), count, copy(pattern, number), shapes) for number in range(ADDITIONS)]
        data = store.read()
        for number in range(ADDITIONS):
            verdict(data, count, copy(pattern, number), shapes)
        warm = [verdict(data, count, copy(pattern, number), shapes) for number in range(ADDITIONS)]
        published = over_http(store, pattern)
    for name, times in (("validation", warm), ("first touch", first), ("published", published)):
        shown = spread([each * 1e3 for each in times], ".2f")
        print(f"addition of {ADDITION} triples to {count:,} quads, {name} in ms: {shown}")
    return statistics.median(warm), statistics.median(first), statistics.median(published)


def verdict(data: ox.Store, count: int, addition: list[ox.Quad], shapes: Shapes) -> float:
    start = time.perf_counter()
    found = gate.judge(data, count, Delta(frozenset(addition), frozenset()), shapes)
    seconds = time.perf_counter() - start
    if found.results:
        raise RuntimeError(f"the addition is refused: {found.results[0].message}")
    return seconds


def over_http(store: VersionedStore, pattern: list[ox.Quad]) -> list[float]:
    """Send additions one after the other; the first, for which the server compiles the shapes, does not count."""
    token = tokens.add(store.path, "bench", datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/n-triples"}
    times = []
    with running([sys.executable, "-m", "sayso", "serve", "--store", str(store.path), "--port"]) as port:
        address = f"http://127.0.0.1:{port}/graphs?graph=https%3A%2F%2Fexample.org%2Fbench"
        for number in range(ADDITIONS + 1):
            body = documents.write([quad.triple for quad in copy(pattern, number)], ox.RdfFormat.N_TRIPLES)
            request = urllib.request.Request(address, body, headers, method="POST")
            start = time.perf_counter()
            with urllib.request.urlopen(request, timeout=60) as response:
                response.read()
            times.append(time.perf_counter() - start)
    return times[1:]


def statement(shipped: Quads, shapes: Shapes) -> list[ox.Quad]:
    """Find a shipped statement that, with its hops, has so many triples and passes under another name."""
    data = stored(shipped)
    for quad in sorted(data.quads_for_pattern(None, SAY["gist"], None), key=str):
        found = [each for node in nodes(data, quad.subject) for each in data.quads_for_pattern(node, None, None)]
        triples = Delta(frozenset(copy(found, 0)), frozenset())
        if len(found) == ADDITION and not gate.judge(data, len(data), triples, shapes).results:
            return found
    raise RuntimeError(f"no shipped statement has {ADDITION} triples")


def nodes(data: ox.Store, node: ox.NamedNode | ox.BlankNode | ox.Triple) -> Iterator[ox.NamedNode]:
    """Give a statement and the hops of its chain."""
    if isinstance(node, ox.NamedNode):
        yield node
        for predicate in (SAY["accordingTo"], SAY["citing"]):
            for link in data.quads_for_pattern(node, predicate, None):
                yield from nodes(data, link.object) if isinstance(link.object, ox.NamedNode) else ()


def copy(pattern: list[ox.Quad], number: int) -> list[ox.Quad]:
    """Give a statement and its hops another name."""
    old = min((quad.subject.value for quad in pattern if isinstance(quad.subject, ox.NamedNode)), key=len)
    new = f"{ID}bench/s{number}"

    def renamed(term: documents.Term) -> documents.Term:
        value = term.value if isinstance(term, ox.NamedNode) else ""
        return ox.NamedNode(new + value.removeprefix(old)) if value.startswith(old) else term

    return [documents.placed(documents.rebuilt(quad.triple, renamed), ID["bench"]) for quad in pattern]


def stored(quads: Quads) -> ox.Store:
    store = ox.Store()
    store.bulk_extend(quads)
    return store


if __name__ == "__main__":
    main()
