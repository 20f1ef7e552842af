"""Validation against compiled shapes: of everything, or of what a change can affect.

Both run the same code. A report is kept by root shape and focus node, so that the results of a change replace those
that it made out of date; `footprint` says why that gives the report that full validation would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sayso.shacl.footprint import affected
from sayso.shacl.queries import solve
from sayso.shacl.report import Result
from sayso.shacl.source import UnsupportedShapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sayso.documents import Term
    from sayso.shacl.constraints import Breach, Constraint
    from sayso.shacl.graph import UnionDelta, View
    from sayso.shacl.queries import Query, Solution
    from sayso.shacl.shapes import Shape, Shapes

T = TypeVar("T")
_NONE: Sequence[Result] = ()
Key: TypeAlias = "tuple[str, Term]"  # a shape and a focus node


@dataclass(frozen=True)
class Report:
    """Be the results of a validation, by root shape and focus node; those of its property shapes are the root's."""

    entries: Mapping[Key, tuple[Result, ...]]

    @property
    def results(self) -> list[Result]:
        """List all results, in an order that depends on the shapes and the results only."""
        return [result for key in sorted(self.entries, key=_by_text) for result in self.entries[key]]

    def revised(self, recheck: Recheck) -> Report:
        """Give the report after a change, of which `recheck` is the exact check."""
        kept = {key: results for key, results in self.entries.items() if not recheck.covers(key)}
        return Report(kept | dict(recheck.report.entries))


@dataclass(frozen=True)
class Recheck:
    """Be the check of a change: the root shapes looked at, as a whole or with single focus nodes, and the report."""

    whole: frozenset[str]
    pairs: frozenset[Key]
    report: Report

    @property
    def results(self) -> list[Result]:
        """List the results found."""
        return self.report.results

    def covers(self, key: Key) -> bool:
        """Tell whether the results of a root shape and a focus node were found anew."""
        return key[0] in self.whole or key in self.pairs


def validate(view: View, shapes: Shapes) -> list[Result]:
    """Validate the data graph against all shapes; the order of the results depends on them and the shapes only."""
    return report(view, shapes).results


def report(view: View, shapes: Shapes, roots: Iterable[Shape] | None = None) -> Report:
    """Validate the data graph and keep the results by root shape and focus node.

    `roots` are the root shapes that count, None for all of them.
    """
    run = Validation(view, shapes)
    counted = shapes.roots if roots is None else roots
    return Report(dict(run.entries({root.name: root.foci(view) for root in counted})))


def validate_delta(view: View, shapes: Shapes, delta: UnionDelta, *, guard: bool = False) -> Recheck:
    """Validate what a change can affect; `view` shows the state with the change.

    `Report.revised` brings a report up to date with it. In guard mode fewer nodes are looked at: all results that are
    new are found, but a report cannot be revised, for results that are gone may stay unnoticed.
    """
    run = Validation(view, shapes)
    found = affected(run, shapes.footprint, delta, guard=guard)
    foci = {root.name: root.foci(view) for root in shapes.roots if root.name in found.whole}
    pairs = {(name, node) for name, nodes in found.foci.items() if name not in found.whole for node in nodes}
    for root in shapes.roots:
        if root.name not in foci:
            foci[root.name] = [node for node in found.foci[root.name] if root.is_for(view, node)]
    return Recheck(frozenset(found.whole), frozenset(pairs), Report(dict(run.entries(foci))))


