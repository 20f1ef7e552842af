"""The people, organizations, places and posts of one version of a dataset, found by name.

Events are left out: what they are called says what is claimed of them, and a name is no place for a claim. So is what
belongs to one article alone, and sources without a name: they are described and not named.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from sayso.names import Spellings
from sayso.namespaces import ID, SAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PERSON = "Person"
KINDS = {  # the wider before the narrower
    PERSON: "person",
    "Organization": "organization",
    "ArmedGroup": "armed group",
    "Outlet": "outlet",
    "Place": "place",
    "Country": "country",
    "Post": "post",
}
_PREFIXES = """\
PREFIX say: <https://w3id.org/sayso/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX schema: <https://schema.org/>
"""
_KINDS = f"""
SELECT DISTINCT ?entity ?value WHERE {{
  VALUES ?value {{ {" ".join(f"say:{kind}" for kind in KINDS)} }}
  ?class rdfs:subClassOf* ?value . ?entity a ?class .
  FILTER NOT EXISTS {{ ?entity a say:UnnamedSource }}
}}"""
_NAMES = """
SELECT DISTINCT ?entity ?value ?main {
  VALUES (?property ?main) { (rdfs:label 1) (skos:altLabel 0) } ?entity ?property ?value
}"""
_CONFUSABLE = "SELECT DISTINCT ?entity ?value { ?entity owl:differentFrom|^owl:differentFrom ?value }"


class Source(Protocol):
    """Give the current version of a dataset, and answer queries over it."""

    def version(self) -> int:
        """Tell the number of the current version."""

    def select(self, text: str) -> bytes:
        """Answer a SELECT query with application/sparql-results+json; raises what the engine raises."""


@dataclass(frozen=True)
class Name:
    """Be a name with its language; `main` ones are labels, the others spellings that occur."""

    text: str
    language: str
    main: bool


@dataclass(frozen=True)
class Value:
    """Be a value of a property: a text or a number, or an entity by its identifier and its label."""

    text: str
    id: str | None = None


@dataclass(frozen=True)
class Property:
    """Be something that is told of entities, of which kinds, and by what pattern of ?entity and ?value.

    A `count` is a number, which is 0 where nothing is found; `telling` says that who agrees in it is likely the same.
    """

    id: str
    name: str
    meaning: str
    kinds: tuple[str, ...]
    pattern: str
    count: bool = False
    telling: bool = False


_ACTORS = (PERSON, "Organization", "Country")
PROPERTIES = (
    Property(
        "qid", "Wikidata item", "The item that a person judged to be the same.", tuple(KINDS),
        "?entity schema:sameAs ?value", telling=True,
    ),
    Property(
        "post", "post that articles give", "A post that an article says the person held.", (PERSON,),
        "?entity say:reportedlyHeldPost ?value", telling=True,
    ),
    Property(
        "body", "body or country of the post", "What a post is in: a body or a country; ranks are in none.", ("Post",),
        "?entity org:postIn ?value",
    ),
    Property(
        "name", "name", "A name in any language, or a spelling.", tuple(KINDS),
        "?entity rdfs:label|skos:altLabel ?value",
    ),
    Property(
        "articles", "number of articles", "How many articles have statements about it.", tuple(KINDS),
        "[] say:about ?entity ; say:inArticle ?value", count=True,
    ),
    Property(
        "statements", "number of statements", "How many statements are about it.", tuple(KINDS),
        "?value say:about ?entity", count=True,
    ),
    Property(
        "allegations", "number of allegations against", "How many claims accuse it: claims, and not findings.", _ACTORS,
        "?value a say:Allegation ; say:accused ?entity", count=True,
    ),
    Property(
        "accusations", "number of allegations made", "How many claims that accuse others come from it.", _ACTORS,
        "?value a say:Allegation ; say:origin ?entity", count=True,
    ),
)  # fmt: skip
BY_ID = {each.id: each for each in PROPERTIES}


@dataclass(frozen=True)
class Entity:
    """Be an entity: its identifier after `id:`, its kinds, the narrowest first, its names, and values by property."""

    id: str
    kinds: tuple[str, ...]
    names: tuple[Name, ...]
    values: Mapping[str, tuple[Value, ...]]
    confusable: bool

    @property
    def label(self) -> str:
        """Give the label: in English, else in whatever language."""
        return _label(self.names)

    def of(self, wanted: Property) -> tuple[Value, ...]:
        """Give the values of a property."""
        return self.values.get(wanted.id, (Value("0"),) if wanted.count and self.has(wanted) else ())

    def has(self, wanted: Property) -> bool:
        """Tell whether a property is told of such entities."""
        return not set(self.kinds).isdisjoint(wanted.kinds)


@dataclass(frozen=True)
class Entities:
    """Hold the entities of a version, by identifier and by name."""

    version: int
    by_id: Mapping[str, Entity]

    @cached_property
    def names(self) -> Spellings:
        """Give what they are called."""
        return Spellings({each.id: [name.text for name in each.names] for each in self.by_id.values()})


class Current:
    """Hold the entities of the current version, read again once there is a newer one."""

    def __init__(self, source: Source) -> None:
        """Take the source that they are read from."""
        self._source = source
        self._lock = threading.Lock()
        self._read: Entities | None = None

    def entities(self) -> Entities:
        """Give the entities of the current version; raises what the source raises."""
        version = self._source.version()
        with self._lock:
            if self._read is None or self._read.version != version:
                self._read = read(self._source, version)
            return self._read


def read(source: Source, version: int) -> Entities:
    """Read the entities that have a kind, a name, and an IRI right under `id:`."""
    kinds = _grouped(source, _KINDS)
    names = _grouped(source, _NAMES)
    confusable = _grouped(source, _CONFUSABLE)
    values = {each.id: _values(source, each, names) for each in PROPERTIES}
    found = (
        Entity(
            iri.removeprefix(ID),
            tuple(kind for kind in reversed(KINDS) if any(row["value"]["value"] == SAY + kind for row in rows)),
            tuple(sorted((_name(row) for row in names[iri]), key=lambda name: (not name.main, name.text))),
            {wanted: values[wanted][iri] for wanted in values if iri in values[wanted]},
            iri in confusable,
        )
        for iri, rows in sorted(kinds.items())
        if iri in names
    )
    return Entities(version, {each.id: each for each in found})


def _values(source: Source, wanted: Property, names: Mapping[str, list[Any]]) -> dict[str, tuple[Value, ...]]:
    if wanted.count:
        query = f"SELECT ?entity (COUNT(DISTINCT ?value) AS ?number) {{ {wanted.pattern} }} GROUP BY ?entity"
        return {iri: (Value(rows[0]["number"]["value"]),) for iri, rows in _grouped(source, query).items()}
    rows_of = _grouped(source, f"SELECT DISTINCT ?entity ?value {{ {wanted.pattern} }}")
    return {
        iri: tuple(sorted({_value(row["value"], names) for row in rows}, key=lambda value: value.text))
        for iri, rows in rows_of.items()
    }


def _value(term: Mapping[str, str], names: Mapping[str, list[Any]]) -> Value:
    text = term["value"]
    if term["type"] != "uri":
        return Value(text)
    if not text.startswith(ID):
        return Value(text.rpartition("/")[2])
    identifier = text.removeprefix(ID)
    return Value(_label(_name(row) for row in names[text]) if text in names else identifier, identifier)


def _label(names: Iterable[Name]) -> str:
    return min(names, key=lambda name: (not name.main, name.language != "en", name.text)).text


def _name(row: Mapping[str, Any]) -> Name:
    return Name(row["value"]["value"], row["value"].get("xml:lang", ""), row["main"]["value"] == "1")


def _grouped(source: Source, query: str) -> dict[str, list[Any]]:
    """Answer a query, its rows by ?entity."""
    groups: dict[str, list[Any]] = {}
    for row in json.loads(source.select(_PREFIXES + query))["results"]["bindings"]:
        iri = row["entity"]["value"]
        if iri.startswith(ID) and "/" not in iri.removeprefix(ID):
            groups.setdefault(iri, []).append(row)
    return groups
