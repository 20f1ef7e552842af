"""The constraint components of SHACL (section 4) and SHACL-SPARQL (section 5), and which nodes break them.

A component is a frozen value: its parameters. Nested shapes are named by their identifiers, so that shapes may refer to
one another; `Evaluation` looks them up.
"""

# ruff: noqa: ARG002, D102  # what the methods take and do is said once, in Constraint and EachValue

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Protocol

import pyoxigraph as ox

from sayso.shacl import literals
from sayso.shacl.paths import PredicatePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sayso.documents import Term
    from sayso.shacl.graph import View
    from sayso.shacl.paths import Path
    from sayso.shacl.queries import Query, Solution
    from sayso.shacl.source import Names

_EXPLAINED = 10  # a value count is explained by so many of the values that do not count


class Evaluation(Protocol):
    """Be what a constraint asks while it is evaluated."""

    @property
    def view(self) -> View:
        """Give the data graph."""

    def conforms(self, shape: str, node: Term) -> bool:
        """Tell whether a node conforms to a shape."""

    def solutions(self, query: Query, focus: Term) -> Sequence[Solution]:
        """Give the solutions of a query for a focus node."""


@dataclass(frozen=True)
class Breach:
    """Say that a constraint is broken: by which value, if by one.

    `path` stands in for the path of the shape; `because` names nested shapes and nodes whose results tell why;
    `found` counts values; `bindings` are the solution of a query.
    """

    value: Term | None = None
    path: Path | None = None
    because: tuple[tuple[str, Term], ...] = ()
    found: int = 0
    bindings: Mapping[str, Term] = field(default_factory=dict)


class Constraint(ABC):
    """Be a constraint component with its parameters. Its name is that of the class, as in sh:MinCount…."""

    @property
    def component(self) -> str:
        """Give the local name of the component."""
        return f"{type(self).__name__}ConstraintComponent"

    @property
    def nested(self) -> tuple[str, ...]:
        """Name the shapes that nodes are compared with."""
        return ()

    @abstractmethod
    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        """Find how the value nodes of a focus node break it."""

    @abstractmethod
    def explain(self, breach: Breach, names: Names) -> str:
        """Say in a sentence what is wrong."""

    def message(self, breach: Breach, given: Sequence[str], names: Names) -> str:
        """Give the message of a result: those that the shape gives, else a sentence."""
        return " ".join(given) or self.explain(breach, names)


class EachValue(Constraint):
    """Be a constraint that each value node keeps or breaks alone."""

    @abstractmethod
    def allows(self, run: Evaluation, value: Term) -> bool:
        """Tell whether a value node keeps it."""

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        return [Breach(value, because=self._reasons(run, value)) for value in values if not self.allows(run, value)]

    def _reasons(self, run: Evaluation, value: Term) -> tuple[tuple[str, Term], ...]:
        return tuple((shape, value) for shape in dict.fromkeys(self.nested) if not run.conforms(shape, value))


# ---------------------------------------------------------------- value types (4.1)


@dataclass(frozen=True)
class Class(EachValue):
    """Ask for instances of a class."""

    kind: ox.NamedNode

    def allows(self, run: Evaluation, value: Term) -> bool:
        return run.view.is_instance(value, self.kind)

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} is no instance of {names(self.kind)}."


@dataclass(frozen=True)
class Datatype(EachValue):
    """Ask for well-formed literals of a datatype."""

    datatype: ox.NamedNode

    def allows(self, run: Evaluation, value: Term) -> bool:
        return isinstance(value, ox.Literal) and value.datatype == self.datatype and literals.is_well_formed(value)

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} is no valid {names(self.datatype)}."


NODE_KINDS: dict[str, tuple[type, ...]] = {
    "IRI": (ox.NamedNode,),
    "BlankNode": (ox.BlankNode,),
    "Literal": (ox.Literal,),
    "BlankNodeOrIRI": (ox.BlankNode, ox.NamedNode),
    "BlankNodeOrLiteral": (ox.BlankNode, ox.Literal),
    "IRIOrLiteral": (ox.NamedNode, ox.Literal),
}


