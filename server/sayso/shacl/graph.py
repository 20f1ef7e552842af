"""The data graph: the union of all graphs of a store, less some triples, plus some that are not written yet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import pyoxigraph as ox

from sayso.namespaces import RDFS, TYPE
from sayso.store import as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sayso.documents import Term

T = TypeVar("T")
Subject: TypeAlias = "ox.NamedNode | ox.BlankNode | ox.Triple"
Pattern: TypeAlias = "tuple[Subject | None, ox.NamedNode | None, Term | None]"

SUBCLASS = RDFS["subClassOf"]


class Quads(Protocol):
    """Be something to look quads up in, as a pyoxigraph Store is."""

    def quads_for_pattern(
        self,
        subject: Subject | None,
        predicate: ox.NamedNode | None,
        object: Term | None,  # noqa: A002  # as pyoxigraph names it
        graph_name: ox.NamedNode | ox.BlankNode | ox.DefaultGraph | None = None,
        /,
    ) -> Iterator[ox.Quad]:
        """Find the quads that match; None matches everything."""


@dataclass(frozen=True)
class UnionDelta:
    """Be a change of the union of all graphs: triples that were in no graph, and triples that are in none any more."""

    added: frozenset[ox.Triple] = frozenset()
    removed: frozenset[ox.Triple] = frozenset()

    def __iter__(self) -> Iterator[ox.Triple]:
        """Give every triple that changes."""
        return chain(self.added, self.removed)

    def __len__(self) -> int:
        return len(self.added) + len(self.removed)


def effective_delta(store: Quads, added: Iterable[ox.Quad], removed: Iterable[ox.Quad]) -> UnionDelta:
    """Tell what a change of quads, removals before additions, changes in the union of all graphs.

    A triple that stays asserted in another graph stays. Literals count as the store will give them back.
    """
    gains = as_stored(added)
    losses = as_stored(removed) - gains
    gained, lost = ({quad.triple for quad in quads} for quads in (gains, losses))
    there = {node: _is_subject(store, node) for node in {triple.subject for triple in gained}}
    return UnionDelta(
        frozenset(triple for triple in gained if not (there[triple.subject] and _holding(store, triple))),
        frozenset(triple for triple in lost - gained if _all_in(_holding(store, triple), losses)),
    )


def _is_subject(store: Quads, node: Subject) -> bool:
    return next(iter(store.quads_for_pattern(node, None, None, None)), None) is not None


def _holding(store: Quads, triple: ox.Triple) -> set[ox.Quad]:
    return set(store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None))


def _all_in(quads: set[ox.Quad], losses: set[ox.Quad]) -> bool:
    return bool(quads) and quads <= losses


class View:
    """Read the union of all graphs of a store, less `removed`, plus `added`, and remember what was read.

    It shows one state: make another one after the store has changed.
    """

    def __init__(self, store: Quads, added: Iterable[ox.Triple] = (), removed: Iterable[ox.Triple] = ()) -> None:
        """Lay a change, as `effective_delta` gives it, over the store."""
        self._find = store.quads_for_pattern
        added = list(added)
        self._added, self._removed = _by_pattern(added), _by_pattern(removed)
        self._changed = bool(self._added or self._removed)
        # Most subjects of an addition are new, and one lookup tells that the store has nothing of them; None: not yet.
        self._described: dict[Term, bool | None] = {triple.subject: None for triple in added}
        self._mentioned: dict[Term, bool | None] = dict(self._described)
        self._objects: dict[tuple[Term, ox.NamedNode], Sequence[Term]] = {}
        self._subjects: dict[tuple[ox.NamedNode, Term], Sequence[Subject]] = {}
        self._superclasses: dict[Term, frozenset[Term]] = {}

    def objects(self, subject: Term, predicate: ox.NamedNode) -> Sequence[Term]:
        """List the objects of a subject and a predicate."""
        key = (subject, predicate)
        found = self._objects.get(key)
        if found is None:
            found = self._objects[key] = _once([each.object for each in self.match(subject, predicate)])
        return found

    def subjects(self, predicate: ox.NamedNode, value: Term) -> Sequence[Subject]:
        """List the subjects of a predicate and an object."""
        key = (predicate, value)
        found = self._subjects.get(key)
        if found is None:
            found = self._subjects[key] = _once([each.subject for each in self.match(None, predicate, value)])
        return found

    def match(
        self, subject: Term | None = None, predicate: ox.NamedNode | None = None, value: Term | None = None
    ) -> Iterable[ox.Quad | ox.Triple]:
        """Give what matches, None matching everything; a triple comes as often as there are graphs that hold it."""
        if isinstance(subject, ox.Literal):
            return ()
        if not self._changed:
            return self._find(subject, predicate, value, None)
        pattern = (subject, predicate, value)
        if self._is_new(subject, value):
            return self._added.get(pattern, ())
        return self._overlaid(pattern, self._find(subject, predicate, value, None))

    def has(self, subject: Term | None, predicate: ox.NamedNode, value: Term | None = None) -> bool:
        """Tell whether a triple matches, without listing those that do."""
        return next(iter(self.match(subject, predicate, value)), None) is not None

    def superclasses(self, kind: Term) -> frozenset[Term]:
        """List a class and what it is a subclass of, directly or not."""
        found = self._superclasses.get(kind)
        if found is None:
            found = frozenset(closure((kind,), lambda each: self.objects(each, SUBCLASS)))
            self._superclasses[kind] = found
        return found

    def subclasses(self, kind: Term) -> list[Term]:
        """List a class and its subclasses, direct or not."""
        return closure([kind], lambda each: self.subjects(SUBCLASS, each))

    def is_instance(self, node: Term, kind: ox.NamedNode) -> bool:
        """Tell whether a node is a SHACL instance of a class: of it or of a subclass of it."""
        kinds = self.objects(node, TYPE)
        return kind in kinds or any(kind in self.superclasses(each) for each in kinds)

    def instances(self, kind: Term) -> Iterable[Term]:
        """List the SHACL instances of a class, each once."""
        return dict.fromkeys(node for each in self.subclasses(kind) for node in self.subjects(TYPE, each))

    def _is_new(self, subject: Subject | None, value: Term | None) -> bool:
        """Tell whether the store has nothing of a subject, or of an object, that is a subject of the change."""
        if subject in self._described:
            if self._described[subject] is None:
                self._described[subject] = any(True for _ in self._find(subject, None, None, None))
            return not self._described[subject]
        if value in self._mentioned:
            if self._mentioned[value] is None:
                self._mentioned[value] = any(True for _ in self._find(None, None, value, None))
            return not self._mentioned[value]
        return False

    def _overlaid(self, pattern: Pattern, stored: Iterator[ox.Quad]) -> Iterator[ox.Quad | ox.Triple]:
        gone = self._removed.get(pattern)
        kept = (quad for quad in stored if quad.triple not in gone) if gone else stored
        return chain(kept, self._added.get(pattern, ()))


def closure(start: Iterable[T], step: Callable[[T], Iterable[T]]) -> list[T]:
    """List what can be reached in any number of steps, the start included, each once."""
    found = dict.fromkeys(start)
    waiting = list(found)
    while waiting:
        new = [node for node in step(waiting.pop()) if node not in found]
        found.update(dict.fromkeys(new))
        waiting += dict.fromkeys(new)
    return list(found)


def _once(terms: list[Any]) -> list[Any]:
    return list(dict.fromkeys(terms)) if len(terms) > 1 else terms


def _by_pattern(triples: Iterable[ox.Triple]) -> dict[Pattern, dict[ox.Triple, None]]:
    """Index triples by every pattern that matches them."""
    index: defaultdict[Pattern, dict[ox.Triple, None]] = defaultdict(dict)
    for triple in triples:
        for subject in (triple.subject, None):
            for predicate in (triple.predicate, None):
                for value in (triple.object, None):
                    index[subject, predicate, value][triple] = None
    return dict(index)
