"""The check of a project: its shapes, its passages and, where the texts are at hand, its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sayso import mapping, texts
from sayso.mapping import passages
from sayso.shacl import oracle, report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sayso.library import Project
    from sayso.mapping import Dataset
    from sayso.shacl.report import Finding


def run(project: Project, additions: Sequence[Path] = (), folder: Path | None = None) -> list[Finding]:
    """Check a project, or files as additions to it; `folder` holds copies of the articles' texts.

    Returns the findings in the order of file and line, those of the additions only where there are any. Raises
    DocumentError where a file does not parse.
    """
    dataset = mapping.build(project, additions)
    found = of_dataset(dataset, project)
    if folder is not None:
        found += texts.compare(texts.read(folder, dataset), dataset, passages.recorded(project))
    wanted = {str(path) for path in additions}
    return sorted(finding for finding in found if not wanted or finding.file in wanted)


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
