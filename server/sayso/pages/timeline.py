"""A timeline as SVG, made on the server: one row an event, a bar from the first day it allows to the last.

A year has the same width whatever lies between it and the next one shown, so that one event long ago does not press the
others together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sayso.pages.events import Event

LABELS = 380  # the width of the names, in the units of the drawing
WIDTH = 1000
ROW = 24
HEAD = 28
LEAST = 6.0  # a day is drawn no narrower than this, to be seen and clicked
LONGEST = 56  # characters of a name that fit


@dataclass(frozen=True)
class Bar:
    """Be one row: the event, where its bar begins and how wide it is, and whether an end is open."""

    event: Event
    label: str
    y: int
    x: float
    width: float
    is_open: bool


@dataclass(frozen=True)
class Year:
    """Be a mark of the axis; `after_gap` where years before it are left out."""

    number: int
    x: float
    after_gap: bool


@dataclass(frozen=True)
class Timeline:
    """Be a drawing: its size, its axis, and its rows."""

    width: int
    height: int
    labels: int
    years: tuple[Year, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class _Scale:
    years: tuple[int, ...]

    def at(self, day: date) -> float:
        """Place a day; one in a year that is left out stands where the next year begins."""
        step = (WIDTH - LABELS) / len(self.years)
        before = sum(year < day.year for year in self.years)
        part = (day.timetuple().tm_yday - 1) / 366 if day.year in self.years else 0.0
        return round(LABELS + (before + part) * step, 1)


def draw(events: Iterable[Event]) -> Timeline | None:
    """Draw the events that have a date; None where none has."""
    dated = [(event, _day(event.first), _day(event.last)) for event in events if event.first or event.last]
    years = sorted({day.year for _, first, last in dated for day in (first, last) if day is not None})
    if not years:
        return None
    scale = _Scale(tuple(years))
    bars = tuple(_bar(number, *each, scale) for number, each in enumerate(dated))
    marks = tuple(
        Year(year, scale.at(date(year, 1, 1)), number > 0 and years[number - 1] != year - 1)
        for number, year in enumerate(years)
    )
    return Timeline(WIDTH, HEAD + ROW * len(bars), LABELS, marks, bars)


def _bar(number: int, event: Event, first: date | None, last: date | None, scale: _Scale) -> Bar:
    start = LABELS if first is None else scale.at(first)
    end = WIDTH if last is None else scale.at(last)
    width = max(end - start, LEAST)
    text = event.link.name.text
    label = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    x = min(start, WIDTH - width)
    return Bar(event, label, HEAD + ROW * number, round(x, 1), round(width, 1), first is None or last is None)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
