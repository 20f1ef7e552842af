"""Statements as pages show them: what is said, how firmly, through whom, where, and who answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from markupsafe import escape

from sayso.mapping import passages
from sayso.namespaces import ID, SAY
from sayso.pages import days, places
from sayso.pages.places import Link, Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sayso.mapping.passages import Passage
    from sayso.pages.reading import Reading, Row

# How another statement is related to one, with the words for it; contradicting and rivalling go both ways.
RELATIONS = {
    SAY["contradicts"].value: "Contradicts",
    SAY["rivals"].value: "Rivals",
    SAY["repeats"].value: "Repeated by",
    "repeats": "Repeats",
}
SAME_WORDS = frozenset({SAY["respondsTo"].value, SAY["repeats"].value, "repeats"})


@dataclass(frozen=True)
class Hop:
    """Be one hop of a chain: who speaks, whether without a name, in which manner, and when."""

    source: Link
    unnamed: bool
    act: Name | None
    on: str | None


@dataclass(frozen=True)
class Source:
    """Be an article as the last link of a chain: its outlet, and its date in words; a template writes all three."""

    iri: str
    outlet: Link
    issued: str
    first: str

    @property
    def name(self) -> str:
        """Give the identifier of the article."""
        return self.iri.removeprefix(ID)

    @property
    def path(self) -> str:
        """Give the path of its page."""
        return places.article_path(self.iri)

    @cached_property
    def _html(self) -> str:
        link = f'<a href="{escape(self.path)}">{escape(self.name)}</a>'
        return f"{link} ({self.outlet.__html__()}, {escape(self.issued)})"

    def __html__(self) -> str:
        return self._html


@dataclass(frozen=True)
class Answered:
    """Be a response to a statement, or, where `same` is false, to the same words in another article."""

    iri: str
    stance: Name
    by: Link
    direct: bool

    @property
    def path(self) -> str:
        """Give the path of the page of the response."""
        return places.page_path(self.iri)


@dataclass(frozen=True)
class Related:
    """Be a statement that contradicts, rivals or repeats another, or is repeated by it."""

    relation: str
    iri: str

    @property
    def words(self) -> str:
        """Say the relation in words."""
        return RELATIONS[self.relation]


@dataclass(frozen=True)
class Statement:
    """Be a statement; `chain` begins with whoever speaks last, and is empty where the article has its own voice."""

    iri: str
    kinds: frozenset[str]
    gist: Name
    hedge: Link
    cue: str | None
    origin: Link
    article: Source
    passages: tuple[Passage, ...]
    chain: tuple[Hop, ...]
    responses: tuple[Answered, ...]
    related: tuple[Related, ...]

    @cached_property
    def path(self) -> str:
        """Give the path of its page."""
        return places.page_path(self.iri)

    @cached_property
    def place(self) -> str:
        """Give the path of its first passage, in its article."""
        return f"{self.article.path}#{self.passages[0].name}" if self.passages else self.article.path

    @property
    def anchor(self) -> str:
        """Give its name inside its article, such as s16a."""
        return self.iri.rpartition("/")[2]

    @cached_property
    def paragraphs(self) -> str:
        """List the paragraphs that it rests on."""
        return ", ".join(f"¶{number}" for number in sorted({each.paragraph for each in self.passages}))

    @property
    def is_allegation(self) -> bool:
        """Tell whether it lays something blameworthy or covert at somebody's door."""
        return "Allegation" in self.kinds

    @property
    def is_response(self) -> bool:
        """Tell whether it takes a stance on another statement or an event."""
        return "Response" in self.kinds

    @cached_property
    def title(self) -> str:
        """Name it by its place, and never by what it says."""
        kind = "A claim" if self.kinds & {"Claim", "Allegation"} else "A response"
        return f"{kind} in {self.article.name}" + (f", {self.paragraphs}" if self.passages else "")

    def relating(self, *words: str) -> list[Related]:
        """List those related to it in one of the ways given, in words."""
        return [each for each in self.related if each.words in words]


def load(reading: Reading, iris: Iterable[str]) -> dict[str, Statement]:
    """Load statements, in the order of their articles' dates and their places in them; what is none is left out."""
    wanted = list(dict.fromkeys(iris))
    rows = _by(reading.ask("statements", statement=wanted), "statement")
    chains = _by(reading.ask("chains", statement=wanted), "statement")
    related = _by(reading.ask("related", statement=wanted), "statement")
    answered = [iri for iri, group in related.items() if any(row["relation"].value in SAME_WORDS for row in group)]
    responses = _by(reading.ask("responses", to=answered), "to")
    articles = sources(reading, {row["article"].value for group in rows.values() for row in group})
    links = places.named(reading, _mentioned(rows, chains, responses))
    found = [
        _statement(iri, group, articles, links, (chains[iri], responses[iri], related[iri]))
        for iri, group in rows.items()
    ]
    return {each.iri: each for each in sorted(found, key=_order)}


