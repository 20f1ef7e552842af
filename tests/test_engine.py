"""A query is answered whole or not at all, by a process that is killed when it takes too much and replaced.

What is timed here is timed to find what is stuck, never to judge how fast it is.
"""

from __future__ import annotations

import inspect
import io
import json
import os
import pickle
import random
import signal
import socket
import threading
import time
import zlib
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyoxigraph as ox
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from processes import becomes, descendants, origins, readers, zombies
from things import Errand

from sayso import negotiation
from sayso.app import Served, create_app
from sayso.cache import OVERHEAD, Cached
from sayso.engine import Answer, Asker, Limits, Query
from sayso.engine import pool as pool_module
from sayso.engine.pool import Pool
from sayso.engine.spool import IN_MEMORY, Spool, row_counter
from sayso.engine.turns import Places, Rules, Turns
from sayso.errors import (
    Busy,
    NoSpace,
    QueryTimeout,
    ReaderDied,
    ResultTooLarge,
    SaysoError,
)
from sayso.store import Commit, VersionedStore, VersionMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask.testing import FlaskClient

DEEP = bool(os.environ.get("SAYSO_TEST_DEEP"))
KILLS = 1000 if DEEP else 50
JSON, XML, CSV, TSV = negotiation.RESULTS
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
ALL = "SELECT * { ?s ?p ?o }"
HEAVY = "SELECT * { ?s ?p ?o . ?t ?q ?r } ORDER BY ?o ?r"
POINT = "SELECT * { <http://example.org/s7> ?p ?o }"


def asker(seconds: float = 30.0, client: str = "a client") -> Asker:
    return Asker(client, time.monotonic() + seconds)


@pytest.fixture(scope="module")
def pool(bulk: VersionedStore) -> Iterator[Pool]:
    with closing(Pool(bulk)) as made:
        yield made


@pytest.fixture(scope="module")
def web(bulk: VersionedStore, prefixes: Mapping[str, str]) -> Iterator[FlaskClient]:
    """Serve the bulk store through the cache, as `sayso serve` does."""
    with closing(Pool(bulk)) as made:
        yield create_app(Served(Cached(made, 1 << 20), prefixes)).test_client()


def mine() -> list[int]:
    return readers(os.getpid())


def begin(
    pool: Pool, text: str, seconds: float = 30.0, client: str = "a client"
) -> tuple[threading.Thread, list[object]]:
    """Ask something in another thread; what comes of it is put into the list."""
    outcome: list[object] = []

    def ask() -> None:
        try:
            outcome.append(pool.answer(Query(text), asker(seconds, client)))
        except SaysoError as error:
            outcome.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread, outcome


# Limits


def test_a_query_past_its_deadline_is_an_error_and_its_reader_is_gone(pool: Pool) -> None:
    assert becomes(lambda: pool.keeper.idle() == 2)
    before, kills = set(mine()), pool.keeper.kills
    with pytest.raises(QueryTimeout, match="time limit"):
        pool.answer(Query(ENDLESS), asker(0.5))
    assert pool.keeper.kills == kills + 1
    assert becomes(lambda: pool.keeper.idle() == 2)
    assert set(mine()) != before
    assert pool.answer(Query(POINT), asker()).length > 0


def test_waiting_for_a_turn_counts_as_time(bulk: VersionedStore) -> None:
    with closing(Pool(bulk, rules=Rules(running=1, running_each=1))) as pool:
        thread, outcome = begin(pool, ENDLESS, 2)
        assert becomes(lambda: pool.gauges()[0].value == 1)
        with pytest.raises(QueryTimeout, match="waited for its turn"):
            pool.answer(Query(POINT), asker(0.3))
        thread.join()
        assert isinstance(outcome[0], QueryTimeout)


def test_a_deadline_that_has_passed_is_kept_too(pool: Pool) -> None:
    with pytest.raises(QueryTimeout):
        pool.answer(Query(ENDLESS), asker(-1))


