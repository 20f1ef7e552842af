"""A writer through the gate, to be killed: `python gate_writer.py STORE NAME`.

It adds one group of nodes after another and says the number of each once it is published, until it is killed. Every
third group breaks the shapes and is refused, every fifth goes in by an update of two operations.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import pyoxigraph as ox

from sayso import updates
from sayso.errors import DataRefused
from sayso.gate import Gate, Write
from sayso.store import VersionedStore
from sayso.updates import Update

E = "http://e/"
SHAPES = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://e/> .
:S a sh:NodeShape ; sh:targetSubjectsOf :in ; sh:property [ sh:path :next ; sh:minCount 1 ; sh:nodeKind sh:IRI ] .
"""
SIZE = 5  # nodes of a group; each has two quads


def group(name: str, number: int) -> set[ox.Quad]:
    """Make a ring of nodes, all of which say in which group they are."""
    head = f"{E}{name}/{number}"
    nodes = [ox.NamedNode(f"{head}/{item}") for item in range(SIZE)]
    ring = zip(nodes, [*nodes[1:], nodes[0]], strict=True)
    graph = ox.NamedNode(head)
    return {
        quad
        for node, after in ring
        for quad in (
            ox.Quad(node, ox.NamedNode(f"{E}in"), graph, graph),
            ox.Quad(node, ox.NamedNode(f"{E}next"), after, graph),
        )
    }


def is_wrong(number: int) -> bool:
    return number % 3 == 0


def write(gate: Gate, name: str, number: int) -> None:
    quads = sorted(group(name, number), key=str)
    kept = quads[:-1] if is_wrong(number) else quads
    if number % 5:
        gate.submit(Write(name, str(number)), lambda fork: fork.apply(kept))
        return
    half = len(kept) // 2
    parts = (
        " ".join(f"GRAPH {each.graph_name} {{ {each.triple} }}" for each in part) for part in (kept[:half], kept[half:])
    )
    updates.run(Update(" ; ".join(f"INSERT DATA {{ {part} }}" for part in parts)), gate, Write(name, str(number)))


def main(path: Path, name: str) -> None:
    gate = Gate(VersionedStore.open(path))
    _say("ready")
    for number in count(1):
        try:
            write(gate, name, number)
            _say(number)
        except DataRefused:
            if not is_wrong(number):
                raise


def _say(what: int | str) -> None:
    print(what, flush=True)  # noqa: T201  # the test reads it


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
