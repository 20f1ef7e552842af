"""Nothing leaves: SERVICE and LOAD are found in every disguise, and nothing else is taken for them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso import egress
from sayso.errors import RefusedRequest


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://x/> {?s ?p ?o} }",
        "SELECT*{service silent ?e{?s ?p ?o}}",
        "SELECT * { ?s ?p 'a' SERVICE<http://x>{} }",
        "SELECT * {?s ?p ?o FILTER(?o < 3) SERVICE <http://x> {} FILTER(?o > 2)}",
        'SELECT * { ?s ?p "a"@en SERVICE <http://x/>{?s ?p ?o}}',
        "SELECT * { <a>SERVICE<http://x/>{?s ?p ?o}}",
        "SELECT * { # a comment\r SERVICE <http://x/> {} }",
        "SELECT * { ?s ?p 1SERVICE <http://x/> {} }",
        "SELECT * { ?s ?p trueSERVICE <http://x/> {} }",
        "SELECT * { ?s ?p 1e5SERVICE <http://x/> {} }",
        "SELECT * { ?s ?p ?a, ?b FILTER(?a<'b>'||true) SERVICE <http://x/> { ?s ?p 'c' } }",
        "SELECT * { ?a ?p ?b FILTER(?a<?p#>'''\n||true) SERVICE <http://x/> { ?s ?p ?o } # '''\n}",
        "SELECT * { OPTIONAL {<http://x/\\u0061#x> ?q ?r} SERVICE <http://x/> { ?s ?p ?o }\n}",
        "SELECT * { OPTIONAL {<http://x/\\u0061'x> ?q ?r} SERVICE <http://x/> { ?s ?p 'o' } }",
        "SELECT * { <http://x/\u00a0#x> ?q ?r . SERVICE <http://x/> { ?s ?p ?o }\n}",
        # What stands between < and > may be an IRI to the lexer and a comparison to Oxigraph, and the reverse.
        "PREFIX a: <http://x/> SELECT * { ?s ?p a:.SERVICE <http://x/> {} }",
        "PREFIX : <http://x/> SELECT * { SERVICE:a { ?s ?p ?o } }",
        "PREFIX service: <http://x/> SELECT * { service:a #\n { ?s ?p ?o } }",
        "PREFIX : <http://x/> SELECT * { serviceSILENT:a{} }",
        "SELECT * { FILTER('a'<'>')SERVICE<http://x/>{} FILTER('b'>'x') }",
        "SELECT * { VALUES ?x { <http://x/> } FILTER(1<2)SERVICE?x#>\n{} }",
        "PREFIX : <http://x/> SELECT * { FILTER(?a<?b#>'''\n)SERVICE :b {} #'''\n }",
        "PREFIX ex: <http://x/> SELECT * { FILTER(?a<ex:/?b#>'''\n)SERVICE ex:b {} #'''\n }",
        "SELECT * { FILTER(?a = <http://x/\u00a0'>)SERVICE<http://x/>{} FILTER('b'>'x') }",
        "LOAD <http://x/>",
        "INSERT DATA {} ; load silent <file:///x>",
    ],
)
def test_a_request_that_would_ask_another_server_is_refused(text: str) -> None:
    with pytest.raises(RefusedRequest, match=r"SERVICE|LOAD"):
        egress.check(text)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?service ?p "SERVICE <x>" }',
        "# SERVICE\nSELECT * {?s <http://x/SERVICE> ?o}",
        "PREFIX service: <http://s/> SELECT * { ?s service:SERVICE ?o }",
        'SELECT * { ?s ?p """x" SERVICE <y> """ }',
        "SELECT * { ?s ?p '''it's LOAD''' }",
        "PREFIX : <http://x/> SELECT * { ?s :LOAD ?o }",
        'SELECT * { ?s ?p "\\" SERVICE " }',
        "SELECT * { ?s <http://x/it's#SERVICE> ?o }",
    ],
)
def test_a_mere_mention_is_allowed(text: str) -> None:
    egress.check(text)


@settings(deadline=None)
@given(st.text(alphabet="ab \n.;{}()<>=&|!?$#'\"\\:@-_^*+/", max_size=40))
def test_whatever_stands_before_it_service_is_found_where_oxigraph_sees_it(before: str) -> None:
    import pyoxigraph as ox  # noqa: PLC0415

    text = f"SELECT * {{ {before} SERVICE <http://127.0.0.1:9/> {{ ?s ?p ?o }} }}"
    found = ox.Store()
    try:
        list(found.query(text))  # type: ignore[arg-type]  # a SELECT gives solutions
    except SyntaxError:
        return
    except (OSError, RuntimeError):  # it tried to ask, and nobody listens there
        with pytest.raises(RefusedRequest):
            egress.check(text)


@pytest.mark.parametrize("piece", ['\\"', "a-", "a.", '\n\\"""', "<a'", "<a", "a:  ", "'", "<", "\\", "a ", "LOAD "])
def test_a_text_is_read_in_time_that_grows_with_its_length_alone(piece: str) -> None:
    egress.check('"""' + piece * ((1 << 20) // len(piece)) if piece != "LOAD " else piece.lower()[1:] * (1 << 18))


def test_an_allowed_service_is_found_in_every_spelling_and_no_other() -> None:
    allowed = {"http://x/"}
    egress.check("SELECT * { SERVICE <http://x/> {} service silent<http://x/> {} }", allowed)
    for target in ("<http://y/>", "?x", ":x", "<http://x/> {} SERVICE <http://y/>", "<http://\\u0079/>"):
        with pytest.raises(RefusedRequest):
            egress.check(f"PREFIX : <http://y/> SELECT * {{ SERVICE {target} {{}} }}", allowed)
