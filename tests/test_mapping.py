"""The build: from files written by hand to a dataset."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from sayso import mapping
from sayso.errors import DocumentError
from sayso.library import Project
from sayso.mapping import Dataset, editions, passages
from sayso.namespaces import DCT, GRAPH, ID, OA, RDF, SAY, TYPE, VOCABULARY

ROOT = Path(__file__).parents[1]
ARTICLE = """\
@prefix say: <https://w3id.org/sayso/ns#> .
@prefix v: <https://w3id.org/sayso/vocab/> .
@prefix id: <https://w3id.org/sayso/id/> .
@prefix a: <https://w3id.org/sayso/id/example/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix schema: <https://schema.org/> .

id:example a say:Article ; schema:publisher id:paper ; dct:issued "2020-07"^^edtf:EDTF .
id:paper a say:Outlet .
id:agency a say:Outlet .
id:x a say:Person .
id:y a say:Person .
a:official a say:UnnamedSource .
"""
MEETING = """
a:meeting a say:Meeting ; say:participant id:x , id:y ; say:date "2020-03~"^^edtf:EDTF .
a:s1a a say:Claim ; rdf:subject a:meeting ; rdf:predicate say:outcome ; rdf:object v:held ; say:gist "…"@en .
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Project:
    """Give a project with the real ontology and no article."""
    shutil.copytree(ROOT / "ontology", tmp_path / "ontology")
    for folder in ("data/articles", "data/passages", "queries"):
        (tmp_path / folder).mkdir(parents=True)
    return Project(tmp_path)


def built(sandbox: Project, *parts: str) -> Dataset:
    (sandbox.data / "articles" / "example.ttl").write_text(ARTICLE + "".join(parts), encoding="utf-8")
    return mapping.build(sandbox)


def triples(dataset: Dataset) -> set[ox.Triple]:
    return {quad.triple for quad in dataset.quads}


def a(name: str) -> ox.NamedNode:
    return ID[f"example/{name}"]


def test_two_builds_are_the_same_to_the_byte(project: Project, dataset: Dataset) -> None:
    assert editions.n_quads(dataset.quads) == editions.n_quads(mapping.build(project).quads)


def test_nothing_that_ships_has_a_blank_node(dataset: Dataset) -> None:
    assert not [quad for quad in dataset.quads if "_:" in f"{quad.subject} {quad.object}"[:2]]
    assert not [quad for quad in dataset.quads if isinstance(quad.object, ox.BlankNode)]


def test_hops_are_named_after_their_statement_and_the_last_one_is_the_origin(sandbox: Project) -> None:
    found = triples(
        built(
            sandbox,
            'a:s1a a say:Claim ; say:gist "…"@en ; say:accordingTo [ say:source id:agency ;\n'
            "  say:citing [ say:source a:official ] ] .\n"
            'a:s1b a say:Claim ; say:gist "…"@en .\n',
        )
    )
    assert ox.Triple(a("s1a"), SAY["accordingTo"], a("s1a/via")) in found
    assert ox.Triple(a("s1a/via"), SAY["citing"], a("s1a/via/2")) in found
    assert ox.Triple(a("s1a/via/2"), TYPE, SAY["Attribution"]) in found
    assert ox.Triple(a("s1a"), SAY["origin"], a("official")) in found
    assert ox.Triple(a("s1b"), SAY["origin"], ID["paper"]) in found
    assert ox.Triple(a("s1b"), SAY["inArticle"], ID["example"]) in found


def test_a_node_without_a_name_is_refused_with_its_line(sandbox: Project) -> None:
    with pytest.raises(DocumentError, match=r"example\.ttl:17: error: a node without a name"):
        built(sandbox, "\na:s1a say:about [ a say:Person ] .\n")


