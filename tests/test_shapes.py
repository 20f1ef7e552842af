"""The shapes: a dataset that keeps to all of them and, for each rule, an example that breaks it and nothing else.

An example is a change of `shapes/valid.ttl`: the triples of its `# remove:` lines are taken away, its Turtle is added.
Each `# expect:` line is a result that must be reported, and there may be no other; `# message:` is part of its message.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.plugins.sparql import prepareQuery

from sayso.shacl import prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

ROOT = Path(__file__).parents[1]
ONTOLOGY = ROOT / "ontology"
VALID = ROOT / "tests" / "shapes" / "valid.ttl"
EXAMPLES = sorted(path for path in VALID.parent.glob("*.ttl") if path != VALID)

SAY = Namespace("https://w3id.org/sayso/ns#")
SHP = Namespace("https://w3id.org/sayso/shapes#")
SCHEMA = Namespace("https://schema.org/")

TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
# The parameters of SHACL constraints, without sh:property, whose results are those of the property shape.
PARAMETERS = [
    SH[name]
    for name in (
        *("class", "datatype", "nodeKind", "minCount", "maxCount", "minLength", "maxLength", "pattern", "languageIn"),
        *("minExclusive", "minInclusive", "maxExclusive", "maxInclusive", "uniqueLang", "equals", "disjoint", "in"),
        *("lessThan", "lessThanOrEquals", "not", "and", "or", "xone", "node", "qualifiedValueShape", "closed"),
        *("hasValue", "sparql"),
    )
]


@dataclass(frozen=True)
class Example:
    """Be a change that breaks one rule; its header says which results are expected."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def header(self, key: str) -> list[str]:
        return re.findall(rf"^# {key}: (.+)$", self.text, re.MULTILINE)

    @cached_property
    def added(self) -> Graph:
        return Graph().parse(data=self.text, format="turtle")

    @cached_property
    def removed(self) -> Graph:
        return Graph().parse(data="\n".join((*prefix_lines(), *self.header("remove"))), format="turtle")

    def applied(self, valid: Graph) -> Graph:
        return valid - self.removed + self.added


@pytest.fixture(scope="module", autouse=True)
def _parsing_once() -> None:
    prepared.install()


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(ONTOLOGY / "shapes.ttl")


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(ONTOLOGY / "sayso.ttl")


@pytest.fixture(scope="module")
def terms(ontology: Graph) -> Graph:
    return ontology + Graph().parse(ONTOLOGY / "vocabulary.ttl")


@pytest.fixture(scope="module")
def valid(terms: Graph) -> Graph:
    """Join the valid dataset and the terms, less those that no example mentions: that halves the time of each."""
    data = Graph().parse(VALID)
    graphs = [data, *(graph for path in EXAMPLES for graph in (Example(path).added, Example(path).removed))]
    mentioned = {node for graph in graphs for subject, _, object_ in graph for node in (subject, object_)}
    kinds = (SKOS.Concept, SAY.ClaimProperty, OWL.ObjectProperty, OWL.DatatypeProperty)
    unused = {term for kind in kinds for term in terms.subjects(RDF.type, kind)} - mentioned
    for triple in terms:
        if triple[0] not in unused:
            data.add(triple)
    return data


def test_valid_dataset_conforms_with_the_whole_ontology(valid: Graph, terms: Graph, shapes: Graph) -> None:
    assert list(results(valid + terms, shapes)) == []


def test_valid_dataset_conforms_with_the_terms_that_the_examples_mention(valid: Graph, shapes: Graph) -> None:
    assert list(results(valid, shapes)) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_breaks_its_rule_and_nothing_else(path: Path, valid: Graph, shapes: Graph) -> None:
    example = Example(path)
    (message,) = example.header("message")
    found = list(results(example.applied(valid), shapes))
    assert {line for line, _, _ in found} == set(example.header("expect"))
    assert {severity for _, severity, _ in found} == {shapes.value(SHP[path.stem], SH.severity, default=SH.Violation)}
    assert all(message in text for _, _, text in found)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_removes_what_the_valid_dataset_has(path: Path, valid: Graph) -> None:
    assert len(Example(path).removed - valid) == 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_named_after_the_rule_it_breaks(path: Path) -> None:
    assert {line.split()[0] for line in Example(path).header("expect")} == {f"shp:{path.stem}"}


def test_every_constraint_has_an_example(shapes: Graph) -> None:
    shown = {tuple(line.split()[:2]) for path in EXAMPLES for line in Example(path).header("expect")}
    assert shown == {(name(shape), name(parameter)) for shape, parameter in constraints(shapes)}


