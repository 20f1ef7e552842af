"""The parameters of constraint components, read from a shapes graph.

Constants are taken as the store will give them back: "01"^^xsd:integer in sh:in stands for "1"^^xsd:integer, for that
is what a value written so becomes.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.shacl import constraints
from sayso.shacl.graph import closure
from sayso.shacl.source import OWL, SH, name_of
from sayso.store import as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sayso.documents import Term
    from sayso.shacl.constraints import Constraint
    from sayso.shacl.paths import Path
    from sayso.shacl.source import Source

_IRIS: dict[str, Callable[[ox.NamedNode], Constraint]] = {
    "class": constraints.Class,
    "equals": constraints.Equals,
    "disjoint": constraints.Disjoint,
    "lessThan": constraints.LessThan,
    "lessThanOrEquals": constraints.LessThanOrEquals,
}
_INTEGERS: dict[str, Callable[[int], Constraint]] = {
    "minCount": constraints.MinCount,
    "maxCount": constraints.MaxCount,
    "minLength": constraints.MinLength,
    "maxLength": constraints.MaxLength,
}
_LIMITS: dict[str, Callable[[ox.Literal], Constraint]] = {
    "minExclusive": constraints.MinExclusive,
    "minInclusive": constraints.MinInclusive,
    "maxExclusive": constraints.MaxExclusive,
    "maxInclusive": constraints.MaxInclusive,
}
_SHAPES: dict[str, Callable[[str], Constraint]] = {"node": constraints.Node, "not": constraints.Not}
_SHAPE_LISTS: dict[str, Callable[[tuple[str, ...]], Constraint]] = {
    "and": constraints.And,
    "or": constraints.Or,
    "xone": constraints.Xone,
}
_COUNTS: dict[str, Callable[[str, int, tuple[str, ...]], Constraint]] = {
    "qualifiedMinCount": constraints.QualifiedMinCount,
    "qualifiedMaxCount": constraints.QualifiedMaxCount,
}
_NESTING = ("property", *_SHAPES, "qualifiedValueShape")
PARAMETERS = (
    *_IRIS, *_INTEGERS, *_LIMITS, *_NESTING, *_SHAPE_LISTS, *_COUNTS, "qualifiedValueShapesDisjoint",
    "datatype", "nodeKind", "pattern", "flags", "languageIn", "uniqueLang", "closed", "ignoredProperties", "hasValue",
    "in", "sparql",
)  # fmt: skip

_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.NOFLAG}
_IN_REGEX = re.compile(r"(?P<kept>\\.|\[(?:\\.|[^\]\\])*\])|(?P<end>\$)|(?P<blank>\s)", re.DOTALL)


def constraints_of(source: Source, node: Term, path: Path | None) -> Iterator[Constraint]:
    """Read the constraints of a shape; `path` is its own, where it is a property shape.

    Raises UnsupportedShapes where a parameter is ill-formed.
    """
    for parameter, with_iri in _IRIS.items():
        yield from map(with_iri, source.iris(node, SH[parameter]))
    if source.only(node, SH["datatype"]) is not None:
        yield from map(constraints.Datatype, source.iris(node, SH["datatype"]))
    for parameter, with_number in _INTEGERS.items():
        if (number := source.integer(node, SH[parameter])) is not None:
            yield with_number(number)
    yield from _of_values(source, node)
    yield from _of_shapes(source, node)
    for constraint in source.values(node, SH["sparql"]):
        if not source.flag(constraint, SH["deactivated"]):
            yield _sparql(source, node, constraint, path)


def nested_in(source: Source, node: Term) -> list[Term]:
    """List the shapes that the parameters of a shape name."""
    found = [each for name in _NESTING for each in source.values(node, SH[name])]
    found += [each for name in _SHAPE_LISTS for members in source.lists(node, SH[name]) for each in members]
    found += [
        each for shape in source.values(node, SH["qualifiedValueShape"]) for each in _siblings(source, node, shape)
    ]
    for each in found:
        if isinstance(each, ox.Literal):
            raise source.refusal(node, f"{source.names(each)} stands where a shape is needed")
    return found


def stored(term: Term) -> Term:
    """Give a constant as the store would."""
    if not isinstance(term, ox.Literal):
        return term
    (quad,) = as_stored([ox.Quad(SH["value"], SH["value"], term)])
    return quad.object


def _of_values(source: Source, node: Term) -> Iterator[Constraint]:
    """Read the constraints that look at a value by itself, or at all of them."""
    if (kind := source.only(node, SH["nodeKind"])) is not None:
        yield _node_kind(source, node, kind)
    for parameter, with_limit in _LIMITS.items():
        if (limit := source.only(node, SH[parameter])) is not None:
            yield with_limit(_literal(source, node, limit))
    if source.text(node, SH["pattern"]) is not None:
        yield _pattern(source, node)
    if source.flag(node, SH["uniqueLang"]):
        yield constraints.UniqueLang()
    if source.flag(node, SH["closed"]):
        yield constraints.Closed(frozenset(_allowed(source, node)))
    yield from (constraints.HasValue(stored(value)) for value in source.values(node, SH["hasValue"]))
    yield from _of_lists(source, node)


def _of_lists(source: Source, node: Term) -> Iterator[Constraint]:
    """Read the constraints that list what is allowed."""
    if (languages := source.only(node, SH["languageIn"])) is not None:
        members = source.members(languages, node)
        yield constraints.LanguageIn(tuple(_literal(source, node, each).value for each in members))
    if (listed := source.only(node, SH["in"])) is not None:
        yield constraints.In(tuple(stored(value) for value in source.members(listed, node)))


def _of_shapes(source: Source, node: Term) -> Iterator[Constraint]:
    """Read the constraints that compare values with other shapes."""
    for parameter, with_shape in _SHAPES.items():
        yield from (with_shape(name_of(each)) for each in source.values(node, SH[parameter]))
    for parameter, with_shapes in _SHAPE_LISTS.items():
        yield from (with_shapes(tuple(map(name_of, members))) for members in source.lists(node, SH[parameter]))
    if (shape := source.only(node, SH["qualifiedValueShape"])) is not None:
        siblings = tuple(map(name_of, _siblings(source, node, shape)))
        for parameter, with_count in _COUNTS.items():
            if (count := source.integer(node, SH[parameter])) is not None:
                yield with_count(name_of(shape), count, siblings)


def _node_kind(source: Source, node: Term, kind: Term) -> Constraint:
    local = kind.value.removeprefix(SH) if isinstance(kind, ox.NamedNode) else ""
    if local not in constraints.NODE_KINDS:
        raise source.refusal(node, f"sh:nodeKind does not know {source.names(kind)}")
    return constraints.NodeKind(local)


def _literal(source: Source, node: Term, term: Term) -> ox.Literal:
    found = stored(term)
    if not isinstance(found, ox.Literal):
        raise source.refusal(node, f"{source.names(term)} stands where a literal is needed")
    return found


def _allowed(source: Source, node: Term) -> Iterator[ox.NamedNode]:
    """List the properties that a closed shape allows: those of its property shapes, and those it ignores."""
    allowed = [path for each in source.values(node, SH["property"]) for path in source.values(each, SH["path"])]
    if (ignored := source.only(node, SH["ignoredProperties"])) is not None:
        allowed += source.members(ignored, node)
    return (predicate for predicate in allowed if isinstance(predicate, ox.NamedNode))


def _siblings(source: Source, node: Term, shape: Term) -> list[Term]:
    """List the shapes that a value that counts must not conform to (SHACL, section 4.7.3)."""
    if not source.flag(node, SH["qualifiedValueShapesDisjoint"]):
        return []
    parents = [parent for parent in source.subjects(SH["property"]) if node in source.values(parent, SH["property"])]
    beside = [each for parent in parents for each in source.values(parent, SH["property"])]
    shapes = [sibling for each in beside for sibling in source.values(each, SH["qualifiedValueShape"])]
    return [sibling for sibling in dict.fromkeys(shapes) if sibling != shape]


def _pattern(source: Source, node: Term) -> Constraint:
    """Compile an XPath regular expression, as far as Python's are the same."""
    text, flags = source.text(node, SH["pattern"]) or "", source.text(node, SH["flags"]) or ""
    if not _FLAGS.keys() >= set(flags):
        raise source.refusal(node, f"sh:flags {flags!r} is not supported; known are {', '.join(_FLAGS)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python warns of what looks like a difference of sets
            regex = re.compile(_in_python(text, flags), sum(_FLAGS[flag] for flag in set(flags)))
    except (re.error, Warning) as error:
        raise source.refusal(node, f"sh:pattern {text!r} is not supported: {error}") from error
    return constraints.Pattern(text, regex)


def _in_python(text: str, flags: str) -> str:
    """Translate what differs: $ does not match before a line's end, and x ignores blanks but knows no comments."""

    def translated(token: re.Match[str]) -> str:
        if token["end"] and "m" not in flags:
            return r"\Z"
        return "" if token["blank"] and "x" in flags else token[0]

    return _IN_REGEX.sub(translated, text)


def _sparql(source: Source, node: Term, constraint: Term, path: Path | None) -> Constraint:
    from sayso.shacl import prebinding  # noqa: PLC0415  # rdflib, its parser, takes 300 ms to import

    text = source.text(constraint, SH["select"])
    if text is None:
        raise source.refusal(node, "sh:sparql needs sh:select")
    try:
        query = prebinding.read(name_of(constraint), text, _prefixes(source, node, constraint), path)
    except prebinding.Refused as problem:
        raise source.refusal(node, f"sh:select is not supported with {problem}") from problem
    return constraints.SPARQL(query, source.texts(constraint, SH["message"]))


def _prefixes(source: Source, node: Term, constraint: Term) -> dict[str, str]:
    """Collect the prefixes of a query: those that its sh:prefixes declare, and what these import."""
    found: dict[str, str] = {}
    for ontology in _imported(source, source.values(constraint, SH["prefixes"])):
        for declaration in source.values(ontology, SH["declare"]):
            prefix, iri = source.text(declaration, SH["prefix"]), source.text(declaration, SH["namespace"])
            if prefix is None or iri is None or found.setdefault(prefix, iri) != iri:
                raise source.refusal(node, f"the prefix {prefix} is declared twice, or badly")
    return found


def _imported(source: Source, ontologies: list[Term]) -> list[Term]:
    return closure(ontologies, lambda each: source.values(each, OWL["imports"]))
