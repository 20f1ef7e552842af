"""What holds of validation, whatever the shapes, the graph and the change: laws, checked on random examples.

An example is a seed for `shacl_random`. SAYSO_TEST_DEEP=1 checks 20,000 of them, and the slower laws fewer.
"""

# ruff: noqa: S311  # what is random here is an example, and no secret

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
import shacl_random as generated
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shacl_random import E, quads

from sayso.namespaces import RDF, RDFS, XSD
from sayso.shacl import literals, oracle, paths, prebinding, queries
from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import UnionDelta, View, effective_delta
from sayso.shacl.source import SH, Source
from sayso.shacl.validate import report, validate, validate_delta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sayso.documents import Term
    from sayso.shacl.graph import Subject
    from sayso.shacl.queries import Query
    from sayso.shacl.report import Result
    from sayso.shacl.shapes import Shapes

ROOT = Path(__file__).parents[1]
EXAMPLES = 20_000 if os.environ.get("SAYSO_TEST_DEEP") else 300
CHANGES = 3  # of each graph, one after the other


def examples(share: int = 1) -> Callable[[Callable[[int], None]], Callable[[], None]]:
    """Run a law for random seeds: for all examples, or for a share of them."""

    def decorate(law: Callable[[int], None]) -> Callable[[], None]:
        wanted = settings(max_examples=EXAMPLES // share, deadline=None)
        return wanted(given(seed=st.integers(min_value=0, max_value=2**32))(law))

    return decorate


def compiled(text: str) -> Shapes:
    return compile_shapes(parsed(text))


def parsed(text: str) -> list[ox.Quad]:
    return list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))


@dataclass(frozen=True)
class Step:
    """Be a change of a graph: the stores before and after it, which are not to be changed, and what it changes."""

    shapes: Shapes
    before: ox.Store
    after: ox.Store
    delta: UnionDelta

    @property
    def pending(self) -> View:
        """View the change before it is written."""
        return View(self.before, self.delta.added, self.delta.removed)


def history(seed: int, *, recursive: bool = False) -> Iterator[Step]:
    """Make shapes, a graph, and changes of the graph."""
    random = Random(seed)
    shapes = compiled(generated.shapes(random, recursive=recursive))
    triples = generated.graph(random)
    for _ in range(CHANGES):
        before = generated.store(triples)
        triples = {quad.triple for quad in before}  # as the store has them
        added, removed = generated.change(random, triples)
        delta = effective_delta(before, quads(added), quads(removed))
        triples = (triples - delta.removed) | delta.added
        yield Step(shapes, before, generated.store(triples), delta)


# ---------------------------------------------------------------- changes


@examples()
def test_a_report_revised_after_a_change_is_that_of_full_validation(seed: int) -> None:
    for step in history(seed):
        revised = report(View(step.before), step.shapes).revised(
            validate_delta(View(step.after), step.shapes, step.delta)
        )
        assert revised.results == validate(View(step.after), step.shapes)


@examples(2)
def test_a_change_is_validated_before_it_is_written_as_it_is_afterwards(seed: int) -> None:
    for step in history(seed):
        assert validate(step.pending, step.shapes) == validate(View(step.after), step.shapes)
        pending, written = (validate_delta(view, step.shapes, step.delta) for view in (step.pending, View(step.after)))
        assert pending == written


@examples(2)
def test_guard_mode_finds_every_result_that_is_new(seed: int) -> None:
    for step in history(seed):
        before = report(View(step.before), step.shapes).entries
        guarded = validate_delta(step.pending, step.shapes, step.delta, guard=True).report.entries
        for key, results in report(View(step.after), step.shapes).entries.items():
            old = {(result.shape, result.path, row(result)) for result in before.get(key, ())}
            new = [result for result in results if (result.shape, result.path, row(result)) not in old]
            assert not new or guarded[key] == results


COUNTED = "sh:qualifiedValueShape [ sh:class :A ]"
DISJOINT = """sh:property
  [ sh:path :p ; sh:qualifiedValueShape :T ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true ] ,
  [ sh:path :q ; sh:qualifiedValueShape :U ; sh:qualifiedMinCount 0 ]"""


