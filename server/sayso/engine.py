"""The evaluation of queries: what is asked of an engine, and the engine that answers from a versioned store.

Whoever asks knows the `Engine` protocol only, so that another engine can stand behind it.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import pyoxigraph as ox

from sayso import lexer
from sayso.errors import EvaluationError, NotAcceptable, QuerySyntaxError
from sayso.negotiation import GRAPHS, RESULTS

if TYPE_CHECKING:
    from sayso.documents import Term
    from sayso.store import VersionedStore

DefaultGraph: TypeAlias = Literal["union", "strict"]

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True)
class Query:
    """Ask something of one version of a dataset.

    `default_graphs` and `named_graphs` are the IRIs of the RDF dataset that the protocol names; None for both where it
    names none. `results` and `graph` are the media types wanted for a result set and for a graph, None where none of
    those offered is acceptable; which of the two counts, the form of the query decides. `bindings` give values to
    variables before the evaluation.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    results: str | None = RESULTS[0]
    graph: str | None = GRAPHS[0]
    accept: str = ""
    bindings: tuple[tuple[str, ox.NamedNode | ox.Literal], ...] = ()


@dataclass(frozen=True)
class Answer:
    """Hold a complete answer: its bytes, its media type, and the version of the dataset that it was asked of."""

    body: bytes
    media_type: str
    version: int


class Engine(Protocol):
    """Evaluate queries over the current version of a dataset."""

    def answer(self, query: Query) -> Answer:
        """Evaluate a query to its end.

        Raises QuerySyntaxError, NotAcceptable or EvaluationError; never gives a part of an answer.
        """

    def version(self) -> int:
        """Tell the number of the current version."""

    def size(self) -> int:
        """Tell how many quads the current version has."""


class Embedded:
    """Evaluate in this process, over the current version of a versioned store, which is followed as it moves on."""

    def __init__(self, store: VersionedStore, default_graph: DefaultGraph = "union") -> None:
        """Take the versioned store, and whether the default graph of a query is the union of all graphs."""
        self._store = store
        self._union = default_graph == "union"
        self._lock = threading.Lock()
        self._open: tuple[int, ox.Store] | None = None

    def answer(self, query: Query) -> Answer:
        """Evaluate a query to its end; see `Engine`."""
        version, data = self._current()
        body, media_type = evaluate(data, query, union=self._union)
        return Answer(body, media_type, version)

    def version(self) -> int:
        """Tell the number of the current version."""
        return self._current()[0]

    def size(self) -> int:
        """Tell how many quads the current version has."""
        return len(self._current()[1])

    def _current(self) -> tuple[int, ox.Store]:
        number = self._store.current.number
        with self._lock:
            if self._open is None or self._open[0] != number:
                self._open = (number, self._store.read(number))
            return self._open


def evaluate(data: ox.Store, query: Query, *, union: bool) -> tuple[bytes, str]:
    """Evaluate a query over a store and write the answer; returns its bytes and their media type.

    Raises QuerySyntaxError, NotAcceptable or EvaluationError.
    """
    found = _run(data, query, union=union)
    media_type = query.graph if isinstance(found, ox.QueryTriples) else query.results
    if media_type is None:
        raise NotAcceptable(query.accept, GRAPHS if isinstance(found, ox.QueryTriples) else RESULTS)
    try:
        return _write(found, media_type), media_type
    except (OSError, RuntimeError, ValueError) as error:
        raise EvaluationError(f"The query could not be evaluated: {error}") from error


def _run(data: ox.Store, query: Query, *, union: bool) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    bound: dict[ox.Variable, Term] = {ox.Variable(name): value for name, value in query.bindings}
    try:
        if query.default_graphs is None and query.named_graphs is None:
            # FROM in the query must win, and Oxigraph's union would override it.
            union = union and not lexer.mentions(query.text, "FROM")
            return data.query(query.text, use_default_graph_as_union=union, substitutions=bound or None)
        # What the protocol names replaces the dataset of the query (SPARQL 1.1 Protocol, section 2.1.4).
        return data.query(
            query.text,
            default_graph=[ox.NamedNode(iri) for iri in query.default_graphs or ()],
            named_graphs=[ox.NamedNode(iri) for iri in query.named_graphs or ()],
            substitutions=bound or None,
        )
    except SyntaxError as error:
        raise _syntax_error(error) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise EvaluationError(f"The query could not be evaluated: {error}") from error


def _syntax_error(error: SyntaxError) -> QuerySyntaxError:
    found = _PLACE.search(str(error))
    if found is None:
        return QuerySyntaxError(f"The query does not parse: {error}")
    line, column, problem = int(found[1]), int(found[2]), found[3]
    return QuerySyntaxError(f"The query does not parse at line {line}, column {column}: {problem}", line, column)


def _write(found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, media_type: str) -> bytes:
    if isinstance(found, ox.QueryTriples):
        graph_format = ox.RdfFormat.from_media_type(media_type)
        return found.serialize(format=graph_format) or b""
    results_format = ox.QueryResultsFormat.from_media_type(media_type)
    return found.serialize(format=results_format) or b""
