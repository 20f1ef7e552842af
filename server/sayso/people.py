"""The people of a store by the consonants of their names: who may be meant by a name in another spelling or script."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyoxigraph as ox

from sayso import names
from sayso.namespaces import RDFS, SAY, TYPE, Namespace
from sayso.shacl.graph import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sayso.documents import Term
    from sayso.store import VersionedStore

SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
NAMES = (RDFS["label"], SKOS["altLabel"])

_LEAST = 3  # consonants: with fewer, half of all short names are alike
_RELEVANT = frozenset({TYPE, *NAMES})


class Known(Protocol):
    """Be something to look people up in by their names."""

    def alike(self, name: str) -> list[tuple[Term, str]]:
        """List those with a name of the same consonants, each with that name; nobody for a name of very few."""


class People:
    """Index the named people of a state of the data graph."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._names: dict[Term, dict[str, str]] = {}
        self._alike: dict[str, dict[Term, None]] = {}

    @classmethod
    def of(cls, view: View) -> People:
        """Index everybody in a state; what it costs grows with the number of people."""
        people = cls()
        people.read_again(view.instances(SAY["Person"]), view)
        return people

    def read_again(self, nodes: Iterable[Term], view: View) -> None:
        """Bring the index up to date for some nodes, whatever they were and are."""
        for node in nodes:
            for key in self._names.pop(node, ()):
                self._alike[key].pop(node)
            if is_named_person(node, view):
                self._names[node] = {_key(name): name for name in names_of(node, view)}
                for key in self._names[node]:
                    self._alike.setdefault(key, {})[node] = None

    def alike(self, name: str) -> list[tuple[Term, str]]:
        """List those with a name of the same consonants; see `Known`."""
        key = _key(name)
        found = self._alike.get(key, {}) if len(key.replace(" ", "")) >= _LEAST else {}
        return [(node, self._names[node][key]) for node in found]


class PeopleOf:
    """Keep the index of a store's people from version to version: the journal tells whom to read again."""

    def __init__(self, store: VersionedStore) -> None:
        """Take the store; nothing is read before somebody is looked for."""
        self._store = store
        self._lock = threading.Lock()
        self._people, self._version = People(), 0

    def at(self, version: int, data: ox.Store) -> PeopleAt:
        """Look at a version, of which `data` is the content."""
        return PeopleAt(self, version, data)

    def alike(self, name: str, version: int, data: ox.Store) -> list[tuple[Term, str]]:
        """List those with a name of the same consonants at a version; see `Known`.

        The first time everybody is read; afterwards, what it costs grows with what the versions since then changed.
        """
        with self._lock:
            if version != self._version:
                self._move(version, View(data))
            return self._people.alike(name)

    def _move(self, version: int, view: View) -> None:
        if not 0 < self._version < version:
            self._people = People.of(view)
        else:
            changes = map(self._store.changes, range(self._version + 1, version + 1))
            touched = (quad for delta in changes for side in delta for quad in side)
            self._people.read_again({quad.subject for quad in touched if quad.predicate in _RELEVANT}, view)
        self._version = version


@dataclass(frozen=True)
class PeopleAt:
    """Be the people of one version, whose index is made once it is needed: most additions name nobody new."""

    people: PeopleOf
    version: int
    data: ox.Store

    def alike(self, name: str) -> list[tuple[Term, str]]:
        """List those with a name of the same consonants; see `Known`."""
        return self.people.alike(name, self.version, self.data)


def is_named_person(node: Term, view: View) -> bool:
    """Tell whether a node is a person, and not a source that an article leaves without a name."""
    return view.is_instance(node, SAY["Person"]) and not view.is_instance(node, SAY["UnnamedSource"])


def names_of(node: Term, view: View) -> list[str]:
    """List the names of a node."""
    found = (name for predicate in NAMES for name in view.objects(node, predicate))
    return [name.value for name in found if isinstance(name, ox.Literal)]


def _key(name: str) -> str:
    return names.skeleton(name)
