"""Authored Turtle → dataset: hops named, passages hashed, dates bounded, shortcuts and conflicts derived.

The same files give the same dataset, to the byte once it is sorted, and no blank node is left in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.documents import Located, Position, parse_file, placed
from sayso.mapping import dates, derive, hops, passages
from sayso.namespaces import GRAPH
from sayso.wikidata import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sayso.library import Project


@dataclass(frozen=True)
class Dataset:
    """Hold what a project states.

    `quads` are in the order of their N-Quads lines; `positions` tells for each authored triple where it was written.
    """

    quads: tuple[ox.Quad, ...]
    positions: Mapping[ox.Triple, Position]


def build(project: Project, additions: Iterable[Path] = ()) -> Dataset:
    """Build the dataset of a project from its authored files, and from further files as if they were its articles.

    Raises DocumentError, with file, line and column, where a file does not parse or cannot be mapped.
    """
    quads: set[ox.Quad] = set()
    positions: dict[ox.Triple, Position] = {}
    for path, graph in (*sources(project), *((path, GRAPH[path.stem]) for path in additions)):
        for located in authored(parse_file(path), path, graph):
            quads.add(located.quad)
            positions.setdefault(located.quad.triple, Position(path, located.line))
    judgements = table.file(project)
    for triple, line in table.links(table.judgements(judgements)):
        quads.add(ox.Quad(triple.subject, triple.predicate, triple.object, GRAPH["links"]))
        positions.setdefault(triple, Position(judgements, line))
    quads |= set(passages.described(quads, passages.recorded(project), positions))
    quads |= set(dates.bounded(quads, positions))
    quads |= set(derive.derived(quads))
    return Dataset(in_order(quads), positions)


def authored(document: Iterable[Located], file: Path, graph: ox.NamedNode) -> Iterator[Located]:
    """Give the quads of an authored document, with its hops named, in its graph; raises DocumentError."""
    for located in hops.named(document, file):
        yield Located(placed(located.quad.triple, graph), located.line)


def sources(project: Project) -> Iterator[tuple[Path, ox.NamedNode]]:
    """List the authored files and the named graph of each, in a fixed order."""
    yield project.ontology / "sayso.ttl", GRAPH["ontology"]
    yield project.ontology / "vocabulary.ttl", GRAPH["ontology"]
    yield from ((path, GRAPH["meta"]) for path in sorted(project.data.glob("*.ttl")))
    yield from ((path, GRAPH["entities"]) for path in sorted((project.data / "entities").glob("*.ttl")))
    yield from ((path, GRAPH[path.stem]) for path in articles(project))


def articles(project: Project) -> list[Path]:
    """List the files of the mapped articles, in the order of their names."""
    return sorted((project.data / "articles").glob("*.ttl"))


def in_order(quads: Iterable[ox.Quad]) -> tuple[ox.Quad, ...]:
    """Sort quads by their N-Quads lines, which is the order in which they are written and hashed."""
    return tuple(sorted(quads, key=str))
