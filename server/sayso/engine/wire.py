"""What goes over the wire between the pool and a reader: orders in, replies out, each a length and a pickle.

Both ends are ours, on one machine, so pickle is safe here. With a reply may come the descriptor of an open file without
a name: whoever dies, nothing is left of it.
"""

from __future__ import annotations

import math
import os
import pickle
import socket
import struct
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sayso.engine import Limits, Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sayso.engine import Task
    from sayso.errors import SaysoError

# What the keeper and the origin of readers tell each other: a process id, or an exit code.
REQUEST = struct.Struct("!q")
RUNS = 1 << 32  # no exit code
_LENGTH = struct.Struct("!Q")
SHORTEST = 1e-3  # seconds for which a socket waits at least, because nought means for ever
_AT_ONCE = 1 << 16  # bytes; a message is answered before the next one is sent, so none is taken with another


@dataclass(frozen=True)
class Order:
    """Ask a reader to evaluate a query over a version of the store at a path."""

    store: str
    version: int
    query: Query
    union: bool
    limits: Limits


@dataclass(frozen=True)
class Job:
    """Ask a reader to do something else, within the limits of a query."""

    task: Task
    limits: Limits


@dataclass(frozen=True)
class Reply:
    """Answer an order: with an error, or with the media type, the length and, where it is small, the content.

    `result` is what came of a task.
    `worked` are the seconds that the evaluating thread has had a processor since it began.
    """

    media_type: str = ""
    length: int = 0
    content: bytes | None = None
    error: SaysoError | None = None
    worked: float = 0.0
    result: Any = None


def send(
    connection: socket.socket, message: Order | Job | Reply, file: int | None = None, deadline: float = math.inf
) -> None:
    """Send a message, and with it a file; raises OSError where the other end is gone, TimeoutError if it is slow."""
    content = pickle.dumps(_flat(message))
    content = _LENGTH.pack(len(content)) + content  # in one piece, so that the other end is woken once
    files = [] if file is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", file))]
    sent = 0
    with suppress(BlockingIOError):  # without a timeout, which would have the kernel asked twice
        sent = connection.sendmsg([content], files, socket.MSG_DONTWAIT)
    if sent < len(content):
        with _patience(connection, deadline):
            sent = sent or connection.sendmsg([content], files)
            connection.sendall(memoryview(content)[sent:])


def receive(connection: socket.socket, deadline: float = math.inf) -> tuple[Any, int | None]:
    """Take a message that has begun to arrive, and the file that came with it.

    Raises EOFError where the other end is gone, ConnectionError where it is gone and had not read what was sent to it,
    and TimeoutError where it is too slow.
    """
    begun, files, _, _ = socket.recv_fds(connection, _AT_ONCE, 1, socket.MSG_CMSG_CLOEXEC)
    if not begun:
        raise EOFError
    try:
        if len(begun) < _LENGTH.size or len(begun) < _LENGTH.size + _LENGTH.unpack_from(begun)[0]:
            with _patience(connection, deadline):
                begun += _exactly(connection, _LENGTH.size - len(begun))
                begun += _exactly(connection, _LENGTH.size + _LENGTH.unpack_from(begun)[0] - len(begun))
        message = _whole(*pickle.loads(memoryview(begun)[_LENGTH.size :]))  # noqa: S301  # from a process of our own
    except BaseException:
        for file in files:
            os.close(file)
        raise
    return message, files[0] if files else None


@contextmanager
def _patience(connection: socket.socket, deadline: float) -> Iterator[None]:
    """Have a connection wait until a moment, and no longer."""
    connection.settimeout(None if deadline == math.inf else max(deadline - time.monotonic(), SHORTEST))
    try:
        yield
    finally:
        connection.settimeout(None)


def _flat(message: Order | Job | Reply) -> tuple[Any, ...]:
    """Give a message as tuples, which are pickled in a third of the time."""
    if isinstance(message, Order):
        return Order, message.store, message.version, _fields(message.query), message.union, _fields(message.limits)
    return type(message), *_fields(message)


def _fields(value: Query | Limits | Job | Reply) -> tuple[Any, ...]:
    return tuple(vars(value).values())


def _whole(kind: type[Order | Job | Reply], *fields: Any) -> Order | Job | Reply:
    if kind is not Order:
        return kind(*fields)
    store, version, query, union, limits = fields
    return Order(store, version, Query(*query), union, Limits(*limits))


def _exactly(connection: socket.socket, length: int) -> bytes:
    """Take so many bytes, none where the number is not positive."""
    content = bytearray(max(length, 0))
    rest = memoryview(content)
    while rest:
        taken = connection.recv_into(rest)
        if not taken:
            raise EOFError
        rest = rest[taken:]
    return bytes(content)
