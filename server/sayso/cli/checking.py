"""The commands that build the mapped material and check it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from sayso.cli import options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@click.command()
@options.project
@click.option("--out", type=options.ANYWHERE, default="dist/data", help="The folder to write to.")
def build(project: Path | None, out: Path) -> None:
    """Build the mapped articles into N-Quads, TriG, Turtle, RDF 1.2 N-Quads and VoID."""
    from sayso import library, mapping, namespaces  # noqa: PLC0415
    from sayso.mapping import editions  # noqa: PLC0415

    source = library.find(project)
    quads = mapping.build(source).quads
    written = editions.write_all(quads, namespaces.prefixes(source.ontology / "sayso.ttl"), out)
    click.echo("".join(f"{path}\n" for path in written), nl=False)


@click.command()
@click.argument("files", nargs=-1, type=options.FILE)
@options.project
@options.texts
@click.option("--engine", type=click.Choice(["sayso", "pyshacl"]), default="sayso", help="What validates.")
@options.findings
@options.limit
@options.fail_on
def check(  # noqa: PLR0913, PLR0917  # one for each option
    files: tuple[Path, ...],
    project: Path | None,
    texts: Path | None,
    engine: Any,
    layout: str | None,
    limit: int,
    fail_on: str,
) -> None:
    """Check the mapped articles, or FILES as additions to them, against the shapes.

    FILES get advice too: names that are nearly others, people who may be there already, dates to come, and the like.
    """
    from datetime import UTC, datetime  # noqa: PLC0415

    from sayso import check as checks  # noqa: PLC0415
    from sayso import library, printing, reports  # noqa: PLC0415

    checked = checks.run(library.find(project), files, texts, engine, datetime.now(UTC).date())
    report = reports.gather(checked.findings, limit or None)
    printing.findings(report, layout)
    click.echo("".join(f"{each}\n" for each in checked.coverage) + _summary(report.counts), err=True)
    sys.exit(options.FINDINGS if options.fails(report.counts, fail_on) else 0)


def _summary(counts: Mapping[str, int]) -> str:
    return f"{counts['violation']} violations, {counts['warning']} warnings"
