"""Local copies of the articles: what the mapping is compared with where somebody has the texts.

The texts are other people's work and never part of a project; a folder of them is given with `--texts DIR`. A copy is
known by the hash that the article's say:sha256 records, whatever the file is called.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.mapping import passages
from sayso.namespaces import RDFS, SAY, TYPE, Namespace
from sayso.shacl import report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sayso.documents import Position, Term
    from sayso.findings import Finding
    from sayso.mapping import Dataset

RUN = 6  # words in a row that a mapper's sentence may not share with an article
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
_OWN_WORDS = (SAY["gist"], RDFS["label"], SKOS["note"], SKOS["editorialNote"])
_WORD = re.compile(r"[a-z0-9']+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]\u201d\u2019]*\s+(?=[\"'(\[\u201c\u2018]*[A-Z0-9])")
_TITLE = re.compile(r"\b(?:Maj|Gen|Mr|Mrs|Dr|St|U\.S)\.$")


@dataclass(frozen=True)
class Span:
    """Be a stretch of a text: characters in code points, the end exclusive."""

    start: int
    end: int


@dataclass(frozen=True)
class Text:
    """Hold one article's text; `paragraphs` are its lines that are not blank, in order."""

    article: str
    content: str
    paragraphs: tuple[Span, ...]

    def of(self, span: Span | passages.Passage) -> str:
        """Give the characters of a span or a passage."""
        return self.content[span.start : span.end]

    def trimmed(self, span: Span) -> Span:
        """Leave out the blanks at the ends of a span."""
        words = self.of(span)
        start = span.start + len(words) - len(words.lstrip())
        return Span(start, start + len(words.strip()))


def read(folder: Path, dataset: Dataset) -> list[Text]:
    """Read the texts of the mapped articles that are in a folder, recognized by their hashes."""
    articles = _articles(dataset)
    known = copies(folder).items()
    return [text(articles[digest], content) for digest, content in known if digest in articles]


def copies(folder: Path) -> dict[str, str]:
    """Read the files of a folder that are UTF-8, in the order of their names: SHA-256 in hexadecimal → content."""
    found = {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes() if path.is_file() else b""
        with suppress(UnicodeDecodeError):
            found[hashlib.sha256(content).hexdigest()] = content.decode()
    return found


def _articles(dataset: Dataset) -> dict[str, str]:
    """Map the hash of each article's file to the article's IRI."""
    return {
        quad.object.value: quad.subject.value
        for quad in dataset.quads
        if quad.predicate == SAY["sha256"]
        and isinstance(quad.object, ox.Literal)
        and isinstance(quad.subject, ox.NamedNode)
        and passages.read(quad.subject.value) is None
    }


def text(article: str, content: str) -> Text:
    """Divide a text into its paragraphs."""
    spans, position = [], 0
    for line in content.split("\n"):
        if line.strip():
            spans.append(Span(position, position + len(line)))
        position += len(line) + 1
    return Text(article, content, tuple(spans))


def fingerprints(one: Text, dataset: Dataset) -> dict[passages.Passage, passages.Fingerprint]:
    """Take the fingerprints of all passages that the dataset cites from a text."""
    return {passage: passages.fingerprint(one.of(passage)) for passage in _cited(one, dataset)}


def compare(texts: Iterable[Text], dataset: Dataset, known: Mapping[str, passages.Fingerprint]) -> list[Finding]:
    """Compare the mapping with the texts: passages, coverage of every sentence, and words that are not the mapper's.

    `known` are the recorded fingerprints. Returns findings in the order of file and line.
    """
    texts = list(texts)
    found: list[Finding] = []
    for one in texts:
        found += _misplaced(one, dataset, known)
        found += _uncovered(one, dataset)
    found += _copied(texts, dataset)
    return sorted(found)


def sentences(one: Text, paragraph: Span) -> list[Span]:
    """Divide a paragraph into sentences, by full stops and the like that a capital letter or a figure follows."""
    content = one.of(paragraph)
    ends = [end for end in _SENTENCE_END.finditer(content) if not _TITLE.search(content[: end.start()])]
    starts = [0, *(end.end() for end in ends)]
    stops = [*starts[1:], len(content)]
    return [Span(paragraph.start + start, paragraph.start + stop) for start, stop in zip(starts, stops, strict=True)]


def shared_run(sentence: str, runs: set[tuple[str, ...]]) -> str | None:
    """Find the first run of words in a sentence that is among the runs of the articles."""
    words = words_of(sentence)
    for start in range(len(words) - RUN + 1):
        run = tuple(words[start : start + RUN])
        if run in runs:
            return " ".join(run)
    return None


def runs_of(texts: Iterable[Text]) -> set[tuple[str, ...]]:
    """List every run of RUN words in the texts."""
    found: set[tuple[str, ...]] = set()
    for one in texts:
        words = words_of(one.content)
        found.update(tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1))
    return found


