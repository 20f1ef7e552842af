"""The names of hops: a chain is written with blank nodes and gets IRIs, so that nothing that ships has a blank node.

The first hop of a statement is `<statement>/via`, the next `<statement>/via/2`, and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from sayso.documents import Located
from sayso.errors import DocumentError
from sayso.namespaces import SAY, TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LINKS = (SAY["accordingTo"], SAY["citing"])


def named(document: Iterable[Located], file: Path) -> Iterator[Located]:
    """Give the quads of a document with every hop named and typed as say:Attribution.

    Raises DocumentError where a blank node is no hop of a chain, at the line of its first triple.
    """
    located = list(document)
    names = _names(located)
    for item in located:
        subject, object_ = _name(item.quad.subject, names), _name(item.quad.object, names)
        if isinstance(subject, ox.BlankNode) or isinstance(object_, ox.BlankNode):
            raise DocumentError(
                file,
                item.line,
                None,
                "a node without a name: only the hops of say:accordingTo and say:citing may be written with [ … ]; "
                "give this node an IRI",
            )
        yield Located(ox.Quad(subject, item.quad.predicate, object_), item.line)
        if item.quad.predicate in _LINKS and isinstance(item.quad.object, ox.BlankNode):
            yield Located(ox.Quad(object_, TYPE, SAY["Attribution"]), item.line)


def _names(located: list[Located]) -> dict[ox.BlankNode, ox.NamedNode]:
    links = {
        item.quad.object: item.quad
        for item in located
        if item.quad.predicate in _LINKS and isinstance(item.quad.object, ox.BlankNode)
    }
    names: dict[ox.BlankNode, ox.NamedNode] = {}
    for node, link in links.items():
        above, depth = link.subject, 1
        while isinstance(above, ox.BlankNode) and above in links:
            above, depth = links[above].subject, depth + 1
        if isinstance(above, ox.NamedNode):
            names[node] = ox.NamedNode(f"{above.value}/via" + (f"/{depth}" if depth > 1 else ""))
    return names


def _name(node: Any, names: dict[ox.BlankNode, ox.NamedNode]) -> Any:
    return names.get(node, node) if isinstance(node, ox.BlankNode) else node
