"""The pages for people: the home page with its query form, the answer as a table, and errors."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import render_template

from sayso import negotiation
from sayso.errors import ResultTooLarge
from sayso.namespaces import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sayso.engine import Answer, Asker, Engine, Query
    from sayso.problems import Problem

LARGEST = 1 << 20  # bytes of a result that a page shows: more would hold up other requests, and no one reads it
EXAMPLE = """\
PREFIX say: <https://w3id.org/sayso/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?accused ?by ?gist WHERE {
  ?allegation a say:Allegation ; say:accused/rdfs:label ?accused ;
              say:origin/rdfs:label ?by ; say:gist ?gist .
  FILTER(LANG(?accused) = "en")
  FILTER(LANG(?by) = "en")
}
ORDER BY ?accused ?by
"""


@dataclass(frozen=True)
class Cell:
    """Show one term: its text, and its language where it has one."""

    text: str
    language: str | None = None


@dataclass(frozen=True)
class Table:
    """Show a result set: the names of its variables, and its rows."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def home(engine: Engine) -> str:
    """Show what this is, and the query form."""
    return render_template("home.html", size=engine.size(), version=engine.version(), text=EXAMPLE)


def answer(query: Query, asker: Asker, engine: Engine, prefixes: Mapping[str, str]) -> str:
    """Answer a query with a page: a table, a yes or no, or a graph as Turtle.

    Raises what the engine raises.
    """
    found = engine.answer(replace(query, results=negotiation.JSON, graph=negotiation.TURTLE), asker)
    if found.length > LARGEST:
        raise ResultTooLarge(
            f"The result has {found.length:,} bytes and a page shows {LARGEST:,}: ask for part of it, or as CSV or JSON"
        )
    return render_template("answer.html", text=query.text, **_shown(found, dict(prefixes)))


def error(problem: Problem) -> str:
    """Show what went wrong and what to do."""
    return render_template("error.html", problem=problem)


def _shown(found: Answer, prefixes: dict[str, str]) -> dict[str, Any]:
    if found.media_type == negotiation.TURTLE:
        return {"turtle": found.body().decode()}
    document = json.loads(found.body())
    if "boolean" in document:
        return {"boolean": document["boolean"]}
    return {"table": _table(document, prefixes)}


def _table(document: Any, prefixes: dict[str, str]) -> Table:
    variables = tuple(document["head"]["vars"])
    rows = (
        tuple(_cell(binding.get(variable), prefixes) for variable in variables)
        for binding in document["results"]["bindings"]
    )
    return Table(variables, tuple(rows))


def _cell(term: Any, prefixes: dict[str, str]) -> Cell:
    if term is None:
        return Cell("")
    if term["type"] == "uri":
        return Cell(shorten(term["value"], prefixes))
    if term["type"] == "triple":
        return Cell(json.dumps(term["value"], ensure_ascii=False))
    return Cell(term["value"], term.get("xml:lang"))
