"""What a document is refused for before Oxigraph parses it: what would end the process, or keep it for minutes.

Oxigraph 0.5.13 fetches nothing: no XML entity, no JSON-LD context. But its parsers recurse, so that nesting past the
stack ends the process; an element of RDF/XML takes the longer the deeper it stands; and entities are resolved within
each other without a limit.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING
from xml.parsers import expat

import pyoxigraph as ox

from sayso.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DEPTH = 100  # far more than anybody writes; 1,000 still parses on the smaller stack of a thread
EXPANSION = 64 << 20  # what the entities of an XML document may grow to: as much as the body of a request may have

_REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\w+);)")
_JSON = re.compile(rb'"(?:[^"\\]|\\.)*+"|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)
_TURTLE = re.compile(
    rb'"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+\'\'\'|"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\\\n]|\\.)*+\''
    rb'|<[^<>"{}|^`\\\s]*+>|#[^\n]*+|(?P<open><<)|(?P<close>>>)',
    re.DOTALL,
)


def check(content: bytes, rdf_format: ox.RdfFormat, name: Path | str) -> None:
    """Refuse a document that would do harm; raises DocumentError with its name and line."""
    if rdf_format == ox.RdfFormat.RDF_XML:
        _refuse_expansion(content, name)
        _expect_well_formed(content, name)
    elif rdf_format == ox.RdfFormat.JSON_LD:
        _refuse_depth(content, _JSON.finditer(content), name)
    elif b"<<" in content:
        _refuse_depth(content, _TURTLE.finditer(content), name)


def _refuse_depth(content: bytes, tokens: Iterable[re.Match[bytes]], name: Path | str) -> None:
    depth = 0
    for token in tokens:
        depth += (token["open"] is not None) - (token["close"] is not None)
        if depth > DEPTH:
            raise _too_deep(name, content.count(b"\n", 0, token.start()) + 1)


def _refuse_expansion(content: bytes, name: Path | str) -> None:
    """Refuse XML whose entities could grow to more than `EXPANSION` bytes (a "billion laughs").

    Ontology editors declare short names of namespaces as entities, so entities as such are taken. The text between
    `<!ENTITY` and the next `<` is what Oxigraph reads as a declaration; the longest for every `&` is more than they can
    ever grow to.
    """
    declared = [each.partition(b"<")[0] for each in content.split(b"<!ENTITY")[1:]]
    nested = next((each for each in declared if _REFERENCE.search(each)), None)
    if nested is not None:
        line = content.count(b"\n", 0, content.index(nested)) + 1
        raise DocumentError(name, line, None, "an XML entity refers to another, which is not taken here")
    if max(map(len, declared), default=0) * content.count(b"&") > EXPANSION:
        raise DocumentError(name, 1, None, f"the XML entities may grow to more than {EXPANSION} bytes")


def _expect_well_formed(content: bytes, name: Path | str) -> None:
    """Refuse XML that is not well-formed, with its place, and XML that is nested too deeply.

    Oxigraph takes a document that ends before its elements do, even an empty one, and does not say where an error is.
    Expat fetches nothing here.
    """
    parser = expat.ParserCreate()
    open_elements: list[str] = []

    def begin(element: str, _: object) -> None:
        open_elements.append(element)
        if len(open_elements) > DEPTH:
            raise _too_deep(name, parser.CurrentLineNumber)

    parser.StartElementHandler = begin
    parser.EndElementHandler = partial(_end, open_elements)
    try:
        parser.Parse(content, True)  # noqa: FBT003  # the positional flag says that this is all
    except expat.ExpatError as error:
        problem = f"not well-formed XML: {expat.ErrorString(error.code)}"
        raise DocumentError(name, error.lineno, error.offset + 1, problem) from error


def _end(open_elements: list[str], _: str) -> None:
    open_elements.pop()


def _too_deep(name: Path | str, line: int) -> DocumentError:
    return DocumentError(name, line, None, f"nested more than {DEPTH} deep, which is not taken here")
