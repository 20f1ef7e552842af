"""A shapes graph compiled: read once, checked, and refused where it asks for what is not supported.

Supported are SHACL Core and the SPARQL-based constraints of SHACL-SPARQL. Whatever else a shape has of the SHACL
vocabulary is refused by name: a rule that is silently skipped looks like a rule that is kept. A deactivated shape is
not read, so that a shapes graph with a few unsupported shapes can be used without them.
"""

from __future__ import annotations

from pathlib import Path as File
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso import documents, namespaces
from sayso.namespaces import RDFS, TYPE
from sayso.shacl import lint, paths
from sayso.shacl.footprint import footprint
from sayso.shacl.graph import closure
from sayso.shacl.parameters import PARAMETERS, constraints_of, nested_in, stored
from sayso.shacl.shapes import (
    Shape,
    Shapes,
    TargetClass,
    TargetNode,
    TargetObjectsOf,
    TargetSubjectsOf,
    asked,
    roots,
)
from sayso.shacl.source import SH, Source, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sayso.documents import Term
    from sayso.findings import Level
    from sayso.shacl.shapes import Target

_LEVELS: dict[Term | None, Level] = {SH["Warning"]: "warning", SH["Info"]: "info"}
_TARGETS = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
_ANNOTATIONS = ("name", "description", "order", "group", "defaultValue", "declare")
_KNOWN = {SH[name] for name in (*_TARGETS, *PARAMETERS, *_ANNOTATIONS, "path", "message", "severity", "deactivated")}
_IN_SPARQL = {SH[name] for name in ("select", "prefixes", "message", "deactivated")}
_AIMED = [SH[name] for name in (*_TARGETS, "target")]
_SIGNS = [*_AIMED, *(SH[name] for name in (*PARAMETERS, "path", "rule", "js", "expression", "values"))]
_COUNTING = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape")


def compile_shapes(given: Iterable[ox.Quad] | File) -> Shapes:
    """Compile a shapes graph, given as quads or as a Turtle file.

    Raises UnsupportedShapes, which names the shape and the feature, and DocumentError where the file cannot be read.
    """
    source = _source(given)
    _refuse_features(source)
    classes = source.subclasses(RDFS["Class"])
    shapes = {name_of(node): _shape(source, node, classes) for node in _nodes(source)}
    recursive = frozenset(name for name, shape in shapes.items() if name in _reached(shape, shapes))
    return Shapes(
        shapes=shapes,
        recursive=recursive,
        queries={root.name: tuple(asked(root.name, shapes)) for root in roots(shapes)},
        footprint=footprint(shapes, recursive),
        names=source.names,
        remarks=tuple(lint.remarks(source, shapes, recursive)),
    )


def _source(given: Iterable[ox.Quad] | File) -> Source:
    if isinstance(given, File):
        located = documents.parse_file(given, given.absolute().as_uri())
        return Source([each.quad for each in located], namespaces.prefixes(given))
    quads = list(given)
    return Source(quads, dict(_declared(quads)))


def _declared(quads: list[ox.Quad]) -> Iterator[tuple[str, str]]:
    """Give the prefixes that sh:declare declares; quads have no others."""
    texts = {(quad.subject, quad.predicate): quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)}
    for (node, predicate), prefix in texts.items():
        if predicate == SH["prefix"] and (node, SH["namespace"]) in texts:
            yield prefix, texts[node, SH["namespace"]]


def _reached(shape: Shape, shapes: dict[str, Shape]) -> list[str]:
    return closure(shape.nested, lambda name: shapes[name].nested)


def _refuse_features(source: Source) -> None:
    for node in source.subjects(SH["entailment"]):
        raise source.refusal(node, "sh:entailment is not supported: nothing is inferred")
    components = source.subclasses(SH["ConstraintComponent"])
    for node in source.subjects(TYPE):
        if source.is_a(node, components):
            raise source.refusal(node, "custom constraint components are not supported; use sh:sparql in the shapes")


def _nodes(source: Source) -> list[Term]:
    """List the shapes that count: those with a target, those that no other shape needs, and what these need."""
    signed = {node for sign in _SIGNS for node in source.subjects(sign)}
    kinds = {SH["NodeShape"], SH["PropertyShape"]}
    found = [node for node in source.nodes() if node in signed or source.is_a(node, kinds)]
    needed = {each for node in found for each in nested_in(source, node)}
    aimed = {node for sign in _AIMED for node in source.subjects(sign)}
    start = [node for node in found if node in aimed or node not in needed]
    return closure(start, lambda node: () if _is_off(source, node) else nested_in(source, node))


def _is_off(source: Source, node: Term) -> bool:
    return source.flag(node, SH["deactivated"])


def _shape(source: Source, node: Term, classes: set[Term]) -> Shape:
    if _is_off(source, node):
        return Shape(name_of(node), None, (), (), (), "violation", (), deactivated=True)
    _refuse_unknown(source, node)
    path = _path(source, node)
    return Shape(
        name=name_of(node),
        path=path,
        targets=tuple(_targets(source, node, classes)),
        constraints=tuple(constraints_of(source, node, path)),
        properties=tuple(name_of(each) for each in source.values(node, SH["property"])),
        level=_LEVELS.get(source.only(node, SH["severity"]), "violation"),
        messages=source.texts(node, SH["message"]),
        deactivated=False,
    )


def _refuse_unknown(source: Source, node: Term) -> None:
    """Refuse a shape that has something else of the SHACL vocabulary, or whose SPARQL constraints have."""
    is_constraint = any(node in source.values(each, SH["sparql"]) for each in source.subjects(SH["sparql"]))
    _refuse_others(source, node, _KNOWN | (_IN_SPARQL if is_constraint else set()))
    for constraint in source.values(node, SH["sparql"]):
        _refuse_others(source, constraint, _KNOWN | _IN_SPARQL)
    for each in source.values(node, SH["property"]):
        if not source.values(each, SH["path"]):
            raise source.refusal(each, "a value of sh:property needs an sh:path")


def _refuse_others(source: Source, node: Term, known: set[ox.NamedNode]) -> None:
    for predicate in source.predicates(node):
        if predicate.value.startswith(SH) and predicate not in known:
            remedy = "say it in SHACL Core or sh:sparql, or deactivate the shape"
            raise source.refusal(node, f"{_sh(predicate)} is not supported; {remedy}")


def _path(source: Source, node: Term) -> paths.Path | None:
    value = source.only(node, SH["path"])
    if value is not None:
        return paths.read(source, value, node)
    for parameter in _COUNTING:
        if source.values(node, SH[parameter]):
            raise source.refusal(node, f"sh:{parameter} is for property shapes; this shape has no sh:path")
    return None


def _targets(source: Source, node: Term, classes: set[Term]) -> Iterator[Target]:
    for value in source.values(node, SH["targetNode"]):
        if isinstance(value, ox.BlankNode):
            raise source.refusal(node, "sh:targetNode takes IRIs and literals")
        yield TargetNode(stored(value))
    yield from map(TargetClass, source.iris(node, SH["targetClass"]))
    yield from map(TargetSubjectsOf, source.iris(node, SH["targetSubjectsOf"]))
    yield from map(TargetObjectsOf, source.iris(node, SH["targetObjectsOf"]))
    if isinstance(node, ox.NamedNode) and source.is_a(node, classes):
        yield TargetClass(node)


def _sh(predicate: ox.NamedNode) -> str:
    return f"sh:{predicate.value.removeprefix(SH)}"
