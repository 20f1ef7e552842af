"""Writing over HTTP: who may, how it is answered, and what the journal says of it."""

from __future__ import annotations

import io
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sayso import tokens
from sayso.app import Served, create_app
from sayso.engine.pool import Pool
from sayso.store import Commit, VersionedStore
from sayso.writing import Writable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

TURTLE = "<http://x/s> <http://x/p> 'o' ."
INSERT = "INSERT DATA { GRAPH <http://x/g> { <http://x/s> <http://x/p> 'o' } }"
GRAPH = "/graphs?graph=http%3A%2F%2Fx%2Fg"


@pytest.fixture
def store(tmp_path: Path) -> VersionedStore:
    return VersionedStore.create(tmp_path / "store", [], Commit("tests", "empty"))


@pytest.fixture
def pool(store: VersionedStore) -> Iterator[Pool]:
    with closing(Pool(store)) as made:
        yield made


@pytest.fixture
def client(store: VersionedStore, pool: Pool) -> FlaskClient:
    return create_app(Served(pool, {}, store, writable=Writable())).test_client()


@pytest.fixture
def may(store: VersionedStore) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.add(store.path, 'somebody', datetime.now(UTC))}"}


def ask(client: FlaskClient) -> bool:
    answer = client.get("/sparql?query=ASK{?s ?p 'o'}").json
    assert answer is not None
    return bool(answer["boolean"])


