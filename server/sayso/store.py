"""The store: a directory of immutable versions.

    versions/000017/     a RocksDB directory, never changed again
    shapes/<hash>.ttl    the SHACL shapes that a version was checked against
    journal/000017.rdfp  what changed, as RDF Patch; its header says by whom, when, why, and what content results
    current              -> versions/000017, replaced by an atomic rename
    tags/<name>          -> ../versions/000012, a version that is kept
    write.lock           held by the one writer

pyoxigraph allows one writer a directory, has no transaction object, and reading beside a writer is undefined behaviour.
So nobody ever writes to a directory that somebody reads: a writer copies the current version by hard links, changes the
copy, and publishes it by renaming `current`. A process killed at any moment leaves `current` at the version before or
after.

Hard links, symbolic links and flock make this a matter of one local disk of a POSIX system.

The journal is the truth and a version directory an index of it: `replay` makes the one from the other. To take a change
back, publish its reverse; a `current` pointed back by hand gives up the later versions, journal entries included.
"""

from __future__ import annotations

import errno
import fcntl
import gc
import hashlib
import os
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyoxigraph as ox
from filelock import FileLock, Timeout

from sayso import patch
from sayso.errors import SaysoError
from sayso.patch import Commit, Delta, Entry, content_hash

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

__all__ = [
    "Commit",
    "Delta",
    "Entry",
    "Fork",
    "ForkEnded",
    "StoreBusy",
    "StoreDamaged",
    "StoreExists",
    "StoreLocked",
    "StoreMissing",
    "Version",
    "VersionMissing",
    "VersionSwept",
    "VersionedStore",
    "as_stored",
    "content_hash",
    "has_graph",
    "replay",
]

_KEEP = 20
_LOCK_SECONDS = 10.0
_NUMBERED = re.compile(r"(\d{6,})(\..+)?")
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REPLAY = "replay its journal into a new store"
_RESTORE = "restore the journal from a backup"


class StoreMissing(SaysoError):
    """Say that there is no store at this path."""


class StoreExists(SaysoError):
    """Say that something is already at the path of a new store."""


class StoreLocked(SaysoError):
    """Say that another writer kept the lock for longer than the caller would wait."""


class StoreBusy(SaysoError):
    """Say that the caller still holds the graph of a fork, or a result from it, so that it cannot be closed."""


class ForkEnded(SaysoError):
    """Say that a fork was used after it was published or dropped."""


class VersionMissing(SaysoError):
    """Say that the store has no such version, or has swept it."""


class VersionSwept(VersionMissing):
    """Say that the store had this version and has swept it; its journal entry is there."""


class StoreDamaged(SaysoError):
    """Say what is wrong with the files of a store, and what repairs it."""

    def __init__(self, what: str, remedy: str) -> None:
        """Keep the damage and the remedy apart."""
        self.what, self.remedy = what, remedy
        super().__init__(f"{what}; to repair the store, {remedy}")


@dataclass(frozen=True)
class Version:
    """Name a state of the store, counted from 1, and the directory that holds it."""

    number: int
    path: Path


