"""The pages of meetings and of events: a timeline and a table, with filters by person, place and article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import render_template

from sayso.namespaces import ID
from sayso.pages import events, questions, statements, timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sayso.pages.events import Event
    from sayso.pages.places import Link
    from sayso.pages.reading import Reading

LARGEST = 200  # events that one page shows; the filters find the others


@dataclass(frozen=True)
class Filter:
    """Be one filter: its name in the address, its label, what can be chosen, and what is."""

    name: str
    label: str
    options: tuple[Link, ...]
    chosen: str | None


def show(reading: Reading, chosen: Mapping[str, str], *, meetings: bool) -> str:
    """Show meetings, or all other events; `chosen` are the filters: person, place and article, by local name."""
    gathered = events.gather(reading, questions.ANY)
    links = events.named(reading, gathered)
    every = [event for event in events.build(gathered, links, {}) if event.is_meeting == meetings]
    kept = _kept(reading, every, chosen)
    within = events.Gathered(
        {event.link.iri: gathered.events[event.link.iri] for event in kept[:LARGEST]}, gathered.outcomes
    )
    said = {row["statement"].value for event in kept[:LARGEST] for row in gathered.outcomes.get(event.link.iri, [])}
    found = events.build(within, links, statements.load(reading, said))
    return render_template(
        "events.html",
        reading=reading,
        meetings=meetings,
        events=found,
        left_out=len(kept) - len(found),
        timeline=timeline.draw(found),
        filters=(
            Filter(
                "person",
                "Taking part",
                _options(each for event in every for each in event.participants),
                chosen.get("person"),
            ),
            Filter("place", "Place", _options(each for event in every for each in event.places), chosen.get("place")),
        ),
        articles=statements.sources(reading, questions.ANY).values(),
        article=chosen.get("article"),
    )


def _kept(reading: Reading, every: list[Event], chosen: Mapping[str, str]) -> list[Event]:
    wanted = {name: questions.absolute(ID + value) for name, value in chosen.items() if value}
    of_article = None
    if "article" in wanted:
        of_article = {row["event"].value for row in reading.ask("events-of", thing=[wanted["article"]])}
    return [
        event
        for event in every
        if ("person" not in wanted or wanted["person"] in {each.iri for each in event.participants})
        and ("place" not in wanted or wanted["place"] in {each.iri for each in event.places})
        and (of_article is None or event.link.iri in of_article)
    ]


def _options(links: Iterable[Link]) -> tuple[Link, ...]:
    return tuple(sorted(set(links), key=lambda link: link.name.text))
