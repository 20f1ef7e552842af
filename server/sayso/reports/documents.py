"""Reports as JSON, as SARIF 2.1.0 (OASIS, 27 March 2020) and as JUnit XML."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from sayso.reports.lines import notes, rest

if TYPE_CHECKING:
    from sayso.findings import Finding
    from sayso.reports import Group, Report
    from sayso.shacl.report import Result

_SARIF_LEVELS = {"violation": "error", "warning": "warning", "info": "note"}
_HOME = "https://w3id.org/sayso/"
_NO_XML = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")  # XML 1.0, section 2.2


def fingerprint(finding: Finding) -> str:
    """Recognize a finding after its line has moved: the hash of shape, focus node, path and value."""
    result = finding.result
    parts = [finding.rule, finding.file, finding.message]
    if result is not None:
        parts = [finding.rule, str(result.focus), _path(result), "" if result.value is None else str(result.value)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def as_json(report: Report) -> str:
    """Write the counts, the groups and the findings."""
    return _dumped(
        {
            "conforms": not report.groups,
            "truncated": report.truncated,
            "counts": report.counts,
            "groups": [_group(group) for group in report.groups],
            "findings": [_finding(finding) for finding in report.findings],
        }
    )


def sarif(report: Report) -> str:
    """Write a SARIF log of one run; what is not shown is told in notifications (section 3.20.21)."""
    rules = {group.rule: group.shown[0] for group in reversed(report.groups)}
    places = {rule: place for place, rule in enumerate(rules)}
    hidden = [
        {"level": "note", "message": {"text": rest(group)}, "associatedRule": {"id": group.rule}}
        for group in report.groups
        if group.hidden
    ]
    run = {
        "tool": {
            "driver": {
                "name": "Sayso",
                "version": version("sayso"),
                "informationUri": _HOME,
                "rules": [_sarif_rule(rule, example) for rule, example in rules.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": hidden}],
        "results": [_sarif_result(finding, places[finding.rule]) for finding in report.findings],
        "properties": {"truncated": report.truncated, "counts": report.counts},
    }
    return _dumped({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def junit(report: Report) -> str:
    """Write a test suite a rule and a test case a finding: a violation fails, what is less is only told.

    A report without findings is one test case that passes, for a suite without cases reads as one that never ran.
    """
    suites = ET.Element("testsuites", name="sayso check")
    for group in report.groups:
        failures = group.count if group.level == "violation" else 0
        name = in_xml(f"{group.rule} {group.component}".strip())
        suite = ET.SubElement(suites, "testsuite", name=name, tests=str(group.count), failures=str(failures))
        for finding in group.shown:
            _test_case(suite, finding)
        if group.hidden:
            ET.SubElement(suite, "system-out").text = in_xml(rest(group))
    if not report.groups:
        suite = ET.SubElement(suites, "testsuite", name="sayso check", tests="1", failures="0")
        ET.SubElement(suite, "testcase", classname="sayso", name="nothing found")
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def in_xml(words: str) -> str:
    """Show as escapes the characters that no XML document can have, not even as references."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", words)


def _dumped(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _group(group: Group) -> dict[str, Any]:
    return {
        "rule": group.rule,
        "component": group.component,
        "level": group.level,
        "count": group.count,
        "shown": len(group.shown),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    place = {"file": finding.file, "line": finding.line, "column": finding.column}
    found = {"level": finding.level, "message": finding.message, "hint": finding.hint, "rule": finding.rule}
    of_result = _result(finding.result) if finding.result else {}
    return {**place, **found, **of_result, "fingerprint": fingerprint(finding)}


def _result(result: Result) -> dict[str, Any]:
    return {
        "component": result.component,
        "focus": str(result.focus),
        "path": _path(result),
        "value": None if result.value is None else str(result.value),
        "because": [{"message": each.message, "shape": each.shape, **_result(each)} for each in result.details],
    }


def _path(result: Result) -> str:
    return result.path or " ".join(map(str, result.paths))


def _sarif_rule(rule: str, example: Finding) -> dict[str, Any]:
    """Describe a rule by the message of one of its results, as GitHub asks for more than the standard does."""
    text = {"text": example.result.message if example.result else example.message}
    name = _local(rule)
    return {"id": rule, "name": name, "shortDescription": {"text": name}, "fullDescription": text, "help": text}


def _sarif_result(finding: Finding, rule: int) -> dict[str, Any]:
    region = {"startLine": finding.line}
    if finding.column is not None:
        region["startColumn"] = finding.column
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(finding.file)}, "region": region}}
    if finding.result is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": str(finding.result.focus)}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _SARIF_LEVELS[finding.level],
        "message": {"text": "\n".join([finding.message, *notes(finding)])},
        "locations": [location],
        "partialFingerprints": {"sayso/v1": fingerprint(finding)},
    }


def _uri(file: str) -> str:
    """Write a path as a URI; a relative one stays relative, so that a service finds it in the repository."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _test_case(suite: ET.Element, finding: Finding) -> None:
    case = ET.SubElement(suite, "testcase", classname=in_xml(finding.file), name=f"line {finding.line}")
    body = in_xml("\n".join([str(finding), *notes(finding)]))
    if finding.level == "violation":
        ET.SubElement(case, "failure", message=in_xml(finding.message), type="violation").text = body
    else:
        ET.SubElement(case, "system-out").text = body


def _local(rule: str) -> str:
    return re.split(r"[#/]", rule)[-1]
