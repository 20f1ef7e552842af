"""The tests that are exchanges of HTTP messages: of the protocol, of the graph store, of the service description."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox
import results
from manifests import CNT, HT, MF, RDF, RDFS, UT, Graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from manifests import Checkout, Node, Test
    from peers import Peer, Response

SD = "http://www.w3.org/ns/sparql-service-description#"
STATUSES = {status.phrase.replace(" ", ""): status.value for status in HTTPStatus}
BOOLEAN = ("application/sparql-results+json", "application/sparql-results+xml")
TABULAR = (*BOOLEAN, "text/csv", "text/tab-separated-values")

# The terms of the vocabulary (SPARQL 1.1 Service Description, section 3).
PROPERTIES = {
    *("endpoint", "feature", "defaultEntailmentRegime", "entailmentRegime", "defaultSupportedEntailmentProfile"),
    *("supportedEntailmentProfile", "extensionFunction", "extensionAggregate", "languageExtension"),
    *("supportedLanguage", "propertyFeature", "defaultDataset", "availableGraphs", "resultFormat", "inputFormat"),
    *("defaultGraph", "namedGraph", "name", "graph"),
}
CLASSES = {
    *("Service", "Feature", "Language", "Function", "Aggregate", "EntailmentRegime", "EntailmentProfile"),
    *("GraphCollection", "Dataset", "Graph", "NamedGraph"),
}


class Failed(Exception):
    """Say why a test did not pass."""


@dataclass(frozen=True)
class Exchange:
    """Be a request of a test and what is expected of the response, as the manifest's node has it."""

    graph: Graph
    node: Node

    @property
    def method(self) -> str:
        """Give the method."""
        return self.graph.text(self.node, HT + "methodName")

    @property
    def target(self) -> str:
        """Give the path and the query."""
        return self.graph.text(self.node, HT + "absolutePath")

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers, their names in lower case."""
        return self._headers(self.node)

    @property
    def body(self) -> bytes | None:
        """Give the body in the encoding that the test wants; None where there is none."""
        return self._body(self.node)

    @property
    def response(self) -> Node:
        """Give the node of the expected response."""
        found = self.graph.value(self.node, HT + "resp")
        if found is None:
            raise ValueError("a request without an expected response")
        return found

    def expected(self, name: str) -> list[str]:
        """Give the local names or texts of what is expected."""
        found = self.graph.values(self.response, MF + name)
        return [each.value.rpartition("#")[2] for each in found if isinstance(each, ox.NamedNode | ox.Literal)]

    def expected_graph(self) -> tuple[str, bytes | None]:
        """Give the media type and the content of the graph that is expected."""
        return self._headers(self.response).get("content-type", "").partition(";")[0], self._body(self.response)

    def _headers(self, node: Node) -> dict[str, str]:
        members = self.graph.members(self.graph.value(node, HT + "headers"))
        return {
            self.graph.text(each, HT + "fieldName").lower(): self.graph.text(each, HT + "fieldValue")
            for each in members
        }

    def _body(self, node: Node) -> bytes | None:
        body = self.graph.value(node, HT + "body")
        if body is None:
            return None
        return self.graph.text(body, CNT + "chars").encode(self.graph.text(body, CNT + "characterEncoding"))


def protocol(test: Test, peer: Peer, checkout: Checkout) -> None:
    """Run a test of the SPARQL 1.1 Protocol; raises Failed."""
    empty(peer)
    for given in test.manifest.values(test.node, UT + "graphData"):
        name, file = (test.manifest.text(given, each) for each in (RDFS + "label", UT + "graph"))
        fill(peer, checkout.triples(name, file))
    for exchange in _exchanges(test):
        place = peer.update if _is_update(test, exchange) else peer.query
        target = place + exchange.target.removeprefix("/sparql/")
        response = peer.send(exchange.method, target, exchange.headers, exchange.body)
        _expect_status(exchange, response)
        _expect_results(exchange, response)


def graph_store(test: Test, peer: Peer, _: Checkout) -> None:
    """Run a test of the Graph Store HTTP Protocol; raises Failed."""
    empty(peer)
    locations: dict[str, str] = {}
    for exchange in _exchanges(test):
        target = peer.graphs + exchange.target.removeprefix("/gsp")
        for name, location in locations.items():
            target = target.replace(name, location)
        response = peer.send(exchange.method, target, exchange.headers, exchange.body)
        _expect_status(exchange, response)
        for name in exchange.expected("expectedLocation"):
            if "location" not in response.headers:
                raise Failed("no Location header")
            locations[name] = response.headers["location"]
        media_type, content = exchange.expected_graph()
        if media_type and response.media_type != media_type:
            raise Failed(f"{response.media_type or 'no media type'} instead of {media_type}")
        if content is not None and not results.same(_graph(response), results.parse(content, media_type)):
            raise Failed("another graph than the one expected")


def service_description(test: Test, peer: Peer, _: Checkout) -> None:
    """Run a test of the Service Description, which the manifest has in words only; raises Failed."""
    response = peer.send("GET", peer.query)
    if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Failed(f"status {response.status}")
    described = Graph(response.body, _rdf_format(response), peer.address + peer.query)
    match test.name.rpartition("/")[2]:
        case "has-endpoint-triple":
            _expect_endpoint(described, peer)
        case "conforms-to-schema":
            _expect_schema(described)


def empty(peer: Peer) -> None:
    """Remove everything from a store."""
    response = peer.send("POST", peer.update, {"Content-Type": "application/sparql-update"}, b"DROP ALL")
    if response.status != HTTPStatus.NO_CONTENT:
        raise Failed(f"the store could not be emptied: status {response.status}")


def fill(peer: Peer, graphs: Mapping[str, Iterable[ox.Triple]]) -> None:
    """Put graphs into a store under their names; the default graph has none."""
    for name, triples in graphs.items():
        which = f"graph={quote(name, safe='')}" if name else "default"
        content = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
        response = peer.send("PUT", f"{peer.graphs}?{which}", {"Content-Type": "application/n-triples"}, content)
        if response.status not in (HTTPStatus.CREATED, HTTPStatus.NO_CONTENT):
            raise Failed(f"the data could not be loaded: status {response.status}")


def _exchanges(test: Test) -> Iterable[Exchange]:
    requests = test.manifest.value(test.action, HT + "requests")
    return (Exchange(test.manifest, node) for node in test.manifest.members(requests))


def _is_update(test: Test, exchange: Exchange) -> bool:
    """Tell which of the two operations a request is meant for, which the manifest leaves to the name of the test."""
    return "update" in test.name and exchange.headers.get("content-type") != "application/sparql-query"


def _expect_status(exchange: Exchange, response: Response) -> None:
    expected = exchange.expected("expectedStatus")
    for name in expected:
        if STATUSES.get(name) == response.status or name == f"StatusCode{response.status // 100}xx":
            return
    raise Failed(f"{exchange.method} is answered {response.status} instead of {' or '.join(expected)}")


def _expect_results(exchange: Exchange, response: Response) -> None:
    for kind in exchange.expected("expectedFormat"):
        if kind == "RDF":
            _graph(response)
        elif response.media_type not in (BOOLEAN if kind == "boolean" else TABULAR):
            raise Failed(f"{response.media_type or 'no media type'} instead of a {kind} result")
    for value in exchange.expected("expectedBoolean"):
        if results.parse(response.body, response.media_type) is not (value == "true"):
            raise Failed(f"not {value}")


def _graph(response: Response) -> results.Result:
    _rdf_format(response)
    try:
        return results.parse(response.body, response.media_type)
    except (SyntaxError, ValueError) as error:
        raise Failed(f"the graph does not parse: {error}") from error


def _rdf_format(response: Response) -> ox.RdfFormat:
    found = ox.RdfFormat.from_media_type(response.media_type)
    if found is None:
        raise Failed(f"{response.media_type or 'no media type'} instead of RDF")
    return found


def _expect_endpoint(described: Graph, peer: Peer) -> None:
    if ox.NamedNode(peer.address + peer.query) not in described.objects(SD + "endpoint"):
        raise Failed("no sd:endpoint that is the address asked")


def _expect_schema(described: Graph) -> None:
    services = described.instances(SD + "Service")
    if not services or any(len(described.values(each, SD + "endpoint")) != 1 for each in services):
        raise Failed("no sd:Service with one sd:endpoint")
    for triple in described.triples():
        name = triple.predicate.value
        if name.startswith(SD) and name.removeprefix(SD) not in PROPERTIES:
            raise Failed(f"{name} is no property of the vocabulary")
        if name.startswith(SD) and isinstance(triple.object, ox.Literal):
            raise Failed(f"a literal as {name}")
        kind = triple.object.value if isinstance(triple.object, ox.NamedNode) and name == RDF + "type" else ""
        if kind.startswith(SD) and kind.removeprefix(SD) not in CLASSES:
            raise Failed(f"{kind} is no class of the vocabulary")
    for dataset in described.objects(SD + "defaultDataset"):
        if len(described.values(dataset, SD + "defaultGraph")) > 1:
            raise Failed("a dataset with two default graphs")
    for named in described.objects(SD + "namedGraph"):
        if len(described.values(named, SD + "name")) != 1:
            raise Failed("a named graph without one sd:name")