def test_timeout_in_the_request_may_only_shorten(bulk: VersionedStore, prefixes: Mapping[str, str]) -> None:
    with closing(Pool(bulk)) as pool:
        client = create_app(Served(pool, prefixes, limits=Limits(seconds=0.5))).test_client()
        for more in ("&timeout=0.2", "&timeout=1000", "&timeout=inf", ""):
            response = client.get(f"/sparql?query={quote(ENDLESS)}{more}")
            assert (response.status_code, response.mimetype) == (503, "application/problem+json")
            seconds = float(str(json.loads(response.data)["detail"]).split(" seconds")[0].rpartition(" ")[2])
            assert seconds <= 0.6
        for wrong in ("0", "-1", "nan", "soon"):
            assert client.get(f"/sparql?query={quote(POINT)}&timeout={wrong}").status_code == 400


@pytest.mark.parametrize("memory", [64, 256])
def test_a_query_that_needs_more_memory_than_the_limit_is_503_and_names_it(
    bulk: VersionedStore, prefixes: Mapping[str, str], memory: int
) -> None:
    with closing(Pool(bulk, Limits(memory=memory << 20))) as pool:
        client = create_app(Served(pool, prefixes)).test_client()
        assert client.get(f"/sparql?query={quote(POINT)}").status_code == 200
        response = client.get(f"/sparql?query={quote(HEAVY)}")
        assert response.status_code == 503
        problem = json.loads(response.data)
        assert problem["type"].endswith("/memory-limit")
        assert f"limit of {memory} MiB" in problem["detail"]
        assert client.get(f"/sparql?query={quote(POINT)}").status_code == 200


@pytest.mark.parametrize("media_type", negotiation.RESULTS)
def test_the_limit_on_rows_is_exact(bulk: VersionedStore, media_type: str) -> None:
    with closing(Pool(bulk, Limits(rows=100), readers=1)) as pool:
        answer = pool.answer(Query(f"{ALL} LIMIT 100", results=media_type), asker())
        assert row_counter(media_type, exact=True)(answer.body()) == 100
        with pytest.raises(ResultTooLarge, match="100"):
            pool.answer(Query(f"{ALL} LIMIT 101", results=media_type), asker())


@pytest.mark.parametrize("size", [10_000, 2 << 20])
def test_the_limit_on_bytes_is_exact(bulk: VersionedStore, size: int) -> None:
    text = f'SELECT ?x {{ BIND("{"x" * 1000}" AS ?y) VALUES ?x {{ {"?".join(["1 " * (size // 100)])} }} }}'
    with closing(Pool(bulk, readers=1)) as pool:
        length = pool.answer(Query(text), asker()).length
    for limit in (length, length - 1):
        with closing(Pool(bulk, Limits(result=limit), readers=1)) as pool:
            if limit == length:
                assert len(pool.answer(Query(text), asker()).body()) == length
                continue
            with pytest.raises(ResultTooLarge, match=f"{limit:,} bytes"):
                pool.answer(Query(text), asker())


VALUES = st.one_of(
    st.text(alphabet="ab\"\\\n\r\t,{}<>&'é😀", max_size=12).map(ox.Literal),
    st.sampled_from(["<result>", "{}", '"},{"x":{', "</result><result>", '"', '""', "\n", "\r\n", '\\"']).map(
        ox.Literal
    ),
    st.sampled_from(["http://x/a", "http://x/%7B%7D"]).map(ox.NamedNode),
    st.none(),
)


@settings(deadline=None)
@given(
    st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), max_size=8)),
    st.sampled_from(negotiation.RESULTS),
    st.randoms(use_true_random=False),
)
def test_rows_are_counted_exactly_wherever_the_serialized_result_is_cut(
    rows: list[list[ox.Literal | ox.NamedNode | None]], media_type: str, chance: random.Random
) -> None:
    content = serialized(rows, media_type)
    counter, place, counted = row_counter(media_type, exact=True), 0, 0
    while place < len(content):
        step = chance.choice((1, 2, 3, 7, 50, len(content)))
        counted = counter(content[place : place + step])
        place += step
    assert max(counted, 0) == len(rows)


