"""What the endpoint says of itself: SPARQL 1.1 Service Description, and VoID of the dataset that it serves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from sayso import negotiation
from sayso.documents import write
from sayso.engine import Query
from sayso.namespaces import DCT, TYPE, Namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from sayso.engine import Asker, Engine

    Writer: TypeAlias = Callable[["Service", Engine, Asker, str], bytes]

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
FORMATS = Namespace("http://www.w3.org/ns/formats/")
PREFIXES = {"sd": str(SD), "void": str(VOID), "dct": str(DCT), "formats": str(FORMATS)}
MOST = 100  # graphs, classes or properties that are described one by one

# Section 3.2.9 of the standard names languages by IRI; those of SPARQL 1.2 are not registered yet and stand as text.
LANGUAGES = ("SPARQL10Query", "SPARQL11Query")
RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "N-Quads",
    "TriG",
    "JSON-LD",
    "RDF_XML",
)


@dataclass(frozen=True)
class Service:
    """Describe one endpoint: its address without a slash at the end, what it allows, how its default graph is made."""

    address: str
    union: bool
    updates: bool
    federated: bool


def service(described: Service, engine: Engine, asker: Asker, media_type: str) -> bytes:
    """Write the Service Description (SPARQL 1.1 Service Description, section 3) in an RDF format."""
    return _written([*_service(described), *_graphs(described, engine, asker)], media_type)


def void(described: Service, engine: Engine, asker: Asker, media_type: str) -> bytes:
    """Write the VoID description: sizes, and the classes and properties that are used most."""
    return _written(list(_void(described, engine, asker)), media_type)


def _written(triples: list[ox.Triple], media_type: str) -> bytes:
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    if rdf_format is None:
        raise ValueError(f"{media_type} is no RDF format")
    return write(triples, rdf_format, PREFIXES)


def _service(described: Service) -> Iterator[ox.Triple]:
    node = ox.NamedNode(f"{described.address}/sparql")
    yield ox.Triple(node, TYPE, SD["Service"])
    yield ox.Triple(node, SD["endpoint"], node)
    for name in LANGUAGES:
        yield ox.Triple(node, SD["supportedLanguage"], SD[name])
    if described.updates:
        yield ox.Triple(node, SD["supportedLanguage"], SD["SPARQL11Update"])
    for name in RESULT_FORMATS:
        yield ox.Triple(node, SD["resultFormat"], FORMATS[name])
    if described.union:
        yield ox.Triple(node, SD["feature"], SD["UnionDefaultGraph"])
    if described.federated:
        yield ox.Triple(node, SD["feature"], SD["BasicFederatedQuery"])
    note = "SPARQL 1.2 and RDF 1.2 triple terms as Oxigraph has them"
    yield ox.Triple(node, DCT["description"], ox.Literal(note, language="en"))


def _graphs(described: Service, engine: Engine, asker: Asker) -> Iterator[ox.Triple]:
    node = ox.NamedNode(f"{described.address}/sparql")
    dataset = ox.NamedNode(f"{described.address}/.well-known/void#dataset")
    default = ox.NamedNode(f"{described.address}/.well-known/void#default-graph")
    yield ox.Triple(node, SD["defaultDataset"], dataset)
    yield ox.Triple(dataset, TYPE, SD["Dataset"])
    yield ox.Triple(dataset, SD["defaultGraph"], default)
    yield ox.Triple(default, TYPE, SD["Graph"])
    yield ox.Triple(default, VOID["triples"], _number(engine.size()))
    for number, row in enumerate(_counts("?g", "GRAPH ?g { ?s ?p ?o }", engine, asker), 1):
        named = ox.NamedNode(f"{dataset.value}-graph-{number}")
        graph = ox.NamedNode(f"{dataset.value}-graph-{number}-content")
        yield ox.Triple(dataset, SD["namedGraph"], named)
        yield ox.Triple(named, TYPE, SD["NamedGraph"])
        yield ox.Triple(named, SD["name"], row[0])
        yield ox.Triple(named, SD["graph"], graph)
        yield ox.Triple(graph, TYPE, SD["Graph"])
        yield ox.Triple(graph, VOID["triples"], _number(row[1]))


def _void(described: Service, engine: Engine, asker: Asker) -> Iterator[ox.Triple]:
    dataset = ox.NamedNode(f"{described.address}/.well-known/void#dataset")
    yield ox.Triple(dataset, TYPE, VOID["Dataset"])
    yield ox.Triple(dataset, VOID["sparqlEndpoint"], ox.NamedNode(f"{described.address}/sparql"))
    yield ox.Triple(dataset, VOID["triples"], _number(engine.size()))
    for kind, key, size, variable, pattern in (
        ("classPartition", "class", "entities", "?c", "?s a ?c"),
        ("propertyPartition", "property", "triples", "?p", "?s ?p ?o"),
    ):
        for number, (term, count) in enumerate(_counts(variable, pattern, engine, asker), 1):
            part = ox.NamedNode(f"{dataset.value}-{key}-{number}")
            yield ox.Triple(dataset, VOID[kind], part)
            yield ox.Triple(part, VOID[key], term)
            yield ox.Triple(part, VOID[size], _number(count))


def _counts(variable: str, pattern: str, engine: Engine, asker: Asker) -> list[tuple[ox.NamedNode, int]]:
    """Count how often each value of a variable occurs in a pattern; the MOST most frequent, and IRIs only."""
    name = variable.removeprefix("?")
    text = (
        f"SELECT {variable} (COUNT(*) AS ?n) WHERE {{ {pattern} FILTER(isIRI({variable})) }} "
        f"GROUP BY {variable} ORDER BY DESC(?n) {variable} LIMIT {MOST}"
    )
    found: Any = json.loads(engine.answer(Query(text, results=negotiation.JSON), asker).body())
    rows = found["results"]["bindings"]
    return [(ox.NamedNode(row[name]["value"]), int(row["n"]["value"])) for row in rows if name in row]


def _number(number: int) -> ox.Literal:
    return ox.Literal(number)
