"""What every request has in common: its place and its time, the headers of its response, and the record of it."""

from __future__ import annotations

import json
import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

from sayso.engine.turns import Places

if TYPE_CHECKING:
    from sayso.metrics import Metrics

PLACES = 96  # requests of one client at once: more than may wait for a reader, fewer than a worker has threads
_SHARED = {
    "Vary": "Accept, Accept-Encoding",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, ETag, Location, Sayso-Version",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-Match, If-None-Match, Prefer, X-Message",
    "Access-Control-Max-Age": "86400",
}

_access = logging.getLogger("sayso.access")


def observe(app: Flask, metrics: Metrics) -> None:
    """Give each request of an application a place and a time, and count and log its response."""
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
            response.headers.extend(_PREFLIGHT)
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