@dataclass(frozen=True)
class NodeKind(EachValue):
    """Ask for IRIs, blank nodes or literals; `kind` is a key of NODE_KINDS."""

    kind: str

    def allows(self, run: Evaluation, value: Term) -> bool:
        return isinstance(value, NODE_KINDS[self.kind])

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} is not of the node kind sh:{self.kind}."


# ---------------------------------------------------------------- cardinality (4.2)


@dataclass(frozen=True)
class MinCount(Constraint):
    """Ask for so many values or more."""

    count: int

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        return (Breach(found=len(values)),) if len(values) < self.count else ()

    def explain(self, breach: Breach, names: Names) -> str:
        return f"There must be {self.count} or more values; there are {breach.found}."


@dataclass(frozen=True)
class MaxCount(Constraint):
    """Ask for so many values or fewer."""

    count: int

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        return (Breach(found=len(values)),) if len(values) > self.count else ()

    def explain(self, breach: Breach, names: Names) -> str:
        return f"There must be {self.count} or fewer values; there are {breach.found}."


# ---------------------------------------------------------------- value ranges (4.3)


@dataclass(frozen=True)
class _Bound(EachValue):
    limit: Term
    orders: ClassVar[tuple[int, ...]]
    words: ClassVar[str]

    def allows(self, run: Evaluation, value: Term) -> bool:
        return literals.compare(value, self.limit) in self.orders

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} is not {self.words} {names(self.limit)}."


class MinExclusive(_Bound):
    """Ask for values above a limit."""

    orders, words = (1,), "more than"


class MinInclusive(_Bound):
    """Ask for values not below a limit."""

    orders, words = (0, 1), "at least"


class MaxExclusive(_Bound):
    """Ask for values below a limit."""

    orders, words = (-1,), "less than"


class MaxInclusive(_Bound):
    """Ask for values not above a limit."""

    orders, words = (-1, 0), "at most"


# ---------------------------------------------------------------- strings (4.4)


@dataclass(frozen=True)
class MinLength(EachValue):
    """Ask for strings of so many characters or more."""

    length: int

    def allows(self, run: Evaluation, value: Term) -> bool:
        return (text := _text(value)) is not None and len(text) >= self.length

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} must have {self.length} or more characters."


@dataclass(frozen=True)
class MaxLength(EachValue):
    """Ask for strings of so many characters or fewer."""

    length: int

    def allows(self, run: Evaluation, value: Term) -> bool:
        return (text := _text(value)) is not None and len(text) <= self.length

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} must have {self.length} or fewer characters."


@dataclass(frozen=True)
class Pattern(EachValue):
    """Ask for strings in which a regular expression is found."""

    pattern: re.Pattern[str]

    def allows(self, run: Evaluation, value: Term) -> bool:
        return (text := _text(value)) is not None and self.pattern.search(text) is not None

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} does not match the pattern {self.pattern.pattern}."


@dataclass(frozen=True)
class LanguageIn(EachValue):
    """Ask for literals in one of some languages, or in a variety of one."""

    languages: tuple[str, ...]

    def allows(self, run: Evaluation, value: Term) -> bool:
        tag = value.language if isinstance(value, ox.Literal) else None
        return tag is not None and any(_in_range(tag, language) for language in self.languages)

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} is not in one of the languages {', '.join(self.languages)}."


def _in_range(tag: str, language: str) -> bool:
    """Match a language tag as langMatches does (RFC 4647, basic filtering)."""
    tag, language = tag.lower(), language.lower()
    return language in ("*", tag) or tag.startswith(f"{language}-")


@dataclass(frozen=True)
class UniqueLang(Constraint):
    """Ask for one value a language."""

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        tags = [value.language.lower() for value in values if isinstance(value, ox.Literal) and value.language]
        return [
            Breach(bindings={"language": ox.Literal(tag)}, found=count)
            for tag, count in sorted(Counter(tags).items())
            if count > 1
        ]

    def explain(self, breach: Breach, names: Names) -> str:
        return f"There must be one value a language; in {_text(breach.bindings['language'])} there are {breach.found}."


# ---------------------------------------------------------------- pairs of properties (4.5)


