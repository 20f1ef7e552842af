"""A synthetic dataset: things in ten graphs, each with a number, a text, a class, and two links to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "http://example.org/"


def quads(things: int) -> Iterator[ox.Quad]:
    """Give five quads for each thing; `next` is one cycle through all of them, `other` jumps about."""
    for number in range(things):
        thing, graph = name(f"s{number}"), name(f"g{number % 10}")
        yield ox.Quad(thing, name("number"), ox.Literal(number), graph)
        yield ox.Quad(thing, name("text"), ox.Literal(f'thing {number} says "{"x" * 20}"'), graph)
        yield ox.Quad(thing, name("class"), name(f"c{number % 7}"), graph)
        yield ox.Quad(thing, name("next"), name(f"s{(number + 1) % things}"), graph)
        yield ox.Quad(thing, name("other"), name(f"s{(number * 7 + 1) % things}"), graph)


def name(local: str) -> ox.NamedNode:
    return ox.NamedNode(BASE + local)
