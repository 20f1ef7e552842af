"""Items of Wikidata, read from entity JSON as its API gives it, and the folder where that JSON is kept.

A file of the folder is called after the item that was asked for, `Q42.json`. A merged item is in it under the
identifier that it has now; a deleted one has the member `missing`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sayso.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HUMAN = "Q5"
DISAMBIGUATION = frozenset({"Q4167410", "Q22808320"})  # pages that list namesakes; the second kind lists people
LANGUAGES = ("en", "ar", "fa")
_YEAR, _MONTH = 9, 10  # precisions of dates on Wikidata; beyond the month is the day
_TIME = re.compile(r"\+(\d{4})-(\d\d)-(\d\d)T")


@dataclass(frozen=True)
class Office:
    """Be a position held: its item, and its first and last date, empty where not known."""

    item: str
    start: str
    end: str


@dataclass(frozen=True)
class Item:
    """Be an item as far as it is compared: `asked` is the identifier it was asked for by, another one once merged.

    Dates are `2020-05-07`, `2020-05` or `2020`, empty where not known; `kinds` are what it is an instance of.
    """

    id: str
    asked: str
    labels: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    description: str = ""
    kinds: frozenset[str] = frozenset()
    born: str = ""
    died: str = ""
    offices: tuple[Office, ...] = ()
    deleted: bool = False

    @property
    def label(self) -> str:
        """Give the label in the first of the languages that has one, else the identifier."""
        return self.labels[0][1] if self.labels else self.id

    @property
    def names(self) -> tuple[str, ...]:
        """Give labels and aliases."""
        return (*(text for _, text in self.labels), *self.aliases)

    @property
    def human(self) -> bool:
        """Tell whether it is a human being."""
        return HUMAN in self.kinds

    @property
    def disambiguation(self) -> bool:
        """Tell whether it is a page that lists namesakes, and nobody."""
        return not self.kinds.isdisjoint(DISAMBIGUATION)


@dataclass(frozen=True)
class Cache:
    """Be a folder of entity JSON."""

    folder: Path

    def item(self, qid: str) -> Item | None:
        """Read an item, None where the folder does not have it; raises DocumentError where it is not understood."""
        path = self.folder / f"{qid}.json"
        if not path.is_file():
            return None
        try:
            return read(json.loads(path.read_bytes()), qid)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DocumentError(path, 1, None, f"this is no entity JSON of {qid}: {error!r}") from error

    def items(self) -> Iterator[Item]:
        """Read all items, in the order of their files."""
        for path in sorted(self.folder.glob("Q*.json")):
            found = self.item(path.stem)
            if found is not None:
                yield found

    def keep(self, qid: str, document: Mapping[str, Any]) -> None:
        """Keep the JSON of an item, in one step, so that no reader sees a half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{qid}.json"
        replacement = path.with_suffix(f".{os.getpid()}.new")
        replacement.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        replacement.replace(path)


def read(document: Any, asked: str) -> Item:
    """Read the one entity of a document; raises ValueError, KeyError or TypeError where there is none."""
    (entity,) = document["entities"].values()
    if "missing" in entity:
        return Item(asked, asked, deleted=True)
    claims = entity.get("claims", {})
    labels, aliases = entity.get("labels", {}), entity.get("aliases", {})
    return Item(
        entity["id"],
        asked,
        tuple((language, labels[language]["value"]) for language in LANGUAGES if language in labels),
        tuple(alias["value"] for language in LANGUAGES for alias in aliases.get(language, ())),
        entity.get("descriptions", {}).get("en", {}).get("value", ""),
        frozenset(snak["id"] for snak in _values(claims, "P31")),
        next((_date(value) for value in _values(claims, "P569")), ""),
        next((_date(value) for value in _values(claims, "P570")), ""),
        tuple(_office(each) for each in _best(claims, "P39") if _value(each["mainsnak"]) is not None),
    )


def _office(statement: Mapping[str, Any]) -> Office:
    qualifiers = statement.get("qualifiers", {})
    start, end = (
        next((_date(value) for value in map(_value, qualifiers.get(name, ())) if value is not None), "")
        for name in ("P580", "P582")
    )
    return Office(_value(statement["mainsnak"])["id"], start, end)


def _values(claims: Mapping[str, Any], name: str) -> list[Any]:
    """Give the values of the statements of the highest rank."""
    best = _best(claims, name)
    preferred = [each for each in best if each.get("rank") == "preferred"]
    return [value for value in (_value(each["mainsnak"]) for each in preferred or best) if value is not None]


def _best(claims: Mapping[str, Any], name: str) -> list[Any]:
    return [each for each in claims.get(name, ()) if each.get("rank") != "deprecated"]


def _value(snak: Mapping[str, Any]) -> Any:
    return snak["datavalue"]["value"] if snak["snaktype"] == "value" else None


def _date(value: Mapping[str, Any]) -> str:
    found = _TIME.match(value["time"])
    if found is None or value["precision"] < _YEAR:
        return ""
    return "-".join(found.groups()[: {_YEAR: 1, _MONTH: 2}.get(value["precision"], 3)])