@dataclass(frozen=True)
class Equals(Constraint):
    """Ask for the values that another property has, all of them and no others."""

    predicate: ox.NamedNode

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        others = run.view.objects(focus, self.predicate)
        return [Breach(value) for value in sorted({*values} ^ {*others}, key=str)]

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} is a value here or of {names(self.predicate)}, and not of both."


@dataclass(frozen=True)
class Disjoint(Constraint):
    """Ask for values that another property does not have."""

    predicate: ox.NamedNode

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        others = run.view.objects(focus, self.predicate) if values else ()
        return [Breach(value) for value in values if value in others]

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} is a value of {names(self.predicate)} too."


@dataclass(frozen=True)
class LessThan(Constraint):
    """Ask for values below each value of another property; a pair that breaks it is a result of its own."""

    predicate: ox.NamedNode
    orders: ClassVar[tuple[int, ...]] = (-1,)
    words: ClassVar[str] = "less than"

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        others = run.view.objects(focus, self.predicate) if values else ()
        return [
            Breach(value, bindings={"other": other})
            for value in values
            for other in others
            if literals.compare(value, other) not in self.orders
        ]

    def explain(self, breach: Breach, names: Names) -> str:
        other = names(breach.bindings["other"])
        return f"{_shown(breach, names)} is not {self.words} {other}, the value of {names(self.predicate)}."


class LessThanOrEquals(LessThan):
    """Ask for values not above any value of another property."""

    orders, words = (-1, 0), "at most"


# ---------------------------------------------------------------- logic (4.6)


@dataclass(frozen=True)
class Not(EachValue):
    """Ask for nodes that do not conform to a shape."""

    shape: str

    @property
    def nested(self) -> tuple[str, ...]:
        return (self.shape,)

    def allows(self, run: Evaluation, value: Term) -> bool:
        return not run.conforms(self.shape, value)

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} conforms to {names(_term(self.shape))}, which it must not."


@dataclass(frozen=True)
class _Logical(EachValue):
    shapes: tuple[str, ...]

    @property
    def nested(self) -> tuple[str, ...]:
        return self.shapes

    def _listed(self, names: Names) -> str:
        return ", ".join(names(_term(shape)) for shape in self.shapes)


class And(_Logical):
    """Ask for nodes that conform to all of some shapes."""

    def allows(self, run: Evaluation, value: Term) -> bool:
        return all(run.conforms(shape, value) for shape in self.shapes)

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} does not conform to all of {self._listed(names)}."


class Or(_Logical):
    """Ask for nodes that conform to one of some shapes or more."""

    def allows(self, run: Evaluation, value: Term) -> bool:
        return any(run.conforms(shape, value) for shape in self.shapes)

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} conforms to none of {self._listed(names)}."


class Xone(_Logical):
    """Ask for nodes that conform to exactly one of some shapes."""

    def allows(self, run: Evaluation, value: Term) -> bool:
        return sum(run.conforms(shape, value) for shape in self.shapes) == 1

    def explain(self, breach: Breach, names: Names) -> str:
        conforming = len(set(self.shapes)) - len(breach.because)
        counted = "several" if conforming else "none"
        return (
            f"{_shown(breach, names)} must conform to exactly one of {self._listed(names)}, and conforms to {counted}."
        )


# ---------------------------------------------------------------- shapes (4.7)


@dataclass(frozen=True)
class Node(EachValue):
    """Ask for nodes that conform to a shape."""

    shape: str

    @property
    def nested(self) -> tuple[str, ...]:
        return (self.shape,)

    def allows(self, run: Evaluation, value: Term) -> bool:
        return run.conforms(self.shape, value)

    def explain(self, breach: Breach, names: Names) -> str:
        return f"{_shown(breach, names)} does not conform to {names(_term(self.shape))}."


@dataclass(frozen=True)
class _Qualified(Constraint):
    """Count the values that conform to a shape and, where the shapes are disjoint, to none of its siblings."""

    shape: str
    count: int
    siblings: tuple[str, ...] = ()

    @property
    def nested(self) -> tuple[str, ...]:
        return (self.shape, *self.siblings)

    def counts(self, run: Evaluation, value: Term) -> bool:
        """Tell whether a value counts."""
        return run.conforms(self.shape, value) and not any(run.conforms(other, value) for other in self.siblings)


