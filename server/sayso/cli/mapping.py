"""The tools of whoever maps an article."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sayso.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("hash")
@options.project
@click.option("--texts", type=options.FOLDER, required=True, help=options.TEXTS)
def hash_passages(project: Path | None, texts: Path) -> None:
    """Record the hashes of the cited passages, from copies of the texts, in data/passages/."""
    from sayso import check as checks  # noqa: PLC0415
    from sayso import library  # noqa: PLC0415

    for path in checks.record(library.find(project), texts):
        click.echo(path)


@click.command()
@click.argument("name", metavar="ID")
@click.argument("text", type=options.FILE)
@options.project
def new(name: str, text: Path, project: Path | None) -> None:
    """Begin the file of a new article, called ID, from a copy of its TEXT."""
    from sayso import authoring, library, namespaces  # noqa: PLC0415

    source = library.find(project)
    click.echo(authoring.skeleton(name, text, source, namespaces.prefixes(source.ontology / "sayso.ttl")))


@click.command("show-text")
@click.argument("name", metavar="ID")
@click.argument("paragraph", type=int)
@options.project
@click.option("--texts", type=options.FOLDER, required=True, help=options.TEXTS)
def show_text(name: str, paragraph: int, project: Path | None, texts: Path) -> None:
    """Show a PARAGRAPH of the article ID, sentence by sentence, with the statements that rest on each."""
    from sayso import authoring, library, mapping, printing  # noqa: PLC0415

    dataset = mapping.build(library.find(project))
    printing.sentences(authoring.shown(authoring.text_of(name, texts, dataset), paragraph, dataset))


@click.command()
@click.argument("name", metavar="ID")
@click.argument("words")
@options.project
@click.option("--texts", type=options.FOLDER, required=True, help=options.TEXTS)
def cite(name: str, words: str, project: Path | None, texts: Path) -> None:
    """Print the evidence for WORDS of the article ID: all of them, or "first words … last words"."""
    from sayso import authoring, library, mapping  # noqa: PLC0415

    dataset = mapping.build(library.find(project))
    click.echo(f"a:{authoring.cite(authoring.text_of(name, texts, dataset), words).name}")


@click.command()
@click.argument("name")
@options.project
def who(name: str, project: Path | None) -> None:
    """Find the entity that NAME stands for, in any spelling or script, and those it may be confused with."""
    from sayso import authoring, library, mapping, printing  # noqa: PLC0415

    found = authoring.who(name, mapping.build(library.find(project)))
    printing.entities(found)
    sys.exit(0 if found else options.FINDINGS)


@click.command()
@click.argument("name", metavar="ID")
@click.argument("copy", type=options.FILE)
@options.project
def verify(name: str, copy: Path, project: Path | None) -> None:
    """Find every passage of the article ID again, by hash, in a COPY of its text, however it is laid out."""
    from sayso import authoring, library, printing  # noqa: PLC0415
    from sayso.mapping import passages  # noqa: PLC0415

    content = copy.read_text(encoding="utf-8", errors="replace")
    found = authoring.verify(name, content, passages.recorded(library.find(project)))
    printing.verified(found)
    sys.exit(0 if all(each.place is not None for each in found) else options.FINDINGS)
