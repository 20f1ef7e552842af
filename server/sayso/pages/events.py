"""Events as pages show them: who is to take part, where and when, and what is said to have become of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sayso.namespaces import SAY
from sayso.pages import days, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sayso.pages.places import Link
    from sayso.pages.reading import Reading, Row
    from sayso.pages.statements import Statement

MEETING = "Meeting"


@dataclass(frozen=True)
class Outcome:
    """Be what a statement says became of an event; `decided_by` is who is said to have decided it."""

    outcome: Link
    negated: bool
    decided_by: Link | None
    statement: Statement


@dataclass(frozen=True)
class Event:
    """Be an event that is talked about; `first` and `last` are the days that its date allows, None where open."""

    link: Link
    kind: Link
    types: tuple[Link, ...]
    date: str | None
    first: str | None
    last: str | None
    participants: tuple[Link, ...]
    places: tuple[Link, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def is_meeting(self) -> bool:
        """Tell whether its participants are to face each other."""
        return self.kind.iri == SAY[MEETING].value

    @property
    def state(self) -> str:
        """Give the outcome in one word for its colour: its local name, disputed, or unknown where none is said."""
        said = {"disputed" if each.negated else each.outcome.iri.rpartition("/")[2] for each in self.outcomes}
        if len(said) > 1:
            return "disputed"
        return next(iter(said), "unknown")


@dataclass(frozen=True)
class Gathered:
    """Hold what the graph has of some events, before the names and the statements are looked up."""

    events: Mapping[str, list[Row]]
    outcomes: Mapping[str, list[Row]]

    @property
    def statements(self) -> set[str]:
        """List the statements that say what became of the events."""
        return {row["statement"].value for rows in self.outcomes.values() for row in rows}

    @property
    def mentioned(self) -> set[str]:
        """List what is to be named."""
        columns = ("event", "kind", "type", "participant", "place", "outcome", "decidedBy")
        rows = [row for rows in (*self.events.values(), *self.outcomes.values()) for row in rows]
        return {row[column].value for row in rows for column in columns if column in row}


def gather(reading: Reading, iris: Iterable[str]) -> Gathered:
    """Gather events; ANY for all of them."""
    return Gathered(_by_event(reading.ask("events", event=iris)), _by_event(reading.ask("outcomes", event=iris)))


def build(gathered: Gathered, links: Mapping[str, Link], statements: Mapping[str, Statement]) -> list[Event]:
    """Make the events, in the order of the first day that each allows, those without one last."""
    found = [
        _event(rows, _outcomes(gathered.outcomes.get(iri, []), links, statements), links)
        for iri, rows in gathered.events.items()
    ]
    return sorted(found, key=lambda each: (each.first or "9999", each.last or "9999", each.link.iri))


def _by_event(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["event"].value].append(row)
    return found


def _event(rows: list[Row], outcomes: tuple[Outcome, ...], links: Mapping[str, Link]) -> Event:
    first = rows[0]

    def all_of(column: str) -> tuple[Link, ...]:
        return tuple(links[iri] for iri in dict.fromkeys(row[column].value for row in rows if column in row))

    def value_of(column: str) -> str | None:
        return first[column].value if column in first else None

    date = value_of("date")
    return Event(
        link=links[first["event"].value],
        kind=links[first["kind"].value],
        types=all_of("type"),
        date=None if date is None else days.words(date),
        first=value_of("first"),
        last=value_of("last"),
        participants=all_of("participant"),
        places=all_of("place"),
        outcomes=outcomes,
    )


def _outcomes(rows: list[Row], links: Mapping[str, Link], statements: Mapping[str, Statement]) -> tuple[Outcome, ...]:
    said = [
        Outcome(
            outcome=links[row["outcome"].value],
            negated="negated" in row and row["negated"].value == "true",
            decided_by=links[row["decidedBy"].value] if "decidedBy" in row else None,
            statement=statements[row["statement"].value],
        )
        for row in rows
        if row["statement"].value in statements
    ]
    return tuple(sorted(said, key=lambda each: (each.statement.article.first, each.statement.iri)))


def named(reading: Reading, gathered: Gathered) -> dict[str, Link]:
    """Name whatever the events mention."""
    return places.named(reading, gathered.mentioned)
