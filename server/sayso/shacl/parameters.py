"""The parameters of constraint components, read from a shapes graph.

Constants are taken as the store will give them back: "01"^^xsd:integer in sh:in stands for "1"^^xsd:integer, for that is
what a value written so becomes.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.namespaces import RDF
from sayso.shacl import constraints
from sayso.shacl.source import OWL, SH, name_of
from sayso.store import as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sayso.documents import Term
    from sayso.shacl.constraints import Constraint
    from sayso.shacl.paths import Path
    from sayso.shacl.source import Source

_LISTING = ("and", "or", "xone")
_NESTING = ("property", "node", "not", "qualifiedValueShape")
_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.NOFLAG}
_IN_REGEX = re.compile(r"(?P<kept>\\.|\[(?:\\.|[^\]\\])*\])|(?P<end>\$)|(?P<blank>\s)", re.DOTALL)


def constraints_of(source: Source, node: Term, path: Path | None) -> Iterator[Constraint]:
    """Read the constraints of a shape, whose path is given, if it has one.

    Raises UnsupportedShapes for parameters that are ill-formed.
    """
    for parameter, read in _READERS.items():
        if source.values(node, SH[parameter]):
            yield from read(source, node)
    for constraint in source.values(node, SH["sparql"]):
        if not source.flag(constraint, SH["deactivated"]):
            yield _sparql(source, constraint, path)


def nested_in(source: Source, node: Term) -> list[Term]:
    """List the shapes that the parameters of a shape name."""
    found = [each for name in _NESTING for each in source.values(node, SH[name])]
    return found + [each for name in _LISTING for members in source.lists(node, SH[name]) for each in members]


def stored(term: Term) -> Term:
    """Give a constant as the store would."""
    if not isinstance(term, ox.Literal):
        return term
    (quad,) = as_stored([ox.Quad(SH["value"], SH["value"], term)])
    return quad.object


_Reader = "Callable[[Source, Term], Iterable[Constraint]]"


def _of_iris(parameter: str, make: Callable[[ox.NamedNode], Constraint]) -> Callable[[Source, Term], Iterable[Constraint]]:
    return lambda source, node: [make(iri) for iri in source.iris(node, SH[parameter])]


def _of_integer(parameter: str, make: Callable[[int], Constraint]) -> Callable[[Source, Term], Iterable[Constraint]]:
    return lambda source, node: [make(source.integer(node, SH[parameter]))]
