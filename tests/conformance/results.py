"""Results: read in whatever format they come, and compared as SPARQL compares them.

Numbers are compared by their values, which a store may write in another way than it read them, and by their datatypes.
Solutions become triples, a blank node for each row, so that one canonical form of RDF serves for graphs, for datasets
and for multisets of solutions alike, blank nodes in triple terms included.
"""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pyoxigraph as ox
from manifests import RS, Graph, format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from manifests import Node

Row = dict[str, "Node"]

FORMATS = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}


XSD = "http://www.w3.org/2001/XMLSchema#"
NUMBERS: Mapping[str, Callable[[str], object]] = {
    "integer": int,
    "decimal": lambda text: Decimal(text).normalize(),
    "double": float,
    "float": float,
}


@dataclass(frozen=True)
class Solutions:
    """Be a result set: its variables, and its rows in their order."""

    variables: frozenset[str]
    rows: tuple[Row, ...]


Result = bool | Solutions | list[ox.Triple]


def read(path: Path, iri: str) -> Result:
    """Read the expected result of a query from a file; `iri` is its base."""
    if path.suffix in FORMATS:
        return parse(path.read_bytes(), FORMATS[path.suffix])
    graph = Graph(path.read_bytes(), format_of(path), iri)
    sets = graph.instances(RS + "ResultSet")
    return _result_set(graph, sets[0]) if sets else graph.triples()


def parse(content: bytes, media_type: str) -> Result:
    """Read a result from the body of a response; raises ValueError or SyntaxError where it cannot be read."""
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    if rdf_format is not None:
        return [quad.triple for quad in ox.parse(content, format=rdf_format)]
    if media_type == FORMATS[".csv"]:
        return _comma_separated(content.decode())
    results_format = ox.QueryResultsFormat.from_media_type(media_type)
    if results_format is None:
        raise ValueError(f"{media_type} is no format of results")
    found = ox.parse_query_results(content, format=results_format)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    variables = [variable.value for variable in found.variables]
    rows = [dict(zip(variables, row, strict=True)) for row in found]
    return Solutions(frozenset(variables), tuple({k: v for k, v in row.items() if v is not None} for row in rows))


def same(found: Result, expected: Result, *, ordered: bool = False, lax: bool = False) -> bool:
    """Compare two results up to the names of blank nodes.

    `ordered` makes the order of rows count, and with `lax` it does not count how often a row comes.
    """
    if isinstance(found, Solutions) and isinstance(expected, Solutions):
        if found.variables != expected.variables:
            return False
        if lax:
            return set(map(_unordered, found.rows)) == set(map(_unordered, expected.rows))
        return canonical(_rows(found, ordered=ordered)) == canonical(_rows(expected, ordered=ordered))
    if isinstance(found, list) and isinstance(expected, list):
        return canonical(map(_quad, found)) == canonical(map(_quad, expected))
    return found is expected  # what is left are booleans, or results of two kinds


def canonical(quads: Iterable[ox.Quad]) -> ox.Dataset:
    """Give blank nodes the names that isomorphic datasets have in common."""
    dataset = ox.Dataset(map(_by_value, quads))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def dataset(solutions: Solutions) -> list[ox.Quad]:
    """Make quads of solutions for ?s ?p ?o and ?g, which the default graph leaves unbound."""
    return [
        ox.Quad(row["s"], row["p"], row["o"], row.get("g", ox.DefaultGraph()))  # type: ignore[arg-type]
        for row in solutions.rows
    ]


def _by_value(quad: ox.Quad) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, _term_by_value(quad.object), quad.graph_name)


def _term_by_value(term: Node) -> Node:
    number = NUMBERS.get(term.datatype.value.removeprefix(XSD)) if isinstance(term, ox.Literal) else None
    if number is None or not isinstance(term, ox.Literal):
        return term
    try:
        return ox.Literal(str(number(term.value)), datatype=term.datatype)
    except (ValueError, ArithmeticError):
        return term


def _unordered(row: Row) -> frozenset[tuple[str, Node]]:
    return frozenset((name, _term_by_value(term)) for name, term in row.items())


def _rows(solutions: Solutions, *, ordered: bool) -> Iterable[ox.Quad]:
    for number, row in enumerate(solutions.rows):
        node = ox.BlankNode()
        yield ox.Quad(node, ox.NamedNode("urn:x-row"), ox.Literal(number if ordered else "a row"))
        for variable, value in row.items():
            yield ox.Quad(node, ox.NamedNode(f"urn:x-variable:{variable}"), value)


def _quad(triple: ox.Triple) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object)


def _result_set(graph: Graph, node: Node) -> Result:
    boolean = graph.text(node, RS + "boolean")
    if boolean:
        return boolean == "true"
    solutions = graph.values(node, RS + "solution")
    solutions.sort(key=lambda each: int(graph.text(each, RS + "index") or 0))
    variables = frozenset(
        each.value for each in graph.values(node, RS + "resultVariable") if isinstance(each, ox.Literal)
    )
    return Solutions(variables, tuple(_row(graph, each) for each in solutions))


def _row(graph: Graph, solution: Node) -> Row:
    found = {}
    for binding in graph.values(solution, RS + "binding"):
        value = graph.value(binding, RS + "value")
        if value is not None:
            found[graph.text(binding, RS + "variable")] = value
    return found


def _comma_separated(text: str) -> Solutions:
    """Read CSV, which keeps a term's text and nothing else: whatever looks like a number is taken for one."""
    header, *rows = csv.reader(io.StringIO(text))
    return Solutions(
        frozenset(header),
        tuple({name: _cell(cell) for name, cell in zip(header, row, strict=True) if cell} for row in rows),
    )


def _cell(cell: str) -> ox.BlankNode | ox.Literal:
    if cell.startswith("_:"):
        return ox.BlankNode(cell.removeprefix("_:"))
    with suppress(ValueError):
        return ox.Literal(float(cell))
    return ox.Literal(cell)
