"""The table of links: SSSOM, in which each row is a judgement, and what of it reaches the graph.

Simple Standard for Sharing Ontological Mappings (SSSOM) 1.0: tab-separated values under a header of `#` lines in YAML.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import pyoxigraph as ox

from sayso.errors import DocumentError
from sayso.namespaces import ID, SCHEMA, Namespace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sayso.library import Project

WIKIDATA = Namespace("http://www.wikidata.org/entity/")
NOT = "Not"
NOTHING_FOUND = "sssom:NoTermFound"
MANUAL = "semapv:ManualMappingCuration"
LEXICAL = "semapv:LexicalMatching"
EXACT = "skos:exactMatch"
ITEM = re.compile(r"Q[1-9][0-9]*")
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
_WHITE = re.compile(r"\s+")


State: TypeAlias = Literal["linked", "proposed", "none found"]


@dataclass(frozen=True)
class Judgement:
    """Be one row: that an entity is an item, that it is not, or that no item was found; `line` counts from 1."""

    subject: str
    subject_label: str
    predicate: str
    negative: bool
    item: str
    item_label: str
    justification: str
    author: str
    reviewer: str
    date: str
    confidence: str
    comment: str
    line: int = 0

    @property
    def counts(self) -> bool:
        """Tell whether the row makes a link: it names an item, and a person made or reviewed it."""
        settled = self.justification == MANUAL or bool(self.reviewer)
        return settled and not self.negative and self.item.startswith("wd:")

    @property
    def entity(self) -> str:
        """Give the identifier of the entity, without its prefix."""
        return self.subject.removeprefix("id:")

    @property
    def qid(self) -> str | None:
        """Give the identifier of the item, None where the row names none."""
        return self.item.removeprefix("wd:") if self.item.startswith("wd:") else None

    def row(self) -> str:
        """Write the row as it stands in the table, with the end of its line."""
        values = (self.subject, self.subject_label, self.predicate, NOT if self.negative else "", self.item)
        others = (self.item_label, self.justification, self.author, self.reviewer, self.date, self.confidence)
        return "\t".join(_WHITE.sub(" ", value) for value in (*values, *others, self.comment)) + "\n"


@dataclass(frozen=True)
class Link:
    """Tell how it stands with the link of one entity: the judgement that decides, and the items it is not."""

    state: State
    judgement: Judgement
    denied: tuple[Judgement, ...]

    @property
    def judge(self) -> str:
        """Say who judged it: the reviewer where there is one, else the author."""
        return self.judgement.reviewer or self.judgement.author


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


def links(found: Iterable[Judgement]) -> Iterator[tuple[ox.Triple, int]]:
    """Turn the judgements that count into schema:sameAs triples, each with its line."""
    for judgement in found:
        if judgement.counts:
            yield ox.Triple(ID[judgement.entity], SCHEMA["sameAs"], WIKIDATA[judgement.qid]), judgement.line


def link(entity: str, found: Iterable[Judgement]) -> Link | None:
    """Tell how it stands with the link of an entity; None where no row says anything of it but what it is not."""
    rows = [judgement for judgement in found if judgement.entity == entity]
    denied = tuple(each for each in rows if each.negative)
    said = sorted((each for each in rows if not each.negative), key=lambda each: (not each.counts, each.qid is None))
    if not said:
        return None
    state: State = "linked" if said[0].counts else "proposed" if said[0].qid else "none found"
    return Link(state, said[0], denied)


def contested(found: Iterable[Judgement]) -> list[Judgement]:
    """Find the links whose entity or whose item has another link as well."""
    made = [judgement for judgement in found if judgement.counts]
    entities = Counter(judgement.subject for judgement in made)
    items = Counter(judgement.item for judgement in made)
    return [each for each in made if entities[each.subject] > 1 or items[each.item] > 1]


def add(path: Path, new: Iterable[Judgement]) -> None:
    """Add rows to a table, each behind those of its entity, and leave every other line as it is.

    Raises DocumentError where the table is not understood.
    """
    rows = judgements(path)
    lines = [f"{line}\n" for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")]
    behind: dict[int, list[str]] = {}
    for judgement in new:
        place = max((each.line for each in rows if each.subject <= judgement.subject), default=len(lines) - len(rows))
        behind.setdefault(place, []).append(judgement.row())
    written = "".join(text for number, line in enumerate(lines, 1) for text in (line, *behind.get(number, ())))
    replacement = path.with_suffix(".new")
    replacement.write_text(written, encoding="utf-8")
    replacement.replace(path)


def _judgement(row: list[str], line: int, path: Path) -> Judgement:
    if len(row) != len(COLUMNS):
        raise DocumentError(path, line, None, f"the row has {len(row)} fields and not {len(COLUMNS)}")
    subject, label, predicate, modifier, item, item_label, justification, *others = row
    author, reviewer, date, confidence, comment = others
    if not subject.startswith("id:"):
        raise DocumentError(path, line, None, f"{subject!r} is no entity: write id:…")
    if item != NOTHING_FOUND and not (item.startswith("wd:") and ITEM.fullmatch(item.removeprefix("wd:"))):
        raise DocumentError(path, line, None, f"{item!r} is no item: write wd:Q… or {NOTHING_FOUND}")
    if modifier not in ("", NOT):
        raise DocumentError(path, line, None, f"{modifier!r} is no modifier: write {NOT} or nothing")
    return Judgement(
        subject=subject,
        subject_label=label,
        predicate=predicate,
        negative=modifier == NOT,
        item=item,
        item_label=item_label,
        justification=justification,
        author=author,
        reviewer=reviewer,
        date=date,
        confidence=confidence,
        comment=comment,
        line=line,
    )
