"""The W3C's tests over HTTP, for Sayso and for Oxigraph's own server in the same run.

`make conformance RDF_TESTS=path`, the path being that of a checkout of https://github.com/w3c/rdf-tests. Exit code 1
says that in some group Sayso passes fewer than Oxigraph's server.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import exchanges
import languages
import peers
from exchanges import Failed
from manifests import DAWGT, PUBLISHED, Checkout, tests

from sayso import lexer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from manifests import Test
    from peers import Peer

MANIFESTS = (
    "sparql10/manifest.ttl",
    "sparql11/manifest-all.ttl",
    "sparql11/graph-store-protocol/manifest.ttl",
    "sparql11/http-rdf-update/manifest.ttl",
    "sparql12/manifest.ttl",
)
HTTP = {
    "ProtocolTest": ("SPARQL Protocol", exchanges.protocol),
    "GraphStoreProtocolTest": ("Graph Store HTTP Protocol", exchanges.graph_store),
    "ServiceDescriptionTest": ("Service Description", exchanges.service_description),
}
LANGUAGES = {
    "QueryEvaluationTest": ("query evaluation", languages.query_evaluation),
    "CSVResultFormatTest": ("query evaluation", languages.query_evaluation),
    "UpdateEvaluationTest": ("update evaluation", languages.update_evaluation),
    "PositiveSyntaxTest": ("query syntax", languages.query_syntax),
    "NegativeSyntaxTest": ("query syntax", languages.query_syntax),
    "PositiveUpdateSyntaxTest": ("update syntax", languages.update_syntax),
    "NegativeUpdateSyntaxTest": ("update syntax", languages.update_syntax),
}


@dataclass
class Group:
    """Count the tests of one group, and keep for each server why it failed which."""

    size: int = 0
    failures: dict[str, dict[str, str]] = field(default_factory=lambda: {"sayso": {}, "oxigraph": {}})

    def passed(self, peer: str) -> int:
        """Tell how many tests a server passed."""
        return self.size - len(self.failures[peer])


def main() -> None:
    """Run everything, print a table and the failures, and exit with what came of it."""
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "sparql").is_dir():  # the program and a path
        raise SystemExit("Give a checkout of https://github.com/w3c/rdf-tests: make conformance RDF_TESTS=path")
    checkout = Checkout(Path(sys.argv[1]).resolve())
    left_out: dict[str, list[str]] = defaultdict(list)
    groups: dict[str, Group] = defaultdict(Group)
    with (
        tempfile.TemporaryDirectory() as folder,
        peers.sayso(Path(folder)) as ours,
        peers.oxigraph(Path(folder)) as theirs,
    ):
        for test in _all(checkout):
            reason = _left_out(test, checkout)
            if reason:
                left_out[reason].append(test.name)
            else:
                name, run = _group(test)
                groups[name].size += 1
                for peer in (ours, theirs):
                    failure = _failure(run, test, peer, checkout)
                    if failure:
                        groups[name].failures[peer.name][test.name] = failure
    _report(groups, left_out)
    sys.exit(any(group.passed("sayso") < group.passed("oxigraph") for group in groups.values()))


def _all(checkout: Checkout) -> Iterator[Test]:
    seen = set()
    for manifest in MANIFESTS:
        for test in tests(checkout, f"{PUBLISHED}sparql/{manifest}"):
            if test.name not in seen:
                seen.add(test.name)
                yield test


def _group(test: Test) -> tuple[str, Callable[[Test, Peer, Checkout], None]]:
    if test.kind in HTTP:
        return HTTP[test.kind]
    name, run = LANGUAGES[test.kind.removesuffix("11")]
    version = test.directory.partition("/")[0].removeprefix("sparql")
    return f"SPARQL {version[0]}.{version[1:]} {name}", run


def _left_out(test: Test, checkout: Checkout) -> str:
    """Say why a test is left out; nothing where it is not."""
    if test.manifest.text(test.node, DAWGT + "approval") == DAWGT + "Deprecated":
        return "deprecated by the W3C, and in words only"
    if test.directory.endswith("/entailment"):
        return "asks for entailment regimes, which neither server has"
    if test.kind in HTTP:
        return ""
    text = languages.text(test, checkout)
    if any(lexer.mentions(text, word) for word in ("SERVICE", "LOAD")):
        return "would send a request to another server, which Sayso refuses unless told otherwise"
    return ""


def _failure(run: Callable[[Test, Peer, Checkout], None], test: Test, peer: Peer, checkout: Checkout) -> str:
    """Run a test; returns why it failed, nothing where it passed."""
    try:
        run(test, peer, checkout)
    except (Failed, SyntaxError, ValueError) as error:
        return str(error)
    return ""


def _report(groups: dict[str, Group], left_out: dict[str, list[str]]) -> None:
    print(f"{'group':<30} {'tests':>6} {'sayso':>6} {'oxigraph':>9}")
    for name, group in groups.items():
        print(f"{name:<30} {group.size:>6} {group.passed('sayso'):>6} {group.passed('oxigraph'):>9}")
    for name, group in groups.items():
        ours, theirs = group.failures["sayso"], group.failures["oxigraph"]
        for test in sorted({*ours, *theirs}):
            print(f"\n{name}: {test}")
            print("".join(f"  {peer}: {why[test]}\n" for peer, why in group.failures.items() if test in why), end="")
    for reason, names in left_out.items():
        print(f"\nLeft out, {len(names)}: {reason}\n  {' '.join(sorted(names))}")


if __name__ == "__main__":
    main()
