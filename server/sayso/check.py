"""The check of a project: its shapes, its passages and, where the texts are at hand, its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sayso import coverage, mapping, texts
from sayso.mapping import passages
from sayso.shacl import oracle, report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sayso.coverage import Coverage
    from sayso.library import Project
    from sayso.mapping import Dataset
    from sayso.shacl.report import Finding


@dataclass(frozen=True)
class Checked:
    """Hold what a check found, and how much of each article is mapped."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]


def run(project: Project, additions: Sequence[Path] = (), folder: Path | None = None) -> Checked:
    """Check a project, or files as additions to it; `folder` holds copies of the articles' texts.

    Returns the findings in the order of file and line, those of the additions only where there are any. Raises
    DocumentError where a file does not parse.
    """
    dataset = mapping.build(project, additions)
    covered = coverage.of(dataset)
    found = of_dataset(dataset, project) + coverage.findings(covered, dataset)
    if folder is not None:
        found += texts.compare(texts.read(folder, dataset), dataset, passages.recorded(project))
    wanted = {str(path) for path in additions}
    kept = sorted(finding for finding in found if not wanted or finding.file in wanted)
    return Checked(tuple(kept), tuple(covered))


def of_dataset(dataset: Dataset, project: Project) -> list[Finding]:
    """Validate a built dataset against the project's shapes."""
    return report.findings(oracle.validate(dataset.quads, project.shapes), dataset.positions, project.shapes)


def record(project: Project, folder: Path) -> list[Path]:
    """Record the hashes of all cited passages whose texts are in a folder; returns the files written."""
    dataset = mapping.build(project)
    written = []
    for text in texts.read(folder, dataset):
        path = passages.record_file(project, text.article.rpartition("/")[2])
        passages.record(path, texts.fingerprints(text, dataset))
        written.append(path)
    return written