def serialized(rows: list[list[ox.Literal | ox.NamedNode | None]], media_type: str) -> bytes:
    """Write rows as Oxigraph writes them."""
    names = " ".join(f"?v{number}" for number in range(len(rows[0]) if rows else 1))
    values = " ".join("(" + " ".join("UNDEF" if cell is None else str(cell) for cell in cells) + ")" for cells in rows)
    found = ox.Store().query(f"SELECT {names} {{ VALUES ({names}) {{ {values} }} }}")
    content = found.serialize(format=ox.QueryResultsFormat.from_media_type(media_type))  # type: ignore[arg-type]
    assert content is not None
    return content


# Results, whole or not at all


def test_a_large_result_comes_from_a_file_that_has_no_name(pool: Pool) -> None:
    answer = pool.answer(Query(ALL), asker())
    assert answer.length > IN_MEMORY
    assert spools() == 1
    assert len(json.loads(answer.body())["results"]["bindings"]) == 50_000
    assert spools() == 0


def test_an_answer_that_nobody_reads_leaves_no_file_open(pool: Pool) -> None:
    answer = pool.answer(Query(ALL), asker())
    answer.chunks.close()  # type: ignore[attr-defined]  # a generator
    del answer
    assert spools() == 0


def spools() -> int:
    """Count the large files that this process has open and that have no name."""
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found += "(deleted)" in str(descriptor.readlink()) and descriptor.stat().st_size > IN_MEMORY
    return found


def test_a_spool_that_finds_the_disk_full_says_so(pool: Pool) -> None:
    class Full(Spool):
        def write(self, data: object) -> int:
            raise OSError(28, f"No space left for {data!r:.5}")

    from sayso.engine.evaluate import evaluate  # noqa: PLC0415

    with pytest.raises(NoSpace):
        evaluate(ox.Store(), Query("ASK {}"), lambda media_type: Full(1, 1, media_type), union=True)
    assert pool.answer(Query("ASK {}"), asker()).length > 0


def test_a_result_cut_at_any_point_by_killing_the_reader_is_never_a_200(
    bulk: VersionedStore, prefixes: Mapping[str, str]
) -> None:
    """Kill every reader at random moments of making and handing over a result; also those that are not up yet."""
    chance, statuses = random.Random(0), []  # noqa: S311  # repeatable
    with closing(Pool(bulk)) as pool:
        client = create_app(Served(pool, prefixes)).test_client()
        address = f"/sparql?query={quote('SELECT * { ?s ?p ?o } LIMIT 8000')}"
        whole = client.get(address).data
        began = time.monotonic()
        assert client.get(address).data == whole
        longest = 1.5 * (time.monotonic() - began)
        for _ in range(KILLS):
            killer = threading.Timer(chance.uniform(0, longest), kill_all)
            killer.start()
            with client.get(address) as response:
                content = response.data
            killer.join()
            statuses.append(response.status_code)
            assert response.status_code == 503 or content == whole
            assert response.status_code != 503 or b"process" in content
    assert {200, 503} == set(statuses)


def kill_all() -> None:
    for reader in mine():
        with suppress(ProcessLookupError):
            os.kill(reader, signal.SIGKILL)


def test_a_reply_cut_at_any_byte_is_an_error() -> None:
    from sayso.engine import wire  # noqa: PLC0415

    reply = wire.Reply("text/csv", 3, b"abc")
    content = io.BytesIO()
    with socketpair() as (ours, theirs):
        wire.send(ours, reply)
        content.write(theirs.recv(1 << 16))
        content.write(theirs.recv(1 << 16) if len(content.getvalue()) == 8 else b"")
    for cut in range(len(content.getvalue())):
        with socketpair() as (ours, theirs):
            ours.sendall(content.getvalue()[:cut])
            ours.close()
            with pytest.raises(EOFError):
                wire.receive(theirs)


