"""Remarks on a shapes graph: what is supported but slow, or allowed but without effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.shacl import constraints
from sayso.shacl.literals import DERIVED_INTEGERS
from sayso.shacl.source import OWL, SH, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sayso.documents import Term
    from sayso.shacl.constraints import Constraint
    from sayso.shacl.queries import Query
    from sayso.shacl.shapes import Shape
    from sayso.shacl.source import Source

_FLAGS = ("uniqueLang", "closed", "qualifiedValueShapesDisjoint", "deactivated")
_NEEDS = {
    "flags": "pattern",
    "ignoredProperties": "closed",
    "qualifiedMinCount": "qualifiedValueShape",
    "qualifiedMaxCount": "qualifiedValueShape",
    "qualifiedValueShapesDisjoint": "qualifiedValueShape",
}


def remarks(source: Source, shapes: Mapping[str, Shape], recursive: frozenset[str]) -> Iterator[str]:
    """Give a sentence for each remark, which begins with the shape.

    Shapes whose check costs the store and not the change are named here: recursive ones, and queries not tied to $this.
    """
    for node in source.nodes():
        shape = shapes.get(name_of(node))
        if shape is not None and not shape.deactivated:
            found = [*_of_text(source, node)]
            found += [remark for constraint in shape.constraints for remark in _of_constraint(source, constraint)]
            if shape.name in recursive:
                found.append("leads to itself; any change makes all its focus nodes be checked again")
            yield from (f"{source.names(node)}: {remark}" for remark in found)
    for name in shapes:
        node = ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)
        if not source.predicates(node):
            yield f"{source.names(node)}: is named as a shape but described nowhere, so that everything conforms to it"


def _of_text(source: Source, node: Term) -> Iterator[str]:
    for parameter in _FLAGS:
        for value in source.values(node, SH[parameter]):
            if not isinstance(value, ox.Literal) or value.value not in ("true", "false"):
                yield f"sh:{parameter} has no effect unless it is true, which {source.names(value)} is not"
    for parameter, needed in _NEEDS.items():
        if source.values(node, SH[parameter]) and not source.values(node, SH[needed]):
            yield f"sh:{parameter} has no effect without sh:{needed}"
    if source.is_a(node, {OWL["Class"]}) and source.is_a(node, {SH["NodeShape"]}):
        yield "is an owl:Class; to target its instances it must be an rdfs:Class too, or have sh:targetClass"


def _of_constraint(source: Source, constraint: Constraint) -> Iterator[str]:
    match constraint:
        case constraints.Datatype(datatype) if datatype in DERIVED_INTEGERS:
            yield f"the store keeps {source.names(datatype)} as xsd:integer, so that sh:datatype refuses every value"
        case constraints.SPARQL(query):
            yield from _of_query(source, query)


def _of_query(source: Source, query: Query) -> Iterator[str]:
    if query.unsteady:
        yield f"{', '.join(query.unsteady)} can give another answer on the same data; no change makes it be asked again"
    if not query.local:
        known = sorted(query.predicates or (), key=str)
        changes = " or ".join(source.names(each) for each in known) or "anything"
        yield f"a query not tied to $this; a change of {changes} makes all its focus nodes be checked again"
