"""A validation report whose results know where in the authored files they belong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.findings import LEVELS, Finding
from sayso.namespaces import TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sayso.documents import Position, Term
    from sayso.findings import Level


@dataclass(frozen=True)
class Result:
    """Be one validation result (SHACL, section 3.6): which focus node breaks which constraint, and how.

    `paths` are the predicates that the result's path mentions; `value` is the offending value, where there is one;
    `path` is the whole path, as SPARQL writes it; `details` are the results of nested shapes that tell why.
    """

    level: Level
    message: str
    focus: Term
    paths: tuple[ox.NamedNode, ...] = ()
    value: Term | None = None
    shape: str = ""
    component: str = ""
    path: str = ""
    details: tuple[Result, ...] = ()


class Locator:
    """Find the line that a result belongs to, from the positions of the authored triples."""

    def __init__(self, positions: Mapping[ox.Triple, Position]) -> None:
        """Index the positions by subject and by object; the earliest line wins."""
        self._exact = positions
        self._by_predicate: dict[tuple[Term, Term], Position] = {}
        self._by_value: dict[tuple[Term, Term], Position] = {}
        self._by_subject: dict[Term, Position] = {}
        self._by_object: dict[Term, Position] = {}
        for triple, position in positions.items():
            self._by_predicate.setdefault((triple.subject, triple.predicate), position)
            self._by_value.setdefault((triple.subject, triple.object), position)
            self._by_object.setdefault(triple.object, position)
            if triple.predicate == TYPE:
                self._by_subject[triple.subject] = position
            else:
                self._by_subject.setdefault(triple.subject, position)

    def locate(self, result: Result) -> Position | None:
        """Find the position of a result.

        The triple of focus node, path and value; else of focus node and path; else of focus node and value; else where
        the focus node is described or mentioned, or the value described. None where nothing authored mentions them.
        """
        for path in result.paths:
            if result.value is not None and not isinstance(result.focus, ox.Literal | ox.Triple):
                found = self._exact.get(ox.Triple(result.focus, path, result.value))
                if found is not None:
                    return found
        for path in result.paths:
            found = self._by_predicate.get((result.focus, path))
            if found is not None:
                return found
        if result.value is not None and (result.focus, result.value) in self._by_value:
            return self._by_value[result.focus, result.value]
        for index, term in ((self._by_subject, result.focus), (self._by_object, result.focus)):
            if term in index:
                return index[term]
        return self._by_subject.get(result.value) if result.value is not None else None


def findings(results: Iterable[Result], positions: Mapping[ox.Triple, Position], fallback: Path) -> list[Finding]:
    """Turn validation results into findings, in the order of file and line; those without a place name `fallback`."""
    locator = Locator(positions)
    found = set()
    for result in results:
        at = locator.locate(result)
        file, line = (str(at.file), at.line) if at else (str(fallback), 1)
        message = f"{result.message} ({_name(result.focus)})"
        found.add(Finding(file, line, result.level, message, rule=result.shape))
    return sorted(found, key=lambda finding: (finding.file, finding.line, LEVELS.index(finding.level), finding.message))


def _name(term: Term) -> str:
    return term.value.removeprefix("https://w3id.org/sayso/") if isinstance(term, ox.NamedNode) else str(term)
