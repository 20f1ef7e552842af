"""SPARQL 1.1 Graph Store HTTP Protocol: whole graphs are read, replaced, merged into and removed.

Section numbers are those of https://www.w3.org/TR/sparql11-http-rdf-update/.

The store knows no empty graphs: a named graph exists as long as a quad is in it, which section 5.3 leaves to SPARQL 1.1
Update, and that to the store. So PUT of an empty graph does what it is defined to do, DROP SILENT and INSERT DATA of
nothing: the graph is not there afterwards, and where it was not there before, nothing was created.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4
from xml.parsers import expat

import pyoxigraph as ox

from sayso import documents, negotiation, sparql
from sayso.errors import (
    BadRequest,
    DocumentError,
    GraphMissing,
    PreconditionFailed,
    UnsupportedMediaType,
    WriteRefused,
)
from sayso.store import Commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from sayso.store import Fork, VersionedStore

GraphName: TypeAlias = ox.NamedNode | ox.DefaultGraph

MULTIPART = "multipart/form-data"
EXPANSION = 64 << 20  # what the entities of an XML body may grow to: as much as a body itself may have

# Types that say little: programs send them for whatever they do not know, so the ending of the file's name counts more.
_VAGUE = ("", "application/octet-stream", "text/plain", "application/xml", "text/xml", "application/json")
_UTF8 = ("utf-8", "utf8", "us-ascii")
_REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\w+);)")


@dataclass(frozen=True)
class Part:
    """Be one file of a multipart/form-data body."""

    filename: str
    media_type: str
    body: bytes


@dataclass(frozen=True)
class Operation:
    """Be a request as it arrived over HTTP.

    `iri` is the absolute IRI of the request without its query; `direct` says that it names a graph and not the store of
    graphs (sections 4.1 and 4.2). `media_type` is the whole Content-Type header, None where there is none.
    """

    iri: str
    query_string: bytes = b""
    direct: bool = False
    media_type: str | None = None
    body: bytes = b""
    files: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Write:
    """Say who writes, and why; `expected` is the version that the writer has seen, None where any will do."""

    author: str
    message: str
    time: datetime | None = None
    expected: int | None = None


@dataclass(frozen=True)
class Written:
    """Say which version a write resulted in, and which graph it created: its IRI, None where it created none."""

    version: int
    created: str | None = None


def graph_of(operation: Operation) -> GraphName | None:
    """Tell which graph a request is about, None for the store of graphs itself (section 4); raises BadRequest."""
    given = [(key, value) for key, value in sparql.parameters(operation.query_string) if key in ("default", "graph")]
    if len(given) + operation.direct > 1:
        raise BadRequest("A request is about one graph: give one of ?default, ?graph=IRI, and the path of a graph")
    if operation.direct:
        return _absolute(operation.iri)
    if not given:
        return None
    key, value = given[0]
    return ox.DefaultGraph() if key == "default" else _absolute(value)


def content(data: ox.Store, operation: Operation, media_type: str, prefixes: Mapping[str, str] | None = None) -> bytes:
    """Write the graph that a request is about, from a store open to read (sections 5.2 and 5.6, GET and HEAD).

    The formats for quads hold its triples without its name. Raises BadRequest or GraphMissing; the default graph is
    always there.
    """
    graph = _named(operation)
    if not is_there(data, graph):
        raise GraphMissing(f"There is no graph {graph} here")
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    return data.dump(format=rdf_format, from_graph=graph, prefixes=dict(prefixes or {})) or b""


def put(operation: Operation, store: VersionedStore, write: Write) -> Written:
    """Replace a graph by the body (section 5.3).

    Raises what reading the body raises (`triples`) and what `publish` raises.
    """
    graph = _named(operation)
    added = triples(operation, graph)

    def replace(fork: Fork) -> str | None:
        existed = is_there(fork.store, graph)
        fork.apply(added, list(fork.store.quads_for_pattern(None, None, None, graph)))
        return None if existed or not added else _iri(graph)

    return publish(store, write, replace)


def post(operation: Operation, store: VersionedStore, write: Write) -> Written:
    """Merge the body into a graph, or into a new one where the request names none (section 5.5).

    The new graph gets an IRI under that of the request, where it is then found. An empty body changes and creates
    nothing. Raises as `put`.
    """
    graph = graph_of(operation)
    graph = ox.NamedNode(f"{operation.iri.rstrip('/')}/{uuid4()}") if graph is None else graph
    added = frozenset() if _is_empty(operation) else triples(operation, graph)

    def merge(fork: Fork) -> str | None:
        existed = is_there(fork.store, graph)
        fork.apply(added)
        return None if existed or not added else _iri(graph)

    return publish(store, write, merge)


def delete(operation: Operation, store: VersionedStore, write: Write) -> Written:
    """Remove a graph; the default graph is emptied (section 5.4). Raises GraphMissing and as `publish`."""
    graph = _named(operation)

    def remove(fork: Fork) -> None:
        if not is_there(fork.store, graph):
            raise GraphMissing(f"There is no graph {graph} here")
        fork.apply((), list(fork.store.quads_for_pattern(None, None, None, graph)))

    return publish(store, write, remove)


def publish(store: VersionedStore, write: Write, change: Callable[[Fork], str | None]) -> Written:
    """Make a change on a fork of the store and publish it: all of it, or nothing where it raises.

    `change` returns the IRI of the graph that it created. Raises PreconditionFailed, WriteRefused, StoreLocked where
    another writer is too slow, and what `change` raises.
    """
    with store.fork() as fork:
        if write.expected not in (None, fork.parent.number):
            raise PreconditionFailed(
                f"The dataset is at version {fork.parent.number}, not {write.expected}: read it again, then write again"
            )
        admit(store)
        created = change(fork)
        version = fork.publish(Commit(write.author, write.message, write.time))
    return Written(version.number, created)


def admit(store: VersionedStore) -> None:
    """Refuse writes to a store whose content keeps to shapes, as long as nothing here checks that they still do."""
    if store.shapes() is not None:
        raise WriteRefused(
            "This store keeps to SHACL shapes, and writes over HTTP are not checked against them yet: "
            "additions go through `sayso add`, coming with the gate"
        )


def is_there(data: ox.Store, graph: GraphName) -> bool:
    """Tell whether a store has a graph; the default graph is always there."""
    if isinstance(graph, ox.DefaultGraph):
        return True
    return next(data.quads_for_pattern(None, None, None, graph), None) is not None


def triples(operation: Operation, graph: GraphName) -> frozenset[ox.Quad]:
    """Read the body of a request as the content of a graph; its blank nodes are new ones.

    Raises DocumentError with line and column where it does not parse, BadRequest where it names graphs itself, and
    UnsupportedMediaType.
    """
    base = _iri(graph) or operation.iri
    return frozenset(
        placed(triple, graph) for part, rdf_format in _parts(operation) for triple in _of_part(part, rdf_format, base)
    )


def placed(triple: ox.Triple, graph: GraphName | ox.BlankNode) -> ox.Quad:
    """Put a triple into a graph."""
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)


def rebuilt(triple: ox.Triple, change: Callable[[documents.Term], documents.Term]) -> ox.Triple:
    """Change every term of a triple, those of a triple term in it included.

    Raises TypeError where a term then stands in a place that it cannot have, such as a literal as the subject.
    """
    terms = (rebuilt(term, change) if isinstance(term, ox.Triple) else change(term) for term in triple)
    return ox.Triple(*terms)  # type: ignore[arg-type]  # that is what TypeError is for


def _named(operation: Operation) -> GraphName:
    graph = graph_of(operation)
    if graph is None:
        raise BadRequest("This is the store of all graphs: name one with ?default, ?graph=IRI, or its path")
    return graph


def _absolute(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise BadRequest(f"{iri!r} is no absolute IRI, and so names no graph: {error}") from error


def _is_empty(operation: Operation) -> bool:
    return not operation.body and _content_type(operation.media_type or "")[0] != MULTIPART


def _iri(graph: GraphName) -> str | None:
    return graph.value if isinstance(graph, ox.NamedNode) else None


def _parts(operation: Operation) -> list[tuple[Part, ox.RdfFormat]]:
    if operation.media_type is None:  # Section 5: without the header the server should try RDF/XML.
        return [(Part("body (read as RDF/XML: it has no Content-Type)", "", operation.body), ox.RdfFormat.RDF_XML)]
    kind, charset = _content_type(operation.media_type)
    if kind != MULTIPART:
        return [(Part("body", kind, operation.body), _format(kind, charset))]
    if not operation.files:
        raise BadRequest("This multipart/form-data body has no file in it: send each document as a file")
    return [(part, _format_of_file(part)) for part in operation.files]


def _content_type(header: str) -> tuple[str, str]:
    """Take a Content-Type header apart: the media type, and the charset or nothing."""
    kind, *parameters = (part.strip().lower() for part in header.split(";"))
    pairs = dict(parameter.partition("=")[::2] for parameter in parameters)
    return kind, pairs.get("charset", "").strip('"')


def _format(kind: str, charset: str) -> ox.RdfFormat:
    known = (kind, *negotiation.ALIASES.get(kind, ()))
    name = next((each for each in known if each in negotiation.GRAPHS), None)
    found = ox.RdfFormat.from_media_type(name) if name else None
    if found is None:
        raise UnsupportedMediaType(kind, (*negotiation.GRAPHS, MULTIPART))
    if charset and charset not in _UTF8:
        raise UnsupportedMediaType(f"{kind}; charset={charset}", tuple(f"{each}; charset=utf-8" for each in known[:1]))
    return found


def _format_of_file(part: Part) -> ox.RdfFormat:
    kind, charset = _content_type(part.media_type)
    by_name = ox.RdfFormat.from_extension(Path(part.filename).suffix.removeprefix("."))
    return by_name if by_name is not None and kind in _VAGUE else _format(kind, charset)


def _of_part(part: Part, rdf_format: ox.RdfFormat, base: str) -> Iterator[ox.Triple]:
    if rdf_format == ox.RdfFormat.RDF_XML:
        _refuse_expansion(part)
        _expect_well_formed(part)
    # The labels of a document are its own: they must not meet those of another, nor of the store.
    fresh: defaultdict[documents.Term, documents.Term] = defaultdict(ox.BlankNode)
    for located in documents.parse(part.body, rdf_format, part.filename, base):
        if not isinstance(located.quad.graph_name, ox.DefaultGraph):
            raise BadRequest(
                f"{part.filename}:{located.line}: the body is the content of one graph, which the request names, but "
                f"here is a triple of the graph {located.quad.graph_name}: leave the names out, or use SPARQL Update"
            )
        yield rebuilt(located.quad.triple, lambda term: fresh[term] if isinstance(term, ox.BlankNode) else term)


def _refuse_expansion(part: Part) -> None:
    """Refuse XML whose entities could grow to more than `EXPANSION` bytes (a "billion laughs").

    Oxigraph fetches no entity, but resolves those within each other without a limit. Ontology editors declare short
    names of namespaces as entities, so entities as such are taken. The text between `<!ENTITY` and the next `<` is what
    Oxigraph reads as a declaration; the longest for every `&` is more than they can ever grow to.
    """
    declared = [each.partition(b"<")[0] for each in part.body.split(b"<!ENTITY")[1:]]
    nested = next((each for each in declared if _REFERENCE.search(each)), None)
    if nested is not None:
        line = part.body.count(b"\n", 0, part.body.index(nested)) + 1
        raise DocumentError(part.filename, line, None, "an XML entity refers to another, which is not taken here")
    if max(map(len, declared), default=0) * part.body.count(b"&") > EXPANSION:
        raise DocumentError(part.filename, 1, None, f"the XML entities may grow to more than {EXPANSION} bytes")


def _expect_well_formed(part: Part) -> None:
    """Refuse XML that is not well-formed, with its place.

    Oxigraph takes a document that ends before its elements do, even an empty one, and does not say where an error is.
    Without handlers expat fetches nothing and keeps nothing.
    """
    parser = expat.ParserCreate()
    try:
        parser.Parse(part.body, True)  # noqa: FBT003  # the positional flag says that this is all
    except expat.ExpatError as error:
        problem = f"not well-formed XML: {expat.ErrorString(error.code)}"
        raise DocumentError(part.filename, error.lineno, error.offset + 1, problem) from error
