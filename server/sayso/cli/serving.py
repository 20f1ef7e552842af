"""The commands that make a store and serve it."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from sayso.cli import options


@click.command()
@options.store
@options.project
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="The port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="How many processes take requests.")
@click.option("--readers", type=click.IntRange(1, 64), default=2, help="How many query processes a worker keeps ready.")
@click.option("--timeout", type=click.FloatRange(0.1), default=30.0, help="Seconds that a query may take.")
@click.option("--memory", type=click.IntRange(64), default=2048, help="Mebibytes that a query may use.")
@click.option("--result-limit", type=click.IntRange(1), default=256, help="Mebibytes that a result may have.")
@click.option("--row-limit", type=click.IntRange(1), default=10_000_000, help="Rows that a result may have.")
@click.option("--cache", type=click.IntRange(0), default=64, help="Mebibytes of answers that a worker remembers.")
@click.option(
    "--allow-service", multiple=True, metavar="IRI", help="An endpoint that SERVICE may ask; may be repeated."
)
@click.option("--access-log", is_flag=True, help="Write a JSON line for every request to standard error.")
@click.option(
    "--default-graph",
    type=click.Choice(["union", "strict"]),
    default="union",
    help="What a query without FROM asks: the union of all graphs, or the default graph alone.",
)
@click.option(
    "--texts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of local copies of the articles: whoever reaches the server sees them, with the passages marked.",
)
@click.option("--read-only", is_flag=True, help="Take no writes, whatever token they carry.")
def serve(  # noqa: PLR0913, PLR0917  # one for each option that is not handed on as it is
    store: Path,
    project: Path | None,
    timeout: float,
    memory: int,
    result_limit: int,
    row_limit: int,
    cache: int,
    allow_service: tuple[str, ...],
    **options: Any,
) -> None:
    """Serve the SPARQL endpoint; builds the store from the mapped articles if it is not there."""
    from sayso import ingest, library, serving  # noqa: PLC0415
    from sayso.engine import MEBIBYTE, Limits  # noqa: PLC0415

    source = library.find(project)
    if not store.exists():
        click.echo(f"Building {store} from {source.root} …", err=True)
        ingest.project(source, store, getpass.getuser())
    settings = serving.Settings(
        store=store,
        project=source,
        limits=Limits(timeout, memory * MEBIBYTE, result_limit * MEBIBYTE, row_limit),
        cache=cache * MEBIBYTE,
        services=frozenset(allow_service),
        **options,
    )
    address = f"http://{settings.host}:{settings.port}"
    click.echo(f"Home page  {address}/\nSPARQL     {address}/sparql\nStop with Ctrl-C", err=True)
    serving.run(settings)


@click.command()
@click.argument("store", type=options.ANYWHERE)
@click.argument("files", nargs=-1, type=options.FILE)
@click.option("--shapes", help="A file of SHACL shapes that the data must keep to, or none.  [default: the project's]")
@options.project
@options.author
def init(store: Path, files: tuple[Path, ...], shapes: str | None, project: Path | None, author: str) -> None:
    """Make a new STORE from RDF FILES, or from the mapped articles where no file is given."""
    from sayso import ingest, library  # noqa: PLC0415

    if files:
        chosen = library.find(project).shapes if shapes is None else _shapes(shapes)
        made = ingest.files(files, store, author, chosen)
    else:
        made = ingest.project(library.find(project), store, author)
    click.echo(f"{store}: version {made.current.number}, {len(made.read()):,} quads", err=True)


def _shapes(given: str) -> Path | None:
    if given == "none":
        return None
    path = Path(given)
    if not path.is_file():
        raise click.BadParameter(f"{given} is no file; give a file of shapes, or none", param_hint="--shapes")
    return path
