"""SHACL property paths (SHACL, section 2.3.1): read, followed from a node, and turned round."""

# ruff: noqa: D102  # what the methods do is said once, in Path

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import pyoxigraph as ox

from sayso.namespaces import RDF
from sayso.shacl.graph import closure
from sayso.shacl.source import SH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sayso.documents import Term
    from sayso.shacl.graph import View
    from sayso.shacl.source import Source

Side: TypeAlias = Literal["subject", "object"]


class Read(NamedTuple):
    """Say which triples are read: with `predicate` (None for any), and on `side` a node that `before` leads to.

    So (^say:source, say:hedge, "subject") reads the hedges of whatever has the node at hand as its source.
    """

    before: Path
    predicate: ox.NamedNode | None
    side: Side


class Path(ABC):
    """Be a way from a node to others. Equal paths are equal values; `str` writes one as SPARQL 1.1 does."""

    @abstractmethod
    def follow(self, view: View, node: Term) -> Sequence[Term]:
        """List the nodes that it leads to, each once."""

    @abstractmethod
    def reverse(self) -> Path:
        """Give the path that leads back."""

    @abstractmethod
    def predicates(self) -> Iterator[ox.NamedNode]:
        """Give the predicates in it, the first first."""

    @abstractmethod
    def reads(self, before: Path) -> Iterator[Read]:
        """Tell what following it reads, from the nodes that another path leads to."""


@dataclass(frozen=True)
class PredicatePath(Path):
    """Lead from a subject to the objects."""

    predicate: ox.NamedNode

    def follow(self, view: View, node: Term) -> Sequence[Term]:
        return view.objects(node, self.predicate)

    def reverse(self) -> Path:
        return InversePath(self.predicate)

    def predicates(self) -> Iterator[ox.NamedNode]:
        yield self.predicate

    def reads(self, before: Path) -> Iterator[Read]:
        yield Read(before, self.predicate, "subject")

    def __str__(self) -> str:
        return str(self.predicate)


@dataclass(frozen=True)
class InversePath(Path):
    """Lead from an object to the subjects. The inverse of a longer path is kept as that path turned round."""

    predicate: ox.NamedNode

    def follow(self, view: View, node: Term) -> Sequence[Term]:
        return view.subjects(self.predicate, node)

    def reverse(self) -> Path:
        return PredicatePath(self.predicate)

    def predicates(self) -> Iterator[ox.NamedNode]:
        yield self.predicate

    def reads(self, before: Path) -> Iterator[Read]:
        yield Read(before, self.predicate, "object")

    def __str__(self) -> str:
        return f"^{self.predicate}"


@dataclass(frozen=True)
class SequencePath(Path):
    """Lead along one path after another; the empty one stays where it is."""

    steps: tuple[Path, ...]

    def follow(self, view: View, node: Term) -> Sequence[Term]:
        nodes: Sequence[Term] = (node,)
        for step in self.steps:
            if len(nodes) == 1:
                nodes = step.follow(view, nodes[0])
            else:
                nodes = unique(found for each in nodes for found in step.follow(view, each))
        return nodes

    def reverse(self) -> Path:
        return SequencePath(tuple(step.reverse() for step in reversed(self.steps)))

    def predicates(self) -> Iterator[ox.NamedNode]:
        return (predicate for step in self.steps for predicate in step.predicates())

    def reads(self, before: Path) -> Iterator[Read]:
        for step in self.steps:
            yield from step.reads(before)
            before = join(before, step)

    def __str__(self) -> str:
        return f"({'/'.join(map(str, self.steps))})"


@dataclass(frozen=True)
class AlternativePath(Path):
    """Lead along any of several paths."""

    options: tuple[Path, ...]

    def follow(self, view: View, node: Term) -> Sequence[Term]:
        return unique(found for option in self.options for found in option.follow(view, node))

    def reverse(self) -> Path:
        return AlternativePath(tuple(option.reverse() for option in self.options))

    def predicates(self) -> Iterator[ox.NamedNode]:
        return (predicate for option in self.options for predicate in option.predicates())

    def reads(self, before: Path) -> Iterator[Read]:
        return (read for option in self.options for read in option.reads(before))

    def __str__(self) -> str:
        return f"({'|'.join(map(str, self.options))})"


@dataclass(frozen=True)
class ZeroOrMorePath(Path):
    """Lead along a path any number of times."""

    path: Path

    def follow(self, view: View, node: Term) -> Sequence[Term]:
        return closure([node], lambda each: self.path.follow(view, each))

    def reverse(self) -> Path:
        return ZeroOrMorePath(self.path.reverse())

    def predicates(self) -> Iterator[ox.NamedNode]:
        return self.path.predicates()

    def reads(self, before: Path) -> Iterator[Read]:
        return self.path.reads(join(before, self))

    def __str__(self) -> str:
        return f"({self.path})*"


