"""`sayso add` and `sayso shapes`: files go into a store as a build would put them there, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from conftest import ROOT
from test_check import ARTICLE, line_of, village, write  # noqa: F401  # village is a fixture

from sayso import ingest
from sayso.cli import main
from sayso.library import Project
from sayso.store import VersionedStore

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

PLAIN = "<https://w3id.org/sayso/id/baker> <http://www.w3.org/2000/01/rdf-schema#label> 'Bäcker'@de .\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def empty(village: Path) -> Path:  # noqa: F811
    """Give the store of the village without its article, beside the project that has it."""
    file = village / "data" / "articles" / "gazette.ttl"
    moved = file.rename(village / "gazette.ttl")
    ingest.project(Project(village), village / "store", "tests")
    moved.rename(file)
    return village / "store"


def add(store: Path, *arguments: object) -> Result:
    return run("add", *arguments, "-m", "Added", "--store", store, "--project", store.parent)


def test_an_article_that_is_added_makes_the_store_that_a_build_with_it_makes(empty: Path) -> None:
    article = empty.parent / "data" / "articles" / "gazette.ttl"
    result = add(empty, article)
    assert (result.exit_code, result.stderr) == (0, "version 2\n"), result.stdout
    built = ingest.project(Project(empty.parent), empty.parent / "built", "tests")
    assert VersionedStore(empty).verify().content_hash == built.verify().content_hash


def test_an_article_that_is_corrected_and_added_again_replaces_itself(empty: Path) -> None:
    article = empty.parent / "data" / "articles" / "gazette.ttl"
    assert add(empty, article).exit_code == 0
    assert add(empty, article).stderr == "version 2\n"
    changed = ARTICLE.replace(
        "id:baker a say:Person", "a:fete a say:Meeting ; rdfs:label 'Fete'@en .\nid:baker a say:Person"
    )
    write(empty.parent, changed.replace("say:hedge v:quoted", "say:hedge v:flat"))
    assert add(empty, article).stderr == "version 3\n"
    built = ingest.project(Project(empty.parent), empty.parent / "built", "tests")
    assert VersionedStore(empty).verify().content_hash == built.verify().content_hash


def test_what_is_wrong_in_an_article_is_found_at_its_line_and_nothing_is_written(empty: Path) -> None:
    write(empty.parent, ARTICLE.replace("v:held", "v:flat"))
    article = empty.parent / "data" / "articles" / "gazette.ttl"
    result = add(empty, article)
    assert result.exit_code == 1
    assert f"{article}:{line_of('rdf:object v:held', ARTICLE)}:14: violation: " in result.stdout
    assert result.stderr == "refused, and nothing was written\n"
    assert VersionedStore(empty).current.number == 1


def test_plain_rdf_is_added_to_the_graph_that_is_named(empty: Path) -> None:
    article = empty.parent / "data" / "articles" / "gazette.ttl"
    plain = empty.parent / "plain.ttl"
    plain.write_text(PLAIN, encoding="utf-8")
    dry = add(empty, article, plain, "--graph", "http://x/g", "--dry-run")
    assert (dry.exit_code, dry.stderr) == (0, "it would pass; nothing was written after version 1\n")
    assert add(empty, article, plain, "--graph", "http://x/g").exit_code == 0
    store = VersionedStore(empty)
    assert [str(quad.graph_name) for quad in store.changes(2).added if "Bäcker" in str(quad)] == ["<http://x/g>"]
    assert store.entry(2).message == "Added"
    assert add(empty, plain, "--graph", "g").exit_code == 2


def test_a_mapped_article_can_be_taken_as_the_plain_rdf_that_it_is(empty: Path) -> None:
    result = add(empty, empty.parent / "data" / "articles" / "gazette.ttl", "--plain")
    assert result.exit_code == 1
    assert ": violation: " in result.stdout


def test_no_article_takes_the_name_of_a_graph_with_another_use(empty: Path) -> None:
    file = empty.parent / "entities.ttl"
    file.write_text(ARTICLE.replace("id:gazette a", "id:entities a").replace("id/gazette/", "id/entities/"))
    result = add(empty, file)
    assert (result.exit_code, VersionedStore(empty).current.number) == (2, 1)
    assert "another use" in result.stderr


def test_the_shapes_are_printed_and_replaced(empty: Path) -> None:
    printed = run("shapes", "--store", empty)
    assert "shp:Statement,every say:Statement,violation," in printed.stdout
    assert run("shapes", "--store", empty.parent / "nowhere", "--project", ROOT).stdout == printed.stdout
    shapes = empty.parent / "ontology" / "shapes.ttl"
    more = "\nshp:Few a sh:NodeShape ; sh:targetClass say:HedgeScheme , rdfs:Class ; sh:in () ; sh:message 'No.' .\n"
    shapes.write_text(shapes.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert run("shapes", shapes, "--store", empty, "--dry-run").exit_code == 0
    assert run("shapes", shapes, "--store", empty).stderr == "version 2\n"
    assert VersionedStore(empty).shapes() == shapes.read_bytes()
    shapes.write_text(shapes.read_text(encoding="utf-8").replace("rdfs:Class ;", "say:Hedge , owl:Class ;"))
    refused = run("shapes", shapes, "--store", empty)
    assert (refused.exit_code, VersionedStore(empty).current.number) == (1, 2), refused.stderr


# ---------------------------------------------------------------- what a newcomer gets wrong

HEAD = ARTICLE.partition("a:s2a a")[0]
KNOWN = [line for line in HEAD.splitlines() if line.startswith(("id:paper", "id:mayor", "id:baker", "id:miller"))]
MISTAKEN = """\
a:s2a a say:Claim ;
  rdf:subject a:meeting ; rdf:predicate say:outcome ; rdf:object v:flat ;
  say:gist "The mayor and the baker are said to have met."@en ;
  dct:subject v:iraqiPolitic ;
  say:evidence a:p2.c21-54 .
