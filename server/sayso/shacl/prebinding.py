"""The text of a sh:select query: parsed, refused where pre-binding forbids it, and joined with its focus nodes.

SHACL lets a processor refuse what cannot be pre-bound (appendix A); the reasons are in `_FORMS` and `_refuse`.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from pyparsing import ParseBaseException
from rdflib import Variable
from rdflib.plugins.sparql.algebra import translatePath, translatePName, translatePrologue, traverse
from rdflib.plugins.sparql.parser import parseQuery

from sayso.shacl import locality
from sayso.shacl.locality import THIS, parts_of, triples
from sayso.shacl.queries import FOCUS, Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rdflib.plugins.sparql.parserutils import CompValue

    from sayso.shacl.paths import Path

_FORMS = {
    "MinusGraphPattern": "MINUS, which pre-binding does not allow; FILTER NOT EXISTS says the same",
    "InlineData": "VALUES, which pre-binding does not allow; write FILTER (?x IN (…))",
    "ValuesClause": "VALUES, which pre-binding does not allow; write FILTER (?x IN (…))",
    "ServiceGraphPattern": "SERVICE, which pre-binding does not allow; nothing is asked over the network",
    "GraphGraphPattern": "GRAPH; validated is the union of all graphs",
    "DatasetClause": "FROM; validated is the union of all graphs",
    "LimitOffsetClauses": "LIMIT or OFFSET; which solutions remain would depend on the order in which they come",
}
_UNSTEADY = {
    "Builtin_NOW": "NOW",
    "Builtin_RAND": "RAND",
    "Builtin_UUID": "UUID",
    "Builtin_STRUUID": "STRUUID",
    "Builtin_BNODE": "BNODE",
    "Aggregate_Sample": "SAMPLE",
    "Aggregate_GroupConcat": "GROUP_CONCAT",
}
_RESERVED = {THIS, Variable("shapesGraph"), Variable("currentShape")}
_JOINED = f" GRAPH {FOCUS} {{ {FOCUS} {FOCUS} ?this }} "
_TOKEN = re.compile(
    r"""
    (?P<other>
        \"{3} (?: \\. | [^\\] )*? \"{3} | '{3} (?: \\. | [^\\] )*? '{3}   # long strings
      | " (?: \\. | [^"\\\n\r] )* "     | ' (?: \\. | [^'\\\n\r] )* '     # strings
      | < [^<>"{}|^`\\\s]* >                                              # IRIs
    )
    | (?P<blank> \s+ | \# [^\n\r]* )
    | (?P<path> [?$] PATH \b )
    | (?P<open> \{ (?! (?: \s | \# [^\n\r]* )* (?i:SELECT) \b ) )
    """,
    re.VERBOSE | re.DOTALL,
)


class Refused(ValueError):
    """Say why a query is not supported."""


def read(name: str, text: str, prefixes: Mapping[str, str], path: Path | None) -> Query:
    """Make a query ready to be evaluated; `path` is that of a property shape, which $PATH stands for.

    Raises Refused.
    """
    text = _with_path(text, path)
    tree = _parsed(text, prefixes)
    _refuse(tree)
    found = locality.reading(tree)
    query = Query(
        name=name,
        text=_TOKEN.sub(lambda token: token[0] + _JOINED if token["open"] else token[0], text),
        prefixes=dict(prefixes),
        on_node_shape=path is None,
        local=found.local,
        reads=tuple(found.reads),
        predicates=None if None in found.predicates else frozenset(filter(None, found.predicates)),
        unsteady=tuple(sorted({_UNSTEADY[part.name] for part in parts_of(tree) if part.name in _UNSTEADY})),
    )
    _try(query)
    return query


def _with_path(text: str, path: Path | None) -> str:
    if path is None:
        if any(token["path"] for token in _TOKEN.finditer(text)):
            raise Refused("$PATH, which only a property shape has")
        return text
    return _TOKEN.sub(lambda token: str(path) if token["path"] else token[0], text)


def _parsed(text: str, prefixes: Mapping[str, str]) -> CompValue:
    """Parse a query, and resolve its names and paths."""
    declared = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in prefixes.items())
    try:
        prologue, query = parseQuery(declared + text)
        resolving = partial(translatePName, prologue=translatePrologue(prologue, None, None))
        tree: CompValue = traverse(traverse(query, visitPost=resolving), visitPost=translatePath)
    except ParseBaseException as error:
        raise Refused(f"a query that does not parse: {error}") from error
    except Exception as error:  # rdflib raises it, and nothing more special, for an undeclared prefix
        if type(error) is Exception:
            raise Refused(f"a query that does not parse: {error}") from error
        raise
    return tree


def _refuse(query: CompValue) -> None:
    if query.name != "SelectQuery":
        raise Refused("a query that is no SELECT")
    for part in parts_of(query):
        if part.name in _FORMS:
            raise Refused(_FORMS[part.name])
        for assigned in (part.var if part.name == "Bind" else None, part.evar):
            if assigned in _RESERVED:
                raise Refused(f"AS ?{assigned}, which pre-binding does not allow")
        if part.name in ("SelectQuery", "SubSelect") and THIS not in _projected(part):
            raise Refused("a SELECT that does not return $this")
    if Variable("failure") in _projected(query):
        raise Refused("?failure; a query reports results")
    for variable in _variables(query):
        if variable in _RESERVED - {THIS}:
            raise Refused(f"${variable}")


def _projected(select: CompValue) -> set[Any]:
    """List the variables that a query returns; those of * are the visible ones."""
    if select.projection:
        return {each.var or each.evar for each in select.projection}
    return set(_visible(select.where))


def _visible(group: CompValue) -> Iterator[Any]:
    """Give the variables that * stands for: of patterns, BIND and subqueries, not those only in filters."""
    if group.name == "SubSelect":
        yield from _projected(group)
        return
    for part in group.part or ():
        if part.name == "TriplesBlock":
            yield from (term for pattern in triples(part) for term in pattern)
        elif part.name == "Bind":
            yield part.var
        elif part.name != "Filter":
            for inner in part.graph if isinstance(part.graph, list) else [part.graph]:
                yield from _visible(inner)


def _variables(tree: Any) -> Iterator[Any]:
    if isinstance(tree, Variable):
        yield tree
    values = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list | tuple) else ()
    for each in values:
        yield from _variables(each)


def _try(query: Query) -> None:
    """Evaluate a query on nothing, for Oxigraph may refuse what rdflib parses."""
    try:
        ox.Store().query(query.text, prefixes=dict(query.prefixes))
    except (SyntaxError, ValueError) as error:
        problem = str(error).partition(", [")[0]  # without the tokens that might have come
        raise Refused(f"a query that does not parse: {problem}") from error
