"""The web application: routes to the modules that answer them, and errors to responses. Wiring only."""

from __future__ import annotations

from importlib.metadata import version as distribution_version
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from sayso import egress, negotiation, pages, problems, sparql, writing
from sayso.errors import SaysoError, Unauthorized
from sayso.store import StoreLocked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sayso.engine import Answer, Engine
    from sayso.problems import Problem
    from sayso.writing import Writable

QUERY_LIMIT = 1 << 20  # 1 MiB, the limit of a query's body in the endpoint's design
_TEXTUAL = (negotiation.CSV, negotiation.TSV, negotiation.TURTLE, negotiation.N_TRIPLES, negotiation.N_QUADS)


def create_app(engine: Engine, prefixes: Mapping[str, str], writable: Writable | None = None) -> Flask:
    """Make the application that serves what the engine answers.

    `prefixes` shorten IRIs on the pages; `writable` is what may be written to, None for nothing.
    """
    app = Flask("sayso")
    app.config["MAX_CONTENT_LENGTH"] = QUERY_LIMIT
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # two slashes in the path of a graph are part of its name
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    _serve_queries(app, engine, prefixes)
    _serve_status(app, engine)
    if writable is not None:
        writing.serve(app, writable)
    _handle_errors(app)
    app.after_request(_with_common_headers)
    return app


def _serve_queries(app: Flask, engine: Engine, prefixes: Mapping[str, str]) -> None:
    @app.get("/")
    def home() -> str:
        return pages.home(engine)

    @app.route("/sparql", methods=["GET", "POST"])
    def query() -> Response | str:
        if request.method != "POST" and not sparql.asked(request.query_string):
            return pages.home(engine)
        asked = sparql.read(_operation())
        egress.check(asked.text)
        if negotiation.HTML in (asked.results, asked.graph):
            return pages.answer(asked, engine, prefixes)
        return _answered(engine.answer(asked))


def _serve_status(app: Flask, engine: Engine) -> None:
    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok", version=engine.version())

    @app.get("/version")
    def version() -> Response:
        return jsonify(sayso=distribution_version("sayso"), dataset=engine.version(), quads=engine.size())


def _handle_errors(app: Flask) -> None:
    @app.errorhandler(SaysoError)
    def foreseen(error: SaysoError) -> Response:
        response = _problem(problems.of(error))
        if isinstance(error, Unauthorized):
            response.headers["WWW-Authenticate"] = error.challenge
        if isinstance(error, StoreLocked):
            response.headers["Retry-After"] = "5"
        return response

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        response = _problem(problems.of_status(error.code or 500, error.name, error.description or error.name))
        response.headers.extend({name: value for name, value in error.get_headers() if name == "Allow"})
        return response


def _with_common_headers(response: Response) -> Response:
    response.headers["Vary"] = "Accept"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    return response


def _operation() -> sparql.Operation:
    if request.method == "POST":
        return sparql.Operation(
            request.query_string, request.mimetype or "(none)", request.get_data(), request.headers.get("Accept")
        )
    return sparql.Operation(request.query_string, accept=request.headers.get("Accept"))


def _answered(answer: Answer) -> Response:
    charset = "; charset=utf-8" if answer.media_type in _TEXTUAL else ""
    return Response(answer.body, content_type=answer.media_type + charset)


def _problem(problem: Problem) -> Response:
    offers = (negotiation.PROBLEM, negotiation.TEXT, negotiation.HTML)
    media_type = negotiation.choose(request.headers.get("Accept"), offers)
    if media_type == negotiation.HTML:
        return Response(pages.error(problem), problem.status, content_type="text/html; charset=utf-8")
    if media_type == negotiation.TEXT:
        return Response(problem.text(), problem.status, content_type="text/plain; charset=utf-8")
    return Response(problem.json(), problem.status, content_type=negotiation.PROBLEM)
