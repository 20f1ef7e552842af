"""What several tests work with: a synthetic dataset of things in ten graphs, and a task for a process."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.errors import NoSpace

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "http://example.org/"


def quads(things: int) -> Iterator[ox.Quad]:
    """Give five quads for each thing, in one of ten graphs; `next` is one cycle through all, `other` jumps about."""
    for number in range(things):
        thing, graph = name(f"s{number}"), name(f"g{number % 10}")
        yield ox.Quad(thing, name("number"), ox.Literal(number), graph)
        yield ox.Quad(thing, name("text"), ox.Literal(f'thing {number} says "{"x" * 20}"'), graph)
        yield ox.Quad(thing, name("class"), name(f"c{number % 7}"), graph)
        yield ox.Quad(thing, name("next"), name(f"s{(number + 1) % things}"), graph)
        yield ox.Quad(thing, name("other"), name(f"s{(number * 7 + 1) % things}"), graph)


def name(local: str) -> ox.NamedNode:
    return ox.NamedNode(BASE + local)


@dataclass(frozen=True)
class Errand:
    """Be a task that sums, fails, dies or never ends."""

    numbers: tuple[int, ...] = ()

    def run(self) -> int:
        if -1 in self.numbers:
            raise NoSpace("full")
        if -2 in self.numbers:
            os.kill(os.getpid(), signal.SIGKILL)
        while -3 in self.numbers:
            time.sleep(0.1)
        return sum(self.numbers)
