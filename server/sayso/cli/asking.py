"""The command that asks a store."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sayso.cli import options


@click.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@options.store
@click.option(
    "--format", "layout", help="table, json, xml, csv, tsv, turtle, ntriples, nquads, trig, jsonld or rdfxml."
)
@click.option("--at", type=int, help="The version to ask.  [default: the current one]")
@click.option("-p", "parameters", multiple=True, metavar="NAME=VALUE", help="Bind ?NAME to an IRI or to a text.")
def query(file: Path, store: Path, layout: str | None, at: int | None, parameters: tuple[str, ...]) -> None:
    """Ask the store the query in FILE (- is standard input)."""
    from sayso import asking, printing  # noqa: PLC0415

    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    printing.answer(asking.ask(store, text, layout, at, parameters), layout)
