"""What the command line prints: tables on a terminal, plain lines in a pipe."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING

import pyoxigraph as ox
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sayso import negotiation, reports
from sayso.reports import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sayso.authoring import Entity, Sentence, Verified
    from sayso.engine import Answer
    from sayso.reports import Report
    from sayso.shacl.shapes import Shapes
    from sayso.store import Entry
    from sayso.tokens import Token
    from sayso.wikidata.candidates import Candidate

_STYLES = {"violation": "red", "warning": "yellow", "info": "blue"}


def answer(found: Answer, layout: str | None) -> None:
    """Print an answer: a result set as a table on a terminal or as CSV in a pipe, anything else as it is."""
    if layout not in (None, "table") or found.media_type != negotiation.JSON:
        sys.stdout.buffer.write(found.body())
        return
    document = json.loads(found.body())
    if "boolean" in document:
        print("true" if document["boolean"] else "false")  # noqa: T201  # the command's output
        return
    names = document["head"]["vars"]
    rows = [[row.get(name, {}).get("value", "") for name in names] for row in document["results"]["bindings"]]
    _rows(names, [[str(value) for value in row] for row in rows], as_table=layout == "table")


def findings(found: Report, layout: str | None) -> None:
    """Print findings in one of the layouts of reports, or as a table, which a terminal gets where none is asked for."""
    if layout == "table" or (layout is None and sys.stdout.isatty() and found.groups):
        _table(found)
    else:
        sys.stdout.write(reports.write(found, layout or "text"))


def sentences(found: Iterable[Sentence]) -> None:
    """Print sentences, each under its evidence and the statements that rest on it."""
    for sentence in found:
        statements = ", ".join(sentence.statements) or "no statement"
        print(f"a:{sentence.passage.name}  {statements}\n  {sentence.words}\n")  # noqa: T201


def entities(found: Sequence[Entity]) -> None:
    """Print the entities that a name may stand for, with a warning where others are easily taken for them."""
    rows = [
        [
            _short(each.iri),
            each.kind,
            f"{each.score:.0f}",
            " | ".join(each.spellings),
            ", ".join(map(_short, each.confusable)),
        ]
        for each in found
    ]
    _rows(["entity", "kind", "likeness", "spellings", "not to be confused with"], rows)
    if not found:
        print("nobody has a name like it", file=sys.stderr)  # noqa: T201
    elif len(found) > 1:
        print("several names are alike: read them before you choose", file=sys.stderr)  # noqa: T201


def candidates(found: Iterable[Candidate]) -> None:
    """Print the items that entities may be, with what speaks for each."""
    rows = [
        [
            f"id:{each.entity.id}",
            each.entity.label,
            f"wd:{each.item.id}",
            each.item.label,
            each.item.description,
            f"{each.score:.2f}",
            "; ".join(each.reasons),
        ]
        for each in found
    ]
    _rows(["entity", "label", "item", "item's label", "description", "score", "reasons"], rows)


def verified(found: Sequence[Verified]) -> None:
    """Print the passages that a copy does not have, and how many it has."""
    for each in found:
        if each.place is None:
            print(f"{each.passage.name}: not found")  # noqa: T201
    there = sum(each.place is not None for each in found)
    print(f"{there} of {len(found)} passages found", file=sys.stderr)  # noqa: T201


def _short(iri: str) -> str:
    return iri.replace("https://w3id.org/sayso/id/", "id:")


def history(entries: Iterable[Entry]) -> None:
    """Print the versions of a store, the newest first."""
    rows = [
        [
            str(entry.version),
            entry.time.isoformat(timespec="seconds"),
            entry.author,
            f"+{entry.added}",
            f"-{entry.removed}",
            entry.message,
        ]
        for entry in sorted(entries, key=lambda entry: -entry.version)
    ]
    _rows(["version", "time", "author", "added", "removed", "message"], rows)


def shapes(found: Shapes) -> None:
    """Print the shapes with targets, what they are for, their level and how many constraints each has."""
    rows = [
        [
            found.names(ox.NamedNode(root.name)) if not root.name.startswith("_:") else root.name,
            ", ".join(target.shown(found.names) for target in root.targets),
            root.level,
            str(found.size(root.name)),
        ]
        for root in found.roots
    ]
    _rows(["shape", "for", "level", "constraints"], rows)
    for remark in found.remarks:
        print(remark, file=sys.stderr)  # noqa: T201


def tokens(found: Iterable[Token]) -> None:
    """Print who has a token, the id that it carries in the open, and since when."""
    rows = [[each.name, each.public, each.created.isoformat(timespec="seconds")] for each in found]
    _rows(["name", "id", "created"], rows)


def _rows(names: list[str], rows: list[list[str]], *, as_table: bool = False) -> None:
    if not as_table and not sys.stdout.isatty():
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows([names, *rows])
        sys.stdout.write(lines.getvalue().replace("\r\n", "\n"))
        return
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _table(found: Report) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("place", "level", "message"):
        table.add_column(name, overflow="fold")
    for finding in found.findings:
        column = "" if finding.column is None else f":{finding.column}"
        message = "\n".join([finding.message, *lines.notes(finding)])
        level = Text(finding.level, _STYLES[finding.level])
        table.add_row(Text(f"{finding.file}:{finding.line}{column}"), level, Text(message))
    for group in found.groups:
        if group.hidden:
            table.add_row("", "", Text(lines.rest(group)))
    Console().print(table)
