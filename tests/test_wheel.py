"""The wheel: built once, installed away from the checkout, it serves the same graph."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sayso.mapping import editions

if TYPE_CHECKING:
    from sayso.mapping import Dataset

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
    ]
    subprocess.run([*map(str, command), str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_material_and_nothing_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.split("/")[1] for name in names if name.startswith("sayso/") and name.count("/") > 1}
    assert {"ontology", "data", "queries", "templates", "static", "mapping", "shacl"} <= folders
    strangers = [name for name in names if "tests" in name.split("/") or name.endswith(".txt")]
    assert [name for name in strangers if "dist-info" not in name] == []


def test_the_wheel_holds_what_comes_from_npm_and_the_licence_of_each(wheel: Path) -> None:
    if not (ROOT / "server" / "sayso" / "static" / "vendor").is_dir():
        pytest.skip("the packages of npm are not here: pip install -e . brings them where npm can be reached")
    packed = zipfile.ZipFile(wheel)
    vendor = {name.rpartition("/")[2] for name in packed.namelist() if "/static/vendor/" in name}
    assert vendor >= {"yasgui.min.js", "yasgui.min.css", "cytoscape.esm.min.mjs"}
    licences = packed.read("sayso/static/vendor/LICENSES").decode()
    lock = json.loads((ROOT / "server" / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    shipped = [
        place.rpartition("node_modules/")[2]
        for place, each in lock["packages"].items()
        if place and not each.get("dev")
    ]
    assert [place for place in shipped if f"\n{place.rpartition('node_modules/')[2]} " not in licences] == []


def test_installed_away_from_the_checkout_it_builds_the_same_graph(
    wheel: Path, dataset: Dataset, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    environment = {**os.environ, "PYTHONPATH": str(site)}  # before the checkout's own, which is at the end of the path

    def python(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert python("-c", "import sayso; print(sayso.__file__)").startswith(str(site))
    python("-m", "sayso", "build", "--out", "out")
    assert (tmp_path / "out" / "sayso.nq").read_bytes() == editions.n_quads(dataset.quads)
