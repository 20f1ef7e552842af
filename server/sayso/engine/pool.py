"""The pool: reader processes that evaluate queries over a versioned store, killed when they take too much.

A query has a reader of its own until it is done. At first it holds one of a few short turns, and gives that up when it
has worked for LONG seconds: its process is stopped, made nicer, and goes on when a long turn is free, so that a short
query is never stuck behind long ones. Past its deadline the process is killed. A reader that is gone is replaced in the
background.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sayso.engine import Answer, DefaultGraph, Limits
from sayso.engine.process import Keeper
from sayso.engine.turns import Rules, Turns
from sayso.engine.wire import Job, Order, Reply
from sayso.errors import MemoryLimit, QueryTimeout, ReaderDied
from sayso.metrics import Gauge
from sayso.store import VersionMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sayso.engine import Asker, Query, Task
    from sayso.engine.process import Reader
    from sayso.store import VersionedStore

LONG = 0.1  # seconds of work after which a query gives way to shorter ones
LONGEST = 1.0  # seconds after which it does so in any case: on a busy machine a short query waits for a processor too
CHUNK = 1 << 18
# Four processes a client leave room for seven others; those that are stopped cost memory, but no time.
RULES = Rules(running=32, running_each=4)
_MEMORY_SIGNALS = (
    -6,
    -11,
)  # an allocation that fails ends in abort(), a stack that cannot grow in a segmentation fault


class Pool:
    """Answer queries over the current version of a versioned store, each in a process of its own."""

    def __init__(
        self,
        store: VersionedStore,
        limits: Limits | None = None,
        default_graph: DefaultGraph = "union",
        readers: int = 2,
        rules: Rules = RULES,
    ) -> None:
        """Take the store and the limits; `readers` processes are started now and kept ready."""
        self._store = store
        self.limits = limits or Limits()
        self._union = default_graph == "union"
        self._turns = Turns(rules)
        # Who is here has a turn already, so these queues are bounded and nobody is refused.
        self._short = Turns(Rules(readers + 6, max(2, readers), rules.running, rules.running))
        self._long = Turns(Rules(readers + 2, max(1, (readers + 2) // 2), rules.running, rules.running))
        self._link = store.path / "current"
        self._current = ("", store.current)
        self.keeper = Keeper(store.path, self.limits.memory, readers)

    def close(self) -> None:
        """End every process."""
        self.keeper.close()

    def version(self) -> int:
        """Tell the number of the current version."""
        # One system call; the store is asked only where the link has changed.
        link = os.readlink(self._link)  # noqa: PTH115  # a path to make costs more than the call
        if link != self._current[0]:
            self._current = (link, self._store.current)
        return self._current[1].number

    def size(self) -> int:
        """Tell how many quads the current version has, as its journal entry says."""
        return self._store.entry(self._store.current.number).quads

    def gauges(self) -> list[Gauge]:
        """Tell how many queries run and wait, how many readers are ready, how many died, and the age of the version."""
        kills = self.keeper.kills
        age = (datetime.now(UTC) - self._store.entry(self.version()).time).total_seconds()
        return [
            Gauge("queries_running", "Queries that have their turn.", self._turns.running()),
            Gauge("queries_waiting", "Queries that wait for their turn.", self._turns.waiting()),
            Gauge("readers_ready", "Reader processes that wait for a query.", self.keeper.idle()),
            Gauge("readers_killed_total", "Reader processes that were killed or died.", kills, counter=True),
            Gauge("dataset_version_age_seconds", "Seconds since the version that is served was made.", age),
        ]

    def answer(self, query: Query, asker: Asker) -> Answer:
        """Evaluate a query to its end; see `Engine`. Raises VersionMissing where the version asked for is not there."""
        with self._turns.turn(asker):
            while True:
                version = query.version or self.version()
                order = Order(str(self._store.path), version, query, self._union, self.limits)
                reply, file = self._evaluated(order, asker)
                # A version can be swept before the reader holds it; the current one then is another.
                if not isinstance(reply.error, VersionMissing) or query.version or version == self.version():
                    break
        if reply.error is not None:
            raise reply.error
        chunks = _read(file, reply.length) if file is not None else iter([reply.content or b""])
        return Answer(reply.media_type, version, reply.length, chunks)

    def work(self, task: Task, asker: Asker) -> Any:
        """Have a task done in a process of its own, and give what came of it.

        Raises what it raises, Busy, QueryTimeout, MemoryLimit or ReaderDied; after the last three, what it would have
        stored may be stored or not, but never a part of it.
        """
        with self._turns.turn(asker):
            try:
                reply = self._done(Job(task, self.limits), asker)
            except OSError as error:
                raise ReaderDied("The process that should do it ended before it began") from error
        if reply.error is not None:
            raise reply.error
        return reply.result

    def _done(self, job: Job, asker: Asker) -> Reply:
        reader = self.keeper.fresh()
        with self._watched(reader):
            reader.send(job, asker.deadline)
            if not reader.wait(asker.deadline):
                raise TimeoutError
            reply, _ = reader.reply(asker.deadline)
        reader.gave_way = True  # it may have grown, so it serves nobody else
        self.keeper.give_back(reader)
        return reply

    def _evaluated(self, order: Order, asker: Asker) -> tuple[Reply, int | None]:
        with ExitStack() as turn:
            turn.enter_context(self._short.turn(asker))
            try:
                return self._asked(self._taken(asker), order, asker, turn)
            except OSError:  # it died while it was idle, so nothing is lost but the reader
                pass
            try:
                return self._asked(self.keeper.fresh(), order, asker, turn)
            except OSError as error:
                raise ReaderDied("The process that should evaluate the query ended before it began") from error

    def _taken(self, asker: Asker) -> Reader:
        """Take a reader; whoever has a long query under way lets others go first with the next ones too."""
        if not self._long.running(asker.client):
            return self.keeper.take()
        reader = self.keeper.fresh()
        reader.be_nice()
        return reader

    def _asked(self, reader: Reader, order: Order, asker: Asker, turn: ExitStack) -> tuple[Reply, int | None]:
        """Have a reader evaluate an order; `turn` is the short one, which is closed when it lasts long.

        Raises ConnectionError where the reader is gone and had not taken the whole order.
        """
        with self._watched(reader):
            reader.send(order, asker.deadline)
            answered = self._waited(reader, asker, turn)
        self.keeper.give_back(reader)
        return answered

    @contextmanager
    def _watched(self, reader: Reader) -> Iterator[None]:
        """Give up a reader for whatever is raised, and say what a deadline or a death means."""
        began = time.monotonic()
        try:
            yield
        except TimeoutError as error:
            self.keeper.lost(reader)
            seconds = time.monotonic() - began
            raise QueryTimeout(
                f"It ran for {seconds:.1f} seconds and reached its time limit: ask for part of it"
            ) from error
        except EOFError as error:
            raise self._death(self.keeper.lost(reader)) from error
        except BaseException:
            self.keeper.lost(reader)
            raise

    def _waited(self, reader: Reader, asker: Asker, turn: ExitStack) -> tuple[Reply, int | None]:
        patience = min(time.monotonic() + LONGEST, asker.deadline)
        while not reader.wait(min(time.monotonic() + LONG, patience)):
            if reader.worked() >= LONG or time.monotonic() >= patience:
                break
        else:
            return reader.reply(asker.deadline)
        reader.be_nice()
        reader.stop()
        self.keeper.refill()
        turn.close()
        with self._long.turn(asker):
            reader.go_on()
            if not reader.wait(asker.deadline):
                raise TimeoutError
            return reader.reply(asker.deadline)

    def _death(self, code: int) -> MemoryLimit | ReaderDied:
        """Say why a reader died in the middle of a query: out of memory, as a rule."""
        if code in _MEMORY_SIGNALS:
            return MemoryLimit.of(self.limits.memory)
        return ReaderDied(f"The process that evaluated the query ended with {code}: try again, or ask for less")


def _read(file: int, length: int) -> Iterator[bytes]:
    """Read a spooled result, which is gone when it is read or closed; it must have the length that was said."""

    def chunks() -> Iterator[bytes]:
        with open(file, "rb") as stream:  # a descriptor is no path
            if os.fstat(file).st_size != length:
                raise ReaderDied("The result is not whole")
            stream.seek(0)
            yield b""  # the generator is begun here, so that closing it closes the file
            while chunk := stream.read(CHUNK):
                yield chunk

    begun = chunks()
    next(begun)
    return begun