class socketpair:  # noqa: N801  # used as a statement
    """Connect two sockets for as long as the block lasts."""

    def __enter__(self) -> tuple[socket.socket, socket.socket]:
        self._ends = socket.socketpair()
        return self._ends

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            end.close()


# Readers


def test_a_reader_that_died_while_it_was_idle_costs_no_client_an_error(pool: Pool) -> None:
    for _ in range(5):
        assert becomes(lambda: pool.keeper.idle() == 2)
        kill_all()
        assert pool.answer(Query(POINT), asker()).length > 0


def test_a_reader_that_died_while_it_was_idle_is_noticed_and_replaced(pool: Pool) -> None:
    assert becomes(lambda: pool.keeper.idle() == 2)
    before, kills = set(mine()), pool.keeper.kills
    kill_all()
    assert becomes(lambda: pool.keeper.kills == kills + 2 and pool.keeper.idle() == 2)
    assert not before & set(mine())
    assert becomes(lambda: not zombies(os.getpid()))


def test_a_reader_that_dies_in_the_middle_is_503_and_is_replaced(pool: Pool) -> None:
    thread, outcome = begin(pool, ENDLESS)
    assert becomes(lambda: pool.gauges()[0].value == 1)
    time.sleep(0.5)
    kill_all()
    thread.join()
    assert isinstance(outcome[0], ReaderDied)
    assert becomes(lambda: pool.keeper.idle() == 2)


@contextmanager
def alone(store: VersionedStore) -> Iterator[tuple[Pool, int]]:
    """Make a pool with one reader, and give it with the process that forks its readers."""
    before = set(origins(os.getpid()))
    with closing(Pool(store, readers=1)) as pool:
        assert becomes(lambda: pool.keeper.idle() == 1)
        (origin,) = set(origins(os.getpid())) - before
        yield pool, origin


def test_a_reader_that_takes_no_order_is_killed_at_the_deadline(bulk: VersionedStore) -> None:
    with alone(bulk) as (pool, origin):
        (reader,) = descendants(origin)
        os.kill(reader, signal.SIGSTOP)
        with pytest.raises(QueryTimeout):
            pool.answer(Query(POINT + "#" * (1 << 20)), asker(0.5))
        assert becomes(lambda: reader not in descendants(origin))


def test_readers_live_longer_than_the_thread_that_asked_and_no_longer_than_the_pool(bulk: VersionedStore) -> None:
    with alone(bulk) as (pool, origin):
        threads = [begin(pool, POINT)[0] for _ in range(6)]
        for thread in threads:
            thread.join()
        assert pool.answer(Query(POINT), asker()).length > 0
        kills = pool.keeper.kills
        time.sleep(0.5)
        assert pool.answer(Query(POINT), asker()).length > 0
        assert pool.keeper.kills == kills
        running, _ = begin(pool, ENDLESS)
        assert becomes(lambda: pool.gauges()[0].value == 1)
        found = {origin, *descendants(origin)}
        pool.close()
        running.join()
        assert becomes(lambda: not found & set(descendants(os.getpid())))
        with pytest.raises(ReaderDied):
            pool.answer(Query(POINT), asker())


