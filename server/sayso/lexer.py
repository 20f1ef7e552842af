"""The bare words of a SPARQL text: what is left once strings, IRIs, comments, names and variables are skipped.

Enough to see which keywords a text uses without parsing it; SPARQL 1.1 Query, section 19.8, has the tokens.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<skipped>
        \"{3} (?: \\. | [^\\] )*? \"{3} | '{3} (?: \\. | [^\\] )*? '{3}   # long strings
      | " (?: \\. | [^"\\\n\r] )* "     | ' (?: \\. | [^'\\\n\r] )* '     # strings
      | < [^<>"{}|^`\\\s]* >                                              # IRIs
      | \# [^\n\r]*                                                       # comments
      | [?$] \w+                                                          # variables
      | @ [A-Za-z]+ (?: - [A-Za-z0-9]+ )*                                 # language tags
      | [0-9]+ (?: \. [0-9]* )? (?: [eE] [+-]? [0-9]+ )?                   # numbers
      | (?: [^\W\d] [\w\-.]* )? : (?: \\. | [\w\-.%:] )*                  # prefixed names and blank nodes
    )
    | (?P<word> \w+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def mentions(text: str, keyword: str) -> bool:
    """Tell whether a keyword, given in upper case, is in a bare word of a SPARQL text.

    In it, not only equal to it: Oxigraph does not ask for a blank between two keywords.
    """
    words = (found["word"] for found in _TOKEN.finditer(text))
    return any(keyword in word.upper() for word in words if word is not None)
