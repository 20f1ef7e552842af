"""Turns: who may use a reader next, so that no client starves another and no queue grows without end."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sayso.errors import Busy, QueryTimeout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sayso.engine import Asker


@dataclass(frozen=True)
class Rules:
    """Say how many run at once in all and for one client, and how many may wait in all and for one client."""

    running: int
    running_each: int
    waiting: int = 256
    waiting_each: int = 64


class Turns:
    """Give turns in the order of arrival for one client, and round robin between clients.

    Whenever something changes, everyone who now may run is given a turn; so who arrives and may run overtakes nobody.
    """

    def __init__(self, rules: Rules) -> None:
        """Begin with nobody running and nobody waiting."""
        self._rules = rules
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[threading.Event]] = OrderedDict()

    def running(self, client: str | None = None) -> int:
        """Tell how many hold a turn, of one client or of all."""
        with self._lock:
            return self._running.total() if client is None else self._running[client]

    def waiting(self) -> int:
        """Tell how many wait."""
        with self._lock:
            return self._queued()

    @contextmanager
    def turn(self, asker: Asker) -> Iterator[None]:
        """Hold a turn for as long as the block lasts.

        Raises Busy where too many wait already, and QueryTimeout where the deadline passes first.
        """
        self._enter(asker)
        try:
            yield
        finally:
            with self._lock:
                self._running[asker.client] -= 1
                if not self._running[asker.client]:
                    del self._running[asker.client]
                self._give()

    def _enter(self, asker: Asker) -> None:
        with self._lock:
            if asker.client not in self._waiting and self._may_run(asker.client):
                self._running[asker.client] += 1
                return
            given = threading.Event()
            self._queue(asker.client, given)
        # An event each: to wake all who wait for every turn that ends would cost more than short queries do.
        if given.wait(min(max(asker.deadline - time.monotonic(), 0), threading.TIMEOUT_MAX)):
            return
        with self._lock:
            if given.is_set():  # in the last moment
                return
            self._withdraw(asker.client, given)
        raise QueryTimeout("The time limit was reached while the query waited for its turn")

    def _queue(self, client: str, given: threading.Event) -> None:
        queue = self._waiting.get(client, deque())
        if self._queued() >= self._rules.waiting or len(queue) >= self._rules.waiting_each:
            raise Busy("Too many queries are waiting for their turn: try again in a while")
        queue.append(given)
        self._waiting[client] = queue

    def _withdraw(self, client: str, given: threading.Event) -> None:
        queue = self._waiting[client]
        queue.remove(given)
        if not queue:
            del self._waiting[client]

    def _give(self) -> None:
        """Give a turn to everyone who may run: the first of the first client that may, then of the next."""
        while (client := next((each for each in self._waiting if self._may_run(each)), None)) is not None:
            given = self._waiting[client][0]
            self._withdraw(client, given)
            if client in self._waiting:
                self._waiting.move_to_end(client)
            self._running[client] += 1
            given.set()

    def _may_run(self, client: str) -> bool:
        return self._running.total() < self._rules.running and self._running[client] < self._rules.running_each

    def _queued(self) -> int:
        return sum(len(queue) for queue in self._waiting.values())


class Places:
    """Count the requests of each client that are being read, answered or sent, and refuse more than so many.

    A request has a thread from its first byte to its last, however slow the client is; nobody shall take them all.
    """

    def __init__(self, each: int) -> None:
        """Begin with nobody there; `each` is the number for one client."""
        self._each = each
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def enter(self, client: str) -> None:
        """Take a place; raises Busy where the client has too many."""
        with self._lock:
            if self._taken[client] >= self._each:
                raise Busy(
                    f"More than {self._each} requests of yours are under way: read their answers, then try again"
                )
            self._taken[client] += 1

    def leave(self, client: str) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]
