"""Reconciliation: others match their columns of names to our entities, and pull what is told of them.

The Reconciliation Service API 0.2 of the W3C community group, with JSONP for older clients.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template, request

from sayso.entities import BY_ID, KINDS, Current
from sayso.errors import BadRequest, EntityMissing
from sayso.reconcile import reading, writing

if TYPE_CHECKING:
    from sayso.entities import Entity, Source

_CALLBACK = re.compile(r"[A-Za-z_$][\w$.]{0,99}", re.ASCII)
_FRAMED = "default-src 'none'; style-src 'self'"  # a preview is shown inside the client's own page


def serve(app: Flask, source: Source) -> None:
    """Add the routes to an application."""
    current = Current(source)

    @app.route("/reconcile", methods=["GET", "POST"])
    def reconcile() -> Response:
        asked = request.values
        if "queries" in asked:
            return _json(writing.results(reading.queries(asked["queries"]), current.entities()))
        if "extend" in asked:
            return _json(_extended(reading.extension(asked["extend"]), current))
        if "query" in asked or request.method == "POST":
            raise BadRequest("send queries or extend, as a form or in the address; neither gives the manifest")
        return _json(writing.manifest(request.host_url.rstrip("/"), source.version()))

    @app.get("/reconcile/suggest/<any(entity, type, property):what>", endpoint="reconcile_suggest")
    def suggest(what: str) -> Response:
        return _json(_suggested(what, current))

    @app.get("/reconcile/extend/propose")
    def propose() -> Response:
        return _json(writing.proposed(reading.kind(request.args.get("type", "")), _limit(len(BY_ID))))

    @app.get("/reconcile/preview")
    def preview() -> Response:
        page = render_template("preview.html", **_shown(_entity(current)))
        return Response(page, headers={"Content-Security-Policy": _FRAMED})

    @app.get("/reconcile/flyout/<any(entity, type, property):what>")
    def flyout(what: str) -> Response:
        identifier = request.args.get("id", "")
        return _json({"id": identifier, "html": _flyout(what, identifier, current)})


def _extended(asked: reading.Extension, current: Current) -> dict[str, Any]:
    return writing.extended(asked, current.entities(), {each: reading.identifier(each) for each in asked.ids})


def _suggested(what: str, current: Current) -> dict[str, Any]:
    prefix, limit = request.args.get("prefix", ""), _limit(writing.SUGGESTED)
    if len(prefix) > reading.LONGEST_NAME:
        raise BadRequest(f"prefix has {len(prefix)} characters: a name has at most {reading.LONGEST_NAME}")
    if what == "type":
        return writing.suggested_types(prefix, limit)
    if what == "property":
        return writing.suggested_properties(prefix, limit)
    return writing.suggested_entities(prefix, reading.kind(request.args.get("type", "")), limit, current.entities())


def _flyout(what: str, identifier: str, current: Current) -> str:
    if what == "entity":
        return render_template("preview_body.html", **_shown(_entity(current)))
    if what == "type" and reading.kind(identifier) in KINDS:
        return render_template("flyout.html", name=KINDS[reading.kind(identifier)], meaning="")
    if what == "property" and identifier in BY_ID:
        return render_template("flyout.html", name=BY_ID[identifier].name, meaning=BY_ID[identifier].meaning)
    raise EntityMissing(f"There is no {what} {identifier}")


def _entity(current: Current) -> Entity:
    identifier = reading.identifier(request.args.get("id", ""))
    found = current.entities().by_id.get(identifier)
    if found is None:
        raise EntityMissing(f"There is no entity id:{identifier}")
    return found


def _shown(entity: Entity) -> dict[str, Any]:
    told = [
        (each.name, ", ".join(value.text for value in entity.of(each)))
        for each in BY_ID.values()
        if each.telling and entity.of(each)
    ]
    return {"entity": entity, "kind": KINDS[entity.kinds[0]], "told": told}


def _limit(default: int) -> int:
    return reading.limit(request.args.get("limit"), "limit", default)


def _json(content: dict[str, Any]) -> Response:
    """Send JSON, or a call of the client's function with it (JSONP); raises BadRequest where that is no name."""
    callback = request.values.get("callback")
    if callback is None:
        return Response(json.dumps(content), content_type="application/json")
    if _CALLBACK.fullmatch(callback) is None:
        raise BadRequest("callback is no name of a function: use letters, digits, _, $ and dots")
    return Response(f"/**/{callback}({json.dumps(content)});", content_type="text/javascript; charset=utf-8")
