"""The links in a store made those of the table, and the table for everybody who asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyoxigraph as ox
from flask import Flask, Response, request

from sayso import conditional
from sayso.errors import DataRefused
from sayso.findings import Finding
from sayso.gate import Gate, Write
from sayso.namespaces import GRAPH, ID, SCHEMA
from sayso.wikidata import table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sayso.store import Fork, VersionedStore
    from sayso.wikidata.table import Judgement

MEDIA_TYPE = "text/tab-separated-values; charset=utf-8"


def apply(file: Path, store: VersionedStore, author: str) -> int:
    """Make the links of a store those of a table, in one version; returns its number.

    That of the current one if nothing changes. Raises DataRefused, with the lines, where two rows claim one entity or
    one item, or a row is of no entity of the store, or where the shapes are broken; DocumentError where the table is
    not understood.
    """
    judgements = table.judgements(file)
    wanted = {
        ox.Quad(triple.subject, triple.predicate, triple.object, GRAPH["links"])
        for triple, _ in table.links(judgements)
    }

    def change(fork: Fork) -> None:
        refused = _refused(file, judgements, fork.before)
        if refused:
            raise DataRefused(refused)
        present = set(fork.before.quads_for_pattern(None, SCHEMA["sameAs"], None, GRAPH["links"]))
        fork.apply(wanted - present, present - wanted)

    return Gate(store).submit(Write(author, f"Links of {file.name}", datetime.now(UTC)), change).version


def serve(app: Flask, file: Path) -> None:
    """Add the route of the table to an application."""

    @app.get("/data/links.sssom.tsv")
    def links() -> Response:
        content = file.read_bytes()
        tag = conditional.etag(0, content)  # the table is no part of a version
        if conditional.matches(request.headers.get("If-None-Match"), tag):
            return Response(status=304, headers={"ETag": tag})
        return Response(content, content_type=MEDIA_TYPE, headers={"ETag": tag})


def _refused(file: Path, judgements: Sequence[Judgement], store: ox.Store) -> list[Finding]:
    contested = [
        Finding(str(file), each.line, "violation", f"{each.subject} or {each.item} has another link: mark one Not")
        for each in table.contested(judgements)
    ]
    strange = [
        Finding(str(file), each.line, "violation", f"{each.subject} is no entity of this store: load it first")
        for each in judgements
        if each.counts and next(iter(store.quads_for_pattern(ID[each.entity], None, None)), None) is None
    ]
    return sorted(contested + strange)
