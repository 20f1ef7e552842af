"""SPARQL 1.1 Graph Store HTTP Protocol, rule by rule; what is read from a body; how a write is published."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from sayso import graphs, negotiation
from sayso.errors import BadRequest, DocumentError, GraphMissing, PreconditionFailed, UnsupportedMediaType
from sayso.gate import Gate, Write, Written
from sayso.graphs import Operation, Part
from sayso.store import Commit, Delta, VersionedStore

if TYPE_CHECKING:
    from pathlib import Path

IRI = "http://example.org/graphs"
G = ox.NamedNode("http://example.org/g")
A = ox.NamedNode("http://example.org/a")
P = ox.NamedNode("http://example.org/p")
KEPT = ox.Quad(A, P, ox.Literal("kept"), ox.DefaultGraph())
OLD = ox.Quad(A, P, ox.Literal("old"), G)
WRITE = Write("Zainab", "A write", datetime(2026, 1, 1, tzinfo=UTC))
COMMIT = Commit("tests", "A commit")
TURTLE = "text/turtle"


def on(query: str, body: str | bytes = b"", media_type: str | None = TURTLE) -> Operation:
    content = body.encode() if isinstance(body, str) else body
    return Operation(IRI, query.encode(), media_type=media_type, body=content)


def in_g(body: str | bytes = b"", media_type: str | None = TURTLE) -> Operation:
    return on("graph=http%3A%2F%2Fexample.org%2Fg", body, media_type)


def triple(value: str) -> str:
    return f'<http://example.org/a> <http://example.org/p> "{value}" .\n'


def quad(value: str, graph: ox.NamedNode | ox.DefaultGraph = G) -> ox.Quad:
    return ox.Quad(A, P, ox.Literal(value), graph)


@pytest.fixture
def store(tmp_path: Path) -> VersionedStore:
    return VersionedStore.create(tmp_path / "store", [KEPT, OLD], COMMIT)


def test_a_graph_is_named_by_a_parameter_or_by_the_path_of_the_request() -> None:
    assert graphs.graph_of(on("default")) == ox.DefaultGraph()
    assert graphs.graph_of(on("graph=urn%3Ax%25C3%25A9")) == ox.NamedNode("urn:x%C3%A9")  # decoded once
    assert graphs.graph_of(Operation(f"{IRI}/people", direct=True)) == ox.NamedNode(f"{IRI}/people")
    assert graphs.graph_of(on("timeout=3")) is None


@pytest.mark.parametrize(
    "query", ["graph=g", "graph=", "graph=http://x/%20", "graph=urn:x&default", "graph=a:&graph=b:"]
)
def test_a_graph_is_one_and_its_iri_is_absolute(query: str) -> None:
    with pytest.raises(BadRequest):
        graphs.graph_of(on(query))


def test_only_post_is_about_the_store_of_all_graphs(store: VersionedStore) -> None:
    for write in (graphs.put, graphs.delete):
        with pytest.raises(BadRequest, match="name one"):
            write(on("", triple("new")), Gate(store), WRITE)
    with pytest.raises(BadRequest, match="name one"):
        graphs.content(store.read(), on(""), TURTLE)


@pytest.mark.parametrize("media_type", negotiation.GRAPHS)
def test_get_writes_the_graph_and_nothing_else_in_each_format(store: VersionedStore, media_type: str) -> None:
    for operation, expected in ((in_g(), OLD), (on("default"), KEPT)):
        body = graphs.content(store.read(), operation, media_type, {"ex": "http://example.org/"})
        assert list(ox.parse(body, format=ox.RdfFormat.from_media_type(media_type))) == [
            ox.Quad(expected.subject, expected.predicate, expected.object)
        ]


def test_get_of_a_graph_that_is_not_there_fails_and_the_default_graph_is_always_there(tmp_path: Path) -> None:
    empty = VersionedStore.create(tmp_path / "empty", [], COMMIT).read()
    with pytest.raises(GraphMissing, match=r"http://example\.org/g"):
        graphs.content(empty, in_g(), TURTLE)
    assert graphs.content(empty, on("default"), TURTLE) == b""


def test_put_replaces_a_graph_and_the_journal_says_by_what_and_by_whom(store: VersionedStore) -> None:
    assert graphs.put(in_g(triple("old") + triple("new")), Gate(store), WRITE) == Written(2)
    assert graphs.put(in_g(triple("newer")), Gate(store), WRITE) == Written(3)
    assert set(store.read()) == {KEPT, quad("newer")}
    assert store.changes(2) == Delta(frozenset({quad("new")}), frozenset())
    assert store.changes(3) == Delta(frozenset({quad("newer")}), frozenset({quad("old"), quad("new")}))
    entry = store.verify()
    assert (entry.author, entry.message, entry.time) == ("Zainab", "A write", WRITE.time)


def test_put_of_a_new_graph_creates_it(store: VersionedStore) -> None:
    direct = Operation(f"{IRI}/people", direct=True, media_type=TURTLE, body=b"<> <#p> <x> .")
    assert graphs.put(direct, Gate(store), WRITE) == Written(2, f"{IRI}/people")
    # Relative IRIs are relative to the IRI of the graph.
    expected = f"<{IRI}/people> <{IRI}/people#p> <{IRI}/x> <{IRI}/people>"
    assert expected in {str(quad) for quad in store.read()}


def test_put_of_an_empty_graph_is_its_drop_and_creates_nothing(store: VersionedStore) -> None:
    assert graphs.put(on("graph=urn:new", "# nothing"), Gate(store), WRITE) == Written(1)
    assert graphs.put(in_g(), Gate(store), WRITE) == Written(2)
    assert set(store.read()) == {KEPT}


def test_put_of_what_is_there_makes_no_version(store: VersionedStore) -> None:
    assert graphs.put(in_g(triple("old")), Gate(store), WRITE) == Written(1)


def test_post_merges_into_a_graph_and_creates_one_that_is_not_there(store: VersionedStore) -> None:
    assert graphs.post(in_g(triple("new")), Gate(store), WRITE) == Written(2)
    assert graphs.post(on("default", triple("new")), Gate(store), WRITE) == Written(3)
    assert graphs.post(on("graph=urn:new", triple("new")), Gate(store), WRITE) == Written(4, "urn:new")
    new = quad("new", ox.NamedNode("urn:new"))
    assert set(store.read()) == {KEPT, OLD, quad("new"), quad("new", ox.DefaultGraph()), new}


def test_post_to_the_store_of_all_graphs_makes_a_graph_under_its_iri(store: VersionedStore) -> None:
    written = graphs.post(on("", triple("new")), Gate(store), WRITE)
    assert written.created is not None
    assert written.created.startswith(f"{IRI}/")
    assert quad("new", ox.NamedNode(written.created)) in store.read()
    assert graphs.post(on("", triple("new")), Gate(store), WRITE).created != written.created


@pytest.mark.parametrize("media_type", [TURTLE, "application/ld+json", None])
def test_post_of_an_empty_body_changes_nothing(store: VersionedStore, media_type: str | None) -> None:
    for query in ("", "default", "graph=urn:new"):
        assert graphs.post(on(query, b"", media_type), Gate(store), WRITE) == Written(1)


def test_post_of_a_form_merges_its_files_each_by_its_own_type_or_ending(store: VersionedStore) -> None:
    files = (
        Part("a.ttl", "application/octet-stream", b"[] <http://example.org/p> 1 ."),
        Part("b.nt", "", b"_:a <http://example.org/p> <http://example.org/b> ."),
        Part("c", "text/turtle; charset=UTF-8", b"_:a <http://example.org/p> <http://example.org/c> ."),
        Part("d.ttl", "application/ld+json", b'{"@id": "x:d", "http://example.org/p": "d"}'),
    )
    form = Operation(IRI, b"default", media_type="multipart/form-data; boundary=x", files=files)
    graphs.post(form, Gate(store), WRITE)
    added = store.changes(2).added
    assert len(added) == 4
    assert len({quad.subject for quad in added}) == 4  # the _:a of two documents are two nodes
    with pytest.raises(BadRequest, match="no file"):
        graphs.post(Operation(IRI, b"default", media_type="multipart/form-data; boundary=x"), Gate(store), WRITE)
    with pytest.raises(UnsupportedMediaType):
        graphs.post(
            Operation(IRI, media_type="multipart/form-data", files=(Part("x.png", "", b""),)), Gate(store), WRITE
        )


def test_delete_removes_a_graph_and_fails_where_there_is_none(store: VersionedStore) -> None:
    assert graphs.delete(in_g(), Gate(store), WRITE) == Written(2)
    with pytest.raises(GraphMissing):
        graphs.delete(in_g(), Gate(store), WRITE)
    assert graphs.delete(on("default"), Gate(store), WRITE) == Written(3)
    assert graphs.delete(on("default"), Gate(store), WRITE) == Written(3)
    assert list(store.read()) == []


def test_a_blank_node_of_a_body_is_a_new_one_in_triple_terms_too(store: VersionedStore) -> None:
    graphs.post(in_g("_:b <http://example.org/p> <<( _:b <http://example.org/p> 1 )>> ."), Gate(store), WRITE)
    (first,) = store.changes(2).added
    assert isinstance(first.object, ox.Triple)
    assert isinstance(first.subject, ox.BlankNode)
    assert first.object.subject == first.subject
    again = f"_:{first.subject.value} <http://example.org/p> _:b ."
    graphs.post(in_g(again), Gate(store), WRITE)
    (second,) = store.changes(3).added
    assert first.subject != second.subject != second.object


@pytest.mark.parametrize(
    "media_type",
    ["text/turtle", 'TEXT/TURTLE; charset="UTF-8"', "application/x-turtle", "text/n3", "text/plain", "text/x-nquads"],
)
def test_a_body_is_read_by_its_media_type_with_aliases_and_parameters(media_type: str) -> None:
    assert graphs.triples(in_g(triple("new"), media_type), G).quads == {quad("new")}


def test_a_body_without_a_media_type_is_tried_as_rdf_xml() -> None:
    body = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://example.org/">'
        b'<rdf:Description rdf:about="a"><e:p>new</e:p></rdf:Description></rdf:RDF>'
    )
    for media_type in (None, "application/rdf+xml", "text/xml"):
        assert graphs.triples(in_g(body, media_type), G).quads == {quad("new")}


@pytest.mark.parametrize(
    "media_type", ["", "text/html", "application/sparql-results+json", "text/turtle; charset=utf-16"]
)
def test_a_body_of_another_type_is_refused_with_those_that_are_taken(media_type: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="text/turtle"):
        graphs.triples(in_g(triple("new"), media_type), G)


@pytest.mark.parametrize(
    ("media_type", "body", "line", "column"),
    [
        ("text/turtle", "<a> <p> 1 .\n<a> <p> .", 2, 9),
        ("application/n-triples", triple("x") + "<urn:a> 'p' 1 .", 2, 9),
        ("application/trig", "<a> <p> 1 .\n<a> <p> ,", 2, 9),
        ("application/ld+json", '{"@id": "a",\n"http://example.org/p": ]}', 2, 25),
        ("application/ld+json", "", 1, 1),
        ("application/rdf+xml", "", 1, 1),
        ("application/rdf+xml", "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n", 2, 1),
    ],
)
def test_a_syntax_error_says_line_and_column_and_changes_nothing(
    store: VersionedStore, media_type: str, body: str, line: int, column: int
) -> None:
    with pytest.raises(DocumentError) as raised:
        graphs.put(in_g(body, media_type), Gate(store), WRITE)
    assert (raised.value.line, raised.value.column) == (line, column)
    assert store.current.number == 1


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/trig", "<a> <p> 1 .\n<g2> { <a> <p> 2 }"),
        ("application/n-quads", triple("x") + triple("x").replace(" .", " <urn:g2> .")),
        ("application/ld+json", '{"@id": "urn:g2",\n"@graph": {"@id": "urn:a", "urn:p": 1}}'),
    ],
)
def test_a_body_for_one_graph_names_no_graphs(media_type: str, body: str) -> None:
    with pytest.raises(BadRequest, match=r"body:[12]: .*graph <.*g2>"):
        graphs.triples(in_g(body, media_type), G)


def test_nothing_that_a_body_names_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        bodies = {
            f'{{"@context": "{address}", "@id": "a:"}}': "application/ld+json",
            f'{{"@context": {{"@import": "{address}"}}, "@id": "a:"}}': "application/ld+json",
            f'<!DOCTYPE r [<!ENTITY e SYSTEM "{address}">]><r>&e;</r>': "application/rdf+xml",
            '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>': "application/rdf+xml",
            f'<!DOCTYPE r [<!ENTITY % e SYSTEM "{address}"> %e;]><r/>': "application/rdf+xml",
        }
        for body, media_type in bodies.items():
            with pytest.raises(DocumentError):
                graphs.triples(in_g(body, media_type), G)
        listening.setblocking(False)  # noqa: FBT003  # the socket's own signature
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_the_entities_of_an_ontology_editor_are_taken_and_those_that_grow_are_not() -> None:
    text = (
        '<!DOCTYPE r [{}]>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://example.org/">'
        '<rdf:Description rdf:about="&ex;a"><e:p>{}</e:p></rdf:Description></rdf:RDF>'
    )
    short = text.format('<!ENTITY ex "http://example.org/" >', "new &amp; old")
    assert graphs.triples(in_g(short, "application/rdf+xml"), G).quads == {quad("new & old")}
    laughs = '<!ENTITY ex "http://example.org/">\n' + "".join(
        f'<!ENTITY a{number + 1} "{f"&a{number};" * 10}">' for number in range(9)
    )
    with pytest.raises(DocumentError, match="refers to another") as raised:
        graphs.triples(in_g(text.format(laughs, "&a9;"), "application/rdf+xml"), G)
    assert raised.value.line == 2
    long = text.format(f'<!ENTITY ex "{"x" * 10_000}">', "&ex;" * 10_000)
    with pytest.raises(DocumentError, match="may grow"):
        graphs.triples(in_g(long, "application/rdf+xml"), G)


def test_a_write_to_another_version_than_the_writer_has_seen_fails(store: VersionedStore) -> None:
    seen = Write("Zainab", "A write", expected=1)
    assert graphs.post(in_g(triple("new")), Gate(store), seen) == Written(2)
    with pytest.raises(PreconditionFailed, match="version 2, not 1"):
        graphs.post(in_g(triple("newer")), Gate(store), seen)
    assert store.current.number == 2
