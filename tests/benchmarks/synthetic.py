"""A synthetic graph in the model of Sayso, of any size: people, posts, meetings, allegations with chains, responses.

The same size gives the same quads. An article is about a hundred quads, each in the named graph of its article.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.namespaces import GRAPH, ID, RDF, RDFS, SAY, TYPE, VOCABULARY, XSD

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE_EACH = 40  # articles for one person: a person is spoken of in many articles


def quads(number: int, seed: int = 1) -> Iterator[ox.Quad]:
    """Make about so many quads."""
    chance = random.Random(seed)
    articles = max(number // 96, 1)
    people = max(articles // PEOPLE_EACH, 20)
    entities = GRAPH["entities"]
    for person in range(people):
        yield ox.Quad(_person(person), TYPE, SAY["Person"], entities)
        yield ox.Quad(_person(person), RDFS["label"], ox.Literal(f"Person {person}", language="en"), entities)
    for article in range(articles):
        yield from _article(article, people, chance)


def _article(number: int, people: int, chance: random.Random) -> Iterator[ox.Quad]:
    name, graph = f"synthetic-{number}", GRAPH[f"synthetic-{number}"]
    article = ID[name]
    yield ox.Quad(article, TYPE, SAY["Article"], graph)
    for statement in range(8):
        node = ID[f"{name}/s{statement}"]
        one, other, source = (_person(chance.randrange(people)) for _ in range(3))
        meeting = ID[f"{name}/meeting-{statement}"]
        alleged = statement % 2 == 0
        yield ox.Quad(node, TYPE, SAY["Allegation" if alleged else "Claim"], graph)
        yield ox.Quad(node, RDF["subject"], one if alleged else meeting, graph)
        yield ox.Quad(node, RDF["predicate"], SAY["actsFor" if alleged else "outcome"], graph)
        yield ox.Quad(node, RDF["object"], other if alleged else VOCABULARY["held"], graph)
        yield ox.Quad(node, SAY["hedge"], VOCABULARY[chance.choice(("flat", "believed", "reportedly"))], graph)
        yield ox.Quad(
            node, SAY["gist"], ox.Literal(f"Statement {statement} of article {number}.", language="en"), graph
        )
        yield ox.Quad(node, SAY["inArticle"], article, graph)
        yield ox.Quad(node, SAY["origin"], source, graph)
        yield ox.Quad(node, SAY["accordingTo"], ID[f"{name}/s{statement}/via"], graph)
        yield ox.Quad(ID[f"{name}/s{statement}/via"], SAY["source"], source, graph)
        if alleged:
            yield ox.Quad(node, SAY["accused"], one, graph)
        else:
            yield ox.Quad(meeting, TYPE, SAY["Meeting"], graph)
            yield ox.Quad(meeting, SAY["participant"], one, graph)
            yield ox.Quad(meeting, SAY["participant"], other, graph)
            day = f"20{10 + number % 15}-0{1 + number % 9}-1{number % 10}"
            yield ox.Quad(meeting, SAY["notBefore"], ox.Literal(day, datatype=XSD["date"]), graph)


def _person(number: int) -> ox.NamedNode:
    return ID[f"person-{number}"]
