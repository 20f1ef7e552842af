"""The page of disagreements: statements side by side, drift of hedges, and how independent reports are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import render_template

from sayso.pages import places, questions, statements

if TYPE_CHECKING:
    from sayso.pages.places import Link, Name
    from sayso.pages.reading import Reading, Row, Term
    from sayso.pages.statements import Statement

LARGEST = 100  # disagreements of one kind that the page shows


@dataclass(frozen=True)
class Dispute:
    """Be what one thing is said to be or have, in ways that cannot all hold: one column a statement."""

    subject: Link
    property: Link
    columns: tuple[Statement, ...]


@dataclass(frozen=True)
class Answer:
    """Be a statement and a response to it."""

    statement: Statement
    stance: Name
    response: Statement


@dataclass(frozen=True)
class Drift:
    """Be a statement and one that repeats it with another hedge."""

    earlier: Statement
    later: Statement


@dataclass(frozen=True)
class Count:
    """Count the articles that say the same, the sources that they rest on, and those that do not repeat another."""

    subject: Link
    property: Link
    value: Link | str
    articles: int
    origins: int
    independent: int


def show(reading: Reading) -> str:
    """Show where sources contradict or rival each other, deny, drift and repeat."""
    disputes = reading.ask("disagreements", article=questions.ANY)
    answered = reading.ask("answered", article=questions.ANY)[:LARGEST]
    drifts = reading.ask("drift", article=questions.ANY)[:LARGEST]
    counts = reading.ask("independence", property=questions.ANY, article=questions.ANY)
    groups = _groups(disputes)
    loaded = statements.load(reading, _statements([*groups.values()], answered, drifts))
    links = places.named(reading, _mentioned([*disputes, *answered, *counts]))
    ordered = sorted(counts, key=lambda row: (-int(row["articles"].value), row["subject"].value, row["property"].value))
    return render_template(
        "disagreements.html",
        reading=reading,
        disputes=[_dispute(key, group, links, loaded) for key, group in groups.items()],
        answers=[
            Answer(loaded[row["statement"].value], links[row["stance"].value].name, loaded[row["response"].value])
            for row in answered
            if row["statement"].value in loaded and row["response"].value in loaded
        ],
        drifts=[Drift(loaded[row["earlier"].value], loaded[row["later"].value]) for row in drifts],
        counts=[_count(row, links) for row in ordered[:LARGEST]],
    )


def _groups(rows: tuple[Row, ...]) -> dict[tuple[str, str], set[str]]:
    """Group the statements in conflict by what they are said of, at most LARGEST groups."""
    groups: dict[tuple[str, str], set[str]] = {}
    for row in sorted(rows, key=lambda each: (each["subject"].value, each["property"].value)):
        key = row["subject"].value, row["property"].value
        if key in groups or len(groups) < LARGEST:
            groups.setdefault(key, set()).update((row["one"].value, row["other"].value))
    return groups


def _statements(groups: list[set[str]], answered: tuple[Row, ...], drifts: tuple[Row, ...]) -> set[str]:
    pairs = [(row, ("statement", "response")) for row in answered] + [(row, ("earlier", "later")) for row in drifts]
    return {iri for group in groups for iri in group} | {row[column].value for row, names in pairs for column in names}


def _mentioned(rows: list[Row]) -> set[str]:
    columns = ("subject", "property", "object", "stance")
    return {row[column].value for row in rows for column in columns if column in row and row[column].is_iri}


def _dispute(key: tuple[str, str], group: set[str], links: dict[str, Link], loaded: dict[str, Statement]) -> Dispute:
    subject, property_ = key
    return Dispute(links[subject], links[property_], tuple(each for iri, each in loaded.items() if iri in group))


def _count(row: Row, links: dict[str, Link]) -> Count:
    numbers = (int(row[name].value) for name in ("articles", "origins", "independent"))
    return Count(links[row["subject"].value], links[row["property"].value], _value(row["object"], links), *numbers)


def _value(term: Term, links: dict[str, Link]) -> Link | str:
    return links[term.value] if term.is_iri else term.value
