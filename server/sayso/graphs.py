"""SPARQL 1.1 Graph Store HTTP Protocol: whole graphs are read, replaced, merged into and removed.

Section numbers are those of https://www.w3.org/TR/sparql11-http-rdf-update/.

The store knows no empty graphs: a named graph exists as long as a quad is in it, which section 5.3 leaves to SPARQL 1.1
Update, and that to the store. So PUT of an empty graph does what it is defined to do, DROP SILENT and INSERT DATA of
nothing: the graph is not there afterwards, and where it was not there before, nothing was created.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pyoxigraph as ox

from sayso import documents, negotiation, sparql
from sayso.additions import Addition, Document
from sayso.errors import BadRequest, GraphMissing, UnsupportedMediaType
from sayso.store import has_graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sayso.documents import GraphName, Located
    from sayso.gate import Gate, Write, Written
    from sayso.store import Fork

MULTIPART = "multipart/form-data"

# Types that say little: programs send them for whatever they do not know, so the ending of the file's name counts more.
_VAGUE = ("", "application/octet-stream", "text/plain", "application/xml", "text/xml", "application/json")
_UTF8 = ("utf-8", "utf8", "us-ascii")


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
    if not has_graph(data, graph):
        raise GraphMissing(f"There is no graph {graph} here")
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    return data.dump(format=rdf_format, from_graph=graph, prefixes=dict(prefixes or {})) or b""


def put(operation: Operation, gate: Gate, write: Write) -> Written:
    """Replace a graph by the body (section 5.3).

    Raises what reading the body raises (`triples`) and what `Gate.submit` raises.
    """
    graph = _named(operation)
    body = triples(operation, graph)

    def replace(fork: Fork) -> str | None:
        existed = has_graph(fork.store, graph)
        fork.apply(body.quads, list(fork.store.quads_for_pattern(None, None, None, graph)))
        return None if existed or not body.quads else _iri(graph)

    return gate.submit(write, replace, body.source)


def post(operation: Operation, gate: Gate, write: Write) -> Written:
    """Merge the body into a graph, or into a new one where the request names none (section 5.5).

    The new graph gets an IRI under that of the request, where it is then found. An empty body changes and creates
    nothing. Raises as `put`.
    """
    graph = graph_of(operation)
    graph = ox.NamedNode(f"{operation.iri.rstrip('/')}/{uuid4()}") if graph is None else graph
    body = Addition() if _is_empty(operation) else triples(operation, graph)

    def merge(fork: Fork) -> str | None:
        existed = has_graph(fork.store, graph)
        fork.apply(body.quads)
        return None if existed or not body.quads else _iri(graph)

    return gate.submit(write, merge, body.source)


def delete(operation: Operation, gate: Gate, write: Write) -> Written:
    """Remove a graph; the default graph is emptied (section 5.4). Raises GraphMissing and as `Gate.submit`."""
    graph = _named(operation)

    def remove(fork: Fork) -> None:
        if not has_graph(fork.store, graph):
            raise GraphMissing(f"There is no graph {graph} here")
        fork.apply((), list(fork.store.quads_for_pattern(None, None, None, graph)))

    return gate.submit(write, remove)


def triples(operation: Operation, graph: GraphName) -> Addition:
    """Read the body of a request as the content of a graph; its blank nodes are new ones.

    Raises DocumentError with line and column where it does not parse, BadRequest where it names graphs itself, and
    UnsupportedMediaType.
    """
    base = _iri(graph) or operation.iri
    given = bodies(operation)
    return Addition.of(given, [(each.name, located) for each in given for located in _of_graph(each, graph, base)])


def bodies(operation: Operation) -> list[Document]:
    """List the documents in the body of a request; raises BadRequest or UnsupportedMediaType."""
    if operation.media_type is None:  # Section 5: without the header the server should try RDF/XML.
        name = Path("body (read as RDF/XML: it has no Content-Type)")
        return [Document(name, operation.body, ox.RdfFormat.RDF_XML)]
    kind, charset = _content_type(operation.media_type)
    if kind != MULTIPART:
        return [Document(Path("body"), operation.body, _format(kind, charset))]
    if not operation.files:
        raise BadRequest("This multipart/form-data body has no file in it: send each document as a file")
    return [Document(Path(part.filename), part.body, _format_of_file(part)) for part in operation.files]


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


def _of_graph(document: Document, graph: GraphName, base: str) -> Iterator[Located]:
    for located in documents.parse(document.content, document.rdf_format, document.name, base, fresh=True):
        if not isinstance(located.quad.graph_name, ox.DefaultGraph):
            raise BadRequest(
                f"{document.name}:{located.line}: the body is the content of one graph, which the request names, but "
                f"here is a triple of the graph {located.quad.graph_name}: leave the names out, or use SPARQL Update"
            )
        yield documents.Located(documents.placed(located.quad.triple, graph), located.line)
