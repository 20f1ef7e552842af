"""The hostile corpus: the queries of hostile/, requests that are not well made, and clients that do not behave.

A file of hostile/ begins with lines of the form `#+ name: value`: `what` it is, the statuses to `expect`, the `rows` of
a complete answer, and any number of `repeat: NAME COUNT TEXT` and `join: NAME COUNT TEXT`; «NAME» in the query stands
for the text so many times, without and with blanks between.
"""

from __future__ import annotations

import json
import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    Client = Callable[[int, str], None]

FOLDER = Path(__file__).with_name("hostile")
LIMITS = ("--timeout", "2", "--memory", "256", "--result-limit", "16", "--row-limit", "100000")
HEAD = b"GET /sparql?query=%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: %s\r\n%s\r\n%s"
SPARQL = b"application/sparql-query"
FORM = b"application/x-www-form-urlencoded"
EVERYTHING = quote("SELECT * { ?s ?p ?o }").encode()
ENDLESS = quote("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }").encode()
PATIENCE = 60.0  # seconds after which a request that is not answered is stuck
NO_ANSWER = 0


@dataclass(frozen=True)
class Hostile:
    """Be one query: its name, what it is, the statuses it may have, the rows of its complete answer, and its text."""

    name: str
    what: str
    statuses: frozenset[int]
    rows: int | None
    text: str


@dataclass(frozen=True)
class Answered:
    """Be what came back: the status, or NO_ANSWER, and the content, or None where the connection ended too early."""

    status: int
    content: bytes | None


def queries() -> list[Hostile]:
    """Read the corpus."""
    return [_read(path) for path in sorted(FOLDER.glob("*.rq"))]


def _read(path: Path) -> Hostile:
    head, body, repeated = dict[str, str](), list[str](), dict[str, str]()
    for line in path.read_text(encoding="utf-8").split("\n"):
        name, _, value = line.removeprefix("#+ ").partition(": ")
        if not line.startswith("#+ "):
            body.append(line)
        elif name in ("repeat", "join"):
            key, count, text = value.split(" ", 2)
            repeated[key] = ("" if name == "repeat" else " ").join([text] * int(count))
        else:
            head[name] = value
    text = re.sub("«(.*?)»", lambda found: repeated[found[1]], "\n".join(body))
    statuses = frozenset(map(int, head["expect"].split()))
    return Hostile(path.stem, head["what"], statuses, int(head["rows"]) if "rows" in head else None, text)


