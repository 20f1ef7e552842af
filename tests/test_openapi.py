"""The document of the interface: it names every route, and whatever a client sends, the answer is one that it names.

`make test` sends some hundred requests; `make test-deep` sends 20,000.
"""

from __future__ import annotations

import json
import re
import signal
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import things
from conftest import DEEP, ROOT
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sayso import openapi, tokens
from sayso.app import Served, create_app
from sayso.engine import Limits
from sayso.engine.pool import Pool
from sayso.problems import BASE
from sayso.store import Commit, VersionedStore
from sayso.writing import Writable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

REQUESTS = 20_000 if DEEP else 300
PATIENCE = 120  # seconds after which a request hangs; its query has five
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")

# What is well-formed, so that requests get past the door, and what is nearly so.
QUERIES = [
    "ASK {}",
    "SELECT * { ?s ?p ?o } LIMIT 3",
    "SELECT (1/0 AS ?x) (<http://x/f>(1) AS ?y) {}",
    "CONSTRUCT { <s> ?p ?o } WHERE { ?s ?p ?o } LIMIT 3",
    "DESCRIBE <http://example.org/s1>",
    "SELECT * FROM <file:///etc/passwd> { SERVICE <http://127.0.0.1:9/> {} }",
    "SELECT ?s { ?s ?p 'a\ud800'",
    "SELECT * {{" + "{" * 500,
]
UPDATES = [
    "INSERT DATA { GRAPH <g> { <s> <p> 'o' } }",
    "DELETE WHERE { <s> ?p ?o } ; CREATE GRAPH <http://example.org/g1>",
    "LOAD <http://127.0.0.1:9/>",
    "INSERT DATA { <s> <p> ?o }",
]
DOCUMENTS = [
    "<s> <p> 'o' .",
    "<http://x/s> <http://x/p> <<( <http://x/s> <http://x/p> _:b )>> .",
    "<http://x/s> <http://x/p> 'o' <http://x/g> .",
    '{"@context": "http://127.0.0.1:9/", "@id": "http://x/s", "http://x/p": 1}',
    '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>',
]
TEXTS = st.one_of(
    st.sampled_from(["", "x", "%", "csv", "0.5", "1e999", "nan", "http://example.org/g1", "relative", "a b", "\0"]),
    st.sampled_from(QUERIES),
    st.text(max_size=20),
    st.just("x" * 100_000),
)
ACCEPTS = st.one_of(
    st.just("*/*"),
    st.just("*/*"),
    st.sampled_from(["text/html,*/*;q=0.8", "text/html", "text/plain", "text/csv", "text/turtle;q=0", "image/png"]),
    st.sampled_from([";q=", ",,,", "q=1", "*", "text/*;q=nan", "a/b;q=1e9", "*/*;q=-1,text/html;q=²", "a" * 9000]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
)
LINKS = ROOT / "data" / "links" / "wikidata.sssom.tsv"
GRAPHS = ["http://example.org/g1", "http://example.org/new"]
BOUNDARY = {"multipart/form-data": "; boundary=b"}
CONTENT_TYPES = [
    *("text/turtle; charset=utf-16", "application/sparql-query;;=", "multipart/form-data", "", "/", "x", ";"),
    *("multipart/form-data; boundary=", "text/html", "application/json", "a/b; c=\xe9"),
]


@dataclass(frozen=True)
class Sent:
    """Be a request, its texts as bytes on the wire are."""

    method: str
    template: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> VersionedStore:
    return VersionedStore.create(tmp_path_factory.mktemp("fuzzed") / "store", things.quads(20), Commit("tests", "made"))


@pytest.fixture(scope="module")
def app(store: VersionedStore) -> Iterator[Flask]:
    limits = Limits(seconds=5)
    with closing(Pool(store, limits)) as pool:
        made = create_app(Served(pool, {}, store, limits=limits, writable=Writable(work=pool.work), links=LINKS))
        made.config["PROPAGATE_EXCEPTIONS"] = True  # what would be a 500 says what it is
        yield made


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def token(store: VersionedStore) -> str:
    return tokens.add(store.path, "somebody", datetime.now(UTC))


def test_the_document_names_every_route_with_its_methods_and_no_other(client: FlaskClient, app: Flask) -> None:
    found = client.get("/openapi.json").json
    assert found is not None
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    routes = {(rule.rule, method.lower()) for rule in rules for method in rule.methods or ()}
    described = {(rule, method) for rule, operations in openapi.ROUTES.items() for method in operations}
    assert described == {(rule, method) for rule, method in routes if method not in ("head", "options")}
    assert len(found["paths"]) == len(openapi.ROUTES)


def test_a_server_that_only_reads_describes_no_writing(store: VersionedStore) -> None:
    with closing(Pool(store)) as pool:
        paths = openapi.document(create_app(Served(pool, {})))["paths"]
    assert "/sparql" in paths
    assert "/update" not in paths


# Werkzeug leaves it to the garbage collector to close the file of a form that breaks off in the middle of it.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
def test_whatever_a_client_sends_the_answer_is_one_that_the_document_names(
    app: Flask, client: FlaskClient, token: str
) -> None:
    document = openapi.document(app)

    @settings(max_examples=REQUESTS, suppress_health_check=list(HealthCheck))
    @given(requests(document, token))
    def send(sent: Sent) -> None:
        with within(PATIENCE):
            response = client.open(
                method=sent.method.upper(),
                headers=list(sent.headers),
                data=sent.body,
                environ_overrides={"PATH_INFO": sent.path, "QUERY_STRING": sent.query},
            )
            content = response.data
        event(f"{sent.method} {response.status_code}")
        if response.status_code >= 400:
            expect_problem(sent, response, content)
        elif sent.method in document["paths"][sent.template]:
            expect_answer(document["paths"][sent.template][sent.method], response)

    send()


def expect_problem(sent: Sent, response: TestResponse, content: bytes) -> None:
    """Expect the one shape of all errors."""
    assert response.status_code < 500 or response.status_code == 503
    assert response.mimetype in openapi.PROBLEMS
    if sent.method == "head":
        assert content == b""
    elif response.mimetype == "text/plain":
        assert content.startswith(f"{response.status_code} ".encode())
    elif response.mimetype == "text/html":
        assert content.startswith(b"<!doctype html>")
        assert b"<h1>" in content
    else:
        members = json.loads(content)
        assert members["status"] == response.status_code
        assert members["type"].startswith(BASE)
        assert members["title"]
        assert members["detail"]


def expect_answer(operation: dict[str, Any], response: TestResponse) -> None:
    """Expect a status and a media type that the document names."""
    named = operation["responses"][str(response.status_code)]
    if "content" in named:
        assert response.mimetype in named["content"]
    else:
        assert response.data == b""


@st.composite
def requests(draw: st.DrawFn, document: dict[str, Any], token: str) -> Sent:
    """Make requests from the document, a part of each of them not as it says."""
    busy = [path for path, item in document["paths"].items() if len(item) > 1 or "post" in item]
    template = draw(st.sampled_from([*busy * 4, *document["paths"]]))
    item = document["paths"][template]
    documented = sorted(set(item) & set(METHODS))
    method = draw(st.sampled_from([*documented * 12, *METHODS]))
    operation = item.get(method, {})
    path = re.sub(r"\{\w+\}", lambda _: draw(st.sampled_from(["g", "a b/\xc3\xa9", "\xff", "//x", "<>"])), template)
    names = [each["name"] for each in operation.get("parameters", ())]
    bodies = sorted(operation.get("requestBody", {}).get("content", {"text/plain": {}}))
    media_type = draw(st.sampled_from(bodies))
    headers = [
        ("Authorization", draw(st.sampled_from([f"Bearer {token}"] * 9 + ["Bearer x", "Basic eDp4", "\xff"]))),
        ("Content-Type", draw(st.sampled_from([media_type + BOUNDARY.get(media_type, "")] * 40 + CONTENT_TYPES))),
        ("Accept", draw(ACCEPTS)),
        *draw(st.lists(_headers(), max_size=2)),
    ]
    return Sent(method, template, path, _query(draw, names), tuple(headers), _body(draw, media_type))


def _query(draw: st.DrawFn, names: list[str]) -> str:
    """Make parameters: for a half those that the document names, once and with what they are for."""
    if draw(st.booleans()):
        apt = {"query": QUERIES, "graph": GRAPHS, "default": [""], "format": ["csv", "nt"], "timeout": ["1"]}
        chosen = draw(st.sets(st.sampled_from(names), max_size=2)) if names else set()
        pairs = [(name, draw(st.sampled_from(apt.get(name, GRAPHS)))) for name in sorted(chosen)]
    else:
        pairs = draw(st.lists(st.tuples(st.sampled_from([*names, "query", "other"]), TEXTS), max_size=3))
    encoded = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in pairs)
    return encoded + draw(st.sampled_from([""] * 12 + ["&%", "&%FF=%FF", "&\xff", "&;=&&"]))


