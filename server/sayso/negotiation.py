"""Media types: which one a client gets (RFC 9110, section 12.5.1), with the names that real RDF clients use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
TURTLE = "text/turtle"
N_TRIPLES = "application/n-triples"
N_QUADS = "application/n-quads"
TRIG = "application/trig"
JSON_LD = "application/ld+json"
RDF_XML = "application/rdf+xml"
HTML = "text/html"
TEXT = "text/plain"
PROBLEM = "application/problem+json"

# The first of each is what a client without a preference gets.
RESULTS = (JSON, XML, CSV, TSV)
GRAPHS = (TURTLE, N_TRIPLES, N_QUADS, TRIG, JSON_LD, RDF_XML)

# Other names for what is offered, as seen in the requests of SPARQLWrapper, YASGUI, Protégé and older clients.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "application/json": (JSON, JSON_LD, PROBLEM),
    "text/javascript": (JSON,),
    "application/javascript": (JSON,),
    "application/xml": (XML, RDF_XML),
    "text/xml": (XML, RDF_XML),
    "application/turtle": (TURTLE,),
    "application/x-turtle": (TURTLE,),
    "text/n3": (TURTLE,),
    "text/rdf+n3": (TURTLE,),
    "application/x-trig": (TRIG,),
    "text/x-nquads": (N_QUADS,),
    "application/x-json+ld": (JSON_LD,),
    "text/plain": (N_TRIPLES,),
    "application/xhtml+xml": (HTML,),
}

# What ?format= (also output= and results=) may say, for results and for graphs.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "json": (JSON, JSON_LD),
    "xml": (XML, RDF_XML),
    "csv": (CSV,),
    "tsv": (TSV,),
    "turtle": (TURTLE,),
    "ttl": (TURTLE,),
    "n3": (TURTLE,),
    "nt": (N_TRIPLES,),
    "ntriples": (N_TRIPLES,),
    "nq": (N_QUADS,),
    "nquads": (N_QUADS,),
    "trig": (TRIG,),
    "jsonld": (JSON_LD,),
    "json-ld": (JSON_LD,),
    "rdf": (RDF_XML,),
    "rdfxml": (RDF_XML,),
    "rdf+xml": (RDF_XML,),
    "html": (HTML,),
    **{media_type: (media_type,) for media_type in (*RESULTS, *GRAPHS, HTML)},
}

LONGEST = 2048  # characters of an Accept header: four times what the most talkative client sends

# How well a media range names an offer: the exact name over another name for it, over type/*, over */*.
_EXACT, _ALIAS, _TYPE, _ANY, _NONE = 3, 2, 1, 0, -1


@dataclass(frozen=True)
class MediaRange:
    """Be one member of an Accept header: a media range, its weight from 0 to 1, and its place in the header."""

    name: str
    weight: float
    place: int


def choose(accept: str | None, offers: tuple[str, ...]) -> str | None:
    """Choose the media type to serve, or None where nothing offered is acceptable.

    The weight of an offer is that of the range that names it best; parameters other than q do not matter. Offers of
    equal weight: the one named more exactly, then earlier in the header, then earlier among the offers. HTML is never
    the answer to a wildcard: who wants a page says so. What a header says after LONGEST characters is not read.
    """
    return _choose((accept or "")[:LONGEST], offers)


@lru_cache(maxsize=1024)  # clients send the same few headers again and again
def _choose(accept: str, offers: tuple[str, ...]) -> str | None:
    ranges = list(_ranges(accept))
    if not ranges:
        return offers[0]
    ranked = [
        (best.weight, _fit(best, offer), -best.place, -order, offer)
        for order, offer in enumerate(offers)
        if (best := _best(ranges, offer)) is not None and best.weight > 0
    ]
    return max(ranked)[-1] if ranked else None


def by_name(name: str, offers: tuple[str, ...]) -> str | None:
    """Find the offer that a name such as csv stands for; None where it stands for none of them."""
    return next((found for found in FORMATS.get(name.strip().lower(), ()) if found in offers), None)


def _ranges(accept: str) -> Iterator[MediaRange]:
    for place, member in enumerate(accept.split(",")):
        name, *parameters = (part.strip().lower() for part in member.split(";"))
        if name:
            yield MediaRange("*/*" if name == "*" else name, _weight(parameters), place)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _best(ranges: list[MediaRange], offer: str) -> MediaRange | None:
    fitting = [each for each in ranges if _fit(each, offer) > _NONE]
    return max(fitting, key=lambda each: (_fit(each, offer), each.weight, -each.place), default=None)


def _fit(media_range: MediaRange, offer: str) -> int:
    if media_range.name == offer:
        return _EXACT
    if offer in ALIASES.get(media_range.name, ()):
        return _ALIAS
    if offer != HTML and media_range.name == f"{offer.partition('/')[0]}/*":
        return _TYPE
    return _ANY if offer != HTML and media_range.name == "*/*" else _NONE
