"""RDF documents with the line that each triple stands on."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypeAlias, cast

import pyoxigraph as ox

from sayso.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Node: TypeAlias = ox.NamedNode | ox.BlankNode
Term: TypeAlias = Node | ox.Literal | ox.Triple

_PLACE = re.compile(r"^Parser error at line [^:]*: ")  # Oxigraph says the place again in its message


@dataclass(frozen=True)
class Located:
    """Pair a quad with the line, counted from 1, on which its last token stands."""

    quad: ox.Quad
    line: int


@dataclass(frozen=True)
class Position:
    """Say where something was written: a file, and a line counted from 1."""

    file: Path
    line: int


class _Lines(io.RawIOBase):
    """Hand out one line a read, so that the parser is never more than a line ahead of its triples."""

    def __init__(self, content: bytes) -> None:
        self._lines = content.splitlines(keepends=True)
        self.number = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002  # a line is what there is, whatever was asked for
        if self.number >= len(self._lines):
            return b""
        self.number += 1
        return self._lines[self.number - 1]


def parse(content: bytes, rdf_format: ox.RdfFormat, name: Path | str, base: str | None = None) -> Iterator[Located]:
    """Parse a document and give its quads in order, each with its line.

    Oxigraph's parser reads as it goes and emits a triple once its object is complete, so the last line it was handed
    is the line of the triple. Raises DocumentError with file, line and column where the document does not parse.
    """
    lines = _Lines(content)
    try:
        for quad in ox.parse(cast("IO[bytes]", lines), format=rdf_format, base_iri=base):
            yield Located(quad, lines.number)
    except SyntaxError as error:
        problem = _PLACE.sub("", error.msg)
        raise DocumentError(name, error.lineno or lines.number, error.offset, problem) from error


def parse_file(path: Path, base: str | None = None) -> Iterator[Located]:
    """Parse a file whose ending tells the format; see `parse`.

    Raises DocumentError also where the ending is unknown or the file cannot be read.
    """
    return parse(read(path), format_of(path), path, base)


def write(
    statements: Iterable[ox.Quad] | Iterable[ox.Triple],
    rdf_format: ox.RdfFormat,
    prefixes: dict[str, str] | None = None,
) -> bytes:
    """Write quads or triples, in the order given, in an RDF format."""
    written = ox.serialize(statements, format=rdf_format, prefixes=prefixes)
    return written or b""  # None only where it writes to a file, which it is not given here


def read(path: Path) -> bytes:
    """Read a file; raises DocumentError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(path, 1, None, f"cannot be read: {error.strerror}") from error


def format_of(path: Path) -> ox.RdfFormat:
    """Tell the RDF format by the ending of a file's name; raises DocumentError where it is unknown."""
    found = ox.RdfFormat.from_extension(path.suffix.removeprefix("."))
    if found is None:
        known = "ttl, trig, nt, nq, rdf, jsonld"
        raise DocumentError(path, 1, None, f"the ending {path.suffix or '(none)'} is no RDF format; known: {known}")
    return found
