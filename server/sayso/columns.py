"""The column of a term on its line: parsers tell the line of a triple, and where on it the term is spelled is found."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.namespaces import TYPE, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sayso.documents import Term

_PREFIX = re.compile(r"^\s*@?prefix\s+([^\s:]*):\s*<([^>]*)>", re.IGNORECASE)
_LONGEST = 2000  # characters of a line that is searched, and
_PREFIXES = 100  # prefixes of a document that are known: a document from anywhere must not keep the server busy
_SPELLINGS = 4  # prefixes that one term is tried with
_ESCAPED = re.compile(r"[^\w-]")  # what a local name may have to escape; it may also stand as it is


class Columns:
    """Find columns in documents of the Turtle family, each of which is read once."""

    def __init__(self, contents: Mapping[Path, bytes] | None = None) -> None:
        """Take the documents by their names; where none are given, the names are those of files."""
        self._contents = contents
        self._files: dict[Path, tuple[list[str], list[tuple[str, str]]]] = {}

    def find(self, file: Path, line: int, terms: Iterable[Term | None]) -> int | None:
        """Give the column, counted from 1 in code points, of the first term that is spelled once on a line.

        None where no term is, or the file cannot be read.
        """
        lines, prefixes = self._read(file)
        if line > len(lines) or len(lines[line - 1]) > _LONGEST:
            return None
        for term in terms:
            spellings = [] if term is None else [_bounded(each) for each in _spellings(term, prefixes)]
            found = [match.start() for match in re.finditer("|".join(spellings), lines[line - 1])] if spellings else []
            if len(found) == 1:
                return found[0] + 1
        return None

    def _read(self, file: Path) -> tuple[list[str], list[tuple[str, str]]]:
        if file not in self._files:
            try:
                content = file.read_bytes() if self._contents is None else self._contents.get(file, b"")
                lines = [line.decode(errors="replace") for line in content.splitlines()]
            except OSError:
                lines = []
            declared = (pair for line in lines for pair in _PREFIX.findall(line))
            self._files[file] = lines, list(islice(declared, _PREFIXES))
        return self._files[file]


def _bounded(spelling: str) -> str:
    return rf"(?<![\w:<\"/-]){spelling}(?![\w\"-])"


def _spellings(term: Term, prefixes: list[tuple[str, str]]) -> Iterator[str]:
    """Give the ways to write a term, as patterns."""
    if isinstance(term, ox.Literal):
        yield re.escape(str(ox.Literal(term.value)))
        if term.datatype.value.startswith(XSD):
            yield re.escape(term.value)
    elif isinstance(term, ox.NamedNode):
        yield re.escape(f"<{term.value}>")
        if term == TYPE:
            yield "a"
        fitting = (pair for pair in prefixes if term.value.startswith(pair[1]))
        for prefix, namespace in islice(fitting, _SPELLINGS):
            local = term.value.removeprefix(namespace)
            yield re.escape(f"{prefix}:") + _ESCAPED.sub(lambda found: rf"\\?{re.escape(found[0])}", local)