def test_what_is_cited_becomes_a_passage_with_its_place_and_its_hash(sandbox: Project) -> None:
    passage = passages.Passage("https://w3id.org/sayso/id/example", 2, 10, 31)
    mark = passages.fingerprint("He  said:\u00a0“It\u2019s so.”")
    passages.record(passages.record_file(sandbox, "example"), {passage: mark})
    found = triples(built(sandbox, "a:s1a say:evidence a:p2.c10-31 .\n"))
    assert mark == passages.fingerprint('he said: "it\'s so."')
    assert ox.Triple(passage.iri, SAY["sha256"], ox.Literal(mark.sha256)) in found
    assert ox.Triple(passage.iri, SAY["paragraph"], ox.Literal(2)) in found
    assert ox.Triple(passage.iri, OA["hasSource"], ID["example"]) in found
    assert ox.Triple(a("p2.c10-31/selector"), OA["end"], ox.Literal(31)) in found


@pytest.mark.parametrize("cited", ["a:p2.c31-10", "a:paragraph2", '"a:p2.c10-31"'])
def test_evidence_that_is_no_passage_is_refused_with_its_line(sandbox: Project, cited: str) -> None:
    with pytest.raises(DocumentError, match=r"example\.ttl:16: error: .* is no passage"):
        built(sandbox, f"a:s1a say:evidence {cited} .\n")


def test_dates_get_their_first_and_last_day(sandbox: Project) -> None:
    found = triples(built(sandbox, MEETING))
    days = {str(each.object.value) for each in found if each.subject == a("meeting") and "not" in each.predicate.value}  # type: ignore[union-attr]
    assert days == {"2020-03-01", "2020-03-31"}


def test_a_date_that_cannot_be_is_refused_with_its_line(sandbox: Project) -> None:
    with pytest.raises(DocumentError, match=r"example\.ttl:16: error: '2020-02-30' names a day"):
        built(sandbox, 'a:visit say:date "2020-02-30"^^edtf:EDTF .\n')


def test_a_file_that_does_not_parse_names_line_and_column(sandbox: Project) -> None:
    with pytest.raises(DocumentError) as caught:
        built(sandbox, "a:s1a say:gist nonsense .\n")
    assert (Path(caught.value.file).name, caught.value.line, caught.value.column) == ("example.ttl", 16, 16)


def test_a_meeting_that_is_said_to_be_held_makes_its_participants_reportedly_meet(sandbox: Project) -> None:
    found = triples(built(sandbox, MEETING))
    assert ox.Triple(ID["x"], SAY["reportedlyMet"], ID["y"]) in found
    assert ox.Triple(ID["y"], SAY["reportedlyMet"], ID["x"]) in found


@pytest.mark.parametrize("change", [("v:held", "v:refused"), ("say:gist", "say:negated true ; say:gist")])
def test_a_meeting_that_is_not_said_to_be_held_makes_nobody_meet(sandbox: Project, change: tuple[str, str]) -> None:
    found = triples(built(sandbox, MEETING.replace(*change)))
    assert not [each for each in found if each.predicate == SAY["reportedlyMet"]]


def test_an_allegation_makes_the_accused_accused_by_its_origin(sandbox: Project) -> None:
    text = 'a:s1a a say:Allegation ; say:accused id:x ; say:gist "…"@en ; say:accordingTo [ say:source id:y ] .\n'
    assert ox.Triple(ID["x"], SAY["accusedBy"], ID["y"]) in triples(built(sandbox, text))
    of_omission = text.replace("say:accused", "say:negated true ; say:accused")
    assert ox.Triple(ID["x"], SAY["accusedBy"], ID["y"]) in triples(built(sandbox, of_omission))
    of_oneself = text.replace("say:source id:y", "say:source id:x")
    assert not [each for each in triples(built(sandbox, of_oneself)) if each.predicate == SAY["accusedBy"]]


def claim(name: str, predicate: str, obj: str, more: str = "") -> str:
    return f"a:{name} a say:Claim ; rdf:subject id:x ; rdf:predicate {predicate} ; rdf:object {obj} {more}.\n"


