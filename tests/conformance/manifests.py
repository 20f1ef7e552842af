"""The manifests of the W3C's rdf-tests: which tests there are, and the files that they name.

Everything is read with the base that the tests are published under, so that relative IRIs in data, queries and results
come out the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Node: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

PUBLISHED = "https://w3c.github.io/rdf-tests/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
DAWGT = "http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#"


class Graph:
    """Read RDF by walking from node to node."""

    def __init__(self, content: bytes, rdf_format: ox.RdfFormat, base: str) -> None:
        """Parse a document."""
        self._data = ox.Store()
        self._data.load(content, format=rdf_format, base_iri=base)

    def values(self, node: Node, predicate: str) -> list[Node]:
        """Give the objects of a node for a predicate."""
        if isinstance(node, ox.Literal | ox.Triple):
            return []
        return [quad.object for quad in self._data.quads_for_pattern(node, ox.NamedNode(predicate), None)]

    def value(self, node: Node, predicate: str) -> Node | None:
        """Give the object of a node for a predicate, None where there is none."""
        return next(iter(self.values(node, predicate)), None)

    def text(self, node: Node, predicate: str) -> str:
        """Give the text of a literal or an IRI, nothing where there is none."""
        found = self.value(node, predicate)
        return found.value if isinstance(found, ox.NamedNode | ox.Literal) else ""

    def members(self, node: Node | None) -> Iterator[Node]:
        """Give the members of a list."""
        while node is not None and node != ox.NamedNode(RDF + "nil"):
            first = self.value(node, RDF + "first")
            if first is None:
                return
            yield first
            node = self.value(node, RDF + "rest")

    def instances(self, type_iri: str) -> list[Node]:
        """Give the nodes of a type."""
        found = self._data.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(type_iri))
        return [quad.subject for quad in found]

    def objects(self, predicate: str) -> list[Node]:
        """Give all objects of a predicate."""
        return [quad.object for quad in self._data.quads_for_pattern(None, ox.NamedNode(predicate), None)]

    def triples(self) -> list[ox.Triple]:
        """Give all triples."""
        return [quad.triple for quad in self._data]


@dataclass(frozen=True)
class Checkout:
    """Be a checkout of the repository w3c/rdf-tests."""

    root: Path

    def path(self, iri: str) -> Path:
        """Tell where a published file is."""
        return self.root / unquote(iri.removeprefix(PUBLISHED).partition("#")[0])

    def graph(self, iri: str) -> Graph:
        """Read a file of triples."""
        path = self.path(iri)
        return Graph(path.read_bytes(), format_of(path), iri)

    def triples(self, name: str, iri: str) -> dict[str, list[ox.Triple]]:
        """Read a file of triples or quads: the graphs by their names, `name` being that of what has no name there."""
        path = self.path(iri)
        found: dict[str, list[ox.Triple]] = {name: []}
        for quad in ox.parse(path=str(path), format=format_of(path), base_iri=iri):
            graph = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else name
            found.setdefault(graph, []).append(quad.triple)
        return found

    def query(self, iri: str) -> str:
        """Read a query or an update as it is written."""
        return self.path(iri).read_bytes().decode()


@dataclass(frozen=True)
class Test:
    """Be one test: the manifest that describes it, its node there, and its class without the namespace."""

    manifest: Graph
    node: Node
    kind: str
    directory: str

    @property
    def name(self) -> str:
        """Name it by the directory of its manifest and the end of its IRI."""
        iri = self.node.value if isinstance(self.node, ox.NamedNode) else ""
        return f"{self.directory}/{iri.rpartition('#')[2] or iri.rpartition('/')[2]}"

    @property
    def action(self) -> Node:
        """Give what is to be done."""
        return self._part("action")

    @property
    def result(self) -> Node:
        """Give what should come of it."""
        return self._part("result")

    def _part(self, name: str) -> Node:
        found = self.manifest.value(self.node, MF + name)
        if found is None:
            raise ValueError(f"{self.name} has no mf:{name}")
        return found


def tests(checkout: Checkout, iri: str) -> Iterator[Test]:
    """Give the tests of a manifest and of those that it includes, in their order."""
    manifest = checkout.graph(iri)
    for included in chain.from_iterable(map(manifest.members, manifest.objects(MF + "include"))):
        if isinstance(included, ox.NamedNode):
            yield from tests(checkout, included.value)
    directory = iri.removeprefix(f"{PUBLISHED}sparql/").rpartition("/")[0]
    for entry in chain.from_iterable(map(manifest.members, manifest.objects(MF + "entries"))):
        kind = manifest.text(entry, RDF + "type").rpartition("#")[2]
        yield Test(manifest, entry, kind, directory)


def format_of(path: Path) -> ox.RdfFormat:
    """Tell the format of a file of triples by its ending."""
    found = ox.RdfFormat.from_extension(path.suffix.removeprefix("."))
    if found is None:
        raise ValueError(f"{path} is no RDF that is known here")
    return found
