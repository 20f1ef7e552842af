"""A reader: a process that evaluates one query at a time and may be killed at any moment.

`python -m sayso.engine.reader FD PARENT BYTES STORE` is the origin of readers: it has everything imported and forks one
for each socket that it is sent over the socket with that descriptor, by the process with that id. A reader may use so
many bytes of addresses more than it needs to begin. An Order comes in and a Reply goes out, a large result as an open
file.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import socket
import sys
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sayso.engine import wire
from sayso.engine.evaluate import evaluate
from sayso.engine.spool import Spool
from sayso.engine.wire import Job, Order, Reply
from sayso.errors import EvaluationError, MemoryLimit, SaysoError
from sayso.store import VersionedStore

if TYPE_CHECKING:
    import pyoxigraph as ox

HEADROOM = 192 << 20  # addresses that RocksDB takes to open a version: its threads have stacks, its tables are mapped
REMEMBERED = 1024  # exit codes
_PR_SET_PDEATHSIG = 1


class Versions:
    """Hold the version that was asked last open, and kept from being swept; one that is no longer asked is closed."""

    def __init__(self) -> None:
        """Begin with nothing open."""
        self._held = ExitStack()
        self._open: tuple[str, int, ox.Store] | None = None

    def get(self, path: str, number: int) -> ox.Store:
        """Open a version of a store, unless it is open already; raises VersionMissing where it was swept."""
        if self._open is None or self._open[:2] != (path, number):
            self._open = None
            self._held.close()
            data = self._held.enter_context(VersionedStore(Path(path)).reading(number))
            self._open = (path, number, data)
        return self._open[2]


def main() -> None:
    """Fork readers until the other end closes."""
    descriptor, parent, memory = map(int, sys.argv[1:4])
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    codes: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _bury(codes))
    gc.freeze()  # so that a reader that collects garbage does not copy what it shares with the others
    control = socket.socket(fileno=descriptor)
    while True:
        message, sockets, _, _ = socket.recv_fds(control, wire.REQUEST.size, 1, socket.MSG_CMSG_CLOEXEC)
        if not message:
            return
        (pid,) = wire.REQUEST.unpack(message)
        if sockets:
            pid = _forked(socket.socket(fileno=sockets[0]), control, memory, sys.argv[4])
            control.send(wire.REQUEST.pack(pid))
        else:
            control.send(wire.REQUEST.pack(codes.get(pid, wire.RUNS)))


def _bury(codes: dict[int, int]) -> None:
    """Take the exit codes of the readers that ended, and forget those of long ago."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            codes[ended[0]] = os.waitstatus_to_exitcode(ended[1])
    while len(codes) > REMEMBERED:
        del codes[next(iter(codes))]


def _forked(connection: socket.socket, control: socket.socket, memory: int, store: str) -> int:
    origin = os.getpid()
    with connection:
        pid = os.fork()
        if pid:
            return pid
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            _die_with(origin)
            _confine(memory + HEADROOM)
            _read(connection, store)
        finally:
            os._exit(1)


def _read(connection: socket.socket, store: str) -> None:
    """Serve orders until the other end closes; the current version is opened before any is there."""
    versions = Versions()
    with suppress(SaysoError):
        versions.get(store, VersionedStore(Path(store)).current.number)
    while True:
        try:
            order, _ = wire.receive(connection)
        except (EOFError, OSError):
            os._exit(0)
        _serve(order, versions, connection)


def _serve(order: Order | Job, versions: Versions, connection: socket.socket) -> None:
    file = None
    try:
        if isinstance(order, Job):
            reply = Reply(result=order.task.run())
        else:
            media_type, spooled = _evaluated(order, versions)
            file = spooled.file()
            content = spooled.in_memory() if file is None else None
            reply = Reply(media_type, spooled.length, content, worked=time.thread_time())
    except SaysoError as error:
        reply = Reply(error=error)
    except MemoryError:
        reply = Reply(error=MemoryLimit.of(order.limits.memory))
    except (OSError, RuntimeError, ValueError) as error:
        reply = Reply(error=EvaluationError(f"The query could not be evaluated: {error}"))
    wire.send(connection, reply, file)


def _evaluated(order: Order, versions: Versions) -> tuple[str, Spool]:
    spool = partial(Spool, order.limits.result, order.limits.rows)
    union = order.union if order.query.union is None else order.query.union
    return evaluate(versions.get(order.store, order.version), order.query, spool, union=union)


def _die_with(parent: int) -> None:
    """Be killed when the thread that started this process ends, which is when its process does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the signal was asked for
        sys.exit(0)


def _confine(memory: int) -> None:
    """Bound the address space to so much more than is used, and leave no core file."""
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
