"""Content codings: gzip and Zstandard where the client takes them (RFC 9110, section 12.5.3; RFC 8878)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SMALLEST = 1024  # bytes below which a coding costs more than it saves
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 5


def coding(accept_encoding: str | None, length: int) -> str | None:
    """Choose zstd, gzip or none for a content of some length; of equal weights zstd, which is the faster."""
    if length < SMALLEST or not accept_encoding:
        return None
    weights = dict(_weights(accept_encoding))
    fallback = weights.get("*", 0.0)
    ranked = [(weights.get(name, fallback), order, name) for order, name in enumerate(("gzip", "zstd"))]
    weight, _, name = max(ranked)
    return name if weight > 0 else None


def encode(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Encode a content, piece by piece, with gzip or zstd."""
    zstd = zstandard.ZstdCompressor(level=3).compressobj() if name == "zstd" else None
    compressor = zstd or zlib.compressobj(_LEVEL, wbits=_GZIP)
    for chunk in chunks:
        yield compressor.compress(chunk)
    yield compressor.flush()


def _weights(accept_encoding: str) -> Iterator[tuple[str, float]]:
    for member in accept_encoding.lower().split(","):
        name, _, parameter = (part.strip() for part in member.partition(";"))
        try:
            yield name, float(parameter.removeprefix("q=")) if parameter else 1.0
        except ValueError:
            yield name, 0.0