def test_every_constraint_has_a_message_that_says_what_is_wrong_and_what_to_do(shapes: Graph) -> None:
    for shape, _ in constraints(shapes):
        texts = [*shapes.objects(shape, SH.message), *shapes.objects(shape, SH.sparql / SH.message)]
        assert [re.fullmatch(r"\S.+[.] \S.+[.]", str(text)) is not None for text in texts] == [True], shape


def test_every_shape_has_a_name(shapes: Graph) -> None:
    listed = {member for values in shapes.objects(None, SH["or"]) for member in Collection(shapes, values)}
    used = {shape for link in (SH.property, SH.node, SH["not"], SH.sparql) for shape in shapes.objects(None, link)}
    assert [shape for shape in declared(shapes) | listed | used if not str(shape).startswith(SHP)] == []


def test_every_shape_has_a_target_or_is_part_of_a_rule(shapes: Graph) -> None:
    reached: set[Node] = set()
    new = targeted(shapes)
    while new:
        reached |= new
        new = {node for shape in new for node in shapes.objects(shape, None)} - reached
        lists = {head for head in new if (head, RDF.first, None) in shapes}
        new |= {member for head in lists for member in Collection(shapes, head)} - reached
    assert declared(shapes) - reached == set()


@pytest.mark.skipif("SAYSO_TEST_DEEP" not in os.environ, reason="takes ten seconds; make test-deep runs it")
def test_shapes_are_valid_shapes(shapes: Graph) -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=shapes, meta_shacl=True)
    assert conforms, text


def test_sparql_constraints_declare_their_prefixes_and_stay_in_the_graph(shapes: Graph) -> None:
    declarations = list(shapes.objects(None, SH.declare))
    namespaces = {str(shapes.value(node, SH.prefix)): str(shapes.value(node, SH.namespace)) for node in declarations}
    for constraint, query in shapes.subject_objects(SH.select):
        assert (constraint, SH.prefixes, URIRef("https://w3id.org/sayso/shapes")) in shapes
        prepareQuery(str(query), initNs=namespaces)
        assert re.search(r"\b(GRAPH|SERVICE|FROM|MINUS|VALUES)\b", str(query)) is None
        assert {used for used in re.findall(r"\b([a-z]+):", str(query)) if used not in namespaces} == set()


def test_every_claim_property_is_refused_where_it_is_asserted(shapes: Graph, ontology: Graph) -> None:
    claim_properties = set(ontology.subjects(RDF.type, SAY.ClaimProperty))
    (alternatives,) = shapes.objects(SHP.AssertedClaimProperty, SH.path / SH.alternativePath)
    assert set(shapes.objects(SHP.Asserted, SH.targetSubjectsOf)) == claim_properties
    assert set(Collection(shapes, alternatives)) == claim_properties


def test_every_property_of_a_class_is_refused_elsewhere(shapes: Graph, ontology: Graph) -> None:
    checked = {
        shapes.value(shape, SH["class"]): set(shapes.objects(shape, SH.targetSubjectsOf))
        for shape in declared(shapes)
        if name(shape).startswith("shp:Only")
    }
    for domain in set(ontology.objects(None, RDFS.domain)) - {SAY.Actor, SAY.Person, SAY.ClaimProperty}:
        assert set(ontology.subjects(RDFS.domain, domain)) <= checked[domain]


@pytest.mark.parametrize("kind", ["Statement", "Attribution", "Event", "Article", "Passage", "Person"])
def test_closed_class_lets_every_property_of_the_ontology_through(kind: str, shapes: Graph, ontology: Graph) -> None:
    (ignored,) = shapes.objects(SHP[f"{kind}Terms"], SH.ignoredProperties)
    classes = set(ontology.transitive_subjects(RDFS.subClassOf, SAY[kind]))
    properties = {prop for each in classes for prop in ontology.subjects(RDFS.domain, each)}
    assert properties <= set(Collection(shapes, ignored))


@pytest.mark.parametrize(
    "date",
    [
        "2020", "202X", "20XX", "2020-03", "2020-03~", "2020-0X", "2020-XX", "2020-03-01", "2020-03-01?", "2020-03-1X",
        "2020-03-XX%", "2020/2021", "2019-10/..", "../2020-03-01", "2019-12-2X/2020-01",
    ],
)  # fmt: skip
def test_edtf_date_is_accepted(date: str, shapes: Graph) -> None:
    assert edtf(date, shapes)


