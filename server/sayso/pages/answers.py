"""The page of an answer to a query that somebody wrote: a table, a yes or no, or a graph as Turtle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import render_template

from sayso import negotiation
from sayso.errors import ResultTooLarge
from sayso.namespaces import shorten
from sayso.pages import places
from sayso.pages.catalogue import Cell
from sayso.pages.places import Name

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 1 << 20  # bytes of a result that a page shows: more would hold up other requests, and no one reads it


def show(text: str, body: bytes, media_type: str, prefixes: Mapping[str, str]) -> str:
    """Show the answer to a query, given as results in JSON or as a graph in Turtle.

    Raises ResultTooLarge where it is more than a page shows.
    """
    if len(body) > LARGEST:
        raise ResultTooLarge(
            f"The result has {len(body):,} bytes and a page shows {LARGEST:,}: ask for part of it, or as CSV or JSON"
        )
    return render_template("answer.html", text=text, **_shown(body, media_type, dict(prefixes)))


def _shown(body: bytes, media_type: str, prefixes: dict[str, str]) -> dict[str, Any]:
    if media_type == negotiation.TURTLE:
        return {"turtle": body.decode()}
    document = json.loads(body)
    if "boolean" in document:
        return {"boolean": document["boolean"]}
    variables = document["head"]["vars"]
    rows = [[_cell(row.get(name), prefixes) for name in variables] for row in document["results"]["bindings"]]
    return {"variables": variables, "rows": rows}


def _cell(term: Any, prefixes: dict[str, str]) -> Cell:
    if term is None:
        return Cell(Name(""))
    value = term["value"]
    if term["type"] == "uri":
        return Cell(Name(shorten(value, prefixes)), places.path(value))
    if term["type"] == "triple":
        return Cell(Name(json.dumps(value, ensure_ascii=False)))
    return Cell(Name(value, term.get("xml:lang")))
