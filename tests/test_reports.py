"""Reports: the same findings for people, for editors, for CI services and for RDF tools; nothing in them breaks out."""

from __future__ import annotations

import json
import re
from itertools import permutations
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso import reports
from sayso.findings import Finding
from sayso.reports.rdf import SH
from sayso.shacl import paths
from sayso.shacl.report import Result
from sayso.shacl.source import Source

SHAPES = "https://example.org/shapes#"
EX = "https://example.org/"
NASTY = 'so\u0000 "bad" <&]]>\r\n::error::100%\u001b[31m'


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode(EX + name)


def finding(line: int, name: str = "Name", level: str = "violation", **given: object) -> Finding:
    why = Result(
        "violation", "It is no word.", node("v"), shape=f"{SHAPES}Word", component="DatatypeConstraintComponent"
    )
    result = Result(
        level="warning" if level == "warning" else "violation",
        message="It has no name.",
        focus=node(f"n{line}"),
        paths=(node("p"),),
        value=ox.Literal("v"),
        shape=SHAPES + name,
        component="NodeConstraintComponent",
        details=(why,),
        route=paths.PredicatePath(node("p")),
    )
    place = {"file": "data/a b.ttl", "column": 3, "hint": "did you mean ex:m?", "message": "It has no name."} | given
    return Finding(line=line, level=result.level, rule=result.shape, result=result, **place)  # type: ignore[arg-type]


def test_a_line_says_the_place_the_level_and_the_rule_that_is_broken_and_below_it_why_and_what_to_do() -> None:
    assert reports.write(reports.gather([finding(7)]), "text") == (
        "data/a b.ttl:7:3: violation: It has no name.\n  because: It is no word.\n  hint: did you mean ex:m?\n"
    )


def test_what_breaks_one_rule_too_often_is_counted_and_not_shown() -> None:
    report = reports.gather([*(finding(line) for line in range(1, 8)), finding(9, "Other", "warning")], limit=2)
    assert [(group.rule, group.count, len(group.shown)) for group in report.groups] == [
        (f"{SHAPES}Name", 7, 2),
        (f"{SHAPES}Other", 1, 1),
    ]
    assert (report.truncated, report.counts) == (True, {"violation": 7, "warning": 1, "info": 0})
    assert "… and 5 more of https://example.org/shapes#Name" in reports.write(report, "text")
    assert [len(reports.gather([finding(1)] * 3, limit).findings) for limit in (2, None)] == [1, 1]


@pytest.mark.parametrize("layout", sorted(set(reports.LAYOUTS) - {"turtle", "jsonld", "ntriples", "rdfxml"}))
def test_the_order_of_a_report_depends_on_the_findings_only(layout: str) -> None:
    found = [finding(2), finding(1, "Other"), finding(1, level="warning")]
    written = {reports.write(reports.gather(each), layout) for each in permutations(found)}
    assert len(written) == 1


def test_sarif_has_what_the_standard_requires() -> None:
    log = json.loads(reports.write(reports.gather([finding(7), finding(8, "Other", "warning", column=None)]), "sarif"))
    assert log["version"] == "2.1.0"  # section 3.13.2
    (run,) = log["runs"]
    driver = run["tool"]["driver"]  # sections 3.14.6 and 3.18.2; 3.19.8 asks for a name
    assert driver["name"]
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"]) == 2  # section 3.19.23
    assert run["invocations"][0]["executionSuccessful"] is True  # section 3.20.14
    for result, level in zip(run["results"], ("error", "warning"), strict=True):
        assert result["message"]["text"]  # section 3.27.11
        assert result["level"] == level  # section 3.27.10
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]  # section 3.27.6
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "data/a%20b.ttl"  # section 3.4.3
        assert physical["region"]["startLine"] >= 1  # section 3.30.5
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in run["results"]]
    assert regions == [{"startLine": 7, "startColumn": 3}, {"startLine": 8}]


def test_a_fingerprint_follows_a_finding_that_moves_and_no_other() -> None:
    def fingerprint(one: Finding) -> str:
        (result,) = json.loads(reports.write(reports.gather([one]), "sarif"))["runs"][0]["results"]
        return str(result["partialFingerprints"]["sayso/v1"])

    one, other = finding(7), finding(8)
    moved = Finding("elsewhere.ttl", 99, one.level, one.message, None, one.rule, "", one.result)
    assert fingerprint(one) == fingerprint(moved) != fingerprint(other)


