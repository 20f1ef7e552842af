"""The W3C test suite for SHACL: each verdict and each whole report, and what is refused.

The suite is part of the reference material beside the checkout; it is never copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sayso.namespaces import Namespace
from sayso.shacl.source import SH

if TYPE_CHECKING:
    from typing import TypeAlias


Row: TypeAlias = tuple[str, str, str, str, str, str]

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
LEVELS = {SH["Warning"]: "warning", SH["Info"]: "info"}  # a severity of one's own blocks, as sh:Violation does

# Reports that differ, verdicts being the same: the store keeps another literal than the one that was written.
REWRITTEN = {
    "core/property/datatype-ill-formed.ttl": 'Oxigraph stores "300"^^xsd:byte as "300"^^xsd:integer',
}
