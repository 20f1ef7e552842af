"""The page of a thing: whatever the graph has of an entity, and where each statement stands."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from flask import render_template

from sayso.namespaces import ID, RDFS, SAY, SCHEMA, TYPE, Namespace
from sayso.pages import events, places, questions, statements, timeline
from sayso.pages.places import Link, Name
from sayso.wikidata import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sayso.pages.reading import Reading, Row, Term
    from sayso.pages.statements import Statement
    from sayso.wikidata.table import Judgement

SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
EVENTS = 20  # events that the page of one thing shows; /meetings and /events have the others
POSTS = 40  # claims on posts that the page of one thing lists; the question asks for one more
SECTION = 25  # statements of a section that one page shows
MOST = 400  # statements of a section that can be leafed through; the question asks for one more, which tells of more
TIES = 200  # links that the page of one thing lists; /network has the others
HOLDING = frozenset({"Person", "Post"})
TALKED_ABOUT = frozenset({"Event", "Meeting", "Visit", "Attack", "Objective"})

_ALLEGATION = (SAY["Allegation"].value,)
_OTHERS = (SAY["Claim"].value, SAY["Response"].value)


@dataclass(frozen=True)
class Recorded:
    """Hold what is recorded of a thing: property → values."""

    iri: str
    values: Mapping[str, list[Term]]

    def all_of(self, property_: str) -> list[Term]:
        """List the values of a property."""
        return self.values.get(property_, [])

    @property
    def kinds(self) -> list[str]:
        """List its classes of ours, by their local names."""
        found = (term.value for term in self.all_of(TYPE.value))
        return sorted(iri.removeprefix(SAY) for iri in found if iri.startswith(SAY))

    @property
    def labels(self) -> list[Name]:
        """List its labels, in the order of their languages."""
        return _names(self.all_of(RDFS["label"].value))

    @property
    def spellings(self) -> list[Name]:
        """List the other spellings that articles have."""
        return _names(self.all_of(SKOS["altLabel"].value))

    @property
    def notes(self) -> list[str]:
        """List the notes of the mappers."""
        return [term.value for term in self.all_of(SKOS["editorialNote"].value)]

    @property
    def is_talked_about(self) -> bool:
        """Tell whether it is an event or an objective, whose label is what somebody says and no name."""
        return not TALKED_ABOUT.isdisjoint(self.kinds)


@dataclass(frozen=True)
class Section:
    """Be some of the statements on a thing; `more` where further pages have others."""

    title: str
    anchor: str
    statements: tuple[Statement, ...]
    more: bool


@dataclass(frozen=True)
class Holding:
    """Be a claim that somebody holds or does not hold a post."""

    person: Link
    post: Link
    start: str | None
    end: str | None
    negated: bool
    statement: Statement


@dataclass(frozen=True)
class Tie:
    """Be a shortcut between two things: reported to have met, to have held a post, or to accuse."""

    kind: str
    one: Link
    other: Link


@dataclass(frozen=True)
class Part:
    """Say which part of a thing's statements is shown: those of one article alone, None for all, and which page."""

    article: str | None = None
    page: int = 1

    def of(self, statements: list[str]) -> list[str]:
        """Take the statements of this page."""
        return statements[SECTION * (self.page - 1) : SECTION * self.page]


@dataclass(frozen=True)
class _Found:
    part: Part
    sections: Mapping[str, list[str]]
    holdings: tuple[Row, ...]
    more_holdings: bool
    events: events.Gathered
    more_events: bool
    ties: tuple[Row, ...]
    more_ties: bool

    @property
    def statements(self) -> Iterable[str]:
        posts = (row["statement"].value for row in self.holdings)
        shown = (iri for section in self.sections.values() for iri in self.part.of(section))
        return chain(shown, posts, self.events.statements)


def recorded(reading: Reading, iri: str) -> Recorded:
    """Look up what is recorded of a thing; empty where the graph does not know it."""
    values: dict[str, list[Term]] = {}
    for row in reading.ask("recorded", thing=[iri]):
        values.setdefault(row["property"].value, []).append(row["value"])
    return Recorded(iri, values)


def show(reading: Reading, thing: Recorded, judgements: Mapping[str, list[Judgement]], part: Part) -> str:
    """Show the page of a thing, with a part of the statements on it."""
    found = _find(reading, thing, part)
    loaded = statements.load(reading, found.statements)
    links = places.named(reading, _mentioned(thing, found))
    talked_of = events.build(found.events, links, loaded)
    sections = _sections(found, loaded)
    too_many = any(len(each) > MOST for each in found.sections.values())
    return render_template(
        "thing.html",
        reading=reading,
        thing=thing,
        name=places.best(thing.labels) if thing.labels else places.short(thing.iri, reading.site.prefixes),
        kinds=[links[SAY[kind].value] for kind in thing.kinds],
        linked=_linked(thing, judgements),
        confusable=[links[term.value] for term in thing.all_of(OWL["differentFrom"].value)],
        sections=sections,
        part=part,
        more=any(len(each) > SECTION * part.page for each in found.sections.values()),
        articles=statements.sources(reading, questions.ANY) if too_many or part.article else {},
        holdings=_holdings(found.holdings, links, loaded),
        own=next((event for event in talked_of if event.link.iri == thing.iri), None),
        answers=_answers(reading, thing),
        events=[event for event in talked_of if event.link.iri != thing.iri],
        timeline=timeline.draw(talked_of),
        more_events=found.more_events,
        more_holdings=found.more_holdings,
        more_ties=found.more_ties,
        ties=_ties(found.ties, links),
    )