def conflicts(dataset: Dataset) -> set[tuple[str, str, str]]:
    kinds = (SAY["contradicts"], SAY["rivals"])
    return {
        (each.predicate.value.rpartition("#")[2], str(each.subject)[-4:-1], str(each.object)[-4:-1])
        for each in triples(dataset)
        if each.predicate in kinds
    }


def test_a_claim_contradicts_its_negation_and_its_disjoint_opposite(sandbox: Project) -> None:
    yes, no = claim("s1a", "say:supports", "id:y"), claim("s1b", "say:supports", "id:y", "; say:negated true ")
    against, other = claim("s1c", "say:opposes", "id:y"), claim("s1d", "say:opposes", "id:agency")
    found = conflicts(built(sandbox, yes, no, against, other))
    pairs = {("s1a", "s1b"), ("s1a", "s1c")}
    assert found == {("contradicts", *pair) for pair in pairs} | {("contradicts", *pair[::-1]) for pair in pairs}


def test_different_values_of_a_single_valued_predicate_are_rivals_unless_they_share_one(sandbox: Project) -> None:
    one, other = claim("s1a", "say:perpetrator", "id:y"), claim("s1b", "say:perpetrator", "id:agency")
    both, negated = (
        claim("s1c", "say:perpetrator", "id:y , id:agency"),
        claim("s1d", "say:perpetrator", "id:paper", "; say:negated true "),
    )
    found = conflicts(built(sandbox, one, other, both, negated))
    assert found == {("rivals", "s1a", "s1b"), ("rivals", "s1b", "s1a")}


def test_conflicts_of_any_kind_can_be_asked_for_by_one_property(dataset: Dataset) -> None:
    found = triples(dataset)
    kinds = (SAY["contradicts"], SAY["rivals"])
    pairs = {(str(each.subject), str(each.object)) for each in found if each.predicate in kinds}
    assert pairs == {(str(each.subject), str(each.object)) for each in found if each.predicate == SAY["conflictsWith"]}


def test_no_claim_property_is_asserted_of_anything(dataset: Dataset) -> None:
    found = triples(dataset)
    claim_properties = {
        each.subject for each in found if each.predicate == TYPE and each.object == SAY["ClaimProperty"]
    }
    assert not [each for each in found if each.predicate in claim_properties]


def test_the_rdf_12_edition_converts_back_to_the_same_quads(dataset: Dataset) -> None:
    written = editions.n_quads(editions.to_rdf12(dataset.quads))
    assert RDF["reifies"].value.encode() in written
    read = ox.parse(written, format=ox.RdfFormat.N_QUADS)
    assert editions.from_rdf12(read) == set(dataset.quads)


def test_no_triple_but_a_spelling_stands_in_two_graphs(dataset: Dataset) -> None:
    graphs = Counter(quad.triple for quad in dataset.quads)
    assert {triple.predicate.value.rpartition("#")[2] for triple, number in graphs.items() if number > 1} <= {
        "altLabel"
    }


def test_every_article_has_a_graph_of_its_own(project: Project, dataset: Dataset) -> None:
    graphs = {quad.graph_name for quad in dataset.quads}
    names = {GRAPH[path.stem] for path in mapping.articles(project)}
    shared = {GRAPH[name] for name in ("entities", "passages", "derived", "ontology", "meta")}
    assert names | shared <= graphs
    for name in names:
        article = ID[str(name)[:-1].rpartition("/")[2]]
        described = {quad.predicate for quad in dataset.quads if quad.graph_name == name and quad.subject == article}
        assert DCT["rights"] in described


def test_every_term_of_ours_that_is_used_is_defined(dataset: Dataset) -> None:
    ours = (SAY, VOCABULARY, ID)
    defined = {quad.subject for quad in dataset.quads if quad.predicate == TYPE}
    used = {
        term
        for quad in dataset.quads
        for term in (quad.subject, quad.predicate, quad.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(ours)
    }
    namespaces = {ox.NamedNode(str(VOCABULARY)), ox.NamedNode(str(SAY))}
    assert sorted(str(term) for term in used - defined - namespaces) == []
