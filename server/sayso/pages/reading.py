"""What pages are made from: a site, which reads one version of the dataset for each page by asking its questions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sayso import negotiation
from sayso.engine import Query
from sayso.errors import PageMissing
from sayso.namespaces import shorten
from sayso.pages import questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sayso.library import Project
    from sayso.pages.questions import Question

SHOWN = 5  # terms of a parameter that an address carries; what a page asks of more of them is given by the file alone


@dataclass(frozen=True)
class Term:
    """Be a term of an answer; `language` is that of a literal, None where it has none."""

    value: str
    is_iri: bool = False
    language: str | None = None


Row = dict[str, Term]


@dataclass(frozen=True)
class Table:
    """Be the answer to a SELECT: its variables, and its rows, which leave out what is not bound."""

    variables: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Site:
    """Say what pages are made from.

    `answer` evaluates a query over the version with a number; `version` tells the number of the current one. `texts`
    are local copies of articles: SHA-256 of the file → text.
    """

    answer: Callable[[Query, int], bytes]
    version: Callable[[], int]
    project: Project
    prefixes: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> Reading:
        """Begin to read the current version."""
        return Reading(self, self.version())


@dataclass(frozen=True)
class Asked:
    """Be a question that a page asked: the question, and the terms that it was asked with."""

    question: Question
    values: Mapping[str, Sequence[str]]

    def parameters(self, prefixes: Mapping[str, str]) -> dict[str, str]:
        """Give the parameters for the address of the question's own page; none where they are too many."""
        if sum(map(len, self.values.values())) > SHOWN:
            return {}
        return {name: " ".join(_short(term, prefixes) for term in terms) for name, terms in self.values.items()}


@dataclass
class Reading:
    """Read one version for one page, and remember what was asked."""

    site: Site
    version: int
    asked: list[Asked] = field(default_factory=list)

    def ask(self, stem: str, **values: Iterable[str]) -> tuple[Row, ...]:
        """Ask a question, with IRIs, or ANY, for its parameters; no rows, and no question, where one has no IRI."""
        terms = {name: given if given == questions.ANY else _iris(given) for name, given in values.items()}
        if not all(terms.values()):
            return ()
        question = questions.read(self.site.project.queries)[stem]
        self.asked.append(Asked(question, terms))
        return self.table(question.asking(terms)).rows

    def table(self, text: str) -> Table:
        """Ask a SELECT query."""
        document = json.loads(self.site.answer(Query(text, results=negotiation.JSON, union=True), self.version))
        bindings = document["results"]["bindings"]
        rows = ({name: _term(term) for name, term in binding.items()} for binding in bindings)
        return Table(tuple(document["head"]["vars"]), tuple(rows))

    def question(self, stem: str) -> Question:
        """Find a question by its stem; raises PageMissing where there is none."""
        found = questions.read(self.site.project.queries).get(stem)
        if found is None:
            raise PageMissing(f"There is no question {stem}: /queries lists them")
        return found

    def behind(self) -> list[Asked]:
        """List what was asked, each question once."""
        return list({asked.question.stem: asked for asked in self.asked}.values())


def _iris(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(questions.iri(value) for value in dict.fromkeys(values))


def _short(term: str, prefixes: Mapping[str, str]) -> str:
    return shorten(term[1:-1], dict(prefixes)) if term.startswith("<") else term


def _term(term: Any) -> Term:
    kind, value = term["type"], term["value"]
    if kind == "triple":
        return Term(json.dumps(value, ensure_ascii=False))
    return Term(value, kind == "uri", term.get("xml:lang"))
