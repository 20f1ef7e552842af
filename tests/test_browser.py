"""The pages as a browser has them: what axe-core finds, what is asked of whom, what keys reach, what needs no script.

They need Chromium, and skip without it; where SAYSO_TEST_BROWSER is `required`, as `.ci/run` has it, they fail.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from playwright.sync_api import sync_playwright

from sayso import editor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Server
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

ROOT = Path(__file__).parents[1]
AXE = ROOT / "server" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
VENDOR = ROOT / "server" / "sayso" / "static" / "vendor"
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-quic")
WEIGHT = 60_000  # bytes, compressed, of a page without the editor and the network

ALLEGATION = "/page/iran-times-2020-07/s19b"

PAGES = (
    "/",
    "/search?q=kazimi",
    "/page/mustafa-al-kadhimi",
    ALLEGATION,
    "/meetings",
    "/events",
    "/disagreements",
    "/article/neo-2021-11",
    "/network",
    "/sparql",
    "/sparql?query=SELECT%20*%20%7B%20%3Fs%20a%20%3Chttps%3A%2F%2Fw3id.org%2Fsayso%2Fns%23Person%3E%20%7D",
    "/sparql?query=nonsense",
    "/validate",
    "/queries",
    "/queries/denials",
    "/history",
    "/ns",
    "/no-such-page",
)
HEAVY = ("/sparql", "/network")  # with the editor and the network

# What YASGUI itself brings, and what makes up for it: its list of tabs holds the button that adds one, which a keyboard
# reaches as it does any button; CodeMirror keeps its scroller out of the order of Tab, since its caret scrolls it.
OF_YASGUI = {("aria-required-children", ".tabsList"), ("scrollable-region-focusable", ".CodeMirror-scroll")}


def lacking(reason: str) -> None:
    if os.environ.get("SAYSO_TEST_BROWSER") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        lacking("there is no Chromium on this machine")
    if not AXE.is_file() or not VENDOR.is_dir():
        lacking("the packages of npm are not here: pip install -e . brings them where npm can be reached")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield launched
        launched.close()


class Visit:
    """Be a visitor, who notes what is asked of other hosts and what the console complains of."""

    def __init__(self, browser: Browser, server: Server, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page: Page = self.context.new_page()
        self.address = server.address
        self.outside: list[str] = []
        self.complaints: list[str] = []
        self.responses: list[Response] = []
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._answered)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        if path in HEAVY:
            self.page.wait_for_load_state("networkidle")
        return self.page

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.outside.append(url)

    def _answered(self, response: Response) -> None:
        self.responses.append(response)

    def _said(self, message: ConsoleMessage) -> None:
        ours = "the server responded with a status of 4" in message.text  # the page of an error is a page too
        if message.type in ("error", "warning") and not ours:
            self.complaints.append(message.text)


def violations(page: Page) -> list[tuple[str, str]]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then((result) => result.violations)")
    each = [(rule["id"], " ".join(map(str, node["target"]))) for rule in found for node in rule["nodes"]]
    return [violation for violation in each if violation not in OF_YASGUI]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_light_in_dark_and_from_right_to_left_and_keeps_to_itself(
    path: str, browser: Browser, server: Server
) -> None:
    with Visit(browser, server) as visit:
        page = visit.go(path)
        for scheme, direction, width in (("light", "ltr", 1600), ("dark", "rtl", 360)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
            assert violations(page) == [], (scheme, direction)
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, (scheme, direction)
        assert visit.outside == []
        assert visit.complaints == []


@pytest.mark.parametrize("path", [path for path in PAGES if path not in HEAVY])
def test_a_page_weighs_little(path: str, browser: Browser, server: Server) -> None:
    with Visit(browser, server) as visit:
        visit.go(path)
        assert sum(len(gzip.compress(response.body())) for response in visit.responses) < WEIGHT


REACHABLE = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter((each) => each.checkVisibility({visibilityProperty: true}) && !each.disabled && each.tabIndex >= 0
    && !each.matches("input[type=radio]:not(:checked)"))
  .map((each, number) => { each.dataset.place = number; return number })
"""


