"""Validation by pySHACL, the reference implementation in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from sayso.documents import write
from sayso.shacl.report import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sayso.documents import Term
    from sayso.findings import Level

_SEVERITIES: dict[str, Level] = {"Violation": "violation", "Warning": "warning", "Info": "info"}
_SH = "http://www.w3.org/ns/shacl#"


def validate(quads: Iterable[ox.Quad], shapes: Path) -> list[Result]:
    """Validate the union of all graphs against the shapes in a Turtle file.

    No inference is run: entailment by domain and range would type everything and hide the errors.
    Returns the results in no particular order; none where the data conform.
    """
    import pyshacl  # noqa: PLC0415  # 300 ms that only a check should pay for
    import rdflib  # noqa: PLC0415

    from sayso.shacl import prepared  # noqa: PLC0415

    prepared.install()
    data = rdflib.Graph()
    triples = {quad.triple for quad in quads}
    data.parse(data=write(triples, ox.RdfFormat.N_TRIPLES), format="nt")
    constraints = rdflib.Graph().parse(shapes, format="turtle")
    _, report, _ = pyshacl.validate(data, shacl_graph=constraints, inference="none", advanced=False)
    if not isinstance(report, rdflib.Graph):
        raise TypeError(f"pySHACL gave no report but {report!r}")
    return list(_results(report, constraints))


def _results(report: Any, shapes: Any) -> Iterator[Result]:
    from rdflib import RDF, SH  # noqa: PLC0415

    for node in report.subjects(RDF.type, SH.ValidationResult):
        path = report.value(node, SH.resultPath)
        value = report.value(node, SH.value)
        yield Result(
            level=_SEVERITIES.get(str(report.value(node, SH.resultSeverity)).removeprefix(_SH), "violation"),
            message=" ".join(sorted(str(text) for text in report.objects(node, SH.resultMessage))),
            focus=_term(report.value(node, SH.focusNode)),
            paths=_predicates(path, report, shapes),
            value=None if value is None else _term(value),
            shape=str(report.value(node, SH.sourceShape)),
            component=str(report.value(node, SH.sourceConstraintComponent)).removeprefix(_SH),
        )


def _predicates(path: Any, report: Any, shapes: Any) -> tuple[ox.NamedNode, ...]:
    """List the predicates that a path mentions, the first first: enough to find the line of a result."""
    from rdflib import RDF, BNode, URIRef  # noqa: PLC0415

    if path is None or (isinstance(path, URIRef) and path == RDF.nil):
        return ()
    if isinstance(path, URIRef):
        return (ox.NamedNode(str(path)),)
    if not isinstance(path, BNode):
        return ()
    graph = report if (path, None, None) in report else shapes
    steps = sorted(graph.predicate_objects(path), key=lambda step: step[0] == RDF.rest)
    return tuple(
        predicate for step, node in steps if step != RDF.type for predicate in _predicates(node, graph, shapes)
    )


def _term(node: Any) -> Term:
    """Turn an rdflib term into an Oxigraph term."""
    from rdflib import Literal, URIRef  # noqa: PLC0415

    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        return ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype)) if node.datatype else None)
    return ox.BlankNode(str(node))
