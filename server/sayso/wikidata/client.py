"""The one client that asks Wikidata, used only where `--online` is given: one request at a time, answers kept.

It does what Wikimedia asks of programs: it says what it is, waits when it is told to, and asks for nothing twice.
"""

from __future__ import annotations

import email.utils
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from sayso.errors import WikidataFailed
from sayso.wikidata.items import LANGUAGES
from sayso.wikidata.table import ITEM

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.client import HTTPResponse

    from sayso.wikidata.items import Cache

API = "https://www.wikidata.org/w/api.php"
SECONDS = 30.0  # for one answer
LARGEST = 32 << 20  # bytes of an answer: the largest items have a few MiB
TRIES = 4
LONGEST_WAIT = 300.0  # seconds; who is told to wait longer comes back another day
USUAL_WAIT = 5.0  # where a busy server does not say how long
FOUND = 7  # items that a search brings
_BUSY = (429, 503)


class _Unredirected(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: the client asks one address, and no other that an answer may name."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Give nothing to ask next, which makes a redirect an error."""


@dataclass(frozen=True)
class Client:
    """Ask the API of Wikidata at an address; `wait` is how it sleeps."""

    address: str = API
    wait: Callable[[float], None] = time.sleep
    _opener: urllib.request.OpenerDirector = field(default_factory=lambda: urllib.request.build_opener(_Unredirected))

    def fetch(self, qid: str, cache: Cache) -> None:
        """Fetch an item into the cache; raises WikidataFailed."""
        found = self._ask("entities", action="wbgetentities", ids=qid, redirects="yes")
        cache.keep(qid, {"entities": found})

    def search(self, name: str, language: str) -> list[str]:
        """Find the identifiers of items by a name; raises WikidataFailed."""
        language = language if language in LANGUAGES else LANGUAGES[0]
        limit = str(FOUND)
        found = self._ask("search", action="wbsearchentities", search=name, language=language, type="item", limit=limit)
        return [qid for qid in (str(each.get("id")) for each in found) if ITEM.fullmatch(qid)]

    def _ask(self, member: str, **parameters: str) -> Any:
        """Ask until there is an answer, and give the member of it that is wanted."""
        query = urllib.parse.urlencode({**parameters, "format": "json", "maxlag": "5"})
        agent = f"sayso/{version('sayso')} (+https://w3id.org/sayso)"
        request = urllib.request.Request(f"{self.address}?{query}", headers={"User-Agent": agent})  # noqa: S310  # checked where it is given
        for _ in range(TRIES):
            seconds, answer = self._tried(request)
            if seconds is None:
                if member not in answer:
                    raise WikidataFailed(f"{self.address} gives an answer without {member}")
                return answer[member]
            self.wait(seconds)
        raise WikidataFailed(f"{self.address} was busy {TRIES} times: come back later")

    def _tried(self, request: urllib.request.Request) -> tuple[float | None, Any]:
        """Ask once: returns how long to wait before asking again, None with the answer."""
        try:
            with self._opener.open(request, timeout=SECONDS) as response:
                answer = json.loads(_content(response))
                wait = response.headers.get("Retry-After")
        except urllib.error.HTTPError as error:
            with error:
                if error.code in _BUSY:
                    return _seconds(error.headers.get("Retry-After")), None
            raise WikidataFailed(f"{self.address} answers {error.code} {error.reason}") from error
        except (OSError, ValueError) as error:
            raise WikidataFailed(f"{self.address} gives no answer that can be read: {error}") from error
        if not isinstance(answer, dict):
            raise WikidataFailed(f"{self.address} gives no answer of the API of Wikidata")
        problem = answer.get("error")
        if problem is None:
            return None, answer
        if problem.get("code") in ("maxlag", "ratelimited"):
            return _seconds(wait), None
        if problem.get("code") == "no-such-entity":
            qid = str(problem.get("id", "unknown"))
            return None, {"entities": {qid: {"id": qid, "missing": ""}}}
        raise WikidataFailed(f"{self.address} says: {problem.get('info', problem)}")


def _content(response: HTTPResponse) -> bytes:
    content = response.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise WikidataFailed(f"an answer of Wikidata has more than {LARGEST:,} bytes")
    return content


def _seconds(retry_after: str | None) -> float:
    """Read Retry-After, seconds or a date (RFC 9110, section 10.2.3); raises WikidataFailed where it is too long."""
    if retry_after is None:
        return USUAL_WAIT
    if retry_after.strip().isdecimal():
        seconds = float(retry_after)
    else:
        try:
            seconds = (email.utils.parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return USUAL_WAIT
    if seconds > LONGEST_WAIT:
        raise WikidataFailed(f"Wikidata asks to wait {seconds:.0f} s: come back then")
    return max(seconds, 0.0)