@pytest.mark.parametrize(("method", "path"), [("post", "/update"), ("put", GRAPH), ("post", GRAPH), ("delete", GRAPH)])
def test_no_write_route_answers_anything_but_401_without_a_token(client: FlaskClient, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer sayso_000000000000_x"}, {"Authorization": "Basic eDp5"}):
        response = getattr(client, method)(path, data=TURTLE, content_type="text/turtle", headers=headers)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
        assert response.mimetype == "application/problem+json"
    assert not ask(client)


def test_an_update_by_form_and_by_direct_post(client: FlaskClient, may: dict[str, str], store: VersionedStore) -> None:
    assert client.post("/update", data={"update": INSERT}, headers=may).status_code == 204
    assert ask(client)
    delete = INSERT.replace("INSERT", "DELETE")
    response = client.post("/update", data=delete, content_type="application/sparql-update", headers=may)
    assert (response.status_code, response.headers["Sayso-Version"]) == (204, "3")
    assert not ask(client)
    assert [entry.author for entry in store.history()] == ["tests", "somebody", "somebody"]


def test_update_by_get_is_405_and_a_wrong_one_400_with_its_place(client: FlaskClient, may: dict[str, str]) -> None:
    assert client.get("/update?update=CLEAR%20ALL").status_code == 405
    response = client.post("/update", data={"update": "INSERT DATA {\n oops }"}, headers=may)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["line"] == 2


def test_a_graph_is_put_read_merged_into_and_deleted(client: FlaskClient, may: dict[str, str]) -> None:
    put = client.put(GRAPH, data=TURTLE, content_type="text/turtle", headers=may)
    assert (put.status_code, put.headers["Location"]) == (201, "http://x/g")
    assert client.put(GRAPH, data=TURTLE, content_type="text/turtle", headers=may).status_code == 204
    more = TURTLE.replace("'o'", "'more'")
    assert client.post(GRAPH, data=more, content_type="text/turtle", headers=may).status_code == 204
    found = client.get(GRAPH, headers={"Accept": "application/n-triples"})
    assert (found.mimetype, len(found.text.splitlines())) == ("application/n-triples", 2)
    head, read = client.head(GRAPH), client.get(GRAPH)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", read.headers["ETag"])
    assert (head.mimetype, head.content_length) == ("text/turtle", len(read.data))
    assert client.delete(GRAPH, headers=may).status_code == 204
    assert {client.get(GRAPH).status_code, client.head(GRAPH).status_code} == {404}
    assert client.delete(GRAPH, headers=may).status_code == 404


def test_a_file_makes_a_new_graph_that_is_found_where_it_says(client: FlaskClient, may: dict[str, str]) -> None:
    file = (io.BytesIO(TURTLE.encode()), "some.ttl", "text/turtle")
    response = client.post("/graphs", data={"file": file}, content_type="multipart/form-data", headers=may)
    assert response.status_code == 201
    assert client.get(response.headers["Location"]).status_code == 200


def test_a_graph_is_the_same_by_its_address_and_by_its_name(client: FlaskClient, may: dict[str, str]) -> None:
    put = client.put("/graphs/a/b%2531.ttl", data="<> <#p> <c> .", content_type="text/turtle", headers=may)
    assert put.headers["Location"] == "http://localhost/graphs/a/b%2531.ttl"
    for address in ("/graphs/a/b%2531.ttl", "/graphs?graph=http%3A%2F%2Flocalhost/graphs/a/b%252531.ttl"):
        found = client.get(address, headers={"Accept": "application/n-triples"}).text
        name = "http://localhost/graphs/a/b%2531.ttl"
        assert found == f"<{name}> <{name}#p> <http://localhost/graphs/a/c> .\n"
    assert client.get("/graphs?graph=http://localhost/graphs/a/b%2531.ttl").status_code == 404


def test_relative_iris_of_a_body_are_relative_to_the_graph(client: FlaskClient, may: dict[str, str]) -> None:
    client.put(GRAPH, data="<s> <#p> <> .", content_type="text/turtle", headers=may)
    found = client.get(GRAPH, headers={"Accept": "application/n-triples"}).text
    assert found == "<http://x/s> <http://x/g#p> <http://x/g> .\n"


def test_the_default_graph_is_read_written_and_emptied(client: FlaskClient, may: dict[str, str]) -> None:
    assert client.put("/graphs?default", data=TURTLE, content_type="text/turtle", headers=may).status_code == 204
    assert ask(client)
    assert client.delete("/graphs?default", headers=may).status_code == 204
    assert (client.get("/graphs?default").status_code, client.get("/graphs?default").data) == (200, b"")


def test_a_body_or_a_wish_of_another_media_type_and_another_method_are_refused(
    client: FlaskClient, may: dict[str, str]
) -> None:
    assert client.put(GRAPH, data=TURTLE, content_type="text/plain; charset=utf-16", headers=may).status_code == 415
    assert client.post(GRAPH, data=TURTLE, content_type="text/html", headers=may).status_code == 415
    assert client.get("/graphs?default", headers={"Accept": "image/png"}).status_code == 406
    patch = client.patch(GRAPH, data=TURTLE, content_type="text/turtle", headers=may)
    assert patch.status_code == 405
    assert {"GET", "PUT", "POST", "DELETE"} <= set(patch.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "query", ["", "?default&graph=http://x/g", "?graph=relative", "?graph=http://x/g&graph=http://x/h"]
)
def test_a_request_that_names_no_graph_or_two_is_400(client: FlaskClient, may: dict[str, str], query: str) -> None:
    assert client.get(f"/graphs{query}").status_code == 400
    assert client.put(f"/graphs{query}", data=TURTLE, content_type="text/turtle", headers=may).status_code == 400
    assert client.delete(f"/graphs{query}", headers=may).status_code == 400


def test_a_graph_that_the_client_has_is_not_sent_again(client: FlaskClient, may: dict[str, str]) -> None:
    client.put(GRAPH, data=TURTLE, content_type="text/turtle", headers=may)
    tag = client.get(GRAPH).headers["ETag"]
    assert client.get(GRAPH, headers={"If-None-Match": tag}).status_code == 304
    assert client.delete(GRAPH, headers={**may, "If-Match": tag}).status_code == 204
    assert client.get(GRAPH, headers={"If-None-Match": tag}).status_code == 404


def test_the_relative_iris_of_an_update_are_relative_to_the_service(client: FlaskClient, may: dict[str, str]) -> None:
    client.post("/update", data={"update": "INSERT DATA { <s> <p> 'o' }"}, headers=may)
    assert client.get("/sparql?query=ASK{<http://localhost/s> <p> 'o'}").json == {"head": {}, "boolean": True}


def test_a_document_that_does_not_parse_is_400_with_its_place(client: FlaskClient, may: dict[str, str]) -> None:
    response = client.put(GRAPH, data="<http://x/s>\n oops .", content_type="text/turtle", headers=may)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["line"] == 2


def test_a_writer_who_has_seen_an_older_version_is_told_so(client: FlaskClient, may: dict[str, str]) -> None:
    first = {**may, "If-Match": '"1-abc"'}
    assert client.put(GRAPH, data=TURTLE, content_type="text/turtle", headers=first).status_code == 201
    assert client.put(GRAPH, data=TURTLE, content_type="text/turtle", headers=first).status_code == 412


def test_a_server_that_only_reads_takes_no_write(
    store: VersionedStore, pool: Pool, client: FlaskClient, may: dict[str, str]
) -> None:
    assert client.put(GRAPH, data=TURTLE, content_type="text/turtle", headers=may).status_code == 201
    reading = create_app(Served(pool, {}, store)).test_client()
    response = reading.post("/update", data={"update": INSERT}, headers=may)
    assert (response.status_code, "--read-only" in response.text) == (403, True)
    assert reading.get(GRAPH).status_code == 200


# ---------------------------------------------------------------- through the gate

SHAPES = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://x/> .
:Thing a sh:NodeShape ; sh:targetSubjectsOf :p ; sh:property :P , :Q .
:P sh:path :p ; sh:maxCount 1 ; sh:message "One is enough." .
:Q sh:path :q ; sh:maxCount 0 ; sh:severity sh:Warning ; sh:message "Better without." .
"""
WRONG = "<http://x/s> <http://x/p>\n 1 ,\n 2 ."
DOUBTFUL = "<http://x/s> <http://x/p> 1 ; <http://x/q> 2 ."


@pytest.fixture
def shaped(tmp_path: Path) -> Iterator[tuple[FlaskClient, dict[str, str]]]:
    """Give a client of a store with shapes, and the headers of somebody who may write there."""
    store = VersionedStore.create(tmp_path / "shaped", [], Commit("tests", "empty"), shapes=SHAPES)
    may = {"Authorization": f"Bearer {tokens.add(store.path, 'somebody', datetime.now(UTC))}"}
    with closing(Pool(store)) as pool:
        yield create_app(Served(pool, {}, store, writable=Writable(work=pool.work))).test_client(), may


@pytest.mark.parametrize(
    ("accept", "media_type", "words"),
    [
        ("*/*", "text/turtle", "sh:ValidationReport"),
        ("application/n-triples", "application/n-triples", '<http://www.w3.org/ns/shacl#conforms> "false"'),
        ("application/ld+json", "application/ld+json", "ValidationReport"),
        ("text/plain", "text/plain", "body:2: violation: One is enough. (http://x/s)\n"),
        ("application/json", "application/json", '"violation": 1'),
        ("application/sarif+json", "application/sarif+json", '"2.1.0"'),
        ("image/png", "text/plain", "body:2: violation: "),
    ],
)
def test_a_refused_addition_is_422_with_the_report_that_was_asked_for(
    shaped: tuple[FlaskClient, dict[str, str]], accept: str, media_type: str, words: str
) -> None:
    client, may = shaped
    response = client.put(GRAPH, data=WRONG, content_type="text/turtle", headers={**may, "Accept": accept})
    assert (response.status_code, response.mimetype) == (422, media_type)
    assert words in response.text
    assert client.get(GRAPH).status_code == 404


def test_a_refused_update_is_422_too(shaped: tuple[FlaskClient, dict[str, str]]) -> None:
    client, may = shaped
    text = "INSERT DATA { <http://x/s> <http://x/p> 1 } ; INSERT DATA { <http://x/s> <http://x/p> 2 }"
    response = client.post("/update", data={"update": text}, headers={**may, "Accept": "text/plain"})
    assert (response.status_code, response.text.splitlines()[0]) == (
        422,
        "change:1: violation: One is enough. (http://x/s)",
    )


def test_warnings_are_told_to_the_writer_and_refuse_where_that_is_asked_for(
    shaped: tuple[FlaskClient, dict[str, str]],
) -> None:
    client, may = shaped
    headers = {**may, "Accept": "text/plain"}
    strict = client.put(f"{GRAPH}&fail-on=warning", data=DOUBTFUL, content_type="text/turtle", headers=headers)
    assert strict.status_code == 422
    assert client.put(f"{GRAPH}&fail-on=all", data=DOUBTFUL, headers=headers).status_code == 400
    response = client.put(GRAPH, data=DOUBTFUL, content_type="text/turtle", headers=headers)
    assert (response.status_code, response.headers["Location"]) == (201, "http://x/g")
    assert "warning: Better without." in response.text


@pytest.mark.parametrize("prefer", ["dry-run", "handling=strict; dry-run", "handling=strict, Dry-Run", None])
def test_a_dry_run_publishes_nothing(shaped: tuple[FlaskClient, dict[str, str]], prefer: str | None) -> None:
    client, may = shaped
    headers = {**may, "Accept": "text/plain", **({"Prefer": prefer} if prefer else {})}
    path = GRAPH if prefer else f"{GRAPH}&dry-run"
    for body, status in ((WRONG, 422), (DOUBTFUL, 200), (TURTLE, 200)):
        assert client.put(path, data=body, content_type="text/turtle", headers=headers).status_code == status
    response = client.post("/update?dry-run", data={"update": INSERT}, headers=may)
    assert (response.status_code, response.headers["Preference-Applied"]) == (200, "dry-run")
    assert response.headers["Sayso-Version"] == "1"
    assert client.get(GRAPH).status_code == 404


def test_anybody_can_have_a_document_validated_and_nothing_is_stored(
    shaped: tuple[FlaskClient, dict[str, str]],
) -> None:
    client, _ = shaped
    text = {"Accept": "text/plain"}
    right = client.post("/validate", data=TURTLE, content_type="text/turtle", headers=text)
    assert (right.status_code, right.text) == (200, "")
    wrong = client.post("/validate", data=f"<g> {{ {WRONG} }}", content_type="application/trig", headers=text)
    assert (wrong.status_code, wrong.text.splitlines()[0][:18]) == (200, "body:2: violation:")
    both = {"one": (io.BytesIO(WRONG.encode()), "/etc/hostname", "text/turtle")}
    named = client.post("/validate", data=both, headers=text)
    assert named.text.startswith("/etc/hostname:2: violation")
    assert client.post("/validate", data="<a> oops", content_type="text/turtle").status_code == 400
    assert client.post("/validate", data=TURTLE, content_type="image/png").status_code == 415
    assert client.post("/validate", data=b"#" * (2 << 20), content_type="text/turtle").status_code == 413
    assert client.post("/validate", data=TURTLE, headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/sparql?query=ASK{?s ?p ?o}").json == {"head": {}, "boolean": False}


def test_a_writer_who_waits_too_long_is_told_to_come_back(
    store: VersionedStore, client: FlaskClient, may: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sayso.gate.PATIENCE", 0.01)
    with store.fork():
        response = client.post("/update", data={"update": INSERT}, headers=may)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


# ---------------------------------------------------------------- hostile documents

DEEP = 50_000
NESTED = [
    ("text/turtle", b"<a:s> <a:p> " + b"<<( <a:s> <a:p> " * DEEP + b"1" + b" )>>" * DEEP + b" ."),
    ("application/n-quads", b"<a:s> <a:p> " + b"<<( <a:s> <a:p> " * DEEP + b"'1'" + b" )>>" * DEEP + b" ."),
    ("application/ld+json", b'{"a:p":' * DEEP + b"1" + b"}" * DEEP),
    ("application/ld+json", b'{"@context":' + b"[" * DEEP + b"]" * DEEP + b"}"),
    (
        "application/rdf+xml",
        b"<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:x='a:'>"
        + b"<x:C><x:p>" * DEEP + b"</x:p></x:C>" * DEEP + b"</r:RDF>",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("media_type", "body"), NESTED)
def test_a_document_that_would_end_the_process_is_refused_unread(
    client: FlaskClient, media_type: str, body: bytes
) -> None:
    response = client.post("/validate", data=body[:1_000_000], content_type=media_type)
    assert response.status_code == 400
    response = client.post("/validate", data=body, content_type=media_type)
    assert response.status_code in {400, 413}


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/turtle", b"<a:s> <a:p> '\xff' ."),
        ("text/turtle", b"\x00"),
        ("application/ld+json", b'{"@id": "a:s", "a:p": "\xc3"}'),
        ("application/rdf+xml", b"<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Descr"),
        ("application/trig", b"<a:g> { <a:s> <a:p> 1 "),
    ],
)
def test_bytes_that_are_no_document_are_400(client: FlaskClient, media_type: str, body: bytes) -> None:
    assert client.post("/validate", data=body, content_type=media_type).status_code == 400


def test_a_literal_larger_than_a_buffer_is_read_and_one_beyond_16_mib_refused(
    client: FlaskClient, may: dict[str, str]
) -> None:
    for size, status in ((1 << 20, 201), (17 << 20, 400)):
        body = b"<a:s> <a:p> '" + b"x" * size + b"' ."
        assert client.put(GRAPH, data=body, content_type="text/turtle", headers=may).status_code == status


def test_brackets_in_texts_are_no_nesting(client: FlaskClient) -> None:
    body = f"<a:s> <a:p> '{'<<( ' * 200}' , '''{'<<' * 200} ' ''' . # {'<<' * 200}\n<a:s> <a:p> <a:o> ."
    assert client.post("/validate", data=body, content_type="text/turtle").status_code == 200
    body = '{"@id": "a:s", "a:p": "' + "[" * 200 + '\\"{"}'
    assert client.post("/validate", data=body, content_type="application/ld+json").status_code == 200
