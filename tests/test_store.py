"""The store of immutable versions: what a version holds, what the journal says, and that they agree."""

from __future__ import annotations

import io
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso import patch
from sayso.store import (
    Commit,
    Delta,
    StoreBusy,
    StoreDamaged,
    StoreExists,
    StoreLocked,
    StoreMissing,
    VersionedStore,
    VersionMissing,
    as_stored,
    content_hash,
    replay,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

COMMIT = Commit("tests", "A commit", datetime(2026, 1, 1, tzinfo=UTC), shapes_hash="5a")
XSD = "http://www.w3.org/2001/XMLSchema#"
P = ox.NamedNode("http://example.org/p")
GRAPH = ox.NamedNode("http://example.org/graph")


def quad(value: int | str | ox.Literal, graph: ox.NamedNode | ox.DefaultGraph = GRAPH) -> ox.Quad:
    term = value if isinstance(value, ox.Literal) else ox.Literal(value)
    return ox.Quad(ox.NamedNode("http://example.org/s"), P, term, graph)


def typed(lexical: str, name: str) -> ox.Quad:
    return quad(ox.Literal(lexical, datatype=ox.NamedNode(XSD + name)))


def publish(store: VersionedStore, added: AbstractSet[ox.Quad], removed: AbstractSet[ox.Quad] = frozenset()) -> int:
    with store.fork() as fork:
        fork.apply(added, removed)
        return fork.publish(COMMIT).number


@pytest.fixture
def made(tmp_path: Path) -> VersionedStore:
    return VersionedStore.create(tmp_path / "made", [quad(1), quad(2)], COMMIT)


def test_a_new_store_holds_its_quads_as_version_1_with_a_journal_entry(tmp_path: Path) -> None:
    quads = [quad(1), quad(1), typed("01", "integer"), quad("x", ox.DefaultGraph())]
    store = VersionedStore.create(tmp_path / "deep" / "new", quads, COMMIT)
    assert set(store.read()) == {quad(1), quad("x", ox.DefaultGraph())}
    assert store.changes(1) == Delta(frozenset(store.read()), frozenset())
    (entry,) = store.history()
    assert (entry.version, entry.parent, entry.quads, entry.added, entry.removed) == (1, None, 2, 2, 0)
    assert (entry.author, entry.message, entry.time, entry.shapes_hash) == ("tests", "A commit", COMMIT.time, "5a")
    assert store.verify() == entry
    assert VersionedStore.open(tmp_path / "deep" / "new") == store


def test_the_shapes_are_kept_for_later_versions_and_when_the_journal_is_replayed(tmp_path: Path) -> None:
    store = VersionedStore.create(tmp_path / "made", [quad(1)], replace(COMMIT, shapes_hash=None), shapes=b"# shapes")
    with store.fork() as fork:
        fork.apply([quad(2)])
        fork.publish(replace(COMMIT, shapes_hash=None))
    assert store.shapes() == b"# shapes"
    assert replay(store.path / "journal", tmp_path / "again").shapes() == b"# shapes"


def test_a_store_is_made_in_an_empty_folder_but_not_over_anything(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    store = VersionedStore.create(tmp_path / "empty", [], COMMIT)
    assert store.entry(1).quads == 0
    with pytest.raises(StoreExists):
        VersionedStore.create(store.path, [quad(1)], COMMIT)
    assert list(store.read()) == []


def test_quads_that_cannot_be_read_to_their_end_leave_no_store(tmp_path: Path) -> None:
    def broken() -> Iterator[ox.Quad]:
        yield quad(1)
        raise RuntimeError("broken source")

    with pytest.raises(RuntimeError, match="broken source"):
        VersionedStore.create(tmp_path / "new", broken(), COMMIT)
    assert list(tmp_path.iterdir()) == []


def test_opening_a_folder_that_is_no_store_says_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(StoreMissing, match=str(path)):
            VersionedStore.open(path)


def _without_current(store: VersionedStore) -> None:
    (store.path / "current").unlink()


def _without_version(store: VersionedStore) -> None:
    store.current.path.rename(store.path / "elsewhere")


def _without_entry(store: VersionedStore) -> None:
    (store.path / "journal" / "000001.rdfp").unlink()


def _with_half_an_entry(store: VersionedStore) -> None:
    entry = store.path / "journal" / "000001.rdfp"
    entry.write_bytes(entry.read_bytes()[:100])


@pytest.mark.parametrize(
    ("damage", "remedy"),
    [
        (_without_current, "replay"),
        (_without_version, "replay"),
        (_without_entry, "backup"),
        (_with_half_an_entry, "backup"),
    ],
)
def test_opening_a_damaged_store_says_what_repairs_it(
    made: VersionedStore, damage: Callable[[VersionedStore], None], remedy: str
) -> None:
    damage(made)
    with pytest.raises(StoreDamaged, match=remedy):
        VersionedStore.open(made.path)


def test_a_lost_version_is_rebuilt_from_the_journal_with_its_history(made: VersionedStore, tmp_path: Path) -> None:
    publish(made, {quad(3)}, {quad(1)})
    history = made.history()
    _without_version(made)
    rebuilt = replay(made.path / "journal", tmp_path / "rebuilt")
    assert set(rebuilt.read()) == {quad(2), quad(3)}
    assert rebuilt.history() == history
    assert publish(rebuilt, {quad(4)}) == 3


def test_a_reader_keeps_its_version_while_the_next_is_published(made: VersionedStore) -> None:
    before = made.read()
    publish(made, {quad(3)}, {quad(1)})
    assert set(before) == {quad(1), quad(2)}
    assert set(made.read(1)) == {quad(1), quad(2)}
    assert set(made.read()) == {quad(2), quad(3)}


def test_the_journal_holds_what_really_changed_in_the_form_that_is_stored(made: VersionedStore) -> None:
    with made.fork() as fork:
        fork.apply([quad(1), typed("007", "int"), quad(3), quad(4)], [quad(99), typed("02", "integer")])
        fork.apply([quad(2)], [quad(3), typed("0004", "byte")])
        fork.publish(COMMIT)
    assert made.changes(2) == Delta(frozenset({typed("7", "integer")}), frozenset())
    assert set(made.read()) == {quad(1), quad(2), typed("7", "integer")}


def test_a_quad_both_removed_and_added_is_there_afterwards(made: VersionedStore) -> None:
    publish(made, {quad(1), quad(3)}, {quad(1), quad(3)})
    assert made.changes(2) == Delta(frozenset({quad(3)}), frozenset())


def test_a_graph_that_loses_its_last_quad_is_gone(made: VersionedStore) -> None:
    publish(made, {quad("kept", ox.DefaultGraph())}, {quad(1), quad(2)})
    assert list(made.read().named_graphs()) == []


def test_publishing_no_change_makes_no_version_unless_asked(made: VersionedStore) -> None:
    with made.fork() as fork:
        fork.apply([quad(1)], [quad(5)])
        assert fork.publish(COMMIT) == made.version(1)
    with made.fork() as fork:
        assert fork.publish(COMMIT, allow_empty=True).number == 2
    assert made.changes(2) == Delta(frozenset(), frozenset())
    assert made.verify().quads == 2


def test_leaving_a_fork_without_publishing_leaves_nothing_behind(made: VersionedStore) -> None:
    with made.fork() as fork:
        fork.apply([quad(3)])
    assert [path.name for path in (made.path / "versions").iterdir()] == ["000001"]
    assert made.verify().version == 1


def test_a_fork_that_is_published_cannot_be_dropped_any_more(made: VersionedStore) -> None:
    with made.fork() as fork:
        fork.apply([quad(3)])
        fork.publish(COMMIT)
    publish(made, {quad(4)})
    fork.drop()
    assert set(made.read(2)) == {quad(1), quad(2), quad(3)}


def test_a_second_writer_gives_up_after_its_time_and_readers_do_not_wait(made: VersionedStore) -> None:
    with made.fork() as fork:
        fork.apply([quad(3)])
        with pytest.raises(StoreLocked), made.fork(timeout=0.01):
            pass
        assert set(VersionedStore.open(made.path).read()) == {quad(1), quad(2)}
        fork.publish(COMMIT)
    assert publish(made, {quad(4)}) == 3


def test_a_result_that_is_still_held_stops_the_publish(made: VersionedStore) -> None:
    with made.fork() as fork:
        fork.apply([quad(3)])
        held = fork.store.quads_for_pattern(None, None, None, None)
        with pytest.raises(StoreBusy):
            fork.publish(COMMIT)
        del held
    assert made.current.number == 1
    assert publish(made, {quad(3)}) == 2


def test_sweeping_keeps_the_last_the_tagged_and_those_being_read_and_the_whole_history(made: VersionedStore) -> None:
    for number in range(3, 8):
        publish(made, {quad(number)})
    made.tag("first", 1)
    with made.reading(3) as held:
        assert made.sweep(keep=2) == [2, 4]
        assert len(held) == 4
    assert [version.number for version in made.versions()] == [1, 3, 5, 6]
    assert made.tags() == {"first": 1}
    with pytest.raises(VersionMissing):
        made.read(2)
    assert [entry.version for entry in made.history()] == [1, 2, 3, 4, 5, 6]
    assert made.changes(2).added == {quad(3)}
    assert made.sweep(keep=0) == [3, 5]
    assert made.verify().version == 6


def test_a_tag_has_a_plain_name_that_is_not_taken(made: VersionedStore) -> None:
    made.tag("paper-2026.1", 1)
    for name in ("paper-2026.1", "../up", ".hidden", ""):
        with pytest.raises(ValueError, match="tag"):
            made.tag(name, 1)
    with pytest.raises(VersionMissing):
        made.tag("future", 9)


def test_verifying_finds_a_changed_journal_and_a_changed_version(made: VersionedStore) -> None:
    publish(made, {quad(3)})
    entry = made.path / "journal" / "000001.rdfp"
    text = entry.read_text(encoding="utf-8")
    entry.write_text(text.replace('"1"^^', '"8"^^'), encoding="utf-8")
    with pytest.raises(StoreDamaged, match=r"000001\.rdfp does not add up"):
        made.verify()
    entry.write_text(text, encoding="utf-8")
    graph = ox.Store(str(made.current.path))
    graph.add(quad(9))
    del graph
    with pytest.raises(StoreDamaged, match="Version 2 does not hold"):
        made.verify()


def test_a_content_hash_is_the_sum_of_the_hashes_of_the_lines_in_any_order() -> None:
    # printf '<http://example.org/s> <http://example.org/p> "a" <http://example.org/graph> .\n' | sha256sum; then "b"
    lines = (
        0x75026C682F1B372AD940FDE8F178B7CD0D18A1C08ACE5552745969917D4C9D82,
        0xD6B48D29091B47C1072D1DA15A2E078FDD3A22576C6FD1AE01DC884AB4F72BDD,
    )
    assert content_hash([quad("a"), quad("b")]) == content_hash([quad("b"), quad("a")]) == f"{sum(lines) % 2**256:064x}"
    assert content_hash([]) == "0" * 64


def test_a_commit_needs_the_zone_of_its_time() -> None:
    with pytest.raises(ValueError, match="zone"):
        Commit("tests", "When?", datetime(2026, 1, 1))  # noqa: DTZ001  # this is the mistake


TRIPLE = ox.Triple(ox.NamedNode("http://example.org/s"), P, ox.Literal("quoted\n"))
POOL = [
    quad("plain"),
    quad('"\\\n\r\t\0\x0b\x85\u2028\U0001f600'),
    quad(ox.Literal("النص", language="ar")),
    typed("05", "integer"),
    typed("5", "int"),
    typed("1.50", "decimal"),
    typed("2026-01-01T24:00:00Z", "dateTime"),
    quad("plain", ox.DefaultGraph()),
    ox.Quad(ox.BlankNode("b1"), P, ox.BlankNode("b2"), ox.BlankNode("g")),
    ox.Quad(ox.BlankNode("b1"), P, TRIPLE),
]
SOME = st.sets(st.sampled_from(POOL))


@settings(max_examples=15, deadline=None)
@given(first=SOME, commits=st.lists(st.lists(st.tuples(SOME, SOME), max_size=2), max_size=4))
def test_the_journal_replayed_is_the_store_whatever_was_committed(
    first: set[ox.Quad], commits: list[list[tuple[set[ox.Quad], set[ox.Quad]]]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        store = VersionedStore.create(Path(directory, "store"), first, COMMIT)
        states = [as_stored(first)]
        for applications in commits:
            state = states[-1]
            with store.fork() as fork:
                for added, removed in applications:
                    fork.apply(added, removed)
                    state = (state - as_stored(removed)) | as_stored(added)
                fork.publish(COMMIT, allow_empty=True)
            states.append(state)
        rebuilt = replay(store.path / "journal", Path(directory, "rebuilt"))
        assert set(rebuilt.read()) == set(store.read()) == states[-1]
        assert set(rebuilt.read().named_graphs()) == set(store.read().named_graphs())
        assert rebuilt.history() == store.history()
        for number, (before, after) in enumerate(zip([set[ox.Quad](), *states], states, strict=False), 1):
            assert set(store.read(number)) == after
            assert store.changes(number) == Delta(frozenset(after - before), frozenset(before - after))
            assert store.entry(number).content_hash == content_hash(after)
            assert store.entry(number).quads == len(after)


def _patch(*rows: str, message: str = "A commit") -> str:
    entry = patch.entry(None, Commit("tests", message, COMMIT.time), 0, added=0, removed=0)
    return "".join(patch.write(entry, rows))


def _read(text: str) -> tuple[patch.Entry, list[patch.Change]]:
    entry, changes = patch.read(io.BytesIO(text.encode()))
    return entry, list(changes)


@given(text=st.text(st.characters(exclude_categories=["Cs"])), blank=st.from_regex("[a-z0-9]{1,32}", fullmatch=True))
def test_any_text_survives_in_a_patch(text: str, blank: str) -> None:
    subject = ox.Quad(ox.BlankNode(blank), P, ox.Literal(text, language="en"))
    entry, changes = _read(_patch(patch.row("D", quad(text)), patch.row("A", subject), message=text))
    assert entry.message == text
    assert changes == [("D", quad(text)), ("A", subject)]


A_ROW = patch.row("A", quad(1))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (10, _patch("Z <http://example.org/s> .\n")),
        (10, _patch('PA "ex" <http://example.org/> .\n')),
        (10, _patch("A <http://example.org/s> <p> <o> .\n")),
        (10, _patch("A # nothing .\n")),
        (11, _patch(A_ROW, A_ROW.replace(" .\n", " . .\n"))),
        (11, _patch(A_ROW, "\n")),
        (11, _patch(A_ROW).removesuffix("TC .\n")),
        (10, _patch(A_ROW).removesuffix(" .\nTC .\n")),
        (12, _patch(A_ROW) + "TX .\n"),
        (3, _patch().replace("H time", "h time")),
        (3, _patch().replace("H time", "H author")),
        (9, _patch().replace("H time", "H tide")),
        (9, _patch().replace("2026-01-01", "2026-13-01")),
        (2, _patch().replace('"tests"', '"tests" "twice"')),
        (1, ""),
        (9, _patch().partition("TX")[0]),
    ],
)
def test_the_first_line_that_is_not_of_a_patch_is_named(line: int, text: str) -> None:
    with pytest.raises(patch.PatchError) as raised:
        _read(text)
    assert raised.value.line == line
