"""A writer to be killed: `python crash_writer.py create|commit STORE [STEP]`.

It says `ready`, and the number of each version once it is published. Without STEP it goes on until it is killed. With
one it kills itself with SIGKILL just before that step of its last round, counted from 1; it ends if there are fewer. A
step is an operation on a file that Python announces to audit hooks; what repeats counts once, and of the files of a
version each kind counts.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from sayso.store import Commit, VersionedStore

COMMIT = Commit("crash test", "A commit", datetime(2026, 1, 1, tzinfo=UTC))


def content(version: int) -> set[ox.Quad]:
    """Return what a version holds: 20 quads of the first, and 3 of each later one, of which the next removes 1."""
    later = {_quad(number, item) for number in range(2, version + 1) for item in range(3)}
    return {_quad(1, item) for item in range(20)} | (later - {_quad(number, 0) for number in range(2, version)})


def create(path: Path) -> int:
    return VersionedStore.create(path, content(1), COMMIT).current.number


def commit(path: Path) -> int:
    """Publish the version that follows the current one."""
    opened = VersionedStore.open(path)
    number = opened.current.number + 1
    with opened.fork() as fork:
        fork.apply(content(number), content(number - 1) - content(number))
        return fork.publish(COMMIT).number


def main(mode: str, path: Path, step: int | None) -> None:
    _say("ready")
    if mode == "create":
        _arm(step, path.parent)
        _say(create(path))
        return
    _commit_and_sweep(path)  # Sweeping has something to remove from the second time on.
    _arm(step, path.parent)
    _commit_and_sweep(path)
    while step is None:
        _commit_and_sweep(path)


def _commit_and_sweep(path: Path) -> None:
    _say(commit(path))
    VersionedStore.open(path).sweep(keep=2)


def _arm(step: int | None, root: Path) -> None:
    seen: set[str] = set()

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        label = _label(event, arguments, root)
        if label is not None:  # Killing is an event too.
            seen.add(label)
            if len(seen) == step:
                os.kill(os.getpid(), signal.SIGKILL)

    if step is not None:
        sys.addaudithook(count)


def _label(event: str, arguments: tuple[Any, ...], root: Path) -> str | None:
    """Name an operation on a file below a directory, the same for all files of a kind in one version."""
    if not event.startswith(("open", "os.")) or not arguments or not isinstance(arguments[0], str | os.PathLike):
        return None
    path = Path(arguments[0])
    if not path.is_absolute():  # In a directory that is being removed.
        return f"{event} *{path.suffix}"
    if not path.is_relative_to(root):
        return None
    return f"{event} " + re.sub(r"(versions/\d+)/.*", r"\1/*", str(path.relative_to(root)))


def _quad(version: int, item: int) -> ox.Quad:
    subject = ox.NamedNode(f"http://example.org/{version}/{item}")
    return ox.Quad(
        subject, ox.NamedNode("http://example.org/p"), ox.Literal(item), ox.NamedNode("http://example.org/g")
    )


def _say(what: int | str) -> None:
    print(what, flush=True)  # noqa: T201  # the test reads it


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if sys.argv[3:] else None)
