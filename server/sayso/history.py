"""The history over HTTP: /history, a version at /history/<n>, and queries of the past (RFC 7089, Memento).

A version is asked with ?version=N, or as of a moment with Accept-Datetime. The address of a query is then its own
TimeGate, and the answer comes from it at once (RFC 7089, section 4.1.2); the address with ?version=N is the Memento.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask, Response, g, jsonify, request, send_file
from werkzeug.http import http_date, parse_date

from sayso import negotiation, sparql
from sayso.errors import BadRequest, NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sayso.engine import Query
    from sayso.store import Entry, VersionedStore

JSON = "application/json"
RDF_PATCH = "application/rdf-patch"
PAGE, LARGEST_PAGE = 100, 1000  # entries
_COUNTED = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Listing:
    """Hold some versions, the newest first, and the number to ask for those before them, None at the beginning."""

    current: int
    entries: tuple[Entry, ...]
    before: int | None


@dataclass(frozen=True)
class Memento:
    """Say which version a request is answered from, when it was published, and whether the moment was negotiated."""

    version: int
    time: datetime
    negotiated: bool


def serve(app: Flask, store: VersionedStore, page: Callable[[Sequence[Entry], str | None], str]) -> None:
    """Add the routes to an application, and the versions of the past to its queries.

    `page` makes a page of versions, and of the address of those before them.
    """

    @app.get("/history")
    def history() -> Response:
        wanted = _expect((JSON, negotiation.HTML))
        limit = _number("limit", request.args) or PAGE
        found = listing(store, _number("before", request.args), limit)
        following = None if found.before is None else f"/history?before={found.before}&limit={limit}"
        if wanted == negotiation.HTML:
            return Response(page(found.entries, following), content_type="text/html; charset=utf-8")
        kept = {version.number for version in store.versions()}
        versions = [described(entry, readable=entry.version in kept) for entry in found.entries]
        return jsonify(current=found.current, versions=versions, next=following)

    @app.get("/history/<number>")
    def history_of(number: str) -> Response:
        entry = store.entry(_parsed("version", number))
        if _expect((JSON, RDF_PATCH)) == JSON:
            kept = {version.number for version in store.versions()}
            return jsonify(described(entry, readable=entry.version in kept))
        file = store.journal_file(entry.version).resolve()
        return send_file(file, RDF_PATCH, conditional=False, etag=entry.content_hash)

    @app.before_request
    def choose() -> None:
        if request.endpoint == "query":
            g.memento = memento(store, _parameters(), request.headers.get("Accept-Datetime"))

    @app.after_request
    def told(response: Response) -> Response:
        if "memento" in g:
            response.vary.add("Accept-Datetime")
            if g.memento is not None and response.status_code in (200, 304):
                _tell(response, g.memento)
        return response


def listing(store: VersionedStore, before: int | None = None, limit: int = PAGE) -> Listing:
    """List the versions before a number, all where there is none, as many as the limit allows."""
    current = store.current.number
    last = current if before is None else min(before - 1, current)
    first = max(1, last - min(limit, LARGEST_PAGE) + 1)
    entries = tuple(store.entry(number) for number in range(last, first - 1, -1))
    return Listing(current, entries, first if first > 1 else None)


def described(entry: Entry, *, readable: bool) -> dict[str, Any]:
    """Describe a version for JSON: its journal entry, and whether it can still be asked."""
    return {**asdict(entry), "time": entry.time.isoformat(), "readable": readable}


def at_its_version(query: Query) -> Query:
    """Have a query asked of the version that the request at hand names, if it names one."""
    found: Memento | None = g.get("memento")
    return query if found is None else replace(query, version=found.version)


def memento(store: VersionedStore, parameters: Mapping[str, str], moment: str | None) -> Memento | None:
    """Tell which version of the past a request asks for: by ?version=, else by Accept-Datetime.

    None where it asks for the present. Raises BadRequest, VersionMissing, or VersionSwept where it was there once.
    """
    number = _number("version", parameters)
    if number is None and moment is None:
        return None
    version = store.version(_as_of(store, moment or "") if number is None else number)
    return Memento(version.number, store.entry(version.number).time, negotiated=number is None)


def _as_of(store: VersionedStore, moment: str) -> int:
    """Find the version that was current at a moment; before the first version it is the first (section 4.5.3)."""
    asked = parse_date(moment)
    if asked is None:
        raise BadRequest(f"Accept-Datetime: {moment!r} is no date such as Tue, 28 Jul 2020 12:00:00 GMT")
    numbers = range(1, store.current.number + 1)
    # To the second, as HTTP tells times: who sends a Memento-Datetime back gets that version.
    published = bisect_right(numbers, asked, key=lambda number: store.entry(number).time.replace(microsecond=0))
    return max(1, published)


def _tell(response: Response, found: Memento) -> None:
    time = http_date(found.time)
    response.headers["Memento-Datetime"] = time
    if request.method == "POST":
        return  # What is asked stands in the body: no address leads to the answer.
    original = _address()
    own = _address(found.version)
    response.headers.add("Link", f'<{original}>; rel="original timegate"')
    response.headers.add("Link", f'<{own}>; rel="memento"; datetime="{time}"')
    if found.negotiated:
        response.headers["Content-Location"] = own


def _address(version: int | None = None) -> str:
    """Write the address of the request at hand, asked of another version or of none."""
    given = [(name, value) for name, value in request.args.items(multi=True) if name != "version"]
    query = urlencode(given if version is None else [*given, ("version", str(version))])
    return f"{request.base_url}?{query}"


def _expect(offers: tuple[str, ...]) -> str:
    accept = request.headers.get("Accept")
    media_type = negotiation.choose(accept, offers)
    if media_type is None:
        raise NotAcceptable(accept or "", offers)
    return media_type


def _parameters() -> dict[str, str]:
    given = sparql.parameters(request.query_string)
    if request.mimetype == sparql.FORM:
        given += sparql.parameters(request.get_data())
    return dict(given)


def _number(name: str, parameters: Mapping[str, str]) -> int | None:
    return _parsed(name, parameters[name]) if name in parameters else None


def _parsed(name: str, given: str) -> int:
    if _COUNTED.fullmatch(given) is None:
        raise BadRequest(f"{name} {given[:20]!r} is no number from 1 on")
    return int(given)
