"""The page of the query editor: examples, prefixes, and whether the front-end packages were built in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, render_template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# YASGUI's table adds one style element, always the same, for the handles of its columns. Named by its hash, it needs no
# leave for other inline styles.
_STYLE = "'sha256-zCK2EVMoPc04mRF/g5CotUvxbJPWS+8V0b+s9ptqQIk='"
POLICY = f"default-src 'self'; style-src 'self' {_STYLE}; frame-ancestors 'none'"
VENDOR = Path(__file__).parent / "static" / "vendor"


@dataclass(frozen=True)
class Example:
    """Name a query, for a tab of the editor."""

    name: str
    query: str


ANYTHING = Example("Ten triples", "SELECT * WHERE {\n  ?subject ?predicate ?object .\n} LIMIT 10\n")


def built() -> bool:
    """Tell whether the packages of npm are part of this installation."""
    return (VENDOR / "lock.sha256").is_file()


def page(examples: Sequence[Example], prefixes: Mapping[str, str]) -> Response:
    """Show the editor, with a tab for each example, and the plain form beneath it."""
    shown = examples or (ANYTHING,)
    text = render_template("sparql.html", built=built(), examples=shown, prefixes=prefixes, text=shown[0].query)
    return Response(text, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
