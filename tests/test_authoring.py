"""The mapper's tools, on an article that is made up for the tests, and names across scripts."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from test_check import ARTICLE, TEXT, village  # noqa: F401  # village is a fixture

from sayso import names
from sayso.cli import main
from sayso.namespaces import GRAPH, RDFS

if TYPE_CHECKING:
    from sayso.mapping import Dataset


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def on(village: Path, command: str, *arguments: object) -> Result:  # noqa: F811  # the fixture's value
    texts = () if command in ("who", "verify", "new") else ("--texts", village / "texts")
    return run(command, *arguments, "--project", village, *texts)


def test_a_new_article_begins_with_its_hash_and_its_paragraphs(village: Path) -> None:  # noqa: F811
    copy = village / "texts" / "copy.txt"
    file = Path(on(village, "new", "courier-2021-01", copy).stdout.strip())
    content = file.read_text(encoding="utf-8")
    assert "id:courier-2021-01 a say:Article" in content
    assert "say:paragraphs 3" in content
    assert on(village, "new", "courier-2021-01", copy).exit_code == 2
    assert on(village, "new", "Courier 2021", copy).exit_code == 2
    assert run("build", "--project", village, "--out", village / "out").exit_code == 0


@pytest.mark.parametrize(
    ("words", "passage"),
    [
        ("The mayor met the baker", "a:p2.c21-44"),
        ("the miller ... the milk", "a:p2.c60-111"),
        ('"that is a lie," he said', "a:p2.c113-137"),
        ("Nobody … cow", "a:p3.c139-159"),
    ],
)
def test_words_are_cited_however_they_are_quoted(village: Path, words: str, passage: str) -> None:  # noqa: F811
    assert on(village, "cite", "gazette", words).stdout.strip() == passage


@pytest.mark.parametrize("words", ["the sheep", "the baker"])
def test_words_that_are_nowhere_or_in_two_places_are_not_cited(village: Path, words: str) -> None:  # noqa: F811
    assert on(village, "cite", "gazette", words).exit_code == 2


def test_a_paragraph_is_shown_with_the_statements_that_rest_on_each_sentence(village: Path) -> None:  # noqa: F811
    shown = on(village, "show-text", "gazette", 2).stdout
    assert shown.splitlines()[0] == "a:p2.c21-112  gazette/s2a, gazette/s2b"
    assert "gazette/s2c" in shown
    assert on(village, "show-text", "gazette", 9).exit_code == 2


def test_every_passage_is_found_again_in_a_copy_with_a_banner_and_other_lines(village: Path) -> None:  # noqa: F811
    copy = village / "reflowed.txt"
    copy.write_text("READ MORE!\n" + "\n".join(textwrap.wrap(TEXT.replace("\u201c", '"'), 30)), encoding="utf-8")
    assert on(village, "verify", "gazette", copy).exit_code == 0
    copy.write_text(TEXT.replace("waters down", "thins"), encoding="utf-8")
    result = on(village, "verify", "gazette", copy)
    assert (result.exit_code, result.stdout) == (1, "p2.c60-111: not found\n")


def test_an_entity_is_found_by_a_part_of_its_name_and_its_namesakes_are_named(village: Path) -> None:  # noqa: F811
    different = "<http://www.w3.org/2002/07/owl#differentFrom> id:miller"
    others = f"id:miller-b a say:Person ; rdfs:label 'Anton Miller'@en ; {different} ."
    (village / "data" / "articles" / "gazette.ttl").write_text(ARTICLE + others, encoding="utf-8")
    rows = on(village, "who", "Miller").stdout.splitlines()
    assert [row.split(",")[0] for row in rows] == ["entity", "id:miller", "id:miller-b"]
    assert "id:miller-b" in rows[1]
    assert on(village, "who", "Zorro").exit_code == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mustafa al-Kadhimi", "مصطفى الكاظمي"),
        ("Kazimi", "al-Kadhimi"),
        ("Qasem Soleymani", "قاسم سلیمانی"),
        ("Esmail Ghaani", "إسماعيل قاآني"),
        ("علي خامنئي", "Ali Khamenehi"),
        ("Kataib Hezbollah", "Kata\u2019ib Hezbollah"),
        ("Adel Abdel Mahdi", "Adil Abdul-Mahdi"),
    ],
)
def test_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert names.similarity(one, other) >= names.SKELETON


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohammad Khatami", "Ahmad Khatami"),
        ("Hezbollah", "Kata'ib Hezbollah"),
        ("Nouri al-Maliki", "Riyad al-Maliki"),
        ("Ammar al-Hakim", "Abdul Aziz al-Hakim"),
    ],
)
def test_two_names_are_never_certainly_one(one: str, other: str) -> None:
    assert names.similarity(one, other) < names.CERTAIN


def test_looking_a_name_up_finds_whom_comparing_it_with_everybody_finds(dataset: Dataset) -> None:
    known: dict[str, list[str]] = {}
    for quad in dataset.quads:
        if quad.predicate == RDFS["label"] and quad.graph_name == GRAPH["entities"]:
            known.setdefault(str(quad.subject), []).append(str(quad.object.value))  # type: ignore[union-attr]  # a literal
    spellings = names.Spellings(known)
    for asked in (
        "Mustafa Kadhimy",
        "Hezbolla",
        "علي سيستاني",
        "Qasim Sulaimani",
        "Army Iraqi",
        "Abdul Mahdi",
    ):
        compared = {owner: max(names.similarity(asked, each) for each in each_of) for owner, each_of in known.items()}
        wanted = {owner: score for owner, score in compared.items() if score >= names.LIKELY}
        assert {each.owner: each.score for each in spellings.like(asked)} == wanted != {}


@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_is_symmetric_and_certain_of_itself(one: str, other: str) -> None:
    assert names.similarity(one, other) == names.similarity(other, one)
    if names.fold(one):
        assert names.similarity(one, one) == names.CERTAIN
