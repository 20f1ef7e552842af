"""SPARQL 1.1 Protocol, section 2: a request becomes a query, a query becomes an answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

import pyoxigraph as ox

from sayso import negotiation
from sayso.engine import Query
from sayso.errors import BadRequest, NotAcceptable, UnsupportedMediaType

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
MOST_PARAMETERS = 10_000  # named graphs may be many

Parameters = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Operation:
    """Be a query operation as it arrived over HTTP.

    `media_type` and `body` are empty for GET and HEAD; `accept` is the Accept header, None where there is none; `iri`
    is the address of the request without its query.
    """

    query_string: bytes
    media_type: str = ""
    body: bytes = b""
    accept: str | None = None
    iri: str = ""


def read(operation: Operation) -> Query:
    """Read the query, its RDF dataset and the media types wanted from a request (section 2.1).

    The dataset of a form may stand in the URL too, rather than be passed over. Raises BadRequest, UnsupportedMediaType,
    or NotAcceptable where ?format= names nothing that is offered.
    """
    url = parameters(operation.query_string)
    if not operation.media_type:
        return _query(_single(url, "query"), url, operation)
    if operation.media_type == FORM:
        form = parameters(operation.body)
        return _query(_single(form, "query"), (*url, *form), operation)
    if operation.media_type == DIRECT:
        return _query(_text(operation.body), url, operation)
    raise UnsupportedMediaType(operation.media_type, (FORM, DIRECT))


@lru_cache(maxsize=16)  # a request is asked for its query, its dataset and its time, one after the other
def parameters(encoded: bytes) -> Parameters:
    """Decode the parameters of a URL or a form; raises BadRequest where they are not UTF-8, or too many."""
    if encoded.count(b"&") >= MOST_PARAMETERS:
        raise BadRequest(f"There are more than {MOST_PARAMETERS:,} parameters")
    try:
        return tuple(parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", encoding="utf-8"))
    except UnicodeError as error:
        raise BadRequest("The parameters are not percent-encoded UTF-8") from error


def seconds(operation: Operation, most: float) -> float:
    """Read how long the query may take: what timeout= asks for in seconds, and never more than `most`.

    Raises BadRequest where it is no positive number.
    """
    given = parameters(operation.query_string)
    if operation.media_type == FORM:
        given += parameters(operation.body)
    value = next((value for name, value in given if name == "timeout" and value), None)
    if value is None:
        return most
    try:
        wanted = float(value)
    except ValueError:
        wanted = 0.0
    if not wanted > 0:  # also where it is not a number
        raise BadRequest(f"timeout={value} is no positive number of seconds")
    return min(wanted, most)


def asked(query_string: bytes) -> bool:
    """Tell whether a URL carries a query or an update, so that it is an operation and not a visit."""
    return any(name in ("query", "update") for name, _ in parameters(query_string))


def base_of(operation: Operation) -> str | None:
    """Give the base of relative IRIs: the address of the service, which is its own choice (RFC 3986, section 5.1.4).

    None where the address is no IRI, as a client may send any Host header.
    """
    try:
        return ox.NamedNode(operation.iri).value
    except ValueError:
        return None


def _query(text: str, given: Parameters, operation: Operation) -> Query:
    results, graph = _media_types(given, operation.accept)
    default_graphs = tuple(value for name, value in given if name == "default-graph-uri")
    named_graphs = tuple(value for name, value in given if name == "named-graph-uri")
    for iri in (*default_graphs, *named_graphs):
        if ":" not in iri or any(character in '<>"{}|^`\\ ' for character in iri):
            raise BadRequest(f"{iri!r} is no absolute IRI, and so names no graph")
    named = bool(default_graphs or named_graphs)
    return Query(
        text,
        default_graphs if named else None,
        named_graphs if named else None,
        results,
        graph,
        operation.accept or "",
        base=base_of(operation),
    )


def _media_types(given: Parameters, accept: str | None) -> tuple[str | None, str | None]:
    offers = (*negotiation.RESULTS, negotiation.HTML), (*negotiation.GRAPHS, negotiation.HTML)
    name = next((value for key, value in given if key in ("format", "output", "results") and value), None)
    if name is None:
        return negotiation.choose(accept, offers[0]), negotiation.choose(accept, offers[1])
    results, graph = (negotiation.by_name(name, offer) for offer in offers)
    if results is None and graph is None:
        raise NotAcceptable(f"format={name}", tuple(negotiation.FORMATS))
    return results, graph


def _single(given: Parameters, name: str) -> str:
    values = [value for key, value in given if key == name]
    if len(values) != 1:
        raise BadRequest(f"A query operation has exactly one parameter {name!r}; this one has {len(values)}")
    return values[0]


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The query is not UTF-8") from error
