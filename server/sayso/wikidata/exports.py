"""What may leave for Wikidata: identifiers, and posts that an article gives outright and nobody disputes.

No allegation does, nor anything that somebody else is cited for: what is said here of living people is not known to be
so, and what Wikidata has, everybody repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sayso.namespaces import ID
from sayso.wikidata.table import WIKIDATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sayso.wikidata.table import Judgement
    from sayso.wikidata.told import Told


def quick_statements(told: Told, judgements: Sequence[Judgement]) -> Iterator[str]:
    """Write QuickStatements, a line each: P2888 (exact match) for every link, P39 (position held) for sound posts.

    The dates stay here: an article gives them in passing, and Wikidata has better sources for them.
    """
    items = {each.entity: each.qid for each in judgements if each.counts and each.qid}
    for entity, qid in sorted(items.items()):
        yield f'{qid}|P2888|"{ID}{entity}"\n'
        sound = {(post.post, post.url) for post in told.posts.get(entity, ()) if post.sound and post.url}
        for post, url in sorted(sound):
            if post in items:
                yield f'{qid}|P39|{items[post]}|S854|"{url}"\n'


def same_as(judgements: Sequence[Judgement]) -> Iterator[str]:
    """Write owl:sameAs, as N-Triples: for whoever wants all that is said of the two to be said of one."""
    for judgement in judgements:
        if judgement.counts and judgement.qid:
            subject, item = ID[judgement.entity], WIKIDATA[judgement.qid]
            yield f"{subject} <http://www.w3.org/2002/07/owl#sameAs> {item} .\n"
