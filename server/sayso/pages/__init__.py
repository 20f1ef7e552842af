"""The pages for people: their routes, each to the module that makes the page.

`serve` adds them to an application. Whatever a page shows it asks through the questions of queries/, all of them of one
version, and it names the questions that it asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, jsonify, redirect, render_template, request

from sayso import negotiation
from sayso.errors import BadRequest, NotAcceptable, PageMissing
from sayso.namespaces import ID
from sayso.pages import (
    articles,
    catalogue,
    checking,
    claims,
    disagreements,
    happenings,
    home,
    linked,
    machines,
    network,
    places,
    search,
    things,
    vocabulary,
)
from sayso.pages.reading import Site
from sayso.wikidata import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flask import Flask
    from flask.typing import ResponseReturnValue

    from sayso.patch import Entry
    from sayso.problems import Problem
    from sayso.wikidata.table import Judgement

__all__ = ["Site", "error", "history", "serve"]

_TEXTUAL = ("text/turtle", "application/n-triples", "application/n-quads", "text/csv", "text/tab-separated-values")


def serve(app: Flask, site: Site, *, drawn: bool) -> None:
    """Add the routes of the pages to an application; `drawn` tells whether the library that draws is installed."""
    _serve_overviews(app, site)
    _serve_network(app, site, drawn=drawn)
    _serve_things(app, site, _judgements(site))
    _serve_search(app, site)
    _serve_questions(app, site)
    _serve_data(app, site)
    _serve_terms(app, site)
    _serve_robots(app, site)


def error(problem: Problem) -> str:
    """Show what went wrong and what to do."""
    return render_template("error.html", problem=problem)


def history(entries: Iterable[Entry], older: str | None = None) -> str:
    """Show versions of a store; `older` is the address of those before them, None where there are none."""
    return render_template("history.html", entries=entries, older=older)


def _serve_overviews(app: Flask, site: Site) -> None:
    app.add_url_rule("/", "home", lambda: home.show(site.read()))
    app.add_url_rule("/disagreements", "disagreements", lambda: disagreements.show(site.read()))
    app.add_url_rule("/validate", "validation", checking.form)
    app.add_url_rule("/article/<path:name>", "article", lambda name: _article(site, name))

    @app.get("/meetings")
    def meetings() -> str:
        return happenings.show(site.read(), request.args, meetings=True)

    @app.get("/events")
    def events() -> str:
        return happenings.show(site.read(), request.args, meetings=False)


def _serve_network(app: Flask, site: Site, *, drawn: bool) -> None:
    @app.get("/network")
    def network_page() -> str:
        return network.show(site.read(), _around(), drawn=drawn)

    @app.get("/network.json")
    def network_drawing() -> Response:
        return jsonify(network.draw(site.read(), _around()).document())


def _serve_things(app: Flask, site: Site, judgements: Mapping[str, list[Judgement]]) -> None:
    @app.get("/page/<path:name>")
    def page(name: str) -> ResponseReturnValue:
        reading = site.read()
        thing = things.recorded(reading, ID + name)
        if not thing.values:
            raise PageMissing(f"The graph has nothing of {ID}{name}: search for a name at /search")
        elsewhere = _elsewhere(thing)
        if elsewhere is not None:
            return redirect(elsewhere, 302)
        if claims.is_statement(thing):
            return _page(claims.show(reading, thing), name)
        return _page(things.show(reading, thing, judgements, _part()), name)

    @app.get("/id/<path:name>")
    def identifier(name: str) -> ResponseReturnValue:
        if not things.recorded(site.read(), ID + name).values:
            raise PageMissing(f"The graph has nothing of {ID}{name}: search for a name at /search")
        wanted = _choose((*linked.EXTENSIONS.values(), negotiation.HTML))
        return redirect(_page_path(name) if wanted == negotiation.HTML else _data_path(name, wanted), 303)


def _serve_search(app: Flask, site: Site) -> None:
    known = search.Names()

    @app.get("/search")
    def search_page() -> str:
        return search.show(site.read(), known, _name())

    @app.get("/suggest")
    def suggest() -> Response:
        return jsonify(search.suggestions(site.read(), known, _name()))


def _serve_questions(app: Flask, site: Site) -> None:
    app.add_url_rule("/queries", "questions", lambda: catalogue.list_all(site.read()))

    @app.get("/queries/<name>")
    def question(name: str) -> ResponseReturnValue:
        stem, dot, layout = name.rpartition(".")
        if not dot:
            return catalogue.show(site.read(), name, request.args)
        return _bytes(*catalogue.content(site.read(), stem, layout, request.args))


def _serve_data(app: Flask, site: Site) -> None:
    @app.get("/data/<path:file>")
    def data(file: str) -> Response:
        name, _, extension = file.rpartition(".")
        return _bytes(linked.described(site.read(), name, extension), linked.EXTENSIONS[extension])


def _serve_terms(app: Flask, site: Site) -> None:
    _serve_document(app, site, "ns", lambda: vocabulary.ontology(site.read()), linked.ontology)
    _serve_document(app, site, "shapes", None, linked.shapes)

    @app.get("/vocab/", defaults={"name": ""})
    @app.get("/vocab/<name>")
    def term(name: str) -> ResponseReturnValue:
        stem, dot, extension = name.rpartition(".")
        if dot and extension in linked.ONTOLOGY:
            return _bytes(linked.vocabulary(site, stem, extension), linked.EXTENSIONS[extension])
        wanted = _choose((*(linked.EXTENSIONS[each] for each in linked.ONTOLOGY), negotiation.HTML))
        if wanted == negotiation.HTML:
            return vocabulary.term(site.read(), name) if name else vocabulary.vocabulary(site.read())
        return _bytes(linked.vocabulary(site, name, _extension(wanted)), wanted)

    @app.get("/context.jsonld")
    def context() -> Response:
        return _bytes((site.project.ontology / "context.jsonld").read_bytes(), negotiation.JSON_LD)


def _serve_document(
    app: Flask, site: Site, name: str, page: Callable[[], str] | None, write: Callable[[Site, str], bytes]
) -> None:
    """Serve a document of the ontology: as a page where there is one, and by Accept or by ending in formats of RDF."""

    def negotiated() -> ResponseReturnValue:
        offers = tuple(linked.EXTENSIONS[each] for each in linked.ONTOLOGY)
        wanted = _choose((*offers, negotiation.HTML) if page else offers)
        if page and wanted == negotiation.HTML:
            return page()
        return _bytes(write(site, _extension(wanted)), wanted)

    def in_format(extension: str) -> Response:
        if extension not in linked.ONTOLOGY:
            raise PageMissing(f"There is no format {extension} here: take one of {', '.join(linked.ONTOLOGY)}")
        return _bytes(write(site, extension), linked.EXTENSIONS[extension])

    app.add_url_rule(f"/{name}", name, negotiated)
    app.add_url_rule(f"/{name}.<extension>", f"{name}_in_format", in_format)


def _serve_robots(app: Flask, site: Site) -> None:
    @app.get("/robots.txt")
    def robots() -> Response:
        return Response(machines.robots(request.host_url.rstrip("/")), content_type="text/plain; charset=utf-8")

    @app.get("/sitemap.xml")
    def sitemap() -> Response:
        return Response(machines.sitemap(site.read(), request.host_url.rstrip("/")), content_type="application/xml")


def _article(site: Site, name: str) -> Response:
    return _page(articles.show(site.read(), ID + name), name)


def _elsewhere(thing: things.Recorded) -> str | None:
    """Tell where a thing is shown that has no page of its own: an article, a passage, a hop."""
    path = places.path(thing.iri)
    if "Article" in thing.kinds:
        return places.article_path(thing.iri)
    return path if "Passage" in thing.kinds or "Attribution" in thing.kinds else None


def _judgements(site: Site) -> Mapping[str, list[Judgement]]:
    """Read what was judged of the links to Wikidata: entity → judgements."""
    found: dict[str, list[Judgement]] = {}
    for judgement in table.judgements(table.file(site.project)):
        found.setdefault(ID[judgement.entity].value, []).append(judgement)
    return found


def _part() -> things.Part:
    number = request.args.get("page", "1")
    if not number.isdecimal() or not int(number):
        raise BadRequest(f"page={number} is no number of a page: they count from 1")
    return things.Part(request.args.get("article") or None, int(number))


def _name() -> str:
    name = request.args.get("q", "")
    if len(name) > search.LONGEST:
        raise BadRequest(f"q has {len(name):,} characters: a name has at most {search.LONGEST}")
    return name


def _around() -> str | None:
    name = request.args.get("around", "")
    return ID + name if name else None


def _choose(offers: tuple[str, ...]) -> str:
    accept = request.headers.get("Accept")
    wanted = negotiation.choose(accept, offers)
    if wanted is None:
        raise NotAcceptable(accept or "", offers)
    return wanted


def _extension(media_type: str) -> str:
    return next(extension for extension, each in linked.EXTENSIONS.items() if each == media_type)


def _page_path(name: str) -> str:
    return str(places.path(ID + name))


def _data_path(name: str, media_type: str) -> str:
    return f"/data/{name}.{_extension(media_type)}"


def _page(text: str, name: str) -> Response:
    return Response(text, content_type="text/html; charset=utf-8", headers={"Link": machines.links(name)})


def _bytes(content: bytes, media_type: str) -> Response:
    charset = "; charset=utf-8" if media_type in _TEXTUAL else ""
    return Response(content, content_type=media_type + charset)