class QualifiedMinCount(_Qualified):
    """Ask for so many values that conform to a shape, or more."""

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        found = sum(self.counts(run, value) for value in values)
        if found >= self.count:
            return ()
        failing = (value for value in sorted(values, key=str) if not run.conforms(self.shape, value))
        return (Breach(found=found, because=tuple((self.shape, value) for value in islice(failing, _EXPLAINED))),)

    def explain(self, breach: Breach, names: Names) -> str:
        shape = names(_term(self.shape))
        return f"There must be {self.count} or more values that conform to {shape}; there are {breach.found}."


class QualifiedMaxCount(_Qualified):
    """Ask for so many values that conform to a shape, or fewer."""

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        found = sum(self.counts(run, value) for value in values)
        return (Breach(found=found),) if found > self.count else ()

    def explain(self, breach: Breach, names: Names) -> str:
        shape = names(_term(self.shape))
        return f"There must be {self.count} or fewer values that conform to {shape}; there are {breach.found}."


# ---------------------------------------------------------------- others (4.8)


@dataclass(frozen=True)
class Closed(Constraint):
    """Ask for nodes that have no properties but these."""

    allowed: frozenset[ox.NamedNode]

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        return [
            Breach(triple.object, path=PredicatePath(triple.predicate))
            for value in values
            for triple in run.view.triples(value)
            if triple.predicate not in self.allowed
        ]

    def explain(self, breach: Breach, names: Names) -> str:
        predicate = next(breach.path.predicates()) if breach.path else None
        return f"The property {names(predicate) if predicate else ''} is not allowed here."


@dataclass(frozen=True)
class HasValue(Constraint):
    """Ask for a value."""

    value: Term

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        return () if self.value in values else (Breach(),)

    def explain(self, breach: Breach, names: Names) -> str:
        return f"The value {names(self.value)} is missing."


@dataclass(frozen=True)
class In(EachValue):
    """Ask for values of a list."""

    values: tuple[Term, ...]
    _known: frozenset[Term] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the values for looking up too."""
        object.__setattr__(self, "_known", frozenset(self.values))

    def allows(self, run: Evaluation, value: Term) -> bool:
        return value in self._known

    def explain(self, breach: Breach, names: Names) -> str:
        listed = ", ".join(names(value) for value in self.values)
        return (
            f"{_shown(breach, names)} is none of: {listed}." if listed else f"{_shown(breach, names)} is not allowed."
        )


# ---------------------------------------------------------------- SPARQL (5)


@dataclass(frozen=True)
class SPARQL(Constraint):
    """Ask for a focus node for which a query has no solution."""

    query: Query
    messages: tuple[str, ...] = ()

    def breaches(self, run: Evaluation, focus: Term, values: Sequence[Term]) -> Iterable[Breach]:
        return [
            Breach(solution.value, path=solution.path, bindings=solution.bindings)
            for solution in run.solutions(self.query, focus)
        ]

    def explain(self, breach: Breach, names: Names) -> str:
        return f"The query {self.query.name} found something wrong."

    def message(self, breach: Breach, given: Sequence[str], names: Names) -> str:
        """Give the message of a result: that of the query, else of the shape; {?name} stands for what is bound."""
        return super().message(
            breach, [_filled(text, breach.bindings, names) for text in self.messages or given], names
        )


_PLACEHOLDER = re.compile(r"\{[?$](\w+)\}")


def _filled(text: str, bindings: Mapping[str, Term], names: Names) -> str:
    """Put what is bound into a message: IRIs as names, of literals the text."""

    def filling(match: re.Match[str]) -> str:
        term = bindings.get(match[1])
        return match[0] if term is None else term.value if isinstance(term, ox.Literal) else names(term)

    return _PLACEHOLDER.sub(filling, text)


def _shown(breach: Breach, names: Names) -> str:
    return "The value" if breach.value is None else names(breach.value)


def _text(value: Term) -> str | None:
    """Give what SPARQL's `str` gives, None where that is an error."""
    return value.value if isinstance(value, ox.NamedNode | ox.Literal) else None


def _term(shape: str) -> Term:
    return ox.BlankNode(shape[2:]) if shape.startswith("_:") else ox.NamedNode(shape)
