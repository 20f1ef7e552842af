r"""SPARQL 1.1 Update over the protocol: a request is read, taken apart into operations, and applied to a fork.

The journal must say exactly what an update added and removed, and Oxigraph does not tell. Comparing the store before
and after would read all of it. So each operation is made into what it is by definition (SPARQL 1.1 Update, section 4),
a set of quads to remove and a set to add, and the fork applies and records those:

    DELETE {template} INSERT {template} WHERE {pattern}
        Oxigraph evaluates the pattern as `SELECT *` over the fork. It instantiates each template once, over an empty
        store, with a stand-in IRI for each variable; the values of every solution then take the places of the stand-ins
    INSERT DATA, DELETE DATA
        templates without variables, and one solution
    DELETE WHERE
        the pattern is the template
    CLEAR, DROP, COPY, MOVE, ADD
        whole graphs, which are what changes

So Oxigraph parses and evaluates every part of an update; only where the parts begin and end is found here. The one
thing that takes a grammar to tell is whether `<` compares or opens an IRI. It is taken for an IRI wherever one could
stand; a text for which that is wrong, such as `?a<'>}'`, does not parse in parts, and is refused.

The store knows no empty graphs (sections 3.1.5 and 3.2 allow that): CREATE has no effect, CLEAR and DROP of a graph
that is not there succeed, and COPY, MOVE and ADD from one fail, or with SILENT do nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import pyoxigraph as ox

from sayso import documents, egress, sparql
from sayso.errors import BadRequest, EvaluationError, QuerySyntaxError, UnsupportedMediaType
from sayso.gate import Gate
from sayso.store import VersionedStore, has_graph
from sayso.untrusted import DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sayso.documents import GraphName, Term
    from sayso.gate import Write, Written
    from sayso.store import Fork

DIRECT = "application/sparql-update"

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_STOP = "CLEAR GRAPH <urn:x-sayso:nothing> ; "  # fails over an empty store, once what follows it is parsed

# The tokens of SPARQL 1.1 Query, section 19.8, as far as they tell where a part of an update ends.
_B = r"(?:\s++|\#[^\n\r]*+)*+"
_IRI = r"""<(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*+>"""
_NAME = r"""[^\s<>"'{}()\[\]|^`\\;,\#:?$@]*+:(?:\\.|[^\s<>"'{}()\[\]|^`\\;,\#])*+"""
_STRING = r"""\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n\r])*+"|'(?:\\.|[^'\\\n\r])*+'"""


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.DOTALL)


_BLANKS = _pattern(_B)
_BRACES = _pattern(rf"{_STRING}|{_IRI}|\#[^\n\r]*+|\\.|(?P<brace>[{{}}])")
_NESTING = _pattern(
    rf"{_STRING}|{_IRI}|\#[^\n\r]*+|\\.|(?P<open>[{{(\[]|<<)|(?P<close>[}})\]]|>>)|(?P<signs>(?:[!+-]\s*+){{{DEPTH},}})"
)
_LABELS = _pattern(rf"{_STRING}|{_IRI}|\#[^\n\r]*+|(?<![\w\-.:])_:(?P<label>\w(?:[\w\-.]*+(?<!\.))?+)")
_DECLARES = _pattern("BASE|PREFIX|VERSION")
_DECLARATION = _pattern(rf"BASE{_B}{_IRI}|PREFIX{_B}{_NAME}{_B}{_IRI}|VERSION{_B}(?:{_STRING})")
_INSERT_DATA, _DELETE_DATA = _pattern(rf"INSERT{_B}DATA"), _pattern(rf"DELETE{_B}DATA")
_DELETE_WHERE = _pattern(rf"DELETE{_B}WHERE")
_WITH = _pattern(rf"WITH{_B}(?P<graph>{_IRI}|{_NAME})")
_DELETE, _INSERT, _WHERE, _NEXT = _pattern("DELETE"), _pattern("INSERT"), _pattern("WHERE"), _pattern(";")
_USING = _pattern(rf"USING{_B}(?P<graph>(?:{_IRI}|{_NAME})|NAMED{_B}(?:{_IRI}|{_NAME}))")
_WHOLE = _pattern(
    rf"(?P<verb>CLEAR|DROP|CREATE){_B}(?P<silent>SILENT{_B})?"
    rf"(?:GRAPH{_B})?(?P<graph>{_IRI}|{_NAME}|DEFAULT|NAMED|ALL)"
)
_COPY = _pattern(
    rf"(?P<verb>COPY|MOVE|ADD){_B}(?P<silent>SILENT{_B})?"
    rf"(?:GRAPH{_B})?(?P<graph>{_IRI}|{_NAME}|DEFAULT){_B}TO{_B}(?:GRAPH{_B})?(?P<into>{_IRI}|{_NAME}|DEFAULT)"
)


@dataclass(frozen=True)
class Update:
    """Ask for changes of a dataset.

    `default_graphs` and `named_graphs` are the IRIs of the dataset that the protocol names for the patterns, None for
    both where it names none. Relative IRIs are relative to `base`, and an error where there is none.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    base: str | None = None


@dataclass(frozen=True)
class Modification:
    """Be an operation that removes and adds quads; templates and pattern are texts in braces, empty where left out.

    Without a pattern the templates are data. `prologue` has all declarations up to the operation, `with_graph` is an
    IRI as it is written, and `using` has the USING clauses as the FROM clauses of a query.
    """

    prologue: str
    delete: str = ""
    insert: str = ""
    pattern: str = ""
    with_graph: str = ""
    using: str = ""


@dataclass(frozen=True)
class Management:
    """Be an operation on whole graphs; `graph` and `into` are IRIs as they are written, or DEFAULT, NAMED, ALL."""

    prologue: str
    verb: str
    silent: bool
    graph: str
    into: str = ""


def read(operation: sparql.Operation) -> Update:
    """Read an update, and the dataset for its patterns, from a POST request (SPARQL 1.1 Protocol, section 2.2).

    Raises BadRequest or UnsupportedMediaType.
    """
    if operation.media_type == sparql.FORM:
        form = sparql.parameters(operation.body)
        given = (*sparql.parameters(operation.query_string), *form)  # none is passed over
        texts = [value for name, value in form if name == "update"]
    elif operation.media_type == DIRECT:
        given = sparql.parameters(operation.query_string)
        texts = [_decoded(operation.body)]
    else:
        raise UnsupportedMediaType(operation.media_type, (sparql.FORM, DIRECT))
    if len(texts) != 1:
        raise BadRequest(f"An update operation has exactly one parameter 'update'; this one has {len(texts)}")
    default = tuple(value for name, value in given if name == "using-graph-uri")
    named = tuple(value for name, value in given if name == "using-named-graph-uri")
    for iri in (*default, *named):
        _expect_absolute(iri)
    named_any = bool(default or named)
    return Update(texts[0], default if named_any else None, named if named_any else None, sparql.base_of(operation))


def run(update: Update, gate: Gate, write: Write, *, union: bool = False) -> Written:
    """Apply an update as one new version, or not at all.

    `union` makes the union of all graphs the default graph of the patterns that name no dataset, as it is for queries.
    Raises RefusedRequest, QuerySyntaxError, BadRequest, EvaluationError, and what `Gate.submit` raises.
    """
    egress.check(update.text)
    _refuse_depth(update.text)
    operations = split(update.text, update.base)
    _expect_one_dataset(update, operations)
    _expect_labels_apart(operations)

    def change(fork: Fork) -> None:
        for operation in operations:
            if isinstance(operation, Management):
                _manage(fork, operation)
            else:
                _modify(fork, operation, update, union=union)

    return gate.submit(write, change)


@dataclass(frozen=True)
class Evaluation:
    """Be the task of applying an update to the store at a path, as `run` does."""

    update: Update
    store: Path
    write: Write
    union: bool

    def run(self) -> Written:
        """Apply it; raises as `run`."""
        return run(self.update, Gate(VersionedStore.open(self.store)), self.write, union=self.union)


def has_pattern(update: Update) -> bool:
    """Tell whether an update has a pattern to evaluate; raises as `run`."""
    egress.check(update.text)
    _refuse_depth(update.text)
    return any(isinstance(each, Modification) and each.pattern for each in split(update.text, update.base))


def split(text: str, base: str | None = None) -> list[Modification | Management]:
    """Take an update apart into its operations; raises QuerySyntaxError where Oxigraph does not parse one.

    Each is parsed by itself: Oxigraph 0.5.13 does not take declarations after a semicolon, as the grammar does.
    """
    cursor = _Cursor(text)
    operations: list[Modification | Management] = []
    prologue = f"BASE <{base}>\n" if base else ""
    while True:
        while begin := cursor.at(_DECLARES):
            declaration = cursor.take(_DECLARATION)
            if declaration is None:
                raise _syntax_error("this is no declaration such as PREFIX name: <IRI>", *_place(text, begin.start()))
            _expect_syntax(text, begin.start(), cursor.place, prologue, "\n" + _STOP)
            prologue += declaration[0] + "\n"
        if cursor.at_end():
            return operations
        start = cursor.place
        operation = _management(cursor, prologue) or _modification(cursor, prologue)
        ended = operation is not None and (cursor.take(_NEXT) or cursor.at_end())
        _expect_syntax(text, start, cursor.place if ended else len(text), prologue + _STOP)
        operations.append(operation if operation and ended else _refuse_parts())


class _Cursor:
    """Walk through a text, past blanks and comments; `place` is where it stands."""

    def __init__(self, text: str) -> None:
        self._text, self.place = text, 0

    def at_end(self) -> bool:
        return self.take(_BLANKS) is not None and self.place == len(self._text)

    def at(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what matches here."""
        begin = _BLANKS.match(self._text, self.place)
        return pattern.match(self._text, begin.end() if begin else self.place)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Go past what matches here and return it; None, and stay, where the pattern does not match."""
        found = self.at(pattern)
        self.place = found.end() if found else self.place
        return found

    def block(self) -> str:
        """Go past what stands in braces here and return it with them; nothing where there is no such thing."""
        self.take(_BLANKS)
        begin, depth = self.place, 0
        for token in _BRACES.finditer(self._text, begin) if self._text.startswith("{", begin) else ():
            depth += {"{": 1, "}": -1}.get(token["brace"], 0)
            if depth == 0:
                self.place = token.end()
                break
        return self._text[begin : self.place]


def _management(cursor: _Cursor, prologue: str) -> Management | None:
    found = cursor.take(_WHOLE) or cursor.take(_COPY)
    if found is None:
        return None
    into = found.groupdict().get("into") or ""
    return Management(prologue, found["verb"].upper(), bool(found["silent"]), found["graph"], into)


def _modification(cursor: _Cursor, prologue: str) -> Modification | None:
    if cursor.take(_INSERT_DATA):
        return Modification(prologue, insert=cursor.block())
    if cursor.take(_DELETE_DATA):
        return Modification(prologue, delete=cursor.block())
    if cursor.take(_DELETE_WHERE):
        block = cursor.block()
        return Modification(prologue, delete=block, pattern=block)
    with_graph = cursor.take(_WITH)
    delete = cursor.block() if cursor.take(_DELETE) else ""
    insert = cursor.block() if cursor.take(_INSERT) else ""
    using = ""
    while clause := cursor.take(_USING):
        using += f"FROM {clause['graph']}\n"
    pattern = cursor.block() if cursor.take(_WHERE) else ""
    graph = with_graph["graph"] if with_graph else ""
    return Modification(prologue, delete, insert, pattern, graph, using) if pattern else None


def _resolved(prologue: str, written: str) -> ox.NamedNode:
    """Make an IRI of a name as it is written after a prologue."""
    found = ox.Store().query(f"{prologue}CONSTRUCT {{ {written} <urn:x> <urn:x> }} WHERE {{}}")
    subject = next(found).subject if isinstance(found, ox.QueryTriples) else None
    return subject if isinstance(subject, ox.NamedNode) else _refuse_parts()


def _manage(fork: Fork, operation: Management) -> None:
    """Apply an operation on whole graphs (SPARQL 1.1 Update, sections 3.1.5 and 3.2)."""
    if operation.into:
        _copy(fork, operation, *(_graph(operation.prologue, each) for each in (operation.graph, operation.into)))
    elif operation.verb != "CREATE":
        fork.apply((), _cleared(fork.store, operation))
    elif not operation.silent:
        graph = _graph(operation.prologue, operation.graph)
        if has_graph(fork.store, graph):
            raise EvaluationError(f"The graph {graph} is there already: CREATE SILENT passes over that")


def _cleared(data: ox.Store, operation: Management) -> list[ox.Quad]:
    match operation.graph.upper():
        case "ALL":
            return list(data)
        case "NAMED":
            return [quad for quad in data if not isinstance(quad.graph_name, ox.DefaultGraph)]
        case _:
            return _content(data, _graph(operation.prologue, operation.graph))


def _copy(fork: Fork, operation: Management, graph: GraphName, into: GraphName) -> None:
    if graph == into:
        return
    if not has_graph(fork.store, graph):
        if not operation.silent:
            raise EvaluationError(f"The graph {graph} is not there: {operation.verb} SILENT passes over that")
        return
    content = _content(fork.store, graph)
    removed = _content(fork.store, into) if operation.verb != "ADD" else []
    removed += content if operation.verb == "MOVE" else []
    fork.apply([documents.placed(quad.triple, into) for quad in content], removed)


def _content(data: ox.Store, graph: GraphName) -> list[ox.Quad]:
    return list(data.quads_for_pattern(None, None, None, graph))


def _graph(prologue: str, written: str) -> GraphName:
    return ox.DefaultGraph() if written.upper() == "DEFAULT" else _resolved(prologue, written)


def _modify(fork: Fork, operation: Modification, update: Update, *, union: bool) -> None:
    """Apply an operation by what it adds and what it removes (SPARQL 1.1 Update, sections 3.1.1 to 3.1.3)."""
    with _evaluating():
        if operation.pattern:
            added, removed = _instantiated(_solutions(fork.store, operation, update, union=union), operation)
        else:
            added, removed = (_data(operation.prologue, block) for block in (operation.insert, operation.delete))
    fork.apply(added, removed)


def _instantiated(solutions: ox.QuerySolutions, operation: Modification) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """Make the quads that the templates of an operation stand for, over all solutions: those added, those removed."""
    stand_ins = [ox.NamedNode(f"urn:uuid:{uuid4()}") for _ in solutions.variables]
    binding = " ".join(map(str, solutions.variables)), " ".join(map(str, stand_ins))
    insert, delete = (_template(operation, block, *binding) for block in (operation.insert, operation.delete))
    added, removed = set[ox.Quad](), set[ox.Quad]()
    for solution in solutions:
        values: dict[Term, Term | None] = dict(zip(stand_ins, solution, strict=True))
        added.update(_filled(insert, values))
        removed.update(_filled(delete, values))
    return added, removed


def _solutions(data: ox.Store, operation: Modification, update: Update, *, union: bool) -> ox.QuerySolutions:
    """Evaluate the pattern of an operation over the dataset that it, or else the protocol, names for it."""
    text = f"{operation.prologue}SELECT *\n{operation.using}WHERE {operation.pattern}"
    if operation.using:
        found = data.query(text)
    elif operation.with_graph:
        found = data.query(text, default_graph=_resolved(operation.prologue, operation.with_graph))
    elif update.default_graphs is not None:
        found = data.query(
            text,
            default_graph=[ox.NamedNode(iri) for iri in update.default_graphs],
            named_graphs=[ox.NamedNode(iri) for iri in update.named_graphs or ()],
        )
    else:
        found = data.query(text, use_default_graph_as_union=union)
    return found if isinstance(found, ox.QuerySolutions) else _refuse_parts()


def _data(prologue: str, block: str) -> set[ox.Quad]:
    return _inserted(f"{prologue}INSERT DATA {block}") if block else set()


def _template(operation: Modification, block: str, variables: str, stand_ins: str) -> set[ox.Quad]:
    """Instantiate a template with a stand-in for each variable; a quad with another variable is never made."""
    with_graph = f"WITH {operation.with_graph} " if operation.with_graph else ""
    values = f"VALUES ({variables}) {{ ({stand_ins}) }}"
    return _inserted(f"{operation.prologue}{with_graph}INSERT {block} WHERE {{ {values} }}") if block else set()


def _inserted(text: str) -> set[ox.Quad]:
    scratch = ox.Store()
    scratch.update(text)
    return set(scratch)


def _filled(template: Iterable[ox.Quad], values: Mapping[Term, Term | None]) -> Iterator[ox.Quad]:
    """Put values in the place of their stand-ins, and new blank nodes in that of the template's own.

    A quad with an unbound variable, or with a term where it cannot stand, is not made (section 3.1.3).
    """
    fresh: defaultdict[Term, Term] = defaultdict(ox.BlankNode)

    def value(term: Term) -> Term:
        found = fresh[term] if isinstance(term, ox.BlankNode) else values.get(term, term)
        if found is None:
            raise TypeError
        return found

    for quad in template:
        graph = quad.graph_name
        with suppress(TypeError):
            name = graph if isinstance(graph, ox.DefaultGraph) else value(graph)
            yield documents.placed(documents.rebuilt(quad.triple, value), name)  # type: ignore[arg-type]  # hence TypeError


@contextmanager
def _evaluating() -> Iterator[None]:
    try:
        yield
    except SyntaxError:
        _refuse_parts()
    except (OSError, RuntimeError, ValueError) as error:
        raise EvaluationError(f"The update could not be evaluated: {error}") from error


def _refuse_parts() -> NoReturn:
    raise BadRequest(
        "The update parses, but where its parts end cannot be told: put a blank after each '<' that compares two values"
    )


def _refuse_depth(text: str) -> None:
    """Refuse nesting at which Oxigraph's parser, which recurses, would end the process."""
    depth = 0
    for token in _NESTING.finditer(text):
        depth += (token["open"] is not None) - (token["close"] is not None)
        if depth > DEPTH or token["signs"]:
            raise _syntax_error(f"nested more than {DEPTH} deep, which is not taken here", *_place(text, token.start()))


def _expect_syntax(text: str, begin: int, end: int, before: str, after: str = "") -> None:
    """Let Oxigraph parse a part of an update, between what makes it an update that fails before it does anything."""
    try:
        ox.Store().update(before + text[begin:end] + after)
    except SyntaxError as error:
        found = _PLACE.search(str(error))
        if found is None:
            raise _syntax_error(str(error), *_place(text, begin)) from error
        line, column = int(found[1]) - before.count("\n"), int(found[2])
        first, indent = _place(text, begin)
        column += indent - 1 - len(before.rpartition("\n")[2]) if line == 1 else 0
        raise _syntax_error(found[3], line + first - 1, column) from error
    except RuntimeError:
        return  # It came to `_STOP`.


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _syntax_error(problem: str, line: int, column: int) -> QuerySyntaxError:
    return QuerySyntaxError(f"The update does not parse at line {line}, column {column}: {problem}", line, column)


def _expect_one_dataset(update: Update, operations: Iterable[Modification | Management]) -> None:
    """Refuse two datasets for one pattern (SPARQL 1.1 Protocol, section 2.2.3)."""
    if update.default_graphs is not None and any(
        isinstance(each, Modification) and (each.using or each.with_graph) for each in operations
    ):
        raise BadRequest("An update with USING or WITH takes no using-graph-uri and no using-named-graph-uri")


def _expect_labels_apart(operations: Iterable[Modification | Management]) -> None:
    """Refuse a label of a blank node in two patterns, or in two INSERT DATA (SPARQL 1.1 Query, section 19.6).

    Oxigraph refuses that too, but it gets one operation at a time here.
    """
    patterns, data = set[str](), set[str]()
    for each in operations:
        if isinstance(each, Modification):
            seen, block = (patterns, each.pattern) if each.pattern else (data, each.insert)
            labels = {found["label"] for found in _LABELS.finditer(block) if found["label"]}
            if labels & seen:
                raise QuerySyntaxError(f"The label _:{min(labels & seen)} is used in two operations of one update")
            seen |= labels


def _expect_absolute(iri: str) -> None:
    try:
        ox.NamedNode(iri)
    except ValueError as error:
        raise BadRequest(f"{iri!r} is no absolute IRI, and so names no graph: {error}") from error


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The update is not UTF-8") from error
