"""Passages: the places in the texts that statements rest on, given by position and recognized by hash.

The texts are not part of a project. `sayso hash --texts DIR` records the hashes in data/passages/, one file an article,
and the build reads them from there.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.errors import DocumentError
from sayso.namespaces import GRAPH, OA, SAY, TYPE, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sayso.documents import Position
    from sayso.library import Project

_IRI = re.compile(r"(?P<article>.+)/p(?P<paragraph>[1-9]\d*)\.c(?P<start>\d+)-(?P<end>\d+)")
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})
_COLUMNS = ("passage", "sha256", "length")


@dataclass(frozen=True)
class Passage:
    """Be a stretch of an article: a paragraph counted from 1, and characters in code points, the end exclusive."""

    article: str
    paragraph: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """Give the local name, such as p16.c2642-2799."""
        return f"p{self.paragraph}.c{self.start}-{self.end}"

    @property
    def iri(self) -> ox.NamedNode:
        """Give the IRI: the article's, a slash and the local name."""
        return ox.NamedNode(f"{self.article}/{self.name}")


@dataclass(frozen=True)
class Fingerprint:
    """Recognize a passage in any copy: the SHA-256 of its normalized text in hexadecimal, and that text's length."""

    sha256: str
    length: int


def read(iri: str) -> Passage | None:
    """Read a passage from its IRI; None where the IRI is not that of a passage."""
    found = _IRI.fullmatch(iri)
    if found is None:
        return None
    start, end = int(found["start"]), int(found["end"])
    return Passage(found["article"], int(found["paragraph"]), start, end) if start < end else None


def normalize(text: str) -> str:
    """Normalize a text so that copies of it agree: NFKC, straight quotes, single spaces, lower case."""
    return " ".join(unicodedata.normalize("NFKC", straighten(text)).split()).lower()


def straighten(text: str) -> str:
    """Write quotation marks straight and non-breaking spaces plain, in lower case where that keeps the length.

    Each character stays one character, so that positions in the result are positions in the text.
    """
    plain = text.translate(_STRAIGHT)
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in plain)


def fingerprint(text: str) -> Fingerprint:
    """Take the fingerprint of a passage's text."""
    normalized = normalize(text)
    return Fingerprint(hashlib.sha256(normalized.encode()).hexdigest(), len(normalized))


def find(normalized: str, mark: Fingerprint, starts: Iterable[int]) -> int | None:
    """Find where in a normalized text a passage begins, among the places given; None where it is at none of them."""
    for start in starts:
        words = normalized[start : start + mark.length]
        if len(words) == mark.length and hashlib.sha256(words.encode()).hexdigest() == mark.sha256:
            return start
    return None


def record_file(project: Project, article: str) -> Path:
    """Give the file that records the passages of an article, by the article's identifier."""
    return project.data / "passages" / f"{article}.csv"


def recorded(project: Project) -> dict[str, Fingerprint]:
    """Read the recorded fingerprints of all articles: passage IRI → fingerprint.

    Raises DocumentError where a line of a record is not `passage,sha256,length`.
    """
    found: dict[str, Fingerprint] = {}
    for path in sorted((project.data / "passages").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), 2):
                try:
                    found[row["passage"]] = Fingerprint(row["sha256"], int(row["length"]))
                except (KeyError, TypeError, ValueError) as error:
                    problem = "not a line passage,sha256,length: write the file anew with `sayso hash --texts DIR`"
                    raise DocumentError(path, number, None, problem) from error
    return found


def record(path: Path, fingerprints: Mapping[Passage, Fingerprint]) -> None:
    """Write the record of one article, in the order of the passages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for passage in sorted(fingerprints, key=lambda each: (each.paragraph, each.start, each.end)):
            writer.writerow((passage.iri.value, fingerprints[passage].sha256, fingerprints[passage].length))


def cited(quads: Iterable[ox.Quad], positions: Mapping[ox.Triple, Position]) -> set[Passage]:
    """Find the passages that statements cite or that are set aside.

    Raises DocumentError, with the line, where what is cited is not the IRI of a passage.
    """
    found = set()
    for quad in quads:
        if quad.predicate == SAY["evidence"]:
            node = quad.object
        elif quad.predicate == SAY["setAside"]:
            node = quad.subject
        else:
            continue
        passage = read(node.value) if isinstance(node, ox.NamedNode) else None
        if passage is None:
            at = positions[quad.triple]
            problem = f"{node} is no passage: write a:p16.c2642-2799 for paragraph 16, characters 2642 to 2799"
            raise DocumentError(at.file, at.line, None, problem)
        found.add(passage)
    return found


def described(
    quads: Iterable[ox.Quad], fingerprints: Mapping[str, Fingerprint], positions: Mapping[ox.Triple, Position]
) -> Iterator[ox.Quad]:
    """Describe every cited passage in the graph g:passages, after the Web Annotation Data Model, section 4.2.5.

    A passage without a recorded fingerprint goes without say:sha256, which a shape then reports.
    """
    graph = GRAPH["passages"]
    for passage in cited(quads, positions):
        selector = ox.NamedNode(f"{passage.iri.value}/selector")
        yield ox.Quad(passage.iri, TYPE, SAY["Passage"], graph)
        yield ox.Quad(passage.iri, OA["hasSource"], ox.NamedNode(passage.article), graph)
        yield ox.Quad(passage.iri, SAY["paragraph"], ox.Literal(passage.paragraph), graph)
        yield ox.Quad(passage.iri, OA["hasSelector"], selector, graph)
        yield ox.Quad(selector, TYPE, OA["TextPositionSelector"], graph)
        yield ox.Quad(selector, OA["start"], _count(passage.start), graph)
        yield ox.Quad(selector, OA["end"], _count(passage.end), graph)
        known = fingerprints.get(passage.iri.value)
        if known is not None:
            yield ox.Quad(passage.iri, SAY["sha256"], ox.Literal(known.sha256), graph)
            yield ox.Quad(passage.iri, SAY["normalizedLength"], _count(known.length), graph)


def _count(number: int) -> ox.Literal:
    # xsd:integer and not the xsd:nonNegativeInteger of the data model: Oxigraph stores the latter as the former.
    return ox.Literal(str(number), datatype=XSD["integer"])
