"""Additions: documents read as what they add to a store, with the places where it is written.

A document is plain RDF, or the mapping of an article as it is written by hand. Plain RDF is added as it stands: quads
in the graphs that they name, triples in a graph that is given. A Turtle file that describes one say:Article is the
mapping of it, which the build makes into what is stored (`mapping`): chains get names, passages hashes and positions,
dates their bounds, and what follows from all statements is derived. The article replaces its graph, so that adding a
corrected file again corrects it; the store then holds what a build of all the files would give.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

import pyoxigraph as ox

from sayso import documents, mapping
from sayso.documents import Located, Position, placed
from sayso.errors import DocumentError
from sayso.gate import Source
from sayso.mapping import dates, derive, passages
from sayso.namespaces import GRAPH, ID, SAY, TYPE
from sayso.store import as_stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sayso.documents import GraphName
    from sayso.mapping.passages import Fingerprint
    from sayso.store import Fork

_CITING = (SAY["evidence"], SAY["setAside"])
_TAKEN = ("ontology", "meta", "entities", "links", "passages", "derived")  # graphs that are no article's


@dataclass(frozen=True)
class Document:
    """Be an RDF document; `name` is what errors and findings call it."""

    name: Path
    content: bytes
    rdf_format: ox.RdfFormat


@dataclass(frozen=True)
class Addition:
    """Be quads to add, and where they were written."""

    quads: frozenset[ox.Quad] = frozenset()
    source: Source = field(default_factory=Source)

    @classmethod
    def of(cls, given: Sequence[Document], located: Sequence[tuple[Path, Located]]) -> Self:
        """Make an addition of what was parsed from documents that came in a request."""
        source = Source(given[0].name, partial(positions, located), {each.name: each.content for each in given})
        return cls(frozenset(each.quad for _, each in located), source)


@dataclass(frozen=True)
class Article:
    """Be the mapping of one article: its name, what it adds before anything is derived, and the places of that."""

    name: str
    quads: frozenset[ox.Quad]
    located: tuple[tuple[Path, Located], ...]


@dataclass(frozen=True)
class Files:
    """Be files to add, some of them mapped articles."""

    plain: Addition
    articles: tuple[Article, ...] = ()

    @property
    def source(self) -> Source:
        """Tell where everything was written."""
        places = [pair for article in self.articles for pair in article.located]
        plain = self.plain.source
        return Source(plain.name, lambda: {**positions(places), **plain.positions()}, contents=None)

    def apply(self, fork: Fork) -> None:
        """Make the change on a fork."""
        fork.apply(self.plain.quads)
        for article in self.articles:
            fork.apply(article.quads, _of_article(fork.store, article.name))
        if self.articles:
            _derive(fork)


def read(paths: Sequence[Path], graph: GraphName, fingerprints: Mapping[str, Fingerprint] | None = None) -> Files:
    """Read files whose ending tells the format.

    `graph` takes the triples of plain RDF. `fingerprints` are those of the recorded passages of mapped articles; where
    they are None every file is plain RDF. Raises DocumentError where a file does not parse or cannot be mapped.
    """
    given = [Document(path, documents.read(path), documents.format_of(path)) for path in paths]
    names = {each.name: None if fingerprints is None else _described(each) for each in given}
    plain = [
        (each.name, located)
        for each in given
        if names[each.name] is None
        for located in _plain(each, graph, each.name.absolute().as_uri())
    ]
    return Files(
        Addition(frozenset(each.quad for _, each in plain), Source(given[0].name, partial(positions, plain))),
        tuple(_article(each, name, fingerprints or {}) for each in given if (name := names[each.name]) is not None),
    )


def plain(given: Sequence[Document], graph: GraphName, base: str) -> Addition:
    """Read documents of a request as plain RDF: quads in the graphs that they name, triples in the graph given.

    Raises DocumentError where a document does not parse.
    """
    return Addition.of(given, [(each.name, located) for each in given for located in _plain(each, graph, base)])


def positions(located: Iterable[tuple[Path, Located]]) -> dict[ox.Triple, Position]:
    """Tell where triples, as the store will have them, were written; of several places the first counts."""
    found: dict[ox.Triple, Position] = {}
    for file, each in located:
        found.setdefault(_stored(each.quad.triple), Position(file, each.line))
    return found


def _plain(document: Document, graph: GraphName, base: str) -> Iterator[Located]:
    for each in documents.parse(document.content, document.rdf_format, document.name, base, fresh=True):
        named = not isinstance(each.quad.graph_name, ox.DefaultGraph)
        yield each if named else Located(placed(each.quad.triple, graph), each.line)


def _described(document: Document) -> str | None:
    """Give the name of the article that a Turtle document describes, None where it describes none or several."""
    if document.rdf_format != ox.RdfFormat.TURTLE:
        return None
    quads = (each.quad for each in documents.parse(document.content, document.rdf_format, document.name))
    nodes = {quad.subject for quad in quads if quad.predicate == TYPE and quad.object == SAY["Article"]}
    names = [
        node.value.removeprefix(ID) for node in nodes if isinstance(node, ox.NamedNode) and node.value.startswith(ID)
    ]
    return names[0] if len(names) == len(nodes) == 1 else None


def _article(document: Document, name: str, fingerprints: Mapping[str, Fingerprint]) -> Article:
    if name in _TAKEN:
        raise DocumentError(
            document.name, 1, None, f"id:{name} cannot be an article: its graph g:{name} has another use"
        )
    parsed = documents.parse(document.content, document.rdf_format, document.name)
    located = tuple((document.name, each) for each in mapping.authored(parsed, document.name, GRAPH[name]))
    quads = {each.quad for _, each in located}
    at = {each.quad.triple: Position(file, each.line) for file, each in reversed(located)}
    quads |= set(passages.described(quads, fingerprints, at))
    set(dates.bounded(quads, at))  # The bounds are derived later, of everything; here a wrong date still has its line.
    return Article(name, frozenset(quads), located)


def _of_article(data: ox.Store, name: str) -> list[ox.Quad]:
    """List what a store has of an article: its graph, and the passages that it cites."""
    own = list(data.quads_for_pattern(None, None, None, GRAPH[name]))
    cited = {
        quad.object if quad.predicate == SAY["evidence"] else quad.subject for quad in own if quad.predicate in _CITING
    }
    nodes = [
        ox.NamedNode(node.value + end) for node in cited if isinstance(node, ox.NamedNode) for end in ("", "/selector")
    ]
    return own + [quad for node in nodes for quad in data.quads_for_pattern(node, None, None, GRAPH["passages"])]


def _derive(fork: Fork) -> None:
    """Bring what is derived up to date, by the rules of the build over all of the store."""
    old = set(fork.store.quads_for_pattern(None, None, None, GRAPH["derived"]))
    stated = [quad for quad in fork.store if quad.graph_name != GRAPH["derived"]]
    bounds = set(dates.bounded(stated))
    fork.apply([*bounds, *derive.derived([*stated, *bounds])], old)


def _stored(triple: ox.Triple) -> ox.Triple:
    if not isinstance(triple.object, ox.Literal | ox.Triple):
        return triple  # Only literals change, and those of triple terms.
    (quad,) = as_stored([placed(triple, ox.DefaultGraph())])
    return quad.triple