def test_a_reader_has_no_file_of_its_server(bulk: VersionedStore, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003  # its only argument
        with alone(bulk) as (pool, origin):
            pool.answer(Query(POINT), asker())
            (reader,) = descendants(origin)
            names = [str(each.readlink()) for each in Path(f"/proc/{reader}/fd").iterdir() if each.name != "2"]
    assert not [name for name in names if "secret" in name]
    assert len([name for name in names if name.startswith("socket:")]) == 1


def test_readers_are_forked_anew_where_their_origin_died(bulk: VersionedStore) -> None:
    with alone(bulk) as (pool, origin):
        children = descendants(origin)
        os.kill(origin, signal.SIGKILL)
        assert becomes(lambda: not {origin, *children} & set(descendants(os.getpid())))
        assert becomes(lambda: answers(pool))
        assert becomes(lambda: pool.keeper.idle() == 1)


def answers(pool: Pool) -> bool:
    with suppress(ReaderDied):
        return pool.answer(Query(POINT), asker()).length > 0
    return False


def test_a_query_that_lasts_gives_way_so_short_ones_are_never_stuck(bulk: VersionedStore) -> None:
    with closing(Pool(bulk)) as pool:
        clients = [f"hostile {number}" for number in range(4)]
        running = [begin(pool, ENDLESS, 3, client) for client in clients for _ in range(6)]
        assert becomes(lambda: pool.gauges()[0].value >= 12)
        for number in range(20):
            query = Query(f"{POINT} # {number}")
            assert pool.answer(query, asker(2, "a polite client")).length > 0
        for thread, outcome in running:
            thread.join()
            assert isinstance(outcome[0], QueryTimeout)
        assert becomes(lambda: not zombies(os.getpid()))


def test_a_query_that_was_stopped_to_give_way_goes_on_and_is_answered_whole(
    bulk: VersionedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "LONG", 0.001)
    with closing(Pool(bulk)) as pool:
        running = [begin(pool, ALL) for _ in range(8)]
        for thread, outcome in running:
            thread.join()
            assert isinstance(outcome[0], Answer)
            assert len(json.loads(outcome[0].body())["results"]["bindings"]) == 50_000


# Turns


def test_a_client_over_its_queue_or_a_full_house_is_busy() -> None:
    turns = Turns(Rules(running=1, running_each=1, waiting=3, waiting_each=2))
    with turns.turn(asker()):
        waiting = [wait(turns, client) for client in ("one", "one", "two")]
        assert becomes(lambda: turns.waiting() == 3)
        for client in ("one", "three"):
            with pytest.raises(Busy), turns.turn(asker(client=client)):
                pass
    for thread, _ in waiting:
        thread.join()
    assert (turns.running(), turns.waiting()) == (0, 0)


def wait(
    turns: Turns, client: str, order: list[str] | None = None, seconds: float = 30.0
) -> tuple[threading.Thread, threading.Event]:
    """Take a turn in another thread."""
    taken = threading.Event()

    def run() -> None:
        with suppress(QueryTimeout), turns.turn(asker(seconds, client)):
            taken.set()
            if order is not None:
                order.append(client)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, taken


def test_clients_take_turns_however_many_queries_each_has() -> None:
    turns, order = Turns(Rules(running=1, running_each=1)), list[str]()
    threads = []
    with turns.turn(asker(client="first")):
        for number, client in enumerate([*["greedy"] * 5, "modest", "shy"], 1):
            threads.append(wait(turns, client, order)[0])
            assert becomes(lambda number=number: turns.waiting() == number)  # type: ignore[misc]  # bound at once
    for thread in threads:
        thread.join()
    assert order == ["greedy", "modest", "shy", *["greedy"] * 4]


def test_a_client_at_its_own_limit_holds_up_nobody() -> None:
    turns = Turns(Rules(running=2, running_each=1))
    with turns.turn(asker(client="greedy")):
        thread, taken = wait(turns, "greedy")
        assert becomes(lambda: turns.waiting() == 1)
        with turns.turn(asker(client="modest")):
            assert not taken.is_set()
    thread.join()
    assert taken.is_set()


def test_who_gives_up_waiting_leaves_nothing_behind() -> None:
    turns = Turns(Rules(running=1, running_each=1))
    with turns.turn(asker()):
        with pytest.raises(QueryTimeout), turns.turn(asker(0.05)):
            pass
        assert (turns.running(), turns.waiting()) == (1, 0)
    assert turns.running() == 0


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 0.02)), max_size=25), st.integers(1, 3), st.integers(1, 2)
)
def test_no_turn_is_lost_or_given_twice(arrivals: list[tuple[str, float]], running: int, each: int) -> None:
    turns, most, here, lock = Turns(Rules(running, each)), [0], [0], threading.Lock()

    def run(client: str, seconds: float) -> None:
        with suppress(QueryTimeout), turns.turn(asker(seconds, client)):
            with lock:
                here[0] += 1
                most[0] = max(most[0], here[0])
            time.sleep(0.001)
            with lock:
                here[0] -= 1

    threads = [threading.Thread(target=run, args=arrival) for arrival in arrivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= running
    assert (turns.running(), turns.waiting()) == (0, 0)


def test_a_client_with_too_many_requests_under_way_is_busy_and_others_are_not() -> None:
    places = Places(2)
    places.enter("one")
    places.enter("one")
    with pytest.raises(Busy, match="2"):
        places.enter("one")
    places.enter("two")
    places.leave("one")
    places.enter("one")


# Tasks


def test_a_task_is_done_in_a_process_that_can_be_killed(bulk: VersionedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where the process finds the task
    with alone(bulk) as (pool, origin):
        assert pool.work(Errand((1, 2, 3)), asker()) == 6
        with pytest.raises(NoSpace, match="full"):
            pool.work(Errand((-1,)), asker())
        with pytest.raises(ReaderDied):
            pool.work(Errand((-2,)), asker())
        with pytest.raises(QueryTimeout, match="time limit"):
            pool.work(Errand((-3,)), asker(0.5))
        assert becomes(lambda: pool.keeper.idle() == 1 and len(descendants(origin)) == 1)


# Versions


def commit(message: str) -> Commit:
    return Commit(author="tests", message=message, time=datetime(2026, 1, 1, tzinfo=UTC))


def publish(store: VersionedStore, number: int) -> int:
    thing = ox.NamedNode(f"http://example.org/new{number}")
    with store.fork() as fork:
        fork.apply([ox.Quad(thing, thing, thing)])
        return fork.publish(commit(str(number))).number


@pytest.fixture
def growing(tmp_path: Path) -> VersionedStore:
    thing = ox.NamedNode("http://example.org/thing")
    quads = (ox.Quad(thing, thing, ox.Literal(number)) for number in range(500))
    return VersionedStore.create(tmp_path / "store", quads, commit("first"))


def test_readers_follow_a_version_that_is_published(growing: VersionedStore) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    with closing(Pool(growing)) as pool:
        for number in range(1, 5):
            answer = pool.answer(Query(text), asker())
            found = json.loads(answer.body())["results"]["bindings"][0]["n"]["value"]
            assert (answer.version, int(found)) == (number, 499 + number)
            assert publish(growing, number) == number + 1


def test_a_query_finishes_on_the_version_that_it_began_on_though_that_is_swept(growing: VersionedStore) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(REGEX(STR(?c), STR(?f))) }"
    with closing(Pool(growing)) as pool:
        thread, outcome = begin(pool, slow)
        assert becomes(lambda: pool.gauges()[0].value == 1)
        time.sleep(0.3)  # until the reader has the version open
        for number in range(3):
            publish(growing, number)
        swept = growing.sweep(keep=1)
        thread.join()
        answer = outcome[0]
    assert isinstance(answer, Answer)
    assert answer.version == 1
    assert 1 not in swept


def test_a_version_swept_before_the_reader_holds_it_is_no_error(growing: VersionedStore) -> None:
    with closing(Pool(growing)) as pool:
        for number in range(2, 12):
            assert publish(growing, number) == number
            growing.sweep(keep=1)
            assert pool.answer(Query("ASK {}"), asker()).version == number
        with pytest.raises(VersionMissing):
            pool.answer(Query("ASK {}", version=99), asker())


def test_a_version_of_the_past_can_be_asked(growing: VersionedStore) -> None:
    publish(growing, 1)
    with closing(Pool(growing)) as pool:
        assert pool.answer(Query("ASK {}", version=1), asker()).version == 1
        assert pool.answer(Query("ASK {}"), asker()).version == 2


# The cache


class Counting:
    """Be an engine that answers every query with its number."""

    def __init__(self) -> None:
        self.asked = 0
        self.current = 1

    def answer(self, query: Query, _: Asker) -> Answer:
        self.asked += 1
        body = str(self.asked).encode()
        return Answer(query.results or "", query.version or self.current, len(body), iter([body]))

    def version(self) -> int:
        return self.current

    def size(self) -> int:
        return 0

    def gauges(self) -> list[object]:
        return []


def test_an_answer_is_remembered_for_its_version_dataset_and_media_type() -> None:
    engine = Counting()
    cached = Cached(engine, 1 << 20)  # type: ignore[arg-type]  # an engine as far as the cache asks
    query = Query(POINT)
    assert cached.answer(query, asker()).body() == cached.answer(query, asker()).body() == b"1"
    others = [
        Query(POINT + " "),
        Query(POINT, default_graphs=("http://g/",)),
        Query(POINT, named_graphs=("http://g/",)),
        Query(POINT, results=CSV),
        Query(POINT, graph=negotiation.N_QUADS),
        Query(POINT, bindings=(("o", ox.Literal("1")),)),
        Query(POINT, bindings=(("o", ox.Literal(1)),)),
        Query(POINT, version=7),
    ]
    for number, other in enumerate(others, 2):
        assert cached.answer(other, asker()).body() == str(number).encode()
    engine.current = 2
    assert cached.answer(query, asker()).body() == str(len(others) + 2).encode()
    assert {gauge.name: gauge.value for gauge in cached.gauges()}["cache_hits_total"] == 1


@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "struuid()", "BNODE()", "bnode('a')"])
def test_what_changes_from_one_evaluation_to_the_next_is_never_remembered(function: str) -> None:
    engine = Counting()
    cached = Cached(engine, 1 << 20)  # type: ignore[arg-type]  # an engine as far as the cache asks
    query = Query(f"SELECT ({function} AS ?x) {{}}")
    assert [cached.answer(query, asker()).body() for _ in range(2)] == [b"1", b"2"]