@dataclass(frozen=True)
class OneOrMorePath(Path):
    """Lead along a path once or more."""

    path: Path

    def follow(self, view: View, node: Term) -> Sequence[Term]:
        return closure(self.path.follow(view, node), lambda each: self.path.follow(view, each))

    def reverse(self) -> Path:
        return OneOrMorePath(self.path.reverse())

    def predicates(self) -> Iterator[ox.NamedNode]:
        return self.path.predicates()

    def reads(self, before: Path) -> Iterator[Read]:
        return self.path.reads(join(before, ZeroOrMorePath(self.path)))

    def __str__(self) -> str:
        return f"({self.path})+"


@dataclass(frozen=True)
class ZeroOrOnePath(Path):
    """Lead along a path, and stay too."""

    path: Path

    def follow(self, view: View, node: Term) -> Sequence[Term]:
        return unique((node, *self.path.follow(view, node)))

    def reverse(self) -> Path:
        return ZeroOrOnePath(self.path.reverse())

    def predicates(self) -> Iterator[ox.NamedNode]:
        return self.path.predicates()

    def reads(self, before: Path) -> Iterator[Read]:
        return self.path.reads(before)

    def __str__(self) -> str:
        return f"({self.path})?"


@dataclass(frozen=True)
class AnyPath(Path):
    """Lead along any property, in the one direction or the other. No shape has it; queries do."""

    inverse: bool = False

    def follow(self, view: View, node: Term) -> Sequence[Term]:
        if self.inverse:
            return unique(each.subject for each in view.match(value=node))
        return unique(each.object for each in view.match(node))

    def reverse(self) -> Path:
        return AnyPath(not self.inverse)

    def predicates(self) -> Iterator[ox.NamedNode]:
        return iter(())

    def reads(self, before: Path) -> Iterator[Read]:
        yield Read(before, None, "object" if self.inverse else "subject")


HERE: Path = SequencePath(())


def join(first: Path, second: Path) -> Path:
    """Make the path that leads along one and then along the other."""
    steps = [step for path in (first, second) for step in (path.steps if isinstance(path, SequencePath) else (path,))]
    return steps[0] if len(steps) == 1 else SequencePath(tuple(steps))


def unique(nodes: Iterable[Term]) -> Sequence[Term]:
    """List nodes without repetition, in their order."""
    return list(dict.fromkeys(nodes))


def read(source: Source, node: Term, owner: Term) -> Path:
    """Read the path that a node of a shapes graph stands for; raises UnsupportedShapes where it is ill-formed.

    A node that is a list is a sequence whatever else it has; each other kind is the node's only triple.
    """
    return _Reader(source, owner).path(node, frozenset())


class _Reader:
    """Read the paths of one shape."""

    def __init__(self, source: Source, owner: Term) -> None:
        self._source, self._owner = source, owner

    def path(self, node: Term, within: frozenset[Term]) -> Path:
        if isinstance(node, ox.NamedNode) and node != RDF["nil"]:
            return PredicatePath(node)
        if node in within:
            raise self._source.refusal(self._owner, "sh:path contains itself")
        if node == RDF["nil"] or self._source.values(node, RDF["first"]):
            return SequencePath(self._paths(node, within | {node}))
        for predicate, make in _KINDS.items():
            values = self._source.values(node, predicate)
            if values and self._source.size(node) == 1:
                return make(self, values[0], within | {node})
        raise self._source.refusal(self._owner, "sh:path is ill-formed: a path is an IRI, a list, or one sh:…Path")

    def inverse(self, node: Term, within: frozenset[Term]) -> Path:
        return self.path(node, within).reverse()

    def alternative(self, node: Term, within: frozenset[Term]) -> Path:
        return AlternativePath(self._paths(node, within))

    def _paths(self, head: Term, within: frozenset[Term]) -> tuple[Path, ...]:
        members = self._source.members(head, self._owner)
        if len(members) <= 1:
            raise self._source.refusal(self._owner, "sh:path is ill-formed: a list in it has fewer than two members")
        return tuple(self.path(member, within) for member in members)


_KINDS: dict[ox.NamedNode, Callable[[_Reader, Term, frozenset[Term]], Path]] = {
    SH["inversePath"]: _Reader.inverse,
    SH["alternativePath"]: _Reader.alternative,
    SH["zeroOrMorePath"]: lambda reader, node, within: ZeroOrMorePath(reader.path(node, within)),
    SH["oneOrMorePath"]: lambda reader, node, within: OneOrMorePath(reader.path(node, within)),
    SH["zeroOrOnePath"]: lambda reader, node, within: ZeroOrOnePath(reader.path(node, within)),
}
