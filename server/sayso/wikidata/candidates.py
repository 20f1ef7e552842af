"""Candidates: items that unlinked entities may be, scored, with the reasons; a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sayso import names
from sayso.entities import PERSON
from sayso.wikidata import checks
from sayso.wikidata.table import EXACT, LEXICAL, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sayso.entities import Entity
    from sayso.wikidata.client import Client
    from sayso.wikidata.items import Cache, Item
    from sayso.wikidata.told import Told

LEAST = 0.5
AUTHOR = "sayso link candidates"
_NAME = 0.6  # of the score, for the likeness of the names; the rest is for what agrees beside the name
_ALIAS = 0.9  # what an alias counts of a label
_AGREEING = {"type": 0.1, "date": 0.1, "office": 0.2}


@dataclass(frozen=True)
class Candidate:
    """Be an item that an entity may be: the score is from 0 to 1, and below 1 even where all agrees."""

    entity: Entity
    item: Item
    score: float
    reasons: tuple[str, ...]

    def judgement(self, today: str) -> Judgement:
        """Write it as a row that waits for a reviewer and until then counts for nothing."""
        return Judgement(
            f"id:{self.entity.id}",
            self.entity.label,
            EXACT,
            negative=False,
            item=f"wd:{self.item.id}",
            item_label=self.item.label,
            justification=LEXICAL,
            author=AUTHOR,
            reviewer="",
            date=today,
            confidence=f"{self.score:.2f}",
            comment=f"To be reviewed: {', '.join(self.reasons)}.",
        )


def propose(told: Told, judgements: Sequence[Judgement], items: Iterable[Item]) -> list[Candidate]:
    """Propose items for the entities that have no link: the best first for each entity.

    What a row names already, as meant or as not meant, is not proposed again; nor is an item that is linked to another
    entity, was deleted, or is a page that lists namesakes.
    """
    open_to = _unlinked(told, judgements)
    judged = {(each.entity, each.qid) for each in judgements}
    taken = {each.qid for each in judgements if each.counts}
    usable = [each for each in items if not each.deleted and not each.disambiguation and each.id not in taken]
    found = (
        candidate
        for entity in open_to
        for item in usable
        if judged.isdisjoint({(entity.id, item.id), (entity.id, item.asked)})
        and (candidate := _candidate(entity, item, told, judgements)) is not None
    )
    return sorted(found, key=lambda each: (each.entity.id, -each.score, each.item.id))


def search(
    told: Told, judgements: Sequence[Judgement], client: Client, cache: Cache, tell: Callable[[str], None]
) -> None:
    """Look for the unlinked entities by their labels and fetch what is found into the cache; raises WikidataFailed."""
    for entity in _unlinked(told, judgements):
        tell(entity.label)
        for name in (each for each in entity.names if each.main):
            for qid in client.search(name.text, name.language):
                if cache.item(qid) is None:
                    client.fetch(qid, cache)


def _unlinked(told: Told, judgements: Sequence[Judgement]) -> list[Entity]:
    linked = {each.entity for each in judgements if each.counts}
    return [entity for entity in told.entities.values() if entity.id not in linked]


def _candidate(entity: Entity, item: Item, told: Told, judgements: Sequence[Judgement]) -> Candidate | None:
    if (PERSON in entity.kinds) != item.human:
        return None
    ours = [name.text for name in entity.names]
    by_label = checks.likeness(ours, [text for _, text in item.labels])
    by_alias = checks.likeness(ours, item.aliases) * _ALIAS
    likeness = max(by_label, by_alias)
    if likeness < names.LIKELY:
        return None
    agreeing = tuple(_agreeing(entity, item, told, judgements))
    score = round(_NAME * likeness / names.CERTAIN + sum(_AGREEING[each] for each in agreeing), 2)
    reasons = (f"{'label' if by_label >= by_alias else 'alias'} {likeness:.0f} of 100 alike", *agreeing)
    return Candidate(entity, item, min(score, 0.99), reasons) if score >= LEAST else None


def _agreeing(entity: Entity, item: Item, told: Told, judgements: Sequence[Judgement]) -> Iterator[str]:
    yield "type"
    met = told.met.get(entity.id)
    if met and item.born and not checks.outlived(item, met):
        yield "date"
    if checks.offices(entity.id, item, told, judgements):
        yield "office"
