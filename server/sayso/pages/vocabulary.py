"""The pages of the ontology and the vocabulary: every term with its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from flask import render_template

from sayso.errors import PageMissing
from sayso.namespaces import SAY, VOCABULARY, Namespace
from sayso.pages import places, questions, things

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sayso.pages.places import Link
    from sayso.pages.reading import Reading, Row

SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
ONTOLOGY = SAY.removesuffix("#")


@dataclass(frozen=True)
class Meaning:
    """Be a term: its link, its kinds, its definition, and what it may join."""

    link: Link
    kinds: tuple[Link, ...]
    definition: str
    domain: tuple[Link, ...]
    range: tuple[Link, ...]

    @property
    def anchor(self) -> str:
        """Give its local name."""
        return self.link.iri.removeprefix(SAY).removeprefix(VOCABULARY)

    @property
    def is_class(self) -> bool:
        """Tell whether it is a class of things."""
        return any(kind.iri.endswith("#Class") for kind in self.kinds)


def ontology(reading: Reading) -> str:
    """Show the classes and the properties."""
    found = _terms(reading, ONTOLOGY)
    return render_template(
        "ontology.html",
        reading=reading,
        classes=[term for term in found if term.is_class],
        properties=[term for term in found if not term.is_class],
    )


def vocabulary(reading: Reading) -> str:
    """Show the schemes of the controlled terms, each with its concepts."""
    schemes = [term for term in _terms(reading, VOCABULARY) if _is_scheme(term)]
    return render_template(
        "vocabulary.html", reading=reading, schemes=[(each, _terms(reading, each.link.iri)) for each in schemes]
    )


def term(reading: Reading, name: str) -> str:
    """Show one term of the vocabulary; raises PageMissing where there is none."""
    thing = things.recorded(reading, questions.absolute(VOCABULARY + name))
    if not thing.values:
        raise PageMissing(f"There is no term {VOCABULARY}{name}: /vocab/ lists them")
    related = [term.value for key in ("inScheme", "broader") for term in thing.all_of(SKOS[key].value)]
    links = places.named(reading, related)
    return render_template(
        "term.html",
        reading=reading,
        thing=thing,
        name=places.best(thing.labels) if thing.labels else places.Name(name),
        definition=next((term.value for term in thing.all_of(SKOS["definition"].value)), ""),
        schemes=[links[term.value] for term in thing.all_of(SKOS["inScheme"].value)],
        broader=[links[term.value] for term in thing.all_of(SKOS["broader"].value)],
        members=_terms(reading, thing.iri),
    )


def _is_scheme(term: Meaning) -> bool:
    return SKOS["ConceptScheme"].value in {kind.iri for kind in term.kinds}


def _terms(reading: Reading, within: str) -> list[Meaning]:
    rows: dict[str, list[Row]] = {}
    for row in reading.ask("terms", **{"in": [within]}):
        rows.setdefault(row["term"].value, []).append(row)
    columns = ("kind", "domain", "range")
    mentioned = {row[name].value for row in chain(*rows.values()) for name in columns if name in row}
    links = places.named(reading, [*rows, *mentioned])
    return sorted((_meaning(iri, group, links) for iri, group in rows.items()), key=lambda each: each.anchor.lower())


def _meaning(iri: str, rows: list[Row], links: Mapping[str, Link]) -> Meaning:
    def all_of(column: str) -> tuple[Link, ...]:
        return tuple(links[each] for each in sorted({row[column].value for row in rows if column in row}))

    return Meaning(links[iri], all_of("kind"), rows[0]["definition"].value, all_of("domain"), all_of("range"))
