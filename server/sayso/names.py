"""Names across spellings and scripts: Arabic, Persian and Latin, with or without article, vowels and accents."""

from __future__ import annotations

import re
import unicodedata
from itertools import combinations

from rapidfuzz import fuzz

CERTAIN = 100.0
LIKELY = 72.0
SKELETON = 85.0  # two names with the same consonants are alike, and may still be two names
LONGEST = 5  # words of a name; what is longer is a description
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
    return " ".join(sorted(filter(None, map(_consonants, fold(name).split()))))


def similarity(one: str, other: str) -> float:
    """Say from 0 to 100 how alike two names are; 100 only where they are the same once folded.

    Words are compared whatever their order, and all of them count: a surname is not the same name as the full name, and
    reaches four fifths at most.
    """
    first, second = fold(one), fold(other)
    if not first or not second:
        return 0.0
    if first == second:
        return CERTAIN
    score = _alike(first, second)
    shorter, longer = sorted((first.split(), second.split()), key=len)
    if len(shorter) == len(longer) or len(longer) > LONGEST:
        return score
    parts = (" ".join(part) for part in combinations(longer, len(shorter)))
    return max(score, PART * max(_alike(" ".join(shorter), part) for part in parts))


def _alike(first: str, second: str) -> float:
    score = min(fuzz.token_sort_ratio(first, second), CERTAIN - 1)
    shared = skeleton(first)
    return max(score, SKELETON) if shared and shared == skeleton(second) else score


def _consonants(word: str) -> str:
    for digraph, letter in _DIGRAPHS:
        word = word.replace(digraph, letter)
    kept = [letter for letter in word.translate(_CLASSES) if letter in _KEPT]
    return "".join(letter for position, letter in enumerate(kept) if position == 0 or kept[position - 1] != letter)
