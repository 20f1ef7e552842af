"""Advice: what an addition probably does not mean, with a suggestion; what it may well mean is left alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from sayso import advice, documents, people, texts
from sayso.advice import Addition
from sayso.namespaces import CHECKS, ID, SAY
from sayso.people import People, PeopleOf
from sayso.shacl.graph import View
from sayso.shacl.report import Result
from sayso.store import Commit, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sayso.documents import Term
    from sayso.library import Project

TODAY = date(2026, 6, 1)
ARTICLE = f"{ID}gazette"
KNOWN = """
id:ada-berg a say:Person ; rdfs:label "Ada Berg"@en , "آدا برغ"@ar ; schema:sameAs wd:Q999999991 .
id:lantern-brigade a say:ArmedGroup ; rdfs:label "Lantern Brigade"@en , "LB"@en .
id:berg-meeting-2019 a say:Meeting ; rdfs:label "A meeting of 2019"@en .
id:gazette a say:Article .
a:official a say:UnnamedSource , say:Person ; rdfs:label "unnamed aide"@en .
a:s1a a say:Claim .
"""


@pytest.fixture(scope="module")
def ontology(project: Project) -> list[ox.Quad]:
    files = (project.ontology / name for name in ("sayso.ttl", "vocabulary.ttl"))
    return [located.quad for file in files for located in documents.parse_file(file)]


def parsed(turtle: str, prefixes: Mapping[str, str]) -> list[ox.Quad]:
    declared = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in {**prefixes, "a": f"{ARTICLE}/"}.items())
    return list(ox.parse(declared + turtle, format=ox.RdfFormat.TURTLE))


def addition(turtle: str, ontology: Sequence[ox.Quad], prefixes: Mapping[str, str], known: str = KNOWN) -> Addition:
    store = ox.Store()
    store.bulk_extend([*ontology, *parsed(known, prefixes)])
    triples = [quad.triple for quad in parsed(turtle, prefixes)]
    return Addition(triples, View(store), View(store, triples))


@pytest.mark.parametrize(
    ("turtle", "rule", "hint"),
    [
        ("a:s2a rdf:subject id:ada-bergg .", "nearly-known", "did you mean id:ada-berg?"),
        ("a:s2a rdf:subject id:lantern-brgiade .", "nearly-known", "did you mean id:lantern-brigade?"),
        ("a:s2a rdf:subject id:Ada-Berg .", "nearly-known", "did you mean id:ada-berg?"),
        ("id:ada-burg a say:Person .", "nearly-known", "if it is the same, write id:ada-berg;"),
        ('id:adda a say:Person ; rdfs:label "Adda Berg"@en .', "namesake", "use id:ada-berg"),
        ('id:adda a say:Person ; skos:altLabel "General"@en , "ادا برغ"@fa .', "namesake", "use id:ada-berg"),
        ("id:norland schema:sameAs wd:Q999999991 .", "item-taken", "keep id:ada-berg alone"),
        ("a:s2a say:hegde v:flat .", "unknown-term", "did you mean say:hedge?"),
        ("a:s2a say:hedge v:insinuatet .", "unknown-term", "did you mean v:insinuated?"),
        ("a:s2a say:hedge v:xyzzyxyzzy .", "unknown-term", "look it up in ontology/"),
        ('id:gazette dct:issued "2062-05"^^edtf:EDTF .', "date-to-come", "check the year"),
        ("a:s2a a say:Allegation .", "nobody-accused", "name the accused"),
        ("a:s2a a say:Allegation ; say:accused a:official .", "nobody-accused", "name the accused"),
    ],
)
def test_what_is_probably_not_meant_gets_a_warning_with_a_suggestion(
    ontology: list[ox.Quad], prefixes: Mapping[str, str], turtle: str, rule: str, hint: str
) -> None:
    given = addition(turtle, ontology, prefixes)
    (found,) = advice.advise(given, People.of(given.before), TODAY)
    assert (found.level, found.shape) == ("warning", CHECKS[rule].value)
    assert found.hint.startswith(hint) or hint in found.hint


@pytest.mark.parametrize(
    "turtle",
    [
        "a:s2a rdf:subject id:berg-meeting-2019 .",
        'id:berg-meeting-2018 a say:Meeting ; rdfs:label "Another year"@en .',
        "a:s1b a say:Claim .",
        "a:s2a say:evidence a:p1.c2-33 .",
        "id:ada-burg a say:Person ; owl:differentFrom id:ada-berg .",
        'id:adda a say:Person ; rdfs:label "Adda Berg"@en . id:ada-berg owl:differentFrom id:adda .',
        'a:aide a say:UnnamedSource , say:Person ; rdfs:label "Adda Berg"@en .',
        'id:borg a say:Person ; rdfs:label "Borghild"@en .',
        'id:ada-berg skos:altLabel "Ada Bärg"@de .',
        "id:norland schema:sameAs wd:Q999999992 .",
        "id:norland schema:sameAs <https://example.org/norland> .",
        "a:s2a say:hedge v:flat .",
        'id:gazette dct:issued "2026-06-01"^^edtf:EDTF .',
        'id:gazette dct:issued "2025/.."^^edtf:EDTF .',
        'id:gazette dct:issued "some day"^^edtf:EDTF .',
        "a:s2a a say:Allegation ; say:accused a:official , id:lantern-brigade .",
    ],
)
def test_what_may_well_be_meant_is_left_alone(
    ontology: list[ox.Quad], prefixes: Mapping[str, str], turtle: str
) -> None:
    given = addition(turtle, ontology, prefixes)
    assert advice.advise(given, People.of(given.before), TODAY) == []


def test_the_terms_of_a_store_without_the_ontology_are_not_doubted(prefixes: Mapping[str, str]) -> None:
    given = addition("a:s2a say:hegde v:flat .", [], prefixes)
    assert advice.advise(given, People(), TODAY) == []


def test_advice_on_an_addition_of_many_slips_has_an_end(ontology: list[ox.Quad], prefixes: Mapping[str, str]) -> None:
    slips = "".join(f"a:s{number}a rdf:subject id:ada-bergg .\n" for number in range(10, 300))
    given = addition(slips + f"a:s1b rdf:subject id:ada-{'g' * 100} .", ontology, prefixes)
    assert len(advice.advise(given, People(), TODAY)) == 200


class Counted:
    """Be a store that counts how often it is read."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self.reads = 0

    def quads_for_pattern(self, *pattern: object) -> Iterator[ox.Quad]:
        self.reads += 1
        return self._store.quads_for_pattern(*pattern)  # type: ignore[arg-type]  # as it came


