"""The first version of a store: a project's dataset, or any other RDF, validated and stored as one commit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sayso import check, documents, mapping
from sayso.errors import DataRefused
from sayso.shacl import report
from sayso.store import Commit, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pyoxigraph as ox

    from sayso.findings import Finding
    from sayso.library import Project


def project(source: Project, directory: Path, author: str) -> VersionedStore:
    """Build a project's dataset into a new store.

    Raises DocumentError where a file does not parse, and DataRefused, with the findings, where the shapes are broken.
    """
    dataset = mapping.build(source)
    _refuse(check.of_dataset(dataset, source))
    return _create(directory, dataset.quads, author, "Built from the mapped articles", source.shapes)


def files(paths: Sequence[Path], directory: Path, author: str, shapes: Path | None) -> VersionedStore:
    """Store RDF files in a new store: quads in the graphs that they name, triples in the default graph.

    `shapes` is the file of the shapes that the data must keep to, None for none. Raises as `project` does.
    """
    quads = [located.quad for path in paths for located in documents.parse_file(path, path.absolute().as_uri())]
    if shapes is not None:
        _refuse(report.findings(check.validated(quads, shapes), {}, paths[0]))
    names = ", ".join(path.name for path in paths)
    return _create(directory, quads, author, f"Stored from {names}", shapes)


def _refuse(found: Iterable[Finding]) -> None:
    violations = [finding for finding in found if finding.level == "violation"]
    if violations:
        raise DataRefused(violations)


def _create(
    directory: Path, quads: Iterable[ox.Quad], author: str, message: str, shapes: Path | None
) -> VersionedStore:
    text = None if shapes is None else documents.read(shapes)
    commit = Commit(author=author, message=message, time=datetime.now(UTC))
    return VersionedStore.create(directory, quads, commit, shapes=text)
