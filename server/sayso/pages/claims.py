"""The page of a statement: its chain, its content as a claim, and who answers, contradicts or repeats it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from sayso.namespaces import RDF, SAY, TYPE
from sayso.pages import places, statements

if TYPE_CHECKING:
    from sayso.pages.reading import Reading, Term
    from sayso.pages.things import Recorded

# What a statement is made of, in the order of the page, with the words for it.
CONTENT = (
    (RDF["subject"].value, "Of"),
    (RDF["predicate"].value, "Property"),
    (RDF["object"].value, "Value"),
    (SAY["negated"].value, "Negated"),
    (SAY["approximation"].value, "Rounded"),
    (SAY["unit"].value, "Counted in"),
    (SAY["decidedBy"].value, "Decided by"),
    (SAY["from"].value, "From"),
    (SAY["to"].value, "Until"),
    (SAY["accused"].value, "Accused"),
    (SAY["respondsTo"].value, "Responds to"),
    (SAY["stance"].value, "Stance"),
)


def show(reading: Reading, thing: Recorded) -> str:
    """Show the page of a statement."""
    known = statements.load(reading, [thing.iri])
    related = [each.iri for statement in known.values() for each in statement.related]
    answered = [term.value for term in thing.all_of(SAY["respondsTo"].value)]
    others = statements.load(reading, [*related, *answered])
    content = _content(thing)
    links = places.named(reading, [term.value for _, terms in content for term in terms if term.is_iri])
    about = [term.value for term in thing.all_of(RDF["subject"].value) if term.is_iri]
    return render_template(
        "statement.html",
        reading=reading,
        thing=thing,
        statement=known[thing.iri],
        others=others,
        answered=[others[iri] for iri in answered if iri in others],
        content=content,
        links=links,
        stances=[(links[iri], each) for iri in about for each in statements.answers(reading, iri)],
    )


def is_statement(thing: Recorded) -> bool:
    """Tell whether a thing is a statement, which has its own kind of page."""
    return bool(thing.all_of(SAY["gist"].value)) and bool(thing.all_of(TYPE.value))


def _content(thing: Recorded) -> list[tuple[str, list[Term]]]:
    return [(words, terms) for property_, words in CONTENT if (terms := thing.all_of(property_))]
