"""The evaluation of queries: what is asked of an engine, and what every engine answers with.

Whoever asks knows the `Engine` protocol only. `pool` answers from a versioned store in processes that can be killed;
`remote` asks another SPARQL endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from sayso.negotiation import GRAPHS, RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyoxigraph as ox

    from sayso.metrics import Gauge

DefaultGraph: TypeAlias = Literal["union", "strict"]

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bound what one query may use; the defaults are those of the endpoint's design.

    Time in seconds from the arrival of the request, memory (the address space of its process) and result in bytes,
    rows of a result set.
    """

    seconds: float = 30.0
    memory: int = 2048 * MEBIBYTE
    result: int = 256 * MEBIBYTE
    rows: int = 10_000_000


@dataclass(frozen=True)
class Query:
    """Ask something of one version of a dataset.

    `default_graphs` and `named_graphs` are the IRIs of the RDF dataset that the protocol names; None for both where it
    names none. `results` and `graph` are the media types wanted for a result set and for a graph, None where none
    of those offered is acceptable; which of the two counts, the form of the query decides. `bindings` give values
    to variables before the evaluation. `version` is the number of the version to ask, None for the current one.
    `union` tells whether the union of all graphs is the default graph, None where the engine decides. Relative IRIs
    are relative to `base`, and an error where there is none.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    results: str | None = RESULTS[0]
    graph: str | None = GRAPHS[0]
    accept: str = ""
    bindings: tuple[tuple[str, ox.NamedNode | ox.Literal], ...] = ()
    version: int | None = None
    union: bool | None = None
    base: str | None = None


@dataclass(frozen=True)
class Asker:
    """Say for whom a query is evaluated: the client, for a fair turn, and the moment by which it must be done.

    The deadline is on the clock of time.monotonic().
    """

    client: str
    deadline: float


@dataclass(frozen=True)
class Answer:
    """Hold a complete answer: its media type, its length in bytes, its content, and the version that it was asked of.

    `chunks` gives the content once, in order; the whole of it is there before an Answer is made.
    """

    media_type: str
    version: int
    length: int
    chunks: Iterator[bytes]

    def body(self) -> bytes:
        """Give the content in one piece."""
        return b"".join(self.chunks)


class Task(Protocol):
    """Be work other than a query, such as an update, that is done in a process of its own; it can be pickled."""

    def run(self) -> Any:
        """Do it to its end, and give what came of it, which can be pickled too; raises SaysoError."""


class Engine(Protocol):
    """Evaluate queries over a version of a dataset."""

    def answer(self, query: Query, asker: Asker) -> Answer:
        """Evaluate a query to its end.

        Raises QuerySyntaxError, NotAcceptable, EvaluationError, or what says that a limit was reached; never gives a
        part of an answer.
        """

    def version(self) -> int:
        """Tell the number of the current version."""

    def size(self) -> int:
        """Tell how many quads the current version has."""

    def gauges(self) -> list[Gauge]:
        """Tell the values of the moment that are worth watching."""
