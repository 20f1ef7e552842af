"""Errors over HTTP: one table from the class of an error to its status, and one shape, RFC 9457 problem details."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sayso import errors
from sayso.store import StoreLocked, VersionMissing, VersionSwept

# The first class that fits an error decides, so a subclass stands before its base.
STATUSES: tuple[tuple[type[errors.SaysoError], int, str, str], ...] = (
    (errors.QuerySyntaxError, 400, "query-syntax", "The query does not parse"),
    (errors.BadRequest, 400, "bad-request", "The request is not of the form that the protocol asks for"),
    (errors.DocumentError, 400, "document", "The document does not parse"),
    (errors.Unauthorized, 401, "unauthorized", "Who writes must carry a token"),
    (errors.WriteRefused, 403, "write-refused", "This server takes no writes"),
    (errors.GraphMissing, 404, "graph-missing", "There is no such graph"),
    (errors.EntityMissing, 404, "entity-missing", "There is no such entity"),
    (VersionSwept, 410, "version-swept", "This version is not kept any more"),
    (VersionMissing, 404, "version-missing", "There is no such version"),
    (errors.PageMissing, 404, "page-missing", "There is no such page"),
    (errors.PreconditionFailed, 412, "precondition-failed", "The dataset has moved on"),
    (errors.RefusedRequest, 403, "refused", "The request is not allowed here"),
    (errors.NotAcceptable, 406, "not-acceptable", "No acceptable media type"),
    (errors.UnsupportedMediaType, 415, "unsupported-media-type", "The body is of a media type that is not taken"),
    (errors.ResultTooLarge, 413, "result-too-large", "The result is larger than it may be"),
    (errors.QueryTimeout, 503, "time-limit", "The query was not done in time"),
    (errors.Busy, 503, "busy", "Too many queries are waiting"),
    (errors.MemoryLimit, 503, "memory-limit", "The query needs more memory than it may have"),
    (errors.ReaderDied, 503, "reader-died", "The process that evaluated the query is gone"),
    (errors.NoSpace, 503, "no-space", "There is no room for the result"),
    (StoreLocked, 503, "busy", "Another writer is at work"),
    (errors.DataRefused, 422, "shapes", "The data break the shapes"),
    (errors.EvaluationError, 422, "evaluation", "The query could not be evaluated"),
)
BASE = "https://w3id.org/sayso/problems/"


@dataclass(frozen=True)
class Problem:
    """Be the details of a problem (RFC 9457, section 3.1); `extensions` are members beyond the standard ones."""

    status: int
    kind: str
    title: str
    detail: str
    extensions: dict[str, Any] = field(default_factory=dict)

    def json(self) -> str:
        """Write it as application/problem+json."""
        members = {"type": BASE + self.kind, "title": self.title, "status": self.status, "detail": self.detail}
        return json.dumps({**members, **self.extensions}, ensure_ascii=False) + "\n"

    def text(self) -> str:
        """Write it as a line for a terminal."""
        return f"{self.status} {self.title}: {self.detail}\n"


def of(error: errors.SaysoError) -> Problem:
    """Turn an error into the details of a problem."""
    for kind, status, name, title in STATUSES:
        if isinstance(error, kind):
            return Problem(status, name, title, str(error), _extensions(error))
    return Problem(500, "internal", "Something is wrong on the server's side", str(error))


def of_status(status: int, title: str, detail: str) -> Problem:
    """Describe an HTTP error that the framework raised."""
    return Problem(status, f"http-{status}", title, detail)


def _extensions(error: errors.SaysoError) -> dict[str, Any]:
    if isinstance(error, errors.QuerySyntaxError | errors.DocumentError):
        return {"line": error.line, "column": error.column} if error.line is not None else {}
    if isinstance(error, errors.NotAcceptable | errors.UnsupportedMediaType):
        return {"available": list(error.offers)}
    return {}
