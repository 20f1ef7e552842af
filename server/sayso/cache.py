"""The cache of answers: complete answers of one version, the ones asked for last, up to a number of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from sayso import lexer
from sayso.engine import Answer
from sayso.metrics import Gauge

if TYPE_CHECKING:
    from sayso.engine import Asker, Engine, Query

OVERHEAD = 500  # bytes of an entry beside its texts, or less
LARGEST = 1 << 20  # bytes of an answer that is worth holding

Identity = tuple[object, ...]
Key = TypeVar("Key")
Value = TypeVar("Value")

# What these give differs from one evaluation to the next (SPARQL 1.1 Query, sections 17.4.2 and 17.4.5).
CHANGING = ("NOW", "RAND", "UUID", "BNODE")


class Remembered(Generic[Key, Value]):
    """Hold the values that were asked for last, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        """Begin with nothing."""
        self._limit = limit
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.held = self.hits = self.misses = 0

    def find(self, key: Key) -> Value | None:
        """Give the value of a key, None where it is not held."""
        with self._lock:
            known = self._values.get(key)
            if known is None:
                self.misses += 1
                return None
            self.hits += 1
            self._values.move_to_end(key)
            return known[0]

    def keep(self, key: Key, value: Value, size: int) -> None:
        """Hold a value of some bytes, and give up those that were not asked for longest.

        A key counts too: clients decide how long the texts in it are.
        """
        size += OVERHEAD + _length(key)
        with self._lock:
            if key in self._values:
                return
            self._values[key] = value, size
            self.held += size
            while self.held > self._limit:
                _, (_, freed) = self._values.popitem(last=False)
                self.held -= freed


def _length(key: object) -> int:
    if isinstance(key, tuple):
        return sum(map(_length, key))
    return len(key) if isinstance(key, str) else 0


class Cached:
    """Answer from memory what was answered before for the same version, and ask the engine behind it for the rest."""

    def __init__(self, engine: Engine, limit: int, largest: int = LARGEST) -> None:
        """Take the engine, how many bytes to hold, and the largest answer worth holding."""
        self._engine = engine
        self._largest = min(largest, limit)
        self._remembered = Remembered[Identity, tuple[str, int, bytes]](limit)

    def answer(self, query: Query, asker: Asker) -> Answer:
        """Evaluate a query, or give the answer that it had; see `Engine`."""
        if not repeatable(query):
            return self._engine.answer(query, asker)
        known = self._remembered.find(identity(replace(query, version=query.version or self._engine.version())))
        if known is not None:
            media_type, version, body = known
            return Answer(media_type, version, len(body), iter([body]))
        answer = self._engine.answer(query, asker)
        if answer.length > self._largest:
            return answer
        body = answer.body()
        # The version that answered may be newer than the one that was looked for.
        name = identity(replace(query, version=answer.version))
        self._remembered.keep(name, (answer.media_type, answer.version, body), len(body))
        return Answer(answer.media_type, answer.version, len(body), iter([body]))

    def version(self) -> int:
        """Tell the number of the current version."""
        return self._engine.version()

    def size(self) -> int:
        """Tell how many quads the current version has."""
        return self._engine.size()

    def gauges(self) -> list[Gauge]:
        """Tell what the cache did so far and what it holds, and what the engine behind it tells."""
        remembered = self._remembered
        return [
            Gauge("cache_hits_total", "Answers given from memory.", remembered.hits, counter=True),
            Gauge("cache_misses_total", "Answers that were not in memory.", remembered.misses, counter=True),
            Gauge("cache_bytes", "Bytes of answers in memory.", remembered.held),
            *self._engine.gauges(),
        ]


def repeatable(query: Query) -> bool:
    """Tell whether the query gives the same answer each time it is asked of the same version."""
    return not any(lexer.mentions(query.text, word) for word in CHANGING)


def identity(query: Query) -> Identity:
    """Give what decides the answer to a query: equal identities have equal answers, byte for byte."""
    return (
        query.version,
        query.text,
        query.default_graphs,
        query.named_graphs,
        query.results,
        query.graph,
        tuple((name, str(value)) for name, value in query.bindings),
        query.base,
        query.union,
    )
