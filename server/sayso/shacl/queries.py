"""The SELECT queries of sh:sparql (SHACL, section 5), evaluated for many focus nodes at once.

SHACL pre-binds $this: the focus node stands wherever the variable does, in every group of the query. pyoxigraph's
`substitutions` are not that: with them `bound($this)` in an inner group is false, and BIND($this AS ?x) binds nothing.
So every group of the query is joined with a named graph that holds the focus nodes and nothing else. This is exact, and
blank nodes and literals can be focus nodes too.

A query is evaluated on a small store of its own, filled with what it can read for a few focus nodes. So it sees a
change that is not yet written, costs what it reads, and reaches nothing outside; and where the planner takes a bad
turn, such as a path followed from every node, there are few nodes to follow it from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

import pyoxigraph as ox

from sayso.shacl.paths import PredicatePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sayso.documents import Term
    from sayso.shacl.graph import View
    from sayso.shacl.paths import Path, Read

FOCUS = ox.NamedNode("urn:sayso:focus")
_AT_ONCE = 5  # focus nodes: one each parses the query too often; with 100, one of our queries took ten times as long


@dataclass(frozen=True, eq=False)
class Query:
    """Be a query that is ready to be evaluated: each of its groups is joined with the graph FOCUS.

    `predicates` are those that it reads, None for any of them. `reads` says more where `local`; see `locality`.
    `unsteady` are the functions in it that can give another answer for the same graph.
    """

    name: str
    text: str
    prefixes: Mapping[str, str]
    on_node_shape: bool
    local: bool
    reads: tuple[Read, ...]
    predicates: frozenset[ox.NamedNode] | None
    unsteady: tuple[str, ...] = ()


class Solution(NamedTuple):
    """Be a solution as a result reports it (SHACL, section 5.3.2)."""

    value: Term | None
    path: Path | None
    bindings: Mapping[str, Term]


def solve(query: Query, view: View, foci: Sequence[Term]) -> dict[Term, list[Solution]]:
    """Evaluate a query for focus nodes; a solution that comes twice counts once."""
    if not query.local:
        return _evaluate(query, _all(query, view), foci)
    found: dict[Term, list[Solution]] = {}
    for start in range(0, len(foci), _AT_ONCE):
        some = foci[start : start + _AT_ONCE]
        found |= _evaluate(query, _read(query, view, some), some)
    return found


def _evaluate(query: Query, quads: Iterable[ox.Quad], foci: Sequence[Term]) -> dict[Term, list[Solution]]:
    found: dict[Term, list[Solution]] = {focus: [] for focus in foci}
    store = ox.Store()
    store.extend(quads)
    store.extend(ox.Quad(FOCUS, FOCUS, focus, FOCUS) for focus in foci)
    if query.predicates is not None:  # no pattern sees these; a path of no steps holds for nodes of the graph only
        store.extend(ox.Quad(FOCUS, FOCUS, focus) for focus in foci)
    solutions = cast("ox.QuerySolutions", store.query(query.text, prefixes=dict(query.prefixes)))
    names = [variable.value for variable in solutions.variables]
    for row in dict.fromkeys(tuple(solution[name] for name in names) for solution in solutions):
        bindings = {name: term for name, term in zip(names, row, strict=True) if term is not None}
        found[bindings["this"]].append(_solution(query, bindings))
    return found


def _solution(query: Query, bindings: dict[str, Term]) -> Solution:
    path = bindings.get("path")
    return Solution(
        value=bindings.get("value", bindings["this"] if query.on_node_shape else None),
        path=PredicatePath(path) if isinstance(path, ox.NamedNode) else None,
        bindings=bindings,
    )


def _all(query: Query, view: View) -> Iterator[ox.Quad]:
    """Give all triples of the predicates of a query."""
    for predicate in (None,) if query.predicates is None else query.predicates:
        yield from _plain(view.match(None, predicate))


def _read(query: Query, view: View, foci: Sequence[Term]) -> Iterable[ox.Quad]:
    """Give what a local query reads for some focus nodes."""
    return {quad for focus in foci for read in query.reads for quad in _at(read, view, focus)}


def _at(read: Read, view: View, focus: Term) -> Iterator[ox.Quad]:
    for node in read.before.follow(view, focus):
        if read.predicate is None:
            yield from _plain(view.match(node) if read.side == "subject" else view.match(value=node))
        elif read.side == "object":
            yield from (ox.Quad(subject, read.predicate, node) for subject in view.subjects(read.predicate, node))
        elif not isinstance(node, ox.Literal):
            yield from (ox.Quad(node, read.predicate, value) for value in view.objects(node, read.predicate))


def _plain(found: Iterable[ox.Quad | ox.Triple]) -> Iterator[ox.Quad]:
    """Put what was found into the default graph."""
    return (ox.Quad(each.subject, each.predicate, each.object) for each in found)