@pytest.mark.parametrize(
    ("shape", "before", "added", "removed"),
    [
        ("sh:path :p ; sh:not [ sh:class :A ]", ":n :p :m .", ":m a :A .", ""),
        ("sh:not [ sh:path :p ; sh:node [ sh:class :A ] ]", ":n :p :m .", ":m a :A .", ""),
        ("sh:not [ sh:not [ sh:path :p ; sh:class :A ] ]", ":n :p :m . :m a :A .", "", ":m a :A ."),
        ("sh:path :p ; sh:xone ( [ sh:class :A ] [ sh:class :B ] )", ":n :p :m . :m a :A .", ":m a :B .", ""),
        ("sh:path :p ; sh:xone ( [ sh:class :A ] [ sh:class :B ] )", ":n :p :m . :m a :A .", "", ":m a :A ."),
        (f"sh:path :p ; {COUNTED} ; sh:qualifiedMaxCount 0", ":n :p :m .", ":m a :A .", ""),
        (f"sh:path :p ; {COUNTED} ; sh:qualifiedMinCount 1", ":n :p :m . :m a :A .", "", ":m a :A ."),
        (DISJOINT, ":n :p :m . :m a :A .", ":m a :B .", ""),
        ("sh:path :p ; sh:node [ sh:path [ sh:inversePath :q ] ; sh:class :A ]", ":n :p :m .", ":k :q :m .", ""),
    ],
)
def test_guard_mode_goes_past_a_nested_shape_where_its_outcome_may_do_harm(
    shape: str, before: str, added: str, removed: str
) -> None:
    shapes = compiled(f"{generated.PREFIXES} :S sh:targetNode :n ; {shape} . :T sh:class :A . :U sh:class :B .")
    store = ox.Store()
    store.extend(stated(before))
    delta = effective_delta(store, stated(added), stated(removed))
    assert validate(View(store), shapes) == []
    view = View(store, delta.added, delta.removed)
    found = validate_delta(view, shapes, delta, guard=True).results
    assert [result.focus for result in found] == [E["n"]]
    assert found == validate(view, shapes)


CHAIN = ":C rdfs:subClassOf :B . :B rdfs:subClassOf :A ."


@pytest.mark.parametrize("shape", [":S sh:targetClass :A ; sh:in () .", ":S sh:targetNode :n ; sh:class :A ."])
@pytest.mark.parametrize(
    ("before", "added", "removed"),
    [
        (":n a :A .", "", ":n a :A ."),
        (":n a :B .", ":B rdfs:subClassOf :A .", ""),
        (":n a :C . :C rdfs:subClassOf :B .", ":B rdfs:subClassOf :A .", ""),
        (":n a :B . :B rdfs:subClassOf :A .", "", ":B rdfs:subClassOf :A ."),
        (":n a :B . :B rdfs:subClassOf :A .", "", ":n a :B . :B rdfs:subClassOf :A ."),
        (f":n a :C . {CHAIN}", "", CHAIN),
        (f":n a :C . {CHAIN}", "", ":n a :C . :B rdfs:subClassOf :A ."),
        ("", f":n a :C . {CHAIN}", ""),
    ],
)
def test_what_joins_or_leaves_a_class_by_its_type_or_by_a_subclass_is_validated(
    shape: str, before: str, added: str, removed: str
) -> None:
    shapes = compiled(generated.PREFIXES + shape)
    store = ox.Store()
    store.extend(stated(before))
    delta = effective_delta(store, stated(added), stated(removed))
    view = View(store, delta.added, delta.removed)
    old = report(View(store), shapes)
    assert old.revised(validate_delta(view, shapes, delta)).results == validate(view, shapes) != old.results


def stated(text: str) -> list[ox.Quad]:
    return parsed(f"@prefix : <{E}> . @prefix rdfs: <{RDFS}> . {text}")


@examples(20)
def test_shapes_that_lead_to_themselves_keep_the_laws_too(seed: int) -> None:
    for step in history(seed, recursive=True):
        recheck = validate_delta(step.pending, step.shapes, step.delta)
        revised = report(View(step.before), step.shapes).revised(recheck)
        assert revised.results == validate(View(step.after), step.shapes)


@examples()
def test_an_effective_delta_is_what_changes_in_the_union_of_all_graphs(seed: int) -> None:
    random = Random(seed)
    old, added, removed = (set(random_quads(random, most)) for most in (8, 4, 4))
    store = ox.Store()
    store.extend(old)
    before, after = union(old), union((old - removed) | added)
    assert effective_delta(store, added, removed) == UnionDelta(after - before, before - after)


