"""Questions that join our people with Wikidata, asked of a SPARQL server on the loopback interface in its place."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from sayso import egress
from sayso.errors import RefusedRequest
from sayso.namespaces import ID, SAY, TYPE, shorten
from sayso.wikidata import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sayso.library import Project
    from sayso.mapping import Dataset
    from sayso.store import VersionedStore

WIKIDATA = "https://query.wikidata.org/sparql"
QUESTIONS = sorted((Path(__file__).parents[1] / "queries" / "federated").glob("*.rq"))
SLICE = Path(__file__).with_name("wikidata_slice.ttl")

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)


@contextmanager
def sparql_server(data: ox.Store) -> Iterator[tuple[str, list[str]]]:
    """Answer SPARQL 1.1 Protocol queries by direct POST; gives the address, and the queries as they come."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            found = data.query(asked[-1])
            content = found.serialize(format=ox.QueryResultsFormat.JSON) or b""  # type: ignore[arg-type]  # a SELECT
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@each_question
def test_our_people_are_joined_with_what_the_service_has(
    question: Path, store: VersionedStore, prefixes: Mapping[str, str]
) -> None:
    wikidata = ox.Store()
    wikidata.load(path=SLICE)
    text = question.read_text(encoding="utf-8")
    with sparql_server(wikidata) as (address, asked):
        found = store.read().query(text.replace(WIKIDATA, address), use_default_graph_as_union=True)
        assert isinstance(found, ox.QuerySolutions)
        names = [variable.value for variable in found.variables]
        rows = Counter(tuple(shown(row[name], prefixes) for name in names) for row in found)
    expected = (question.parent / "expected" / f"{question.stem}.csv").read_text(encoding="utf-8")
    header, *wanted = csv.reader(io.StringIO(expected))
    assert (names, rows) == (header, Counter(map(tuple, wanted)))
    assert len(asked) == 1
    assert "VALUES" in asked[0]  # the service is asked about our people, and not for everybody


def shown(term: object, prefixes: Mapping[str, str]) -> str:
    if isinstance(term, ox.NamedNode):
        return shorten(term.value, dict(prefixes))
    return term.value if isinstance(term, ox.Literal) else ""


@each_question
def test_it_names_all_people_that_are_linked_and_nobody_else(
    question: Path, dataset: Dataset, project: Project
) -> None:
    people = {quad.subject for quad in dataset.quads if quad.predicate == TYPE and quad.object == SAY["Person"]}
    linked = {row.item for row in table.judgements(table.file(project)) if row.counts and ID[row.entity] in people}
    assert set(re.findall(r"\bwd:Q\d+", question.read_text(encoding="utf-8"))) == linked


@each_question
def test_it_is_refused_where_the_service_is_not_allowed(question: Path) -> None:
    with pytest.raises(RefusedRequest, match="SERVICE"):
        egress.check(question.read_text(encoding="utf-8"))


@each_question
def test_it_is_let_through_where_the_service_is_allowed(question: Path) -> None:
    egress.check(question.read_text(encoding="utf-8"), {WIKIDATA})
