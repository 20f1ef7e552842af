"""Responses: contents, answers and problems, with their validators and in the coding that the client takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, g, render_template, request

from sayso import conditional, negotiation, transfer
from sayso.engine import Asker
from sayso.errors import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sayso.engine import Answer
    from sayso.problems import Problem

STREAMED = 1 << 20  # bytes from which on a response keeps its place until it is sent
_TEXTUAL = (negotiation.CSV, negotiation.TSV, negotiation.TURTLE, negotiation.N_TRIPLES, negotiation.N_QUADS)


def asker(seconds: float) -> Asker:
    """Say for whom the request at hand is answered: its client, so many seconds after it arrived."""
    return Asker(request.remote_addr or "", g.arrival + seconds)


def chosen(offers: tuple[str, ...]) -> str:
    """Choose among media types for the request at hand; raises NotAcceptable."""
    accept = request.headers.get("Accept")
    media_type = negotiation.choose(accept, offers)
    if media_type is None:
        raise NotAcceptable(accept or "", offers)
    return media_type


def content_type(media_type: str) -> str:
    """Write the Content-Type of a media type: with its charset, where it has one."""
    return media_type + ("; charset=utf-8" if media_type in _TEXTUAL or media_type.startswith("text/") else "")


def unless_known(version: int, identity: object, answered: Callable[[], Answer]) -> Response:
    """Answer with 304 where the client has the representation, which a version and an identity decide, else make it.

    An answer can be of a newer version than the one that was looked for.
    """
    tag = conditional.etag(version, identity)
    if request.method in ("GET", "HEAD") and conditional.matches(request.headers.get("If-None-Match"), tag):
        return Response(status=304, headers={"ETag": tag})
    answer = answered()
    return sent(answer, conditional.etag(answer.version, identity))


def document(version: int, media_type: str, written: Callable[[], str | bytes]) -> Response:
    """Send what is written about a version at the address of the request, unless the client has it already."""
    tag = conditional.etag(version, request.full_path, media_type)
    if request.method in ("GET", "HEAD") and conditional.matches(request.headers.get("If-None-Match"), tag):
        return Response(status=304, headers={"ETag": tag})
    content = written()
    body = content.encode() if isinstance(content, str) else content
    return _coded(iter([body]), len(body), media_type, tag)


def sent(answer: Answer, tag: str | None = None) -> Response:
    """Send a complete answer, with its validator where it has one."""
    response = _coded(answer.chunks, answer.length, answer.media_type, tag)
    if answer.length > STREAMED:
        response.call_on_close(g.pop("leave"))
    return response


def problem(found: Problem) -> Response:
    """Send the details of a problem, as JSON, as a line for a terminal or as a page."""
    g.outcome = found.kind
    offers = (negotiation.PROBLEM, negotiation.TEXT, negotiation.HTML)
    media_type = negotiation.choose(request.headers.get("Accept"), offers) or negotiation.PROBLEM
    content = found.json()
    if media_type == negotiation.HTML:
        content = render_template("error.html", problem=found)
    elif media_type == negotiation.TEXT:
        content = found.text()
    return Response(content, found.status, content_type=content_type(media_type))


def _coded(chunks: object, length: int, media_type: str, tag: str | None) -> Response:
    coding = transfer.coding(request.headers.get("Accept-Encoding"), length)
    response = Response(content_type=content_type(media_type))
    if tag is not None:
        response.headers["ETag"] = conditional.coded(tag, coding)
    if coding is None:
        response.response = chunks  # type: ignore[assignment]  # an iterator of bytes is iterable
        response.content_length = length
    else:
        response.headers["Content-Encoding"] = coding
        response.response = transfer.encode(coding, chunks)  # type: ignore[arg-type]
    return response
