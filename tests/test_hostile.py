"""No query, request or client of the hostile corpus gets less than the whole with 200, stays alive, or leaves anything.

All of it goes to one server with small limits, over the loopback interface. Waits are long, and end in failure only
where something is really stuck.
"""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import corpus
import pytest
from conftest import serving
from processes import becomes, descendants, readers, resident, zombies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Server

    from sayso.store import VersionedStore

ROUNDS = 5 if os.environ.get("SAYSO_TEST_DEEP") else 1
CLIENTS = tuple(f"127.0.0.{number}" for number in range(2, 6))
ALONE = "127.0.0.9"  # asks what must always be answered
POINT = "SELECT * { <http://example.org/s7> ?p ?o }"
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def attacked(bulk: VersionedStore) -> Iterator[Server]:
    with serving(bulk.path, *corpus.LIMITS) as running:
        yield running


@pytest.fixture(autouse=True)
def unharmed(attacked: Server) -> Iterator[None]:
    """Check after each test that nothing runs, nothing waits, nobody is dead and nothing is left open."""
    corpus.ask(attacked.port, POINT, ALONE)
    assert becomes(lambda: quiet(attacked)), (gauges(attacked), readers(attacked.pid))
    before, files = resident(attacked.pid), open_files(attacked)
    yield
    answered = corpus.ask(attacked.port, POINT, ALONE)
    assert answered.status == 200
    assert len(json.loads(answered.content or b"")["results"]["bindings"]) == 5
    assert becomes(lambda: quiet(attacked)), gauges(attacked)
    assert becomes(lambda: not zombies(attacked.pid))
    assert becomes(lambda: open_files(attacked) <= files + 8)
    assert becomes(lambda: resident(attacked.pid) < before + 160 * MEBIBYTE), resident(attacked.pid)


def quiet(server: Server) -> bool:
    """Tell whether there are the two readers that are kept ready, and nothing to do for them."""
    found = gauges(server)
    busy = found["sayso_queries_running"] + found["sayso_queries_waiting"]
    return busy == 0 and found["sayso_readers_ready"] == 2 and len(readers(server.pid)) == 2


def gauges(server: Server) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in server.get("/metrics").decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def open_files(server: Server) -> int:
    """Count the files, sockets and pipes that the server and its readers have open."""
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in [server.pid, *descendants(server.pid)])


def test_the_corpus_is_as_large_as_it_should_be_and_says_what_each_query_is() -> None:
    found = corpus.queries()
    assert len(found) >= 60
    assert all(each.what and each.statuses and each.text.strip() for each in found)
    assert all(each.rows is not None for each in found if each.statuses == {200})


def test_no_query_is_answered_with_less_than_the_whole(attacked: Server) -> None:
    queries = corpus.queries() * ROUNDS
    with ThreadPoolExecutor(2 * len(CLIENTS)) as threads:
        jobs = [
            threads.submit(corpus.ask, attacked.port, query.text, CLIENTS[number % len(CLIENTS)])
            for number, query in enumerate(queries)
        ]
        answers = [job.result() for job in jobs]
    complaints = [corpus.complaint(query, answered) for query, answered in zip(queries, answers, strict=True)]
    assert [each for each in complaints if each] == []


def test_no_reader_outlives_its_query(attacked: Server) -> None:
    before = set(readers(attacked.pid))
    with ThreadPoolExecutor(4) as threads:
        jobs = [
            threads.submit(corpus.ask, attacked.port, query.text, CLIENTS[0])
            for query in corpus.queries()
            if query.name.startswith("cross-")
        ][:4]
        assert becomes(lambda: len(set(readers(attacked.pid)) - before) > 0 or all(job.done() for job in jobs))
        during = before | set(readers(attacked.pid))
        assert {job.result().status for job in jobs} <= {413, 503}
    assert becomes(lambda: len(during & set(readers(attacked.pid))) <= 2)


@pytest.mark.parametrize("name", corpus.REQUESTS)
def test_a_request_that_is_not_well_made_gets_what_it_deserves(attacked: Server, name: str) -> None:
    content, statuses = corpus.REQUESTS[name]
    for _ in range(ROUNDS):
        answered = corpus.send(attacked.port, content, CLIENTS[0])
        assert answered.status in statuses, answered
        assert answered.status != 200 or answered.content is not None


@pytest.mark.parametrize("client", corpus.CLIENTS, ids=lambda client: client.__name__)
def test_a_client_that_does_not_behave_harms_nobody(attacked: Server, client: corpus.Client) -> None:
    with ThreadPoolExecutor(1) as threads:
        for _ in range(ROUNDS):
            misbehaving = threads.submit(client, attacked.port, CLIENTS[0])
            while not misbehaving.done():
                assert corpus.ask(attacked.port, f"{POINT} # {time.monotonic()}", ALONE).status == 200
                time.sleep(0.02)
            misbehaving.result()


def test_a_server_that_is_killed_takes_its_readers_with_it(bulk: VersionedStore) -> None:
    with serving(bulk.path, *corpus.LIMITS) as server, ThreadPoolExecutor(1) as threads:
        endless = next(query for query in corpus.queries() if query.name == "cross-count")
        answer = threads.submit(corpus.ask, server.port, endless.text)
        assert becomes(lambda: gauges(server)["sayso_queries_running"] == 1)
        found = readers(server.pid)
        assert len(found) >= 1
        (worker,) = [pid for pid in descendants(server.pid) if set(found) <= set(descendants(pid))][:1]
        os.kill(worker, 9)
        assert answer.result().status != 200
        assert becomes(lambda: not set(found) & set(every_process()))
        assert becomes(lambda: corpus.ask(server.port, POINT).status == 200)


def every_process() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