def test_an_annotation_is_one_line_from_which_github_reads_back_what_was_said() -> None:
    written = reports.write(reports.gather([finding(7, message=NASTY, file="a,b:c%.ttl")]), "github")
    assert len(written.splitlines()) == 1
    found = re.fullmatch(r"::error (?P<properties>[^:]*)::(?P<data>.*)", written.rstrip("\n"))
    assert found is not None
    properties = dict(each.split("=") for each in found["properties"].split(","))
    assert unescaped(properties["file"]) == "a,b:c%.ttl"
    assert (properties["line"], properties["col"], properties["title"]) == ("7", "3", "Name")
    assert unescaped(found["data"]).startswith(NASTY + "\n  because: ")


def unescaped(value: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        value = value.replace(code, character)
    return value


@given(st.text())
def test_junit_is_xml_whatever_a_message_holds(message: str) -> None:
    message = message.encode(errors="replace").decode()
    suites = ET.fromstring(reports.write(reports.gather([finding(7, message=message)]), "junit"))  # noqa: S314  # our own
    failure = suites.find("testsuite/testcase/failure")
    assert failure is not None
    assert "hint: did you mean ex:m?" in (failure.text or "")


def test_junit_fails_for_violations_only_and_passes_where_nothing_was_found() -> None:
    def of(*found: Finding) -> ET.Element:
        return ET.fromstring(reports.write(reports.gather(found), "junit"))  # noqa: S314  # our own

    mixed = of(finding(7, message=NASTY), finding(8, level="warning"))
    assert [(suite.get("tests"), suite.get("failures")) for suite in mixed] == [("1", "1"), ("1", "0")]
    assert "so\\u0000" in str(mixed.findtext("testsuite/testcase/failure"))
    assert len(mixed.findall("testsuite/testcase/failure")) == 1
    assert (len(of().findall("testsuite/testcase")), len(of().findall(".//failure"))) == (1, 0)


@pytest.mark.parametrize(
    ("layout", "rdf_format"),
    [
        ("turtle", ox.RdfFormat.TURTLE),
        ("jsonld", ox.RdfFormat.JSON_LD),
        ("ntriples", ox.RdfFormat.N_TRIPLES),
        ("rdfxml", ox.RdfFormat.RDF_XML),
    ],
)
def test_a_validation_report_says_in_every_format_what_is_broken_where_and_why(
    layout: str, rdf_format: ox.RdfFormat
) -> None:
    store = ox.Store()
    store.load(reports.write(reports.gather([finding(7)]), layout), format=rdf_format)
    found = store.query("""
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT ?focus ?path ?value ?shape ?component ?why {
          ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?result .
          ?result a sh:ValidationResult ; sh:resultSeverity sh:Violation ; sh:focusNode ?focus ; sh:resultPath ?path ;
            sh:value ?value ; sh:sourceShape ?shape ; sh:sourceConstraintComponent ?component ;
            sh:resultMessage ?message ; sh:detail/sh:resultMessage ?why .
          FILTER(CONTAINS(?message, "data/a b.ttl:7:3: violation: It has no name."))
        }""")
    assert isinstance(found, ox.QuerySolutions)
    (row,) = found
    assert list(row) == [
        node("n7"),
        node("p"),
        ox.Literal("v"),
        ox.NamedNode(f"{SHAPES}Name"),
        SH["NodeConstraintComponent"],
        ox.Literal("It is no word."),
    ]


def test_rdf_xml_is_xml_whatever_a_message_holds() -> None:
    written = reports.write(reports.gather([finding(7, message=NASTY)]), "rdfxml")
    assert "so\\u0000" in "".join(ET.fromstring(written).itertext())  # noqa: S314  # our own


def test_a_report_conforms_where_nothing_was_found() -> None:
    assert "sh:conforms true" in reports.write(reports.gather([]), "turtle")
    assert json.loads(reports.write(reports.gather([]), "json"))["conforms"] is True
    assert reports.write(reports.gather([]), "text") == ""


PREDICATES = st.sampled_from([node("p"), node("q")])
PATHS = st.recursive(
    PREDICATES.map(paths.PredicatePath) | PREDICATES.map(paths.InversePath),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda each: paths.SequencePath(tuple(each)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda each: paths.AlternativePath(tuple(each)))
        | inner.map(paths.ZeroOrMorePath)
        | inner.map(paths.OneOrMorePath)
        | inner.map(paths.ZeroOrOnePath)
    ),
    max_leaves=5,
)


@given(PATHS)
def test_a_path_is_read_back_as_it_was_written(path: paths.Path) -> None:
    result = Result("violation", "m", node("n"), shape=f"{SHAPES}Name", component="MinCount", route=path)
    report = reports.gather([Finding("f", 1, "violation", "m", rule=result.shape, result=result)])
    source = Source(ox.parse(reports.write(report, "turtle"), format=ox.RdfFormat.TURTLE), {})
    (owner,) = source.subjects(SH["resultPath"])
    (written,) = source.values(owner, SH["resultPath"])
    assert str(paths.read(source, written, owner)) == str(path)
