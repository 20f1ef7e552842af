"""The gate: the one way into a store, where every change is judged before anything is written.

A change is made on a fork, which records exactly what it adds and removes. Its effect on the union of all graphs is
laid over the parent version, and what it can affect is validated there (`shacl.footprint`), in guard mode: a version
that is in conforms, so only results that are new can be violations. Violations refuse the change; warnings pass, and
the journal entry keeps them. All of this happens under the lock of the writer, so what is judged is what is published;
readers never wait.

A change of more than a fifth of the store costs less to validate with the whole store. So does a change of the shapes:
what the shapes target that were not there before is validated as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso import advice, documents
from sayso.advice import Addition
from sayso.errors import DataRefused, PreconditionFailed
from sayso.findings import LEVELS
from sayso.people import PeopleOf
from sayso.shacl import report, validate
from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import View, effective_delta
from sayso.shacl.shapes import changed
from sayso.store import Commit, Delta, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sayso.documents import Position
    from sayso.findings import Finding, Level
    from sayso.shacl.graph import Quads, UnionDelta
    from sayso.shacl.report import Result
    from sayso.shacl.shapes import Shapes
    from sayso.store import Fork

BULK = 0.2  # of a store's quads: a larger change is validated with all of it
ADVISED = 2_000  # triples: advice is for what somebody wrote, and looks up a thousand spellings of each new name
KEPT = 100  # findings that a journal entry keeps


@dataclass(frozen=True)
class Write:
    """Say who writes, and why; `expected` is the version that the writer has seen, None where any will do.

    `dry_run` judges and publishes nothing. `fail_on` is the least grave level that refuses the change.
    """

    author: str
    message: str
    time: datetime | None = None
    expected: int | None = None
    dry_run: bool = False
    fail_on: Level = "violation"


@dataclass(frozen=True)
class Written:
    """Say which version a write resulted in, which graph it created, and what was found that does not refuse it.

    `version` is the one before where nothing was published; `created` is the IRI of the graph, None for none.
    """

    version: int
    created: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Source:
    """Say where the triples of a change, as the store has them, were written.

    `name` is what a finding names that has no such place. `positions` finds the places, which takes as long as the
    change. `contents` are the documents that are no files of this machine, None where all are files.
    """

    name: Path = Path("change")
    positions: Callable[[], Mapping[ox.Triple, Position]] = dict
    contents: Mapping[Path, bytes] | None = field(default_factory=dict)


PATIENCE = 10.0  # seconds that a writer waits for those before it
NOWHERE = Source()


class Gate:
    """Guard one store."""

    def __init__(self, store: VersionedStore) -> None:
        """Take the store; everything else is read when it is asked for."""
        self.store = store
        self._people = PeopleOf(store)

    def submit(self, write: Write, change: Callable[[Fork], str | None], source: Source = NOWHERE) -> Written:
        """Make a change on a fork of the store, judge it and publish it: all of it, or nothing where it raises.

        `change` returns the IRI of the graph that it created. Raises DataRefused with the findings where it breaks the
        shapes, PreconditionFailed, StoreLocked where another writer is too slow, and what `change` raises.
        """
        with self.store.fork(PATIENCE) as fork:
            if write.expected not in (None, fork.parent.number):
                raise PreconditionFailed(
                    f"The dataset is at version {fork.parent.number}, not {write.expected}: "
                    "read it again, then write again"
                )
            created = change(fork)
            found = self._judge(fork.before, fork.entry.quads, fork.parent.number, fork.delta, source)
            refuse(found, write.fail_on)
            if write.dry_run:
                return Written(fork.parent.number, created, found)
            version = fork.publish(_commit(write, found))
        return Written(version.number, created, found)

    def examine(self, added: Iterable[ox.Quad], source: Source) -> tuple[Finding, ...]:
        """Judge an addition to the current version, for which no writer has to wait; nothing is stored."""
        version = self.store.current.number
        with self.store.reading(version) as data:
            quads = self.store.entry(version).quads
            return self._judge(data, quads, version, Delta(frozenset(added), frozenset()), source)

    def reshape(self, file: Path, write: Write) -> Written:
        """Make the shapes in a Turtle file those of the store, if what they target conforms.

        Only the shapes that the store does not have already, nested ones counted, are validated. Raises as `submit`,
        DocumentError where the file does not parse and UnsupportedShapes.
        """
        text, shapes = documents.read(file), compile_shapes(file)
        with self.store.fork(PATIENCE) as fork:
            old = self.store.shapes_file()
            if old is not None and old.read_bytes() == text:
                return Written(fork.parent.number)
            new = shapes.roots if old is None else changed(compiled(old), shapes)
            results = validate.report(View(fork.before), shapes, new).results
            found = tuple(report.findings(results, {}, file))
            refuse(found, write.fail_on)
            if write.dry_run:
                return Written(fork.parent.number, findings=found)
            version = fork.publish(_commit(write, found), allow_empty=True, shapes=text)
        return Written(version.number, findings=found)

    def _judge(self, before: ox.Store, quads: int, version: int, change: Delta, source: Source) -> tuple[Finding, ...]:
        file = self.store.shapes_file()
        if file is None:
            return ()
        verdict = judge(before, quads, change, compiled(file))
        results = verdict.results
        if len(verdict.delta) <= ADVISED:
            addition = Addition(sorted(verdict.delta.added, key=str), verdict.before, verdict.after)
            people = self._people.at(version, before)
            results = advice.join(results, advice.advise(addition, people, datetime.now(UTC).date()))
        return tuple(_located(results, source))


@dataclass(frozen=True)
class Verdict:
    """Hold what a change does to the union of all graphs, that union before and after it, and the new results."""

    delta: UnionDelta
    before: View
    after: View
    results: list[Result]


def judge(store: Quads, quads: int, change: Delta, shapes: Shapes) -> Verdict:
    """Validate what a change of a store of so many quads can affect, or all of it where the change is large.

    Results are all violations there, and the warnings that the change brings.
    """
    delta = effective_delta(store, change.added, change.removed)
    before, after = View(store), View(store, delta.added, delta.removed)
    if len(delta) > BULK * quads:
        entries = validate.report(after, shapes).entries
    else:
        entries = validate.validate_delta(after, shapes, delta, guard=True).report.entries
    return Verdict(delta, before, after, _new(before, shapes, entries))


def create(directory: Path, quads: Iterable[ox.Quad], write: Write, shapes: Path | None, source: Source) -> Written:
    """Make a store whose first version holds these quads, if all of them conform; None means no shapes.

    Raises DataRefused, DocumentError where the shapes do not parse, and what `VersionedStore.create` raises.
    """
    if shapes is None:
        made = VersionedStore.create(directory, quads, _commit(write, ()))
        return Written(made.current.number)
    given = list(quads)
    found = tuple(_located(conformance(given, compile_shapes(shapes)), source))
    refuse(found, write.fail_on)
    made = VersionedStore.create(directory, given, _commit(write, found), shapes=documents.read(shapes))
    return Written(made.current.number, findings=found)


def conformance(quads: Iterable[ox.Quad], shapes: Shapes) -> list[Result]:
    """Validate the union of all graphs as a whole."""
    store = ox.Store()
    store.bulk_extend(quads)
    return validate.validate(View(store), shapes)


def refuse(found: Sequence[Finding], fail_on: Level = "violation") -> None:
    """Raise DataRefused where a finding is as grave as that, or graver."""
    grave = LEVELS[: LEVELS.index(fail_on) + 1]
    if any(finding.level in grave for finding in found):
        raise DataRefused(found)


@lru_cache(maxsize=8)
def compiled(file: Path) -> Shapes:
    """Compile the shapes of a store, once a process: the name of the file is the hash of its content."""
    return compile_shapes(file)


def _located(results: Sequence[Result], source: Source) -> list[Finding]:
    return report.findings(results, source.positions() if results else {}, source.name, source.contents)


def _new(old: View, shapes: Shapes, entries: Mapping[validate.Key, Sequence[Result]]) -> list[Result]:
    """Leave out the warnings that the parent version had already."""
    before = validate.Validation(old, shapes)
    found: list[Result] = []
    for (name, focus), results in entries.items():
        known: Sequence[Result] = ()
        if any(result.level != "violation" for result in results) and shapes.shapes[name].is_for(old, focus):
            known = before.results(name, focus)
        found += [result for result in results if result.level == "violation" or result not in known]
    return found


def _commit(write: Write, found: Sequence[Finding]) -> Commit:
    remarks = [str(finding) for finding in found[:KEPT]]
    remarks += [f"… and {len(found) - KEPT} more"] if len(found) > KEPT else []
    return Commit(write.author, write.message, write.time, remarks=tuple(remarks))
