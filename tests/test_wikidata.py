"""The links at work, on a parish that is made up: candidates, the check, the client, the store, what may leave.

No item here is one of Wikidata: its identifiers are beyond those in use, but for what says that a thing is a human
being or a page of namesakes.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from sayso import library, mapping
from sayso.app import Served, create_app
from sayso.cli import main
from sayso.errors import DataRefused, DocumentError, WikidataFailed
from sayso.namespaces import GRAPH, ID, RDF, SAY, SCHEMA, TYPE
from sayso.store import VersionedStore
from sayso.wikidata import candidates, checks, exports, publishing, table, told
from sayso.wikidata.client import Client
from sayso.wikidata.items import DISAMBIGUATION, HUMAN, Cache, Item, Office
from sayso.wikidata.table import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

    from sayso.library import Project
    from sayso.mapping import Dataset

PREFIXES = """\
@prefix say: <https://w3id.org/sayso/ns#> .
@prefix v: <https://w3id.org/sayso/vocab/> .
@prefix id: <https://w3id.org/sayso/id/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <https://schema.org/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix a: <https://w3id.org/sayso/id/courier/> .
"""
PARISH = (
    PREFIXES
    + """
id:courier a say:Article ; schema:url <https://courier.example/1> ; schema:publisher id:courier-press .
id:courier-press a say:Outlet ; rdfs:label "Courier Press"@en .
id:ada-berg a say:Person ; rdfs:label "Ada Berg"@en .
id:karim-haddad a say:Person ; rdfs:label "Karim Haddad"@en , "كريم حداد"@ar .
id:osman-reed a say:Person ; rdfs:label "Osman Reed"@en .
id:mill-guild a say:Organization ; rdfs:label "Mill Guild"@en .
id:reeve a say:Post ; rdfs:label "Reeve of the parish"@en .
a:visit a say:Meeting ; rdfs:label "Meeting at the mill"@en ;
  say:participant id:ada-berg , id:karim-haddad , id:osman-reed ; say:date "2020-06-01"^^edtf:EDTF .
a:s1a a say:Claim ; rdf:subject id:karim-haddad ; rdf:predicate say:holdsPost ; rdf:object id:reeve ;
  say:from "2018"^^edtf:EDTF ; say:to "2020-05"^^edtf:EDTF ; say:hedge v:flat ; say:gist "Haddad was reeve."@en .
