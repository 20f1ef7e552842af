"""`sayso check`: what is wrong in a file is found at its line, and what is right passes.

The article here is made up for the tests; its text stands below, so that the words can be compared too.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sayso.cli import main

ROOT = Path(__file__).parents[1]
TEXT = """\
The Village Gazette

The mayor met the baker on Monday, and the miller says that the baker waters down the milk. “That is a lie,” he said.
Nobody asked the cow.
"""
MEETING, CHARGE = "a:p2.c21-54", "a:p2.c21-112"
ARTICLE = """\
@prefix say: <https://w3id.org/sayso/ns#> .
@prefix v: <https://w3id.org/sayso/vocab/> .
@prefix id: <https://w3id.org/sayso/id/> .
@prefix a: <https://w3id.org/sayso/id/gazette/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix schema: <https://schema.org/> .

id:gazette a say:Article ; schema:publisher id:paper ; dct:issued "2020-07"^^edtf:EDTF ; dct:identifier "gazette" ;
  dct:rights "Made up for a test."@en ; say:paragraphs 3 ; say:sha256 "HASH" .
id:paper a say:Outlet ; rdfs:label "Village Gazette"@en .
id:mayor a say:Person ; rdfs:label "Mayor"@en .
id:baker a say:Person ; rdfs:label "Baker"@en .
id:miller a say:Person ; rdfs:label "Miller"@en .
a:somebody a say:UnnamedSource ; rdfs:label "an unnamed villager"@en .
a:meeting a say:Meeting ; rdfs:label "Meeting of mayor and baker"@en ; say:participant id:mayor , id:baker .
a:dilution a say:Event ; rdfs:label "Thinning of milk"@en ; dct:type v:fraud .
a:p1.c0-19 say:setAside v:notContent ; skos:note "name of the paper"@en .
a:p3.c139-160 say:setAside v:noClaim ; skos:note "a joke"@en .

a:s2a a say:Claim ;
  rdf:subject a:meeting ; rdf:predicate say:outcome ;
  rdf:object v:held ;
  say:hedge v:flat ;
  say:gist "The mayor and the baker are said to have met."@en ;
  dct:subject v:iraqiPolitics ;
  say:evidence a:p2.c21-54 .
a:s2b a say:Allegation ;
  rdf:subject a:dilution ; rdf:predicate say:perpetrator ; rdf:object id:baker ; say:accused id:baker ;
  say:accordingTo [ say:source id:miller ; say:speechAct v:said ] ;
  say:hedge v:flat ;
  say:gist "The miller accuses the baker of thinning milk."@en ;
  dct:subject v:iraqiPolitics ;
  say:evidence a:p2.c60-111 .
a:s2c a say:Response ;
  say:respondsTo a:s2b ; say:stance v:denied ;
  say:accordingTo [ say:source id:baker ] ;
  say:hedge v:quoted ;
  say:gist "The baker denies it."@en ;
  dct:subject v:iraqiPolitics ;
  say:evidence a:p2.c113-138 .
