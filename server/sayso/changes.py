"""What versions changed: between any two of them, swept or not, and one change taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sayso import patch
from sayso.errors import BadRequest
from sayso.gate import Source
from sayso.patch import Delta

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyoxigraph as ox

    from sayso.gate import Gate, Write, Written
    from sayso.store import Fork, VersionedStore


def between(store: VersionedStore, first: int, second: int) -> Delta:
    """Tell what leads from one version to another, which may be the older; raises VersionMissing or StoreDamaged."""
    for number in (first, second):
        store.entry(number)
    if first > second:
        return reverse(between(store, second, first))
    added: set[ox.Quad] = set()
    removed: set[ox.Quad] = set()
    for number in range(first + 1, second + 1):
        delta = store.changes(number)
        removed, added = (
            (removed - delta.added) | (delta.removed - added),
            (added - delta.removed) | (delta.added - removed),
        )
    return Delta(frozenset(added), frozenset(removed))


def reverse(delta: Delta) -> Delta:
    """Give the change that takes a change back."""
    return Delta(delta.removed, delta.added)


def rows(delta: Delta) -> Iterator[str]:
    """Write a change as the transaction of an RDF Patch, removals first, each side sorted."""
    yield "TX .\n"
    yield from sorted(patch.row("D", quad) for quad in delta.removed)
    yield from sorted(patch.row("A", quad) for quad in delta.added)
    yield "TC .\n"


def revert(gate: Gate, number: int, write: Write) -> Written:
    """Publish a version that undoes what a version changed, as far as later ones have not undone it.

    Raises BadRequest where nothing of it is left to undo, or where it is the first version, and what `Gate.submit`
    raises: what was built on the change since then may break the shapes without it.
    """
    if number == 1:
        raise BadRequest("Version 1 is what the store began with: remove what you mean by a SPARQL Update")
    undoing = reverse(gate.store.changes(number))

    def undo(fork: Fork) -> None:
        fork.apply(*undoing)
        if fork.delta == Delta(frozenset(), frozenset()):
            raise BadRequest(f"Nothing that version {number} changed is left to undo")

    return gate.submit(write, undo, Source(Path(f"(revert of version {number})"), contents={}))
