"""Literals checked and compared: the lexical forms of XML Schema datatypes, and the order of their values.

As in SPARQL 1.1 (section 17.3) numbers, strings, booleans and dateTimes have an order; so have the other dates and
times here, each kind with its own. A time with a zone and one without are not compared: nobody knows which is meant.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import pyoxigraph as ox

from sayso.namespaces import XSD

_YEAR = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9](?:\.[0-9]+)?)|24:00:00(?:\.0+)?)"
_ZONED = r"(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_ZONE = f"{_ZONED}?"
_INTEGER = r"[+-]?[0-9]+"
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = rf"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN"

# What the integer types admit. Oxigraph stores all but xsd:integer itself as xsd:integer.
_RANGES: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
_FORMS = {
    **dict.fromkeys(_RANGES, _INTEGER),
    "decimal": _DECIMAL,
    "double": _DOUBLE,
    "float": _DOUBLE,
    "boolean": "true|false|1|0",
    "string": "(?s:.*)",
    "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
    "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONED}",
    "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}",
    "time": f"{_TIME}{_ZONE}",
    "gYear": f"{_YEAR}{_ZONE}",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}",
    "gMonth": f"--{_MONTH}{_ZONE}",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}",
    "gDay": f"---{_DAY}{_ZONE}",
}
_PATTERNS = {str(XSD) + name: re.compile(form) for name, form in _FORMS.items()}
DERIVED_INTEGERS = frozenset(XSD[name] for name in _RANGES if name != "integer")


Comparable: TypeAlias = Decimal | float | str | bool


class Value(NamedTuple):
    """Be the value of a literal; only values of one kind have an order, and those of no kind ("") have none."""

    kind: str
    value: Comparable


def is_well_formed(literal: ox.Literal) -> bool:
    """Tell whether a literal's lexical form is one of its datatype; for datatypes not known here every form is."""
    return _value(literal.value, literal.datatype.value) is not None


def compare(first: object, second: object) -> int | None:
    """Compare two terms by value: -1, 0 or 1, and None where the `<` of SPARQL would be an error."""
    if not isinstance(first, ox.Literal) or not isinstance(second, ox.Literal):
        return None
    one, other = (_value(each.value, each.datatype.value) for each in (first, second))
    if one is None or other is None or one.kind != other.kind or not one.kind:
        return None
    return _order(one.value, other.value)


def _order(first: Comparable, second: Comparable) -> int | None:
    if isinstance(first, str) or isinstance(second, str):
        return (str(first) > str(second)) - (str(first) < str(second))
    if isinstance(first, float) or isinstance(second, float):
        first, second = float(first), float(second)
    if first != first or second != second:  # noqa: PLR0124  # only NaN differs from itself
        return None
    return (first > second) - (first < second)


@lru_cache(maxsize=65_536)
def _value(lexical: str, datatype: str) -> Value | None:
    """Give the value of a lexical form, None where it is ill-formed."""
    pattern = _PATTERNS.get(datatype)
    if pattern is None:
        return Value("", lexical)
    match = pattern.fullmatch(lexical)
    if match is None:
        return None
    name = datatype.removeprefix(str(XSD))
    if name in ("boolean", "string"):
        return Value(name, lexical in ("true", "1") if name == "boolean" else lexical)
    return _instant(name, match) if pattern.groups else _number(name, lexical)


def _number(name: str, lexical: str) -> Value | None:
    if name in ("double", "float"):
        return Value("number", float(lexical.replace("INF", "inf")))
    number = Decimal(lexical)
    low, high = _RANGES.get(name, (None, None))
    within = (low is None or number >= low) and (high is None or number <= high)
    return Value("number", number) if within else None


def _instant(name: str, match: re.Match[str]) -> Value | None:
    """Count the seconds since the year 0; what a form leaves out is that of the first of January 2000."""
    part = match.groupdict()
    year, month, day = (int(part.get(name) or default) for name, default in (("year", 2000), ("month", 1), ("day", 1)))
    if day > _days(year + month // 12, month % 12 + 1, 1) - _days(year, month, 1):
        return None
    zone = part["zone"]
    seconds = _days(year, month, day) * 86_400 + _seconds(part) - _offset(zone or "Z")
    return Value(f"{name.removesuffix('Stamp')}{'Z' if zone else ''}", seconds)


def _days(year: int, month: int, day: int) -> int:
    """Count days in the proleptic Gregorian calendar, with years that begin in March, so that leap days come last."""
    year -= month < 3  # noqa: PLR2004  # March
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day


def _seconds(part: dict[str, str | None]) -> Decimal:
    """Count the seconds of a day; a time without an hour is 24:00:00."""
    if "hour" not in part:
        return Decimal(0)
    hour, minute, second = part["hour"], part["minute"], part["second"]
    return Decimal(86_400) if hour is None else int(hour) * 3600 + int(minute or 0) * 60 + Decimal(second or 0)


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    hours, minutes = zone[1:].split(":")
    return (int(hours) * 3600 + int(minutes) * 60) * (-1 if zone[0] == "-" else 1)
