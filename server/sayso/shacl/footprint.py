"""Which shapes and focus nodes a change can affect: the dependencies of each shape, and the way back from a triple.

Validating a focus node reads triples along trails: from the focus node along a path to a node x, and there a triple
with x as its subject or object. Compiled, a root shape is a set of dependencies (path, predicate, side) that names them
all.

Claim: a focus node whose results differ between the old and the new state is found as follows, in the new state only.
For each changed triple and each dependency on its predicate, take its subject or object as x, by the side, and go the
path back from x.

Proof idea: where results differ, some changed triple is on a trail of the focus node, in the old or in the new state.
Of the changed triples on that trail take the one nearest to the focus node. What leads to it is unchanged, so it is
there in the new state; and it is a trail of its own, for every step of a path is a dependency too, whose path is what
comes before that step. Hence nothing of the old state is needed. A target is a dependency with the empty path.

Membership of classes follows rdfs:subClassOf. While no such edge changes, a changed type concerns a class only if it is
that class or a subclass of it; where an edge changes, everything typed below it counts as a changed type.

What is not covered is checked as a whole: shapes that lead to themselves, on any change, and shapes with a query that
is not tied to $this (see `locality`), when a predicate of the query changes.

In *guard* mode the way back stops where it can do no harm. At each nested shape on it, with a polarity that says
whether its failure (+) or its success (-) can make the shape around it fail, nodes that now conform (+), or now fail
(-), are dropped: their change cannot have caused a new result outside. With neither polarity (sh:xone, disjoint counts)
nothing is dropped. So every result that is new is found, and results that are gone may stay unnoticed. That is what a
gate asks; a report that is kept up needs the exact mode.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sayso.namespaces import TYPE
from sayso.shacl import constraints
from sayso.shacl.graph import SUBCLASS, closure
from sayso.shacl.paths import HERE, Read, join, unique
from sayso.shacl.shapes import TargetClass, roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyoxigraph as ox

    from sayso.documents import Term
    from sayso.shacl.constraints import Constraint, Evaluation
    from sayso.shacl.graph import UnionDelta, View
    from sayso.shacl.paths import Path, Side
    from sayso.shacl.shapes import Shape


class Boundary(NamedTuple):
    """Be a nested shape, or a class, that nodes at the end of a path are compared with, and the polarity of that."""

    path: Path
    test: str | ox.NamedNode
    polarity: int

    def may_harm(self, run: Evaluation, node: Term) -> bool:
        """Tell whether what is around it can fail now because the node has changed."""
        if not self.polarity:
            return True
        if isinstance(self.test, str):
            return run.conforms(self.test, node) != (self.polarity > 0)
        return run.view.is_instance(node, self.test) != (self.polarity > 0)


class Dependency(NamedTuple):
    """Be what a root shape reads: along the paths of the boundaries and then of `read`.

    `kind` is set where the triple is a type that matters for one class.
    """

    boundaries: tuple[Boundary, ...]
    read: Read
    kind: ox.NamedNode | None = None


class Trail(NamedTuple):
    """Be a dependency turned round: from an end of a changed triple back to the focus nodes of root shapes."""

    side: Side
    kind: ox.NamedNode | None
    back: Path
    boundaries: tuple[Boundary, ...] = ()

    def lead(self, run: Evaluation, node: Term) -> Sequence[Term]:
        """List the focus nodes that a node leads back to."""
        nodes = self.back.follow(run.view, node)
        for boundary in self.boundaries:
            harmful = [each for each in nodes if boundary.may_harm(run, each)]
            nodes = unique(found for each in harmful for found in boundary.path.follow(run.view, each))
        return nodes


Trails: TypeAlias = "Mapping[ox.NamedNode | None, Sequence[tuple[Trail, tuple[str, ...]]]]"


@dataclass(frozen=True)
class Footprint:
    """Be the trails of all root shapes by predicate, None for any; those for guard mode stop at boundaries.

    Each trail comes with the names of the root shapes that it leads to, for many have the same. `whole` names the root
    shapes that are checked as a whole when a predicate changes, None for any.
    """

    trails: Trails
    guarded: Trails
    whole: Mapping[ox.NamedNode | None, frozenset[str]]


@dataclass
class Affected:
    """Be what a change can affect: root shapes as a whole, and focus nodes of others."""

    whole: set[str] = field(default_factory=set)
    foci: defaultdict[str, dict[Term, None]] = field(default_factory=lambda: defaultdict(dict))


def footprint(shapes: Mapping[str, Shape], recursive: frozenset[str]) -> Footprint:
    """Find the dependencies of all root shapes."""
    trails: defaultdict[ox.NamedNode | None, dict[Trail, dict[str, None]]] = defaultdict(dict)
    guarded: defaultdict[ox.NamedNode | None, dict[Trail, dict[str, None]]] = defaultdict(dict)
    whole: defaultdict[ox.NamedNode | None, set[str]] = defaultdict(set)
    for root in roots(shapes):
        walk = _Walk(shapes, recursive)
        walk.root(root)
        for dependency in walk.dependencies:
            trails[dependency.read.predicate].setdefault(_exact(dependency), {})[root.name] = None
            guarded[dependency.read.predicate].setdefault(_guarded(dependency), {})[root.name] = None
        for predicate in walk.whole:
            whole[predicate].add(root.name)
    return Footprint(
        {predicate: [(trail, tuple(names)) for trail, names in found.items()] for predicate, found in trails.items()},
        {predicate: [(trail, tuple(names)) for trail, names in found.items()] for predicate, found in guarded.items()},
        {predicate: frozenset(names) for predicate, names in whole.items()},
    )


def affected(run: Evaluation, footprint: Footprint, delta: UnionDelta, *, guard: bool = False) -> Affected:
    """Find what a change can affect; `run` evaluates in the new state."""
    found = Affected()
    for triple in delta:
        found.whole |= footprint.whole.get(triple.predicate, frozenset()) | footprint.whole.get(None, frozenset())
    trails = footprint.guarded if guard else footprint.trails
    for (trail, names), node in dict.fromkeys(_starts(run.view, trails, delta)):
        foci = dict.fromkeys(trail.lead(run, node))
        for name in names if foci else ():
            if name not in found.whole:
                found.foci[name].update(foci)
    return found


def _starts(view: View, trails: Trails, delta: UnionDelta) -> Iterator[tuple[tuple[Trail, tuple[str, ...]], Term]]:
    """Give the trails that begin at changed triples, each with the node that it begins at."""
    edges = [triple for triple in delta if triple.predicate == SUBCLASS]
    for triple in delta:
        for each in (*trails.get(triple.predicate, ()), *trails.get(None, ())):
            trail, _ = each
            if edges or trail.kind is None or trail.kind in view.superclasses(triple.object):
                yield each, triple.subject if trail.side == "subject" else triple.object
    typed = [each for each in trails.get(TYPE, ()) if each[0].kind is not None]
    for node in _typed_below(view, edges) if typed else ():
        yield from ((each, node) for each in typed)


def _typed_below(view: View, edges: Sequence[ox.Triple]) -> Iterable[Term]:
    """List what has a type below a changed subclass edge; of several edges above a type one is the nearest to it."""
    start: Iterable[Term] = (edge.subject for edge in edges)
    kinds = closure(start, lambda kind: view.subjects(SUBCLASS, kind))
    return unique(node for kind in kinds for node in view.subjects(TYPE, kind))


def _exact(dependency: Dependency) -> Trail:
    way: Path = HERE
    for boundary in dependency.boundaries:
        way = join(way, boundary.path)
    way = join(way, dependency.read.before)
    return Trail(dependency.read.side, dependency.kind, way.reverse())


def _guarded(dependency: Dependency) -> Trail:
    back = dependency.read.before.reverse()
    boundaries = tuple(each._replace(path=each.path.reverse()) for each in reversed(dependency.boundaries))
    return Trail(dependency.read.side, dependency.kind, back, boundaries)


class _Place(NamedTuple):
    """Be where a nested shape is met: the boundaries that lead to it, the path from the last one, and the polarity."""

    boundaries: tuple[Boundary, ...] = ()
    path: Path = HERE
    polarity: int = 1

    def along(self, path: Path | None) -> _Place:
        """Go along a path."""
        return self if path is None else self._replace(path=join(self.path, path))

    def within(self, test: str | ox.NamedNode, sign: int) -> _Place:
        """Pass a boundary; there is none at the focus node itself, where it would drop next to nothing."""
        if self.path == HERE and not self.boundaries and sign == 1:
            return self
        boundary = Boundary(self.path, test, self.polarity * sign)
        return _Place((*self.boundaries, boundary), HERE, boundary.polarity)


class _Walk:
    """Collect the dependencies of one root shape."""

    def __init__(self, shapes: Mapping[str, Shape], recursive: frozenset[str]) -> None:
        self._shapes, self._recursive = shapes, recursive
        self.dependencies: dict[Dependency, None] = {}
        self.whole: set[ox.NamedNode | None] = set()

    def root(self, root: Shape) -> None:
        for target in root.targets:
            read = target.read()
            if read is not None:
                self._add(_Place(), read, target.kind if isinstance(target, TargetClass) else None)
        self._shape(root, _Place())

    def _shape(self, shape: Shape, place: _Place) -> None:
        if shape.name in self._recursive:
            self.whole.add(None)
            return
        values = place.along(shape.path)
        for read in shape.path.reads(HERE) if shape.path else ():
            self._add(place, read)
        for name in shape.properties:
            self._shape(self._shapes[name], values.within(name, 1))
        for constraint in shape.constraints:
            self._constraint(constraint, place, values)

    def _constraint(self, constraint: Constraint, place: _Place, values: _Place) -> None:
        for read in _of_focus(constraint):
            self._add(place, read)
        if isinstance(constraint, constraints.Closed):
            self._add(values, Read(HERE, None, "subject"))
        if isinstance(constraint, constraints.Class):
            self._add(values.within(constraint.kind, 1), Read(HERE, TYPE, "subject"), constraint.kind)
        if isinstance(constraint, constraints.SPARQL) and not constraint.query.local:
            self.whole |= {None} if constraint.query.predicates is None else constraint.query.predicates
        for name in constraint.nested:
            self._shape(self._shapes[name], values.within(name, _sign(constraint)))

    def _add(self, place: _Place, read: Read, kind: ox.NamedNode | None = None) -> None:
        read = read._replace(before=join(place.path, read.before))
        self.dependencies[Dependency(place.boundaries, read, kind)] = None


def _of_focus(constraint: Constraint) -> Iterable[Read]:
    """Tell what a constraint reads of the focus node, besides the path of its shape."""
    match constraint:
        case constraints.Equals() | constraints.Disjoint() | constraints.LessThan():
            return (Read(HERE, constraint.predicate, "subject"),)
        case constraints.SPARQL():
            return constraint.query.reads
    return ()


def _sign(constraint: Constraint) -> int:
    """Tell what it does to a constraint that nested shapes hold: + it helps, - it harms, 0 it may do either."""
    match constraint:
        case constraints.Xone():
            return 0
        case constraints.QualifiedMinCount() | constraints.QualifiedMaxCount() if constraint.siblings:
            return 0
        case constraints.Not() | constraints.QualifiedMaxCount():
            return -1
    return 1
