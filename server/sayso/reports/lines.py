"""Reports of one finding a line: for people, and as the annotations of a GitHub workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sayso.findings import Finding
    from sayso.reports import Group, Report
    from sayso.shacl.report import Result

_COMMANDS = {"violation": "error", "warning": "warning", "info": "notice"}


def text(report: Report) -> str:
    """Write file:line:column: level: message, and under it why nested shapes fail and a hint."""
    shown = ["\n".join([str(finding), *notes(finding)]) for finding in report.findings]
    return "".join(f"{each}\n" for each in (*shown, *map(rest, _truncated(report))))


def github(report: Report) -> str:
    """Write workflow commands, which GitHub shows as annotations of the lines of a change."""
    return "".join(
        [*map(_annotation, report.findings), *(f"::notice::{_data(rest(group))}\n" for group in _truncated(report))]
    )


def notes(finding: Finding) -> Iterator[str]:
    """Give the lines under a finding: the reasons of nested shapes, and the hint."""
    if finding.result is not None:
        yield from _reasons(finding.result, "  ")
    if finding.hint:
        yield f"  hint: {finding.hint}"


def rest(group: Group) -> str:
    """Say how many findings of a group are not shown."""
    component = f" ({group.component})" if group.component else ""
    return f"… and {group.hidden} more of {group.rule or group.level}{component}"


def _truncated(report: Report) -> list[Group]:
    return [group for group in report.groups if group.hidden]


def _reasons(result: Result, indent: str) -> Iterator[str]:
    for detail in result.details:
        yield f"{indent}because: {detail.message}"
        yield from _reasons(detail, f"{indent}  ")


def _annotation(finding: Finding) -> str:
    properties = {"file": finding.file, "line": finding.line, "col": finding.column, "title": _title(finding)}
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value)
    return f"::{_COMMANDS[finding.level]} {given}::{_data(chr(10).join([finding.message, *notes(finding)]))}\n"


def _title(finding: Finding) -> str:
    return finding.rule.rpartition("#")[2]


def _data(value: str) -> str:
    """Escape a message as the runner reads it back: a line break would end the command."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    """Escape a property, in which colons and commas end something too."""
    return _data(value).replace(":", "%3A").replace(",", "%2C")
