"""Content negotiation: what each real client sends, as logged, and what it must get."""

from __future__ import annotations

import pytest

from sayso.negotiation import CSV, GRAPHS, HTML, JSON, JSON_LD, N_TRIPLES, RDF_XML, RESULTS, TURTLE, XML, choose

PAGE_OR_RESULTS = (*RESULTS, HTML)
PAGE_OR_GRAPHS = (*GRAPHS, HTML)


@pytest.mark.parametrize(
    ("client", "accept", "results", "graph"),
    [
        ("OpenRefine and pandas send nothing", None, JSON, TURTLE),
        ("an empty header is no header", "", JSON, TURTLE),
        ("curl", "*/*", JSON, TURTLE),
        ("SPARQLWrapper for JSON", f"{JSON},application/json,text/javascript,application/javascript", JSON, JSON_LD),
        ("SPARQLWrapper for Turtle", "application/turtle,text/turtle", None, TURTLE),
        ("rdflib's SPARQLStore", f"{XML}, {RDF_XML}", XML, RDF_XML),
        ("Oxigraph's SERVICE", f"{JSON}, {XML}", JSON, None),
        ("sparql_dataframe", "text/csv", CSV, None),
        ("grlc", "text/csv; q=1.0, */*; q=0.1", CSV, TURTLE),
        ("YASGUI", f"{JSON},*/*;q=0.9", JSON, TURTLE),
        (
            "Protégé",
            "application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09",
            XML,
            RDF_XML,
        ),
        ("a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML, HTML),
        ("a charset", "text/turtle; charset=utf-8", None, TURTLE),
        ("a profile", 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', None, JSON_LD),
        ("plain text", "text/plain", None, N_TRIPLES),
        ("a type with a wildcard", "text/*", CSV, TURTLE),
    ],
)
def test_each_real_client_gets_what_it_can_read(
    client: str, accept: str | None, results: str | None, graph: str | None
) -> None:
    assert (choose(accept, PAGE_OR_RESULTS), choose(accept, PAGE_OR_GRAPHS)) == (results, graph), client


def test_an_exclusion_holds_against_a_wildcard() -> None:
    assert choose(f"*/*, {JSON};q=0", RESULTS) == XML


def test_the_higher_weight_wins_over_the_order() -> None:
    assert choose(f"{CSV};q=0.5, {XML};q=0.9", RESULTS) == XML


def test_a_weight_that_is_no_number_counts_as_none() -> None:
    assert choose("text/csv;q=high", RESULTS) is None


def test_nothing_acceptable_is_nothing_and_never_another_format() -> None:
    assert choose("image/png", RESULTS) is None
