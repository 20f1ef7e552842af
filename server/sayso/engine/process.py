"""Reader processes, as the pool sees them: one that is asked, their origin, and the keeper of those that are ready."""

from __future__ import annotations

import math
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sayso.engine import wire

if TYPE_CHECKING:
    from sayso.engine.wire import Job, Order, Reply

NICER = 19
WATCH = 1.0  # seconds between two looks at whether the idle readers live
ORIGIN_SECONDS = 10.0  # for the origin to come up, or to fork
UNKNOWN = -signal.SIGKILL
# glibc keeps 64 MiB of addresses for each thread otherwise, and addresses are what is limited.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}


class Origin:
    """Be the process that forks the readers, which costs a fiftieth of starting each anew."""

    def __init__(self, memory: int, store: Path) -> None:
        """Start it; the kernel ends it, and it all its readers, when the thread that calls this ends."""
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._control.settimeout(ORIGIN_SECONDS)
        with theirs:
            numbers = (theirs.fileno(), os.getpid(), memory)
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "sayso.engine.reader", *map(str, numbers), str(store)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, **_ENVIRONMENT},
            )

    def fork(self, connection: socket.socket) -> int:
        """Fork a reader with that end of a connection; returns its process id, and raises OSError if that fails."""
        return self._ask(0, [connection.fileno()])

    def exit_code(self, pid: int) -> int | None:
        """Tell how a reader ended, negative for a signal; None where it runs, UNKNOWN where the origin is gone."""
        try:
            code = self._ask(pid, [])
        except OSError:
            return UNKNOWN
        return None if code == wire.RUNS else code

    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process, and with it all its readers."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    def _ask(self, number: int, descriptors: list[int]) -> int:
        with self._lock:
            socket.send_fds(self._control, [wire.REQUEST.pack(number)], descriptors)
            message = self._control.recv(wire.REQUEST.size)
        if not message:
            raise ConnectionError("the origin of the readers is gone")
        answer: int = wire.REQUEST.unpack(message)[0]
        return answer