@pytest.mark.parametrize("path", ["/", "/search?q=kazimi", "/sparql", "/network", "/validate", "/queries/denials"])
def test_the_tab_key_alone_reaches_everything(path: str, browser: Browser, server: Server) -> None:
    with Visit(browser, server) as visit:
        page = visit.go(path)
        places = page.evaluate(REACHABLE)
        reached = set()
        for _ in range(len(places) + 10):  # a few more: the browser's own stops, such as what scrolls
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.dataset.place ?? null"))
        missed = [place for place in places if str(place) not in reached]
        assert [page.locator(f"[data-place='{place}']").evaluate("(each) => each.outerHTML") for place in missed] == []


def test_a_name_in_another_script_is_suggested_and_chosen_with_keys(browser: Browser, server: Server) -> None:
    with Visit(browser, server) as visit:
        page = visit.go("/meetings")
        page.get_by_role("combobox", name="Search names").press_sequentially("الكاظمي")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/page/mustafa-al-kadhimi*")


def test_without_javascript_a_name_is_found_and_a_query_is_asked(browser: Browser, server: Server) -> None:
    with Visit(browser, server, java_script_enabled=False) as visit:
        page = visit.go("/")
        page.get_by_role("searchbox").first.fill("Kazimi")
        page.get_by_role("search").get_by_role("button").first.click()
        page.get_by_role("main").get_by_role("link", name=re.compile("Kadhimi")).first.click()
        assert "Kadhimi" in page.get_by_role("heading", level=1).inner_text()
        page = visit.go("/sparql")
        page.get_by_role("button", name="Ask").click()
        assert page.get_by_role("row").count() > 1


def test_the_editor_completes_from_the_data_alone_and_lets_the_tab_key_go(browser: Browser, server: Server) -> None:
    with Visit(browser, server) as visit:
        page = visit.go("/sparql")
        page.get_by_role("button", name=re.compile("add", re.IGNORECASE)).first.click()
        editor = page.locator(".tabPanel.active .CodeMirror")
        editor.click()
        page.keyboard.press("Control+a")
        page.keyboard.type("PREFIX say: <https://w3id.org/sayso/ns#> SELECT * { ?x a say:Alleg")
        page.keyboard.press("Control+Space")
        hint = page.locator(".CodeMirror-hint")
        hint.first.wait_for()
        assert hint.all_inner_texts() == ["say:Allegation"]
        page.keyboard.press("Enter")
        page.keyboard.type(" ; say:gis")
        page.keyboard.press("Control+Space")
        page.locator(".CodeMirror-hint", has_text="say:gist").wait_for()
        page.keyboard.press("Enter")
        page.keyboard.type(" ?gist }")
        page.keyboard.press("Control+Enter")
        page.locator(".tabPanel.active .dataTable td").first.wait_for()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.localName") == "button"
        assert visit.outside == []
        assert visit.complaints == []


def test_a_shared_link_cannot_send_the_editor_to_another_host(browser: Browser, server: Server) -> None:
    with Visit(browser, server) as visit:
        shared = {"query": "SELECT * { ?s ?p ?o } LIMIT 1", "endpoint": "https://example.org/sparql"}
        page = visit.go("/sparql#" + urllib.parse.urlencode(shared, quote_via=urllib.parse.quote))
        page.locator(".tabPanel.active .dataTable td").first.wait_for()
        assert visit.outside == []


def test_the_network_is_drawn_from_the_links_of_its_table(browser: Browser, server: Server) -> None:
    with Visit(browser, server) as visit:
        page = visit.go("/network")
        page.locator("#network.drawn canvas").first.wait_for()
        source = page.locator("#network").get_attribute("data-source")
        assert source is not None
        drawn = json.loads(server.get(source))
        assert {link["kind"] for link in drawn["links"]} >= {"meeting", "allegation"}
        assert page.get_by_role("main").get_by_role("row").count() > len(drawn["links"])


def test_what_comes_from_npm_is_pinned_by_hash_and_by_no_address() -> None:
    lock = json.loads((ROOT / "server" / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {place: package for place, package in lock["packages"].items() if place}
    assert [place for place, package in packages.items() if "resolved" in package] == []
    assert [place for place, package in packages.items() if not package["integrity"].startswith("sha512-")] == []


def test_where_npm_was_out_of_reach_the_editors_page_says_so_and_keeps_its_form(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(editor, "VENDOR", tmp_path)
    page = client.get("/sparql", headers={"Accept": "text/html"}).text
    assert "npm could not be reached" in page
    assert "yasgui" not in page
    assert '<textarea id="query"' in page
