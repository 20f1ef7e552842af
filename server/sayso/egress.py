"""What may leave the process: nothing. Oxigraph would follow SERVICE and LOAD to any address, loopback included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sayso import lexer
from sayso.errors import RefusedRequest

if TYPE_CHECKING:
    from collections.abc import Collection


def check(text: str, allowed: Collection[str] = ()) -> None:
    """Refuse a SPARQL text that would make the server ask another that is not allowed.

    `allowed` are the IRIs that SERVICE may name; LOAD may name none. Raises RefusedRequest, which names the keyword.
    """
    if lexer.may_mention(text, "LOAD"):
        raise RefusedRequest("LOAD is not allowed here: this server fetches nothing")
    if not lexer.may_mention(text, "SERVICE"):
        return
    if not allowed:
        raise RefusedRequest("SERVICE is not allowed here: this server asks no other for anything")
    targets = lexer.services(text)
    if targets is None:
        raise RefusedRequest("SERVICE is allowed here with a constant IRI in angle brackets only")
    strange = sorted(targets - set(allowed))
    if strange:
        raise RefusedRequest(f"SERVICE <{strange[0]}> is not allowed here; allowed: {', '.join(sorted(allowed))}")
