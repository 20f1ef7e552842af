"""The fixtures. What is slow is made once a session and only read: the dataset, a store with it, a server on it.

Whatever a test writes, it writes into its own temporary folder. `shared` is the folder of reference material that
stands beside the checkout on some machines; tests that want it are skipped elsewhere.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import things
from hypothesis import HealthCheck, settings

from sayso import mapping, namespaces
from sayso.app import Served, create_app
from sayso.engine.pool import Pool
from sayso.library import Project
from sayso.store import Commit, VersionedStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask.testing import FlaskClient

    from sayso.mapping import Dataset

ROOT = Path(__file__).parents[1]

# A test asserts no time, and a busy machine is no failure. `make test` tries the same examples each time, so that a
# change is judged by what it changes; `make test-deep` looks for new ones.
DEEP = "SAYSO_TEST_DEEP" in os.environ
settings.register_profile("sayso", deadline=None, derandomize=not DEEP, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sayso")


@pytest.fixture(scope="session")
def project() -> Project:
    return Project(ROOT)


@pytest.fixture(scope="session")
def dataset(project: Project) -> Dataset:
    return mapping.build(project)


@pytest.fixture(scope="session")
def prefixes(project: Project) -> Mapping[str, str]:
    return namespaces.prefixes(project.ontology / "sayso.ttl")


@pytest.fixture(scope="session")
def store(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> VersionedStore:
    commit = Commit(author="tests", message="Built for the tests", time=datetime(2026, 1, 1, tzinfo=UTC))
    return VersionedStore.create(tmp_path_factory.mktemp("session") / "store", dataset.quads, commit)


@pytest.fixture(scope="session")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> VersionedStore:
    """Make a store of 50,000 quads, so that a bomb is a bomb."""
    commit = Commit(author="tests", message="Synthetic", time=datetime(2026, 1, 1, tzinfo=UTC))
    return VersionedStore.create(tmp_path_factory.mktemp("bulk") / "store", things.quads(10_000), commit)


@pytest.fixture(scope="session")
def client(store: VersionedStore, prefixes: Mapping[str, str]) -> Iterator[FlaskClient]:
    pool = Pool(store)
    yield create_app(Served(pool, prefixes, store)).test_client()
    pool.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = ROOT.parent / "shared"
    if not (folder / "articles").is_dir():
        pytest.skip("the reference material is not beside this checkout")
    return folder


@dataclass(frozen=True)
class Server:
    """Be a running server: its address without a slash at the end, and the id of its first process."""

    address: str
    pid: int = 0

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def get(self, path: str, **headers: str) -> bytes:
        request = urllib.request.Request(self.address + path, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            content: bytes = response.read()
            return content


@pytest.fixture(scope="session")
def server(store: VersionedStore) -> Iterator[Server]:
    """Run `sayso serve` on the session's store, on a free port of the loopback interface, and end it afterwards."""
    with serving(store.path) as running:
        yield running


class serving:  # noqa: N801  # used as a statement: with serving(store)
    """Run `sayso serve` on a store for as long as the block lasts."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._command = [sys.executable, "-m", "sayso", "serve", "--store", str(directory), *options]

    def __enter__(self) -> Server:
        port = free_port()
        self._process = subprocess.Popen([*self._command, "--port", str(port)], stderr=subprocess.DEVNULL)
        running = Server(f"http://127.0.0.1:{port}", self._process.pid)
        for _ in range(200):
            try:
                running.get("/healthz")
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.1)
            else:
                return running
        self.__exit__()
        raise AssertionError("the server did not come up")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