def random_quads(random: Random, most: int) -> Iterator[ox.Quad]:
    for _ in range(random.randrange(most)):
        graphs: list[ox.NamedNode | ox.DefaultGraph] = [ox.DefaultGraph(), E["g1"], E["g2"]]
        yield ox.Quad(E[random.randrange(3)], E["p"], E[random.randrange(2)], random.choice(graphs))


def union(given: Iterable[ox.Quad]) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in given)


# ---------------------------------------------------------------- against pySHACL and Oxigraph


@examples(10)
def test_reports_are_those_of_pyshacl(seed: int) -> None:
    random = Random(seed)
    text = generated.shapes_that_pyshacl_takes(random)
    store = generated.store(generated.graph(random))
    assert_agreement(validate(View(store), compiled(text)), oracle_results(store, text))


def assert_agreement(own: list[Result], reference: list[Result]) -> None:
    """Compare reports; the oracle also lists the results of nested shapes, which are details here."""
    rows = {row(result) for result in own}
    assert rows <= {row(result) for result in reference} <= {row(result) for result in flattened(own)}


def row(result: Result) -> tuple[str, ...]:
    return shown(result.focus), result.component, shown(result.value), result.level


def shown(term: Term | None) -> str:
    return "" if term is None else "_:" if isinstance(term, ox.BlankNode) else str(term)


def flattened(results: Iterable[Result]) -> Iterator[Result]:
    for result in results:
        yield result
        yield from flattened(result.details)


def oracle_results(store: ox.Store, text: str) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "shapes.ttl")
        path.write_text(text, encoding="utf-8")
        return oracle.validate(list(store), path)


@examples()
def test_a_path_leads_where_oxigraph_says_and_its_reverse_leads_back(seed: int) -> None:
    random = Random(seed)
    source = Source(parsed(f"{generated.PREFIXES} :S sh:path {generated.path(random)} ."), {})
    (node,) = source.values(E["S"], SH["path"])
    path = paths.read(source, node, E["S"])
    store = generated.store(generated.graph(random))
    view = View(store)
    nodes = {quad.subject for quad in store} | {quad.object for quad in store}
    reached = {start: set(path.follow(view, start)) for start in nodes}
    for start in nodes:
        if isinstance(start, ox.NamedNode):
            found = store.query(f"SELECT ?end {{ {start} {path} ?end }}")
            assert isinstance(found, ox.QuerySolutions)
            assert reached[start] == {solution["end"] for solution in found}
        assert {end for end in nodes if start in reached[end]} == set(path.reverse().follow(view, start))
        assert path.reverse().reverse().follow(view, start) == path.follow(view, start)


@examples(2)
def test_a_query_on_what_it_reads_for_a_focus_node_gives_what_it_gives_on_the_whole_graph(seed: int) -> None:
    random = Random(seed)
    query = read_query(f"SELECT $this ?a ?b WHERE {{ {generated.group(random)} }}")
    everything = replace(query, local=False, predicates=None)
    store = generated.store(generated.graph(random))
    foci = list({quad.subject for quad in store} | {quad.object for quad in store})
    assert bindings(query, store, foci) == bindings(everything, store, foci)
    for focus in random.sample(foci, 2):
        assert bindings(query, store, [focus])[focus] == bindings(everything, store, foci)[focus]


@examples(4)
def test_pre_binding_puts_the_focus_node_wherever_this_stands(seed: int) -> None:
    random = Random(seed)
    group = generated.group(random)
    query = read_query(f"SELECT $this ?a ?b WHERE {{ {group} }}")
    store = generated.store(generated.graph(random))
    nodes = sorted({quad.subject for quad in store if isinstance(quad.subject, ox.NamedNode)}, key=str)
    for focus in random.sample(nodes, min(3, len(nodes))):
        found = bindings(query, store, [focus])[focus]
        assert found == [{"this": focus, **each} for each in substituted(group, focus, store)]


def substituted(group: str, focus: ox.NamedNode, store: ox.Store) -> list[dict[str, Term]]:
    """Evaluate a query with the focus node written into its text, which is how SHACL defines pre-binding.

    The focus node is one of the graph: for others Oxigraph, unlike SPARQL, lets no path of no steps begin there.
    """
    text = group.replace("SELECT $this ?a", "SELECT ?a").replace("$this", str(focus))
    found = store.query(f"SELECT DISTINCT ?a ?b WHERE {{ {text} }}", prefixes=PREFIXES)
    assert isinstance(found, ox.QuerySolutions)
    rows = [{name: solution[name] for name in ("a", "b") if solution[name] is not None} for solution in found]
    return sorted(rows, key=str)