"""
)
ITEMS = {
    name: f"Q90000000{number}" for number, name in enumerate(("ada", "karim", "osman", "guild", "reeve", "press"), 1)
}
PAGE = min(DISAMBIGUATION)


def entity(qid: str, label: str, kind: str = HUMAN, born: str = "", **claims: Any) -> dict[str, Any]:
    """Write entity JSON as Wikidata does."""
    stated = {"P31": [_item(kind)], **({"P569": [_time(born)]} if born else {}), **claims}
    statements = {name: [{"mainsnak": snak, "rank": "normal"} for snak in snaks] for name, snaks in stated.items()}
    return {"id": qid, "labels": {"en": {"language": "en", "value": label}}, "claims": statements}


def _item(qid: str) -> dict[str, Any]:
    return {"snaktype": "value", "datavalue": {"value": {"id": qid}}}


def _time(date: str) -> dict[str, Any]:
    padded = "-".join([*date.split("-"), "00", "00"][:3])
    value = {"time": f"+{padded}T00:00:00Z", "precision": 9 + date.count("-")}
    return {"snaktype": "value", "datavalue": {"value": value}}


def office(post: str, start: str, end: str) -> dict[str, Any]:
    qualifiers = {"P580": [_time(start)], "P582": [_time(end)]}
    return {"P39": [{"mainsnak": _item(post), "rank": "normal", "qualifiers": qualifiers}]}


def judgement(name: str, entity: str, **others: Any) -> Judgement:
    values = ("", table.MANUAL, "A", "", "2026-01-01", "", "")
    row = Judgement(f"id:{entity}", entity, table.EXACT, bool(others.pop("negative", "")), f"wd:{name}", *values)
    return replace(row, **others)


LINKED = [
    judgement(ITEMS["ada"], "ada-berg"),
    judgement(ITEMS["press"], "courier-press"),
    judgement(ITEMS["karim"], "karim-haddad"),
    judgement(ITEMS["guild"], "mill-guild"),
    judgement(ITEMS["osman"], "osman-reed"),
    judgement(ITEMS["reeve"], "reeve"),
]


@pytest.fixture
def parish(tmp_path: Path) -> Project:
    root = tmp_path / "parish"
    for folder in ("data/articles", "data/links", "queries"):
        (root / folder).mkdir(parents=True)
    shutil.copytree(ROOT / "ontology", root / "ontology")
    (root / "data" / "articles" / "courier.ttl").write_text(PARISH, encoding="utf-8")
    tabulate(library.Project(root), LINKED)
    return library.Project(root)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    kept = Cache(tmp_path / "cache")
    keep(kept, entity(ITEMS["ada"], "Ada Berg"))
    keep(kept, entity(ITEMS["press"], "Courier Press", "Q900000100"))
    keep(kept, entity(ITEMS["karim"], "Karim Haddad"))
    keep(kept, entity(ITEMS["guild"], "Guild of the Mill", "Q900000100"))
    keep(kept, entity(ITEMS["osman"], "Osman Reed"))
    keep(kept, entity(ITEMS["reeve"], "Reeve of the parish", "Q900000100"))
    return kept


def tabulate(project: Project, rows: list[Judgement]) -> None:
    text = "# mapping_set_id: x\n" + "\t".join(table.COLUMNS) + "\n" + "".join(row.row() for row in rows)
    table.file(project).write_text(text, encoding="utf-8")


def keep(cache: Cache, found: dict[str, Any], asked: str | None = None) -> None:
    cache.keep(asked or found["id"], {"entities": {found["id"]: found}})


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def check(parish: Project, cache: Cache) -> set[tuple[str, int]]:
    """Check the links: each rule that is broken, and in which line; the first row is in line 3."""
    result = run("link", "check", "--project", parish.root, "--cache", cache.folder, "--format", "json")
    found = json.loads(result.stdout)["findings"]
    assert (result.exit_code == 1) == any(each["level"] == "violation" for each in found)
    return {(each["rule"], each["line"]) for each in found}


def test_links_that_agree_with_their_items_are_fine(parish: Project, cache: Cache) -> None:
    assert check(parish, cache) == set()


def test_an_item_that_is_not_in_the_cache_is_said_to_be_unchecked(parish: Project, tmp_path: Path) -> None:
    assert {rule for rule, _ in check(parish, Cache(tmp_path / "none"))} == {"link-unknown"}


def test_six_bad_links_at_once_are_all_found(parish: Project, cache: Cache) -> None:
    keep(cache, entity("Q900000011", "Ada Berg"), asked=ITEMS["ada"])
    cache.keep(ITEMS["press"], {"entities": {ITEMS["press"]: {"id": ITEMS["press"], "missing": ""}}})
    keep(cache, entity(ITEMS["karim"], "Karim Haddad", PAGE))
    keep(cache, entity(ITEMS["guild"], "Mill Guild", HUMAN))
    keep(cache, entity(ITEMS["osman"], "Osman Reed", born="1961-02-03"))
    rows = [replace(row, comment="Born 1958 in the same source.") if "osman" in row.subject else row for row in LINKED]
    tabulate(parish, [*rows, judgement(ITEMS["osman"], "reeve")])
    assert check(parish, cache) == {
        ("link-redirected", 3),
        ("link-deleted", 4),
        ("link-disambiguation", 5),
        ("link-type", 6),
        ("link-birth", 7),
        ("link-duplicate", 7),
        ("link-duplicate", 8),
        ("link-duplicate", 9),
        ("link-type", 9),
        ("link-label", 9),
    }


@pytest.mark.parametrize(
    ("found", "rule"),
    [
        (entity(ITEMS["karim"], "Karim Haddad", PAGE), "link-disambiguation"),
        (entity(ITEMS["karim"], "Karim Haddad", "Q900000100"), "link-type"),
        (entity(ITEMS["karim"], "Somebody Else"), "link-label"),
        (entity(ITEMS["karim"], "Karim Haddad", born="2012"), "link-life"),
        (entity(ITEMS["karim"], "Karim Haddad", P570=[_time("2019-12")]), "link-life"),
    ],
)
def test_one_bad_link_is_one_finding(parish: Project, cache: Cache, found: dict[str, Any], rule: str) -> None:
    keep(cache, found)
    assert check(parish, cache) == {(rule, 5)}


def test_an_office_held_at_another_time_is_found(parish: Project, cache: Cache) -> None:
    found = entity(ITEMS["karim"], "Karim Haddad")
    found["claims"] |= office(ITEMS["reeve"], "2001", "2004-03")
    keep(cache, found)
    assert check(parish, cache) == {("link-office", 5)}
    found["claims"] |= office(ITEMS["reeve"], "2020-04", "2021")
    keep(cache, found)
    assert check(parish, cache) == set()


def test_a_file_that_is_no_entity_is_refused_by_its_name(cache: Cache) -> None:
    for text in ("[]", "{}", '{"entities": {}}', '{"entities": {"Q1": []}}', "[" * 100_000):
        (cache.folder / "Q900000009.json").write_text(text, encoding="utf-8")
        with pytest.raises(DocumentError, match=r"Q900000009\.json:1"):
            cache.item("Q900000009")


def test_an_item_is_read_with_its_best_dates_and_its_offices() -> None:
    found = entity("Q900000001", "Ada Berg", born="1960-05")
    found["claims"]["P569"].append({"mainsnak": _time("1961"), "rank": "preferred"})
    found["claims"]["P39"] = [{"mainsnak": {"snaktype": "somevalue"}, "rank": "normal"}]
    found["claims"]["P39"] += office("Q900000005", "2001", "2004-03")["P39"]
    found["aliases"] = {"en": [{"language": "en", "value": "A. Berg"}]}
    item = read(found)
    assert (item.born, item.human, item.names) == ("1961", True, ("Ada Berg", "A. Berg"))
    assert item.offices == (Office("Q900000005", "2001", "2004-03"),)


def read(found: dict[str, Any]) -> Item:
    from sayso.wikidata import items  # noqa: PLC0415

    return items.read({"entities": {found["id"]: found}}, found["id"])


@pytest.fixture
def parish_told(parish: Project) -> told.Told:
    return told.read(mapping.build(parish).quads)


def test_a_candidate_has_a_score_and_its_reasons(parish_told: told.Told) -> None:
    found = entity(ITEMS["karim"], "Karim Hadad", born="1960")
    found["claims"] |= office(ITEMS["reeve"], "2018", "2020")
    alias = entity("Q900000020", "K. H.")
    alias["aliases"] = {"ar": [{"language": "ar", "value": "كريم حداد"}]}
    proposed = candidates.propose(parish_told, LINKED[-1:], [read(found), read(alias)])
    assert [(each.entity.id, each.item.id, each.reasons[1:]) for each in proposed] == [
        ("karim-haddad", ITEMS["karim"], ("type", "date", "office")),
        ("karim-haddad", "Q900000020", ("type",)),
    ]
    assert proposed[1].reasons[0].startswith("alias")
    assert 1 > proposed[0].score > proposed[1].score


def test_what_is_denied_linked_deleted_or_a_page_of_namesakes_is_not_proposed(parish_told: told.Told) -> None:
    item = read(entity("Q900000020", "Karim Haddad"))
    assert candidates.propose(parish_told, [], [item]) != []
    denied = judgement("Q900000020", "karim-haddad", negative=True)
    taken = judgement("Q900000020", "ada-berg")
    assert candidates.propose(parish_told, [denied], [item]) == []
    assert candidates.propose(parish_told, [taken], [item]) == []
    assert candidates.propose(parish_told, [], [replace(item, deleted=True)]) == []
    assert candidates.propose(parish_told, [], [replace(item, kinds=frozenset({HUMAN, PAGE}))]) == []
    assert candidates.propose(parish_told, [], [replace(item, kinds=frozenset())]) == []


def test_candidates_are_written_as_rows_that_count_for_nothing(parish: Project, cache: Cache) -> None:
    tabulate(parish, [row for row in LINKED if "karim" not in row.subject])
    before = table.judgements(table.file(parish))
    result = run("link", "candidates", "--project", parish.root, "--cache", cache.folder, "--write")
    assert f"id:karim-haddad,Karim Haddad,wd:{ITEMS['karim']}" in result.stdout
    after = table.judgements(table.file(parish))
    (new,) = [row for row in after if "karim" in row.subject]
    assert (new.counts, new.justification, new.reviewer) == (False, table.LEXICAL, "")
    assert [row.subject for row in after] == sorted(row.subject for row in after)
    assert [row.row() for row in after if row != new] == [row.row() for row in before]
    again = run("link", "candidates", "--project", parish.root, "--cache", cache.folder, "--write")
    assert "karim" not in again.stdout
    assert table.judgements(table.file(parish)) == after


def test_the_state_of_a_link_says_who_judged_it() -> None:
    made = judgement("Q900000002", "karim-haddad")
    no = judgement("Q900000003", "karim-haddad", negative=True)
    waiting = replace(made, justification=table.LEXICAL, author=candidates.AUTHOR)
    reviewed = replace(waiting, reviewer="B")
    nothing = replace(made, item=table.NOTHING_FOUND)
    states = [table.link("karim-haddad", [no, row]) for row in (made, waiting, reviewed, nothing)]
    assert [(each.state, each.judge, each.denied) for each in states if each] == [
        ("linked", "A", (no,)),
        ("proposed", candidates.AUTHOR, (no,)),
        ("linked", "B", (no,)),
        ("none found", "A", (no,)),
    ]
    assert table.link("ada-berg", [made]) is None


def test_a_store_gets_the_links_of_the_table_and_loses_those_that_are_gone(parish: Project, tmp_path: Path) -> None:
    directory = tmp_path / "store"
    assert run("init", directory, parish.data / "articles" / "courier.ttl", "--shapes", "none").exit_code == 0
    applied = ("link", "apply", "--project", parish.root, "--store", directory)
    assert run(*applied).exit_code == 0
    assert links(directory) == {f"{row.entity} {row.qid}" for row in LINKED}
    assert "nothing to change" in run(*applied).stderr
    tabulate(parish, [replace(LINKED[0], negative=True), *LINKED[1:]])
    assert run(*applied).exit_code == 0
    assert links(directory) == {f"{row.entity} {row.qid}" for row in LINKED[1:]}


@pytest.mark.parametrize(
    ("row", "line"), [(judgement(ITEMS["karim"], "reeve"), 9), (judgement("Q900000020", "nobody"), 9)]
)
def test_links_that_contradict_each_other_or_are_of_nobody_are_refused_whole(
    parish: Project, tmp_path: Path, row: Judgement, line: int
) -> None:
    tabulate(parish, [*LINKED, row])
    directory = tmp_path / "store"
    run("init", directory, parish.data / "articles" / "courier.ttl", "--shapes", "none")
    store = VersionedStore.open(directory)
    with pytest.raises(DataRefused, match=f":{line}: violation"):
        publishing.apply(table.file(parish), store, "tests")
    assert store.current.number == 1


def links(directory: Path) -> set[str]:
    quads = VersionedStore.open(directory).read().quads_for_pattern(None, SCHEMA["sameAs"], None, GRAPH["links"])
    return {f"{quad.subject.value.removeprefix(ID)} {quad.object.value.rpartition('/')[2]}" for quad in quads}  # type: ignore[union-attr]  # IRIs


def test_the_table_is_served_to_everybody(parish: Project) -> None:
    class Nothing:
        """Answer nothing; the table alone is asked for."""

        def version(self) -> int:
            return 1

    client: FlaskClient = create_app(Served(Nothing(), {}, links=table.file(parish))).test_client()  # type: ignore[arg-type]
    response = client.get("/data/links.sssom.tsv")
    assert response.mimetype == "text/tab-separated-values"
    assert response.data == table.file(parish).read_bytes()
    assert client.get("/data/links.sssom.tsv", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


LINE = re.compile(r'(Q\d+)\|(?:P2888\|"https://w3id\.org/sayso/id/[a-z0-9-]+"|P39\|(Q\d+)\|S854\|"https?://[^"|]+")\n')


def test_no_export_contains_an_allegation(dataset: Dataset, project: Project) -> None:
    judgements = table.judgements(table.file(project))
    lines = list(exports.quick_statements(told.read(dataset.quads), judgements))
    assert all(LINE.fullmatch(line) for line in lines)
    posts = {found.groups() for line in lines if (found := LINE.fullmatch(line)) and found[2]}
    assert posts
    graph = ox.Store()
    graph.bulk_extend(dataset.quads)
    alleged = {quad.subject for quad in graph.quads_for_pattern(None, TYPE, SAY["Allegation"])}
    item = {str(ID[each.entity]): each.qid for each in judgements if each.counts}
    for claim in alleged:
        about, what = (
            [item.get(str(quad.object)) for quad in graph.quads_for_pattern(claim, RDF[end], None)]
            for end in ("subject", "object")
        )
        assert posts.isdisjoint({(one, other) for one in about for other in what})
    same = list(exports.same_as(judgements))
    assert all(re.fullmatch(r"<\S+/id/\S+> <\S+#sameAs> <\S+/entity/Q\d+> \.\n", line) for line in same)
    assert len(same) == len([line for line in lines if "P2888" in line]) == len([x for x in judgements if x.counts])


POST = "rdf:subject id:ada-berg ; rdf:predicate say:holdsPost ; rdf:object id:reeve"
DOUBTS = {
    "allegation": "a:s a say:Allegation ; say:accused id:ada-berg .",
    "hop": "a:s say:accordingTo a:hop .",
    "negated": "a:s say:negated true .",
    "response": "a:r a say:Response ; say:respondsTo a:s ; say:stance v:denied .",
    "conflict": "a:s say:conflictsWith a:t .",
    "note": 'a:s skos:editorialNote "This post is given by no other article."@en .',
    "denied elsewhere": f"a:t {POST} ; say:negated true .",
    "alleged elsewhere": f"a:t {POST} ; a say:Allegation .",
}


@given(st.sets(st.sampled_from(sorted(DOUBTS))), st.sampled_from(["flat", "reportedly", "insinuated", "quoted"]))
def test_a_post_leaves_only_where_nothing_speaks_against_it(doubts: set[str], hedge: str) -> None:
    claim = (
        "id:courier schema:url <https://courier.example/1> . a:s a say:Claim ; say:inArticle id:courier ;"
        f" {POST} ; say:hedge v:{hedge} .\n"
    )
    text = PREFIXES + claim + "\n".join(DOUBTS[each] for each in sorted(doubts))
    quads = [ox.Quad(each.subject, each.predicate, each.object) for each in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    lines = [line for line in exports.quick_statements(told.read(quads), LINKED) if "P39" in line]
    post = f'{ITEMS["ada"]}|P39|{ITEMS["reeve"]}|S854|"https://courier.example/1"\n'
    assert lines == ([post] if not doubts and hedge == "flat" else [])


Answer = tuple[int, dict[str, str], Any]


@contextmanager
def api(*answers: Answer) -> Iterator[tuple[str, list[BaseHTTPRequestHandler]]]:
    """Serve answers in their order on the loopback interface; the requests are kept."""
    asked: list[BaseHTTPRequestHandler] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self)
            status, headers, content = left.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content if isinstance(content, bytes) else json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/w/api.php", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_client_says_what_it_is_waits_when_it_is_told_to_and_keeps_what_it_gets(cache: Cache) -> None:
    found = {"entities": {"Q900000030": entity("Q900000030", "Somebody")}}
    busy = {"error": {"code": "maxlag", "info": "lagged"}}
    waited: list[float] = []
    with api((429, {"Retry-After": "7"}, {}), (200, {"Retry-After": "3"}, busy), (200, {}, found)) as (address, asked):
        Client(address, waited.append).fetch("Q900000030", cache)
    assert waited == [7.0, 3.0]
    item = cache.item("Q900000030")
    assert item is not None
    assert item.label == "Somebody"
    assert {re.sub(r"/[0-9.]+", "", each.headers["User-Agent"]) for each in asked} == {
        "sayso (+https://w3id.org/sayso)"
    }
    query = parse_qs(urlsplit(asked[0].path).query)
    assert (query["ids"], query["maxlag"]) == (["Q900000030"], ["5"])


def test_a_deleted_item_is_kept_as_deleted(cache: Cache) -> None:
    gone = {"error": {"code": "no-such-entity", "info": "none", "id": "Q900000031"}}
    missing = {"entities": {"Q900000032": {"id": "Q900000032", "missing": ""}}}
    with api((200, {}, gone), (200, {}, missing)) as (address, _):
        for qid in ("Q900000031", "Q900000032"):
            Client(address).fetch(qid, cache)
            item = cache.item(qid)
            assert item is not None
            assert item.deleted


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, {}, {}), "500"),
        ((302, {"Location": "http://127.0.0.1:9/"}, {}), "302"),
        ((200, {}, b"<html>"), "no answer that can be read"),
        ((200, {}, []), "no answer of the API"),
        ((200, {}, {"batchcomplete": ""}), "without entities"),
        ((200, {}, {"error": {"code": "x", "info": "no such action"}}), "no such action"),
        ((503, {"Retry-After": "86400"}, {}), "86400 s"),
    ],
)
def test_an_answer_that_is_none_is_an_error_and_nothing_is_kept(cache: Cache, answer: Answer, says: str) -> None:
    with api(answer) as (address, _), pytest.raises(WikidataFailed, match=says):
        Client(address, lambda _: None).fetch("Q900000030", cache)
    assert cache.item("Q900000030") is None


def test_a_server_that_stays_busy_is_left_alone() -> None:
    with api(*[(429, {}, {})] * 4) as (address, asked), pytest.raises(WikidataFailed, match="busy 4 times"):
        Client(address, lambda _: None).search("Ada", "en")
    assert len(asked) == 4


def test_nothing_is_asked_unless_online_is_given(parish: Project, cache: Cache) -> None:
    tabulate(parish, LINKED[1:])
    shutil.rmtree(cache.folder)
    found = {"search": [{"id": ITEMS["ada"]}]}
    item = {"entities": {ITEMS["ada"]: entity(ITEMS["ada"], "Ada Berg")}}
    with api((200, {}, found), (200, {}, item)) as (address, asked):
        command = ("link", "candidates", "--project", parish.root, "--cache", cache.folder, "--api", address)
        assert "Ada" not in run(*command).stdout
        assert asked == []
        assert f"id:ada-berg,Ada Berg,wd:{ITEMS['ada']}" in run(*command, "--online").stdout
    assert (
        run("link", "check", "--project", parish.root, "--online", "--api", "http://wikidata.example/").exit_code == 2
    )


def test_the_check_online_fetches_every_linked_item_again(parish: Project, cache: Cache) -> None:
    tabulate(parish, LINKED[:1])
    merged = {"entities": {"Q900000011": entity("Q900000011", "Ada Berg")}}
    with api((200, {}, merged)) as (address, _):
        checks.fetch(LINKED[:1], Client(address), cache, lambda _: None)
    assert check(parish, cache) == {("link-redirected", 3)}
