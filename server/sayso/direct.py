"""Queries by GET, answered around Flask, whose own share of such a request is as long as the query.

What is an error or a page goes on to Flask, which knows how to say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sayso import egress, negotiation, representations, sparql
from sayso.engine import Asker
from sayso.errors import SaysoError
from sayso.observing import ARRIVAL, FAILURE, ROUTE
from sayso.representations import Representation, Wishes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from wsgiref.types import StartResponse, WSGIApplication

    from sayso.engine import Engine, Limits

PATH = "/sparql"
_STATUS = {200: "200 OK", 304: "304 Not Modified"}


class Direct:
    """Be an application that answers queries itself and hands on every other request."""

    def __init__(self, inner: WSGIApplication, engine: Engine, limits: Limits, services: Collection[str]) -> None:
        """Take the application behind this one, the engine with its limits, and what SERVICE may ask."""
        self._inner, self._engine, self._limits, self._services = inner, engine, limits, services

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        made = self._represented(environ) if _asks(environ) else None
        if made is None:
            return self._inner(environ, start_response)
        environ[ROUTE] = PATH
        start_response(_STATUS[made.status], list(made.headers.items()))
        return [made.content] if isinstance(made.content, bytes) else made.content

    def _represented(self, environ: dict[str, Any]) -> Representation | None:
        """Answer a query; None where a page is wanted, or where something is wrong, which is then noted."""
        try:
            operation = sparql.Operation(environ["QUERY_STRING"].encode("latin-1"), accept=environ.get("HTTP_ACCEPT"))
            query = sparql.read(operation)
            if negotiation.HTML in (query.results, query.graph):
                return None
            egress.check(query.text, self._services)
            deadline = environ[ARRIVAL] + sparql.seconds(operation, self._limits.seconds)
            wishes = Wishes(environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_ACCEPT_ENCODING"))
            asker = Asker(environ.get("REMOTE_ADDR") or "", deadline)
            return representations.of_query(query, asker, self._engine, wishes)
        except SaysoError as error:
            environ[FAILURE] = error
            return None


def _asks(environ: dict[str, Any]) -> bool:
    """Tell whether a request is a query by GET, and nothing is wrong with it so far."""
    return (
        environ["PATH_INFO"] == PATH
        and environ["REQUEST_METHOD"] == "GET"
        and "query=" in environ["QUERY_STRING"]
        and FAILURE not in environ
    )