def _find(reading: Reading, thing: Recorded, part: Part) -> _Found:
    iri = thing.iri
    within = questions.ANY if part.article is None else (questions.absolute(ID + part.article),)

    def on(role: str, kinds: tuple[str, ...]) -> list[str]:
        found = reading.ask("statements-on", thing=[iri], role=[SAY[role].value], kind=kinds, article=within)
        return sorted(row["statement"].value for row in found)

    passed_on = reading.ask("passed-on", thing=[iri]) if part.article is None else ()
    sections = {
        "against": on("accused", _ALLEGATION),
        "by": on("origin", (*_ALLEGATION, *_OTHERS)),
        "touching": on("about", _ALLEGATION),
        "about": on("about", _OTHERS),
        "through": sorted(row["statement"].value for row in passed_on),
    }
    around = [row["event"].value for row in reading.ask("events-of", thing=[iri])]
    posts = reading.ask("posts-held", thing=[iri] if HOLDING & {*thing.kinds} else [])
    ties = reading.ask("links", thing=[iri])
    return _Found(
        part,
        sections,
        posts[:POSTS],
        len(posts) > POSTS,
        events.gather(reading, [iri, *around[:EVENTS]]),
        len(around) > EVENTS,
        ties[:TIES],
        len(ties) > TIES,
    )


def _mentioned(thing: Recorded, found: _Found) -> set[str]:
    rows = [*found.holdings, *found.ties]
    columns = ("person", "post", "from", "to")
    named = {row[column].value for row in rows for column in columns if column in row and row[column].is_iri}
    kinds = {SAY[kind].value for kind in thing.kinds}
    return {*named, *kinds, *found.events.mentioned, *(term.value for term in thing.all_of(OWL["differentFrom"].value))}


def _sections(found: _Found, loaded: Mapping[str, Statement]) -> list[Section]:
    """Put each statement into the first section that it fits, and leave out the sections that stay empty."""
    shown_here = {key: set(found.part.of(each)) for key, each in found.sections.items()}
    shown: set[str] = set()
    sections = []

    def section(title: str, anchor: str, key: str, *, allegations: bool | None) -> None:
        fitting = [
            statement
            for iri, statement in loaded.items()
            if iri in shown_here[key] and iri not in shown and allegations in (None, statement.is_allegation)
        ]
        shown.update(each.iri for each in fitting)
        if fitting:
            sections.append(
                Section(title, anchor, tuple(fitting), len(found.sections[key]) > SECTION * found.part.page)
            )

    section("Allegations against", "against", "against", allegations=True)
    section("Allegations by", "allegations-by", "by", allegations=True)
    section("Other allegations that concern", "touching", "touching", allegations=True)
    section("Said by", "by", "by", allegations=False)
    section("Said about", "about", "about", allegations=None)
    section("Passed on through", "through", "through", allegations=None)
    return sections


def _linked(thing: Recorded, judgements: Mapping[str, list[Judgement]]) -> list[tuple[str | None, str]]:
    """List the links to Wikidata, each with the state of its review; a None for what was looked for in vain."""
    ours = [each for each in judgements.get(thing.iri, []) if not each.negative]
    states = {each.item.removeprefix("wd:"): _state(each) for each in ours}
    found = [term.value.removeprefix(table.WIKIDATA) for term in thing.all_of(SCHEMA["sameAs"].value)]
    unlinked: list[tuple[str | None, str]] = [
        (None, each.comment) for each in ours if each.item == table.NOTHING_FOUND and not found
    ]
    return [*((item, states.get(item, "asserted in the graph")) for item in found), *unlinked]


def _state(judgement: Judgement) -> str:
    reviewed = f"reviewed by {judgement.reviewer}" if judgement.reviewer else "not reviewed by a second person"
    return f"judged by {judgement.author}, {reviewed}"


def _holdings(rows: Iterable[Row], links: Mapping[str, Link], loaded: Mapping[str, Statement]) -> list[Holding]:
    found = [
        Holding(
            links[row["person"].value],
            links[row["post"].value],
            row["from"].value if "from" in row else None,
            row["to"].value if "to" in row else None,
            "negated" in row and row["negated"].value == "true",
            loaded[row["statement"].value],
        )
        for row in rows
        if row["statement"].value in loaded
    ]
    return sorted(found, key=lambda each: (each.start or each.end or "9999", each.post.iri, each.statement.iri))


def _answers(reading: Reading, thing: Recorded) -> list[statements.Answered]:
    """List the stances that are taken on an event itself."""
    if not thing.is_talked_about:
        return []
    return statements.answers(reading, thing.iri)


def _ties(rows: Iterable[Row], links: Mapping[str, Link]) -> list[Tie]:
    return [Tie(row["link"].value.removeprefix(SAY), links[row["from"].value], links[row["to"].value]) for row in rows]


def _names(terms: Iterable[Term]) -> list[Name]:
    found = {Name(term.value, term.language) for term in terms}
    return sorted(found, key=lambda name: (name.language != places.ENGLISH, name.language or "", name.text))
