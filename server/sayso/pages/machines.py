"""What pages say to machines: the formats of their data, robots.txt and the sitemap."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

from sayso.namespaces import ID, SAY
from sayso.pages import linked, places, questions
from sayso.pages.search import KINDS

if TYPE_CHECKING:
    from sayso.pages.reading import Reading

ROBOTS = """\
User-agent: *
Disallow: /sparql?
Disallow: /validate
Disallow: /reconcile
Sitemap: {address}/sitemap.xml
"""
LARGEST = 50_000  # addresses of one sitemap (sitemaps.org protocol)
PAGES = ("/", "/meetings", "/events", "/disagreements", "/network", "/queries", "/ns", "/vocab/")


def robots(address: str) -> str:
    """Write robots.txt for the server at an address."""
    return ROBOTS.format(address=address)


def sitemap(reading: Reading, address: str) -> str:
    """Write the sitemap: the fixed pages, the articles, the questions, and the pages of things."""
    articles = [places.article_path(row["article"].value) for row in reading.ask("articles", article=questions.ANY)]
    stems = [f"/queries/{quote(stem)}" for stem in questions.read(reading.site.project.queries)]
    rows = reading.ask("names", kind=[SAY[kind].value for kind in KINDS])
    shown = sorted({places.path(row["thing"].value) or "/" for row in rows if row["thing"].value.startswith(ID)})
    paths = list(dict.fromkeys([*PAGES, *articles, *stems, *shown]))[:LARGEST]
    entries = "".join(f"<url><loc>{escape(address + path)}</loc></url>\n" for path in paths)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )


def links(name: str) -> str:
    """Write the Link header of the page of a thing: its data, its licence, and the IRI to cite it by (RFC 8288)."""
    data = [
        f'</data/{quote(name)}.{extension}>; rel="alternate"; type="{media_type}"'
        for extension, media_type in linked.EXTENSIONS.items()
    ]
    rest = [
        f'<{ID}{quote(name)}>; rel="cite-as"',
        '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"',
        '</.well-known/void>; rel="describedby"',
    ]
    return ", ".join([*data, *rest])
