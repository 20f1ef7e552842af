"""The server: granian runs the application in worker processes, each with its own engine on the same store."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sayso import namespaces
from sayso.cache import Cached
from sayso.engine.pool import Pool
from sayso.store import VersionedStore
from sayso.wikidata import table

if TYPE_CHECKING:
    from pathlib import Path

    from sayso.engine import DefaultGraph, Limits
    from sayso.library import Project


# Of a worker: as many requests as may run or wait at once, and places for slow clients beside them. Those that granian
# kept back would wait without a deadline, and in no fair order.
THREADS = 448
CONNECTIONS = 4096  # of a worker: past them granian accepts nobody, so idle ones must be cheap
SWITCH = 1e-3  # seconds after which a thread gives the interpreter to another: a large query is read while others wait


@dataclass(frozen=True)
class Settings:
    """Say what is served, where, and how; `port` 0 is not a port."""

    store: Path
    project: Project
    host: str
    port: int
    workers: int
    readers: int
    default_graph: DefaultGraph
    read_only: bool
    limits: Limits
    cache: int
    services: frozenset[str]
    access_log: bool
    texts: Path | None


def run(settings: Settings) -> None:
    """Serve until a signal ends it."""
    from granian import Granian  # noqa: PLC0415  # after fork and import costs are known to be wanted
    from granian.constants import Interfaces  # noqa: PLC0415

    server = Granian(
        "sayso",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,  # a write that crashes Oxigraph takes its worker with it
        log_access=False,
        log_enabled=False,
    )
    server.serve(target_loader=partial(application, settings), wrap_loader=False)


def application(settings: Settings) -> Any:
    """Make the application of one worker process, which opens the store for itself."""
    from sayso import texts  # noqa: PLC0415
    from sayso.app import Served, create_app  # noqa: PLC0415  # Flask is for the workers
    from sayso.writing import Writable  # noqa: PLC0415

    if settings.access_log:
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    sys.setswitchinterval(SWITCH)
    store = VersionedStore.open(settings.store)
    prefixes = namespaces.prefixes(settings.project.ontology / "sayso.ttl")
    union = settings.default_graph == "union"
    links = table.file(settings.project)
    pool = Pool(store, settings.limits, settings.default_graph, settings.readers)
    served = Served(
        Cached(pool, settings.cache),
        prefixes,
        store,
        limits=settings.limits,
        union=union,
        services=settings.services,
        writable=None if settings.read_only else Writable(union, pool.work, settings.limits.seconds),
        links=links if links.is_file() else None,
        evaluator=pool,
        project=settings.project,
        texts={} if settings.texts is None else texts.copies(settings.texts),
    )
    return create_app(served)
