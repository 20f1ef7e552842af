"""How much of an article is mapped: paragraphs that statements rest on, that are set aside, and all others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.mapping import passages
from sayso.namespaces import ID, SAY, TYPE
from sayso.shacl import report

if TYPE_CHECKING:
    from sayso.findings import Finding
    from sayso.mapping import Dataset


@dataclass(frozen=True)
class Coverage:
    """Count the paragraphs of an article: all, those with statements, those only set aside, and list the others."""

    article: str
    paragraphs: int
    mapped: int
    aside: int
    unmapped: tuple[int, ...]

    def __str__(self) -> str:
        """Write it as a line."""
        rest = f"unmapped: {', '.join(map(str, self.unmapped))}" if self.unmapped else "0 unmapped"
        counts = f"{self.paragraphs} paragraphs, {self.mapped} with statements, {self.aside} set aside"
        return f"{self.article}: {counts}, {rest}"


def of(dataset: Dataset) -> list[Coverage]:
    """Take the coverage of every article that says how many paragraphs it has, in the order of their names."""
    cited, aside = _paragraphs(dataset)
    counts = {
        str(quad.subject)[1:-1]: int(quad.object.value)
        for quad in dataset.quads
        if quad.predicate == SAY["paragraphs"] and isinstance(quad.object, ox.Literal) and quad.object.value.isdecimal()
    }
    return [_coverage(article, count, cited[article], aside[article]) for article, count in sorted(counts.items())]


def findings(found: list[Coverage], dataset: Dataset) -> list[Finding]:
    """Report every paragraph that nobody has dealt with, at the line of its article."""
    reported = []
    for coverage in (each for each in found if each.unmapped):
        at = dataset.positions[ox.Triple(ID[coverage.article], TYPE, SAY["Article"])]
        for number in coverage.unmapped:
            message = f"paragraph {number} is evidence for no statement and is not set aside"
            reported.append(report.checked("coverage", at, ID[coverage.article], message))
    return reported


def _coverage(article: str, count: int, cited: set[int], aside: set[int]) -> Coverage:
    every = set(range(1, count + 1))
    unmapped = tuple(sorted(every - cited - aside))
    return Coverage(article.removeprefix(ID), count, len(every & cited), len(every & (aside - cited)), unmapped)


def _paragraphs(dataset: Dataset) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Find the paragraphs with evidence and the paragraphs with passages that are set aside, article by article."""
    cited: dict[str, set[int]] = defaultdict(set)
    aside: dict[str, set[int]] = defaultdict(set)
    for quad in dataset.quads:
        kind = {SAY["evidence"]: (cited, quad.object), SAY["setAside"]: (aside, quad.subject)}.get(quad.predicate)
        if kind is None or not isinstance(kind[1], ox.NamedNode):
            continue
        passage = passages.read(kind[1].value)
        if passage is not None:
            kind[0][passage.article].add(passage.paragraph)
    return cited, aside
