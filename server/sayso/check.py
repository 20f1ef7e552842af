"""The check of a project: its shapes, its passages and, where the texts are at hand, its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

import pyoxigraph as ox

from sayso import advice, coverage, mapping, texts
from sayso.advice import Addition
from sayso.mapping import passages
from sayso.people import People
from sayso.shacl import oracle, report
from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import View
from sayso.shacl.validate import validate
from sayso.wikidata import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sayso.coverage import Coverage
    from sayso.findings import Finding
    from sayso.library import Project
    from sayso.mapping import Dataset
    from sayso.shacl.report import Result
    from sayso.texts import Text

Engine: TypeAlias = Literal["sayso", "pyshacl"]


@dataclass(frozen=True)
class Checked:
    """Hold what a check found, and how much of each article is mapped."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]


def run(
    project: Project,
    files: Sequence[Path] = (),
    folder: Path | None = None,
    engine: Engine = "sayso",
    today: date = date.max,
) -> Checked:
    """Check a project, and give advice on files: its own, or others as additions to it.

    `folder` holds copies of the articles' texts; a date after `today` is doubted. Returns the findings in the order of
    file and line; what is wrong without the additions is left out where there are any. Raises DocumentError where a
    file does not parse.
    """
    own = {path.resolve(): path for path in read_by(project)}
    wanted = frozenset(own.get(path.resolve(), path) for path in files)
    additions = sorted(wanted.difference(own.values()))
    dataset = mapping.build(project, additions)
    copies = [] if folder is None else texts.read(folder, dataset)
    advised = _advised(dataset, wanted, copies, today) if wanted else []
    found = _found(dataset, project, copies, engine, advised)
    if additions:
        names, before = set(map(str, additions)), mapping.build(project)
        known = set(_found(before, project, copies, engine, []))
        found = [finding for finding in found if finding.file in names or finding not in known]
    return Checked(tuple(found), tuple(coverage.of(dataset)))


def read_by(project: Project) -> list[Path]:
    """List the files that the check of a project reads."""
    recorded = (project.data / "passages").glob("*.csv")
    return [*(path for path, _ in mapping.sources(project)), project.shapes, table.file(project), *recorded]


def _found(
    dataset: Dataset, project: Project, copies: Sequence[Text], engine: Engine, advised: Sequence[Result]
) -> list[Finding]:
    results = advice.join(validated(dataset.quads, project.shapes, engine), advised)
    found = report.findings(results, dataset.positions, project.shapes)
    found += coverage.findings(coverage.of(dataset), dataset)
    return sorted(found + texts.compare(copies, dataset, passages.recorded(project)))


def _advised(dataset: Dataset, files: frozenset[Path], copies: Sequence[Text], today: date) -> list[Result]:
    """Advise on what files say that nothing else in the project says."""
    triples = [triple for triple, at in dataset.positions.items() if at.file in files]
    store = ox.Store()
    store.bulk_extend(dataset.quads)
    before = View(store, removed=triples)
    addition = Addition(triples, before, View(store))
    return [*advice.advise(addition, People.of(before), today), *advice.wordless(addition, copies)]


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