"""


@pytest.fixture
def village(tmp_path: Path) -> Path:
    """Give a project with one article that is right, and its text in the folder texts/."""
    shutil.copytree(ROOT / "ontology", tmp_path / "ontology")
    for folder in ("data/articles", "queries", "texts"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "texts" / "copy.txt").write_text(TEXT, encoding="utf-8")
    write(tmp_path, ARTICLE)
    assert run("hash", "--project", tmp_path, "--texts", tmp_path / "texts").exit_code == 0
    return tmp_path


def write(village: Path, article: str) -> None:
    content = article.replace("HASH", hashlib.sha256(TEXT.encode()).hexdigest())
    (village / "data" / "articles" / "gazette.ttl").write_text(content, encoding="utf-8")


def line_of(words: str, article: str) -> int:
    return next(number for number, line in enumerate(article.splitlines(), 1) if words in line)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def check(village: Path, *options: object) -> Result:
    return run("check", "--project", village, "--texts", village / "texts", *options)


def test_what_is_right_passes(village: Path) -> None:
    result = check(village)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "gazette: 3 paragraphs, 1 with statements, 2 set aside, 0 unmapped\n0 violations, 0 warnings\n"
    )


def test_a_paragraph_that_nobody_dealt_with_is_reported_without_the_text(village: Path) -> None:
    write(village, ARTICLE.replace("say:paragraphs 3", "say:paragraphs 4"))
    result = run("check", "--project", village)
    assert result.exit_code == 1
    place = f"{village}/data/articles/gazette.ttl:{line_of('id:gazette a', ARTICLE)}:1: violation: paragraph 4 "
    assert result.stdout.startswith(place)
    assert "unmapped: 4" in result.stderr


@pytest.mark.parametrize(
    ("before", "after", "at", "words"),
    [
        pytest.param(
            "id:baker a say:Person",
            "id:baker say:supports id:mayor .\nid:baker a say:Person",
            "id:baker say:supports",
            "claim",
            id="a claim property stated as a fact",
        ),
        pytest.param(
            " ;\n  say:evidence a:p2.c60-111 .\na:s2c",
            ' .\na:p2.c60-111 say:setAside v:noClaim ; skos:note "…"@en .\na:s2c',
            "a:s2b a",
            "say:evidence",
            id="a statement without evidence",
        ),
        pytest.param(
            "a:somebody a",
            "a:somebody schema:sameAs <http://www.wikidata.org/entity/Q1> .\na:somebody a",
            "a:somebody schema:sameAs",
            "unnamed",
            id="a link to an unnamed source",
        ),
        pytest.param(
            "The miller accuses the baker of thinning milk.",
            "He says that the baker waters down the milk.",
            "waters down",
            "own words",
            id="a gist that shares six words in a row with the article",
        ),
        pytest.param("v:held", "v:flat", "rdf:object v:flat", "rangeincludes", id="an outcome that is no outcome"),
        pytest.param("a:p2.c60-111", "a:p2.c60-110", "a:p2.c60-110", "cut a word", id="a passage that cuts a word"),
        pytest.param(
            "a:p2.c60-111",
            "a:p2.c140-160",
            "a:p2.c140-160",
            "characters 21 to 138",
            id="a passage outside its paragraph",
        ),
        pytest.param("a:p2.c60-111", "a:p2.c64-111", "a:p2.c64-111", "hash", id="a passage whose hash is not recorded"),
        pytest.param(
            'a:p3.c139-160 say:setAside v:noClaim ; skos:note "a joke"@en .',
            "",
            "id:gazette a",
            "paragraph 3",
            id="a sentence that is neither evidence nor set aside",
        ),
    ],
)
def test_what_is_wrong_is_refused_at_its_line(village: Path, before: str, after: str, at: str, words: str) -> None:
    assert before in ARTICLE
    article = ARTICLE.replace(before, after, 1)
    write(village, article)
    result = check(village)
    assert result.exit_code == 1
    place = f"{village}/data/articles/gazette.ttl:{line_of(at, article)}:"
    found = [line for line in result.stdout.splitlines() if line.startswith(place) and " violation: " in line]
    assert any(words in line.lower() for line in found), result.stdout


def test_a_file_that_does_not_parse_is_exit_2_with_line_and_column(village: Path) -> None:
    write(village, ARTICLE.replace("say:hedge v:flat ;", "say:hedge flat ;", 1))
    result = check(village)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{village}/data/articles/gazette.ttl:{line_of('say:hedge', ARTICLE)}:13: error: ")


def test_a_file_can_be_checked_as_an_addition(village: Path, tmp_path: Path) -> None:
    addition = tmp_path / "addition.ttl"
    addition.write_text(ARTICLE.partition("id:gazette a")[0] + "id:stranger a say:Person .\n", encoding="utf-8")
    result = run("check", addition, "--project", village)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{addition}:12:1: violation: ")


def test_findings_can_be_read_by_programs(village: Path) -> None:
    write(village, ARTICLE.replace("v:held", "v:flat"))
    found = json.loads(check(village, "--format", "json").stdout)["findings"]
    assert [(finding["line"], finding["level"]) for finding in found] == [
        (line_of("rdf:object v:held", ARTICLE), "violation")
    ]


def test_pyshacl_finds_the_same(village: Path) -> None:
    write(village, ARTICLE.replace("v:held", "v:flat"))
    reports = [
        json.loads(check(village, "--engine", engine, "--format", "json").stdout)["findings"]
        for engine in ("sayso", "pyshacl")
    ]
    ours, theirs = ([(each["line"], each["level"], each["rule"]) for each in report] for report in reports)
    assert ours == theirs != []


def test_the_shipped_articles_are_right(project: object) -> None:
    del project
    result = run("check", "--project", ROOT)
    assert (result.exit_code, result.stdout) == (0, "")


def test_the_shipped_articles_agree_with_their_texts(shared: Path) -> None:
    result = run("check", "--project", ROOT, "--texts", shared / "articles")
    assert (result.exit_code, result.stdout) == (0, "")
