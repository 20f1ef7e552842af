"""What a query reads for a focus node, found from its text.

A query is *local* where every triple pattern is tied to $this by other patterns: then the triples that it can use for
a focus node are on paths from it, the `reads`. Evaluated on these triples, or on any part of the graph that holds them,
it gives for that focus node what it gives on the whole graph.

Which variables tie a pattern follows from the semantics of SPARQL, which is bottom-up. The patterns of a group outside
of OPTIONAL are joined, also with those of the groups around it, so that any of them ties the others. What stands in
OPTIONAL, a filter or EXISTS is asked of each solution of its own group: there only variables that the group binds in
every solution tie. What OPTIONAL binds may be unbound, and a pattern with an unbound variable matches anything.

A tying pattern is registered in the direction in which it was found, so that the path to a triple never leads through
that triple: `footprint` relies on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pyoxigraph as ox
from rdflib import BNode, URIRef, Variable
from rdflib import paths as written
from rdflib.plugins.sparql.parserutils import CompValue

from sayso.shacl.paths import (
    HERE,
    AlternativePath,
    AnyPath,
    OneOrMorePath,
    Path,
    PredicatePath,
    SequencePath,
    ZeroOrMorePath,
    ZeroOrOnePath,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sayso.shacl.paths import Read

Reach: TypeAlias = dict[Any, Path]  # from a variable to the path that leads from $this to what it can be bound to

THIS = Variable("this")
_REPEATED: dict[Any, Callable[[Path], Path]] = {"*": ZeroOrMorePath, "+": OneOrMorePath, "?": ZeroOrOnePath}
_EXISTS = ("Builtin_EXISTS", "Builtin_NOTEXISTS")


@dataclass
class Reading:
    """Say what a query reads: `reads` where it is local; in any case `predicates`, None among them for all of them."""

    local: bool = True
    reads: dict[Read, None] = field(default_factory=dict)
    predicates: set[ox.NamedNode | None] = field(default_factory=set)


class Edge(NamedTuple):
    """Be a triple pattern."""

    start: Any
    path: Path
    end: Any


class Tie(NamedTuple):
    """Be an edge in the direction in which it leads from a variable that is reached to one that is not."""

    edge: Edge
    start: Any
    path: Path
    end: Any


def reading(query: CompValue) -> Reading:
    """Find what a query reads; it is a parse tree of rdflib whose names and paths are resolved."""
    analysis = _Analysis()
    analysis.select(query)
    found = analysis.found
    if any(_stays(path) for path in analysis.paths):  # a path of no steps asks which nodes there are
        found.local &= None not in found.predicates
        found.predicates |= set() if found.local else {None}
    return found


def parts_of(tree: Any, *, into_groups: bool = True) -> Iterator[CompValue]:
    """Give every node of a parse tree, outer ones first; where wanted not those in the groups of EXISTS."""
    if isinstance(tree, CompValue):
        yield tree
        if tree.name in _EXISTS and not into_groups:
            return
        tree = list(tree.values())
    if isinstance(tree, list | tuple) and not isinstance(tree, str):
        for each in tree:
            yield from parts_of(each, into_groups=into_groups)


def triples(part: CompValue) -> Iterator[tuple[Any, Any, Any]]:
    """Give the triple patterns of a TriplesBlock, which rdflib keeps as flat lists."""
    for terms in part.triples:
        yield from zip(terms[0::3], terms[1::3], terms[2::3], strict=True)


class _Analysis:
    """Walk the groups of a query."""

    def __init__(self) -> None:
        self.found = Reading()
        self.paths: list[Path] = []

    def select(self, query: CompValue) -> Reach:
        """Analyse a query or a subquery, whose variables are its own; returns those that it projects, always bound."""
        bound = self.group(query.where, {}, {})
        for part in (query.projection, query.having, query.orderby):
            self._expression(part, {THIS: HERE} if query.groupby else bound)
        if not query.projection:
            return bound
        projected = {each.var for each in query.projection}
        return {variable: path for variable, path in bound.items() if variable in projected}

    def group(self, group: CompValue, tied: Reach, seen: Reach) -> Reach:
        """Analyse a group, and return the variables that it binds in every solution.

        `tied` are variables that it is joined on; `seen` are those that its filters see besides its own.
        """
        if group.name == "SubSelect":
            return self.select(group)
        parts = list(group.part or ())
        edges = [edge for part in parts if part.name == "TriplesBlock" for edge in self._edges(part)]
        reach, waiting = self._tie(edges, {**tied, THIS: HERE})
        joined = {id(part): self._joined(part, reach) for part in parts}
        reach, waiting = self._tie(waiting, {**_merged(joined.values()), **reach})
        self.found.local &= not waiting
        bound: Reach = {THIS: HERE}
        for part in parts:
            if part.name == "OptionalGraphPattern":
                self.group(part.graph, bound, bound)
            elif part.name == "Bind":
                self._expression(part.expr, bound)
            bound = {**bound, **joined[id(part)], **_mentioned(part, reach)}
        for part in parts:
            if part.name == "Filter":
                self._expression(part.expr, {**seen, **bound})
        return bound

    def _joined(self, part: CompValue, reach: Reach) -> Reach:
        """Analyse a union, or a lone group, and return what all its branches bind."""
        if part.name != "GroupOrUnionGraphPattern":
            return {}
        branches = [self.group(branch, reach, {}) for branch in part.graph]
        common = [variable for variable in branches[0] if all(variable in branch for branch in branches)]
        return {variable: _either([branch[variable] for branch in branches]) for variable in common}

    def _expression(self, expression: Any, bound: Reach) -> None:
        """Analyse the EXISTS and NOT EXISTS in an expression over variables that are always bound."""
        for part in parts_of(expression, into_groups=False):
            if part.name in _EXISTS:
                self.group(part.graph, bound, bound)

    def _edges(self, part: CompValue) -> list[Edge]:
        edges = [Edge(start, _path(predicate), end) for start, predicate, end in triples(part)]
        for edge in edges:
            self.paths.append(edge.path)
            self.found.predicates |= {read.predicate for read in edge.path.reads(HERE)}
        return edges

    def _tie(self, edges: Sequence[Edge], reach: Reach) -> tuple[Reach, list[Edge]]:
        """Reach variables along patterns, and register what all patterns that are tied read; returns the others too."""
        waiting = list(edges)
        while tie := _next_tie(waiting, reach):
            waiting.remove(tie.edge)
            self._register(tie.path, reach[tie.start])
            reach = {**reach, tie.end: join(reach[tie.start], tie.path)}
        for edge in waiting:
            if edge.start in reach:
                self._register(edge.path, reach[edge.start])
            elif edge.end in reach:
                self._register(edge.path.reverse(), reach[edge.end])
        return reach, [edge for edge in waiting if edge.start not in reach and edge.end not in reach]

    def _register(self, path: Path, before: Path) -> None:
        self.found.reads.update(dict.fromkeys(path.reads(before)))


def _next_tie(edges: Iterable[Edge], reach: Reach) -> Tie | None:
    for edge in edges:
        for tie in (Tie(edge, *edge), Tie(edge, edge.end, edge.path.reverse(), edge.start)):
            if tie.start in reach and isinstance(tie.end, Variable | BNode) and tie.end not in reach:
                return tie
    return None


def _mentioned(part: CompValue, reach: Reach) -> Reach:
    """Give what a part that is a block of triple patterns binds."""
    if part.name != "TriplesBlock":
        return {}
    return {end: reach[end] for pattern in triples(part) for end in (pattern[0], pattern[2]) if end in reach}


def _merged(bindings: Iterable[Reach]) -> Reach:
    return {variable: path for each in bindings for variable, path in each.items()}


def _either(paths: Sequence[Path]) -> Path:
    options = tuple(dict.fromkeys(paths))
    return options[0] if len(options) == 1 else AlternativePath(options)


def _stays(path: Path) -> bool:
    """Tell whether a path may have no steps."""
    if isinstance(path, SequencePath):
        return all(_stays(step) for step in path.steps)
    if isinstance(path, AlternativePath):
        return any(_stays(option) for option in path.options)
    return isinstance(path, ZeroOrMorePath | ZeroOrOnePath) or (isinstance(path, OneOrMorePath) and _stays(path.path))


def _path(predicate: Any) -> Path:
    """Translate a path of rdflib; a variable, and a negated property set, lead along any property."""
    match predicate:
        case URIRef():
            path: Path = PredicatePath(ox.NamedNode(str(predicate)))
        case Variable():
            path = AnyPath()
        case written.InvPath():
            path = _path(predicate.arg).reverse()
        case written.SequencePath():
            path = SequencePath(tuple(_path(each) for each in predicate.args))
        case written.AlternativePath():
            path = AlternativePath(tuple(_path(each) for each in predicate.args))
        case written.MulPath():
            path = _REPEATED[predicate.mod](_path(predicate.path))
        case _:
            path = AlternativePath((AnyPath(), AnyPath(inverse=True)))
    return path
