"""The commands that change a store, through the gate."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from sayso.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sayso.gate import Written

_message = click.option("-m", "--message", required=True, help="Why: the journal keeps it.")
_dry_run = click.option("--dry-run", is_flag=True, help="Check only, and write nothing.")


@click.command()
@click.argument("files", nargs=-1, required=True, type=options.FILE)
@_message
@options.store
@options.project
@options.author
@click.option("--graph", metavar="IRI", help="The graph for triples of plain RDF.  [default: the default graph]")
@click.option("--plain", is_flag=True, help="Take the mapping of an article as plain RDF too.")
@_dry_run
@options.findings
@options.limit
@options.fail_on
def add(  # noqa: PLR0913  # one for each option
    files: tuple[Path, ...],
    *,
    message: str,
    store: Path,
    project: Path | None,
    author: str,
    graph: str | None,
    plain: bool,
    dry_run: bool,
    layout: str | None,
    limit: int,
    fail_on: Any,
) -> None:
    """Add FILES to the store as one commit, if they keep to its shapes; a server on it may go on.

    A Turtle file that describes one article is mapped as the build maps it, with the hashes of its passages from the
    project, and replaces what the store has of the article. Any other file is plain RDF.
    """
    from sayso import additions, library  # noqa: PLC0415
    from sayso.gate import Gate, Write  # noqa: PLC0415
    from sayso.mapping import passages  # noqa: PLC0415
    from sayso.store import VersionedStore  # noqa: PLC0415

    gate = Gate(VersionedStore.open(store))
    given = additions.read(files, _graph(graph), None if plain else passages.recorded(library.find(project)))
    write = Write(author, message, dry_run=dry_run, fail_on=fail_on)
    _report(lambda: gate.submit(write, given.apply, given.source), layout, limit, dry_run=dry_run)


@click.command()
@click.argument("file", required=False, type=options.FILE)
@click.option("-m", "--message", default="New shapes", help="Why: the journal keeps it.")
@options.store
@options.project
@options.author
@_dry_run
@options.findings
@options.limit
@options.fail_on
def shapes(  # noqa: PLR0913  # one for each option
    file: Path | None,
    *,
    message: str,
    store: Path,
    project: Path | None,
    author: str,
    dry_run: bool,
    layout: str | None,
    limit: int,
    fail_on: Any,
) -> None:
    """Print what is checked: the shapes of the store, or of the project where there is no store.

    With FILE, make its shapes those of the store, if what is in the store keeps to them.
    """
    from sayso import library, printing  # noqa: PLC0415
    from sayso.gate import Gate, Write, compiled  # noqa: PLC0415
    from sayso.store import VersionedStore  # noqa: PLC0415

    if file is not None:
        write = Write(author, message, dry_run=dry_run, fail_on=fail_on)
        gate = Gate(VersionedStore.open(store))
        _report(lambda: gate.reshape(file, write), layout, limit, dry_run=dry_run)
        return
    kept = VersionedStore.open(store).shapes_file() if store.exists() else library.find(project).shapes
    if kept is None:
        click.echo("this store keeps to no shapes", err=True)
    else:
        printing.shapes(compiled(kept))


def _report(write: Callable[[], Written], layout: str | None, limit: int, *, dry_run: bool) -> None:
    """Write, print what was found, and say what became of it."""
    from sayso import printing, reports  # noqa: PLC0415
    from sayso.errors import DataRefused  # noqa: PLC0415

    try:
        written = write()
    except DataRefused as refused:
        printing.findings(reports.gather(refused.findings, limit or None), layout)
        click.echo("refused, and nothing was written", err=True)
        sys.exit(options.FINDINGS)
    printing.findings(reports.gather(written.findings, limit or None), layout)
    outcome = f"it would pass; nothing was written after version {written.version}" if dry_run else ""
    click.echo(outcome or f"version {written.version}", err=True)


def _graph(iri: str | None) -> Any:
    import pyoxigraph as ox  # noqa: PLC0415

    try:
        return ox.DefaultGraph() if iri is None else ox.NamedNode(iri)
    except ValueError as error:
        raise click.BadParameter(f"{iri} is no absolute IRI: {error}", param_hint="--graph") from error
