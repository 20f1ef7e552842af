"""History: what versions changed is told, taken back, made again from the journal, and asked of over HTTP."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso import changes, patch
from sayso.app import Served, create_app
from sayso.cli import main
from sayso.engine.pool import Pool
from sayso.errors import BadRequest, DataRefused
from sayso.gate import Gate, Write
from sayso.store import Commit, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

EX = "https://example.org/"
BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
WRITE = Write("ada", "because", BEGIN + timedelta(days=40))
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
SHAPES = b"""
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .
ex:Known a sh:NodeShape ; sh:targetObjectsOf ex:knows ;
  sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "Nobody of this name." ] .
"""


def quad(subject: str, predicate: str = "p", value: str | None = None) -> ox.Quad:
    end = ox.Literal("x") if value is None else ox.NamedNode(EX + value)
    return ox.Quad(ox.NamedNode(EX + subject), ox.NamedNode(EX + predicate), end)


def publish(store: VersionedStore, added: set[ox.Quad], removed: set[ox.Quad], days: int) -> None:
    with store.fork() as fork:
        fork.apply(added, removed)
        fork.publish(Commit("ada", f"day {days}", BEGIN + timedelta(days=days)), allow_empty=True)


def four_versions(home: Path) -> VersionedStore:
    """Make a store of four versions, a day apart, of which the second adds b and c and the third removes c again."""
    made = VersionedStore.create(home / "store", [quad("a")], Commit("ada", "day 0", BEGIN))
    publish(made, {quad("b"), quad("c")}, set(), 1)
    publish(made, set(), {quad("c")}, 2)
    publish(made, {quad("d")}, set(), 3)
    return made


@pytest.fixture
def store(tmp_path: Path) -> VersionedStore:
    return four_versions(tmp_path)


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> VersionedStore:
    return four_versions(tmp_path_factory.mktemp("read-only"))


@pytest.fixture(scope="module")
def client(read_only: VersionedStore) -> Iterator[FlaskClient]:
    with asking(read_only) as client:
        yield client


@contextmanager
def asking(store: VersionedStore) -> Iterator[FlaskClient]:
    with closing(Pool(store)) as pool:
        yield create_app(Served(pool, {}, store)).test_client()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


QUADS = st.frozensets(st.sampled_from([quad(name) for name in "abcdef"]))


@settings(max_examples=10)
@given(st.lists(QUADS, min_size=2, max_size=4))
def test_a_difference_leads_from_the_one_version_to_the_other(
    tmp_path_factory: pytest.TempPathFactory, states: list[frozenset[ox.Quad]]
) -> None:
    home = tmp_path_factory.mktemp("law") / "store"
    store = VersionedStore.create(home, states[0], Commit("ada", "first", BEGIN))
    for day, (before, after) in enumerate(pairwise(states), 1):
        publish(store, set(after - before), set(before - after), day)
    for first, before in enumerate(states, 1):
        for second, after in enumerate(states, 1):
            assert changes.between(store, first, second) == (after - before, before - after)


def test_a_version_is_shown_as_the_journal_has_it_and_a_difference_as_a_transaction(read_only: VersionedStore) -> None:
    store = read_only
    shown = run("show", "2", "--store", store.path)
    assert shown.stdout.startswith('H version "2" .\n')
    assert {patch.row("A", quad("b")), patch.row("A", quad("c"))} <= set(shown.stdout.splitlines(keepends=True))
    found = run("diff", "4", "1", "--store", store.path)
    assert found.stdout == f"TX .\n{patch.row('D', quad('b'))}{patch.row('D', quad('d'))}TC .\n"
    assert run("diff", "1", "9", "--store", store.path).exit_code == 2


def test_what_is_left_of_a_change_is_taken_back(store: VersionedStore) -> None:
    result = run("revert", "2", "--store", store.path, "--author", "ben")
    assert (result.exit_code, result.stderr) == (0, f"{store.path}: version 5\n")
    assert set(store.read()) == {quad("a"), quad("d")}
    entry = store.entry(5)
    assert (entry.author, entry.message) == ("ben", "Revert version 2: day 1")


def test_what_was_undone_already_cannot_be_undone_again(store: VersionedStore) -> None:
    changes.revert(Gate(store), 4, WRITE)
    for number, words in ((4, "left to undo"), (1, "began")):
        with pytest.raises(BadRequest, match=words):
            changes.revert(Gate(store), number, WRITE)
    assert store.current.number == 5


def test_a_change_that_others_rest_on_is_not_taken_back(tmp_path: Path) -> None:
    store = VersionedStore.create(tmp_path / "kept", [], Commit("ada", "empty", BEGIN), shapes=SHAPES)
    publish(store, {quad("b", "name")}, set(), 1)
    publish(store, {quad("a", "knows", "b")}, set(), 2)
    with pytest.raises(DataRefused, match="Nobody of this name"):
        changes.revert(Gate(store), 2, WRITE)
    assert store.current.number == 3
    assert changes.revert(Gate(store), 3, WRITE).version == 4


def test_a_store_is_made_again_from_its_journal_whole_or_as_of_a_version(store: VersionedStore, tmp_path: Path) -> None:
    result = run("replay", store.path / "journal", tmp_path / "again")
    assert store.entry(4).content_hash in result.stderr
    assert run("replay", store.path / "journal", tmp_path / "past", "--to", "2").exit_code == 0
    assert set(VersionedStore.open(tmp_path / "past").read()) == {quad("a"), quad("b"), quad("c")}
    beyond = run("replay", store.path / "journal", tmp_path / "beyond", "--to", "9")
    assert (beyond.exit_code, (tmp_path / "beyond").exists()) == (2, False)


def test_what_is_swept_can_be_told_and_not_asked(store: VersionedStore) -> None:
    with asking(store) as client:
        assert run("sweep", "--store", store.path, "--keep", "2").stdout == "1\n2\n"
        assert run("diff", "1", "2", "--store", store.path).exit_code == 0
        gone = client.get("/sparql", query_string={"query": COUNT, "version": "2"})
        assert gone.status_code == 410
        assert gone.json is not None
        assert "sayso replay --to 2" in gone.json["detail"]
        assert client.get("/sparql", query_string={"query": COUNT, "version": "9"}).status_code == 404
        entry = client.get("/history/2").json
        assert entry is not None
        assert (entry["added"], entry["readable"]) == (2, False)


def test_the_history_is_listed_the_newest_first_page_by_page(client: FlaskClient) -> None:
    seen, address = [], "/history?limit=3"
    while address:
        page = client.get(address).json
        assert page is not None
        seen += [(entry["version"], entry["message"]) for entry in page["versions"]]
        address = page["next"]
    assert seen == [(4, "day 3"), (3, "day 2"), (2, "day 1"), (1, "day 0")]


def test_a_version_is_described_in_json_or_given_as_a_patch(read_only: VersionedStore, client: FlaskClient) -> None:
    with client.get("/history/2", headers={"Accept": "application/rdf-patch"}) as patched:
        assert patched.content_type == "application/rdf-patch"
        assert patched.data == read_only.journal_file(2).read_bytes()
    described = client.get("/history/2").json
    assert described is not None
    assert (described["author"], described["content_hash"]) == ("ada", read_only.entry(2).content_hash)
    assert client.get("/history/2", headers={"Accept": "text/csv"}).status_code == 406
    assert client.get("/history/9").status_code == 404
    assert client.get("/history/2x").status_code == 400


@pytest.mark.parametrize(("version", "rows"), [("1", 1), ("2", 3), ("4", 3)])
def test_a_query_is_asked_of_the_version_that_the_request_names(client: FlaskClient, version: str, rows: int) -> None:
    asked = {"query": COUNT, "version": version}
    for response in (client.get("/sparql", query_string=asked), client.post("/sparql", data=asked)):
        assert counted(response.data) == rows
        assert response.headers["Memento-Datetime"].endswith(" Jan 2026 12:00:00 GMT")


@pytest.mark.parametrize(
    ("moment", "version"),
    [
        (BEGIN - timedelta(days=9), 1),
        (BEGIN, 1),
        (BEGIN + timedelta(days=1), 2),
        (BEGIN + timedelta(days=2, hours=5), 3),
        (BEGIN + timedelta(days=99), 4),
    ],
)
def test_a_query_is_answered_as_of_a_moment(client: FlaskClient, moment: datetime, version: int) -> None:
    header = {"Accept-Datetime": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    response = client.get("/sparql", query_string={"query": COUNT, "format": "json"}, headers=header)
    own = response.headers["Content-Location"]
    assert own.endswith(f"format=json&version={version}")
    original, memento = response.headers.getlist("Link")
    assert original.endswith('format=json>; rel="original timegate"')
    published = (BEGIN + timedelta(days=version - 1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert memento == f'<{own}>; rel="memento"; datetime="{published}"'
    assert response.headers["Memento-Datetime"] == published
    assert "Accept-Datetime" in response.headers["Vary"]
    assert client.get(own.removeprefix("http://localhost")).data == response.data


def test_the_present_has_no_date_and_a_moment_that_is_none_is_refused(client: FlaskClient) -> None:
    present = client.get("/sparql", query_string={"query": COUNT})
    assert "Memento-Datetime" not in present.headers
    assert "Accept-Datetime" in present.headers["Vary"]
    for asked, moment in (({"query": COUNT}, "yesterday"), ({"query": COUNT, "version": "-1"}, None)):
        headers = {} if moment is None else {"Accept-Datetime": moment}
        assert client.get("/sparql", query_string=asked, headers=headers).status_code == 400


def counted(body: bytes) -> int:
    (row,) = json.loads(body)["results"]["bindings"]
    return int(row["n"]["value"])