class Reader:
    """Be one reader process, with the connection to it."""

    def __init__(self, origin: Origin) -> None:
        """Have the process forked; it takes orders at once. Raises OSError if that fails."""
        self.gave_way = False
        self._worked = 0.0  # seconds before the order at hand
        self._origin = origin
        self._connection, theirs = socket.socketpair()
        with theirs:
            try:
                self.pid = origin.fork(theirs)
                self._process = os.pidfd_open(self.pid)
            except OSError:
                self._connection.close()
                raise

    def send(self, order: Order | Job, deadline: float) -> None:
        """Hand over an order; raises OSError where the process is gone, TimeoutError where it does not take it."""
        wire.send(self._connection, order, deadline=deadline)

    def wait(self, until: float) -> bool:
        """Wait for the reply until a moment; tells whether it is there, or the process gone."""
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        return bool(poll.poll(max(until - time.monotonic(), 0) * 1e3))

    def reply(self, deadline: float) -> tuple[Reply, int | None]:
        """Take the reply that is there, and the file of a large result.

        Raises EOFError where the process is gone, ConnectionError where it is gone and had not taken the whole order,
        and TimeoutError.
        """
        reply, file = wire.receive(self._connection, deadline)
        self._worked = reply.worked
        return reply, file

    def worked(self) -> float:
        """Tell how many seconds the process has had a processor for the order at hand."""
        with suppress(OSError):
            total = int(Path(f"/proc/{self.pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
            return total - self._worked
        return math.inf

    def be_nice(self) -> None:
        """Let other processes go first."""
        self.gave_way = True  # it cannot be made less nice again, and what it took may not all be given back
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, NICER)

    def stop(self) -> None:
        """Stop the process until it may `go_on`."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the process run again."""
        self._signal(signal.SIGCONT)

    def idle(self) -> bool:
        """Tell whether a process that has nothing to do lives: its end of the connection is open and silent."""
        return not self.wait(0)

    def kill(self) -> None:
        """End the process at once."""
        self._signal(signal.SIGKILL)
        self._connection.close()
        os.close(self._process)

    def died_of(self) -> int:
        """Tell the exit code of a process that ended, negative for a signal."""
        end = time.monotonic() + ORIGIN_SECONDS
        while (code := self._origin.exit_code(self.pid)) is None and time.monotonic() < end:
            time.sleep(wire.SHORTEST)
        return UNKNOWN if code is None else code

    def _signal(self, number: signal.Signals) -> None:
        with suppress(OSError):
            signal.pidfd_send_signal(self._process, number)


class Keeper:
    """Keep some readers ready, and replace those that die.

    One thread starts their origin and lives as long as the keeper: the kernel kills what a thread started when the
    thread ends, so that no reader outlives its server, however that ends.
    """

    def __init__(self, store: Path, memory: int, ready: int) -> None:
        """Start the thread, and by it the origin and `ready` readers of a store."""
        self._store = store
        self._memory = memory
        self._ready = ready
        self._idle: deque[Reader] = deque()
        self._origin: Origin | None = None
        self._changed = threading.Condition()
        self._needed = True
        self._closed = False
        self.kills = 0
        self._thread = threading.Thread(target=self._keep, name="sayso-keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every reader, also those that work."""
        with self._changed:
            self._closed = True
        self.refill()
        self._thread.join()

    def idle(self) -> int:
        """Tell how many readers wait for an order."""
        return len(self._idle)

    def take(self) -> Reader:
        """Give a reader that was idle, and may have died by itself, or a fresh one.

        Raises OSError where none can be had.
        """
        with self._changed:
            if self._idle:
                return self._idle.pop()
        return self.fresh()

    def fresh(self) -> Reader:
        """Give a reader that served nobody yet; raises OSError where none can be had."""
        with self._changed:
            up = self._changed.wait_for(lambda: self._closed or self._origin is not None, ORIGIN_SECONDS)
            origin = self._origin
        if not up or origin is None:
            raise OSError("there are no readers")
        try:
            return Reader(origin)
        except OSError:
            self.refill()
            raise

    def give_back(self, reader: Reader) -> None:
        """Take a reader that has answered, to keep it if it is needed and as good as new."""
        with self._changed:
            if len(self._idle) < self._ready and not reader.gave_way and not self._closed:
                self._idle.append(reader)
                return
        reader.kill()
        self.refill()

    def lost(self, reader: Reader) -> int:
        """Take a reader that is dying or must die; returns its exit code."""
        code = reader.died_of() if reader.wait(0) else UNKNOWN
        with self._changed:
            self._bury(reader)
        self.refill()
        return code

    def _bury(self, reader: Reader) -> None:
        reader.kill()
        self.kills += 1

    def refill(self) -> None:
        """Have the thread look whether readers are missing, because some died or will not be given back."""
        with self._changed:
            self._needed = True
            self._changed.notify_all()

    def _keep(self) -> None:
        while not self._closed:
            self._needed = False
            with suppress(OSError):  # what cannot be started now is tried again after a while
                self._have_origin()
                self._fill()
            with self._changed:
                self._changed.wait_for(lambda: self._needed, WATCH)
        with self._changed:
            origin, self._origin = self._origin, None
            while self._idle:
                self._idle.pop().kill()
        if origin is not None:
            origin.end()

    def _have_origin(self) -> None:
        if self._origin is not None and self._origin.alive():
            return
        if self._origin is not None:
            self._origin.end()
        with self._changed:
            self._origin = Origin(self._memory, self._store)
            self._changed.notify_all()

    def _fill(self) -> None:
        """Replace those that died while they were idle, and those that were taken."""
        with self._changed:
            for reader in [each for each in self._idle if not each.idle()]:
                self._idle.remove(reader)
                self._bury(reader)
        while self._origin is not None and len(self._idle) < self._ready:
            reader = Reader(self._origin)
            with self._changed:
                if len(self._idle) < self._ready:  # one may have been given back meanwhile
                    self._idle.appendleft(reader)
                    continue
            reader.kill()
