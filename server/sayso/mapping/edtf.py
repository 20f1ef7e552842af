"""Extended Date/Time Format (ISO 8601-2, Library of Congress 2019): the part that the mapping uses.

A date to the year, month or day, with X for digits that are not known, ~ ? or % for approximate, uncertain or both,
and intervals with open ends. The `edtf` package cannot give the bounds of 2019-12-2X, which is why this is
here.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_DATE = re.compile(r"(?P<year>[0-9X]{4})(?:-(?P<month>[0-9X]{2})(?:-(?P<day>[0-9X]{2}))?)?[~?%]?")
_LAST_MONTH = 12


@dataclass(frozen=True)
class Bounds:
    """Give the first and the last day that a date allows; None where an end is open or unknown."""

    first: date | None
    last: date | None


def bounds(text: str) -> Bounds:
    """Give the bounds of a date or an interval.

    ~ ? and % leave the bounds as they are: they say how sure the date is, not how far it reaches.
    Raises ValueError where the text is not of the part that is supported, or names a day that does not exist.
    """
    if "/" not in text:
        return _date(text)
    start, _, end = text.partition("/")
    first = None if start == ".." else _date(start).first
    last = None if end == ".." else _date(end).last
    if first is not None and last is not None and last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return Bounds(first, last)


def _date(text: str) -> Bounds:
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no date such as 2020-07-24, 2020-07, 2020-03~, 2019-12-2X or 2019-10/..")
    years = _fill(found["year"], 1, 9999)
    first = next((ends[0] for year in years if (ends := _ends(year, found["month"], found["day"]))), None)
    last = next((ends[-1] for year in reversed(years) if (ends := _ends(year, found["month"], found["day"]))), None)
    if first is None:
        raise ValueError(f"{text!r} names a day that does not exist")
    return Bounds(first, last)


def _ends(year: int, month: str | None, day: str | None) -> list[date]:
    """List, in order, the first and the last day that each month allows."""
    ends = []
    for number in _fill(month or "XX", 1, _LAST_MONTH):
        possible = _fill(day or "XX", 1, calendar.monthrange(year, number)[1])
        ends += [date(year, number, possible[0]), date(year, number, possible[-1])] if possible else []
    return ends


def _fill(digits: str, least: int, most: int) -> list[int]:
    """List the numbers from `least` to `most` that the digits allow, where X stands for any digit."""
    if "X" not in digits:
        number = int(digits)
        return [number] if least <= number <= most else []
    pattern = re.compile(digits.replace("X", "[0-9]"))
    return [number for number in range(least, most + 1) if pattern.fullmatch(f"{number:0{len(digits)}}")]