a:s2b a say:Allegation ;
  rdf:subject a:dilution ; rdf:predicate say:perpetrator ; rdf:object id:baker ;
  say:accordingTo [ say:source id:miller ; say:speechAct v:said ] ;
  say:hedge v:flat , v:quoted ;
  say:gist "The miller accuses the baker of thinning milk."@en ;
  dct:subject v:iraqiPolitics ;
  say:evidence a:p2.c60-111 .
a:s2c a say:Response ;
  say:respondsTo a:s2z ; say:stance v:denied ;
  say:accordingTo [ say:source id:baker ] ;
  say:hedge v:quoted ;
  say:gist "The baker denies it." ;
  dct:subject v:iraqiPolitics ;
  say:evidence a:p2.c113-130 .
id:baker say:supports id:mayor .
a:fete a say:Meeting ; rdfs:label "Fete"@en ; say:date "2999-07"^^edtf:EDTF .
id:mayer a say:Person ; rdfs:label "Somebody"@en .
"""
# What is wrong, where, and what to do about it.
MISTAKES = (
    ("no hedge", "a:s2a a", "Give it one concept of the scheme v:hedges"),
    ("an outcome that is none", "v:flat ;", "Correct the IRI, or compare its class"),
    ("a misspelled topic", "v:iraqiPolitic ;", "did you mean v:iraqiPolitics?"),
    ("nobody accused", "a:s2b a", "Say at whose door it is laid with say:accused"),
    ("two hedges", "v:flat , v:quoted", "A statement has one hedge"),
    ("an answer to nothing", "a:s2z", "Point say:respondsTo to it"),
    ("a gist without a language", "denies it", "with a language tag"),
    ("a passage that is not recorded", "a:p2.c113-130", "Record it with sayso hash"),
    ("a claim stated as a fact", "id:baker say:supports", "Describe it in a say:Claim"),
    ("one participant", "a:fete a", "Name the other side"),
    ("a date to come", "2999-07", "check the year"),
    ("a person who is nearly another", "id:mayer a", "write id:mayor"),
)


def test_each_mistake_of_a_newcomer_is_found_at_its_line_with_what_to_do(empty: Path) -> None:
    prefixes = [line for line in HEAD.splitlines() if line.startswith("@prefix")]
    people = empty.parent / "people.ttl"
    people.write_text("\n".join([*prefixes, *KNOWN]), encoding="utf-8")
    assert add(empty, people, "--graph", "https://w3id.org/sayso/graph/entities").exit_code == 0
    text = "\n".join(line for line in HEAD.splitlines() if line not in KNOWN) + "\n" + MISTAKEN
    write(empty.parent, text)
    result = add(empty, empty.parent / "data" / "articles" / "gazette.ttl", "--format", "json")
    assert (result.exit_code, VersionedStore(empty).current.number) == (1, 2)
    found = {
        (each["line"], f"{each['message']} {each.get('hint', '')}") for each in json.loads(result.stdout)["findings"]
    }
    missed = [
        what
        for what, where, remedy in MISTAKES
        if not any(line == line_of(where, text) and remedy in words for line, words in found)
    ]
    assert missed == []
    assert {line for line, _ in found} == {line_of(where, text) for _, where, _ in MISTAKES}
