"""The pages of the questions: all of them, and each with its SPARQL, its parameters and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from flask import render_template

from sayso import negotiation
from sayso.engine import Query
from sayso.errors import NotAcceptable
from sayso.pages import places, questions
from sayso.pages.places import Link, Name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sayso.pages.questions import Question
    from sayso.pages.reading import Reading, Row, Term

LARGEST = 1000  # rows of an answer that a page shows; the other formats have all of them
LAYOUTS = ("csv", "json", "tsv", "xml")


@dataclass(frozen=True)
class Cell:
    """Be a term of an answer as a page shows it; `path` leads to its page where it has one."""

    name: Name
    path: str | None = None


def list_all(reading: Reading) -> str:
    """List the questions by their kinds."""
    ordered = sorted(questions.read(reading.site.project.queries).values(), key=lambda each: (each.kind, each.stem))
    groups = [(kind, list(group)) for kind, group in groupby(ordered, key=lambda each: each.kind)]
    return render_template("questions.html", reading=reading, groups=groups)


def show(reading: Reading, stem: str, given: Mapping[str, str]) -> str:
    """Show a question and its answer; `given` are the parameters as they were typed."""
    question = reading.question(stem)
    values = _values(question, given, reading)
    text = question.asking(values)
    table = reading.table(text)
    links = places.named(reading, _iris(table.rows[:LARGEST]))
    return render_template(
        "question.html",
        reading=reading,
        question=question,
        text=text,
        parameters={name: given.get(name) or terms for name, terms in question.parameters.items()},
        given={name: given[name] for name in values},
        variables=table.variables,
        rows=[[_cell(row.get(name), links) for name in table.variables] for row in table.rows[:LARGEST]],
        count=len(table.rows),
    )


def content(reading: Reading, stem: str, layout: str, given: Mapping[str, str]) -> tuple[bytes, str]:
    """Answer a question in a format for machines, such as csv; returns the bytes and their media type.

    `rq` gives the question itself. Raises NotAcceptable where the format is not offered.
    """
    question = reading.question(stem)
    text = question.asking(_values(question, given, reading))
    if layout == "rq":
        return text.encode(), "application/sparql-query"
    media_type = negotiation.by_name(layout, negotiation.RESULTS)
    if media_type is None:
        raise NotAcceptable(f".{layout}", (*LAYOUTS, "rq"))
    return reading.site.answer(Query(text, results=media_type), reading.version), media_type


def _values(question: Question, given: Mapping[str, str], reading: Reading) -> dict[str, list[str]]:
    wanted = {name: given[name] for name in question.parameters if given.get(name, "").strip()}
    return {name: questions.terms(text, reading.site.prefixes) for name, text in wanted.items()}


def _iris(rows: tuple[Row, ...]) -> list[str]:
    return [term.value for row in rows for term in row.values() if term.is_iri]


def _cell(term: Term | None, links: Mapping[str, Link]) -> Cell:
    if term is None:
        return Cell(Name(""))
    if not term.is_iri:
        return Cell(Name(term.value, term.language))
    return Cell(links[term.value].name, links[term.value].path)