def test_the_cache_holds_no_more_bytes_than_it_may() -> None:
    engine = Counting()
    texts = [f"{POINT} # {number}" for number in range(10, 40)]
    limit = 5 * (OVERHEAD + 2 + len(texts[0] + "".join(filter(None, (Query("").results, Query("").graph)))))
    cached = Cached(engine, limit, largest=2)  # type: ignore[arg-type]  # an engine as far as the cache asks
    for text in texts:
        cached.answer(Query(text), asker())
    assert {gauge.name: gauge.value for gauge in cached.gauges()}["cache_bytes"] == limit
    cached.answer(Query(texts[-5]), asker())
    assert engine.asked == 30
    cached.answer(Query(texts[0]), asker())
    assert engine.asked == 31


# Over HTTP


def test_codings_change_the_bytes_and_the_validator_but_not_the_content(web: FlaskClient) -> None:
    for query in (f"{ALL} LIMIT 500", ALL):
        address = f"/sparql?query={quote(query)}"
        plain = web.get(address)
        zipped = web.get(address, headers={"Accept-Encoding": "gzip"})
        zstd = web.get(address, headers={"Accept-Encoding": "zstd, gzip"})
        assert [each.headers.get("Content-Encoding") for each in (plain, zipped, zstd)] == [None, "gzip", "zstd"]
        assert zlib.decompress(zipped.data, wbits=31) == plain.data
        assert zstandard.ZstdDecompressor().decompressobj().decompress(zstd.data) == plain.data
        assert len({each.headers["ETag"] for each in (plain, zipped, zstd)}) == 3


