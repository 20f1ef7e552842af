"""The command line: data to standard output, words to standard error, and an exit code that says how it went.

0 fine, 1 findings, 2 usage or unreadable input, 3 an engine failed. What is heavy is imported inside the commands, so
that --help answers at once.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sayso.errors import DataRefused, EvaluationError, SaysoError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sayso.shacl.report import Finding

FINDINGS, USAGE, FAILED = 1, 2, 3

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_ANYWHERE = click.Path(path_type=Path)


class Commands(click.Group):
    """Turn the errors that Sayso foresees into exit codes, in one place."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; DataRefused is exit 1, an engine's failure 3, every other foreseen error 2."""
        try:
            return super().invoke(ctx)
        except SaysoError as error:
            click.echo(str(error), err=True)
            ctx.exit(_exit_code(error))


def _exit_code(error: SaysoError) -> int:
    if isinstance(error, DataRefused):
        return FINDINGS
    return FAILED if isinstance(error, EvaluationError) else USAGE


@click.group(cls=Commands, context_settings={"auto_envvar_prefix": "SAYSO", "show_default": True})
@click.version_option(package_name="sayso")
def main() -> None:
    """Serve, build, check and ask a knowledge graph that remembers on whose say-so.

    Every option can be given as an environment variable: SAYSO_SERVE_PORT for `serve --port`.
    """


_store = click.option("--store", type=_ANYWHERE, default="store", help="The folder of the store.")
_project = click.option(
    "--project",
    type=_FOLDER,
    help="A folder with ontology/, data/ and queries/.  [default: here, else what is shipped]",
)
_author = click.option("--author", default=getpass.getuser, show_default="your user name", help="Who makes the commit.")
_TEXTS = "A folder with copies of the articles' texts."
_texts = click.option("--texts", type=_FOLDER, help=_TEXTS)


@main.command()
@_store
@_project
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


@main.command()
@click.argument("store", type=_ANYWHERE)
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--shapes", help="A file of SHACL shapes that the data must keep to, or none.  [default: the project's]")
@_project
@_author
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


@main.command()
@_project
@click.option("--out", type=_ANYWHERE, default="dist/data", help="The folder to write to.")
def build(project: Path | None, out: Path) -> None:
    """Build the mapped articles into N-Quads, TriG, Turtle, RDF 1.2 N-Quads and VoID."""
    from sayso import library, mapping, namespaces  # noqa: PLC0415
    from sayso.mapping import editions  # noqa: PLC0415

    source = library.find(project)
    quads = mapping.build(source).quads
    written = editions.write_all(quads, namespaces.prefixes(source.ontology / "sayso.ttl"), out)
    click.echo("".join(f"{path}\n" for path in written), nl=False)


@main.command()
@click.argument("files", nargs=-1, type=_FILE)
@_project
@_texts
@click.option("--format", "layout", type=click.Choice(["text", "table", "json"]), help="How to print the findings.")
@click.option(
    "--fail-on", type=click.Choice(["violation", "warning"]), default="violation", help="What makes the exit code 1."
)
def check(files: tuple[Path, ...], project: Path | None, texts: Path | None, layout: str | None, fail_on: str) -> None:
    """Check the mapped articles, or FILES as additions to them, against the shapes."""
    from sayso import check as checks  # noqa: PLC0415
    from sayso import library, printing  # noqa: PLC0415

    found = checks.run(library.find(project), files, texts)
    printing.findings(found, layout)
    click.echo(_summary(found), err=True)
    failing = ("violation",) if fail_on == "violation" else ("violation", "warning")
    sys.exit(FINDINGS if any(finding.level in failing for finding in found) else 0)


def _summary(found: Iterable[Finding]) -> str:
    levels = [finding.level for finding in found]
    return f"{levels.count('violation')} violations, {levels.count('warning')} warnings"


@main.command("hash")
@_project
@click.option("--texts", type=_FOLDER, required=True, help=_TEXTS)
def hash_passages(project: Path | None, texts: Path) -> None:
    """Record the hashes of the cited passages, from copies of the texts, in data/passages/."""
    from sayso import check as checks  # noqa: PLC0415
    from sayso import library  # noqa: PLC0415

    for path in checks.record(library.find(project), texts):
        click.echo(path)


@main.command()
@click.argument("name", metavar="ID")
@click.argument("text", type=_FILE)
@_project
def new(name: str, text: Path, project: Path | None) -> None:
    """Begin the file of a new article, called ID, from a copy of its TEXT."""
    from sayso import authoring, library, namespaces  # noqa: PLC0415

    source = library.find(project)
    click.echo(authoring.skeleton(name, text, source, namespaces.prefixes(source.ontology / "sayso.ttl")))


@main.command("show-text")
@click.argument("name", metavar="ID")
@click.argument("paragraph", type=int)
@_project
@click.option("--texts", type=_FOLDER, required=True, help=_TEXTS)
def show_text(name: str, paragraph: int, project: Path | None, texts: Path) -> None:
    """Show a PARAGRAPH of the article ID, sentence by sentence, with the statements that rest on each."""
    from sayso import authoring, library, mapping, printing  # noqa: PLC0415

    dataset = mapping.build(library.find(project))
    printing.sentences(authoring.shown(authoring.text_of(name, texts, dataset), paragraph, dataset))


@main.command()
@click.argument("name", metavar="ID")
@click.argument("words")
@_project
@click.option("--texts", type=_FOLDER, required=True, help=_TEXTS)
def cite(name: str, words: str, project: Path | None, texts: Path) -> None:
    """Print the evidence for WORDS of the article ID: all of them, or "first words … last words"."""
    from sayso import authoring, library, mapping  # noqa: PLC0415

    dataset = mapping.build(library.find(project))
    click.echo(f"a:{authoring.cite(authoring.text_of(name, texts, dataset), words).name}")


@main.command()
@click.argument("name")
@_project
def who(name: str, project: Path | None) -> None:
    """Find the entity that NAME stands for, in any spelling or script, and those it may be confused with."""
    from sayso import authoring, library, mapping, printing  # noqa: PLC0415

    found = authoring.who(name, mapping.build(library.find(project)))
    printing.entities(found)
    sys.exit(0 if found else FINDINGS)


@main.command()
@click.argument("name", metavar="ID")
@click.argument("copy", type=_FILE)
@_project
def verify(name: str, copy: Path, project: Path | None) -> None:
    """Find every passage of the article ID again, by hash, in a COPY of its text, however it is laid out."""
    from sayso import authoring, library, printing  # noqa: PLC0415
    from sayso.mapping import passages  # noqa: PLC0415

    content = copy.read_text(encoding="utf-8", errors="replace")
    found = authoring.verify(name, content, passages.recorded(library.find(project)))
    printing.verified(found)
    sys.exit(0 if all(each.place is not None for each in found) else FINDINGS)


@main.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False, path_type=Path))
@_store
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


@main.command()
@_store
def log(store: Path) -> None:
    """List the versions of the store: number, time, author, what was added and removed, and why."""
    from sayso import printing  # noqa: PLC0415
    from sayso.store import VersionedStore  # noqa: PLC0415

    printing.history(VersionedStore.open(store).history())
