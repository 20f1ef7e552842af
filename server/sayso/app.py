"""The web application: routes to the modules that answer them, and errors to responses. Wiring only."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version as distribution_version
from typing import TYPE_CHECKING

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from sayso import cache, conditional, description, egress, negotiation, pages, problems, sparql, transfer
from sayso.engine import Asker, Limits, Query
from sayso.engine.turns import Places
from sayso.errors import Busy, NotAcceptable, SaysoError
from sayso.metrics import Gauge, Metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sayso.engine import Answer, Engine
    from sayso.problems import Problem

QUERY_LIMIT = 1 << 20  # 1 MiB for a query and 64 MiB for a write: the limits of the endpoint's design
PLACES = 96  # requests of one client at once: more than may wait for a reader, fewer than a worker has threads
STREAMED = 1 << 20  # bytes from which on a response keeps its place until it is sent
HEALTH_SECONDS = 5.0
HEALTH = Query("ASK {}")
_TEXTUAL = (negotiation.CSV, negotiation.TSV, negotiation.TURTLE, negotiation.N_TRIPLES, negotiation.N_QUADS)
_SHARED = {
    "Vary": "Accept, Accept-Encoding",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, ETag",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
}

_access = logging.getLogger("sayso.access")


@dataclass(frozen=True)
class Served:
    """Say what is served: the engine and its limits, how pages shorten IRIs, and which services may be asked."""

    engine: Engine
    prefixes: Mapping[str, str]
    limits: Limits = field(default_factory=Limits)
    union: bool = True
    services: frozenset[str] = frozenset()
    metrics: Metrics = field(default_factory=Metrics)


def create_app(served: Served) -> Flask:
    """Make the application that serves what the engine answers."""
    app = Flask("sayso")
    app.config["MAX_CONTENT_LENGTH"] = QUERY_LIMIT
    app.url_map.strict_slashes = False
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    _serve_queries(app, served)
    _serve_status(app, served)
    _handle_errors(app)
    _observe(app, served.metrics)
    return app


def _serve_queries(app: Flask, served: Served) -> None:
    engine = served.engine

    @app.get("/")
    def home() -> str:
        return pages.home(engine)

    @app.route("/sparql", methods=["GET", "POST"])
    def query() -> Response | str:
        if request.method != "POST" and not sparql.asked(request.query_string):
            return _introduced(served)
        operation = _operation()
        asked = sparql.read(operation)
        egress.check(asked.text, served.services)
        asker = _asker(sparql.seconds(operation, served.limits.seconds))
        if negotiation.HTML in (asked.results, asked.graph):
            return pages.answer(asked, asker, engine, served.prefixes)
        return _answered(asked, asker, engine)

    @app.get("/.well-known/void")
    def void() -> Response:
        media_type = _graph_type()
        return _document(
            description.void(_service(served), engine, _asker(served.limits.seconds), media_type), media_type
        )


def _serve_status(app: Flask, served: Served) -> None:
    engine = served.engine

    @app.get("/healthz")
    def healthz() -> Response:
        engine.answer(HEALTH, _asker(min(HEALTH_SECONDS, served.limits.seconds))).body()
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
    @app.errorhandler(SaysoError)
    def foreseen(error: SaysoError) -> Response:
        response = _problem(problems.of(error))
        if isinstance(error, Busy):
            response.headers["Retry-After"] = str(error.seconds)
        return response

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        response = _problem(problems.of_status(error.code or 500, error.name, error.description or error.name))
        response.headers.extend({name: value for name, value in error.get_headers() if name == "Allow"})
        return response


def _observe(app: Flask, metrics: Metrics) -> None:
    places = Places(PLACES)

    @app.before_request
    def arrived() -> None:
        g.arrival = time.monotonic()
        places.enter(request.remote_addr or "")
        g.leave = partial(places.leave, request.remote_addr or "")

    @app.teardown_request
    def done(_: BaseException | None) -> None:
        if "leave" in g:
            g.pop("leave")()

    @app.after_request
    def answered(response: Response) -> Response:
        for name, value in _SHARED.items():
            response.headers.setdefault(name, value)
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
            response.headers["Access-Control-Allow-Headers"] = "Accept, Authorization, Content-Type, If-None-Match"
            response.headers["Access-Control-Max-Age"] = "86400"
        seconds = time.monotonic() - g.arrival
        route = request.url_rule.rule if request.url_rule else "unknown"
        outcome = str(g.get("outcome", "ok"))
        metrics.count(route, request.method, response.status_code, outcome, seconds)
        _log(route, response, outcome, seconds)
        return response


def _log(route: str, response: Response, outcome: str, seconds: float) -> None:
    if not _access.isEnabledFor(logging.INFO):
        return
    entry = {
        "client": request.remote_addr,
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "outcome": outcome,
        "ms": round(seconds * 1e3, 1),
        "bytes": response.content_length,
    }
    _access.info(json.dumps(entry))


def _introduced(served: Served) -> Response | str:
    """Answer a visit without a query: with a page where one is asked for, else with the Service Description."""
    offers = (*negotiation.GRAPHS, negotiation.HTML)
    media_type = negotiation.choose(request.headers.get("Accept"), offers)
    if media_type == negotiation.HTML:
        return pages.home(served.engine)
    media_type = _graph_type()
    asker = _asker(served.limits.seconds)
    return _document(description.service(_service(served), served.engine, asker, media_type), media_type)


def _graph_type() -> str:
    accept = request.headers.get("Accept")
    media_type = negotiation.choose(accept, negotiation.GRAPHS)
    if media_type is None:
        raise NotAcceptable(accept or "", negotiation.GRAPHS)
    return media_type


def _service(served: Served) -> description.Service:
    address = request.host_url.rstrip("/")
    return description.Service(address, served.union, updates=False, federated=bool(served.services))


def _operation() -> sparql.Operation:
    accept = request.headers.get("Accept")
    if request.method == "POST":
        return sparql.Operation(request.query_string, request.mimetype or "(none)", request.get_data(), accept)
    return sparql.Operation(request.query_string, accept=accept)


def _asker(seconds: float) -> Asker:
    return Asker(request.remote_addr or "", g.arrival + seconds)


def _answered(asked: Query, asker: Asker, engine: Engine) -> Response:
    if not cache.repeatable(asked):
        return _sent(engine.answer(asked, asker), None)
    identity = cache.identity(asked)
    tag = conditional.etag(engine.version(), identity)
    if request.method != "POST" and conditional.matches(request.headers.get("If-None-Match"), tag):
        return Response(status=304, headers={"ETag": tag})
    answer = engine.answer(asked, asker)
    return _sent(answer, conditional.etag(answer.version, identity))  # a version may be published meanwhile


def _sent(answer: Answer, tag: str | None) -> Response:
    coding = transfer.coding(request.headers.get("Accept-Encoding"), answer.length)
    response = Response(content_type=answer.media_type + ("; charset=utf-8" if answer.media_type in _TEXTUAL else ""))
    if tag is not None:
        response.headers["ETag"] = conditional.coded(tag, coding)
    if answer.length > STREAMED:
        response.call_on_close(g.pop("leave"))
    if coding is None:
        response.response = answer.chunks
        response.content_length = answer.length
    else:
        response.headers["Content-Encoding"] = coding
        response.response = transfer.encode(coding, answer.chunks)
    return response


def _document(content: bytes, media_type: str) -> Response:
    return Response(content, content_type=media_type + ("; charset=utf-8" if media_type in _TEXTUAL else ""))


def _problem(problem: Problem) -> Response:
    g.outcome = problem.kind
    offers = (negotiation.PROBLEM, negotiation.TEXT, negotiation.HTML)
    media_type = negotiation.choose(request.headers.get("Accept"), offers)
    if media_type == negotiation.HTML:
        return Response(pages.error(problem), problem.status, content_type="text/html; charset=utf-8")
    if media_type == negotiation.TEXT:
        return Response(problem.text(), problem.status, content_type="text/plain; charset=utf-8")
    return Response(problem.json(), problem.status, content_type=negotiation.PROBLEM)