def _body(draw: st.DrawFn, media_type: str) -> bytes:
    apt = {"application/sparql-query": QUERIES, "application/sparql-update": UPDATES}.get(media_type, DOCUMENTS)
    text = draw(st.sampled_from([*apt * 3, *QUERIES, *UPDATES, *DOCUMENTS]))
    if media_type == "application/x-www-form-urlencoded":
        text = f"{draw(st.sampled_from(['query', 'update']))}={quote(text, errors='replace')}"
    elif media_type == "multipart/form-data":
        disposition = draw(st.sampled_from(['name="f"; filename="f.ttl"', 'name="f"', 'filename="\xff', ""]))
        text = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n--b--"
    body = text.encode("utf-8", "surrogatepass")
    cut = draw(st.integers(0, len(body)))
    return draw(st.sampled_from([body] * 6 + [body[:cut], body[:cut] + b"\xff\0" + body[cut:], b"", b" " * (1 << 21)]))


def _headers() -> st.SearchStrategy[tuple[str, str]]:
    names = ("Host", "If-None-Match", "If-Match", "Accept-Encoding", "X-Message", "Range", "X-Forwarded-Host", "Origin")
    values = ("*", '"1-x"', "W/", "<>", "a b", "", "\xe9", "127.0.0.1:99999", "zstd;q=x, gzip", "[::1", "bytes=0-", "²")
    return st.tuples(st.sampled_from(names), st.sampled_from(values))


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail where the block hangs."""

    def hangs(*_: object) -> None:
        raise AssertionError("the request hangs")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
