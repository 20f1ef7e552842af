"""The mapper's tools: a new article's file, the place of words, the entity of a name, the passages in another copy."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso import names, texts
from sayso.errors import BadRequest
from sayso.mapping import passages
from sayso.namespaces import ID, RDFS, SAY, TYPE, Namespace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sayso.library import Project
    from sayso.mapping import Dataset
    from sayso.mapping.passages import Fingerprint, Passage
    from sayso.texts import Text

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_START = re.compile(r"(?<!\w)\S|(?<=\w)[^\w\s]")  # where a passage may begin: not inside a word, not at a blank
_BROKEN = re.compile(r"(?<=\w)-[ \t]*\r?\n\s*(?=\w)")
_GAP = re.compile(r"\s*(?:\.\.\.|…)\s*")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")

SKELETON = """\
# {name}: say here in one line what the article is.
{prefixes}@prefix a: <https://w3id.org/sayso/id/{name}/> .

id:{name} a say:Article ;
  dct:identifier "{name}" ;
  say:sha256 "{sha256}" ;
  say:paragraphs {paragraphs} ;
  dct:rights "The text belongs to its publisher and is not included."@en .
# Still to say of the article: schema:headline "…"@en ; schema:publisher id:… ; dct:issued "…"^^edtf:EDTF .
# Then the spellings, the nodes of this article alone, and its statements, a:s1a, a:s1b, … in reading order.
"""
_PREFIXES = ("say", "v", "id", "rdf", "rdfs", "skos", "schema", "dct", "edtf")


@dataclass(frozen=True)
class Entity:
    """Be an entity that a name may stand for: how well it fits from 0 to 100, and with whom it is easily confused."""

    iri: str
    kind: str
    spellings: tuple[str, ...]
    score: float
    confusable: tuple[str, ...]


@dataclass(frozen=True)
class Sentence:
    """Be a sentence of a text: its passage, its words, and the statements that rest on it or a part of it."""

    passage: Passage
    words: str
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Verified:
    """Tell whether a passage was found in a copy: `place` is where its normalized words begin, None if nowhere."""

    passage: Passage
    place: int | None


def skeleton(name: str, text: Path, project: Project, prefixes: dict[str, str]) -> Path:
    """Begin the file of a new article from a copy of its text; returns the file.

    Raises BadRequest where the name is not of small letters, digits and hyphens, or is taken.
    """
    if _NAME.fullmatch(name) is None:
        raise BadRequest(f"{name!r} is no name for an article: use small letters, digits and hyphens, outlet and month")
    file = project.data / "articles" / f"{name}.ttl"
    if file.exists():
        raise BadRequest(f"{file} is there already")
    content = text.read_bytes()
    declared = "".join(f"@prefix {prefix}: <{prefixes[prefix]}> .\n" for prefix in _PREFIXES)
    paragraphs = len(texts.text(name, content.decode()).paragraphs)
    sha256 = hashlib.sha256(content).hexdigest()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        SKELETON.format(name=name, prefixes=declared, sha256=sha256, paragraphs=paragraphs), encoding="utf-8"
    )
    return file


def text_of(name: str, folder: Path, dataset: Dataset) -> Text:
    """Find the text of an article in a folder of copies; raises BadRequest where there is none that was mapped."""
    wanted = ID[name].value
    found = next((text for text in texts.read(folder, dataset) if text.article == wanted), None)
    if found is None:
        problem = f"no file in {folder} has the SHA-256 that id:{name} records"
        raise BadRequest(f"{problem}: `sayso verify` compares other copies")
    return found


def shown(text: Text, number: int, dataset: Dataset) -> list[Sentence]:
    """List the sentences of a paragraph, counted from 1, with their statements.

    Raises BadRequest where the text has no such paragraph.
    """
    if not 1 <= number <= len(text.paragraphs):
        raise BadRequest(f"the text has paragraphs 1 to {len(text.paragraphs)}, and no {number}")
    cited = _statements(dataset)
    return [
        Sentence(
            passages.Passage(text.article, number, span.start, span.end),
            text.of(span),
            tuple(sorted(name for passage, name in cited if _overlap(passage, text.article, span))),
        )
        for span in map(text.trimmed, texts.sentences(text, text.paragraphs[number - 1]))
    ]


def cite(text: Text, words: str) -> Passage:
    """Find the passage that words stand for: all of them, or the first and the last with … between.

    Raises BadRequest where they are not found in one paragraph, or are found more than once.
    """
    first, *rest = _GAP.split(words.strip(), maxsplit=1)
    found = [passage for number in range(1, len(text.paragraphs) + 1) for passage in _found(text, number, first, rest)]
    if not found:
        raise BadRequest(f"no paragraph has these words: {words}")
    if len(found) > 1:
        places = ", ".join(passage.name for passage in found[:5])
        raise BadRequest(f"these words stand in {len(found)} places ({places}): give more of them")
    return found[0]


def who(name: str, dataset: Dataset, limit: int = 8) -> list[Entity]:
    """Find the entities that a name may stand for, in any spelling or script, the best first."""
    spellings = _spellings(dataset)
    return [
        Entity(
            each.owner,
            _kind(each.owner, dataset),
            tuple(sorted(spellings[each.owner])),
            each.score,
            _confusable(each.owner, dataset),
        )
        for each in names.Spellings(spellings).like(name)[:limit]
    ]


def verify(name: str, copy: str, known: dict[str, Fingerprint]) -> list[Verified]:
    """Look for every passage of an article in another copy of its text, by hash, however the copy is laid out.

    Raises BadRequest where the article has no recorded passage.
    """
    article = ID[name].value
    wanted = [passage for passage in map(passages.read, known) if passage is not None and passage.article == article]
    if not wanted:
        raise BadRequest(f"no passage of id:{name} is recorded")
    marks = {known[each.iri.value] for each in wanted}
    places: dict[Fingerprint, int | None] = dict.fromkeys(marks)
    for joint in ("-", ""):  # a line may break after a hyphen of the text, or after one of the copy's own
        normalized = passages.normalize(_BROKEN.sub(joint, copy))
        starts = [match.start() for match in _START.finditer(normalized)]
        for mark in (mark for mark, place in places.items() if place is None):
            places[mark] = passages.find(normalized, mark, starts)
    ordered = sorted(wanted, key=lambda each: (each.paragraph, each.start, each.end))
    return [Verified(passage, places[known[passage.iri.value]]) for passage in ordered]


def _found(text: Text, number: int, first: str, rest: list[str]) -> Iterator[Passage]:
    paragraph = text.paragraphs[number - 1]
    content = passages.straighten(text.of(paragraph))
    start = content.find(passages.straighten(first))
    while start >= 0:
        end = start + len(first)
        if rest:
            last = content.find(passages.straighten(rest[0]), end)
            end = last + len(rest[0]) if last >= 0 else -1
        if end > 0:
            yield passages.Passage(text.article, number, paragraph.start + start, paragraph.start + end)
        start = content.find(passages.straighten(first), start + 1)


def _statements(dataset: Dataset) -> list[tuple[Passage, str]]:
    found = []
    for quad in dataset.quads:
        if quad.predicate == SAY["evidence"] and isinstance(quad.object, ox.NamedNode):
            passage = passages.read(quad.object.value)
            if passage is not None:
                found.append((passage, str(quad.subject)[1:-1].removeprefix(ID)))
    return found


def _overlap(passage: Passage, article: str, span: texts.Span) -> bool:
    return passage.article == article and passage.start < span.end and passage.end > span.start


def _spellings(dataset: Dataset) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for quad in dataset.quads:
        is_name = quad.predicate in (RDFS["label"], SKOS["altLabel"]) and isinstance(quad.object, ox.Literal)
        if is_name and isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(ID):
            found.setdefault(quad.subject.value, set()).add(str(quad.object.value))  # type: ignore[union-attr]  # a literal
    return found


def _kind(iri: str, dataset: Dataset) -> str:
    node = ox.NamedNode(iri)
    kinds = (str(quad.object)[1:-1] for quad in dataset.quads if quad.subject == node and quad.predicate == TYPE)
    return ", ".join(sorted(kind.removeprefix(SAY) for kind in kinds))


def _confusable(iri: str, dataset: Dataset) -> tuple[str, ...]:
    node = ox.NamedNode(iri)
    pairs = (quad for quad in dataset.quads if quad.predicate == OWL["differentFrom"])
    others = {str(end) for quad in pairs if node in (quad.subject, quad.object) for end in (quad.subject, quad.object)}
    return tuple(sorted(other[1:-1] for other in others - {str(node)}))
