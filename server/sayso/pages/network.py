"""The network of reported meetings, posts and accusations, with positions that are computed here.

The same links always give the same picture: the layout is Fruchterman and Reingold's (1991), begun on a spiral instead
of at random places.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import render_template

from sayso.namespaces import SAY
from sayso.pages import places, questions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sayso.pages.places import Link
    from sayso.pages.reading import Reading, Row

LARGEST = 150  # things in one drawing: more cannot be read, and the layout takes the square of their number
ROUNDS = 80
DISTANCE = 90.0  # between neighbours, in the units of the drawing
GOLDEN = math.pi * (3 - math.sqrt(5))

ACCUSED, POST, MET = (SAY[name].value for name in ("accusedBy", "reportedlyHeldPost", "reportedlyMet"))
WORDS = {MET: "reportedly met", POST: "reportedly held the post", ACCUSED: "is accused by"}
KINDS = {MET: "meeting", POST: "post", ACCUSED: "allegation"}


@dataclass(frozen=True)
class Node:
    """Be a thing and where it is drawn; `weight` is the number of its links."""

    link: Link
    kind: str
    weight: int
    x: float
    y: float


@dataclass(frozen=True)
class Edge:
    """Be a link between two things; an allegation's points to the accused."""

    kind: str
    words: str
    one: Link
    other: Link


@dataclass(frozen=True)
class Network:
    """Be a drawing: its nodes, its edges, and how many links there are that it leaves out."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: int

    def document(self) -> dict[str, Any]:
        """Give what the script of the page draws."""
        nodes = [
            {
                "id": node.link.iri,
                "label": node.link.name.text,
                "href": node.link.path,
                "kind": node.kind,
                "weight": node.weight,
                "x": node.x,
                "y": node.y,
            }
            for node in self.nodes
        ]
        links = [{"source": edge.one.iri, "target": edge.other.iri, "kind": edge.kind} for edge in self.edges]
        return {"nodes": nodes, "links": links}


def show(reading: Reading, around: str | None, *, drawn: bool) -> str:
    """Show the network, all of it or the links of one thing; `drawn` tells whether the drawing library is there."""
    network = draw(reading, around)
    return render_template("network.html", reading=reading, network=network, around=around, built=drawn)


def draw(reading: Reading, around: str | None) -> Network:
    """Draw the network; where it has more than LARGEST things, those with the most links."""
    rows = reading.ask("links", thing=questions.ANY if around is None else [around])
    every = sorted({_ends(row) for row in rows})
    weights = Counter(iri for _, one, other in every for iri in (one, other))
    chosen = set(sorted(weights, key=lambda iri: (iri != around, -weights[iri], iri))[:LARGEST])
    kept = [each for each in every if each[1] in chosen and each[2] in chosen]
    positions = layout(tuple(sorted({(min(one, other), max(one, other)) for _, one, other in kept})))
    links = places.named(reading, sorted(positions))
    posts = {other for kind, _, other in kept if kind == POST}
    nodes = tuple(
        Node(links[iri], "post" if iri in posts else "person", weights[iri], *positions[iri])
        for iri in sorted(positions)
    )
    edges = tuple(Edge(KINDS[kind], WORDS[kind], links[one], links[other]) for kind, one, other in kept)
    return Network(nodes, edges, len(every) - len(kept))


def _ends(row: Row) -> tuple[str, str, str]:
    """Give the kind and the two ends; a meeting is one link, whichever way it is stated."""
    kind, one, other = row["link"].value, row["from"].value, row["to"].value
    if kind == MET:
        return kind, min(one, other), max(one, other)
    return kind, one, other


@lru_cache(maxsize=64)
def layout(edges: tuple[tuple[str, str], ...]) -> dict[str, tuple[float, float]]:
    """Place the ends of links: linked ones near each other, all others apart. The same edges give the same places."""
    names = sorted({name for edge in edges for name in edge})
    places_ = [_spiral(number) for number in range(len(names))]
    index = {name: number for number, name in enumerate(names)}
    pairs = [(index[one], index[other]) for one, other in edges if one != other]
    heat = DISTANCE * math.sqrt(len(names) or 1) / 4
    for number in range(ROUNDS):
        places_ = _moved(places_, pairs, heat * (1 - number / ROUNDS))
    return {name: (round(place.real, 1), round(place.imag, 1)) for name, place in zip(names, places_, strict=True)}


def _spiral(number: int) -> complex:
    radius = DISTANCE * math.sqrt(number + 1) * 0.6
    return complex(radius * math.cos(GOLDEN * number), radius * math.sin(GOLDEN * number))


def _moved(at: list[complex], pairs: Iterable[tuple[int, int]], most: float) -> list[complex]:
    """Move every point by the forces on it, `most` at most, and a little to the middle, so that nothing drifts away."""
    force = [-point * 0.8 for point in at]
    for one, here in enumerate(at):
        for other in range(one):
            apart = here - at[other]
            push = apart * (DISTANCE * DISTANCE / max(abs(apart) ** 2, 1.0))
            force[one] += push
            force[other] -= push
    for one, other in pairs:
        apart = at[one] - at[other]
        pull = apart * (abs(apart) / DISTANCE)
        force[one] -= pull
        force[other] += pull
    return [point + push * min(1.0, most / max(abs(push), 1e-9)) for point, push in zip(at, force, strict=True)]