def sources(reading: Reading, iris: Iterable[str] | tuple[str, ...]) -> dict[str, Source]:
    """Load articles as sources, in the order of their dates; ANY for all of them."""
    rows = reading.ask("articles", article=iris)
    outlets = places.named(reading, [row["outlet"].value for row in rows])
    found = {}
    for row in rows:
        issued = days.words(row["issued"].value)
        article = Source(row["article"].value, outlets[row["outlet"].value], issued, row["first"].value)
        found[article.iri] = article
    return found


def in_paragraphs(evidence: Iterable[str]) -> tuple[Passage, ...]:
    """Read the passages of a statement, in the order of the text."""
    found = {passage for iri in evidence if (passage := passages.read(iri)) is not None}
    return tuple(sorted(found, key=lambda each: (each.paragraph, each.start, each.end)))


def _by(rows: Iterable[Row], variable: str) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[variable].value].append(row)
    return found


def _mentioned(*groups: defaultdict[str, list[Row]]) -> set[str]:
    columns = ("hedge", "origin", "source", "act", "stance", "by")
    rows = (row for group in groups for each in group.values() for row in each)
    return {row[column].value for row in rows for column in columns if column in row}


def _statement(
    iri: str,
    rows: list[Row],
    articles: dict[str, Source],
    links: dict[str, Link],
    rest: tuple[list[Row], list[Row], list[Row]],
) -> Statement:
    first = rows[0]
    chain, responses, related = rest
    return Statement(
        iri=iri,
        kinds=frozenset(row["kind"].value.removeprefix(SAY) for row in rows),
        gist=Name(first["gist"].value, first["gist"].language),
        hedge=links[first["hedge"].value],
        cue=first["cue"].value if "cue" in first else None,
        origin=links[first["origin"].value],
        article=articles.get(first["article"].value) or _unknown(first["article"].value),
        passages=in_paragraphs(row["passage"].value for row in rows),
        chain=tuple(_hops(chain, links)),
        responses=tuple(_responses(iri, responses, links)),
        related=tuple(
            Related(row["relation"].value, row["other"].value)
            for row in sorted(related, key=lambda row: row["other"].value)
            if row["relation"].value in RELATIONS
        ),
    )


def _unknown(article: str) -> Source:
    """Stand for an article of which the graph gives no outlet or date."""
    return Source(article, Link(article, Name("an outlet that is not given"), None), "date not given", "")


def _hops(rows: Sequence[Row], links: dict[str, Link]) -> list[Hop]:
    """Put the hops in order, the innermost first, by following who cites whom."""
    by_hop = {row["hop"].value: row for row in rows}
    cited = {row["next"].value for row in rows if "next" in row}
    hop: str | None = next((each for each in by_hop if each not in cited), None)
    ordered: list[Row] = []
    while hop in by_hop:
        row = by_hop.pop(hop)
        ordered.append(row)
        hop = row["next"].value if "next" in row else None
    return [_hop(row, links) for row in reversed(ordered)]


def _hop(row: Row, links: dict[str, Link]) -> Hop:
    act = links[row["act"].value].name if "act" in row else None
    on = days.words(row["on"].value) if "on" in row else None
    return Hop(links[row["source"].value], row["unnamed"].value == "true", act, on)


def _responses(iri: str, rows: Iterable[Row], links: dict[str, Link]) -> list[Answered]:
    found: dict[str, Answered] = {}
    for row in rows:
        direct = row["same"].value == iri or (row["response"].value in found and found[row["response"].value].direct)
        stance, by = links[row["stance"].value].name, links[row["by"].value]
        found[row["response"].value] = Answered(row["response"].value, stance, by, direct)
    return sorted(found.values(), key=lambda each: (not each.direct, each.iri))


def _order(statement: Statement) -> tuple[str, str, tuple[int, int], str]:
    place = statement.passages[0] if statement.passages else None
    where = (place.paragraph, place.start) if place else (0, 0)
    return statement.article.first, statement.article.iri, where, statement.iri


def answers(reading: Reading, iri: str) -> list[Answered]:
    """List the responses to one thing, a statement or an event."""
    rows = reading.ask("responses", to=[iri])
    links = places.named(reading, {row[column].value for row in rows for column in ("stance", "by")})
    return _responses(iri, rows, links)
