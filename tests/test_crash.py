"""Killed with SIGKILL at any moment, a writer leaves the version before or the version after, whole.

Kills strike in two ways: before each step that the writer takes on a file, one after the other, and by the clock, which
strikes inside RocksDB and between steps too. The clock decides where a kill strikes, never what is expected. What is
not tested here is a loss of power: the system's page cache outlives a process.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import gate_writer
import pytest
from conftest import DEEP
from crash_writer import COMMIT, commit, content, create

from sayso.store import Delta, VersionedStore

KILLS_BY_THE_CLOCK = 200 if DEEP else 10
# A creation and a commit take about 80 ms, so most of these kills strike inside one.
LONGEST_WAIT = 0.15
WRITER = Path(__file__).with_name("crash_writer.py")
GATE_WRITER = Path(__file__).with_name("gate_writer.py")
WRITERS = ("one", "two", "three")
ROUNDS = 2  # of one store; in each, every writer is killed once


def run(mode: str, store: Path, step: int | None = None, wait: float | None = None) -> tuple[list[int], bool]:
    """Run a writer to a step or for a time; return the versions that it said it had published, and whether it died."""
    command = [sys.executable, str(WRITER), mode, str(store), *([str(step)] if step else [])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        if wait is not None:
            time.sleep(wait)
            writer.kill()
        published = [int(line) for line in writer.stdout]
    assert writer.returncode in {0, -signal.SIGKILL}
    return published, writer.returncode != 0


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def assert_whole(path: Path) -> int:
    """Open a store, compare all of it with what its versions should hold, and return the current number."""
    store = VersionedStore.open(path)
    last = store.current.number
    for version in store.versions():
        assert set(store.read(version.number)) == content(version.number)
    assert store.verify().quads == len(content(last))
    for number in range(2, last + 1):
        before, after = content(number - 1), content(number)
        assert store.changes(number) == Delta(frozenset(after - before), frozenset(before - after))
    assert names(path / "journal") == [f"{number:06}.rdfp" for number in range(1, last + 1)]
    assert names(path / "versions") == [version.path.name for version in store.versions()]
    return last


def assert_created_or_not(path: Path, published: list[int]) -> None:
    if published:
        assert path.is_dir()
    if not path.exists():
        assert create(path) == 1
    assert assert_whole(path) == 1
    assert names(path.parent) == [path.name]
    assert commit(path) == 2
    assert assert_whole(path) == 2


def assert_before_or_after(path: Path, published: list[int]) -> None:
    said = max(published, default=1)
    number = assert_whole(path)
    assert number in {said, said + 1}
    assert commit(path) == number + 1
    assert assert_whole(path) == number + 1


def test_a_creation_killed_before_any_step_leaves_a_whole_store_or_none(tmp_path: Path) -> None:
    for step in count(1):
        path = tmp_path / str(step) / "store"
        published, died = run("create", path, step=step)
        assert_created_or_not(path, published)
        if not died:
            break
    assert step > 10


def test_a_commit_killed_before_any_step_leaves_the_version_before_or_after(tmp_path: Path) -> None:
    for step in count(1):
        path = tmp_path / str(step) / "store"
        create(path)
        published, died = run("commit", path, step=step)
        assert_before_or_after(path, published)
        if not died:
            break
    assert step > 10


@pytest.mark.parametrize("seed", range(KILLS_BY_THE_CLOCK))
def test_a_creation_killed_at_any_time_leaves_a_whole_store_or_none(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "here" / "store"
    published, _ = run("create", path, wait=random.Random(seed).uniform(0, LONGEST_WAIT))  # noqa: S311  # repeatable
    assert_created_or_not(path, published)


@pytest.mark.parametrize("seed", range(KILLS_BY_THE_CLOCK))
def test_a_commit_killed_at_any_time_leaves_the_version_before_or_after(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "store"
    create(path)
    published, died = run("commit", path, wait=random.Random(seed).uniform(0, 3 * LONGEST_WAIT))  # noqa: S311  # repeatable
    assert died
    assert_before_or_after(path, published)


# ---------------------------------------------------------------- through the gate, several writers at once


@pytest.mark.parametrize("seed", range(KILLS_BY_THE_CLOCK // (ROUNDS * len(WRITERS)) + bool(DEEP)))
def test_writers_killed_while_others_write_lose_nothing_that_they_said_and_leave_nothing_half(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable
    path = tmp_path / "store"
    VersionedStore.create(path, [], COMMIT, shapes=gate_writer.SHAPES)
    said: set[tuple[str, int]] = set()
    for turn in range(ROUNDS):
        names = [f"{name}-{turn}" for name in WRITERS]
        writers = [_started(path, name) for name in names]
        victim = chance.randrange(len(writers))
        time.sleep(chance.uniform(0, 6 * LONGEST_WAIT))
        for place in (victim, *(each for each in range(len(writers)) if each != victim)):
            writers[place].kill()
            time.sleep(LONGEST_WAIT / 3)  # The others go on for a while beside what the first left.
        for name, writer in zip(names, writers, strict=True):
            assert writer.stdout is not None
            said |= {(name, int(line)) for line in writer.stdout}
            writer.stdout.close()
            assert writer.wait() == -signal.SIGKILL
        assert_groups_whole(path, said)


def _started(path: Path, name: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, str(GATE_WRITER), str(path), name]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    return writer


def assert_groups_whole(path: Path, said: set[tuple[str, int]]) -> None:
    """Compare the store with its journal, and what both hold with what the writers said."""
    store = VersionedStore.open(path)
    store.verify()
    published = {(entry.author, int(entry.message)) for entry in store.history()[1:]}
    assert said <= published
    assert not any(gate_writer.is_wrong(number) for _, number in published)
    expected = {quad for name, number in published for quad in gate_writer.group(name, number)}
    assert set(store.read()) == expected
