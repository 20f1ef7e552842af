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
    return create_app(Served(pool, {}, writable=Writable(store, {}))).test_client()


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
    assert client.head(GRAPH).data == b""
    assert client.delete(GRAPH, headers=may).status_code == 204
    assert client.get(GRAPH).status_code == client.delete(GRAPH, headers=may).status_code == 404


def test_a_file_makes_a_new_graph_that_is_found_where_it_says(client: FlaskClient, may: dict[str, str]) -> None:
    file = (io.BytesIO(TURTLE.encode()), "some.ttl", "text/turtle")
    response = client.post("/graphs", data={"file": file}, content_type="multipart/form-data", headers=may)
    assert response.status_code == 201
    assert client.get(response.headers["Location"]).status_code == 200


def test_a_document_that_does_not_parse_is_400_with_its_place(client: FlaskClient, may: dict[str, str]) -> None:
    response = client.put(GRAPH, data="<http://x/s>\n oops .", content_type="text/turtle", headers=may)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["line"] == 2


def test_a_writer_who_has_seen_an_older_version_is_told_so(client: FlaskClient, may: dict[str, str]) -> None:
    first = {**may, "If-Match": '"1-abc"'}
    assert client.put(GRAPH, data=TURTLE, content_type="text/turtle", headers=first).status_code == 201
    assert client.put(GRAPH, data=TURTLE, content_type="text/turtle", headers=first).status_code == 412


def test_a_store_with_shapes_and_a_server_that_only_reads_take_no_write(tmp_path: Path, pool: Pool) -> None:
    store = VersionedStore.create(tmp_path / "shaped", [], Commit("tests", "empty"), shapes=b"# none")
    may = {"Authorization": f"Bearer {tokens.add(store.path, 'somebody', datetime.now(UTC))}"}
    shaped = create_app(Served(pool, {}, writable=Writable(store, {}))).test_client()
    assert shaped.post("/update", data={"update": INSERT}, headers=may).status_code == 403
    reading = create_app(Served(pool, {})).test_client()
    assert reading.post("/update", data={"update": INSERT}, headers=may).status_code == 404
