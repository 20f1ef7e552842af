"""The routes that write: SPARQL 1.1 Update at /update and the Graph Store HTTP Protocol at /graphs, with a token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from sayso import graphs, negotiation, sparql, tokens, updates
from sayso.errors import BadRequest, NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sayso.graphs import Written
    from sayso.store import VersionedStore

LIMIT = 64 << 20  # 64 MiB, the limit of a write in the endpoint's design
MESSAGE = "X-Message"  # a header with the reason of a write, for the journal


@dataclass(frozen=True)
class Writable:
    """Say which store is written to, and whether the union of all graphs is the default graph of its patterns."""

    store: VersionedStore
    prefixes: Mapping[str, str]
    union: bool = True
    verified: tokens.Verified = field(default_factory=tokens.Verified)


def serve(app: Flask, writable: Writable) -> None:
    """Add the routes to an application."""

    @app.post("/update")
    def update() -> Response:
        write = _write(writable, "An update")
        asked = updates.read(sparql.Operation(request.query_string, request.mimetype or "(none)", request.get_data()))
        return _done(updates.run(asked, writable.store, write, union=writable.union))

    @app.route("/graphs", methods=["GET", "PUT", "POST", "DELETE"], defaults={"path": ""})
    @app.route("/graphs/<path:path>", methods=["GET", "PUT", "POST", "DELETE"])
    def graph(path: str) -> Response:
        if request.method == "GET":
            return _read(writable, path)
        write = _write(writable, f"{request.method} of a graph")
        change = {"PUT": graphs.put, "POST": graphs.post, "DELETE": graphs.delete}[request.method]
        return _done(change(_operation(path), writable.store, write))


def _read(writable: Writable, path: str) -> Response:
    accept = request.headers.get("Accept")
    media_type = negotiation.choose(accept, negotiation.GRAPHS)
    if media_type is None:
        raise NotAcceptable(accept or "", negotiation.GRAPHS)
    with writable.store.reading() as data:
        content = graphs.content(data, _operation(path), media_type, writable.prefixes)
    return Response(content, content_type=media_type)


def _operation(path: str) -> graphs.Operation:
    form = request.mimetype == graphs.MULTIPART
    files = [
        graphs.Part(each.filename or "", each.content_type or "", each.read())
        for _, each in (request.files.items(multi=True) if form else ())
    ]
    return graphs.Operation(
        iri=request.base_url,
        query_string=request.query_string,
        direct=bool(path),
        media_type=request.headers.get("Content-Type"),
        body=b"" if form else request.get_data(),
        files=tuple(files),
    )


def _write(writable: Writable, what: str) -> graphs.Write:
    request.max_content_length = LIMIT
    author = tokens.author_of(writable.store.path, request.headers.get("Authorization"), writable.verified)
    message = request.headers.get(MESSAGE, f"{what} over HTTP")
    return graphs.Write(author, message, datetime.now(UTC), _expected(request.headers.get("If-Match")))


def _expected(if_match: str | None) -> int | None:
    """Read the version that the writer has seen from If-Match: an ETag of ours begins with it."""
    if if_match is None or if_match.strip() == "*":
        return None
    version = if_match.strip().strip('"').partition("-")[0]
    if not version.isdecimal():
        raise BadRequest(f"If-Match: {if_match} is no ETag of this server")
    return int(version)


def _done(written: Written) -> Response:
    headers = {"Sayso-Version": str(written.version)}
    if written.created is None:
        return Response(status=204, headers=headers)
    return Response(status=201, headers={**headers, "Location": written.created})
