"""The bare words of a SPARQL text: what is left once strings, IRIs, comments, names and variables are skipped.

Enough to see which keywords a text uses without parsing it; SPARQL 1.1 Query, section 19.8, has the tokens. What begins
with < is an IRI or a comparison, and only a parser knows which. It matters where what follows would be read otherwise:
from such a place on, a text is in doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

KEYWORDS = ("SERVICE", "LOAD", "FROM", "NOW", "RAND", "UUID", "BNODE")  # those that anybody asks for

# No alternative looks far ahead and then takes little, so the time grows with the length of the text alone.
_TOKEN = re.compile(
    r"""
    (?P<blank> [\s{}()\[\].;,=!&|*/+>^\\-]++ )
    | (?P<skipped>
        \"{3} (?: \\. | [^\\] )*? \"{3} | '{3} (?: \\. | [^\\] )*? '{3}   # long strings
      | " (?: \\. | [^"\\\n\r] )*+ "    | ' (?: \\. | [^'\\\n\r] )*+ '    # strings
      | <[A-Za-z][A-Za-z0-9+.\-]*+://[^<>"{}|^`\\\x00-\x20]*+>           # IRIs that are nothing else
      | < [^<>"{}|^`\\\x00-\x20'\#)]*+ >                                 # IRIs, or comparisons that hide nothing
      | \# [^\n\r]*+                                                      # comments
      | [?$] \w++                                                         # variables
      | @ [A-Za-z]++ (?: - [A-Za-z0-9]++ )*+                              # language tags
      | [0-9]++ (?: \. [0-9]*+ )?+ (?: [eE] [+-]? [0-9]++ )?+             # numbers
    )
    | (?P<open> < )                                                       # any other: who knows what comes after
    | (?P<broken> ["'] .* )                                               # a string without an end, and the rest
    | (?P<word> [^\W\d] [\w\-.]*+ | \w++ )?+
      (?: (?P<local> : (?: (?: \\. | [\w%:] ) (?: \\. | [\w\-.%:] )*+ )?+ ) (?P<group> (?= \s*+ [{\#] ) )?+ )?+
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Scan:
    """Hold which keywords a text mentions, and the place where doubt begins; little, because it is remembered."""

    keywords: frozenset[str]
    certain: int


def mentions(text: str, keyword: str) -> bool:
    """Tell whether one of the KEYWORDS is in a bare word of a SPARQL text.

    In it, not only equal to it: Oxigraph does not ask for a blank between two keywords.
    """
    return keyword in text.upper() and keyword in _scan(text).keywords


def may_mention(text: str, keyword: str) -> bool:
    """Tell whether a keyword is in a bare word, or anywhere where the text is in doubt."""
    if keyword not in text.upper():  # as it is for most, and a text may be long
        return False
    return mentions(text, keyword) or keyword in text[_scan(text).certain :].upper()


def services(text: str) -> set[str] | None:
    """List the IRIs that follow SERVICE or SERVICE SILENT; None where one is followed by anything else."""
    if "SERVICE" in text[_scan(text).certain :].upper():
        return None
    tokens = [(found[0], _word(found)) for found in _TOKEN.finditer(text) if _counts(found)]
    found = set()
    for place, (_, word) in enumerate(tokens):
        if word is None or "SERVICE" not in word:
            continue
        rest = [token for token, _ in tokens[place + 1 : place + 3]]
        if word == "SERVICE" and rest and rest[0].upper() == "SILENT":
            rest = rest[1:]
        if word != "SERVICE" or not rest or not rest[0].startswith("<") or "\\" in rest[0]:
            return None
        found.add(rest[0][1:-1])
    return found


@lru_cache(maxsize=16)  # a query is asked for several keywords, one after the other
def _scan(text: str) -> Scan:
    keywords, certain = set[str](), len(text)
    for found in _TOKEN.finditer(text):
        if found.lastgroup in ("open", "broken"):
            certain = min(certain, found.start())
        elif (word := _word(found)) is not None:
            keywords.update(keyword for keyword in KEYWORDS if keyword in word)
    return Scan(frozenset(keywords), certain)


def _word(found: re.Match[str]) -> str | None:
    """Give a bare word in upper case.

    The prefix of a name before { may be a keyword: Oxigraph reads SERVICE:x {} as a service with the name :x.
    """
    word: str | None = found["word"]
    return word.upper() if word is not None and (found["local"] is None or found["group"] is not None) else None


def _counts(found: re.Match[str]) -> bool:
    return found.lastgroup not in (None, "blank") and not found[0].startswith("#")
