"""The first version of a store: a project's dataset, or any other RDF, through the gate as one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso import additions, gate, mapping
from sayso.gate import Source, Write
from sayso.store import VersionedStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sayso.library import Project


def project(source: Project, directory: Path, author: str) -> VersionedStore:
    """Build a project's dataset into a new store.

    Raises DocumentError where a file does not parse, and DataRefused, with the findings, where the shapes are broken.
    """
    dataset = mapping.build(source)
    write = Write(author, "Built from the mapped articles")
    at = Source(source.shapes, lambda: dataset.positions, contents=None)
    gate.create(directory, dataset.quads, write, source.shapes, at)
    return VersionedStore.open(directory)


def files(paths: Sequence[Path], directory: Path, author: str, shapes: Path | None) -> VersionedStore:
    """Store RDF files in a new store: quads in the graphs that they name, triples in the default graph.

    `shapes` is the file of the shapes that the data must keep to, None for none. Raises as `project` does.
    """
    given = additions.read(paths, ox.DefaultGraph())
    names = ", ".join(path.name for path in paths)
    gate.create(directory, given.plain.quads, Write(author, f"Stored from {names}"), shapes, given.source)
    return VersionedStore.open(directory)
