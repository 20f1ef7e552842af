"""Queries by GET, answered around Flask, whose own share of such a request is as long as the query.

What is an error or a page goes on to Flask, which knows how to say it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sayso import egress, negotiation, representations, sparql
from sayso.cache import Remembered
from sayso.engine import Asker
from sayso.errors import SaysoError
from sayso.observing import ARRIVAL, FAILURE, ROUTE
from sayso.representations import Representation, Wishes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from wsgiref.types import StartResponse, WSGIApplication

    from sayso.engine import Engine, Limits

PATH = "/sparql"
MOST = 16 << 20  # bytes of responses that are remembered as they were sent, in their coding
_STATUS = {200: "200 OK", 304: "304 Not Modified"}


# What decides a response: the version, and the address, query, Accept and Accept-Encoding as they were sent.
Key = tuple[int, str, str, str | None, str | None]


class Direct:
    """Be an application that answers queries itself and hands on every other request."""

    def __init__(self, inner: WSGIApplication, engine: Engine, limits: Limits, services: Collection[str]) -> None:
        """Take the application behind this one, the engine with its limits, and what SERVICE may ask."""
        self._inner, self._engine, self._limits, self._services = inner, engine, limits, services
        self._remembered = Remembered[Key, Representation](MOST)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        made = self._represented(environ) if _asks(environ) else None
        if made is None:
            return self._inner(environ, start_response)
        environ[ROUTE] = PATH
        start_response(_STATUS[made.status], list(made.headers.items()))
        return [made.content] if isinstance(made.content, bytes) else made.content

    def _represented(self, environ: dict[str, Any]) -> Representation | None:
        """Answer a query as it was answered before, or anew; None where Flask must say something."""
        accept, codings = environ.get("HTTP_ACCEPT"), environ.get("HTTP_ACCEPT_ENCODING")
        wishes = Wishes(environ.get("HTTP_IF_NONE_MATCH"), codings)
        address = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}{PATH}"
        key = self._engine.version(), address, environ["QUERY_STRING"], accept, codings
        known = self._remembered.find(key) if wishes.known is None else None
        if known is not None:
            return known
        try:
            made = self._evaluated(environ, address, wishes)
        except SaysoError as error:
            environ[FAILURE] = error
            return None
        if made is not None and made.of == key[0] and isinstance(made.content, bytes):
            self._remembered.keep(key, made, len(made.content))
        return made

    def _evaluated(self, environ: dict[str, Any], address: str, wishes: Wishes) -> Representation | None:
        asked, accept = environ["QUERY_STRING"].encode("latin-1"), environ.get("HTTP_ACCEPT")
        operation = sparql.Operation(asked, accept=accept, iri=address)
        query = sparql.read(operation)
        if negotiation.HTML in (query.results, query.graph):
            return None
        egress.check(query.text, self._services)
        deadline = environ[ARRIVAL] + sparql.seconds(operation, self._limits.seconds)
        asker = Asker(environ.get("REMOTE_ADDR") or "", deadline)
        return representations.of_query(query, asker, self._engine, wishes)


def _asks(environ: dict[str, Any]) -> bool:
    """Tell whether a request is a query by GET, of the present, and nothing is wrong with it so far."""
    return (
        environ["PATH_INFO"] == PATH
        and environ["REQUEST_METHOD"] == "GET"
        and "query=" in environ["QUERY_STRING"]
        and "version" not in environ["QUERY_STRING"]
        and "HTTP_ACCEPT_DATETIME" not in environ
        and FAILURE not in environ
    )
