"""The W3C test suite for SHACL: every verdict and every whole report, and what is refused.

The suite is part of the reference material beside the checkout, and is read there.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox
import pytest
import shacl_random as generated

from sayso.namespaces import Namespace
from sayso.shacl import paths
from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import UnionDelta, View
from sayso.shacl.source import SH, Source, UnsupportedShapes
from sayso.shacl.validate import report, validate, validate_delta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sayso.documents import Term
    from sayso.findings import Level
    from sayso.shacl.report import Result
    from sayso.shacl.shapes import Shapes

Row: TypeAlias = "tuple[str, str, str, str, str, str]"

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
LEVELS: dict[Term | None, Level] = {SH["Warning"]: "warning", SH["Info"]: "info"}  # another severity blocks

SPLITS = 25 if os.environ.get("SAYSO_TEST_DEEP") else 4

# The verdicts are as expected, and the reports but for a literal that Oxigraph stores in another form than was written.
REWRITTEN = {
    "core/node/maxExclusive-001.ttl": '"4.0"^^xsd:decimal, a target node, is "4"^^xsd:decimal in the report',
    "core/node/minExclusive-001.ttl": '"4.0"^^xsd:decimal, a target node, is "4"^^xsd:decimal in the report',
    "core/property/datatype-ill-formed.ttl": '"300"^^xsd:byte, a value, is "300"^^xsd:integer in the store',
}
REFUSED = {
    "sparql/component/optional-001.ttl": "custom constraint components",
    "sparql/component/propertyValidator-select-001.ttl": "custom constraint components",
    "sparql/component/validator-001.ttl": "custom constraint components",
    "sparql/pre-binding/shapesGraph-001.ttl": "GRAPH",
}
# What the suite wants refused.
FAILURES = {
    "sparql/pre-binding/pre-binding-006.ttl": "does not return $this",
    "sparql/pre-binding/unsupported-sparql-001.ttl": "MINUS",
    "sparql/pre-binding/unsupported-sparql-002.ttl": "VALUES",
    "sparql/pre-binding/unsupported-sparql-003.ttl": "SERVICE",
    "sparql/pre-binding/unsupported-sparql-004.ttl": "does not return $this",
    "sparql/pre-binding/unsupported-sparql-005.ttl": "AS ?this",
    "sparql/pre-binding/unsupported-sparql-006.ttl": "custom constraint components",
}


@dataclass(frozen=True)
class Case:
    """Be one test of the suite; its manifest is also its name."""

    name: str
    manifest: Source
    entry: Term

    @cached_property
    def shapes(self) -> Shapes:
        return compile_shapes(quads(self._file("shapesGraph")))

    @cached_property
    def data(self) -> ox.Store:
        store = ox.Store()
        store.extend(quads(self._file("dataGraph")))
        return store

    @cached_property
    def expected(self) -> list[Term] | None:
        """Give the nodes of the expected results; None where validation is to fail."""
        result = self.manifest.only(self.entry, MF["result"])
        assert result is not None
        return None if result == SHT["Failure"] else self.manifest.values(result, SH["result"])

    @property
    def rows(self) -> Counter[Row]:
        return Counter(self._row(node) for node in self.expected or ())

    def _row(self, node: Term) -> Row:
        focus, path, value, component, severity, shape = (
            self.manifest.only(node, SH[name])
            for name in (
                "focusNode", "resultPath", "value", "sourceConstraintComponent", "resultSeverity", "sourceShape",
            )
        )  # fmt: skip
        return (
            shown(focus),
            "" if path is None else str(paths.read(self.manifest, path, node)),
            shown(value),
            shown(component),
            LEVELS.get(severity, "violation"),
            shown(shape),
        )

    def _file(self, role: str) -> Path:
        action = self.manifest.only(self.entry, MF["action"])
        assert action is not None
        graph = self.manifest.only(action, SHT[role])
        assert isinstance(graph, ox.NamedNode)
        return path_of(graph)


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[Case]:
    root = shared / "w3c" / "shacl"
    return list(listed(root / "manifest.ttl", root))


def listed(manifest: Path, root: Path) -> Iterator[Case]:
    """Read the tests of a manifest and of those that it includes."""
    source = Source(quads(manifest), {})
    me = ox.NamedNode(manifest.as_uri())
    for included in source.iris(me, MF["include"]):
        yield from listed(path_of(included), root)
    for entries in source.lists(me, MF["entries"]):
        yield from (Case(manifest.relative_to(root).as_posix(), source, entry) for entry in entries)


def quads(path: Path) -> list[ox.Quad]:
    return list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=path.as_uri()))


def path_of(file: ox.NamedNode) -> Path:
    return Path(unquote(urlsplit(file.value).path))


def shown(term: Term | None) -> str:
    """Write a term; blank nodes have other names in every graph."""
    return "" if term is None else "_:" if isinstance(term, ox.BlankNode) else str(term)


def row(result: Result) -> Row:
    return (
        shown(result.focus),
        result.path,
        shown(result.value),
        str(SH[result.component]),
        result.level,
        "_:" if result.shape.startswith("_:") else f"<{result.shape}>",
    )


def evaluated(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.name not in REFUSED | FAILURES]


def test_the_suite_is_read_to_its_end(cases: list[Case]) -> None:
    assert Counter(case.name.split("/")[0] for case in cases) == {"core": 98, "sparql": 22}
    assert {case.name for case in cases if case.expected is None} == FAILURES.keys()


def test_every_verdict_is_as_expected(cases: list[Case]) -> None:
    assert [case.name for case in evaluated(cases) if bool(case.expected) != bool(validated(case))] == []


def test_every_report_is_as_expected_but_for_literals_that_the_store_rewrites(cases: list[Case]) -> None:
    different = {case.name for case in evaluated(cases) if case.rows != Counter(map(row, validated(case)))}
    assert different == REWRITTEN.keys()


def test_every_message_that_is_expected_is_given(cases: list[Case]) -> None:
    texts = {
        case.name: {text for node in case.expected or () for text in case.manifest.texts(node, SH["resultMessage"])}
        for case in evaluated(cases)
    }
    missing = [
        case.name for case in evaluated(cases) if not texts[case.name] <= {each.message for each in validated(case)}
    ]
    assert missing == []
    assert any(texts.values())


def test_what_is_not_supported_is_refused_by_name(cases: list[Case]) -> None:
    found = {}
    for case in cases:
        try:
            case.shapes  # noqa: B018  # compiles
        except UnsupportedShapes as error:
            found[case.name] = error.problem
    assert found.keys() == (REFUSED | FAILURES).keys()
    assert [name for name, feature in (REFUSED | FAILURES).items() if feature not in found[name]] == []


def test_every_graph_of_the_suite_built_up_by_a_change_gets_the_report_of_full_validation(cases: list[Case]) -> None:
    for case in evaluated(cases):
        random = Random(case.name)  # noqa: S311  # an example, no secret
        triples = {quad.triple for quad in case.data}
        for _ in range(SPLITS):
            old, new = generated.split(random, triples), generated.split(random, triples)
            delta = UnionDelta(frozenset(new - old), frozenset(old - new))
            store = generated.store(old)
            before = report(View(store), case.shapes)
            view = View(store, delta.added, delta.removed)
            after = before.revised(validate_delta(view, case.shapes, delta))
            assert after.results == validate(View(generated.store(new)), case.shapes), case.name


def validated(case: Case) -> list[Result]:
    return validate(View(case.data), case.shapes)