def ask(port: int, text: str, client: str = "127.0.0.1") -> Answered:
    """Ask a query from an address of the loopback interface."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(client, 0))
    try:
        with suppress(ConnectionError):  # who is refused early may still hear why
            headers = {"Content-Type": SPARQL.decode(), "Accept": "application/json"}
            connection.request("POST", "/sparql", text.encode(), headers)
        response = connection.getresponse()
        return Answered(response.status, response.read())
    except TimeoutError:
        raise
    except (OSError, HTTPException):
        return Answered(NO_ANSWER, None)
    finally:
        connection.close()


def complaint(query: Hostile, answered: Answered) -> str | None:
    """Say what is wrong with an answer to a query of the corpus, if anything is.

    What a reader has to look at, a machine that is busy may have had no time for: 503 is right there too.
    """
    if answered.status == 503 and query.statuses != {403}:
        return None
    if answered.status not in query.statuses:
        return f"{query.name}: {answered.status} {(answered.content or b'')[:200]!r}"
    if answered.status == 200:
        return _incomplete(query, answered)
    return None


def _incomplete(query: Hostile, answered: Answered) -> str | None:
    try:
        document = json.loads(answered.content or b"")
    except ValueError:
        return f"{query.name}: 200 with less than the whole"
    rows = 1 if "boolean" in document else len(document["results"]["bindings"])
    return None if query.rows in (None, rows) else f"{query.name}: 200 with {rows} rows"


# Requests that are not well made: what is sent, and the statuses it may have.
REQUESTS: dict[str, tuple[bytes, set[int]]] = {
    "bad UTF-8 in the address": (HEAD % (b"ASK%20%7B%7D%FF", b""), {400}),
    "a surrogate in the address": (HEAD % (b"ASK%7B%7D%23%ED%A0%80", b""), {400}),
    "half an escape in the address": (HEAD % (b"ASK%7B%7D%2", b""), {200, 400}),
    "raw bytes in the address": (HEAD % (b"ASK{}\xff\xfe", b""), {400, NO_ANSWER}),
    "a zero byte in the query": (HEAD % (b"ASK%7B%7D%00", b""), {400}),
    "bad UTF-8 in the body": (POST % (SPARQL, b"Content-Length: 7\r\n", b"ASK {}\xff"), {400}),
    "a query in UTF-16": (POST % (SPARQL, b"Content-Length: 14\r\n", "ASK {}".encode("utf-16")), {400}),
    "two queries": (HEAD % (b"ASK%7B%7D&query=ASK%7B%7D", b""), {400}),
    "a million parameters": (POST % (FORM, b"Content-Length: 1000000\r\n", b"&" * 1_000_000), {400}),
    "a form of ten megabytes": (POST % (FORM, b"Content-Length: 10000000\r\n", b"query=" + b"x" * 9_999_994), {413, 0}),
    "a body that is said to be a terabyte": (
        POST % (SPARQL, b"Content-Length: 1000000000000\r\n", b"ASK {}"),
        {413, 0},
    ),
    "a length that is no number": (POST % (SPARQL, b"Content-Length: -1\r\n", b"ASK {}"), {400, NO_ANSWER}),
    "two lengths": (POST % (SPARQL, b"Content-Length: 6\r\nContent-Length: 7\r\n", b"ASK {}"), {400, NO_ANSWER}),
    "a chunk of no size": (
        POST % (SPARQL, b"Transfer-Encoding: chunked\r\n", b"zz\r\nASK {}\r\n"),
        {400, 500, NO_ANSWER},
    ),
    "a zipped body": (POST % (SPARQL, b"Content-Encoding: gzip\r\nContent-Length: 3\r\n", b"\x1f\x8b\x08"), {400, 415}),
    "an address of a megabyte": (HEAD % (b"ASK%7B%7D" + b"x" * 1_000_000, b""), {400, 414, 431, NO_ANSWER}),
    "a header of a megabyte": (HEAD % (b"ASK%7B%7D", b"X: " + b"x" * 1_000_000 + b"\r\n"), {400, 431, NO_ANSWER}),
    "ten thousand headers": (HEAD % (b"ASK%7B%7D", b"X: x\r\n" * 10_000), {400, 431, NO_ANSWER}),
    "ten thousand media types": (
        HEAD % (b"ASK%7B%7D", b"Accept: " + b"a/b;q=0.1," * 10_000 + b"\r\n"),
        {200, 406, 431, 0},
    ),
    "ten thousand codings": (
        HEAD % (EVERYTHING + b"LIMIT%203000", b"Accept-Encoding: " + b"a;q=1," * 10_000 + b"\r\n"),
        {200, 431, 0},
    ),
    "ten thousand validators": (HEAD % (b"ASK%7B%7D", b"If-None-Match: " + b'"x",' * 10_000 + b"\r\n"), {200, 431, 0}),
    "a time limit of ever": (HEAD % (ENDLESS + b"&timeout=1e308", b""), {503}),
    "a time limit of nothing": (HEAD % (ENDLESS + b"&timeout=1e-308", b""), {503}),
    "a time limit that is no number": (HEAD % (b"ASK%7B%7D&timeout=nan", b""), {400}),
    "a graph that is no IRI": (HEAD % (b"ASK%7B%7D&default-graph-uri=%3E%20x", b""), {400}),
    "a page of everything": (HEAD % (EVERYTHING, b"Accept: text/html\r\n"), {413, 503}),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), {400, NO_ANSWER}),
    "half a request": (b"GET /sparql?query=ASK", {NO_ANSWER}),
    "an old version of HTTP": (b"GET /sparql?query=ASK%7B%7D HTTP/1.0\r\n\r\n", {200}),
    "a method of its own": (b"BREW /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {405}),
    "an update by GET": (b"GET /sparql?update=CLEAR%20ALL HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400}),
}


def send(port: int, content: bytes, client: str = "127.0.0.1") -> Answered:
    """Send bytes and read what comes back until the connection ends; who says no more has said all."""
    with connected(port, client) as connection:
        with suppress(OSError):
            connection.sendall(content)
            if not content.startswith((b"GET", b"POST", b"BREW")) or b"\r\n\r\n" not in content:
                connection.shutdown(socket.SHUT_WR)
        return _response(_everything(connection))


def connected(port: int, client: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE, (client, 0))


def _everything(connection: socket.socket) -> bytes:
    received = bytearray()
    with suppress(ConnectionError):
        while content := connection.recv(1 << 16):
            received += content
    return bytes(received)


def _response(received: bytes) -> Answered:
    """Read a response; its content is None where it is cut."""
    head, end, content = received.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.\d (\d{3})", head)
    if found is None or not end:
        return Answered(NO_ANSWER, None)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    whole = len(content) == int(length[1]) if length else content.endswith(b"0\r\n\r\n")
    return Answered(int(found[1]), content if whole else None)


# Clients that do not behave. Each is given a port and an address, and takes a few seconds at most.


def slow_head(port: int, client: str) -> None:
    """Send the head of a request byte by byte, and never the end of it."""
    with connected(port, client) as connection, suppress(OSError):
        for number in range(30):
            connection.sendall((HEAD % (b"ASK%7B%7D", b""))[number : number + 1])
            time.sleep(0.05)


def slow_bodies(port: int, client: str) -> None:
    """Begin two hundred bodies and end none of them."""
    connections = [connected(port, client) for _ in range(200)]
    for connection in connections:
        with suppress(OSError):
            connection.sendall(POST % (SPARQL, b"Content-Length: 100\r\n", b"ASK {}"))
    time.sleep(1)
    for connection in connections:
        connection.close()


def half_closed(port: int, client: str) -> None:
    """Ask, say that nothing more will come, and wait for the answer; it is whole if it is a 200."""
    with connected(port, client) as connection, suppress(ConnectionError):
        connection.sendall(HEAD % (EVERYTHING, b""))
        connection.shutdown(socket.SHUT_WR)
        answered = _response(_everything(connection))
        if answered.status == 200 and answered.content is None:
            raise AssertionError("half closed: 200 with less than the whole")


def leaving(port: int, client: str) -> None:
    """Ask for what takes long, and go at once."""
    for query in (ENDLESS, EVERYTHING) * 5:
        with connected(port, client) as connection:
            connection.sendall(HEAD % (query, b""))
            time.sleep(0.02)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def never_reading(port: int, client: str) -> None:
    """Ask for everything, and read nothing of it."""
    connections = [connected(port, client) for _ in range(10)]
    for connection in connections:
        connection.sendall(HEAD % (EVERYTHING, b""))
    time.sleep(3)
    for connection in connections:
        connection.close()


def silent(port: int, client: str) -> None:
    """Open a thousand connections and say nothing."""
    connections = [connected(port, client) for _ in range(1000)]
    time.sleep(1)
    for connection in connections:
        connection.close()


def flooding(port: int, client: str) -> None:
    """Ask for a hundred long queries at once, and pipeline a hundred short ones."""
    connections = [connected(port, client) for _ in range(100)]
    for connection in connections:
        connection.sendall(HEAD % (ENDLESS, b""))
    with connected(port, client) as connection, suppress(OSError):
        connection.sendall(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        time.sleep(0.5)
    for connection in connections:
        _everything(connection)
        connection.close()


def endless_body(port: int, client: str) -> None:
    """Send chunks for as long as they are taken."""
    with connected(port, client) as connection, suppress(OSError):
        connection.sendall(POST % (SPARQL, b"Transfer-Encoding: chunked\r\n", b""))
        for _ in range(500):
            connection.sendall(b"10000\r\n" + b"#" * 0x10000 + b"\r\n")


CLIENTS: tuple[Client, ...] = (
    slow_head,
    slow_bodies,
    half_closed,
    leaving,
    never_reading,
    silent,
    flooding,
    endless_body,
)
