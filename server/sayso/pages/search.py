"""Search: which things a name may stand for, in any spelling or script, and suggestions as somebody types."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import render_template
from rapidfuzz import fuzz, process

from sayso import names
from sayso.namespaces import SAY
from sayso.pages import places
from sayso.pages.places import Link, Name
from sayso.pages.things import TALKED_ABOUT

if TYPE_CHECKING:
    from sayso.pages.reading import Reading, Row

SUGGESTED = 8
LISTED = 40
CANDIDATES = 120  # spellings that are compared with care, of those that look alike at a glance
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
    spellings: tuple[_Spelling, ...]
    folded: tuple[str, ...]
    skeletons: tuple[str, ...]


class Names:
    """Keep the names of one version at a time, ready to be searched."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._kept: tuple[int, _Index] | None = None

    def find(self, reading: Reading, text: str, most: int, *, talked_about: bool) -> list[Hit]:
        """Find the things that a text may name, the best first; `talked_about` includes events and objectives."""
        index = self._index(reading)
        wanted = names.fold(text)
        scored: dict[str, Hit] = {}
        for spelling in _candidates(index, text, wanted):
            score = _score(text, wanted, spelling)
            skipped = not talked_about and spelling.kind in TALKED_ABOUT
            if skipped or score < names.LIKELY or (spelling.iri in scored and scored[spelling.iri].score >= score):
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
    spellings = tuple(_spelling(row) for row in sorted(rows, key=_kind_order))
    folded = tuple(each.folded for each in spellings)
    return _Index(spellings, folded, tuple(names.skeleton(each.name.text) for each in spellings))


def _kind_order(row: Row) -> tuple[int, str, str]:
    kind = row["kind"].value.removeprefix(SAY)
    return KINDS.index(kind), row["thing"].value, row["name"].value


def _spelling(row: Row) -> _Spelling:
    name = Name(row["name"].value, row["name"].language)
    return _Spelling(row["thing"].value, row["kind"].value.removeprefix(SAY), name, names.fold(name.text))


def _candidates(index: _Index, text: str, wanted: str) -> list[_Spelling]:
    alike = process.extract(wanted, index.folded, scorer=fuzz.WRatio, limit=CANDIDATES)
    sounding = process.extract(names.skeleton(text), index.skeletons, scorer=fuzz.token_set_ratio, limit=CANDIDATES)
    begun = [number for number, folded in enumerate(index.folded) if _is_begun(wanted, folded)]
    numbers = dict.fromkeys([*begun, *(number for _, _, number in (*alike, *sounding))])
    return [index.spellings[number] for number in numbers]


def _score(text: str, wanted: str, spelling: _Spelling) -> float:
    score = names.similarity(text, spelling.name.text)
    return max(score, BEGUN) if _is_begun(wanted, spelling.folded) else score


def _is_begun(wanted: str, folded: str) -> bool:
    """Tell whether every word typed begins a word of the name."""
    words = folded.split()
    return bool(wanted) and all(any(word.startswith(begun) for word in words) for begun in wanted.split())