class Validation:
    """Validate nodes of one state of the data graph, and remember what was found.

    SHACL leaves open what shapes mean that lead to themselves (section 3.4.3). Here such a shape holds for a node as
    long as that very question is being asked, and nothing that may rest on this assumption is remembered.
    """

    def __init__(self, view: View, shapes: Shapes) -> None:
        """Begin with nothing remembered."""
        self.view = view
        self._shapes, self._recursive = shapes.shapes, shapes.recursive
        self._queries, self._names = shapes.queries, shapes.names
        self._positions = {name: number for number, name in enumerate(shapes.shapes)}
        self._conforming: dict[Key, bool] = {}
        self._solutions: dict[tuple[Query, Term], Sequence[Solution]] = {}
        self._asked: set[Key] = set()

    def entries(self, foci: Mapping[str, Sequence[Term]]) -> Iterator[tuple[Key, tuple[Result, ...]]]:
        """Give the results of root shapes for their focus nodes, where there are any."""
        for name, nodes in foci.items():
            self._solve_ahead(name, nodes)
            for node in nodes:
                if results := self.results(name, node):
                    yield (name, node), results

    def results(self, name: str, focus: Term) -> tuple[Result, ...]:
        """Give the results of a shape for a focus node, sorted.

        Raises UnsupportedShapes where shapes lead to themselves along more nodes than Python can keep in mind.
        """
        try:
            return tuple(sorted(self._asking(name, focus, self._results, _NONE), key=self._order))
        except RecursionError:
            raise UnsupportedShapes(name, f"leads to itself too often, from {self._names(focus)} on") from None

    def conforms(self, shape: str, node: Term) -> bool:
        """Tell whether a node conforms to a shape: whether it has no results."""
        key = (shape, node)
        remembered = shape not in self._recursive or not self._asked
        known = self._conforming.get(key) if remembered else None
        if known is None:
            known = self._asking(shape, node, self._conforms, True)  # noqa: FBT003  # what is assumed meanwhile
            if remembered:
                self._conforming[key] = known
        return known

    def solutions(self, query: Query, focus: Term) -> Sequence[Solution]:
        """Give the solutions of a query for a focus node."""
        key = (query, focus)
        if key not in self._solutions:
            self._solutions[key] = solve(query, self.view, [focus])[focus]
        return self._solutions[key]

    def _asking(self, name: str, focus: Term, answer: Callable[[Shape, Term], T], assumed: T) -> T:
        """Answer a question about a shape and a node; while it is open, the same question has the assumed answer."""
        if name not in self._recursive:
            return answer(self._shapes[name], focus)
        key = (name, focus)
        if key in self._asked:
            return assumed
        self._asked.add(key)
        try:
            return answer(self._shapes[name], focus)
        finally:
            self._asked.discard(key)

    def _conforms(self, shape: Shape, focus: Term) -> bool:
        if shape.deactivated:
            return True
        values = self._values(shape, focus)
        if not all(self.conforms(name, value) for name in shape.properties for value in values):
            return False
        return not any(True for constraint in shape.constraints for _ in constraint.breaches(self, focus, values))

    def _results(self, shape: Shape, focus: Term) -> Sequence[Result]:
        if shape.deactivated:
            return _NONE
        values = self._values(shape, focus)
        found = [
            self._result(shape, constraint, focus, breach)
            for constraint in shape.constraints
            for breach in constraint.breaches(self, focus, values)
        ]
        for name in shape.properties:
            for value in values:
                found += self._asking(name, value, self._results, _NONE)
        return found

    def _values(self, shape: Shape, focus: Term) -> Sequence[Term]:
        return (focus,) if shape.path is None else shape.path.follow(self.view, focus)

    def _result(self, shape: Shape, constraint: Constraint, focus: Term, breach: Breach) -> Result:
        path = breach.path or shape.path
        at = f"{self._names.path(path)}: " if path else ""
        details = [result for name, node in breach.because for result in self.results(name, node)]
        message = constraint.message(breach, shape.messages, self._names)
        return Result(
            level=shape.level,
            message=message or f"{at}{constraint.explain(breach, self._names)}",
            focus=focus,
            paths=tuple(path.predicates()) if path else (),
            value=breach.value,
            shape=shape.name,
            component=constraint.component,
            path=str(path) if path else "",
            details=tuple(details),
            route=path,
        )

    def _solve_ahead(self, name: str, foci: Sequence[Term]) -> None:
        """Evaluate the queries that are asked of the focus nodes of a root shape for all of them at once."""
        for query in self._queries.get(name, ()) if foci else ():
            for focus, solutions in solve(query, self.view, foci).items():
                self._solutions[query, focus] = solutions

    def _order(self, result: Result) -> tuple[str | int, ...]:
        value = "" if result.value is None else str(result.value)
        return self._positions[result.shape], str(result.focus), result.component, result.path, value, result.message


def _by_text(key: Key) -> tuple[str, str]:
    return key[0], str(key[1])
