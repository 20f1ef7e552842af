"""RDF Patch: the text of what one version changed, by whom, when and why, and what content results.

The format is https://afs.github.io/rdf-delta/rdf-patch.html, cut down to what a journal needs: header lines (`H`), then
one transaction (`TX`, `TC`) of deletions (`D`) and additions (`A`). Prefixes (`PA`, `PD`) and aborts (`TA`) are never
written and are refused: a line then means the same wherever it stands, so grep, sort and diff work on a journal.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BEGIN = b"TX .\n"
_END = b"TC .\n"
_MODULUS = 1 << 256
_HEADER = re.compile(rb'H ([a-z][a-z-]*) (".*") \.\n')


class PatchError(ValueError):
    """Say which line of a patch cannot be read, and why; lines count from 1."""

    def __init__(self, line: int, problem: str) -> None:
        """Keep the place beside the problem."""
        self.line, self.problem = line, problem
        super().__init__(f"line {line}: {problem}")


@dataclass(frozen=True)
class Commit:
    """Say who publishes a version, why, when, and checked against which shapes; no time is the time of publishing.

    `remarks` are what the check found that did not refuse the commit, a line each.
    """

    author: str
    message: str
    time: datetime | None = None
    shapes_hash: str | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a time without a zone: it would be another instant elsewhere."""
        if self.time is not None and self.time.tzinfo is None:
            raise ValueError(f"The time of a commit needs a zone: {self.time}")


@dataclass(frozen=True)
class Entry:
    """Describe one version: its commit, its content, and counts in quads; this is the header of its patch."""

    version: int
    parent: int | None
    author: str
    time: datetime
    message: str
    shapes_hash: str | None
    content_hash: str
    quads: int
    added: int
    removed: int
    remarks: tuple[str, ...] = ()


def entry(before: Entry | None, commit: Commit, gain: int, *, added: int, removed: int) -> Entry:
    """Make the entry of a commit on a version, None for the first; `gain` is the `weight` that the content gains."""
    return Entry(
        version=before.version + 1 if before else 1,
        parent=before.version if before else None,
        author=commit.author,
        time=commit.time or datetime.now(UTC),
        message=commit.message,
        shapes_hash=commit.shapes_hash,
        content_hash=hexadecimal((int(before.content_hash, 16) if before else 0) + gain),
        quads=(before.quads if before else 0) + added - removed,
        added=added,
        removed=removed,
        remarks=commit.remarks,
    )


def content_hash(quads: Iterable[ox.Quad]) -> str:
    """Hash distinct quads in any order: the sum modulo 2^256 of the SHA-256 of each N-Quads line, in hexadecimal.

    A hash over sorted lines would read two million quads to commit twenty; a sum is updated by what came and went. This
    is the additive set hash of Bellare and Micciancio (1997). At 256 bits it finds damage and mistakes; it proves
    nothing against somebody who chooses the quads in order to deceive it.
    """
    return hexadecimal(weight(quads))


def weight(quads: Iterable[ox.Quad]) -> int:
    """Sum up the SHA-256 of each N-Quads line."""
    return sum(int.from_bytes(hashlib.sha256(f"{quad} .\n".encode()).digest(), "big") for quad in quads)


def hexadecimal(total: int) -> str:
    """Write a sum of weights as a content hash."""
    return f"{total % _MODULUS:064x}"


class Change(NamedTuple):
    """Be one row of a patch: A adds the quad, D deletes it."""

    operation: Literal["A", "D"]
    quad: ox.Quad


class Delta(NamedTuple):
    """Hold all changes of a patch; the two sets are disjoint."""

    added: frozenset[ox.Quad]
    removed: frozenset[ox.Quad]


def delta(changes: Iterable[Change]) -> Delta:
    """Gather changes, all in memory."""
    sides: dict[str, set[ox.Quad]] = {"A": set(), "D": set()}
    for operation, quad in changes:
        sides[operation].add(quad)
    return Delta(frozenset(sides["A"]), frozenset(sides["D"]))


def row(operation: Literal["A", "D"], quad: ox.Quad) -> str:
    """Write one change as a line, newline included."""
    return f"{operation} {quad} .\n"


