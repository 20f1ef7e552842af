"""What a query reads for a focus node, found from its text.

A query is *local* where every triple pattern is tied to $this by patterns with constant predicates: then the triples that
it can use for a focus node are those on paths from it, the `reads`. Evaluated on them, or on any part of the graph that
holds them, it gives for that focus node what it gives on the whole graph.

Which variables tie a pattern follows from the bottom-up semantics of SPARQL. In a group the patterns outside of OPTIONAL
are joined, also with those of the groups around it, so any of them ties the others. What stands in OPTIONAL, in a filter
or in EXISTS is asked of each solution of its own group: only variables that are bound there, in every solution, tie it.
A variable that is bound in OPTIONAL may be unbound, and then its pattern matches anything.

A tying pattern is registered in the direction in which it was found: what leads to a triple never contains that triple.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pyoxigraph as ox

from sayso.shacl.paths import (
    HERE,
    AlternativePath,
    OneOrMorePath,
    Path,
    PredicatePath,
    Read,
    SequencePath,
    ZeroOrMorePath,
    ZeroOrOnePath,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Reach: TypeAlias = "dict[Any, Path]"  # from a variable to the path that leads from $this to what it can be bound to

_REPEATED = {"*": ZeroOrMorePath, "+": OneOrMorePath, "?": ZeroOrOnePath}


@dataclass
class Footprint:
    """Be what a query reads: where it is local, `reads`; `predicates` in any case, None among them for any predicate."""

    reads: dict[Read, None] = field(default_factory=dict)
    predicates: set[ox.NamedNode | None] = field(default_factory=set)
    local: bool = True


class Edge(NamedTuple):
    """Be a triple pattern; its path is None where the predicate is a variable, or a negated property set is in it."""

    start: Any
    path: Path | None
    end: Any


def footprint(query: Any) -> Footprint:
    """Find what a query reads; it is a parse tree of rdflib whose names and paths are resolved."""
    analysis = _Analysis()
    analysis.select(query)
    return analysis.found


class _Analysis:
    """Walk the groups of a query."""

    def __init__(self) -> None:
        self.found = Footprint()

    def select(self, query: Any) -> Reach:
        """Analyse a query or a subquery, whose variables are its own but for those that it projects."""
        bound = self.group(query.where, {}, {})
        for part in (query.projection, query.having, query.orderby, query.groupby):
            self.expression(part, bound)
        if not query.projection:
            return bound
        projected = {each.var for each in query.projection if each.var is not None}
        return {variable: path for variable, path in bound.items() if variable in projected}

    def group(self, group: Any, tied: Reach, seen: Reach) -> Reach:
        """Analyse a group; `tied` are variables that it is joined on, `seen` those that its filters see besides its own.

        Returns the variables that it binds in every solution.
        """
        if group.name == "SubSelect":
            return self.select(group)
        parts = list(group.part or ())
        edges = [edge for part in parts if part.name == "TriplesBlock" for edge in _edges(part)]
        reach = self._tie(edges, {_this(): HERE, **tied})
        bound = {_this(): HERE}
        optional = []
        for part in parts:
            if part.name == "TriplesBlock":
                bound |= _bound(_edges(part), reach)
            elif part.name == "GroupOrUnionGraphPattern":
                bound |= self._union(part.graph, reach)
            elif part.name == "OptionalGraphPattern":
                optional.append((part.graph, dict(bound)))
            elif part.name == "Bind":
                self.expression(part.expr, bound)
        for graph, left in optional:
            self.group(graph, left, left)
        for part in parts:
            if part.name == "Filter":
                self.expression(part.expr, {**seen, **bound})
        return bound

    def expression(self, expression: Any, bound: Reach) -> None:
        """Analyse the EXISTS and NOT EXISTS in an expression, which see the variables of its group."""
        for part in parts_of(expression):
            if part.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
                self.group(part.graph, bound, bound)

    def _union(self, branches: Iterable[Any], tied: Reach) -> Reach:
        """Analyse the branches of a union, or a lone group; what all of them bind is bound."""
        bindings = [self.group(branch, tied, {}) for branch in branches]
        common = set(bindings[0]).intersection(*bindings[1:])
        return {variable: _either([each[variable] for each in bindings]) for variable in common}

    def _tie(self, edges: list[Edge], reach: Reach) -> Reach:
        """Find the paths from $this to the variables of joined patterns, and register what the patterns read."""
        waiting = list(edges)
        while tie := _next_tie(waiting, reach):
            edge, path, start, end = tie
            waiting.remove(edge)
            self._read(path.reads(reach[start]))
            reach = {**reach, end: join(reach[start], path)}
        for edge in waiting:
            self._last(edge, reach)
        self.found.predicates.update(predicate for edge in edges for predicate in _predicates(edge))
        return reach

    def _last(self, edge: Edge, reach: Reach) -> None:
        """Register a pattern that leads to nothing new."""
        if edge.start in reach:
            before = reach[edge.start]
            self._read(edge.path.reads(before) if edge.path else [Read(before, None, "subject")])
        elif edge.end in reach:
            before = reach[edge.end]
            self._read(edge.path.reverse().reads(before) if edge.path else [Read(before, None, "object")])
        else:
            self.found.local = False

    def _read(self, reads: Iterable[Read]) -> None:
        self.found.reads.update(dict.fromkeys(reads))


