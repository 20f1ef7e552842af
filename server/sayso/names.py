"""Names across spellings and scripts: Arabic, Persian and Latin, with or without article, vowels and accents."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CERTAIN = 100.0
LIKELY = 72.0
SKELETON = 85.0  # two names with the same consonants are alike, and may still be two names
LONGEST = 5  # words of a name; what is longer is a description
SAME_WORD = 75.0  # from here on two words may be spellings of one
PART = 0.8  # what a name counts that is alike to a part of a longer one only

# Letters that Arabic and Persian keyboards write differently, and hamza forms, written one way.
_ONE_WAY = str.maketrans(
    {"ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ي"}
)
_ARTICLE = re.compile(r"\b(?:al|el|ul|as|ad|an|ar|at|ash|az)[-\u2010\u2011 ](?=\w)|\bال(?=\w{3})")
_MARKS = re.compile(r"['\u2018\u2019\u02bc\u02bb`\u200c\u200d\u0640]")
_SEPARATORS = re.compile(r"[^\w]+|_")

# Consonants by their sound as they are romanized: one letter a class; what is not here carries no weight.
_DIGRAPHS = (("sh", "x"), ("kh", "k"), ("gh", "k"), ("dh", "z"), ("th", "t"), ("ch", "x"), ("zh", "z"))
_CLASSES = str.maketrans(
    {
        **dict.fromkeys("qkcgقكخغگ", "k"),
        **dict.fromkeys("zذظضزژ", "z"),
        **dict.fromkeys("sصسث", "s"),
        **dict.fromkeys("tطت", "t"),
        **dict.fromkeys("xشچ", "x"),
        **dict.fromkeys("dد", "d"),
        **dict.fromkeys("jج", "j"),
        **dict.fromkeys("bب", "b"),
        **dict.fromkeys("pپ", "p"),
        **dict.fromkeys("fف", "f"),
        **dict.fromkeys("mم", "m"),
        **dict.fromkeys("nن", "n"),
        **dict.fromkeys("lل", "l"),
        **dict.fromkeys("rر", "r"),
    }
)
_KEPT = frozenset("kzstxdjbpfmnlr")


def fold(name: str) -> str:
    """Write a name so that its spellings agree: one form of each letter, no accents, no articles, single spaces."""
    text = _MARKS.sub("", unicodedata.normalize("NFKC", name).casefold().translate(_ONE_WAY))
    text = _ARTICLE.sub("", text)
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(_SEPARATORS.sub(" ", plain.translate(_ONE_WAY)).split())


def skeleton(name: str) -> str:
    """Reduce a name to the consonants of its words, in alphabetical order: what is left the same across scripts."""
    return _skeleton(fold(name).split())


def similarity(one: str, other: str) -> float:
    """Say from 0 to 100 how alike two names are; 100 only where they are the same once folded.

    Words are compared whatever their order, and all of them count: a surname is not the same name as the full name, and
    reaches four fifths at most.
    """
    return _similarity(fold(one), fold(other))


@dataclass(frozen=True)
class Alike:
    """Be somebody whose name is like the one that was looked for: the spelling that fits best, and how well."""

    owner: str
    spelling: str
    score: float


class Spellings:
    """Know who is called what, folded once, so that a name is compared with those alone that may be like it."""

    def __init__(self, known: Mapping[str, Iterable[str]]) -> None:
        """Take the spellings of each owner."""
        self._spelt: dict[str, dict[str, str]] = {}  # folded name → owner → a spelling
        for owner, spellings in known.items():
            for spelling in sorted(spellings):
                self._spelt.setdefault(fold(spelling), {}).setdefault(owner, spelling)
        self._spelt.pop("", None)
        self._in_order = {folded: " ".join(sorted(folded.split())) for folded in self._spelt}
        self._by_word = _grouped((word, folded) for folded in self._spelt for word in folded.split())
        self._by_sound = _grouped((_consonants(word), word) for word in self._by_word)

    def same(self, name: str) -> frozenset[str]:
        """Tell whose name it is, once folded; more than one are namesakes."""
        return frozenset(self._spelt.get(fold(name), ()))

    def like(self, name: str, least: float = LIKELY) -> list[Alike]:
        """Find whose names are at least so alike to one, the best first, each owner once."""
        wanted = fold(name)
        best: dict[str, Alike] = {}
        for folded in self._near(wanted, least):
            score = _similarity(wanted, folded)
            for owner, spelling in self._spelt[folded].items() if score >= least else ():
                if owner not in best or score > best[owner].score:
                    best[owner] = Alike(owner, spelling, score)
        return sorted(best.values(), key=lambda each: (-each.score, each.owner))

    def _near(self, wanted: str, least: float) -> set[str]:
        """Give the names that are alike as a whole or have a word in common, by its letters or by its sound."""
        in_order = " ".join(sorted(wanted.split()))
        whole = process.extract(in_order, self._in_order, scorer=fuzz.ratio, score_cutoff=least, limit=None)
        near = {folded for _, _, folded in whole}
        for word in wanted.split():
            alike = process.extract(word, self._by_word.keys(), scorer=fuzz.ratio, score_cutoff=SAME_WORD, limit=None)
            sounding = self._by_sound.get(_consonants(word), ()) if _consonants(word) else ()
            for found in {*(each for each, _, _ in alike), *sounding}:
                near |= self._by_word[found]
        return near


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for key, member in pairs:
        groups.setdefault(key, set()).add(member)
    return groups


def _similarity(first: str, second: str) -> float:
    if not first or not second:
        return 0.0
    if first == second:
        return CERTAIN
    one, other = sorted(first.split()), sorted(second.split())
    score = _alike(" ".join(one), " ".join(other), sounding=_skeleton(one) == _skeleton(other) != "")
    shorter, longer = (one, other) if len(one) < len(other) else (other, one)
    if len(shorter) == len(longer) or len(longer) > LONGEST or score >= PART * CERTAIN:
        return score
    return max(score, PART * _part(shorter, longer))


def _part(shorter: list[str], longer: list[str]) -> float:
    """Compare a name with the part of a longer one that is most alike to it."""
    parts = _parts(tuple(longer), len(shorter))
    part, *_ = process.extractOne(" ".join(shorter), parts, scorer=fuzz.ratio)
    sounds = Counter(map(_consonants, shorter))
    return _alike(" ".join(shorter), part, sounding=any(sounds) and sounds <= Counter(map(_consonants, longer)))


@lru_cache(maxsize=1 << 14)  # of names that are known, the parts are asked for again and again
def _parts(words: tuple[str, ...], size: int) -> tuple[str, ...]:
    return tuple(" ".join(part) for part in combinations(words, size))


def _alike(first: str, second: str, *, sounding: bool) -> float:
    """Compare names with their words in alphabetical order; `sounding` says whether their consonants are the same."""
    score = min(fuzz.ratio(first, second), CERTAIN - 1)
    return max(score, SKELETON) if sounding else score


def _skeleton(words: Iterable[str]) -> str:
    return " ".join(sorted(filter(None, map(_consonants, words))))


@lru_cache(maxsize=1 << 14)  # the words of names come again and again
def _consonants(word: str) -> str:
    for digraph, letter in _DIGRAPHS:
        word = word.replace(digraph, letter)
    kept = [letter for letter in word.translate(_CLASSES) if letter in _KEPT]
    return "".join(letter for position, letter in enumerate(kept) if position == 0 or kept[position - 1] != letter)