PREFIXES = {"": str(E), "rdf": str(RDF)}


def read_query(text: str) -> Query:
    return prebinding.read("query", text, PREFIXES, None)


def bindings(query: Query, store: ox.Store, foci: list[Term]) -> dict[Term, list[dict[str, Term]]]:
    solved = queries.solve(query, View(store), foci)
    return {
        focus: sorted((dict(each.bindings) for each in solutions), key=lambda row: str({**row, "this": focus}))
        for focus, solutions in solved.items()
    }


DATES = st.dates().map(str)
COMPARED = st.one_of(
    st.tuples(st.just("integer"), st.integers(min_value=-(2**63), max_value=2**63 - 1).map(str)),
    st.tuples(st.just("decimal"), st.decimals(min_value=-1000, max_value=1000, places=3).map(str)),
    st.tuples(st.just("double"), st.floats(width=64).map(repr).map(lambda text: text.replace("inf", "INF"))),
    st.tuples(st.just("string"), st.text(max_size=3)),
    st.tuples(st.just("date"), DATES),
    st.tuples(st.just("dateTime"), DATES.map(lambda day: f"{day}T23:30:00.5+01:00")),
    st.tuples(st.just("dateTime"), st.datetimes().map(lambda time: time.isoformat() + "Z")),
    st.tuples(st.just("gYear"), st.integers(min_value=1000, max_value=9999).map(str)),
    st.tuples(st.just("integer"), st.sampled_from(["", "many", "1.0", "0x1"])),
    st.tuples(st.just("date"), st.sampled_from(["2021-02-29", "2020-2-1", "2020-02-29Z ", "yesterday"])),
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(first=COMPARED, second=COMPARED)
def test_values_are_compared_as_sparql_compares_them(first: tuple[str, str], second: tuple[str, str]) -> None:
    store = ox.Store()
    one, other = (ox.Literal(lexical, datatype=XSD[name]) for name, lexical in (first, second))
    found = store.query(f"SELECT ({one} < {other} AS ?less) ({one} > {other} AS ?more) {{}}")
    assert isinstance(found, ox.QuerySolutions)
    (solution,) = found
    answers = {-1: ("true", "false"), 0: ("false", "false"), 1: ("false", "true"), None: (None, None)}
    order = literals.compare(one, other)
    assume(order is not None or one != other)  # Oxigraph finds an ill-formed literal equal to itself
    assert tuple(term and term.value for term in (solution["less"], solution["more"])) == answers[order]


# ---------------------------------------------------------------- the shapes of the project


@pytest.fixture(scope="module")
def project_shapes() -> Shapes:
    return compile_shapes(ROOT / "ontology" / "shapes.ttl")


@pytest.fixture(scope="module")
def ontology() -> list[ox.Quad]:
    return [*file("ontology/sayso.ttl"), *file("ontology/vocabulary.ttl")]


@pytest.fixture(scope="module")
def valid(ontology: list[ox.Quad]) -> ox.Store:
    store = ox.Store()
    store.extend([*ontology, *file("tests/shapes/valid.ttl")])
    return store


def file(name: str) -> list[ox.Quad]:
    return parsed((ROOT / name).read_text(encoding="utf-8"))


EXAMPLES_OF_RULES = sorted(path for path in (ROOT / "tests" / "shapes").glob("*.ttl") if path.stem != "valid")


def edit(path: Path, store: ox.Store) -> UnionDelta:
    """Read the change that an example makes to the valid dataset."""
    text = path.read_text(encoding="utf-8")
    prefixes = re.findall(r"^@prefix .+$", path.with_stem("valid").read_text(encoding="utf-8"), re.MULTILINE)
    removed = "\n".join([*prefixes, *header(path, "remove")])
    return effective_delta(store, parsed(text), parsed(removed))


def header(path: Path, key: str) -> list[str]:
    return re.findall(rf"^# {key}: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)


def line(result: Result) -> str:
    """Write a result as the header of an example does, without the prefix of the focus node."""
    stem = result.component.removesuffix("ConstraintComponent")
    parameter = "sparql" if stem == "SPARQL" else stem[0].lower() + stem[1:]
    focus = re.split("[/#]", result.focus.value)[-1] if isinstance(result.focus, ox.NamedNode) else "[]"
    return f"shp:{result.shape.rpartition('#')[2]} sh:{parameter} at {focus}"


def test_the_valid_dataset_conforms(valid: ox.Store, project_shapes: Shapes) -> None:
    assert validate(View(valid), project_shapes) == []


@pytest.mark.parametrize("path", EXAMPLES_OF_RULES, ids=lambda path: path.stem)
def test_an_example_is_found_as_an_addition_with_its_message(
    path: Path, valid: ox.Store, project_shapes: Shapes
) -> None:
    delta = edit(path, valid)
    view = View(valid, delta.added, delta.removed)
    found = validate_delta(view, project_shapes, delta, guard=True).results
    assert found == validate_delta(view, project_shapes, delta).results == validate(view, project_shapes)
    assert {line(result) for result in found} == {
        re.sub(r"at .*[:/]", "at ", expected) for expected in header(path, "expect")
    }
    (message,) = header(path, "message")
    assert [result.message for result in found if message not in result.message] == []


def test_all_examples_at_once_get_the_report_of_pyshacl(valid: ox.Store, project_shapes: Shapes) -> None:
    store = ox.Store()
    store.extend(valid)
    for path in EXAMPLES_OF_RULES:
        delta = edit(path, valid)
        for triple in delta.removed:
            store.remove(ox.Quad(triple.subject, triple.predicate, triple.object))
        store.extend(quads(set(delta.added)))
    own = validate(View(store), project_shapes)
    assert len({result.shape for result in own}) > 0.9 * len(EXAMPLES_OF_RULES)  # some examples mend what others break
    assert_agreement(own, oracle.validate(list(store), ROOT / "ontology" / "shapes.ttl"))


def test_the_shapes_of_the_project_are_all_checked_locally(project_shapes: Shapes) -> None:
    assert project_shapes.remarks == ()
    assert dict(project_shapes.footprint.whole) == {}


# ---------------------------------------------------------------- the cost of a change


@dataclass
class Counted:
    """Be a store that counts the lookups in it, and the quads that were taken from them."""

    store: ox.Store
    lookups: int = 0
    taken: int = 0

    def quads_for_pattern(
        self,
        subject: Subject | None,
        predicate: ox.NamedNode | None,
        object: Term | None,  # noqa: A002
        graph_name: ox.NamedNode | ox.BlankNode | ox.DefaultGraph | None = None,
        /,
    ) -> Iterator[ox.Quad]:
        self.lookups += 1
        for quad in self.store.quads_for_pattern(subject, predicate, object, graph_name):
            self.taken += 1
            yield quad


def copy(given: list[ox.Quad], number: int) -> list[ox.Quad]:
    """Copy a dataset under other names."""
    text = ox.serialize(given, format=ox.RdfFormat.N_QUADS) or b""
    renamed = text.replace(b"<https://w3id.org/sayso/id/", b"<https://w3id.org/sayso/id/%d/" % number)
    return list(ox.parse(renamed, format=ox.RdfFormat.N_QUADS))


@pytest.mark.parametrize("guard", [False, True], ids=["exactly", "in guard mode"])
def test_an_addition_reads_as_much_of_a_store_a_hundred_times_larger(
    guard: bool,  # noqa: FBT001  # a parameter of the test
    ontology: list[ox.Quad],
    project_shapes: Shapes,
) -> None:
    dataset = file("tests/shapes/valid.ttl")
    costs = []
    for copies in (1, 100):
        store = ox.Store()
        store.extend(ontology)
        for number in range(copies):
            store.extend(copy(dataset, number))
        claim = ox.NamedNode("https://w3id.org/sayso/id/0/norland-times-2020-07/s6a")
        addition = list(store.quads_for_pattern(claim, None, None, None))
        assert len(addition) > 10
        for quad in addition:
            store.remove(quad)
        counted = Counted(store)
        delta = effective_delta(counted, addition, [])
        recheck = validate_delta(View(counted, delta.added, delta.removed), project_shapes, delta, guard=guard)
        assert recheck.results == []
        costs.append((counted.lookups, counted.taken, len(recheck.pairs)))
    assert costs[0] == costs[1]