def words_of(content: str) -> list[str]:
    """List the words of a text, normalized."""
    return _WORD.findall(passages.normalize(content))


def _cited(one: Text, dataset: Dataset) -> list[passages.Passage]:
    nodes = (quad.subject for quad in dataset.quads if _is_passage(quad))
    found = (passages.read(node.value) for node in nodes if isinstance(node, ox.NamedNode))
    return [passage for passage in found if passage is not None and passage.article == one.article]


def _is_passage(quad: ox.Quad) -> bool:
    return quad.predicate == TYPE and quad.object == SAY["Passage"]


def _misplaced(one: Text, dataset: Dataset, known: Mapping[str, passages.Fingerprint]) -> Iterator[Finding]:
    places = _places(dataset)
    for passage in _cited(one, dataset):
        at = places[passage.iri]
        problem = _problem(one, passage, known.get(passage.iri.value))
        if problem:
            yield report.checked("passage", at, passage.iri, f"{passage.name}: {problem}")


def _problem(  # noqa: PLR0911  # one line a problem reads best
    one: Text, passage: passages.Passage, known: passages.Fingerprint | None
) -> str | None:
    if passage.paragraph > len(one.paragraphs):
        return f"the text has {len(one.paragraphs)} paragraphs"
    paragraph = one.paragraphs[passage.paragraph - 1]
    if passage.start < paragraph.start or passage.end > paragraph.end:
        return f"paragraph {passage.paragraph} is characters {paragraph.start} to {paragraph.end}"
    words = one.of(passage)
    if words != words.strip():
        return "a passage begins and ends with a character that is not blank"
    if _inside_word(one.content, passage.start) or _inside_word(one.content, passage.end):
        return "a passage does not cut a word in two"
    if known is None:
        return "its hash is not recorded: run `sayso hash --texts DIR`"
    if known != passages.fingerprint(words):
        return "the recorded hash is of other words: check the place, then run `sayso hash --texts DIR`"
    return None


def _inside_word(content: str, position: int) -> bool:
    return 0 < position < len(content) and content[position - 1].isalnum() and content[position].isalnum()


def _uncovered(one: Text, dataset: Dataset) -> Iterator[Finding]:
    """Find the sentences in which no passage lies: they are neither evidence nor set aside."""
    article = ox.NamedNode(one.article)
    at = dataset.positions[ox.Triple(article, TYPE, SAY["Article"])]
    passages_of = _cited(one, dataset)
    for number, paragraph in enumerate(one.paragraphs, 1):
        here = [passage for passage in passages_of if passage.paragraph == number]
        for sentence in sentences(one, paragraph):
            if not any(passage.start < sentence.end and passage.end > sentence.start for passage in here):
                place = f"paragraph {number}, characters {sentence.start} to {sentence.end}"
                message = f"{place}: a sentence that is evidence for no statement and is not set aside"
                yield report.checked("coverage", at, article, message)


def _copied(texts: list[Text], dataset: Dataset) -> Iterator[Finding]:
    runs = runs_of(texts)
    for triple, at in dataset.positions.items():
        if triple.predicate in _OWN_WORDS and isinstance(triple.object, ox.Literal):
            run = shared_run(triple.object.value, runs)
            if run:
                message = f"shares {RUN} words in a row with an article ({run}): say it in your own words"
                yield report.checked("own-words", at, triple.subject, message, triple.object)


def _places(dataset: Dataset) -> dict[Term, Position]:
    found: dict[Term, Position] = {}
    for triple, at in dataset.positions.items():
        if triple.predicate == SAY["evidence"]:
            found.setdefault(triple.object, at)
        elif triple.predicate == SAY["setAside"]:
            found.setdefault(triple.subject, at)
    return found
