"""What the server says of itself, and whom it asks: descriptions, health, metrics, the access log, allowed services."""

from __future__ import annotations

import http.server
import json
import logging
import os
import signal
import threading
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from processes import becomes, readers

from sayso.app import Served, create_app
from sayso.description import SD, VOID
from sayso.engine import Limits
from sayso.engine.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conftest import Server
    from flask.testing import FlaskClient

    from sayso.store import VersionedStore

TURTLE = {"Accept": "text/turtle"}


def described(client: FlaskClient, path: str) -> list[ox.Quad]:
    response = client.get(path, headers=TURTLE)
    assert (response.status_code, response.mimetype) == (200, "text/turtle")
    return list(ox.parse(response.data, ox.RdfFormat.TURTLE))


def test_sparql_without_a_query_is_the_service_description(client: FlaskClient) -> None:
    found = described(client, "/sparql")
    (service,) = [quad.subject for quad in found if quad.object == SD["Service"]]
    assert service == ox.NamedNode("http://localhost/sparql")
    said = {(quad.predicate, quad.object) for quad in found if quad.subject == service}
    assert (SD["endpoint"], service) in said
    assert (SD["supportedLanguage"], SD["SPARQL11Query"]) in said
    assert (SD["feature"], SD["UnionDefaultGraph"]) in said
    assert (SD["feature"], SD["BasicFederatedQuery"]) not in said
    assert (SD["supportedLanguage"], SD["SPARQL11Update"]) not in said
    assert (client.get("/sparql", headers={"Accept": "text/html"}).mimetype) == "text/html"
    assert client.get("/sparql", headers={"Accept": "image/png"}).status_code == 406


def test_the_description_counts_what_is_there_and_stays_small(client: FlaskClient, store: VersionedStore) -> None:
    found = described(client, "/.well-known/void")
    data = store.read()
    classes = {quad.object for quad in data.quads_for_pattern(None, ox.NamedNode(TYPE), None)}
    told = {quad.object for quad in found if quad.predicate == VOID["class"]}
    assert told <= classes
    assert len(told) == min(len(classes), 100)
    assert len(client.get("/.well-known/void", headers=TURTLE).data) < 64_000


TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def test_a_description_has_a_validator_and_is_304_for_who_has_it(client: FlaskClient) -> None:
    first = client.get("/.well-known/void", headers=TURTLE)
    again = client.get("/.well-known/void", headers={**TURTLE, "If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert client.get("/.well-known/void").headers["ETag"] != first.headers["ETag"] or first.mimetype == "text/turtle"


def test_health_fails_while_no_reader_answers(bulk: VersionedStore) -> None:
    others = set(readers(os.getpid()))
    limits = Limits(seconds=0.8)  # before a query that lasts is stopped and continued
    with closing(Pool(bulk, limits, readers=1)) as pool:
        web = create_app(Served(pool, {}, limits=limits)).test_client()
        assert becomes(lambda: web.get("/healthz").status_code == 200)
        assert becomes(lambda: pool.keeper.idle() == 1)
        for reader in set(readers(os.getpid())) - others:
            os.kill(reader, signal.SIGSTOP)
        assert web.get("/healthz").status_code == 503
        assert becomes(lambda: web.get("/healthz").status_code == 200)  # it was killed and replaced


def test_metrics_count_requests_by_route_status_and_outcome(bulk: VersionedStore) -> None:
    with closing(Pool(bulk)) as pool:
        web = create_app(Served(pool, {})).test_client()
        web.get("/sparql?query=ASK{}")
        web.get("/sparql?query=nonsense")
        web.open("/sparql", method="BREW")
        text = web.get("/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['sayso_requests_total{route="/sparql",method="GET",status="200"}'] == "1"
    assert lines['sayso_requests_total{route="/sparql",method="GET",status="400"}'] == "1"
    assert lines['sayso_requests_total{route="unknown",method="other",status="405"}'] == "1"
    assert lines['sayso_request_seconds_count{route="/sparql",outcome="query-syntax"}'] == "1"
    assert lines["sayso_dataset_version"] == "1"
    assert float(lines["sayso_dataset_version_age_seconds"]) > 0
    assert text.count("# TYPE ") == text.count("# HELP ") > 5


def test_the_access_log_has_a_line_for_each_request(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sayso.access"):
        client.get("/sparql?query=nonsense")
        client.get("/nowhere")
    first, second = (json.loads(record.message) for record in caplog.records)
    assert (first["route"], first["status"], first["outcome"]) == ("/sparql", 400, "query-syntax")
    assert (second["route"], second["status"]) == ("unknown", 404)
    assert first["ms"] >= 0


@pytest.fixture(scope="module")
def allowing(server: Server, bulk: VersionedStore, prefixes: Mapping[str, str]) -> Iterator[FlaskClient]:
    """Serve a store whose queries may ask the endpoint of another server of the loopback interface."""
    with closing(Pool(bulk)) as pool:
        services = frozenset({f"{server.address}/sparql"})
        yield create_app(Served(pool, prefixes, services=services)).test_client()


def test_a_query_may_ask_a_service_that_is_on_the_list(allowing: FlaskClient, server: Server) -> None:
    inner = "SELECT (COUNT(*) AS ?n) { ?a a <https://w3id.org/sayso/ns#Allegation> }"
    direct = json.loads(server.get(f"/sparql?query={quote(inner)}"))["results"]["bindings"][0]["n"]["value"]
    text = f"SELECT ?n {{ SERVICE <{server.address}/sparql> {{ {inner} }} }}"
    response = allowing.get("/sparql", query_string={"query": text})
    assert response.status_code == 200
    assert [row["n"]["value"] for row in json.loads(response.data)["results"]["bindings"]] == [direct]
    assert int(direct) > 100


def test_no_other_service_is_asked_in_whatever_way_it_is_named(allowing: FlaskClient, server: Server) -> None:
    asked = Listening()
    other = f"http://127.0.0.1:{asked.port}/sparql"
    mine = f"{server.address}/sparql"
    for text in (
        f"SELECT * {{ SERVICE <{other}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE SILENT <{other}> {{ ?s ?p ?o }} }}",
        f"BASE <{other}> SELECT * {{ SERVICE <> {{ ?s ?p ?o }} }}",
        f"PREFIX x: <{other}> SELECT * {{ SERVICE x: {{ ?s ?p ?o }} }}",
        f"SELECT * {{ VALUES ?e {{ <{other}> }} SERVICE ?e {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE <{mine}> {{ ?a ?b ?c }} SERVICE <{other}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE <{mine}> {{ SERVICE <{other}> {{ ?s ?p ?o }} }} }}",
        f"SELECT * {{ SERVICE #<{mine}>\n <{other}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE <{mine}?query=x> {{ ?s ?p ?o }} }}",
    ):
        response = allowing.get("/sparql", query_string={"query": text})
        assert (response.status_code, response.json and response.json["type"].rpartition("/")[2]) == (403, "refused"), (
            text
        )
    assert asked.close() == 0


class Listening:
    """Be a server that counts who asks it."""

    def __init__(self) -> None:
        outer = self
        self._asked = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle(self) -> None:
                outer._asked += 1

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.port = self._server.server_port

    def close(self) -> int:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        return self._asked
