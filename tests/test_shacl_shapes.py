"""What a shapes graph may say: what is refused and what is remarked on, and how results explain themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from shacl_random import PREFIXES

from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import View
from sayso.shacl.source import UnsupportedShapes
from sayso.shacl.validate import validate

if TYPE_CHECKING:
    from pathlib import Path

    from sayso.shacl.report import Result
    from sayso.shacl.shapes import Shapes


def parsed(text: str) -> list[ox.Quad]:
    return list(ox.parse((PREFIXES + text).encode(), format=ox.RdfFormat.TURTLE))


def compiled(shape: str) -> Shapes:
    return compile_shapes(parsed(shape))


def results(shape: str, data: str) -> list[Result]:
    store = ox.Store()
    store.extend(parsed(data))
    return validate(View(store), compiled(shape))


def messages(shape: str, data: str) -> list[str]:
    return [result.message for result in results(shape, data)]


def query(text: str) -> str:
    return f':S sh:targetNode :n ; sh:sparql [ sh:prefixes <http://e/> ; sh:select """{text}""" ] .'


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("shape", "feature"),
    [
        (":S sh:target [ a sh:SPARQLTarget ] .", "sh:target"),
        (":S sh:targetClass :C ; sh:rule [ sh:order 1 ] .", "sh:rule"),
        (":S sh:targetClass :C ; sh:js [ sh:jsFunctionName 'f' ] .", "sh:js"),
        (":S sh:targetClass :C ; sh:expression [ sh:path :p ] .", "sh:expression"),
        (":S sh:targetClass :C ; sh:property [ sh:path :p ; sh:values [ sh:path :q ] ] .", "sh:values"),
        (":S sh:targetClass :C ; sh:reifierShape :T .", "sh:reifierShape"),
        (":X a sh:ConstraintComponent .", "custom constraint components"),
        (":G sh:entailment <http://www.w3.org/ns/entailment/RDFS> .", "sh:entailment"),
        (":S sh:targetClass :C ; sh:sparql [ sh:ask 'ASK {}' ] .", "sh:ask"),
    ],
)
def test_what_is_not_supported_is_refused_with_the_name_of_the_shape(shape: str, feature: str) -> None:
    with pytest.raises(UnsupportedShapes, match=rf"^:[SXG]: {feature}"):
        compiled(shape)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT $this WHERE { $this :p ?x MINUS { $this :q ?x } }", "MINUS"),
        ("SELECT $this WHERE { VALUES ?x { 1 } $this :p ?x }", "VALUES"),
        ("SELECT $this WHERE { $this :p ?x } VALUES ?x { 1 }", "VALUES"),
        ("SELECT $this WHERE { SERVICE <http://localhost/> { $this :p ?x } }", "SERVICE"),
        ("SELECT $this WHERE { GRAPH ?g { $this :p ?x } }", "GRAPH"),
        ("SELECT $this FROM :g WHERE { $this :p ?x }", "FROM"),
        ("SELECT $this WHERE { $this :p ?x } LIMIT 1", "LIMIT"),
        ("SELECT $this WHERE { { SELECT ?x WHERE { ?x :p 1 } } }", r"does not return \$this"),
        ("SELECT ?x WHERE { $this :p ?x }", r"does not return \$this"),
        ("SELECT $this WHERE { $this :p ?x BIND (1 AS $this) }", r"AS \?this"),
        ("SELECT $this ?failure WHERE { $this :p ?failure }", "failure"),
        ("SELECT $this WHERE { ?x ?y $shapesGraph }", "shapesGraph"),
        ("SELECT $this WHERE { $this :p $currentShape }", "currentShape"),
        ("SELECT $this WHERE { $this $PATH ?x }", r"\$PATH"),
        ("SELECT $this WHERE { $this foaf:name ?x }", "Prefix not found"),
        ("SELECT $this WHERE { $this bar:name ?x }", "bar"),
        ("SELECT $this WHERE { $this :p }", "does not parse"),
        ("ASK { $this :p ?x }", "no SELECT"),
    ],
)
def test_a_query_that_cannot_be_pre_bound_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(UnsupportedShapes, match=rf"^:S: .*{reason}"):
        compiled(query(text))


@pytest.mark.parametrize(
    "path",
    [
        "[ sh:inversePath :p ; sh:zeroOrMorePath :q ]", "[ rdfs:label 'p' ]", "( :p )", "()", "'p'", "_:p",
        "[ sh:alternativePath ( :p ) ]", "[ sh:alternativePath :p ]", "[ sh:inversePath 1 ]",
    ],
)  # fmt: skip
def test_an_ill_formed_path_is_refused(path: str) -> None:
    loop = "_:p sh:inversePath _:p ."
    with pytest.raises(UnsupportedShapes, match=r"^:S: (sh:path|a list)"):
        compiled(f":S sh:targetNode :n ; sh:path {path} ; sh:minCount 1 . {loop}")


@pytest.mark.parametrize(
    "parameter",
    [
        "sh:minCount 1", "sh:datatype xsd:string , xsd:date", "sh:nodeKind sh:Iri", "sh:minLength 'one'", "sh:class 1",
        "sh:pattern '['", "sh:pattern 'a' ; sh:flags 'q'", r"sh:pattern '\\p{L}'", "sh:pattern '[a-z--[aeiou]]'",
        "sh:minInclusive :n", "sh:in 1", "sh:or ( 1 )", "sh:node 'S'", "sh:targetNode []",
        "sh:property [ sh:minCount 1 ]", "sh:sparql [ sh:message 'No query.' ]",
    ],
)  # fmt: skip
def test_a_parameter_that_is_ill_formed_is_refused(parameter: str) -> None:
    with pytest.raises(UnsupportedShapes, match=r"^:S: "):
        compiled(f":S sh:targetNode :n ; {parameter} .")


def test_what_has_no_name_is_refused_under_the_name_of_what_it_is_in() -> None:
    with pytest.raises(UnsupportedShapes, match=r"^:S: sh:js"):
        compiled(":S sh:targetNode :n ; sh:property [ sh:path :p ; sh:or ( [ sh:js :f ] [ sh:class :C ] ) ] .")


def test_what_is_deactivated_is_not_read() -> None:
    off = "sh:deactivated true ; sh:js :f ; sh:property [ sh:path ( :p ) ; sh:expression :e ]"
    assert results(f":S sh:targetNode :n ; {off} .", "") == []
    assert len(results(f":S sh:targetNode :n ; {off} . :T sh:targetNode :n ; sh:node :S ; sh:not :S .", "")) == 1


def test_a_sibling_counts_though_the_shape_that_has_it_is_deactivated() -> None:
    counted = "sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true"
    first = f"[ sh:path :p ; sh:qualifiedValueShape [ sh:class :A ] ; {counted} ]"
    second = "[ sh:path :q ; sh:qualifiedValueShape [ sh:class :B ] ; sh:deactivated true ]"
    shape = f":S sh:targetNode :n ; sh:property {first} , {second} ."
    assert results(shape, ":n :p :m . :m a :A .") == []
    assert len(results(shape, ":n :p :m . :m a :A , :B .")) == 1


def test_shapes_that_lead_to_themselves_too_often_are_refused() -> None:
    chain = " ".join(f":n{number} :p :n{number + 1} ." for number in range(2000))
    with pytest.raises(UnsupportedShapes, match="leads to itself too often"):
        results(":S sh:targetNode :n0 ; sh:property [ sh:path :p ; sh:node :S ] .", chain)


# ---------------------------------------------------------------- remarked on


@pytest.mark.parametrize(
    ("shape", "remark"),
    [
        (query("SELECT $this WHERE { ?x :p ?y . FILTER (?x = $this) }"), "not tied to $this; a change of :p makes"),
        (query("SELECT $this WHERE { $this :since ?x FILTER (?x > NOW()) }"), "NOW can give another answer"),
        (":S sh:targetNode :n ; sh:property [ sh:path :p ; sh:node :S ] .", "leads to itself"),
        (":S sh:targetNode :n ; sh:datatype xsd:int .", "xsd:int"),
        (":S sh:targetNode :n ; sh:flags 'i' .", "sh:flags has no effect without sh:pattern"),
        (':S sh:targetNode :n ; sh:closed "1"^^xsd:boolean .', "sh:closed has no effect unless it is true"),
        (":S sh:targetNode :n ; sh:node :T .", ":T: is named as a shape but described nowhere"),
        (":S a sh:NodeShape , <http://www.w3.org/2002/07/owl#Class> .", "must be an rdfs:Class too"),
    ],
)
def test_what_is_slow_or_without_effect_is_remarked_on(shape: str, remark: str) -> None:
    assert any(remark in found for found in compiled(shape).remarks)


@pytest.mark.parametrize(
    "where",
    [
        "OPTIONAL { $this :q ?x } OPTIONAL { ?x :p ?y }",
        "OPTIONAL { ?x :p ?y } $this :q ?x .",
        "{ ?x :p ?y } UNION { $this :q ?y }",
        "$this :p ?x . { SELECT $this ?y WHERE { ?x :q ?y } }",
        "BIND (:n AS ?x) ?x :p ?y .",
        "$this :p ?x . FILTER EXISTS { ?y :q ?z }",
        "$this :q ?x . { $this :r ?y . FILTER EXISTS { ?x :p ?z } }",
        "$this :q ?x . OPTIONAL { $this :r ?y . OPTIONAL { ?x :p ?z } }",
    ],
)
def test_a_pattern_that_only_seems_to_be_tied_is_remarked_on(where: str) -> None:
    assert len(compiled(query(f"SELECT $this WHERE {{ {where} }}")).remarks) == 1


@pytest.mark.parametrize(
    "where",
    [
        "$this :q ?x . OPTIONAL { ?x :p ?y }",
        "$this :q ?y . { ?x :p ?y } UNION { $this :q ?y }",
        "{ $this :p ?x } UNION { $this :q ?x } ?x :r ?y .",
        "$this ?p ?x . ?x :r ?y .",
        "$this :url ?u . ?other :url ?u .",
        "FILTER NOT EXISTS { $this :p ?x . FILTER NOT EXISTS { ?x :q ?y } }",
        "{ SELECT $this (COUNT (?y) AS ?n) WHERE { $this :p ?y } GROUP BY $this } FILTER (?n > 1)",
    ],
)
def test_a_query_that_is_tied_to_its_focus_node_is_not_remarked_on(where: str) -> None:
    assert compiled(query(f"SELECT $this WHERE {{ {where} }}")).remarks == ()


# ---------------------------------------------------------------- explained


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        ("sh:class :C", ':p: "x"@en is no instance of :C.'),
        ("sh:datatype xsd:integer", ':p: "x"@en is no valid xsd:integer.'),
        ("sh:nodeKind sh:IRI", ':p: "x"@en is not of the node kind sh:IRI.'),
        ("sh:minCount 2", ":p: There must be 2 or more values; there are 1."),
        ("sh:maxCount 0", ":p: There must be 0 or fewer values; there are 1."),
        ("sh:minInclusive 3", ':p: "x"@en is not at least "3"^^xsd:integer.'),
        ("sh:maxLength 0", ':p: "x"@en must have 0 or fewer characters.'),
        ('sh:pattern "^y"', ':p: "x"@en does not match the pattern ^y.'),
        ('sh:languageIn ( "de" "fr" )', ':p: "x"@en is not in one of the languages de, fr.'),
        ("sh:equals :q", ':p: "x"@en is a value here or of :q, and not of both.'),
        ("sh:lessThan :p", ':p: "x"@en is not less than "x"@en, the value of :p.'),
        ("sh:hasValue :m", ":p: The value :m is missing."),
        ("sh:in ( 1 2 )", ':p: "x"@en is not allowed; allowed is: "1"^^xsd:integer, "2"^^xsd:integer.'),
        ("sh:node :T", ':p: "x"@en does not conform to :T.'),
        ("sh:or ( :T [ sh:class :C ] )", ':p: "x"@en conforms to none of :T, a nested shape.'),
        ("sh:not :U", ':p: "x"@en conforms to :U, which it must not.'),
        ("sh:xone ( :U :V )", ':p: "x"@en conforms to several of :U, :V and not to exactly one.'),
        (
            "sh:qualifiedValueShape :T ; sh:qualifiedMinCount 1",
            ":p: There must be 1 or more values that conform to :T; there are 0.",
        ),
    ],
)
def test_a_result_without_a_message_says_in_a_sentence_what_is_wrong(
    constraint: str, message: str, tmp_path: Path
) -> None:
    others = ":T sh:class :C . :U sh:nodeKind sh:Literal . :V sh:nodeKind sh:Literal ."
    shapes = tmp_path / "shapes.ttl"  # a file has prefixes
    shapes.write_text(f"{PREFIXES} :S sh:targetNode :n ; sh:path :p ; {constraint} . {others}", encoding="utf-8")
    store = ox.Store()
    store.extend(parsed(':n :p "x"@en .'))
    assert [result.message for result in validate(View(store), compile_shapes(shapes))] == [message]


def test_the_message_of_a_shape_takes_the_place_of_the_sentence() -> None:
    assert messages(':S sh:targetNode :n ; sh:class :C ; sh:message "B." , "A."@en .', "") == ["A. B."]


def test_the_message_of_a_query_is_filled_with_its_solution() -> None:
    shape = """
    :S sh:targetNode :n ; sh:message "Not this." ; sh:sparql [
      sh:prefixes <http://e/> ; sh:message "{$this} has {?value} of {?kind}, {?nothing}." ;
      sh:select "SELECT $this ?value ?kind ?nothing WHERE { $this :p ?value . ?value a ?kind }" ] ."""
    assert messages(shape, ":n :p :m . :m a :C .") == [":n has :m of :C, {?nothing}."]


def test_details_tell_why_each_of_several_shapes_fails() -> None:
    shape = ":S sh:targetNode :n ; sh:or ( :A [ sh:node :B ] ) . :A sh:class :C . :B sh:property :P . "
    (result,) = results(shape + ":P sh:path :p ; sh:minCount 1 .", "")
    first, second = result.details
    assert (first.shape, first.component, first.details) == ("http://e/A", "ClassConstraintComponent", ())
    assert second.component == "NodeConstraintComponent"
    assert [(each.shape, each.path) for each in second.details] == [("http://e/P", "<http://e/p>")]


def test_a_count_is_explained_by_values_that_do_not_count() -> None:
    shape = ":S sh:targetNode :n ; sh:path :p ; sh:qualifiedValueShape [ sh:class :C ] ; sh:qualifiedMinCount 2 ."
    (result,) = results(shape, ":n :p :a , :b , :c . :b a :C .")
    assert [detail.focus for detail in result.details] == [ox.NamedNode("http://e/a"), ox.NamedNode("http://e/c")]


# ---------------------------------------------------------------- as the store has it


def test_constants_are_compared_as_the_store_keeps_them() -> None:
    shape = ':S sh:targetNode :n ; sh:path :p ; sh:in ( "01"^^xsd:integer ) ; sh:hasValue "1"^^xsd:short .'
    assert results(shape, ':n :p "+1"^^xsd:integer .') == []


def test_the_union_of_all_graphs_is_one_graph() -> None:
    triple = ox.Triple(ox.NamedNode("http://e/n"), ox.NamedNode("http://e/p"), ox.Literal("x"))
    store = ox.Store()
    for name in ("g", "h"):
        store.add(ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(f"http://e/{name}")))
    shapes = compiled(":S sh:targetSubjectsOf :p ; sh:property [ sh:path :p ; sh:minCount 2 ; sh:maxCount 1 ] .")
    assert [result.component for result in validate(View(store), shapes)] == ["MinCountConstraintComponent"]
    assert validate(View(store, removed=[triple]), shapes) == []


def test_a_dollar_in_a_pattern_is_the_end_of_the_string() -> None:
    assert len(results(':S sh:targetObjectsOf :p ; sh:pattern "^a[$]$" .', ':n :p "a$" , "a$\\n" .')) == 1
