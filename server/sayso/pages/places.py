"""Where things are shown: the path of the page for an IRI, and what the IRI is called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import escape

from sayso.mapping import passages
from sayso.namespaces import GRAPH, ID, SAY, VOCABULARY, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sayso.pages.reading import Reading

ENGLISH = "en"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ku", "ps", "ckb"})


@dataclass(frozen=True)
class Name:
    """Be a name, with its language where it is known; a template writes it as `bdi`, with language and direction."""

    text: str
    language: str | None = None

    @property
    def direction(self) -> str:
        """Tell which way it runs: rtl, ltr, or auto where no language says so."""
        if self.language is None:
            return "auto"
        return "rtl" if self.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"

    def __html__(self) -> str:
        language = f' lang="{escape(self.language)}"' if self.language else ""
        return f'<bdi{language} dir="{self.direction}">{escape(self.text)}</bdi>'


@dataclass(frozen=True)
class Link:
    """Be something to point to: its IRI, its name, and where it is shown; `path` is None where it is not shown here.

    A template writes it as a link around its name.
    """

    iri: str
    name: Name
    path: str | None

    @cached_property
    def _html(self) -> str:
        name = self.name.__html__()
        return name if self.path is None else f'<a href="{escape(self.path)}">{name}</a>'

    def __html__(self) -> str:
        return self._html


def path(iri: str) -> str | None:
    """Give the path of the page that shows what an IRI names; None where no page of ours does."""
    passage = passages.read(iri)
    if passage is not None and iri.startswith(ID):
        return f"{article_path(passage.article)}#{passage.name}"
    if iri.startswith(ID):
        return page_path(iri)
    if iri.startswith(VOCABULARY):
        return f"/vocab/{quote(iri.removeprefix(VOCABULARY))}"
    if iri.startswith(SAY):
        return f"/ns#{quote(iri.removeprefix(SAY))}"
    if iri.startswith(GRAPH):
        return f"/graphs?graph={quote(iri, safe='')}"
    return None


def page_path(iri: str) -> str:
    """Give the path of the page of a thing of ours; a hop is shown with its statement."""
    return f"/page/{quote(iri.removeprefix(ID).partition('/via')[0])}"


def article_path(iri: str) -> str:
    """Give the path of the page of an article."""
    return f"/article/{quote(iri.removeprefix(ID))}"


def best(names: Sequence[Name]) -> Name:
    """Choose the name to show where there is room for one: an English one, else one without a language, else any."""
    order = {ENGLISH: 0, None: 1}
    return min(names, key=lambda name: (order.get(name.language, 2), name.language or "", name.text))


def named(reading: Reading, iris: Iterable[str]) -> dict[str, Link]:
    """Look up the labels of IRIs and give a link for each; what has no label is called by its short IRI."""
    wanted = list(dict.fromkeys(iris))
    found: dict[str, list[Name]] = {}
    for row in reading.ask("labels", thing=wanted):
        found.setdefault(row["thing"].value, []).append(Name(row["label"].value, row["label"].language))
    prefixes = reading.site.prefixes
    return {iri: Link(iri, best(found[iri]) if iri in found else short(iri, prefixes), path(iri)) for iri in wanted}


def short(iri: str, prefixes: Mapping[str, str]) -> Name:
    """Call an IRI by its local name among ours, else by its prefixed name."""
    if iri.startswith(ID):
        return Name(iri.removeprefix(ID))
    return Name(shorten(iri, dict(prefixes)))
