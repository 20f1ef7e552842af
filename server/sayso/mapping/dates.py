"""The first and the last day of every EDTF date, so that dates of any precision can be compared and sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.errors import DocumentError
from sayso.mapping import edtf
from sayso.namespaces import DCT, EDTF, GRAPH, SAY, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sayso.documents import Node, Position, Term

DATED = (SAY["date"], SAY["saidOn"], DCT["issued"])
CHECKED = (*DATED, SAY["from"], SAY["to"])


def bounded(quads: Iterable[ox.Quad], positions: Mapping[ox.Triple, Position] | None = None) -> Iterator[ox.Quad]:
    """Derive say:notBefore and say:notAfter of events, hops and articles into the graph g:derived.

    The dates of claims, say:from and say:to, are read too, so that a mistake in them is found, but bound nothing: a
    claim is not dated by what it says. Raises DocumentError, with the line, where a date is no EDTF date; without
    positions that is left to the shapes.
    """
    for quad in quads:
        text = _edtf(quad.object)
        if quad.predicate not in CHECKED or text is None:
            continue
        try:
            found = edtf.bounds(text)
        except ValueError as error:
            if positions is None:
                continue
            at = positions[quad.triple]
            raise DocumentError(at.file, at.line, None, str(error)) from error
        if quad.predicate in DATED:
            yield from _bounds(quad.subject, found)


def _bounds(subject: Node | ox.Triple, found: edtf.Bounds) -> Iterator[ox.Quad]:
    for predicate, day in ((SAY["notBefore"], found.first), (SAY["notAfter"], found.last)):
        if day is not None:
            yield ox.Quad(subject, predicate, ox.Literal(day.isoformat(), datatype=XSD["date"]), GRAPH["derived"])


def _edtf(term: Term) -> str | None:
    return term.value if isinstance(term, ox.Literal) and term.datatype == EDTF["EDTF"] else None
