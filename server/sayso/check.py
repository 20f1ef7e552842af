"""The check of a project: its shapes, its passages and, where the texts are at hand, its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import pyoxigraph as ox

from sayso import coverage, mapping, texts
from sayso.mapping import passages
from sayso.shacl import oracle, report
from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import View
from sayso.shacl.validate import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sayso.coverage import Coverage
    from sayso.findings import Finding
    from sayso.library import Project
    from sayso.mapping import Dataset
    from sayso.shacl.report import Result

Engine: TypeAlias = Literal["sayso", "pyshacl"]


@dataclass(frozen=True)
class Checked:
    """Hold what a check found, and how much of each article is mapped."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]


def run(
    project: Project, additions: Sequence[Path] = (), folder: Path | None = None, engine: Engine = "sayso"
) -> Checked:
    """Check a project, or files as additions to it; `folder` holds copies of the articles' texts.

    Returns the findings in the order of file and line, those of the additions only where there are any. Raises
    DocumentError where a file does not parse.
    """
    dataset = mapping.build(project, additions)
    covered = coverage.of(dataset)
    found = of_dataset(dataset, project, engine) + coverage.findings(covered, dataset)
    if folder is not None:
        found += texts.compare(texts.read(folder, dataset), dataset, passages.recorded(project))
    wanted = {str(path) for path in additions}
    kept = sorted(finding for finding in found if not wanted or finding.file in wanted)
    return Checked(tuple(kept), tuple(covered))


def of_dataset(dataset: Dataset, project: Project, engine: Engine = "sayso") -> list[Finding]:
    """Validate a built dataset against the project's shapes."""
    results = validated(dataset.quads, project.shapes, engine)
    return report.findings(results, dataset.positions, project.shapes)


def validated(quads: Iterable[ox.Quad], shapes: Path, engine: Engine = "sayso") -> list[Result]:
    """Validate the union of all graphs against the shapes in a Turtle file, with our own engine or with pySHACL.

    Raises UnsupportedShapes where our own engine does not have a feature of the shapes, and DocumentError where the
    file does not parse.
    """
    if engine == "pyshacl":
        return oracle.validate(quads, shapes)
    store = ox.Store()
    store.bulk_extend(quads)
    return validate(View(store), compile_shapes(shapes))


def record(project: Project, folder: Path) -> list[Path]:
    """Record the hashes of all cited passages whose texts are in a folder; returns the files written."""
    dataset = mapping.build(project)
    written = []
    for text in texts.read(folder, dataset):
        path = passages.record_file(project, text.article.rpartition("/")[2])
        passages.record(path, texts.fingerprints(text, dataset))
        written.append(path)
    return written
