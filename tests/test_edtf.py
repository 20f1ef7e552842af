"""The bounds of EDTF dates."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.mapping.edtf import bounds


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020-07-24", date(2020, 7, 24), date(2020, 7, 24)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2020-03~", date(2020, 3, 1), date(2020, 3, 31)),
        ("2019-12-2X", date(2019, 12, 20), date(2019, 12, 29)),
        ("2021-XX-31", date(2021, 1, 31), date(2021, 12, 31)),
        ("201X", date(2010, 1, 1), date(2019, 12, 31)),
        ("2019-10/..", date(2019, 10, 1), None),
        ("../2020-02", None, date(2020, 2, 29)),
        ("2019-12-2X/2020-01", date(2019, 12, 20), date(2020, 1, 31)),
    ],
)
def test_a_date_reaches_from_its_first_to_its_last_day(text: str, first: date | None, last: date | None) -> None:
    found = bounds(text)
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "hello", "2020-3", "2020-13", "2021-02-29", "2020-02-3X", "2021/2020", "2020/", "2020-07-24T10"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|exist|begins|ends"):
        bounds(text)


@given(st.dates(min_value=date(1000, 1, 1)), st.integers(0, 7))
def test_a_coarser_date_contains_the_finer_one(day: date, hidden: int) -> None:
    digits = list(day.isoformat())
    for position in [9, 8, 6, 5, 3, 2, 1, 0][:hidden]:
        digits[position] = "X"
    found = bounds("".join(digits))
    assert found.first is not None
    assert found.last is not None
    assert found.first <= day <= found.last
