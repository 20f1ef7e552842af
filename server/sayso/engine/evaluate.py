"""The evaluation of one query over one store, with Oxigraph."""

from __future__ import annotations

import errno
import re
from typing import IO, TYPE_CHECKING, cast

import pyoxigraph as ox

from sayso import lexer
from sayso.errors import EvaluationError, NoSpace, NotAcceptable, QuerySyntaxError
from sayso.negotiation import GRAPHS, RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sayso.documents import Term
    from sayso.engine import Query
    from sayso.engine.spool import Spool

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_NO_MEMORY = "Cannot allocate memory"
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def evaluate(data: ox.Store, query: Query, spool: Callable[[str], Spool], *, union: bool) -> tuple[str, Spool]:
    """Evaluate a query to its end and write the answer to a spool, which is made once the media type is known.

    Returns the media type and the spool. Raises QuerySyntaxError, NotAcceptable, EvaluationError, NoSpace,
    MemoryError, and what the spool raises.
    """
    found = _run(data, query, union=union)
    media_type = query.graph if isinstance(found, ox.QueryTriples) else query.results
    if media_type is None:
        raise NotAcceptable(query.accept, GRAPHS if isinstance(found, ox.QueryTriples) else RESULTS)
    spooled = spool(media_type)
    try:
        _write(found, media_type, spooled)
    except BaseException as error:
        spooled.close()
        raise _failure(error) from error
    return media_type, spooled


def _run(data: ox.Store, query: Query, *, union: bool) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    bound: dict[ox.Variable, Term] = {ox.Variable(name): value for name, value in query.bindings}
    try:
        if query.default_graphs is None and query.named_graphs is None:
            # FROM in the query must win, and Oxigraph's union would override it.
            union = union and not lexer.mentions(query.text, "FROM")
            return data.query(
                query.text, base_iri=query.base, use_default_graph_as_union=union, substitutions=bound or None
            )
        # What the protocol names replaces the dataset of the query (SPARQL 1.1 Protocol, section 2.1.4).
        return data.query(
            query.text,
            base_iri=query.base,
            default_graph=[ox.NamedNode(iri) for iri in query.default_graphs or ()],
            named_graphs=[ox.NamedNode(iri) for iri in query.named_graphs or ()],
            substitutions=bound or None,
        )
    except SyntaxError as error:
        raise _syntax_error(error) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise _failure(error) from error


def _failure(error: BaseException) -> BaseException:
    """Say what an error of the evaluation means; one that says it by itself stays as it is."""
    if not isinstance(error, OSError | RuntimeError | ValueError):
        return error
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return NoSpace(f"There is no room to keep the result until it is sent: {error}")
    if _NO_MEMORY in str(error):  # RocksDB says so, without a number
        return MemoryError(str(error))
    return EvaluationError(f"The query could not be evaluated: {error}")


def _syntax_error(error: SyntaxError) -> QuerySyntaxError:
    found = _PLACE.search(str(error))
    if found is None:
        return QuerySyntaxError(f"The query does not parse: {error}")
    line, column, problem = int(found[1]), int(found[2]), found[3]
    return QuerySyntaxError(f"The query does not parse at line {line}, column {column}: {problem}", line, column)


def _write(found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, media_type: str, spooled: Spool) -> None:
    output = cast("IO[bytes]", spooled)
    if isinstance(found, ox.QueryTriples):
        found.serialize(output, format=ox.RdfFormat.from_media_type(media_type))
    else:
        found.serialize(output, format=ox.QueryResultsFormat.from_media_type(media_type))
