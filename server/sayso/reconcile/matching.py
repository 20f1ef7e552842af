"""Matching: which entities a reconciliation query may mean, how well each fits, why, and whether that is certain.

Certain is only who has the very name once letters are folded, alone in the graph, with something else that agrees and
nothing that does not. People who share a name are many, and what is said here of one must not fall on another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sayso import names
from sayso.entities import BY_ID, KINDS, PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sayso.entities import Entities, Entity, Property, Value

LEAST = 60.0  # what is less alike is no candidate
FULL_NAME = 2  # words: a surname alone is never certain to be somebody
DOUBTED = 0.5  # what a name counts where another item of Wikidata is meant
_ITEM = re.compile(r"Q[1-9][0-9]*$")


@dataclass(frozen=True)
class Query:
    """Be one query of a batch (Reconciliation API 0.2, section 5).

    `kinds` are the types asked for, all of them where `every`, none excluded where not `strict`; `properties` are the
    values that the user's table gives, each as texts or identifiers.
    """

    name: str
    kinds: frozenset[str] = frozenset()
    every: bool = False
    strict: bool = True
    limit: int = 5
    properties: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Candidate:
    """Be an entity that a query may mean; `agreeing` tells for each property known of it whether a value agrees."""

    entity: Entity
    spelling: str
    likeness: float
    score: float
    of_kind: bool
    agreeing: Mapping[str, bool]
    match: bool

    @property
    def reason(self) -> str:
        """Say why it is a candidate."""
        kind = KINDS[self.entity.kinds[0]]
        how = "the name" if self.likeness == names.CERTAIN else f"{self.likeness:.0f} of 100 like"
        told = [f"{BY_ID[each].name} {'agrees' if yes else 'differs'}" for each, yes in self.agreeing.items()]
        return "; ".join([f"{kind}: {how} “{self.spelling}”", *told])


def candidates(query: Query, entities: Entities) -> list[Candidate]:
    """Find the entities that a query may mean, the best first."""
    alone = len(entities.names.same(query.name)) == 1
    found = (_candidate(query, alike, entities, alone=alone) for alike in entities.names.like(query.name, LEAST))
    kept = (each for each in found if each.of_kind or not query.strict)
    return sorted(kept, key=lambda each: (-each.score, not each.of_kind, each.entity.id))[: query.limit]


def _candidate(query: Query, alike: names.Alike, entities: Entities, *, alone: bool) -> Candidate:
    entity = entities.by_id[alike.owner]
    agreeing = dict(_agreeing(query, entity, entities))
    of_kind = _of_kind(query, entity)
    doubted = agreeing.get("qid") is False
    exact = alike.score == names.CERTAIN
    certain = exact and alone and of_kind and not doubted and _second_signal(query, entity, agreeing)
    score = round(alike.score * (DOUBTED if doubted else 1), 1)
    return Candidate(entity, alike.spelling, alike.score, score, of_kind, agreeing, certain)


def _of_kind(query: Query, entity: Entity) -> bool:
    if not query.kinds:
        return True
    return query.kinds <= set(entity.kinds) if query.every else not query.kinds.isdisjoint(entity.kinds)


def _second_signal(query: Query, entity: Entity, agreeing: Mapping[str, bool]) -> bool:
    """Tell whether more than the name speaks for an entity.

    That it is a person says little: so is every namesake. The kind is enough for what is no person, goes by its own
    label, and is not known to be taken for something else.
    """
    if agreeing.get("qid"):
        return True
    wanted = names.fold(query.name)
    if PERSON in entity.kinds:
        return any(agreeing.values()) and len(wanted.split()) >= FULL_NAME
    labelled = any(name.main and names.fold(name.text) == wanted for name in entity.names)
    return labelled and bool(query.kinds) and not entity.confusable


def _agreeing(query: Query, entity: Entity, entities: Entities) -> Iterable[tuple[str, bool]]:
    """Compare what is given with what is known; what is not known of the entity neither agrees nor differs.

    An item of Wikidata is one or another; of posts a person may hold more than the articles tell, so that only an
    agreement counts, and not in a mere rank, which namesakes may share.
    """
    for identifier, given in (query.properties or {}).items():
        wanted = BY_ID.get(identifier)
        if wanted is None or not wanted.telling or not given:
            continue
        known = [value for value in entity.of(wanted) if wanted.id != "post" or _in_a_body(value, entities)]
        agrees = any(_same(wanted, text, value) for text in given for value in known)
        if agrees or (wanted.id == "qid" and entity.of(wanted)):
            yield wanted.id, agrees


def _in_a_body(post: Value, entities: Entities) -> bool:
    found = entities.by_id.get(post.id or "")
    return found is not None and bool(found.of(BY_ID["body"]))


def _same(wanted: Property, text: str, value: Value) -> bool:
    if wanted.id == "qid":
        item = _ITEM.search(text.strip())
        return item is not None and item[0] == value.text
    folded = names.fold(text)
    return text == value.id or (bool(folded) and folded == names.fold(value.text))
