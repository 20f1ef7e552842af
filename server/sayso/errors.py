"""What can go wrong, one class a case; `cli` turns them into exit codes and `app` into HTTP responses."""

from __future__ import annotations

import copyreg
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sayso.findings import Finding

SHOWN = 20  # findings that an error lists: enough to see what is wrong


class SaysoError(Exception):
    """Stand for any failure that Sayso foresees; its text says what is wrong and what to do."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to make it anew in another process: as it is, without asking its class to write the text again."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class ProjectMissing(SaysoError):
    """Say that no folder with ontology/, data/ and queries/ was found."""


class DocumentError(SaysoError):
    """Say that a document does not parse, and where.

    `line` and `column` count from 1; `column` is None where only the line is known.
    """

    def __init__(self, file: Path | str, line: int, column: int | None, problem: str) -> None:
        """Keep the place beside the problem."""
        self.file, self.line, self.column, self.problem = str(file), line, column, problem
        place = f"{self.file}:{line}" + (f":{column}" if column is not None else "")
        super().__init__(f"{place}: error: {problem}")


class QuerySyntaxError(SaysoError):
    """Say that a query does not parse, and where; `line` and `column` count from 1, None where unknown."""

    def __init__(self, problem: str, line: int | None = None, column: int | None = None) -> None:
        """Keep the place beside the problem."""
        self.line, self.column = line, column
        super().__init__(problem)


class NotAcceptable(SaysoError):
    """Say that no offered media type is acceptable to the client; `offers` lists them."""

    def __init__(self, accept: str, offers: tuple[str, ...]) -> None:
        """Keep the offers so that the client can choose."""
        self.accept, self.offers = accept, offers
        super().__init__(f"Nothing in Accept: {accept} can be served here; available: {', '.join(offers)}")


class RefusedRequest(SaysoError):
    """Say that a request asks for something that is not allowed here."""


class EvaluationError(SaysoError):
    """Say that a query parses but cannot be evaluated."""


class MemoryLimit(EvaluationError):
    """Say that a query needs more memory than it may have."""

    @classmethod
    def of(cls, limit: int) -> Self:
        """Name the limit, given in bytes."""
        return cls(
            f"The query needs more memory than the limit of {limit >> 20:,} MiB: ask for less, or for part of it"
        )


class ReaderDied(EvaluationError):
    """Say that the process that evaluated a query is gone, and nobody knows why."""


class NoSpace(EvaluationError):
    """Say that the disk has no room for a result."""


class ResultTooLarge(SaysoError):
    """Say that a result is larger than it may be."""


class QueryTimeout(SaysoError):
    """Say that a query was not done by its deadline."""


class Busy(SaysoError):
    """Say that too many queries are waiting."""


class WikidataFailed(EvaluationError):
    """Say that Wikidata gives no answer, or none that is understood."""


class BadRequest(SaysoError):
    """Say that a request is not of the form that the protocol asks for."""


class UnsupportedMediaType(SaysoError):
    """Say that a request's body is of a media type that is not taken here; `offers` lists those that are."""

    def __init__(self, given: str, offers: tuple[str, ...]) -> None:
        """Keep the offers so that the client can choose."""
        self.offers = offers
        super().__init__(f"A body of type {given or '(none)'} is not taken here; send one of: {', '.join(offers)}")


class DataRefused(SaysoError):
    """Say that data break the shapes and were not stored; `findings` say where and how."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Keep the findings, which are also the text."""
        self.findings = tuple(findings)
        shown = [str(finding) for finding in self.findings[:SHOWN]]
        more = len(self.findings) - SHOWN
        super().__init__("\n".join([*shown, f"… and {more} more: `sayso check` lists them all"] if more > 0 else shown))


class GraphMissing(SaysoError):
    """Say that the store has no such graph."""


class EntityMissing(SaysoError):
    """Say that the dataset has no such entity, type or property."""


class WriteRefused(SaysoError):
    """Say that this server takes no writes."""


class PreconditionFailed(SaysoError):
    """Say that the store has moved on from the version that the writer has seen."""


class Unauthorized(SaysoError):
    """Say that a request carries no token that is known here; `challenge` is its WWW-Authenticate header."""

    def __init__(self, problem: str, code: str | None = None) -> None:
        """Keep the error code of RFC 6750, section 3.1; None where the request carries no token at all."""
        self.challenge = 'Bearer realm="sayso"'
        if code is not None:
            self.challenge += f', error="{code}", error_description="{problem}"'
        super().__init__(f"{problem}: send `Authorization: Bearer TOKEN`; `sayso token add NAME` makes a token")


class TokenNameRefused(SaysoError):
    """Say that a new token cannot have this name."""


class TokenMissing(SaysoError):
    """Say that there is no token of this name."""


class PageMissing(SaysoError):
    """Say that there is no page, and nothing in the graph, at an address."""
