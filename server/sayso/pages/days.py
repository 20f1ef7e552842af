"""Dates in words: EDTF as people read it."""

from __future__ import annotations

import calendar
import re

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?([~?%]?)")
_SURE = {"": "", "~": "about ", "?": "perhaps ", "%": "perhaps about "}


def words(edtf: str) -> str:
    """Write an EDTF date in words; one whose digits are not all known stays as it is."""
    if "/" not in edtf:
        return _date(edtf)
    start, _, end = edtf.partition("/")
    if start in ("", ".."):
        return f"until {_date(end)}"
    return f"from {_date(start)} on" if end in ("", "..") else f"{_date(start)} to {_date(end)}"


def _date(edtf: str) -> str:
    found = _DATE.fullmatch(edtf)
    if found is None or not 0 < int(found[2] or 1) <= len(calendar.month_name) - 1:
        return edtf
    year, month, day, sure = found.groups()
    parts = [str(int(day))] if day else []
    parts += [calendar.month_name[int(month)]] if month else []
    return _SURE[sure] + " ".join([*parts, year])
