"""The tests of the two languages: syntax and evaluation of queries and of updates, over HTTP."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pyoxigraph as ox
import results
from exchanges import Failed, empty, fill
from manifests import MF, PUBLISHED, QT, RDFS, UT

if TYPE_CHECKING:
    from manifests import Checkout, Node, Test
    from peers import Peer, Response

Graphs = dict[str, list[ox.Triple]]

QUERY = {"Content-Type": "application/sparql-query"}
UPDATE = {"Content-Type": "application/sparql-update"}
EVERYTHING = b"SELECT ?s ?p ?o ?g { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
GRAPHS = "application/n-triples"

_FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)
_ORDER = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)


def text(test: Test, checkout: Checkout) -> str:
    """Read the query or the update that a test is about."""
    return checkout.query(_iri(test))


def query_syntax(test: Test, peer: Peer, checkout: Checkout) -> None:
    """Ask a query that is or is not one; raises Failed."""
    _expect_syntax(test, peer, peer.send("POST", peer.query, QUERY, text(test, checkout).encode()))


def update_syntax(test: Test, peer: Peer, checkout: Checkout) -> None:
    """Send an update that is or is not one; raises Failed."""
    empty(peer)
    _expect_syntax(test, peer, peer.send("POST", peer.update, UPDATE, text(test, checkout).encode()))


def query_evaluation(test: Test, peer: Peer, checkout: Checkout) -> None:
    """Ask a query of the data that a test gives, and compare the results; raises Failed."""
    empty(peer)
    fill(peer, _given(test, test.action, QT, checkout) or _named(test, checkout))
    asked = text(test, checkout)
    result = test.manifest.value(test.node, MF + "result")
    if not isinstance(result, ox.NamedNode):
        raise TypeError(f"{test.name} has no result")
    path = checkout.path(result.value)
    expected = results.read(path, result.value)
    accept = results.FORMATS.get(path.suffix) or (GRAPHS if isinstance(expected, list) else results.FORMATS[".srj"])
    response = peer.send("POST", peer.query, {**QUERY, "Accept": accept}, _with_base(test, asked))
    if response.status != HTTPStatus.OK or response.media_type != accept:
        raise Failed(f"status {response.status}, {response.media_type or 'no media type'}")
    lax = test.manifest.text(test.node, MF + "resultCardinality") == MF + "LaxCardinality"
    ordered = bool(_ORDER.search(asked))
    if not results.same(results.parse(response.body, response.media_type), expected, ordered=ordered, lax=lax):
        raise Failed("another result than the one expected")


def update_evaluation(test: Test, peer: Peer, checkout: Checkout) -> None:
    """Apply an update to the data that a test gives, and compare all that is there then; raises Failed."""
    empty(peer)
    fill(peer, _given(test, test.action, UT, checkout))
    response = peer.send("POST", peer.update, UPDATE, _with_base(test, text(test, checkout)))
    if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Failed(f"status {response.status}")
    expected = [
        ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(name) if name else ox.DefaultGraph())
        for name, triples in _given(test, test.result, UT, checkout).items()
        for triple in triples
    ]
    answer = peer.send("POST", peer.query, {**QUERY, "Accept": results.FORMATS[".srj"]}, EVERYTHING)
    found = results.parse(answer.body, answer.media_type)
    if not isinstance(found, results.Solutions):
        raise TypeError("a SELECT query gives solutions")
    if results.canonical(results.dataset(found)) != results.canonical(expected):
        raise Failed("another dataset than the one expected")


def _expect_syntax(test: Test, peer: Peer, response: Response) -> None:
    if test.kind.startswith("Negative"):
        if response.status != HTTPStatus.BAD_REQUEST:
            raise Failed(f"status {response.status} instead of 400")
    elif response.status not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT, peer.unevaluated):
        raise Failed(f"status {response.status}")


def _iri(test: Test) -> str:
    if isinstance(test.action, ox.NamedNode):
        return test.action.value
    return test.manifest.text(test.action, QT + "query") or test.manifest.text(test.action, UT + "request")


def _with_base(test: Test, written: str) -> bytes:
    return f"BASE <{_iri(test)}>\n{written}".encode()


def _given(test: Test, node: Node, namespace: str, checkout: Checkout) -> Graphs:
    """Give the graphs that a test begins or ends with by their names; the default graph has none."""
    found: Graphs = {}
    for each in test.manifest.values(node, namespace + "data"):
        if isinstance(each, ox.NamedNode):
            _add(found, checkout.triples("", each.value))
    for each in test.manifest.values(node, namespace + "graphData"):
        file = each.value if isinstance(each, ox.NamedNode) else test.manifest.text(each, namespace + "graph")
        _add(found, checkout.triples(test.manifest.text(each, RDFS + "label") or file, file))
    return found


def _named(test: Test, checkout: Checkout) -> Graphs:
    """Give the graphs that a query names in FROM, where a test gives no data of its own."""
    found: Graphs = {}
    for name in _FROM.findall(text(test, checkout)):
        iri = f"{PUBLISHED}sparql/{test.directory}/{name}"
        if checkout.path(iri).is_file():
            _add(found, checkout.triples(iri, iri))
    return found


def _add(found: Graphs, more: Graphs) -> None:
    for name, triples in more.items():
        found.setdefault(name, []).extend(triples)