def test_a_client_that_has_the_answer_gets_304_for_any_coding(web: FlaskClient) -> None:
    address = f"/sparql?query={quote(f'{ALL} LIMIT 500')}"
    for coding in ("identity", "gzip", "zstd"):
        tag = web.get(address, headers={"Accept-Encoding": coding}).headers["ETag"]
        response = web.get(address, headers={"If-None-Match": f'"other", W/{tag}', "Accept-Encoding": coding})
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"]
    assert web.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    csv = web.get(address, headers={"If-None-Match": tag, "Accept": "text/csv"})
    assert csv.status_code == 200


def test_what_changes_each_time_has_no_validator(web: FlaskClient) -> None:
    assert "ETag" not in web.get(f"/sparql?query={quote('SELECT (RAND() AS ?x) {}')}").headers


@pytest.mark.parametrize("query", [POINT, ALL, f"{ALL} LIMIT 500"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_has_the_headers_of_get_and_leaves_nothing_open(web: FlaskClient, query: str, coding: str) -> None:
    address, headers = f"/sparql?query={quote(query)}", {"Accept-Encoding": coding}
    get, head = web.get(address, headers=headers), web.head(address, headers=headers)
    assert get.data
    assert head.data == b""
    assert head.status_code == get.status_code == 200
    assert dict(head.headers) == dict(get.headers)
    head.close()
    get.close()
    assert spools() == 0


def test_options_says_what_is_allowed_to_every_origin(web: FlaskClient) -> None:
    response = web.options("/sparql")
    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Type" in response.headers["Access-Control-Allow-Headers"]
    assert "ETag" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("method", "query", "headers", "body", "status"),
    [
        ("GET", "SELEC", {}, b"", 400),
        ("GET", "SELECT * { SERVICE <http://127.0.0.1/> {} }", {}, b"", 403),
        ("GET", POINT, {"Accept": "image/png"}, b"", 406),
        ("PUT", POINT, {}, b"", 405),
        ("POST", "", {"Content-Type": "application/sparql-query"}, b"#" * (1 << 21), 413),
        ("POST", "", {"Content-Type": "application/x-www-form-urlencoded"}, b"query=" + b"%20" * (1 << 20), 413),
        ("POST", "", {"Content-Type": "application/json"}, b"{}", 415),
        ("GET", "SELECT * { ?s ?p ?o FILTER(<urn:f>(?o)) }", {}, b"", 422),
        ("GET", ENDLESS, {"Timeout": "0.2"}, b"", 503),
    ],
)
def test_every_refusal_has_the_same_shape(  # noqa: PLR0913, PLR0917  # a column each
    web: FlaskClient, method: str, query: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    more = f"&timeout={headers.pop('Timeout')}" if "Timeout" in headers else ""
    address = f"/sparql?query={quote(query)}{more}" if query else "/sparql"
    response = web.open(address, method=method, headers=headers, data=body)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    problem = json.loads(response.data)
    assert problem["status"] == status
    assert all(problem[name] for name in ("type", "title", "detail"))
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_over_the_queue_is_503_with_retry_after(bulk: VersionedStore, prefixes: Mapping[str, str]) -> None:
    with closing(Pool(bulk, rules=Rules(running=1, running_each=1, waiting=0, waiting_each=0))) as pool:
        thread, _ = begin(pool, ENDLESS, 3)
        assert becomes(lambda: pool.gauges()[0].value == 1)
        response = create_app(Served(pool, prefixes)).test_client().get(f"/sparql?query={quote(POINT)}")
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert json.loads(response.data)["type"].endswith("/busy")
        thread.join()


def test_a_page_is_refused_for_a_result_that_is_too_large_to_show(web: FlaskClient) -> None:
    response = web.get(f"/sparql?query={quote(ALL)}", headers={"Accept": "text/html"})
    assert response.status_code == 413
    assert spools() == 0


# Errors


def every_error() -> list[type[SaysoError]]:
    """Find every foreseen error of what a reader imports, and of the checks."""
    found: set[type[SaysoError]] = set()
    places: list[type[SaysoError]] = [SaysoError]
    while places:
        kinds = places.pop().__subclasses__()
        found.update(kinds)
        places += kinds
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_an_error_is_the_same_in_another_process(kind: type[SaysoError]) -> None:
    parameters = inspect.signature(kind.__init__).parameters if "__init__" in vars(kind) else {"problem": None}
    examples = {"offers": ("a", "b"), "line": 3, "column": 4, "findings": ()}
    wanted = [name for name in parameters if name not in ("self", "args", "kwargs")]
    error = kind(*(examples.get(name, f"a {name}") for name in wanted))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # of our own making
    assert type(again) is kind
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
