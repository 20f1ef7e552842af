"""The questions: the files of queries/, their headers, and their parameters.

A parameter is a variable with a VALUES block of its own, `VALUES ?thing { id:esmail-qaani }`. What stands in the block
is what the file asks of itself; other terms can be put there, or UNDEF for anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ANY = ("UNDEF",)

_HEADER = re.compile(r"^#\+ (\w+): (.*)$", re.MULTILINE)
_VALUES = re.compile(r"VALUES \?(\w+) \{([^{}]*)\}")
_TERMS = re.compile(r'<[^<>]*>|"[^"]*"(?:@[\w-]+|\^\^\S+)?|[^\s<>"]+')
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?|true|false")


@dataclass(frozen=True)
class Question:
    """Be one file: its stem, the question in words, its kind, and its SPARQL, headers included."""

    stem: str
    summary: str
    kind: str
    text: str

    @property
    def parameters(self) -> dict[str, str]:
        """Give the parameters, in their order, and what the file has for each."""
        return {name: " ".join(terms.split()) for name, terms in _VALUES.findall(self.text)}

    def asking(self, values: Mapping[str, Sequence[str]]) -> str:
        """Put other terms, in the syntax of SPARQL, in the place of those that parameters have."""

        def put(block: re.Match[str]) -> str:
            terms = values.get(block[1])
            return block[0] if terms is None else f"VALUES ?{block[1]} {{ {' '.join(terms)} }}"

        return _VALUES.sub(put, self.text)


@cache
def read(folder: Path) -> dict[str, Question]:
    """Read the questions of a folder: stem → question, in the order of the stems."""
    return {path.stem: _question(path) for path in sorted(folder.glob("*.rq"))}


def iri(value: str) -> str:
    """Write an IRI as SPARQL has it; raises BadRequest where it is none."""
    try:
        return str(ox.NamedNode(value))
    except ValueError as error:
        raise BadRequest(f"{value!r} is no IRI") from error


def absolute(value: str) -> str:
    """Give back an IRI; raises BadRequest where it is none."""
    return iri(value)[1:-1]


def terms(text: str, prefixes: Mapping[str, str]) -> list[str]:
    """Read the terms that somebody wrote for a parameter, and write them as SPARQL has them.

    A term is an IRI in angle brackets or with a known prefix, a number, a literal in quotation marks, or UNDEF.
    Raises BadRequest where there is none, or one is not understood.
    """
    found = [_term(each, prefixes) for each in _TERMS.findall(text)]
    if not found:
        raise BadRequest("A parameter needs a value: an IRI such as id:esmail-qaani, or UNDEF for anything")
    return found


def _term(text: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, local = text.partition(":")
    if text == "UNDEF" or _NUMBER.fullmatch(text):
        return text
    if text.startswith("<"):
        return iri(text[1:-1])
    if text.startswith('"'):
        return _literal(text)
    if colon and prefix in prefixes:
        return iri(prefixes[prefix] + local)
    if text.startswith(("http://", "https://")):
        return iri(text)
    known = ", ".join(f"{each}:" for each in prefixes)
    raise BadRequest(f'{text!r} is no term: write <IRI>, "text"@en, a number, UNDEF, or a name with one of {known}')


def _literal(text: str) -> str:
    try:
        return str(next(ox.parse(f"<s:> <p:> {text} .", format=ox.RdfFormat.N_TRIPLES)).triple.object)
    except SyntaxError as error:
        raise BadRequest(f'{text} is no literal: write "text" or "text"@en') from error


def _question(path: Path) -> Question:
    text = path.read_text(encoding="utf-8")
    header = dict(_HEADER.findall(text))
    return Question(path.stem, header.get("summary", path.stem), header.get("kind", ""), text)
