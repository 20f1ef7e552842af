"""The interface in one document, OpenAPI 3.1.1: which routes there are, what they take and what they answer.

What a route takes and answers stands in `ROUTES`, a row for each; a test sees to it that no route of the application is
without one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify

from sayso import history, negotiation, reports
from sayso.findings import LEVELS
from sayso.graphs import MULTIPART
from sayso.sparql import DIRECT, FORM
from sayso.updates import DIRECT as UPDATE

if TYPE_CHECKING:
    from werkzeug.routing import Rule

HTML = (negotiation.HTML,)
PLAIN = (negotiation.TEXT,)
JSON = ("application/json",)
JSONP = (*JSON, "text/javascript")
PROBLEMS = (negotiation.PROBLEM, negotiation.TEXT, negotiation.HTML)

_ARGUMENT = re.compile(r"<(?:[^<>]*:)?(\w+)>")

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
IRI: Schema = {"type": "string", "format": "iri"}
IRIS: Schema = {"type": "array", "items": IRI}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "integer", "minimum": 1}
FILES: Schema = {"type": "object", "additionalProperties": {"type": "string", "contentMediaType": negotiation.TURTLE}}

Fields = Mapping[str, tuple[Schema, str]]

DATASET: Fields = {
    "default-graph-uri": (IRIS, "The graphs that are merged into the default graph"),
    "named-graph-uri": (IRIS, "The named graphs"),
}
USING: Fields = {
    "using-graph-uri": (IRIS, "The graphs that are merged into the default graph of the patterns"),
    "using-named-graph-uri": (IRIS, "The named graphs of the patterns"),
}
RESULT: Fields = {
    "format": ({"enum": list(negotiation.FORMATS)}, "The format of the result, for clients that send no Accept header"),
    "timeout": ({"type": "number", "exclusiveMinimum": 0}, "How many seconds the query may take"),
    "version": (NUMBER, "The version of the dataset to ask; the current one unless told"),
}
NAMED: Fields = {"q": (TEXT, "The name, or its beginning")}
AROUND: Fields = {"around": (TEXT, "The thing in the middle: what follows /page/ in its address")}
FILTERS: Fields = {name: (TEXT, f"Only those of this {name}") for name in ("person", "place", "article")}
RECONCILE: Fields = {
    "queries": (TEXT, "A batch of names to match, as JSON"),
    "extend": (TEXT, "Entities and properties, as JSON"),
    "callback": (TEXT, "The function that JSONP calls"),
}
QUERY: Fields = {"query": (TEXT, "A SPARQL query"), **DATASET, **RESULT}
GRAPH: Fields = {
    "graph": (IRI, "The graph with this name"),
    "default": (FLAG, "The default graph; the parameter has no value"),
}


@dataclass(frozen=True)
class Operation:
    """Describe a method of a route.

    `parameters` are those of the URL, each with its schema and what it means. `body` has a schema for each media type
    that is taken. `answers` has the media types, or none, of the answer for each status of success; what else comes is
    a problem. `token` says that it needs one.
    """

    summary: str
    answers: Mapping[int, tuple[str, ...]]
    parameters: Fields = field(default_factory=dict)
    body: Mapping[str, Schema] = field(default_factory=dict)
    token: bool = False


def _form(fields: Fields) -> Schema:
    properties = {name: {**schema, "description": text} for name, (schema, text) in fields.items()}
    return {"type": "object", "properties": properties, "required": [next(iter(fields))]}


_ANSWERED = (*negotiation.RESULTS, *negotiation.GRAPHS, *HTML)
_DOCUMENTS = {**dict.fromkeys(negotiation.GRAPHS, TEXT), MULTIPART: FILES}
_REPORTS = tuple(reports.MEDIA_TYPES)
_WRITTEN: Mapping[int, tuple[str, ...]] = {200: _REPORTS, 201: (), 204: ()}
CHANGE: Fields = {
    "dry-run": (FLAG, "Only tell what would be found; the parameter has no value"),
    "fail-on": ({"enum": list(LEVELS)}, "The least grave level of a finding that refuses the change"),
}


def _graph_store(which: str, parameters: Fields) -> dict[str, Operation]:
    changing = {**parameters, **CHANGE}
    return {
        "get": Operation(f"Read {which}", {200: negotiation.GRAPHS, 304: ()}, parameters),
        "put": Operation(f"Replace {which}", _WRITTEN, changing, _DOCUMENTS, token=True),
        "post": Operation(f"Merge triples into {which}", _WRITTEN, changing, _DOCUMENTS, token=True),
        "delete": Operation(f"Remove {which}", {200: _REPORTS, 204: ()}, changing, token=True),
    }


def _page(summary: str, parameters: Fields = MappingProxyType({})) -> dict[str, Operation]:
    return {"get": Operation(summary, {200: HTML, 302: HTML, 304: ()}, parameters)}


def _ontology(summary: str) -> dict[str, Operation]:
    return {"get": Operation(summary, {200: (*negotiation.GRAPHS, *HTML), 304: ()})}


ROUTES: Mapping[str, Mapping[str, Operation]] = {
    "/": _page("The home page: search, counts, questions, articles"),
    "/page/<path:name>": _page("An entity, or a statement with its chain and its responses"),
    "/article/<path:name>": _page("An article: what of it is mapped, and every statement in reading order"),
    "/meetings": _page("Meetings: a timeline and a table", FILTERS),
    "/events": _page("Events: a timeline and a table", FILTERS),
    "/disagreements": _page("Denials, conflicts, drift of hedges, independent reports"),
    "/network": _page("Who is linked with whom, as reported", AROUND),
    "/network.json": {"get": Operation("The same links, with positions", {200: JSON, 304: ()}, AROUND)},
    "/search": _page("Who or what has a name, in any spelling or script", NAMED),
    "/suggest": {"get": Operation("Names like one that is being typed", {200: JSON, 304: ()}, NAMED)},
    "/queries": _page("The questions"),
    "/queries/<name>": {
        "get": Operation(
            "A question with its answer; a name that ends in .csv, .json, .tsv, .xml or .rq gives that alone",
            {200: (*HTML, *negotiation.RESULTS, DIRECT), 304: ()},
        ),
    },
    "/id/<path:name>": {"get": Operation("Where a thing is described, by Accept", {303: HTML, 304: ()})},
    "/data/<path:file>": {"get": Operation("The data of a thing, or all data", {200: negotiation.GRAPHS, 304: ()})},
    "/ns": _ontology("The ontology"),
    "/ns.<extension>": _ontology("The ontology in a format"),
    "/vocab/": _ontology("The vocabulary"),
    "/vocab/<name>": _ontology("A term of the vocabulary"),
    "/shapes": _ontology("The shapes"),
    "/shapes.<extension>": _ontology("The shapes in a format"),
    "/context.jsonld": {"get": Operation("The context for JSON-LD", {200: (negotiation.JSON_LD,), 304: ()})},
    "/robots.txt": {"get": Operation("What crawlers may read", {200: PLAIN, 304: ()})},
    "/sitemap.xml": {"get": Operation("The pages, for crawlers", {200: ("application/xml",), 304: ()})},
    "/sparql": {
        "get": Operation(
            "Ask a query; without one, get the Service Description or the query form", {200: _ANSWERED, 304: ()}, QUERY
        ),
        "post": Operation("Ask a query", {200: _ANSWERED}, {**DATASET, **RESULT}, {FORM: _form(QUERY), DIRECT: TEXT}),
    },
    "/update": {
        "post": Operation(
            "Change the dataset; all of it is done, or nothing",
            {200: _REPORTS, 204: ()},
            {**USING, **CHANGE},
            {FORM: _form({"update": (TEXT, "A SPARQL update"), **USING}), UPDATE: TEXT},
            token=True,
        ),
    },
    "/graphs": _graph_store("a graph, or a new one where POST names none", GRAPH),
    "/graphs/<path:path>": _graph_store("the graph that has the address of the request as its name", {}),
    "/validate": {
        "get": Operation("A form to check a document with", {200: HTML, 304: ()}),
        "post": Operation(
            "Tell what would be found in a document; nothing is stored", {200: (*_REPORTS, *HTML)}, {}, _DOCUMENTS
        ),
    },
    "/history": {
        "get": Operation(
            "The versions, the newest first",
            {200: (*JSON, *HTML)},
            {"before": (NUMBER, "Those before this one"), "limit": (NUMBER, "How many")},
        ),
    },
    "/history/<number>": {
        "get": Operation("A version: who made it, when, why, and what changed", {200: (*JSON, history.RDF_PATCH)}),
    },
    "/reconcile": {
        "get": Operation("The manifest of the service, or what was asked of it", {200: JSONP}, RECONCILE),
        "post": Operation("Match names, or extend entities", {200: JSONP}, {}, {FORM: _form(RECONCILE)}),
    },
    "/reconcile/suggest/<any(entity, type, property):what>": {
        "get": Operation("What a name may become", {200: JSONP}, {"prefix": (TEXT, "The beginning")}),
    },
    "/reconcile/flyout/<any(entity, type, property):what>": {
        "get": Operation("What is behind a suggestion", {200: JSONP}, {"id": (TEXT, "Its identifier")}),
    },
    "/reconcile/extend/propose": {
        "get": Operation("The properties that a type has", {200: JSONP}, {"type": (TEXT, "The type")}),
    },
    "/reconcile/preview": {
        "get": Operation("An entity in a frame", {200: HTML}, {"id": (TEXT, "Its identifier")}),
    },
    "/data/links.sssom.tsv": {
        "get": Operation("The judgements on links to Wikidata (SSSOM)", {200: (negotiation.TSV,), 304: ()}),
    },
    "/.well-known/void": {
        "get": Operation("The VoID description of the dataset", {200: negotiation.GRAPHS, 304: ()}),
    },
    "/healthz": {"get": Operation("Whether queries are answered", {200: JSON})},
    "/version": {"get": Operation("The versions of the software and of the dataset", {200: JSON})},
    "/metrics": {"get": Operation("What the server counts, as Prometheus reads it", {200: (negotiation.TEXT,)})},
    "/openapi.json": {"get": Operation("This document", {200: JSON})},
}


def serve(app: Flask) -> None:
    """Add the route of the document to an application; it describes the routes that the application then has."""

    @app.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(document(app))


def document(app: Flask) -> dict[str, Any]:
    """Describe the routes of an application; one without a row in `ROUTES` is left out."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule in ROUTES]
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Sayso",
            "version": version("sayso"),
            "summary": "A knowledge graph that remembers on whose say-so",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {_path(rule): _item(rule) for rule in rules},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"problem": _problem()},
        },
    }