@pytest.mark.parametrize(
    "date",
    [
        "", "20", "20200301", "2020-3", "2020-13", "2020-00", "2020-03-32", "2020-03-00", "X020", "2X20", "2020~-03",
        "March 2020", "2020-03-01T12:00:00", "2020/", "/2020", "..", "../..", "2020/2021/2022", "2020-03..2020-04",
    ],
)  # fmt: skip
def test_edtf_date_is_refused(date: str, shapes: Graph) -> None:
    assert not edtf(date, shapes)


def test_context_names_every_class_and_property_but_no_claim_property(ontology: Graph) -> None:
    named = set(context())
    claim_properties = set(ontology.subjects(RDF.type, SAY.ClaimProperty))
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    terms = {term for kind in kinds for term in ontology.subjects(RDF.type, kind)} - claim_properties
    assert {str(term).removeprefix(SAY) for term in terms} <= named
    assert {str(term).removeprefix(SAY) for term in claim_properties} & named == set()


def test_context_has_the_prefixes_of_the_ontology() -> None:
    lines = re.findall(
        r"^@prefix (\w+): +<(.+)> \.$", (ONTOLOGY / "sayso.ttl").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {prefix: context().get(prefix) for prefix, _ in lines} == dict(lines)


@pytest.mark.parametrize(
    "path", [VALID, ONTOLOGY / "sayso.ttl", ONTOLOGY / "vocabulary.ttl"], ids=lambda path: path.stem
)
def test_context_keeps_every_triple(path: Path) -> None:
    graph = Graph().parse(path)
    written = graph.serialize(format="json-ld", context=context())
    assert isomorphic(Graph().parse(data=written, format="json-ld"), graph)


def context() -> dict[str, Any]:
    terms: dict[str, Any] = json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    return terms


def edtf(date: str, shapes: Graph) -> bool:
    patterns = [*shapes.objects(SHP.Edtf, SH.pattern), *shapes.objects(SHP.Edtf, SH.node / SH.pattern)]
    return all(re.search(str(pattern), date) for pattern in patterns)


def results(data: Graph, shapes: Graph) -> Iterator[tuple[str, Node | None, str]]:
    """Validate, and give each result as its `# expect:` line, severity and message."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", inplace=True)
    assert isinstance(report, Graph)
    for result in report.objects(None, SH.result):
        shape, component = report.value(result, SH.sourceShape), report.value(result, SH.sourceConstraintComponent)
        line = f"{name(shape)} {parameter(component)} at {name(report.value(result, SH.focusNode))}"
        yield line, report.value(result, SH.resultSeverity), str(report.value(result, SH.resultMessage))


def parameter(component: Node | None) -> str:
    """Give the parameter of a constraint component: sh:MinCountConstraintComponent → sh:minCount."""
    stem = name(component).removeprefix("sh:").removesuffix("ConstraintComponent")
    return "sh:sparql" if stem == "SPARQL" else f"sh:{stem[0].lower()}{stem[1:]}"


def constraints(shapes: Graph) -> set[tuple[Node, URIRef]]:
    """Find the constraints that can be reported: those of shapes with a target and of the property shapes they have."""
    roots = targeted(shapes)
    reported = roots | {part for root in roots for part in shapes.objects(root, SH.property)}
    return {(shape, each) for shape in reported for each in PARAMETERS if (shape, each, None) in shapes}


def targeted(shapes: Graph) -> set[Node]:
    return {shape for target in TARGETS for shape in shapes.subjects(target)}


def declared(shapes: Graph) -> set[Node]:
    return {shape for kind in (SH.NodeShape, SH.PropertyShape) for shape in shapes.subjects(RDF.type, kind)}


def name(node: Node | None) -> str:
    """Write a node as the headers do: [] or a prefixed name, by the longest namespace that fits."""
    if isinstance(node, BNode):
        return "[]"
    known = {**dict(prefixes()), "shp": str(SHP), "sh": str(SH)}
    space, prefix = max((space, prefix) for prefix, space in known.items() if str(node).startswith(space))
    return f"{prefix}:{str(node).removeprefix(space)}".replace("/", r"\/")


@cache
def prefixes() -> tuple[tuple[str, str], ...]:
    return tuple(re.findall(r"^@prefix (\w+): +<(.+)> \.$", VALID.read_text(encoding="utf-8"), re.MULTILINE))


def prefix_lines() -> Iterable[str]:
    return (f"@prefix {prefix}: <{space}> ." for prefix, space in prefixes())
