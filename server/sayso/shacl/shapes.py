"""Shapes and their targets (SHACL, section 2), as they are validated against."""

# ruff: noqa: ARG002, D102  # what the methods of targets take and do is said once, in Target

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sayso.namespaces import TYPE
from sayso.shacl.constraints import SPARQL
from sayso.shacl.paths import HERE, Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyoxigraph as ox

    from sayso.documents import Term
    from sayso.findings import Level
    from sayso.shacl.constraints import Constraint
    from sayso.shacl.footprint import Footprint
    from sayso.shacl.graph import View
    from sayso.shacl.paths import Path
    from sayso.shacl.queries import Query
    from sayso.shacl.source import Names


_BLANK = re.compile(r"_:\w+")


class Target(ABC):
    """Say which nodes of the data graph a shape is for."""

    @abstractmethod
    def nodes(self, view: View) -> Iterable[Term]:
        """List the nodes."""

    @abstractmethod
    def includes(self, view: View, node: Term) -> bool:
        """Tell whether a node is one of them, without listing them."""

    @abstractmethod
    def read(self) -> Read | None:
        """Tell what makes a node one of them, from that node; None where nothing in the data does."""

    @abstractmethod
    def shown(self, names: Names) -> str:
        """Say it in a few words."""


@dataclass(frozen=True)
class TargetNode(Target):
    """Name one node."""

    node: Term

    def nodes(self, view: View) -> Iterable[Term]:
        return (self.node,)

    def includes(self, view: View, node: Term) -> bool:
        return node == self.node

    def read(self) -> None:
        return None

    def shown(self, names: Names) -> str:
        return names(self.node)


@dataclass(frozen=True)
class TargetClass(Target):
    """Name the instances of a class."""

    kind: ox.NamedNode

    def nodes(self, view: View) -> Iterable[Term]:
        return view.instances(self.kind)

    def includes(self, view: View, node: Term) -> bool:
        return view.is_instance(node, self.kind)

    def read(self) -> Read:
        return Read(HERE, TYPE, "subject")

    def shown(self, names: Names) -> str:
        return f"every {names(self.kind)}"


@dataclass(frozen=True)
class TargetSubjectsOf(Target):
    """Name the subjects of a predicate."""

    predicate: ox.NamedNode

    def nodes(self, view: View) -> Iterable[Term]:
        return (each.subject for each in view.match(predicate=self.predicate))

    def includes(self, view: View, node: Term) -> bool:
        return view.has(node, self.predicate)

    def read(self) -> Read:
        return Read(HERE, self.predicate, "subject")

    def shown(self, names: Names) -> str:
        return f"subjects of {names(self.predicate)}"


@dataclass(frozen=True)
class TargetObjectsOf(Target):
    """Name the objects of a predicate."""

    predicate: ox.NamedNode

    def nodes(self, view: View) -> Iterable[Term]:
        return (each.object for each in view.match(predicate=self.predicate))

    def includes(self, view: View, node: Term) -> bool:
        return view.has(None, self.predicate, node)

    def read(self) -> Read:
        return Read(HERE, self.predicate, "object")

    def shown(self, names: Names) -> str:
        return f"objects of {names(self.predicate)}"


@dataclass(frozen=True)
class Shape:
    """Be a node shape, or a property shape where it has a path.

    `name` is its IRI, or its blank node as in `_:b0`; `properties` name the property shapes for its value nodes, whose
    results are reported as they are; `level` is the level of its severity.
    """

    name: str
    path: Path | None
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...]
    properties: tuple[str, ...]
    level: Level
    messages: tuple[str, ...]
    deactivated: bool

    @property
    def nested(self) -> tuple[str, ...]:
        """Name the shapes that it needs."""
        return (*self.properties, *(name for constraint in self.constraints for name in constraint.nested))

    def foci(self, view: View) -> list[Term]:
        """List the focus nodes that its targets name, each once."""
        return list(dict.fromkeys(node for target in self.targets for node in target.nodes(view)))

    def is_for(self, view: View, node: Term) -> bool:
        """Tell whether its targets name a node."""
        return any(target.includes(view, node) for target in self.targets)


@dataclass(frozen=True, eq=False)
class Shapes:
    """Be a compiled shapes graph.

    `shapes` are all of them by name, in the order of the document; `recursive` those that lead to themselves; `queries`
    are those that a root shape asks of its own focus nodes; `remarks` are those of `lint`.
    """

    shapes: Mapping[str, Shape]
    recursive: frozenset[str]
    queries: Mapping[str, Sequence[Query]]
    footprint: Footprint
    names: Names
    remarks: tuple[str, ...]

    @property
    def roots(self) -> list[Shape]:
        """List the shapes that have targets and are active: validation begins with them."""
        return roots(self.shapes)

    def size(self, name: str) -> int:
        """Count the constraints of a shape and of its property shapes."""
        shape = self.shapes[name]
        return len(shape.constraints) + sum(map(self.size, shape.properties))


def asked(name: str, shapes: Mapping[str, Shape]) -> Iterator[Query]:
    """Give the queries that a shape, and its property shapes where it is a node shape, ask of its focus nodes."""
    shape = shapes[name]
    yield from (constraint.query for constraint in shape.constraints if isinstance(constraint, SPARQL))
    for nested in shape.properties if shape.path is None else ():
        yield from asked(nested, shapes)


def changed(old: Shapes, new: Shapes) -> list[Shape]:
    """List the root shapes of the new shapes that are not, with all that they need, among the old."""
    known = {_signature(root.name, old.shapes) for root in old.roots}
    return [root for root in new.roots if _signature(root.name, new.shapes) not in known]


def _signature(name: str, shapes: Mapping[str, Shape], above: tuple[str, ...] = ()) -> str:
    """Write a shape and those it needs so that equal texts are equal shapes, whatever their blank nodes are called."""
    if name in above:
        return f"the shape {above.index(name)} above"
    needed = (_signature(each, shapes, (*above, name)) for each in shapes[name].nested)
    return " ".join([_BLANK.sub("_:", repr(shapes[name])), *(f"({each})" for each in needed)])


def roots(shapes: Mapping[str, Shape]) -> list[Shape]:
    """List the shapes that have targets and are active."""
    return [shape for shape in shapes.values() if shape.targets and not shape.deactivated]
