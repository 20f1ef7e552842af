"""Advice on an addition, beyond the shapes: what is allowed and is probably not meant, each with a suggestion.

Only what an addition brings is looked at, and the rest is looked up: what it costs grows with the addition and not with
the store. Nothing here refuses anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeGuard

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from sayso import names, texts
from sayso.mapping import dates, edtf, passages
from sayso.namespaces import CHECKS, EDTF, ID, RDFS, SAY, SCHEMA, TYPE, VOCABULARY, Namespace
from sayso.people import NAMES, is_named_person, names_of
from sayso.shacl.report import Result
from sayso.wikidata.table import WIKIDATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sayso.documents import Term
    from sayso.people import Known
    from sayso.shacl.graph import View
    from sayso.texts import Text

SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")

_LETTERS = "abcdefghijklmnopqrstuvwxyz-"
_LEAST = 5  # letters of a name that may be misspelled: a:s3a and a:s3b are one letter apart, and two statements
_LONGEST = 60  # characters of such a name, for the longer it is the more edits it has
_NAMES = 200  # new names of an addition that are looked at, some milliseconds each
_NAMESAKES = 3  # that are shown of one name
_TERM = 70  # how alike a word must be to a term, of 100, to be taken for it
_WORD = 4  # letters of a word of a name that its derivations begin with: Iran, Iranian

# Words of saying and holding, by their beginnings: a hop is doubted where none of them stands.
_SAYING = re.compile(
    r"accord|accus|admit|allege|announc|argu|ask(?:s|ed|ing)?\b|assert|believ|blam|call(?:s|ed|ing)?\b|cit(?:e|ing)|"
    r"claim|comment|condemn|confirm|critici|declar|demand|den(?:y|ied)|describ|express|fear|hop(?:e|ing)|insist|"
    r"interview|messag|quot|pledg|promis|refus|reject|report|respon|reveal|sa(?:ys?|id|ying)\b|source|speak|speech|"
    r"spoke|stat(?:e[ds]?|ing|ement)\b|suggest|tell|think|thought|threat|told|tweet|urg|view|vow|warn|welcom|writ|"
    r"wrote"
)


@dataclass(frozen=True)
class Addition:
    """Be an addition: the triples that no graph had before, and the data graph before and after it."""

    triples: Sequence[ox.Triple]
    before: View
    after: View


def advise(addition: Addition, people: Known, today: date) -> list[Result]:
    """Look for what is probably not meant; `people` are those of the state before. The results are warnings."""
    return [
        *_nearly_known(addition),
        *_namesakes(addition, people),
        *_items_taken(addition),
        *_unknown_terms(addition),
        *_to_come(addition, today),
        *_nobody_accused(addition),
    ]


def join(results: Iterable[Result], advised: Iterable[Result]) -> list[Result]:
    """Put advice beside validation results: where both speak of the same mistake, it becomes the hint of the result."""
    joined: list[Result] = []
    used: set[Result] = set()
    advised = list(dict.fromkeys(advised))
    by_focus: defaultdict[Term, list[Result]] = defaultdict(list)
    for each in advised:
        by_focus[each.focus].append(each)
    for result in results:
        same = [each for each in by_focus.get(result.focus, ()) if _same(result, each)]
        used.update(same)
        joined.append(replace(result, hint=same[0].hint) if same else result)
    return joined + [each for each in advised if each not in used]


def wordless(addition: Addition, copies: Iterable[Text]) -> list[Result]:
    """Look for hops without words: the mapping's first rule for chains is never to infer one.

    A hop is doubted where neither a word of its source's names nor any word of saying stands in the sentences of the
    evidence or their neighbours. So a hop that is not doubted may still be wrong: who reads decides.
    """
    by_article = {each.article: each for each in copies}
    found = []
    for triple in addition.triples:
        if triple.predicate == SAY["accordingTo"]:
            words = _words_around(addition.after, triple.subject, by_article)
            found += [
                _warning(
                    "wordless-chain",
                    triple,
                    f"Neither a name of {_name(source)} nor a word of saying stands in the evidence or beside it.",
                    "remove the hop, or cite the words that show it as evidence",
                )
                for source in _sources(addition.after, triple.object)
                if words and not _told(names_of(source, addition.after), words)
            ]
    return found


def _warning(rule: str, triple: ox.Triple, message: str, hint: str) -> Result:
    return Result(
        "warning",
        message,
        triple.subject,
        (triple.predicate,),
        triple.object,
        CHECKS[rule].value,
        path=str(triple.predicate),
        hint=hint,
    )


def _same(result: Result, advised: Result) -> bool:
    if result.value is not None:
        return result.value == advised.value
    return bool(set(result.paths) & set(advised.paths))


# ---------------------------------------------------------------- an IRI that is nearly another


def _nearly_known(addition: Addition) -> Iterator[Result]:
    for triple, name in islice(_new_names(addition), _NAMES):
        described = name == triple.subject
        known = _neighbour(name, addition.before if described else addition.after)
        if known is None or (described and _told_apart(name, known, addition.after)):
            continue
        if described:
            hint = f"if it is the same, write {_name(known)}; if not, say owl:differentFrom {_name(known)}"
            warning = _warning("nearly-known", triple, f"{_name(name)} is new, and nearly {_name(known)}.", hint)
            yield replace(warning, value=None)
        else:
            message = f"{_name(name)} is described nowhere, and nearly {_name(known)}."
            yield _warning("nearly-known", triple, message, f"did you mean {_name(known)}?")


def _new_names(addition: Addition) -> Iterator[tuple[ox.Triple, ox.NamedNode]]:
    """Give the names of entities that are described anew, or used and described nowhere."""
    for triple in addition.triples:
        subject, value = triple.subject, triple.object
        if triple.predicate == TYPE and _can_be_misspelled(subject) and not addition.before.has(subject, TYPE):
            yield triple, subject
        if _can_be_misspelled(value) and not addition.after.has(value, TYPE):
            yield triple, value


def _can_be_misspelled(node: Term) -> TypeGuard[ox.NamedNode]:
    if not isinstance(node, ox.NamedNode) or not node.value.startswith(ID) or passages.read(node.value):
        return False
    name = node.value.rpartition("/")[2]
    return len(name) <= _LONGEST and sum(map(str.isalpha, name)) >= _LEAST


def _neighbour(node: ox.NamedNode, view: View) -> ox.NamedNode | None:
    """Find a described entity whose IRI is one edit of letters away; figures are no slips: 2019 and 2020 are two years.

    Each of the thousand edits is looked up in the index of the store, some microseconds each.
    """
    head, _, name = node.value.rpartition("/")
    edited = (ox.NamedNode(f"{head}/{each}") for each in _edits(name))
    return next((each for each in edited if each != node and view.has(each, TYPE)), None)


def _edits(name: str) -> Iterator[str]:
    yield name.lower()
    for place in range(len(name) + 1):
        before, after = name[:place], name[place:]
        if after and not after[0].isdigit():
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in _LETTERS)
            if len(after) > 1 and not after[1].isdigit():
                yield before + after[1] + after[0] + after[2:]
        yield from (before + letter + after for letter in _LETTERS)


def _told_apart(one: Term, other: Term, view: View) -> bool:
    different = OWL["differentFrom"]
    return other in view.objects(one, different) or one in view.objects(other, different)


# ---------------------------------------------------------------- a person who may be there already


def _namesakes(addition: Addition, people: Known) -> Iterator[Result]:
    view = addition.after
    for triple in addition.triples:
        node, name = triple.subject, triple.object
        if triple.predicate in NAMES and isinstance(name, ox.Literal) and is_named_person(node, view):
            alike = (each for each in people.alike(name.value) if each[0] != node)
            others = (each for each in alike if not _told_apart(node, each[0], view))
            for other, spelling in islice(others, _NAMESAKES):
                message = f'"{name.value}" may be the name of {_name(other)}, "{spelling}".'
                hint = f"if it is the same person, use {_name(other)}; if not, say owl:differentFrom {_name(other)}"
                yield _warning("namesake", triple, message, hint)


# ---------------------------------------------------------------- an item of Wikidata that is taken


def _items_taken(addition: Addition) -> Iterator[Result]:
    for triple in addition.triples:
        item = triple.object
        if triple.predicate == SCHEMA["sameAs"] and isinstance(item, ox.NamedNode) and item.value.startswith(WIKIDATA):
            takers = addition.after.subjects(SCHEMA["sameAs"], item)
            for other in (each for each in takers if each != triple.subject):
                message = f"{item.value.removeprefix(WIKIDATA)} is linked to {_name(other)} already."
                hint = f"if both are the same, keep {_name(other)} alone; if not, one of the two links is wrong"
                yield _warning("item-taken", triple, message, hint)


# ---------------------------------------------------------------- a term that does not exist


def _unknown_terms(addition: Addition) -> Iterator[Result]:
    view = addition.after
    if not view.has(None, RDFS["isDefinedBy"], ox.NamedNode(SAY.removesuffix("#"))):
        return  # The ontology is not in this store: nothing can be said of its terms.
    terms: dict[str, list[str]] = {}
    for triple in addition.triples:
        for term in (triple.predicate, triple.object):
            if isinstance(term, ox.NamedNode) and term.value.startswith((SAY, VOCABULARY)) and not view.has(term, TYPE):
                namespace = SAY if term.value.startswith(SAY) else VOCABULARY
                known = terms.get(namespace) or terms.setdefault(namespace, _terms(namespace, view))
                found = process.extractOne(_name(term), known, scorer=fuzz.ratio, score_cutoff=_TERM)
                hint = f"did you mean {found[0]}?" if found else "look it up in ontology/"
                yield _warning("unknown-term", triple, f"{_name(term)} is no term of the ontology.", hint)


def _terms(namespace: str, view: View) -> list[str]:
    """List the terms of a namespace, a few hundred."""
    defining = RDFS["isDefinedBy"] if namespace == SAY else SKOS["inScheme"]
    return sorted({_name(each.subject) for each in view.match(None, defining)})


# ---------------------------------------------------------------- a date that is still to come


def _to_come(addition: Addition, today: date) -> Iterator[Result]:
    for triple in addition.triples:
        written = triple.object
        if triple.predicate in dates.CHECKED and isinstance(written, ox.Literal):
            first = _first_day(written)
            if first is not None and first > today:
                message = f"{written.value} is after today, {today.isoformat()}."
                yield _warning("date-to-come", triple, message, "check the year; what is planned may stay as it is")


def _first_day(written: ox.Literal) -> date | None:
    try:
        return edtf.bounds(written.value).first if written.datatype == EDTF["EDTF"] else None
    except ValueError:
        return None  # The shapes say that it is no date.


# ---------------------------------------------------------------- an allegation that accuses nobody by name


def _nobody_accused(addition: Addition) -> Iterator[Result]:
    view = addition.after
    for triple in addition.triples:
        if triple.predicate == TYPE and triple.object == SAY["Allegation"]:
            accused = view.objects(triple.subject, SAY["accused"])
            if all(view.is_instance(each, SAY["UnnamedSource"]) for each in accused):
                message = "This allegation accuses nobody by name."
                hint = "name the accused with say:accused; if it is laid at nobody's door, it is a say:Claim"
                warning = _warning("nobody-accused", triple, message, hint)
                yield replace(warning, paths=(SAY["accused"], TYPE), value=next(iter(accused), None))


# ---------------------------------------------------------------- a chain without words


def _sources(view: View, hop: Term) -> list[Term]:
    found: list[Term] = []
    seen: set[Term] = set()
    while hop not in seen:
        seen.add(hop)
        found += view.objects(hop, SAY["source"])
        hop = next(iter(view.objects(hop, SAY["citing"])), hop)
    return found


def _words_around(view: View, statement: Term, copies: dict[str, Text]) -> str:
    """Give the sentences of a statement's evidence and their neighbours, folded; nothing where no copy has them."""
    cited = (
        passages.read(each.value) for each in view.objects(statement, SAY["evidence"]) if isinstance(each, ox.NamedNode)
    )
    known = [passage for passage in cited if passage is not None and passage.article in copies]
    return names.fold(" ".join(_around(copies[passage.article], passage) for passage in known))


def _around(copy: Text, passage: passages.Passage) -> str:
    sentences = [span for paragraph in copy.paragraphs for span in texts.sentences(copy, paragraph)]
    here = [place for place, span in enumerate(sentences) if passage.start < span.end and passage.end > span.start]
    return " ".join(map(copy.of, sentences[max(0, here[0] - 1) : here[-1] + 2])) if here else ""


def _told(known: Iterable[str], words: str) -> bool:
    if any(map(_SAYING.match, words.split())):
        return True
    parts = {part for name in known for part in names.fold(name).split()}
    return any(
        word.startswith(part) if len(part) >= _WORD else word == part for part in parts for word in words.split()
    )


def _name(term: Term) -> str:
    """Write a term as the mapped files do."""
    if isinstance(term, ox.NamedNode):
        for prefix, namespace in (("id", ID), ("say", SAY), ("v", VOCABULARY)):
            if term.value.startswith(namespace):
                return f"{prefix}:{term.value.removeprefix(namespace)}"
    return str(term)
