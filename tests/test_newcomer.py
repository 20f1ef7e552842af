"""A newcomer's first article, with ten mistakes of ten kinds: each is found at its line, and told how to mend.

The article, its text and everybody in it are made up; the village of test_check is the project that it is added to.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from test_check import ARTICLE, line_of, run, village  # noqa: F401  # village is a fixture

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
The Harbour Courier
The ferry has stopped, the mayor told the Courier. The baker sells bread on the quay.
Nobody knows when it will sail. The miller says that the mayor sank the ferry.
It rained all day. Old nets lie on the wet stones. The lamps are out.
"""
MISTAKES = {
    '"2062-07"': ("warning", "check the year"),
    'rdfs:label "Baqir"@en': ("warning", "if it is the same person, use id:baker"),
    "id:harbour-paper say:opposes": ("violation", "Describe it in a say:Claim"),
    "dct:subject v:iraqPolitics": ("violation", "did you mean v:iraqiPolitics?"),
    "rdf:subject id:bakerr": ("violation", "did you mean id:baker?"),
    "a:s3a a say:Claim": ("violation", "Give it one concept of the scheme v:hedges"),
    "a:s3b a say:Allegation": ("violation", "name the accused with say:accused"),
    "# cut short": ("violation", "a passage does not cut a word in two"),
    "Old nets lie on the wet quay": ("violation", "say it in your own words"),
    "say:source id:baker ; say:speechAct": ("warning", "remove the hop, or cite the words that show it"),
}


def evidence(words: str) -> str:
    start = TEXT.index(words)
    return f"a:p{TEXT[:start].count(chr(10)) + 1}.c{start}-{start + len(words)}"


def article() -> str:
    prefixes = ARTICLE.partition("id:gazette a")[0].replace("/gazette/", "/courier/")
    common = 'say:hedge v:flat ; say:gist "The paper reports it."@en ; dct:subject v:iraqiPolitics'
    return f"""{prefixes}
id:courier a say:Article ; schema:publisher id:harbour-paper ; dct:identifier "courier" ;
  dct:issued "2062-07"^^edtf:EDTF ;
  dct:rights "Made up for a test."@en ; say:paragraphs 4 ; say:sha256 "{hashlib.sha256(TEXT.encode()).hexdigest()}" .
id:harbour-paper a say:Outlet ; rdfs:label "Harbour Courier"@en .
id:baqir a say:Person ;
  rdfs:label "Baqir"@en .
a:stop a say:Event ; rdfs:label "Stop of the ferry"@en ; dct:type v:closure .
a:sinking a say:Event ; rdfs:label "Sinking of the ferry"@en ; dct:type v:fraud .
{evidence("The Harbour Courier")} say:setAside v:notContent ; skos:note "name of the paper"@en .
id:harbour-paper say:opposes id:mayor .

a:s2a a say:Claim ; rdf:subject a:stop ; rdf:predicate say:outcome ; rdf:object v:held ;
  say:accordingTo [ say:source id:mayor ; say:speechAct v:told ] ;
  say:hedge v:flat ; say:gist "The mayor is quoted as saying that there is no ferry."@en ;
  dct:subject v:iraqPolitics ;
  say:evidence {evidence("The ferry has stopped, the mayor told the Courier.")} .
a:s2b a say:Claim ; rdf:predicate say:describedAs ; rdf:object "seller of bread"@en ;
  rdf:subject id:bakerr ;
  {common} ; say:evidence {evidence("The baker sells bread on the quay.")} .
a:s3a a say:Claim ; rdf:subject a:stop ; rdf:predicate say:outcome ; rdf:object v:held ;
  say:gist "The paper says that the end of it is not known."@en ; dct:subject v:iraqiPolitics ;
  say:evidence {evidence("Nobody knows when it will sail.")} .
a:s3b a say:Allegation ;
  rdf:subject a:sinking ; rdf:predicate say:perpetrator ; rdf:object id:mayor ;
  say:accordingTo [ say:source id:miller ; say:speechAct v:said ] ;
  {common} ; say:evidence {evidence("The miller says that the mayor sank the ferry.")} .
a:s4a a say:Claim ; rdf:subject id:mayor ; rdf:predicate say:describedAs ; rdf:object "wet"@en ;
  {common} ;
  say:evidence {evidence("It rained all da")} . # cut short
a:s4b a say:Claim ; rdf:subject id:mayor ; rdf:predicate say:describedAs ; rdf:object "untidy"@en ;
  say:hedge v:flat ; dct:subject v:iraqiPolitics ;
  say:gist "Old nets lie on the wet quay, the paper says."@en ;
  say:evidence {evidence("Old nets lie on the wet stones.")} .
a:s4c a say:Claim ; rdf:subject id:mayor ; rdf:predicate say:describedAs ; rdf:object "in the dark"@en ;
  say:accordingTo [
    say:source id:baker ; say:speechAct v:said ] ;
  {common} ; say:evidence {evidence("The lamps are out.")} .
"""


def test_ten_mistakes_of_ten_kinds_are_ten_findings_at_their_lines_that_say_what_to_do(village: Path) -> None:  # noqa: F811
    content = article()
    file = village / "data" / "articles" / "courier.ttl"
    file.write_text(content, encoding="utf-8")
    (village / "texts" / "courier.txt").write_text(TEXT, encoding="utf-8")
    texts = ("--texts", village / "texts", "--project", village)
    assert run("hash", *texts).exit_code == 0

    result = run("check", file, *texts, "--format", "json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)["findings"]
    expected = sorted((line_of(words, content), *answer) for words, answer in MISTAKES.items())
    assert [(each["line"], each["level"]) for each in found] == [(line, level) for line, level, _ in expected]
    assert len({line for line, _, _ in expected}) == 10
    for each, (_, _, remedy) in zip(found, expected, strict=True):
        assert remedy in f"{each['message']} {each['hint']}"


def test_a_file_is_of_the_project_however_its_path_is_written(village: Path) -> None:  # noqa: F811
    file = village / "data" / "articles" / "gazette.ttl"
    broken = ARTICLE.replace("v:held", "v:helt").replace("HASH", "0" * 64)
    file.write_text(broken, encoding="utf-8")
    roundabout = village / "data" / ".." / "data" / "articles" / "gazette.ttl"
    result = run("check", roundabout, "--project", village)
    assert result.exit_code == 1
    assert f"gazette.ttl:{line_of('v:helt', broken)}:" in result.stdout
    assert "did you mean v:held?" in result.stdout


def test_what_an_addition_breaks_elsewhere_is_told_and_what_was_broken_before_is_not(
    village: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    article = village / "data" / "articles" / "gazette.ttl"
    linked = ARTICLE.replace("id:mayor a", "id:mayor schema:sameAs <http://www.wikidata.org/entity/Q1> .\nid:mayor a")
    broken = linked.replace("v:held", "v:helt").replace("HASH", "0" * 64)
    article.write_text(broken, encoding="utf-8")
    addition = tmp_path / "addition.ttl"
    prefixes = ARTICLE.partition("id:gazette a")[0]
    reeve = 'id:reeve schema:sameAs <http://www.wikidata.org/entity/Q1> ; rdfs:label "Reeve"@en ; a say:Person .'
    addition.write_text(f"{prefixes}{reeve}\n", encoding="utf-8")
    result = run("check", addition, "--project", village, "--format", "json")
    found = [(each["file"], each["line"]) for each in json.loads(result.stdout)["findings"]]
    assert found == [(str(addition), 12), (str(article), line_of("id:mayor schema:sameAs", broken))]
