"""The commands that build the mapped material and check it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from sayso.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sayso.findings import Finding


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
@click.option("--format", "layout", type=click.Choice(["text", "table", "json"]), help="How to print the findings.")
@click.option(
    "--fail-on", type=click.Choice(["violation", "warning"]), default="violation", help="What makes the exit code 1."
)
def check(  # noqa: PLR0913, PLR0917  # one for each option
    files: tuple[Path, ...], project: Path | None, texts: Path | None, engine: Any, layout: str | None, fail_on: str
) -> None:
    """Check the mapped articles, or FILES as additions to them, against the shapes."""
    from sayso import check as checks  # noqa: PLC0415
    from sayso import library, printing  # noqa: PLC0415

    checked = checks.run(library.find(project), files, texts, engine)
    printing.findings(checked.findings, layout)
    click.echo("".join(f"{each}\n" for each in checked.coverage) + _summary(checked.findings), err=True)
    failing = ("violation",) if fail_on == "violation" else ("violation", "warning")
    sys.exit(options.FINDINGS if any(finding.level in failing for finding in checked.findings) else 0)


def _summary(found: Iterable[Finding]) -> str:
    levels = [finding.level for finding in found]
    return f"{levels.count('violation')} violations, {levels.count('warning')} warnings"
