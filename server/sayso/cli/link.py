"""The commands about the links to Wikidata."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from sayso.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from sayso.library import Project
    from sayso.wikidata.client import Client
    from sayso.wikidata.told import Told

_API = "https://www.wikidata.org/w/api.php"
_cache = click.option(
    "--cache", type=options.ANYWHERE, default=".cache/wikidata", help="The folder of entity JSON, a file an item."
)
_online = click.option("--online", is_flag=True, help="Ask the API of Wikidata for what is needed, into the cache.")
_api = click.option("--api", default=_API, help="The address of the API that --online asks.")


@click.group()
def link() -> None:
    """Link entities to items of Wikidata: the judgements stand in data/links/wikidata.sssom.tsv."""


@link.command()
@options.project
@_cache
@_online
@_api
@click.option("--write", is_flag=True, help="Add the candidates to the table, as rows that wait for a reviewer.")
def candidates(project: Path | None, cache: Path, online: bool, api: str, write: bool) -> None:  # noqa: FBT001  # flags
    """Propose items for the entities that have no link; what a row says No to is not proposed again."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from sayso import library, printing  # noqa: PLC0415
    from sayso.wikidata import candidates, table  # noqa: PLC0415
    from sayso.wikidata.items import Cache  # noqa: PLC0415

    source, kept = library.find(project), Cache(cache)
    file, told = table.file(source), _told(source)
    judgements = table.judgements(file)
    if online:
        candidates.search(told, judgements, _client(api), kept, _tell)
    found = candidates.propose(told, judgements, kept.items())
    if write:
        today = datetime.now(UTC).date().isoformat()
        table.add(file, (each.judgement(today) for each in found))
    printing.candidates(found)


@link.command()
@options.project
@_cache
@_online
@_api
@click.option("--format", "layout", type=click.Choice(["text", "table", "json"]), help="How to print the findings.")
def check(project: Path | None, cache: Path, online: bool, api: str, layout: str | None) -> None:  # noqa: FBT001  # a flag
    """Compare every link with its item: merged, deleted, a list of names, of another kind or time, linked twice."""
    from sayso import library, printing, reports  # noqa: PLC0415
    from sayso.wikidata import checks, table  # noqa: PLC0415
    from sayso.wikidata.items import Cache  # noqa: PLC0415

    source, kept = library.find(project), Cache(cache)
    file = table.file(source)
    judgements = table.judgements(file)
    if online:
        checks.fetch(judgements, _client(api), kept, _tell)
    found = checks.run(file, _told(source), judgements, kept)
    printing.findings(reports.gather(found), layout)
    sys.exit(options.FINDINGS if any(each.level == "violation" for each in found) else 0)


@link.command()
@options.project
@options.store
@options.author
def apply(project: Path | None, store: Path, author: str) -> None:
    """Make the links in a store those of the table: rows that a person made or reviewed."""
    from sayso import library  # noqa: PLC0415
    from sayso.store import VersionedStore  # noqa: PLC0415
    from sayso.wikidata import publishing, table  # noqa: PLC0415

    versions = VersionedStore.open(store)
    before = versions.current.number
    after = publishing.apply(table.file(library.find(project)), versions, author)
    click.echo(f"{store}: version {after}" + (", nothing to change" if after == before else ""), err=True)


@link.command()
@options.project
@click.option("--same-as", is_flag=True, help="Write owl:sameAs, as N-Triples, instead.")
def export(project: Path | None, **options: Any) -> None:
    """Write QuickStatements for Wikidata: identifiers, and posts that an article gives outright and nobody disputes."""
    from sayso import library  # noqa: PLC0415
    from sayso.wikidata import exports, table  # noqa: PLC0415

    source = library.find(project)
    judgements = table.judgements(table.file(source))
    lines = exports.same_as(judgements) if options["same_as"] else exports.quick_statements(_told(source), judgements)
    click.echo("".join(lines), nl=False)


def _told(source: Project) -> Told:
    from sayso import mapping  # noqa: PLC0415
    from sayso.wikidata import told  # noqa: PLC0415

    return told.read(mapping.build(source).quads)


def _client(api: str) -> Client:
    from urllib.parse import urlsplit  # noqa: PLC0415

    from sayso.wikidata.client import Client  # noqa: PLC0415

    address = urlsplit(api)
    if address.scheme != "https" and (address.scheme, address.hostname) != ("http", "127.0.0.1"):
        raise click.BadParameter(f"{api} is no https address", param_hint="--api")
    return Client(api)


def _tell(what: str) -> None:
    click.echo(what, err=True)
