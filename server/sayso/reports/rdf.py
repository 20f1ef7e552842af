"""Reports as RDF: a sh:ValidationReport (SHACL, section 3.6) in any format for graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pyoxigraph as ox

from sayso import documents
from sayso.namespaces import RDF, TYPE, XSD, Namespace
from sayso.reports.documents import in_xml
from sayso.shacl import paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sayso.documents import Node
    from sayso.reports import Report
    from sayso.shacl.report import Result

SH = Namespace("http://www.w3.org/ns/shacl#")

_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
_PREFIXES = {"sh": str(SH), "xsd": str(XSD), "rdf": str(RDF)}
_REPEATED = {
    paths.ZeroOrMorePath: "zeroOrMorePath",
    paths.OneOrMorePath: "oneOrMorePath",
    paths.ZeroOrOnePath: "zeroOrOnePath",
}

Triples: TypeAlias = "Iterator[ox.Triple]"


def write(report: Report, layout: str) -> str:
    """Write the findings that are shown, in the layout turtle, jsonld, ntriples or rdfxml."""
    described = triples(report)
    if layout == "rdfxml":
        described = map(_in_xml, described)
    return documents.write(described, _FORMATS[layout], _PREFIXES).decode()


def triples(report: Report) -> Triples:
    """Describe a report; the blank nodes are new ones.

    As the standard has it, a report with any result, be it a warning, does not conform.
    """
    me = ox.BlankNode()
    yield ox.Triple(me, TYPE, SH["ValidationReport"])
    yield ox.Triple(me, SH["conforms"], ox.Literal(not report.groups))
    for finding in report.findings:
        if finding.result is not None:
            node = ox.BlankNode()
            yield ox.Triple(me, SH["result"], node)
            yield from _described(node, finding.result, str(finding))
            if finding.hint:
                yield ox.Triple(node, SH["resultMessage"], ox.Literal(finding.hint))


def _in_xml(triple: ox.Triple) -> ox.Triple:
    """Have a triple in XML, which Oxigraph would write with characters that no reader takes."""
    value = triple.object
    if not isinstance(value, ox.Literal) or in_xml(value.value) == value.value:
        return triple
    tag = {"language": value.language} if value.language else {"datatype": value.datatype}
    return ox.Triple(triple.subject, triple.predicate, ox.Literal(in_xml(value.value), **tag))


def _described(node: ox.BlankNode, result: Result, message: str) -> Triples:
    yield ox.Triple(node, TYPE, SH["ValidationResult"])
    yield ox.Triple(node, SH["focusNode"], result.focus)
    yield ox.Triple(node, SH["resultSeverity"], SH[result.level.capitalize()])
    yield ox.Triple(node, SH["resultMessage"], ox.Literal(message))
    component = SH[result.component] if result.component else ox.NamedNode(result.shape)
    yield ox.Triple(node, SH["sourceConstraintComponent"], component)
    if result.component and not result.shape.startswith("_:"):
        yield ox.Triple(node, SH["sourceShape"], ox.NamedNode(result.shape))
    if result.value is not None:
        yield ox.Triple(node, SH["value"], result.value)
    yield from _path(node, result)
    for detail in result.details:
        reason = ox.BlankNode()
        yield ox.Triple(node, SH["detail"], reason)
        yield from _described(reason, detail, detail.message)


def _path(node: ox.BlankNode, result: Result) -> Triples:
    """Describe the path of a result; pySHACL's results tell it only where it is one predicate."""
    route = result.route
    if route is None and len(result.paths) == 1:
        route = paths.PredicatePath(result.paths[0])
    if route is not None:
        top, described = _route(route)
        yield ox.Triple(node, SH["resultPath"], top)
        yield from described


def _route(path: paths.Path) -> tuple[Node, list[ox.Triple]]:
    """Describe a property path (section 2.3.1); returns its node and the triples about it."""
    match path:
        case paths.PredicatePath(predicate):
            return predicate, []
        case paths.InversePath(predicate):
            return _one("inversePath", predicate, [])
        case paths.SequencePath(steps):
            return _list(steps)
        case paths.AlternativePath(options):
            return _one("alternativePath", *_list(options))
        case paths.ZeroOrMorePath(inner) | paths.OneOrMorePath(inner) | paths.ZeroOrOnePath(inner):
            return _one(_REPEATED[type(path)], *_route(inner))
    raise TypeError(f"{path!r} is no path of a shape")


def _one(kind: str, inner: Node, described: list[ox.Triple]) -> tuple[Node, list[ox.Triple]]:
    node = ox.BlankNode()
    return node, [ox.Triple(node, SH[kind], inner), *described]


def _list(members: Sequence[paths.Path]) -> tuple[Node, list[ox.Triple]]:
    head: Node = RDF["nil"]
    found: list[ox.Triple] = []
    for member, described in map(_route, reversed(members)):
        cell = ox.BlankNode()
        found = [ox.Triple(cell, RDF["first"], member), ox.Triple(cell, RDF["rest"], head), *described, *found]
        head = cell
    return head, found
