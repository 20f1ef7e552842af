"""Validators: the ETag of an answer, and whether the client has it already (RFC 9110, sections 8.8.3 and 13.1.2)."""

from __future__ import annotations

import hashlib


def etag(version: int, *parts: object) -> str:
    """Make the strong validator of a representation, from the version and whatever else decides its bytes."""
    digest = hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
    return f'"{version}-{digest}"'


def coded(tag: str, coding: str | None) -> str:
    """Make the validator of the same representation in a content coding, which has bytes of its own."""
    return tag if coding is None else f'{tag[:-1]}-{coding}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Tell whether the client has the representation with this validator, in whatever content coding.

    The comparison is weak, as the header asks (section 13.1.2).
    """
    if if_none_match is None:
        return False
    plain = tag[:-1]
    given = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return any(each in ("*", tag) or each.startswith(f"{plain}-") for each in given)
