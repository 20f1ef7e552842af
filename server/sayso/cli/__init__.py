"""The command line: data to standard output, words to standard error, and an exit code that says how it went.

0 fine, 1 findings, 2 usage or unreadable input, 3 an engine failed. What is heavy is imported inside the commands, so
that --help answers at once.
"""

from __future__ import annotations

from typing import Any

import click

from sayso.cli import adding, asking, checking, history, link, mapping, serving, tokens
from sayso.cli.options import FAILED, FINDINGS, USAGE
from sayso.errors import DataRefused, EvaluationError, SaysoError

COMMANDS = (
    serving.serve,
    serving.init,
    checking.build,
    checking.check,
    adding.add,
    adding.shapes,
    asking.query,
    mapping.new,
    mapping.show_text,
    mapping.cite,
    mapping.who,
    mapping.verify,
    mapping.hash_passages,
    history.log,
    history.show,
    history.diff,
    history.revert,
    history.replay,
    history.sweep,
    link.link,
    tokens.token,
)


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


@click.group(cls=Commands, commands=COMMANDS, context_settings={"auto_envvar_prefix": "SAYSO", "show_default": True})
@click.version_option(package_name="sayso")
def main() -> None:
    """Serve, build, check and ask a knowledge graph that remembers on whose say-so.

    Every option can be given as an environment variable: SAYSO_SERVE_PORT for `serve --port`.
    """
