"""The web application: routes to the modules that answer them, and errors to responses. Wiring only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib.metadata import version as distribution_version
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from sayso import (
    description,
    editor,
    egress,
    history,
    library,
    negotiation,
    openapi,
    pages,
    problems,
    reconcile,
    responses,
    sparql,
    writing,
)
from sayso.direct import Direct
from sayso.engine import Limits, Query
from sayso.engine.turns import Places
from sayso.errors import BadRequest, Busy, SaysoError, Unauthorized
from sayso.metrics import Gauge, Metrics
from sayso.observing import FAILURE, PLACES, ROUTE, Observed
from sayso.pages import answers, home
from sayso.store import StoreLocked
from sayso.wikidata import publishing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sayso.engine import Engine
    from sayso.library import Project
    from sayso.store import VersionedStore
    from sayso.writing import Writable

QUERY_LIMIT = 1 << 20  # 1 MiB, the limit of a query's body in the endpoint's design
HEALTH_SECONDS = 5.0
HEALTH = Query("ASK { FILTER(NOW() > 0 || true) }")  # of NOW() nothing is remembered: a reader must answer
RETRY_SECONDS = 5


@dataclass(frozen=True)
class Served:
    """Say what is served: the engine and its limits, how IRIs are shortened, and which services may be asked.

    `store` is what has a history, None where the engine's data have none; `writable` says how it is written to, None
    where it is not; `links` is the table of links, None for none. `evaluator` is the engine without its memory, for
    those who remember answers themselves. Pages show the ontology and the questions of `project`, None for what is
    shipped, and `texts`, local copies of articles: SHA-256 of the file → text.
    """

    engine: Engine
    prefixes: Mapping[str, str]
    store: VersionedStore | None = None
    limits: Limits = field(default_factory=Limits)
    union: bool = True
    services: frozenset[str] = frozenset()
    writable: Writable | None = None
    links: Path | None = None
    evaluator: Engine | None = None
    project: Project | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)


@dataclass(frozen=True)
class _Asked:
    """Ask the engine on behalf of whoever makes the request at hand."""

    served: Served

    def version(self) -> int:
        """Tell the number of the current version."""
        return self.served.engine.version()

    def select(self, text: str) -> bytes:
        """Answer a SELECT query with JSON."""
        return self.served.engine.answer(Query(text, union=True), responses.asker(self.served.limits.seconds)).body()


def create_app(served: Served) -> Flask:
    """Make the application that serves what the engine answers."""
    app = Flask("sayso")
    app.config["MAX_CONTENT_LENGTH"] = QUERY_LIMIT
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # two slashes in the path of a graph are part of its name
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    _handle_errors(app)  # first of all: what is wrong with a request is wrong for every route
    site = _site(served)
    _serve_pages(app, site)
    _serve_queries(app, served, site)
    _serve_descriptions(app, served)
    _serve_status(app, served)
    reconcile.serve(app, _Asked(served))
    if served.links is not None:
        publishing.serve(app, served.links)
    if served.store is not None:
        writing.serve(app, served.store, served.prefixes, served.writable)
        history.serve(app, served.store, pages.history)
    openapi.serve(app)
    direct = Direct(app.wsgi_app, served.evaluator or served.engine, served.limits, served.services)
    app.wsgi_app = Observed(direct, served.metrics, Places(PLACES))  # type: ignore[method-assign]  # Flask's own way
    return app


def _serve_pages(app: Flask, site: pages.Site) -> None:
    """Add the pages, each with a validator that the version of the dataset decides."""
    others = set(app.view_functions)
    pages.serve(app, site, drawn=editor.built())
    ours = set(app.view_functions) - others

    @app.before_request
    def known() -> Response | None:
        return responses.unless_new(site.version()) if request.endpoint in ours else None

    @app.after_request
    def coded(response: Response) -> Response:
        return responses.coded(response) if request.endpoint in ours else response


def _site(served: Served) -> pages.Site:
    def answer(query: Query, version: int) -> bytes:
        asker = responses.asker(served.limits.seconds)
        return served.engine.answer(replace(query, version=version), asker).body()

    project = served.project or library.shipped()
    return pages.Site(answer, served.engine.version, project, served.prefixes, served.texts)


def _serve_queries(app: Flask, served: Served, site: pages.Site) -> None:
    @app.route("/sparql", methods=["GET", "POST"])
    def query() -> Response | str:
        if request.method != "POST" and not sparql.asked(request.query_string):
            return _introduced(served, site)
        operation = _operation()
        asked = history.at_its_version(sparql.read(operation))
        egress.check(asked.text, served.services)
        asker = responses.asker(sparql.seconds(operation, served.limits.seconds))
        if negotiation.HTML in (asked.results, asked.graph):
            shown = replace(asked, results=negotiation.JSON, graph=negotiation.TURTLE)
            found = served.engine.answer(shown, asker)
            return answers.show(asked.text, found.body(), found.media_type, served.prefixes)
        return responses.answer(asked, asker, served.engine)


def _serve_descriptions(app: Flask, served: Served) -> None:
    @app.get("/.well-known/void")
    def void() -> Response:
        return _described(served, description.void)


def _serve_status(app: Flask, served: Served) -> None:
    engine = served.engine

    @app.get("/healthz")
    def healthz() -> Response:
        engine.answer(HEALTH, responses.asker(min(HEALTH_SECONDS, served.limits.seconds))).body()
        return jsonify(status="ok", version=engine.version())

    @app.get("/version")
    def version() -> Response:
        return jsonify(sayso=distribution_version("sayso"), dataset=engine.version(), quads=engine.size())

    @app.get("/metrics")
    def metrics() -> Response:
        version = Gauge("dataset_version", "The version of the dataset that is served.", engine.version())
        text = served.metrics.text([version, *engine.gauges()])
        return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _handle_errors(app: Flask) -> None:
    @app.before_request
    def begun() -> None:
        request.environ[ROUTE] = request.url_rule.rule if request.url_rule else "unknown"
        if FAILURE in request.environ:
            raise request.environ[FAILURE]
        try:  # whatever the route: Flask would fail
            request.query_string.decode()
        except UnicodeDecodeError as error:
            raise BadRequest("The parameters are not UTF-8") from error

    @app.errorhandler(SaysoError)
    def foreseen(error: SaysoError) -> Response:
        response = responses.problem(problems.of(error))
        if isinstance(error, Unauthorized):
            response.headers["WWW-Authenticate"] = error.challenge
        if isinstance(error, Busy | StoreLocked):
            response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        found = problems.of_status(error.code or 500, error.name, error.description or error.name)
        response = responses.problem(found)
        response.headers.extend({name: value for name, value in error.get_headers() if name == "Allow"})
        return response


def _introduced(served: Served, site: pages.Site) -> Response:
    """Answer a visit without a query: with a page where one is asked for, else with the Service Description."""
    if negotiation.choose(request.headers.get("Accept"), (*negotiation.GRAPHS, negotiation.HTML)) == negotiation.HTML:
        return editor.page(
            [editor.Example(each.summary, each.text) for each in home.examples(site.read())], site.prefixes
        )
    return _described(served, description.service)


def _described(served: Served, write: description.Writer) -> Response:
    media_type = responses.chosen(negotiation.GRAPHS)
    described = description.Service(
        address=request.host_url.rstrip("/"),
        union=served.union,
        updates=served.writable is not None,
        federated=bool(served.services),
    )
    asker = responses.asker(served.limits.seconds)
    engine = served.engine
    return responses.document(engine.version(), media_type, lambda: write(described, engine, asker, media_type))


def _operation() -> sparql.Operation:
    accept, iri = request.headers.get("Accept"), request.base_url
    if request.method == "POST":
        return sparql.Operation(request.query_string, request.mimetype or "(none)", request.get_data(), accept, iri)
    return sparql.Operation(request.query_string, accept=accept, iri=iri)
