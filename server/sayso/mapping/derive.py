"""What follows from what is written: each rule is a CONSTRUCT query in rules/, and its results go to g:derived."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from sayso.namespaces import GRAPH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RULES = Path(__file__).parent / "rules"


def derived(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Apply the rules in the order of their file names, each over the union of all graphs and of what came before."""
    store = ox.Store()
    store.bulk_extend(quads)
    for rule in sorted(RULES.glob("*.rq")):
        triples = _construct(store, rule)
        found = [ox.Quad(triple.subject, triple.predicate, triple.object, GRAPH["derived"]) for triple in triples]
        store.extend(found)
        yield from found


def _construct(store: ox.Store, rule: Path) -> ox.QueryTriples:
    triples = store.query(rule.read_text(encoding="utf-8"), use_default_graph_as_union=True)
    if not isinstance(triples, ox.QueryTriples):
        raise TypeError(f"{rule} is no CONSTRUCT query")
    return triples
