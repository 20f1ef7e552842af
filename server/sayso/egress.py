"""What may leave the process: nothing. Oxigraph would follow SERVICE and LOAD to any address, loopback included."""

from __future__ import annotations

from sayso import lexer
from sayso.errors import RefusedRequest

FORBIDDEN = ("SERVICE", "LOAD")


def check(text: str) -> None:
    """Refuse a SPARQL text that would make the server ask another; raises RefusedRequest, which names the keyword."""
    for keyword in FORBIDDEN:
        if lexer.may_mention(text, keyword):
            raise RefusedRequest(f"{keyword} is not allowed here: this server asks no other for anything")
