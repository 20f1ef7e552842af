"""The commands that tell what became of a store, and take it back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sayso.cli import options

if TYPE_CHECKING:
    from pathlib import Path

_NUMBER = click.IntRange(min=1)


@click.command()
@options.store
def log(store: Path) -> None:
    """List the versions of the store: number, time, author, what was added and removed, and why."""
    from sayso import printing  # noqa: PLC0415
    from sayso.store import VersionedStore  # noqa: PLC0415

    printing.history(VersionedStore.open(store).history())


@click.command()
@click.argument("number", metavar="N", type=_NUMBER)
@options.store
def show(number: int, store: Path) -> None:
    """Show version N of the store as an RDF Patch: who, when and why, and every quad that came or went."""
    import shutil  # noqa: PLC0415

    from sayso.store import VersionedStore  # noqa: PLC0415

    with VersionedStore.open(store).journal_file(number).open("rb") as lines:
        shutil.copyfileobj(lines, sys.stdout.buffer)


@click.command()
@click.argument("first", metavar="A", type=_NUMBER)
@click.argument("second", metavar="B", type=_NUMBER)
@options.store
def diff(first: int, second: int, store: Path) -> None:
    """Show as an RDF Patch what leads from version A of the store to version B, swept or not."""
    from sayso import changes  # noqa: PLC0415
    from sayso.store import VersionedStore  # noqa: PLC0415

    found = changes.between(VersionedStore.open(store), first, second)
    sys.stdout.writelines(changes.rows(found))
    click.echo(f"+{len(found.added)} -{len(found.removed)}", err=True)


@click.command()
@click.argument("number", metavar="N", type=_NUMBER)
@options.store
@options.author
@click.option("-m", "--message", help="Why it is taken back.  [default: that it is, and its message]")
def revert(number: int, store: Path, author: str, message: str | None) -> None:
    """Publish a version that undoes what version N of the store changed, if the shapes allow it."""
    from sayso import changes  # noqa: PLC0415
    from sayso.gate import Gate, Write  # noqa: PLC0415
    from sayso.store import VersionedStore  # noqa: PLC0415

    versions = VersionedStore.open(store)
    why = message or f"Revert version {number}: {versions.entry(number).message}"
    written = changes.revert(Gate(versions), number, Write(author, why))
    click.echo(f"{store}: version {written.version}", err=True)


@click.command()
@click.argument("journal", type=options.FOLDER)
@click.argument("store", type=options.ANYWHERE)
@click.option("--to", "last", type=_NUMBER, help="The version to stop at.  [default: the last one]")
def replay(journal: Path, store: Path, last: int | None) -> None:
    """Rebuild a store in the new folder STORE from the folder JOURNAL of another one."""
    from sayso.store import replay as replayed  # noqa: PLC0415

    made = replayed(journal, store, last)
    entry = made.entry(made.current.number)
    click.echo(f"{store}: version {entry.version}, {entry.quads:,} quads, content {entry.content_hash}", err=True)


@click.command()
@options.store
@click.option("--keep", type=_NUMBER, default=20, help="The number of versions to keep; tagged ones stay too.")
def sweep(store: Path, keep: int) -> None:
    """Remove old versions of the store that nobody reads; the journal stays whole. Print their numbers."""
    from sayso.store import VersionedStore  # noqa: PLC0415

    for number in VersionedStore.open(store).sweep(keep):
        click.echo(number)
