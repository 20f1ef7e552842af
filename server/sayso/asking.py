"""A query asked of a store on the command line."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso import egress, library, namespaces, negotiation
from sayso.engine import Answer, Query
from sayso.engine.evaluate import evaluate
from sayso.engine.spool import Spool
from sayso.errors import BadRequest
from sayso.store import VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def ask(store: Path, text: str, layout: str | None, at: int | None, parameters: Iterable[str]) -> Answer:
    """Evaluate a query over a version of a store, the current one where `at` is None.

    `layout` is a name that ?format= would take, or table; `parameters` are NAME=VALUE, each binding a variable.
    Raises BadRequest where the layout or a parameter is not understood, and what the engine raises.
    """
    egress.check(text)
    results, graph = _media_types(layout)
    versions = VersionedStore.open(store)
    number = versions.current.number if at is None else at
    bindings = _bindings(parameters)
    asked = Query(text, results=results, graph=graph, accept=layout or "", bindings=bindings)
    spool = partial(Spool, sys.maxsize, sys.maxsize)
    media_type, spooled = evaluate(versions.read(number), asked, spool, union=True)
    with spooled:
        body = spooled.in_memory()
    return Answer(media_type, number, len(body), iter([body]))


def _media_types(layout: str | None) -> tuple[str | None, str | None]:
    if layout in (None, "table"):
        return negotiation.JSON, negotiation.TURTLE
    found = negotiation.by_name(layout, negotiation.RESULTS), negotiation.by_name(layout, negotiation.GRAPHS)
    if found == (None, None):
        raise BadRequest(f"--format {layout} is not known; known: table, {', '.join(negotiation.FORMATS)}")
    return found


def _bindings(parameters: Iterable[str]) -> tuple[tuple[str, ox.NamedNode | ox.Literal], ...]:
    prefixes = namespaces.prefixes(library.shipped().ontology / "sayso.ttl")
    return tuple(_binding(parameter, prefixes) for parameter in parameters)


def _binding(parameter: str, prefixes: dict[str, str]) -> tuple[str, ox.NamedNode | ox.Literal]:
    """Read NAME=VALUE; the value is an IRI where it is in angle brackets, begins as one, or has a known prefix."""
    name, equals, value = parameter.partition("=")
    if not equals or not name.isidentifier():
        raise BadRequest(f"-p {parameter}: write NAME=VALUE")
    prefix, colon, local = value.partition(":")
    if value.startswith("<") and value.endswith(">"):
        return name, ox.NamedNode(value[1:-1])
    if value.startswith(("http://", "https://")):
        return name, ox.NamedNode(value)
    if colon and prefix in prefixes:
        return name, ox.NamedNode(prefixes[prefix] + local)
    return name, ox.Literal(value)
