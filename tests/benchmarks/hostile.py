"""How long a point query of one client takes while others attack: `python tests/benchmarks/hostile.py [SECONDS]`.

Three clients, each at an address of its own, ask the hostile corpus again and again and misbehave on the wire; another
asks point queries, every query new. What is printed: the median and the 99th percentile of the point queries before and
during the attack, how many answers were cut, and the memory of the server and its readers before, during and after.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import corpus
import things
from conftest import serving
from processes import becomes, readers, resident, zombies
from stream import Peak

from sayso.store import Commit, VersionedStore

ATTACKERS = tuple(f"127.0.0.{number}" for number in range(2, 5))
AT_ONCE = 4  # requests of one attacker
POINT = "SELECT ?p ?o WHERE {{ <http://example.org/s{subject}> ?p ?o }} # {number}"
PAUSE = 0.01  # seconds between two point queries
MEBIBYTE = 1 << 20


def main() -> None:
    """Run the attack and print what was measured."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    commit = Commit(author="bench", message="made", time=datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        store = VersionedStore.create(Path(folder) / "store", things.quads(10_000), commit)
        # In a process of its own: the attackers here would keep its interpreter busy.
        with serving(store.path, *corpus.LIMITS) as server, ProcessPoolExecutor(1, get_context("spawn")) as politely:
            points(server.port, 1)
            before, quiet = resident(server.pid), politely.submit(points, server.port, min(seconds, 5)).result()
            os.nice(10)  # attackers have machines of their own
            attack = Attack(server.port)
            peak = Peak(server.pid)
            attacked = politely.submit(points, server.port, seconds).result()
            statuses = attack.end()
            most = peak.end()
            gone = becomes(lambda: len(readers(server.pid)) == 2 and not zombies(server.pid))
            print(f"point queries in peace: {spread(quiet)}")
            print(f"point queries under attack: {spread(attacked)}")
            print(f"hostile answers: {dict(sorted(statuses.items()))}, wrong or cut: {len(attack.complaints)}")
            for each in attack.complaints[:10]:
                print(f"  {each}")
            print(f"readers back to those kept ready, none a zombie: {gone}")
            after = resident(server.pid)
            mebibytes = [f"{each / MEBIBYTE:.0f}" for each in (before, most, after)]
            print("memory in MiB: {} before, {} at most, {} after".format(*mebibytes))


class Attack:
    """Ask the corpus from several addresses until it is ended."""

    def __init__(self, port: int) -> None:
        """Begin."""
        self.complaints: list[str] = []
        self._port = port
        self._statuses: Counter[int] = Counter()
        self._over = threading.Event()
        jobs = [threading.Thread(target=self._ask, args=(client, at)) for client in ATTACKERS for at in range(AT_ONCE)]
        self._threads = [*jobs, threading.Thread(target=self._misbehave)]
        for thread in self._threads:
            thread.start()

    def end(self) -> Counter[int]:
        """Stop asking, and count the statuses of the answers."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self._statuses

    def _ask(self, client: str, at: int) -> None:
        queries = corpus.queries()
        for query in itertools.islice(itertools.cycle(queries), at * len(queries) // AT_ONCE, None):
            if self._over.is_set():
                return
            answered = corpus.ask(self._port, query.text, client)
            self._statuses[answered.status] += 1
            complaint = corpus.complaint(query, answered)
            # A client that misbehaves on the wire as well may be refused anything.
            if complaint and b"problems/busy" not in (answered.content or b""):
                self.complaints.append(complaint)

    def _misbehave(self) -> None:
        for client in itertools.cycle(corpus.CLIENTS):
            if self._over.is_set():
                return
            client(self._port, ATTACKERS[-1])


def points(port: int, seconds: float) -> list[float]:
    """Ask point queries for some time, and give how long each took; one that is not answered counts as for ever."""
    found, end = list[float](), time.monotonic() + seconds
    for number in itertools.count():
        began = time.monotonic()
        if began > end:
            return found
        answered = corpus.ask(port, POINT.format(subject=number * 7919 % 10_000, number=number))
        found.append(time.monotonic() - began if answered.status == 200 else float("inf"))
        time.sleep(PAUSE)
    raise AssertionError


def spread(found: list[float]) -> str:
    """Write how many there were, their median and their 99th percentile, and how many failed."""
    in_order = sorted(found)
    failed = found.count(float("inf"))
    p99 = in_order[int(len(in_order) * 0.99)]
    return f"{len(found)}, p50 {statistics.median(found) * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, failed {failed}"


if __name__ == "__main__":
    main()
