"""What memory a result of ten million rows takes: `python tests/benchmarks/stream.py`."""

from __future__ import annotations

import http.client
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import things
from conftest import serving
from processes import resident

from sayso.store import Commit, VersionedStore

ROWS = 10_000_000
VALUES = " ".join(map(str, range(3163)))  # the square is a little more than the rows
QUERY = f"SELECT ?a ?b {{ VALUES ?a {{ {VALUES} }} VALUES ?b {{ {VALUES} }} }} LIMIT {ROWS}"
MEBIBYTE = 1 << 20


class Peak:
    """Watch the memory of a process and all that descend from it."""

    def __init__(self, pid: int) -> None:
        """Begin to watch."""
        self._pid, self._most, self._over = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> int:
        """Stop watching, and give the most there was, in bytes."""
        self._over.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            self._most = max(self._most, resident(self._pid))


def main() -> None:
    """Ask for all the rows, read them as they come, and print what the server needed."""
    commit = Commit(author="bench", message="made", time=datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        store = VersionedStore.create(Path(folder) / "store", things.quads(1000), commit)
        with serving(store.path, "--timeout", "600") as server:
            before, peak, began = resident(server.pid), Peak(server.pid), time.monotonic()
            rows = read(server.port)
            most, seconds = peak.end(), time.monotonic() - began
    print(f"result of {rows:,} rows in {seconds:.0f} s; memory of the server and its readers in MiB: ", end="")
    print(f"{before / MEBIBYTE:.0f} before, {most / MEBIBYTE:.0f} at most")


def read(port: int) -> int:
    """Ask for the rows as CSV and count them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("POST", "/sparql", QUERY, {"Content-Type": "application/sparql-query", "Accept": "text/csv"})
    response = connection.getresponse()
    if response.status != http.HTTPStatus.OK:
        raise RuntimeError(response.read(500))
    rows = -1  # the first line is the header
    while content := response.read(MEBIBYTE):
        rows += content.count(b"\n")
    return rows


if __name__ == "__main__":
    main()
