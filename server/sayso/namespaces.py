"""The namespaces: as constants for the code, and as the prefixes that the ontology declares."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from pathlib import Path


class Namespace(str):
    """Be the text of a namespace IRI that makes the terms in it: `SAY["Claim"]`."""

    __slots__ = ()

    def __getitem__(self, name: object) -> ox.NamedNode:  # type: ignore[override]  # a namespace is never sliced
        """Make the term `name` of this namespace."""
        return ox.NamedNode(f"{self!s}{name}")


SAY = Namespace("https://w3id.org/sayso/ns#")
VOCABULARY = Namespace("https://w3id.org/sayso/vocab/")
ID = Namespace("https://w3id.org/sayso/id/")
GRAPH = Namespace("https://w3id.org/sayso/graph/")
CHECKS = Namespace("https://w3id.org/sayso/checks#")  # what is checked beyond the shapes
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
DCT = Namespace("http://purl.org/dc/terms/")
OA = Namespace("http://www.w3.org/ns/oa#")
SCHEMA = Namespace("https://schema.org/")
EDTF = Namespace("http://id.loc.gov/datatypes/edtf/")

TYPE = RDF["type"]


@cache
def prefixes(ontology: Path) -> dict[str, str]:
    """Read the project's prefixes from the ontology file, which declares them all.

    Returns prefix → namespace IRI, in the order of the prefixes.
    """
    parser = ox.parse(path=ontology, format=ox.RdfFormat.TURTLE)
    next(parser, None)
    return dict(sorted(parser.prefixes.items()))


def shorten(iri: str, known: dict[str, str]) -> str:
    """Write an IRI with the longest known prefix that fits, else in angle brackets."""
    fits = [(len(namespace), prefix) for prefix, namespace in known.items() if iri.startswith(namespace)]
    if not fits:
        return f"<{iri}>"
    length, prefix = max(fits)
    return f"{prefix}:{iri[length:]}"
