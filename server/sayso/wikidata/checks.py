"""The check of the links: what an item says of itself that does not go with the entity that it is linked to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sayso import names
from sayso.entities import PERSON
from sayso.findings import Finding
from sayso.wikidata import table
from sayso.wikidata.told import apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sayso.findings import Level
    from sayso.wikidata.client import Client
    from sayso.wikidata.items import Cache, Item, Office
    from sayso.wikidata.table import Judgement
    from sayso.wikidata.told import Post, Told

YOUNGEST = 15  # years at which somebody may be received as a person of note
_BORN = re.compile(r"\b[Bb]orn (\d{4}(?:-\d\d(?:-\d\d)?)?)")


def run(file: Path, told: Told, judgements: Sequence[Judgement], cache: Cache) -> list[Finding]:
    """Check every link of a table against the items of a cache; returns findings with the line of the row.

    Raises DocumentError where a file of the cache is not understood.
    """
    linked = [judgement for judgement in judgements if judgement.counts and judgement.qid]
    found = [_finding(file, each, "violation", "duplicate", _shared(each, linked)) for each in table.contested(linked)]
    for judgement in linked:
        item = cache.item(judgement.qid or "")
        for level, rule, message in _problems(judgement, item, told, judgements):
            found.append(_finding(file, judgement, level, rule, message))
    return sorted(found)


def fetch(judgements: Iterable[Judgement], client: Client, cache: Cache, tell: Callable[[str], None]) -> None:
    """Fetch every linked item into the cache, whether or not it is there; raises WikidataFailed."""
    for judgement in judgements:
        if judgement.counts and judgement.qid:
            tell(judgement.subject_label)
            client.fetch(judgement.qid, cache)


def likeness(ours: Iterable[str], theirs: Iterable[str]) -> float:
    """Say from 0 to 100 how alike the two names are that are most alike."""
    others = tuple(theirs)
    return max((names.similarity(one, other) for one in ours for other in others), default=0.0)


def outlived(item: Item, day: str) -> str | None:
    """Say why somebody cannot have met anybody on a day, None where nothing speaks against it."""
    if item.died and item.died[: len(day)] < day[: len(item.died)]:
        return f"died {item.died}"
    grown = f"{int(item.born[:4]) + YOUNGEST}{item.born[4:]}" if item.born else ""
    return f"was born {item.born}" if grown and grown[: len(day)] > day[: len(grown)] else None


def offices(entity: str, item: Item, told: Told, judgements: Sequence[Judgement]) -> list[tuple[Post, Office]]:
    """Pair the posts that articles give a person with the offices of an item that are linked to them."""
    linked = {each.entity: each.qid for each in judgements if each.counts}
    posts = [(post, linked.get(post.post)) for post in told.posts.get(entity, ())]
    return [(post, office) for post, qid in posts for office in item.offices if office.item == qid]


def _problems(
    judgement: Judgement, item: Item | None, told: Told, judgements: Sequence[Judgement]
) -> Iterator[tuple[Level, str, str]]:
    qid = judgement.qid
    if item is None:
        yield "info", "unknown", f"{qid} is not in the cache: nothing is checked; --online fetches it"
    elif item.deleted:
        yield "violation", "deleted", f"{qid} was deleted: look for another item, or write {table.NOTHING_FOUND}"
    elif item.id != qid:
        yield "violation", "redirected", f"{qid} was merged into {item.id}: see that it is the same, and write that"
    elif item.disambiguation:
        yield "violation", "disambiguation", f"{qid} is a page that lists namesakes, and nobody: choose one of them"
    else:
        yield from _mismatches(judgement, item, told)
        yield from _office_dates(judgement, item, told, judgements)


def _mismatches(judgement: Judgement, item: Item, told: Told) -> Iterator[tuple[Level, str, str]]:
    entity = told.entities.get(judgement.entity)
    person = entity is not None and PERSON in entity.kinds
    ours = [name.text for name in entity.names] if entity else [judgement.subject_label]
    if item.human != person:
        what, other = ("a human", "none") if item.human else ("no human", "one")
        yield "violation", "type", f"{judgement.qid} is {what} and {judgement.subject} {other}: mark the row Not"
    if likeness(ours, item.names) < names.LIKELY:
        yield "warning", "label", f"{judgement.qid} is called {item.label}: no name of {judgement.subject} is like it"
    noted = _BORN.search(judgement.comment)
    if person and noted and item.born and apart((noted[1], noted[1]), (item.born, item.born)):
        yield "violation", "birth", f"{judgement.qid} was born {item.born}, and the row says {noted[1]}"
    against = outlived(item, told.met[judgement.entity]) if person and judgement.entity in told.met else None
    if against:
        day = told.met[judgement.entity]
        yield "violation", "life", f"{judgement.qid} {against}, and {judgement.subject} has a meeting by {day}"


def _office_dates(
    judgement: Judgement, item: Item, told: Told, judgements: Sequence[Judgement]
) -> Iterator[tuple[Level, str, str]]:
    pairs = offices(judgement.entity, item, told, judgements)
    for claim in dict.fromkeys(post.claim for post, _ in pairs):
        spans = [(post, office) for post, office in pairs if post.claim == claim]
        if all(apart((post.first, post.last), (office.start, office.end)) for post, office in spans):
            post, office = spans[0]
            held = f"{office.start or '…'} to {office.end or '…'}"
            given = f"{post.first or '…'} to {post.last or '…'}"
            yield "warning", "office", f"{judgement.qid} held {post.post} {held}, and id:{claim} says {given}"


def _shared(judgement: Judgement, linked: Sequence[Judgement]) -> str:
    others = sorted(
        f"{each.subject} = {each.item} in line {each.line}"
        for each in linked
        if each != judgement and (each.subject == judgement.subject or each.item == judgement.item)
    )
    return f"{judgement.subject} = {judgement.item}, but {'; '.join(others)}: keep one and mark the others Not"


def _finding(file: Path, judgement: Judgement, level: Level, rule: str, message: str) -> Finding:
    return Finding(str(file), judgement.line, level, message, rule=f"link-{rule}")
