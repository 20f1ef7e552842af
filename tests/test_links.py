"""The links to Wikidata as data: complete, unique, in order, and nothing that was not verified."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from sayso.errors import DocumentError
from sayso.namespaces import GRAPH, ID, SAY, SCHEMA, TYPE
from sayso.wikidata import table

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from sayso.library import Project
    from sayso.mapping import Dataset
    from sayso.wikidata.table import Judgement

LINKABLE = {SAY[name] for name in ("Organization", "ArmedGroup", "Outlet", "Country", "Place", "Post")}


@pytest.fixture(scope="module")
def judgements(project: Project) -> list[Judgement]:
    return table.judgements(table.file(project))


def test_every_linkable_entity_has_its_row(dataset: Dataset, judgements: list[Judgement]) -> None:
    kinds = {
        quad.subject: quad.object
        for quad in dataset.quads
        if quad.predicate == TYPE and quad.graph_name == GRAPH["entities"]
    }
    wanted = {str(node) for node, kind in kinds.items() if kind in LINKABLE}
    assert wanted <= {str(ID[judgement.subject.removeprefix("id:")]) for judgement in judgements}


def test_every_row_is_of_an_entity_that_exists(dataset: Dataset, judgements: list[Judgement]) -> None:
    entities = {quad.subject for quad in dataset.quads if quad.graph_name == GRAPH["entities"]}
    assert {
        judgement.subject for judgement in judgements if ID[judgement.subject.removeprefix("id:")] not in entities
    } == set()


def test_rows_are_in_the_order_of_the_entities(judgements: list[Judgement]) -> None:
    subjects = [judgement.subject for judgement in judgements]
    assert subjects == sorted(subjects)


def test_an_entity_has_one_item_and_an_item_one_entity(judgements: list[Judgement]) -> None:
    links = [judgement for judgement in judgements if judgement.counts]
    assert max(Counter(judgement.subject for judgement in links).values()) == 1
    assert max(Counter(judgement.item for judgement in links).values()) == 1


def test_no_item_is_both_said_and_denied_of_an_entity(judgements: list[Judgement]) -> None:
    said = {(judgement.subject, judgement.item) for judgement in judgements if judgement.counts}
    denied = {(judgement.subject, judgement.item) for judgement in judgements if judgement.negative}
    assert said & denied == set()


def test_only_what_was_verified_is_linked(judgements: list[Judgement], shared: Path) -> None:
    with (shared / "facts" / "wikidata.csv").open(encoding="utf-8", newline="") as lines:
        verified = {f"wd:{row['qid']}" for row in csv.DictReader(lines) if row["qid"]}
    assert {judgement.item for judgement in judgements if judgement.counts} <= verified


def test_the_graph_has_the_rows_that_count_and_no_other_link(dataset: Dataset, judgements: list[Judgement]) -> None:
    links = {quad.triple for quad in dataset.quads if quad.predicate == SCHEMA["sameAs"]}
    assert links == {triple for triple, _ in table.links(judgements)}
    assert all(quad.graph_name == GRAPH["links"] for quad in dataset.quads if quad.triple in links)


def test_an_entity_has_its_item_in_json_ld(client: FlaskClient) -> None:
    query = {"query": f"DESCRIBE {ID['ali-khamenei']}", "format": "jsonld"}
    nodes = json.loads(client.get("/sparql", query_string=query).data)
    found = [node for node in nodes if node["@id"] == ID["ali-khamenei"].value and SCHEMA["sameAs"].value in node]
    assert [node[SCHEMA["sameAs"].value] for node in found] == [[{"@id": "http://www.wikidata.org/entity/Q57336"}]]


def test_no_unnamed_source_is_linked(dataset: Dataset, judgements: list[Judgement]) -> None:
    unnamed = {quad.subject for quad in dataset.quads if quad.predicate == TYPE and quad.object == SAY["UnnamedSource"]}
    assert not {ID[judgement.subject.removeprefix("id:")] for judgement in judgements} & unnamed


@pytest.mark.parametrize(
    ("item", "modifier", "justification", "reviewer", "counts"),
    [
        ("wd:Q1", "", "semapv:ManualMappingCuration", "", True),
        ("wd:Q1", "", "semapv:LexicalMatching", "", False),
        ("wd:Q1", "", "semapv:LexicalMatching", "Somebody", True),
        ("wd:Q1", "Not", "semapv:ManualMappingCuration", "", False),
        ("sssom:NoTermFound", "", "semapv:ManualMappingCuration", "", False),
    ],
)
def test_a_row_counts_where_a_person_says_yes(  # noqa: PLR0913, PLR0917  # the columns that matter
    tmp_path: Path,
    item: str,
    modifier: str,
    justification: str,
    reviewer: str,
    counts: bool,  # noqa: FBT001
) -> None:
    file = tmp_path / "wikidata.sssom.tsv"
    row = ("id:x", "X", "skos:exactMatch", modifier, item, "", justification, "A", reviewer, "2026-01-01", "", "")
    file.write_text("# mapping_set_id: x\n" + "\t".join(table.COLUMNS) + "\n" + "\t".join(row) + "\n", encoding="utf-8")
    found = table.judgements(file)
    assert [judgement.counts for judgement in found] == [counts]
    same = ox.Triple(ID["x"], SCHEMA["sameAs"], ox.NamedNode("http://www.wikidata.org/entity/Q1"))
    assert [triple for triple, _ in table.links(found)] == ([same] if counts else [])


@pytest.mark.parametrize(
    "bad", ["id:x\tonly two", "id:x\tX\tp\tMaybe\twd:Q1" + "\t" * 7, "id:x\tX\tp\t\tQ1" + "\t" * 7]
)
def test_a_row_that_is_not_understood_is_refused_with_its_line(tmp_path: Path, bad: str) -> None:
    file = tmp_path / "wikidata.sssom.tsv"
    file.write_text("# one\n# two\n" + "\t".join(table.COLUMNS) + "\n" + bad + "\n", encoding="utf-8")
    with pytest.raises(DocumentError, match=re.escape(f"{file}:4: error: ")):
        table.judgements(file)
