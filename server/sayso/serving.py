"""The server: granian runs the application in worker processes, each with its own engine on the same store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sayso import namespaces
from sayso.engine import DefaultGraph, Embedded
from sayso.store import VersionedStore

if TYPE_CHECKING:
    from pathlib import Path

    from sayso.library import Project


@dataclass(frozen=True)
class Settings:
    """Say what is served, where, and how; `port` 0 is not a port."""

    store: Path
    project: Project
    host: str
    port: int
    workers: int
    default_graph: DefaultGraph
    read_only: bool


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
        respawn_failed_workers=True,  # a query that crashes Oxigraph takes its worker with it
        log_access=False,
        log_enabled=False,
    )
    server.serve(target_loader=partial(application, settings), wrap_loader=False)


def application(settings: Settings) -> Any:
    """Make the application of one worker process, which opens the store for itself."""
    from sayso.app import create_app  # noqa: PLC0415  # Flask is for the workers
    from sayso.writing import Writable  # noqa: PLC0415

    store = VersionedStore.open(settings.store)
    prefixes = namespaces.prefixes(settings.project.ontology / "sayso.ttl")
    writable = None if settings.read_only else Writable(store, prefixes, settings.default_graph == "union")
    return create_app(Embedded(store, settings.default_graph), prefixes, writable)
