"""A validation report whose results know where in the authored files they belong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.columns import Columns
from sayso.documents import Position
from sayso.findings import Finding
from sayso.namespaces import CHECKS, TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sayso.documents import Term
    from sayso.findings import Level
    from sayso.shacl.paths import Path as PropertyPath


@dataclass(frozen=True)
class Result:
    """Be one validation result (SHACL, section 3.6): which focus node breaks which constraint, and how.

    `paths` are the predicates that the result's path mentions; `value` is the offending value, where there is one;
    `path` is the whole path, as SPARQL writes it, and `route` as it was compiled; `details` are the results of nested
    shapes that tell why; `hint` says what to do beyond the message. A check that is no shape has no component.
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
    route: PropertyPath | None = field(default=None, compare=False)
    hint: str = field(default="", compare=False)


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


def findings(
    results: Iterable[Result],
    positions: Mapping[ox.Triple, Position],
    fallback: Path,
    contents: Mapping[Path, bytes] | None = None,
) -> list[Finding]:
    """Turn validation results into findings, in the order of file and line; those without a place name `fallback`.

    `contents` are the documents that the positions are in, None where they are files.
    """
    locator, columns = Locator(positions), Columns(contents)
    nowhere = Position(fallback, 1)
    return sorted({_finding(result, locator.locate(result), nowhere, columns) for result in results})


def _finding(result: Result, at: Position | None, nowhere: Position, columns: Columns) -> Finding:
    """Put a validation result at its position, and at the column where a term of it is written there."""
    message = f"{result.message} ({_name(result.focus)})"
    predicates = (each for each in result.paths if each != TYPE)  # what is said of a type is said of its node
    column = columns.find(at.file, at.line, (result.value, *predicates, result.focus)) if at else None
    place = at or nowhere
    return Finding(str(place.file), place.line, result.level, message, column, result.shape, result.hint, result)


def checked(rule: str, at: Position, focus: Term, message: str, value: Term | None = None) -> Finding:
    """Report what a check found that is no shape, under the name of the rule."""
    result = Result("violation", message, focus, value=value, shape=CHECKS[rule].value)
    column = Columns().find(at.file, at.line, (value, focus))
    return Finding(str(at.file), at.line, result.level, message, column, result.shape, result=result)


def _name(term: Term) -> str:
    return term.value.removeprefix("https://w3id.org/sayso/") if isinstance(term, ox.NamedNode) else str(term)
