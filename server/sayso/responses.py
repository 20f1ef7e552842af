"""Responses to the request at hand, as Flask has them."""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import version as distribution_version
from typing import TYPE_CHECKING

from flask import Response, g, render_template, request

from sayso import conditional, negotiation, representations, transfer
from sayso.engine import Asker
from sayso.errors import NotAcceptable
from sayso.observing import ARRIVAL, OUTCOME
from sayso.representations import Wishes, content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from sayso.engine import Engine, Query
    from sayso.problems import Problem
    from sayso.representations import Representation


def asker(seconds: float) -> Asker:
    """Say for whom the request is answered: its client, so many seconds after it arrived."""
    return Asker(request.remote_addr or "", request.environ[ARRIVAL] + seconds)


def chosen(offers: tuple[str, ...]) -> str:
    """Choose among media types for the request; raises NotAcceptable."""
    accept = request.headers.get("Accept")
    media_type = negotiation.choose(accept, offers)
    if media_type is None:
        raise NotAcceptable(accept or "", offers)
    return media_type


def answer(query: Query, asked_by: Asker, engine: Engine) -> Response:
    """Send the answer to a query, unless the client has it; raises what the engine raises."""
    return _response(representations.of_query(query, asked_by, engine, _wishes()))


def document(version: int, media_type: str, written: Callable[[], str | bytes]) -> Response:
    """Send what is written about a version at the address of the request, unless the client has it."""
    address = f"{request.path}?{request.query_string!r}"  # the query may be of any bytes
    return _response(representations.of_document(version, address, media_type, written, _wishes()))


def unless_new(version: int) -> Response | None:
    """Answer a request for a page of a version with 304 where the client has it; else None, and `coded` follows."""
    shown = request.full_path, request.headers.get("Accept"), distribution_version("sayso")
    g.tag = conditional.etag(version, *shown)
    known = request.headers.get("If-None-Match") if request.method in ("GET", "HEAD") else None
    return Response(status=304, headers={"ETag": g.tag}) if conditional.matches(known, g.tag) else None


def coded(response: Response) -> Response:
    """Give a page its validator, and the coding that the client takes."""
    if response.status_code != HTTPStatus.OK or response.is_streamed:
        return response
    coding = transfer.coding(request.headers.get("Accept-Encoding"), response.content_length or 0)
    if coding is not None:
        response.set_data(b"".join(transfer.encode(coding, [response.get_data()])))
        response.headers["Content-Encoding"] = coding
    response.headers["ETag"] = conditional.coded(g.tag, coding)
    return response


def problem(found: Problem) -> Response:
    """Send the details of a problem, as JSON, as a line for a terminal or as a page."""
    request.environ[OUTCOME] = found.kind
    offers = (negotiation.PROBLEM, negotiation.TEXT, negotiation.HTML)
    media_type = negotiation.choose(request.headers.get("Accept"), offers) or negotiation.PROBLEM
    content = found.json()
    if media_type == negotiation.HTML:
        content = render_template("error.html", problem=found)
    elif media_type == negotiation.TEXT:
        content = found.text()
    return Response(content, found.status, content_type=content_type(media_type))


def _wishes() -> Wishes:
    known = request.headers.get("If-None-Match") if request.method in ("GET", "HEAD") else None
    return Wishes(known, request.headers.get("Accept-Encoding"))


def _response(made: Representation) -> Response:
    return Response(made.content, made.status, headers=made.headers)
