"""The W3C test suite for SHACL: each verdict and each whole report, and what is refused.

The suite is part of the reference material beside the checkout; it is never copied.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from sayso.namespaces import Namespace
from sayso.shacl import paths
from sayso.shacl.compile import compile_shapes
from sayso.shacl.graph import View, effective_delta
from sayso.shacl.source import SH, Source, UnsupportedShapes
from sayso.shacl.validate import Report, report, validate, validate_delta
from sayso.store import as_stored
from shacl_random import halves

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from sayso.documents import Term
    from sayso.shacl.report import Result

Row: TypeAlias = tuple[str, str, str, str, str, str]

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
LEVELS = {SH["Warning"]: "warning", SH["Info"]: "info"}  # a severity of one's own blocks, as sh:Violation does

# Reports that differ, verdicts being the same: the store keeps another literal than the one that was written.
REWRITTEN = {
    "core/property/datatype-ill-formed.ttl": 'Oxigraph stores "300"^^xsd:byte as "300"^^xsd:integer',
}
