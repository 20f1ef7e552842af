"""The questions: each has its header, its expected answer, and the same rows from the endpoint, Oxigraph and rdflib."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.parse
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest
import rdflib

from sayso.mapping import editions
from sayso.namespaces import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.testing import FlaskClient

    from sayso.library import Project
    from sayso.mapping import Dataset
    from sayso.store import VersionedStore

QUESTIONS = sorted((Path(__file__).parents[1] / "queries").glob("*.rq"))
KINDS = {"lookup", "join", "path", "provenance", "negation", "aggregation", "conflict", "time"}
LONGEST = 12

Rows = Counter[tuple[str, ...]]

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)


@cache
def expected(question: Path) -> tuple[tuple[str, ...], Rows]:
    path = question.parent / "expected" / f"{question.stem}.csv"
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
    return tuple(header), Counter(tuple(row) for row in rows)


def header(question: Path) -> dict[str, str]:
    lines = re.findall(r"^#\+ (\w+): (.*)$", question.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(lines)


def shown(kind: str, value: str, prefixes: Mapping[str, str]) -> str:
    return shorten(value, dict(prefixes)) if kind == "uri" else value


@pytest.fixture(scope="session")
def second_opinion(dataset: Dataset) -> rdflib.Dataset:
    graphs = rdflib.Dataset(default_union=True)
    graphs.parse(data=editions.n_quads(dataset.quads), format="nquads")
    return graphs


def test_there_is_a_question_of_every_kind() -> None:
    assert {header(question)["kind"] for question in QUESTIONS} == KINDS


@each_question
def test_a_question_has_its_header_and_is_short(question: Path, project: Project) -> None:
    found = header(question)
    assert found["summary"].endswith("?")
    articles = found["articles"].strip("[]").split(", ")
    assert all((project.data / "articles" / f"{article}.ttl").is_file() for article in articles)
    lines = question.read_text(encoding="utf-8").splitlines()
    body = [line for line in lines if line.strip() and not line.startswith(("#", "PREFIX"))]
    assert len(body) <= LONGEST


def test_every_expected_answer_has_its_question() -> None:
    stems = {path.stem for path in (QUESTIONS[0].parent / "expected").glob("*.csv")}
    assert stems == {question.stem for question in QUESTIONS}


@each_question
def test_the_endpoint_gives_the_expected_answer(
    question: Path, client: FlaskClient, prefixes: Mapping[str, str]
) -> None:
    text = urllib.parse.quote(question.read_text(encoding="utf-8"))
    document: Any = json.loads(client.get(f"/sparql?query={text}").data)
    names = tuple(document["head"]["vars"])
    rows: Rows = Counter(
        tuple(shown(row[name]["type"], row[name]["value"], prefixes) if name in row else "" for name in names)
        for row in document["results"]["bindings"]
    )
    assert (names, rows) == expected(question)


@each_question
def test_oxigraph_gives_the_expected_answer(question: Path, store: VersionedStore, prefixes: Mapping[str, str]) -> None:
    found = store.read().query(question.read_text(encoding="utf-8"), use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    names = tuple(variable.value for variable in found.variables)

    def show(term: Any) -> str:
        return "" if term is None else shown("uri" if isinstance(term, ox.NamedNode) else "", term.value, prefixes)

    rows: Rows = Counter(tuple(show(row[name]) for name in names) for row in found)
    assert (names, rows) == expected(question)


@each_question
def test_rdflib_gives_the_expected_answer(
    question: Path, second_opinion: rdflib.Dataset, prefixes: Mapping[str, str]
) -> None:
    found = second_opinion.query(question.read_text(encoding="utf-8"))
    names = tuple(str(name) for name in found.vars or ())

    def show(term: Any) -> str:
        return "" if term is None else shown("uri" if isinstance(term, rdflib.URIRef) else "", str(term), prefixes)

    rows: Rows = Counter(tuple(show(term) for term in row) for row in found)  # type: ignore[union-attr]  # a SELECT gives rows
    assert (names, rows) == expected(question)