def _path(rule: Rule) -> str:
    return _ARGUMENT.sub(r"{\1}", rule.rule)


def _item(rule: Rule) -> dict[str, Any]:
    item: dict[str, Any] = {method: _operation(each) for method, each in ROUTES[rule.rule].items()}
    if rule.arguments:
        item["parameters"] = [{"name": each, "in": "path", "required": True, "schema": TEXT} for each in rule.arguments]
    return item


def _operation(operation: Operation) -> dict[str, Any]:
    problem = {"$ref": "#/components/responses/problem"}
    described: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": [
            {"name": name, "in": "query", "description": text, "schema": schema}
            for name, (schema, text) in operation.parameters.items()
        ],
        "responses": {
            **{str(status): _answer(media_types) for status, media_types in operation.answers.items()},
            "4XX": problem,
            "503": problem,
        },
    }
    if operation.body:
        content = {media_type: {"schema": schema} for media_type, schema in operation.body.items()}
        described["requestBody"] = {"required": True, "content": content}
    if operation.token:
        described["security"] = [{"token": []}]
    return described


def _answer(media_types: tuple[str, ...]) -> dict[str, Any]:
    if not media_types:
        return {"description": "Done, or not changed: there is no body"}
    return {"description": "The answer", "content": {each: {} for each in media_types}}


def _problem() -> dict[str, Any]:
    members = {"type": IRI, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT}
    schemas = {negotiation.PROBLEM: {"type": "object", "properties": members, "required": list(members)}}
    return {
        "description": "What is wrong, and what to do (RFC 9457)",
        "content": {each: {"schema": schemas.get(each, TEXT)} for each in PROBLEMS},
    }