def test_what_advice_reads_does_not_grow_with_the_store(ontology: list[ox.Quad], prefixes: Mapping[str, str]) -> None:
    triples = [quad.triple for quad in parsed('id:adda a say:Person ; rdfs:label "Adda Berg"@en .', prefixes)]
    reads = []
    for size in (10, 1000):
        crowd = "".join(
            f'id:person-{number} a say:Person ; rdfs:label "Person {number}"@en .\n' for number in range(size)
        )
        store = ox.Store()
        store.bulk_extend([*ontology, *parsed(KNOWN + crowd, prefixes)])
        known, counted = People.of(View(store)), Counted(store)
        assert len(advice.advise(Addition(triples, View(counted), View(counted, triples)), known, TODAY)) == 1
        reads.append(counted.reads)
    assert reads[0] == reads[1]


TEXT = """\
Ada Berg told us on Monday that the lanterns are out. Nobody can see the harbour.

The road is closed. It has been so for weeks. The lamps are broken. Rain falls. The LB patrols the quay.
"""
CHAIN = "a:s2a say:accordingTo a:s2a\\/via ; say:evidence {evidence} . a:s2a\\/via say:source {source} ."


@pytest.mark.parametrize(
    ("words", "source", "doubted"),
    [
        ("the lanterns are out", "id:ada-berg", False),
        ("Nobody can see the harbour.", "id:lantern-brigade", False),  # its neighbour has a word of saying
        ("It has been so for weeks.", "id:ada-berg", True),
        ("It has been so for weeks.", "a:official", True),
        ("Rain falls.", "id:lantern-brigade", False),  # its neighbour has a name, LB
        ("Rain falls.", "id:ada-berg", True),
    ],
)
def test_a_hop_without_words_in_the_article_is_doubted(
    ontology: list[ox.Quad], prefixes: Mapping[str, str], words: str, source: str, *, doubted: bool
) -> None:
    copy = texts.text(ARTICLE, TEXT)
    start = TEXT.index(words)
    paragraph = 1 if start < TEXT.index("The road") else 2
    evidence = f"a:p{paragraph}.c{start}-{start + len(words)}"
    given = addition(CHAIN.format(evidence=evidence, source=source), ontology, prefixes)
    found = advice.wordless(given, [copy])
    assert [each.shape for each in found] == ([CHECKS["wordless-chain"].value] if doubted else [])
    assert advice.wordless(given, []) == []


def test_advice_on_a_mistake_that_breaks_a_shape_is_the_hint_of_that_result(
    ontology: list[ox.Quad], prefixes: Mapping[str, str]
) -> None:
    given = addition("a:s2a say:hedge v:flatt . id:ada-burg a say:Person .", ontology, prefixes)
    advised = advice.advise(given, People(), TODAY)
    broken = Result("violation", "No hedge.", ID_S2A, (SAY["hedge"],), ox.NamedNode(prefixes["v"] + "flatt"))
    joined = advice.join([broken], advised)
    assert [(each.level, each.hint[:20]) for each in joined] == [
        ("violation", "did you mean v:flat?"),
        ("warning", "if it is the same, w"),
    ]


ID_S2A = ox.NamedNode(f"{ARTICLE}/s2a")


def test_the_index_of_people_is_brought_up_to_date_by_the_journal(
    tmp_path: Path, ontology: list[ox.Quad], prefixes: Mapping[str, str]
) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    store = VersionedStore.create(
        tmp_path / "store", [*ontology, *parsed(KNOWN, prefixes)], Commit("ada", "first", begin)
    )
    index = PeopleOf(store)

    def alike(name: str) -> list[Term]:
        version = store.current.number
        return [node for node, _ in index.at(version, store.read(version)).alike(name)]

    def change(added: str, removed: str) -> None:
        with store.fork() as fork:
            fork.apply(parsed(added, prefixes), parsed(removed, prefixes))
            fork.publish(Commit("ada", "more", begin))

    assert alike("Omar Reed") == []
    change('id:omar-reed a say:Person ; rdfs:label "Omar Reed"@en .', 'id:ada-berg rdfs:label "Ada Berg"@en .')
    change("a:s2a a say:Claim .", "")
    assert alike("Umar Rid") == [ID["omar-reed"]]
    assert alike("Ada Berg") == [ID["ada-berg"]]  # by its Arabic name
    change("id:omar-reed a say:Organization .", "id:omar-reed a say:Person .")
    assert alike("Omar Reed") == []
    assert people.names_of(ID["omar-reed"], View(store.read())) == ["Omar Reed"]
