"""The files that a build writes: N-Quads, TriG, Turtle, RDF 1.2 N-Quads and VoID: the same dataset, the same bytes."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

import pyoxigraph as ox

from sayso.documents import Node, write
from sayso.namespaces import GRAPH, RDF, TYPE, Namespace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Graph: TypeAlias = Node | ox.DefaultGraph

VOID = Namespace("http://rdfs.org/ns/void#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
DATASET = ox.NamedNode("https://w3id.org/sayso/dataset")

_SUBJECT, _PREDICATE, _OBJECT, _REIFIES = RDF["subject"], RDF["predicate"], RDF["object"], RDF["reifies"]


def n_quads(quads: Iterable[ox.Quad]) -> bytes:
    """Write N-Quads, one line a quad, in the order of the lines."""
    return "".join(sorted(f"{quad} .\n" for quad in quads)).encode()


def trig(quads: Iterable[ox.Quad], prefixes: dict[str, str]) -> bytes:
    """Write TriG, graph after graph."""
    ordered = sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad)))
    return write(ordered, ox.RdfFormat.TRIG, prefixes)


def turtle(quads: Iterable[ox.Quad], prefixes: dict[str, str]) -> bytes:
    """Write Turtle: the union of all graphs, without their names."""
    triples = sorted({quad.triple for quad in quads}, key=str)
    return write(triples, ox.RdfFormat.TURTLE, prefixes)


def to_rdf12(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Turn each claim's subject, predicate and object into RDF 1.2 reifications, and leave every other quad as it is.

    A claim becomes a reifier: `claim rdf:reifies <<( subject predicate object )>>`, one for each subject and object
    (RDF 1.2 Concepts, section 1.5). The triple terms are not asserted.
    """
    parts: dict[tuple[Node | ox.Triple, Graph], dict[ox.NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        if quad.predicate in (_SUBJECT, _PREDICATE, _OBJECT):
            parts[quad.subject, quad.graph_name][quad.predicate].append(quad.object)
        else:
            yield quad
    for (claim, graph), found in parts.items():
        for subject in found[_SUBJECT]:
            for predicate in found[_PREDICATE]:
                for value in found[_OBJECT]:
                    yield ox.Quad(claim, _REIFIES, ox.Triple(subject, predicate, value), graph)


def from_rdf12(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Turn RDF 1.2 reifications back into rdf:subject, rdf:predicate and rdf:object; the inverse of `to_rdf12`."""
    found = set()
    for quad in quads:
        if quad.predicate == _REIFIES and isinstance(quad.object, ox.Triple):
            for predicate, part in zip((_SUBJECT, _PREDICATE, _OBJECT), quad.object, strict=True):
                found.add(ox.Quad(quad.subject, predicate, part, quad.graph_name))
        else:
            found.add(quad)
    return found


def void(quads: Iterable[ox.Quad], prefixes: dict[str, str]) -> bytes:
    """Describe the dataset in VoID: its counts, its classes and properties, and its graphs, as Turtle."""
    quads = list(quads)
    kept = [quad.triple for quad in quads if quad.graph_name == GRAPH["meta"]]
    described = sorted({*kept, *_counts(quads)}, key=str)
    return write(described, ox.RdfFormat.TURTLE, {**prefixes, "void": VOID, "sd": SD})


def _counts(quads: list[ox.Quad]) -> Iterator[ox.Triple]:
    triples = {quad.triple for quad in quads}
    yield ox.Triple(DATASET, VOID["triples"], ox.Literal(len(triples)))
    classes = Counter(triple.object for triple in triples if triple.predicate == TYPE)
    properties = Counter(triple.predicate for triple in triples)
    graphs = Counter(quad.graph_name for quad in quads)
    partitions: tuple[tuple[str, ox.NamedNode, Counter[Any], ox.NamedNode], ...] = (
        ("classPartition", VOID["class"], classes, VOID["entities"]),
        ("propertyPartition", VOID["property"], properties, VOID["triples"]),
        ("subset", SD["name"], graphs, VOID["triples"]),
    )
    for kind, key, counts, count in partitions:
        for number, (term, size) in enumerate(sorted(counts.items(), key=str), 1):
            part = ox.NamedNode(f"{DATASET.value}/{kind}/{number}")
            yield ox.Triple(DATASET, VOID[kind], part)
            yield ox.Triple(part, key, term)
            yield ox.Triple(part, count, ox.Literal(size))


def write_all(quads: Iterable[ox.Quad], prefixes: dict[str, str], folder: Path) -> list[Path]:
    """Write every edition into a folder, which is made if need be; returns the files in the order of their names."""
    quads = list(quads)
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "sayso.nq": n_quads(quads),
        "sayso.trig": trig(quads, prefixes),
        "sayso.ttl": turtle(quads, prefixes),
        "sayso-rdf12.nq": n_quads(to_rdf12(quads)),
        "void.ttl": void(quads, prefixes),
    }
    for name, content in contents.items():
        unfinished = folder / f".{name}.new"
        unfinished.write_bytes(content)
        unfinished.replace(folder / name)
    return sorted(folder / name for name in contents)