def write(header: Entry, rows: Iterable[str]) -> Iterator[str]:
    r"""Write a patch line by line, newlines included, from rows as `row` writes them.

    Lines hold the line separators of Unicode as they are: split the text at "\n" and nowhere else.
    """
    for field in fields(header):
        text = _header_text(getattr(header, field.name))
        if text is not None:
            yield f"H {field.name.replace('_', '-')} {ox.Literal(text)} .\n"
    yield _BEGIN.decode()
    yield from rows
    yield _END.decode()


def read(stream: BinaryIO) -> tuple[Entry, Iterator[Change]]:
    """Read a patch: the header at once, the changes as they are asked for, so keep the stream open for them.

    Blank nodes keep their labels. Raises PatchError at the first line that `write` would not have written; the end
    missing is such a line.
    """
    lines = enumerate(stream, 1)
    return _header(lines), _changes(lines)


def _header(lines: Iterator[tuple[int, bytes]]) -> Entry:
    header: dict[str, str] = {}
    number = 0
    for number, line in lines:
        if line == _BEGIN:
            return _from_header(header, number)
        key, value = _header_line(number, line)
        if key in header:
            raise PatchError(number, f"the header {key} is given twice")
        header[key] = value
    raise PatchError(number + 1, "the text ends before TX")


def _header_text(value: int | str | datetime | tuple[str, ...] | None) -> str | None:
    """Write the value of a header: a time in UTC, several texts a line each; None where there is nothing to write."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case tuple():
            return "\n".join(each.replace("\n", " ") for each in value) or None
    return None if value is None else str(value)


def _header_line(number: int, line: bytes) -> tuple[str, str]:
    found = _HEADER.fullmatch(line)
    if found is None:
        raise PatchError(number, f'expected `H key "value" .` or `TX .`, found {_shown(line)}')
    # The value is escaped as N-Quads escape a literal, so their parser reads it.
    value = _quad(number, b"<urn:h> <urn:h> " + found[2] + b" .\n").object
    if not isinstance(value, ox.Literal):
        raise PatchError(number, f"expected a text in quotes, found {_shown(line)}")
    return found[1].decode(), value.value


def _from_header(header: dict[str, str], number: int) -> Entry:
    if unknown := header.keys() - {field.name.replace("_", "-") for field in fields(Entry)}:
        raise PatchError(number, f"the header {min(unknown)} is not known")
    try:
        return Entry(
            version=int(header["version"]),
            parent=int(header["parent"]) if "parent" in header else None,
            author=header["author"],
            time=datetime.fromisoformat(header["time"]),
            message=header["message"],
            shapes_hash=header.get("shapes-hash"),
            content_hash=header["content-hash"],
            quads=int(header["quads"]),
            added=int(header["added"]),
            removed=int(header["removed"]),
            remarks=tuple(header["remarks"].split("\n")) if "remarks" in header else (),
        )
    except KeyError as error:
        raise PatchError(number, f"the header {error.args[0]} is missing") from None
    except ValueError as error:
        raise PatchError(number, f"the header cannot be read: {error}") from None


def _changes(lines: Iterator[tuple[int, bytes]]) -> Iterator[Change]:
    number = 0
    for number, line in lines:
        if line == _END:
            _expect_end(lines)
            return
        match line[:2]:
            case b"A ":
                yield Change("A", _quad(number, line[2:]))
            case b"D ":
                yield Change("D", _quad(number, line[2:]))
            case _:
                raise PatchError(number, f"expected `A quad .`, `D quad .` or `TC .`, found {_shown(line)}")
    raise PatchError(number + 1, "the text ends before TC: the patch was cut short")


def _expect_end(lines: Iterator[tuple[int, bytes]]) -> None:
    for number, line in lines:
        raise PatchError(number, f"expected nothing after TC, found {_shown(line)}")


def _quad(number: int, line: bytes) -> ox.Quad:
    if not line.endswith(b" .\n"):
        raise PatchError(number, f"expected ` .` at the end of the line, found {_shown(line)}")
    try:
        quads: list[ox.Quad] = list(ox.parse(line, format=ox.RdfFormat.N_QUADS))
    except SyntaxError as error:
        raise PatchError(number, f"not a quad: {error.msg}") from error
    if len(quads) != 1:
        raise PatchError(number, f"expected a quad, found {_shown(line)}")
    return quads[0]


def _shown(line: bytes) -> str:
    return repr(line[:80].decode(errors="replace"))
