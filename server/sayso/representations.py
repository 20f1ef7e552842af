"""Representations: contents with their validators, in the coding that the client takes, or word that it has them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sayso import cache, conditional, negotiation, transfer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sayso.engine import Answer, Asker, Engine, Query

STREAMED = 1 << 20  # bytes from which on a content is sent piece by piece
_TEXTUAL = (negotiation.CSV, negotiation.TSV, negotiation.TURTLE, negotiation.N_TRIPLES, negotiation.N_QUADS)


@dataclass(frozen=True)
class Wishes:
    """Say what a client has and what it takes: its headers If-None-Match and Accept-Encoding, None where not given."""

    known: str | None = None
    codings: str | None = None


@dataclass(frozen=True)
class Representation:
    """Be what a response says and carries: its status, 200 or 304, its headers and its content.

    `of` is the version that it will always represent, None where it is another each time that it is made.
    """

    status: int
    headers: dict[str, str]
    content: bytes | Iterator[bytes]
    of: int | None = None


def of_query(query: Query, asker: Asker, engine: Engine, wishes: Wishes) -> Representation:
    """Answer a query, unless it always gives the same and the client has that; raises what the engine raises."""
    if not cache.repeatable(query):
        return _of_answer(engine.answer(query, asker), None, wishes)
    identity = cache.identity(query)
    if wishes.known is not None:
        tag = conditional.etag(query.version or engine.version(), identity)
        if conditional.matches(wishes.known, tag):
            return Representation(304, {"ETag": tag}, b"")
    answer = engine.answer(query, asker)
    made = _of_answer(answer, conditional.etag(answer.version, identity), wishes)
    return replace(made, of=answer.version)


def of_document(
    version: int, address: str, media_type: str, written: Callable[[], str | bytes], wishes: Wishes
) -> Representation:
    """Represent what is written about a version for an address, unless the client has it."""
    tag = conditional.etag(version, address, media_type)
    if conditional.matches(wishes.known, tag):
        return Representation(304, {"ETag": tag}, b"")
    content = written()
    body = content.encode() if isinstance(content, str) else content
    return _coded(iter([body]), len(body), media_type, tag, wishes)


def content_type(media_type: str) -> str:
    """Write the Content-Type of a media type: with its charset, where it has one."""
    return media_type + ("; charset=utf-8" if media_type in _TEXTUAL or media_type.startswith("text/") else "")


def _of_answer(answer: Answer, tag: str | None, wishes: Wishes) -> Representation:
    made = _coded(answer.chunks, answer.length, answer.media_type, tag, wishes)
    made.headers["Vary"] = "Accept-Datetime"  # which asks for another version
    return made


def _coded(chunks: Iterator[bytes], length: int, media_type: str, tag: str | None, wishes: Wishes) -> Representation:
    coding = transfer.coding(wishes.codings, length)
    headers = {"Content-Type": content_type(media_type)}
    if tag is not None:
        headers["ETag"] = conditional.coded(tag, coding)
    if coding is not None:
        headers["Content-Encoding"] = coding
        chunks = transfer.encode(coding, chunks)
    if length > STREAMED:
        if coding is None:
            headers["Content-Length"] = str(length)
        return Representation(200, headers, chunks)
    content = b"".join(chunks)
    headers["Content-Length"] = str(len(content))
    return Representation(200, headers, content)
