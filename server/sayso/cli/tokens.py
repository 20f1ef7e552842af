"""The commands that say who may write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sayso.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def token() -> None:
    """Say who may write to a store over HTTP."""


@token.command("add")
@click.argument("name")
@options.store
def add_token(name: str, store: Path) -> None:
    """Make a token for NAME, a person or a program, and print it: the one time that it can be read."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from sayso import tokens  # noqa: PLC0415

    click.echo(tokens.add(store, name, datetime.now(UTC)))


@token.command("revoke")
@click.argument("name")
@options.store
def revoke_token(name: str, store: Path) -> None:
    """Make the token of NAME worthless."""
    from sayso import tokens  # noqa: PLC0415

    tokens.revoke(store, name)


@token.command("list")
@options.store
def list_tokens(store: Path) -> None:
    """List who has a token."""
    from sayso import printing, tokens  # noqa: PLC0415

    printing.tokens(tokens.listed(store))