def as_stored(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Return quads as the store will give them back.

    Oxigraph stores the value of many literals, not their spelling: "01"^^xsd:integer comes back as "1", "5"^^xsd:int as
    xsd:integer (https://github.com/oxigraph/oxigraph/issues/526). Only the stored form can be compared with the store.
    """
    scratch = ox.Store()
    scratch.extend(quads)
    return set(scratch)


def has_graph(data: ox.Store, graph: ox.NamedNode | ox.DefaultGraph) -> bool:
    """Tell whether data have a graph: a named graph is there as long as a quad is in it, the default graph always."""
    if isinstance(graph, ox.DefaultGraph):
        return True
    return next(data.quads_for_pattern(None, None, None, graph), None) is not None


@dataclass(frozen=True)
class VersionedStore:
    """Be a store at a path. No file stays open: every call reads the state of the directory."""

    path: Path

    @classmethod
    def create(cls, path: Path, quads: Iterable[ox.Quad], commit: Commit, shapes: bytes | None = None) -> Self:
        """Make a store whose version 1 holds these quads, which are streamed.

        `shapes` is the Turtle of the shapes that the quads were checked against; it is kept beside them.

        It is built beside the path and renamed into place, so a kill leaves all of it or nothing; the path may be an
        empty directory but not a mount point. Raises StoreExists, or StoreLocked where another process is creating it.
        """
        with _new_home(path) as home:
            version, rows = _version(home, 1), home / "rows.new"
            count, weight = _load(version.path, quads, rows)
            _sync_version(version.path)
            if shapes is not None:
                commit = replace(commit, shapes_hash=_keep_shapes(home, shapes))
            entry = patch.entry(None, commit, weight, added=count, removed=0)
            with rows.open(encoding="utf-8", newline="\n") as stream:
                _write_entry(home / "journal", entry, stream)
            rows.unlink()
            _point_current(home, version)
        return cls(path.resolve())

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a store, and clear what a killed writer left unless a writer is at work.

        Raises StoreMissing or StoreDamaged.
        """
        store = cls(path.resolve())
        store.entry(store.current.number)
        # Clearing is housekeeping: a store on a read-only disk, or beside a writer, is as good to read.
        with suppress(StoreLocked, OSError), _lock(store.path, 0):
            store._clear_leftovers()
        return store

    @property
    def current(self) -> Version:
        """Return the version that `current` points to; raises StoreMissing or StoreDamaged."""
        link = self.path / "current"
        if not link.is_symlink():
            if (self.path / "journal").is_dir():
                raise StoreDamaged(f"{link} is not a link to a version", _REPLAY)
            raise StoreMissing(f"There is no store at {self.path}")
        version = _version(self.path, _number(link.readlink().name) or 0)
        if not version.path.is_dir():
            raise StoreDamaged(f"{link} points to {link.readlink()}, which is not there", _REPLAY)
        return version

    def versions(self) -> list[Version]:
        """Return the versions that can be read, oldest first."""
        last = self.current.number
        found = (_number(path.name) or 0 for path in (self.path / "versions").iterdir())
        return [_version(self.path, number) for number in sorted(found) if 0 < number <= last]

    def version(self, number: int | None = None) -> Version:
        """Return a version that can be read, the current one where no number is given.

        Raises VersionMissing, or VersionSwept where it was there once.
        """
        if number is None:
            return self.current
        if not 1 <= number <= self.current.number:
            raise self._missing(number)
        version = _version(self.path, number)
        if not version.path.is_dir():
            raise VersionSwept(f"Version {number} was swept: `sayso replay --to {number}` makes it from the journal")
        return version

    def read(self, number: int | None = None) -> ox.Store:
        """Open a version read-only.

        RocksDB opens 16 files of a version at once and the others as a query needs them, so this reader can fail once
        `sweep` has removed its version; `reading` prevents that. Raises VersionMissing or StoreDamaged.
        """
        return _open_read_only(self.version(number))

    @contextmanager
    def reading(self, number: int | None = None) -> Iterator[ox.Store]:
        """Open a version read-only and keep `sweep` off it until the block, or the process, ends."""
        version = self.version(number)
        with _directory(version.path) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield self.read(version.number)  # Looked up again: it may have been swept before it was held.

    @contextmanager
    def fork(self, timeout: float = _LOCK_SECONDS) -> Iterator[Fork]:
        """Copy the current version, to change it and publish it; leaving the block without that drops the copy.

        `timeout` is how many seconds to wait for another writer. Raises StoreLocked or StoreDamaged.
        """
        with _lock(self.path, timeout):
            self._clear_leftovers()
            parent = self.current
            fork = Fork(self.path, self.entry(parent.number), parent, _version(self.path, parent.number + 1))
            try:
                yield fork
            finally:
                fork.drop()

    def shapes(self) -> bytes | None:
        """Return the Turtle of the shapes that the current version was checked against, None where there are none.

        Raises StoreDamaged.
        """
        file = self.shapes_file()
        return None if file is None else file.read_bytes()

    def shapes_file(self) -> Path | None:
        """Return the file of those shapes, which never changes, for its name is the hash of its content.

        None where there are none; raises StoreDamaged.
        """
        digest = self.entry(self.current.number).shapes_hash
        if digest is None:
            return None
        file = self.path / "shapes" / f"{digest}.ttl"
        if not file.is_file():
            raise StoreDamaged(f"{file} is not there", "put the shapes back under this name")
        return file

    def entry(self, number: int) -> Entry:
        """Return the journal entry of a version, swept or not; raises VersionMissing or StoreDamaged."""
        with self._patch(number) as (entry, _):
            return entry

    def history(self) -> list[Entry]:
        """Return the journal entries up to the current version, oldest first."""
        return [self.entry(number) for number in range(1, self.current.number + 1)]

    def changes(self, number: int) -> Delta:
        """Return what a version added and removed, all in memory."""
        with self._patch(number) as (_, changes):
            return patch.delta(changes)

    def journal_file(self, number: int) -> Path:
        """Return the file of a version's journal entry, which never changes; raises as `entry`."""
        return self.path / "journal" / _file(self.entry(number).version)

    def verify(self) -> Entry:
        """Recompute every count and hash, of the whole journal and of the current content; return the last entry.

        This reads everything: about 3 s for 100,000 quads. Raises StoreDamaged at the first difference.
        """
        last = self.current.number
        quads = total = 0
        for number in range(1, last + 1):
            with self._patch(number) as (entry, changes):
                count = {"A": 0, "D": 0}
                for operation, quad in changes:
                    count[operation] += 1
                    total += patch.weight([quad]) * (1 if operation == "A" else -1)
            quads += count["A"] - count["D"]
            stated = (entry.version, entry.content_hash, entry.quads, entry.added, entry.removed)
            if stated != (number, patch.hexadecimal(total), quads, count["A"], count["D"]):
                raise StoreDamaged(f"The journal entry {_file(number)} does not add up to its header", _RESTORE)
        if content_hash(self.read(last)) != patch.hexadecimal(total):
            raise StoreDamaged(f"Version {last} does not hold what the journal says", _REPLAY)
        return entry

    def tags(self) -> dict[str, int]:
        """Return the names of versions that are kept."""
        directory = self.path / "tags"
        links = sorted(directory.iterdir()) if directory.is_dir() else []
        return {link.name: int(link.readlink().name) for link in links if link.is_symlink()}

    def tag(self, name: str, number: int, timeout: float = _LOCK_SECONDS) -> None:
        """Name a version that `sweep` shall keep; removing the file `tags/<name>` gives it up.

        Raises ValueError for a name that is taken or not of letters, digits and `._-`, VersionMissing or StoreLocked.
        """
        link = self.path / "tags" / name
        if _TAG.fullmatch(name) is None or link.is_symlink():
            raise ValueError(f"Not a name for a tag, or one that is taken: {name!r}")
        with _lock(self.path, timeout):
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(Path("..", "versions", self.version(number).path.name))
            _sync(link.parent)

    def sweep(self, keep: int = _KEEP, timeout: float = _LOCK_SECONDS) -> list[int]:
        """Remove old versions and return their numbers; the journal, and so the history, stays whole.

        Kept are the last `keep`, the current one, those tagged, and those somebody is `reading`. Raises StoreLocked.
        """
        with _lock(self.path, timeout):
            self._clear_leftovers()
            kept = {self.current.number, *self.tags().values()}
            versions = self.versions()
            old = versions[: max(0, len(versions) - keep)]
            return [version.number for version in old if version.number not in kept and _remove_unread(version)]

    @contextmanager
    def _patch(self, number: int) -> Iterator[tuple[Entry, Iterator[patch.Change]]]:
        if not 1 <= number <= self.current.number:
            raise self._missing(number)
        with _read_entry(self.path / "journal", number) as found:
            yield found

    def _missing(self, number: int) -> VersionMissing:
        return VersionMissing(f"Version {number} is not there: the current one is {self.current.number}")

    def _clear_leftovers(self) -> None:
        """Remove what is not of this history, that is unfinished or unpublished; needs the lock."""
        last = self.current.number
        for directory in ("versions", "journal"):
            for path in (self.path / directory).iterdir():
                found = _NUMBERED.fullmatch(path.name.removesuffix(".rdfp"))
                if found and (found[2] or int(found[1]) > last):
                    _remove(path)
        (self.path / "current.new").unlink(missing_ok=True)


class Fork:
    """Be a writable copy of the current version, and the record of what was changed in it.

    The copy is made once a change has to be read or published: a change that is judged by its record and then dropped
    costs no copy.
    """

    def __init__(self, home: Path, before: Entry, parent: Version, version: Version) -> None:
        """Open the parent."""
        self.parent = parent
        self._home, self._before, self._version = home, before, version
        self._added: set[ox.Quad] = set()
        self._removed: set[ox.Quad] = set()
        self._pending: list[tuple[set[ox.Quad], set[ox.Quad]]] = []
        self._ended = False
        self._base: ox.Store | None = _open_read_only(parent)
        self._graph: ox.Store | None = None

    @property
    def entry(self) -> Entry:
        """Return the journal entry of the parent."""
        return self._before

    @property
    def before(self) -> ox.Store:
        """Return the graph of the parent, to read; keep no reference."""
        if self._base is None:
            raise ForkEnded("This fork was published or dropped: begin another")
        return self._base

    @property
    def delta(self) -> Delta:
        """Return what all changes together add to the parent and remove from it."""
        return Delta(frozenset(self._added), frozenset(self._removed))

    @property
    def store(self) -> ox.Store:
        """Return the graph, to read; change it by `apply`, else the journal does not know, and keep no reference."""
        return self._copied() if self._pending or self._graph is not None else self.before

    def has(self, quad: ox.Quad) -> bool:
        """Tell whether the graph has a quad, which is to be as the store gives it."""
        return quad in self._added or (quad not in self._removed and quad in self.before)

    def apply(self, added: Iterable[ox.Quad], removed: Iterable[ox.Quad] = ()) -> None:
        """Remove quads, then add quads, and record what that changed; all of it is held in memory.

        A graph that loses its last quad is gone, so that equal quads are equal datasets.
        """
        gains, losses = as_stored(added), as_stored(removed)
        losses = {quad for quad in losses - gains if self.has(quad)}
        gains = {quad for quad in gains if not self.has(quad)}
        self._pending.append((gains, losses))
        self._removed |= losses - self._added
        self._added -= losses
        self._added |= gains - self._removed
        self._removed -= gains

    def publish(self, commit: Commit, *, allow_empty: bool = False, shapes: bytes | None = None) -> Version:
        """Make the copy the current version and return it, which ends the fork.

        `shapes` is the Turtle of new shapes that all content was checked against. Where nothing changed no version is
        made and the parent is returned, unless `allow_empty`. Raises StoreBusy while something from `store` is
        referenced, and OSError; `current` is then as it was, or the whole new version.
        """
        if self._base is not None and not (self._added or self._removed or allow_empty):
            self.drop()
            return self.parent
        # Without a flush the next fork would lose these quads without an error: the backup of a store that is open
        # read-only leaves the write-ahead log out (pyoxigraph 0.5.13).
        self._copied().flush()
        self._close()
        if shapes is not None:
            commit = replace(commit, shapes_hash=_keep_shapes(self._home, shapes))
        _sync_version(self._version.path)
        # Sorted, so that equal commits are equal files.
        rows = sorted(patch.row("D", quad) for quad in self._removed)
        rows += sorted(patch.row("A", quad) for quad in self._added)
        _write_entry(self._home / "journal", self._entry(commit), rows)
        _point_current(self._home, self._version)
        self._ended = True
        return self._version

    def drop(self) -> None:
        """Remove the copy; one that was published stays, also where publishing failed after that."""
        self._base = self._graph = None
        if not self._ended and VersionedStore(self._home).current != self._version:
            _remove(self._version.path)
        self._ended = True

    def _entry(self, commit: Commit) -> Entry:
        # A commit that says nothing of shapes keeps to those that the store has.
        commit = replace(commit, shapes_hash=commit.shapes_hash or self._before.shapes_hash)
        gain = patch.weight(self._added) - patch.weight(self._removed)
        return patch.entry(self._before, commit, gain, added=len(self._added), removed=len(self._removed))

    def _copied(self) -> ox.Store:
        """Return the copy with all changes in it.

        It is a RocksDB checkpoint, so the files are hard links and the cost does not grow with them. A failure drops
        the fork.
        """
        try:
            if self._graph is None:
                self.before.backup(str(self._version.path))
                self._graph = ox.Store(str(self._version.path))
            while self._pending:
                _change(self._graph, *self._pending.pop(0))
        except BaseException:
            self.drop()
            raise
        return self._graph

    def _close(self) -> None:
        self._base = self._graph = None
        if _in_use(self._version.path):
            gc.collect()
        if _in_use(self._version.path):
            raise StoreBusy("A variable refers to the fork's store or to a result from it: delete it, then publish")


def replay(journal: Path, into: Path, last: int | None = None) -> VersionedStore:
    """Rebuild a store from the directory of its journal: the whole history, and the last version.

    `last` is the version to stop at, None for all; an entry that a killed writer finished but did not publish counts.
    Raises StoreMissing, VersionMissing, StoreExists or StoreDamaged.
    """
    found = max((_number(path.stem) or 0 for path in journal.glob("*.rdfp")), default=0)
    if found == 0:
        raise StoreMissing(f"There is no journal entry in {journal}")
    last = found if last is None else last
    if not 1 <= last <= found:
        raise VersionMissing(f"Version {last} is not in {journal}: the last one is {found}")
    with _new_home(into) as home:
        version = _version(home, last)
        _load_journal(version.path, journal, last)
        _sync_version(version.path)
        for number in range(1, last + 1):
            _sync(shutil.copyfile(journal / _file(number), home / "journal" / _file(number)))
        _sync(home / "journal")
        for file in (journal.parent / "shapes").glob("*.ttl"):
            _keep_shapes(home, file.read_bytes())
        _point_current(home, version)
        VersionedStore(home).verify()
    return VersionedStore(into.resolve())


@contextmanager
def _new_home(path: Path) -> Iterator[Path]:
    """Give the directory that a new store is built in, and rename it into place at the end."""
    path = path.resolve()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise StoreExists(f"{path} is not empty: a new store needs a path of its own")
    home = path.with_name(f".{path.name}.creating")  # Always this name: what a killed creation left is found.
    home.mkdir(parents=True, exist_ok=True)
    with _lock(home, 0):
        try:
            for leftover in home.iterdir():
                if leftover.name != "write.lock":
                    _remove(leftover)
            for name in ("versions", "journal"):
                (home / name).mkdir()
            yield home
            _rename_new(home, path)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
    _sync(path.parent)


def _rename_new(home: Path, path: Path) -> None:
    try:
        home.rename(path)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            raise StoreExists(f"Another process made {path} meanwhile") from error
        raise


@contextmanager
def _lock(home: Path, timeout: float) -> Iterator[None]:
    # A lock object for each call: threads then exclude each other as processes do.
    lock = FileLock(home / "write.lock", timeout=timeout, thread_local=False)
    try:
        lock.acquire(poll_interval=0.01)
    except Timeout:
        raise StoreLocked(f"Another writer holds {lock.lock_file}; gave up after {timeout:g} s") from None
    try:
        yield
    finally:
        lock.release()


def _load(directory: Path, quads: Iterable[ox.Quad], rows: Path) -> tuple[int, int]:
    """Write quads to a new RocksDB and, as it then holds them, to rows of a patch; return their count and sum."""
    graph = ox.Store(str(directory))
    graph.bulk_extend(quads)
    count = total = 0
    with rows.open("w", encoding="utf-8", newline="\n") as stream:
        for quad in graph:
            count += 1
            total += patch.weight([quad])
            stream.write(patch.row("A", quad))
    graph.flush()
    return count, total


def _load_journal(directory: Path, journal: Path, last: int) -> None:
    graph = ox.Store(str(directory))
    for number in range(1, last + 1):
        with _read_entry(journal, number) as (_, changes):
            if number == 1:  # The first entry is the load, of any size, so it is streamed.
                graph.bulk_extend(change.quad for change in changes)
                continue
            _change(graph, *patch.delta(changes))
    graph.flush()


def _change(graph: ox.Store, added: Iterable[ox.Quad], removed: Collection[ox.Quad]) -> None:
    for quad in removed:
        graph.remove(quad)
    graph.extend(added)
    for name in {quad.graph_name for quad in removed} - {ox.DefaultGraph()}:
        if next(graph.quads_for_pattern(None, None, None, name), None) is None:
            graph.remove_graph(name)


def _open_read_only(version: Version) -> ox.Store:
    try:
        return ox.Store.read_only(str(version.path))
    except (OSError, RuntimeError) as error:
        raise StoreDamaged(f"Version {version.number} does not open: {error}", _REPLAY) from error


@contextmanager
def _read_entry(journal: Path, number: int) -> Iterator[tuple[Entry, Iterator[patch.Change]]]:
    path = journal / _file(number)
    if not path.is_file():
        raise StoreDamaged(f"The journal entry {path.name} is missing", _RESTORE)
    try:
        with path.open("rb") as stream:
            yield patch.read(stream)
    except patch.PatchError as error:
        raise StoreDamaged(f"The journal entry {path.name} cannot be read: {error}", _RESTORE) from error


def _keep_shapes(home: Path, shapes: bytes) -> str:
    digest = hashlib.sha256(shapes).hexdigest()
    file = home / "shapes" / f"{digest}.ttl"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(shapes)
    _sync(file)
    _sync(file.parent)
    return digest


def _write_entry(journal: Path, entry: Entry, rows: Iterable[str]) -> None:
    target = journal / _file(entry.version)
    unfinished = target.with_suffix(".new")  # An entry is whole once it has its name: `replay` believes the names.
    with unfinished.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(patch.write(entry, rows))
    _sync(unfinished)
    unfinished.replace(target)
    _sync(journal)


def _point_current(home: Path, version: Version) -> None:
    link = home / "current.new"
    link.symlink_to(Path("versions", version.path.name))
    link.replace(home / "current")
    _sync(home)


def _version(home: Path, number: int) -> Version:
    return Version(number, home / "versions" / f"{number:06}")


def _file(number: int) -> str:
    return f"{number:06}.rdfp"


def _number(name: str) -> int | None:
    found = _NUMBERED.fullmatch(name)
    return int(found[1]) if found and found[2] is None else None


def _in_use(directory: Path) -> bool:
    """Say whether this process has a file of the directory open; without /proc that is unknown, and the answer no."""
    inside = f"{directory.resolve()}{os.sep}"
    for descriptor in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):
            if str(descriptor.readlink()).startswith(inside):
                return True
    return False


def _sync_version(directory: Path) -> None:
    for file in directory.iterdir():
        if file.stat().st_nlink == 1:  # A file of two links is of an older version too, and was synchronised with it.
            _sync(file)
    _sync(directory)
    _sync(directory.parent)


def _sync(path: Path) -> None:
    with _directory(path) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _directory(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _remove_unread(version: Version) -> bool:
    with _directory(version.path) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        # Renamed first: killed in the middle, it must not leave half a version under the name of a version.
        _remove(version.path.rename(version.path.with_suffix(".swept")))
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
