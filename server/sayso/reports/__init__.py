"""Reports: findings, grouped by what they break and counted, in the forms that people and programs read."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sayso import negotiation
from sayso.findings import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sayso.findings import Finding, Level

LIMIT = 100  # findings shown of each group: one mistake in a template breaks one rule ten thousand times
SARIF = "application/sarif+json"
PLAIN_JSON = "application/json"

# What a client can ask for, and the layout that it gets; the first is for one without a preference.
MEDIA_TYPES: Mapping[str, str] = {
    negotiation.TURTLE: "turtle",
    negotiation.TEXT: "text",
    PLAIN_JSON: "json",
    SARIF: "sarif",
    negotiation.JSON_LD: "jsonld",
    negotiation.N_TRIPLES: "ntriples",
    negotiation.RDF_XML: "rdfxml",
}
LAYOUTS = ("text", "json", "sarif", "github", "junit", "turtle", "jsonld", "ntriples", "rdfxml")


@dataclass(frozen=True)
class Group:
    """Hold the findings of one rule and constraint component: how many there are, and the first of them."""

    rule: str
    component: str
    level: Level
    count: int
    shown: tuple[Finding, ...]

    @property
    def hidden(self) -> int:
        """Tell how many findings are counted and not shown."""
        return self.count - len(self.shown)


@dataclass(frozen=True)
class Report:
    """Hold findings in groups, the graver first; the order depends on the findings only."""

    groups: tuple[Group, ...]

    @property
    def findings(self) -> list[Finding]:
        """List what is shown, in the order of file, line and column."""
        return sorted(finding for group in self.groups for finding in group.shown)

    @property
    def truncated(self) -> bool:
        """Tell whether there are findings that are counted and not shown."""
        return any(group.hidden for group in self.groups)

    @property
    def counts(self) -> dict[str, int]:
        """Count all findings by level."""
        counted: Counter[str] = Counter()
        for group in self.groups:
            counted[group.level] += group.count
        return {level: counted[level] for level in LEVELS}


def gather(findings: Iterable[Finding], limit: int | None = LIMIT) -> Report:
    """Group findings by rule and constraint component; equal ones count once, and `limit` of each group are shown."""
    groups: defaultdict[tuple[int, str, str], list[Finding]] = defaultdict(list)
    for finding in sorted(set(findings)):
        component = finding.result.component if finding.result else ""
        groups[LEVELS.index(finding.level), finding.rule, component].append(finding)
    return Report(
        tuple(
            Group(rule, component, LEVELS[level], len(found), tuple(found[:limit]))
            for (level, rule, component), found in sorted(groups.items())
        )
    )


def write(report: Report, layout: str) -> str:
    """Write a report in one of the LAYOUTS."""
    from sayso.reports import documents, lines, rdf  # noqa: PLC0415  # they read this module

    writers = {
        "text": lines.text,
        "github": lines.github,
        "json": documents.as_json,
        "sarif": documents.sarif,
        "junit": documents.junit,
    }
    return writers[layout](report) if layout in writers else rdf.write(report, layout)
