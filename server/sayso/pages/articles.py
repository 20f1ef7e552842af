"""The page of an article: its bibliography, how much of it is mapped, and its statements in reading order.

Where a local copy of the text is at hand, the passages are marked in it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from flask import render_template

from sayso import texts
from sayso.errors import PageMissing
from sayso.mapping import passages
from sayso.namespaces import DCT, SAY, SCHEMA
from sayso.pages import places, questions, statements, things

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sayso.mapping.passages import Passage
    from sayso.pages.reading import Reading
    from sayso.pages.statements import Statement
    from sayso.pages.things import Recorded

BIBLIOGRAPHY = (
    (SCHEMA["headline"].value, "Headline, as published"),
    (SCHEMA["author"].value, "Author"),
    (SAY["republishedFrom"].value, "First published by"),
    (SCHEMA["url"].value, "Address"),
    (DCT["rights"].value, "Rights"),
    (SAY["sha256"].value, "SHA-256 of the mapped copy"),
)


@dataclass(frozen=True)
class Piece:
    """Be a stretch of a paragraph's text, and the statements that rest on it; `begins` are passages that start here."""

    text: str
    begins: tuple[str, ...]
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Paragraph:
    """Be a paragraph, counted from 1: how it is dealt with, its statements, its passages, and its text if at hand."""

    number: int
    state: str
    note: str | None
    statements: tuple[Statement, ...]
    passages: tuple[Passage, ...]
    pieces: tuple[Piece, ...]

    @property
    def unmarked(self) -> tuple[Passage, ...]:
        """List the passages that the pieces of the text do not mark."""
        marked = {name for piece in self.pieces for name in piece.begins}
        return tuple(passage for passage in self.passages if passage.name not in marked)


@dataclass(frozen=True)
class _Aside:
    passage: Passage
    note: str


def show(reading: Reading, iri: str) -> str:
    """Show the page of an article; raises PageMissing where it is none."""
    article = things.recorded(reading, iri)
    source = statements.sources(reading, [iri]).get(iri)
    if source is None:
        raise PageMissing(f"There is no article {iri}: the home page lists them")
    evidence: dict[str, list[str]] = defaultdict(list)
    for row in reading.ask("reading-order", article=[iri], kind=questions.ANY):
        evidence[row["statement"].value].append(row["passage"].value)
    loaded = statements.load(reading, evidence)
    paragraphs = _paragraphs(reading, article, loaded.values())
    mentioned = [term.value for property_, _ in BIBLIOGRAPHY for term in article.all_of(property_) if term.is_iri]
    return render_template(
        "article.html",
        reading=reading,
        thing=article,
        source=source,
        bibliography=[(words, terms) for property_, words in BIBLIOGRAPHY if (terms := article.all_of(property_))],
        links=places.named(reading, mentioned),
        paragraphs=paragraphs,
        states={
            state: sum(each.state == state for each in paragraphs) for state in ("mapped", "set aside", "unmapped")
        },
        count=len(loaded),
    )


def _paragraphs(reading: Reading, article: Recorded, said: Iterable[Statement]) -> list[Paragraph]:
    asides = _asides(reading, article.iri)
    first: dict[int, list[Statement]] = defaultdict(list)
    cited: dict[int, set[Passage]] = defaultdict(set)
    resting: dict[Passage, list[Statement]] = defaultdict(list)
    for statement in said:
        first[statement.passages[0].paragraph if statement.passages else 0].append(statement)
        for passage in statement.passages:
            cited[passage.paragraph].add(passage)
            resting[passage].append(statement)
    text = _text(reading, article)
    last = max((int(term.value) for term in article.all_of(SAY["paragraphs"].value)), default=0)
    return [
        _paragraph(number, tuple(first[number]), cited[number], asides[number], _pieces(text, number, resting))
        for number in range(1, max(last, *cited, 0) + 1)
    ]


def _paragraph(
    number: int, said: tuple[Statement, ...], cited: set[Passage], asides: list[_Aside], pieces: tuple[Piece, ...]
) -> Paragraph:
    note = "; ".join(aside.note for aside in asides) or None
    if cited:
        state = "mapped"
    elif asides:
        state = "set aside"
    else:
        state = "unmapped"
    ordered = sorted({*cited, *(aside.passage for aside in asides)}, key=lambda passage: (passage.start, passage.end))
    return Paragraph(number, state, note, said, tuple(ordered), pieces)


def _asides(reading: Reading, iri: str) -> dict[int, list[_Aside]]:
    found: dict[int, list[_Aside]] = defaultdict(list)
    for row in reading.ask("set-aside", article=[iri]):
        passage = passages.read(row["passage"].value)
        if passage is not None:
            found[passage.paragraph].append(_Aside(passage, row["note"].value))
    return found


def _text(reading: Reading, article: Recorded) -> texts.Text | None:
    copies = (reading.site.texts.get(term.value) for term in article.all_of(SAY["sha256"].value))
    content = next((copy for copy in copies if copy is not None), None)
    return None if content is None else texts.text(article.iri, content)


def _pieces(text: texts.Text | None, number: int, resting: Mapping[Passage, list[Statement]]) -> tuple[Piece, ...]:
    """Cut a paragraph's text wherever a passage begins or ends."""
    if text is None or number > len(text.paragraphs):
        return ()
    span = text.paragraphs[number - 1]
    here = [passage for passage in resting if passage.paragraph == number]
    cuts = {span.start, span.end, *(place for each in here for place in (each.start, each.end))}
    ordered = sorted(cut for cut in cuts if span.start <= cut <= span.end)
    return tuple(
        Piece(
            text.content[start:end],
            tuple(sorted(each.name for each in here if each.start == start)),
            tuple(said for each in here if each.start <= start and end <= each.end for said in resting[each]),
        )
        for start, end in pairwise(ordered)
    )
