"""What several commands share: their options, the kinds of path that they take, and their exit codes."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sayso import reports

if TYPE_CHECKING:
    from collections.abc import Mapping

FINDINGS, USAGE, FAILED = 1, 2, 3

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
ANYWHERE = click.Path(path_type=Path)
TEXTS = "A folder with copies of the articles' texts."

store = click.option("--store", type=ANYWHERE, default="store", help="The folder of the store.")
project = click.option(
    "--project",
    type=FOLDER,
    help="A folder with ontology/, data/ and queries/.  [default: here, else what is shipped]",
)
author = click.option("--author", default=getpass.getuser, show_default="your user name", help="Who makes the commit.")
texts = click.option("--texts", type=FOLDER, help=TEXTS)

# What every command that reports findings takes.
findings = click.option(
    "--format", "layout", type=click.Choice(["table", *reports.LAYOUTS]), help="How to print the findings."
)
limit = click.option(
    "--limit", type=click.IntRange(min=0), default=reports.LIMIT, help="Findings shown of each rule; 0 shows all."
)
fail_on = click.option(
    "--fail-on", type=click.Choice(["violation", "warning"]), default="violation", help="What makes the exit code 1."
)


def fails(counts: Mapping[str, int], fail_on: str) -> bool:
    """Tell whether findings of a level, or of a graver one, are among those counted."""
    return bool(counts["violation"] or (fail_on == "warning" and counts["warning"]))
