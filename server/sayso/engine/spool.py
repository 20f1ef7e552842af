"""The spool of a result: in memory while it is small, then in a file, and never longer than it may be."""

from __future__ import annotations

import io
import re
import tempfile
from typing import IO, TYPE_CHECKING

from sayso import negotiation
from sayso.errors import ResultTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable

IN_MEMORY = 1 << 20
SHORTEST_ROW = 33  # bytes of a JSON row with one value, {"x":{"type":"uri","value":""}},
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|[{}]', re.DOTALL)


class Spool(io.RawIOBase):
    """Take what a serializer writes; past `limit` bytes or `rows` rows it raises ResultTooLarge.

    What is more than a mebibyte goes to a temporary file, which has no name: it is gone with the last who has it open.
    """

    def __init__(self, limit: int, rows: int, media_type: str) -> None:
        """Take the limits, and the media type that decides what a row is."""
        self._limit = limit
        self._rows = rows
        self._count = row_counter(media_type, exact=rows < limit // SHORTEST_ROW)
        self._stream: IO[bytes] = io.BytesIO()
        self.length = 0

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: object) -> int:
        """Take bytes; returns how many."""
        content = bytes(data)  # type: ignore[call-overload]  # what a serializer writes is a buffer
        self.length += len(content)
        if self.length > self._limit:
            raise ResultTooLarge(f"The result is larger than the limit of {self._limit:,} bytes: ask for part of it")
        if self._count(content) > self._rows:
            raise ResultTooLarge(f"The result has more rows than the limit of {self._rows:,}: ask for part of it")
        if self.length > IN_MEMORY and isinstance(self._stream, io.BytesIO):
            self._to_disk(self._stream.getvalue())
        self._stream.write(content)
        return len(content)

    def file(self) -> int | None:
        """Give the descriptor of the file, complete, or None where the result stayed in memory."""
        self._stream.flush()
        return None if isinstance(self._stream, io.BytesIO) else self._stream.fileno()

    def in_memory(self) -> bytes:
        """Give what was written, in one piece."""
        self._stream.seek(0)
        return self._stream.read()

    def close(self) -> None:
        """Give up what was written."""
        self._stream.close()
        super().close()

    def _to_disk(self, written: bytes) -> None:
        self._stream = tempfile.TemporaryFile()  # noqa: SIM115  # open for as long as the spool is
        self._stream.write(written)


def row_counter(media_type: str, *, exact: bool) -> Callable[[bytes], int]:
    """Make a counter that is fed a result set piece by piece and tells how many rows have been begun.

    It knows what Oxigraph's writers write: a line a row in CSV and TSV, an element in XML, an object in JSON. Reading
    JSON doubles the time of writing it, so where it need not be `exact`, because the limit on bytes is reached before
    that on rows, only the rows that could be shorter than SHORTEST_ROW are counted: those without a value.
    """
    if media_type in (negotiation.CSV, negotiation.TSV):
        return _Lines(quoted=media_type == negotiation.CSV)
    if media_type == negotiation.XML:
        return _Marks(b"<result>")
    if media_type == negotiation.JSON:
        return _Objects() if exact else _Marks(b"{}")
    return lambda _: 0


class _Lines:
    def __init__(self, *, quoted: bool) -> None:
        self._quoted = quoted
        self._inside = False
        self._rows = -1  # the first line is the header

    def __call__(self, content: bytes) -> int:
        if not self._quoted or (not self._inside and b'"' not in content):
            self._rows += content.count(b"\n")
            return self._rows
        # Between two quotation marks a line break is part of a value; a doubled mark opens and closes at once.
        self._rows += sum(part.count(b"\n") for part in content.split(b'"')[self._inside :: 2])
        self._inside ^= content.count(b'"') % 2 == 1
        return self._rows


class _Marks:
    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._rest = b""
        self._rows = 0

    def __call__(self, content: bytes) -> int:
        joined = self._rest + content
        self._rows += joined.count(self._mark)
        self._rest = joined[-(len(self._mark) - 1) :]
        return self._rows


class _Objects:
    """Count the objects at the depth of the rows; strings are skipped, so nothing inside a value is counted."""

    ROW = 3  # {"head":…,"results":{"bindings":[ { row } … ]}}

    def __init__(self) -> None:
        self._rest = b""
        self._depth = 0
        self._rows = 0

    def __call__(self, content: bytes) -> int:
        joined, self._rest = self._rest + content, b""
        for token in _JSON_TOKEN.finditer(joined):
            if token[0] == b"{":
                self._depth += 1
                self._rows += self._depth == self.ROW
            elif token[0] == b"}":
                self._depth -= 1
            elif not token[1]:  # the string goes on in the next piece, after a backslash perhaps
                self._rest = b'"' + joined[token.end() :]
                break
        return self._rows
