"""Documents are read line by line, so that every triple has its line."""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from sayso import documents


@given(st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from([b"\n", b"\r\n", b"\n\n\n"])), max_size=4))
def test_every_triple_has_its_line_however_long_the_lines_are(lines: list[tuple[int, bytes]]) -> None:
    content, expected, number = b"", [], 1
    for length, end in lines:
        content += b"<http://x/s> <http://x/p> '" + b"x" * length + b"' ." + end
        expected.append((length, number))
        number += end.count(b"\n")
    for rdf_format in (ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES if not lines else ox.RdfFormat.TRIG):
        found = [(len(each.quad.object.value), each.line) for each in documents.parse(content, rdf_format, "x")]  # type: ignore[union-attr]
        assert found == expected
