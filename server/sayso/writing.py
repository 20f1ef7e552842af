"""The routes that write, with a token: SPARQL 1.1 Update at /update, the Graph Store HTTP Protocol at /graphs.

And /validate, which tells what the gate would say of a document, and stores nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyoxigraph as ox
from flask import Flask, Response, request

from sayso import additions, graphs, negotiation, reports, responses, sparql, tokens, updates
from sayso.errors import BadRequest, DataRefused, DocumentError, WriteRefused
from sayso.findings import LEVELS, Finding
from sayso.gate import Gate, Write
from sayso.pages import checking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sayso.engine import Asker, Task
    from sayso.findings import Level
    from sayso.gate import Written
    from sayso.store import VersionedStore

LIMIT = 64 << 20  # 64 MiB for a write and 1 MiB for what needs no token: the limits of the endpoint's design
OPEN_LIMIT = 1 << 20
_PATH = "/:@!$&'()*+,;=~"  # what needs no percent-encoding in a path, beside letters, digits and -._ (RFC 3986)
MESSAGE = "X-Message"  # a header with the reason of a write, for the journal
_PREFERENCE = re.compile(r"[^,;\s][^,;]*")
_NO_FILE = "application/octet-stream"  # what a browser sends for a file that was not chosen, with an empty name
_REPORTS = tuple(reports.MEDIA_TYPES)


@dataclass(frozen=True)
class Writable:
    """Say how a store is written to.

    `union` makes the union of all graphs the default graph of patterns. `work` does a task in a process that can be
    killed, within so many `seconds`; None does it here and takes its time.
    """

    union: bool = True
    work: Callable[[Task, Asker], Any] | None = None
    seconds: float = 30.0
    verified: tokens.Verified = field(default_factory=tokens.Verified)


def serve(app: Flask, store: VersionedStore, prefixes: Mapping[str, str], writable: Writable | None) -> None:
    """Add the routes to an application; where nothing is writable, writes are refused and graphs are read."""
    gate = Gate(store)
    _serve_reports(app, gate)

    @app.post("/update")
    def update() -> Response:
        how, write = _write(store, writable, "An update")
        content_type, body, iri = request.mimetype or "(none)", request.get_data(), request.base_url
        asked = updates.read(sparql.Operation(request.query_string, content_type, body, iri=iri))
        return _done(_updated(asked, gate, how, write), write)

    @app.route("/graphs", methods=["GET", "PUT", "POST", "DELETE"], defaults={"path": ""})
    @app.route("/graphs/<path:path>", methods=["GET", "PUT", "POST", "DELETE"])
    def graph(path: str) -> Response:
        if request.method in ("GET", "HEAD"):
            return _read(store, prefixes, path)
        _, write = _write(store, writable, f"{request.method} of a graph")
        change = {"PUT": graphs.put, "POST": graphs.post, "DELETE": graphs.delete}[request.method]
        return _done(change(_operation(path), gate, write), write)


def _serve_reports(app: Flask, gate: Gate) -> None:
    @app.post("/validate")
    def validate() -> Response:
        request.max_content_length = OPEN_LIMIT
        layout = request.form.get("format")
        wanted = _named(layout) if layout else responses.chosen((*_REPORTS, negotiation.HTML))
        operation = _pasted() or _operation("")
        if wanted == negotiation.HTML:
            return _shown(gate, operation)
        return _report(_examined(gate, operation), 200, wanted)

    @app.errorhandler(DataRefused)
    def refused(error: DataRefused) -> Response:
        media_type = negotiation.choose(request.headers.get("Accept"), _REPORTS)
        return _report(error.findings, 422, media_type or negotiation.TEXT)


def _named(layout: str) -> str:
    media_type = next((each for each, name in reports.MEDIA_TYPES.items() if name == layout), None)
    if media_type is None:
        raise BadRequest(f"format={layout!r} is none of {', '.join(reports.MEDIA_TYPES.values())}")
    return media_type


def _examined(gate: Gate, operation: graphs.Operation) -> tuple[Finding, ...]:
    given = additions.plain(graphs.bodies(operation), ox.DefaultGraph(), operation.iri)
    return gate.examine(given.quads, given.source)


def _shown(gate: Gate, operation: graphs.Operation) -> Response:
    """Show a document on a page with what is found in it; that it does not parse is one of these things."""
    found: tuple[Finding, ...]
    try:
        found = _examined(gate, operation)
    except DocumentError as error:
        found = (Finding(error.file, error.line, "violation", error.problem, error.column),)
    contents = (operation.body, *(part.body for part in operation.files))
    return Response(checking.report(b"".join(contents).decode(errors="replace"), found))


def _pasted() -> graphs.Operation | None:
    """Take what was pasted into the form of the page as Turtle; None where nothing was."""
    text = request.form.get("text", "")
    return graphs.Operation(request.base_url, media_type=negotiation.TURTLE, body=text.encode()) if text else None


def _updated(asked: updates.Update, gate: Gate, how: Writable, write: Write) -> Written:
    """Apply an update; where it has a pattern, which can take any time, in a process that can be killed."""
    if how.work is None or not updates.has_pattern(asked):
        return updates.run(asked, gate, write, union=how.union)
    task = updates.Evaluation(asked, gate.store.path, write, how.union)
    written: Written = how.work(task, responses.asker(how.seconds))
    return written


def _read(store: VersionedStore, prefixes: Mapping[str, str], path: str) -> Response:
    media_type = responses.chosen(negotiation.GRAPHS)
    version = store.current.number
    with store.reading(version) as data:
        content = graphs.content(data, _operation(path), media_type, prefixes)
    return responses.document(version, media_type, lambda: content)


def _operation(path: str) -> graphs.Operation:
    form = request.mimetype == graphs.MULTIPART
    files = [
        graphs.Part(each.filename or "", each.content_type or "", each.read())
        for _, each in (request.files.items(multi=True) if form else ())
        if each.filename or each.mimetype != _NO_FILE
    ]
    return graphs.Operation(
        iri=request.host_url.rstrip("/") + quote(request.path, safe=_PATH),  # as it was sent, %25 included
        query_string=request.query_string,
        direct=bool(path),
        media_type=request.headers.get("Content-Type"),
        body=b"" if form else request.get_data(),
        files=tuple(files),
    )


def _write(store: VersionedStore, writable: Writable | None, what: str) -> tuple[Writable, Write]:
    """Read who writes, and how; raises Unauthorized, and WriteRefused where nobody may."""
    if writable is None:
        raise WriteRefused("This server takes no writes: it was started with --read-only")
    request.max_content_length = LIMIT
    author = tokens.author_of(store.path, request.headers.get("Authorization"), writable.verified)
    return writable, Write(
        author=author,
        message=request.headers.get(MESSAGE, f"{what} over HTTP"),
        time=datetime.now(UTC),
        expected=_expected(request.headers.get("If-Match")),
        dry_run=_dry_run(),
        fail_on=_fail_on(),
    )


def _dry_run() -> bool:
    """Tell whether nothing is to be published: by ?dry-run, or by the preference (RFC 7240)."""
    preferences = {each.strip().lower() for each in _PREFERENCE.findall(request.headers.get("Prefer", ""))}
    return "dry-run" in request.args or "dry-run" in preferences


def _fail_on() -> Level:
    given = request.args.get("fail-on", LEVELS[0])
    if given not in LEVELS:
        raise BadRequest(f"fail-on={given!r} is no level: give one of {', '.join(LEVELS)}")
    return given


def _expected(if_match: str | None) -> int | None:
    """Read the version that the writer has seen from If-Match: an ETag of ours begins with it."""
    if if_match is None or if_match.strip() == "*":
        return None
    version = if_match.strip().strip('"').partition("-")[0]
    if not version.isdecimal():
        raise BadRequest(f"If-Match: {if_match} is no ETag of this server")
    return int(version)


def _done(written: Written, write: Write) -> Response:
    """Answer a write that was not refused: with a report where there is one to read, else without a body."""
    if written.findings or write.dry_run:
        media_type = negotiation.choose(request.headers.get("Accept"), _REPORTS) or negotiation.TEXT
        response = _report(written.findings, 200, media_type)
    else:
        response = Response(status=204)
    response.headers["Sayso-Version"] = str(written.version)
    if write.dry_run:
        response.headers["Preference-Applied"] = "dry-run"
    elif written.created is not None:
        response.status_code = 201
        response.headers["Location"] = written.created
    return response


def _report(found: Sequence[Finding], status: int, media_type: str) -> Response:
    text = reports.write(reports.gather(found), reports.MEDIA_TYPES[media_type])
    return Response(text, status, content_type=f"{media_type}; charset=utf-8")
