"""Random graphs, changes, shapes and queries, small enough that everything meets everything.

Each generator takes a `random.Random`, so that a seed is an example. Shapes are Turtle, to be read by both engines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.namespaces import RDFS, TYPE, XSD, Namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

E = Namespace("http://e/")
PREFIXES = """\
@prefix : <http://e/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://e/> sh:declare
  [ sh:prefix "" ; sh:namespace "http://e/"^^xsd:anyURI ] ,
  [ sh:prefix "rdf" ; sh:namespace "http://www.w3.org/1999/02/22-rdf-syntax-ns#"^^xsd:anyURI ] .
"""
PREDICATES, CLASSES, NODES = "pqr", "ABCD", [f"n{number}" for number in range(8)]
SUBCLASS = RDFS["subClassOf"]
LITERALS = [
    ox.Literal("x"), ox.Literal("y", language="en"), ox.Literal("z", language="en"), ox.Literal("z", language="en-GB"),
    ox.Literal(1), ox.Literal(2), ox.Literal("1.5", datatype=XSD["decimal"]),
    ox.Literal("many", datatype=XSD["integer"]), ox.Literal("2020-02-30", datatype=XSD["date"]),
    ox.Literal("2020-02-29", datatype=XSD["date"]),
]  # fmt: skip


# ---------------------------------------------------------------- graphs and changes


def triple(random: Random) -> ox.Triple:
    """Make a triple: a type, an edge between classes, or an edge between nodes, some of them literals or blank."""
    kind, node, predicate = random.random(), E[random.choice(NODES)], E[random.choice(PREDICATES)]
    if kind < 0.22:
        return ox.Triple(node, TYPE, E[random.choice(CLASSES)])
    if kind < 0.27:
        return ox.Triple(E[random.choice(CLASSES)], SUBCLASS, E[random.choice(CLASSES)])
    if kind < 0.42:
        return ox.Triple(node, predicate, random.choice(LITERALS))
    if kind < 0.46:
        return ox.Triple(ox.BlankNode(f"b{random.randrange(3)}"), predicate, node)
    return ox.Triple(node, predicate, E[random.choice(NODES)])


def graph(random: Random, most: int = 30) -> set[ox.Triple]:
    """Make a graph."""
    return {triple(random) for _ in range(random.randint(5, most))}


def change(random: Random, old: set[ox.Triple]) -> tuple[set[ox.Triple], set[ox.Triple]]:
    """Make a change of a graph: triples to add that it lacks, and triples to remove that it has."""
    removed = set(random.sample(sorted(old, key=str), min(len(old), random.randint(0, 3))))
    return {triple(random) for _ in range(random.randint(0, 3))} - old, removed


def split(random: Random, triples: set[ox.Triple]) -> set[ox.Triple]:
    """Take a part of a graph."""
    return set(random.sample(sorted(triples, key=str), random.randint(0, len(triples))))


def quads(triples: set[ox.Triple]) -> list[ox.Quad]:
    """Put triples into the default graph."""
    return [ox.Quad(each.subject, each.predicate, each.object) for each in triples]


def store(triples: set[ox.Triple]) -> ox.Store:
    """Store triples."""
    made = ox.Store()
    made.extend(quads(triples))
    return made


# ---------------------------------------------------------------- shapes


def shapes(random: Random, *, recursive: bool = False) -> str:
    """Make a shapes graph: one to three shapes with a target each; where `recursive`, they may lead to one another."""
    return PREFIXES + "".join(_root(random, number, recursive=recursive) for number in range(random.randint(1, 3)))


def _root(random: Random, number: int, *, recursive: bool) -> str:
    target = random.choice(
        [
            f"sh:targetClass :{random.choice(CLASSES)}",
            f"sh:targetNode :{random.choice(NODES)}",
            f"sh:targetSubjectsOf :{random.choice(PREDICATES)}",
            f"sh:targetObjectsOf :{random.choice(PREDICATES)}",
        ]
    )
    more = f" ; sh:{random.choice(['node', 'not'])} :S{random.randrange(3)}" if recursive else ""
    if recursive:
        more += f" ; sh:property [ sh:path :p ; sh:node :S{random.randrange(3)} ]"
    return f":S{number} a sh:NodeShape ; {target} ; {_constraints(random, is_property=False, depth=0)}{more} .\n"


def _shape(random: Random, *, is_property: bool, depth: int) -> str:
    path_of = f"sh:path {path(random)} ; " if is_property else ""
    return f"[ {path_of}{_constraints(random, is_property=is_property, depth=depth)} ]"


def path(random: Random, depth: int = 0) -> str:
    """Make a property path."""
    kind = random.random()
    if depth > 1 or kind < 0.5:
        return f":{random.choice(PREDICATES)}"
    one, other = path(random, depth + 1), path(random, depth + 1)
    if kind < 0.65:
        return f"[ sh:inversePath {one} ]"
    if kind < 0.8:
        return f"( {one} {other} )"
    if kind < 0.88:
        return f"[ sh:alternativePath ( {one} {other} ) ]"
    return f"[ sh:{random.choice(['zeroOrMorePath', 'oneOrMorePath', 'zeroOrOnePath'])} {one} ]"


def _constraints(random: Random, *, is_property: bool, depth: int) -> str:
    """Make one to three constraints, of each parameter one at most."""
    makers = [*_OF_VALUES]
    makers += _OF_PROPERTIES if is_property else []
    makers += [_nested, _nested, _nested] if depth < 3 else []
    makers += [_counted] if is_property and depth < 3 else []
    makers += [_query] if not is_property and depth == 0 else []
    made = [random.choice(makers)(random, depth) for _ in range(random.randint(1, 3))]
    return " ; ".join({each.split()[0]: each for each in made}.values())


_OF_VALUES: Sequence[Callable[[Random, int], str]] = (
    lambda random, _: f"sh:class :{random.choice(CLASSES)}",
    lambda random, _: f"sh:class :{random.choice(CLASSES)}",
    lambda random, _: f"sh:nodeKind sh:{random.choice(['IRI', 'Literal', 'BlankNodeOrIRI', 'IRIOrLiteral'])}",
    lambda random, _: f"sh:datatype {random.choice(['xsd:integer', 'xsd:date', 'xsd:string', 'rdf:langString'])}",
    lambda _, __: 'sh:in ( :n0 :n1 :n2 "x" 1 )',
    lambda random, _: f"sh:hasValue :{random.choice(NODES)}",
    lambda random, _: f"sh:{random.choice(['minInclusive', 'maxInclusive', 'minExclusive', 'maxExclusive'])} 1.5",
    lambda random, _: f"sh:{random.choice(['minLength', 'maxLength'])} {random.choice([1, 11, 12])}",
    lambda random, _: f'sh:pattern "{random.choice(["n[0-4]$", "^http", "^[xy]", "1"])}"',
    lambda _, __: 'sh:languageIn ( "en" "fr" )',
    lambda random, _: f"sh:{random.choice(['equals', 'disjoint'])} :{random.choice(PREDICATES)}",
    lambda _, __: "sh:closed true ; sh:ignoredProperties ( rdf:type :p )",
)
_OF_PROPERTIES: Sequence[Callable[[Random, int], str]] = (
    lambda random, _: f"sh:minCount {random.randint(1, 2)}",
    lambda random, _: f"sh:minCount {random.randint(1, 2)}",
    lambda random, _: f"sh:maxCount {random.randint(0, 2)}",
    lambda random, _: f"sh:maxCount {random.randint(0, 2)}",
    lambda _, __: "sh:uniqueLang true",
    lambda random, _: f"sh:{random.choice(['lessThan', 'lessThanOrEquals'])} :{random.choice(PREDICATES)}",
)


def _nested(random: Random, depth: int) -> str:
    kind, one = random.random(), random.random() < 0.5
    inner = _shape(random, is_property=one, depth=depth + 1)
    if kind < 0.25:
        return f"sh:node {_shape(random, is_property=False, depth=depth + 1)}"
    if kind < 0.45:
        return f"sh:not {inner}"
    if kind < 0.75:
        other = _shape(random, is_property=not one, depth=depth + 1)
        return f"sh:{random.choice(['or', 'and', 'xone'])} ( {inner} {other} )"
    return f"sh:property {_shape(random, is_property=True, depth=depth + 1)}"


def _counted(random: Random, depth: int) -> str:
    """Count what conforms to a shape; every other time beside a sibling that it must be disjoint with."""
    counts = " ; ".join(
        f"sh:qualified{name}Count {random.randint(1, 2)}" for name in random.choice([["Min"], ["Max"], ["Min", "Max"]])
    )
    inner = _shape(random, is_property=random.random() < 0.3, depth=depth + 1)
    counted = f"sh:qualifiedValueShape {inner} ; {counts}"
    if random.random() < 0.5:
        return counted
    sibling = f"sh:path {path(random)} ; sh:qualifiedValueShape {_shape(random, is_property=False, depth=depth + 1)}"
    beside = f"[ {sibling} ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true ]"
    both = f"[ sh:path {path(random)} ; {counted} ; sh:qualifiedValueShapesDisjoint true ]"
    return f"sh:property {beside} , {both}"


def _query(random: Random, _: int) -> str:
    text = random.choice(QUERIES) if random.random() < 0.5 else group(random)
    return f'sh:sparql [ sh:prefixes <http://e/> ; sh:select "SELECT $this WHERE {{ {text} }}" ]'


# ---------------------------------------------------------------- queries

QUERIES = (
    "$this :p ?v . ?o :p ?v . FILTER (?o != $this)",
    "$this :q ?value . FILTER NOT EXISTS { ?value rdf:type :A }",
    "?x :p $this . OPTIONAL { ?x :q ?y . ?y :r ?z } FILTER (!BOUND(?z))",
    "{ $this :p ?value } UNION { ?value :q $this } FILTER EXISTS { ?value :r ?w }",
    "?a :p ?b . ?c :q ?b . FILTER (?c = $this)",
)
VARIABLES = ("$this", "?a", "?b", "?c")


def group(random: Random, depth: int = 0) -> str:
    """Make a group of a query: patterns, and in them OPTIONAL, UNION, EXISTS, filters and subqueries."""
    parts = [_pattern(random) for _ in range(random.randint(1, 2))]
    makers = [_comparison, *([_optional, _exists, _exists, _union, _subquery] if depth < 2 else [])]
    parts += [random.choice(makers)(random, depth + 1) for _ in range(random.choice([0, 1, 1, 2]))]
    random.shuffle(parts)
    return " ".join(parts)


def _pattern(random: Random) -> str:
    start = "$this" if random.random() < 0.5 else random.choice(VARIABLES)
    step = random.choice(_STEPS)
    # A path that may have no steps holds from a constant to itself (SPARQL, section 18.4), which rdflib does not find.
    end = random.choice(VARIABLES if step.endswith(("*", "?")) else [*VARIABLES, ":n1", "1"])
    return f"{start} {step} {end} ."


_STEPS = (":p", ":q", ":r", "^:p", ":p/:q", "(:p|^:q)", ":r*", "(:p/:r)+", ":q?", "rdf:type/:r*", "?x", "!(:p|:q)")


def _comparison(random: Random, _: int) -> str:
    return f"FILTER ({random.choice(VARIABLES)} {random.choice(['=', '!='])} {random.choice(VARIABLES)})"


def _optional(random: Random, depth: int) -> str:
    return f"OPTIONAL {{ {group(random, depth)} }}"


def _exists(random: Random, depth: int) -> str:
    return f"FILTER {random.choice(['', 'NOT '])}EXISTS {{ {group(random, depth)} }}"


def _union(random: Random, depth: int) -> str:
    return " UNION ".join(f"{{ {group(random, depth)} }}" for _ in range(random.randint(1, 2)))


def _subquery(random: Random, depth: int) -> str:
    return f"{{ SELECT $this ?a WHERE {{ {group(random, depth)} }} }}"


def shapes_that_pyshacl_takes(random: Random) -> str:
    """Make a shapes graph without what pySHACL 0.40 does in another way than the standard says.

    It finds some values that cannot be compared to be in order, raises an error for others, and finds nothing at the
    end of the inverse of a longer path.
    """
    while _NOT_IN_PYSHACL.search(made := shapes(random)):
        pass
    return made


_NOT_IN_PYSHACL = re.compile(r"sh:(min|max)(In|Ex)clusive|sh:lessThan|inversePath [\[(]")
