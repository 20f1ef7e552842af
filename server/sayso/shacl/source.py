"""The shapes graph as it is read: values in the order of the document, lists, names, and the refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso import namespaces
from sayso.errors import SaysoError
from sayso.namespaces import RDF, RDFS, XSD, Namespace

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from sayso.documents import Term
    from sayso.shacl.paths import Path

SH = Namespace("http://www.w3.org/ns/shacl#")
_IRI = re.compile("<([^>]*)>")
OWL = Namespace("http://www.w3.org/2002/07/owl#")


class UnsupportedShapes(SaysoError):
    """Say which shape uses what is not supported, or is ill-formed, so that nobody takes it for checked."""

    def __init__(self, shape: str, problem: str) -> None:
        """Keep the shape beside the problem."""
        self.shape, self.problem = shape, problem
        super().__init__(f"{shape}: {problem}")


@dataclass(frozen=True)
class Names:
    """Write terms for people: with the prefixes of the shapes graph where one fits."""

    prefixes: Mapping[str, str]

    def __call__(self, term: Term) -> str:
        """Write one term: say:Claim, "word"@en, "12"^^xsd:integer."""
        if isinstance(term, ox.NamedNode):
            return namespaces.shorten(term.value, dict(self.prefixes))
        if not isinstance(term, ox.Literal) or term.language or term.datatype == XSD["string"]:
            return str(term)
        return f"{ox.Literal(term.value)}^^{self(term.datatype)}"

    def path(self, path: Path) -> str:
        """Write a path as SPARQL does, with prefixes."""
        return _IRI.sub(lambda iri: self(ox.NamedNode(iri[1])), str(path))


def name_of(node: Term) -> str:
    """Name a shape: its IRI, or its blank node as in `_:b0`."""
    return node.value if isinstance(node, ox.NamedNode) else str(node)


class Source:
    """Be a shapes graph to read from. Its literals stay as they are written: "1"^^xsd:boolean is not `true` in it."""

    def __init__(self, quads: Iterable[ox.Quad], prefixes: Mapping[str, str]) -> None:
        """Index the quads; what stands first comes first, and graph names do not count."""
        self.names = Names(prefixes)
        self._values: dict[Term, dict[ox.NamedNode, dict[Term, None]]] = {}
        self._subjects: dict[ox.NamedNode, dict[Term, None]] = {}
        for quad in quads:
            self._values.setdefault(quad.subject, {}).setdefault(quad.predicate, {})[quad.object] = None
            self._subjects.setdefault(quad.predicate, {})[quad.subject] = None

    def values(self, node: Term, predicate: ox.NamedNode) -> list[Term]:
        """List the values of a predicate."""
        return list(self._values.get(node, {}).get(predicate, ()))

    def predicates(self, node: Term) -> list[ox.NamedNode]:
        """List the predicates that a node has values for."""
        return list(self._values.get(node, ()))

    def size(self, node: Term) -> int:
        """Count the triples that a node is the subject of."""
        return sum(len(values) for values in self._values.get(node, {}).values())

    def subjects(self, predicate: ox.NamedNode) -> list[Term]:
        """List the subjects that have a predicate."""
        return list(self._subjects.get(predicate, ()))

    def nodes(self) -> list[Term]:
        """List everything that is a subject, in the order of the document."""
        return list(self._values)

    def only(self, node: Term, predicate: ox.NamedNode) -> Term | None:
        """Give the value of a predicate that has one at most; raises UnsupportedShapes where there are more."""
        values = self.values(node, predicate)
        if len(values) > 1:
            raise self.refusal(node, f"{self.names(predicate)} has more than one value; a shape has one at most")
        return values[0] if values else None

    def iris(self, node: Term, predicate: ox.NamedNode) -> list[ox.NamedNode]:
        """List the values of a predicate that takes IRIs; raises UnsupportedShapes where one is something else."""
        values = self.values(node, predicate)
        found = [value for value in values if isinstance(value, ox.NamedNode)]
        if len(found) < len(values):
            raise self.refusal(node, f"{self.names(predicate)} takes IRIs")
        return found

    def integer(self, node: Term, predicate: ox.NamedNode) -> int | None:
        """Give the number that a predicate has; raises UnsupportedShapes where the value is no xsd:integer."""
        value = self.only(node, predicate)
        if value is None:
            return None
        if not isinstance(value, ox.Literal) or value.datatype != XSD["integer"]:
            raise self.refusal(node, f"{self.names(predicate)} takes an xsd:integer, not {self.names(value)}")
        return int(value.value)

    def text(self, node: Term, predicate: ox.NamedNode) -> str | None:
        """Give the text that a predicate has; raises UnsupportedShapes where the value is no literal."""
        value = self.only(node, predicate)
        if value is not None and not isinstance(value, ox.Literal):
            raise self.refusal(node, f"{self.names(predicate)} takes a string")
        return None if value is None else value.value

    def texts(self, node: Term, predicate: ox.NamedNode) -> tuple[str, ...]:
        """List the texts that a predicate has, sorted."""
        return tuple(sorted(value.value for value in self.values(node, predicate) if isinstance(value, ox.Literal)))

    def flag(self, node: Term, predicate: ox.NamedNode) -> bool:
        """Tell whether a predicate is `true`, which "1"^^xsd:boolean is not (SHACL test uniqueLang-002)."""
        return self.text(node, predicate) == "true"

    def members(self, head: Term, owner: Term) -> list[Term]:
        """List the members of an RDF list; raises UnsupportedShapes, which names the owner, where it is no list."""
        members: list[Term] = []
        seen: set[Term] = set()
        while head != RDF["nil"]:
            firsts, rests = self.values(head, RDF["first"]), self.values(head, RDF["rest"])
            if head in seen or len(firsts) != 1 or len(rests) != 1:
                raise self.refusal(owner, "a list in it is ill-formed")
            seen.add(head)
            members.append(firsts[0])
            head = rests[0]
        return members

    def lists(self, node: Term, predicate: ox.NamedNode) -> Iterator[list[Term]]:
        """List the members of each list that a predicate has."""
        return (self.members(head, node) for head in self.values(node, predicate))

    def subclasses(self, kind: Term) -> set[Term]:
        """List a class and its subclasses, as far as the shapes graph knows them."""
        found, waiting = {kind}, [kind]
        while waiting:
            above = waiting.pop()
            new = {node for node in self.subjects(RDFS["subClassOf"]) if above in self.values(node, RDFS["subClassOf"])}
            waiting += new - found
            found |= new
        return found

    def is_a(self, node: Term, kinds: Container[Term]) -> bool:
        """Tell whether one of the types of a node is among some classes."""
        return any(kind in kinds for kind in self.values(node, RDF["type"]))

    def refusal(self, node: Term, problem: str) -> UnsupportedShapes:
        """Make the refusal of a node of this graph; what has no name is said to be in what has one."""
        named = self._named(node, frozenset())
        return UnsupportedShapes("a shape without a name" if named is None else self.names(named), problem)

    def _named(self, node: Term, below: frozenset[Term]) -> Term | None:
        """Find the nearest node with a name that leads to a node."""
        if not isinstance(node, ox.BlankNode):
            return node
        above = [each for each in self._values if each not in below and self._mentions(each, node)]
        names = (self._named(each, below | {node}) for each in above)
        return next((name for name in names if name is not None), None)

    def _mentions(self, node: Term, value: Term) -> bool:
        return any(value in values for values in self._values[node].values())
