"""Search: which things a name may stand for, in any spelling or script, and suggestions as somebody types."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import render_template

from sayso import names
from sayso.names import Spellings
from sayso.namespaces import SAY
from sayso.pages import places
from sayso.pages.places import Link, Name
from sayso.pages.things import TALKED_ABOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sayso.pages.reading import Reading, Row

LONGEST = 256  # characters of a name; what is compared is remembered, so it must be short
SUGGESTED = 8
LISTED = 40
BEGUN = 90.0  # a name of which all the words typed are beginnings
KINDS = (
    "Person", "Organization", "ArmedGroup", "Outlet", "Country", "Collective", "UnnamedSource", "Post", "Place",
    *sorted(TALKED_ABOUT),
)  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """Be a thing that fits: its link, the kind of thing, the spelling that fits best, and how well, from 0 to 100."""

    link: Link
    kind: str
    spelling: Name
    score: float

    @property
    def is_talked_about(self) -> bool:
        """Tell whether it is an event or an objective, whose label is what somebody says and no name."""
        return self.kind in TALKED_ABOUT


@dataclass(frozen=True)
class _Spelling:
    iri: str
    kind: str
    name: Name
    folded: str


@dataclass(frozen=True)
class _Index:
    spellings: Mapping[tuple[str, str], _Spelling]  # thing and name → the spelling
    known: Spellings


class Names:
    """Keep the names of one version at a time, ready to be searched."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._kept: tuple[int, _Index] | None = None

    def find(self, reading: Reading, text: str, most: int, *, talked_about: bool) -> list[Hit]:
        """Find the things that a text may name, the best first; `talked_about` includes events and objectives."""
        index = self._index(reading)
        scored: dict[str, Hit] = {}
        for spelling, score in _fitting(index, text):
            skipped = not talked_about and spelling.kind in TALKED_ABOUT
            if skipped or (spelling.iri in scored and scored[spelling.iri].score >= score):
                continue
            link = Link(spelling.iri, spelling.name, places.path(spelling.iri))
            scored[spelling.iri] = Hit(link, spelling.kind, spelling.name, score)
        return sorted(scored.values(), key=lambda hit: (-hit.score, hit.link.iri))[:most]

    def _index(self, reading: Reading) -> _Index:
        with self._lock:
            if self._kept is None or self._kept[0] != reading.version:
                self._kept = reading.version, _read(reading)
            return self._kept[1]


def show(reading: Reading, known: Names, text: str) -> str:
    """Show what a name may stand for, with the names that each thing goes by."""
    hits = known.find(reading, text, LISTED, talked_about=True) if text.strip() else []
    links = places.named(reading, [hit.link.iri for hit in hits])
    kinds = places.named(reading, [SAY[hit.kind].value for hit in hits])
    return render_template("search.html", reading=reading, text=text, hits=hits, links=links, kinds=kinds, say=SAY)


def suggestions(reading: Reading, known: Names, text: str) -> list[dict[str, Any]]:
    """Suggest named things, for the search box; never events or objectives, whose labels are what somebody says."""
    hits = known.find(reading, text, SUGGESTED, talked_about=False)
    kinds = places.named(reading, [SAY[hit.kind].value for hit in hits])
    return [
        {
            "label": hit.spelling.text,
            "language": hit.spelling.language,
            "kind": kinds[SAY[hit.kind].value].name.text,
            "href": hit.link.path,
        }
        for hit in hits
    ]


def _read(reading: Reading) -> _Index:
    rows = reading.ask("names", kind=[SAY[kind].value for kind in KINDS])
    spellings: dict[tuple[str, str], _Spelling] = {}
    known: dict[str, list[str]] = {}
    for spelling in map(_spelling, sorted(rows, key=_kind_order)):
        spellings.setdefault((spelling.iri, spelling.name.text), spelling)
        known.setdefault(spelling.iri, []).append(spelling.name.text)
    return _Index(spellings, Spellings(known))


def _kind_order(row: Row) -> tuple[int, str, str]:
    kind = row["kind"].value.removeprefix(SAY)
    return KINDS.index(kind), row["thing"].value, row["name"].value


def _spelling(row: Row) -> _Spelling:
    name = Name(row["name"].value, row["name"].language)
    return _Spelling(row["thing"].value, row["kind"].value.removeprefix(SAY), name, names.fold(name.text))


def _fitting(index: _Index, text: str) -> Iterator[tuple[_Spelling, float]]:
    """Find the spellings that are like a text, or of which it may be the beginning, and how well each fits."""
    wanted = names.fold(text)
    for spelling in index.spellings.values():
        if _is_begun(wanted, spelling.folded):
            yield spelling, max(BEGUN, names.similarity(text, spelling.name.text))
    for found in index.known.like(text):
        yield index.spellings[found.owner, found.spelling], found.score


def _is_begun(wanted: str, folded: str) -> bool:
    """Tell whether every word typed begins a word of the name."""
    words = folded.split()
    return bool(wanted) and all(any(word.startswith(begun) for word in words) for begun in wanted.split())
