"""The page to check Turtle on: a form, and what the check found, with the lines that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import render_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sayso.findings import Finding


@dataclass(frozen=True)
class Line:
    """Be a line of the document, counted from 1, and what was found on it."""

    number: int
    text: str
    findings: tuple[Finding, ...]


def form() -> str:
    """Show the form: an area for text, and a file."""
    return render_template("validate.html", text="", findings=None, lines=())


def report(text: str, findings: Sequence[Finding]) -> str:
    """Show what a check found in a document."""
    found = sorted(findings, key=lambda finding: (finding.line, finding.column or 0, finding.message))
    return render_template("validate.html", text=text, findings=found, lines=_lines(text, found))


def _lines(text: str, findings: Sequence[Finding]) -> list[Line]:
    return [
        Line(number, content, tuple(finding for finding in findings if finding.line == number))
        for number, content in enumerate(text.splitlines(), 1)
    ]
