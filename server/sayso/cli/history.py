"""The commands that tell what became of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sayso.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.store
def log(store: Path) -> None:
    """List the versions of the store: number, time, author, what was added and removed, and why."""
    from sayso import printing  # noqa: PLC0415
    from sayso.store import VersionedStore  # noqa: PLC0415

    printing.history(VersionedStore.open(store).history())
