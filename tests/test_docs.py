"""The documentation is true: what it names exists, what exists is named, and its example answers as it says."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sayso.app import Served, create_app
from sayso.cli import main
from sayso.namespaces import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.testing import FlaskClient

    from sayso.engine import Engine

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in ROOT.glob("*.md")) + sorted(ROOT.glob("*/README.md"))


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_is_one_screen_and_its_question_is_among_the_questions(
    client: FlaskClient, prefixes: Mapping[str, str]
) -> None:
    question = re.search(r"```sparql\n(.*?)```", text("README.md"), re.DOTALL)
    assert question is not None
    rows = client.post("/sparql", data={"query": question[1], "format": "json"}).json
    assert rows is not None
    found = [
        tuple(shorten(row[name]["value"], dict(prefixes)) for name in ("who", "outcome"))
        for row in rows["results"]["bindings"]
    ]
    assert found == [("id:ali-al-sistani", "v:refused"), ("id:muqtada-al-sadr", "v:cancelled")]
    assert len(text("README.md").splitlines()) < 70


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_page_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_command_that_is_named_exists_and_every_command_is_named() -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    named = set(re.findall(r"`?\bsayso (?!-)([a-z-]+)\b", pages)) & set(re.findall(r"`sayso ([a-z-]+)", pages))
    assert named <= set(main.commands)
    assert set(main.commands) <= {*named, *re.findall(r"`([a-z]+)`", text("CHANGELOG.md"))}


def test_every_module_is_named_in_the_servers_readme() -> None:
    page = text("server/README.md")
    modules = [
        path
        for path in (ROOT / "server" / "sayso").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    ]
    names = {path.stem for path in modules} - {"__init__", "__main__", "errors"}
    assert sorted(name for name in names if f"`{name}" not in page) == []


def test_every_route_is_named_in_the_servers_readme(prefixes: Mapping[str, str]) -> None:
    class Nothing:
        """Answer nothing; the routes alone are looked at."""

        def version(self) -> int:
            return 1

    engine: Engine = Nothing()  # type: ignore[assignment]
    routes = {rule.rule for rule in create_app(Served(engine, prefixes)).url_map.iter_rules()} - {
        "/static/<path:filename>"
    }
    assert {f"`{route}`" for route in routes} <= set(re.findall(r"`/[^`]*`", text("server/README.md")))


def test_every_dependency_has_a_reason_and_an_exact_version() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for group in project["optional-dependencies"].values() for each in group),
    ]
    names = {re.split(r"[<>=~!\[]", each)[0].lower() for each in wanted}
    reasons = set(re.findall(r"`([a-z]+)`", text("CONTRIBUTING.md")))
    pinned = set(re.findall(r"^([A-Za-z0-9_-]+)==", text("constraints.txt"), re.MULTILINE))
    assert names <= reasons
    assert names <= {name.lower() for name in pinned}


def test_the_version_is_said_once() -> None:
    number = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert version("sayso") == number
    assert f"version: {number}" in text("CITATION.cff")
    assert f"## {number}" in text("CHANGELOG.md")
