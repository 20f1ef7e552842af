"""What several commands share: their options, the kinds of path that they take, and their exit codes."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

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
