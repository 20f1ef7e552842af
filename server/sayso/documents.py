"""RDF documents with the line that each triple stands on."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, TypeAlias, cast

import pyoxigraph as ox

from sayso import untrusted
from sayso.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Node: TypeAlias = ox.NamedNode | ox.BlankNode
Term: TypeAlias = Node | ox.Literal | ox.Triple
GraphName: TypeAlias = ox.NamedNode | ox.DefaultGraph

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
    """Hand out no more than one line a read, so that the parser is never more than a line ahead of its triples.

    Nor more than it asked for, 4 to 8 KiB: pyoxigraph 0.5.13 aborts the process where it gets more.
    """

    def __init__(self, content: bytes) -> None:
        self._lines = content.splitlines(keepends=True)
        self._rest = memoryview(b"")
        self.number = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._rest and self.number < len(self._lines):
            self._rest = memoryview(self._lines[self.number])
            self.number += 1
        end = len(self._rest) if size < 0 else size
        piece, self._rest = self._rest[:end], self._rest[end:]
        return bytes(piece)


def parse(
    content: bytes, rdf_format: ox.RdfFormat, name: Path | str, base: str | None = None, *, fresh: bool = False
) -> Iterator[Located]:
    """Parse a document and give its quads in order, each with its line.

    Oxigraph's parser reads as it goes and emits a triple once its object is complete, so the last line it was handed
    is the line of the triple; of JSON-LD it knows the end of an object only, so there the line is that of the document,
    1. `fresh` gives the blank nodes new labels, so that they meet neither those of another document nor those of a
    store. Raises DocumentError with file, line and column where the document does not parse or is refused unread; see
    `untrusted`.
    """
    untrusted.check(content, rdf_format, name)
    lines = _Lines(content)
    located = rdf_format != ox.RdfFormat.JSON_LD
    try:
        for quad in ox.parse(cast("IO[bytes]", lines), format=rdf_format, base_iri=base, rename_blank_nodes=fresh):
            yield Located(quad, lines.number if located else 1)
    except SyntaxError as error:
        problem = _PLACE.sub("", error.msg)
        raise DocumentError(name, error.lineno or lines.number, error.offset, problem) from error
    except MemoryError as error:
        raise DocumentError(name, lines.number, None, "a term of more than 16 MiB, which is not taken here") from error


def parse_file(path: Path, base: str | None = None, *, fresh: bool = False) -> Iterator[Located]:
    """Parse a file whose ending tells the format; see `parse`.

    Raises DocumentError also where the ending is unknown or the file cannot be read.
    """
    return parse(read(path), format_of(path), path, base, fresh=fresh)


def placed(triple: ox.Triple, graph: GraphName | ox.BlankNode) -> ox.Quad:
    """Put a triple into a graph."""
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)


def rebuilt(triple: ox.Triple, change: Callable[[Term], Term]) -> ox.Triple:
    """Change every term of a triple, those of a triple term in it included.

    Raises TypeError where a term then stands in a place that it cannot have, such as a literal as the subject.
    """
    terms = (rebuilt(term, change) if isinstance(term, ox.Triple) else change(term) for term in triple)
    return ox.Triple(*terms)  # type: ignore[arg-type]  # that is what TypeError is for


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
