"""What our dataset tells of its entities that can be compared with an item: names, kinds, times and posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso import entities
from sayso.mapping import edtf
from sayso.namespaces import ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sayso.entities import Entity

_PREFIXES = """\
PREFIX say: <https://w3id.org/sayso/ns#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
_MET = """
SELECT ?entity (MIN(?first) AS ?day) {
  ?event a ?kind ; say:participant ?entity ; say:notAfter ?first . VALUES ?kind { say:Meeting say:Visit }
} GROUP BY ?entity"""
# A post is put forward as one that somebody held only where an article says so itself, outright, and nobody disputes
# it: no allegation, no hop, no response, no conflict, no doubt of the mapper's.
_POSTS = """
SELECT DISTINCT ?claim ?entity ?post ?from ?to ?url ?sound {
  ?claim rdf:predicate say:holdsPost ; rdf:subject ?entity ; rdf:object ?post .
  FILTER NOT EXISTS { ?claim say:negated true }
  FILTER NOT EXISTS { ?claim a say:Allegation }
  OPTIONAL { ?claim say:from ?from } OPTIONAL { ?claim say:to ?to }
  OPTIONAL { ?claim say:inArticle/schema:url ?url }
  BIND(EXISTS { ?claim say:hedge <https://w3id.org/sayso/vocab/flat> } && NOT EXISTS { ?claim say:accordingTo ?hop }
    && NOT EXISTS { ?claim say:conflictsWith|^say:respondsTo|skos:editorialNote ?doubt }
    && NOT EXISTS { ?claim say:approximation ?about } AS ?sound)
}"""
_DENIED = """
SELECT DISTINCT ?entity ?post {
  { ?claim say:negated true } UNION { ?claim a say:Allegation }
  ?claim rdf:predicate say:holdsPost ; rdf:subject ?entity ; rdf:object ?post .
}"""


@dataclass(frozen=True)
class Post:
    """Be a claim that somebody held a post: `first` and `last` are dates in EDTF, empty where not said.

    It is `sound` where the article says it itself and outright, and nobody disputes it.
    """

    claim: str
    post: str
    first: str
    last: str
    url: str
    sound: bool


@dataclass(frozen=True)
class Told:
    """Hold what is told: entities by identifier, the day by which each had met somebody, the posts of each."""

    entities: Mapping[str, Entity]
    met: Mapping[str, str]
    posts: Mapping[str, tuple[Post, ...]]


@dataclass(frozen=True)
class _Graphs:
    """Answer queries over the union of graphs in memory."""

    store: ox.Store

    def version(self) -> int:
        return 0

    def select(self, text: str) -> bytes:
        return _solutions(self.store, text).serialize(format=ox.QueryResultsFormat.JSON) or b""


def read(quads: Iterable[ox.Quad]) -> Told:
    """Read what a dataset tells."""
    store = ox.Store()
    store.bulk_extend(quads)
    denied = {(_id(row["entity"]), _id(row["post"])) for row in _solutions(store, _PREFIXES + _DENIED)}
    posts: dict[str, list[Post]] = {}
    for row in _solutions(store, _PREFIXES + _POSTS):
        entity, post = _id(row["entity"]), _id(row["post"])
        first, last, url = (row[name].value if row[name] else "" for name in ("from", "to", "url"))
        sound = row["sound"].value == "true" and (entity, post) not in denied
        posts.setdefault(entity, []).append(Post(_id(row["claim"]), post, first, last, url, sound))
    met = {_id(row["entity"]): row["day"].value for row in _solutions(store, _PREFIXES + _MET)}
    ordered = {entity: tuple(sorted(each, key=lambda post: post.claim)) for entity, each in posts.items()}
    return Told(entities.read(_Graphs(store), 0).by_id, met, ordered)


def apart(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Tell whether two spans of EDTF dates have certainly no day in common; an empty date leaves its end open."""
    (start, end), (begin, stop) = ((_first(first), _last(last)) for first, last in (one, other))
    return bool((end and begin and end < begin) or (stop and start and stop < start))


def _first(date: str) -> str:
    found = edtf.bounds(date).first if date else None
    return found.isoformat() if found else ""


def _last(date: str) -> str:
    found = edtf.bounds(date).last if date else None
    return found.isoformat() if found else ""


def _id(node: ox.NamedNode) -> str:
    return node.value.removeprefix(ID)


def _solutions(store: ox.Store, text: str) -> ox.QuerySolutions:
    found = store.query(text, use_default_graph_as_union=True)
    if not isinstance(found, ox.QuerySolutions):
        raise TypeError("this is no SELECT query")
    return found
