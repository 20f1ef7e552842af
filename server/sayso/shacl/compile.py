"""A shapes graph compiled: read once, checked, and refused where it asks for what is not supported.

Supported are SHACL Core and the SPARQL-based constraints of SHACL-SPARQL. Whatever else a shape has of the SHACL
vocabulary is refused by name: a rule that is silently skipped looks like a rule that is kept.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from sayso.documents import read as read_file
from sayso.namespaces import RDF, RDFS, TYPE, XSD, Namespace
from sayso.shacl import constraints, paths
from sayso.shacl.constraints import NODE_KINDS
from sayso.shacl.footprint import footprint
from sayso.shacl.graph import SUBCLASS, closure
from sayso.shacl.lint import remarks
from sayso.shacl.shapes import Shape, Shapes, TargetClass, TargetNode, TargetObjectsOf, TargetSubjectsOf
from sayso.shacl.source import SH, Source
from sayso.store import as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sayso.documents import Term
    from sayso.shacl.constraints import Constraint
    from sayso.shacl.report import Level
    from sayso.shacl.shapes import Target
    from sayso.shacl.source import UnsupportedShapes

OWL = Namespace("http://www.w3.org/2002/07/owl#")

_LEVELS: dict[Term, Level] = {SH["Violation"]: "violation", SH["Warning"]: "warning", SH["Info"]: "info"}
_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}
_ONCE = (
    "path", "datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive",
    "minLength", "maxLength", "pattern", "flags", "languageIn", "uniqueLang", "closed", "ignoredProperties", "in",
    "qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint",
    "severity", "deactivated",
)  # fmt: skip
_OFTEN = (
    "class", "equals", "disjoint", "lessThan", "lessThanOrEquals", "not", "and", "or", "xone", "node", "property",
    "hasValue", "sparql", "message",
)  # fmt: skip
_TARGETS: dict[str, Callable[[Any], Target]] = {
    "targetNode": TargetNode,
    "targetClass": TargetClass,
    "targetSubjectsOf": TargetSubjectsOf,
    "targetObjectsOf": TargetObjectsOf,
}
_ANNOTATIONS = (
    "name",
    "description",
    "order",
    "group",
    "defaultValue",
    "declare",
    "shapesGraph",
    "suggestedShapesGraph",
)
_IN_SPARQL = ("select", "prefixes", "message", "deactivated", "severity")
_KNOWN = frozenset(SH[name] for name in (*_ONCE, *_OFTEN, *_TARGETS, *_ANNOTATIONS))
# What of the rest of the vocabulary makes a node a shape, so that it is refused even if it has no other sign of one.
_UNSUPPORTED = frozenset(SH[name] for name in ("target", "rule", "js", "expression", "values"))
_SIGNS = (_KNOWN | _UNSUPPORTED) - {SH[name] for name in (*_ANNOTATIONS, "message", "severity", "deactivated", "flags")}
_OF_PROPERTIES = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape")


def compile_shapes(source: Iterable[ox.Quad] | File) -> Shapes:
    """Compile a shapes graph, given as quads or as a Turtle file.

    Raises UnsupportedShapes, which names the shape and the feature, and DocumentError where the file does not parse.
    """
    return _Compiler(_source(source)).compiled()


def _source(given: Iterable[ox.Quad] | File) -> Source:
    if not isinstance(given, File):
        return Source(given, {"sh": str(SH), "xsd": str(XSD), "rdf": str(RDF), "rdfs": str(RDFS)})
    parser = ox.parse(read_file(given), format=ox.RdfFormat.TURTLE, base_iri=given.absolute().as_uri())
    quads = list(parser)
    return Source(quads, parser.prefixes)


class _Compiler:
    """Read the shapes of one shapes graph."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._shapes: dict[str, Shape] = {}
        self._classes = set(closure([RDFS["Class"]], lambda kind: _subclasses(source, kind)))

    def compiled(self) -> Shapes:
        self._refuse_features()
        shapes = {name(node): self._shape(node) for node in self._nodes()}
        recursive = _recursive(shapes)
        return Shapes(
            shapes=shapes,
            recursive=recursive,
            footprint=footprint(shapes, recursive),
            names=self._source.names,
            remarks=tuple(remarks(self._source, shapes, recursive)),
        )

    def _refuse_features(self) -> None:
        for node in self._source.subjects(SH["entailment"]):
            raise self._refusal(node, "sh:entailment is not supported: nothing is inferred")
        components = {SH["ConstraintComponent"]}
        components |= {*closure(components, lambda kind: _subclasses(self._source, kind))}
        for node in self._source.subjects(TYPE):
            if not components.isdisjoint(self._source.values(node, TYPE)):
                raise self._refusal(
                    node, "custom constraint components are not supported; write sh:sparql in the shapes"
                )

    def _nodes(self) -> Iterable[Term]:
        """List the nodes that are shapes, in the order of the document: by type, by what they have, by who needs them."""
        source = self._source
        found = [node for node in source.subjects(TYPE) if self._is_declared(node)]
        found += [node for sign in _SIGNS for node in source.subjects(sign)]
        order = {node: number for number, node in enumerate(source.all_subjects())}
        signed = sorted(dict.fromkeys(found), key=lambda node: order[node])
        return closure(signed, self._needed)
