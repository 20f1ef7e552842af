"""The pages for people: every link resolves, an allegation is never a headline, chains are whole, formats agree."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

import pyoxigraph as ox
import pytest

from sayso.app import Served, create_app
from sayso.engine.pool import Pool
from sayso.namespaces import GRAPH, ID, RDFS, SAY, TYPE
from sayso.pages import days, network, questions
from sayso.store import Commit, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from sayso.library import Project
    from sayso.mapping import Dataset

HTML = {"Accept": "text/html"}
VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "line", "rect"})
DENIED = "/page/iran-times-2020-07/s19a"
SAMPLE = 12  # of the pages of things, one in so many is fetched; that the others are there, the dataset tells
OF_OTHERS = ("/static/", "/sparql", "/graphs", "/.well-known/", "/version")


@dataclass
class Document(HTMLParser):
    """Read a page: its tags must close in order, and no attribute or tag may be what the policy forbids."""

    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    headings: list[int] = field(default_factory=list)
    said: str = ""
    open_tags: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert "style" not in given
        assert not any(name.startswith("on") for name in given)
        assert tag != "style"
        assert tag != "script" or given.get("src")
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if given.get("id"):
            assert given["id"] not in self.ids
            self.ids.add(str(given["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "meta":
            self.said += f" {given.get('content')}"
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "title" in self.open_tags and "svg" not in self.open_tags:
            self.said += f" {data}"


def read(response: TestResponse) -> Document:
    document = Document()
    document.feed(response.text)
    document.close()
    assert document.open_tags == []
    return document


@pytest.fixture(scope="module")
def crawled(client: FlaskClient) -> dict[str, tuple[TestResponse, Document | None]]:
    """Follow the links from the home page; the answers of other parts of the server are theirs to test."""
    found: dict[str, tuple[TestResponse, Document | None]] = {}
    waiting = deque(["/"])
    while waiting:
        path = waiting.popleft()
        if path in found or path.startswith(OF_OTHERS) or not is_fetched(path):
            continue
        response = client.get(path, headers=HTML)
        is_page = response.status_code == 200 and response.mimetype == "text/html"
        found[path] = response, read(response) if is_page else None
        document = found[path][1]
        targets = document.links if document else [response.headers.get("Location", "")]
        waiting.extend(urljoin(path, link).partition("#")[0] for link in targets if local(link))
    return found


def is_fetched(path: str) -> bool:
    if not path.startswith("/page/"):
        return "?" not in path
    return path in (DENIED, "/page/iran", "/page/ali-khamenei") or sum(path.encode()) % SAMPLE == 0


def local(link: str) -> bool:
    return bool(link) and not urlsplit(link).netloc and not link.startswith("/data/")


def test_every_link_resolves_to_a_page_and_to_a_place_on_it(
    crawled: dict[str, tuple[TestResponse, Document | None]], dataset: Dataset
) -> None:
    assert len(crawled) > 250
    known = {str(quad.subject)[1:-1] for quad in dataset.quads}
    assert {path: response.status_code for path, (response, _) in crawled.items() if response.status_code >= 400} == {}
    for path, (_, document) in crawled.items():
        for link in document.links if document else ():
            target, _, anchor = urljoin(path, link).partition("#")
            thing = unquote(urlsplit(target).path.removeprefix("/page/"))
            assert not target.startswith("/page/") or ID + thing in known, target
            other = crawled.get(target, (None, None))[1]
            if anchor and other is not None:
                assert anchor in other.ids, f"{path} links to {link}"


def test_headings_are_in_order_on_every_page(crawled: dict[str, tuple[TestResponse, Document | None]]) -> None:
    for path, (_, document) in crawled.items():
        levels = document.headings if document else [1]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_no_allegation_stands_in_a_title_or_a_description(
    crawled: dict[str, tuple[TestResponse, Document | None]], dataset: Dataset
) -> None:
    allegations = {
        quad.subject for quad in dataset.quads if quad.predicate == TYPE and quad.object == SAY["Allegation"]
    }
    talked_about = {SAY[name] for name in ("Event", "Meeting", "Visit", "Attack", "Objective")}
    contents = {quad.subject for quad in dataset.quads if quad.predicate == TYPE and quad.object in talked_about}
    headline = ox.NamedNode("https://schema.org/headline")
    forbidden = {
        str(quad.object.value)  # type: ignore[union-attr]  # a literal
        for quad in dataset.quads
        if (quad.predicate == SAY["gist"] and quad.subject in allegations)
        or (quad.predicate == RDFS["label"] and quad.subject in contents)
        or quad.predicate == headline
    }
    assert len(forbidden) > 300
    for path, (response, document) in crawled.items():
        if document is not None:
            assert [each for each in forbidden if each in document.said] == [], path
            assert 'type="application/ld+json">' not in response.text


def test_a_note_stands_above_the_first_allegation(crawled: dict[str, tuple[TestResponse, Document | None]]) -> None:
    for path, (response, _) in crawled.items():
        first = response.text.find("statement allegation") if response.mimetype == "text/html" else -1
        assert first < 0 or 0 <= response.text.find('role="note"') < first, path


def test_a_denied_allegation_is_three_clicks_from_the_home_page_and_its_passage_one_more(
    crawled: dict[str, tuple[TestResponse, Document | None]],
) -> None:
    ways = {"/": 0}
    waiting = deque(["/"])
    while waiting:
        path = waiting.popleft()
        document = crawled.get(path, (None, None))[1]
        for link in document.links if document else ():
            target = urljoin(path, link).partition("#")[0]
            if target not in ways:
                ways[target] = ways[path] + 1
                waiting.append(target)
    assert ways[DENIED] <= 3
    denied = crawled[DENIED][1]
    assert denied is not None
    assert any(link.startswith("/article/iran-times-2020-07#p19.c") for link in denied.links)


def test_an_allegation_shows_its_chain_from_the_innermost_source_and_its_responses(client: FlaskClient) -> None:
    page = client.get("/page/iran-times-2020-07/s30g", headers=HTML).text
    chain = re.search(r'<ol class="chain">(.*?)</ol>', page, re.DOTALL)
    assert chain is not None
    hops = [
        " ".join(re.sub(r"<[^>]*>", " ", hop).split()) for hop in re.findall(r"<li>(.*?)</li>", chain[1], re.DOTALL)
    ]
    assert [hop.split(" ")[0] for hop in hops] == ["Alleged", "as", "reported"]
    assert "Official of Iraq who spoke to Al-Ain, unnamed not named , who told" in hops[0]
    assert "Al-Ain" in hops[1]
    assert "iran-times-2020-07 ( Iran Times , 24 July 2020)" in hops[2]
    denied = client.get(DENIED, headers=HTML).text
    responses = re.findall(r'<p class="response">(.*?)</p>', denied, re.DOTALL)
    assert [re.sub(r"<[^>]*>", "", each).split(":")[0] for each in responses] == [
        "Not corroborated by Iran Times",
        "Denied by United States Department of State",
    ]


def test_leafing_through_a_thing_shows_every_statement_on_it_with_its_passage(
    client: FlaskClient, dataset: Dataset
) -> None:
    shown: set[str] = set()
    path: str | None = "/page/iran"
    while path is not None:
        page = client.get(path, headers=HTML).text
        for card in re.findall(r'<article class="statement.*?</article>', page, re.DOTALL):
            assert re.search(r'href="/article/[\w-]+#p\d+\.c\d+-\d+"', card)
            shown.update(re.findall(r'<a href="/page/([\w/-]+/s\w+)">A ', card))
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = further[1].replace("&amp;", "&") if further else None
    on = {SAY["about"], SAY["accused"], SAY["origin"]}
    expected = {quad.subject for quad in dataset.quads if quad.predicate in on and quad.object == ID["iran"]}
    assert {ID[name] for name in shown} >= expected
    assert len(expected) > 200


def test_an_answer_to_the_same_words_elsewhere_counts_as_an_answer(client: FlaskClient, dataset: Dataset) -> None:
    answered = {quad.object for quad in dataset.quads if quad.predicate == SAY["respondsTo"]}
    repeated = [
        quad.subject
        for quad in dataset.quads
        if quad.predicate == SAY["repeats"] and quad.object in answered and quad.subject not in answered
    ]
    for statement in repeated:
        page = client.get(f"/page/{str(statement)[1:-1].removeprefix(ID)}", headers=HTML).text
        assert "to the same words in another article" in page
        assert "No response found" not in page


@pytest.mark.parametrize("page", ["mustafa-al-kadhimi", "iran-times-2020-07/s19a"])
def test_an_identifier_leads_to_what_the_client_wants(client: FlaskClient, page: str) -> None:
    wanted = {
        "text/html,application/xhtml+xml,*/*;q=0.8": f"/page/{page}",
        "text/turtle": f"/data/{page}.ttl",
        "application/ld+json": f"/data/{page}.jsonld",
        "application/n-quads": f"/data/{page}.nq",
        "application/rdf+xml": f"/data/{page}.rdf",
        "*/*": f"/data/{page}.ttl",
    }
    for accept, location in wanted.items():
        response = client.get(f"/id/{page}", headers={"Accept": accept})
        assert (response.status_code, response.headers["Location"]) == (303, location)
    assert client.get(f"/id/{page}", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/id/nobody-of-this-name").status_code == 404
    assert 'rel="cite-as"' in client.get(f"/page/{page}", headers=HTML).headers["Link"]


@pytest.mark.parametrize("extension", ["ttl", "jsonld", "nt", "rdf", "trig", "nq"])
def test_the_data_of_a_thing_parse_and_are_what_the_store_has(
    client: FlaskClient, dataset: Dataset, extension: str
) -> None:
    response = client.get(f"/data/iran-times-2020-07/s30a.{extension}")
    rdf_format = ox.RdfFormat.from_extension(extension)
    assert rdf_format is not None
    found = list(ox.parse(response.data, format=rdf_format))
    statement = f"<{ID}iran-times-2020-07/s30a"
    expected = {
        quad
        for quad in dataset.quads
        if str(quad.subject) == f"{statement}>" or str(quad.subject).startswith(f"{statement}/via")
    }
    if extension in ("trig", "nq"):
        assert set(found) == expected
    else:
        assert {quad.triple for quad in found} == {quad.triple for quad in expected}


def test_the_data_of_an_article_have_its_graph_and_all_data_are_the_store(
    client: FlaskClient, dataset: Dataset
) -> None:
    article = set(ox.parse(client.get("/data/neo-2021-11.trig").data, format=ox.RdfFormat.TRIG))
    assert {quad for quad in dataset.quads if quad.graph_name == GRAPH["neo-2021-11"]} <= article <= set(dataset.quads)
    every = client.get("/data/sayso.nq").data
    assert set(ox.parse(every, format=ox.RdfFormat.N_QUADS)) == set(dataset.quads)
    assert b"reifies" in client.get("/data/sayso-rdf12.nq").data
    assert client.get("/data/iran.pdf").status_code == 404


def test_the_ontology_is_a_page_and_three_formats(client: FlaskClient, project: Project) -> None:
    assert client.get("/ns", headers=HTML).mimetype == "text/html"
    turtle = (project.ontology / "sayso.ttl").read_bytes()
    assert client.get("/ns").data == turtle == client.get("/ns.ttl").data
    triples = {quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)}
    for extension, rdf_format in (("jsonld", ox.RdfFormat.JSON_LD), ("rdf", ox.RdfFormat.RDF_XML)):
        assert {quad.triple for quad in ox.parse(client.get(f"/ns.{extension}").data, format=rdf_format)} == triples
    assert client.get("/shapes").data == project.shapes.read_bytes()
    concept = client.get("/vocab/denied", headers={"Accept": "text/turtle"}).data
    assert {str(quad.subject) for quad in ox.parse(concept, format=ox.RdfFormat.TURTLE)} == {
        "<https://w3id.org/sayso/vocab/denied>"
    }
    assert json.loads(client.get("/context.jsonld").data)["@context"]


@pytest.mark.parametrize("name", ["Kazimi", "kadhimi", "الكاظمي", "Mustafa al-Kadhimi", "Kazemi"])
def test_a_name_is_found_in_any_spelling_and_script(client: FlaskClient, name: str) -> None:
    suggested: Any = client.get("/suggest", query_string={"q": name}).json
    assert "/page/mustafa-al-kadhimi" in [each["href"] for each in suggested]
    assert "/page/mustafa-al-kadhimi" in client.get("/search", query_string={"q": name}, headers=HTML).text


def test_what_somebody_says_is_not_suggested_as_a_name(client: FlaskClient) -> None:
    suggested: Any = client.get("/suggest?q=Iran+controls+who+governs+Iraq").json
    assert "/page/control-of-iraqi-politics" not in [each["href"] for each in suggested]
    assert "Talked about, as somebody says" in client.get("/search?q=Iran+controls+who+governs", headers=HTML).text


def test_names_carry_their_language_and_direction(client: FlaskClient) -> None:
    page = client.get("/page/ali-khamenei", headers=HTML).text
    assert re.search(r'<bdi lang="fa" dir="rtl">[\u0600-\u06ff\u200c ]+</bdi>', page)
    assert re.search(r'<bdi lang="en" dir="ltr">Ali Khamenei</bdi>', page)


def test_a_question_takes_parameters_and_gives_other_formats(client: FlaskClient) -> None:
    rows = client.get("/queries/labels.csv?thing=id:ali-khamenei").text.splitlines()
    assert rows[0] == "thing,label"
    assert len(rows) == 3
    assert "Ali Khamenei" in client.get("/queries/labels?thing=id:ali-khamenei", headers=HTML).text
    assert client.get("/queries/labels.rq").mimetype == "application/sparql-query"
    assert client.get("/queries/labels.pdf").status_code == 406
    assert client.get("/queries/no-such-question").status_code == 404


@pytest.mark.parametrize("term", ["id:x} ?s ?p ?o . {", "nobody:x", '"open', "<no iri>", "} UNION {", "<a> . } #"])
def test_a_parameter_is_terms_and_nothing_else(client: FlaskClient, term: str) -> None:
    assert client.get("/queries/labels", query_string={"thing": term}).status_code == 400


def test_terms_are_written_as_sparql_has_them(prefixes: Mapping[str, str]) -> None:
    found = questions.terms('id:iran <https://example.org/a> "said"@en 600 UNDEF', prefixes)
    assert found == [f"<{ID}iran>", "<https://example.org/a>", '"said"@en', "600", "UNDEF"]


def test_filters_narrow_the_meetings(client: FlaskClient) -> None:
    page = client.get("/meetings?person=ali-al-sistani", headers=HTML).text
    assert page.count('<th scope="row">') == 1
    assert "refused" in page
    assert "Nothing fits" in client.get("/meetings?person=iran&place=no-such-place", headers=HTML).text


def test_the_network_is_the_same_each_time_and_keeps_linked_things_near(client: FlaskClient) -> None:
    edges = tuple((f"a{number}", f"a{number + 1}") for number in range(20))
    first = network.layout(edges)
    network.layout.cache_clear()
    assert network.layout(edges) == first
    places = {name: complex(*place) for name, place in first.items()}
    assert len(set(places.values())) == len(places)
    assert abs(places["a3"] - places["a4"]) < abs(places["a0"] - places["a20"])
    drawn: Any = client.get("/network.json?around=ammar-al-hakim").json
    assert {link["kind"] for link in drawn["links"]} == {"meeting", "post", "allegation"}
    assert {link[end] for link in drawn["links"] for end in ("source", "target")} == {
        node["id"] for node in drawn["nodes"]
    }


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("2020-07-24", "24 July 2020"),
        ("2020-03~", "about March 2020"),
        ("2019-10/..", "from October 2019 on"),
        ("2021-10/2021-11-18", "October 2021 to 18 November 2021"),
        ("2019-12-2X", "2019-12-2X"),
    ],
)
def test_dates_are_read_as_words(edtf: str, words: str) -> None:
    assert days.words(edtf) == words


def test_robots_stay_away_from_what_is_computed_and_the_sitemap_lists_pages(client: FlaskClient) -> None:
    robots = client.get("/robots.txt").text
    assert {f"Disallow: {path}" for path in ("/sparql?", "/validate", "/reconcile")} <= set(robots.splitlines())
    addresses = re.findall(r"<loc>(.*?)</loc>", client.get("/sitemap.xml").text)
    assert "http://localhost/page/mustafa-al-kadhimi" in addresses
    assert "http://localhost/article/neo-2021-11" in addresses


def test_hostile_labels_stay_text(
    project: Project, prefixes: Mapping[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    hostile = '<script>alert("x")</script></title>&amp;\u202e'
    graph, mallory, statement, article = GRAPH["x"], ID["mallory"], ID["x/s1a"], ID["x"]
    literal = ox.Literal(hostile, language="en")
    quads = [
        ox.Quad(mallory, TYPE, SAY["Person"], graph),
        ox.Quad(mallory, RDFS["label"], literal, graph),
        ox.Quad(statement, TYPE, SAY["Allegation"], graph),
        ox.Quad(statement, SAY["gist"], literal, graph),
        ox.Quad(statement, SAY["cue"], ox.Literal(hostile), graph),
        ox.Quad(statement, SAY["hedge"], ox.NamedNode("https://w3id.org/sayso/vocab/flat"), graph),
        ox.Quad(statement, SAY["origin"], mallory, graph),
        ox.Quad(statement, SAY["about"], mallory, graph),
        ox.Quad(statement, SAY["accused"], mallory, graph),
        ox.Quad(statement, SAY["inArticle"], article, graph),
        ox.Quad(statement, SAY["evidence"], ID["x/p1.c0-9"], graph),
    ]
    store = VersionedStore.create(tmp_path / "store", quads, Commit(author=hostile, message=hostile))
    pool = Pool(store)
    request.addfinalizer(pool.close)
    client = create_app(Served(pool, prefixes, store, project=project)).test_client()
    for path in (
        "/page/mallory",
        "/page/x/s1a",
        "/search?q=alert",
        f"/search?q={hostile}",
        "/disagreements",
        "/network",
    ):
        page = client.get(path, headers=HTML)
        assert page.status_code == 200
        read(page)
        assert "<script>alert" not in page.text
    assert client.get(f"/page/{hostile}", headers=HTML).status_code == 400


def test_a_local_copy_shows_the_passages_in_the_text_and_nothing_shows_it_without(
    store: VersionedStore,
    prefixes: Mapping[str, str],
    shared: Path,
    client: FlaskClient,
    request: pytest.FixtureRequest,
) -> None:
    from sayso import texts  # noqa: PLC0415  # only where the copies are

    pool = Pool(store)
    request.addfinalizer(pool.close)
    copies = texts.copies(shared / "articles")
    with_texts = create_app(Served(pool, prefixes, texts=copies)).test_client()
    page = with_texts.get("/article/neo-2021-11", headers=HTML)
    document = read(page)
    assert page.text.count("<mark>") > 100
    plain = client.get("/article/neo-2021-11", headers=HTML)
    assert "<mark>" not in plain.text
    assert read(plain).ids <= document.ids


def test_every_page_names_the_questions_that_it_asked(client: FlaskClient, project: Project) -> None:
    for path in (
        "/",
        "/page/iran",
        DENIED,
        "/article/neo-2021-11",
        "/meetings",
        "/events",
        "/disagreements",
        "/network",
    ):
        page = client.get(path, headers=HTML).text
        behind = page[page.index('class="behind"') :]
        stems = re.findall(r'aria-label="SPARQL: ([\w-]+)"', behind)
        assert stems
        for stem in stems:
            text = (project.queries / f"{stem}.rq").read_text(encoding="utf-8")
            assert text.splitlines()[0].removeprefix("#+ summary: ").partition("'")[0] in behind


@pytest.mark.parametrize(
    "path", ["/vocab/%FF", "/vocab/a%20b.ttl", "/events?person=%3C%3E", "/page/%FF", "/id/%00", "/data/%FF.ttl"]
)
def test_a_name_that_can_be_none_is_refused_and_never_an_error_of_the_server(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers=HTML)
    assert response.status_code in {400, 404}
    assert "<h1>" in response.text


def test_all_data_are_all_of_any_store_whatever_its_default_graph(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    thing = ox.NamedNode("http://example.org/thing")
    quads = {ox.Quad(thing, thing, thing), ox.Quad(thing, thing, ox.Literal("o"), thing)}
    store = VersionedStore.create(tmp_path / "store", quads, Commit("tests", "two"))
    for default_graph in ("union", "strict"):
        pool = Pool(store, default_graph=default_graph)
        request.addfinalizer(pool.close)
        found = create_app(Served(pool, {}, store)).test_client().get("/data/sayso.nq")
        assert set(ox.parse(found.data, ox.RdfFormat.N_QUADS)) == quads


@pytest.mark.parametrize("path", ["/search", "/suggest"])
def test_a_text_that_is_too_long_for_a_name_is_refused(client: FlaskClient, path: str) -> None:
    response = client.get(path, query_string={"q": "x" * 5000})
    assert (response.status_code, "256" in response.text) == (400, True)
