"""Linked data: what the graph has of a thing, and the ontology, in the formats of RDF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso import documents, negotiation
from sayso.engine import Query
from sayso.errors import PageMissing
from sayso.mapping import editions
from sayso.namespaces import GRAPH, ID, VOCABULARY
from sayso.pages import questions

if TYPE_CHECKING:
    from sayso.pages.reading import Reading, Site

EXTENSIONS = {
    "ttl": negotiation.TURTLE,
    "jsonld": negotiation.JSON_LD,
    "nt": negotiation.N_TRIPLES,
    "rdf": negotiation.RDF_XML,
    "trig": negotiation.TRIG,
    "nq": negotiation.N_QUADS,
}
ONTOLOGY = ("ttl", "jsonld", "rdf")
EVERYTHING = "sayso"
RDF12 = "sayso-rdf12"

# What is said of a thing: itself, the statements on it, their hops and its passages, and, for an article, its graph.
_ABOUT = (
    "BIND({thing} AS ?subject)",
    "?subject say:about {thing} .",
    "?subject say:inArticle {thing} .",
    "{thing} say:accordingTo/say:citing* ?subject .",
    "?statement say:about|say:inArticle {thing} . ?statement say:accordingTo/say:citing* ?subject .",
    "?subject oa:hasSource {thing} .",
    "?passage oa:hasSource {thing} . ?passage oa:hasSelector ?subject .",
    "{thing} oa:hasSelector ?subject .",
)
_OF_A_THING = """\
PREFIX say: <https://w3id.org/sayso/ns#>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT DISTINCT ?graph ?subject ?property ?value WHERE {{
  {{ SELECT DISTINCT ?subject WHERE {{ {subjects} }} }}
  GRAPH ?graph {{ ?subject ?property ?value }}
}}"""
_OF_A_GRAPH = """\
SELECT ?graph ?subject ?property ?value WHERE {{
  VALUES ?graph {{ {graph} }}
  GRAPH ?graph {{ ?subject ?property ?value }}
}}"""
_EVERYTHING = """\
SELECT ?graph ?subject ?property ?value WHERE {
  { GRAPH ?graph { ?subject ?property ?value } } UNION { ?subject ?property ?value }
}"""


def described(reading: Reading, name: str, extension: str) -> bytes:
    """Write what the graph has of a thing, by its local name; `sayso` is all of it, `sayso-rdf12` in RDF 1.2.

    TriG and N-Quads keep the named graphs; the other formats have the union. Raises PageMissing where there is
    nothing, or no such format.
    """
    if extension not in EXTENSIONS:
        raise PageMissing(f"There is no format {extension} here: take one of {', '.join(EXTENSIONS)}")
    if name in (EVERYTHING, RDF12):
        quads = _quads(reading, _EVERYTHING, union=False)  # the default graph is one of its own here
    else:
        quads = _of(reading, questions.iri(ID + name), questions.iri(GRAPH + name))
        if not quads:
            raise PageMissing(f"The graph has nothing of {ID}{name}")
    return written(set(editions.to_rdf12(quads)) if name == RDF12 else quads, extension, dict(reading.site.prefixes))


def written(quads: set[ox.Quad], extension: str, prefixes: dict[str, str]) -> bytes:
    """Write quads in a format, in a fixed order."""
    if extension == "nq":
        return editions.n_quads(quads)
    if extension == "trig":
        return editions.trig(quads, prefixes)
    triples = sorted({quad.triple for quad in quads}, key=str)
    return documents.write(triples, documents.format_of(Path(f"as.{extension}")), prefixes)


def ontology(site: Site, extension: str) -> bytes:
    """Write the ontology in a format; Turtle is the file itself."""
    return _file(site, site.project.ontology / "sayso.ttl", extension)


def shapes(site: Site, extension: str) -> bytes:
    """Write the shapes of the project in a format; Turtle is the file itself."""
    return _file(site, site.project.shapes, extension)


def vocabulary(site: Site, name: str, extension: str) -> bytes:
    """Write the vocabulary, or one term of it, in a format.

    Raises PageMissing where there is no such term, and BadRequest where it cannot be one.
    """
    path = site.project.ontology / "vocabulary.ttl"
    if not name:
        return _file(site, path, extension)
    term = ox.NamedNode(questions.absolute(VOCABULARY + name))
    quads = {quad for quad in _parsed(path) if quad.subject == term}
    if not quads:
        raise PageMissing(f"There is no term {VOCABULARY}{name}: /vocab/ lists them")
    return written(quads, extension, dict(site.prefixes))


def _file(site: Site, path: Path, extension: str) -> bytes:
    return path.read_bytes() if extension == "ttl" else written(_parsed(path), extension, dict(site.prefixes))


def _parsed(path: Path) -> set[ox.Quad]:
    return {located.quad for located in documents.parse_file(path)}


def _of(reading: Reading, thing: str, graph: str) -> set[ox.Quad]:
    subjects = " UNION ".join(f"{{ {pattern.format(thing=thing)} }}" for pattern in _ABOUT)
    found = _quads(reading, _OF_A_THING.format(subjects=subjects))
    return found | _quads(reading, _OF_A_GRAPH.format(graph=graph))


def _quads(reading: Reading, text: str, *, union: bool = True) -> set[ox.Quad]:
    answer = reading.site.answer(Query(text, results=negotiation.JSON, union=union), reading.version)
    rows = ox.parse_query_results(answer, format=ox.QueryResultsFormat.JSON)
    if not isinstance(rows, ox.QuerySolutions):
        raise TypeError("The query is no SELECT")
    return {ox.Quad(row["subject"], row["property"], row["value"], row["graph"] or ox.DefaultGraph()) for row in rows}
