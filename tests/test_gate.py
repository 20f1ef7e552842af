"""The gate: what passes conforms, what is refused leaves nothing behind, and the cost is the size of the change."""

# ruff: noqa: S311  # what is random here is an example, and no secret

from __future__ import annotations

import functools
import threading
from datetime import date
from random import Random
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
import shacl_random as generated
from conftest import DEEP, ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from test_shacl_laws import CHANGES, Counted, copy

from sayso import advice, gate, graphs, ingest, updates
from sayso.errors import DataRefused, GraphMissing
from sayso.gate import BULK, Gate, Write, Written
from sayso.graphs import Operation
from sayso.people import People
from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import View
from sayso.shacl.validate import validate
from sayso.store import Commit, Delta, Fork, VersionedStore, as_stored
from sayso.updates import Update

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PREFIXES = """
@prefix : <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SHAPES = f"""{PREFIXES}
:Person a sh:NodeShape ; sh:targetClass :Person ; sh:property :Name , :Age .
:Name sh:path :name ; sh:minCount 1 ; sh:message "A person has a name." .
:Age sh:path :age ; sh:maxInclusive 120 ; sh:severity sh:Warning ; sh:message "That is old." .
"""
DATA = f"{PREFIXES} :ann a :Person ; :name 'Ann' ; :age 200 . :bob a :Person ; :name 'Bob' ."
COMMIT, WRITE = Commit("tests", "A commit"), Write("tests", "A write")


def quads(text: str) -> list[ox.Quad]:
    return list(ox.parse(text.encode(), format=ox.RdfFormat.TRIG))


def made(path: Path, data: str = DATA, shapes: str = SHAPES) -> VersionedStore:
    return VersionedStore.create(path / "store", quads(data), COMMIT, shapes=shapes.encode())


@pytest.fixture
def store(tmp_path: Path) -> VersionedStore:
    return made(tmp_path)


def adding(text: str) -> Callable[[Fork], None]:
    added = quads(PREFIXES + text)
    return lambda fork: fork.apply(added)


def update(store: VersionedStore, text: str) -> Written:
    return updates.run(Update(f"PREFIX : <http://e/> {text}"), Gate(store), WRITE)


def test_what_breaks_the_shapes_is_refused_and_leaves_nothing_behind(store: VersionedStore) -> None:
    before = sorted(path.name for path in store.path.rglob("*"))
    with pytest.raises(DataRefused, match="A person has a name"):
        Gate(store).submit(WRITE, adding(":eve a :Person ."))
    assert sorted(path.name for path in store.path.rglob("*")) == before
    assert Gate(store).submit(WRITE, adding(":eve a :Person ; :name 'Eve' .")).version == 2


def test_a_warning_passes_and_the_journal_keeps_it(store: VersionedStore) -> None:
    written = Gate(store).submit(WRITE, adding(":eve a :Person ; :name 'Eve' ; :age 121 ."))
    assert [finding.level for finding in written.findings] == ["warning"]
    entry = VersionedStore.open(store.path).verify()
    assert [remark.partition(": ")[2] for remark in entry.remarks] == ["warning: That is old. (http://e/eve)"]


def test_warnings_refuse_where_the_writer_wants_that_but_not_those_that_were_there(store: VersionedStore) -> None:
    strict = Write("tests", "A write", fail_on="warning")
    with pytest.raises(DataRefused, match="old"):
        Gate(store).submit(strict, adding(":eve a :Person ; :name 'Eve' ; :age 121 ."))
    assert Gate(store).submit(strict, adding(":ann :name 'Anna' .")) == Written(2)


def test_a_dry_run_says_what_would_be_and_publishes_nothing(store: VersionedStore) -> None:
    dry = Write("tests", "A write", dry_run=True)
    assert len(Gate(store).submit(dry, adding(":eve a :Person ; :name 'Eve' ; :age 121 .")).findings) == 1
    with pytest.raises(DataRefused):
        Gate(store).submit(dry, adding(":eve a :Person ."))
    assert [version.number for version in store.versions()] == [1]


def test_an_update_is_judged_by_all_that_it_does_together(store: VersionedStore) -> None:
    with pytest.raises(DataRefused):
        update(store, "DELETE WHERE { :ann :name ?name }")
    with pytest.raises(DataRefused):
        update(store, "INSERT DATA { :x a :Y } ; DELETE { ?who :name ?name } WHERE { ?who :name ?name ; :age ?age }")
    moved = "DELETE { ?who :name ?n } INSERT { ?who :was ?n } WHERE { ?who :name ?n } ;"
    assert update(store, f"{moved} INSERT {{ ?who :name ?n }} WHERE {{ ?who :was ?n }}").version == 2
    assert len(store.changes(2).added) == 2
    assert update(store, "CLEAR ALL").version == 3


def test_what_another_graph_still_says_is_not_missed(tmp_path: Path) -> None:
    store = made(tmp_path, DATA + " :g { :ann :name 'Ann' }")
    graph = Operation("http://e/graphs", b"graph=http%3A%2F%2Fe%2Fg")
    assert graphs.delete(graph, Gate(store), WRITE).version == 2
    with pytest.raises(DataRefused):
        update(store, "DELETE DATA { :ann :name 'Ann' }")
    with pytest.raises(GraphMissing):
        graphs.delete(graph, Gate(store), WRITE)


def test_a_store_without_shapes_takes_everything(tmp_path: Path) -> None:
    store = VersionedStore.create(tmp_path / "store", [], COMMIT)
    assert Gate(store).submit(WRITE, adding(":eve a :Person .")) == Written(2)


# ---------------------------------------------------------------- shapes that change


def test_new_shapes_are_taken_if_what_they_target_conforms(store: VersionedStore, tmp_path: Path) -> None:
    file = tmp_path / "new.ttl"
    file.write_text(SHAPES + ":Age sh:minCount 1 .", encoding="utf-8")
    written = Gate(store).reshape(file, WRITE)
    assert [finding.level for finding in written.findings] == ["warning", "warning"]
    assert (store.shapes(), store.changes(2)) == (file.read_bytes(), Delta(frozenset(), frozenset()))
    assert Gate(store).reshape(file, WRITE) == Written(2)
    file.write_text(SHAPES.replace("sh:maxInclusive 120", "sh:maxInclusive 20").replace("Warning", "Violation"))
    with pytest.raises(DataRefused):
        Gate(store).reshape(file, WRITE)
    assert store.current.number == 2


def test_shapes_that_did_not_change_are_not_validated_again(tmp_path: Path) -> None:
    store = made(tmp_path, DATA + " :eve a :Person .")  # which only a store that was made without the gate can hold
    file = tmp_path / "new.ttl"
    file.write_text(f"{SHAPES} :Dog a sh:NodeShape ; sh:targetClass :Dog ; sh:property [ sh:path :name ] .")
    assert Gate(store).reshape(file, WRITE) == Written(2)
    file.write_text(SHAPES.replace("minCount 1", "minCount 1 ; sh:maxCount 9"))
    with pytest.raises(DataRefused, match="eve"):
        Gate(store).reshape(file, WRITE)


# ---------------------------------------------------------------- the law


@settings(max_examples=500 if DEEP else 20, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_a_change_passes_if_and_only_if_the_store_conforms_after_it(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    random = Random(seed)
    text, graph = conforming(random)
    shapes = compile_shapes(quads(text))
    store = VersionedStore.create(tmp_path_factory.mktemp("law") / "store", graph, COMMIT, shapes=text.encode())
    for _ in range(CHANGES):
        before = set(store.read())
        added, removed = map(generated.quads, generated.change(random, {quad.triple for quad in before}))
        after = ox.Store()
        after.extend([*(before - as_stored(removed)), *added])
        grave = [result for result in validate(View(after), shapes) if result.level == "violation"]
        try:
            Gate(store).submit(WRITE, functools.partial(Fork.apply, added=added, removed=removed))
        except DataRefused:
            assert grave
            assert set(store.read()) == before
        else:
            assert not grave
            assert set(store.read()) == set(after)


def conforming(random: Random) -> tuple[str, ox.Store]:
    """Make shapes and a graph that keeps to them."""
    while True:
        text, graph = generated.shapes(random), generated.store(generated.graph(random, most=12))
        if not any(result.level == "violation" for result in validate(View(graph), compile_shapes(quads(text)))):
            return text, graph


def test_a_large_change_is_judged_as_a_small_one(store: VersionedStore) -> None:
    many = "".join(f":p{number} a :Person ; :name '{number}' ." for number in range(50))
    assert BULK * store.verify().quads < 2 * 50
    with pytest.raises(DataRefused, match="eve"):
        Gate(store).submit(WRITE, adding(f"{many} :eve a :Person ."))
    assert Gate(store).submit(WRITE, adding(many)) == Written(2)  # the warning that was there is not its own


# ---------------------------------------------------------------- several at once


def test_writers_queue_and_each_is_judged_by_what_the_one_before_it_published(tmp_path: Path) -> None:
    store = made(tmp_path, shapes=SHAPES.replace("sh:minCount 1", "sh:minCount 1 ; sh:maxCount 3"))
    outcomes: list[object] = []

    def write(number: int) -> None:
        try:
            outcomes.append(Gate(store).submit(WRITE, adding(f":ann :name 'Ann {number}' .")).version)
        except DataRefused:
            outcomes.append("refused")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["2", "3", "refused", "refused"]
    assert store.verify().version == 3


def test_a_reader_does_not_wait_for_a_writer(store: VersionedStore) -> None:
    def change(fork: Fork) -> None:
        fork.apply(quads(f"{PREFIXES} :eve a :Person ; :name 'Eve' ."))
        with store.reading() as data:
            assert len(data) == 5
        assert Gate(store).examine(quads(f"{PREFIXES} :x a :Person ."), gate.NOWHERE)[0].level == "violation"

    assert Gate(store).submit(WRITE, change).version == 2


# ---------------------------------------------------------------- the cost


def test_an_addition_reads_as_much_of_a_store_a_hundred_times_larger() -> None:
    shapes = compile_shapes(ROOT / "ontology" / "shapes.ttl")
    ontology = [quad for name in ("sayso", "vocabulary") for quad in quads((ROOT / f"ontology/{name}.ttl").read_text())]
    dataset = quads((ROOT / "tests/shapes/valid.ttl").read_text())
    costs = []
    for copies in (1, 100):
        store = ox.Store()
        store.extend(ontology)
        for number in range(copies):
            store.extend(copy(dataset, number))
        claim = ox.NamedNode("https://w3id.org/sayso/id/0/norland-times-2020-07/s6a")
        addition = frozenset(store.quads_for_pattern(claim, None, None, None))
        for quad in addition:
            store.remove(quad)
        people = People.of(View(store))
        counted = Counted(store)
        verdict = gate.judge(counted, len(store), Delta(addition, frozenset()), shapes)
        assert verdict.results == []
        added = advice.Addition(sorted(verdict.delta.added, key=str), verdict.before, verdict.after)
        today = date(2026, 6, 1)
        advice.advise(added, people, today)
        costs.append((counted.lookups, counted.taken))
    assert costs[0] == costs[1]


# ---------------------------------------------------------------- the first version


def test_a_project_and_any_file_go_through_the_gate_into_a_new_store(tmp_path: Path) -> None:
    shapes, data = tmp_path / "shapes.ttl", tmp_path / "data.ttl"
    shapes.write_text(SHAPES, encoding="utf-8")
    data.write_text(f"{DATA}\n:eve a :Person .", encoding="utf-8")
    with pytest.raises(DataRefused, match=r"data.ttl:4:1: violation: A person has a name"):
        ingest.files([data], tmp_path / "store", "tests", shapes)
    assert not (tmp_path / "store").exists()
    data.write_text(DATA, encoding="utf-8")
    store = ingest.files([data], tmp_path / "store", "tests", shapes)
    assert len(store.entry(1).remarks) == 1
    assert store.shapes() == SHAPES.encode()
