"""Tokens: who may write. One a person or a program; its name is the author in the journal (RFC 6750, bearer tokens).

They are kept in `tokens.json` in the directory of the store, by name: a public id, by which a token is found, and a
salted scrypt hash of its secret. The token itself is shown when it is made and kept nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from sayso.errors import TokenMissing, TokenNameRefused, Unauthorized
from sayso.store import StoreDamaged, StoreLocked, StoreMissing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "tokens.json"
NAME_LENGTH = 64

_TOKEN = re.compile(r"sayso_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")  # 43 characters of base64 are 256 bits
_BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)
_LOCK_SECONDS = 10.0

_Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Token:
    """Describe a token, without its secret: whose it is, the id that it carries in the open, and when it was made."""

    name: str
    public: str
    created: datetime


@dataclass(frozen=True)
class _Kept:
    """Be what the file says of one token; bytes are written in hexadecimal.

    16 MiB and some 30 ms are what scrypt takes with these parameters. More would only slow the server down: a random
    secret of 256 bits is not to be guessed.
    """

    public: str
    created: str
    salt: str = field(repr=False)
    hash: str = field(default="", repr=False)
    n: int = 1 << 14
    r: int = 8
    p: int = 1

    def hashed(self, secret: str) -> str:
        salt = bytes.fromhex(self.salt)
        return hashlib.scrypt(secret.encode(), salt=salt, n=self.n, r=self.r, p=self.p, dklen=32).hex()


class Verified:
    """Remember, in this process, which tokens were verified, so that not every request pays for scrypt.

    What is kept is a hash under a key of this object, not the token; all is forgotten when the file changes.
    """

    def __init__(self) -> None:
        """Start with nothing and a new key."""
        self._key = secrets.token_bytes(32)
        self._known: tuple[_Stamp | None, dict[bytes, str]] = None, {}

    def find(self, stamp: _Stamp | None, token: str) -> str | None:
        """Return the name of a token that was verified by the file of this stamp."""
        known, names = self._known
        return names.get(self._digest(token)) if known == stamp else None

    def keep(self, stamp: _Stamp | None, token: str, name: str) -> None:
        """Remember a token, and forget those of another stamp."""
        known = self._known
        if known[0] != stamp:
            known = self._known = stamp, {}
        known[1][self._digest(token)] = name  # `known`, not `self._known`: another thread may have a newer stamp.

    def _digest(self, token: str) -> bytes:
        return hmac.digest(self._key, token.encode(), "sha256")


def add(directory: Path, name: str, now: datetime) -> str:
    """Make a token for a name and return it; this is the one time that it can be read.

    Raises TokenNameRefused, StoreMissing or StoreLocked.
    """
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable() or name != name.strip():
        raise TokenNameRefused(f"The name of a token has 1 to {NAME_LENGTH} printable characters; this is {name!r}")
    public, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with _writing(directory) as kept:
        if name in kept:
            raise TokenNameRefused(f"There is a token of {name} already: `sayso token revoke` it, or choose a name")
        new = _Kept(public, now.isoformat(), secrets.token_hex(16))
        kept[name] = _Kept(new.public, new.created, new.salt, new.hashed(secret))
    return f"sayso_{public}_{secret}"


def revoke(directory: Path, name: str) -> None:
    """Make the token of a name worthless; raises TokenMissing, StoreMissing or StoreLocked."""
    with _writing(directory) as kept:
        if kept.pop(name, None) is None:
            raise TokenMissing(f"There is no token of {name}; there are: {', '.join(sorted(kept)) or 'none'}")


def listed(directory: Path) -> list[Token]:
    """List the tokens by name."""
    kept = sorted(_read(directory).items())
    return [Token(name, each.public, datetime.fromisoformat(each.created)) for name, each in kept]


def author_of(directory: Path, authorization: str | None, verified: Verified | None = None) -> str:
    """Return the name whose token an Authorization header carries; raises Unauthorized.

    `verified` is kept by the caller from request to request. An id that is not known costs as much time as a wrong
    secret, so the time an answer takes tells nothing of which ids there are.
    """
    token, public, secret = _carried(authorization)
    verified = verified or Verified()
    # The stamp is older than what is read after it: a change between the two is forgotten at the next request.
    stamp = _stamp(directory)
    known = verified.find(stamp, token)
    if known is not None:
        return known
    name, kept = next(
        ((name, each) for name, each in _read(directory).items() if each.public == public), (None, _Kept("", "", ""))
    )
    if not hmac.compare_digest(kept.hashed(secret), kept.hash) or name is None:
        raise Unauthorized("This token is not known here, or was revoked", "invalid_token")
    verified.keep(stamp, token, name)
    return name


def _carried(authorization: str | None) -> tuple[str, str, str]:
    """Take a header apart: the token, the public id in it, and the secret in it."""
    if not authorization:
        raise Unauthorized("Who writes must carry a token")
    bearer = _BEARER.fullmatch(authorization)
    if bearer is None:
        raise Unauthorized("The Authorization header is not of the scheme Bearer")
    found = _TOKEN.fullmatch(bearer[1])
    if found is None:
        raise Unauthorized("This is not a token of Sayso", "invalid_token")
    return found[0], found[1], found[2]


def _stamp(directory: Path) -> _Stamp | None:
    try:
        found = (directory / FILE).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(directory: Path) -> dict[str, _Kept]:
    path = directory / FILE
    try:
        return {name: _Kept(**members) for name, members in json.loads(path.read_bytes()).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise StoreDamaged(f"{path} cannot be read: {error}", "remove it and add the tokens anew") from error


@contextmanager
def _writing(directory: Path) -> Iterator[dict[str, _Kept]]:
    """Give the content of the file to change; it replaces the file at the end of the block, whole or not at all."""
    if not directory.is_dir():
        raise StoreMissing(f"There is no store at {directory}")
    lock = FileLock(directory / "tokens.lock", timeout=_LOCK_SECONDS, thread_local=False)
    try:
        with lock:
            kept = _read(directory)
            yield kept
            _replace(directory, json.dumps({name: asdict(each) for name, each in kept.items()}, indent=1))
    except Timeout:
        raise StoreLocked(f"Another process holds {lock.lock_file}; gave up after {_LOCK_SECONDS:g} s") from None


def _replace(directory: Path, text: str) -> None:
    unfinished = directory / f"{FILE}.new"
    unfinished.unlink(missing_ok=True)  # What a killed process left may have another mode.
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(directory / FILE)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
