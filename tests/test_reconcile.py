"""Reconciliation: the protocol as its clients use it, and above all that nobody is taken for somebody else."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso import entities, names
from sayso.entities import KINDS, Entities, Entity, Name, Value
from sayso.namespaces import SAY, TYPE
from sayso.reconcile import matching
from sayso.reconcile.matching import Query

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from sayso.mapping import Dataset

NAMESAKES = list(csv.DictReader(Path(__file__).with_name("namesakes.csv").read_text(encoding="utf-8").splitlines()))
KADHIMI = {"query": "Mustafa Kadhimi", "type": "Person"}


def reconcile(client: FlaskClient, *queries: dict[str, Any]) -> list[list[dict[str, Any]]]:
    batch = {f"q{number}": query for number, query in enumerate(queries)}
    answer = client.post("/reconcile", data={"queries": json.dumps(batch)}).json
    assert answer is not None
    assert list(answer) == list(batch)
    return [answer[key]["result"] for key in batch]


def extend(client: FlaskClient, ids: list[str], *properties: Any) -> Any:
    return client.post("/reconcile", data={"extend": json.dumps({"ids": ids, "properties": properties})}).json


def test_the_manifest_says_where_everything_is_and_it_is_there(client: FlaskClient) -> None:
    manifest = client.get("/reconcile").json
    assert manifest is not None
    assert {"0.2"} <= set(manifest["versions"])
    assert manifest["batchSize"] == 10
    assert {each["id"] for each in manifest["defaultTypes"]} == set(KINDS)
    sample = {"entity": "iran", "type": "Person", "property": "qid"}
    for what, service in manifest["suggest"].items():
        found = client.get(service["service_url"] + service["service_path"] + "?prefix=p").json
        assert found is not None
        assert found["result"]
        flyout = service["flyout_service_path"].replace("${id}", sample[what])
        shown = client.get(service["flyout_service_url"] + flyout).json
        assert shown is not None
        assert shown["id"] == sample[what]
    assert client.get(manifest["preview"]["url"].replace("{{id}}", "iran")).status_code == 200
    propose = manifest["extend"]["propose_properties"]
    offered = client.get(propose["service_url"] + propose["service_path"] + "?type=Place").json
    assert offered is not None
    assert {"qid", "articles"} <= {each["id"] for each in offered["properties"]}
    assert "post" not in {each["id"] for each in offered["properties"]}


def test_a_batch_is_answered_by_get_and_post_and_as_jsonp_to_anybody(client: FlaskClient) -> None:
    batch = json.dumps({f"q{number}": KADHIMI for number in range(10)})
    posted = client.post("/reconcile", data={"queries": batch})
    got = client.get("/reconcile", query_string={"queries": batch})
    assert posted.json == got.json
    assert set(got.json or {}) == {f"q{number}" for number in range(10)}
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    called = client.get("/reconcile", query_string={"queries": batch, "callback": "jQuery1.done"})
    assert called.mimetype == "text/javascript"
    content = re.fullmatch(r"/\*\*/jQuery1\.done\((.*)\);", called.text)
    assert content is not None
    assert json.loads(content[1]) == got.json


def test_the_manifest_comes_as_jsonp_with_what_jquery_adds(client: FlaskClient) -> None:
    called = client.get("/reconcile?callback=jQuery1&_=1600000000000")
    assert called.text.startswith('/**/jQuery1({"versions":')


def test_a_candidate_says_what_it_is_and_why_it_is_one(client: FlaskClient) -> None:
    ((best, *_),) = reconcile(client, KADHIMI | {"properties": [{"pid": "post", "v": "Prime Minister of Iraq"}]})
    assert (best["id"], best["name"]) == ("mustafa-al-kadhimi", "Mustafa al-Kadhimi")
    assert best["type"] == [{"id": "Person", "name": "person"}]
    assert best["description"] == "person: the name “Mustafa Al-Kadhimi”; post that articles give agrees"
    assert (best["score"], best["match"]) == (100.0, True)
    features = {each["id"]: each["value"] for each in best["features"]}
    assert features == {"name_likeness": 100.0, "same_name": True, "type": True, "post": True}


@pytest.mark.parametrize(
    ("query", "certain"),
    [
        ({}, False),
        ({"properties": [{"pid": "post", "v": {"id": "prime-minister-of-iraq"}}]}, True),
        ({"properties": [{"pid": "qid", "v": "http://www.wikidata.org/entity/Q85317569"}]}, True),
        ({"properties": [{"pid": "qid", "v": "Q900000001"}, {"pid": "post", "v": "Prime Minister of Iraq"}]}, False),
        ({"properties": [{"pid": "post", "v": "Mayor of Springfield"}]}, False),
        ({"properties": [{"pid": "articles", "v": 5}, {"pid": "unheard-of", "v": "x"}]}, False),
        ({"query": "Kadhimi", "properties": [{"pid": "post", "v": "Prime Minister of Iraq"}]}, False),
        ({"query": "Mustafa Kadhim", "properties": [{"pid": "post", "v": "Prime Minister of Iraq"}]}, False),
        ({"query": "Reuters", "type": "Outlet"}, True),
        ({"query": "Reuters", "type": None}, False),
        ({"query": "Hezbollah", "type": "Organization"}, False),
        ({"query": "Badr", "type": "Organization"}, False),
        ({"query": "Qasem Soleimani", "properties": [{"pid": "post", "v": "Major general (rank)"}]}, False),
        ({"query": "Qasem Soleimani", "properties": [{"pid": "post", "v": "Commander of the Quds Force"}]}, True),
    ],
)
def test_only_the_very_name_with_something_else_that_agrees_is_certain(
    client: FlaskClient,
    query: dict[str, Any],
    certain: bool,  # noqa: FBT001
) -> None:
    ((best, *others),) = reconcile(client, KADHIMI | query)
    assert best["match"] == certain
    assert not any(each["match"] for each in others)


def test_types_choose_among_candidates_as_strictly_as_is_asked(client: FlaskClient) -> None:
    asked = {"query": "Iraqi Army"}
    kinds = [["Place"], ["Place", "ArmedGroup"], ["ArmedGroup", "Organization"], ["Place"]]
    strict = ["any", "any", "all", "should"]
    found = reconcile(
        client, *(asked | {"type": kind, "type_strict": how} for kind, how in zip(kinds, strict, strict=True))
    )
    assert ["iraqi-army" in [each["id"] for each in candidates] for candidates in found] == [False, True, True, True]
    ((one,),) = reconcile(client, {"query": "Iraq", "limit": 1})
    assert one["id"] == "iraq"


def test_suggestions_begin_with_what_begins_so_in_any_script(client: FlaskClient) -> None:
    for prefix in ("Musta", "Kadh", "مصط", "al-Kad"):
        found = client.get("/reconcile/suggest/entity", query_string={"prefix": prefix, "type": "Person"}).json
        assert found is not None
        assert [each["id"] for each in found["result"]][:1] == ["mustafa-al-kadhimi"]


def test_rows_are_extended_with_items_posts_and_counts(client: FlaskClient, dataset: Dataset) -> None:
    wanted = [{"id": "qid"}, {"id": "post", "settings": {"limit": "1"}}, {"id": "articles"}, {"id": "allegations"}]
    answer = extend(client, ["mustafa-al-kadhimi", "esmail-qaani", "nobody"], *wanted)
    assert [each["id"] for each in answer["meta"]] == ["qid", "post", "articles", "allegations"]
    row = answer["rows"]["mustafa-al-kadhimi"]
    accused = {
        quad.subject
        for quad in dataset.quads
        if quad.predicate == SAY["accused"] and str(quad.object).endswith("/mustafa-al-kadhimi>")
    }
    assert row["qid"] == [{"str": "Q85317569"}]
    assert [set(each) for each in row["post"]] == [{"id", "name"}]
    assert row["allegations"] == [{"int": len(accused)}]
    assert answer["rows"]["esmail-qaani"]["qid"] == []
    assert answer["rows"]["nobody"] == {"qid": [], "post": [], "articles": [], "allegations": []}


def test_a_preview_may_be_framed_and_shows_names_in_their_direction(client: FlaskClient) -> None:
    page = client.get("/reconcile/preview?id=mustafa-al-kadhimi")
    assert "frame-ancestors" not in page.headers["Content-Security-Policy"]
    assert '<li lang="ar" dir="auto">مصطفى الكاظمي</li>' in page.text


def test_nothing_that_is_alleged_is_shown_of_anybody(client: FlaskClient, dataset: Dataset) -> None:
    alleged = {quad.subject for quad in dataset.quads if quad.predicate == TYPE and quad.object == SAY["Allegation"]}
    gists = {quad.object.value for quad in dataset.quads if quad.predicate == SAY["gist"] and quad.subject in alleged}  # type: ignore[union-attr]  # literals
    events = {quad.subject for quad in dataset.quads if quad.predicate == SAY["date"]}
    people = client.get("/reconcile/suggest/entity?prefix=a&limit=100").json
    assert people is not None
    for each in people["result"]:
        shown = json.dumps(each) + client.get(f"/reconcile/preview?id={each['id']}").text
        assert not [gist for gist in gists if gist in shown]
        assert f"<https://w3id.org/sayso/id/{each['id']}>" not in {str(event) for event in events}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"queries": "{"}, "queries is no JSON"),
        ({"queries": "[]"}, "queries is []"),
        ({"queries": '{"q0": "Iran"}'}, "queries.q0 is"),
        ({"queries": '{"q0": {}}'}, "queries.q0.query is null"),
        ({"queries": '{"q0": {"query": "x", "limit": "many"}}'}, "queries.q0.limit is"),
        ({"queries": '{"q0": {"query": "x", "type_strict": "very"}}'}, "any, all or should"),
        ({"queries": '{"q0": {"query": "x", "properties": [{"v": 1}]}}'}, "queries.q0.properties.pid"),
        ({"queries": json.dumps({"q0": {"query": "x" * 501}})}, "501 characters"),
        ({"queries": json.dumps({str(number): {"query": "x"} for number in range(101)})}, "at most 10"),
        ({"queries": "{}", "callback": "alert(1)"}, "callback"),
        ({"extend": '{"ids": ["iran"]}'}, "extend.properties is null"),
        ({"extend": '{"ids": ["iran"], "properties": [{"id": "age"}]}'}, "qid, post"),
        ({"query": "Iran"}, "queries or extend"),
    ],
)
def test_what_is_not_understood_is_a_problem_that_says_where(
    client: FlaskClient, fields: dict[str, str], says: str
) -> None:
    for response in (client.post("/reconcile", data=fields), client.get("/reconcile", query_string=fields)):
        assert (response.status_code, response.mimetype) == (400, "application/problem+json")
        assert says in (response.json or {})["detail"]


def test_who_is_not_there_is_not_found(client: FlaskClient) -> None:
    for path in ("preview?id=nobody", "flyout/entity?id=nobody", "flyout/type?id=Sheep", "flyout/property?id=age"):
        assert client.get(f"/reconcile/{path}").status_code == 404


MEMBERS = st.sampled_from(
    ["query", "type", "type_strict", "limit", "properties", "pid", "v", "id", "ids", "settings", "q0", "str", "name"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | MEMBERS, inner, max_size=4),
    max_leaves=12,
)


@given(
    st.sampled_from(["queries", "extend", "callback", "query"]),
    st.text(max_size=20)
    | JSON.map(json.dumps)
    | st.dictionaries(st.text(max_size=3), st.dictionaries(MEMBERS, JSON, max_size=6), max_size=3).map(json.dumps)
    | st.builds(
        lambda name, rest: json.dumps({"q": {**rest, "query": name}}), st.text(), st.dictionaries(MEMBERS, JSON)
    ),
)
def test_no_input_is_too_much(client: FlaskClient, field: str, value: str) -> None:
    answered(client.post("/reconcile", data={field: value}))


@given(
    st.sampled_from(["suggest", "flyout"]),
    st.sampled_from(["entity", "type", "property"]),
    st.text(),
    st.text(max_size=5),
)
def test_no_address_is_too_much(client: FlaskClient, route: str, what: str, text: str, limit: str) -> None:
    answered(client.get(f"/reconcile/{route}/{what}", query_string={"prefix": text, "id": text, "limit": limit}))
    answered(client.get("/reconcile/extend/propose", query_string={"type": text, "limit": limit}))


def answered(response: TestResponse) -> None:
    assert response.status_code in {200, 400, 404}
    assert response.is_json or response.mimetype == "text/javascript"


def test_the_entities_are_read_again_once_there_is_a_newer_version() -> None:
    class Changing:
        """Have one more person in each version."""

        number = 1

        def version(self) -> int:
            return self.number

        def select(self, text: str) -> bytes:
            people = [f"https://w3id.org/sayso/id/p{each}" for each in range(self.number)]
            value = (
                {"type": "uri", "value": SAY + "Person"}
                if "VALUES ?value" in text
                else {"type": "literal", "value": "A"}
            )
            rows = [
                {
                    "entity": {"type": "uri", "value": each},
                    "value": value,
                    "main": {"value": "1"},
                    "number": {"value": "0"},
                }
                for each in people
            ]
            return json.dumps({"results": {"bindings": rows}}).encode()

    source = Changing()
    current = entities.Current(source)
    first = current.entities()
    assert (first.version, set(first.by_id)) == (1, {"p0"})
    assert current.entities() is first
    source.number = 2
    assert set(current.entities().by_id) == {"p0", "p1"}


# ---------------------------------------------------------------- namesakes


POSTS = ("Reeve of the parish", "Keeper of the bridge")


def person(identifier: str, name: str, post: str) -> Entity:
    return Entity(
        identifier, ("Person",), (Name(name, "", main=True),), {"post": (Value(post, post),)}, confusable=False
    )


def graph(*people: Entity) -> Entities:
    parish = {"body": (Value("Parish"),)}
    posts = (Entity(post, ("Post",), (Name(post, "", main=True),), parish, confusable=False) for post in POSTS)
    return Entities(1, {each.id: each for each in (*people, *posts)})


SWAPS = [
    ("al-", ""),
    ("", "al-"),
    ("-", " "),
    ("o", "u"),
    ("e", "i"),
    ("ee", "i"),
    ("mm", "m"),
    ("q", "gh"),
    ("aa", "a"),
]
SWAPS += [
    ("\u064a", "\u06cc"),
    ("\u06cc", "\u0649"),
    ("\u0643", "\u06a9"),
]  # yeh and kaf, as Arabic and Persian write them
SWAPS += [
    ("\u0627", "\u0623"),
    ("\u0647", "\u0629"),
    ("", "\u064e"),
    ("", "\u0640"),
    ("", "\u200c"),
]  # hamza, marks, joiners


@st.composite
def respelled(draw: st.DrawFn, name: str) -> str:
    """Spell a name as somebody else may: other letters, other case, another order, or a word less."""
    words = name.split()
    for old, new in draw(st.lists(st.sampled_from(SWAPS), max_size=4)):
        place = draw(st.integers(0, len(words) - 1))
        words[place] = words[place].replace(old, new, 1)
    words = draw(st.sampled_from([words, words, words[::-1], words[1:], words[:-1]]))
    text = " ".join(words)
    return draw(st.sampled_from([text, text.upper(), text.lower(), text.title()]))


def certain(query: Query, people: Entities) -> set[str]:
    return {each.entity.id for each in matching.candidates(query, people) if each.match}


@given(st.data(), st.sampled_from(NAMESAKES))
def test_no_spelling_of_a_name_is_ever_certain_to_be_the_namesake(data: st.DataObject, pair: dict[str, str]) -> None:
    one = person("one", pair["one"], POSTS[0])
    other = person("other", pair["other"], POSTS[1])
    spelling = data.draw(respelled(pair["other"]))
    post = data.draw(st.sampled_from([(), (POSTS[1],)]))
    asked = Query(spelling, frozenset(["Person"]), limit=10, properties={"post": post, "qid": ("Q900000001",)})
    assert certain(asked, graph(one)) == set()  # who is asked for is not in the graph, and the namesake is
    assert "one" not in certain(asked, graph(one, other))
    if names.fold(pair["one"]) == names.fold(pair["other"]):
        assert certain(asked, graph(one, other)) == set()


@pytest.mark.parametrize("pair", NAMESAKES, ids=lambda pair: f"{pair['one']}, {pair['other']}")
def test_a_namesake_is_not_certain_even_where_the_post_is_the_namesakes(pair: dict[str, str]) -> None:
    both = graph(person("one", pair["one"], POSTS[0]), person("other", pair["other"], POSTS[1]))
    assert "one" not in certain(Query(pair["other"], limit=10, properties={"post": (POSTS[0],)}), both)


@pytest.mark.parametrize("pair", NAMESAKES, ids=lambda pair: f"{pair['one']}, {pair['other']}")
def test_both_namesakes_are_candidates_for_a_person_to_choose(pair: dict[str, str]) -> None:
    both = graph(person("one", pair["one"], ""), person("other", pair["other"], ""))
    found = matching.candidates(Query(pair["other"]), both)
    assert found[0].entity.id == "other" or found[0].score == names.CERTAIN
