"""The links to Wikidata: an SSSOM table in which each row is a judgement, and what of it reaches the graph.

Simple Standard for Sharing Ontological Mappings (SSSOM) 1.0: tab-separated values under a header of `#` lines in YAML.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.errors import DocumentError
from sayso.namespaces import ID, SCHEMA, Namespace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sayso.library import Project

WIKIDATA = Namespace("http://www.wikidata.org/entity/")
NOT = "Not"
NOTHING_FOUND = "sssom:NoTermFound"
MANUAL = "semapv:ManualMappingCuration"
COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_label",
    "reviewer_label",
    "mapping_date",
    "confidence",
    "comment",
)


@dataclass(frozen=True)
class Judgement:
    """Be one row: that an entity is an item, that it is not, or that no item was found; `line` counts from 1."""

    subject: str
    item: str
    negative: bool
    justification: str
    reviewer: str
    comment: str
    line: int

    @property
    def counts(self) -> bool:
        """Tell whether the row makes a link: it names an item, and a person made or reviewed it."""
        settled = self.justification == MANUAL or bool(self.reviewer)
        return settled and not self.negative and self.item.startswith("wd:")


def file(project: Project) -> Path:
    """Give the file of the judgements."""
    return project.data / "links" / "wikidata.sssom.tsv"


def judgements(path: Path) -> list[Judgement]:
    """Read the judgements of a table, in its order; none where there is no such file.

    Raises DocumentError, with the line, where a row is not of the table's columns or names no entity.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        numbered = [(number, line) for number, line in enumerate(lines, 1) if not line.startswith("#")]
    rows = csv.reader((line for _, line in numbered), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = tuple(next(rows, ()))
    if header != COLUMNS:
        raise DocumentError(path, numbered[0][0] if numbered else 1, None, f"the columns are not {', '.join(COLUMNS)}")
    return [_judgement(row, number, path) for row, (number, _) in zip(rows, numbered[1:], strict=True)]


def links(found: list[Judgement]) -> Iterator[tuple[ox.Triple, int]]:
    """Turn the judgements that count into schema:sameAs triples, each with its line."""
    for judgement in found:
        if judgement.counts:
            subject = ID[judgement.subject.removeprefix("id:")]
            yield ox.Triple(subject, SCHEMA["sameAs"], WIKIDATA[judgement.item.removeprefix("wd:")]), judgement.line


def _judgement(row: list[str], line: int, path: Path) -> Judgement:
    if len(row) != len(COLUMNS):
        raise DocumentError(path, line, None, f"the row has {len(row)} fields and not {len(COLUMNS)}")
    value = dict(zip(COLUMNS, row, strict=True))
    if not value["subject_id"].startswith("id:"):
        raise DocumentError(path, line, None, f"{value['subject_id']!r} is no entity: write id:…")
    if not value["object_id"].startswith("wd:Q") and value["object_id"] != NOTHING_FOUND:
        raise DocumentError(path, line, None, f"{value['object_id']!r} is no item: write wd:Q… or {NOTHING_FOUND}")
    if value["predicate_modifier"] not in ("", NOT):
        raise DocumentError(path, line, None, f"{value['predicate_modifier']!r} is no modifier: write {NOT} or nothing")
    return Judgement(
        value["subject_id"],
        value["object_id"],
        value["predicate_modifier"] == NOT,
        value["mapping_justification"],
        value["reviewer_label"],
        value["comment"],
        line,
    )
